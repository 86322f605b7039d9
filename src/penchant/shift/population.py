"""What everybody did, kept up with the log: the panel that trends, flows and cohorts are read from.

The unit of evidence is the person: what one person does is one observation of all topics, however many events it has.
"""

import threading
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy import sparse

from penchant.catalog import Catalog
from penchant.errors import InvalidInput
from penchant.events import Log
from penchant.interest.controls import PAUSE, PREFIX, RESET, RESUME
from penchant.interest.parts import FEW
from penchant.interest.steering import governed
from penchant.interest.told import PREFIX as SAID
from penchant.interest.topics import Topics
from penchant.interest.transitions import Sparse
from penchant.shift.watch import Topic, counted, shares
from penchant.types import DAY, F64, I64, Bool, Events

Level = Literal["broad", "fine"]
LONGEST = 1_830 * DAY  # seconds of a period: five years
HALF = 0.5  # events about a topic from which on a person is said to have it
_BLOCK = 4_096  # people whose mixes are held at once
_STEERING = (PAUSE, RESUME, RESET)  # what makes events of the past or the future count for nothing


class Panel(NamedTuple):
    """Who was with what item when, sorted by user, then time: every event that counts, one row each."""

    user: I64  # (n,) number in the log
    item: I64  # (n,)
    time: F64  # (n,) epoch seconds, UTC

    def between(self, start: float, end: float) -> "Panel":
        """The rows of start <= time < end."""
        return self.take((self.time >= start) & (self.time < end))

    def take(self, rows: I64 | Bool) -> "Panel":
        """The same columns at `rows`."""
        return Panel._make(column[rows] for column in self)

    @staticmethod
    def of(events: Events) -> "Panel":
        """The events that tell what people are into, in whatever order they come.

        >>> some = Events(*(np.array(column) for column in ([1, 0], [5, 6], [0, 0], [1.0, 0.0], [9.0, 8.0], [-1, -1])))
        >>> Panel.of(some).item.tolist()
        [5]
        """
        told = counted(events)
        return Panel(told.user, told.item, told.time).take(np.lexsort((told.time, told.user)))


class Subjects(NamedTuple):
    """What items are about, on one level of topics."""

    topics: tuple[Topic, ...]
    share: Sparse  # (items, topics) how much each item belongs to each; rows sum to 1 at most
    parent: I64 | None = None  # (topics,) the number of each one's broad topic, where there are any

    def broader(self) -> Sparse | None:
        """(topics, broad) which topic is in which broad one; None where nothing is broader."""
        if self.parent is None:
            return None
        rows = np.arange(len(self.parent))
        return sparse.csr_array((np.ones(len(rows), np.float32), (rows, self.parent)))


def subjects(level: Level, catalog: Catalog, topics: Topics, watched: Sequence[Topic]) -> Subjects:
    """The broad or the fine topics; where a catalog has hardly any, the categories that are `watched`, whatever the level.

    Raises:
        InvalidInput: for a level that there is not.
    """
    if level not in ("broad", "fine"):
        raise InvalidInput(f"level must be 'broad' or 'fine', got {level!r}")
    if len(topics.fine) < FEW:
        belongs = shares(np.arange(len(catalog)), catalog, topics, watched)
        return Subjects(tuple(watched), sparse.csr_array(belongs))
    named = topics.broad if level == "broad" else topics.fine
    told = tuple(Topic(topic.id, topic.label) for topic in named)
    if level == "broad":
        return Subjects(told, sparse.csr_array(topics.broad_shares()))
    return Subjects(told, topics.fine_shares(), topics.parent)


class Crowd:
    """The panel of a log, read once and then kept up with it. Any number of threads may ask.

    >>> from penchant.types import Event, Item
    >>> with Log(None) as log:
    ...     crowd = Crowd(log)
    ...     numbers = log.put_items([Item(id="tea")])
    ...     for time in (1.0, 2.0):
    ...         added = log.append([Event(user="ann", item="tea", time=time)], np.ones(1, np.float32))
    ...         print(crowd.panel().time.tolist())
    [1.0]
    [1.0, 2.0]
    """

    def __init__(self, log: Log) -> None:
        self._log, self._lock = log, threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._panel, self._seq, self._seen = Panel.of(Events.joined([])), 0, 0
        self._steered: set[int] = set()  # people some of whose events may not count

    def forget(self) -> None:
        """Keep nothing: the next panel is read from the log as it is then. Erasing somebody from the log is noticed without."""
        with self._lock:
            self._clear()

    def panel(self) -> Panel:
        """All that counts in the log now: what people paused or reset does not, nor do controls.

        Costs what came since the last time, beside sorting it in; everything where something was erased.
        """
        with self._lock:
            totals = self._log.totals()
            if not self._read(totals.last_seq, totals.events):
                self._clear()
                self._read(totals.last_seq, totals.events)
            return self._panel

    def _read(self, last: int, held: int) -> bool:
        """Take in what came up to event number `last`; whether there are `held` events by then, that is, none was erased."""
        if last == self._seq:
            return self._seen == held
        chunks = [events for _, _, events in self._log.replay(after=self._seq, until=last)]
        fresh, names = Events.joined(chunks), self._log.actions()
        self._seq, self._seen = last, self._seen + len(fresh.user)
        told = np.array([name.startswith((PREFIX, SAID)) for name in names], bool)[fresh.action]
        steers = np.array([name in _STEERING for name in names], bool)[fresh.action]
        self._steered.update(fresh.user[steers].tolist())
        again = np.array(sorted(self._steered.intersection(np.unique(fresh.user).tolist())), np.int64)
        parts = [self._panel.take(~np.isin(self._panel.user, again)), Panel.of(fresh.take(~told & ~np.isin(fresh.user, again)))]
        parts += [self._governed(user, last, names) for user in again.tolist()]
        whole = Panel._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
        self._panel = whole.take(np.lexsort((whole.time, whole.user)))
        return self._seen == held

    def _governed(self, user: int, last: int, names: Sequence[str]) -> Panel:
        _, _, events = self._log.history(user, through=last)
        told = np.array([name.startswith((PREFIX, SAID)) for name in names], bool)[events.action]
        return Panel.of(governed(events, names).take(~told))


class Tallies(NamedTuple):
    """How many events each of P people had about each topic, in each of several periods; an event counts 1 in all."""

    people: I64  # (P,) numbers of those who had any
    mass: tuple[Sparse, ...]  # (P, topics) for each period

    def blocks(self) -> Iterator[list[F64]]:
        """The same, some people at a time, each period as a dense (people, topics)."""
        for start in range(0, len(self.people), _BLOCK):
            yield [np.asarray(part[start : start + _BLOCK].toarray(), np.float64) for part in self.mass]


def tallied(periods: Sequence[Panel], share: Sparse) -> Tallies:
    """The tallies of `periods`, with people in one order; items that came after `share` was made are left out.

    >>> panel = Panel(np.array([3, 3, 7]), np.array([0, 1, 1]), np.array([1.0, 2.0, 3.0]))
    >>> people, (mass,) = tallied([panel], sparse.csr_array(np.array([[1, 0], [0.5, 0.5]], np.float32)))
    >>> people.tolist(), mass.toarray().tolist()
    ([3, 7], [[1.5, 0.5], [0.5, 0.5]])
    """
    placed = [period.take(period.item < share.shape[0]) for period in periods]
    people = np.unique(np.concatenate([np.zeros(0, np.int64), *(period.user for period in placed)]))
    mass = []
    for period in placed:
        rows = np.searchsorted(people, period.user)
        had = sparse.csr_array((np.ones(len(rows), np.float32), (rows, period.item)), shape=(len(people), share.shape[0]))
        mass.append(sparse.csr_array(had @ share))
    return Tallies(people, tuple(mass))


def having(mass: Sparse) -> I64:
    """(topics,) how many people have a topic, by `mass` (people, topics): half an event about it, or more."""
    told = mass.data >= HALF
    return np.bincount(mass.indices[told], minlength=mass.shape[1]).astype(np.int64)


def whole_days(at: float, name: str = "at") -> float:
    """The last midnight (UTC) up to `at`, epoch seconds: periods are of whole days, so that they have the same hours in them.

    >>> whole_days(1.5 * DAY) == DAY
    True

    Raises:
        InvalidInput: for what is no time between 1970 and the year 4000, by the `name` it was given as.
    """
    if not 0 <= at < 2**36:
        raise InvalidInput(f"{name} must be epoch seconds between 1970 and the year 4000, got {at}")
    return float(at // DAY * DAY)
