"""Spherical k-means: points on the unit sphere, grouped by the direction they share."""

import numpy as np
from scipy import sparse

from penchant.types import F32, F64, I64

_BLOCK = 20_000  # points compared with all centres at once
_STILL = 1e-4  # a centre that moves by less has come to rest


def cluster(points: F32, weights: F64, count: int, rng: np.random.Generator, *, rounds: int = 25, tries: int = 3) -> F32:
    """(count, dim) unit centres that maximise the weighted sum of each point's cosine with its centre: the best of `tries`.

    Dhillon and Modha 2001, "Concept decompositions for large sparse text data using clustering", section 3; the first centres as
    in Arthur and Vassilvitskii 2007, "k-means++". Points are unit rows (n, dim) or 0; fewer centres than asked for where the
    points with a weight have fewer directions.

    >>> points = np.array([[1, 0], [0.8, 0.6], [0, -1]], np.float32)
    >>> nearest(points, cluster(points, np.ones(3), 2, np.random.default_rng(0))).tolist() in ([0, 0, 1], [1, 1, 0])
    True
    """
    best, found = -np.inf, np.zeros((0, points.shape[1]), np.float32)
    for _ in range(tries):
        centres = settle(points, weights, spread(points, weights, found[:0], count, rng), rounds=rounds)
        score = float((cosines(points, centres) * weights).sum()) if len(centres) else -np.inf
        if score > best:
            best, found = score, centres
    return found


def spread(points: F32, weights: F64, centres: F32, count: int, rng: np.random.Generator) -> F32:
    """`centres` and points drawn far from them and from one another, until there are `count` or no further direction is left."""
    if not len(points):
        return centres
    odds = weights * (np.einsum("nd,nd->n", points, points) > 0)
    distance = 1 - cosines(points, centres) if len(centres) else np.ones(len(points))
    chosen = list(centres)
    while len(chosen) < count:
        mass = np.cumsum(np.where(distance > 1e-6, distance, 0) * odds)
        if mass[-1] <= 0:
            break
        drawn = int(np.searchsorted(mass, rng.random() * mass[-1], side="right"))
        chosen.append(points[min(drawn, len(points) - 1)])
        distance = np.minimum(distance, 1 - points @ chosen[-1])
    return np.array(chosen, np.float32).reshape(-1, points.shape[1])


def settle(points: F32, weights: F64, centres: F32, *, rounds: int = 25) -> F32:
    """The centres after at most `rounds` of moving each to the weighted mean of the points nearest to it; none is lost."""
    for _ in range(rounds if len(centres) else 0):
        members = sparse.csr_array(
            (weights.astype(np.float32), (nearest(points, centres), np.arange(len(points)))), shape=(len(centres), len(points))
        )
        moved = unit(np.asarray(members @ points))
        moved = np.where(moved.any(axis=1, keepdims=True), moved, centres)
        still = np.abs(moved - centres).max(initial=0) < _STILL
        centres = moved
        if still:
            break
    return centres


def nearest(points: F32, centres: F32) -> I64:
    """(n,) the centre of the greatest cosine with each point."""
    parts = [(points[start : start + _BLOCK] @ centres.T).argmax(axis=1) for start in range(0, len(points), _BLOCK)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def cosines(points: F32, centres: F32) -> F32:
    """(n,) the cosine of each point with its nearest centre."""
    parts = [(points[start : start + _BLOCK] @ centres.T).max(axis=1) for start in range(0, len(points), _BLOCK)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def unit(rows: F32 | F64) -> F32:
    """Rows of length one; those of 0 stay."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
