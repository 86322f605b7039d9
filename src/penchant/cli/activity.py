"""Who did how much, and when: read from the log alone."""

from typing import NamedTuple

import numpy as np

from penchant.events import Log
from penchant.interest.told import PREFIX
from penchant.types import F64, I64


class Activity(NamedTuple):
    """Columns by user number, (users,)."""

    ids: list[str]  # '' where a user was erased
    events: I64
    first: F64  # epoch seconds, inf where there is no event
    last: F64  # epoch seconds, -inf where there is no event


def activity(log: Log) -> Activity:
    """How many events each user has, and from when to when; what was read in their texts is not counted."""
    ids = log.users()
    own = np.array([not action.startswith(PREFIX) for action in log.actions()], bool)
    events, first, last = np.zeros(len(ids), np.int64), np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    for _, _, chunk in log.replay():
        np.add.at(events, chunk.user, own[chunk.action])
        np.minimum.at(first, chunk.user, chunk.time)
        np.maximum.at(last, chunk.user, chunk.time)
    return Activity(ids, events, first, last)
