"""Adapting to shifts, side by side: the evolution protocol from a log to a record of what every system and policy reached."""

import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType

import msgspec
import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.evaluate.adapting import (
    HEADLINE,
    WINDOW,
    Detection,
    curve,
    detections,
    lag_interval,
    mean_of,
    measured,
    own_lags,
)
from penchant.evaluate.evolving import MOST, Questions, World, answers, prepared, questions
from penchant.evaluate.intervals import Interval, compare
from penchant.evaluate.planted import AFTER, BEFORE, Kind
from penchant.evaluate.policies import Policy, alarmed, as_served, oracle
from penchant.evaluate.report import Report, Setting, System, assemble, to_terminal
from penchant.interest.sources import EVOLUTION
from penchant.rank.learn import Progress, silent
from penchant.types import F64, I64, Bool, Events

OURS = "penchant"
POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        OURS: as_served,
        "oracle, forgets all": oracle(0.0),
        "oracle, keeps a quarter": oracle(0.25),
        "oracle, keeps half": oracle(0.5),
        "alarms, forgets all": alarmed(0.0),
        "alarms, keeps a quarter": alarmed(0.25),
    }
)
SOURCES = (EVOLUTION, "slit", "markov", "ease", "popular-month", "popular-week", "content-365d")  # alone, where they are there
LASTING: tuple[Kind, ...] = ("move", "swap")


class Evolution(msgspec.Struct, frozen=True):
    """What systems and the detector made of planted shifts."""

    report: Report  # values are means of a person's events, intervals over people
    detections: tuple[Detection, ...]
    curves: dict[str, dict[str, tuple[float, ...]]]  # recall@10 by system, kind of stream and event: BEFORE, then AFTER of them


def evolution(
    events: Events,
    catalog: Catalog,
    config: Config,
    *,
    dataset: str,
    repeat: bool,
    policies: Mapping[str, Policy] = POLICIES,
    seed: int = 0,
    most: int = MOST,
    progress: Progress = silent,
) -> Evolution:
    """The blend under every one of `policies`, and its sources alone, on streams of up to `most` people with planted shifts.

    Raises:
        InvalidInput: when fewer than twenty people have a history long enough, or without a policy.
    """
    if not policies:
        raise InvalidInput("there is no policy to try; give at least penchant.evaluate.policies.as_served")
    started = time.process_time()
    world = prepared(events, catalog, config, repeat=repeat, seed=seed, most=most, progress=progress)
    learnt = time.process_time() - started
    return judged(world, dataset=dataset, policies=policies, seed=seed, learnt=learnt, progress=progress)


def judged(
    world: World,
    *,
    dataset: str,
    policies: Mapping[str, Policy] = POLICIES,
    seed: int = 0,
    learnt: float = 0.0,
    progress: Progress = silent,
) -> Evolution:
    """The same for a world that is prepared; `learnt` are the CPU seconds that took."""
    asked = questions(world.planted, repeat=world.known.repeat)
    there = {source.name for source in world.known.blend.sources}
    started = time.process_time()
    lists = answers(world, asked, policies, [name for name in SOURCES if name in there], progress=progress)
    walked = time.process_time() - started
    return summary(world, asked, lists, tuple(policies), dataset=dataset, seed=seed, learnt=learnt, walked=walked)


def summary(
    world: World,
    asked: Questions,
    lists: Mapping[str, I64],
    ours: tuple[str, ...],
    *,
    dataset: str,
    seed: int,
    learnt: float,
    walked: float,
) -> Evolution:
    """What slates come to; systems named in `ours` are not each other's rivals, and all are compared with the first of them."""
    rng = np.random.default_rng(seed)
    found = {name: measured(slates, asked, world) for name, slates in lists.items()}
    able = np.isfinite(next(iter(found.values()))[0][HEADLINE])  # what could be recommended is the same for all
    report = assemble(
        {name: _complete(values, able) for name, (values, _) in found.items()},
        title="Adapting to planted shifts",
        protocol="evolution",
        dataset=dataset,
        headline=HEADLINE,
        rng=rng,
        kin=(*ours, EVOLUTION),
        settings=_settings(world, asked, seed, learnt, walked),
        versions={"penchant": version("penchant"), "numpy": np.__version__, "python": platform.python_version()},
    )
    usual, systems = found[ours[0]][0][HEADLINE][able], []
    for system in report.systems:
        values, hits = found[system.name]
        beside = {f"times {ours[0]}": compare(values[HEADLINE][able], usual, rng).ratio}
        systems.append(_timed(system, beside, hits, rng))
    curves: dict[str, dict[str, tuple[float, ...]]] = {
        name: {kind: tuple(curve(hits[kind]).tolist()) for kind in ("unshifted", *LASTING)} for name, (_, hits) in found.items()
    }
    report = msgspec.structs.replace(report, systems=tuple(systems), requests=len(asked.at))
    return Evolution(report, tuple(detections(world, rng)), curves)


def _settings(world: World, asked: Questions, seed: int, learnt: float, walked: float) -> dict[str, Setting]:
    return {
        "seed": seed,
        "repeat": world.known.repeat,
        "people": len(world.lived.rows),
        "requests": len(asked.at),
        "CPU seconds to learn": round(learnt, 1),
        "CPU seconds for streams": round(walked, 1),
    }


def _timed(system: System, beside: dict[str, Interval], hits: dict[Kind, F64], rng: np.random.Generator) -> System:
    """With what it is `beside` another, and how long adapting takes it."""
    lags = {f"lag after a {kind}": lag_interval(hits[kind], rng) for kind in LASTING if np.isfinite(hits[kind]).any()}
    alone = own_lags(hits["move"])
    alone = alone[np.isfinite(alone)]
    measures = {"own lag": float(np.median(alone)), "recovered": float((alone < AFTER).mean())} if len(alone) else {}
    measures |= {f"recovery at {at}": _recovery(hits["move"], at) for at in (10, 30, 60)}
    return msgspec.structs.replace(system, metrics=system.metrics | beside | lags, measures=measures)


def _complete(values: dict[str, F64], able: Bool) -> dict[str, F64]:
    """The values of those who are `able`, without measures that too few of them have a value of."""
    return {name: column[able] for name, column in values.items() if np.isfinite(column[able]).sum() >= 2}


def _recovery(table: F64, at: int) -> float:
    """Recall@10 over the WINDOW events up to the `at`-th after the shift, over that of the last BEFORE before it."""
    after, before = (float(np.nanmean(mean_of(table, *span))) for span in ((at - WINDOW, at), (-BEFORE, 0)))
    return after / before if before else 1.0


def to_screen(found: Evolution) -> RenderableType:
    """Something rich can print: the report, then what the detector found."""
    table = Table(title="What the detector finds", title_justify="left", title_style="dim", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("streams", "visits", "how many", "found", "median delay", "false alarms per 1,000"):
        table.add_column(column, justify="left" if column in ("streams", "visits") else "right")
    for one in found.detections:
        share = "" if one.found is None else f"{one.found.mean:.0%} ({one.found.low:.0%} to {one.found.high:.0%})"
        false = f"{one.false_alarms.mean:.2f} ({one.false_alarms.low:.2f} to {one.false_alarms.high:.2f})"
        table.add_row(one.kind, one.visits, str(one.streams), share, "" if one.delay is None else f"{one.delay:.0f}", false)
    return Group(to_terminal(found.report), table)
