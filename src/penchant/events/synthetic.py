"""People and catalogs made from a seed, whose interests and their shifts are known: something to test and to try things out on.

Items say what they are about in the words of their topic. People have a mix of topics, come in visits, some minutes between
events and hours to months between visits, and most of them shift once, in a way that is written down.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from penchant.errors import InvalidInput
from penchant.types import DAY, F64, I64, Event, Item

Kind = Literal["unshifted", "move", "gradual", "swap", "excursion", "revival"]
KINDS: tuple[Kind, ...] = ("unshifted", "move", "gradual", "swap", "excursion", "revival")

SUBJECTS: dict[str, tuple[str, ...]] = {
    "Tea": ("oolong", "teapot", "matcha", "infuser", "leaf", "kettle", "brew"),
    "Garden": ("tulip", "trowel", "seed", "greenhouse", "compost", "hedge", "watering"),
    "Space": ("rocket", "orbit", "planet", "astronaut", "comet", "telescope", "galaxy"),
    "Jazz": ("saxophone", "swing", "trumpet", "improvisation", "quartet", "ballad", "bebop"),
    "Hiking": ("trail", "summit", "rucksack", "ridge", "compass", "alpine", "boots"),
    "Baking": ("sourdough", "flour", "oven", "pastry", "yeast", "cake", "crust"),
    "Football": ("goal", "striker", "league", "penalty", "stadium", "derby", "keeper"),
    "Horror": ("haunted", "ghost", "curse", "vampire", "asylum", "scream", "demon"),
    "Painting": ("canvas", "watercolour", "brush", "portrait", "easel", "pigment", "sketch"),
    "Sailing": ("harbour", "mast", "regatta", "anchor", "keel", "tide", "spinnaker"),
    "Robots": ("android", "servo", "sensor", "automaton", "circuit", "gripper", "firmware"),
    "Cats": ("kitten", "whisker", "purr", "litter", "scratching", "tabby", "collar"),
}
_SORTS = ("Guide", "Set", "Story", "Classic", "Collection", "Course", "Box")
_ACTIONS, _ODDS = ("view", "like", "purchase", "rate"), (0.6, 0.15, 0.15, 0.1)
_VISIT = 5.0  # events of a visit, on average
_PAUSE, _ABSENCE = (60.0, 1.0), (2 * DAY, 1.2)  # median (seconds) and spread (of the logarithm) of gaps within and between visits
_SPAN = 10 * 60.0, 180 * DAY  # longest gap within a visit, and between two
_BREAK = DAY / 3  # shortest gap between visits
_STRAY = 0.1  # of a person's events are on anything at all
_EXCURSION, _RAMP = 10, 30  # events of an excursion, and of a gradual move
_FEWEST = 80  # events of a person: what is planted is over before they end
_SILENCE = 100 * DAY  # without the topic that is revived, at least


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What was planted in one person's history; mixes are shares of the topics in the order of `Made.topics`.

    Events are numbered within the person's history. From `event` to before `until` they are on the way from `before` to `after`
    in a gradual move, and all of mix `after` in an excursion and in the absence that a revival ends, both of which go back to
    `before`; a move and a swap are there at once. `time` (epoch seconds) is that of `event`, of a revival that of the return.
    These are None where nothing shifts.
    """

    user: str
    kind: Kind
    event: int | None = None
    until: int | None = None
    time: float | None = None
    source: str | None = None  # the topic that loses
    target: str | None = None  # the topic that gains
    before: tuple[float, ...]
    after: tuple[float, ...]


class Made(NamedTuple):
    """A made world."""

    topics: tuple[str, ...]
    items: list[Item]
    events: list[Event]  # in order of time
    truth: list[Truth]  # one for each person


def synthetic(
    rng: np.random.Generator,
    *,
    users: int = 120,
    items: int = 240,
    topics: int = 8,
    events: int = 120,
    kinds: Sequence[Kind] = KINDS,
) -> Made:
    """People whose shifts are known, `kinds` in turn: each has `events` events, and shifts in the middle fifth of them.

    Everybody has three topics, with shares of about .7, .2 and .1, and a tenth of their events is on anything. A move takes the
    share of the first to a topic that was none of them, a swap exchanges the first two, an excursion is all on another topic, and
    a revival brings the first topic back after 100 days or more without it.

    >>> made = synthetic(np.random.default_rng(0), users=6, items=60)
    >>> [(told.kind, told.event, told.source, told.target) for told in made.truth][:3]
    [('unshifted', None, None, None), ('move', 62, 'Hiking', 'Jazz'), ('gradual', 63, 'Hiking', 'Tea')]

    Raises:
        InvalidInput: for fewer than 4 or more topics than there are, fewer items than topics, or fewer than 80 events a person.
    """
    if not 4 <= topics <= len(SUBJECTS):
        raise InvalidInput(f"topics must be from 4 to {len(SUBJECTS)}, got {topics}")
    if items < topics or events < _FEWEST or users < 1 or not kinds:
        raise InvalidInput(
            f"a made world needs an item for each topic, {_FEWEST} events a person, a person and a kind; got {items} items for "
            f"{topics} topics, {events} events, {users} users and {len(kinds)} kinds"
        )
    names = tuple(SUBJECTS)[:topics]
    catalog = [_item(number, names[number % topics], rng) for number in range(items)]
    told: list[Event] = []
    truth: list[Truth] = []
    for number in range(users):
        history, planted = _person(f"u{number}", kinds[number % len(kinds)], names, catalog, events, rng)
        told += history
        truth.append(planted)
    return Made(names, catalog, sorted(told, key=lambda event: (event.time, event.user)), truth)


def _item(number: int, topic: str, rng: np.random.Generator) -> Item:
    words = rng.choice(SUBJECTS[topic], 4, replace=False).tolist()
    title = f"{words[0].capitalize()} and {words[1]}: {topic} {rng.choice(_SORTS)} {number}"
    price = float(np.round(np.exp(rng.normal(3, 0.8)), 2))
    return Item(id=f"i{number}", title=title, text=f"{topic} with {words[2]} and {words[3]}", categories=(topic,), price=price)


class _Plan(NamedTuple):
    """How one person's mix goes: from `usual` to `moved`."""

    usual: F64  # (topics,)
    moved: F64  # (topics,)
    begun: int
    until: int
    source: int | None
    target: int | None


def _person(
    user: str, kind: Kind, names: tuple[str, ...], catalog: list[Item], events: int, rng: np.random.Generator
) -> tuple[list[Event], Truth]:
    """One history and what was planted in it."""
    plan = _plan(kind, len(names), events, rng)
    share, time = _course(kind, plan.begun, plan.until, events), _times(events, rng)
    if kind == "revival":
        time[plan.until :] += max(0.0, _SILENCE - float(time[plan.until] - time[plan.begun - 1]))
    topic = [int(rng.choice(len(names), p=(1 - s) * plan.usual + s * plan.moved)) for s in share.tolist()]
    history = [_event(user, catalog, len(names), at, mine, rng) for at, mine in zip(time.tolist(), topic, strict=True)]
    usual, moved = (tuple(mix.round(12).tolist()) for mix in (plan.usual, plan.moved))
    if kind == "unshifted":
        return history, Truth(user=user, kind=kind, before=usual, after=usual)
    return history, Truth(
        user=user,
        kind=kind,
        event=plan.begun,
        until=plan.until,
        time=float(time[plan.until if kind == "revival" else plan.begun]),
        source=None if plan.source is None else names[plan.source],
        target=None if plan.target is None else names[plan.target],
        before=usual,
        after=moved,
    )


def _plan(kind: Kind, topics: int, events: int, rng: np.random.Generator) -> _Plan:
    first, second, third, other = rng.choice(topics, 4, replace=False).tolist()
    usual = _mix(topics, {first: 0.7, second: 0.2, third: 0.1})
    begun = int(rng.integers(events * 2 // 5, events * 3 // 5))
    match kind:
        case "unshifted":
            return _Plan(usual, usual, begun, begun, None, None)
        case "move" | "gradual":
            until = begun + (_RAMP if kind == "gradual" else 0)
            return _Plan(usual, _mix(topics, {other: 0.7, second: 0.2, third: 0.1}), begun, until, first, other)
        case "swap":
            return _Plan(usual, _mix(topics, {second: 0.7, first: 0.2, third: 0.1}), begun, begun, first, second)
        case "excursion":
            return _Plan(usual, _mix(topics, {other: 1.0}), begun, begun + _EXCURSION, None, other)
        case "revival":
            return _Plan(usual, _mix(topics, {second: 0.6, third: 0.4}), begun - events // 5, begun, None, first)


def _mix(topics: int, shares: dict[int, float]) -> F64:
    """(topics,) these shares, and strays."""
    mix = np.full(topics, _STRAY / topics)
    for topic, share in shares.items():
        mix[topic] += (1 - _STRAY) * share
    return mix


def _course(kind: Kind, begun: int, until: int, events: int) -> F64:
    """(events,) how far each event is on the way to the other mix, 0 to 1."""
    place = np.arange(events)
    if kind in ("excursion", "revival"):
        return ((place >= begun) & (place < until)).astype(float)
    if kind == "gradual":
        return np.clip((place - begun + 1) / (until - begun), 0, 1)
    return np.where((place >= begun) & (kind != "unshifted"), 1.0, 0.0)


def _times(events: int, rng: np.random.Generator) -> F64:
    """(events,) epoch seconds, in visits."""
    begins = rng.random(events) < 1 / _VISIT
    pause = np.clip(_PAUSE[0] * np.exp(_PAUSE[1] * rng.standard_normal(events)), 5.0, _SPAN[0])
    absence = np.clip(_ABSENCE[0] * np.exp(_ABSENCE[1] * rng.standard_normal(events)), _BREAK, _SPAN[1])
    return np.asarray((1.6e9 + rng.random() * 30 * DAY + np.cumsum(np.where(begins, absence, pause))).round())


def _event(user: str, catalog: list[Item], topics: int, at: float, topic: int, rng: np.random.Generator) -> Event:
    """Something done with an item of the topic, the first of which are the most popular."""
    there = np.arange(topic, len(catalog), topics)
    item = catalog[int(rng.choice(there, p=_popular(len(there))))]
    action = str(rng.choice(_ACTIONS, p=_ODDS))
    value = float(rng.integers(3, 6)) if action == "rate" else None
    return Event(user=user, item=item.id, action=action, value=value, time=at)


def _popular(items: int) -> F64:
    """(items,) Zipf's law, half as steep."""
    odds = 1 / np.sqrt(1 + np.arange(items))
    return np.asarray(odds / odds.sum())


def numbered(made: Made) -> I64:
    """(events,) the number of the topic of each event, in the order of `made.events`."""
    topic = {item.id: made.topics.index(item.categories[0]) for item in made.items}
    return np.array([topic[event.item or ""] for event in made.events])
