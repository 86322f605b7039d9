"""Matrix factorisation: items and people as points of one space, a person's made of their last events at the moment of asking.

Training is left to the package `implicit`, which the extra `compare` brings; serving is numpy. No factors of people are kept, so
that somebody who was not there at training is scored like anybody else.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from scipy import sparse

from penchant.catalog import Catalog
from penchant.errors import AssetError
from penchant.interest.sources.source import Arrays, beyond, recency
from penchant.interest.transitions import Sparse
from penchant.types import F32, F64, I64, Bool, Events, Interests


class Factorisation(Protocol):
    """How item factors are learned, and how a person is folded into their space."""

    def learn(self, consumed: Sparse) -> F32:
        """Item factors, (items, factors), from `consumed` (users, items): how much each user had each item."""
        ...

    def fold_in(self, factors: F32, gram: F64, items: I64, weights: F32, faded: F32) -> F64:
        """(n, factors) what each of n events adds to the person's vector.

        They are on `items`, of `weights` that are `faded` by now. `gram` is Y'Y of all factors Y, (factors, factors).
        """
        ...


@dataclass(frozen=True)
class ALS:
    """Least squares on everything a person had and had not, the former with confidence 1 + alpha r.

    Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets". A person is equation 4,
    x = (Y'CY + penalty I)^-1 Y'Cp, with r the sum of the weights of their events on an item. That is a sum over what they had,
    which is how section 5 explains a recommendation.

    What fades is the preference, from p = 1 down: that they had the item stays as certain as it was in training. Fading r instead
    leaves every event p = 1, and half the gain is gone. What they disliked, which training leaves out, has p = -1 as certainly.
    """

    factors: int = 64
    alpha: float = 10.0
    penalty: float = 50.0
    passes: int = 15
    seed: int = 0

    def learn(self, consumed: Sparse) -> F32:
        """Raises AssetError where `implicit` is not installed."""
        require("implicit")
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        confidence = sparse.csr_matrix(consumed)
        confidence.data = 1 + self.alpha * confidence.data
        with threadpool_limits(limits=1, user_api="blas"):  # else `implicit` warns: its threads and those of BLAS fight
            model = AlternatingLeastSquares(
                self.factors, self.penalty, iterations=self.passes, num_threads=1, random_state=self.seed
            )
            model.fit(confidence, show_progress=False)
        return model.item_factors

    def fold_in(self, factors: F32, gram: F64, items: I64, weights: F32, faded: F32) -> F64:
        """The terms of equation 4; an item had several times has one, shared out among its events as they fade."""
        each, place = np.unique(items, return_inverse=True)
        total = np.bincount(place, np.abs(weights), len(each))
        had = factors[each].astype(np.float64)
        system = gram + self.penalty * np.eye(len(gram)) + (had.T * (self.alpha * total)) @ had
        confidence = 1 + self.alpha * total
        terms = np.linalg.solve(system, (had * (confidence / total)[:, None]).T).T  # of one unit of weight on each item
        return np.asarray(terms[place] * faded[:, None])


@dataclass(frozen=True)
class BPR:
    """Pairs ranked: what a person had above what they had not, by stochastic gradient, with a bias for each item.

    Rendle et al. 2009, "BPR: Bayesian personalized ranking from implicit feedback", section 4.3.1. A person is the weighted mean
    of the factors of what they had, as in Kabbur, Ning and Karypis 2013, "FISM", equation 3, instead of factors of their own. The
    bias is the last factor of an item, and 1 in each term of the mean: without it NDCG@10 on ml-100k is lower by 30 to 45%.
    """

    factors: int = 64
    rate: float = 0.05
    penalty: float = 0.003
    passes: int = 100
    seed: int = 0

    def learn(self, consumed: Sparse) -> F32:
        """Raises AssetError where `implicit` is not installed."""
        require("implicit")
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        model = BayesianPersonalizedRanking(
            self.factors, self.rate, self.penalty, iterations=self.passes, num_threads=1, random_state=self.seed
        )
        model.fit(sparse.csr_matrix(consumed), show_progress=False)
        return model.item_factors

    def fold_in(self, factors: F32, gram: F64, items: I64, weights: F32, faded: F32) -> F64:
        """The terms of the mean."""
        terms = factors[items].astype(np.float64)
        terms[:, -1] = 1
        return np.asarray(terms * (faded / np.abs(faded).sum())[:, None])


class Factors:
    """Items whose factors point the way of the person's, folded in from events that count weight / (1 + places back)^fade.

    Fading is what a vector learned in training cannot have. NDCG@10 on ml-100k's validation goes from 0.080 to 0.120 for `ALS()`
    with a fade of 0.5, and from 0.077 to 0.109 for `BPR()` with a fade of 1.
    """

    prior = 0.2
    stranger = 0.0
    logarithmic = False

    def __init__(self, name: str, model: Factorisation, *, fade: float = 0.5, label: str = "suits your taste") -> None:
        self.name, self.label, self.model, self.fade = name, label, model, fade
        self._keep(np.zeros((0, 1), np.float32))

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Learn item factors from whole histories; AssetError where `implicit` is not installed."""
        consumed = _consumed(events, len(catalog))
        factors = self.model.learn(consumed) if consumed.nnz else np.zeros((len(catalog), 1), np.float32)
        factors[np.bincount(consumed.indices, minlength=len(catalog)) == 0] = 0  # nothing was learned of them, whatever is there
        self._keep(factors)

    def observe(self, events: Events) -> None:
        """The factors stay as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """The person's vector times every item's; 0 for items added since `fit`, and for people who had none of the others."""
        people = np.zeros((len(interests.at), self._factors.shape[1]), np.float32)
        for row in range(len(people)):
            people[row] = self._terms(interests.take(slice(row, row + 1)))[1].sum(axis=0)
        scores = np.zeros((len(people), len(catalog)), np.float32)
        scores[:, : len(self._factors)] = people @ self._factors.T
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """Items that nobody had when it was fitted."""
        return beyond(self._known, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """The terms of the person's vector times the items."""
        rows, terms = self._terms(interests)
        known = items < len(self._factors)
        shares = np.zeros((interests.items.shape[1], len(items)), np.float32)
        shares[np.ix_(rows, known)] = terms @ self._factors[items[known]].T
        return shares

    def arrays(self) -> Arrays:
        """The factors of the items."""
        return {"factors": self._factors}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`; needs no package but numpy."""
        self._keep(arrays["factors"].astype(np.float32, copy=False))

    def _terms(self, interests: Interests) -> tuple[I64, F64]:
        """Which of the last N events of one request count, and what each adds to the person's vector."""
        items, weights = interests.items[0], interests.weights[0]
        faded = recency(interests, len(self._factors), self.fade)[0]
        rows = np.flatnonzero(faded)
        rows = rows[self._known[items[rows]]]
        return rows, self.model.fold_in(self._factors, self._gram, items[rows], weights[rows], faded[rows])

    def _keep(self, factors: F32) -> None:
        self._factors, self._known = factors, np.count_nonzero(factors, axis=1) > 0
        wide = factors.astype(np.float64)
        self._gram: F64 = wide.T @ wide


def require(module: str) -> None:
    """Refuse to go on without a package of the extra `compare`.

    Raises:
        AssetError: saying what to install.
    """
    if find_spec(module) is None:
        raise AssetError("this source needs a package that is not installed; pip install 'penchant[compare]'")


def _consumed(events: Events, items: int) -> Sparse:
    """(users, items) the weights of the events that `histories` reads, which weigh more than nothing, summed."""
    counted = events.take((events.item >= 0) & (events.weight > 0))
    users, rows = np.unique(counted.user, return_inverse=True)
    x = sparse.csr_array((counted.weight, (rows, counted.item)), shape=(len(users), items))
    x.sum_duplicates()
    return x
