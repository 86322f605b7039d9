"""Which items words are taken to mean: those that are most like them, and among equals those in their midst."""

import numpy as np

from penchant.types import F32


def nearest(likeness: F32, vectors: F32, count: int) -> list[int]:
    """The numbers of the `count` items with the most `likeness` (items,) to what was said, the most first; -inf where an item
    cannot be meant.

    A category that is named gives all its items the same likeness. Of equals, those are taken whose `vectors` (items, D) are
    nearest to the middle of all that are as good: the most typical ones, not the first of the catalog.

    >>> line = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]], np.float32)
    >>> nearest(np.array([1.0, 1.0, 1.0, 0.0], np.float32), line, 1), nearest(np.array([0.0, 1.0, 2.0, -np.inf]), line, 9)
    ([1], [2, 1, 0])
    """
    there = np.flatnonzero(np.isfinite(likeness))
    if len(there) > count:
        there = there[likeness[there] >= -np.partition(-likeness[there], count - 1)[count - 1]]
    midst = vectors[there] @ vectors[there].sum(axis=0) if len(there) > count else np.zeros(len(there))
    return [int(row) for row in there[np.lexsort((there, -midst, -likeness[there]))][:count]]
