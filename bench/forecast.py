"""Forecasts of interest side by side: `python bench/forecast.py [--shop FOLDER] [--only NAME]`.

The tables go to docs/benchmarks.md, between its marks. Every data set is written to bench/results/ as it finishes; what is there
is not run again. `--shop` is as in bench/accuracy.py.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np

from accuracy import RESULTS, data, put
from penchant.config import Training
from penchant.evaluate.forecast import SPANS, Outlook, Score, forecast
from penchant.evaluate.intervals import Interval
from penchant.interest.sources import Evolving, Source
from penchant.interest.sources.sequence import Windowed
from penchant.types import DAY

RUNS = ("online-retail", "ml-1m")
TRIALS = ("ml-100k",)  # too small for the page
OPEN, CLOSE = "<!-- forecast -->", "<!-- /forecast -->"
TRAINING = Training(epochs=6, minutes=None)
# All six epochs: NDCG, which stops the others, says little of a vector. More are no help: alone, a month on, the networks come to
# cosines of .277 (GRU) and .290 (LSTM) on ml-100k's tuning period after 6 epochs, of .277 and .281 after 24.
SQUARED = msgspec.structs.replace(TRAINING, loss="mse", patience=TRAINING.epochs)


class Result(msgspec.Struct):
    dataset: str
    training: dict[str, Training]  # by source
    outlooks: list[Outlook]


def run(name: str, shop: Path | None) -> Result:
    path = RESULTS / f"forecast-{name}.json"
    if path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Result)
    told = data(name, shop)

    def report(stage: str, share: float) -> None:
        print(f"\r{name}, {time.process_time():,.0f} CPU s: {stage:<50}", end="", flush=True)

    sources: list[Source] = [
        Windowed("gru-mse", "gru", SQUARED, repeat=told.repeat, report=report),
        Windowed("lstm-mse", "lstm", SQUARED, repeat=told.repeat, report=report),
        Evolving(TRAINING, repeat=told.repeat, report=report),
    ]
    outlooks = forecast(told.events, told.catalog, sources, np.random.default_rng(0))
    print()
    result = Result(name, {"gru-mse": SQUARED, "lstm-mse": SQUARED, "evolution": TRAINING}, outlooks)
    RESULTS.mkdir(exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    partial.replace(path)
    return result


def table(result: Result) -> str:
    """Cosines by span, and the gain over the best system without the evolution model."""
    spans = result.outlooks
    names = sorted({score.name for span in spans for score in span.scores}, key=lambda name: -_mean(spans, name))
    lines = [
        f"### {result.dataset}",
        "",
        "| forecast | " + " | ".join(f"{_ahead(span)} | gain" for span in spans) + " |",
        "| --- |" + " --- | --- |" * len(spans),
    ]
    for name in names:
        found = [_of(span, name) for span in spans]
        label = f"**{name}**" if name.startswith("evolution") else name
        cells = (f"{score.cosine.mean:.3f} | {_gain(score.gain)}" for score in found)
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    asked = "; ".join(
        f"{span.span}: {span.people:,} people, {_days(span.covered)} (settings by {span.tuning:,} people, {_days(span.tuned)})"
        for span in spans
    )
    picks = []
    for span in spans:
        best = {
            ours: next(score for score in span.scores if score.name.startswith("evolution") == ours) for ours in (True, False)
        }
        picks.append(f"{span.span}: " + ", ".join(f"{best[ours].name} ({_picked(best[ours])})" for ours in (True, False)))
    return "\n".join([*lines, "", f"{asked}.", "", "Picked for the best of both sides: " + "; ".join(picks) + "."])


def _mean(spans: list[Outlook], name: str) -> float:
    return float(np.mean([_of(span, name).cosine.mean for span in spans]))


def _of(span: Outlook, name: str) -> Score:
    return next(score for score in span.scores if score.name == name)


def _gain(gain: Interval | None) -> str:
    return "rival" if gain is None else f"{gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"


def _ahead(span: Outlook) -> str:
    """The span, and what is left of it where the log ends."""
    return span.span if span.covered >= SPANS[span.span] else f"{span.span}, of which {_days(span.covered)}"


def _days(seconds: float) -> str:
    return f"{seconds / DAY:.0f} d"


def _picked(score: Score) -> str:
    recipe = score.recipe
    parts = [recipe.setting] if recipe.setting else []
    parts += [f"{recipe.share:g} smoothing {recipe.smoothing}"] if recipe.share else []
    if recipe.everybody:
        parts.append(f"{recipe.shrink:g} everybody {recipe.everybody}, who counts for {recipe.prior:g} events")
    return ", ".join(parts) or "as it is"


def section(done: list[Result]) -> str:
    head = (
        "## Forecasts\n\n"
        "Cosine of the foreseen interest vector with what people then consumed, mean over people; beside it the gain over the\n"
        "best system without the evolution model (`rival`): paired, with its 95% bootstrap interval over people. Protocol and\n"
        f"forecasters: [evaluation.md](evaluation.md#forecasts). Default sizes, one seed, up to {TRAINING.epochs} epochs of\n"
        "training for each network. `python bench/forecast.py --shop FOLDER`."
    )
    return "\n\n".join([head, *(table(result) for result in done)])


def write(done: list[Result]) -> None:
    put(section(done), OPEN, CLOSE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=[*RUNS, *TRIALS], help="one data set")
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else RUNS:
        print(table(run(name, arguments.shop)))
    done = [run(name, arguments.shop) for name in RUNS if (RESULTS / f"forecast-{name}.json").is_file()]
    if done:
        write(done)


if __name__ == "__main__":
    main()
