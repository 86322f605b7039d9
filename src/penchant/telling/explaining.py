"""Why an item has its score for a person: the request asked again, taken apart, and asked without what speaks for it most."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.interest.parts import CATEGORY, UNKNOWN, about, whole
from penchant.narrate.person.facts import Fact, whole_day
from penchant.narrate.person.rewriting import Sentence, joined, payload, worded
from penchant.rank.blend import Scored
from penchant.reading import Reading
from penchant.shift import Moved
from penchant.slate import request
from penchant.slate.asking import Asked
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
    """What is to be explained: an item for a user at a time, in a slate of `k` that was asked for as `asked`. In `brief` means
    without the counterfactual, the change that led there, and what a generator may have said of it."""

    user: str
    item: str
    at: float
    slate: str | None
    k: int
    asked: request.Asked
    language: str  # of the words
    brief: bool


class _Then(NamedTuple):
    """What there was to go by at the time: the person's read-out, their events with their ids, the interests and items (items,)
    they muted, how well items fit what was asked for (1, items), and what could not be shown, (items,)."""

    interests: Interests
    ids: Sequence[str]
    events: Events
    mute: Sequence[str]
    muted: Bool
    wanted: F32 | None
    hidden: Bool


def _then(reading: Reading, asked: Question, text: Asked, item: int) -> _Then:
    catalog, number = reading.catalog, reading.log.user(asked.user)
    interests, had = reading.memory.read(number, asked.at)
    ids, _, events = reading.memory.history(number, until=asked.at)
    controls = reading.memory.steering.of(number, asked.at)
    muted = wishes(controls, catalog, reading.known.topics).muted
    had_once = None if reading.known.repeat else had
    unseen = muted | request.hidden(catalog, asked.at, asked.asked.where, asked.asked.exclude, had_once)
    wanted, bounded = text.against(catalog, unseen)
    hidden = bounded.copy()
    hidden[item] = False
    return _Then(interests, ids, events, controls.mute, muted, wanted, hidden)


def explanation(reading: Reading, asked: Question, text: Asked) -> Explanation:
    """The explanation of one score; `text` is what the slate was asked for in words."""
    catalog, blend, item = reading.catalog, reading.known.blend, reading.catalog.number(asked.item)
    interests, ids, events, mute, muted, wanted, hidden = _then(reading, asked, text, item)

    def scored(read: Interests) -> Scored:
        return blend.score(read, catalog, wanted)

    def again(kept: Bool) -> tuple[float, int]:
        read, _ = reading.memory.supposed(events.take(kept), asked.at)
        scores = scored(read).scores[0]
        return float(scores[item]), rank_of(scores, item, hidden)

    now = scored(interests)
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
    change = _change(reading, asked, item, mute) if len(events.user) and not asked.brief else None
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


def _change(reading: Reading, asked: Question, item: int, mute: Sequence[str]) -> Moved | None:
    """The last shift of the year before that led to a theme of the item, and neither from nor to what the person muted."""
    themes = reading.known.themes(np.array([item]), reading.catalog)[0]
    untold = {*whole(mute, reading.known.topics), CATEGORY + UNKNOWN}
    led = [
        shift
        for shift in reading.shifts(asked.user, asked.at, since=asked.at - _YEAR)
        if shift.target is not None
        and shift.target.label in themes
        and shift.kind != "excursion"
        and untold.isdisjoint(topic.id for topic in (shift.source, shift.target) if topic is not None)
    ]
    return led[-1] if led else None
