"""What forgetting after shifts does to accuracy on histories as they were lived: `python bench/policy.py [--shop FOLDER]`.

The requests are those of the global time split in bench/accuracy.py; sources, blend, topics and detector are learned on what came
before, without the evolution model. Where a shift was found before a request, what came before that shift weighs `after_shift`
times what it did. Planted shifts are bench/evolving.py's.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from accuracy import RUNS, data
from penchant.config import Fold
from penchant.evaluate.intervals import mean_interval
from penchant.evaluate.metrics import evaluate
from penchant.evaluate.trials import Asked, ranked, trials
from penchant.interest.topics import fit
from penchant.interest.visits import visits
from penchant.interest.walk import walk
from penchant.rank.learn import default_sources, learn
from penchant.shift import Settings, Watch
from penchant.shift.learn import Histories
from penchant.shift.watch import shares
from penchant.types import F32, F64, I64, Interests

KEPT = (0.25, 0.5)
BUDGETS = (0.5, 2.0)


def begun(asked: Asked, watch: Watch, memberships: F32) -> tuple[I64, float]:
    """(R,) the event that the last shift found before each request began with, 0 for none; and alarms in 1,000 events."""
    rows = np.isin(asked.events.user, asked.user)
    told = asked.events.take(rows)
    alarms = watch.alarms(Histories(told.user, memberships[told.item], visits(told.user, told.time)))
    since = np.zeros(len(asked.user), np.int64)
    for request, (user, prefix) in enumerate(zip(asked.user.tolist(), asked.prefix.tolist(), strict=True)):
        known = (alarms.row == user) & (alarms.at < prefix)
        since[request] = alarms.since[known][-1] if known.any() else 0
    moments = len(np.unique(np.stack([alarms.row, alarms.at]), axis=1).T)
    return since, 1_000 * moments / max(1, len(told.user))


def reweighed(asked: Asked, since: I64, keep: float, vectors: F32, fold: Fold) -> Interests:
    """The read-outs with what came before `since` weighing `keep` times as much."""
    rows = np.flatnonzero(since)
    first, length = np.searchsorted(asked.events.user, asked.user[rows]), asked.prefix[rows]
    places = np.repeat(first - np.r_[0, np.cumsum(length)[:-1]], length) + np.arange(int(length.sum()))
    owner = np.repeat(np.arange(len(rows)), length)
    events = asked.events.take(places)
    early = places - first[owner] < since[rows][owner]
    events = events._replace(user=owner, weight=np.where(early, events.weight * np.float32(keep), events.weight))
    read = walk(events, np.arange(len(rows)), asked.interests.at[rows], length, vectors, fold)
    return asked.interests.replaced(rows, read)


def run(name: str, shop: Path | None) -> None:
    dataset, _, cut = RUNS[name]
    told = data(dataset, shop)
    split = cut(told.events, np.random.default_rng(0))
    _, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    known = judging.events.take(np.lexsort((judging.events.time, judging.events.user)))
    sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat)
    blend = learn(known, told.catalog, sources, told.config.fold, repeat=split.repeat, rng=np.random.default_rng(0))
    topics = fit(told.catalog, known, rng=np.random.default_rng(0))
    asked = judging.asked

    def reached(interests: Interests) -> F64:
        lists = ranked(
            lambda some: blend.score(some, told.catalog).scores,
            asked._replace(interests=interests),
            10,
            np.random.default_rng(0),
            sources=blend.sources,
            stream=judging.stream,
        )
        return np.asarray(evaluate(lists, asked.targets, ["ndcg"], 10)["ndcg@10"])

    plain = reached(asked.interests)
    print(f"\n{name}: {len(plain):,} requests, NDCG@10 {plain.mean():.4f} without forgetting")
    print(
        "| budget | alarms in 1,000 | requests after one | NDCG@10 of those | "
        + " | ".join(f"keep {keep}" for keep in KEPT)
        + " |"
    )
    print("| --- " * (4 + len(KEPT)) + "|")
    for budget in BUDGETS:
        watch = Watch.learned(known, told.catalog, topics, Settings(budget=budget), np.random.default_rng(0))
        memberships = shares(np.arange(len(told.catalog)), told.catalog, topics, watch.topics)
        since, rate = begun(asked, watch, memberships)
        after = since > 0
        cells = [f"{budget:g}", f"{rate:.2f}", f"{after.mean():.0%}", f"{plain[after].mean():.4f}"]
        for keep in KEPT:
            gain = (reached(reweighed(asked, since, keep, told.catalog.vectors, told.config.fold)) - plain)[after]
            about = mean_interval(gain, np.random.default_rng(0))
            cells.append(f"{about.mean:+.4f} ({about.low:+.4f} to {about.high:+.4f})")
        print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=["ml-1m, global time", "online-retail, global time"], help="one comparison")
    given = parser.parse_args()
    for name in [given.only] if given.only else ["ml-1m, global time", "online-retail, global time"]:
        run(name, given.shop)


if __name__ == "__main__":
    main()
