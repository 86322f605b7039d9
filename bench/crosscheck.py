"""Our metrics against RecTools', request by request, on the same slates.

    python bench/crosscheck.py                         # random slates, and slates of a simulated shop
    python bench/crosscheck.py --events events.parquet # ... of a real log with columns user, item, time

RecTools wants an older numpy than we do, so it gets an environment of its own in the user's cache folder, made on the first run.
Exits with 1 when a metric differs by more than rounding.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from environments import interpreter
from penchant.evaluate.metrics import METRICS
from penchant.evaluate.ranking import top_k
from penchant.evaluate.splits import global_time
from penchant.types import F64, I64, Events

RECTOOLS = "rectools==0.19.0"
DEPTHS = (1, 5, 10, 20)
TOLERANCE = 1e-12

PEER = """
import json, sys
import numpy as np, pandas as pd
from rectools import Columns
from rectools.metrics import F1Beta, HitRate, MAP, MRR, NDCG, Precision, Recall
data = np.load(sys.argv[1])
rows, places = np.nonzero(data["ranked"] >= 0)
reco = pd.DataFrame({Columns.User: rows, Columns.Item: data["ranked"][rows, places], Columns.Rank: places + 1})
seen = pd.DataFrame({Columns.User: data["owner"], Columns.Item: data["items"]})
users = np.arange(len(data["ranked"]))
answer = {}
for k in json.loads(sys.argv[2]):
    metrics = {
        "ndcg": NDCG(k, divide_by_achievable=True), "ndcg, default": NDCG(k), "hit_rate": HitRate(k), "recall": Recall(k),
        "precision": Precision(k), "f1": F1Beta(k), "mrr": MRR(k), "map": MAP(k), "map, divide_by_k": MAP(k, divide_by_k=True),
    }
    for name, metric in metrics.items():
        answer[f"{name}@{k}"] = metric.calc_per_user(reco, seen).reindex(users).tolist()
print(json.dumps(answer))
"""


class Slates(NamedTuple):
    ranked: I64  # (R, 20) padded with -1
    targets: list[I64]


def random_slates(rng: np.random.Generator, requests: int = 2_000, items: int = 300) -> Slates:
    """Lists and targets without rhyme; one list in ten is short."""
    ranked = rng.permuted(np.tile(np.arange(items), (requests, 1)), axis=1)[:, : max(DEPTHS)]
    short = rng.random(requests) < 0.1
    ranked[short, 7:] = -1
    return Slates(ranked, [rng.choice(items, rng.integers(1, 40), replace=False) for _ in range(requests)])


def shop_slates(events: Events, rng: np.random.Generator) -> Slates:
    """What a real comparison judges: the most popular items each customer has not had, against all they had next."""
    split = global_time(events, repeat=False, rng=rng, mode="all")
    count = np.bincount(split.events.item[split.known], minlength=events.item.max() + 1).astype(np.float32)
    scores = np.tile(count, (len(split.test.user), 1))
    for row, (user, prefix) in enumerate(zip(split.test.user, split.test.prefix, strict=True)):
        start = np.searchsorted(split.events.user, user)
        scores[row, split.events.item[start : start + prefix]] = -np.inf
    return Slates(top_k(scores, max(DEPTHS), rng=rng), split.test.targets)


def simulated_log(rng: np.random.Generator, n: int = 100_000, users: int = 2_000, items: int = 1_000) -> Events:
    """Items by a power law, customers of unequal zeal, times to the minute."""
    user = (users * rng.random(n) ** 1.5).astype(np.int64)
    item = np.minimum(rng.zipf(1.3, n), items) - 1
    zeros = np.zeros(n, np.int64)
    return Events(
        user, item, zeros, np.ones(n, np.float32), 60.0 * np.sort(rng.integers(0, 10**6, n)).astype(np.float64), zeros - 1
    )


def read_log(path: Path) -> Events:
    """Columns user, item (anything) and time (a datetime) of a parquet file."""
    log = pl.read_parquet(path, columns=["user", "item", "time"]).sort("time")
    user, item = (log[name].cast(pl.String).rank("dense").cast(pl.Int64).to_numpy() - 1 for name in ("user", "item"))
    time: F64 = log["time"].dt.epoch("s").cast(pl.Float64).to_numpy()
    return Events(user, item, user * 0, np.ones(len(user), np.float32), time, user * 0 - 1)


def theirs(slates: Slates) -> dict[str, F64]:
    """Per-request values of every peer metric at every depth."""
    owner = np.repeat(np.arange(len(slates.targets)), [len(items) for items in slates.targets])
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "slates.npz"
        np.savez(data, ranked=slates.ranked, owner=owner, items=np.concatenate(slates.targets))
        command = [str(interpreter(RECTOOLS)), "-W", "ignore", "-c", PEER, str(data), json.dumps(DEPTHS)]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {name: np.array(values) for name, values in answer.items()}


def target_counts(slates: Slates) -> F64:
    return np.array([len(items) for items in slates.targets], np.float64)


def same(values: F64, slates: Slates, k: int) -> F64:
    return values


def over_all_targets(values: F64, slates: Slates, k: int) -> F64:
    """Our average precision if it were divided by all targets, as RecTools does, instead of the min(k, targets) possible hits."""
    return values * np.minimum(target_counts(slates), k) / target_counts(slates)


def over_k(values: F64, slates: Slates, k: int) -> F64:
    """Our average precision if it were divided by k."""
    return values * np.minimum(target_counts(slates), k) / k


def over_a_full_list(values: F64, slates: Slates, k: int) -> F64:
    """Our NDCG if its ideal list were k hits long, however few targets there are."""
    ideal: F64 = np.cumsum(1 / np.log2(np.arange(2, k + 2)))
    share: F64 = ideal[np.minimum(target_counts(slates), k).astype(np.int64) - 1] / ideal[-1]
    return values * share


# ours, theirs, what turns our definition into theirs, and what that is in words
PAIRS: list[tuple[str, str, Callable[[F64, Slates, int], F64], str]] = [
    ("ndcg", "ndcg", same, "divide_by_achievable=True"),
    ("ndcg", "ndcg, default", over_a_full_list, "default: ideal of k hits; ours rescaled to it"),
    ("hit_rate", "hit_rate", same, ""),
    ("recall", "recall", same, "hits / targets"),
    ("precision", "precision", same, "hits / k"),
    ("f1", "f1", same, ""),
    ("mrr", "mrr", same, ""),
    ("map", "map", over_all_targets, "default: over all targets; ours rescaled to it"),
    ("map", "map, divide_by_k", over_k, "over k; ours rescaled to it"),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, help="a parquet log with columns user, item and time")
    path = parser.parse_args().events
    rng = np.random.default_rng(0)
    sets = {
        "random": random_slates(rng),
        path.stem if path else "simulated shop": shop_slates(read_log(path) if path else simulated_log(rng), rng),
    }
    answers = {name: theirs(slates) for name, slates in sets.items()}
    table = Table("ours", "RecTools", "note", *(f"{name}\n{len(s.targets):,} requests" for name, s in sets.items()), "as defined")
    worst = 0.0
    for ours, peer, convert, note in PAIRS:
        cells, apart = [], 0.0
        for name, slates in sets.items():
            difference = 0.0
            for k in DEPTHS:
                values, other = METRICS[ours](slates.ranked, slates.targets, k), answers[name][f"{peer}@{k}"]
                difference = float(np.maximum(difference, np.abs(convert(values, slates, k) - other).max()))  # NaN stays
                apart = float(np.maximum(apart, np.abs(values - other).max()))
            worst = float(np.maximum(worst, difference))
            cells.append(f"{difference:.1e}")
        table.add_row(ours, peer, note, *cells, f"{apart:.1e}")
    table.caption = f"largest difference of any request at k = {', '.join(map(str, DEPTHS))}"
    Console(width=130).print(table)
    return int(not worst <= TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
