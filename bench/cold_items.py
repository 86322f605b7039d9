"""Items nobody had, and text adapted to behaviour: `python bench/cold_items.py [--shop FOLDER] [--only DATA]`.

Global time split as in bench/accuracy.py: everything is fitted before the test. *Held out*: a tenth of the items, drawn three
times, is taken out of the log but for the requests that ask for them: what it is to be new, with plenty to judge by. *First
seen*: items that nobody had before the test; few, and all there are. *Warm*: all other items. A request is somebody's first
taking of such an item in the test; ranked among such items alone (which new thing to show whom), and among everything. Intervals
are paired, over people.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from accuracy import RESULTS, RUNS, data, stem
from cold_rivals import RIVALS, lately
from penchant.encode.described import described
from penchant.evaluate.cold import Case, case
from penchant.evaluate.intervals import Interval, compare
from penchant.evaluate.splits import Split
from penchant.evaluate.trials import Asked, Scorer, ranked
from penchant.evaluate.world import World
from penchant.interest.adapting import taken
from penchant.interest.sources import Adapted, Content
from penchant.interest.sources.source import taste
from penchant.interest.transitions import histories
from penchant.types import F32, F64, I64, Bool, Interests

DATA = ("ml-1m, global time", "online-retail, global time")
KINDS = ("held out", "held out, among all", "first seen", "first seen, among all", "warm")
BASE = "content"  # what is shipped without adapting, at its best half-life
Found = dict[str, dict[str, list[int]]]  # by system and kind, the place of each item taken, 0 beyond the tenth; and who asked


def places(score: Scorer, asked: Asked) -> I64:
    """(R,) the place of each item taken, from 1 on; 0 beyond the tenth."""
    hits = ranked(score, asked, 10, np.random.default_rng(0)) == np.array([targets[0] for targets in asked.targets])[:, None]
    return np.where(hits.any(axis=1), hits.argmax(axis=1) + 1, 0)


def gains(place: Sequence[int] | I64) -> F64:
    """NDCG@10 where one item was taken."""
    told = np.asarray(place, np.float64)
    return np.where(told > 0, 1 / np.log2(1 + np.maximum(told, 1)), 0.0)


def best_half_life(told: World, split: Split, held: Bool) -> Content:
    """The text source as shipped whose half-life is best for validation requests of the kind."""
    lives = told.config.fold.half_lives
    asked = case(told, split, held, validating=True).among()
    sources = [Content(BASE, life, lives) for life in lives]
    return max(sources, key=lambda source: gains(places(lambda interests: source.score(interests, told.catalog), asked)).mean())


def scorers(told: World, one: Case, text: Content) -> dict[str, Scorer]:
    """Every system, fitted on what is known."""
    catalog, n = told.catalog, len(told.catalog)
    adapted = Adapted()
    adapted.fit(one.known, catalog)
    found: dict[str, Scorer] = {
        BASE: lambda interests: text.score(interests, catalog),
        "adapted": lambda interests: adapted.score(interests, catalog),
    }
    asked = taken(one.known, n, adapted.fade, np.random.default_rng(0))
    past, known = histories(one.known), ~one.cold & (np.bincount(histories(one.known).item, minlength=n) > 0)
    both = {"text": catalog.vectors, "text and names": described(catalog.items, catalog.vectors)}
    for what, vectors in both.items():
        for name, rival in RIVALS.items():
            if what == "text" or name in ("cosine", "canonical correlations", "EASE carried over by ridge"):
                matrix = rival(vectors, asked, known, past)

                def score(interests: Interests, matrix: F32 = matrix) -> F32:
                    return np.asarray(taste(interests, n, adapted.fade, lately) @ matrix, np.float32)

                found[f"{name}, {what}"] = score
    return found


def run(name: str, shop: Path | None, seeds: int) -> Found:
    """Every system asked for every kind of item."""
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    found: Found = {}
    none = np.zeros(len(told.catalog), bool)
    draws = [np.random.default_rng(100 + seed).random(len(told.catalog)) < 0.1 for seed in range(seeds)]
    for seed, held in enumerate([*draws, none]):
        one = case(told, split, held, seed=seed)
        kinds = {"first seen": one.among(), "first seen, among all": one.asked}
        if held.any():
            kinds = {"held out": one.among(), "held out, among all": one.asked}
        kinds["warm"] = case(told, split, held, warm=True, seed=seed).asked
        systems = scorers(told, one, best_half_life(told, split, held if held.any() else draws[0]))
        for kind, asked in kinds.items():
            people = asked.user + seed * int(split.events.user.max() + 1)
            found.setdefault("people", {}).setdefault(kind, []).extend(people.tolist())
            for label, score in systems.items():
                found.setdefault(label, {}).setdefault(kind, []).extend(places(score, asked).tolist())
        print(name, "drawn" if held.any() else "first seen", seed, flush=True)
    return found


def ratio(found: Found, label: str, kind: str, base: str = BASE) -> Interval:
    people: I64 = np.array(found["people"][kind], np.int64)
    a, b = gains(found[label][kind]), gains(found[base][kind])
    return compare(a, b, np.random.default_rng(0), users=people).ratio


def table(name: str, found: Found, kinds: Sequence[str] = KINDS, base: str = BASE) -> str:
    """NDCG@10 by kind, its ratio to the base with a 95% interval, and HR@10 of the first kind."""
    counts = [len(found[base][kind]) for kind in kinds]
    heads = [f"{kind} ({count:,})" for kind, count in zip(kinds, counts, strict=True)]
    heads.append(f"HR@10, {kinds[0]}")
    lines = [f"### {name}", "", "| NDCG@10 | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for label in found:
        if label != "people":
            cells = []
            for kind in kinds:
                cell = f"{gains(found[label][kind]).mean():.4f}"
                if label != base:
                    told = ratio(found, label, kind, base)
                    cell += f", x {told.mean:.2f} ({told.low:.2f} to {told.high:.2f})"
                cells.append(cell)
            cells.append(f"{np.mean(np.array(found[label][kinds[0]]) > 0):.3f}")
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=DATA, help="one data set")
    parser.add_argument("--seeds", type=int, default=3, help="how often a tenth of the items is drawn")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    for name in [arguments.only] if arguments.only else DATA:
        path = RESULTS / f"cold-{stem(name)}.json"
        if not path.is_file():
            path.write_text(json.dumps(run(name, arguments.shop, arguments.seeds), separators=(",", ":")), "utf-8")
        print(table(name, json.loads(path.read_text(encoding="utf-8"))), end="\n\n")


if __name__ == "__main__":
    main()
