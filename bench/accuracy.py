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

import msgspec
import numpy as np
from rich.console import Console

from penchant.assets import load
from penchant.config import Config, Training
from penchant.evaluate import splits
from penchant.evaluate.harness import Outside, compare
from penchant.evaluate.intervals import Interval
from penchant.evaluate.report import Report, from_json, to_json, to_terminal
from penchant.evaluate.splits import Split
from penchant.evaluate.systems import TRAINED, chosen
from penchant.evaluate.world import World, world
from penchant.interest.sources import EVOLUTION
from penchant.types import I64, Events
from pooled import Pooled, pooled

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


def pool(name: str, shop: Path | None, reports: list[Report]) -> Pooled | None:
    """All seeds together; what is kept of it where the lists are not here."""
    path = RESULTS / f"pooled-{stem(name)}.json"
    dataset, _, cut = RUNS[name]
    if all(any(LISTS.glob(f"{stem(name)}-{seed}-*.npz")) for seed in range(len(reports))):
        events = data(dataset, shop).events
        told, lists = [], []
        for seed in range(len(reports)):
            split = cut(events, np.random.default_rng(seed))
            told.append({"next": split})
            if "global time" in name:
                told[-1]["all"] = splits.global_time(events, repeat=split.repeat, mode="all", rng=np.random.default_rng(seed))
            found = answered(name, seed, split) | outside(name, seed, split)
            lists.append({system.name: found[system.name] for system in reports[seed].systems})
        path.write_bytes(msgspec.json.format(msgspec.json.encode(pooled(told, lists))))
    return msgspec.json.decode(path.read_bytes(), type=Pooled) if path.is_file() else None


def finished(name: str) -> list[Report]:
    """What is there of a comparison, by seed."""
    paths = [RESULTS / f"{stem(name)}-{seed}.json" for seed in range(RUNS[name][1])]
    return [from_json(path.read_bytes()) for path in paths if path.is_file()]


def table(name: str, reports: list[Report], together: Pooled) -> str:
    """One table of the page."""
    first = reports[0]
    metric, k = first.headline, first.settings["k"]
    seeds = len(reports)
    later = together.standings.get("all", {})
    more = f" all in the period | x {together.rival['all']} | interval |" if later else ""
    lines = [
        f"## {name}",
        "",
        f"{first.requests:,} requests{f', {seeds} seeds' if seeds > 1 else ', 1 seed'}.",
        "",
        f"| system | NDCG@{k} | interval | by seed | x {together.rival['next']} | interval |{more} HR@{k} | coverage | diversity "
        "| CPU s |",
        "| --- |" + " --- |" * (9 + 3 * bool(later)),
    ]
    standings = together.standings["next"]
    order = sorted(first.systems, key=lambda system: -standings[system.name].mean.mean)
    for system in order:
        standing = standings[system.name]
        ratio = standing.ratio
        cells = [
            f"**{system.name}**" if system.name == "penchant" else system.name,
            f"{standing.mean.mean:.4f}",
            _from_to(standing.mean, 4),
            " ".join(f"{value:.4f}" for value in standing.by_seed) if seeds > 1 else "",
            f"{ratio.mean:.2f}",
            _from_to(ratio, 2) if system.name != together.rival["next"] else "",
        ]
        if later:
            all_of = later[system.name]
            cells += [f"{all_of.mean.mean:.4f}", f"{all_of.ratio.mean:.2f}", _from_to(all_of.ratio, 2)]
            if system.name == together.rival["all"]:
                cells[-1] = ""
        cells += [
            f"{system.metrics[f'hit_rate@{k}'].mean:.4f}",
            f"{system.measures[f'coverage@{k}']:.3f}",
            f"{system.measures[f'diversity@{k}']:.3f}",
            f"{system.seconds:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    if first.slices:
        lines += [
            "",
            f"NDCG@{k} by the time since the person's last event, first seed:",
            "",
            "| system | " + " | ".join(first.slices) + " |",
        ]
        lines.append("| --- |" + " --- |" * len(first.slices))
        for system in order:
            reached = [f"{system.slices[label][metric].mean:.4f}" for label in first.slices]
            lines.append(f"| {system.name} | " + " | ".join(reached) + " |")
        lines += ["", "Requests: " + ", ".join(f"{count:,} {label}" for label, count in first.slices.items()) + "."]
    picked = {name.removeprefix("picked: "): value for name, value in first.settings.items() if name.startswith("picked: ")}
    lines += [
        "",
        "Picked on validation: " + "; ".join(f"{name} {value}" for name, value in picked.items() if name != value) + ".",
    ]
    return "\n".join(lines)


def summary(done: dict[str, Pooled]) -> str:
    """The README's table: NDCG@10 of every system on every split, means over seeds; the ratios to the best rival below."""
    columns = {f"{run}{', all in the period' if question == 'all' else ''}": (together, question)
               for run, together in done.items() for question in together.standings}  # fmt: skip
    means: dict[str, dict[str, float]] = {}
    for column, (together, question) in columns.items():
        for name, standing in together.standings[question].items():
            means.setdefault(name, {})[column] = standing.mean.mean
    lines = ["| system | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for name in sorted(means, key=lambda name: -float(np.mean(list(means[name].values())))):
        label = f"**{name}**" if name.startswith("penchant") else name
        lines.append(f"| {label} | " + " | ".join(f"{means[name][c]:.4f}" if c in means[name] else "" for c in columns) + " |")
    ratios = [together.standings[question]["penchant"].ratio for together, question in columns.values()]
    cells = [f"{ratio.mean:.2f} ({_from_to(ratio, 2)})" for ratio in ratios]
    return "\n".join([*lines, "| `penchant` / best rival | " + " | ".join(cells) + " |"])


def _from_to(interval: Interval, places: int) -> str:
    return f"{interval.low:.{places}f} to {interval.high:.{places}f}"


def put(section: str, opens: str, closes: str) -> None:
    """A section into the page between two marks, or where they are missing at the end of the head, which `main` keeps."""
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(opens)
    after = rest.partition(closes)[2]
    if not found:
        before, tables, rest = before.partition("<!-- tables -->")
        after = f"\n\n{tables}{rest}"
    PAGE.write_text(f"{before}{opens}\n\n{section}\n\n{closes}{after}", encoding="utf-8")
    print(f"wrote {PAGE}")


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
    done = {}
    for name in RUNS:
        reports = finished(name)
        together = pool(name, arguments.shop, reports) if reports else None
        if together:
            done[name] = reports, together
    head = PAGE.read_text(encoding="utf-8").partition("<!-- tables -->")[0] if PAGE.is_file() else "# Benchmarks\n\n"
    PAGE.write_text(
        head + "<!-- tables -->\n\n" + "\n\n".join(table(name, *found) for name, found in done.items()) + "\n", "utf-8"
    )
    readme = README.read_text(encoding="utf-8")
    before, after = readme.partition(OPEN)[0], readme.partition(CLOSE)[2]
    README.write_text(
        f"{before}{OPEN}\n\n{summary({name: together for name, (_, together) in done.items()})}\n\n{CLOSE}{after}",
        encoding="utf-8",
    )
    print(f"wrote {PAGE} and the table of {README}")


if __name__ == "__main__":
    main()
