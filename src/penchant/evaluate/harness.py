"""Systems side by side: the same rows, split, candidates and metric code for all, tuned on validation alone."""

import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import NamedTuple, Protocol

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Config, Fold
from penchant.evaluate import beyond
from penchant.evaluate.histories import away
from penchant.evaluate.metrics import METRICS, evaluate
from penchant.evaluate.ranking import top_k
from penchant.evaluate.report import Report, assemble, by_gap
from penchant.evaluate.served import served
from penchant.evaluate.splits import Requests, Split
from penchant.evaluate.systems import OURS, SYSTEMS, chosen
from penchant.interest.sources import Source
from penchant.interest.walk import consumed, walk
from penchant.rank.blend import Blend
from penchant.rank.learn import Progress, default_sources, silent
from penchant.types import F32, F64, I64, Bool, Events, Interests

_ROWS = 500  # requests scored together


class Asked(NamedTuple):
    """Requests as models see them."""

    interests: Interests
    hidden: Bool  # (R, items) may not be recommended
    targets: list[I64]


class Scorer(Protocol):
    """What a system comes down to once it is fitted."""

    def __call__(self, interests: Interests) -> F32:
        """(R, items) scores."""
        ...


def ask(split: Split, requests: Requests, catalog: Catalog, settings: Fold, *, events: Events | None = None) -> Asked:
    """The read-out of every request and what it may be shown: items on sale then, without the ones consumed unless they repeat.

    `events` stand in for the split's own where history is changed on purpose.
    """
    told = split.events if events is None else events
    interests = walk(told, requests.user, requests.at, requests.prefix, catalog.vectors, settings)
    hidden = np.stack([~catalog.visible(at) for at in requests.at]) if len(requests.at) else np.zeros((0, len(catalog)), bool)
    if not split.repeat:
        hidden |= consumed(split.events, requests.user, requests.prefix, len(catalog))
    for row, targets in enumerate(requests.targets):
        hidden[row, targets] = False  # a target is always a candidate
    return Asked(interests, hidden, requests.targets)


def ranked(score: Scorer, asked: Asked, k: int, rng: np.random.Generator) -> I64:
    """(R, k) the best items of every request, ties by chance."""
    rows = range(0, len(asked.targets), _ROWS)
    parts = [slice(start, start + _ROWS) for start in rows]
    return np.concatenate(
        [top_k(score(asked.interests.take(part)), k, candidates=~asked.hidden[part], rng=rng) for part in parts]
    )


def compare(
    split: Split,
    catalog: Catalog,
    config: Config,
    *,
    title: str,
    protocol: str,
    dataset: str,
    systems: list[str] | None = None,
    k: int = 10,
    seed: int = 0,
    progress: Progress = silent,
) -> Report:
    """Fit, tune and test systems on one split, and what they reached with 95% intervals.

    A family's variants are fitted on `split.train` and compared by NDCG@k on the validation requests; the winner, and Penchant
    with blend weights from those same requests, is fitted on `split.known` and answers the test. Without validation requests (a
    replay) the middle variant of each family stands, and what is judged is the served engine itself, told of every event in turn.

    Raises:
        InvalidInput: for a system that is not known.
    """
    names = chosen(systems)
    validation, test = (ask(split, requests, catalog, config.fold) for requests in (split.validation, split.test))
    values: dict[str, dict[str, F64]] = {}
    measures: dict[str, dict[str, float]] = {}
    seconds: dict[str, float] = {}
    picked: dict[str, str] = {}
    for place, name in enumerate(names):
        progress(name, place / len(names))
        started = time.process_time()
        rng = np.random.default_rng(seed)
        if name == OURS and not validation.targets:
            lists, picked[name] = served(split, catalog, config, k, progress=progress), "the served engine"
        else:
            score, picked[name] = _prepared(name, split, validation, catalog, config.fold, k, rng)
            lists = ranked(score, test, k, rng)
        seconds[name] = time.process_time() - started
        values[name] = evaluate(lists, test.targets, list(METRICS), k)
        measures[name] = _measures(lists, split, catalog)
    progress("intervals", 1.0)
    return assemble(
        values,
        title=title,
        protocol=protocol,
        dataset=dataset,
        headline=f"ndcg@{k}",
        rng=np.random.default_rng(seed),
        users=split.test.user,
        slices=by_gap(away(split, split.test)),
        seconds=seconds,
        measures=measures,
        settings={"seed": seed, "k": k, "repeat": split.repeat}
        | {f"picked: {name}": variant for name, variant in picked.items()},
        versions={"penchant": version("penchant"), "numpy": np.__version__, "python": platform.python_version()},
    )


def _prepared(
    name: str, split: Split, validation: Asked, catalog: Catalog, settings: Fold, k: int, rng: np.random.Generator
) -> tuple[Scorer, str]:
    """A system fitted for the test, and what validation picked for it."""
    train, known = split.events.take(split.train), split.events.take(split.known)
    if name == OURS:
        blend = Blend(default_sources(settings, len(catalog), repeat=split.repeat))
        _fit(blend.sources, train, catalog)
        blend.fit(validation.interests, np.array([t[0] for t in validation.targets]), validation.hidden, catalog, rng=rng)
        _fit(blend.sources, known, catalog)
        return lambda interests: blend.score(interests, catalog).scores, "weights of the blend"
    variants = SYSTEMS[name](settings)
    best = variants[len(variants) // 2]
    if validation.targets and len(variants) > 1:
        best = max(_judged(variants, train, validation, catalog, k, rng), key=lambda pair: pair[0])[1]
    best.fit(known, catalog)
    return lambda interests: best.score(interests, catalog), best.name


def _judged(
    variants: list[Source], train: Events, validation: Asked, catalog: Catalog, k: int, rng: np.random.Generator
) -> Iterator[tuple[float, Source]]:
    for source in variants:
        source.fit(train, catalog)
        lists = ranked(lambda interests, source=source: source.score(interests, catalog), validation, k, rng)
        yield float(np.mean(METRICS["ndcg"](lists, validation.targets, k))), source


def _fit(sources: tuple[Source, ...], events: Events, catalog: Catalog) -> None:
    for source in sources:
        source.fit(events, catalog)


def _measures(lists: I64, split: Split, catalog: Catalog) -> dict[str, float]:
    """Numbers of the lists as a whole."""
    events = split.events.take(split.known & (split.events.item >= 0))
    pairs = np.unique(np.stack([events.user, events.item]), axis=1)
    consumers = np.bincount(pairs[1], minlength=len(catalog))
    k = lists.shape[1]
    return {
        f"coverage@{k}": beyond.coverage(lists, len(catalog)),
        f"gini@{k}": beyond.gini(lists, len(catalog)),
        f"novelty@{k}": float(np.nanmean(beyond.novelty(lists, consumers, len(np.unique(pairs[0]))))),
        f"diversity@{k}": float(np.nanmean(beyond.diversity(lists, catalog.vectors))),
    }
