"""Fitting everything that has parameters, from one log, without looking ahead."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold, Training
from penchant.interest import transitions
from penchant.interest.sources import Again, Content, Evolving, ItemToItem, Popularity, Source, UserNeighbours, cell_of, trainable
from penchant.interest.walk import consumed, walk
from penchant.rank.blend import Blend
from penchant.types import DAY, F64, I64, Bool, Events

_BREAK = DAY / 4  # a silence that ends a visit, seconds

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
    """Requests with known answers: `user` asked at `at` knowing `prefix` events, and then consumed `target`. All (R,)."""

    user: I64
    at: F64
    prefix: I64
    target: I64


def default_sources(
    settings: Fold, items: int, *, repeat: bool, training: Training | None = None, seed: int = 0, progress: Progress = silent
) -> list[Source]:
    """Every source that pays for a catalog of this size, whose people come back to what they had (`repeat`) or not; with
    `training`, the evolution model first."""
    sources: list[Source] = [] if training is None else [Evolving(training, repeat=repeat, seed=seed, report=progress)]
    sources += [
        ItemToItem("markov", transitions.markov, label="often comes next"),
        ItemToItem("item-neighbours", transitions.cosine, label="goes with what you had"),
        UserNeighbours(),
    ]
    if items <= transitions.DENSE_LIMIT:
        sources.append(ItemToItem("ease", transitions.ease, label="goes with what you had"))
        sources.append(ItemToItem("slit", transitions.slit, fade=0.8, label="often comes next"))
    if repeat:
        sources += [Again("again-month", 30 * DAY), Again("again-year", 365 * DAY)]
    popular: Popularity | None = None
    for name, half_life, stranger in (("ever", np.inf, 0.0), ("month", 30 * DAY, 0.5), ("week", 7 * DAY, 0.5), ("day", DAY, 0.0)):
        popular = Popularity(f"popular-{name}", half_life, base=popular, stranger=stranger, label="popular lately")
        sources.append(popular)
    return sources + [Content(f"content-{_span(half_life)}", half_life, settings.half_lives) for half_life in settings.half_lives]


def worth_training(settings: Training, events: int) -> bool:
    """Whether the evolution model is trained on a log of that many events: it is wanted, there is enough to learn, and torch is
    there."""
    return settings.epochs > 0 and events >= settings.least and trainable()


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
        blend.fit(interests, asked.target, hidden, catalog, rng=rng, stream=stream)
        progress("weighing sources", 1.0)
    _fit(sources, events, catalog, progress, "all")
    return blend


def recent(
    events: Events, since: float, *, repeat: bool, rng: np.random.Generator, limit: int = 2000, returns: float | None = 0.5
) -> Asked:
    """Consumptions after `since` as requests, each knowing what its user did strictly before it.

    `returns` is the share of first requests after a break of six hours or more; None draws evenly. A log is mostly sessions, and
    a blend that saw only those serves nobody who comes back (docs/ranking.md). Strangers are left out: what they are served is
    not learned.
    """
    first = np.searchsorted(events.user, events.user)
    before = np.searchsorted(_clock(events), _clock(events), side="left") - first
    right = (events.time >= since) & (events.item >= 0) & (events.weight > 0) & (before > 0)
    if not repeat:
        right &= ~repeated(events)
    rows = np.flatnonzero(right)
    silence = events.time[rows] - events.time[first[rows] + before[rows] - 1]
    if returns is None:
        rows = np.sort(rng.permutation(rows)[:limit])
    else:
        back, within = rng.permutation(rows[silence >= _BREAK]), rng.permutation(rows[silence < _BREAK])
        rows = np.sort(np.concatenate([back[: round(limit * returns)], within[: round(limit * (1 - returns))]]))
    return Asked(events.user[rows], events.time[rows], before[rows], events.item[rows])


def repeated(events: Events) -> Bool:
    """(n,) whether the user had to do with the item before; `events` sorted by user, then time."""
    return _since(events) < np.inf


def comes_back(events: Events) -> bool:
    """Whether people of this log consume again: more than one event in ten is on an item its user had, six hours or more before.

    `events` are sorted by user, then time. A view and a purchase within a visit are one consumption, and impressions are none.
    """
    silence = _since(events)[(events.item >= 0) & (events.weight > 0)]
    return bool(len(silence) and ((silence >= _BREAK) & (silence < np.inf)).mean() > 0.1)


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
