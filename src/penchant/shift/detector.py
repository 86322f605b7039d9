"""The detector: one event, one small update of the evidence that a person's mix of topics has changed.

Evidence is the sum, over every event the change may have begun with, of how much better a new mix explains what came since than
the old one does (Shiryaev 1963, Roberts 1966; with unknown rates an e-detector: Shin, Ramdas and Rinaldo 2022). docs/shifts.md
has the formulas and what was measured.
"""

import numpy as np

from penchant.errors import InvalidInput
from penchant.shift.alarms import NONE, Alarms, blame
from penchant.shift.beginning import beginning
from penchant.shift.layout import Parts, newest, parts, widths
from penchant.shift.settings import Population, Settings
from penchant.types import F32, F64, I64, Bool

_LOOSEST = 1e6  # stands for events that know nothing of one another
_RAREST = 1e-3  # a topic's share in everything people do, at least
_SAFE = np.float32(60)  # log of the most that one event may say: far above what it can


class Detector:
    """Finds shifts in streams of memberships; settings and population are fixed, a person's state is a row of `size` numbers.

    >>> detector = Detector(Settings(), Population(shares=(0.5, 0.3, 0.2)))
    >>> state = detector.empty(1)
    >>> for topic in [0] * 30 + [1] * 10:
    ...     state, alarms = detector.update(state, np.eye(3, dtype=np.float32)[[topic]], np.array([True]))
    ...     for topic, since, at, effect in zip(alarms.topic, alarms.since, alarms.at, alarms.effect):
    ...         print(f"topic {topic} by {effect:+.2f} since event {since}, found at {at}")
    topic 0 by -0.69 since event 30, found at 33
    topic 1 by +0.61 since event 30, found at 33
    """

    def __init__(self, settings: Settings, population: Population) -> None:
        self.settings, self.population = settings, population
        self.topics, self.rates = len(population.shares), np.array(settings.rates, np.float32)
        shares = np.maximum(population.shares, _RAREST)
        self.shares: F32 = (shares / shares.sum()).astype(np.float32)
        self.threshold = settings.bound if population.threshold is None else population.threshold
        self._widths = widths(self.topics, len(self.rates), settings.window)
        self._prior: F32 = self.shares * np.float32(settings.prior)
        self._loose = np.float32(min(population.loose, _LOOSEST))
        self._fade, self._keep = np.float32(population.fade), np.float32(2 ** (-1 / settings.recent))

    @property
    def size(self) -> int:
        """Numbers in a person's state."""
        return sum(self._widths)

    def empty(self, people: int) -> F32:
        """The states (people, size) of people nothing is known about."""
        return np.zeros((people, self.size), np.float32)

    def update(self, state: F32, memberships: F32, fresh: Bool) -> tuple[F32, Alarms]:
        """The states (R, size) of R people after one event each, and the alarms it raised.

        `memberships` (R, B) are shares of topics that sum to 1 (or less, where an event is partly about nothing known); `fresh`
        (R,) says where the event begins a visit. Each row's bits depend on that row alone.

        Raises:
            InvalidInput: for memberships that are negative, not finite, or sum to more than 1.
        """
        if not (memberships.min(initial=0) >= 0 and memberships.sum(axis=1).max(initial=0) <= 1.001):
            raise InvalidInput("memberships must be shares of topics, from 0 to 1 and summing to 1 at most, for every event")
        x = np.asarray(memberships, np.float32)
        state = state.copy()
        now = parts(state, self._widths)
        self._begin(now, fresh)
        mix = self._mix(now.before)
        evidence = self._weigh(now, x, mix)
        self._learn(now, x, mix)
        rows = np.flatnonzero(evidence >= self.threshold)
        return state, self._alarm(state, rows, evidence[rows]) if len(rows) else NONE

    def predicted(self, state: F32, fresh: Bool) -> F32:
        """(R, B) how probable each topic is to be the next event's when nothing shifts."""
        now = parts(state.copy(), self._widths)
        self._begin(now, fresh)
        return self._sticky(self._mix(now.before), now)

    def evidence(self, state: F32) -> F64:
        """(R,) log evidence of a shift since the last one; an alarm is raised at `threshold`."""
        return self._total(parts(state, self._widths))

    def _total(self, now: Parts) -> F64:
        single = now.single.sum(axis=1, dtype=np.float64) / self.topics
        weight = self.settings.single
        with np.errstate(divide="ignore"):  # nothing was seen yet
            return np.asarray(np.log((1 - weight) * now.mix[:, 0] + weight * single), np.float64)

    def _begin(self, now: Parts, fresh: Bool) -> None:
        now.visit[fresh] = 0
        now.length[fresh] = 0

    def _mix(self, counts: F32) -> F32:
        """(R, B) shares after `counts`, Dirichlet prior at everybody's."""
        counts = counts + self._prior
        return np.asarray(counts / counts.sum(axis=1, keepdims=True), np.float32)

    def _sticky(self, mix: F32, now: Parts) -> F32:
        """A draw from `mix` (R, B), or one more of what the visit had: the urn of Blackwell and MacQueen (1973)."""
        return np.asarray((self._loose * mix + now.visit) / (self._loose + now.length), np.float32)

    def _weigh(self, now: Parts, x: F32, mix: F32) -> F64:
        """Take an event into the evidence; gives its log, (R,).

        evidence <- (evidence + prior of a shift now) * probability of the event when shifted / probability when not.
        """
        still = self._sticky(mix, now)
        recent = now.recent + np.float32(self.settings.pull / 2) * (mix + self.shares)
        moved = self._sticky(recent / recent.sum(axis=1, keepdims=True), now)
        said = (x * np.log(moved / still)).sum(axis=1, keepdims=True)
        now.mix[:] = (now.mix + np.float32(1)) * np.exp(np.minimum(said, _SAFE))
        rates = self._loose * self.rates + now.visit[:, :, None]
        rates /= self._loose + now.length[:, :, None]  # (R, B, G)
        hit, miss = np.log(rates / still[:, :, None]), np.log((1 - rates) / (1 - still)[:, :, None])
        tried = (np.abs(self.rates - mix[:, :, None]) >= np.float32(self.settings.least)).astype(np.float32)
        tried /= tried.sum(axis=2, keepdims=True)
        tried += now.single.reshape(tried.shape)
        tried *= np.exp(miss + x[:, :, None] * (hit - miss))
        now.single[:] = tried.reshape(len(x), -1)
        return self._total(now)

    def _learn(self, now: Parts, x: F32, mix: F32) -> None:
        """Take an event into what is known: one that repeats the visit says less of the person's own mix."""
        own = x * (self._loose * mix / (self._loose * mix + now.visit))
        now.before[:] += own
        most = np.float32(self.settings.memory)
        now.before[:] *= np.minimum(1, most / np.maximum(now.before.sum(axis=1, keepdims=True), most))
        now.recent[:] = now.recent * self._keep + own
        now.visit[:] = now.visit * self._fade + x
        now.length[:] = now.length * self._fade + 1
        place = now.seen[:, 0].astype(np.int64) % self.settings.window
        now.last[np.arange(len(x))[:, None], place[:, None] * self.topics + np.arange(self.topics)] = own
        now.seen[:] += 1
        now.known[:] += 1

    def _alarm(self, state: F32, rows: I64, evidence: F64) -> Alarms:
        """Say what happened to `rows`, and let them start anew: what raised an alarm would be a biased account of what is now."""
        now = Parts._make(part[rows] for part in parts(state, self._widths))
        began = beginning(newest(now.last, now.seen, self.topics), now.before, now.known, self._prior)
        before, after = (counts + self._prior for counts in (began.before, began.after))
        before, after = (counts / counts.sum(axis=1, keepdims=True) for counts in (before, after))
        moved, explained = blame(before, after, began.after.sum(axis=1), self.settings.moved)
        every = parts(state, self._widths)
        for part in (every.before, every.recent, every.known, every.mix, every.single):
            part[rows] = 0
        which, topic = np.nonzero(moved)
        at = now.seen[which, 0].astype(np.int64) - 1
        return Alarms(
            row=rows[which],
            topic=topic,
            since=at + 1 - began.age[which],
            at=at,
            before=before[which, topic],
            after=after[which, topic],
            evidence=evidence[which],
            share=explained[which, topic],
            error=1 / (1 + self.settings.hazard * np.exp(evidence[which])),
        )
