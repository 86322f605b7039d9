"""Portraits of one person, now or at any time: read from their log at the moments they were drawn at."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.encode.language import item_language
from penchant.interest.account import Account, account, marked
from penchant.interest.controls import Controls
from penchant.interest.parts import Named, Parts, about, whole
from penchant.knowledge import Knowledge
from penchant.memory import Memory
from penchant.narrate.desk.desk import Desk
from penchant.narrate.person.facts import Deed, Fact, facts
from penchant.narrate.person.portrait import Portrait, portrait, superseded
from penchant.narrate.person.refresh import Refresh, redrawn
from penchant.narrate.person.rewriting import Facts, Sentence, payload
from penchant.shift.forecast import Forecast
from penchant.shift.watch import Raised, counts, shares
from penchant.slate.wishes import wishes
from penchant.telling.naming import called
from penchant.types import DAY, Events

if TYPE_CHECKING:
    from collections.abc import Sequence

Lock = AbstractContextManager[object]

AHEAD = 30 * DAY  # seconds that a portrait looks ahead
_ENOUGH = 200  # items that tell the language of a catalog
_LATEST = 12  # events that the latest items are taken from


def usual(catalog: Catalog) -> str:
    """The language most of a catalog is in, as far as its first items tell; "und" where they do not.

    >>> from penchant.types import Item
    >>> catalog = Catalog(1)
    >>> numbers = catalog.extend([Item(id="1", title="流浪地球"), Item(id="2", title="英雄")], np.ones((2, 1), np.float32))
    >>> usual(catalog)
    'zh'
    """
    told = Counter(item_language(item) for item in catalog.items[:_ENOUGH])
    return told.most_common(1)[0][0] if told else "und"


class Studio:
    """Draws the portraits of one person: all that is asked of the log, the catalog and what was learned, at given moments."""

    def __init__(
        self, user: str, memory: Memory, known: Knowledge, catalog: Catalog, desk: Desk, language: str, lock: Lock | None = None
    ) -> None:
        self.user, self.memory, self.known, self.catalog, self.desk, self.language = user, memory, known, catalog, desk, language
        self.lock = lock or nullcontext()  # held while what the person set is read
        self.number = memory.number(user)
        self._raised: Raised | None = None  # by all events up to the last time that was asked about

    def moments(self, at: float) -> list[Refresh]:
        """When a portrait was drawn, up to `at`, epoch seconds."""
        _, _, events = self.memory.history(self.number, until=at)
        self._raised = self.known.watch.raised(events, self.catalog, self.known.topics)
        return redrawn(self._raised, at)

    def last(self, at: float) -> Portrait:
        """The portrait that stands at `at`; an empty one of that time where nothing is known yet."""
        moments = self.moments(at)
        if not moments:
            return portrait(self.user, None, Facts(self.language, at, ()), ())
        return self.draw(moments[-1:], at)[0]

    def history(self, at: float) -> list[Portrait]:
        """Every portrait up to `at`, oldest first, each with when the next took its place."""
        return superseded(self.draw(self.moments(at), at))

    def draw(self, moments: "Sequence[Refresh]", at: float | None = None) -> list[Portrait]:
        """The portraits at these moments, from one reading of the log; what the person muted by `at`, epoch seconds (None: by
        the last of them), is in none."""
        if not moments:
            return []
        with self.lock:
            controls = self.memory.steering.of(self.number, moments[-1].at if at is None else at)
        pasts = self.memory.pasts(self.number, [one.at for one in moments])
        return [self._draw(one, ids, events, controls) for one, (ids, events) in zip(moments, pasts, strict=True)]

    def _draw(self, moment: Refresh, ids: list[str], events: Events, controls: Controls) -> Portrait:
        told = self.facts(moment.at, ids, events, controls)
        text = self.desk.ask("portrait", payload(self.language, moment.at, told), user=self.user) if told else None
        kept = () if text is None else msgspec.json.decode(text, type=tuple[Sentence, ...])
        return portrait(self.user, moment, Facts(self.language, moment.at, told), told, kept)

    def facts(self, at: float, ids: list[str], events: Events, controls: Controls) -> tuple[Fact, ...]:
        """What may be said of the person at `at`, who did `events`, whose ids are `ids`, and set `controls`."""
        known = self.known
        shifts = known.watch.shifts(ids, events, self.catalog, known.topics, self._raised)
        deeds = self._deeds(ids, events)
        return facts(
            self._account(at, ids, events, controls),
            shifts,
            self._ahead(at, events),
            self._latest(events, deeds, controls),
            self._shown(events, deeds) if shifts else {},
            self._name,
            whole(controls.mute, known.topics),
        )

    def _account(self, at: float, ids: list[str], events: Events, controls: Controls) -> Account:
        parts, named = about(events, self.catalog, self.known.topics)
        told = account(self.user, at, ids, events, parts, named, {}, {})
        return marked(_from_the_first(told, ids, parts, named), controls, self.known.topics)

    def _ahead(self, at: float, events: Events) -> Forecast | None:
        if self.known.foresight is None:
            return None
        return self.known.forecast(self.user, events.done(), self.catalog, at, AHEAD)

    def _deeds(self, ids: list[str], events: Events) -> list[Deed]:
        """What tells of the person's interests, in order of time."""
        rows = np.flatnonzero(counts(events)).tolist()
        items = [self.catalog.items[events.item[row]] for row in rows]
        return [Deed(ids[row], item.title or item.id, float(events.time[row])) for row, item in zip(rows, items, strict=True)]

    def _latest(self, events: Events, deeds: list[Deed], controls: Controls) -> list[Deed]:
        """The last of them, the latest first, without what the person muted."""
        muted = wishes(controls, self.catalog, self.known.topics).muted
        told = [deed for deed, item in zip(deeds, events.item[counts(events)].tolist(), strict=True) if not muted[item]]
        return told[:-_LATEST:-1]

    def _shown(self, events: Events, deeds: list[Deed]) -> dict[str, list[Deed]]:
        """Which of them are about each topic that is watched, by its id."""
        watched = self.known.watch.topics
        belongs = shares(events.item[counts(events)], self.catalog, self.known.topics, watched)
        rows, columns = np.nonzero(belongs > 0)
        found: dict[str, list[Deed]] = {topic.id: [] for topic in watched}
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            found[watched[column].id].append(deeds[row])
        return found

    def _name(self, id: str, label: str) -> str:
        """What a topic is called in the language that is spoken."""
        own = self.language == usual(self.catalog)
        return label if own else called(id, label, self.known, self.desk, self.language)


def _from_the_first(told: Account, ids: list[str], parts: Parts, named: "Sequence[Named]") -> Account:
    """The account with each interest's first event among its evidence: it shows since when."""
    supports = parts.supports()
    rows, labels = parts.row[supports], parts.label[supports]
    first = dict(
        reversed([(named[label].id, ids[row]) for row, label in sorted(zip(rows.tolist(), labels.tolist(), strict=True))])
    )
    found = [
        msgspec.structs.replace(one, evidence=tuple(dict.fromkeys((*one.evidence, first[one.id])))) if one.id in first else one
        for one in told.interests
    ]
    return msgspec.structs.replace(told, interests=tuple(found))
