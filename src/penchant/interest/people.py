"""Everybody's memory: the fold's state, what each person has consumed, and where their log was last read."""

from array import array

import numpy as np
from numpy.typing import NDArray

from penchant.config import Fold
from penchant.interest import fold
from penchant.interest.evolution import Cell
from penchant.types import F32, F64, I64, Bool, Events, Interests


class People:
    """State of every user, growing as they appear.

    Events of one user are ordered by (time, key), the key being a fixed number of each event, so that the state does not
    depend on the order of arrival.
    """

    def __init__(self, settings: Fold, dim: int, cell: Cell | None = None) -> None:
        self.settings, self.dim, self.cell = settings, dim, cell
        self.half_lives: F64 = np.array(settings.half_lives)
        self.state = self._empty(0)
        self._keys: I64 = np.zeros(0, np.int64)
        self._consumed: list[array[int]] = []

    def __len__(self) -> int:
        return len(self._consumed)

    def grow(self, users: int) -> None:
        """Make room for users 0 to `users` - 1."""
        if users <= len(self):
            return
        if users > len(self._keys):
            extra = max(users, 2 * len(self._keys), 16) - len(self._keys)
            self.state = fold.joined(self.state, self._empty(extra))
            self._keys = np.concatenate([self._keys, np.full(extra, np.iinfo(np.int64).min)])
        self._consumed.extend(array("i") for _ in range(users - len(self)))

    def observe(self, events: Events, keys: I64, vectors: F32) -> I64:
        """Fold new events of known users; returns the users it left alone because one of their events came late.

        Events that weigh nothing (impressions) leave no trace.
        """
        if not events.weight.all():
            said = events.weight != 0
            events, keys = events.take(said), keys[said]
        order = np.lexsort((keys, events.time, events.user)) if len(keys) > 1 else np.zeros(len(keys), np.int64)
        events, keys = events.take(order), keys[order]
        last, last_key = fold.last(self.state, events.user), self._keys[events.user]
        late = np.unique(events.user[(events.time < last) | ((events.time == last) & (keys < last_key))])
        if len(late):
            keep = ~np.isin(events.user, late)
            events, keys = events.take(keep), keys[keep]
        if len(keys):
            fold.update(self.state, events, vectors, self.half_lives, self.cell)
            self._keys[events.user] = keys  # the last assignment of each user wins, and rows are in time order
            self._note(events)
        return late

    def replace(self, user: int, events: Events, keys: I64, vectors: F32) -> None:
        """Forget a user and fold their whole history, given in (time, key) order."""
        self.forget(user)
        if not events.weight.all():
            said = events.weight != 0
            events, keys = events.take(said), keys[said]
        if len(keys):
            fold.update(self.state, events, vectors, self.half_lives, self.cell)
            self._keys[user] = keys[-1]
            self._note(events)

    def forget(self, user: int) -> None:
        """Leave nothing of a user."""
        fold.put(self.state, user, self._empty(1))
        self._keys[user] = np.iinfo(np.int64).min
        self._consumed[user] = array("i")

    def read(self, users: I64, at: F64) -> Interests:
        """The read-out of `users` at `at`, both (R,); raises InvalidInput for a time before a user's last event."""
        return fold.read(self.state, users, at, self.half_lives)

    def imagine(self, events: Events, vectors: F32, at: float) -> tuple[Interests, Bool]:
        """The read-out at `at` of somebody with just these time-ordered events, and which items they name, (items,)."""
        state = self._empty(1)
        if len(events.user):
            fold.update(state, events._replace(user=np.zeros_like(events.user)), vectors, self.half_lives, self.cell)
        had = np.zeros(len(vectors), bool)
        had[events.item[(events.item >= 0) & (events.action >= 0) & (events.weight != 0)]] = True
        return fold.read(state, np.zeros(1, np.int64), np.array([at]), self.half_lives), had

    def who_had(self, items: I64) -> list[int]:
        """The users who had to do with any of `items`."""
        wanted = set(items.tolist())
        return [user for user, had in enumerate(self._consumed) if not wanted.isdisjoint(had)] if wanted else []

    def consumed(self, user: int, items: int) -> Bool:
        """(items,) what a user has had to do with, liked or not."""
        mask = np.zeros(items, bool)
        if self._consumed[user]:
            mask[np.frombuffer(self._consumed[user], np.int32)] = True
        return mask

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything, as named arrays."""
        users = len(self)
        lengths = np.array([len(row) for row in self._consumed], np.int64)
        rows = [np.frombuffer(row, np.int32) for row in self._consumed if row]
        columns = {name: column[:users] for name, column in self.state._asdict().items()}
        return columns | {
            "keys": self._keys[:users],
            "lengths": lengths,
            "consumed": np.concatenate(rows or [np.zeros(0, np.int32)]),
        }

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Inverse of `arrays`."""
        blank = fold.empty(len(arrays["last"]), 0, 0, self.dim)._asdict()  # of before people were heard
        self.state = fold.State._make(arrays.get(name, blank[name]) for name in fold.State._fields)
        self._keys = arrays["keys"].astype(np.int64)
        stops = np.cumsum(arrays["lengths"])
        self._consumed = [array("i", part.tobytes()) for part in np.split(arrays["consumed"], stops[:-1])] if len(stops) else []

    def _empty(self, users: int) -> fold.State:
        memory = 0 if self.cell is None else self.cell.size
        return fold.empty(users, len(self.half_lives), self.settings.window, self.dim, memory)

    def _note(self, events: Events) -> None:
        told = (events.item >= 0) & (events.action >= 0)  # what was only wished for was not had
        for user, item in zip(events.user[told].tolist(), events.item[told].tolist(), strict=True):
            self._consumed[user].append(item)
