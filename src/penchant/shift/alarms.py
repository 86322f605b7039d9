"""Alarms: what is said when the evidence of a shift has reached the threshold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.types import F64, I64, Bool


class Alarms(NamedTuple):
    """A row for each topic that moved; the topics of one shift share `row` and `at`. Columns of equal length."""

    row: I64  # whose: the row of the state that was updated
    topic: I64
    since: I64  # the person's event, counted from 0, that the shift seems to have begun with
    at: I64  # the event that raised the alarm
    before: F64  # the topic's share before `since`
    after: F64  # and from there on, both drawn towards everybody's
    evidence: F64  # log evidence of the shift, all topics together
    share: F64  # nats that this topic's move explains: after - before as a log likelihood ratio
    error: F64  # posterior probability that nothing shifted

    @property
    def effect(self) -> F64:
        """Difference of the shares, positive where the topic rose."""
        return self.after - self.before

    @property
    def up(self) -> Bool:
        """Whether the topic rose."""
        return self.after > self.before

    def take(self, rows: I64 | Bool) -> "Alarms":
        """The alarms at `rows`, in that order."""
        return Alarms._make(column[rows] for column in self)

    @staticmethod
    def joined(parts: "Sequence[Alarms]") -> "Alarms":
        """The alarms of all parts, in their order."""
        return Alarms._make(np.concatenate(columns) for columns in zip(NONE, *parts, strict=True))


_I, _F = np.zeros(0, np.int64), np.zeros(0)
NONE = Alarms(_I, _I, _I, _I, _F, _F, _F, _F, _F)


def blame(before: F64, after: F64, events: F64, least: float) -> tuple[Bool, F64]:
    """Which topics a shift is of, (A, B), and what each of their moves explains, in nats.

    `before` and `after` (A, B) are mixes, `events` (A,) how many are behind `after`. A move explains
    events * KL(after, before), both as a coin that shows the topic or another; those count that explain more than 2 nats and
    are of at least `least`, and always the one that explains most.

    >>> moved, explained = blame(np.array([[0.5, 0.4, 0.1]]), np.array([[0.1, 0.4, 0.5]]), np.array([20.0]), 0.05)
    >>> moved.tolist(), explained.round(1).tolist()
    ([[True, False, True]], [[7.4, 0.0, 10.2]])
    """
    rest = (1 - after) * np.log((1 - after) / (1 - before))
    explained = events[:, None] * (after * np.log(after / before) + rest)
    moved = (explained >= 2) & (np.abs(after - before) >= least)
    moved[np.arange(len(moved)), explained.argmax(axis=1)] = True
    return moved, explained
