"""When a portrait is drawn anew: a pure function of the log, so that any past time has the portrait it had."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.topics import Topics
from penchant.shift import Watch
from penchant.shift.watch import Raised
from penchant.types import DAY, F64, Events

Why = Literal["first", "shift", "growth", "silence", "return"]

GROWTH = 0.5  # of what is remembered that has to come for a portrait to be drawn anew
SILENCE = 91 * DAY  # seconds without an event after which there is nothing they are into now
HALF_LIFE = 30 * DAY  # of what is remembered, seconds: that of an interest's strength


class Refresh(NamedTuple):
    """A moment at which a portrait is drawn, and why."""

    at: float  # epoch seconds
    why: Why


def refreshes(
    time: F64, weight: F64, alarmed: F64, at: float, growth: float = GROWTH, half_life: float = HALF_LIFE
) -> list[Refresh]:
    """The moments up to `at` at which the portrait of one person is drawn anew, oldest first.

    `time` and `weight` (n,) are the events that tell what they are into, in order; `alarmed` the times of the events that showed
    a shift. That is at the first event, at every such, when what came since the last time weighs `growth` times what was
    remembered then (the sum of weights with that `half_life`: often at first, then about every month of a steady life), after 91
    days without an event, and when they return from that. What comes later changes nothing of what was.

    >>> days = np.arange(8.0) * DAY
    >>> [round(one.at / DAY) for one in refreshes(days, np.ones(8), days[[5]], 200 * DAY)]
    [0, 1, 2, 4, 5, 98]
    """
    found: list[Refresh] = []
    mass = had = came = 0.0
    shown = set(alarmed.tolist())
    ends = np.flatnonzero(np.diff(time, append=np.inf))  # the last event of each time
    start, last = 0, -np.inf
    for end in ends.tolist():
        now = float(time[end])
        if now > at:
            break
        if found and now - last >= SILENCE:
            found.append(Refresh(last + SILENCE, "silence"))
        here = float(weight[start : end + 1].sum())
        mass = mass * 2 ** (-(now - last) / half_life) + here if found else mass + here
        came, start, last = came + here, end + 1, now
        why = _why(found, shift=now in shown, grown=came >= growth * had)
        if why is not None:
            found.append(Refresh(now, why))
            had, came = mass, 0.0
    if found and at - last >= SILENCE:
        found.append(Refresh(last + SILENCE, "silence"))
    return found


def _why(before: Sequence[Refresh], *, shift: bool, grown: bool) -> Why | None:
    """Why a portrait is drawn at an event, if it is."""
    if not before:
        return "first"
    if before[-1].why == "silence":
        return "return"
    return "shift" if shift else "growth" if grown else None


def drawn(
    events: Events,
    catalog: Catalog,
    topics: Topics,
    watch: Watch,
    at: float,
    growth: float = GROWTH,
    half_life: float = HALF_LIFE,
) -> list[Refresh]:
    """The same for the `events` of one person, in order of time, by what is watched for shifts."""
    return redrawn(watch.raised(events, catalog, topics), at, growth, half_life)


def redrawn(raised: Raised, at: float, growth: float = GROWTH, half_life: float = HALF_LIFE) -> list[Refresh]:
    """The same from the events that tell what one person is into, and what they raised."""
    told, alarmed = raised.events, np.unique(raised.alarms.at)
    return refreshes(told.time, told.weight.astype(np.float64), told.time[alarmed], at, growth, half_life)
