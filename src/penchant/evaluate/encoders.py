"""Encoders side by side on one's own log: how well text finds takers for items nobody had, before and after adapting."""

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.encode import Space
from penchant.evaluate.cold import Case, case
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.splits import Split, global_time
from penchant.evaluate.trials import Asked, ranked
from penchant.evaluate.world import World
from penchant.interest.sources import Adapted, Content, Source
from penchant.types import F32, Encoder, Interests

HELD = 0.1  # part of the items that nobody is taken to have had


class Judged(msgspec.Struct, frozen=True):
    """NDCG@10 with one encoder, without and with adapting to behaviour: of requests for cold items, ranked among cold items, and
    of requests for all others, ranked among everything."""

    encoder: str
    dim: int
    megabytes: float  # the catalog's vectors
    cold: float
    cold_adapted: float
    warm: float
    warm_adapted: float
    requests: int  # for cold items


def judged(name: str, encoder: Encoder, told: World, *, seed: int = 0) -> Judged:
    """What text is worth with this encoder: one in ten items, by chance, is taken out of the log, and asked for after everything
    else was learned (global time split); text without adapting is at its best half-life for those requests.

    Raises:
        InvalidInput: for a log too short to be split, or in which nobody takes such items.
    """
    space, records = Space.fit(encoder, told.catalog.items), told.catalog.items
    catalog = Catalog(space.dim)
    catalog.extend(records, space.items(records))
    told = told._replace(catalog=catalog)
    split = global_time(told.events, repeat=told.repeat, rng=np.random.default_rng(seed))
    held = np.random.default_rng(seed).random(len(catalog)) < HELD
    cold, warm = (case(told, split, held, warm=warm, seed=seed, limit=1000) for warm in (False, True))
    text = _best(told, split, cold)
    adapted = Adapted(seed=seed)
    adapted.fit(cold.known, catalog)
    return Judged(
        name,
        space.dim,
        catalog.vectors.nbytes / 1e6,
        _gain(text, cold.among(), catalog),
        _gain(adapted, cold.among(), catalog),
        _gain(text, warm.asked, catalog),
        _gain(adapted, warm.asked, catalog),
        len(cold.asked.targets),
    )


def advice(found: list[Judged]) -> str:
    """The encoder to take, in a sentence: the best at cold items with adapting or without, whichever is more.

    >>> advice([Judged("hash", 256, 1.0, 0.02, 0.03, 0.1, 0.1, 400), Judged("use", 512, 2.0, 0.04, 0.05, 0.1, 0.1, 400)])
    'use --encoder use: adapted to what people do it finds takers for new items best, NDCG@10 0.050 (0.040 as it comes)'
    """
    best = max(found, key=lambda one: max(one.cold, one.cold_adapted))
    if best.cold_adapted >= best.cold:
        told = f"adapted to what people do it finds takers for new items best, NDCG@10 {best.cold_adapted:.3f}"
        return f"use --encoder {best.encoder}: {told} ({best.cold:.3f} as it comes)"
    told = f"it finds takers for new items best, NDCG@10 {best.cold:.3f}; adapting to this log does not help"
    return f"use --encoder {best.encoder}: {told} ({best.cold_adapted:.3f}), and the blend will weigh it so"


def _best(told: World, split: Split, cold: Case) -> Source:
    lives = told.config.fold.half_lives
    sources = [Content("content", life, lives) for life in lives]
    return max(sources, key=lambda source: _gain(source, cold.among(), told.catalog))


def _gain(source: Source, asked: Asked, catalog: Catalog) -> float:
    def score(interests: Interests) -> F32:
        return source.score(interests, catalog)

    return float(ndcg(ranked(score, asked, 10, np.random.default_rng(0)), asked.targets, 10).mean())
