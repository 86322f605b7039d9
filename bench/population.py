"""Trends, flows and cohorts: how often they are wrong, and their cost: `python bench/population.py [--shop FOLDER] [--only X]`.

The tables go to docs/population.md, between its marks. Each is written to bench/results/ as it finishes; what is there is not run
again. `--only` is one of calibration, power, flows, cost and real; `--shop` is as in bench/accuracy.py.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np
from scipy.special import ndtr

from accuracy import RESULTS
from crowds import LEVELS, NULLS, World, exchanged, migrated, reordered, risen
from penchant.assets import load
from penchant.config import Config
from penchant.events import Log, weigh
from penchant.intake import gather
from penchant.shift.cohorts import cohorts
from penchant.shift.flows import PERIOD, flows
from penchant.shift.population import Crowd, Panel, Subjects, Tallies, tallied
from penchant.shift.trends import Trend, changed, false_discoveries, trends
from penchant.types import DAY, F64, Event

PAGE = Path(__file__).parent.parent / "docs" / "population.md"
NAMES = ("online-retail", "ml-1m")
WINDOWS = (28 * DAY, 91 * DAY)
ROUNDS = 60  # made worlds of each kind
ORDERS = 200  # random orders of visits
FLOOR = Config().floor
RATIOS = (1.25, 1.5, 2.0)
MOMENTS = {"online-retail": ("2011-06-01", "2011-12-09"), "ml-1m": ("2000-12-15", "2001-05-20")}


class Table(msgspec.Struct):
    head: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def periods(panel: Panel, about: Subjects, at: float, window: float) -> Tallies:
    return tallied([panel.between(at - window, at), panel.between(at - 2 * window, at - window)], about.share)


def by_events(told: Tallies) -> F64:
    """(topics,) what a test of two shares says that takes every event for an observation of its own."""
    late, early = (np.asarray(mass.sum(axis=0), np.float64) for mass in told.mass)
    share = (late + early) / (late.sum() + early.sum())
    spread = share * (1 - share) * (1 / late.sum() + 1 / early.sum())
    return np.asarray(2 * ndtr(-np.abs(late / late.sum() - early / early.sum()) / np.sqrt(np.maximum(spread, 1e-300))))


def by_people(told: Tallies) -> F64:
    """(topics,) what `trends` goes by."""
    return changed(told, 0).p


def calibration(worlds: Callable[[str], World]) -> Table:
    table = Table(
        ["", "topics", "days", "nothing rises because lives are", "events: p < 5%", "any found", "people: p < 5%", "any found"],
        [],
    )
    for name in NAMES:
        world, rng = worlds(name), np.random.default_rng(0)
        for level in LEVELS:
            for window in WINDOWS:
                for null, made in NULLS.items():
                    found: list[list[float]] = []
                    for _ in range(ROUNDS):
                        at = world.moment(rng, window)
                        told = periods(made(world.panel, at, window, rng), world.about[level], at, window)
                        each = [method(told) for method in (by_events, by_people)]
                        found.append(
                            [float(figure) for p in each for figure in ((p < 0.05).mean(), (false_discoveries(p) <= 0.05).any())]
                        )
                    mean = np.mean(found, axis=0)
                    table.rows.append([name, level, f"{window / DAY:.0f}", null, *(f"{figure:.1%}" for figure in mean)])
    return table


def power(worlds: Callable[[str], World]) -> Table:
    table = Table(["", "topics", "days", *(f"{ratio:g} times" for ratio in RATIOS), "ratio within its interval"], [])
    for name in NAMES:
        world, rng = worlds(name), np.random.default_rng(1)
        for level in LEVELS:
            about = world.about[level]
            for window in WINDOWS:
                found: list[list[float]] = [[] for _ in RATIOS]
                covered: list[float] = []
                for turn in range(ROUNDS * len(RATIOS) // 2):
                    at = world.moment(rng, window)
                    panel = exchanged(world.panel, at, window, rng)
                    topic, ratio = int(rng.integers(len(about.topics))), RATIOS[turn % len(RATIOS)]
                    panel = risen(panel, about, topic, ratio, at - window, rng)
                    told = changed(periods(panel, about, at, window), 0)
                    if told.before[topic] == 0:
                        continue
                    q = false_discoveries(told.p)
                    found[turn % len(RATIOS)].append(float(q[topic] <= 0.05 and told.ratio[topic] > 1))
                    covered.append(float(told.low[topic] <= ratio <= told.high[topic]))
                figures = [f"{np.mean(each):.0%}" for each in found]
                table.rows.append([name, level, f"{window / DAY:.0f}", *figures, f"{np.mean(covered):.0%}"])
    return table


def flowing(worlds: Callable[[str], World]) -> Table:
    parts = (0.1, 0.25, 0.5)
    table = Table(
        ["", "topics", "moved", "by chance", "pairs found", "any found", *(f"{part:.0%} of them go" for part in parts)], []
    )
    for name in NAMES:
        world, rng = worlds(name), np.random.default_rng(2)
        for level in LEVELS:
            about = world.about[level]
            sizes: list[list[float]] = []
            any_found: list[bool] = []
            hit: list[list[bool]] = [[] for _ in parts]
            for turn in range(ORDERS):
                since = world.moment(rng, PERIOD) // DAY * DAY
                panel = reordered(world.panel.between(since - PERIOD, since + PERIOD), since, rng)
                if turn % 2 == 0:
                    told = flows(panel, about, since, since + PERIOD, floor=FLOOR, rng=rng)
                    links = [link for link in told.links if link.q is not None]
                    sure = [link.q is not None and link.q <= 0.05 for link in links]
                    any_found.append(any(sure))
                    if told.moved is not None and told.by_chance is not None:
                        sizes.append([told.moved, told.by_chance, sum(sure) / max(len(sure), 1)])
                for place, part in enumerate(parts if turn % 2 else ()):
                    moved, (source, target) = migrated(panel, about, since, part, rng)
                    pair = about.topics[source].id, about.topics[target].id
                    told = flows(moved, about, since, since + PERIOD, floor=FLOOR)
                    hit[place].append(any((one.source, one.target) == pair and (one.q or 1) <= 0.05 for one in told.links))
            means = [f"{figure:.1%}" for figure in (*np.mean(sizes, axis=0), np.mean(any_found))]
            table.rows.append([name, level, *means, *(f"{np.mean(each):.0%}" for each in hit)])
    return table


def spent(work: Callable[[], object], rounds: int = 5) -> str:
    """CPU milliseconds of the least of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return f"{min(times) * 1e3:,.0f}"


def cost(worlds: Callable[[str], World]) -> Table:
    world, config = worlds("ml-1m"), Config()
    found = load("ml-1m", progress=True)
    records, frame = gather(found.items, found.events, config)
    table = Table(["ml-1m, 1,000,209 events, CPU milliseconds", "broad", "fine"], [])
    with Log(None) as log:
        log.put_items(records)
        log.append_frame(frame, weigh(frame, config))
        crowd, clicks = Crowd(log), iter(range(1_000))

        def one_more() -> None:
            name = f"{next(clicks)}"
            log.append([Event(user=name, item=records[0].id, time=1e9, action="click")], np.ones(1, np.float32))
            crowd.panel()

        table.rows.append(["the first time: reading the log", spent(lambda: Crowd(log).panel(), 2), ""])
        table.rows.append(["one more event", spent(one_more), ""])
    panel, at = world.panel, epoch("2000-12-15")
    end, rng = at + PERIOD, np.random.default_rng(0)
    for name, work in {
        "trends, 28 days": lambda about: trends(panel, about, at, floor=FLOOR),
        "trends, half a year": lambda about: trends(panel, about, end, 182 * DAY, floor=FLOOR),
        "flows, 13 weeks": lambda about: flows(panel, about, at, end, floor=FLOOR, rng=rng),
        "cohorts": lambda about: cohorts(panel, about, end, floor=FLOOR),
    }.items():
        figures = [spent(lambda about=about, work=work: work(about)) for about in world.about.values()]  # type: ignore[misc]
        table.rows.append([name, *(figures if name != "cohorts" else [figures[0], ""])])
    return table


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def trend_row(one: Trend) -> list[str]:
    high = "" if one.high is None else f"{one.high:.2f}"
    interval = "" if one.low is None else f"{one.low:.2f} to {high}"
    last, season = "" if one.ratio_last_year is None else f"{one.ratio_last_year:.2f}", "yes" if one.seasonal else ""
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    return [one.label, str(one.direction), percent(one.share_before), percent(one.share), ratio, interval, last, season]


def rising(world: World) -> Table:
    table = Table(["28 days up to", "topic", "", "before", "now", "ratio", "95%", "a year before", "seasonal"], [])
    for day in MOMENTS[world.name]:
        told = trends(world.panel, world.about["broad"], epoch(day), floor=FLOOR)
        ways = [[one for one in told.trends if one.direction == way] for way in ("rising", "fading")]
        shown = [one for way in ways for one in way[:5]]
        table.rows += [[day, *trend_row(one)] for one in shown] or [[day, f"none of {len(told.trends)}", *[""] * 7]]
    return table


def went(world: World) -> Table:
    table = Table(["from", "to", "people", "share", "back", "q"], [])
    label = {topic.id: topic.label for topic in world.about["broad"].topics}
    at = epoch(MOMENTS[world.name][-1])
    told = flows(world.panel, world.about["broad"], at - PERIOD, at, floor=FLOOR, rng=np.random.default_rng(0))
    back = {(link.source, link.target): link.share for link in told.links}
    sure = [link for link in told.links if link.q is not None and link.q <= 0.05]
    for link in sure[:8]:
        returned = back.get((link.target, link.source))
        share = "too few" if returned is None else f"{returned:.2%}"
        table.rows.append(
            [label[link.source], label[link.target], f"{link.people:,}", f"{link.share:.2%}", share, f"{link.q:.2g}"]
        )
    whole = [f"*{len(told.links)} told*", f"{told.moved:.1%} moved", f"{told.people:,}", "", f"{told.by_chance:.1%} by chance"]
    table.rows.append([*whole, f"{len(sure)} up to .05"])
    return table


def groups(world: World) -> Table:
    table = Table(["came for", "people", "week", "month", "quarter", "active", "into now"], [])
    for one in cohorts(world.panel, world.about["broad"], epoch(MOMENTS[world.name][-1]), floor=FLOOR).cohorts[:6]:
        returned = ["" if each.share is None else f"{each.share:.0%}" for each in one.returned]
        active = f"{one.active:,}" if one.active else f"under {FLOOR}"
        into = "; ".join(f"{topic.label} {topic.share:.0%}" for topic in one.now[:2])
        table.rows.append([one.label, f"{one.people:,}", *returned, active, into])
    return table


def real(worlds: Callable[[str], World]) -> dict[str, Table]:
    """What is told of the two data sets."""
    about = {"trends": rising, "flows": went, "cohorts": groups}
    return {f"{name} {what}": shown(worlds(name)) for name in NAMES for what, shown in about.items()}


def epoch(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


ALL = {"calibration": calibration, "power": power, "flows": flowing, "cost": cost, "real": real}


def written(tables: dict[str, Table]) -> None:
    """Set the tables between their marks on the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, after = text.partition(opening)[0], text.partition(closing)[2]
        text = f"{before}{opening}\n\n{table.text()}\n\n{closing}{after}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=ALL, help="one measurement")
    asked = parser.parse_args()
    held: dict[str, World] = {}

    def worlds(name: str) -> World:
        if name not in held:
            held[name] = World(name, asked.shop)
        return held[name]

    for name, measure in ALL.items():
        path = RESULTS / f"population-{name}.json"
        if not path.is_file() and asked.only in (None, name):
            found = measure(worlds)
            tables = found if isinstance(found, dict) else {name: found}
            RESULTS.mkdir(exist_ok=True)
            path.write_bytes(msgspec.json.format(msgspec.json.encode(tables)))
        if path.is_file():
            tables = msgspec.json.decode(path.read_bytes(), type=dict[str, Table])
            for title, table in tables.items():
                print(f"{title}\n{table.text()}\n")
            written(tables)


if __name__ == "__main__":
    main()
