"""How well it is foreseen what people will want: a person's interest vector some time ahead, against what came.

The protocol of docs/evaluation.md, "Forecasts". At a moment t everybody who consumed something in (t, t + span], and something
before t, is asked about. The truth is the direction of what they then consumed; a forecast is any vector made from what was
before t; the measure is the cosine of the two. Settings are picked at an earlier moment, by what came until t alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from penchant.interest.sources import EVOLUTION, Source, cell_of
from penchant.interest.walk import walk
from penchant.types import DAY, F32, F64, I64, Bool, Events, Interests

SPANS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 91 * DAY}  # seconds
HALF_LIVES = tuple(days * DAY for days in (1 / 24, 1, 3, 7, 14, 30, 90, 365, 3650))  # seconds
TEMPERATURES = (0.5, 1.0, 2.0, 4.0, 8.0)
_BOUNDARIES = (0.8, 0.9, 1.0)  # quantiles of time: settings are picked after the first, judged after the second
_WINDOW = 200  # last events that networks without a state read
_ROWS = 256  # people scored together
_FLAT = 1e-8  # of the largest eigenvalue: what varies less among items is rounding, and nothing is solved for along it
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # of smoothing in a mixture, and of everybody, whoever it is
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
    """What is known at `at` of `users` (R,), ascending, R at least 1; `cell` folds their memory.

    `events` are sorted by user, then time, and may go on after `at`.

    Raises:
        InvalidInput: for people who consumed nothing before `at`.
    """
    before = events.take(events.time < at)
    consumers = np.isin(users, _taken(before).user)
    if not consumers.all():
        raise InvalidInput(
            f"{(~consumers).sum()} of {len(users)} people consumed nothing before {at:.0f} s; ask about those who did"
        )
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
        weights = events.weight * np.exp2((events.time - events.time.max()) / half_life)
        mean = np.bincount(events.item, weights, len(vectors)) @ vectors
        found[f"{half_life / DAY:.3g} d"] = np.tile(mean, (len(known.users), 1))
    return found


def learned(source: Source, known: Past, span: float) -> dict[str, F32]:
    """What a source says when it is asked for the middle of the span.

    Logarithms of odds: the mean vector of the items on sale at `at`, weighted by their softmax, by temperature. Other scores are
    taken for dot products with the item vectors, and the vector they are products with is found by least squares.
    """
    items, later = known.catalog.vectors, known.at + span / 2
    if source.logarithmic:
        read = partial(_expected, items, known.catalog.visible(known.at))
    else:
        read = partial(_solved, items.astype(np.float64))
    blocks = [
        read(source.score(_read_at(known.interests.take(slice(row, row + _ROWS)), later), known.catalog))
        for row in range(0, len(known.users), _ROWS)
    ]
    return {setting: np.concatenate([block[setting] for block in blocks]) for setting in blocks[0]}


def _read_at(now: Interests, at: float) -> Interests:
    """The same people's read-out at a later time, nothing having happened."""
    gap = at - now.at
    faded = np.exp2(-gap[:, None] / np.array(HALF_LIVES)).astype(np.float32)
    return now._replace(
        at=now.at + gap,
        away=now.away + gap,
        ages=now.ages + gap[:, None],
        mass=now.mass * faded,
        vector=now.vector * faded[:, :, None],
    )


def _expected(items: F32, offered: Bool, scores: F32) -> dict[str, F32]:
    odds = np.where(offered, scores, np.float32(-np.inf))
    odds -= odds.max(axis=1, keepdims=True)
    return {f"{t:g}": np.exp(odds / np.float32(t)) @ items for t in TEMPERATURES}


def _solved(items: F64, scores: F32) -> dict[str, F32]:
    return {"": np.asarray(scores @ items @ np.linalg.pinv(items.T @ items, _FLAT, hermitian=True), np.float32)}


Forecaster = Callable[[Past, float], dict[str, F32]]  # from a past and a span in seconds: (R, D) by setting, of any length
BASELINES: dict[str, Forecaster] = {"persistence": persistence, "smoothing": smoothing, "everybody": everybody}


def forecast(
    events: Events, catalog: Catalog, sources: Sequence[Source], rng: np.random.Generator, spans: Mapping[str, float] = SPANS
) -> list[Outlook]:
    """Every baseline and every source on each of `spans`, in seconds, from the second of two boundaries on: the .8 and .9
    quantiles of time.

    Sources are fitted on what was before the first boundary, where all settings are picked by what came until the second; then
    again on what was before that. All but `everybody` are reported with their best setting, mixed with smoothing, shrunk towards
    everybody, and both. Of sources with a memory (`Evolving`) there may be one. `rng` orders ties in time and draws the
    bootstrap's people.

    Raises:
        InvalidInput: for a log without events, and for a span within which fewer than two people come back.
    """
    if not len(events.user):
        raise InvalidInput("there are no events to forecast from; give at least two people's histories")
    events = events.take(np.lexsort((rng.random(len(events.user)), events.time, events.user)))
    first, second, ends = (float(np.quantile(events.time, share)) for share in _BOUNDARIES)
    tuning = _asked(events.take(events.time < second), catalog, sources, first, spans)
    picked = {span: (len(made.truth), _pick(made)) for span, made in tuning}
    outlooks = []
    for span, made in _asked(events, catalog, sources, second, spans):
        people, recipes = picked[span]
        covered, tuned = (min(spans[span], length) for length in (ends - second, second - first))
        outlooks.append(Outlook(span, len(made.truth), covered, people, tuned, _judge(made, recipes, rng)))
    return outlooks


def _taken(events: Events) -> Events:
    return events.take((events.item >= 0) & (events.weight > 0))


def _asked(
    events: Events, catalog: Catalog, sources: Sequence[Source], at: float, spans: Mapping[str, float]
) -> Iterator[tuple[str, Made]]:
    """Sources fitted on what was before `at`, then span by span what was foreseen of those who came back, and what came."""
    taken = _taken(events)
    users = np.intersect1d(taken.user[taken.time < at], taken.user[taken.time > at])
    truths = {span: consumed(taken, users, catalog.vectors, at, at + seconds) for span, seconds in spans.items()}
    for span, truth in truths.items():  # before anything is trained
        if (back := int(truth.any(axis=1).sum())) < 2:
            raise InvalidInput(f"{back} people came back within a {span} of {at:.0f} s; give more people, or a longer span")
    for source in sources:
        source.fit(events.take(events.time < at), catalog)
    known = past(events, catalog, users, at, cell_of(sources))
    forecasters = BASELINES | {source.name: partial(learned, source) for source in sources}
    for span, truth in truths.items():
        there = truth.any(axis=1)
        found = {name: forecaster(known, spans[span]) for name, forecaster in forecasters.items()}
        units = {name: {setting: unit(rows[there]) for setting, rows in made.items()} for name, made in found.items()}
        yield span, Made(units, truth[there], known.interests.folded[there])


def _pick(made: Made) -> dict[str, Recipe]:
    """The recipe of every system that comes closest to the truth."""

    def best(recipes: Iterable[Recipe]) -> Recipe:
        return max(recipes, key=lambda recipe: float(made.cosines(recipe).mean()))

    alone = {name: [Recipe(name, setting) for setting in settings] for name, settings in made.vectors.items()}
    smooth, everyone = best(alone["smoothing"]), best(alone.pop("everybody"))
    picked = {"everybody": everyone}
    for name, recipes in alone.items():
        mixed = [replace(recipe, smoothing=smooth.setting, share=share) for recipe in recipes for share in _SHARES]
        for label, ways in ((name, recipes), (f"{name} + smoothing", mixed)):
            picked[label] = best(ways)
            picked[f"{label}, shrunk"] = best(
                replace(recipe, everybody=everyone.setting, shrink=share, prior=prior)
                for recipe, share, prior in product(ways, _SHARES, _PRIOR)
            )
    return picked


def _judge(made: Made, recipes: Mapping[str, Recipe], rng: np.random.Generator) -> list[Score]:
    """Every system's score, the best first."""
    reached = {name: made.cosines(recipe) for name, recipe in recipes.items()}
    order = sorted(reached, key=lambda name: -float(reached[name].mean()))
    rival = next(name for name in order if recipes[name].forecaster != EVOLUTION)
    gains = {name: mean_interval(reached[name] - reached[rival], rng) for name in order if name != rival}
    return [Score(name, recipes[name], mean_interval(reached[name], rng), gains.get(name)) for name in order]
