import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.shift import Alarms, Detector, Population, Settings
from penchant.shift.alarms import NONE, blame
from penchant.shift.replay import replay
from penchant.types import F32, F64, I64, Bool

TOPICS = 5
POPULATION = Population(shares=(0.4, 0.3, 0.15, 0.1, 0.05), loose=6.0, fade=0.9)


def told(topics: I64, count: int = TOPICS) -> F32:
    return np.eye(count, dtype=np.float32)[topics]


def coins(rng: np.random.Generator, streams: int, length: int, before: float, after: float | None = None) -> tuple[I64, F32]:
    """User numbers and memberships of two topics; the rate of the first moves in the middle."""
    rate = np.where(np.arange(length) < length // 2, before, before if after is None else after)
    hit = rng.random((streams, length)) < rate
    return np.repeat(np.arange(streams), length), told(1 - hit.astype(np.int64).ravel(), 2)


def watched(detector: Detector, user: I64, memberships: F32, fresh: Bool | None = None) -> Alarms:
    state = detector.empty(int(user.max()) + 1)
    return replay(detector, state, user, memberships, np.ones(len(user), bool) if fresh is None else fresh)


def log(seed: int, users: int = 4, events: int = 160) -> tuple[I64, F32, Bool]:
    """Interleaved users who move from one topic to another, some events shared between two."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, users, events)
    topic = np.where(np.arange(events) < events // 2, user % TOPICS, (user + 2) % TOPICS)
    topic = np.where(rng.random(events) < 0.3, rng.integers(0, TOPICS, events), topic)
    shared = (told(topic) + told(rng.integers(0, TOPICS, events))) / 2
    memberships = np.where(rng.random((events, 1)) < 0.3, shared, told(topic))
    return user, memberships.astype(np.float32), rng.random(events) < 0.4


@given(st.integers(0, 10**6), st.lists(st.integers(0, 160), max_size=8))
@settings(max_examples=25, deadline=None)
def test_however_the_events_are_cut_state_and_alarms_have_the_same_bits(seed: int, cuts: list[int]) -> None:
    user, memberships, fresh = log(seed)
    detector = Detector(Settings(budget=20), POPULATION)
    whole = detector.empty(4)
    alarms = replay(detector, whole, user, memberships, fresh)
    for bounds in ([0, *sorted(cuts), 160], list(range(161))):
        state, parts = detector.empty(4), []
        for start, stop in pairwise(bounds):
            rows = slice(start, stop)
            parts.append(replay(detector, state, user[rows], memberships[rows], fresh[rows]))
        joined = Alarms.joined(parts)
        joined = joined.take(np.lexsort((joined.topic, joined.at, joined.row)))
        assert state.tobytes() == whole.tobytes()
        assert all(a.tobytes() == b.tobytes() for a, b in zip(alarms, joined, strict=True))


def test_a_person_alone_and_in_company_are_the_same() -> None:
    user, memberships, fresh = log(1, users=7, events=600)
    detector = Detector(Settings(budget=20), POPULATION)
    state = detector.empty(7)
    alarms = replay(detector, state, user, memberships, fresh)
    assert len(alarms.row)
    for person in range(7):
        own, alone = user == person, detector.empty(1)
        said = replay(detector, alone, user[own] * 0, memberships[own], fresh[own])
        assert alone[0].tobytes() == state[person].tobytes()
        expected = alarms.take(alarms.row == person)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(said[1:], expected[1:], strict=True))


def slow(detector: Detector, events: F32, fresh: Bool) -> list[float]:
    """Log evidence after each event, as a plain sum over all beginnings; float64, no restart."""
    chosen, population = detector.settings, detector.population
    shares = detector.shares.astype(np.float64)
    loose = min(population.loose, 1e6)
    counts, recent, visit = np.zeros(len(shares)), np.zeros(len(shares)), np.zeros(len(shares))
    length, steps, evidence = 0.0, [], []
    for x, new in zip(events.astype(np.float64), fresh.tolist(), strict=True):
        if new:
            visit, length = np.zeros(len(shares)), 0.0
        mix = (counts + chosen.prior * shares) / (counts.sum() + chosen.prior)
        now = recent + chosen.pull * (mix + shares) / 2
        now /= now.sum()
        still, moved = ((loose * share + visit) / (loose + length) for share in (mix, now))
        whole = float(np.prod((moved / still) ** x))
        single = np.zeros((len(shares), len(chosen.rates)))
        entry = np.zeros_like(single)
        for topic in range(len(shares)):
            able = [abs(rate - mix[topic]) >= chosen.least for rate in chosen.rates]
            for place, rate in enumerate(chosen.rates):
                chance = (loose * rate + visit[topic]) / (loose + length)
                hit, miss = chance / still[topic], (1 - chance) / (1 - still[topic])
                single[topic, place] = hit ** x[topic] * miss ** (1 - x[topic])
                entry[topic, place] = able[place] / sum(able)
        steps.append((whole, single, entry))
        total = 0.0
        for begun in range(len(steps)):
            of_mix = np.prod([step[0] for step in steps[begun:]])
            of_one = (steps[begun][2] * np.prod([step[1] for step in steps[begun:]], axis=0)).sum() / len(shares)
            total += (1 - chosen.single) * of_mix + chosen.single * of_one
        evidence.append(float(np.log(total)))
        own = x * loose * mix / (loose * mix + visit)
        counts, recent = counts + own, recent * 2 ** (-1 / chosen.recent) + own
        counts *= min(1, chosen.memory / max(counts.sum(), chosen.memory))
        visit, length = visit * population.fade + x, length * population.fade + 1
    return evidence


@pytest.mark.parametrize("loose", [6.0, float("inf")])
def test_the_recursion_is_the_sum_over_all_beginnings(loose: float) -> None:
    _, memberships, fresh = log(3, users=1)
    detector = Detector(Settings(memory=30), Population(shares=POPULATION.shares, loose=loose, fade=0.9, threshold=80.0))
    state, evidence = detector.empty(1), []
    for event in range(60):
        state, _ = detector.update(state, memberships[[event]], fresh[[event]])
        evidence.append(float(detector.evidence(state)[0]))
    np.testing.assert_allclose(evidence, slow(detector, memberships[:60], fresh[:60]), atol=1e-3)


def first(alarms: Alarms, streams: int) -> F64:
    """The event of each stream's first alarm from the middle (60) on, inf where there is none."""
    at = np.full(streams, np.inf)
    late = alarms.at >= 60
    np.minimum.at(at, alarms.row[late], alarms.at[late].astype(np.float64))
    return at


@pytest.mark.parametrize(("before", "after", "share", "delay"), [(0.2, 0.8, 0.97, 11), (0.2, 0.5, 0.6, 40), (0.5, 0.1, 0.75, 35)])
def test_planted_shifts_are_found_in_time(before: float, after: float, share: float, delay: int) -> None:
    detector = Detector(Settings(), Population(shares=(0.25, 0.75)))
    at = first(watched(detector, *coins(np.random.default_rng(0), 300, 120, before, after)), 300)
    assert np.isfinite(at).mean() >= share
    assert np.median(at) - 60 <= delay


def test_an_alarm_says_what_moved_and_where_it_began() -> None:
    rng = np.random.default_rng(4)
    mixes = np.array([[0.5, 0.3, 0.1, 0.07, 0.03], [0.05, 0.3, 0.1, 0.07, 0.48]])
    streams = np.concatenate([[rng.choice(5, p=mixes[int(event >= 80)]) for event in range(140)] for _ in range(60)])
    alarms = watched(Detector(Settings(), Population(shares=(0.2,) * 5)), np.repeat(np.arange(60), 140), told(streams))
    true = alarms.take(alarms.at >= 80)
    opening = true.take(true.at == np.array([true.at[true.row == row].min() for row in true.row]))
    moved = np.isin(opening.topic, [0, 4])
    assert moved.mean() > 0.8
    assert (opening.up[moved] == (opening.topic[moved] == 4)).all()
    assert np.median(np.abs(opening.since - 80)) <= 4
    assert (opening.since <= opening.at).all()
    assert (np.abs(opening.effect[moved]) > 0.15).mean() > 0.9
    assert ((opening.error > 0) & (opening.error < 0.2)).all()


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5])
def test_false_alarms_keep_to_the_budget_for_thousands_of_events(rate: float) -> None:
    detector = Detector(Settings(budget=2), Population(shares=(0.25, 0.75)))
    alarms = watched(detector, *coins(np.random.default_rng(2), 60, 2_500, rate))
    shifts = len(np.unique(np.stack([alarms.row, alarms.at]), axis=1).T)
    assert shifts / (60 * 2.5) <= 2 * 1.1


@pytest.mark.parametrize("alike", [2.0, 50.0])
def test_false_alarms_of_many_topics_keep_to_the_budget_whether_people_are_alike_or_not(alike: float) -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.full(20, 1.5))
    topics = np.concatenate([rng.choice(20, 600, p=rng.dirichlet(shares * alike)) for _ in range(100)])
    detector = Detector(Settings(budget=2), Population(shares=tuple(shares.tolist())))
    alarms = watched(detector, np.repeat(np.arange(100), 600), told(topics, 20))
    assert len(np.unique(np.stack([alarms.row, alarms.at]), axis=1).T) / 60 <= 2 * 1.5


def test_one_shift_raises_one_alarm() -> None:
    detector = Detector(Settings(), Population(shares=(0.5, 0.5)))
    topics = np.array([0] * 40 + [1] * 400)
    alarms = watched(detector, topics * 0, told(topics, 2))
    assert set(alarms.at.tolist()) == {int(alarms.at[0])}
    assert alarms.since.tolist() == [40, 40]


@pytest.mark.parametrize("membership", [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
@pytest.mark.parametrize("fresh", [True, False])
def test_nothing_extreme_makes_it_lose_its_mind(membership: list[float], fresh: bool) -> None:
    detector = Detector(Settings(), Population(shares=(0.7, 0.3, 0.0), loose=3.0, fade=1.0))
    state = detector.empty(2)
    size = state.shape
    for event in range(2_000):
        x = np.array([membership, membership[::-1] if event % 500 == 499 else membership], np.float32)
        state, alarms = detector.update(state, x, np.array([fresh, fresh]))
        assert np.isfinite(alarms.evidence).all()
        assert np.isfinite(alarms.effect).all()
    assert state.shape == size
    assert np.isfinite(state).all()


def test_state_takes_the_same_room_whatever_was_seen() -> None:
    detector = Detector(Settings(), POPULATION)
    state = detector.empty(3)
    assert state.shape == (3, detector.size)
    assert state.dtype == np.float32
    after, _ = detector.update(state, told(np.array([0, 1, 2])), np.ones(3, bool))
    assert after.shape == state.shape
    assert not state.any(), "the state that was given is left as it was"


def test_what_an_event_repeats_of_its_visit_counts_for_less() -> None:
    topics = np.array([0] * 40 + [1] * 12)
    burst = np.array([True] * 41 + [False] * 11)
    detector = Detector(Settings(), Population(shares=(0.5, 0.5), loose=1.0))
    assert len(watched(detector, topics * 0, told(topics, 2)).row)
    assert not len(watched(detector, topics * 0, told(topics, 2), burst).row)


def test_a_prediction_is_the_mix_and_what_the_visit_had() -> None:
    detector = Detector(Settings(prior=4), Population(shares=(0.5, 0.5), loose=3.0, fade=0.5))
    state = detector.empty(1)
    for new in (True, False):
        state, _ = detector.update(state, told(np.array([0]), 2), np.array([new]))
    own = 1 + 3 * 0.6 / (3 * 0.6 + 1)  # the second event is the person's own draw with that probability: their mix was 3 : 2
    mix = (2 + own) / (4 + own)
    expected = (3 * mix + 1.5) / (3 + 1.5)
    np.testing.assert_allclose(detector.predicted(state, np.array([False]))[0], [expected, 1 - expected], rtol=1e-5)
    np.testing.assert_allclose(detector.predicted(state, np.array([True]))[0], [mix, 1 - mix], rtol=1e-5)


def test_blame_names_the_largest_move_even_where_none_is_sure() -> None:
    moved, _ = blame(np.array([[0.5, 0.3, 0.2]]), np.array([[0.52, 0.3, 0.18]]), np.array([3.0]), 0.05)
    assert moved.sum() == 1


def test_no_alarms_are_alarms_too() -> None:
    assert Alarms.joined([]).effect.tolist() == NONE.up.tolist() == []


@pytest.mark.parametrize("bad", [[-0.1, 0.5], [0.8, 0.8], [np.nan, 0.0]])
def test_memberships_that_are_no_shares_are_refused(bad: list[float]) -> None:
    detector = Detector(Settings(), Population(shares=(0.5, 0.5)))
    with pytest.raises(InvalidInput, match="memberships must be shares of topics, from 0 to 1 and summing to 1 at most"):
        detector.update(detector.empty(1), np.array([bad], np.float32), np.array([True]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Settings(budget=0), "budget is false alarms per 1,000 events, above 0 and up to 100, got 0"),
        (lambda: Settings(memory=float("inf")), "memory must be a positive, finite number of events, got inf"),
        (lambda: Settings(rates=(0.5, 1.0)), "rates must be shares between 0 and 1, both excluded, got (0.5, 1.0)"),
        (lambda: Settings(least=0.6), "least must leave some rate to try from every share, got 0.6"),
        (lambda: Settings(window=1), "window must be at least 2 events, got 1"),
        (lambda: Settings(single=1.5), "single must be between 0 and 1, got 1.5"),
        (lambda: Population(shares=(1.0,)), "shares must be of two topics or more and sum to 1, got (1.0,)"),
        (lambda: Population(shares=(0.5, 0.5), loose=0), "loose must be positive and fade in (0, 1], got 0 and 1.0"),
    ],
)
def test_settings_say_what_is_wrong(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(message)):
        make()
