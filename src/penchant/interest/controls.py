"""What people set themselves: interests pinned or muted, tastes told in words or items, learning paused, everything reset.

A control is an event of the log like any other, at a time of its own, with an action of the house (`control:pin`). So it is in
force from the next request on, outlives every refit, and is undone by a later one; the past is read as it was set then.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.catalog.clean import clean
from penchant.events import InvalidField
from penchant.events.rules import LONGEST_TEXT, Bounds, check_record, encodes, moment, name
from penchant.interest.meaning import nearest
from penchant.interest.parts import belonging
from penchant.interest.topics import Topics
from penchant.types import F32, Event

PREFIX = "control:"
PIN, MUTE, SEED, WISH, PAUSE, RESUME, RESET = (
    PREFIX + name for name in ("pin", "mute", "seed", "wish", "pause", "resume", "reset")
)
MOST = 100  # interests or items of a change
WISHED = 10  # items that words are taken to mean
_RULES = (name("user", required=True), moment("time", required=True))
_SEEDED, _WISHED = 1.0, 0.3  # weight of a seeded item, and of each that words mean: together they count as three events


class Seed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A taste that was told rather than shown, in words or as items."""

    at: float
    text: str | None = None
    items: tuple[str, ...] = ()


class Controls(msgspec.Struct, frozen=True):
    """What a person has set: ids of interests that are pinned and muted, what was seeded, since when learning is paused, and up
    to when everything is forgotten (epoch seconds; None: not)."""

    pin: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    seeds: tuple[Seed, ...] = ()
    paused_since: float | None = None
    reset_at: float | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a person sets; None leaves a thing as it is.

    `pin` and `mute` replace the lists there are; `text` and `items` are tastes to begin with; `pause` False goes on learning;
    `reset` forgets what was learned and seeded so far, and nothing else.
    """

    pin: Sequence[str] | None = None
    mute: Sequence[str] | None = None
    text: str | None = None
    items: Sequence[str] = ()
    pause: bool | None = None
    reset: bool = False


def check(user: str, change: Change, before: Controls, catalog: Catalog, topics: Topics, at: float) -> None:
    """Accept a change that `user` makes at `at` (epoch seconds) to what was set `before`, or say what is wrong with it; an
    interest that was set before and is gone since may stay in its list.

    Raises:
        InvalidInput: for a change of nothing, an interest that there is not, one both pinned and muted, too many of them, or a
            blank text. UnknownItem: for an item that the catalog does not hold.
    """
    check_record(Event(user=user, time=at), _RULES, Bounds())
    if msgspec.structs.replace(change, items=tuple(change.items)) == Change():
        raise InvalidField("controls", "", "set nothing; give pin, mute, a seed, pause or reset")
    for field, ids, known in (("pin", change.pin or (), before.pin), ("mute", change.mute or (), before.mute)):
        if len(ids) > MOST:
            raise InvalidField(field, f"{len(ids):,} interests", f"are too many, {MOST} at most")
        for interest in set(ids).difference(known):
            if not belonging(interest, catalog, topics).any():
                raise InvalidField(field, interest, "is the id of no interest; get a user's interests for their ids")
    pin, mute = (old if new is None else new for new, old in ((change.pin, before.pin), (change.mute, before.mute)))
    if change.pin is not None or change.mute is not None:
        for interest in set(pin) & set(mute):
            field, also = ("pin", "muted") if change.mute is None else ("mute", "pinned")
            raise InvalidField(field, interest, f"is {also}, too; choose one")
    if change.text is not None and not (len(change.text) <= LONGEST_TEXT and encodes(change.text) and clean(change.text)):
        raise InvalidField("seed.text", change.text, f"must be words, {LONGEST_TEXT:,} characters of them at most")
    if len(change.items) > MOST:
        raise InvalidField("seed.items", f"{len(change.items):,} items", f"are too many, {MOST} at most")
    catalog.numbers(change.items)


def meant(likeness: F32, catalog: Catalog) -> list[str]:
    """The items that words are taken to mean: those with the most `likeness` to them (items,), -inf where one cannot be meant."""
    return [catalog.items[row].id for row in nearest(likeness, catalog.vectors, WISHED)]


def written(user: str, change: Change, wish: Sequence[str], at: float) -> tuple[list[Event], F32]:
    """A change as events of the log, each a moment after the one before, the first at `at`; and how much each counts. `wish` are
    the items its text is taken to mean."""
    told: list[tuple[str, str | None, str | None, float]] = []  # action, item, text, weight
    if change.reset:
        told.append((RESET, None, "reset", 0.0))
    if change.pause is not None:
        told.append((PAUSE, None, "pause", 0.0) if change.pause else (RESUME, None, "resume", 0.0))
    for action, ids in ((PIN, change.pin), (MUTE, change.mute)):
        if ids is not None:
            told.append((action, None, msgspec.json.encode(list(dict.fromkeys(ids))).decode(), 0.0))
    told += [(SEED, item, None, _SEEDED) for item in change.items]
    told += [(WISH, item, change.text, _WISHED) for item in wish]
    events = []
    for action, item, text, _ in told:
        events.append(Event(user=user, time=at, item=item, action=action, text=text))
        if action != WISH:  # what words mean is told at once
            at = float(np.nextafter(at, np.inf))
    return events, np.array([weight for *_, weight in told], np.float32)


def standing(events: Sequence[Event]) -> Controls:
    """What the control events of one person, in order of time, add up to.

    >>> events, _ = written("ann", Change(mute=["t1"], pause=True), [], 10.0)
    >>> standing(events)
    Controls(pin=(), mute=('t1',), seeds=(), paused_since=10.0, reset_at=None)
    """
    lists: dict[str, tuple[str, ...]] = {PIN: (), MUTE: ()}
    seeds: list[Seed] = []
    paused, reset = None, None
    for event in events:
        if event.action in lists:
            lists[event.action] = msgspec.json.decode(event.text or "[]", type=tuple[str, ...])
        elif event.action == RESET:
            reset, seeds = event.time, []
        elif event.action == PAUSE:
            paused = event.time if paused is None else paused
        elif event.action == RESUME:
            paused = None
        elif event.action == SEED and event.item is not None:
            seeds.append(Seed(event.time, items=(event.item,)))
        elif event.action == WISH and (not seeds or seeds[-1].text != event.text):
            seeds.append(Seed(event.time, text=event.text))
    return Controls(lists[PIN], lists[MUTE], tuple(seeds), paused, reset)
