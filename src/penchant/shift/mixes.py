"""What people did as counts of topics that fade: what a forecast of their mix is made from."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from penchant.interest.visits import visits
from penchant.types import DAY, F32, F64, I64

HALF_LIVES = tuple(days * DAY for days in (1, 7, 30, 91, 365, 3650))  # seconds, of a person's own deeds
LATELY, QUARTER, EVER = 2, 3, 5  # places among them
EVERYBODY = (7 * DAY, 30 * DAY, 3650 * DAY)  # seconds, of everybody's
_KNOTS = 400  # times at which everybody's mix is kept, at most


class Deeds(NamedTuple):
    """What people did, sorted by user, then time."""

    user: I64  # (n,)
    time: F64  # (n,) epoch seconds
    memberships: F32  # (n, B) shares of topics, summing to 1 or less


class Everybody(NamedTuple):
    """The mix of everything that people do, over time."""

    time: F64  # (K,) epoch seconds, ascending
    mix: F64  # (K, P, B) at each half-life of EVERYBODY; rows sum to 1, none is 0

    def at(self, moment: float) -> F64:
        """(P, B) the mixes as of the last time kept up to `moment`, or the first."""
        return np.asarray(self.mix[max(0, int(np.searchsorted(self.time, moment, side="right")) - 1)])


class Situation(NamedTuple):
    """What is known when R people are asked about."""

    counts: F64  # (R, H, B) their votes by topic, faded at each of HALF_LIVES
    last: F64  # (R, B) the mix of their last visit, zeros where there is none
    away: F64  # (R,) seconds since their last event, inf where there is none
    everybody: F64  # (R, P, B)

    @staticmethod
    def joined(parts: "list[Situation]") -> "Situation":
        """The rows of all parts, in their order."""
        return Situation._make(np.concatenate(columns) for columns in zip(*parts, strict=True))

    def take(self, rows: I64) -> "Situation":
        """The same at `rows`."""
        return Situation._make(column[rows] for column in self)


def everybody(deeds: Deeds) -> Everybody:
    """Everybody's mix at even times from the first event to the last, a day apart or more; each topic begins with one event.

    >>> deeds = Deeds(np.zeros(2, np.int64), np.array([0.0, 7 * DAY]), np.eye(2, dtype=np.float32))
    >>> everybody(deeds).at(7 * DAY).round(2).tolist()[0]  # the first event counts half, seven days later
    [0.43, 0.57]
    """
    first, last = float(deeds.time.min()), float(deeds.time.max())
    count = int(np.clip((last - first) / DAY, 1, _KNOTS)) + 1
    times = np.linspace(first, last, count)
    knot = np.searchsorted(times, deeds.time)
    came = np.stack([np.bincount(knot, column, count) for column in deeds.memberships.T], axis=1)
    keep = 2 ** (-(times[1] - times[0]) / np.array(EVERYBODY)) if last > first else np.ones(len(EVERYBODY))
    mix = np.empty((count, len(EVERYBODY), came.shape[1]))
    sums = np.zeros(mix.shape[1:])
    for place, more in enumerate(came):
        sums = sums * keep[:, None] + more
        mix[place] = (sums + 1) / (sums + 1).sum(axis=1, keepdims=True)
    return Everybody(times, mix)


def situation(deeds: Deeds, people: I64, at: float, loose: float, told: Everybody) -> Situation:
    """What is known at `at` (epoch seconds) of `people` (R,), ascending, from `deeds` up to then.

    A visit of n events has n (1 + loose) / (n + loose) votes, which they share: so many independent draws tell as much of a mix
    as n draws from an urn that begins with `loose` of it (the effective size of a Dirichlet-multinomial sample: Rao and Scott
    1981, "The analysis of categorical data from complex sample surveys"). Each vote is as old as the last event of its visit.

    >>> basket = Deeds(np.zeros(10, np.int64), np.zeros(10), np.ones((10, 1), np.float32))
    >>> told = everybody(basket)
    >>> [situation(basket, np.zeros(1, np.int64), 0.0, loose, told).counts[0, 0].round(1).tolist() for loose in (3.0, np.inf)]
    [[3.1], [10.0]]
    """
    known = (deeds.time <= at) & np.isin(deeds.user, people)
    user, time, memberships = deeds.user[known], deeds.time[known], deeds.memberships[known]
    size = (len(people), memberships.shape[1])
    aside = np.broadcast_to(told.at(at), (len(people), *told.mix.shape[1:]))
    if not len(user):
        return Situation(np.zeros((size[0], len(HALF_LIVES), size[1])), np.zeros(size), np.full(size[0], np.inf), aside)
    starts = np.flatnonzero(np.diff(visits(user, time), prepend=-1))
    ends = np.append(starts[1:], len(user))
    sums = np.add.reduceat(memberships, starts, axis=0, dtype=np.float64)
    votes = sums if np.isinf(loose) else sums * ((1 + loose) / (ends - starts + loose))[:, None]
    row, age = np.searchsorted(people, user[starts]), at - time[ends - 1]
    counts = np.empty((size[0], len(HALF_LIVES), size[1]))
    for place, half_life in enumerate(HALF_LIVES):
        faded = sparse.csr_array((2 ** (-age / half_life), (row, np.arange(len(row)))), shape=(size[0], len(row)))
        counts[:, place] = faded @ votes
    last, away = np.zeros(size), np.full(size[0], np.inf)
    last[row] = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-12)  # visits are in order: the last one stays
    away[row] = age
    return Situation(counts, last, away, aside)


def truth(deeds: Deeds, since: float, until: float) -> tuple[I64, F64]:
    """Who did something in (since, until], ascending, and the mix of it, (R, B); rows sum to 1."""
    inside = (deeds.time > since) & (deeds.time <= until)
    people, row = np.unique(deeds.user[inside], return_inverse=True)
    sums = np.stack([np.bincount(row, column, len(people)) for column in deeds.memberships[inside].T], axis=1)
    some = sums.sum(axis=1) > 0
    return people[some], sums[some] / sums[some].sum(axis=1, keepdims=True)
