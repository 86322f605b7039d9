"""What people take next, learned from what items say: a map of the space of texts that serves items nobody had.

A person is the faded sum u of what they had, an item its vector f, both of unit length. Text alone scores u'f: alike is alike,
in the encoder's eyes. People's eyes differ: to them a cake stand goes with bunting, and 1994 with 1995. So the score becomes

    s u'(I + M) f + b'f

with M, b and the scale s fitted by softmax regression on what people took next against other items (InfoNCE: van den Oord et
al. 2018, "Representation Learning with Contrastive Predictive Coding", equation 4, with s for the inverse temperature). It is
convex but for s, has its gradient in closed form, and needs numpy alone. Popularity is not corrected for: b reads from what an
item says how likely anybody is to take it. M is drawn towards 0, which is the encoder's own likeness. A tenth of the items is
left out of training, of histories and of answers alike, and training stops where requests for those are answered best: what is
kept holds for items that were not there.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from penchant.interest.transitions import Sparse
from penchant.types import F32, I64, Bool, Events

REACH = 100  # past events that a person is made of
_OUT = 0.1  # part of the items that tell when to stop
_FEW = 50  # requests for those; with fewer nothing is learned
_JUDGED = 2_000  # requests for those that are looked at
_BATCH, _STEPS = 512, 64  # requests learned from at once, at most; and steps in a pass, at least, where there are enough
_OTHERS = 768  # items drawn beside those taken in a batch
_RATE, _MOMENT, _SQUARE = 1e-3, 0.9, 0.999  # Adam's (Kingma and Ba 2015, algorithm 1)
_PENALTY = 1e-3  # of the squared entries of M
_SCALE = 2.0  # log of the scale before anything is learned


class Taken(NamedTuple):
    """R moments at which somebody took what was new to them: what they are made of just before, (R, items), and the item."""

    taste: Sparse
    item: I64


class Adaptation(NamedTuple):
    """What was learned: M (dim, dim), b (dim,) and s; and NDCG@10 of requests for items left out, without it and with it."""

    map: F32
    offset: F32
    scale: float
    plain: float = 0.0
    reached: float = 0.0

    def score(self, people: F32, items: F32) -> F32:
        """(R, items) logarithms of odds of each item, whose vectors are (items, dim), for unit rows `people` (R, dim)."""
        moved = people + people @ self.map
        return np.asarray((self.scale * moved + self.offset) @ items.T, np.float32)


def unlearned(dim: int) -> Adaptation:
    """The encoder's own likeness."""
    return Adaptation(np.zeros((dim, dim), np.float32), np.zeros(dim, np.float32), float(np.exp(_SCALE)))


def taken(events: Events, items: int, fade: float, rng: np.random.Generator, *, limit: int = 40_000) -> Taken:
    """Up to `limit` events at random on an item new to their user, who did something before; `events` in any order.

    The k-th last event strictly before that moment counts weight / (1 + k)^fade, up to REACH of them: what `recency` reads from a
    person's state.
    """
    past = events.take((events.item >= 0) & (events.weight != 0))
    past = past.take(np.lexsort((np.arange(len(past.user)), past.time, past.user)))
    clock = np.empty(len(past.user), [("user", "<i8"), ("time", "<f8")])
    clock["user"], clock["time"] = past.user, past.time
    start, first = np.searchsorted(clock, clock), np.searchsorted(past.user, past.user)
    new = np.zeros(len(clock), bool)
    new[np.unique(past.user * items + past.item, return_index=True)[1]] = True
    rows = np.sort(rng.permutation(np.flatnonzero(new & (start > first) & (past.weight > 0)))[:limit])
    here, columns, counts = [], [], []
    for back in range(1, REACH + 1):
        inside = np.flatnonzero(start[rows] - back >= first[rows])
        there = start[rows[inside]] - back
        here.append(inside)
        columns.append(past.item[there])
        counts.append(past.weight[there] * np.float32(back**-fade))
    entries = np.concatenate(counts), (np.concatenate(here), np.concatenate(columns))
    return Taken(sparse.csr_array(entries, shape=(len(rows), items)), past.item[rows])


def adapt(asked: Taken, vectors: F32, known: Bool, rng: np.random.Generator, *, epochs: int = 6) -> Adaptation:
    """The map for items with unit rows `vectors` (items, dim), learned from `asked`, of which the `known` (items,) may be shown.

    Where too little was taken to tell when to stop, it is `unlearned`.
    """
    out = rng.random(len(vectors)) < _OUT
    judged = np.flatnonzero(out[asked.item])[:_JUDGED]
    rows, shown = np.flatnonzero(~out[asked.item]), np.flatnonzero(known & ~out)
    best = unlearned(vectors.shape[1])
    if len(judged) < _FEW or len(shown) < 2:
        return best
    inside = asked.taste.copy()
    inside.data = inside.data * ~out[inside.indices]
    people = persons(inside, vectors)
    shelf = np.flatnonzero(known & out)
    wanted = np.searchsorted(shelf, asked.item[judged])
    plain = _ndcg(best.score(people[judged], vectors[shelf]), wanted)
    best = best._replace(plain=plain, reached=plain)
    learner, size = _Learner(best), min(_BATCH, max(8, len(rows) // _STEPS))
    for _ in range(epochs):
        order = rng.permutation(rows)
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            beside = rng.choice(shown, min(_OTHERS, len(shown)), replace=False)
            learner.step(people[batch], asked.item[batch], np.union1d(asked.item[batch], beside), vectors)
        now = learner.learned(plain)
        reached = _ndcg(now.score(people[judged], vectors[shelf]), wanted)
        if reached > best.reached:
            best = now._replace(reached=reached)
    return best


def persons(taste: Sparse, vectors: F32) -> F32:
    """(R, dim) unit rows: what events count by item, (R, items), times the items' vectors; 0 for who had nothing."""
    people = np.asarray(taste @ vectors, np.float32)
    return np.asarray(people / np.maximum(np.linalg.norm(people, axis=1, keepdims=True), 1e-9), np.float32)


class _Learner:
    """Softmax regression by Adam."""

    def __init__(self, start: Adaptation) -> None:
        self._values = [start.map.copy(), start.offset.copy(), np.array([np.log(start.scale)], np.float32)]
        self._mean = [np.zeros_like(value) for value in self._values]
        self._square = [np.zeros_like(value) for value in self._values]
        self._steps = 0

    def learned(self, plain: float) -> Adaptation:
        """As it stands."""
        return Adaptation(self._values[0].copy(), self._values[1].copy(), float(np.exp(self._values[2][0])), plain)

    def step(self, people: F32, item: I64, offered: I64, vectors: F32) -> None:
        """Go down the gradient of what (B,) people took, `item`, against all that is `offered`, sorted numbers."""
        matrix, offset, level = self._values
        some, scale = vectors[offered], np.exp(level[0])
        moved = people + people @ matrix
        scores = (scale * moved + offset) @ some.T
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(item)), np.searchsorted(offered, item)] -= 1
        surplus = (odds @ some) / np.float32(len(item))
        self._descend(
            [
                scale * (people.T @ surplus) + 2 * np.float32(_PENALTY) * matrix,
                surplus.sum(axis=0),
                np.array([scale * np.vdot(moved, surplus)], np.float32),
            ]
        )

    def _descend(self, gradients: list[F32]) -> None:
        self._steps += 1
        right = np.float32(_RATE / (1 - _MOMENT**self._steps))
        level = np.float32(1 / np.sqrt(1 - _SQUARE**self._steps))
        for value, gradient, mean, square in zip(self._values, gradients, self._mean, self._square, strict=True):
            mean *= _MOMENT
            mean += (1 - _MOMENT) * gradient
            square *= _SQUARE
            square += (1 - _SQUARE) * gradient**2
            value -= right * mean / (np.sqrt(square) * level + np.float32(1e-8))


def _ndcg(scores: F32, wanted: I64) -> float:
    """NDCG@10 of one wanted column per row."""
    place = (scores > scores[np.arange(len(wanted)), wanted][:, None]).sum(axis=1)
    return float(np.where(place < 10, 1 / np.log2(2 + place), 0).mean())
