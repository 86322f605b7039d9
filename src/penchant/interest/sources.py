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
from penchant.interest.transitions import Histories, Matrix, histories
from penchant.types import DAY, F32, F64, I64, Events, Interests

Arrays = dict[str, NDArray[np.generic]]


class Source(Protocol):
    """A way to propose items; `label` says in words, to the person, why. `prior` is its weight before any has been learned."""

    name: str
    label: str
    prior: float

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Learn from time-ordered events."""
        ...

    def observe(self, events: Events) -> None:
        """Take in new events, as far as the source can without being fitted again."""
        ...

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """How much each item suits each request, (R, items); 0 where the source has no opinion."""
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


class ItemToItem:
    """What was consumed points at what comes next: c M, where the event k places back counts weight / (1 + k)^fade."""

    prior = 0.3

    def __init__(self, name: str, learn: Callable[[Histories, int], Matrix], *, fade: float = 1.0, label: str = "") -> None:
        self.name, self.label, self.fade, self._learn = name, label or name, fade, learn
        self._matrix: Matrix = np.zeros((0, 0), np.float32)

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Learn the matrix from whole histories."""
        self._matrix = self._learn(histories(events), len(catalog))

    def observe(self, events: Events) -> None:
        """The matrix stays as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """One sparse product; items added since `fit` get 0."""
        fitted = self._matrix.shape[0]
        weights = self._weights(interests)
        kept = weights != 0
        pointers = np.r_[0, np.cumsum(kept.sum(axis=1))]
        taste = sparse.csr_array((weights[kept], interests.items[kept], pointers), shape=(len(weights), fitted))
        known = taste @ self._matrix
        scores = np.zeros((len(weights), len(catalog)), np.float32)
        scores[:, :fitted] = known.toarray() if sparse.issparse(known) else known
        return scores

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of the product."""
        fitted = self._matrix.shape[0]
        weights = self._weights(interests)[0]
        rows, known = np.flatnonzero(weights), items < fitted
        shares = np.zeros((len(weights), len(items)), np.float32)
        cells = self._matrix[interests.items[0, rows]][:, items[known]]
        cells = cells.toarray() if sparse.issparse(cells) else cells
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
            self._matrix = arrays["matrix"].astype(np.float32, copy=False)
        else:
            side = len(arrays["indptr"]) - 1
            self._matrix = sparse.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=(side, side))

    def _weights(self, interests: Interests) -> F32:
        """(R, N) the weight of each of the last events, 0 for items the matrix has not seen."""
        fade = (1.0 + np.arange(interests.items.shape[1], dtype=np.float32)) ** np.float32(-self.fade)
        known = (interests.items >= 0) & (interests.items < self._matrix.shape[0])
        return np.where(known, interests.weights * fade, np.float32(0))


class Popularity:
    """How much everybody has consumed an item lately: counts that halve every `half_life` seconds (inf: never)."""

    prior = 0.1

    def __init__(self, name: str, half_life: float, *, label: str = "popular") -> None:
        self.name, self.label, self.half_life = name, label, half_life
        self._counts: F64 = np.zeros(0)
        self._origin = 0.0  # counts hold 2^((t - origin) / half_life), so that one event costs one addition

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Count from nothing."""
        self._counts = np.zeros(len(catalog))
        self._origin = float(events.time.max()) if len(events.time) else 0.0
        self.observe(events)

    def observe(self, events: Events) -> None:
        """Add events, in any order."""
        counted = events.take((events.item >= 0) & (events.weight > 0))
        if not len(counted.item):
            return
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
        """log(1 + share of the mean item's count): the same for every request, whatever its time."""
        counts = np.zeros(len(catalog))
        counts[: len(self._counts)] = self._counts
        scores = np.log1p(counts / max(counts.mean(), 1e-300)).astype(np.float32)
        return np.broadcast_to(scores, (len(interests.at), len(catalog)))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Nothing of it is owed to the person's own events."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """Counts and their origin."""
        return {"counts": self._counts, "origin": np.array([self._origin])}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        self._counts, self._origin = arrays["counts"].astype(np.float64), float(arrays["origin"].astype(np.float64)[0])


class Content:
    """Items that say what the person's lately liked items say: the decayed sum of item vectors at one half-life, by dot product."""

    prior = 0.3

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
        return taste @ catalog.vectors.T

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


class UserNeighbours:
    """What the most similar people consumed: cosine between the person's faded history and every history fitted on."""

    prior = 0.2

    def __init__(self, name: str = "user-neighbours", *, neighbours: int = 100, fade: float = 0.5) -> None:
        self.name, self.label, self.neighbours, self.fade = name, "people like you", neighbours, fade
        self._people = sparse.csr_array((0, 0), dtype=np.float32)  # (users, items), unit rows

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Keep everybody's history as a unit vector."""
        x = histories(events).incidence(len(catalog))
        norms = np.sqrt(np.asarray(x.sum(axis=1)).ravel())
        self._people = sparse.csr_array(sparse.diags_array((1 / np.maximum(norms, 1)).astype(np.float32)) @ x)

    def observe(self, events: Events) -> None:
        """Neighbours stay as fitted."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """Sum over the nearest people of similarity times what they consumed."""
        people, fitted = self._people.shape
        known = (interests.items >= 0) & (interests.items < fitted)
        weights = np.where(known, interests.weights, 0) * (1.0 + np.arange(known.shape[1])) ** -self.fade
        pointers = np.r_[0, np.cumsum(known.sum(axis=1))]
        taste = sparse.csr_array(
            (weights[known].astype(np.float32), interests.items[known], pointers), shape=(len(known), fitted)
        )
        likeness = (taste @ self._people.T).toarray()
        if people > self.neighbours:
            floor = np.partition(likeness, people - self.neighbours, axis=1)[:, people - self.neighbours]
            likeness[likeness < floor[:, None]] = 0
        scores = np.zeros((len(known), len(catalog)), np.float32)
        scores[:, :fitted] = (sparse.csr_array(likeness) @ self._people).toarray()
        return scores

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Not told apart by event: the neighbours stand in between."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """The three arrays of the CSR matrix, and its width."""
        people = self._people
        return {"data": people.data, "indices": people.indices, "indptr": people.indptr, "items": np.array([people.shape[1]])}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        shape = len(arrays["indptr"]) - 1, int(arrays["items"].astype(np.int64)[0])
        self._people = sparse.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
