"""Visits: what a person does without a long silence in between."""

import numpy as np

from penchant.types import DAY, F64, I64

BREAK = DAY / 4  # a silence that ends a visit, seconds


def visits(user: I64, time: F64) -> I64:
    """(n,) the number of each event's visit, from 0 on, over all people; sorted by user, then time.

    >>> visits(np.array([0, 0, 0, 1]), np.array([0.0, 60.0, 2 * DAY, 2 * DAY]))
    array([0, 0, 1, 2])
    """
    begins = (user[1:] != user[:-1]) | (np.diff(time) >= BREAK)
    return np.concatenate([np.zeros(min(1, len(user)), np.int64), np.cumsum(begins)])
