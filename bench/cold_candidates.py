"""Other ways to serve items nobody had within the blend, measured by `bench/cold_blend.py` and not shipped."""

import numpy as np

from cold_rivals import lately, onto
from penchant.catalog import Catalog
from penchant.encode.described import described
from penchant.interest import transitions
from penchant.interest.sources import Adapted, Again, Content, ItemToItem, Source, by_visit
from penchant.interest.sources.source import taste
from penchant.interest.transitions import histories
from penchant.rank.blend import Blend
from penchant.types import F32, Events, Interests


class Average(Blend):
    """To whose blind sources an item nobody had is the average item."""

    def _guesses(self, interests: Interests, catalog: Catalog) -> F32:
        return np.zeros_like(self.guesses)


class Everyone(Blend):
    """Whose guesses are a ridge regression without offset over all known items, not over those that few had."""

    def _guesses(self, interests: Interests, catalog: Catalog) -> F32:
        parts, blind = self._said(interests, catalog), self._blind(catalog)
        seeing = np.array([isinstance(source, Adapted | Again | Content) for source in self.sources])
        some = parts[:, :, ~blind.any(axis=0)].reshape(len(parts), -1).astype(np.float64)
        products, found = some @ some.T / some.shape[1], np.zeros_like(self.guesses)
        ridge = 1e-3 * np.eye(int(seeing.sum()))
        weights = np.linalg.solve(products[np.ix_(seeing, seeing)] + ridge, products[np.ix_(seeing, ~seeing)])
        found[np.ix_(~seeing, np.append(seeing, False))] = weights.T
        return found


class Unbounded(Blend):
    """In which being new may count for as much as was learned."""

    def _bounded(self, parts: F32, weights: F32) -> F32:
        return weights


class UnboundedEveryone(Unbounded, Everyone):
    """The same with guesses from all known items."""


class Filled(ItemToItem):
    """A matrix whose columns of items nobody had are carried over from the others by ridge from what items say."""

    def fit(self, events: Events, catalog: Catalog) -> None:
        super().fit(events, catalog)
        told, known = described(catalog.items, catalog.vectors), self._pointed.copy()
        matrix = np.array(self._matrix)
        matrix[:, ~known] = (matrix[:, known] @ onto(told[known]).T) @ told[~known].T
        self._matrix, self._pointed = matrix, np.ones(len(catalog), bool)


def filled() -> dict[str, Source]:
    """The dense sources of the blend, filled, by name."""
    ease = Filled("ease", transitions.ease)
    slit = Filled("slit", transitions.slit, fade=0.8)
    visit = Filled("next-visit", transitions.next_visit, fade=0.8, read=by_visit)
    return {source.name: source for source in (ease, slit, visit)}


class Carried(Adapted):
    """EASE as the descriptions of items tell it, for items nobody had and all others alike: `cold_rivals.carried`."""

    label, logarithmic = "goes with what you had, by what it says", False

    def fit(self, events: Events, catalog: Catalog) -> None:
        self.fade, known = 0.8, np.zeros(len(catalog), bool)
        known[events.item[(events.item >= 0) & (events.weight > 0)]] = True
        told = described(catalog.items, catalog.vectors)
        learned = np.asarray(transitions.ease(histories(events), len(catalog)))
        self._told, self._map = told, np.asarray(learned[:, known] @ onto(told[known]).T, np.float32)

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        return np.asarray(taste(interests, len(catalog), self.fade, lately) @ self._map @ self._told.T, np.float32)
