"""Fitting everything that has parameters, from one log, without looking ahead."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold, Training
from penchant.interest import transitions
from penchant.interest.evolution import Shape
from penchant.interest.sources import (
    Adapted,
    Again,
    Content,
    Evolving,
    ItemToItem,
    New,
    Popularity,
    Source,
    UserNeighbours,
    apart,
    by_visit,
    cell_of,
    trainable,
)
from penchant.interest.sources.evolution import Trained
from penchant.interest.visits import BREAK, visits
from penchant.interest.walk import consumed, walk
from penchant.rank.blend import Blend
from penchant.types import DAY, F64, I64, Bool, Events

NO_TORCH = "torch, which trains it, is not installed; pip install 'penchant[train]'"

Progress = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1


def silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""


def counted(progress: Progress, stage: str, total: int) -> Callable[[int], None]:
    """For work that reports how many more of `total` are done: the same as shares of `stage`."""
    done = 0

    def report(more: int) -> None:
        nonlocal done
        done += more
        progress(stage, done / max(total, 1))

    return report


class Asked(NamedTuple):
    """Requests with known answers: `user` asked at `at` knowing `prefix` events, (R,), and then consumed `targets`, R times at
    least one."""

    user: I64
    at: F64
    prefix: I64
    targets: list[I64]


class Learned(NamedTuple):
    """How parameters were come by; what there is nothing to say of is empty."""

    warm: bool  # in one pass, from those that were there
    cold: str  # why not, where that was asked for
    trained: Trained | None  # what training the evolution model from nothing came to, where that is known
    without: str  # why there is no evolution model


def default_sources(
    settings: Fold,
    items: int,
    *,
    repeat: bool,
    training: Training | None = None,
    seed: int = 0,
    folder: Path | None = None,
    board: Path | None = None,
    progress: Progress = silent,
) -> list[Source]:
    """Every source that pays for a catalog of this size, whose people come back to what they had (`repeat`) or not; with
    `training`, the evolution model first, with checkpoints in `folder` and notes for TensorBoard in `board`."""
    sources: list[Source] = []
    if training is not None:
        sources.append(Evolving(training, repeat=repeat, seed=seed, folder=folder, board=board, report=progress))
    sources += [
        ItemToItem("markov", transitions.markov, label="often comes next"),
        ItemToItem("item-neighbours", transitions.cosine, label="goes with what you had"),
        UserNeighbours(),
    ]
    if items <= transitions.DENSE_LIMIT:
        sources.append(ItemToItem("ease", transitions.ease, label="goes with what you had"))
        sources.append(ItemToItem("slit", transitions.slit, fade=0.8, label="often comes next"))
        sources.append(ItemToItem("next-visit", transitions.next_visit, fade=0.8, read=by_visit, label="comes up another day"))
    if repeat:
        sources += [Again("again-month", 30 * DAY), Again("again-year", 365 * DAY)]
    popular: Popularity | None = None
    for name, half_life, stranger in (("ever", np.inf, 0.0), ("month", 30 * DAY, 0.5), ("week", 7 * DAY, 0.5), ("day", DAY, 0.0)):
        popular = Popularity(f"popular-{name}", half_life, base=popular, stranger=stranger, label="popular lately")
        sources.append(popular)
    sources += [Content(f"content-{_span(half_life)}", half_life, settings.half_lives) for half_life in settings.half_lives]
    return [*sources, Adapted(seed=seed), New()]


def worth_training(settings: Training, events: int) -> bool:
    """Whether the evolution model is trained on a log of that many events: it is wanted, there is enough to learn, and torch is
    there."""
    return not unworthy(settings, events)


def unworthy(settings: Training, events: int) -> str:
    """Why the evolution model is not trained on a log of that many events; empty where it is.

    >>> unworthy(Training(), 120)
    '120 events are fewer than training.least, 20,000'
    """
    if settings.epochs == 0:
        return "training.epochs is 0"
    if events < settings.least:
        return f"{events:,} events are fewer than training.least, {settings.least:,}"
    return "" if trainable() else NO_TORCH


def learned(
    events: Events,
    catalog: Catalog,
    settings: Fold,
    training: Training,
    repeat: bool,
    seed: int,
    *,
    before: Blend | None = None,
    folder: Path | None = None,
    board: Path | None = None,
    progress: Progress = silent,
) -> tuple[Blend, Learned]:
    """The blend of all sources that pay, fitted: from nothing, or on from `before`, where its sources are the same still.

    `events` are sorted by user, then time. `folder` and `board` are those of `Evolving`.
    """
    without = unworthy(training, len(events.user))
    wanted = None if without else training
    sources = default_sources(
        settings, len(catalog), repeat=repeat, training=wanted, seed=seed, folder=folder, board=board, progress=progress
    )
    cold = "" if before is None else severed(before.sources, sources)
    if before is not None and not cold:
        return relearn(events, catalog, sources, before, progress=progress), Learned(True, "", None, without)
    rng = np.random.default_rng(seed)
    blend = learn(events, catalog, sources, settings, repeat=repeat, rng=rng, progress=progress)
    trained = next((source.trained for source in sources if isinstance(source, Evolving)), None)
    return blend, Learned(False, cold, trained, without)


def learn(
    events: Events,
    catalog: Catalog,
    sources: list[Source],
    settings: Fold,
    *,
    repeat: bool,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Blend:
    """Fit sources and blend: sources on the past of a held-out recent period, the blend on requests in it, sources on it all.

    `events` are sorted by user, then time. A log too short to hold anything out keeps equal weights.
    """
    events = events.take(events.weight != 0)
    blend = Blend(sources)
    boundary = float(np.quantile(events.time, 0.9)) if len(events.time) else np.inf
    asked = recent(events, boundary, repeat=repeat, rng=rng)
    if len(asked.user) >= 20:
        _fit(sources, events.take(events.time < boundary), catalog, progress, "held-out")
        progress("walking to the requests", 0.0)
        interests = walk(events, asked.user, asked.at, asked.prefix, catalog.vectors, settings, cell_of(sources))
        hidden = np.zeros((len(asked.user), len(catalog)), bool)
        if not repeat:
            hidden = consumed(events, asked.user, asked.prefix, len(catalog))
        progress("weighing sources", 0.0)
        held = events.take(events.time >= boundary)
        stream = held.take(np.argsort(held.time, kind="stable"))
        blend.fit(interests, asked.targets, hidden, catalog, rng=rng, stream=stream)
        progress("weighing sources", 1.0)
    _fit(sources, events, catalog, progress, "all")
    return blend


def relearn(events: Events, catalog: Catalog, sources: list[Source], before: Blend, *, progress: Progress = silent) -> Blend:
    """Fit sources on everything and go on from `before`, fitted on a shorter log: the weights of its blend stand, and its
    evolution model is taken one pass further.

    `events` are sorted by user, then time; `sources` are such that `severed` has nothing against them.
    """
    blend = Blend(sources)
    blend.weights, blend.guesses = before.weights.copy(), before.guesses.copy()
    for source, old in zip(sources, before.sources, strict=True):
        if isinstance(source, Evolving):
            source.restore(old.arrays())
    _fit(sources, events.take(events.weight != 0), catalog, progress, "all")
    return blend


def severed(before: Sequence[Source], now: Sequence[Source]) -> str:
    """Why the sources of `now` cannot go on from those `before`; empty where they can.

    >>> severed([Popularity("ever", 9.0, label="")], [Popularity("day", 9.0, label="")])
    'the sources are others: with day, without ever'
    """
    if not before:
        return "nothing was fitted here before"
    told = apart([source.name for source in before], [source.name for source in now])
    if told:
        return f"the sources are others: {told}"
    for source, known in zip(now, before, strict=True):
        if isinstance(source, Evolving) and isinstance(known, Evolving):
            wanted = Shape(source.settings.dim, source.settings.heads, source.settings.layers)
            if known.cell is None or known.cell.shape != wanted:
                return f"the evolution model has other sizes: {wanted}, not {known.cell and known.cell.shape}"
    return ""


def recent(
    events: Events, since: float, *, repeat: bool, rng: np.random.Generator, limit: int = 2000, returns: float | None = 0.5
) -> Asked:
    """Moments after `since` at which something was consumed as requests, each knowing what its user did strictly before it.

    What is wanted is all that was consumed at that moment; of somebody who comes back after a break of six hours or more, all of
    the visit. `returns` is the share of those; None draws evenly. A log is mostly sessions, and a blend that saw only those
    serves nobody who comes back (docs/ranking.md). Strangers are left out: what they are served is not learned.
    """
    clock, visit = _clock(events), visits(events.user, events.time)
    start = np.searchsorted(clock, clock)  # the first event of the same moment
    before = start - np.searchsorted(events.user, events.user)
    right = (events.time >= since) & (events.item >= 0) & (events.weight > 0) & (before > 0)
    if not repeat:
        right &= ~repeated(events)
    taken = np.flatnonzero(right)
    rows = np.unique(start[taken])
    back = visit[rows] > visit[rows - 1]
    if returns is None:
        rows = np.sort(rng.permutation(rows)[:limit])
    else:
        some, others = rng.permutation(rows[back]), rng.permutation(rows[~back])
        rows = np.sort(np.concatenate([some[: round(limit * returns)], others[: round(limit * (1 - returns))]]))
    ends = np.searchsorted(visit, visit[rows], side="right"), np.searchsorted(clock, clock[rows], side="right")
    until = np.where(visit[rows] > visit[rows - 1], *ends)
    begin, end = np.searchsorted(taken, rows), np.searchsorted(taken, until)
    targets = [np.unique(events.item[taken[a:b]]) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    return Asked(events.user[rows], events.time[rows], before[rows], targets)


def repeated(events: Events) -> Bool:
    """(n,) whether the user had to do with the item before; `events` sorted by user, then time."""
    return _since(events) < np.inf


def comes_back(events: Events) -> bool:
    """Whether people of this log consume again: more than one event in ten is on an item its user had, six hours or more before.

    `events` are sorted by user, then time. A view and a purchase within a visit are one consumption, and impressions are none.
    """
    silence = _since(events)[(events.item >= 0) & (events.weight > 0)]
    return bool(len(silence) and ((silence >= BREAK) & (silence < np.inf)).mean() > 0.1)


def _since(events: Events) -> F64:
    """(n,) seconds since the user's last event on the same item that weighed anything; inf where there is none."""
    rows = np.flatnonzero((events.item >= 0) & (events.weight != 0))
    order = rows[np.lexsort((rows, events.item[rows], events.user[rows]))]
    again = (events.user[order[1:]] == events.user[order[:-1]]) & (events.item[order[1:]] == events.item[order[:-1]])
    silence = np.full(len(events.user), np.inf)
    silence[order[1:][again]] = (events.time[order[1:]] - events.time[order[:-1]])[again]
    return silence


def _clock(events: Events) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    """Rows that sort by user, then time."""
    clock = np.empty(len(events.user), [("user", "<i8"), ("time", "<f8")])
    clock["user"], clock["time"] = events.user, events.time
    return clock


def _fit(sources: list[Source], events: Events, catalog: Catalog, progress: Progress, what: str) -> None:
    for number, source in enumerate(sources):
        progress(f"fitting {source.name} on {what} events", number / len(sources))
        source.fit(events, catalog)
    progress(f"fitting on {what} events", 1.0)


def _span(seconds: float) -> str:
    """A half-life in words: 10m, 1d, 30d."""
    for unit, size in (("d", DAY), ("h", 3600.0), ("m", 60.0)):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
