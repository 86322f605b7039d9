"""Sources that look at people: the person's own past, and others like them."""

import numpy as np
from scipy import sparse

from penchant.catalog import Catalog
from penchant.interest.sources.source import Arrays, beyond, dense, sparse_of, taste
from penchant.interest.transitions import Sparse, histories
from penchant.types import F32, I64, Bool, Events, Interests


class Again:
    """What the person had before, the oftener and later the more: their last events' weights, halving every `half_life` s."""

    prior = 0.0
    stranger = 0.0
    logarithmic = False

    def __init__(self, name: str, half_life: float) -> None:
        self.name, self.label, self.half_life = name, "you come back to it", half_life

    def fit(self, events: Events, catalog: Catalog) -> None:
        """There is nothing to learn."""

    def observe(self, events: Events) -> None:
        """The person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """Sums over the last N events of 2^(-age / half_life) weight; 0 for what is new to the person."""
        scores = np.zeros((len(interests.at), len(catalog)), np.float32)
        rows, places = np.nonzero(interests.items >= 0)
        np.add.at(scores, (rows, interests.items[rows, places]), self._faded(interests)[rows, places])
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """None."""
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The events on the item itself."""
        return np.where(interests.items[0, :, None] == items, self._faded(interests)[0, :, None], np.float32(0))

    def arrays(self) -> Arrays:
        """Nothing."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Nothing."""

    def _faded(self, interests: Interests) -> F32:
        return interests.weights * np.exp2(-interests.ages / self.half_life).astype(np.float32)


class UserNeighbours:
    """What the most similar people consumed: cosine between the person's faded history and every history fitted on."""

    prior = 0.2
    stranger = 0.0
    logarithmic = False

    def __init__(self, name: str = "user-neighbours", *, neighbours: int = 50, fade: float = 0.5) -> None:
        self.name, self.label, self.neighbours, self.fade = name, "people like you", neighbours, fade
        self._people: Sparse = sparse.csr_array(np.zeros((0, 0), np.float32))  # (users, items), unit rows
        self._by_item: Sparse = self._people  # its transpose, which is what a single request needs in rows

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Keep everybody's history as a unit vector."""
        people = histories(events).incidence(len(catalog))
        lengths = np.diff(people.indptr)
        people.data /= np.repeat(np.sqrt(lengths), lengths).astype(np.float32)
        self._keep(people)

    def observe(self, events: Events) -> None:
        """Neighbours stay as fitted."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """Sum over the nearest people of similarity times what they consumed."""
        people, fitted = self._people.shape
        likeness = np.maximum(dense(taste(interests, fitted, self.fade) @ self._by_item), 0)
        if people > self.neighbours:
            floor = np.partition(likeness, people - self.neighbours, axis=1)[:, people - self.neighbours]
            likeness[likeness < floor[:, None]] = 0
        scores = np.zeros((len(likeness), len(catalog)), np.float32)
        scores[:, :fitted] = dense(sparse.csr_array(likeness) @ self._people)
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """Items that nobody had when it was fitted."""
        return beyond(np.diff(self._by_item.indptr) > 0, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Not told apart by event: the neighbours stand in between."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """The three arrays of the CSR matrix, and its width."""
        people = self._people
        return {"data": people.data, "indices": people.indices, "indptr": people.indptr, "items": np.array([people.shape[1]])}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        self._keep(sparse_of(arrays, int(arrays["items"].astype(np.int64)[0])))

    def _keep(self, people: Sparse) -> None:
        self._people, self._by_item = people, sparse.csr_array(people.T)
