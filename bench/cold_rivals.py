"""Closed forms of what text says about what goes with what: rivals of the map that Penchant learns, for `bench/cold_items.py`.

Each gives (items, items), row for what was had, column for what is scored, from item vectors (items, dim), unit rows, and from
requests to learn from; `known` (items,) may be learned from.
"""

from collections.abc import Callable

import numpy as np
from scipy import linalg, sparse

from penchant.interest.adapting import REACH, Taken, persons
from penchant.interest.sources.source import recency
from penchant.interest.transitions import Histories, ease
from penchant.types import F32, F64, Bool, Interests

Rival = Callable[[F32, Taken, Bool, Histories], F32]


def plain(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """Cosine."""
    return np.asarray(vectors @ vectors.T, np.float32)


def whitened(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """Cosine after every direction was brought halfway to the same variance."""
    values, directions = np.linalg.eigh(_gram(vectors[known]) / known.sum())
    moved = vectors @ directions / (np.maximum(values, 0) + 1e-3) ** 0.25
    return plain(np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32), asked, known, past)


def mahalanobis(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """Products in which directions count the less the more people's next item differs in them from what they had: the inverse
    covariance of those differences (Bar-Hillel et al. 2003, "Learning distance functions using equivalence relations")."""
    apart = persons(asked.taste, vectors) - vectors[asked.item]
    inverse = np.linalg.inv(_gram(apart) / len(apart) + 1e-3 * np.eye(vectors.shape[1]))
    return np.asarray(vectors @ inverse @ vectors.T, np.float32)


def correlated(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """Canonical correlations of what people had and what they took next, both in text vectors (Hotelling 1936): products of the
    first 64 pairs of variates, each times its correlation."""
    had, took = persons(asked.taste, vectors).astype(np.float64), vectors[asked.item].astype(np.float64)
    left, right = (linalg.inv(linalg.sqrtm(_gram(side) / len(side) + 1e-3 * np.eye(side.shape[1])).real) for side in (had, took))
    one, strength, other = np.linalg.svd(left @ (had.T @ took / len(had)) @ right)
    return np.asarray((vectors @ left @ one[:, :64] * strength[:64]) @ (other[:64] @ right @ vectors.T), np.float32)


def regressed(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """Ridge of the vector of what people took next on that of what they had, against the mean of all that was taken."""
    had = persons(asked.taste, vectors).astype(np.float64)
    took = vectors[asked.item] - vectors[known].mean(axis=0)
    across = np.linalg.solve(_gram(had) + 0.003 * len(had) * np.eye(vectors.shape[1]), had.T @ took)
    inverse = np.linalg.inv(_gram(vectors[known]) / known.sum() + 3e-3 * np.eye(vectors.shape[1]))
    return np.asarray(vectors @ across @ inverse @ vectors.T, np.float32)


def carried(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """EASE, its columns carried over to other items by ridge from text vectors, an attribute-to-feature mapping (Gantner et al.
    2010, "Learning attribute-to-feature mappings for cold-start recommendations", section IV)."""
    learned = ease(past, len(vectors))
    return np.asarray((np.asarray(learned)[:, known] @ onto(vectors[known]).T) @ vectors.T, np.float32)


def neighbours(vectors: F32, asked: Taken, known: Bool, past: Histories) -> F32:
    """EASE, its columns averaged over the 20 known items nearest in text."""
    near = vectors @ vectors.T
    np.fill_diagonal(near, -9)
    near[~known] = -9
    rows = np.argpartition(-near, 20, axis=0)[:20]
    weights = np.maximum(np.take_along_axis(near, rows, 0), 0) ** 3
    weights /= np.maximum(weights.sum(axis=0), 1e-9)
    columns = np.tile(np.arange(len(vectors)), (20, 1))
    across = sparse.csr_array((weights.ravel(), (rows.ravel(), columns.ravel())), shape=near.shape)
    return np.asarray(ease(past, len(vectors)) @ across, np.float32)


RIVALS: dict[str, Rival] = {
    "cosine": plain,
    "whitened": whitened,
    "Mahalanobis of differences": mahalanobis,
    "canonical correlations": correlated,
    "ridge, vector to vector": regressed,
    "EASE carried over by ridge": carried,
    "EASE of 20 neighbours in text": neighbours,
}


def lately(read: Interests, items: int, fade: float) -> F32:
    """(R, N) what each of the last hundred events counts: how `adapted` reads."""
    counts = recency(read, items, fade)
    counts[:, REACH:] = 0
    return counts


def onto(vectors: F32) -> F64:
    """(dim, items) by ridge regression, from values of items to weights of the dimensions of their `vectors` (items, dim)."""
    some = vectors.astype(np.float64)
    return np.asarray(np.linalg.solve(_gram(some) + 10 * np.eye(vectors.shape[1]), some.T))


def _gram(rows: F32 | F64) -> F64:
    wide = rows.astype(np.float64)
    return np.asarray(wide.T @ wide)
