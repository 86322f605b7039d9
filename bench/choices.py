"""The measurements behind defaults: `python bench/choices.py weights|requests|visits`. Prints the tables of the docs."""

import sys
from collections.abc import Callable
from functools import partial

import numpy as np

from penchant.assets import load
from penchant.catalog import Catalog
from penchant.config import Config, Training
from penchant.evaluate import splits
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.trials import Asked, Scorer, ask, ranked
from penchant.evaluate.world import World, world
from penchant.interest import transitions
from penchant.interest.sources import Evolving, ItemToItem, Source
from penchant.interest.walk import consumed, walk
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources, recent
from penchant.types import F32, Interests

MINUTES = 2.5  # of processor time for each training of `visits`


def data(name: str) -> World:
    found = load(name, progress=True)
    return world(name, found.items, found.events, Config())


def reached(score: Scorer, asked: Asked) -> float:
    return float(ndcg(ranked(score, asked, 10, np.random.default_rng(0)), asked.targets, 10).mean())


WEIGHTS: dict[str, Callable[[F32], F32]] = {
    "all alike": np.ones_like,
    "(stars - 2.5) / 2.5": lambda stars: (stars - 2.5) / 2.5,
    "1, or -0.3 below 3 stars": lambda stars: np.where(stars > 2.5, 1, -0.3),
    "1 + 0.2 (stars - 3.5), the default": lambda stars: 1 + 0.2 * (stars - 3.5),
}


def weights() -> None:
    """Leave-one-out on validation: the matrices are fitted on who had what, only the weights of the history differ."""
    print("| | " + " | ".join(WEIGHTS) + " |\n| --- |" + " --- |" * len(WEIGHTS))
    for name, seeds in (("ml-100k", 3), ("ml-1m", 1)):
        told = data(name)
        models: dict[str, Source] = {
            "Markov": ItemToItem("markov", transitions.markov),
            "EASE with decay": ItemToItem("ease", transitions.ease),
        }
        for label, model in models.items():
            cells = [np.mean([_alone(model, told, form, seed) for seed in range(seeds)]) for form in WEIGHTS.values()]
            print(f"| {name}, {label} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |", flush=True)


def _alone(model: Source, told: World, form: Callable[[F32], F32], seed: int) -> float:
    split = splits.leave_one_out(told.events, repeat=False, rng=np.random.default_rng(seed))
    model.fit(split.events.take(split.train), told.catalog)
    stars = split.events.weight * 5 - 1.5  # undo the default weights
    weighed = split.events._replace(weight=form(stars).astype(np.float32))
    asked = ask(split, split.validation, told.catalog, told.config.fold, events=weighed)
    return reached(lambda interests: model.score(interests, told.catalog), asked)


def requests() -> None:
    """The blend fitted on requests drawn evenly or by halves, judged on three kinds of requests of the time after."""
    told = data("ml-1m")
    catalog, fold = told.catalog, told.config.fold
    cut = splits.global_time(told.events, repeat=False, rng=np.random.default_rng(0))
    stream = splits.replay(told.events, repeat=False, rng=np.random.default_rng(0), limit=1500)
    judged = {
        f"first after a break ({len(cut.test.user):,})": ask(cut, cut.test, catalog, fold),
        f"as they come, mostly in sessions ({len(stream.test.user):,})": ask(stream, stream.test, catalog, fold),
        f"nothing known ({len(cut.cold.user):,})": ask(cut, cut.cold, catalog, fold),
    }
    print("| requests learned from | " + " | ".join(judged) + " |\n| --- |" + " --- |" * len(judged))
    known = cut.events.take(cut.known)
    boundary = float(np.quantile(known.time, 0.9))
    sources = default_sources(fold, len(catalog), repeat=False)
    for label, returns in (("drawn evenly", None), ("half of them after six hours or more", 0.5)):
        rng = np.random.default_rng(0)
        for source in sources:
            source.fit(known.take(known.time < boundary), catalog)
        asked = recent(known, boundary, repeat=False, rng=rng, returns=returns)
        blend = Blend(sources)
        read = walk(known, asked.user, asked.at, asked.prefix, catalog.vectors, fold)
        hidden = consumed(known, asked.user, asked.prefix, len(catalog))
        held = known.take(known.time >= boundary)
        coming = held.take(np.argsort(held.time, kind="stable"))
        blend.fit(read, asked.targets, hidden, catalog, rng=rng, stream=coming)
        for source in sources:
            source.fit(known, catalog)
        cells = [reached(partial(_scores, blend, catalog), kind) for kind in judged.values()]
        print(f"| {label} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |", flush=True)


def visits() -> None:
    """The evolution model alone under the global time split, with more and less weight on what the next visit brings."""
    told = data("ml-1m")
    catalog, fold = told.catalog, told.config.fold
    cuts = [splits.global_time(told.events, repeat=False, mode=mode, rng=np.random.default_rng(0)) for mode in ("next", "all")]
    print(f"| `visits`, ml-1m, global time, {MINUTES} CPU minutes | NDCG@10, first of the period | all in the period |")
    print("| --- | --- | --- |")
    for weight in (0.0, 0.25, 0.5, 1.0):
        model = Evolving(Training(minutes=MINUTES, visits=weight), repeat=False)
        model.fit(cuts[0].events.take(cuts[0].known), catalog)
        cells = []
        for cut in cuts:
            asked = ask(cut, cut.test, catalog, fold).read(catalog, fold, model.cell)
            cells.append(reached(partial(_alone_scores, model, catalog), asked))
        print(f"| {weight:g} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |", flush=True)


def _alone_scores(model: Source, catalog: Catalog, interests: Interests) -> F32:
    return model.score(interests, catalog)


def _scores(blend: Blend, catalog: Catalog, interests: Interests) -> F32:
    return blend.score(interests, catalog).scores


if __name__ == "__main__":
    CHOICES = {"weights": weights, "requests": requests, "visits": visits}
    if len(sys.argv) != 2 or sys.argv[1] not in CHOICES:
        sys.exit(f"usage: python bench/choices.py {'|'.join(CHOICES)}")
    CHOICES[sys.argv[1]]()
