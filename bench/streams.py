"""Streams of memberships with and without a shift: of coins and dice, and spliced from the histories of real people."""

from typing import NamedTuple

import numpy as np

from penchant.evaluate.world import World
from penchant.interest.transitions import histories
from penchant.interest.visits import visits
from penchant.shift.learn import Histories, shuffled
from penchant.types import F32, F64, I64, Bool

HORIZON = 100  # events after a real shift within which it counts as found; 60 on made streams


class Streams(NamedTuple):
    """N streams of up to n events."""

    x: F32  # (N, n, B) memberships
    fresh: Bool  # (N, n) whether a visit begins
    length: I64  # (N,)
    at: I64  # (N,) the event that the mix changes with, `length` where it does not

    @property
    def there(self) -> Bool:
        """(N, n) where there is an event."""
        return np.asarray(np.arange(self.x.shape[1]) < self.length[:, None])

    def some(self, share: float) -> "Streams":
        """A `share` of the streams, evenly spread."""
        chosen = np.arange(0, len(self.length), 1 / share).astype(np.int64)
        return Streams._make(column[chosen] for column in self)


def coins(
    rng: np.random.Generator, streams: int, length: int, before: float, after: float | None = None, at: int = 60
) -> Streams:
    """Topic 0 with one rate, then another; topic 1 otherwise. Every event is a visit of its own."""
    rate = np.where(np.arange(length) < at, before, before if after is None else after)
    hit = rng.random((streams, length)) < rate
    told = np.stack([hit, ~hit], axis=2).astype(np.float32)
    moves = np.full(streams, length if after is None else at)
    return Streams(told, np.ones(hit.shape, bool), np.full(streams, length), moves)


def dice(rng: np.random.Generator, mixes: F64, length: int) -> Streams:
    """Events drawn from each stream's mix (N, B)."""
    topic = np.stack([rng.choice(mixes.shape[1], length, p=mix) for mix in mixes])
    told = np.eye(mixes.shape[1], dtype=np.float32)[topic]
    return Streams(told, np.ones(topic.shape, bool), np.full(len(mixes), length), np.full(len(mixes), length))


# --- real streams -----------------------------------------------------------------------------------------------------------


def real(found: World, rng: np.random.Generator) -> Histories:
    """What people consumed, by category, or where there are none by one of 20 clusters of text; one instant in random order."""
    items = found.catalog.items
    names = sorted({category for item in items for category in item.categories})
    if names:
        topics = np.array([[name in item.categories for name in names] for item in items], np.float32)
        topics /= np.maximum(topics.sum(axis=1, keepdims=True), 1)
    else:
        topics = np.eye(20, dtype=np.float32)[clusters(found.catalog.vectors, 20, rng)]
    past = histories(found.events.take(rng.permutation(len(found.events.user))))
    return Histories(past.user, topics[past.item], visits(past.user, past.time))


def clusters(vectors: F32, k: int, rng: np.random.Generator) -> I64:
    """Spherical k-means (Dhillon and Modha 2001) from random items."""
    centres = vectors[rng.choice(len(vectors), k, replace=False)]
    for _ in range(30):
        nearest = (vectors @ centres.T).argmax(axis=1)
        sums = np.stack([vectors[nearest == cluster].sum(axis=0) for cluster in range(k)])
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return np.asarray((vectors @ centres.T).argmax(axis=1))


def people(log: Histories, rng: np.random.Generator, most: int) -> list[I64]:
    """Rows of `most` random people with 100 events and 5 visits or more."""
    events, begun = np.bincount(log.user), np.bincount(log.user, log.fresh)
    able = rng.permutation(np.flatnonzero((events >= 100) & (begun >= 5)))[:most]
    return [np.flatnonzero(log.user == user) for user in able]


def padded(log: Histories, rows: list[I64], at: I64) -> Streams:
    length = np.array([len(row) for row in rows])
    x = np.zeros((len(rows), int(length.max()), log.memberships.shape[1]), np.float32)
    fresh = np.zeros(x.shape[:2], bool)
    for stream, row in enumerate(rows):
        x[stream, : len(row)] = log.memberships[row]
        fresh[stream, : len(row)] = np.diff(log.visit[row], prepend=-1) != 0
    return Streams(x, fresh, length, np.where(at < 0, length, at))


def spliced(log: Histories, rows: list[I64], rng: np.random.Generator, streams: int) -> tuple[Streams, float]:
    """One person's first 40 to 120 events, then another's last 100, of the 5% of pairs whose mixes are furthest apart.

    Distance is total variation between the mixes of all their events; the least that took part is given too.
    """
    mixes = np.array([log.memberships[row].mean(axis=0) for row in rows])
    apart = np.abs(mixes[:, None] - mixes[None]).sum(axis=2) / 2
    least = float(np.quantile(apart[np.triu_indices(len(rows), 1)], 0.95))
    able = np.argwhere(apart >= least)
    pairs = able[rng.permutation(len(able))][:streams]
    at = np.minimum(rng.integers(40, 121, len(pairs)), [len(rows[a]) for a, _ in pairs])
    joined = [np.concatenate([rows[a][:cut], rows[b][-HORIZON:]]) for (a, b), cut in zip(pairs, at, strict=True)]
    return padded(log, joined, at), least


def drawn(log: Histories, rng: np.random.Generator) -> tuple[Histories, dict[str, Streams], float]:
    """What to learn from, and the streams: people take part in one or the other."""
    half = rng.permutation(int(log.user.max()) + 1) % 2 == 0
    told, tested = log.take(half[log.user]), log.take(~half[log.user])
    still = shuffled(tested, rng)
    rows = people(still, rng, 400)
    nowhere = np.full(150, -1)
    streams = {"shuffled": padded(still, [row[:250] for row in rows[:150]], nowhere[: len(rows)])}
    as_lived = people(tested, rng, 150)
    streams["as lived"] = padded(tested, [row[:250] for row in as_lived], nowhere[: len(as_lived)])
    streams["spliced"], least = spliced(still, rows, rng, 150)
    return told, streams, least


# --- systems ----------------------------------------------------------------------------------------------------------------
