"""Shifts found and false alarms, ours beside others, and the tables of docs/shifts.md: `python bench/shifts.py [--shop FOLDER]`.

Every system reads the same streams over a sweep of its own threshold and restarts after an alarm; compared is what it finds at an
equal number of false alarms. river takes part where it is installed (pip install river). Curves go to bench/results/shifts.json,
and to shifts.png where matplotlib is installed. `--shop` is a folder with Online Retail II (docs/data.md).
"""

import argparse
import importlib
import json
import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np

from accuracy import data
from detectors import Rival, found, ours, rivals
from penchant.shift import Detector, Population, Settings
from penchant.shift.learn import Histories, learn
from penchant.shift.replay import replay
from penchant.types import Bool
from streams import HORIZON, Streams, coins, dice, drawn, real

RESULTS = Path(__file__).parent / "results"
TARGETS = (0.5, 1.0, 2.0)  # false alarms per 1,000 events


def outcome(raised: Bool, streams: Streams, horizon: int) -> dict[str, float]:
    """Share of shifts with an alarm in the `horizon` events from the shift on, and the median delay over all of them, events."""
    place = np.arange(raised.shape[1])
    late = raised & (place >= streams.at[:, None]) & (place < streams.at[:, None] + horizon)
    delay = np.where(late.any(axis=1), late.argmax(axis=1) - streams.at + 1, np.inf)
    return {
        "found": float(np.isfinite(delay).mean()),
        "delay": float(np.median(delay)),
        "half": float((delay <= horizon / 2).mean()),
    }


def alarm_rate(raised: Bool, streams: Streams) -> float:
    return float(1_000 * (raised & streams.there).sum() / streams.length.sum())


def curve(rival: Rival, still: Streams, moved: dict[str, Streams], horizon: int) -> list[dict[str, Any]]:
    """What a system does at each threshold of its sweep."""
    points = []
    for threshold in rival.sweep:
        rate = alarm_rate(rival.run(still.some(rival.share), threshold), still.some(rival.share))
        if rate <= 12:
            told = {name: streams.some(rival.share) for name, streams in moved.items()}
            points.append(
                {"threshold": threshold, "rate": rate}
                | {name: outcome(rival.run(streams, threshold), streams, horizon) for name, streams in told.items()}
            )
    return sorted(points, key=lambda point: point["rate"])


def at_rate(points: list[dict[str, Any]], move: str, target: float) -> dict[str, float]:
    """What a curve promises at `target` false alarms: between its points in a straight line, the delay of the lower one.

    A system whose threshold goes no higher or lower is read at its nearest end where that keeps the target, else not at all.
    """
    under = [point for point in points if point["rate"] <= target]
    if not under:
        return {"rate": np.nan, "found": np.nan, "half": np.nan, "delay": np.nan}
    low = under[-1]
    high = next((point for point in points if point["rate"] > target), low)
    share = (target - low["rate"]) / (high["rate"] - low["rate"]) if high is not low else 0.0
    mixed = {field: (1 - share) * low[move][field] + share * high[move][field] for field in ("found", "half")}
    return mixed | {"rate": low["rate"], "delay": low[move]["delay"]}


def table(title: str, curves: dict[str, list[dict[str, Any]]], moves: list[str], target: float) -> None:
    print(f"\n{title}, at {target} false alarms per 1,000 events\n")
    print("| system | " + " | ".join(f"{move}: found, delay" for move in moves) + " |")
    print("| --- |" + " --- |" * len(moves))
    for name, points in curves.items():
        read = [at_rate(points, move, target) for move in moves]
        cells = [f"{one['found']:.0%}, {one['delay']:.0f}" if one["found"] == one["found"] else "more at any" for one in read]
        print(f"| {name} | " + " | ".join(cell.replace(", inf", ", -") for cell in cells) + " |", flush=True)


def long_run(rng: np.random.Generator) -> None:
    """False alarms where nothing shifts, by how far in."""
    settings, edges, streams = Settings(), [0, 20, 60, 120, 500, 2_000, 5_000], 300
    print("\nFalse alarms per 1,000 events at the bound, for a budget of", settings.budget)
    print("\n| made streams | " + " | ".join(f"{a} to {b}" for a, b in pairwise(edges)) + " |")
    print("| --- |" + " --- |" * (len(edges) - 1))
    shares = rng.dirichlet(np.full(20, 1.5))
    two, twenty = Population(shares=(0.25, 0.75)), Population(shares=tuple(shares.tolist()))
    kinds = {f"a rate of {rate}": (two, coins(rng, streams, edges[-1], rate)) for rate in (0.02, 0.05, 0.2, 0.35, 0.5)}
    for alike in (4, 50):
        mixes = rng.dirichlet(shares * alike, streams)
        kinds[f"20 topics, people from Dirichlet({alike})"] = (twenty, dice(rng, mixes, edges[-1]))
    for kind, (population, made) in kinds.items():
        alarms = found(Detector(settings, population), made)
        at = np.unique(np.stack([alarms.row, alarms.at]), axis=1)[1]
        share = np.histogram(at, edges)[0] / streams / np.diff(edges) * 1_000
        print(f"| {kind} | " + " | ".join(f"{value:.2f}" for value in share) + " |", flush=True)


def honesty(rng: np.random.Generator) -> None:
    """Shifts at random moments: is the error probability what it says, and where are shifts placed?"""
    settings, streams, length = Settings(budget=2.0), 800, 300
    shares = np.full(20, 0.05)
    at = np.minimum(rng.geometric(settings.hazard, streams), length)
    old, new = (dice(rng, rng.dirichlet(shares * 10, streams), length) for _ in range(2))
    x = np.where((np.arange(length) < at[:, None])[:, :, None], old.x, new.x)
    made = old._replace(x=x, at=at)
    alarms = found(Detector(settings, Population(shares=tuple(shares.tolist()))), made)
    alarms = alarms.take(np.unique(np.stack([alarms.row, alarms.at]), axis=1, return_index=True)[1])
    first = alarms.take(np.unique(alarms.row, return_index=True)[1])
    wrong = first.at < made.at[first.row]
    print(f"\nFirst alarms of {streams} people whose whole mix moves once, at random ({settings.hazard} an event): {len(wrong)}")
    print("\n| error probability said | alarms | without a shift |\n| --- | --- | --- |")
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.4)):
        some = (first.error > low) & (first.error <= high)
        if some.any():
            print(f"| {low} to {high}, mean {first.error[some].mean():.2f} | {some.sum()} | {wrong[some].mean():.2f} |")
    off = (first.since - made.at[first.row])[~wrong]
    half, most = np.quantile(np.abs(off), [0.5, 0.9])
    print(
        f"\nBeginning found minus true: median {np.median(off):.0f} events, half within {half:.0f}, nine of ten within {most:.0f}"
    )


def cost(population: Population) -> None:
    detector = Detector(Settings(), population)
    rng = np.random.default_rng(0)
    told = np.eye(detector.topics, dtype=np.float32)[rng.integers(0, detector.topics, 200_000)]
    print(f"\nState of a person with {detector.topics} topics: {detector.size * 4:,} bytes")
    for before in (20, 20_000):
        state = detector.empty(1)
        replay(detector, state, np.zeros(before, np.int64), told[:before], np.ones(before, bool))
        start = time.process_time()
        for event in range(3_000):
            state, _ = detector.update(state, told[event : event + 1], np.array([True]))
        print(f"one event of one person after {before:,}: {(time.process_time() - start) / 3_000 * 1e6:.0f} CPU microseconds")
    user = rng.integers(0, 2_000, len(told))
    start = time.process_time()
    replay(detector, detector.empty(2_000), user, told, np.ones(len(told), bool))
    each = (time.process_time() - start) / len(told) * 1e6
    print(f"replay of {len(told):,} events of 2,000 people: {each:.1f} CPU microseconds an event")


def made(rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    moves = {f"{a} to {b}": coins(rng, 500, 120, a, b) for a, b in ((0.2, 0.8), (0.2, 0.5), (0.05, 0.3), (0.5, 0.2))}
    parts = [coins(rng, 40, 1_200, rate) for rate in (0.05, 0.2, 0.5)]
    still = Streams._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    population = Population(shares=(0.25, 0.75))
    systems = {"penchant": Rival(ours(population, Settings()), tuple(np.linspace(4.5, 9, 10).tolist()))}
    systems |= rivals(np.array(population.shares))
    curves = {name: curve(system, still, moves, 60) for name, system in systems.items()}
    for target in TARGETS[:2]:
        title = "Made streams: 120 coins whose rate moves after 60; 1,200 of rate 0.05, 0.2 or 0.5 where it does not"
        table(title, curves, list(moves), target)
    return curves


def lived(name: str, log: Histories, rng: np.random.Generator) -> dict[str, Any]:
    told, streams, least = drawn(log, rng)
    learned = learn(told, Settings(), rng)
    threshold = learned.threshold or Settings().bound
    print(f"\n{name}: visits repeat with loose {learned.loose}, fade {learned.fade}; threshold {threshold:.1f}")
    print(f"Spliced: {len(streams['spliced'].length)} pairs of people whose mixes are {least:.2f} apart or more")
    shipped = ours(learned, Settings())
    for which in ("shuffled", "as lived"):
        rate = alarm_rate(shipped(streams[which], threshold), streams[which])
        print(f"Alarms per 1,000 events as shipped, budget {Settings().budget}, people not learned from, {which}: {rate:.2f}")
    still, moved = streams["shuffled"], {"spliced": streams["spliced"]}
    high = tuple(np.linspace(5, 17, 13).tolist())
    systems = {"penchant": Rival(shipped, high)}
    systems["penchant, visits ignored"] = Rival(
        ours(msgspec.structs.replace(learned, loose=np.inf), Settings()), (*high, 21.0, 26.0, 32.0)
    )
    systems["penchant, single topics only"] = Rival(ours(learned, Settings(single=1.0)), high)
    systems["penchant, whole mix only"] = Rival(ours(learned, Settings(single=0.0)), high)
    systems |= rivals(np.array(learned.shares))
    curves = {system: curve(rival, still, moved, HORIZON) for system, rival in systems.items()}
    for target in TARGETS:
        table(f"{name}, one person's events spliced to another's", curves, ["spliced"], target)
    return {"curves": curves, "loose": learned.loose, "fade": learned.fade, "threshold": learned.threshold, "apart": least}


def draw(results: dict[str, Any]) -> None:
    """Found against false alarms, where matplotlib is installed."""
    try:
        plot = importlib.import_module("matplotlib.pyplot")
    except ImportError:
        return
    figure, axes = plot.subplots(1, len(results), figsize=(6 * len(results), 5))
    for axis, (name, curves) in zip(np.atleast_1d(axes), results.items(), strict=True):
        for system, points in curves.items():
            move = next(iter(set(points[0]) - {"threshold", "rate"})) if points else ""
            axis.plot([point["rate"] for point in points], [point[move]["found"] for point in points], label=system)
        axis.set(title=name, xlabel="false alarms per 1,000 events", ylabel="shifts found", xlim=(0, 5))
    axes[-1].legend(fontsize=6)
    figure.savefig(RESULTS / "shifts.png", dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=["made", "ml-1m", "online-retail", "rest"], help="one part")
    asked = parser.parse_args()
    results: dict[str, Any] = {}
    if asked.only in (None, "rest"):
        cost(Population(shares=(0.05,) * 20, loose=10.0))
        long_run(np.random.default_rng(0))
        honesty(np.random.default_rng(0))
    if asked.only in (None, "made"):
        results["made"] = {"curves": made(np.random.default_rng(0))}
    for name in ("ml-1m", "online-retail"):
        if asked.only in (None, name):
            rng = np.random.default_rng(0)
            results[name] = lived(name, real(data(name, asked.shop), rng), rng)
    if results:
        path = RESULTS / "shifts.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(kept | json.loads(msgspec.json.encode(results)), indent=1))
        draw({name: part["curves"] for name, part in results.items()})


if __name__ == "__main__":
    main()
