"""Watching a log: the topics people move between, and the detector as everybody's events have set it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.catalog import Catalog
from penchant.interest.parts import FEW, categories
from penchant.interest.topics import Membership, Topics
from penchant.interest.visits import visits
from penchant.shift.alarms import NONE, Alarms
from penchant.shift.detector import Detector
from penchant.shift.learn import Histories, learn
from penchant.shift.replay import replay
from penchant.shift.settings import Population, Settings
from penchant.shift.typed import Kind, Shift, typed
from penchant.types import F32, I64, Bool, Events

_MOST = 30  # categories that are watched where there are no topics
_ENOUGH = 500_000  # events to learn from: of a longer log, those of people drawn at random

Arrays = dict[str, NDArray[np.generic]]


class Topic(msgspec.Struct, frozen=True):
    """What moved: the id and the label of a broad topic, or of a category where a catalog has hardly any topics."""

    id: str
    label: str


class Moved(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """One shift of a person.

    `at` is when it seems to have begun, `detected_at` the time of the event that showed it, `effect` the difference of the
    topic's share, `error_probability` how likely it is that nothing shifted; `evidence` are ids of events. From and to say which
    topic lost and which gained, null where the kind names none.
    """

    kind: Kind
    source: Topic | None
    target: Topic | None
    at: float
    detected_at: float
    effect: float
    error_probability: float
    evidence: tuple[str, ...]


class _Record(msgspec.Struct, frozen=True):
    topics: tuple[Topic, ...]
    settings: Settings
    population: Population | None  # None where nobody moves


class Raised(NamedTuple):
    """The events of one person that tell what they are into, in order of time, and the alarms they raise."""

    events: Events
    alarms: Alarms

    def until(self, told: Events) -> Alarms | None:
        """What was raised by the end of the first of them, `told`; None where those are others."""
        size = len(told.time)
        same = np.array_equal(self.events.item[:size], told.item) and np.array_equal(self.events.time[:size], told.time)
        return self.alarms.take(self.alarms.at < size) if same else None


class Watch:
    """Finds the shifts of any person from their events: a pure function of them and of what was learned from everybody's.

    >>> watch = Watch()
    >>> watch.topics
    ()
    """

    def __init__(
        self, topics: Sequence[Topic] = (), settings: Settings | None = None, population: Population | None = None
    ) -> None:
        self.topics, self._settings, self._population = tuple(topics), settings or Settings(), population
        self.detector = Detector(self._settings, population) if population else None

    @classmethod
    def learned(cls, events: Events, catalog: Catalog, topics: Topics, settings: Settings, rng: np.random.Generator) -> "Watch":
        """What everybody's `events`, sorted by user, then time, say of how people move; nobody moves where there is one topic."""
        names = watched(catalog, topics)
        told = sampled(counted(events), rng)
        if len(names) < 2 or not len(told.user):
            return cls(names, settings)
        everybody = Histories(told.user, shares(told.item, catalog, topics, names), visits(told.user, told.time))
        return cls(names, settings, learn(everybody, settings, rng))

    def shifts(
        self, ids: Sequence[str], events: Events, catalog: Catalog, topics: Topics, raised: Raised | None = None
    ) -> tuple[Moved, ...]:
        """The shifts of one person from their `events` in order, whose event ids are `ids`, in the order they were found.

        `raised` is what `raised` gave for these events or for more of the same, where that is known already.
        """
        rows = np.flatnonzero(counts(events))
        if self.detector is None or not len(rows):
            return ()
        told = events.take(rows)
        belongs = shares(told.item, catalog, topics, self.topics)
        alarms = raised.until(told) if raised is not None else None
        if alarms is None:
            alarms = self._raised(told, belongs)
        return tuple(self._named(shift, rows, ids) for shift in typed(alarms, told.time, belongs))

    def raised(self, events: Events, catalog: Catalog, topics: Topics) -> Raised:
        """What is raised in the `events` of one person, in order of time."""
        told = counted(events)
        return Raised(told, self._raised(told, shares(told.item, catalog, topics, self.topics)))

    def _raised(self, told: Events, belongs: F32) -> Alarms:
        nobody = np.zeros(len(told.user), np.int64)
        return self.alarms(Histories(nobody, belongs, visits(nobody, told.time)))

    def alarms(self, histories: Histories) -> Alarms:
        """What is raised in the events of many people, over the topics that are watched; rows are people, by number."""
        if self.detector is None or not len(histories.user):
            return NONE
        state = self.detector.empty(int(histories.user.max()) + 1)
        return replay(self.detector, state, histories.user, histories.memberships, histories.fresh)

    def followed(self, state: F32, events: Events, fresh: Bool, catalog: Catalog, topics: Topics) -> Alarms:
        """What is raised by events on items, each person's in order of time, after what `state` (users, size) has seen of them:
        it takes them in, in place. `fresh` (n,) says where a visit begins."""
        if self.detector is None or not len(events.user):
            return NONE
        return replay(self.detector, state, events.user, shares(events.item, catalog, topics, self.topics), fresh)

    @property
    def loose(self) -> float:
        """How many events of a visit it takes until the next is as likely to repeat them as not; inf where nothing is known."""
        return self._population.loose if self._population else float("inf")

    def themes(self, items: I64, catalog: Catalog, topics: Topics) -> list[tuple[str, ...]]:
        """The labels of what each of `items` belongs to, most first: at least half as much as to the first."""
        if not self.topics:
            return [()] * len(items)
        belongs = shares(items, catalog, topics, self.topics)
        order = np.argsort(-belongs, axis=1, kind="stable")
        told = (belongs > 0) & (belongs >= belongs.max(axis=1, keepdims=True) / 2)
        return [
            tuple(self.topics[column].label for column in row if told[place, column]) for place, row in enumerate(order.tolist())
        ]

    def renamed(self, labels: Mapping[str, str]) -> "Watch":
        """The same with other labels, by topic id; what is not named there keeps its own."""
        topics = [Topic(topic.id, labels.get(topic.id, topic.label)) for topic in self.topics]
        return Watch(topics, self._settings, self._population)

    def _named(self, shift: Shift, rows: I64, ids: Sequence[str]) -> Moved:
        source, target = (None if number is None else self.topics[number] for number in (shift.source, shift.target))
        evidence = tuple(ids[rows[place]] for place in shift.evidence)
        return Moved(shift.kind, source, target, shift.at, shift.detected_at, shift.effect, shift.error_probability, evidence)

    def arrays(self) -> Arrays:
        """Everything, as MessagePack in an array of bytes: JSON has no infinity."""
        record = _Record(self.topics, self._settings, self._population)
        return {"record": np.frombuffer(msgspec.msgpack.encode(record), np.uint8)}

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Watch":
        """What `arrays` gave."""
        if "record" not in arrays:
            return cls()
        record = msgspec.msgpack.decode(arrays["record"].tobytes(), type=_Record)
        return cls(record.topics, record.settings, record.population)


def counted(events: Events) -> Events:
    """The events that tell what people are into: on an item, and for it."""
    return events.take(counts(events))


def sampled(events: Events, rng: np.random.Generator) -> Events:
    """All events, or those of people drawn at random where that is plenty to learn from."""
    if len(events.user) <= _ENOUGH:
        return events
    drawn = rng.random(int(events.user.max()) + 1) < _ENOUGH / len(events.user)
    return events.take(drawn[events.user])


def counts(events: Events) -> Bool:
    """(n,) which events show what people are into: deeds on an item, and for it, not words."""
    return (events.item >= 0) & (events.weight > 0) & (events.action >= 0)


def watched(catalog: Catalog, topics: Topics) -> tuple[Topic, ...]:
    """What people move between: broad topics, or the most frequent categories where a catalog has hardly any topics."""
    if len(topics.fine) >= FEW:
        return tuple(Topic(topic.id, topic.label) for topic in topics.broad)
    count = Counter(name for item in catalog.items for name in categories(item))
    return tuple(Topic(f"category:{name}", name) for name, _ in sorted(count.most_common(_MOST)))


def shares(items: I64, catalog: Catalog, topics: Topics, watched: Sequence[Topic]) -> F32:
    """(n, watched) how much each of `items` (n,) belongs to each topic that is watched; rows sum to 1, or less."""
    if len(topics.fine) >= FEW:
        place = {topic.id: number for number, topic in enumerate(topics.broad)}
        placed = items < len(topics.items)  # an item may come while this is asked
        belongs = np.zeros((len(items), len(topics.broad)), np.float32)
        member = Membership(topics.member.topic[items[placed]], topics.member.weights[items[placed]])
        belongs[placed] = topics.broad_shares(member)
        known = [place.get(topic.id, -1) for topic in watched]
        return np.asarray(np.where(np.array(known) >= 0, belongs[:, known], 0), np.float32)
    column = {topic.label: number for number, topic in enumerate(watched)}
    found = np.zeros((len(items), len(watched)), np.float32)
    for row, item in enumerate(items.tolist()):
        names = categories(catalog.items[item])
        for name in names:
            if name in column:
                found[row, column[name]] += 1 / len(names)
    return found
