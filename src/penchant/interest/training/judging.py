"""What training is judged by: requests from the time that is held out, and the NDCG@10 that a network reaches on them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from penchant.interest.training.parameters import Network
from penchant.interest.training.windows import Batch, History, batch, latest
from penchant.types import F64, I64

HELD = 0.95  # quantile of time from which training is judged
JUDGED = 2000  # requests

_K = 10
_WINDOWS = 64  # read together
_EVENTS = 8192  # walked along together
_SCORES = 20_000_000  # held at once

Marks = sparse.csr_array[np.bool_, tuple[int, int]]


class Asked(NamedTuple):
    """What an epoch is judged by: R requests in a history, the last event each knows, when it is asked, and what came next."""

    row: I64
    at: F64
    target: I64
    hidden: Marks | None  # (R, items) may not be recommended; None: everything may


class _Reading(NamedTuple):
    """Stretches of histories that are read together, and where in them some of the requests find their states: (k,) each."""

    batch: Batch
    request: I64
    stretch: I64  # row of the batch
    place: I64  # event of the stretch, the last that the request knows


def requests(told: History, since: float, rng: np.random.Generator, *, limit: int, repeat: bool, items: int) -> Asked:
    """Up to `limit` of what there is to learn from after `since`, drawn evenly, as requests."""
    rows = np.flatnonzero((told.target >= 0) & (told.at >= since))
    rows = np.sort(rng.permutation(rows)[:limit])
    return Asked(rows, told.at[rows], told.target[rows], None if repeat else _had(told, rows, items))


def ndcg(network: Network, told: History, wanted: Asked, window: int, *, walk: bool) -> float:
    """Mean NDCG@10 of requests over all items.

    A `walk` is made once along each history that is asked about, and a state has seen `window` events or more: all from as many
    before the first request of its user on. It is for a network whose states are folded on, wherever the walk ends. Without it
    every request is read anew, through its last `window` events, which takes many times as long.
    """
    gains = np.zeros(len(wanted.row))
    if not len(gains):
        return 0.0
    with torch.inference_mode():
        table, bias = network.table(), network.bias
        most = max(1, _SCORES // len(table))
        for read in _walks(told, wanted, window) if walk else _windows(told, wanted, window):
            states = network(read.batch)[read.stretch, read.place]
            for begin in range(0, len(states), most):
                some = slice(begin, begin + most)
                gains[read.request[some]] = _gains(states[some] @ table.T + bias, wanted, read.request[some])
    return float(gains.mean())


def _walks(told: History, wanted: Asked, window: int) -> Iterator[_Reading]:
    """Each history once, up to the last request in it."""
    begin, owner = np.unique(wanted.row - told.place[wanted.row], return_inverse=True)
    first, last = np.full(len(begin), len(told.place)), np.zeros(len(begin), np.int64)
    np.minimum.at(first, owner, wanted.row)
    np.maximum.at(last, owner, wanted.row)
    start = np.maximum(begin, first + 1 - window)
    length = last + 1 - start
    for group in _groups(length):
        where = np.full(len(begin), -1)
        where[group] = np.arange(len(group))
        mine = np.flatnonzero(where[owner] >= 0)
        yield _Reading(batch(told, start[group], length[group]), mine, where[owner[mine]], wanted.row[mine] - start[owner[mine]])


def _groups(length: I64) -> Iterator[I64]:
    """Numbers of histories of about the same length, those that are walked along together."""
    order, begin = np.argsort(length, kind="stable"), 0
    while begin < len(order):
        stop = begin + 1
        while stop < len(order) and (stop + 1 - begin) * length[order[stop]] <= _EVENTS:
            stop += 1
        yield order[begin:stop]
        begin = stop


def _windows(told: History, wanted: Asked, window: int) -> Iterator[_Reading]:
    """A window for each request, which ends with the last event it knows."""
    for begin in range(0, len(wanted.row), _WINDOWS):
        rows = wanted.row[begin : begin + _WINDOWS]
        each = np.arange(len(rows))
        yield _Reading(latest(told, rows, window), begin + each, each, np.minimum(told.place[rows], window - 1))


def _gains(scores: Tensor, wanted: Asked, some: I64) -> F64:
    """NDCG@10 of each of `some` requests by their `scores` (k, items), in which what is hidden is crossed out."""
    right = scores.gather(1, torch.from_numpy(wanted.target[some])[:, None])
    if wanted.hidden is not None:
        scores.numpy()[wanted.hidden[some].nonzero()] = -np.inf
    rank = (scores > right).sum(1).numpy()
    return np.where(rank < _K, 1 / np.log2(rank + 2.0), 0.0)


def _had(told: History, rows: I64, items: int) -> Marks:
    """(R, items) what the user of each of `rows` has had by then."""
    begin = rows - told.place[rows]
    had = [np.unique(told.events.item[start : row + 1]) for start, row in zip(begin.tolist(), rows.tolist(), strict=True)]
    had = [each[each >= 0] for each in had]
    item = np.concatenate([np.zeros(0, np.int64), *had])
    return sparse.csr_array((np.ones(len(item), bool), item, np.cumsum([0, *map(len, had)])), shape=(len(rows), items))
