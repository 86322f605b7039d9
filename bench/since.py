"""What changed since the lists of bench/accuracy.py were made: `python bench/since.py [--shop FOLDER] [--only NAME] [--write]`.

`penchant` alone answers the requests of the first seed anew, evolution model and all, as in bench/accuracy.py: same split, same
training time. Both answers are judged per request; ratios have 95% intervals, paired over people. Under the global time split
they are judged by the first item and by all in the period. What both reached stays in bench/results/since-*.json, so that the
table can be printed without the lists; to answer again, remove its file. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from accuracy import RESULTS, RUNS, answered, data, put, stem
from penchant.evaluate import splits
from penchant.evaluate.harness import Outside
from penchant.evaluate.harness import compare as answer
from penchant.evaluate.intervals import compare
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.systems import OURS

NAMES = ("ml-100k, leave-one-out", "online-retail, global time", "ml-1m, global time")
OPEN, CLOSE = "<!-- since -->", "<!-- /since -->"
BEFORE, NOW = "before", "now"
Found = dict[str, dict[str, list[float]]]  # by question, NDCG@10 of each request before and now; and the seconds of both


def run(name: str, shop: Path | None) -> Found:
    """Both answers to the first seed's requests."""
    dataset, _, cut = RUNS[name]
    told = data(dataset, shop)
    split = cut(told.events, np.random.default_rng(0))
    old = answered(name, 0, split).get(OURS)
    if old is None:
        raise SystemExit(
            f"bench/results/lists has no answers of {OURS} to {name}; run bench/accuracy.py --only '{name}' at that version"
        )
    new: dict[str, Outside] = {}
    started = time.process_time()
    answer(
        split, told.catalog, told.config, title=name, protocol=name.partition(", ")[2], dataset=dataset, systems=[OURS],
        keep=new.__setitem__, progress=lambda stage, share: print(f"\r{name}: {stage:<30}", end="", flush=True),
    )  # fmt: skip
    print(f"\n{time.process_time() - started:.0f} CPU seconds")
    questions = {"next": split}
    if "global time" in name:
        questions["all in the period"] = splits.global_time(
            told.events, repeat=split.repeat, mode="all", rng=np.random.default_rng(0)
        )
    found: Found = {"seconds": {BEFORE: [old.seconds], NOW: [new[OURS].seconds]}}
    for question, asked in questions.items():
        assert np.array_equal(asked.test.user, split.test.user), "the questions are put to other people"
        told_of = {BEFORE: old.lists, NOW: new[OURS].lists}
        found[question] = {label: np.round(ndcg(lists, asked.test.targets, 10), 5).tolist() for label, lists in told_of.items()}
    return found


def table(done: dict[str, Found]) -> str:
    """NDCG@10 by comparison and question, before and now."""
    lines = [
        "| NDCG@10, seed 0 | requests | before | now | now / before, interval | CPU s, before and now |",
        "| --- |" + " --- |" * 5,
    ]
    for name, found in done.items():
        seconds = " and ".join(f"{found['seconds'][label][0]:.0f}" for label in (BEFORE, NOW))
        for question, values in found.items():
            if question != "seconds":
                now, before = np.array(values[NOW]), np.array(values[BEFORE])
                times = compare(now, before, np.random.default_rng(0)).ratio
                cells = [f"{name}, {question}", f"{len(now):,}", f"{before.mean():.4f}", f"{now.mean():.4f}"]
                cells += [f"{times.mean:.3f} ({times.low:.3f} to {times.high:.3f})", seconds]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=NAMES, help="one comparison")
    parser.add_argument("--write", action="store_true", help="put the table of all that is there into docs/benchmarks.md")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    for name in [arguments.only] if arguments.only else [] if arguments.write else NAMES:
        path = RESULTS / f"since-{stem(name)}.json"
        if not path.is_file():
            path.write_text(json.dumps(run(name, arguments.shop)), "utf-8")
    paths = {name: RESULTS / f"since-{stem(name)}.json" for name in NAMES}
    told = table({name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.is_file()})
    print(told)
    if arguments.write:
        put(told, OPEN, CLOSE)


if __name__ == "__main__":
    main()
