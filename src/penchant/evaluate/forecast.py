"""How well it is foreseen what people will want: a person's interest vector some time ahead, against what came.

The protocol of docs/evaluation.md, "Forecasts". At a moment t everybody who consumed something in (t, t + span], and something
before t, is asked about. The truth is the direction of what they then consumed; a forecast is any vector made from what was
before t; the measure is the cosine of the two. Settings are picked at an earlier moment, by what came until t alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace
from scipy import sparse

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.errors import InvalidInput
from penchant.evaluate.intervals import Interval, mean_interval
from penchant.interest.evolution import Cell
from penchant.interest.sources import Source, cell_of
from penchant.interest.walk import walk
from penchant.types import DAY, F32, F64, I64, Events, Interests

SPANS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 91 * DAY}
HALF_LIVES = tuple(days * DAY for days in (1 / 24, 1, 3, 7, 14, 30, 90, 365, 3650))
TEMPERATURES = (0.5, 1.0, 2.0, 4.0, 8.0)
_BOUNDARIES = (0.8, 0.9, 1.0)  # quantiles of time: settings are picked after the first, judged after the second
_WINDOW = 200  # last events that networks without a state read
_ROWS = 256  # people scored together
_SHARES = (0.2, 0.4, 0.6, 0.8)  # of smoothing in a mixture
_SHRINK = (0.0, 0.2, 0.4, 0.6, 0.8)  # share of everybody, whoever it is
_PRIOR = (0.0, 10.0, 30.0, 100.0)  # events that everybody counts for, beside those of the person


class Past(NamedTuple):
    """What is known at `at`, epoch seconds, and the R people who are asked about."""

    events: Events  # what was consumed strictly before `at`, sorted by user, then time
    catalog: Catalog
    at: float
    users: I64  # (R,) ascending
    interests: Interests  # theirs as of their last event, so that nothing has faded to zero; sums at HALF_LIVES


class Recipe(msgspec.Struct, frozen=True):
    """How a system makes its forecast: the forecaster and what validation picked for it."""

    forecaster: str
    setting: str
    smoothing: str = ""  # setting of the smoothing that is mixed in
    share: float = 0.0  # of it
    everybody: str = ""  # setting of what the forecast is shrunk towards
    shrink: float = 0.0  # share of it
    prior: float = 0.0  # events it counts for: a person's own forecast has n / (n + prior) of the rest


class Made(NamedTuple):
    """What was foreseen of R people, and what came."""

    vectors: Mapping[str, dict[str, F32]]  # unit vectors (R, D) by forecaster and setting
    truth: F32  # (R, D) unit vectors
    folded: F64  # (R,) events known of each

    def cosines(self, recipe: Recipe) -> F64:
        """(R,) of what the recipe makes with the truth."""
        own = self.vectors[recipe.forecaster][recipe.setting]
        if recipe.share:
            own = unit((1 - recipe.share) * own + recipe.share * self.vectors["smoothing"][recipe.smoothing])
        if recipe.everybody:
            trust = ((1 - recipe.shrink) * self.folded / (self.folded + recipe.prior))[:, None].astype(np.float32)
            own = unit(trust * own + (1 - trust) * self.vectors["everybody"][recipe.everybody])
        return np.asarray((own * self.truth).sum(axis=1), np.float64)


class Score(msgspec.Struct, frozen=True):
    """What a system reached, and its paired gain over the rival: the best system without the evolution model."""

    name: str
    recipe: Recipe
    cosine: Interval
    gain: Interval | None  # None for the rival itself


class Outlook(msgspec.Struct, frozen=True):
    """One span ahead. A log may end before the span does, and the second boundary is where tuning ends."""

    span: str
    people: int
    covered: float  # seconds of the span that are judged
    tuning: int  # people that settings were picked by
    tuned: float  # seconds of the span that they were picked by
    scores: list[Score]


def unit(vectors: F32 | F64) -> F32:
    """The same rows with length 1; rows of zeros stay."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), np.float32)


def consumed(events: Events, users: I64, vectors: F32, since: float, until: float) -> F32:
    """(R, D) the direction of what each of `users`, ascending, consumed in (since, until]: the mean of item vectors, by weight.

    Zeros where there is nothing.

    >>> blank = np.zeros(2, np.int64)
    >>> events = Events(blank, np.array([0, 1]), blank, np.array([3, 4], np.float32), np.array([5.0, 6.0]), blank - 1)
    >>> consumed(events, np.array([0, 7]), np.eye(2, dtype=np.float32), 4.0, 6.0)
    array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """
    inside = (events.time > since) & (events.time <= until) & np.isin(events.user, users)
    taken = _taken(events.take(inside))
    cells = taken.weight.astype(np.float64), (np.searchsorted(users, taken.user), taken.item)
    return unit(sparse.csr_array(cells, shape=(len(users), len(vectors))) @ vectors)


def past(events: Events, catalog: Catalog, users: I64, at: float, cell: Cell | None = None) -> Past:
    """What is known of `users` (R,), ascending, each with an event before `at`; `events` sorted by user, then time."""
    before = events.take(events.time < at)
    start, stop = (np.searchsorted(before.user, users, side) for side in ("left", "right"))
    settings = Fold(half_lives=HALF_LIVES, window=_WINDOW)
    interests = walk(before, users, before.time[stop - 1], stop - start, catalog.vectors, settings, cell)
    return Past(_taken(before), catalog, at, users, interests)


def persistence(known: Past, span: float) -> dict[str, F32]:
    """What they consumed in the span before, else their last event: it stays as it is."""
    vectors = known.catalog.vectors
    found = consumed(known.events, known.users, vectors, known.at - span, known.at)
    last = known.events.item[np.searchsorted(known.events.user, known.users, "right") - 1]
    return {"": np.where(found.any(axis=1, keepdims=True), found, vectors[last])}


def smoothing(known: Past, span: float) -> dict[str, F32]:
    """The fold's decayed sum of item vectors, by half-life."""
    return {f"{half / DAY:.3g} d": known.interests.vector[:, place] for place, half in enumerate(HALF_LIVES)}


def everybody(known: Past, span: float) -> dict[str, F32]:
    """The mean vector of what everybody consumed, by half-life: the same for each."""
    events, vectors, found = known.events, known.catalog.vectors, {}
    for half_life in (*HALF_LIVES, np.inf):
        weights = events.weight * np.exp2((events.time - known.at) / half_life)
        mean = np.bincount(events.item, weights, len(vectors)) @ vectors
        found[f"{half_life / DAY:.3g} d"] = np.tile(mean, (len(known.users), 1))
    return found


def learned(source: Source, known: Past, span: float) -> dict[str, F32]:
    """What a source asked for the middle of the span says.

    Logarithms of odds: the mean vector of the items on sale at `at`, weighted by their softmax, by temperature. Other scores are
    taken for dot products with the item vectors, and the vector they are products with is found by least squares.
    """
    items, now = known.catalog.vectors, known.interests
    at = np.full(len(known.users), known.at + span / 2)
    later = now._replace(at=at, away=now.away + at - now.at, ages=now.ages + (at - now.at)[:, None])
    scores = [source.score(later.take(slice(row, row + _ROWS)), known.catalog) for row in range(0, len(at), _ROWS)]
    if not source.logarithmic:
        return {"": np.linalg.lstsq(items.astype(np.float64), np.concatenate(scores).T)[0].T.astype(np.float32)}
    closed = np.where(known.catalog.visible(known.at), np.float32(0), np.float32(-np.inf))
    offered = [block + closed - (block + closed).max(axis=1, keepdims=True) for block in scores]
    return {f"{t:g}": np.concatenate([np.exp(block / np.float32(t)) @ items for block in offered]) for t in TEMPERATURES}


Forecaster = Callable[[Past, float], dict[str, F32]]  # from a past and a span in seconds: (R, D) by setting, of any length
BASELINES: dict[str, Forecaster] = {"persistence": persistence, "smoothing": smoothing, "everybody": everybody}


def forecast(
    events: Events, catalog: Catalog, sources: Sequence[Source], rng: np.random.Generator, spans: Mapping[str, float] = SPANS
) -> list[Outlook]:
    """Every baseline and every source on every span, at the second of two boundaries: the .8 and .9 quantiles of time.

    Sources are fitted on what was before the first boundary, where all settings are picked by what came until the second, then
    again on what was before that. Everything is reported with its best setting, and shrunk towards everybody; sources also
    mixed with smoothing.

    Raises:
        InvalidInput: when fewer than two people can be asked about.
    """
    events = events.take(np.lexsort((rng.random(len(events.user)), events.time, events.user)))
    first, second, ends = (float(np.quantile(events.time, share)) for share in _BOUNDARIES)
    names, ours = [source.name for source in sources], {source.name for source in sources if source.logarithmic}
    picked: dict[str, tuple[int, dict[str, Recipe]]] = {}
    outlooks = []
    for at, known in ((first, events.take(events.time < second)), (second, events)):
        for source in sources:
            source.fit(known.take(known.time < at), catalog)
        taken = _taken(known)
        users = np.intersect1d(taken.user[taken.time < at], taken.user[taken.time > at])
        asked = past(known, catalog, users, at, cell_of(sources))
        for span, seconds in spans.items():
            made = _made(asked, seconds, consumed(known, users, catalog.vectors, at, at + seconds), sources)
            if at == first:
                picked[span] = len(made.truth), _pick(made, names)
                continue
            people, recipes = picked[span]
            scores, covered, tuned = _judge(made, recipes, ours, rng), min(seconds, ends - second), min(seconds, second - first)
            outlooks.append(Outlook(span, len(made.truth), covered, people, tuned, scores))
    return outlooks


def _taken(events: Events) -> Events:
    return events.take((events.item >= 0) & (events.weight > 0))


def _made(asked: Past, span: float, truth: F32, sources: Sequence[Source]) -> Made:
    there = np.flatnonzero(truth.any(axis=1))
    if len(there) < 2:
        raise InvalidInput(
            f"{len(there)} people came back within {span:.0f} s of {asked.at:.0f}; give more people, or a longer span"
        )
    forecasters = BASELINES | {source.name: partial(learned, source) for source in sources}
    found = {name: forecaster(asked, span).items() for name, forecaster in forecasters.items()}
    units = {name: {setting: unit(rows[there]) for setting, rows in made} for name, made in found.items()}
    return Made(units, truth[there], asked.interests.folded[there])


def _pick(made: Made, sources: Sequence[str]) -> dict[str, Recipe]:
    """The recipe of every system that comes closest to the truth."""

    def best(recipes: Iterable[Recipe]) -> Recipe:
        return max(recipes, key=lambda recipe: float(made.cosines(recipe).mean()))

    picked, vectors = {}, made.vectors
    everyone, smooth = (best(Recipe(name, setting) for setting in vectors[name]).setting for name in ("everybody", "smoothing"))
    for name, settings in vectors.items():
        systems = {name: [Recipe(name, setting) for setting in settings]}
        if name in sources:
            systems[f"{name} + smoothing"] = [Recipe(name, setting, smooth, share) for setting in settings for share in _SHARES]
        for label, recipes in systems.items():
            picked[label] = best(recipes)
            if name != "everybody":
                ways = product(recipes, _SHRINK, _PRIOR)
                shrunk = (replace(recipe, everybody=everyone, shrink=share, prior=prior) for recipe, share, prior in ways)
                picked[f"{label}, shrunk"] = best(shrunk)
    return picked


def _judge(made: Made, recipes: Mapping[str, Recipe], ours: set[str], rng: np.random.Generator) -> list[Score]:
    """Every system's score, the best first."""
    reached = {name: made.cosines(recipe) for name, recipe in recipes.items()}
    order = sorted(reached, key=lambda name: -float(reached[name].mean()))
    rival = next(name for name in order if recipes[name].forecaster not in ours)
    gains = {name: mean_interval(reached[name] - reached[rival], rng) for name in order if name != rival}
    return [Score(name, recipes[name], mean_interval(reached[name], rng), gains.get(name)) for name in order]
