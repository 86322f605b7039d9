"""Accuracy side by side, and the tables of docs/benchmarks.md: `python bench/accuracy.py [--shop FOLDER] [--only NAME]`.

Every (data, protocol, seed) is written to bench/results/ as it finishes; what is there is not run again, so that a run that was
broken off goes on where it stopped. `--shop` is a folder with Online Retail II (docs/data.md); without it that data set must
have been imported before. Systems that ran elsewhere (bench/peers.py) take part where their lists are in bench/results/peers/; to
have them in a comparison that is there already, remove its file.
"""

import argparse
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from penchant.assets import load
from penchant.config import Config, Training
from penchant.evaluate import splits
from penchant.evaluate.harness import Outside, compare
from penchant.evaluate.report import Report, from_json, to_json, to_terminal
from penchant.evaluate.splits import Split
from penchant.evaluate.systems import TRAINED, chosen
from penchant.evaluate.world import World, world
from penchant.interest.sources import EVOLUTION
from penchant.types import I64, Events

HERE = Path(__file__).parent
README, OPEN, CLOSE = HERE.parent / "README.md", "<!-- comparison -->", "<!-- /comparison -->"
RESULTS, PAGE = HERE / "results", HERE.parent / "docs" / "benchmarks.md"
PEERS, LISTS = RESULTS / "peers", RESULTS / "lists"

MINUTES = {"ml-1m": 5.0, "online-retail": 3.0, "ml-100k": 1.0}  # of processor time for training each network, ours and all others
SMALL = ("ml-100k",)  # where every network is trained; on the others those that were best there

Cut = Callable[[Events, np.random.Generator], Split]
RUNS: dict[str, tuple[str, int, Cut]] = {
    "ml-100k, leave-one-out": ("ml-100k", 3, lambda events, rng: splits.leave_one_out(events, repeat=False, rng=rng)),
    "ml-1m, leave-one-out": ("ml-1m", 3, lambda events, rng: splits.leave_one_out(events, repeat=False, rng=rng)),
    "ml-1m, global time": ("ml-1m", 3, lambda events, rng: splits.global_time(events, repeat=False, rng=rng)),
    "online-retail, global time": ("online-retail", 3, lambda events, rng: splits.global_time(events, repeat=True, rng=rng)),
    "online-retail, global time, new items only": (
        "online-retail",
        3,
        lambda events, rng: splits.global_time(events, repeat=False, rng=rng),
    ),
}


def data(name: str, shop: Path | None) -> World:
    found = load(name, source=shop if name == "online-retail" else None, progress=True)
    return world(name, found.items, found.events, Config(training=Training(minutes=MINUTES[name])))


def stem(name: str) -> str:
    """A comparison as its files are named."""
    return name.replace(", ", "-").replace(" ", "-")


def fingerprint(split: Split) -> str:
    """Equal for splits that ask the same requests about the same log."""
    columns = [*split.events[:2], split.train, split.known]
    columns += [column for asked in (split.validation, split.test) for column in (asked.user, asked.prefix, *asked.targets)]
    return hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()


def outside(name: str, seed: int, split: Split) -> dict[str, Outside]:
    """What bench/peers.py has for this comparison, checked to be about this very split."""
    found = {}
    for path in sorted(PEERS.glob(f"{stem(name)}-{seed}-*.npz")):
        lists, about = _kept(path)
        if about["split"] != fingerprint(split):
            raise SystemExit(f"{path} answers the requests of another split; remove it and run bench/peers.py again")
        note = f"{about['setting']}, {about['epochs']} epochs, {about['peak_memory'] / 2**20:.0f} MiB"
        found[path.stem.removeprefix(f"{stem(name)}-{seed}-")] = Outside(lists, about["seconds"], note)
    return found


def answered(name: str, seed: int, split: Split) -> dict[str, Outside]:
    """The systems that answered this very split in a run that was broken off."""
    found = {}
    for path in sorted(LISTS.glob(f"{stem(name)}-{seed}-*.npz")):
        lists, about = _kept(path)
        if about["split"] == fingerprint(split):
            found[about["system"]] = Outside(lists, about["seconds"], about["note"])
    return found


def _kept(path: Path) -> tuple[I64, dict[str, Any]]:
    with np.load(path) as kept:
        return kept["lists"].astype(np.int64), json.loads(str(kept["about"]))


def systems(dataset: str, without: Sequence[str]) -> list[str]:
    """Which are compared on a data set, ours before the rivals that take long."""
    left = () if dataset in SMALL else ("lstm", "gru-mse", "lstm-mse", "sasrec-sampled", "nmf")
    known = [name for name in chosen(None) if name not in {*left, *without}]
    slow = [name for name in reversed(TRAINED) if name in known and name != EVOLUTION]
    return [name for name in known if name not in slow] + slow


def run(name: str, shop: Path | None, seeds: int, without: Sequence[str]) -> None:
    """The reports of the first `seeds` seeds, as far as they are not there yet."""
    dataset, _, cut = RUNS[name]
    for seed in range(seeds):
        path = RESULTS / f"{stem(name)}-{seed}.json"
        if not path.is_file():
            told = data(dataset, shop)
            split = cut(told.events, np.random.default_rng(seed))
            before = answered(name, seed, split)

            def keep(system: str, found: Outside, seed: int = seed, split: Split = split) -> None:
                LISTS.mkdir(exist_ok=True)
                about = {"system": system, "split": fingerprint(split), "seconds": found.seconds, "note": found.note}
                path = LISTS / f"{stem(name)}-{seed}-{system}.npz"
                lists = found.lists.astype(np.int32)
                np.savez_compressed(path, allow_pickle=False, lists=lists, about=np.array(json.dumps(about)))

            report = compare(
                split,
                told.catalog,
                told.config,
                title=f"{name}, seed {seed}",
                protocol=name.partition(", ")[2],
                dataset=dataset,
                systems=[system for system in systems(dataset, without) if system not in before],
                others=before | outside(name, seed, split),
                keep=keep,
                seed=seed,
                progress=lambda stage, share: print(f"\r{name}: {stage:<30}", end="", flush=True),
            )
            path.write_bytes(to_json(report))
            print()
            Console().print(to_terminal(report))


def finished(name: str) -> list[Report]:
    """What is there of a comparison, by seed."""
    paths = [RESULTS / f"{stem(name)}-{seed}.json" for seed in range(RUNS[name][1])]
    return [from_json(path.read_bytes()) for path in paths if path.is_file()]


def table(name: str, reports: list[Report]) -> str:
    """One table of the page: means over seeds; intervals are of the first seed, over users."""
    first = reports[0]
    metric, k = first.headline, first.settings["k"]
    lines = [
        f"## {name}",
        "",
        f"{first.requests:,} requests, {len(reports)} seed{'s' if len(reports) > 1 else ''}, full ranking. "
        "Intervals: 95%, paired bootstrap over users, first seed. `x rival` is the ratio to the best other system.",
        "",
        f"| system | NDCG@{k} | interval | by seed | x rival | interval | HR@{k} | coverage | diversity | CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    mean = {s.name: _mean(reports, s.name) for s in first.systems}
    for system in sorted(first.systems, key=lambda system: -mean[system.name]):
        value, ratio = system.metrics[metric], system.ratio
        seeds = " ".join(f"{reached:.4f}" for reached in _of(reports, system.name))
        against = f"{ratio.mean:.2f} | {ratio.low:.2f} to {ratio.high:.2f}" if ratio else " | "
        name_ = f"**{system.name}**" if system.name == "penchant" else system.name
        lines.append(
            f"| {name_} | {mean[system.name]:.4f} | {value.low:.4f} to {value.high:.4f} | {seeds} | {against} "
            f"| {system.metrics[f'hit_rate@{k}'].mean:.4f} | {system.measures[f'coverage@{k}']:.3f} "
            f"| {system.measures[f'diversity@{k}']:.3f} | {system.seconds:.1f} |"
        )
    if first.slices:
        lines += ["", f"NDCG@{k} by the time since the person's last event:", "", "| system | " + " | ".join(first.slices) + " |"]
        lines.append("| --- |" + " --- |" * len(first.slices))
        for system in sorted(first.systems, key=lambda system: -mean[system.name]):
            cells = " | ".join(f"{system.slices[label][metric].mean:.4f}" for label in first.slices)
            lines.append(f"| {system.name} | {cells} |")
        lines += ["", "Requests: " + ", ".join(f"{count:,} {label}" for label, count in first.slices.items()) + "."]
    picked = {name.removeprefix("picked: "): value for name, value in first.settings.items() if name.startswith("picked: ")}
    lines += [
        "",
        "Picked on validation: " + "; ".join(f"{name} {value}" for name, value in picked.items() if name != value) + ".",
    ]
    return "\n".join(lines)


def summary(done: dict[str, list[Report]]) -> str:
    """The README's table: NDCG@10 of every system on every split, means over seeds; the best rival's ratio below."""
    names = {system.name: 0.0 for reports in done.values() for system in reports[0].systems}
    means = {name: {run: _mean(reports, name) for run, reports in done.items() if _of(reports, name)} for name in names}
    for name in names:
        names[name] = float(np.mean(list(means[name].values())))
    lines = ["| system | " + " | ".join(done) + " |", "| --- |" + " --- |" * len(done)]
    for name in sorted(names, key=lambda name: -names[name]):
        label = f"**{name}**" if name.startswith("penchant") else name
        cells = [f"{means[name][run]:.4f}" if run in means[name] else "" for run in done]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    ratios = [next(system.ratio for system in reports[0].systems if system.name == "penchant") for reports in done.values()]
    cells = [f"{ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio else "" for ratio in ratios]
    return "\n".join([*lines, "| `penchant` / best rival | " + " | ".join(cells) + " |"])


def _mean(reports: list[Report], name: str) -> float:
    return float(np.mean(_of(reports, name)))


def _of(reports: list[Report], name: str) -> list[float]:
    """What a system reached in each report it is part of; those that ran elsewhere need not be part of all."""
    return [s.metrics[report.headline].mean for report in reports for s in report.systems if s.name == name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=list(RUNS), help="one comparison")
    parser.add_argument("--without", nargs="+", default=[], metavar="SYSTEM", help="systems to leave out")
    parser.add_argument("--seeds", type=int, default=3, help="how many, of the data's order among equal times and of training")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    for name in [arguments.only] if arguments.only else RUNS:
        run(name, arguments.shop, min(arguments.seeds, RUNS[name][1]), arguments.without)
    done = {name: reports for name in RUNS if (reports := finished(name))}
    head = PAGE.read_text(encoding="utf-8").partition("<!-- tables -->")[0] if PAGE.is_file() else "# Benchmarks\n\n"
    PAGE.write_text(
        head + "<!-- tables -->\n\n" + "\n\n".join(table(name, reports) for name, reports in done.items()) + "\n", "utf-8"
    )
    readme = README.read_text(encoding="utf-8")
    before, after = readme.partition(OPEN)[0], readme.partition(CLOSE)[2]
    README.write_text(f"{before}{OPEN}\n\n{summary(done)}\n\n{CLOSE}{after}", encoding="utf-8")
    print(f"wrote {PAGE} and the table of {README}")


if __name__ == "__main__":
    main()
