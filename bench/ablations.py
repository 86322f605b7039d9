"""What each part of the model is worth: `python bench/ablations.py [--shop FOLDER] [--only NAME]`; tables of docs/benchmarks.md.

The evolution model without its text, its time, its gate; the same histories shuffled; ties broken otherwise; items that few or
none had before the test; and the blend without each kind of source. Everything is fitted before the test and judged on it. Each
result is kept in bench/results/ as it comes, so that a run that was broken off goes on.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from accuracy import RESULTS, RUNS, data
from marked import put
from penchant.catalog import Catalog
from penchant.config import Config, Training
from penchant.evaluate.intervals import mean_interval
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.splits import Requests, Split
from penchant.evaluate.trials import Asked, Scorer, Trial, ask, ranked, trials
from penchant.interest.sources import Adapted, Content, Evolving, ItemToItem, Popularity, Source, cell_of
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import F32, F64, Events, Interests

HERE = Path(__file__).parent
PAGE, OPEN, CLOSE = HERE.parent / "docs" / "benchmarks.md", "<!-- ablations -->", "<!-- /ablations -->"
DATA = ("ml-1m, global time", "online-retail, global time")
TAIL = 20  # people who had an item before the test: fewer make it one of the tail
LIMIT = 3000  # requests for cold and tail items

VARIANTS: dict[str, tuple[dict[str, bool], dict[str, float]]] = {
    "as shipped": ({}, {}),
    "without text": ({"text": False}, {}),
    "without time": ({"time": False}, {}),
    "without gate": ({"gate": False}, {}),
    "ids left out of a tenth of the items in each step": ({}, {"id_dropout": 0.1}),
}
KINDS: dict[str, Callable[[Source], bool]] = {
    "evolution": lambda source: isinstance(source, Evolving),
    "item to item (Markov, SLIT, EASE, neighbours)": lambda source: (
        isinstance(source, ItemToItem) and source.name != "next-visit"
    ),
    "next visit": lambda source: source.name == "next-visit",
    "user neighbours": lambda source: source.name == "user-neighbours",
    "popularity": lambda source: isinstance(source, Popularity),
    "text": lambda source: isinstance(source, Adapted | Content),
    "own history": lambda source: source.name.startswith("again"),
}


def gains(score: Scorer, asked: Asked, seed: int = 0) -> F64:
    return ndcg(ranked(score, asked, 10, np.random.default_rng(seed)), asked.targets, 10)


def rare(split: Split, judging: Trial, catalog: Catalog, config: Config) -> tuple[Asked, F64]:
    """What was consumed in the test of items that fewer than `TAIL` had before, and how many had each."""
    events = split.events
    first = np.searchsorted(events.user, events.user)
    known = events.take(split.known)
    pairs = np.unique(np.stack([known.user, known.item])[:, known.item >= 0], axis=1)
    people = np.bincount(pairs[1], minlength=len(catalog))
    row = np.arange(len(events.user))
    before = np.searchsorted(_clock(events), _clock(events)) - first
    wanted = ~split.known & (events.item >= 0) & (events.weight > 0) & (before > 0) & (people[events.item] < TAIL)
    if not split.repeat:
        new = np.zeros(len(row), bool)
        new[np.unique(events.user * len(catalog) + events.item, return_index=True)[1]] = True
        wanted &= new
    rows = np.sort(np.random.default_rng(0).permutation(row[wanted])[:LIMIT])
    requests = Requests(events.user[rows], events.time[rows], before[rows], list(events.item[rows][:, None]))
    return ask(split, requests, catalog, config.fold), people[events.item[rows]].astype(np.float64)


def _clock(events: Events) -> F64:
    """Numbers that sort by user, then time."""
    span = float(events.time.max() - events.time.min()) + 1
    return np.asarray(events.user * span + (events.time - events.time.min()), np.float64)


def shuffled(asked: Asked, rng: np.random.Generator) -> Asked:
    """The same requests whose histories have their items in random order, at the same times."""
    events = asked.events
    first, mixed = np.searchsorted(events.user, asked.user), np.arange(len(events.user))
    for start, prefix in zip(first.tolist(), asked.prefix.tolist(), strict=True):
        mixed[start : start + prefix] = start + rng.permutation(prefix)
    told = events._replace(item=events.item[mixed], weight=events.weight[mixed], action=events.action[mixed])
    return asked._replace(events=told)


def tied(asked: Asked, rng: np.random.Generator) -> Asked:
    """The same requests whose histories have the events of one instant in another order."""
    events = asked.events
    first, known = np.searchsorted(events.user, asked.user), np.zeros(len(events.user), bool)
    for start, prefix in zip(first.tolist(), asked.prefix.tolist(), strict=True):
        known[start : start + prefix] = True
    return asked._replace(events=events.take(np.lexsort((rng.random(len(known)), ~known, events.time, events.user))))


def variants(name: str, training: Training, shop: Path | None) -> dict[str, dict[str, list[float]]]:
    """NDCG@10 of each variant: of all requests, of rare items by how rare, and of shuffled histories."""
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    _, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    few, people = rare(split, judging, told.catalog, told.config) if "global" in name else (None, np.zeros(0))
    found: dict[str, dict[str, list[float]]] = {}
    for label, (parts, settings) in VARIANTS.items():
        path = RESULTS / f"ablation-{name.replace(', ', '-').replace(' ', '-')}-{label.replace(' ', '-')}.json"
        if not path.is_file():
            source = Evolving(msgspec.structs.replace(training, **settings), repeat=split.repeat, parts=parts)
            source.fit(judging.events, told.catalog)

            def score(interests: Interests, source: Evolving = source) -> F32:
                return source.score(interests, told.catalog)

            asked = judging.asked.read(told.catalog, told.config.fold, source.cell)
            reached = {"all": gains(score, asked).tolist()}
            for what, changed in (("ties otherwise", tied), ("history shuffled", shuffled)):
                other = changed(judging.asked, np.random.default_rng(0)).read(told.catalog, told.config.fold, source.cell)
                reached[what] = gains(score, other).tolist()
            if few is not None:
                each = gains(score, few.read(told.catalog, told.config.fold, source.cell))
                reached["items nobody had"] = each[people == 0].tolist()
                reached[f"items 1 to {TAIL - 1} people had"] = each[people > 0].tolist()
            path.write_text(json.dumps({key: [round(value, 5) for value in values] for key, values in reached.items()}), "utf-8")
        found[label] = json.loads(path.read_text(encoding="utf-8"))
        print(
            name,
            label,
            {key: round(float(np.mean(values)), 4) if values else None for key, values in found[label].items()},
            flush=True,
        )
    return found


def blends(name: str, training: Training, shop: Path | None) -> dict[str, list[float]]:
    """NDCG@10 of the blend tuned on validation, and of the same without each kind of source."""
    path = RESULTS / f"ablation-{name.replace(', ', '-').replace(' ', '-')}-blend.json"
    if path.is_file():
        kept: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat, training=training)
    for source in sources:
        source.fit(tuning.events, told.catalog)
    asked = tuning.asked.read(told.catalog, told.config.fold, cell_of(sources))
    left: dict[str, list[Source]] = {"all sources": sources}
    left |= {f"without {kind}": [s for s in sources if not is_(s)] for kind, is_ in KINDS.items() if any(map(is_, sources))}
    learned = {}
    for label, some in left.items():
        learned[label] = Blend(some)
        learned[label].fit(asked.interests, asked.targets, asked.hidden, told.catalog, rng=np.random.default_rng(0))
    for source in sources:
        source.fit(judging.events, told.catalog)
    asked = judging.asked.read(told.catalog, told.config.fold, cell_of(sources))
    found = {}
    for label, blend in learned.items():

        def score(interests: Interests, blend: Blend = blend) -> F32:
            return blend.score(interests, told.catalog).scores

        found[label] = [round(value, 5) for value in gains(score, asked).tolist()]
        print(name, label, round(float(np.mean(found[label])), 4), flush=True)
    path.write_text(json.dumps(found), "utf-8")
    return found


def cell(values: list[float], against: list[float] | None) -> str:
    """A mean, and the 95% interval of its difference from another's on the same requests."""
    if not values:
        return ""
    if against is None or against is values:
        return f"{np.mean(values):.4f}"
    apart = mean_interval(np.array(values) - np.array(against), np.random.default_rng(0))
    return f"{np.mean(values):.4f} ({apart.low:+.4f} to {apart.high:+.4f})"


def page(found: dict[str, dict[str, dict[str, list[float]]]], mixed: dict[str, dict[str, list[float]]]) -> str:
    """The tables."""
    lines = []
    for name, rows in found.items():
        columns = list(rows["as shipped"])
        counts = {key: len(values) for key, values in rows["as shipped"].items()}
        lines += [
            f"### The evolution model alone, {name}",
            "",
            "| NDCG@10 | " + " | ".join(f"{c} ({counts[c]:,})" for c in columns) + " |",
        ]
        lines += ["| --- |" + " --- |" * len(columns)]
        for label, row in rows.items():
            lines.append(f"| {label} | " + " | ".join(cell(row[c], rows["as shipped"][c]) for c in columns) + " |")
        lines.append("")
    for name, row in mixed.items():
        lines += [f"### The blend without a kind of source, {name}", "", "| | NDCG@10 (difference, 95%) |", "| --- | --- |"]
        lines += [f"| {label} | {cell(values, row['all sources'])} |" for label, values in row.items()] + [""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=DATA, help="one data set")
    parser.add_argument("--epochs", type=int, default=8, help="of training, for every variant alike")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    training = Training(dim=64, heads=4, rate=3e-3, epochs=arguments.epochs, minutes=None)
    RESULTS.mkdir(exist_ok=True)
    names = [arguments.only] if arguments.only else list(DATA)
    found = {name: variants(name, training, arguments.shop) for name in names}
    mixed = {name: blends(name, training, arguments.shop) for name in names}
    print(page(found, mixed))
    if arguments.only is None:
        put(PAGE, OPEN, CLOSE, page(found, mixed))


if __name__ == "__main__":
    main()
