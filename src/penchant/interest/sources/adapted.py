"""What items say, as far as it tells what people take next."""

import numpy as np

from penchant.catalog import Catalog
from penchant.encode.described import described
from penchant.interest.adapting import REACH, Adaptation, adapt, persons, taken, unlearned
from penchant.interest.sources.source import Arrays, recency, taste
from penchant.types import F32, I64, Bool, Events, Interests, Item

ADAPTED = "adapted"  # its name among the sources
_DIMS = 256  # principal directions of what items say that are kept
_FADES = (0.5, 0.8)  # tried: in a shop people stay with what they had for long, in an evening of films with the last


class Adapted:
    """Items that say what goes with what the items had lately say, in people's eyes: `penchant.interest.adapting`.

    It reads an item's text and names and nothing else, so that an item nobody had is judged like any other. The k-th last event
    counts weight / (1 + k)^fade, with the fade that tells more of items left out of training. Text vectors stay as they are
    for what people ask in words.
    """

    label = "goes with what you liked, by what it says"
    prior = 0.3
    stranger = 0.0
    logarithmic = True

    def __init__(self, name: str = ADAPTED, *, seed: int = 0) -> None:
        self.name, self.fade, self._seed = name, _FADES[0], seed
        self._keep(np.zeros((0, 0), np.float32), unlearned(0))

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Find the directions in which items differ, and the map between what was had and what is taken next."""
        axes = _axes(described(catalog.items, catalog.vectors))
        self._keep(axes, unlearned(len(axes)))
        vectors = self._of(catalog)
        known = np.zeros(len(catalog), bool)
        known[events.item[(events.item >= 0) & (events.weight > 0)]] = True
        found: dict[float, Adaptation] = {}
        for fade in _FADES:
            rng = np.random.default_rng(self._seed)  # the same requests and the same items left out, to compare them by
            found[fade] = adapt(taken(events, len(catalog), fade, rng), vectors, known, rng)
        self.fade = max(_FADES, key=lambda fade: found[fade].reached)
        self.learned = found[self.fade]

    def observe(self, events: Events) -> None:
        """The map stays as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """Logarithms of odds, up to a constant; 0 for people who had nothing."""
        vectors = self._of(catalog)
        people = persons(taste(interests, len(catalog), self.fade, _lately), vectors)
        scores = self.learned.score(people, vectors)
        scores[~people.any(axis=1)] = 0
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """None: what an item says is known from the start."""
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of the person's vector; what an item has in its favour whoever asks is nobody's."""
        vectors, counts = self._of(catalog), _lately(interests, len(catalog), self.fade)[0]
        rows = np.flatnonzero(counts)
        terms = counts[rows, None] * vectors[interests.items[0, rows]]
        terms /= max(float(np.linalg.norm(terms.sum(axis=0))), 1e-9)
        shares = np.zeros((len(counts), len(items)), np.float32)
        shares[rows] = self.learned._replace(offset=np.zeros_like(self.learned.offset)).score(terms, vectors[items])
        return shares

    def arrays(self) -> Arrays:
        """Directions and map."""
        learned = self.learned
        numbers = np.array([learned.scale, learned.plain, learned.reached, self.fade])
        return {"axes": self._axes, "map": learned.map, "offset": learned.offset, "numbers": numbers}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        scale, plain, reached, self.fade = arrays["numbers"].astype(np.float64).tolist()
        matrix, offset = (arrays[name].astype(np.float32, copy=False) for name in ("map", "offset"))
        self._keep(arrays["axes"].astype(np.float32, copy=False), Adaptation(matrix, offset, scale, plain, reached))

    def _keep(self, axes: F32, learned: Adaptation) -> None:
        self._axes, self.learned = axes, learned
        self._placed: tuple[list[Item], F32] = [], np.zeros((0, len(axes)), np.float32)

    def _of(self, catalog: Catalog) -> F32:
        """(items, dims) the vectors of a catalog that may have changed; what is new or other than it was is placed, once."""
        items, vectors = self._placed
        fresh = [row for row, item in enumerate(catalog.items) if row >= len(items) or items[row] is not item]
        if fresh or len(items) > len(catalog):
            kept, found = min(len(items), len(catalog)), np.zeros((len(catalog), len(self._axes)), np.float32)
            found[:kept] = vectors[:kept]
            found[fresh] = _along(described([catalog.items[row] for row in fresh], catalog.vectors[fresh]), self._axes)
            self._placed = list(catalog.items), found
        return self._placed[1]


def _lately(interests: Interests, items: int, fade: float) -> F32:
    """(R, N) what each of the last events counts, as in training."""
    counts = recency(interests, items, fade)
    counts[:, REACH:] = 0
    return counts


def _axes(rows: F32) -> F32:
    """(dims, width) the directions along which unit rows (items, width) lie furthest from 0; all there are of few."""
    _, directions = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    kept = min(_DIMS, *rows.shape) if len(rows) else 0
    return np.ascontiguousarray(directions[:, ::-1][:, :kept].T, np.float32)


def _along(rows: F32, axes: F32) -> F32:
    """(items, dims) unit rows in those directions."""
    told = rows @ axes.T
    return np.asarray(told / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-9), np.float32)
