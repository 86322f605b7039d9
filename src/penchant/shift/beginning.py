"""When a shift began: looked for among the last events, once it has been found."""

from typing import NamedTuple

import numpy as np

from penchant.types import F32, F64, I64


class Beginning(NamedTuple):
    """The most likely beginning of A shifts."""

    age: I64  # (A,) events since, that of the alarm included
    before: F64  # (A, B) counts before it
    after: F64  # (A, B) and from there on


def beginning(newest: F32, counts: F32, known: F32, prior: F32) -> Beginning:
    """Where the change of mix lies, given that there was one: maximum likelihood among the last W events (Hinkley 1970).

    `newest` (A, W, B) holds the last events, newest first, `counts` (A, B) all since the last alarm, of which there were `known`
    (A, 1). Both mixes are drawn towards `prior` (B,), with half its weight. A beginning further back than W events is placed at
    the first of them.

    >>> events = np.eye(2, dtype=np.float32)[[1, 1, 1, 0, 0, 0, 0, 0]][None]
    >>> begun = beginning(events, events.sum(axis=1), np.array([[8.0]], np.float32), np.ones(2, np.float32))
    >>> begun.age.tolist(), begun.before.tolist(), begun.after.tolist()
    ([3], [[5.0, 0.0]], [[0.0, 3.0]])
    """
    after = np.cumsum(newest, axis=1, dtype=np.float64)
    before = np.maximum(counts.astype(np.float64)[:, None] - after, 0)
    score = _likelihood(after, prior) + _likelihood(before, prior)  # (A, W)
    ages = np.arange(1, newest.shape[1] + 1)
    score[ages > known] = -np.inf
    best = score.argmax(axis=1)
    rows = np.arange(len(best))
    return Beginning(ages[best], before[rows, best], after[rows, best])


def _likelihood(counts: F64, prior: F32) -> F64:
    """Log probability of events with `counts` (..., B) under the mix that they suggest."""
    mix = counts + prior.astype(np.float64) / 2
    return np.asarray((counts * np.log(mix / mix.sum(axis=-1, keepdims=True))).sum(axis=-1), np.float64)
