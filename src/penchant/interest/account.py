"""A person's account: what they are into at a time, read from their history alone, so that any past time has its answer."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.events.ids import origin
from penchant.interest.controls import Controls
from penchant.interest.guesses import faded, guessed, once
from penchant.interest.parts import CATEGORY, MOMENTS, Named, Parts, called, moment
from penchant.interest.topics import Topics
from penchant.types import DAY, F64, I64, Events, Interests

Horizon = Literal["session", "short", "long"]
Status = Literal["trial", "active", "fading", "dormant", "revived"]

_SPANS: dict[Horizon, float] = {"session": 3600.0, "short": 7 * DAY, "long": 365 * DAY}  # half-lives, seconds
_STRENGTH = 30 * DAY  # half-life of an interest's strength
_PRIOR = 3.0  # events' worth of the year that the last weeks are mixed with
_TRIAL, _DORMANT = 3, 90 * DAY  # fewer events are a trial; a longer silence is dormant
_EVIDENCE = 5
_PREFERRED = 5  # values of a facet
_OFTEN, _SURE = 5, 2.5  # events in a moment, and deviations above what is usual, that make it an interest's


class Interest(msgspec.Struct, frozen=True):
    """One thing a person spends events on.

    `strength` is the decayed sum of event weights (half-life 30 days). `share` is its part of all strength, shrunk towards its
    part of the year (half-life 365 days) as three more events would: one click after a silence does not rewrite who somebody is.
    `trend` is the log2 ratio of the part of the week, shrunk likewise, to that of the year: +1 is twice as much as usual; 0 for a
    dormant interest. `horizon` is the shortest that holds half of the year's mass. `confidence` is how much of what is said of
    it rests on the person's own events of the year, 0 to 1. `when` is the part of the week it stands out in, if any. `pinned` and
    `muted` are what the person set; it is there even where nothing shows it. A `guess` rests on words more than on deeds: it
    fades with time and with everything else that is done, unless deeds confirm it.
    """

    id: str
    label: str
    keywords: tuple[str, ...]
    theme: str | None  # the broader one it belongs to
    strength: float
    share: float
    trend: float
    horizon: Horizon
    status: Status
    confidence: float
    when: str | None
    since: float
    last_seen: float
    evidence: tuple[str, ...]
    pinned: bool = False
    muted: bool = False
    guess: bool = False


class Preference(msgspec.Struct, frozen=True):
    """One value of a facet (a category, a brand, a time of day): its share of the last month, and the year's."""

    value: str
    share: float
    usual: float


class Near(msgspec.Struct, frozen=True):
    """An item close to where a person stands; `similarity` is a cosine."""

    item: str
    title: str
    similarity: float


class Account(msgspec.Struct, frozen=True):
    """What a person is into at `at`: interests by share, what they prefer beside, and the items nearest to their taste at each
    horizon."""

    user: str
    at: float
    interests: tuple[Interest, ...]
    facets: dict[str, tuple[Preference, ...]]
    nearest: dict[Horizon, tuple[Near, ...]]


class _Mass(NamedTuple):
    """Decayed weights by label (L,), and of all labels together, over each span."""

    strength: F64  # (L,)
    of: dict[str, F64]  # (L,) never below 0
    whole: dict[str, float]

    @property
    def usual(self) -> F64:
        """(L,) part of the year."""
        return np.asarray(self.of["long"] / self.whole["long"])

    def share(self, span: str) -> F64:
        """(L,) part of a span, drawn towards the year's."""
        return np.asarray((self.of[span] + _PRIOR * self.usual) / (self.whole[span] + _PRIOR))


def account(
    user: str,
    at: float,
    ids: Sequence[str],
    events: Events,
    parts: Parts,
    named: Sequence[Named],
    facets: Mapping[str, Parts],
    nearest: Mapping[Horizon, tuple[Near, ...]],
) -> Account:
    """The account of one user from their `events` up to `at`, whose event ids are `ids`: `parts` says what they are about, and
    `named` what that is called; `facets` likewise."""
    events, silent = faded(events, at)
    mass, guess = _mass(parts, events, at), guessed(parts, events)
    share, lately, usual = mass.share("month"), mass.share("short"), mass.usual
    supports = parts.supports() & ~silent[parts.row]
    order = np.lexsort((parts.row[supports], parts.label[supports]))
    rows, labels = parts.row[supports][order], parts.label[supports][order]
    usually = np.bincount(moment(events.time[np.unique(rows)]), minlength=len(MOMENTS))
    begins = np.flatnonzero(np.diff(labels, prepend=-1))
    found = []
    for label, members in zip(labels[begins].tolist(), np.split(rows, begins[1:]), strict=False):
        members = once(members, events)
        times = events.time[members]
        awake = usual[label] > 0 and at - times[-1] <= _DORMANT
        trend = float(np.log2(lately[label] / usual[label])) if awake else 0.0
        known = mass.of["long"][label]
        found.append(
            Interest(
                **named[label]._asdict(),
                strength=float(mass.strength[label]),
                share=float(share[label]),
                trend=trend,
                horizon=next((span for span in _SPANS if mass.of[span][label] > known / 2), "long"),
                status=_status(times, trend, at),
                confidence=float(known / (known + _PRIOR)),
                when=_when(times, usually),
                since=float(times[0]),
                last_seen=float(times[-1]),
                evidence=tuple(origin(ids[row]) for row in members[: -_EVIDENCE - 1 : -1].tolist()),
                guess=bool(guess[label]),
            )
        )
    found.sort(key=lambda interest: (-interest.share, interest.id))
    return Account(user, at, tuple(found), {name: _preferred(each, events, at) for name, each in facets.items()}, dict(nearest))


def marked(told: Account, controls: Controls, topics: Topics) -> Account:
    """The account with what the person pinned and muted marked; what of it nothing shows comes last, as a trial."""
    kept = [msgspec.structs.replace(one, pinned=one.id in controls.pin, muted=one.id in controls.mute) for one in told.interests]
    there = {topic.id for topic in topics.fine}.difference(one.id for one in kept)
    for id in (*controls.pin, *controls.mute):
        if id in there or (id.startswith(CATEGORY) and all(one.id != id for one in kept)):
            kept.append(_silent(called(id, topics), told.at, pinned=id in controls.pin))
    return msgspec.structs.replace(told, interests=tuple(kept))


def _silent(name: Named, at: float, *, pinned: bool) -> Interest:
    """An interest that was told and not shown."""
    return Interest(
        **name._asdict(),
        strength=0.0,
        share=0.0,
        trend=0.0,
        horizon="long",
        status="trial",
        confidence=0.0,
        when=None,
        since=at,
        last_seen=at,
        evidence=(),
        pinned=pinned,
        muted=not pinned,
    )


def nearest(interests: Interests, catalog: Catalog, settings: Fold) -> dict[Horizon, tuple[Near, ...]]:
    """The items nearest to the fold's taste at each horizon."""
    return {span: _near(interests, catalog, settings, half_life) for span, half_life in _SPANS.items()}


def _mass(parts: Parts, events: Events, at: float) -> _Mass:
    age, size = at - events.time, len(parts.names)
    faded = {span: events.weight * np.exp2(-age / half_life) for span, half_life in (*_SPANS.items(), ("month", _STRENGTH))}
    signed = {
        span: np.bincount(parts.label, parts.part * column[parts.row], size).astype(float) for span, column in faded.items()
    }
    told = np.unique(parts.row)
    whole = {span: max(float(np.maximum(column[told], 0).sum()), 1e-30) for span, column in faded.items()}
    return _Mass(signed["month"], {span: np.maximum(column, 0) for span, column in signed.items()}, whole)


def _status(times: F64, trend: float, at: float) -> Status:
    """What becomes of an interest seen at `times`."""
    if at - times[-1] > _DORMANT:
        return "dormant"
    silences = np.flatnonzero(np.diff(times) > _DORMANT)
    if len(silences) and silences[-1] + 1 >= _TRIAL and at - times[silences[-1] + 1] <= _DORMANT:
        return "revived"
    if len(times) < _TRIAL:
        return "trial"
    return "fading" if trend < -1 else "active"


def _when(times: F64, usually: I64) -> str | None:
    """The moment of the week in which an interest is had more often than anything else is then, beyond chance."""
    here = np.bincount(moment(times), minlength=len(MOMENTS))
    odds = usually / max(1, int(usually.sum()))
    expected = len(times) * odds
    above = (here - expected) / np.sqrt(np.maximum(expected * (1 - odds), 1e-9))
    above[here < _OFTEN] = -np.inf
    best = int(np.argmax(above))
    return MOMENTS[best] if above[best] > _SURE else None


def _preferred(parts: Parts, events: Events, at: float) -> tuple[Preference, ...]:
    """The values of a facet by share."""
    mass = _mass(parts, events, at)
    share, usual = mass.share("month"), mass.usual
    order = [label for label in np.argsort(-share, kind="stable").tolist() if share[label] > 0]
    return tuple(Preference(parts.names[label], float(share[label]), float(usual[label])) for label in order[:_PREFERRED])


def _near(interests: Interests, catalog: Catalog, settings: Fold, half_life: float, count: int = 5) -> tuple[Near, ...]:
    which = int(np.argmin(np.abs(np.log(np.array(settings.half_lives) / half_life))))
    taste = interests.vector[0, which]
    length = float(np.linalg.norm(taste))
    if length < 1e-30 or not len(catalog):
        return ()
    likeness = catalog.vectors @ (taste / np.float32(length))
    best = np.argsort(-likeness, kind="stable")[:count]
    return tuple(Near(catalog.items[row].id, catalog.items[row].title, float(likeness[row])) for row in best.tolist())
