"""What can be asked about people, one by one and all together: nothing of it changes anything."""

import threading
from collections.abc import Sequence

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events import Log
from penchant.interest.account import Account, account, marked, nearest
from penchant.interest.comparison import Comparison, compared
from penchant.interest.controls import Controls
from penchant.interest.parts import about, facets
from penchant.interest.told import Told, told
from penchant.knowledge import Knowledge
from penchant.memory import Memory
from penchant.narrate.desk.desk import Desk
from penchant.narrate.kinds import chosen
from penchant.narrate.person.portrait import Portrait, tongue
from penchant.shift import Moved
from penchant.shift.cohorts import Cohorts, cohorts
from penchant.shift.flows import PERIOD, Flows, flows
from penchant.shift.forecast import Forecast
from penchant.shift.population import Crowd, Level, Subjects, subjects
from penchant.shift.trends import WINDOW, Trends, trends
from penchant.slate.spoken import Spoken, spoken
from penchant.telling.portraying import Studio, usual
from penchant.types import Interests

LATEST = 2.0**36  # epoch seconds, beyond which nothing is asked about


class Reading:
    """The log of what people did, the catalog it was done with, the memory of everybody, what was learned from it all, and every
    question there is to them. Times are epoch seconds; None stands for `now`."""

    def __init__(self, log: Log, catalog: Catalog, config: Config) -> None:
        self.log, self.catalog, self.config = log, catalog, config
        self.memory = Memory(log, catalog, config.fold)
        self.known = Knowledge.none(catalog.dim, config)
        self.crowd = Crowd(log)
        self.desk = Desk(log, chosen(config.language), config.language, rng=np.random.default_rng(config.seed))
        self._lock = threading.RLock()

    @property
    def now(self) -> float:
        """The time of the latest event, epoch seconds: what `at` means where it is not given."""
        return self.log.totals().last_time or 0.0

    def controls(self, user: str, at: float | None = None) -> Controls:
        """What a user had set at `at`, epoch seconds; None for by now, whatever its time."""
        with self._lock:
            return self.memory.steering.of(self.log.user(user), np.inf if at is None else at)

    def introduction(self, user: str | None, at: float) -> str | None:
        """The taste that a user without a deed by `at` (epoch seconds) told outright (`controls`): nothing else is known of them,
        so their slates are made as if they asked for it."""
        with self._lock:
            number = self.log.user(user) if user else -1
            told = [seed.text for seed in self.memory.steering.of(number, at).seeds if seed.text]
            return told[-1] if told and self.memory.read(number, at)[0].items[0, 0] < 0 else None

    def last(self, user: str) -> float:
        """The time of a user's last event, epoch seconds; -inf for a stranger."""
        with self._lock:
            return self.memory.last(self.log.user(user))

    def interests(self, user: str, at: float | None = None) -> Account:
        """What a user is into at `at` (epoch seconds, past or future; None for now): a function of their log up to then.

        Raises:
            UnknownUser: for a user without events.
        """
        moment, known = self._moment(at), self.known  # known: once, for what is learned meanwhile replaces it whole
        with self._lock:
            number = self.memory.number(user)
            interests, _ = self.memory.read(number, moment)
            controls = self.memory.steering.of(number, moment)  # reads into a cache
        ids, _, events = self.memory.history(number, until=moment)
        near = nearest(interests, self.catalog, self.config.fold)
        told = about(events, self.catalog, known.topics)
        found = account(user, moment, ids, events, *told, facets(events, self.catalog), near)
        return marked(found, controls, known.topics)

    def told(self, user: str, at: float | None = None) -> list[Told]:
        """What a user had said in searches, reviews and seeds by `at` (epoch seconds; None for now), in order of time; raises
        UnknownUser."""
        number, moment = self.memory.number(user), self._moment(at)
        ids, _, events = self.memory.history(number, until=moment)
        return told(self.log, number, ids, events, moment)

    def said(self, user: str | None, interests: Interests) -> list[Spoken]:
        """What is left of what a user said at the time of a read-out, as reasons; nothing is read where that is nothing."""
        if user is None or not interests.words.any():
            return []
        at, number = float(interests.at[0]), self.log.user(user)
        ids, _, events = self.memory.history(number, until=at)
        return spoken(told(self.log, number, ids, events, at), interests, self.catalog)

    def timeline(self, user: str, times: Sequence[float]) -> list[Account]:
        """`interests` at each of `times` (epoch seconds) from one reading of the log, without what is `nearest`."""
        if not times:
            raise InvalidInput("a timeline needs at least one time")
        moments, topics = [self._moment(at) for at in times], self.known.topics
        pasts = self.memory.pasts(self.memory.number(user), moments)
        return [
            account(user, at, ids, events, *about(events, self.catalog, topics), {}, {})
            for at, (ids, events) in zip(moments, pasts, strict=True)
        ]

    def compare(self, user: str, first: float, second: float) -> Comparison:
        """What became of a user's interests from one time to another, epoch seconds; raises UnknownUser."""
        return compared(*self.timeline(user, (first, second)))

    def shifts(self, user: str, at: float | None = None, *, since: float = -np.inf) -> tuple[Moved, ...]:
        """How a user's interests shifted, as was found from `since` to `at` (epoch seconds; None for now), in the order it was
        found: a function of their log up to then.

        Raises:
            UnknownUser: for a user without events.
        """
        known = self.known
        ids, _, events = self.memory.history(self.memory.number(user), until=self._moment(at))
        found = known.watch.shifts(ids, events, self.catalog, known.topics)
        return tuple(shift for shift in found if shift.detected_at >= since)

    def portrait(self, user: str, at: float | None = None, language: str | None = None) -> Portrait:
        """Who a user is at `at` (epoch seconds; None for now) in words, in English ("en") or Chinese ("zh"; None: the catalog's),
        as of when it was last drawn: a function of their log up to then, and of what a generator has said of the same facts.

        Raises:
            UnknownUser: for a user without events. InvalidInput: for a language that is not known.
        """
        return self._studio(user, language).last(self._moment(at))

    def portraits(self, user: str, at: float | None = None, language: str | None = None) -> list[Portrait]:
        """Every portrait of a user up to `at`, oldest first, each with when the next took its place; raises like `portrait`."""
        return self._studio(user, language).history(self._moment(at))

    def forecast(self, user: str, ahead: float, at: float | None = None) -> Forecast:
        """Which topics a user will turn to in the `ahead` seconds (up to five years) from `at` (epoch seconds; None for now).

        Shares that sum to 1, with intervals that hold what they will show four times in five: a function of their log up to `at`
        and of what was learned from everybody's.

        Raises:
            UnknownUser: for a user without events. InvalidInput: for an `ahead` that is not one.
        """
        moment = self._moment(at)
        _, _, events = self.memory.history(self.memory.number(user), until=moment)
        return self.known.forecast(user, events.done(), self.catalog, moment, ahead)

    def trends(self, at: float | None = None, *, window: float = WINDOW, level: Level = "broad") -> Trends:
        """Which topics rise and fade in what everybody does, in the `window` seconds up to `at` (epoch seconds; None for now)
        against as long before, in whole days; raises InvalidInput."""
        return trends(self.crowd.panel(), self._subjects(level), self.now if at is None else at, window, floor=self.config.floor)

    def flows(self, since: float | None = None, until: float | None = None, *, level: Level = "broad") -> Flows:
        """Between which topics people moved: from as long before `since` to the time up to `until` (epoch seconds; None for 13
        weeks and now), in whole days; raises InvalidInput."""
        end, rng = self.now if until is None else until, np.random.default_rng(self.config.seed)
        about = self._subjects(level)
        start = max(end - PERIOD, 0.0) if since is None else since
        return flows(self.crowd.panel(), about, start, end, floor=self.config.floor, rng=rng)

    def cohorts(self, at: float | None = None) -> Cohorts:
        """Everybody by what they came for, who came back, and what they are into at `at` (epoch seconds; None for now)."""
        return cohorts(self.crowd.panel(), self._subjects("broad"), self.now if at is None else at, floor=self.config.floor)

    def _studio(self, user: str, language: str | None) -> Studio:
        wanted = tongue(language, usual(self.catalog))
        return Studio(user, self.memory, self.known, self.catalog, self.desk, wanted, self._lock)

    def _subjects(self, level: Level) -> Subjects:
        known = self.known
        return subjects(level, self.catalog, known.topics, known.watch.topics)

    def _moment(self, at: float | None) -> float:
        """The time that is asked about; raises InvalidInput for what is none."""
        if at is None:
            return self.now
        if not 0 <= at < LATEST:
            raise InvalidInput(f"at must be epoch seconds between 1970 and the year 4000, got {at}")
        return at
