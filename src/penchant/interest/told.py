"""What people say in their own words, in the log: beside the event that holds a text, events of the house that say what it means.

A search or a review is read once, when it comes in. What it was taken to mean is kept as a few items with weights, each an
event at the same time whose id stems from the text's (`events.ids.beside`). So a person's state goes on being a fold of the log
alone: no encoder is asked again, and replays, restarts, refits, questions about the past and erasure know nothing of texts.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from penchant.events import Log
from penchant.events.ids import beside, origin, place
from penchant.interest.controls import WISH
from penchant.types import F32, Event, Events

PREFIX = "text:"
LIKE, DISLIKE = PREFIX + "like", PREFIX + "dislike"
LONGEST = 200  # characters of a phrase that are kept


class Said(NamedTuple):
    """One thing a text says: for or against what these items (numbers, the nearest first) have in common; none: it moves
    nothing, and is kept to be read."""

    words: str
    liked: bool
    items: Sequence[int]
    worth: float  # how much it counts: the length of what it adds to a person's words


class Told(msgspec.Struct, frozen=True):
    """Something a person said: for or against it, when, in which event, and what it was taken to mean (ids of items)."""

    words: str
    liked: bool
    kind: Literal["search", "review", "seed"]
    at: float
    event: str
    item: str | None  # that a review is about
    means: tuple[str, ...]


def written(event: Event, id: str, said: Sequence[Said], names: Sequence[str], vectors: F32) -> tuple[list[Event], list[float]]:
    """What `event`, whose id is `id`, says, as events of the log, and how much each counts; `names` and `vectors` (items, D) are
    the catalog's.

    >>> search, said = Event(user="ann", time=5.0, text="tea"), [Said("tea", True, [0], 1.0)]
    >>> events, weights = written(search, "e", said, ["t"], np.ones((1, 1), np.float32))
    >>> events[0].item, events[0].action, events[0].time, weights
    ('t', 'text:like', 5.0, [1.0])
    """
    events: list[Event] = []
    weights: list[float] = []
    for one in said:
        action, words = LIKE if one.liked else DISLIKE, one.words[:LONGEST]
        length = max(1.0, float(np.linalg.norm(vectors[list(one.items)].sum(axis=0))))
        weight = (1 if one.liked else -1) * one.worth / length if one.items else 0.0
        for item in one.items or (None,):
            name = None if item is None else names[item]
            events.append(
                Event(id=beside(id, len(events)), user=event.user, time=event.time, item=name, action=action, text=words)
            )
            weights.append(weight)
    return events, weights


def gathered(events: Sequence[Event], texts: Mapping[str, Event]) -> list[Told]:
    """What the house's events of one person say, in order of time; `texts` are the events they stem from, by id."""
    groups: dict[tuple[str, str, bool], list[Event]] = {}
    for event in events:
        stem = f"{event.time!r}" if event.action == WISH else origin(event.id)
        groups.setdefault((stem, event.text or "", event.action != DISLIKE), []).append(event)
    found = []
    for (stem, words, liked), members in groups.items():
        first, text = members[0], texts.get(stem)
        kind: Literal["search", "review", "seed"] = (
            "seed" if first.action == WISH else "review" if text is not None and text.item else "search"
        )
        means = tuple(member.item for member in members if member.item is not None)
        where = first.id if kind == "seed" else stem
        found.append(Told(words, liked, kind, first.time, where, text.item if text else None, means))
    return found


def told(log: Log, user: int, ids: Sequence[str], events: Events, until: float) -> list[Told]:
    """What a person had said by `until`, epoch seconds, in order of time, from their history up to then: `ids` and `events` as
    `Memory.history` gives them. What was said before a reset, or in a pause, is left out."""
    counts = {id for id, weight in zip(ids, events.weight.tolist(), strict=True) if weight}
    rows = [event for event in log.of_kind(user, PREFIX, until) if origin(event.id) in counts]
    rows += [event for event in log.of_kind(user, WISH, until) if event.id in counts]
    texts = log.find(origin(event.id) for event in rows if event.action != WISH)
    return gathered(sorted(rows, key=lambda event: (event.time, place(event.id))), texts)
