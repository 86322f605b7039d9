"""How sure a number is: bootstrap intervals over requests, or over users where one user makes several requests.

A resample draws as many units as there are, with replacement; the interval is the middle of the statistic over the resamples
(percentile method). Comparisons are paired: both systems are judged on the same resampled requests.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 16.
"""

import msgspec
import numpy as np

from penchant.errors import InvalidInput
from penchant.types import F64, I64

BATCH = 1 << 22  # drawn indices held at once, 16 MB of int32


class Interval(msgspec.Struct, frozen=True):
    """A value and the bounds that hold it at the stated level."""

    mean: float
    low: float
    high: float


class Comparison(msgspec.Struct, frozen=True):
    """System a against system b on the same requests."""

    difference: Interval  # mean of a - mean of b
    ratio: Interval  # mean of a / mean of b: inf where b's is zero, 1 where both are


def mean_interval(
    values: F64, rng: np.random.Generator, *, users: I64 | None = None, rounds: int = 2_000, level: float = 0.95
) -> Interval:
    """The mean of per-request values (R,) with its bootstrap interval; `users` (R,) says who asked where users ask repeatedly.

    Raises:
        InvalidInput: fewer than two requests (or users), values that are not finite, lengths that differ, a level or rounds
            out of range.

    >>> mean_interval(np.array([0.0, 1.0, 1.0, 0.0] * 25), np.random.default_rng(0))
    Interval(mean=0.5, low=0.4, high=0.6)
    """
    means, resampled = _means([values], users, rng, rounds, level)
    return _interval(float(means[0]), resampled[:, 0], level)


def compare(
    a: F64, b: F64, rng: np.random.Generator, *, users: I64 | None = None, rounds: int = 2_000, level: float = 0.95
) -> Comparison:
    """How much better a is than b, (R,) values each of the same requests in the same order: difference and ratio of means.

    Raises:
        InvalidInput: as `mean_interval`; for the ratio also negative values.

    >>> b = np.array([0.25, 0.5, 0.75, 1.0] * 32)
    >>> compare(1.5 * b, b, np.random.default_rng(0)).ratio
    Interval(mean=1.5, low=1.5, high=1.5)
    """
    means, resampled = _means([a, b], users, rng, rounds, level)
    if min(a.min(), b.min()) < 0:
        raise InvalidInput("a ratio of means needs values of 0 or more; shift the metric, or compare two mean_interval")
    difference = _interval(float(means[0] - means[1]), resampled[:, 0] - resampled[:, 1], level)
    return Comparison(difference, _interval(float(_ratio(means[None])[0]), _ratio(resampled), level))


def _ratio(means: F64) -> F64:
    """First column over second, (n, 2) to (n,)."""
    above, below = means[:, 0], means[:, 1]
    empty = np.where(above > 0, np.inf, 1.0)
    return np.divide(above, below, out=empty, where=below > 0)


def _interval(value: float, resampled: F64, level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], method="nearest")  # never between a number and infinity
    return Interval(value, float(low), float(high))


def _means(columns: list[F64], users: I64 | None, rng: np.random.Generator, rounds: int, level: float) -> tuple[F64, F64]:
    """Means of the columns, (c,), and of each of the resamples, (rounds, c)."""
    _check(columns, users, rounds, level)
    values = np.stack([*columns, np.ones(len(columns[0]))], axis=1)  # (R, c + 1): the last counts requests
    if users is not None:
        who = np.unique(users, return_inverse=True)[1]
        values = np.stack([np.bincount(who, column) for column in values.T], axis=1)
    units = len(values)
    if units < 2:
        raise InvalidInput("an interval needs requests of two users or more; give more, or leave users out")
    sums = np.empty((rounds, values.shape[1]))
    step = max(1, BATCH // units)
    for start in range(0, rounds, step):
        drawn = rng.integers(0, units, size=(min(step, rounds - start), units), dtype=np.int32)
        place = drawn + np.arange(len(drawn))[:, None] * units
        times = np.bincount(place.ravel(), minlength=len(drawn) * units).reshape(drawn.shape)
        sums[start : start + step] = times @ values
    total: F64 = values.sum(axis=0)
    return total[:-1] / total[-1], sums[:, :-1] / sums[:, -1:]


def _check(columns: list[F64], users: I64 | None, rounds: int, level: float) -> None:
    shapes = {column.shape for column in columns} | ({users.shape} if users is not None else set())
    if len(shapes) > 1 or columns[0].ndim != 1:
        raise InvalidInput(f"values and users must be one number per request, got shapes {sorted(shapes)}")
    if len(columns[0]) < 2:
        raise InvalidInput(f"an interval needs two requests or more, got {len(columns[0])}")
    if not all(np.isfinite(column).all() for column in columns):
        raise InvalidInput("values must be finite; drop requests where the metric is not defined")
    if rounds < 100 or not 0 < level < 1:
        raise InvalidInput(f"rounds must be at least 100 and level between 0 and 1, got {rounds} and {level}")
