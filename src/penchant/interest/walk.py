"""Histories walked to the moment of each request: training reads what serving would have read."""

import numpy as np

from penchant.config import Fold
from penchant.interest import fold
from penchant.interest.evolution import Cell
from penchant.types import F32, F64, I64, Events, Interests


def walk(events: Events, user: I64, at: F64, prefix: I64, vectors: F32, settings: Fold, cell: Cell | None = None) -> Interests:
    """The read-outs of R requests: request r knows the first `prefix[r]` events of `user[r]` and is asked at `at[r]`.

    `events` are sorted by user, then time. A user may ask more than once, with growing prefixes; the rows come back in the
    order of the requests. Only users who ask are folded.
    """
    askers, row = np.unique(user, return_inverse=True)
    first = np.searchsorted(events.user, askers)
    order = np.lexsort((prefix, row))
    turn = np.arange(len(order)) - np.searchsorted(row[order], row[order])  # 0 for a user's first request, then 1, ...
    half_lives = np.array(settings.half_lives)
    memory = 0 if cell is None else cell.size
    state = fold.empty(len(askers), len(half_lives), settings.window, vectors.shape[1], memory)
    known = np.zeros(len(askers), np.int64)
    read: list[Interests] = []
    places: list[I64] = []
    for number in range(int(turn.max(initial=-1)) + 1):
        asks = order[turn == number]
        who = row[asks]
        length = prefix[asks] - known[who]
        start = np.repeat(first[who] + known[who] - np.r_[0, np.cumsum(length)[:-1]], length)
        rows = start + np.arange(int(length.sum()))
        fold.update(state, events.take(rows)._replace(user=np.repeat(who, length)), vectors, half_lives, cell)
        known[who] = prefix[asks]
        read.append(fold.read(state, who, at[asks], half_lives))
        places.append(asks)
    if not read:
        return fold.read(state, np.zeros(0, np.int64), np.zeros(0), half_lives)
    back = np.argsort(np.concatenate(places))
    return Interests._make(np.concatenate(columns)[back] for columns in zip(*read, strict=True))


def consumed(events: Events, user: I64, prefix: I64, items: int) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """(R, items) which items stand in the first `prefix[r]` events of each asking user."""
    first = np.searchsorted(events.user, user)
    mask = np.zeros((len(user), items), bool)
    rows = np.repeat(np.arange(len(user)), prefix)
    places = np.repeat(first - np.r_[0, np.cumsum(prefix)[:-1]], prefix) + np.arange(int(prefix.sum()))
    named = (events.item[places] >= 0) & (events.weight[places] != 0)
    mask[rows[named], events.item[places][named]] = True
    return mask
