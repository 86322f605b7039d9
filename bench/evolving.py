"""Adapting to planted shifts, side by side: `python bench/evolving.py [--shop FOLDER] [--only NAME]`.

The tables go to docs/benchmarks.md, between its marks. Every data set is written to bench/results/ as it finishes; what is there
is not run again. `--shop` is as in bench/accuracy.py, `--trained` adds the evolution model to the blend.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np
from rich.console import Console

from accuracy import RESULTS, data, put
from penchant.config import Training
from penchant.evaluate.adapting import HEADLINE
from penchant.evaluate.evolution import Evolution, evolution, to_screen
from penchant.evaluate.intervals import Interval
from penchant.evaluate.planted import AFTER, BEFORE
from penchant.evaluate.report import System, ranked_systems

RUNS = ("online-retail", "ml-1m")
TRIALS = ("ml-100k",)  # too small for the page
OPEN, CLOSE = "<!-- evolving -->", "<!-- /evolving -->"
SPANS = ((0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60))  # events after the shift


def run(name: str, shop: Path | None, seed: int, *, trained: bool) -> Evolution:
    path = RESULTS / f"evolving-{name}{'-trained' if trained else ''}-{seed}.json"
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Evolution)
    told = data(name, shop)
    config = told.config if trained else msgspec.structs.replace(told.config, training=Training(epochs=0))

    def report(stage: str, share: float) -> None:
        print(f"\r{name}, {time.process_time():,.0f} CPU s: {stage:<50}", end="", flush=True)

    found = evolution(told.events, told.catalog, config, dataset=name, repeat=told.repeat, seed=seed, progress=report)
    print()
    RESULTS.mkdir(exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    partial.replace(path)
    return found


def table(found: Evolution) -> str:
    """Every system after a move, and what else is asked of it."""
    report = found.report
    people, model = report.settings["people"], "evolution" in {system.name for system in report.systems}
    return "\n\n".join(
        [
            f"### {report.dataset}",
            f"{people} people, {report.settings['requests']:,} requests, seed {report.settings['seed']}, "
            f"{'with' if model else 'without'} the evolution model.",
            _after_a_move(found),
            _else(found),
            _detected(found),
        ]
    )


def _after_a_move(found: Evolution) -> str:
    spans = " | ".join(f"{a + 1} to {b}" for a, b in SPANS)
    lines = [
        f"| recall@10, events after a move | all {AFTER} | interval | x penchant | before | {spans} "
        "| lag, interval | with their own past |",
        "| --- |" + " --- |" * (len(SPANS) + 6),
    ]
    for system in ranked_systems(found.report):
        curve = np.array(found.curves[system.name]["move"])
        whole = system.metrics[HEADLINE]
        times, before = system.metrics["times penchant"], system.metrics["before it"].mean
        cells = [_named(system), f"{whole.mean:.3f}", _from_to(whole), _times(times), f"{before:.3f}"]
        cells += [f"{curve[BEFORE + a : BEFORE + b].mean():.3f}" for a, b in SPANS]
        cells += [_lag(system.metrics["lag after a move"]), f"{system.metrics['without it'].mean:.3f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


COLUMNS = (
    "after a swap",
    "after an excursion",
    "after an absence",
    "after neither",
    "stale",
    "over-reaction",
    "odd click",
    "usual click",
)


def _else(found: Evolution) -> str:
    lines = ["| system | " + " | ".join(COLUMNS) + " |", "| --- |" + " --- |" * len(COLUMNS)]
    for system in ranked_systems(found.report):
        cells = [_interval(system.metrics.get(name)) for name in COLUMNS]
        lines.append("| " + " | ".join([_named(system), *cells]) + " |")
    return "\n".join(lines)


def _detected(found: Evolution) -> str:
    lines = ["| the detector | visits | streams | found | median delay | false alarms per 1,000 |", "| --- |" + " --- |" * 5]
    for one in found.detections:
        share = "" if one.found is None else f"{one.found.mean:.0%} ({one.found.low:.0%} to {one.found.high:.0%})"
        delay = "" if one.found is None else "-" if one.delay is None else f"{one.delay:.0f}"
        false = f"{one.false_alarms.mean:.2f} ({one.false_alarms.low:.2f} to {one.false_alarms.high:.2f})"
        lines.append(f"| {one.kind} | {one.visits} | {one.streams} | {share} | {delay} | {false} |")
    return "\n".join(lines)


def _named(system: System) -> str:
    return f"**{system.name}**" if system.name == "penchant" else system.name


def _times(ratio: Interval) -> str:
    return f"{ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def _lag(lag: Interval) -> str:
    mean, low, high = (f"{value:.0f}" if value < AFTER else "never" for value in (lag.mean, lag.low, lag.high))
    return f"{mean} ({low} to {high})"


def _from_to(interval: Interval) -> str:
    return f"{interval.low:.3f} to {interval.high:.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} ({_from_to(interval)})"


def section(done: list[Evolution]) -> str:
    head = (
        "## Adapting to planted shifts\n\n"
        "What systems make of people whose past is suddenly that of somebody else, and of those who only stray or were away.\n"
        "Protocol and measures: [evaluation.md](evaluation.md#planted-shifts). Learned on other people before the .6 quantile\n"
        "of time, asked after it, at every event of the stream; 95% intervals by bootstrap over people. An `oracle` is told of\n"
        "the shift, and forgets what was before or plays it down; `alarms` does so when the detector speaks; both are the\n"
        "blend otherwise. The other rows are sources of the blend alone, not tuned for themselves.\n"
        "`python bench/evolving.py --shop FOLDER`."
    )
    return "\n\n".join([head, *(table(found) for found in done)])


def write(done: list[Evolution]) -> None:
    put(section(done), OPEN, CLOSE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=[*RUNS, *TRIALS], help="one data set")
    parser.add_argument("--trained", action="store_true", help="with the evolution model")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for name in [asked.only] if asked.only else RUNS:
        Console(width=170).print(to_screen(run(name, asked.shop, asked.seed, trained=asked.trained)))
    paths = [path for name in RUNS for path in sorted(RESULTS.glob(f"evolving-{name}-*.json"))]
    if paths:
        write([msgspec.json.decode(path.read_bytes(), type=Evolution) for path in paths])


if __name__ == "__main__":
    main()
