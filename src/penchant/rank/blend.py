"""The learned blend: what each source says, on one scale, weighed by who asks and when."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from penchant.catalog import Catalog
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.sources import Arrays, New, Source, Told
from penchant.rank.imputed import imputation, imputed
from penchant.types import DAY, F32, F64, I64, Bool, Events, Interests

CONTEXT = ("always", "away", "history")  # what the weights of the sources may depend on
ASKED = 2.0  # weight of what a request asks for in words, beside what is known of a person, which has deviation 1 then
SAID = 0.2  # weight of what a person said, beside all sources together, which have deviation 1 then (docs/told.md)
INTRODUCED = 0.5  # the same where nothing else is known of them; with n deeds, SAID + (INTRODUCED - SAID) / (1 + n)
STRANGER = 0.2  # that deviation where nothing is known: what is popular decides between equals
_LEAST = 0.01  # deviation below which the sources have no opinion that could be brought to it: what is left is rounding
_CELLS = 8_000_000  # requests x items that a fit holds at once, per source: 450 MB for 14 sources
_PLENTY = 2_000  # requests; with fewer the penalty grows
_ROWS = 100  # requests scored at once
_GUESSED = 300  # requests that guesses are learned from
NEW_AT_MOST = 1.0  # weight of being new to everybody, in deviations of what all other sources say together
_MET = 20  # requests that took what nobody had; with fewer nothing is learned of its being new


class Scored(NamedTuple):
    """Blended scores and what they are made of."""

    scores: F32  # (R, items)
    weights: F32  # (R, S) weight of each source for each request
    parts: F32  # (S, R, items) standardised scores of each source
    beyond: tuple[str, ...] = ()  # what the rows after the sources' are: "words" said before, the "text" of the request


def rooted(scores: F32) -> F32:
    """Signed square roots, which keep a source with one towering score from silencing the others."""
    return np.copysign(np.sqrt(np.abs(scores)), scores)


def standardise(scores: F32) -> F32:
    """Scores (..., items) with zero mean and unit deviation over the items; zeros where all are equal: no opinion."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.einsum("...i,...i->...", centred, centred) / max(1, centred.shape[-1]))[..., None]
    scale = np.where(deviation > 1e-6, 1 / np.maximum(deviation, 1e-6), 0)
    return np.asarray(centred * scale, np.float32)


def context(interests: Interests) -> F64:
    """(R, 3) who asks and when: 1, log hours since the last event (a year at most), log events so far; each 0 to about 1."""
    hours = np.minimum(interests.away, 365 * DAY) / 3600
    return np.stack([np.ones(len(hours)), np.log1p(hours) / 9, np.log1p(interests.folded) / 6], axis=1)


class Blend:
    """A weighted sum of standardised sources, the weights linear in `context`, fitted by listwise softmax regression.

    People nothing is known of are served by what is popular, whatever was learned: `Source.stranger`. Of items that a source
    cannot judge, because nobody had them, it is taken to say what `penchant.rank.imputed` says it would.

    The loss is the cross-entropy of the items consumed, evenly, against every other item the request could have been shown
    (ListNet: Cao et al. 2007, section 4), plus `penalty` times the squared distance from the weights that are taken
    before anything is learned. The penalty grows as requests get fewer: where evidence is thin, the prior stands.
    """

    def __init__(self, sources: Sequence[Source], *, penalty: float = 1e-3) -> None:
        self.sources, self.penalty = tuple(sources), penalty
        self.weights = self._prior()
        self.guesses: F32 = np.zeros((len(self.sources), len(self.sources) + 1), np.float32)

    def fit(
        self,
        interests: Interests,
        targets: Sequence[I64],
        hidden: Bool,
        catalog: Catalog,
        *,
        rng: np.random.Generator,
        stream: Events | None = None,
    ) -> None:
        """Learn the weights from R requests, the items consumed then, `targets`, at least one each, and what they could not be
        shown, `hidden` (R, items).

        The sources are told of `stream`, events in order of time, as the requests come to them: they are weighed as fresh as they
        will be served.

        Raises:
            InvalidInput: without a single request.
        """
        if not len(targets):
            raise InvalidInput("the blend needs at least one validation request; hold out a longer period")
        most = max(200, _CELLS // max(1, len(catalog)))
        rows = rng.permutation(len(targets))[:most]
        rows = rows[np.argsort(interests.at[rows], kind="stable")]
        wanted = [targets[row] for row in rows.tolist()]
        sizes = np.array([len(items) for items in wanted])
        items, owner, share = np.concatenate(wanted), np.repeat(np.arange(len(rows)), sizes), np.repeat(1 / sizes, sizes)
        offered = ~hidden[rows]
        offered[owner, items] = True
        asked = interests.take(rows)
        parts = np.empty((len(self.sources), len(rows), len(catalog)), np.float32)
        self.guesses = self._guesses(asked.take(np.sort(rng.permutation(len(rows))[:_GUESSED])), catalog)
        told = Told(self.sources, stream)
        for start in range(0, len(rows), _ROWS):
            told.until(float(asked.at[start]))
            parts[:, start : start + _ROWS] = self._parts(asked.take(slice(start, start + _ROWS)), catalog)
        situation = context(asked)
        strength = np.array([1.0] + [4.0] * (len(CONTEXT) - 1)) * self.penalty * max(1, _PLENTY / len(rows))
        prior, free = self._prior(), self._free(items, catalog)
        right = np.stack([np.bincount(owner, share * part[owner, items], len(rows)) for part in parts], axis=1)  # (R, S)

        def loss(flat: F64) -> tuple[float, F64]:
            matrix = flat.reshape(self.weights.shape)
            weights = situation @ matrix.T
            scores = _weigh(parts, weights.astype(np.float32))
            scores[~offered] = -np.inf
            highest = scores.max(axis=1, keepdims=True)
            odds = np.exp(scores - highest)
            total = odds.sum(axis=1, keepdims=True)
            value = float(np.mean(np.log(total[:, 0]) + highest[:, 0] - (weights * right).sum(axis=1)))
            surplus = np.einsum("ri,sri->rs", odds / total, parts) - right  # (R, S)
            gradient = surplus.T @ situation / len(rows) + 2 * strength * (matrix - prior)
            gradient[~free] = 0
            return value + float((strength * (matrix - prior) ** 2).sum()), gradient.ravel()

        self.weights = minimize(loss, prior.ravel(), jac=True, method="L-BFGS-B").x.reshape(self.weights.shape)

    def score(self, interests: Interests, catalog: Catalog, wanted: F32 | None = None) -> Scored:
        """Blended scores of every item for every request, with their parts.

        `wanted` (R, items), how well each item fits what was asked for in words, in deviations, adds one more part after the
        sources'; theirs together are then brought to unit deviation for a person with a history, to a fifth of it for a stranger.
        """
        parts = self._parts(interests, catalog)
        weights = (context(interests) @ self.weights.T).astype(np.float32)
        weights[interests.items[:, 0] < 0] = [source.stranger for source in self.sources]
        weights = self._bounded(parts, weights)
        beyond: tuple[str, ...] = ()
        scores = _weigh(parts, weights)
        if interests.words.any():
            parts, weights = heard(interests, catalog, scores, weights, parts)
            scores, beyond = _weigh(parts, weights), ("words",)
        if wanted is None:
            return Scored(scores, weights, parts, beyond)
        beside = np.where(interests.folded > 0, 1.0, STRANGER) / np.maximum(scores.std(axis=1), _LEAST)
        weights = np.concatenate([weights * beside[:, None], np.full((len(wanted), 1), ASKED)], axis=1).astype(np.float32)
        parts = np.concatenate([parts, wanted[None]])
        return Scored(_weigh(parts, weights), weights, parts, (*beyond, "text"))

    def _prior(self) -> F64:
        """(S, C) the weights before anything is learned: the same for everybody."""
        weights = np.zeros((len(self.sources), len(CONTEXT)))
        weights[:, 0] = [source.prior for source in self.sources]
        return weights

    def arrays(self) -> Arrays:
        """Weights and the parameters of every source, under `source/array` names."""
        named = {f"{source.name}/{name}": array for source in self.sources for name, array in source.arrays().items()}
        return named | {"weights": self.weights, "guesses": self.guesses}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`; raises FingerprintMismatch when they were made by other sources."""
        weights = arrays["weights"].astype(np.float64)
        if weights.shape != self.weights.shape:
            raise FingerprintMismatch(
                f"saved weights have shape {weights.shape}, these sources need {self.weights.shape}; fit again"
            )
        self.weights = weights
        guesses = arrays.get("guesses", self.guesses)
        self.guesses = np.zeros_like(self.guesses)
        self.guesses[:, : guesses.shape[1]] = guesses  # saved without what is to be added, nothing is
        for source in self.sources:
            prefix = f"{source.name}/"
            source.restore({name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)})

    def _parts(self, interests: Interests, catalog: Catalog) -> F32:
        """(S, R, items) standardised scores of the sources, guessed where they cannot judge."""
        return imputed(self._said(interests, catalog), self._blind(catalog), self.guesses)

    def _said(self, interests: Interests, catalog: Catalog) -> F32:
        """(S, R, items) the same, whatever stands where they cannot judge."""
        raw = np.zeros((len(self.sources), len(interests.at), len(catalog)), np.float32)
        for row, source in enumerate(self.sources):
            raw[row] = source.score(interests, catalog)
        for row, source in enumerate(self.sources):
            if not source.logarithmic:
                raw[row] = rooted(raw[row])
        parts = standardise(raw)
        for row, source in enumerate(self.sources):
            if isinstance(source, New):
                parts[row] = raw[row]
        return parts

    def _blind(self, catalog: Catalog) -> Bool:
        """(S, items) what each source cannot judge."""
        return np.array([source.blind(catalog) for source in self.sources], bool).reshape(len(self.sources), len(catalog))

    def _guesses(self, interests: Interests, catalog: Catalog) -> F32:
        """The guesses that hold for requests like these."""
        return imputation(self._said(interests, catalog), self.sources, self._blind(catalog))

    def _bounded(self, parts: F32, weights: F32) -> F32:
        """`weights` (R, S), that of what is new at most `NEW_AT_MOST` deviations of the rest: unbounded, what nobody had would
        take every place from what few had (docs/ranking.md)."""
        for row, source in enumerate(self.sources):
            if isinstance(source, New) and (weights[:, row] > 0).any():
                others = weights.copy()
                others[:, row] = 0
                weights[:, row] = np.minimum(weights[:, row], NEW_AT_MOST * _weigh(parts, others).std(axis=1))
        return weights

    def _free(self, items: I64, catalog: Catalog) -> Bool:
        """(S,) the sources that requests for `items` can teach a weight."""
        new = [isinstance(source, New) and source.unmet(catalog)[items].sum() < _MET for source in self.sources]
        return ~np.array(new, bool)


def heard(interests: Interests, catalog: Catalog, scores: F32, weights: F32, parts: F32) -> tuple[F32, F32]:
    """`parts` (S, R, items) and `weights` (R, S) with one more: what people said. However much they said, it moves an
    item by a bounded part of what their deeds do: `SAID` deviations of their `scores` (R, items), `INTRODUCED` without any."""
    length = np.linalg.norm(interests.words, axis=1, keepdims=True)
    said = standardise(interests.words / np.maximum(length, 1e-9) @ catalog.vectors.T)
    deeds = (interests.items >= 0).sum(axis=1, keepdims=True)
    most = (SAID + (INTRODUCED - SAID) / (1 + deeds)) * scores.std(axis=1, keepdims=True)
    loud = np.where(length > 1e-3, np.minimum(length, 1), 0)
    return np.concatenate([parts, said[None]]), np.concatenate([weights, most * loud], axis=1).astype(np.float32)


def _weigh(parts: F32, weights: F32) -> F32:
    """(S, R, items) and (R, S) to (R, items)."""
    return np.asarray(np.einsum("sri,rs->ri", parts, weights, optimize=True))
