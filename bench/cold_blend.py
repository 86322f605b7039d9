"""What serves items nobody had, within the blend: `python bench/cold_blend.py [--shop FOLDER] [--only NAME] [--write]`.

The blend without the evolution model, which takes long to train, on the questions of bench/rare.py: as it was before it had the
sources `adapted` and `new`, with items nobody had taken for average by whoever cannot judge them; as shipped; and what else was
tried (bench/cold_candidates.py). Intervals are paired, over people. `--write` puts the tables into docs/benchmarks.md.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from ablations import gains, rare
from accuracy import RESULTS, RUNS, data, put, stem
from cold_candidates import Average, Carried, Everyone, Unbounded, UnboundedEveryone, filled
from penchant.evaluate.intervals import compare
from penchant.evaluate.trials import Trial, trials
from penchant.evaluate.world import World
from penchant.interest.sources import Adapted, New, Source
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import F32, Interests
from rare import GROUPS, Found, Questions

NAMES = ("online-retail, global time", "ml-1m, global time", "ml-100k, leave-one-out")
BEFORE, PEOPLE = "without", "people"
OPEN, CLOSE = "<!-- cold-blend -->", "<!-- /cold-blend -->"


def candidates(sources: list[Source]) -> dict[str, Blend]:
    """The blends compared, from those sources of the shipped one."""

    def of(*kinds: type[Source]) -> list[Source]:
        return [source for source in sources if not isinstance(source, kinds)]

    full, carried = filled(), Carried()
    return {
        BEFORE: Average(of(Adapted, New)),
        "adapted": Average(of(New)),
        "adapted, guesses from all items": Everyone(of(New)),
        "adapted, guesses from all items, new unbounded": UnboundedEveryone(sources),
        "adapted, guesses from all items, EASE, SLIT and next-visit carried over": Everyone(
            [full.get(source.name, source) for source in of(New)]
        ),
        "EASE carried over in place of adapted, guesses from all items": Everyone([*of(Adapted, New), carried]),
        "as shipped": Blend(sources),
        "as shipped, without adapted": Blend(of(Adapted)),
        "as shipped, without new": Blend(of(New)),
        "as shipped, new unbounded": Unbounded(sources),
    }


def run(name: str, shop: Path | None) -> Found:
    """NDCG@10 of every candidate on every question, and who asked."""
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    blends = candidates(default_sources(told.config.fold, len(told.catalog), repeat=split.repeat))
    sources = list({id(source): source for blend in blends.values() for source in blend.sources}.values())
    for source in sources:
        source.fit(tuning.events, told.catalog)
    asked = tuning.asked
    for blend in blends.values():
        blend.fit(asked.interests, asked.targets, asked.hidden, told.catalog, rng=np.random.default_rng(0))
    for source in sources:
        source.fit(judging.events, told.catalog)
    few = questions(told, judging, name)
    found: Found = {PEOPLE: {GROUPS[0]: judging.asked.user.tolist()}}
    if few is not None:
        new, known = (few.few.user[rows].tolist() for rows in (few.nobody, ~few.nobody))
        found[PEOPLE] |= dict(zip(GROUPS[1:], (new, known, new, known), strict=True))
    for label, blend in blends.items():

        def mixed(interests: Interests, blend: Blend = blend) -> F32:
            return blend.score(interests, told.catalog).scores

        if few is None:
            found[label] = {GROUPS[0]: [round(value, 5) for value in gains(mixed, judging.asked).tolist()]}
        else:
            found[label] = few.answered(mixed, blend.sources)
        print(name, label, {group: round(float(np.mean(values)), 4) for group, values in found[label].items()}, flush=True)
    return found


def questions(told: World, judging: Trial, name: str) -> Questions | None:
    """Those of bench/rare.py, where there is a period to judge by."""
    if "global" not in name:
        return None
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    events = judging.events
    pairs = np.unique(np.stack([events.user, events.item])[:, events.item >= 0], axis=1)
    people = np.bincount(pairs[1], minlength=len(told.catalog)).astype(np.float64)
    return Questions(told, judging, rare(split, judging, told.catalog, told.config)[0], people)


def table(name: str, found: Found) -> str:
    """NDCG@10 by question, and its ratio to the blend before."""
    groups = list(found[BEFORE])
    heads = [f"{group} ({len(found[BEFORE][group]):,})" for group in groups]
    lines = [f"### {name}", "", "| NDCG@10 | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(groups)]
    for label in found:
        if label != PEOPLE:
            cells = [f"{np.mean(found[label][group]):.4f}{ratio(found, label, group)}" for group in groups]
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ratio(found: Found, label: str, group: str) -> str:
    """How many times the blend before, with its interval; empty for that itself, and where it has nothing right."""
    base = np.array(found[BEFORE][group])
    if label == BEFORE or not base.mean():
        return ""
    people = np.array(found[PEOPLE][group], np.int64)
    times = compare(np.array(found[label][group]), base, np.random.default_rng(0), users=people).ratio
    return f", x {times.mean:.2f} ({times.low:.2f} to {times.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=NAMES, help="one comparison")
    parser.add_argument("--write", action="store_true", help="put all tables into docs/benchmarks.md")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    tables = []
    for name in [arguments.only] if arguments.only else NAMES:
        path = RESULTS / f"cold-blend-{stem(name)}.json"
        if not path.is_file():
            path.write_text(json.dumps(run(name, arguments.shop)), "utf-8")
        tables.append(table(name, json.loads(path.read_text(encoding="utf-8"))))
    print("\n\n".join(tables))
    if arguments.write and not arguments.only:
        put("\n\n".join(tables), OPEN, CLOSE)


if __name__ == "__main__":
    main()
