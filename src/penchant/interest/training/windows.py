"""Histories as a network reads them: windows of events, each with the moment of the next one and what it was.

Memory is bounded by a part of the log and a batch: a parquet file of any length is read part by part.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor

from penchant.errors import InvalidInput
from penchant.interest.evolution.moments import moments
from penchant.interest.visits import visits
from penchant.types import F64, I64, Bool, Events

_PART = 2_000_000  # events of a parquet file held at once
_DRAWN = 4  # items of a visit that its beginning is trained on each time
_COLUMNS = ("user", "item", "action", "weight", "time")


class Batch(NamedTuple):
    """B windows of up to T events, filled up at the end. All (B, T), `told` and `asked` (B, T, MOMENT), `visit` (B, T, V)."""

    items: Tensor  # -1 for an event without one
    actions: Tensor
    weights: Tensor
    gaps: Tensor  # seconds since the event before, 0 for a user's first
    told: Tensor  # moments of the event
    ahead: Tensor  # seconds to the event after
    asked: Tensor  # moments of the event after
    targets: Tensor  # the item of the event after; -1 where there is none to learn from
    visit: Tensor  # items drawn from the visit that the event after begins; -1 where it begins none, or none to learn from


class History(NamedTuple):
    """Events of whole users in order, with what is asked after each: all (n,), `taken` apart."""

    events: Events
    gap: F64  # seconds since the event before, inf for a user's first
    ahead: F64  # seconds to `at`
    at: F64  # time of the event after
    target: I64  # its item, -1 where it is none to learn from
    place: I64  # how many events of the same user came before
    taken: I64  # (m,) every item that there is something to learn from, in order
    since: I64  # the first of `taken` in the visit that the event after begins,
    until: I64  # and the first beyond it; equal where none begins

    def visits(self) -> int:
        """How many events are followed by a visit to learn from."""
        return int((self.until > self.since).sum())


def history(events: Events, *, repeat: bool) -> History:
    """`events`, sorted by user, then time, as a history; those that weigh nothing are left out.

    Something is to be learned from an event that names an item and weighs more than nothing; unless people `repeat`, only from
    the first that a user has with the item.
    """
    events = events.take(events.weight != 0)
    n = len(events.user)
    row = np.arange(n)
    first = np.append(True, events.user[1:] != events.user[:-1])[:n]
    gap = np.append(np.inf, np.diff(events.time))[:n]
    gap[first] = np.inf
    wanted = (events.item >= 0) & (events.weight > 0)
    if not repeat:
        wanted &= _new(events)
    target = np.full(n, -1)
    at = events.time.copy()
    has = np.flatnonzero(~first[1:]) if n else row
    at[has] = events.time[has + 1]
    target[has] = np.where(wanted[has + 1], events.item[has + 1], -1)
    place = row - np.maximum.accumulate(np.where(first, row, 0))
    taken, visit = np.flatnonzero(wanted), visits(events.user, events.time)
    since = np.searchsorted(taken, row + 1)
    until = np.searchsorted(taken, np.searchsorted(visit, visit + 2))  # where the visit after next begins
    begins = np.append(~first[1:] & (visit[1:] > visit[:-1]), False)[:n]
    until = np.where(begins, np.maximum(until, since), since)
    return History(events, gap, at - events.time, at, target, place, events.item[taken], since, until)


def parts(source: Events | Path, *, repeat: bool) -> Iterator[History]:
    """The histories of `source`: events in memory as one, a parquet file in parts of about two million events.

    The file has the columns user, item (-1: none), action, weight and time (epoch seconds), numbers all, sorted by user, then
    time. A user's events stay together.

    Raises:
        InvalidInput: for a file without those columns, or out of order.
    """
    if not isinstance(source, Path):
        yield history(source, repeat=repeat)
        return
    rest, row = Events.joined([]), 0  # the events of the last user, who may go on in the next part, and the first one's row
    for frame, more in _frames(source):
        events = Events.joined([rest, frame])
        _require_order(events, source, row)
        whole = int(np.searchsorted(events.user, events.user[-1])) if more else len(events.user)
        rest, row = events.take(slice(whole, None)), row + whole
        if whole:
            yield history(events.take(slice(0, whole)), repeat=repeat)


def batches(told: History, window: int, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Every event of `told` once, in windows of up to `window` events cut at a random place, in batches of up to `size` events.

    Windows of about the same length go together, filled up to one of a few widths: little is wasted, and the processor's kernels
    are made for a dozen shapes instead of thousands. Batches come in random order.
    """
    start, length = _windows(told, window, rng)
    order = rng.permutation(len(start))
    start, length = start[order], length[order]
    width = _widths(length, window)
    groups = [
        rows[begin : begin + max(1, size // wide)]
        for wide in np.unique(width).tolist()
        for rows in [np.flatnonzero(width == wide)]
        for begin in range(0, len(rows), max(1, size // wide))
    ]
    for group in rng.permutation(len(groups)).tolist():
        rows = groups[group]
        yield batch(told, start[rows], length[rows], int(width[rows[0]]), rng)


def _widths(length: I64, window: int) -> I64:
    """Each length rounded up to a power of two or one and a half of it, at most `window`."""
    steps = np.unique([min(wide, window) for power in range(2, 40) for wide in (2**power, 3 * 2 ** (power - 1))])
    return np.asarray(steps[np.searchsorted(steps, length)], np.int64)


def batch(told: History, start: I64, length: I64, width: int | None = None, rng: np.random.Generator | None = None) -> Batch:
    """The windows that begin at rows `start` and have `length` events, both (B,), filled up to `width` (None: the longest).

    Without `rng` nothing is drawn from visits: V is 0.
    """
    steps = np.arange(int(length.max()) if width is None else width)
    inside = steps < length[:, None]
    rows = np.where(inside, start[:, None] + steps, start[:, None])
    gap = told.gap[rows]
    events = told.events
    return Batch(
        items=torch.from_numpy(np.where(inside, events.item[rows], -1)),
        actions=torch.from_numpy(events.action[rows]),
        weights=torch.from_numpy(events.weight[rows]),
        gaps=torch.from_numpy(np.where(np.isfinite(gap), gap, 0).astype(np.float32)),
        told=torch.from_numpy(moments(gap, events.time[rows])),
        ahead=torch.from_numpy(told.ahead[rows].astype(np.float32)),
        asked=torch.from_numpy(moments(told.ahead[rows], told.at[rows])),
        targets=torch.from_numpy(np.where(inside, told.target[rows], -1)),
        visit=torch.from_numpy(_drawn(told, rows, inside, rng) if rng else np.zeros((*rows.shape, 0), np.int64)),
    )


def _drawn(told: History, rows: I64, inside: Bool, rng: np.random.Generator) -> I64:
    """(B, T, V) items of the visits that begin after `rows`, with repetition."""
    drawn = np.full((*rows.shape, _DRAWN), -1)
    begins = inside & (told.until[rows] > told.since[rows])
    since, until = told.since[rows[begins]][:, None], told.until[rows[begins]][:, None]
    drawn[begins] = told.taken[rng.integers(since, until, (len(since), _DRAWN))]
    return drawn


def latest(told: History, rows: I64, window: int) -> Batch:
    """The last `window` events, of the same user, up to each of `rows` (B,); what follows the last of them is asked."""
    length = np.minimum(told.place[rows] + 1, window)
    return batch(told, rows + 1 - length, length, int(_widths(length, window).max()))


def _windows(told: History, window: int, rng: np.random.Generator) -> tuple[I64, I64]:
    """Where windows begin, and how many events they have; those without a target are left out."""
    n = len(told.target)
    first = np.flatnonzero(told.place == 0)
    count = np.diff(np.append(first, n))
    phase = np.where(count > window, rng.integers(0, window, len(first)), 0)
    cut = (told.place + np.repeat(phase, count)) % window == 0
    cut[first] = True
    start = np.flatnonzero(cut)
    length = np.diff(np.append(start, n))
    learned = np.add.reduceat(told.target >= 0, start) > 0 if n else np.zeros(0, bool)
    return start[learned], length[learned]


def _new(events: Events) -> Bool:
    """(n,) whether the event is the user's first with its item; `events` sorted by user, then time."""
    pair = events.user * (events.item.max(initial=-1) + 2) + events.item + 1
    new = np.zeros(len(pair), bool)
    new[np.unique(pair, return_index=True)[1]] = True
    return new


def _frames(path: Path) -> Iterator[tuple[Events, bool]]:
    """A file's events in parts, and whether there are more."""
    try:
        scanned = pl.scan_parquet(path)
        missing = [name for name in _COLUMNS if name not in scanned.collect_schema().names()]
        if missing:
            raise InvalidInput(f"{path} has no column {missing[0]!r}; training reads {', '.join(_COLUMNS)}")
        total = int(scanned.select(pl.len()).collect().item())
        for offset in range(0, total, _PART):
            frame = scanned.select(_COLUMNS).slice(offset, _PART).collect()
            blank = [name for name in _COLUMNS if frame[name].null_count()]
            if blank:
                raise InvalidInput(f"{path} has empty cells in column {blank[0]!r}; an event without an item has item -1")
            whole = [frame[name].cast(pl.Int64).to_numpy() for name in _COLUMNS[:3]]
            weight, time = frame["weight"].cast(pl.Float32).to_numpy(), frame["time"].cast(pl.Float64).to_numpy()
            yield Events(whole[0], whole[1], whole[2], weight, time, np.full(len(frame), -1)), offset + _PART < total
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read as events: {error}") from error


def _require_order(events: Events, path: Path, first: int) -> None:
    """Refuse what is out of order, naming the row of the file; `first` is that of the first event."""
    back = (events.user[1:] < events.user[:-1]) | ((events.user[1:] == events.user[:-1]) & (events.time[1:] < events.time[:-1]))
    if back.any():
        row = int(np.flatnonzero(back)[0]) + 1
        raise InvalidInput(
            f"{path} is not sorted by user, then time: row {first + row + 1:,}, user {events.user[row]} at "
            f"{events.time[row]:.0f}, comes after user {events.user[row - 1]} at {events.time[row - 1]:.0f}; sort it first"
        )
