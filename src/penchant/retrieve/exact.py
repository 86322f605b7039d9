"""Exact retrieval: the best of every item, below the size where an approximate index pays."""

from typing import NamedTuple

import numpy as np

from penchant.types import F32, I64, Bool


class Candidates(NamedTuple):
    """Items for R requests, best first; -1 and -inf where fewer than K may be shown."""

    items: I64  # (R, K)
    scores: F32  # (R, K)


def best(scores: F32, hidden: Bool, count: int) -> Candidates:
    """The `count` best items of each row of `scores` (R, items) among those not `hidden` (same shape).

    Ties are by item number, except at the last place, where any of the equal may stand.

    >>> best(np.array([[3.0, 1.0, 2.0]], np.float32), np.array([[True, False, False]]), 5).items
    array([[ 2,  1, -1, -1, -1]])
    """
    masked = np.where(hidden, np.float32(-np.inf), scores)
    held = min(count, masked.shape[1])
    rows = np.argpartition(-masked, held - 1, axis=1)[:, :held] if held else np.zeros((len(masked), 0), np.int64)
    values = np.take_along_axis(masked, rows, axis=1)
    order = np.lexsort((rows, -values), axis=1)
    items = np.full((len(masked), count), -1, np.int64)
    top = np.full((len(masked), count), -np.inf, np.float32)
    top[:, :held] = np.take_along_axis(values, order, axis=1)
    items[:, :held] = np.where(np.isfinite(top[:, :held]), np.take_along_axis(rows, order, axis=1), -1)
    return Candidates(items, top)
