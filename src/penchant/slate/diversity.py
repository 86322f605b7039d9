"""Diversity: a slate whose items are not all the same thing."""

import numpy as np

from penchant.retrieve.exact import Candidates
from penchant.types import F32


def diversify(candidates: Candidates, vectors: F32, k: int, balance: float) -> Candidates:
    """The best `k` of the candidates, each next one by score minus `balance` times its largest cosine with those taken.

    Maximal marginal relevance (Carbonell and Goldstein 1998, section 2) in its additive form; `balance` 0 keeps the order.
    `vectors` are unit rows (items, D); scores and `balance` share a scale, the deviation of a request's scores.
    """
    rows = np.arange(len(candidates.items))
    if balance <= 0 or candidates.items.shape[1] <= 1:
        return Candidates(candidates.items[:, :k], candidates.scores[:, :k])
    looks = vectors[candidates.items]  # (R, K, D); padding reads the last item, and is never chosen before the rest
    nearest = np.zeros(candidates.items.shape, np.float32)
    left = candidates.scores.copy()
    width = min(k, left.shape[1])
    items, scores = np.full((len(rows), width), -1, np.int64), np.full((len(rows), width), -np.inf, np.float32)
    for place in range(width):
        pick = np.argmax(left - balance * nearest, axis=1)
        scores[:, place] = left[rows, pick]
        items[:, place] = np.where(np.isfinite(scores[:, place]), candidates.items[rows, pick], -1)
        left[rows, pick] = -np.inf
        nearest = np.maximum(nearest, np.einsum("rkd,rd->rk", looks, looks[rows, pick]))
    return Candidates(items, scores)
