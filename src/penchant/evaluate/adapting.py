"""What slates tell of adapting to a shift: the measures of the evolution protocol, from hits and slates of whole streams.

Everywhere: values stand in a grid (P, BEFORE + AFTER), a row for each person, a column for each event asked about: first the last
`BEFORE` before the shift, then the first `AFTER` of the person's own future; NaN where nothing was asked.
"""

import msgspec
import numpy as np

from penchant.evaluate.evolving import Questions, World, histories
from penchant.evaluate.intervals import Interval, mean_interval
from penchant.evaluate.planted import AFTER, BEFORE, Kind, Planted
from penchant.shift import Alarms
from penchant.shift.learn import shuffled
from penchant.types import F32, F64, I64, Bool

WINDOW = 10  # events that a running mean is over
ENOUGH = 0.9  # of the level before a shift: adapted
LEFT = 0.05  # least change of a topic's share by which it counts as left or taken up, that of the detector
HEADLINE = "recall@10 after a move"
_ROUNDS = 1_000  # resamples


class Detection(msgspec.Struct, frozen=True):
    """What the detector made of one kind of stream, with visits as they were lived or in random order within each part."""

    kind: Kind
    visits: str  # "as lived" or "shuffled"
    streams: int
    found: Interval | None  # share with an alarm within AFTER events of the shift
    delay: float | None  # median events from the shift to that alarm, both included; None where fewer than half were found
    false_alarms: Interval  # per 1,000 events before the shift


def grid(values: F64, asked: Questions, world: World, kind: Kind) -> F64:
    """Values (R,) of the requests as a grid (P, BEFORE + AFTER) of one kind of stream; unfair requests are left out."""
    chosen = asked.fair & np.isin(asked.stream, world.planted.of(kind))
    table = np.full((len(world.lived.rows), BEFORE + AFTER), np.nan)
    table[world.planted.person[asked.stream[chosen]], asked.offset[chosen] + BEFORE] = values[chosen]
    return table


def mean_of(table: F64, since: int, until: int) -> F64:
    """(P,) the mean of each person's values of the events from `since` to before `until`, counted from the shift.

    >>> mean_of(np.tile(np.arange(80.0), (1, 1)), -20, 0)
    array([9.5])
    """
    part = table[:, BEFORE + since : BEFORE + until]
    known = np.isfinite(part)
    return np.where(known.any(axis=1), np.nansum(part, axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def curve(table: F64) -> F64:
    """(BEFORE + AFTER,) the mean over people of every event."""
    known = np.isfinite(table)
    return np.asarray(np.nansum(table, axis=0) / np.maximum(known.sum(axis=0), 1))


def lag(table: F64) -> int:
    """Events after the shift until the mean over people is back: the fewest m such that the mean of the events m to m + 9 is 90%
    of that of the last `BEFORE` before the shift or more; `AFTER` stands for never.

    >>> forgotten = np.r_[np.ones(20), np.zeros(12), np.ones(48)]
    >>> lag(forgotten[None])
    11
    """
    known = np.isfinite(table)
    return int(_lags(np.nansum(table, axis=0)[None], known.sum(axis=0)[None])[0])


def lag_interval(table: F64, rng: np.random.Generator) -> Interval:
    """`lag` with its 95% bootstrap interval over people."""
    people = np.flatnonzero(np.isfinite(table).any(axis=1))
    times = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), _ROUNDS).astype(np.float64)
    known = np.isfinite(table[people])
    lags = _lags(times @ np.nan_to_num(table[people]), times @ known)
    low, high = np.quantile(lags, [0.025, 0.975], method="nearest")
    return Interval(float(lag(table)), float(low), float(high))


def _lags(sums: F64, counts: F64 | I64) -> I64:
    """(n,) lags of n curves, given as sums and counts (n, BEFORE + AFTER)."""
    level = sums[:, :BEFORE].sum(axis=1) / np.maximum(counts[:, :BEFORE].sum(axis=1), 1)
    after = [_windows(column[:, BEFORE:].astype(np.float64)) for column in (sums, counts)]
    back = after[0] >= ENOUGH * level[:, None] * after[1]
    return np.where(back.any(axis=1), back.argmax(axis=1), AFTER)


def _windows(columns: F64) -> F64:
    """(n, AFTER - WINDOW + 1) sums of every run of WINDOW columns."""
    total = np.cumsum(np.concatenate([np.zeros((len(columns), 1)), columns], axis=1), axis=1)
    return np.asarray(total[:, WINDOW:] - total[:, :-WINDOW])


def moved(before: F32, after: F32, *, up: bool) -> Bool:
    """(N, B) the topics whose share rose (or fell) by 5% or more from the mixes `before` (N, B) to those `after`."""
    change = after - before if up else before - after
    return np.asarray(change >= LEFT)


def share_of(lists: I64, belongs: F32, topics: Bool) -> F64:
    """(R,) the share of each slate (R, k) that is of `topics` (R, B): mean membership of its items, `belongs` (items, B).

    Empty places count for nothing.

    >>> share_of(np.array([[0, 1, 1, -1]]), np.eye(2, dtype=np.float32), np.array([[False, True]]))
    array([0.66666667])
    """
    there = lists >= 0
    of = np.where(there, np.einsum("rkb,rb->rk", belongs[lists], topics.astype(np.float32)), 0)
    return np.asarray(of.sum(axis=1) / np.maximum(there.sum(axis=1), 1), np.float64)


def replaced(lists: I64, others: I64) -> F64:
    """(R,) the share of each slate's items that the other slate has not.

    >>> replaced(np.array([[1, 2, 3, 4]]), np.array([[4, 3, 9, 8]]))
    array([0.5])
    """
    kept = (lists[:, :, None] == others[:, None, :]).any(axis=2) & (lists >= 0)
    there = (lists >= 0).sum(axis=1)
    return np.asarray(1 - kept.sum(axis=1) / np.maximum(there, 1), np.float64)


def measured(lists: I64, asked: Questions, world: World) -> tuple[dict[str, F64], dict[Kind, F64]]:
    """Every measure of one system, (P,) by person, and its grids of hits by kind of stream."""
    hit = (lists == asked.target[:, None]).any(axis=1).astype(np.float64)
    kinds: tuple[Kind, ...] = ("unshifted", "move", "swap", "excursion", "revival")
    hits = {kind: grid(hit, asked, world, kind) for kind in kinds}
    values = {
        HEADLINE: mean_of(hits["move"], 0, AFTER),
        "before it": mean_of(hits["move"], -BEFORE, 0),
        "without it": mean_of(hits["unshifted"], 0, AFTER),
        "after a swap": mean_of(hits["swap"], 0, AFTER),
        "after an excursion": mean_of(hits["excursion"], 0, WINDOW),
        "after an absence": mean_of(hits["revival"], 0, WINDOW),
        "after neither": mean_of(hits["unshifted"], 0, WINDOW),
    }
    return values | _slates(lists, asked, world), hits


def _slates(lists: I64, asked: Questions, world: World) -> dict[str, F64]:
    """What the slates are made of: topics that were left, an excursion's topics, and items that a click replaced."""
    planted, people = world.planted, len(world.lived.rows)
    before, after = planted.mixes(world.belongs[planted.events.item])
    fair = asked._replace(fair=np.ones(len(asked.at), bool))
    stale = share_of(lists, world.belongs, moved(before, after, up=False)[asked.stream])
    odd = np.zeros((people, before.shape[1]), bool)
    trips = planted.of("excursion")
    odd[planted.person[trips]] = moved(before[trips], after[trips], up=True)
    foreign = share_of(lists, world.belongs, odd[planted.person[asked.stream]])
    trip, usual = (mean_of(grid(foreign, fair, world, kind), 0, WINDOW) for kind in ("excursion", "unshifted"))
    values = {"stale": mean_of(grid(stale, fair, world, "move"), WINDOW, AFTER), "over-reaction": trip - usual}
    first = np.full((people, lists.shape[1]), -1)
    opening = (asked.offset == 0) & np.isin(asked.stream, planted.of("unshifted"))
    first[planted.person[asked.stream[opening]]] = lists[opening]
    for kind in ("odd click", "usual click"):
        rows = np.flatnonzero(np.isin(asked.stream, planted.of(kind)))
        changes = np.full(people, np.nan)
        changes[planted.person[asked.stream[rows]]] = replaced(first[planted.person[asked.stream[rows]]], lists[rows])
        values[kind] = changes
    return values


def detections(world: World, rng: np.random.Generator) -> list[Detection]:
    """What the detector that was learned with the rest makes of the streams, as lived and with visits shuffled within parts."""
    lived = histories(world.planted, world.belongs)
    parts = int(world.planted.part.max()) + 1
    mixed = shuffled(lived._replace(user=lived.user * parts + world.planted.part), rng)
    told = {"as lived": lived, "shuffled": mixed._replace(user=mixed.user // parts)}
    kinds: tuple[Kind, ...] = ("unshifted", "move", "swap", "excursion", "revival")
    enough = [kind for kind in kinds if len(world.planted.of(kind)) >= 2]
    found = {name: world.known.watch.alarms(streams) for name, streams in told.items()}
    return [detection(kind, name, alarms, world.planted, rng) for name, alarms in found.items() for kind in enough]


def detection(kind: Kind, name: str, alarms: Alarms, planted: Planted, rng: np.random.Generator) -> Detection:
    """What `alarms`, whose rows are streams, say of the streams of one kind, of which there are two or more; `name` says how
    their visits lie. A shift counts as found with an alarm at one of its first AFTER events."""
    streams = planted.of(kind)
    begun = np.where(planted.at >= 0, planted.at, planted.length)
    late = (alarms.at >= begun[alarms.row]) & (alarms.at < begun[alarms.row] + AFTER)
    delay = np.full(len(planted.kind), np.inf)
    np.minimum.at(delay, alarms.row[late], alarms.at[late] - begun[alarms.row[late]] + 1.0)
    raised = np.zeros(len(planted.events.user))
    first = np.searchsorted(planted.events.user, np.arange(len(planted.kind)))
    raised[first[alarms.row] + alarms.at] = 1_000
    calm = (planted.place < begun[planted.events.user]) & np.isin(planted.events.user, streams)
    false = mean_interval(raised[calm], rng, users=planted.events.user[calm], rounds=_ROUNDS)
    if kind == "unshifted":
        return Detection(kind, name, len(streams), None, None, false)
    found = mean_interval(np.isfinite(delay[streams]).astype(np.float64), rng, rounds=_ROUNDS)
    median = float(np.median(delay[streams]))
    return Detection(kind, name, len(streams), found, median if np.isfinite(median) else None, false)


def own_lags(table: F64) -> F64:
    """(P,) the lag of each person's own hits, `AFTER` for never; NaN for those who had no hit before the shift."""
    known = np.isfinite(table)
    lags = _lags(np.nan_to_num(table), known.astype(np.float64)).astype(np.float64)
    return np.where(np.nansum(table[:, :BEFORE], axis=1) > 0, lags, np.nan)
