"""What mix of topics somebody will show: a forecast, with intervals, learned from what became of everybody. docs/forecast.md."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from penchant.catalog import Catalog
from penchant.errors import InvalidInput
from penchant.interest.topics import Topics
from penchant.shift.mixes import LATELY, Deeds, Everybody, Situation, everybody, situation, truth
from penchant.shift.pooling import Weights, blank, concentration, expected, fit
from penchant.shift.watch import Topic, counted, sampled, shares
from penchant.types import DAY, F64, I64, Events

SPANS = (DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY)  # seconds ahead that weights are learned for
LONGEST = 5 * 365 * DAY  # seconds
LEVEL = 0.8  # of the intervals
_SETTLED = 0.2  # of the log is let pass before anything is asked
_MOMENTS = (24, 24, 12, 12, 12)  # at which people are asked about, for each span
_REQUESTS = 8_000  # for each span
_ENOUGH = 50  # requests; a span with fewer is not learned
_FAINT = 0.005  # shares that are as good as none

Arrays = dict[str, NDArray[np.generic]]
Progress = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1
Basis = Literal["own past", "own past and everybody", "everybody"]


class Outlook(msgspec.Struct, frozen=True):
    """One topic's share in what somebody will do: its mean and the bounds that hold it four times in five; `now` is its share in
    what they did lately (votes of a half-life of 30 days; 0 for somebody who did nothing)."""

    id: str
    label: str
    share: float
    low: float
    high: float
    now: float


class Forecast(msgspec.Struct, frozen=True):
    """What a user will do from `at` (epoch seconds) to `ahead` seconds later, by topic, the largest share first; shares sum to 1.

    `own` is how much of it comes from the person's own past, the rest from everybody's, and `basis` says so in words. There are
    no topics where nothing was learned from the log.
    """

    user: str
    at: float
    ahead: float
    topics: tuple[Outlook, ...]
    basis: Basis
    own: float


class Foreseen(NamedTuple):
    """The same of R people, in columns."""

    share: F64  # (R, B)
    low: F64  # (R, B)
    high: F64  # (R, B)
    now: F64  # (R, B) rows sum to 1, or are 0
    own: F64  # (R,)


class Foresight:
    """What was learned of how mixes go on; a forecast is a pure function of it, of what a person did, and of time.

    >>> rng = np.random.default_rng(0)
    >>> user, day = np.repeat(np.arange(40), 60), np.tile(np.arange(60.0), 40)
    >>> faithful = Deeds(user, day * DAY, np.eye(2, dtype=np.float32)[user % 2])      # everybody is true to one of two topics
    >>> foresight = Foresight.learned(faithful, 3.0, rng)
    >>> foresight.foreseen(faithful, np.array([0, 1]), 60 * DAY, 7 * DAY).share.round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, loose: float, told: Everybody, spans: F64, weights: Weights) -> None:
        self.loose, self.everybody, self.spans, self.weights = loose, told, spans, weights

    @classmethod
    def learned(
        cls, deeds: Deeds, loose: float, rng: np.random.Generator, progress: Progress = lambda stage, share: None
    ) -> "Foresight":
        """What `deeds` teach, by what people showed within each of SPANS after moments throughout the log; `loose` is that of
        `penchant.shift.Population`. Spans the log is too short for are not learned; without any, what is known beforehand holds.

        Raises:
            InvalidInput: without events.
        """
        if not len(deeds.user):
            raise InvalidInput("a forecast is learned from events, got none; observe some first")
        told = everybody(deeds)
        spans, found = [], []
        for place, (span, moments) in enumerate(zip(SPANS, _MOMENTS, strict=True)):
            progress("learning to foresee", place / len(SPANS))
            asked = _asked(deeds, loose, told, span, moments)
            if asked is not None and len(asked.people) >= _ENOUGH:
                rows = np.sort(rng.permutation(len(asked.people))[:_REQUESTS])
                spans.append(span)
                found.append(fit(asked.known.take(rows), asked.shown[rows], asked.people[rows]))
        progress("learning to foresee", 1.0)
        if not found:
            spans, found = [SPANS[-1]], [blank(deeds.memberships.shape[1])]
        return cls(loose, told, np.array(spans), Weights._make(np.stack(columns) for columns in zip(*found, strict=True)))

    def foreseen(self, deeds: Deeds, people: I64, at: float, ahead: float) -> Foreseen:
        """What `people` (R,), ascending, will show in the `ahead` seconds from `at`, by what they did up to then.

        Raises:
            InvalidInput: for an `ahead` that is not one.
        """
        check_ahead(ahead)
        known, weights = situation(deeds, people, at, self.loose, self.everybody), self.weights_at(ahead)
        share, own = expected(known, weights)
        low, high = _interval(share, concentration(known, share, weights))
        lately = known.counts[:, LATELY]
        now = lately / np.maximum(lately.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        return Foreseen(share, np.minimum(low, share), np.maximum(high, share), now, own)

    def weights_at(self, ahead: float) -> Weights:
        """The weights for `ahead` seconds: between two spans in proportion to the logarithm of time; beyond them the nearest."""
        place = np.interp(np.log(ahead), np.log(self.spans), np.arange(len(self.spans)))
        below = int(place)
        above = min(below + 1, len(self.spans) - 1)
        return Weights._make((1 - place + below) * each[below] + (place - below) * each[above] for each in self.weights)

    def arrays(self) -> Arrays:
        """Everything."""
        return {"loose": np.array([self.loose]), "spans": self.spans, **self.everybody._asdict(), **self.weights._asdict()}

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Foresight | None":
        """What `arrays` gave; None where nothing was learned."""
        if "spans" not in arrays:
            return None
        told = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
        weights = Weights(*(told[name] for name in Weights._fields))
        return cls(float(told["loose"][0]), Everybody(told["time"], told["mix"]), told["spans"], weights)


def learned(
    events: Events,
    catalog: Catalog,
    topics: Topics,
    watched: Sequence[Topic],
    loose: float,
    rng: np.random.Generator,
    progress: Progress,
) -> Foresight | None:
    """What everybody's `events`, sorted by user, then time, say of how mixes of the topics that are `watched` go on; None where
    there are fewer than two topics, or no events."""
    told = sampled(counted(events), rng)
    if len(watched) < 2 or not len(told.user):
        return None
    return Foresight.learned(deeds_of(told, catalog, topics, watched), loose, rng, progress)


def forecast(
    user: str,
    events: Events,
    at: float,
    ahead: float,
    foresight: Foresight | None,
    watched: Sequence[Topic],
    catalog: Catalog,
    topics: Topics,
) -> Forecast:
    """What `user`, who did `events`, will do in the `ahead` seconds from `at`; only those up to `at` are read.

    Raises:
        InvalidInput: for an `ahead` or an `at` that is not one.
    """
    check_ahead(ahead)
    if not math.isfinite(at):
        raise InvalidInput(f"at must be epoch seconds, got {at}")
    if foresight is None:
        return Forecast(user, at, ahead, (), "everybody", 0.0)
    told = counted(events)
    deeds = deeds_of(told._replace(user=np.zeros(len(told.user), np.int64)), catalog, topics, watched)
    found = foresight.foreseen(deeds, np.zeros(1, np.int64), at, ahead)
    rows = zip(*(column[0].tolist() for column in (found.share, found.low, found.high, found.now)), strict=True)
    outlooks = [Outlook(topic.id, topic.label, *row) for topic, row in zip(watched, rows, strict=True)]
    own = float(found.own[0])
    basis: Basis = "own past" if own >= 2 / 3 else "everybody" if own <= 1 / 3 else "own past and everybody"
    return Forecast(user, at, ahead, tuple(sorted(outlooks, key=lambda one: -one.share)), basis, own)


def deeds_of(events: Events, catalog: Catalog, topics: Topics, watched: Sequence[Topic]) -> Deeds:
    """Events that count, sorted by user, then time, by the topics of their items."""
    items, row = np.unique(events.item, return_inverse=True)
    return Deeds(events.user, events.time, shares(items, catalog, topics, watched)[row])


def check_ahead(ahead: float) -> None:
    """Refuse what is no time ahead.

    Raises:
        InvalidInput: for 0 or less, for more than five years, and for nan.
    """
    if not 0 < ahead <= LONGEST:
        raise InvalidInput(f"ahead must be seconds, above 0 and up to {LONGEST:,.0f} (five years), got {ahead}")


def _interval(share: F64, kappa: F64) -> tuple[F64, F64]:
    """The middle LEVEL of Beta(share kappa, (1 - share) kappa), or from 0 where the lower end would be as good as none."""
    a, b = share * kappa, (1 - share) * kappa
    low = betaincinv(a, b, (1 - LEVEL) / 2)
    high = betaincinv(a, b, np.where(low < _FAINT, LEVEL, (1 + LEVEL) / 2))
    return np.where(low < _FAINT, 0.0, low), np.asarray(high, np.float64)


class _Asked(NamedTuple):
    known: Situation
    shown: F64  # (R, B)
    people: I64  # (R,)


def _asked(deeds: Deeds, loose: float, told: Everybody, span: float, moments: int) -> _Asked | None:
    """Everybody who was there at some of so many even times and showed something in the span after, what was known of them then,
    and what they showed; None where the log is too short."""
    first, last = float(deeds.time.min()), float(deeds.time.max())
    begin, end = first + _SETTLED * (last - first), last - span
    if end <= begin:
        return None
    came = np.full(int(deeds.user.max()) + 1, np.inf)
    np.minimum.at(came, deeds.user, deeds.time)
    parts = []
    for at in np.linspace(begin, end, moments).tolist():
        people, mix = truth(deeds, at, at + span)
        there = came[people] <= at
        if there.any():
            parts.append((situation(deeds, people[there], at, loose, told), mix[there], people[there]))
    if not parts:
        return None
    known, shown, who = zip(*parts, strict=True)
    return _Asked(Situation.joined(list(known)), np.concatenate(shown), np.concatenate(who))
