"""Ways to combine the sources, side by side: `python bench/blends.py [--run NAME] [--shop FOLDER]`.

The same sources, fitted and weighed before the test, then asked: the linear blend as shipped, the same weights refined for
NDCG@10 itself (ApproxNDCG, Qin et al. 2010), and LambdaRank on trees (LightGBM, if it is installed: `pip install lightgbm`) over
the best 200 of the linear blend, alone and added to it.
"""

import argparse
import json
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from accuracy import RESULTS, RUNS, data, stem
from penchant.catalog import Catalog
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.ranking import top_k
from penchant.evaluate.trials import Asked, trials
from penchant.interest.sources import cell_of
from penchant.rank.blend import Blend, context
from penchant.rank.learn import default_sources
from penchant.types import F32, F64, I64

CANDIDATES = 200
TREES = {
    "num_leaves": 7,
    "learning_rate": 0.03,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "num_threads": 1,
    "verbose": -1,
}


class Exam(NamedTuple):
    """The candidates of R requests, C each, from the linear blend."""

    asked: Asked
    scores: F32  # (R, items) of the linear blend, -inf where hidden
    items: I64  # (R, C) the best of them
    features: F32  # (R, C, S + 3) sources, context, linear score
    right: F32  # (R, S) the sources' scores of the item consumed next


def exam(blend: Blend, asked: Asked, catalog: Catalog) -> Exam:
    parts, scores = [], []
    for start in range(0, len(asked.targets), 100):
        scored = blend.score(asked.interests.take(slice(start, start + 100)), catalog)
        parts.append(scored.parts.astype(np.float16))
        scores.append(scored.scores)
    hidden = np.where(asked.hidden, np.float32(-np.inf), np.concatenate(scores))
    every = np.concatenate(parts, axis=1)
    top = np.argpartition(-hidden, CANDIDATES, axis=1)[:, :CANDIDATES]
    rows = np.arange(len(top))
    told = np.repeat(context(asked.interests)[:, None, 1:], CANDIDATES, axis=1)
    chosen = np.stack([part[rows[:, None], top] for part in every], axis=-1)
    features = np.concatenate([chosen, told, hidden[rows[:, None], top][..., None]], axis=-1).astype(np.float32)
    target = np.array([targets[0] for targets in asked.targets])
    right = np.stack([part[rows, target] for part in every], axis=-1).astype(np.float32)
    return Exam(asked, hidden, top, features, right)


def reached(found: Exam, scores: F32) -> float:
    """NDCG@10 of candidates scored anew, (R, C)."""
    full = np.full(found.scores.shape, -np.inf, np.float32)
    np.put_along_axis(full, found.items, scores, axis=1)
    lists = top_k(full, 10, candidates=np.isfinite(full), rng=np.random.default_rng(0))
    return float(ndcg(lists, found.asked.targets, 10).mean())


def refined(found: Exam, weights: F64, sharpness: float, penalty: float) -> F64:
    """Weights (S, contexts) that raise a smooth NDCG of the candidates, near those given."""
    situation, sources = context(found.asked.interests), found.right.shape[1]
    apart = found.features[..., :sources] - found.right[:, None]
    same = found.items == np.array([targets[0] for targets in found.asked.targets])[:, None]

    def loss(flat: F64) -> tuple[float, F64]:
        matrix = flat.reshape(weights.shape)
        above = np.einsum("rcs,rs->rc", apart, (situation @ matrix.T).astype(np.float32)) / sharpness
        passed = 1 / (1 + np.exp(-np.clip(above, -30, 30)))
        passed[same] = 0
        rank = 1 + passed.sum(axis=1)
        slope = -np.log(2) / (np.log(1 + rank) ** 2 * (1 + rank))
        pull = np.einsum("rcs,rc->rs", apart, passed * (1 - passed) / sharpness * slope[:, None])
        gradient = -(pull.T @ situation) / len(rank) + 2 * penalty * (matrix - weights)
        return float(-(1 / np.log2(1 + rank)).mean() + penalty * ((matrix - weights) ** 2).sum()), gradient.ravel()

    return np.asarray(minimize(loss, weights.ravel(), jac=True, method="L-BFGS-B").x.reshape(weights.shape), np.float64)


def trees(learned: Exam, asked: Exam) -> F32 | None:
    """(R, C) scores of LambdaRank fitted on one exam, for another; None without LightGBM."""
    if find_spec("lightgbm") is None:
        return None
    lightgbm = import_module("lightgbm")
    hit = learned.items == np.array([targets[0] for targets in learned.asked.targets])[:, None]
    some = hit.any(axis=1)
    width = learned.features.shape[-1]
    sets = lightgbm.Dataset(
        learned.features[some].reshape(-1, width), hit[some].ravel().astype(int), group=[CANDIDATES] * int(some.sum())
    )
    model = lightgbm.train({"objective": "lambdarank", "lambdarank_truncation_level": 20, **TREES}, sets, 300)
    return np.asarray(model.predict(asked.features.reshape(-1, width)), np.float32).reshape(asked.items.shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", choices=list(RUNS), default="online-retail, global time")
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    told = data(RUNS[given.run][0], given.shop)
    split = RUNS[given.run][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    training = told.config.training
    sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat, training=training)
    exams = []
    blend = Blend(sources)
    for trial in (tuning, judging):
        for source in sources:
            source.fit(trial.events, told.catalog)
        asked = trial.asked.read(told.catalog, told.config.fold, cell_of(sources))
        if trial is tuning:
            blend.fit(asked.interests, asked.targets, asked.hidden, told.catalog, rng=np.random.default_rng(0))
        exams.append(exam(blend, asked, told.catalog))
    learned, judged = exams
    found = {"linear, softmax regression (shipped)": reached(judged, judged.features[..., -1])}
    for sharpness, penalty in ((0.3, 1e-3), (0.3, 1e-2), (1.0, 1e-2)):
        weights = refined(learned, blend.weights, sharpness, penalty)
        mixed = (context(judged.asked.interests) @ weights.T).astype(np.float32)
        scores = np.einsum("rcs,rs->rc", judged.features[..., : len(sources)], mixed)
        found[f"linear, ApproxNDCG, sharpness {sharpness:g}, penalty {penalty:g}"] = reached(judged, scores)
    ranks = trees(learned, judged)
    if ranks is not None:
        found["LambdaRank, 300 trees of 7 leaves"] = reached(judged, ranks)
        level, linear = ranks / ranks.std(), judged.features[..., -1] / judged.features[..., -1].std()
        found["LambdaRank and linear, half each"] = reached(judged, level + linear)
    (RESULTS / f"blends-{stem(given.run)}.json").write_text(json.dumps(found), "utf-8")
    for name, value in found.items():
        print(f"| {name} | {value:.4f} |")


if __name__ == "__main__":
    main()
