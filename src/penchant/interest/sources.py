"""Candidate sources: each scores every item for every request from one and the same read-out of the fold.

A source has parameters, learned by `fit`, and no memory of any user: what it knows about a person is in `Interests`. That is
why a history typed into a request is served exactly like a stored one.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.catalog import Catalog
from penchant.interest.transitions import Histories, Matrix, Sparse, histories
from penchant.types import F32, F64, I64, Bool, Events, Interests

Arrays = dict[str, NDArray[np.generic]]


class Source(Protocol):
    """A way to propose items.

    `label` says in words, to the person, why. `prior` is its weight in a blend before any has been learned, `stranger` its weight
    for people nothing is known of.
    """

    name: str
    label: str
    prior: float
    stranger: float

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Learn from time-ordered events."""
        ...

    def observe(self, events: Events) -> None:
        """Take in new events, as far as the source can without being fitted again."""
        ...

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """How much each item suits each request, (R, items); 0 where the source has no opinion."""
        ...

    def blind(self, catalog: Catalog) -> Bool:
        """(items,) the items it cannot judge, because nobody it knows of has had them."""
        ...

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """What each of the last N events adds to the scores of `items` (k,), for one request: (N, k)."""
        ...

    def arrays(self) -> Arrays:
        """What was learned, as named arrays."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Take back what `arrays` gave."""
        ...


def recency(interests: Interests, items: int, fade: float) -> F32:
    """(R, N) what each of the last events counts, its weight / (1 + places back)^fade; 0 for items numbered `items` or more."""
    faded = (1.0 + np.arange(interests.items.shape[1], dtype=np.float32)) ** np.float32(-fade)
    return np.where((interests.items >= 0) & (interests.items < items), interests.weights * faded, np.float32(0))


def taste(interests: Interests, items: int, fade: float) -> Sparse:
    """`recency` by item, (R, items)."""
    weights = recency(interests, items, fade)
    kept = weights != 0
    pointers = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    return sparse.csr_array((weights[kept], interests.items[kept], pointers), shape=(len(weights), items))


def dense(product: Matrix) -> F32:
    """A product of matrices as an array, whichever of the two it came as."""
    return product.toarray() if isinstance(product, sparse.csr_array) else product


def sparse_of(arrays: Arrays, columns: int) -> Sparse:
    """The matrix whose three arrays were saved."""
    data, indices = arrays["data"].astype(np.float32, copy=False), arrays["indices"].astype(np.int64, copy=False)
    indptr = arrays["indptr"].astype(np.int64, copy=False)
    return sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, columns))


def beyond(known: Bool, items: int) -> Bool:
    """(items,) whichever are not among the `known`, a mask of the first of them."""
    rest = np.ones(items, bool)
    rest[: len(known)] = ~known
    return rest


class ItemToItem:
    """What was consumed points at what comes next: c M, where the event k places back counts weight / (1 + k)^fade."""

    prior = 0.3
    stranger = 0.0

    def __init__(self, name: str, learn: Callable[[Histories, int], Matrix], *, fade: float = 1.0, label: str = "") -> None:
        self.name, self.label, self.fade, self._learn = name, label or name, fade, learn
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
        scores[:, :fitted] = dense(taste(interests, fitted, self.fade) @ self._matrix)
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """Items that nothing pointed at when it was fitted."""
        return beyond(self._pointed, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of the product."""
        fitted = self._matrix.shape[0]
        weights = recency(interests, fitted, self.fade)[0]
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
        self._matrix = matrix
        self._pointed = np.zeros(matrix.shape[1], bool)
        self._pointed[matrix.nonzero()[1]] = True


class Popularity:
    """How much everybody has consumed an item lately: counts that halve every `half_life` seconds (inf: never).

    Where little happens, lately says little: the shares are shrunk towards those of `base`, the same over a longer time, as if
    one more event per item of the catalog had been spread like those.
    """

    prior = 0.1

    def __init__(
        self, name: str, half_life: float, *, base: "Popularity | None" = None, stranger: float = 1.0, label: str = "popular"
    ) -> None:
        self.name, self.label, self.half_life, self.base, self.stranger = name, label, half_life, base, stranger
        self._counts: F64 = np.zeros(0)
        self._scores: F32 | None = None  # of the counts as they stand, until the next event
        self._origin = 0.0  # counts hold 2^((t - origin) / half_life), so that one event costs one addition
        self._latest = 0.0  # time of the last event, as of which they are counted

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Count from nothing."""
        self._counts, self._scores = np.zeros(len(catalog)), None
        self._origin = self._latest = float(events.time.max()) if len(events.time) else 0.0
        self.observe(events)

    def observe(self, events: Events) -> None:
        """Add events, in any order."""
        counted = events.take((events.item >= 0) & (events.weight > 0))
        if not len(counted.item):
            return
        self._scores = None
        self._latest = max(self._latest, float(counted.time.max()))
        exponent = (counted.time - self._origin) / self.half_life
        if exponent.max() > 500:  # 2^1000 is where doubles end: move the origin long before
            self._counts *= np.exp2(-exponent.max())
            self._origin = float(counted.time.max())
            exponent = exponent - exponent.max()
        top = int(counted.item.max()) + 1
        if top > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros(top - len(self._counts))])
        np.add.at(self._counts, counted.item, np.exp2(exponent))

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """log(1 + share of the mean item's share), the same for every request, whatever its time."""
        if self._scores is None or len(self._scores) != len(catalog):
            self._scores = np.log1p(self.shares(len(catalog)) * len(catalog)).astype(np.float32)
        return np.broadcast_to(self._scores, (len(interests.at), len(catalog)))

    def shares(self, items: int) -> F64:
        """(items,) each item's part of all that is counted, shrunk towards the base; sums to 1 once anything is."""
        counts = np.zeros(items)
        counts[: len(self._counts)] = self._counts * np.exp2((self._origin - self._latest) / self.half_life)
        if self.base is not None:
            counts += items * self.base.shares(items)
        return np.asarray(counts / max(float(counts.sum()), 1e-300))

    def blind(self, catalog: Catalog) -> Bool:
        """Items without a single event."""
        return beyond(self._counts > 0, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Nothing of it is owed to the person's own events."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """Counts, their origin and the time of the last event."""
        return {"counts": self._counts, "clock": np.array([self._origin, self._latest])}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        self._scores, self._counts = None, arrays["counts"].astype(np.float64)
        self._origin, self._latest = arrays["clock"].astype(np.float64).tolist()


class Content:
    """Items that say what the items liked lately say: the decayed sum of item vectors at one half-life, by dot product."""

    prior = 0.3
    stranger = 0.0

    def __init__(self, name: str, half_life: float, half_lives: tuple[float, ...]) -> None:
        self.name, self.label, self.half_life = name, "like what you liked", half_life
        self._which = half_lives.index(half_life)

    def fit(self, events: Events, catalog: Catalog) -> None:
        """There is nothing to learn: meaning comes from the encoder."""

    def observe(self, events: Events) -> None:
        """The person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """Mean cosine with the items liked, weighted by recency: between -1 and 1."""
        taste = interests.vector[:, self._which] / np.maximum(interests.mass[:, self._which, None], 1e-30)
        return np.asarray(taste @ catalog.vectors.T, np.float32)

    def blind(self, catalog: Catalog) -> Bool:
        """None."""
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of that mean that come from the last N events."""
        weights = (
            interests.weights[0]
            * np.exp2(-interests.ages[0] / self.half_life)
            / max(float(interests.mass[0, self._which]), 1e-30)
        )
        rows = np.flatnonzero(weights)
        shares = np.zeros((len(weights), len(items)), np.float32)
        shares[rows] = weights[rows, None] * (catalog.vectors[interests.items[0, rows]] @ catalog.vectors[items].T)
        return shares

    def arrays(self) -> Arrays:
        """Nothing."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Nothing."""


class Again:
    """What the person had before, the oftener and later the more: their last events' weights, halving every `half_life` s."""

    prior = 0.0
    stranger = 0.0

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
        likeness = dense(taste(interests, fitted, self.fade) @ self._by_item)
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
