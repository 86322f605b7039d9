"""A split as systems meet it: what they are fitted on, what they are asked, and what they are told meanwhile."""

from typing import NamedTuple, Protocol

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.evaluate.ranking import top_k
from penchant.evaluate.splits import Requests, Split
from penchant.interest.evolution import Cell
from penchant.interest.sources import Source, Told
from penchant.interest.walk import consumed, walk
from penchant.rank.learn import recent
from penchant.types import F32, I64, Bool, Events, Interests

_ROWS = 100  # requests scored together, and told of what happened before the first of them


class Asked(NamedTuple):
    """Requests as models see them; `interests` are without the memory of a recurrence until they are `read` with it."""

    interests: Interests
    hidden: Bool  # (R, items) may not be recommended
    targets: list[I64]
    events: Events  # sorted by user, then time: of user[r], request r knows the first prefix[r]
    user: I64
    prefix: I64

    def read(self, catalog: Catalog, settings: Fold, cell: Cell | None) -> "Asked":
        """The same requests with what a fitted `cell` makes of their histories."""
        if cell is None:
            return self
        at = self.interests.at
        return self._replace(interests=walk(self.events, self.user, at, self.prefix, catalog.vectors, settings, cell))


class Trial(NamedTuple):
    """One examination."""

    events: Events  # to be fitted on
    asked: Asked
    stream: Events | None  # what everybody is told of as it happens, in order of time; None where models stay as fitted


class Scorer(Protocol):
    """What a system comes down to once it is fitted."""

    def __call__(self, interests: Interests) -> F32:
        """(R, items) scores."""
        ...


def trials(split: Split, catalog: Catalog, settings: Fold, rng: np.random.Generator) -> tuple[Trial, Trial]:
    """What systems are tuned by, and what they are judged by.

    A replay brings no validation requests: they are drawn from the last tenth of what is known, told of its stream likewise.
    """
    known = split.events.take(split.known)
    asked = ask(split, split.test, catalog, settings)
    if len(split.validation.user):
        tuning = Trial(split.events.take(split.train), ask(split, split.validation, catalog, settings), None)
        return tuning, Trial(known, asked, None)
    boundary = float(np.quantile(known.time, 0.9))
    drawn = recent(known, boundary, repeat=split.repeat, rng=rng, limit=1000, returns=None)
    requests = Requests(drawn.user, drawn.at, drawn.prefix, drawn.targets)
    before = known.time < boundary
    validation = ask(split._replace(events=known), requests, catalog, settings)
    tuning = Trial(known.take(before), validation, _by_time(known.take(~before)))
    return tuning, Trial(known, asked, _by_time(split.events.take(~split.known)))


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
    return Asked(interests, hidden, requests.targets, told, requests.user, requests.prefix)


def ranked(
    score: Scorer,
    asked: Asked,
    k: int,
    rng: np.random.Generator,
    *,
    sources: tuple[Source, ...] = (),
    stream: Events | None = None,
) -> I64:
    """(R, k) the best items of every request, ties by chance; `sources` are told of the `stream` on the way."""
    order = np.argsort(asked.interests.at, kind="stable")
    told = Told(sources, stream)
    lists = np.full((len(order), k), -1, np.int64)
    for start in range(0, len(order), _ROWS):
        rows = order[start : start + _ROWS]
        told.until(float(asked.interests.at[rows[0]]))
        lists[rows] = top_k(score(asked.interests.take(rows)), k, candidates=~asked.hidden[rows], rng=rng)
    return lists


def _by_time(events: Events) -> Events:
    return events.take(np.argsort(events.time, kind="stable"))
