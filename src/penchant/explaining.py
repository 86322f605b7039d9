"""Why an item has its score for a person: the request asked again, taken apart, and asked without what speaks for it most."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.interest.parts import about
from penchant.rank.blend import Scored
from penchant.reading import Reading
from penchant.shift import Moved
from penchant.slate.explanation import (
    Explanation,
    by_event,
    by_interest,
    contributions,
    counterfactual,
    rank_of,
    sentence,
)
from penchant.types import DAY, F32, Bool, Events, Interests

_YEAR = 365 * DAY  # seconds


class Question(NamedTuple):
    """What is to be explained: an item for a user at a time, as asked for in words (1, D), and what could not be shown then."""

    user: str
    item: str
    at: float
    slate: str | None
    k: int
    wanted: F32 | None
    hidden: Bool


def explanation(reading: Reading, asked: Question, interests: Interests, ids: Sequence[str], events: Events) -> Explanation:
    """The explanation of one score, from the person's read-out then and their events up to then, whose ids are `ids`."""
    catalog, blend, item = reading.catalog, reading.known.blend, reading.catalog.number(asked.item)
    hidden = asked.hidden.copy()
    hidden[item] = False

    def scored(read: Interests) -> Scored:
        return blend.score(read, catalog, asked.wanted)

    def again(kept: Bool) -> tuple[float, int]:
        read, _ = reading.memory.supposed(events.take(kept), asked.at)
        scores = scored(read).scores[0]
        return float(scores[item]), rank_of(scores, item, hidden)

    now = scored(interests)
    past, rest = by_event(now, blend.sources, interests, item, catalog)
    rows = np.flatnonzero((events.weight != 0) & (events.item >= 0))[::-1][: len(past)]  # newest first, as the memory has them
    titles = [catalog.items[number].title or catalog.items[number].id for number in events.item[rows].tolist()]
    told = [(ids[row], title) for row, title in zip(rows.tolist(), titles, strict=True)]
    found = contributions(past, rest, blend.sources, [id for id, _ in told], titles)
    rank = rank_of(now.scores[0], item, hidden)
    without = counterfactual(past, rows, told, again, events, max(rank, asked.k))
    title = catalog.items[item].title or asked.item
    change = _change(reading, asked, item) if len(events.user) else None
    return Explanation(
        asked.user,
        asked.item,
        title,
        asked.at,
        asked.slate,
        float(now.scores[0, item]),
        rank,
        found,
        by_interest(past, rows, *about(events, catalog, reading.known.topics)),
        without,
        change,
        sentence(title, found, without, rank, change),
    )


def _change(reading: Reading, asked: Question, item: int) -> Moved | None:
    """The last shift of the year before that led to a theme of the item."""
    themes = reading.known.themes(np.array([item]), reading.catalog)[0]
    led = [
        shift
        for shift in reading.shifts(asked.user, asked.at, since=asked.at - _YEAR)
        if shift.target is not None and shift.target.label in themes and shift.kind != "excursion"
    ]
    return led[-1] if led else None
