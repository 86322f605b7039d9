"""What items say."""

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.sources.source import Arrays
from penchant.types import F32, I64, Bool, Events, Interests


class Content:
    """Items that say what the items liked lately say: the decayed sum of item vectors at one half-life, by dot product."""

    prior = 0.3
    stranger = 0.0
    logarithmic = False

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
