"""What a source is, and the arithmetic that sources share."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.catalog import Catalog
from penchant.interest.transitions import Matrix, Sparse
from penchant.interest.visits import BREAK
from penchant.types import F32, I64, Bool, Events, Interests

Arrays = dict[str, NDArray[np.generic]]


class Source(Protocol):
    """A way to propose items.

    `label` says in words, to the person, why. `prior` is its weight in a blend before any has been learned, `stranger` its weight
    for people nothing is known of. `logarithmic` scores are logarithms of odds; others are tamed by a root before they are
    blended.
    """

    name: str
    label: str
    prior: float
    stranger: float
    logarithmic: bool

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


def apart(before: Sequence[str], now: Sequence[str]) -> str:
    """How the names of sources differ from those `before`, in words; empty where they are the same.

    >>> apart(["ever", "week"], ["week", "day", "month"]), apart(["a", "b"], ["b", "a"])
    ('with day and month, without ever', 'in another order')
    """
    new, gone = [name for name in now if name not in before], [name for name in before if name not in now]
    parts = [f"{word} {' and '.join(names)}" for word, names in (("with", new), ("without", gone)) if names]
    return ", ".join(parts) or ("" if list(before) == list(now) else "in another order")


def recency(interests: Interests, items: int, fade: float) -> F32:
    """(R, N) what each of the last events counts, its weight / (1 + places back)^fade; 0 for items numbered `items` or more."""
    faded = (1.0 + np.arange(interests.items.shape[1], dtype=np.float32)) ** np.float32(-fade)
    return np.where((interests.items >= 0) & (interests.items < items), interests.weights * faded, np.float32(0))


def by_visit(interests: Interests, items: int, fade: float) -> F32:
    """(R, N) what each of the last events counts, fade^(visits back), once for an item in a visit, the whole of a row of unit
    length by item; 0 for what weighs nothing and for items numbered `items` or more."""
    counts = np.zeros(interests.items.shape, np.float32)
    taken = (interests.items >= 0) & (interests.weights > 0)
    age = np.maximum.accumulate(np.where(taken, interests.ages, 0), axis=1)  # what is in between ends no silence
    visit = np.cumsum(np.diff(age, axis=1, prepend=age[:, :1]) >= BREAK, axis=1)
    rows, places = np.nonzero(taken & (interests.items < items))
    cell = rows * items + interests.items[rows, places]
    newest = np.unique(cell * (visit.shape[1] + 1) + visit[rows, places], return_index=True)[1]
    rows, places, cell = rows[newest], places[newest], cell[newest]
    counts[rows, places] = fade ** visit[rows, places]
    _, first, item = np.unique(cell, return_index=True, return_inverse=True)
    sums = np.bincount(item, counts[rows, places])
    squares = np.bincount(rows[first], sums**2, minlength=len(counts))
    return np.asarray(counts / np.sqrt(np.where(squares > 0, squares, 1))[:, None], np.float32)


Reading = Callable[[Interests, int, float], F32]  # (R, N) what events count, for a number of items and a fade


def taste(interests: Interests, items: int, fade: float, read: Reading = recency) -> Sparse:
    """What events count by item, (R, items)."""
    weights = read(interests, items, fade)
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


class Told:
    """Sources that are told of a stream as time goes by; None tells nothing."""

    def __init__(self, sources: Sequence[Source], stream: Events | None) -> None:
        self._sources, self._stream, self._place = sources, stream, 0

    def until(self, at: float) -> None:
        """Tell all that happened strictly before `at`; times must not go back."""
        if self._stream is None:
            return
        place = int(np.searchsorted(self._stream.time, at, side="left"))
        if place > self._place:
            for source in self._sources:
                source.observe(self._stream.take(slice(self._place, place)))
            self._place = place
