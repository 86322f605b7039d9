"""The detector along everybody's events: whoever shifted is remembered by what came since, more than by what came before."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from penchant.catalog import Catalog
from penchant.errors import InvalidInput
from penchant.interest.topics import Topics
from penchant.interest.visits import BREAK
from penchant.shift.alarms import Alarms
from penchant.shift.watch import Watch, counts
from penchant.types import F64, Events

Arrays = dict[str, NDArray[np.generic]]


class Vigil:
    """Of each person the state of the detector, and when their last shift began.

    What a person did before that weighs `keep` times what it did, 0 to 1 (1: nothing is watched). All of it is a function of the
    person's events in order of time, however they are cut into calls.

    Raises:
        InvalidInput: for a `keep` outside of 0 to 1, or 0, which would forget what people have had.
    """

    def __init__(self, watch: Watch, catalog: Catalog, topics: Topics, keep: float) -> None:
        if not 0 < keep <= 1:
            raise InvalidInput(f"events before a shift must weigh more than 0 and at most 1 times what they did, got {keep}")
        self.keep = keep
        self._watch, self._catalog = watch, catalog
        self.topics = topics  # to be replaced as items come to the catalog
        self._detector = watch.detector if keep < 1 else None
        self._state = np.zeros((0, self._detector.size if self._detector else 0), np.float32)
        self._last: F64 = np.zeros(0)  # time of the last event that counted
        self.began: F64 = np.zeros(0)  # (U,) when the last shift began, epoch seconds; -inf for none

    def observe(self, events: Events) -> set[int]:
        """Follow new events, sorted by user, then time, none older than what was followed before; gives those in whose events it
        found a shift: they are to be followed anew, by `replace`."""
        return set(self._alarms(events).row.tolist()) if self._detector and len(events.user) else set()

    def replace(self, user: int, events: Events) -> Events:
        """Follow a person's whole history, in order of time, from nothing; gives it with what came before their last shift
        weighing less."""
        self.forget(user)
        return self.replay(events._replace(user=np.full_like(events.user, user)))

    def replay(self, events: Events) -> Events:
        """The same for everybody in `events`, sorted by user, then time, of whom nothing was followed yet."""
        if not self._detector:
            return events
        alarms = self._alarms(events)
        told = np.flatnonzero(counts(events))
        first = np.searchsorted(events.user[told], alarms.row)
        self.began[alarms.row] = events.time[told[first + alarms.since]]  # sorted by event: the last of each person stays
        before = events.time < self.began[events.user]
        return events._replace(weight=np.where(before, events.weight * np.float32(self.keep), events.weight))

    def alone(self, events: Events) -> Events:
        """The same for one person's history, without following them."""
        if not self._detector:
            return events
        other = Vigil(self._watch, self._catalog, self.topics, self.keep)
        return other.replay(events._replace(user=np.zeros_like(events.user)))._replace(user=events.user)

    def forget(self, user: int) -> None:
        """Leave nothing of a user."""
        if user < len(self.began):
            self._state[user], self._last[user], self.began[user] = 0, -np.inf, -np.inf

    def arrays(self) -> Arrays:
        """Everything, as named arrays."""
        return {"state": self._state, "last": self._last, "began": self.began}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Inverse of `arrays`; raises InvalidInput for those of another detector."""
        if self._state.shape[1] != arrays["state"].shape[1]:
            raise InvalidInput("what was followed belongs to another detector; fit again")
        self._state = arrays["state"].astype(np.float32)
        self._last, self.began = arrays["last"].astype(np.float64), arrays["began"].astype(np.float64)

    def _alarms(self, events: Events) -> Alarms:
        self._grow(int(events.user.max(initial=-1)) + 1)
        told = events.take(counts(events))
        opens = np.diff(told.user, prepend=-1) != 0  # the first event of each person in this call
        before = np.where(opens, self._last[told.user], np.r_[-np.inf, told.time[:-1]])
        alarms = self._watch.followed(self._state, told, told.time - before >= BREAK, self._catalog, self.topics)
        self._last[told.user] = told.time  # the last assignment of each person wins
        return alarms

    def _grow(self, users: int) -> None:
        if users > len(self.began):
            extra = max(users, 2 * len(self.began), 16) - len(self.began)
            self._state = np.concatenate([self._state, np.zeros((extra, self._state.shape[1]), np.float32)])
            self._last, self.began = (np.concatenate([each, np.full(extra, -np.inf)]) for each in (self._last, self.began))
