"""A person's own past and everybody's, pooled into one mix: the weights, and how they are learned (docs/forecast.md).

The pool adds votes, so that whoever did little is drawn towards everybody (a Dirichlet prior whose strength is learned); links
then say what goes with what: who is into one topic more than others are comes to another.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from penchant.shift.mixes import EVER, EVERYBODY, HALF_LIVES, QUARTER, Situation
from penchant.types import DAY, F64, I64

_OWN = len(HALF_LIVES) + 1  # parts of the pool that are the person's: their votes at each half-life, their last visit
_START = np.log([*[0.1] * len(HALF_LIVES), 0.2, 0.5, 0.25, 0.25])  # weights before anything is learned
_SPREAD = np.array([np.log(5.0), 0.0, 0.0, 0.0, 0.0])  # a concentration of 5, before anything is learned
_PULL, _LINKED = 1.0, 20.0  # penalties, in requests
_FARTHEST = 5 * 365 * DAY  # seconds


class Weights(NamedTuple):
    """What was learned for one span ahead; with one more axis in front, for several."""

    pool: F64  # (K,) logarithms of weights: a vote at each half-life, the last visit, everybody at each half-life
    links: F64  # (2 B + 1, B)
    spread: F64  # (5,)


def blank(topics: int) -> Weights:
    """What holds before anything is learned."""
    return Weights(_START.copy(), np.zeros((2 * topics + 1, topics)), _SPREAD.copy())


def pooled(known: Situation, weights: Weights) -> tuple[F64, F64]:
    """(R, B) the mixes that the pool gives, and (R,) how much of each is the person's own past."""
    parts = _parts(known)
    strength = np.exp(weights.pool)
    added = np.tensordot(strength, parts, axes=1)
    own = np.tensordot(strength[:_OWN], parts[:_OWN], axes=1).sum(axis=1) / added.sum(axis=1)
    return added / added.sum(axis=1, keepdims=True), own


def expected(known: Situation, weights: Weights) -> tuple[F64, F64]:
    """(R, B) the mixes to expect, and (R,) how much of each comes from the person's own past: the pool, then the links."""
    mix, own = pooled(known, weights)
    return _linked(mix, _leaning(mix, known), weights.links), own


def concentration(known: Situation, mix: F64, weights: Weights) -> F64:
    """(R, B) kappa: a share whose mean is p, of `mix` (R, B), will be Beta(p kappa, (1 - p) kappa)."""
    return _kappa(_about(known), np.log(mix), weights.spread)


def fit(known: Situation, shown: F64, people: I64) -> Weights:
    """The weights under which what R people then showed, mixes (R, B), was most probable; `people` (R,) says who they are.

    Pool and links minimise the mean cross-entropy, in this order, each with a penalty that a few requests' worth of evidence
    overcomes; kappa is fitted to squared errors, whose mean is p (1 - p) / (kappa + 1) (quasi-likelihood of an exponential
    distribution: Wedderburn 1974). They are the errors that weights fitted on half of the people make on the other half: those on
    the people themselves would be too small.
    """
    mean = blank(shown.shape[1])
    other, missed = np.unique(people, return_inverse=True)[1] % 2 == 1, np.empty_like(shown)
    for half in (other, ~other):
        learned = _fit_mean(known.take(np.flatnonzero(~half)), shown[~half], mean) if not half.all() else mean
        missed[half] = expected(known.take(np.flatnonzero(half)), learned)[0]
    return _fit_mean(known, shown, mean)._replace(spread=_fit_spread(_about(known), missed, shown))


def _fit_mean(known: Situation, shown: F64, start: Weights) -> Weights:
    weights = start._replace(pool=_fit_pool(_parts(known), shown))
    mix, _ = pooled(known, weights)
    return weights._replace(links=_fit_links(mix, _leaning(mix, known), shown))


def _parts(known: Situation) -> F64:
    """(K, R, B) what the pool adds."""
    parts = [*np.moveaxis(known.counts, 1, 0), known.last, *np.moveaxis(known.everybody, 1, 0)]
    return np.stack(parts)


def _leaning(mix: F64, known: Situation) -> F64:
    """(R, 2 B + 1) what the links read: how much more than others the person is into each topic, how much more everybody is of
    late, both as log ratios, and 1."""
    lately, ever = known.everybody[:, 0], known.everybody[:, len(EVERYBODY) - 1]
    return np.concatenate([np.log(mix / lately), np.log(lately / ever), np.ones((len(mix), 1))], axis=1)


def _linked(mix: F64, leaning: F64, links: F64) -> F64:
    scores = np.log(mix) + leaning @ links
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float64)


def _about(known: Situation) -> F64:
    """(R, 4) what the spread depends on beside the share: 1, and logarithms of a quarter's votes, of all, of the days away."""
    votes = known.counts.sum(axis=2)
    away = np.minimum(known.away, _FARTHEST) / DAY
    return np.stack([np.ones(len(votes)), np.log1p(votes[:, QUARTER]), np.log1p(votes[:, EVER]), np.log1p(away)], axis=1)


def _fit_pool(parts: F64, shown: F64) -> F64:
    flat, people = parts.reshape(len(parts), -1), len(shown)

    def loss(pool: F64) -> tuple[float, F64]:
        strength = np.exp(pool)
        added = (strength @ flat).reshape(shown.shape)
        total = added.sum(axis=1, keepdims=True)
        value = float(np.log(total).mean() - (shown * np.log(added)).sum() / people)
        slope = strength * (flat @ (1 / total - shown / added).ravel()) / people
        away = pool - _START
        return value + _PULL / people * float((away**2).sum()), slope + 2 * _PULL / people * away

    return np.asarray(minimize(loss, _START, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x)


def _fit_links(mix: F64, leaning: F64, shown: F64) -> F64:
    people, size = len(shown), (leaning.shape[1], shown.shape[1])
    base = np.log(mix)

    def loss(flat: F64) -> tuple[float, F64]:
        links = flat.reshape(size)
        scores = base + leaning @ links
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        total = odds.sum(axis=1, keepdims=True)
        value = -float((shown * (scores - np.log(total))).sum()) / people
        slope = leaning.T @ (odds / total - shown) / people + 2 * _LINKED / people * links
        return value + _LINKED / people * float((links**2).sum()), slope.ravel()

    found = minimize(loss, np.zeros(size[0] * size[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(found.x.reshape(size))


def _kappa(about: F64, logs: F64, spread: F64) -> F64:
    return np.asarray(np.exp(np.clip((about @ spread[:-1])[:, None] + spread[-1] * logs, -4, 8)), np.float64)


def _fit_spread(about: F64, mix: F64, shown: F64) -> F64:
    people, logs, most = len(mix), np.log(mix), mix * (1 - mix)
    error = (shown - mix) ** 2 / most
    worth = most / most.sum(axis=1, keepdims=True) / people

    def loss(spread: F64) -> tuple[float, F64]:
        kappa = _kappa(about, logs, spread)
        mean = 1 / (1 + kappa)
        slope = worth * (error / mean - 1) * mean * kappa
        away = spread - _SPREAD
        value = float((worth * (error / mean + np.log(mean))).sum()) + _PULL / people * float((away**2).sum())
        return value, np.append(slope.sum(axis=1) @ about, (slope * logs).sum()) + 2 * _PULL / people * away

    return np.asarray(minimize(loss, _SPREAD, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x)
