"""Everybody's state beside the log it is folded from: what arrives is folded at once, the past is folded when asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.errors import UnknownUser
from penchant.events import Log
from penchant.interest.evolution import Cell
from penchant.interest.fold import last
from penchant.interest.people import People
from penchant.interest.recall import imagined
from penchant.interest.sources import Source
from penchant.interest.steering import Steering
from penchant.interest.topics import Topics
from penchant.shift import Watch
from penchant.shift.vigil import Vigil
from penchant.types import I64, Bool, Events, Interests

Arrays = dict[str, NDArray[np.generic]]


class Memory:
    """What is known of each person: a fold of their log, with what they set themselves in force.

    One thread at a time; whoever shares it holds a lock.
    """

    def __init__(self, log: Log, catalog: Catalog, settings: Fold, cell: Cell | None = None, vigil: Vigil | None = None) -> None:
        self._log, self._catalog = log, catalog
        self.people = People(settings, catalog.dim, cell)
        self.steering = Steering(log)
        self.vigil = vigil or Vigil(Watch(), catalog, Topics.none(catalog.dim), 1.0)
        self.applied = 0  # the last event of the log that was taken in
        self._stale: set[int] = set()  # users to be folded anew from the log before they are next read

    def number(self, user: str) -> int:
        """A user's number in the log.

        Raises:
            UnknownUser: for a user without events.
        """
        number = self._log.user(user)
        if number < 0:
            raise UnknownUser(user, self._log.totals().users)
        return number

    def history(self, user: int, *, until: float | None = None, through: int | None = None) -> tuple[list[str], I64, Events]:
        """A user's events in order of (time, key), as `Log.history` has them; those that do not count weigh nothing."""
        ids, keys, events = self._log.history(user, until=until, through=through)
        return ids, keys, self.steering.governed(events)

    def pasts(self, user: int, times: Sequence[float]) -> Iterator[tuple[list[str], Events]]:
        """A user's event ids and events up to each of `times`, as `history` has them then, from one reading of the log."""
        ids, _, events = self._log.history(user, until=max(times))
        for known in np.searchsorted(events.time, times, side="right").tolist():
            yield ids[:known], self.steering.governed(events.take(slice(known)))

    def whole(self) -> tuple[Events, I64, int]:
        """Every event of the log sorted by user, time and key, those that do not count weighing nothing; their keys; and the
        number of the last."""
        chunks = list(self._log.replay())
        keys = np.concatenate([np.zeros(0, np.int64), *(chunk[1] for chunk in chunks)])
        events = Events.joined([chunk[2] for chunk in chunks])
        order = np.lexsort((keys, events.time, events.user))
        return self.steering.governed(events.take(order)), keys[order], int(chunks[-1][0][-1]) if chunks else 0

    def fold(self, events: Events, keys: I64, last: int, cell: Cell | None, vigil: Vigil) -> None:
        """Fold everybody anew from what `whole` gave."""
        people = People(self.people.settings, self._catalog.dim, cell)
        people.grow(int(events.user.max(initial=-1)) + 1)
        people.observe(vigil.replay(events), keys, self._catalog.vectors)
        self.steering.note(events)
        self.people, self.vigil, self.applied = people, vigil, last
        self._stale.clear()

    def catch_up(self, sources: Iterable[Source]) -> None:
        """Take in what the log acknowledged since the last time, and tell `sources`: streaming, recovery and replay are this one
        function."""
        for seqs, keys, events in self._log.replay(after=self.applied):
            self.people.grow(int(events.user.max()) + 1)
            events, stale = self.steering.streamed(events, keys)
            stale.update(self.people.observe(events, keys, self._catalog.vectors).tolist())
            self._stale |= stale | self.vigil.observe(_ordered(events, keys, self._stale | stale))
            for source in sources:
                source.observe(events.done())
            self.applied = int(seqs[-1])

    def changed(self, items: I64) -> None:
        """The vectors of `items` changed: who had them, or had words that mean them, is folded anew before they are next read."""
        if len(items):
            meant = (user for user in self._log.meant(items) if user < len(self.people))  # others are folded as they come
            self._stale.update(self.people.who_had(items), meant)

    def settle(self, users: Iterable[int] | None = None) -> None:
        """Fold anew the users (None: all) of whom that is due; reading them does so by itself."""
        for user in list(self._stale if users is None else self._stale.intersection(users)):
            _, keys, events = self.history(user, through=self.applied)
            self.people.replace(user, self.vigil.replace(user, events), keys, self._catalog.vectors)
            self._stale.discard(user)

    def read(self, user: int, at: float) -> tuple[Interests, Bool]:
        """The read-out of a user (-1: nobody) at `at`, and which items they have had, (items,); a past is folded from the log."""
        self.settle([user])
        if user < 0 or user >= len(self.people):
            return imagined(self.people, self._catalog, (), at)
        if at >= self.last(user):
            return self.people.read(np.array([user]), np.array([at])), self.people.consumed(user, len(self._catalog))
        _, _, events = self.history(user, until=at)
        return self.supposed(events, at)

    def supposed(self, events: Events, at: float) -> tuple[Interests, Bool]:
        """The read-out at `at` of somebody with just these events, in order of time, and which items they have had, (items,)."""
        return self.people.imagine(self.vigil.alone(events), self._catalog.vectors, at)

    def last(self, user: int) -> float:
        """The time of the last event that counts for a user, or set something, epoch seconds; -inf for a stranger."""
        self.settle([user])
        known = float(last(self.people.state, np.array([user]))[0]) if 0 <= user < len(self.people) else -np.inf
        return max(known, self.steering.last(user))

    def arrays(self) -> dict[str, Arrays]:
        """Everything, by part."""
        self.settle()
        return {"people": self.people.arrays(), "controls": self.steering.arrays(), "vigil": self.vigil.arrays()}

    def restore(self, parts: Mapping[str, Arrays], applied: int) -> None:
        """Inverse of `arrays`, as of event number `applied`."""
        self.people.restore(parts["people"])
        self.steering.restore(parts["controls"])
        self.vigil.restore(parts["vigil"])
        if "words" not in parts["people"]:  # kept before people were heard: their seeds were folded as deeds
            self._stale.update(self.steering.everybody())
        self.applied = applied


def _ordered(events: Events, keys: I64, without: set[int]) -> Events:
    """Events by user, then time and key, `without` those of some users."""
    if len(keys) > 1:
        events = events.take(np.lexsort((keys, events.time, events.user)))
    return events.take(~np.isin(events.user, list(without))) if without else events
