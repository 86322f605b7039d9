"""Why an item has its score for a person: the request asked again, taken apart, and asked without what speaks for it most."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.interest.controls import Controls
from penchant.interest.parts import CATEGORY, UNKNOWN, about, whole
from penchant.narrate.person.facts import Fact, whole_day
from penchant.narrate.person.rewriting import Sentence, joined, payload, worded
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
    spoken_of,
)
from penchant.slate.spoken import shared
from penchant.slate.wishes import wishes
from penchant.telling.unsaid import beside, unsaid
from penchant.types import DAY, F32, Bool, Events, Interests

_YEAR = 365 * DAY  # seconds


class Question(NamedTuple):
    """What is to be explained: an item for a user at a time, how well items fit what was asked for in words (1, items), what
    could not be shown then, and what the person set. In `brief` means without the counterfactual, the change that led there, and
    what a generator may have said of it."""

    user: str
    item: str
    at: float
    slate: str | None
    k: int
    wanted: F32 | None
    hidden: Bool
    language: str = "en"  # of the words
    controls: Controls = Controls()
    brief: bool = False


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
    muted = wishes(asked.controls, catalog, reading.known.topics).muted
    past, rest = by_event(now, blend.sources, interests, item, catalog, muted)
    deeds = (events.weight != 0) & (events.item >= 0) & (events.action >= 0)
    rows = np.flatnonzero(deeds)[::-1][: len(past)]  # newest first, as the memory has them
    titles = [catalog.items[number].title or catalog.items[number].id for number in events.item[rows].tolist()]
    told = [(ids[row], title) for row, title in zip(rows.tolist(), titles, strict=True)]
    said = reading.said(asked.user, interests)
    shares = shared(said, np.array([item]), catalog)[:, 0].tolist()
    heard = [(one.id, one.label, share) for one, share in zip(said, shares, strict=True)]
    found = contributions(past, rest, blend.sources, [id for id, _ in told], titles, now.beyond, heard)
    rank = rank_of(now.scores[0], item, hidden)
    spoke = dict(zip(now.beyond, rest[len(blend.sources) :].tolist(), strict=False)).get("words", 0.0)
    causes = beside(past, rows, told, unsaid(said, shares, spoke, ids, events))
    without = None if asked.brief else counterfactual(*causes, again, events, max(rank, asked.k))
    title = catalog.items[item].title or asked.item
    change = _change(reading, asked, item) if len(events.user) and not asked.brief else None
    facts = spoken_of(title, found, without, rank, change, asked.language)
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
        _told(reading, asked, facts),
    )


def _told(reading: Reading, asked: Question, facts: Sequence[Fact]) -> str:
    """The facts in words: a generator's where it has said them, the template's elsewhere."""
    question = payload(asked.language, whole_day(asked.at), facts)
    kept = None if asked.brief else reading.desk.ask("reason", question, user=asked.user)
    sentences = () if kept is None else msgspec.json.decode(kept, type=tuple[Sentence, ...])
    return joined(worded(asked.language, facts, sentences), asked.language)


def _change(reading: Reading, asked: Question, item: int) -> Moved | None:
    """The last shift of the year before that led to a theme of the item, and neither from nor to what the person muted."""
    themes = reading.known.themes(np.array([item]), reading.catalog)[0]
    untold = {*whole(asked.controls.mute, reading.known.topics), CATEGORY + UNKNOWN}
    led = [
        shift
        for shift in reading.shifts(asked.user, asked.at, since=asked.at - _YEAR)
        if shift.target is not None
        and shift.target.label in themes
        and shift.kind != "excursion"
        and untold.isdisjoint(topic.id for topic in (shift.source, shift.target) if topic is not None)
    ]
    return led[-1] if led else None
