"""What serves items nobody had, within the blend: `python bench/cold_blend.py [--shop FOLDER] [--only NAME]`.

The blend without the evolution model, which takes long to train: without the sources `adapted` and `new` and with items nobody
had taken for average by whoever cannot judge them; with `adapted`; with guesses in place of the average; and as shipped. The
questions are those of bench/rare.py.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from ablations import gains, rare
from accuracy import RESULTS, RUNS, data, stem
from penchant.catalog import Catalog
from penchant.evaluate.trials import trials
from penchant.interest.sources import Adapted, New, Source
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import F32, Interests
from rare import GROUPS, Found, Questions, ratio

NAMES = ("online-retail, global time", "ml-1m, global time", "ml-100k, leave-one-out")
BEFORE = "without"


class Average(Blend):
    """A blend to whose blind sources an item nobody had is the average item."""

    def _guesses(self, interests: Interests, catalog: Catalog) -> F32:
        return np.zeros_like(self.guesses)


def run(name: str, shop: Path | None) -> Found:
    told = data(RUNS[name][0], shop)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat)
    adapted: list[Source] = [source for source in sources if not isinstance(source, New)]
    before = [source for source in adapted if not isinstance(source, Adapted)]
    blends: dict[str, Blend] = {
        BEFORE: Average(before),
        "with adapted": Average(adapted),
        "with adapted and guesses": Blend(adapted),
        "as shipped": Blend(sources),
    }
    for source in sources:
        source.fit(tuning.events, told.catalog)
    asked = tuning.asked
    for blend in blends.values():
        blend.fit(asked.interests, asked.targets, asked.hidden, told.catalog, rng=np.random.default_rng(0))
    for source in sources:
        source.fit(judging.events, told.catalog)
    pairs = np.unique(np.stack([judging.events.user, judging.events.item])[:, judging.events.item >= 0], axis=1)
    people = np.bincount(pairs[1], minlength=len(told.catalog)).astype(np.float64)
    few = rare(split, judging, told.catalog, told.config)[0] if "global" in name else None
    found: Found = {}
    for label, blend in blends.items():

        def mixed(interests: Interests, blend: Blend = blend) -> F32:
            return blend.score(interests, told.catalog).scores

        if few is None:
            found[label] = {GROUPS[0]: [round(value, 5) for value in gains(mixed, judging.asked).tolist()]}
        else:
            found[label] = Questions(told, judging, few, people).answered(mixed, blend.sources)
        print(name, label, {group: round(float(np.mean(values)), 4) for group, values in found[label].items()}, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=NAMES, help="one comparison")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    for name in [arguments.only] if arguments.only else NAMES:
        path = RESULTS / f"cold-blend-{stem(name)}.json"
        if not path.is_file():
            path.write_text(json.dumps(run(name, arguments.shop)), "utf-8")
        found: Found = json.loads(path.read_text(encoding="utf-8"))
        groups = list(found[BEFORE])
        heads = [f"{group} ({len(found[BEFORE][group]):,})" for group in groups]
        lines = [f"### {name}", "", "| NDCG@10 | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(groups)]
        for label in found:
            cells = [f"{np.mean(found[label][group]):.4f}{ratio(found, label, BEFORE, group)}" for group in groups]
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
