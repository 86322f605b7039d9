"""Time as numbers a model reads: how long since the last event, and where in the day, week and year."""

import numpy as np

from penchant.types import DAY, F32, F64

_HATS = 17  # log2(1 + seconds) / 2 reaches 16 after a century
_CYCLES = (DAY, 7 * DAY, 365.2425 * DAY)  # seconds
MOMENT = _HATS + 2 * len(_CYCLES)


def moments(gap: F64, time: F64) -> F32:
    """(..., 23) for gaps and times in seconds, both (...).

    A gap is spread over the two nearest of 17 places on a log scale (linear interpolation); an infinite one, before anybody's
    first event, on none. The hour of day, day of week and day of year are points on circles.
    """
    place = np.minimum(np.log2(1 + np.maximum(np.where(np.isfinite(gap), gap, 0), 0)) / 2, _HATS - 1)
    hats = np.maximum(1 - np.abs(place[..., None] - np.arange(_HATS)), 0) * np.isfinite(gap)[..., None]
    turns = 2 * np.pi * (time[..., None] / np.array(_CYCLES) % 1)
    return np.concatenate([hats, np.sin(turns), np.cos(turns)], axis=-1).astype(np.float32)
