"""Who bench/topic_forecast.py compares with: mixes of topics by simpler means, and by the evolution model."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from penchant.config import Fold, Training
from penchant.evaluate.world import World
from penchant.interest.sources import Evolving
from penchant.interest.walk import walk
from penchant.shift.mixes import HALF_LIVES, Deeds, Everybody, everybody, situation, truth
from penchant.types import DAY, F64, I64, Bool, Events

SPANS = {"week": 7 * DAY, "month": 30 * DAY}  # seconds
PRIORS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)  # events that everybody's mix counts for
BACK = (1, 2, 3)  # spans before a moment, at which rivals are tuned
TEMPERATURES = (0.5, 0.7, 1.0, 1.5, 2.0)
TRAINING = Training(epochs=3, minutes=None, last=0.0)


class Answer(NamedTuple):
    """What a system says of R people at one moment."""

    mix: F64
    picked: str = ""


def taken(deeds: Deeds, rows: Bool) -> Deeds:
    return Deeds(deeds.user[rows], deeds.time[rows], deeds.memberships[rows])


def shrunk(counts: F64, prior: float, aside: F64) -> F64:
    mix = counts + prior * aside
    return np.asarray(mix / mix.sum(axis=1, keepdims=True))


def within(deeds: Deeds, people: I64, since: float, until: float) -> F64:
    """(R, B) what people did in (since, until], by topic."""
    rows = (deeds.time > since) & (deeds.time <= until) & np.isin(deeds.user, people)
    place = np.searchsorted(people, deeds.user[rows])
    return np.stack([np.bincount(place, column, len(people)) for column in deeds.memberships[rows].T], axis=1)


def rivals(
    deeds: Deeds, people: I64, at: float, span: float, loose: float, told: Everybody
) -> Iterator[tuple[str, str, F64, F64]]:
    """Every rival with every setting but the prior: what it counts, (R, B), and whom it is drawn towards, (B,)."""
    known = {str(one): situation(deeds, people, at, one, told) for one in (np.inf, loose)}
    plain, aside = known["inf"], told.at(at)
    stays = within(deeds, people, at - span, at)
    for place, days in enumerate((7, 30, 3650)):
        beside = f"everybody {days} d"
        yield "everybody", beside, np.zeros_like(stays), aside[place]
        yield "stays as it is", beside, stays, aside[place]
        yield "last visit", beside, plain.last * 10, aside[place]
        for (one, counts), half in product(known.items(), range(len(HALF_LIVES))):
            told_of = f"{HALF_LIVES[half] / DAY:g} d, {'visits' if one != 'inf' else 'events'}, {beside}"
            yield "smoothing", told_of, counts.counts[:, half], aside[place]
            if half == len(HALF_LIVES) - 1:
                yield "whole past", f"{'visits' if one != 'inf' else 'events'}, {beside}", counts.counts[:, half], aside[place]


def tuned(deeds: Deeds, people: I64, at: float, span: float, loose: float) -> dict[str, Answer]:
    """What each rival says with the setting that was best, in log-likelihood, one to three spans earlier."""
    told = everybody(deeds)
    reached: dict[tuple[str, str, float], list[F64]] = {}
    for back in BACK:
        then = at - back * span
        who, shown = truth(deeds, then, then + span)
        there = np.isin(who, deeds.user[deeds.time <= then])
        who, shown = who[there], shown[there]
        for name, setting, counts, aside in rivals(deeds, who, then, span, loose, told):
            for prior in PRIORS:
                score = (shown * np.log(shrunk(counts, prior, aside))).sum(axis=1)
                reached.setdefault((name, setting, prior), []).append(score)
    best: dict[str, tuple[float, str, float]] = {}
    for (name, setting, prior), scores in reached.items():
        best[name] = max(best.get(name, (-np.inf, "", 0.0)), (float(np.concatenate(scores).mean()), setting, prior))
    found = {}
    for name, setting, counts, aside in rivals(deeds, people, at, span, loose, told):
        if best[name][1] == setting:
            found[name] = Answer(shrunk(counts, best[name][2], aside), f"{setting}, {best[name][2]:g}")
    return found


def evolving(events: Events, told: World, belongs: F64, asked: list[tuple[float, I64]]) -> list[dict[tuple[str, float], F64]]:
    """For each moment and its people, the mix of the softmax of the evolution model's scores, by span and temperature."""
    catalog, first = told.catalog, asked[0][0]
    source = Evolving(TRAINING, repeat=told.repeat)
    source.fit(events.take(events.time < first), catalog)
    user = np.concatenate([who for _, who in asked])
    at = np.repeat([moment for moment, _ in asked], [len(who) for _, who in asked])
    prefix = np.zeros(len(user), np.int64)
    for moment in np.unique(at):
        rows = at == moment
        prefix[rows] = np.bincount(events.user[events.time <= moment], minlength=int(user.max()) + 1)[user[rows]]
    read = walk(events, user, at, prefix, catalog.vectors, Fold(half_lives=(DAY,), window=1), source.cell)
    found = []
    for moment, _ in asked:
        rows, mixes = np.flatnonzero(at == moment), dict[tuple[str, float], list[F64]]()
        seen = np.bincount(events.item[events.time <= moment], minlength=len(catalog)) > 0
        for (span, ahead), part in product(SPANS.items(), np.array_split(rows, max(1, len(rows) // 500))):
            state = type(read)._make(column[part] for column in read)
            scores = source.score(state._replace(at=state.at + ahead / 2, away=state.away + ahead / 2), catalog)
            for temperature in TEMPERATURES:
                odds = np.where(seen, np.exp((scores - scores[:, seen].max(axis=1, keepdims=True)) / temperature), 0)
                mix = (odds @ belongs + 1e-6) / (odds @ belongs + 1e-6).sum(axis=1, keepdims=True)
                mixes.setdefault((span, temperature), []).append(mix)
        found.append({name: np.concatenate(parts) for name, parts in mixes.items()})
    return found
