"""What is made of a person's past once a shift may have happened: policies, from what is known of a request to what is scored.

A policy gets everything a served engine could know at the request, and the labels of the planted shifts beside it, which only
oracles may read: they tell how much there is to be gained by knowing that something shifted.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.config import Fold
from penchant.evaluate.planted import Planted
from penchant.interest.evolution import Cell
from penchant.interest.walk import walk
from penchant.shift import Alarms
from penchant.types import F32, F64, I64, Interests


class Asked(NamedTuple):
    """R requests of streams."""

    stream: I64  # (R,) who asks
    prefix: I64  # (R,) how many of the stream's events are known
    at: F64  # (R,) when, epoch seconds
    interests: Interests  # as served
    alarms: Alarms  # all that are raised in the streams; a request knows those with `at` below its prefix
    planted: Planted  # the streams, with the truth
    vectors: F32  # (items, D)
    fold: Fold
    cell: Cell | None

    def last_alarm(self) -> I64:
        """(R,) the event that the last shift known at the request seems to have begun with, -1 where none was found."""
        order = np.lexsort((self.alarms.at, self.alarms.row))
        rows, at, since = (column[order] for column in (self.alarms.row, self.alarms.at, self.alarms.since))
        span = int(max(self.prefix.max(initial=0), at.max(initial=0))) + 1
        place = np.searchsorted(rows * span + at, self.stream * span + self.prefix, side="left") - 1
        found = (place >= 0) & (np.append(rows, -1)[place] == self.stream)
        return np.where(found, np.append(since, -1)[place], -1)

    def reweighed(self, since: I64, keep: float) -> Interests:
        """What would be read if a request's events before `since` (R,) weighed `keep` times what they do, 0 to 1; with 0 it is as
        if they had never been. The learned recurrence remembers everything as it was, unless `keep` is 0."""
        moved = np.flatnonzero(since > 0)
        if not len(moved):
            return self.interests
        pairs, who = np.unique(np.stack([self.stream[moved], since[moved]]), axis=1, return_inverse=True)
        first = np.searchsorted(self.planted.events.user, pairs[0])
        length = self.planted.length[pairs[0]]
        rows = np.repeat(first - np.r_[0, np.cumsum(length)[:-1]], length) + np.arange(int(length.sum()))
        owner = np.repeat(np.arange(len(length)), length)
        events = self.planted.events.take(rows)
        early = rows - first[owner] < pairs[1][owner]
        events = events._replace(user=owner, weight=np.where(early, events.weight * np.float32(keep), events.weight))
        cell = self.cell if keep == 0 else None
        read = walk(events, who.reshape(-1), self.at[moved], self.prefix[moved], self.vectors, self.fold, cell)
        if cell is None:
            read = read._replace(memory=self.interests.memory[moved])
        return self.interests.replaced(moved, read)


Policy = Callable[[Asked], Interests]


def as_served(asked: Asked) -> Interests:
    """Nothing is done about shifts: forgetting is left to half-lives and to what was learned."""
    return asked.interests


def oracle(keep: float, late: int = 1) -> Policy:
    """Told of every planted move, `late` events after it began: what was before it weighs `keep` times what it did."""

    def policy(asked: Asked) -> Interests:
        planted, begun = asked.planted, asked.planted.at[asked.stream]
        lasting = planted.onward[asked.stream] == begun  # what a person comes back from is no move
        return asked.reweighed(np.where((begun >= 0) & lasting & (asked.prefix >= begun + late), begun, 0), keep)

    return policy


def alarmed(keep: float) -> Policy:
    """After an alarm, what was before the shift it tells of weighs `keep` times what it did."""

    def policy(asked: Asked) -> Interests:
        return asked.reweighed(asked.last_alarm(), keep)

    return policy


def changed(before: Interests, after: Interests) -> I64:
    """The requests that two read-outs differ in."""
    differs = np.zeros(len(before.at), bool)
    pairs: Iterable[tuple[NDArray[Any], NDArray[Any]]] = zip(before, after, strict=True)
    for old, new in pairs:
        differs |= np.not_equal(old, new).reshape(len(differs), -1).any(axis=1)
    return np.flatnonzero(differs)
