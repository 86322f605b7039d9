"""Worlds in which nothing rises or flows, made of real ones, and worlds in which something does, for bench/population.py."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from penchant.interest.topics import fit
from penchant.interest.visits import visits
from penchant.shift.population import Level, Panel, Subjects, subjects
from penchant.types import DAY, Bool
from topics import data

LEVELS: tuple[Level, Level] = ("broad", "fine")
BUSY = {"online-retail": (60, 690), "ml-1m": (190, 400)}  # days of the log in which periods may end: there is enough in them


class World:
    """A data set as a panel, with its topics."""

    def __init__(self, name: str, shop: Path | None) -> None:
        told = data(name, shop)
        topics = fit(told.catalog, told.events, rng=np.random.default_rng(0))
        self.name, self.panel = name, Panel.of(told.events)
        self.about: dict[Level, Subjects] = {level: subjects(level, told.catalog, topics, ()) for level in LEVELS}

    def moment(self, rng: np.random.Generator, window: float) -> float:
        """A time with whole periods before it."""
        first, last = BUSY[self.name]
        return float(self.panel.time.min() + rng.uniform(max(first, 2 * window / DAY), last) * DAY)


def ordered(panel: Panel) -> Panel:
    return panel.take(np.lexsort((panel.time, panel.user)))


def exchanged(panel: Panel, at: float, window: float, rng: np.random.Generator) -> Panel:
    """The two periods up to `at`, exchanged for half of the people: nothing can be rising."""
    both = panel.between(at - 2 * window, at)
    late, flip = both.time >= at - window, rng.random(int(both.user.max(initial=0)) + 1) < 0.5
    moved = both.time + np.where(late, -window, window)
    return ordered(both._replace(time=np.where(flip[both.user], moved, both.time)))


def displaced(panel: Panel, at: float, window: float, rng: np.random.Generator) -> Panel:
    """The two periods up to `at` when everybody's life is moved by a random time, round the ends of the log."""
    start, span = panel.time.min(), np.ptp(panel.time) + 1
    moved = rng.uniform(0, span, int(panel.user.max()) + 1)
    return ordered(panel._replace(time=start + (panel.time - start + moved[panel.user]) % span).between(at - 2 * window, at))


NULLS: dict[str, Callable[[Panel, float, float, np.random.Generator], Panel]] = {"exchanged": exchanged, "displaced": displaced}


def risen(panel: Panel, about: Subjects, topic: int, ratio: float, since: float, rng: np.random.Generator) -> Panel:
    """The panel with so many visits from `since` on given over to a topic that its share grows by `ratio`."""
    late = panel.time >= since
    weight = np.asarray(about.share[:, [topic]].todense(), np.float64)[:, 0]
    had = np.bincount(panel.item, minlength=len(weight)).astype(float) * weight
    drawn = rng.choice(len(weight), len(panel.user), p=had / had.sum())
    share, told = weight[panel.item[late]].mean(), (had * weight).sum() / had.sum()
    visit = visits(panel.user, panel.time)
    given = rng.random(int(visit.max(initial=0)) + 1) < share * (ratio - 1) / (told - share)
    return panel._replace(item=np.where(late & given[visit], drawn, panel.item))


def reordered(panel: Panel, since: float, rng: np.random.Generator) -> Panel:
    """Everybody's visits in a random order, as many of them before `since` as there were."""
    visit = visits(panel.user, panel.time)
    first = np.flatnonzero(np.diff(visit, prepend=-1))
    late: Bool = (panel.time[first] >= since)[np.lexsort((rng.random(len(first)), panel.user[first]))][visit]
    return ordered(panel._replace(time=np.where(late, since + DAY, since - DAY)))


def migrated(panel: Panel, about: Subjects, since: float, part: float, rng: np.random.Generator) -> tuple[Panel, tuple[int, int]]:
    """The panel, in which `part` of the people do after `since` what is of one topic with items of another instead."""
    main = np.asarray(about.share.todense()).argmax(axis=1)
    common = np.bincount(main[panel.item], minlength=len(about.topics))
    source, target = rng.choice(len(common), 2, replace=False, p=common / common.sum()).tolist()
    goes = rng.random(int(panel.user.max()) + 1) < part
    rows = np.flatnonzero((panel.time >= since) & goes[panel.user] & (main[panel.item] == source))
    items = panel.item.copy()
    items[rows] = rng.choice(panel.item[main[panel.item] == target], len(rows))
    return panel._replace(item=items), (source, target)
