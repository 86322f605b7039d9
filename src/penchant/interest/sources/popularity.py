"""What everybody consumes."""

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.sources.source import Arrays, beyond
from penchant.types import F32, F64, I64, Bool, Events, Interests


class Popularity:
    """How much everybody has consumed an item lately: counts that halve every `half_life` seconds (inf: never).

    Where little happens, lately says little: the shares are shrunk towards those of `base`, the same over a longer time, as if
    one more event per item of the catalog had been spread like those.
    """

    prior = 0.1
    logarithmic = False

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
