"""The fold over many events of many people: the r-th event of everybody at once, the bits of one event at a time."""

import numpy as np

from penchant.shift.alarms import Alarms
from penchant.shift.detector import Detector
from penchant.types import F32, I64, Bool

_BLOCK = 256  # people folded together: their state stays in cache


def replay(detector: Detector, state: F32, user: I64, memberships: F32, fresh: Bool) -> Alarms:
    """Fold events into `state` (users, size), in place; a user's events come in time order, users may interleave.

    `user` (n,), `memberships` (n, B) and `fresh` (n,) are columns of the events. The alarms' rows are users; they come sorted by
    user, then event, then topic, however the events were cut into calls.

    >>> from penchant.shift import Population, Settings
    >>> detector = Detector(Settings(), Population(shares=(0.5, 0.5)))
    >>> topic = np.array([0] * 40 + [1] * 20)
    >>> told = np.eye(2, dtype=np.float32)[np.concatenate([topic, topic[::-1]])]
    >>> alarms = replay(detector, detector.empty(2), np.repeat([0, 1], 60), told, np.ones(120, bool))
    >>> alarms.row.tolist(), alarms.topic.tolist(), alarms.since.tolist(), alarms.up.tolist()
    ([0, 0, 1, 1], [0, 1, 0, 1], [40, 40, 20, 20], [False, True, True, False])
    """
    order = np.argsort(user, kind="stable")
    people, start, count = np.unique(user[order], return_index=True, return_counts=True)
    busiest = np.argsort(-count, kind="stable")
    found: list[Alarms] = []
    for block in range(0, len(people), _BLOCK):
        chosen = busiest[block : block + _BLOCK]
        for rank in range(int(count[chosen[0]])):
            still = chosen[: int(np.searchsorted(-count[chosen], -rank, side="left"))]
            rows, events = people[still], order[start[still] + rank]
            state[rows], alarms = detector.update(state[rows], memberships[events], fresh[events])
            if len(alarms.row):
                found.append(alarms._replace(row=rows[alarms.row]))
    alarms = Alarms.joined(found)
    return alarms.take(np.lexsort((alarms.topic, alarms.at, alarms.row)))
