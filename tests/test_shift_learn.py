import math

import numpy as np
import pytest

from penchant.errors import InvalidInput
from penchant.shift import Detector, Population, Settings
from penchant.shift.learn import Histories, false_alarms, learn, shuffled, surprise
from penchant.types import F64

SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def people(rng: np.random.Generator, users: int, visits: int, length: int, loose: float, mixes: F64 | None = None) -> Histories:
    """Users with a mix of their own; within a visit an event repeats an earlier one with probability m / (m + loose)."""
    topics: list[int] = []
    for user in range(users):
        mix = rng.dirichlet(SHARES * 10) if mixes is None else mixes[user]
        for _ in range(visits):
            visit: list[int] = []
            for place in range(length):
                again = rng.random() < place / (place + loose)
                visit.append(visit[rng.integers(place)] if again else int(rng.choice(4, p=mix)))
            topics.extend(visit)
    events = visits * length
    visit_of = np.arange(users * visits).repeat(length)
    return Histories(np.arange(users).repeat(events), np.eye(4, dtype=np.float32)[topics], visit_of)


def test_bursts_are_learned_and_their_false_alarms_kept_within_the_budget() -> None:
    rng = np.random.default_rng(0)
    told, unseen = (people(rng, 60, 20, 10, 4.0) for _ in range(2))
    population = learn(told, Settings(budget=2), rng)
    assert population.loose in (3.0, 6.0)
    assert population.fade >= 0.95
    np.testing.assert_allclose(population.shares, SHARES, atol=0.08)
    assert false_alarms(Detector(Settings(budget=2), population), unseen) <= 3
    assert false_alarms(Detector(Settings(budget=2), Population(shares=population.shares)), unseen) > 6


def test_events_that_know_nothing_of_one_another_leave_the_bound() -> None:
    rng = np.random.default_rng(1)
    population = learn(people(rng, 40, 20, 10, math.inf), Settings(), rng)
    assert population.loose >= 50
    assert population.threshold is None
    assert Detector(Settings(), population).threshold == pytest.approx(math.log(2_000))


def test_people_with_too_few_visits_leave_the_bound() -> None:
    rng = np.random.default_rng(2)
    population = learn(people(rng, 10, 2, 10, 4.0), Settings(), rng)
    assert (population.loose, population.fade, population.threshold) == (math.inf, 1.0, None)


def test_shuffling_keeps_each_visit_as_it_was() -> None:
    rng = np.random.default_rng(3)
    told = people(rng, 5, 6, 4, 2.0)
    mixed = shuffled(told, rng)
    assert (mixed.user == told.user).all()
    assert not (mixed.visit == told.visit).all()
    for visit in range(30):
        rows = np.flatnonzero(mixed.visit == visit)
        assert (np.diff(rows) == 1).all()
        assert (mixed.memberships[rows] == told.memberships[told.visit == visit]).all()


def test_surprise_of_a_first_event_is_that_of_what_everybody_does() -> None:
    population = Population(shares=(0.4, 0.3, 0.2, 0.1))
    told = Histories(np.arange(2), np.eye(4, dtype=np.float32)[[0, 3]], np.arange(2))
    assert surprise(Detector(Settings(), population), told) == pytest.approx(-(math.log(0.4) + math.log(0.1)) / 2, rel=1e-5)


def test_learning_from_what_is_out_of_order_or_empty_is_refused() -> None:
    rng = np.random.default_rng(4)
    told = people(rng, 2, 3, 2, 2.0)
    for bad in (told.take(np.arange(12)[::-1]), told.take(np.zeros(0, np.int64))):
        with pytest.raises(InvalidInput, match=r"histories must be sorted by user and hold events, got \d+ events"):
            learn(bad, Settings(), rng)
