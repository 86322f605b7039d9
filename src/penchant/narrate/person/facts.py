"""What may be said of a person: facts with the names, numbers and times they allow, and the events that show them."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from penchant.interest.account import Account, Interest
from penchant.interest.parts import CATEGORY, UNKNOWN
from penchant.shift import Moved
from penchant.shift.forecast import Forecast
from penchant.types import DAY

Sort = Literal[
    "interest", "silent", "recent", "emerged", "strengthened", "faded", "dormant", "revived", "migrated", "excursion", "ahead"
]
Reasoned = Literal["because", "also", "against", "without", "turned", "moved", "nothing"]
Part = Literal["now", "changed", "ahead"]
Way = Literal["up", "level", "down"]

INTERESTS, MOVES, RECENT = 3, 2, 3  # told at most: interests, shifts, items
EVIDENCE = 5  # events that show what was left
YEAR = 365 * DAY  # seconds back in which a shift is news
DOUBTFUL = 0.25  # error probability from which on a shift is not told
FAINT = 0.01  # shares that are not worth a word
_NAMELESS = CATEGORY + UNKNOWN  # what items without a category have in common, which is nothing to be into
_PARTS: dict[str, Part] = {"interest": "now", "silent": "now", "recent": "now", "ahead": "ahead"}


class Deed(NamedTuple):
    """Something a person did with an item."""

    event: str  # its id
    title: str  # the item's
    time: float  # epoch seconds


Name = Callable[[str, str], str]  # what a topic is called, from its id and its label


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is so. `names` are what it is about, the first losing to the second in a move; `titles` are items that may
    be named beside. `shares` (0 to 1) and `counts` are the numbers there are, `times` (epoch seconds, whole days) the dates.

    Two facts are equal where they say the same, whatever shows it: `evidence`, ids of events, is left out of `said`.
    """

    id: str
    sort: Sort | Reasoned
    names: tuple[str, ...]
    titles: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    times: tuple[float, ...] = ()
    way: Way = "level"
    first: bool = False  # nothing else is more so
    evidence: tuple[str, ...] = ()

    @property
    def part(self) -> Part:
        """Whether it is about now, about what changed, or about what is to come."""
        return _PARTS.get(self.sort, "changed")

    def said(self) -> "Fact":
        """The same without the events behind it."""
        return msgspec.structs.replace(self, evidence=())


def facts(
    account: Account,
    shifts: Sequence[Moved],
    forecast: Forecast | None,
    recent: Sequence[Deed],
    shown: Mapping[str, Sequence[Deed]],
    names: Callable[[str, str], str] = lambda id, label: label,
    muted: Set[str] = frozenset(),
) -> tuple[Fact, ...]:
    """What may be said of a person at `account.at`, numbered F1, F2, ...: interests, the latest items, shifts of the year before,
    and the topic most is expected of.

    `recent` are what they did last, the latest first, `shown` what they did of each topic that they moved from or to, by its id,
    in order of time; `names` gives what a topic is called from its id and label. What a person muted is not told, interests of
    the account as little as topics with the ids `muted`, and nothing without an event that shows it.
    """
    untold = {*muted, *(one.id for one in account.interests if one.muted), _NAMELESS}
    found = [*_interests(account, names, untold), *_recent(recent), *_shifts(shifts, account.at, shown, names, untold)]
    here = any(one.sort == "interest" for one in found)  # of those who are gone it is not known whether they come at all
    if here and forecast is not None and forecast.basis != "everybody":
        found += _ahead(forecast, account, names, untold)
    return tuple(msgspec.structs.replace(one, id=f"F{number}") for number, one in enumerate(found, 1) if one.evidence)


def rounded(share: float) -> float:
    """A share to whole percents, which is as fine as it is told.

    >>> rounded(0.1634)
    0.16
    """
    return round(share, 2)


def whole_day(at: float) -> float:
    """The midnight (UTC) before a time: as fine as dates are told."""
    return at // DAY * DAY


def _interests(account: Account, names: Name, untold: Set[str]) -> list[Fact]:
    """Those of the greatest share; what was left long ago is told as such, what rests on words and not on deeds not at all."""
    told = [
        one
        for one in account.interests
        if not (one.id in untold or one.guess) and one.evidence and one.share >= FAINT and one.status != "trial"
    ]
    return [
        _interest(one, names, first=rank == 0 and told[0] is account.interests[0]) for rank, one in enumerate(told[:INTERESTS])
    ]


def _interest(one: Interest, names: Name, *, first: bool) -> Fact:
    silent = one.status == "dormant"
    way: Way = "level" if silent or abs(one.trend) < 1 else "up" if one.trend > 0 else "down"
    return Fact(
        id="",
        sort="silent" if silent else "interest",
        names=(names(one.id, one.label),),
        shares=() if silent and not first else (rounded(one.share),),
        times=(whole_day(one.last_seen if silent else one.since),),
        way=way,
        first=first,
        evidence=one.evidence,
    )


def _recent(recent: Sequence[Deed]) -> list[Fact]:
    if not recent:
        return []
    titles: dict[str, str] = {}
    for deed in recent:
        titles.setdefault(deed.title, deed.event)
    told = list(titles)[:RECENT]
    evidence = tuple(titles[title] for title in told)
    return [Fact(id="", sort="recent", names=tuple(told), times=(whole_day(recent[0].time),), evidence=evidence)]


def _shifts(shifts: Sequence[Moved], at: float, shown: Mapping[str, Sequence[Deed]], names: Name, untold: Set[str]) -> list[Fact]:
    """The last that are sure enough, a topic told once."""
    found: list[Fact] = []
    seen = set(untold)
    for shift in reversed(shifts):
        topics = {topic.id for topic in (shift.source, shift.target) if topic is not None}
        sure = shift.error_probability <= DOUBTFUL and at - shift.detected_at <= YEAR
        if sure and not seen & topics and len(found) < MOVES and (fact := _shift(shift, shown, names)) is not None:
            seen |= topics
            found.append(fact)
    return found


def _shift(shift: Moved, shown: Mapping[str, Sequence[Deed]], names: Name) -> Fact | None:
    """One shift; a rise begins with the first that was done of it. None where the log shows nothing of what it is about."""
    topics = [topic for topic in (shift.source, shift.target) if topic is not None]
    at, evidence = shift.at, shift.evidence
    if shift.target is not None:
        since = [deed.time for deed in shown.get(shift.target.id, ()) if deed.time >= shift.at]
        at = min(since, default=np.inf)
    if shift.kind == "migrated" and shift.source is not None:
        before = [deed.event for deed in shown.get(shift.source.id, ()) if deed.time < at]
        evidence = (*evidence, *before[-EVIDENCE:]) if before else ()
    if not evidence or at == np.inf:
        return None
    points = rounded(abs(shift.effect))
    return Fact(
        id="",
        sort=shift.kind,
        names=tuple(names(topic.id, topic.label) for topic in topics),
        shares=(points,) if shift.kind in ("strengthened", "faded") and points >= FAINT else (),
        times=(whole_day(at),),
        way="up" if shift.effect > 0 else "down",
        evidence=evidence,
    )


def _ahead(forecast: Forecast, account: Account, names: Name, untold: Set[str]) -> list[Fact]:
    """The topic that most is expected of, among those the person's own events are about."""
    shown: dict[str, tuple[str, ...]] = {}
    for one in account.interests:
        shown.setdefault(one.theme or one.label, one.evidence)
        shown.setdefault(one.label, one.evidence)
    for topic in forecast.topics:
        evidence = shown.get(topic.label, ())
        if evidence and topic.id not in untold and topic.now >= FAINT and topic.share >= FAINT:
            way: Way = "up" if topic.low > topic.now else "down" if topic.high < topic.now else "level"
            days = max(1, round(forecast.ahead / DAY))
            name = names(topic.id, topic.label)
            return [
                Fact(
                    id="",
                    sort="ahead",
                    names=(name,),
                    shares=(rounded(topic.share),),
                    counts=(days,),
                    way=way,
                    evidence=evidence,
                )
            ]
    return []
