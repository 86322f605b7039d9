"""Systems side by side: the same rows, split, candidates and metric code for all, tuned on validation alone."""

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.config import Config, Fold
from penchant.errors import InvalidInput
from penchant.evaluate import beyond
from penchant.evaluate.histories import away, feedback
from penchant.evaluate.metrics import METRICS, evaluate
from penchant.evaluate.report import Report, assemble, by_gap
from penchant.evaluate.served import served
from penchant.evaluate.splits import Split
from penchant.evaluate.systems import KIN, OURS, SYSTEMS, TUNED, Given, chosen
from penchant.evaluate.trials import Scorer, Trial, ranked, trials
from penchant.interest.sources import EVOLUTION, Arrays, Evolving, Source, cell_of
from penchant.rank.blend import Blend
from penchant.rank.learn import Progress, default_sources, learn, silent, worth_training
from penchant.types import F32, I64, Interests


class Outside(NamedTuple):
    """What a system that ran elsewhere answered to the requests of a split's test."""

    lists: I64  # (R, k) item numbers, best first, -1 where it named fewer
    seconds: float  # CPU seconds for fitting and answering
    note: str  # what it was tuned to


class _Shared(NamedTuple):
    """The evolution model is trained once for itself and for the tuned blend: they are the same, and so are their seconds."""

    learned: dict[str, Arrays]  # for the tuning, and for the test
    seconds: float

    def fit(self, source: Source, when: str, trial: Trial, catalog: Catalog) -> None:
        """Fit a source on what a trial knows, or give it back what it learned of that before."""
        if isinstance(source, Evolving) and when in self.learned:
            source.restore(self.learned[when])
            return
        source.fit(trial.events, catalog)
        if isinstance(source, Evolving):
            self.learned[when] = source.arrays()


_NOBODY: Mapping[str, Outside] = MappingProxyType({})


def compare(
    split: Split,
    catalog: Catalog,
    config: Config,
    *,
    title: str,
    protocol: str,
    dataset: str,
    systems: list[str] | None = None,
    others: Mapping[str, Outside] = _NOBODY,
    keep: Callable[[str, Outside], None] = lambda name, answered: None,
    k: int = 10,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Fit, tune and test systems on one split, and what they reached with 95% intervals.

    A family's variants are fitted on the past of the validation requests and compared by NDCG@k on them; the winner is fitted on
    the past of the test and answers it. `penchant-tuned` has its blend weights from the same validation requests; `penchant` is
    what `Engine.fit` makes of the past of the test, with weights from requests of its own choosing. In a replay all are told of
    every event in turn, and `penchant` is the served engine itself, diversity and all. `others` have answered already, and are
    judged like the rest; `keep` is given each system's answers as they come: a comparison that was broken off goes on with them
    as `others`.

    Raises:
        InvalidInput: for a system that is not known, and for lists that cannot be answers to these requests.
    """
    names = chosen(systems, trained=worth_training(config.training, int(split.known.sum())))
    tuning, judging = trials(split, catalog, config.fold, np.random.default_rng(seed))
    for name, other in others.items():
        _check(name, other, names, judging, k)
    answers: dict[str, Outside] = {}
    shared = _Shared({}, 0.0)
    for place, name in enumerate(names):
        progress(name, place / len(names))
        started = time.process_time()
        lists, picked = _answered(name, split, tuning, judging, catalog, config, k, seed, shared)
        seconds = time.process_time() - started + (shared.seconds if name == TUNED else 0)
        if name == EVOLUTION:
            shared = shared._replace(seconds=seconds)
        answers[name] = Outside(lists, seconds, picked)
        keep(name, answers[name])
    answers |= others
    progress("intervals", 1.0)
    return assemble(
        {name: evaluate(answer.lists, judging.asked.targets, list(METRICS), k) for name, answer in answers.items()},
        title=title,
        protocol=protocol,
        dataset=dataset,
        headline=f"ndcg@{k}",
        rng=np.random.default_rng(seed),
        users=split.test.user,
        kin=KIN,
        slices=by_gap(away(split, split.test)),
        seconds={name: answer.seconds for name, answer in answers.items()},
        measures={name: _measures(answer.lists, split, judging, catalog) for name, answer in answers.items()},
        settings={"seed": seed, "k": k, "repeat": split.repeat}
        | {f"picked: {name}": answer.note for name, answer in answers.items()},
        versions={"penchant": version("penchant"), "numpy": np.__version__, "python": platform.python_version()},
    )


def _check(name: str, other: Outside, names: list[str], judging: Trial, k: int) -> None:
    """Refuse what cannot be judged beside the rest."""
    hidden, lists = judging.asked.hidden, other.lists
    if name in names:
        raise InvalidInput(f"{name!r} is a system of this comparison; give what ran elsewhere another name")
    if lists.shape != (len(hidden), k) or not np.issubdtype(lists.dtype, np.integer):
        raise InvalidInput(
            f"{name!r} must bring {len(hidden)} lists of {k} item numbers, got {lists.dtype} {lists.shape}; pad with -1"
        )
    if lists.min(initial=-1) < -1 or lists.max(initial=-1) >= hidden.shape[1]:
        raise InvalidInput(f"{name!r} lists an item beyond the {hidden.shape[1]} of the catalog; number items as it does")
    named = lists >= 0
    wrong = named & hidden[np.arange(len(lists))[:, None], np.where(named, lists, 0)]
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        raise InvalidInput(
            f"{name!r} lists item {lists[row, place]} for request {row}, to which it is hidden; rank candidates only"
        )


def _answered(
    name: str, split: Split, tuning: Trial, judging: Trial, catalog: Catalog, config: Config, k: int, seed: int, shared: _Shared
) -> tuple[I64, str]:
    """The lists (R, k) of a system for the test, and what validation picked for it."""
    rng = np.random.default_rng(seed)
    if name == OURS and judging.stream is not None:
        return served(split, catalog, msgspec.structs.replace(config, repeat=split.repeat), k), "the served engine"
    if name in (OURS, TUNED):
        blend = _blend(name, split, tuning, judging, catalog, config, seed, rng, shared)
        asked = judging.asked.read(catalog, config.fold, cell_of(blend.sources))
        lists = ranked(_scores_of(blend, catalog), asked, k, rng, sources=blend.sources, stream=judging.stream)
        return lists, "as fitted" if name == OURS else "weights of the blend"
    best, most = None, -1.0
    for source in SYSTEMS[name](Given(config.fold, config.training, split.repeat, seed)):
        shared.fit(source, "tuning", tuning, catalog)
        lists = _lists(source, tuning, catalog, config.fold, k, rng)
        reached = float(np.mean(METRICS["ndcg"](lists, tuning.asked.targets, k)))
        if reached > most:
            best, most = source, reached
    assert best is not None
    shared.fit(best, "judging", judging, catalog)
    return _lists(best, judging, catalog, config.fold, k, rng), best.name


def _blend(
    name: str,
    split: Split,
    tuning: Trial,
    judging: Trial,
    catalog: Catalog,
    config: Config,
    seed: int,
    rng: np.random.Generator,
    shared: _Shared,
) -> Blend:
    training = config.training if worth_training(config.training, len(judging.events.user)) else None
    sources = default_sources(config.fold, len(catalog), repeat=split.repeat, training=training, seed=seed)
    if name == OURS:
        return learn(judging.events, catalog, sources, config.fold, repeat=split.repeat, rng=rng)
    for source in sources:
        shared.fit(source, "tuning", tuning, catalog)
    blend, asked = Blend(sources), tuning.asked.read(catalog, config.fold, cell_of(sources))
    blend.fit(asked.interests, asked.targets, asked.hidden, catalog, rng=rng, stream=tuning.stream)
    for source in sources:
        shared.fit(source, "judging", judging, catalog)
    return blend


def _scores_of(blend: Blend, catalog: Catalog) -> Scorer:
    def score(interests: Interests) -> F32:
        return blend.score(interests, catalog).scores

    return score


def _lists(source: Source, trial: Trial, catalog: Catalog, settings: Fold, k: int, rng: np.random.Generator) -> I64:
    def score(interests: Interests) -> F32:
        return source.score(interests, catalog)

    asked = trial.asked.read(catalog, settings, cell_of((source,)))
    return ranked(score, asked, k, rng, sources=(source,), stream=trial.stream)


def _measures(lists: I64, split: Split, judging: Trial, catalog: Catalog) -> dict[str, float]:
    """Numbers of the lists as a whole."""
    events = judging.events.take(judging.events.item >= 0)
    pairs = np.unique(np.stack([events.user, events.item]), axis=1)
    consumers = np.bincount(pairs[1], minlength=len(catalog))
    popular = np.argsort(-consumers, kind="stable")[: lists.shape[1]]
    obvious = np.broadcast_to(popular, (len(lists), len(popular)))
    asked, k = judging.asked, lists.shape[1]
    categories = _categories(catalog)
    mix = beyond.category_mix(asked.interests.items, categories)
    liked = beyond.satisfaction(lists, asked.targets, feedback(split, split.test))
    measures = {
        "coverage": beyond.coverage(lists, len(catalog)),
        "gini": beyond.gini(lists, len(catalog)) if (lists >= 0).any() and len(catalog) > 1 else 1.0,
        "novelty": float(np.mean(beyond.novelty(lists, consumers, len(np.unique(pairs[0]))))),
        "diversity": float(np.mean(beyond.diversity(lists, catalog.vectors))),
        "serendipity": float(np.mean(beyond.serendipity(lists, asked.targets, obvious))),
        "miscalibration": float(np.mean(beyond.calibration(lists, mix, categories))),
        "satisfaction": float(np.mean(liked[np.isfinite(liked)])) if np.isfinite(liked).any() else 0.0,
    }
    return {f"{name}@{k}": value for name, value in measures.items()}


def _categories(catalog: Catalog) -> F32:
    """(items, G) each item shared evenly among its categories."""
    names = sorted({category for item in catalog.items for category in item.categories}) or ["unknown"]
    place = {name: column for column, name in enumerate(names)}
    shares = np.zeros((len(catalog), len(names)), np.float32)
    for row, item in enumerate(catalog.items):
        for category in item.categories:
            shares[row, place[category]] += 1 / len(item.categories)
    return shares
