"""How a person's state lies in one row of numbers."""

from typing import NamedTuple

import numpy as np

from penchant.types import F32


class Parts(NamedTuple):
    """The state of R people by what it means; B topics, G rates that a single topic is tried at. Views where cut from rows."""

    before: F32  # (R, B) events since the last alarm, by topic
    recent: F32  # (R, B) the same, fading
    visit: F32  # (R, B) events of the running visit, by topic, fading
    mix: F32  # (R, 1) evidence that the whole mix moved
    single: F32  # (R, B * G) evidence that one topic moved to one rate
    length: F32  # (R, 1) events of the running visit, fading
    seen: F32  # (R, 1) events so far
    known: F32  # (R, 1) events since the last alarm
    last: F32  # (R, W * B) ring of the last W events; event n is in place n % W


def widths(topics: int, rates: int, window: int) -> tuple[int, ...]:
    """How many numbers each part takes.

    >>> sum(widths(topics=20, rates=6, window=64))
    1464
    """
    return topics, topics, topics, 1, topics * rates, 1, 1, 1, window * topics


def parts(rows: F32, sizes: tuple[int, ...]) -> Parts:
    """Rows (R, size) cut into views of their parts."""
    stops = np.cumsum(sizes).tolist()
    starts = [0, *stops[:-1]]
    return Parts._make(rows[:, start:stop] for start, stop in zip(starts, stops, strict=True))


def newest(ring: F32, seen: F32, topics: int) -> F32:
    """(R, W, B) a ring's events, the newest first, zeros where there are fewer.

    >>> newest(np.array([[4, 5, 3]], np.float32), np.array([[5]], np.float32), topics=1)[0, :, 0].tolist()
    [5.0, 4.0, 3.0]
    """
    people, window = len(ring), ring.shape[1] // topics
    slots = (seen.astype(np.int64) - 1 - np.arange(window)) % window  # (R, W)
    return np.asarray(ring.reshape(people, window, topics)[np.arange(people)[:, None], slots], np.float32)
