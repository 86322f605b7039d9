"""Reading what people write as it comes in: what searches and reviews mean goes into the log beside them."""

import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from penchant.ask.bare import bare
from penchant.ask.opinions import opinions
from penchant.catalog import Catalog
from penchant.config import Texts
from penchant.events import Log
from penchant.events.ids import content_id
from penchant.interest.controls import WISHED
from penchant.interest.meaning import nearest
from penchant.interest.told import Said, written
from penchant.rank.blend import standardise
from penchant.rank.learn import Progress, counted, silent
from penchant.slate.asking import Asked, Asking
from penchant.types import F32, Event

HAS = 0.5  # deviations above the mean item's likeness to a side that was reviewed, from which on an item has that side
SIDES = 20  # of a review that are read: more is a text to break things with, or a book
_TOGETHER = 500  # texts read for one commit


class _Heard(NamedTuple):
    """What is said in a text, before it is known which items that means: a search as it was understood, or the sides that a
    review speaks of with a vector each, unit rows (sides, D)."""

    event: Event
    id: str
    weight: float
    asked: Asked | None
    sides: list[tuple[str, bool]]
    vectors: F32


def turned(weight: float, text: str) -> float:
    """What a review that gives no stars weighs: against its item where its text says so of the whole of it, else `weight`.

    >>> turned(1.0, "Boring. The music is good, though."), turned(1.0, "Loved it, hated the slow pace.")
    (-1.0, 1.0)
    """
    against = any(not opinion.about and not opinion.liked for opinion in opinions(text)) if weight > 0 else False
    return -weight if against else weight


class Ear:
    """Adds events to the log with what their texts mean, in one commit, once each by id.

    What a text means is settled when it is read: by the items there are, on sale at the time of the event. `lock` is held by
    whoever changes the catalog.
    """

    def __init__(self, log: Log, catalog: Catalog, asking: Asking, lock: threading.RLock) -> None:
        self._log, self._catalog, self._asking, self._lock = log, catalog, asking, lock

    def append(self, events: Sequence[Event], weights: F32, settings: Texts) -> int:
        """Add `events`, whose `weights` are (events,), as `Log.append` does, with what they say; gives how many were new."""
        told = [(event, weight) for event, weight in zip(events, weights.tolist(), strict=True) if event.text]
        named = [(_id(event), event, weight) for event, weight in told]
        there = self._log.find(id for id, *_ in named) if named else {}
        first = {id: (event, weight) for id, event, weight in reversed(named) if id not in there}
        beside, more = self.read([(id, *rest) for id, rest in first.items()], settings)
        appended = self._log.append([*events, *beside], np.concatenate([weights, more]))
        return int(appended.fresh[: len(events)].sum())

    def catch_up(self, settings: Texts, progress: Progress = silent) -> int:
        """Read every text of the log that nothing stands beside yet: of imports, and of a time when texts were not read. Gives
        the number of texts that say something."""
        report, found = counted(progress, "reading what people wrote", sum(map(len, self._unread()))), 0
        for some in self._unread():  # a second time: an import's texts need not fit into memory
            events, weights = self.read([(event.id, event, event.weight or 0.0) for event in some], settings)
            if events:
                self._log.append(events, weights)
            found += len({event.id.partition("\x1f")[0] for event in events})
            report(len(some))
        return found

    def _unread(self) -> Iterator[list[Event]]:
        last = 0
        while True:
            events, last = self._log.unread(last, _TOGETHER)
            if not events:
                return
            yield events

    def read(self, told: Sequence[tuple[str, Event, float]], settings: Texts) -> tuple[list[Event], F32]:
        """What texts say, as events of the log, and what each counts; `told` has each text's event, its id and its weight."""
        known: dict[str, Asked] = {}  # what is searched for is searched for again
        heard = [found for id, event, weight in told if (found := self._hear(id, event, weight, settings, known)) is not None]
        events: list[Event] = []
        weights: list[float] = []
        with self._lock:
            names, vectors = [item.id for item in self._catalog.items], self._catalog.vectors
            for one in heard:
                more = written(one.event, one.id, self._means(one, settings), names, vectors)
                events += more[0]
                weights += more[1]
        return events, np.array(weights, np.float32)

    def _hear(self, id: str, event: Event, weight: float, settings: Texts, known: dict[str, Asked]) -> _Heard | None:
        text, none = (event.text or "").strip(), np.zeros((0, self._catalog.dim), np.float32)
        if not text or not weight or not (settings.search if event.item is None else settings.review):
            return None
        if event.item is None:
            asked = known[text] if text in known else known.setdefault(text, self._asking(bare(text)))
            return _Heard(event, id, weight, asked, [], none)
        sides = [(opinion.about, opinion.liked) for opinion in opinions(text) if opinion.about][:SIDES]
        return (
            _Heard(event, id, weight, None, sides, self._asking.space.queries([about for about, _ in sides])) if sides else None
        )

    def _means(self, one: _Heard, settings: Texts) -> list[Said]:
        worth, sale = abs(one.weight), self._catalog.visible(one.event.time)
        if one.asked is not None:
            likeness = one.asked.likeness(self._catalog, one.event.time)
            told = np.unique(likeness[np.isfinite(likeness)])  # all alike: it says nothing
            items = _nearest(likeness, self._catalog.vectors) if len(told) > 1 or len(self._catalog) == 1 else []
            return [Said((one.event.text or "").strip(), one.weight > 0, items, settings.search * worth)] if items else []
        item = self._catalog.number(one.event.item or "")
        like = standardise(one.vectors @ self._catalog.vectors.T)
        has = like[:, item] > HAS
        found = []
        for (about, liked), row, meant in zip(one.sides, like, has.tolist(), strict=True):
            items = _nearest(np.where(sale, row, -np.inf), self._catalog.vectors) if meant else []
            found.append(Said(about, liked, items, settings.review * worth / max(1, int(has.sum()))))
        return found


def _nearest(likeness: F32, vectors: F32) -> list[int]:
    """The items most like it, -inf where one cannot be meant; none that is less so than the mean, however few there are."""
    there = np.isfinite(likeness)
    least = float(likeness[there].mean()) if there.any() else np.inf
    return [row for row in nearest(likeness, vectors, WISHED) if likeness[row] >= least]


def _id(event: Event) -> str:
    value = None if event.value is None else float(event.value)
    return event.id or content_id(event.user, event.item, event.action, float(event.time), value, event.text)
