"""From scores to ranked lists and ranks, with a stated rule for ties."""

import numpy as np

from penchant.errors import InvalidInput
from penchant.types import F32, F64, I64, Bool


def top_k(scores: F32, k: int, *, candidates: Bool | None = None, rng: np.random.Generator | None = None) -> I64:
    """The k best columns of every row, best first: (R, k), -1 where fewer could be ranked.

    `scores` is (R, n); columns that are not `candidates` (R, n), and those that score -inf, are never listed. Ties go to
    the lower column, or with `rng` to chance, anew in each row, so that no model profits from the order of items.

    Raises:
        InvalidInput: k below 1, NaN among the scores, or shapes that differ.

    >>> top_k(np.array([[0.1, 0.9, 0.9, 0.3]], np.float32), 3)
    array([[1, 2, 3]])
    >>> top_k(np.array([[0.1, 0.9, -np.inf]], np.float32), 3)
    array([[ 1,  0, -1]])
    """
    if k < 1:
        raise InvalidInput(f"k must be at least 1, got {k}")
    scores = _masked(scores, candidates)
    if rng is not None:
        order = rng.permuted(np.tile(np.arange(scores.shape[1]), (len(scores), 1)), axis=1)
        picked = top_k(np.take_along_axis(scores, order, axis=1), k)
        return np.where(picked < 0, -1, np.take_along_axis(order, np.maximum(picked, 0), axis=1))
    rows, n = scores.shape
    kept = min(k, n)
    ranked = np.full((rows, k), -1)
    if not rows or not n:
        return ranked
    least = np.partition(scores, n - kept, axis=1)[:, n - kept, None]
    room = kept - (scores > least).sum(axis=1, keepdims=True)
    tied = scores == least
    chosen = (scores > least) | (tied & (np.cumsum(tied, axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(rows, kept)  # exactly `kept` in each row, lower columns first
    values = np.take_along_axis(scores, columns, axis=1)
    best_first = np.argsort(-values, axis=1, kind="stable")
    values = np.take_along_axis(values, best_first, axis=1)
    ranked[:, :kept] = np.where(np.isneginf(values), -1, np.take_along_axis(columns, best_first, axis=1))
    return ranked


def ranks(scores: F32, targets: I64, *, candidates: Bool | None = None, rng: np.random.Generator | None = None) -> F64:
    """The rank, from 1, of one target column per row of `scores` (R, n), among its `candidates` (R, n): (R,).

    Of t others tied with the target, half come before it (the expected rank, 1 + better + t / 2), or with `rng` a random
    number of them, uniform on 0..t.

    Source: Krichene and Rendle, "On Sampled Metrics for Item Recommendation", KDD 2020: rank over all items, not a sample.

    Raises:
        InvalidInput: NaN among the scores, shapes that differ, or a target that is not a candidate.

    >>> ranks(np.array([[0.1, 0.9, 0.9, 0.3]], np.float32), np.array([1]))
    array([1.5])
    >>> ranks(np.array([[0.1, 0.9, 0.9, 0.3]], np.float32), np.array([0]), candidates=np.array([[True, True, False, False]]))
    array([2.])
    """
    row = np.arange(len(scores))
    if targets.shape != row.shape or ((targets < 0) | (targets >= scores.shape[1])).any():
        raise InvalidInput(f"targets must be one column number below {scores.shape[1]} per row, {len(row)} in all")
    if candidates is not None and not candidates[row, targets].all():
        first = int(np.flatnonzero(~candidates[row, targets])[0])
        raise InvalidInput(f"the target of request {first} (column {targets[first]}) is not among its candidates; add or drop it")
    scores = _masked(scores, candidates)
    own = scores[row, targets][:, None]
    others = np.ones(scores.shape, np.bool_) if candidates is None else candidates
    better: I64 = ((scores > own) & others).sum(axis=1)
    tied: I64 = ((scores == own) & others).sum(axis=1) - 1
    return 1.0 + better + (tied / 2 if rng is None else rng.integers(0, tied + 1))


def _masked(scores: F32, candidates: Bool | None) -> F32:
    """Scores with -inf for whatever may not be ranked."""
    if np.isnan(scores).any():
        raise InvalidInput(f"{np.isnan(scores).sum():,} of {scores.size:,} scores are NaN; score -inf what must not be ranked")
    if candidates is None:
        return scores
    if candidates.shape != scores.shape:
        raise InvalidInput(f"candidates {candidates.shape} must have the shape of scores {scores.shape}")
    return np.where(candidates, scores, np.float32(-np.inf))
