"""What is known of everybody: the shares of topics, how much a visit repeats itself, and the threshold that keeps the budget."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.errors import InvalidInput
from penchant.shift.detector import Detector
from penchant.shift.replay import replay
from penchant.shift.settings import Population, Settings
from penchant.types import F32, I64, Bool

# How sticky visits may be; `loose` and `fade` of Population, tried from the loosest on.
STICKY = tuple((loose, fade) for fade in (1.0, 0.95, 0.9, 0.8, 0.6) for loose in (50.0, 25.0, 12.0, 6.0, 3.0, 1.5))
_NEVER = 40.0  # a threshold that is not reached


class Histories(NamedTuple):
    """Events of many people, sorted by user, a user's in time order."""

    user: I64  # (n,) numbers from 0 on
    memberships: F32  # (n, B)
    visit: I64  # (n,) number of the visit, over all people

    @property
    def fresh(self) -> Bool:
        """(n,) whether an event begins a visit."""
        return np.asarray(np.diff(self.visit, prepend=-1) != 0)

    def take(self, rows: I64 | Bool) -> "Histories":
        """The events at `rows`, in that order."""
        return Histories._make(column[rows] for column in self)


def shuffled(histories: Histories, rng: np.random.Generator) -> Histories:
    """Each person's visits in random order, the events of a visit as they were: nothing shifts, and bursts stay bursts.

    >>> one = Histories(np.zeros(4, np.int64), np.eye(2, dtype=np.float32)[[0, 0, 1, 0]], np.array([0, 0, 1, 2]))
    >>> mixed = shuffled(one, np.random.default_rng(0))
    >>> mixed.visit.tolist(), mixed.memberships[:, 0].tolist()
    ([2, 1, 0, 0], [1.0, 0.0, 1.0, 1.0])
    """
    place = np.unique(histories.visit, return_inverse=True)[1]
    key = rng.random(int(place.max(initial=-1)) + 1)
    return histories.take(np.lexsort((np.arange(len(place)), key[place], histories.user)))


def learn(
    histories: Histories, settings: Settings, rng: np.random.Generator, *, people: int = 500, length: int = 300
) -> Population:
    """What `histories` say of everybody.

    Shares are means over events. Stickiness is what makes visits most probable, each event given those before (Dawid 1984,
    "prequential"). The threshold is the bound that follows from the budget or, where that is higher, what keeps the budget on
    histories whose visits are shuffled. At most `people` with three visits or more are read, drawn in proportion to their events,
    and `length` events of each; without any it is the bound.

    Raises:
        InvalidInput: without events, or with events out of order.
    """
    if not len(histories.user) or (np.diff(histories.user) < 0).any():
        raise InvalidInput(f"histories must be sorted by user and hold events, got {len(histories.user):,} events")
    total = histories.memberships.sum(axis=0, dtype=np.float64)
    known = Population(shares=tuple((total / total.sum()).tolist()))
    null = _chosen(shuffled(histories, rng), rng, people, length)
    if not len(null.user):
        return known
    calm = msgspec.structs.replace(known, threshold=_NEVER)  # a restart would forget what there is to predict from
    told = [(surprise(Detector(settings, _sticky(calm, *pair)), null), pair) for pair in ((math.inf, 1.0), *STICKY)]
    known = _sticky(known, *min(told)[1])
    return msgspec.structs.replace(known, threshold=_threshold(null, settings, known))


def surprise(detector: Detector, histories: Histories) -> float:
    """Nats an event, of predicting each event's topics from those before it when nothing shifts."""
    state = detector.empty(int(histories.user.max()) + 1)
    total = 0.0
    for rows in _ranks(histories.user):
        who, told, fresh = histories.user[rows], histories.memberships[rows], histories.fresh[rows]
        total -= float((told * np.log(detector.predicted(state[who], fresh))).sum(dtype=np.float64))
        state[who], _ = detector.update(state[who], told, fresh)
    return total / len(histories.user)


def false_alarms(detector: Detector, histories: Histories) -> float:
    """Alarms per 1,000 events, those of one shift counted once."""
    state = detector.empty(int(histories.user.max()) + 1)
    alarms = replay(detector, state, histories.user, histories.memberships, histories.fresh)
    return 1_000 * len(np.unique(np.stack([alarms.row, alarms.at]), axis=1).T) / len(histories.user)


def _threshold(null: Histories, settings: Settings, known: Population, *, steps: int = 7, most: float = 20.0) -> float | None:
    """The lowest threshold from the bound up that keeps the budget on `null`, by bisection up to `most` nats above it."""

    def kept(threshold: float | None) -> bool:
        detector = Detector(settings, msgspec.structs.replace(known, threshold=threshold))
        return false_alarms(detector, null) <= settings.budget

    if kept(None):
        return None
    low, high = settings.bound, settings.bound + most
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if kept(middle) else (middle, high)
    return high


def _sticky(known: Population, loose: float, fade: float) -> Population:
    return msgspec.structs.replace(known, loose=loose, fade=fade)


def _chosen(histories: Histories, rng: np.random.Generator, people: int, length: int) -> Histories:
    """`people` drawn by their events from those with three visits or more, numbered anew; the first `length` events of each."""
    rank = np.arange(len(histories.user)) - np.searchsorted(histories.user, histories.user)
    histories = histories.take(rank < length)
    begins = np.bincount(histories.user, histories.fresh)
    able = np.flatnonzero(begins >= 3)
    if len(able) > people:
        events = np.bincount(histories.user)[able]
        able = rng.choice(able, people, replace=False, p=events / events.sum())
    chosen = histories.take(np.isin(histories.user, able))
    return chosen._replace(user=np.unique(chosen.user, return_inverse=True)[1])


def _ranks(user: I64) -> list[I64]:
    """Rows of everybody's first event, of their second, ...; `user` is sorted."""
    rank = np.arange(len(user)) - np.searchsorted(user, user)
    order = np.argsort(rank, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(rank[order])) + 1)
