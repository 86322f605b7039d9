"""Small worlds that tests share: logs, catalogs and engines, made from a seed."""

from collections.abc import Sequence

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.narrate.person.rewriting import joined, worded
from penchant.shift import Moved
from penchant.slate.explanation import Contribution, Counterfactual, spoken_of
from penchant.types import DAY, F32, Event, Events, Item

FOLD = Fold(half_lives=(600.0, DAY, 30 * DAY), window=5)
HALF_LIVES = np.array(FOLD.half_lives)


def columns(user: list[int], item: list[int], time: list[float], weight: list[float] | None = None) -> Events:
    """Events from plain lists."""
    n = len(user)
    weights = np.ones(n, np.float32) if weight is None else np.array(weight, np.float32)
    return Events(
        np.array(user, np.int64), np.array(item, np.int64), np.zeros(n, np.int64), weights, np.array(time, float), np.full(n, -1)
    )


def unit(rng: np.random.Generator, rows: int, dim: int = 8) -> F32:
    """Random unit rows."""
    vectors = rng.standard_normal((rows, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def catalog_of(items: int, rng: np.random.Generator, dim: int = 8) -> Catalog:
    """A catalog of `items` items i0, i1, ... with random vectors."""
    catalog = Catalog(dim)
    catalog.extend([Item(id=f"i{n}", title=f"Item {n}") for n in range(items)], unit(rng, items, dim))
    return catalog


def log_of(users: int, items: int, events: int, rng: np.random.Generator) -> Events:
    """Random events sorted by user, then time, with ties."""
    user, item = rng.integers(0, users, events), rng.integers(0, items, events)
    time = rng.integers(0, 40, events) * DAY / 4
    order = np.lexsort((rng.random(events), time, user))
    return Events(user, item, np.zeros(events, np.int64), np.ones(events, np.float32), time, np.full(events, -1)).take(order)


FILMS = [
    Item(id="alien", title="Visitors from Outer Space", categories=("Sci-Fi",)),
    Item(id="mars", title="A Colony on Mars", categories=("Sci-Fi", "Drama")),
    Item(id="robot", title="The Robot and the Galaxy", categories=("Sci-Fi",)),
    Item(id="kiss", title="One Kiss in Paris", categories=("Romance",)),
    Item(id="wedding", title="The Wedding Summer", categories=("Romance", "Comedy")),
    Item(id="letters", title="Love Letters", categories=("Romance",)),
    Item(id="clown", title="The Clown Who Laughed", categories=("Comedy",)),
    Item(id="farm", title="A Family Farm", categories=()),
]


def story(people: int = 12, seed: int = 0) -> list[Event]:
    """Half of the people go from science fiction to romance, the others the other way, a film a day."""
    rng = np.random.default_rng(seed)
    space, love = ["alien", "mars", "robot"], ["kiss", "wedding", "letters"]
    events = []
    for person in range(people):
        first, then = (space, love) if person % 2 else (love, space)
        films = [*rng.permutation(first), "clown", *rng.permutation(then)]
        start = 1.6e9 + person * DAY / 7
        events += [
            Event(user=f"u{person}", item=str(film), action="like", time=start + DAY * day) for day, film in enumerate(films)
        ]
    return events


def sentence(
    title: str,
    found: Sequence[Contribution],
    without: Counterfactual | None,
    rank: int,
    change: Moved | None,
    language: str = "en",
) -> str:
    """What an explanation made of these parts says by template."""
    return joined(worded(language, spoken_of(title, found, without, rank, change, language)), language)
