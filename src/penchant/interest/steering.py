"""What of the log counts: people pause learning and reset what was learned, and the log keeps all of it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.events import Log
from penchant.interest.controls import PAUSE, PREFIX, RESET, RESUME, SEED, WISH, Controls, standing
from penchant.interest.told import PREFIX as SAID
from penchant.types import F64, I64, Bool, Event, Events

_KINDS = {name: number for number, name in enumerate((SEED, WISH, PAUSE, RESUME, RESET), 1)}  # 0: anything else
_WISH, _PAUSE, _RESUME, _RESET = (_KINDS[name] for name in (WISH, PAUSE, RESUME, RESET))  # from _PAUSE on, they steer


def governed(events: Events, actions: Sequence[str]) -> Events:
    """The same events, with what does not count weighing nothing: all up to a person's reset, and whatever they did while
    learning was paused. What words were taken to mean has action -1: it was wished for or spoken of, and not had.

    `events` are sorted by user, then time; `actions` are the names behind their numbers. What happened at the very time of a
    control came before it.
    """
    kind, words = _kinds(events, actions), _words(events, actions)
    if not (kind.any() or words.any()):
        return events
    weight = events.weight.copy()
    for user in np.unique(events.user[kind >= _PAUSE]).tolist():
        mine = slice(*np.searchsorted(events.user, (user, user + 1)).tolist())
        weight[mine][_forgotten(kind[mine], events.time[mine])] = 0
    return events._replace(weight=weight, action=np.where(words, -1, events.action))


def _forgotten(kind: I64, time: F64) -> Bool:
    """(n,) which of one person's events do not count."""
    forgotten = np.zeros(len(kind), bool)
    begun = np.inf
    for row in np.flatnonzero(kind >= _PAUSE).tolist():
        if kind[row] == _PAUSE:
            begun = min(begun, time[row])
        elif kind[row] == _RESUME:
            forgotten |= (time > begun) & (time <= time[row]) & (kind == 0)
            begun = np.inf
        else:
            forgotten |= time <= time[row]
    forgotten |= (time > begun) & (kind == 0)  # what is told outright counts in a pause, too
    return forgotten


def _kinds(events: Events, actions: Sequence[str]) -> I64:
    """(n,) which control each event is, 0 for what leaves the rest of the log as it is."""
    return np.array([*(_KINDS.get(name, 0) for name in actions), 0], np.int64)[events.action]


def _words(events: Events, actions: Sequence[str]) -> Bool:
    """(n,) which events are what somebody's words were taken to mean."""
    return np.array([*(name == WISH or name.startswith(SAID) for name in actions), True], bool)[events.action]


class _Standing(NamedTuple):
    controls: Controls
    told: float  # when the person last set anything
    steered: float  # when they last changed what counts, -inf for never

    @staticmethod
    def of(events: Sequence[Event]) -> "_Standing":
        steered = max((event.time for event in events if _KINDS.get(event.action, 0) >= _PAUSE), default=-np.inf)
        return _Standing(standing(events), max((event.time for event in events), default=-np.inf), steered)


class Steering:
    """Who has set what, beside the log that holds it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._names: list[str] = []
        self._people: dict[int, _Standing | None] = {}  # everybody who ever set anything; None: to be read from the log

    def of(self, user: int, at: float) -> Controls:
        """What a user had set at `at`, epoch seconds."""
        if user not in self._people:
            return Controls()
        known = self._standing(user)
        return known.controls if at >= known.told else standing(self._log.of_kind(user, PREFIX, at))

    def after(self, user: int, at: float) -> float:
        """`at`, or the first moment after what the user set last, should that be later: controls have an order."""
        return max(at, float(np.nextafter(self.last(user), np.inf)))

    def last(self, user: int) -> float:
        """When a user set something last, epoch seconds; -inf for never."""
        return self._standing(user).told if user in self._people else -np.inf

    def governed(self, events: Events) -> Events:
        """Whole histories, sorted by user, then time, as `governed` has them."""
        return governed(events, self._actions(events))

    def streamed(self, events: Events, keys: I64) -> tuple[Events, set[int]]:
        """New events, in any order, with their `keys`, as `governed` has them, and the users for whom only their whole history
        could say."""
        actions = self._actions(events)
        kind, words = _kinds(events, actions), _words(events, actions)
        stale: set[int] = set(events.user[kind >= _PAUSE].tolist())
        self.note(events)
        steered = [user for user in set(events.user.tolist()) & self._people.keys() if user not in stale]
        weight = events.weight.copy() if steered or stale else events.weight
        for user in steered:
            mine, known = events.user == user, self._standing(user)
            if (events.time[mine] <= known.steered).any():
                stale.add(user)
            elif known.controls.paused_since is not None:
                weight[mine & (kind == 0)] = 0
        for user in stale:
            _, known_keys, history = self._log.history(user)
            said = dict(zip(known_keys.tolist(), self.governed(history).weight.tolist(), strict=True))
            weight[events.user == user] = [said.get(key, 0.0) for key in keys[events.user == user].tolist()]
        return events._replace(weight=weight, action=np.where(words, -1, events.action)), stale

    def note(self, events: Events) -> None:
        """Take in whose controls and words are among `events`, as they are in the log or as `governed` has them."""
        names = self._actions(events)
        for user in np.unique(events.user[_words(events, names)]).tolist():
            self._people.setdefault(user, None)
        table = np.array([*(name.startswith(PREFIX) for name in names), True])  # -1: words, perhaps a wish
        self._people.update(dict.fromkeys(events.user[table[events.action]].tolist()))

    def everybody(self) -> list[int]:
        """Those who ever set anything, or whose words were taken to mean something."""
        return list(self._people)

    def forget(self, user: int) -> None:
        """Leave nothing of a user."""
        self._people.pop(user, None)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Who ever set anything."""
        return {"users": np.array(sorted(self._people), np.int64)}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Inverse of `arrays`; what they set is in the log."""
        self._people = dict.fromkeys(arrays["users"].tolist())

    def _standing(self, user: int) -> _Standing:
        known = self._people[user]
        if known is None:
            known = self._people[user] = _Standing.of(self._log.of_kind(user, PREFIX))
        return known

    def _actions(self, events: Events) -> list[str]:
        if int(events.action.max(initial=-1)) >= len(self._names):
            self._names = self._log.actions()
        return self._names
