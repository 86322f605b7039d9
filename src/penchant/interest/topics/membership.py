"""To which topics items belong, and how much."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from penchant.interest.transitions import Sparse
from penchant.types import F32, I64

MOST = 5  # topics of an item
WIDTH = 0.1  # difference of cosines at which a topic counts e times less than the nearest
LEAST = 0.05  # share below which a topic is left out
_BLOCK = 20_000  # items compared with all topics at once


class Membership(NamedTuple):
    """The topics of items, nearest first: the weights of a row sum to 1, or are 0 for an item nothing is known of."""

    topic: I64  # (items, M) numbers of topics, -1 where there are fewer
    weights: F32  # (items, M)

    def matrix(self, topics: int) -> Sparse:
        """(items, topics) the same weights."""
        rows, places = np.nonzero(self.topic >= 0)
        entries = self.weights[rows, places], (rows, self.topic[rows, places])
        return sparse.csr_array(entries, shape=(len(self.topic), topics))


def members(points: F32, centres: F32) -> Membership:
    """Soft membership of `points` (n, d), unit rows or 0, in the topics of `centres` (topics, d).

    The weights are a softmax of the cosines over a width, of the nearest five topics; those of less than a twentieth are left
    out. Width and number were measured (docs/topics.md).

    >>> found = members(np.array([[1, 0], [0.8, 0.6], [0, 0]], np.float32), np.eye(2, dtype=np.float32))
    >>> found.topic.tolist(), found.weights.astype(float).round(2).tolist()
    ([[0, -1], [0, 1], [-1, -1]], [[1.0, 0.0], [0.88, 0.12], [0.0, 0.0]])
    """
    most = min(MOST, len(centres))
    index, weights = np.full((len(points), most), -1), np.zeros((len(points), most), np.float32)
    for start in range(0, len(points) if most else 0, _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = points[rows] @ centres.T
        best = np.argsort(-near, axis=1, kind="stable")[:, :most]
        cosine = np.take_along_axis(near, best, axis=1)
        share = np.exp((cosine - cosine[:, :1]) / WIDTH)
        share = np.where(share >= LEAST * share.sum(axis=1, keepdims=True), share, 0) * points[rows].any(axis=1, keepdims=True)
        weights[rows] = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        index[rows] = np.where(share > 0, best, -1)
    return Membership(index, weights)


def first(member: Membership) -> I64:
    """(items,) the topic each item belongs to most, -1 for none."""
    return member.topic[:, 0] if member.topic.shape[1] else np.full(len(member.topic), -1)
