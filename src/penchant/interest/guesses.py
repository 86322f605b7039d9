"""Guesses: interests that somebody's words gave away and their deeds have not shown yet. They fade unless deeds confirm them."""

import numpy as np

from penchant.interest.fold import LASTING, OUTDONE
from penchant.interest.parts import Parts
from penchant.types import I64, Bool, Events

GONE = 1 / 16  # of what it was, below which something said is evidence no more


def faded(events: Events, at: float) -> tuple[Events, Bool]:
    """One person's events up to `at`, in order of time, with what was said weighing what is left of it by then, and which of them
    (n,) are evidence no more.

    As in the fold: half of it after `LASTING` seconds, or after deeds that weigh `OUTDONE`, whichever they are. What was said
    against something is evidence of nothing.
    """
    said = events.action < 0
    if not said.any():
        return events, np.zeros(len(said), bool)
    deeds = np.where(said | (events.item < 0), 0, np.abs(events.weight)).astype(np.float64)
    whole = np.cumsum(deeds)
    since = whole[-1] - whole[np.searchsorted(events.time, events.time, side="right") - 1]  # what came later than it
    left = np.exp2(-(at - events.time) / LASTING - since / OUTDONE)
    silent = said & ((left < GONE) | (events.weight < 0))
    weight = np.where(said, events.weight * np.where(silent & (events.weight > 0), 0, left), events.weight)
    return events._replace(weight=weight.astype(np.float32)), silent


def guessed(parts: Parts, events: Events) -> Bool:
    """(labels,) which interests rest on words more than on deeds; `events` are as `faded` gives them."""
    said = events.action[parts.row] < 0
    mass = np.maximum(parts.part * events.weight[parts.row], 0)
    words = np.bincount(parts.label[said], mass[said], len(parts.names))
    deeds = np.bincount(parts.label[~said], mass[~said], len(parts.names))
    return np.asarray(words > deeds)


def once(rows: I64, events: Events) -> I64:
    """`rows` of events, in order of time, with only the first of what was said at one time: a text counts once, however much it
    says."""
    time, said = events.time[rows], events.action[rows] < 0
    again = said & np.isin(time, time[said])
    first = np.zeros(len(rows), bool)
    first[np.unique(np.where(again, time, np.inf), return_index=True)[1]] = True
    return rows[~said | first]
