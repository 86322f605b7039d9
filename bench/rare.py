"""Items that few or none had: what text brings beside ids. `python bench/rare.py [--shop FOLDER] [--only NAME]`

The evolution model and the blend, each with all it has and from ids alone (no text in the embeddings, no text source), beside
other models that know ids alone. Judged on the requests of the test, where every item competes; and on what was taken in the test
of items that fewer than 20 people, or nobody, had before: in the full ranking, and among such items themselves, which is the
question of a shelf of new things. Results are kept in bench/results/ as they come; tables go to docs/benchmarks.md.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from ablations import TAIL, gains, rare
from accuracy import PAGE, RESULTS, RUNS, data, stem
from marked import put
from penchant.config import Training
from penchant.evaluate.intervals import compare
from penchant.evaluate.trials import Asked, Scorer, Trial, trials
from penchant.evaluate.world import World
from penchant.interest.sources import Adapted, Content, Evolving, Source, cell_of
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import F32, F64, Interests

OPEN, CLOSE = "<!-- rare -->", "<!-- /rare -->"
DATA = ("online-retail, global time", "ml-1m, global time")
IDS = "the blend, ids alone"
ALONE = ("evolution", "slit", "user-neighbours", "next-visit")  # of each set of sources, judged by themselves too
GROUPS = ("all requests", "nobody had, among rare", "1 to 19 had, among rare", "nobody had", "1 to 19 had")

Found = dict[str, dict[str, list[float]]]


class Questions:
    """What every system is asked."""

    def __init__(self, told: World, judging: Trial, few: Asked, people: F64) -> None:
        self.told, self.judging, self.few = told, judging, few
        self.shelf = few._replace(hidden=few.hidden | (people >= TAIL)[None])
        target = np.array([targets[0] for targets in few.targets], np.int64)
        self.nobody = people[target] == 0

    def answered(self, score: Scorer, sources: tuple[Source, ...]) -> dict[str, list[float]]:
        """NDCG@10 of each request, by group."""
        cell = cell_of(sources)
        catalog, fold = self.told.catalog, self.told.config.fold
        every = gains(score, self.judging.asked.read(catalog, fold, cell))
        shelf, full = (gains(score, asked.read(catalog, fold, cell)) for asked in (self.shelf, self.few))
        groups = (every, shelf[self.nobody], shelf[~self.nobody], full[self.nobody], full[~self.nobody])
        return {group: [round(value, 5) for value in values.tolist()] for group, values in zip(GROUPS, groups, strict=True)}


def run(name: str, training: Training, shop: Path | None) -> Found:
    path = RESULTS / f"rare-{stem(name)}.json"
    if path.is_file():
        kept: Found = json.loads(path.read_text(encoding="utf-8"))
        return kept
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    events = judging.events
    pairs = np.unique(np.stack([events.user, events.item])[:, events.item >= 0], axis=1)
    people = np.bincount(pairs[1], minlength=len(told.catalog)).astype(np.float64)
    asked = Questions(told, judging, rare(split, judging, told.catalog, told.config)[0], people)
    found: Found = {}
    for ids in (False, True):
        sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat, training=training)
        if ids:
            own = Evolving(training, repeat=split.repeat, parts={"text": False})
            sources = [own, *(source for source in sources if not isinstance(source, Adapted | Content | Evolving))]
        blend = fitted(sources, tuning, judging, told)

        def mixed(interests: Interests, blend: Blend = blend) -> F32:
            return blend.score(interests, told.catalog).scores

        found[IDS if ids else "the blend"] = asked.answered(mixed, blend.sources)
        for source in sources:
            if source.name in ALONE and (not ids or source.name == "evolution"):

                def alone(interests: Interests, source: Source = source) -> F32:
                    return source.score(interests, told.catalog)

                label = f"{source.name}, ids alone" if ids or source.name != "evolution" else source.name
                found[label] = asked.answered(alone, (source,))
    path.write_text(json.dumps(found), "utf-8")
    return found


def fitted(sources: list[Source], tuning: Trial, judging: Trial, told: World) -> Blend:
    """The blend of `sources`, weighed by the validation requests, the sources then fitted on all that is known."""
    for source in sources:
        source.fit(tuning.events, told.catalog)
    blend, asked = Blend(sources), tuning.asked.read(told.catalog, told.config.fold, cell_of(sources))
    blend.fit(asked.interests, asked.targets, asked.hidden, told.catalog, rng=np.random.default_rng(0))
    for source in sources:
        source.fit(judging.events, told.catalog)
    return blend


def table(name: str, found: Found) -> str:
    """NDCG@10 by group; for what has text, its ratio to the same from ids alone."""
    counts = [len(next(iter(found.values()))[group]) for group in GROUPS]
    heads = [f"{group} ({count:,})" for group, count in zip(GROUPS, counts, strict=True)]
    lines = [f"### {name}", "", "| NDCG@10 | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(GROUPS)]
    for label, groups in found.items():
        cells = [f"{np.mean(groups[group]):.4f}{ratio(found, label, f'{label}, ids alone', group)}" for group in GROUPS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ratio(found: Found, label: str, base: str, group: str) -> str:
    """How many times the base's, with its interval; empty for the base itself, and where it is not there or has nothing right."""
    other = found.get(base, {}).get(group, [])
    if label == base or not other or not np.mean(other):
        return ""
    times = compare(np.array(found[label][group]), np.array(other), np.random.default_rng(0)).ratio
    return f", x {times.mean:.2f} ({times.low:.2f} to {times.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=DATA, help="one data set")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    training = Training(dim=64, heads=4, rate=3e-3, epochs=8, minutes=None)
    RESULTS.mkdir(exist_ok=True)
    tables = [table(name, run(name, training, arguments.shop)) for name in ([arguments.only] if arguments.only else DATA)]
    print("\n\n".join(tables))
    if arguments.only is None:
        put(PAGE, OPEN, CLOSE, "\n\n".join(tables))


if __name__ == "__main__":
    main()
