"""Item-to-item sources: what was consumed points at what comes next."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from penchant.catalog import Catalog
from penchant.interest.sources.source import Arrays, Reading, beyond, dense, recency, sparse_of, taste
from penchant.interest.transitions import Histories, Matrix, histories
from penchant.types import F32, I64, Bool, Events, Interests


class ItemToItem:
    """What was consumed points at what comes next: c M, where `read` says what each event counts in c; as it is, the one k places
    back counts weight / (1 + k)^fade."""

    prior = 0.3
    stranger = 0.0
    logarithmic = False

    def __init__(
        self,
        name: str,
        learn: Callable[[Histories, int], Matrix],
        *,
        fade: float = 1.0,
        read: Reading = recency,
        label: str = "",
    ) -> None:
        self.name, self.label, self.fade, self._learn, self._read = name, label or name, fade, learn, read
        self._matrix: Matrix = np.zeros((0, 0), np.float32)

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Learn the matrix from whole histories."""
        self._keep(self._learn(histories(events), len(catalog)))

    def observe(self, events: Events) -> None:
        """The matrix stays as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """One sparse product; items added since `fit` get 0."""
        fitted = self._matrix.shape[0]
        scores = np.zeros((len(interests.at), len(catalog)), np.float32)
        scores[:, :fitted] = dense(taste(interests, fitted, self.fade, self._read) @ self._matrix)
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """Items that nothing pointed at when it was fitted."""
        return beyond(self._pointed, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of the product."""
        fitted = self._matrix.shape[0]
        weights = self._read(interests, fitted, self.fade)[0]
        rows, known = np.flatnonzero(weights), items < fitted
        shares = np.zeros((len(weights), len(items)), np.float32)
        cells = dense(self._matrix[interests.items[0, rows]][:, items[known]])
        shares[np.ix_(rows, known)] = weights[rows, None] * cells
        return shares

    def arrays(self) -> Arrays:
        """The matrix: one dense array, or the three of a CSR matrix."""
        if sparse.issparse(self._matrix):
            return {name: getattr(self._matrix, name) for name in ("data", "indices", "indptr")}
        return {"matrix": self._matrix}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        if "matrix" in arrays:
            self._keep(arrays["matrix"].astype(np.float32, copy=False))
        else:
            self._keep(sparse_of(arrays, len(arrays["indptr"]) - 1))

    def _keep(self, matrix: Matrix) -> None:
        self._matrix = matrix if sparse.issparse(matrix) else np.ascontiguousarray(matrix)  # else each product copies it
        self._pointed = np.zeros(matrix.shape[1], bool)
        self._pointed[matrix.nonzero()[1]] = True
