"""Item-to-item matrices: what was consumed (row) points at what comes next (column).

Every function reads histories (one row per event, a user's rows together in time order) and gives float32, (items, items).
Neighbours and EASE leave the diagonal empty; the others learn from it what people come back to.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from penchant.errors import TooLarge
from penchant.interest.visits import visits
from penchant.types import F32, F64, I64, Events

DENSE_LIMIT = 10_000  # items: a dense matrix of that side takes 400 MB, and about 3 GB while SLIT is solved for it

_CUTS = 200_000  # cuts of histories held at once
_VISITS = 20_000  # the same for visits, which have a whole history before them

Sparse = sparse.csr_array[np.float32, tuple[int, int]]
Matrix = F32 | Sparse


class Histories(NamedTuple):
    """Who consumed what, sorted by user, then time in the order given."""

    user: I64  # (n,)
    item: I64  # (n,)
    time: F64  # (n,) epoch seconds

    def incidence(self, items: int) -> Sparse:
        """1 where a user (row) consumed an item (column)."""
        rows = np.unique(self.user, return_inverse=True)[1]
        x = sparse.csr_array((np.ones(len(rows), np.float32), (rows, self.item)), shape=(len(np.unique(rows)), items))
        x.sum_duplicates()
        x.data[:] = 1
        return x

    def steps(self, lag: int, items: int) -> Sparse:
        """(items, items): how often the column came `lag` places after the row."""
        same = self.user[lag:] == self.user[:-lag]
        pairs = self.item[:-lag][same], self.item[lag:][same]
        return sparse.csr_array((np.ones(len(pairs[0]), np.float32), pairs), shape=(items, items))

    def lagged(self, lags: Iterable[int], weights: Iterable[float], items: int, rows: I64) -> Sparse:
        """(rows, items): `weights[k]` at the item that stands `lags[k]` places before each of `rows` in the same history."""
        here, columns, values = [], [], []
        for lag, weight in zip(lags, weights, strict=True):
            there = rows - lag
            inside = np.flatnonzero((there >= 0) & (there < len(self.user)))
            inside = inside[self.user[rows[inside]] == self.user[there[inside]]]
            here.append(inside)
            columns.append(self.item[there[inside]])
            values.append(np.full(len(inside), weight, np.float32))
        entries = np.concatenate(values), (np.concatenate(here), np.concatenate(columns))
        return sparse.csr_array(entries, shape=(len(rows), items))


def histories(events: Events) -> Histories:
    """The events that say somebody consumed an item: those that name one and weigh more than nothing."""
    rows = np.flatnonzero((events.item >= 0) & (events.weight > 0))
    rows = rows[np.lexsort((events.time[rows], events.user[rows]))]
    return Histories(events.user[rows], events.item[rows], events.time[rows])


def cosine(past: Histories, items: int, *, shrink: float = 10.0, neighbours: int = 200) -> Matrix:
    """Item neighbours: n_ij / (sqrt(n_i n_j) + shrink), the `neighbours` nearest of each item.

    Sarwar et al. 2001, "Item-based collaborative filtering", section 3.1.1, with the shrinkage of Bell and Koren 2007.
    """
    x = past.incidence(items)
    together = (x.T @ x).tocoo()
    count = np.sqrt(np.bincount(x.indices, minlength=items))
    value = together.data / (count[together.row] * count[together.col] + shrink)
    off = together.row != together.col
    near = sparse.csr_array((value[off].astype(np.float32), (together.row[off], together.col[off])), shape=(items, items))
    return _compact(strongest(near, neighbours))


def markov(past: Histories, items: int, *, reach: int = 10, fade: float = 0.8, shrink: float = 20.0) -> Matrix:
    """Decayed Markov chain: P(next = j | i), counting every j up to `reach` steps after i, the d-th with weight fade^(d-1).

    `shrink` is added to each row's sum, so that a transition seen once from a rare item is not taken for certain.
    """
    counts = reduce(add, (fade ** (lag - 1) * past.steps(lag, items) for lag in range(1, reach + 1)))
    total = np.bincount(_rows(counts), counts.data, items)
    chain: Sparse = sparse.csr_array(sparse.diags_array((1 / (total + shrink)).astype(np.float32)) @ counts)
    chain.eliminate_zeros()
    return _compact(chain)


def ease(past: Histories, items: int, *, penalty: float = 300.0) -> Matrix:
    """EASE: the linear autoencoder with zero diagonal, B_ij = -P_ij / P_jj with P = (X'X + penalty I)^-1.

    Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8.

    Raises:
        TooLarge: above DENSE_LIMIT items.
    """
    _affordable(items, "EASE")
    x = past.incidence(items)
    gram = (x.T @ x).toarray().astype(np.float64)
    gram[np.diag_indices(items)] += penalty
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return np.asarray(weights, np.float32)


def slit(
    past: Histories,
    items: int,
    *,
    reach: int = 10,
    fade: float = 0.8,
    ahead: int = 3,
    fade_ahead: float = 0.5,
    penalty: float = 50.0,
) -> Matrix:
    """Sequential ridge: regress the next `ahead` items on the last `reach`, both fading with distance from the cut.

    B = (S'S + penalty I)^-1 S'T over all cuts of all histories. Choi et al. 2021, "Session-aware linear item-item models"
    (SLIT), section 4.2.

    Raises:
        TooLarge: above DENSE_LIMIT items.
    """
    _affordable(items, "SLIT")
    gram, cross = np.diag(np.full(items, penalty)), np.zeros((items, items))
    for start in range(0, len(past.user), _CUTS):
        rows = np.arange(start, min(start + _CUTS, len(past.user)))
        source = past.lagged(range(1, reach + 1), [fade**lag for lag in range(reach)], items, rows)
        target = past.lagged(range(0, -ahead, -1), [fade_ahead**lag for lag in range(ahead)], items, rows)
        gram += (source.T @ source).toarray()
        cross += (source.T @ target).toarray()
    weights = linalg.solve(gram, cross, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return weights.astype(np.float32)


def next_visit(past: Histories, items: int, *, fade: float = 0.8, reach: int = 20, penalty: float = 30.0) -> Matrix:
    """Ridge from visit to visit: regress what a person took in a visit on what they took in those before.

    B = (X'WX + penalty I)^-1 X'WY with a row for every visit but a person's first. Y is 1 at what was taken in it; X sums the
    visits before, the d-th last with weight fade^(d-1), up to `reach`, and has rows of unit length; W is one over the number of
    items of the visit, so that a long one counts no more than a short one. This is SLIT with visits for steps: what is taken
    together says nothing here, and what people come back for is on the diagonal.

    Raises:
        TooLarge: above DENSE_LIMIT items.
    """
    _affordable(items, "The ridge from visit to visit")
    visit = visits(past.user, past.time)
    taken = Histories(visit, past.item, past.time).incidence(items)
    owner = past.user[np.flatnonzero(np.diff(visit, prepend=-1))]
    gram, cross = np.diag(np.full(items, penalty)), np.zeros((items, items))
    for start in range(0, len(owner), _VISITS):
        rows = np.arange(start, min(start + _VISITS, len(owner)))
        before = Histories(owner, np.arange(len(owner)), past.time).lagged(
            range(1, reach + 1), [fade**lag for lag in range(reach)], len(owner), rows
        )
        source: Sparse = before @ taken
        rowwise = _rows(source)
        length = np.sqrt(np.bincount(rowwise, source.data**2, len(rows)))
        source.data /= length[rowwise].astype(np.float32)
        weighed: Sparse = source.copy()
        weighed.data /= np.diff(taken.indptr)[rows[rowwise]].astype(np.float32)
        gram += (source.T @ weighed).toarray()
        cross += (weighed.T @ taken[rows]).toarray()
    weights = linalg.solve(gram, cross, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return weights.astype(np.float32)


def strongest(matrix: Sparse, keep: int) -> Sparse:
    """The `keep` largest entries of each row."""
    row = _rows(matrix)
    order = np.lexsort((-matrix.data, row))
    rank = np.arange(len(order)) - matrix.indptr[row]
    chosen = np.sort(order[rank < keep])
    return sparse.csr_array((matrix.data[chosen], (row[chosen], matrix.indices[chosen])), shape=matrix.shape)


def _rows(matrix: Sparse) -> I64:
    """The row of each stored entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _compact(matrix: Sparse) -> Matrix:
    """Dense where a product with it is faster than the sparse one and the memory is no object."""
    return matrix.toarray() if matrix.shape[0] <= DENSE_LIMIT // 2 else matrix


def _affordable(items: int, model: str) -> None:
    if items > DENSE_LIMIT:
        raise TooLarge(
            f"{model} solves a dense {items:,} x {items:,} system; it is meant for up to {DENSE_LIMIT:,} items. "
            "Leave it out of the sources: Markov and item neighbours stay sparse"
        )
