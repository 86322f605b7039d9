"""Forecasts of topic mixes: what they promise, and what they learn from made people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.shift import mixes
from penchant.shift.forecast import SPANS, Foresight
from penchant.shift.mixes import HALF_LIVES, Deeds, everybody, situation, truth
from penchant.shift.pooling import blank, expected, fit, pooled
from penchant.types import DAY, F64, Bool


def deeds_of(days: F64, drawn: F64) -> Deeds:
    """One event at each of `days` (U, N) for each of U people, topics drawn from mixes `drawn` (U, N, B)."""
    rng = np.random.default_rng(8)
    people, number, topics = drawn.shape
    topic = (rng.random((people, number, 1)) > np.cumsum(drawn, axis=2)).sum(axis=2)
    user = np.repeat(np.arange(people), number)
    return Deeds(user, days.ravel() * DAY, np.eye(topics, dtype=np.float32)[np.minimum(topic, topics - 1).ravel()])


def before(deeds: Deeds, at: float) -> Deeds:
    return taken(deeds, deeds.time <= at)


def taken(deeds: Deeds, rows: Bool) -> Deeds:
    return Deeds(deeds.user[rows], deeds.time[rows], deeds.memberships[rows])


def likelihood(mix: F64, shown: F64) -> float:
    return float((shown * np.log(np.maximum(mix, 1e-9))).sum(axis=1).mean())


def persistence(deeds: Deeds, at: float, span: float) -> F64:
    """Everybody's last `span` as it was, with one event of everybody's added; rows as those who did something then."""
    told, people = everybody(deeds), np.arange(int(deeds.user.max()) + 1)
    counts = np.zeros((len(people), deeds.memberships.shape[1]))
    rows = (deeds.time > at - span) & (deeds.time <= at)
    np.add.at(counts, deeds.user[rows], deeds.memberships[rows])
    counts += told.at(at)[0]
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


@pytest.fixture(scope="module")
def calm() -> Deeds:
    """Sixty people with lasting mixes of four topics, an event every four days for 200 days."""
    rng = np.random.default_rng(3)
    days = np.sort(rng.random((60, 50)) * 200, axis=1)
    return deeds_of(days, np.repeat(rng.dirichlet([0.7] * 4, 60)[:, None], 50, axis=1))


@pytest.fixture(scope="module")
def foresight(calm: Deeds) -> Foresight:
    return Foresight.learned(before(calm, 150 * DAY), 3.0, np.random.default_rng(0))


def test_a_basket_has_the_votes_that_so_many_draws_from_an_urn_are_worth() -> None:
    user, time = np.array([0, 0, 0, 1]), np.array([0.0, 60.0, 7 * DAY, 0.0])
    deeds = Deeds(user, time, np.eye(2, dtype=np.float32)[[0, 1, 1, 0]])
    known = situation(deeds, np.array([0, 1, 2]), 7 * DAY, 3.0, everybody(deeds))
    votes = 2 * (1 + 3) / (2 + 3) / 2  # of each of the first visit's two events, then a week old but for a minute
    week = HALF_LIVES.index(7 * DAY)
    assert known.counts[0, week] == pytest.approx([votes / 2, votes / 2 + 1], rel=1e-3)
    assert known.last.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert known.away.tolist() == [0, 7 * DAY, np.inf]
    assert known.counts[2].sum() == 0


def test_everybodys_mix_equals_the_decayed_sums_it_stands_for() -> None:
    rng = np.random.default_rng(1)
    time: F64 = np.sort(rng.integers(0, 30, 200)).astype(np.float64) * DAY
    deeds = Deeds(np.zeros(200, np.int64), time, rng.dirichlet([1.0] * 3, 200).astype(np.float32))
    told = everybody(deeds)
    for at in (0.0, 11 * DAY, float(time[-1])):
        for place, half_life in enumerate(mixes.EVERYBODY):
            known = time <= at
            slow = (deeds.memberships[known] * 2 ** (-(at - time[known]) / half_life)[:, None]).sum(axis=0) + 1
            assert told.at(at)[place] == pytest.approx(slow / slow.sum(), rel=1e-6)


def test_what_was_shown_is_the_mix_of_the_time_after_with_its_end() -> None:
    deeds = Deeds(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 9.0]), np.eye(2, dtype=np.float32)[[0, 1, 1, 0]])
    people, mix = truth(deeds, 1.0, 3.0)
    assert (people.tolist(), mix.tolist()) == ([0], [[0.0, 1.0]])


@settings(max_examples=40, deadline=None)
@given(st.floats(3600.0, 5 * 365 * DAY), st.floats(-50 * DAY, 900 * DAY), st.integers(0, 59))
def test_shares_sum_to_one_and_lie_within_their_bounds(
    foresight: Foresight, calm: Deeds, ahead: float, at: float, who: int
) -> None:
    found = foresight.foreseen(calm, np.array([who]), at, ahead)
    assert found.share.sum() == pytest.approx(1)
    assert ((found.low >= 0) & (found.low <= found.share) & (found.share <= found.high) & (found.high <= 1)).all()
    assert found.now.sum() == pytest.approx(1) or found.now.sum() == 0


def test_what_came_later_and_what_others_did_change_nothing(foresight: Foresight, calm: Deeds) -> None:
    at, who = 120 * DAY, np.array([7])
    mine = calm.user == 7
    alone = taken(calm, mine & (calm.time <= at))
    together, apart = (foresight.foreseen(deeds, who, at, 30 * DAY) for deeds in (calm, alone))
    assert [column.tobytes() for column in together] == [column.tobytes() for column in apart]


def test_many_at_once_are_told_what_each_is_told_alone(foresight: Foresight, calm: Deeds) -> None:
    people = np.arange(0, 60, 7)
    found = foresight.foreseen(calm, people, 150 * DAY, 7 * DAY)
    for row, who in enumerate(people.tolist()):
        alone = foresight.foreseen(calm, np.array([who]), 150 * DAY, 7 * DAY)
        assert found.share[row] == pytest.approx(alone.share[0], rel=1e-9)
        assert found.high[row] == pytest.approx(alone.high[0], rel=1e-6)


def test_a_stranger_is_expected_to_do_what_everybody_does(foresight: Foresight, calm: Deeds) -> None:
    found = foresight.foreseen(calm, np.array([1000]), 150 * DAY, 30 * DAY)
    assert found.own.tolist() == [0.0]
    assert found.now.sum() == 0
    assert found.share[0] == pytest.approx(foresight.everybody.at(150 * DAY)[2], abs=0.1)


def test_the_more_somebody_did_the_more_their_own_past_counts() -> None:
    deeds = Deeds(np.repeat([0, 1], [1, 30]), np.r_[29.0, np.arange(30.0)] * DAY, np.eye(2, dtype=np.float32)[[1] * 31])
    told = everybody(Deeds(np.zeros(2, np.int64), np.zeros(2), np.eye(2, dtype=np.float32)))
    mix, own = pooled(situation(deeds, np.array([0, 1]), 29 * DAY, 3.0, told), blank(2))
    assert 0.5 < mix[0, 1] < mix[1, 1] < 1
    assert 0 < own[0] < own[1] < 1


def test_lasting_tastes_are_foreseen_better_than_by_what_was_done_last(foresight: Foresight, calm: Deeds) -> None:
    at, span = 150 * DAY, 7 * DAY
    people, shown = truth(calm, at, at + span)
    ours = likelihood(foresight.foreseen(calm, people, at, span).share, shown)
    assert ours > likelihood(persistence(before(calm, at), at, span)[people], shown) + 0.1


def test_a_population_that_drifts_is_followed() -> None:
    rng = np.random.default_rng(4)
    days = np.sort(rng.random((100, 30)) * 300, axis=1)
    rising = days / 300
    deeds = deeds_of(days, np.stack([rising, 1 - rising], axis=2))
    at, span = 240 * DAY, 30 * DAY
    past = before(deeds, at)
    found = Foresight.learned(past, 3.0, np.random.default_rng(0))
    people, shown = truth(deeds, at, at + span)
    ours = found.foreseen(past, people, at, span).share
    own = situation(past, people, at, np.inf, everybody(past)).counts[:, -1] + 0.5
    smoothed = own / own.sum(axis=1, keepdims=True)
    assert likelihood(ours, shown) > likelihood(persistence(past, at, span)[people], shown) + 0.02
    assert likelihood(ours, shown) > likelihood(smoothed, shown) + 0.02


def test_who_turned_to_one_topic_is_expected_to_turn_to_what_goes_with_it() -> None:
    rng = np.random.default_rng(6)
    days = np.sort(rng.random((80, 20)) * 200, axis=1)
    kind = rng.integers(0, 2, 80)  # half go from topic 0 on to 2, the others from 1 to 3
    half = (days > rng.uniform(20, 180, (80, 1))).astype(int)
    drawn = np.full((80, 20, 4), 0.02)
    np.put_along_axis(drawn, (kind[:, None] + 2 * half)[:, :, None], 0.94, axis=2)
    deeds = deeds_of(days, drawn)
    found = Foresight.learned(deeds, 3.0, np.random.default_rng(0))
    first = Deeds(np.zeros(8, np.int64), np.arange(160.0, 168.0) * DAY, np.eye(4, dtype=np.float32)[[0] * 8])
    share = found.foreseen(first, np.array([0]), 170 * DAY, 91 * DAY).share[0]
    assert share[2] > 2 * share[3]


def test_intervals_hold_what_unseen_people_show_about_four_times_in_five() -> None:
    rng = np.random.default_rng(3)
    days = np.sort(rng.random((160, 40)) * 200, axis=1)
    deeds = deeds_of(days, np.repeat(rng.dirichlet([1.0] * 4, 160)[:, None], 40, axis=1))
    past = before(deeds, 160 * DAY)
    even = taken(past, past.user % 2 == 0)
    found = Foresight.learned(even, np.inf, rng)
    people, shown = truth(deeds, 160 * DAY, 190 * DAY)
    odd = people % 2 == 1
    told = found.foreseen(deeds, people[odd], 160 * DAY, 30 * DAY)
    held = ((shown[odd] >= told.low) & (shown[odd] <= told.high)).mean()
    assert 0.74 < held < 0.88


def test_fitting_beats_what_was_taken_beforehand(calm: Deeds) -> None:
    people, shown = truth(calm, 100 * DAY, 130 * DAY)
    known = situation(calm, people, 100 * DAY, 3.0, everybody(calm))
    fitted, start = (expected(known, weights)[0] for weights in (fit(known, shown, people), blank(4)))
    assert likelihood(fitted, shown) > likelihood(start, shown)


def test_learning_again_gives_the_same_bits(calm: Deeds) -> None:
    few = before(calm, 30 * DAY)
    arrays = [Foresight.learned(few, 3.0, np.random.default_rng(0)).arrays() for _ in range(2)]
    assert [one.tobytes() for one in arrays[0].values()] == [one.tobytes() for one in arrays[1].values()]


def test_only_spans_that_the_log_is_long_enough_for_are_learned(foresight: Foresight, calm: Deeds) -> None:
    assert foresight.spans.tolist() == list(SPANS[:-1])
    short = Foresight.learned(before(calm, 2 * DAY), 3.0, np.random.default_rng(0))
    assert short.foreseen(calm, np.array([0]), 2 * DAY, 365 * DAY).share.sum() == pytest.approx(1)


@pytest.mark.parametrize("ahead", [0.0, -1.0, float("nan"), float("inf"), 6 * 365 * DAY])
def test_a_time_ahead_that_is_none_is_refused(foresight: Foresight, calm: Deeds, ahead: float) -> None:
    with pytest.raises(InvalidInput, match=r"ahead must be seconds, above 0 and up to 157,680,000 \(five years\), got"):
        foresight.foreseen(calm, np.array([0]), 0.0, ahead)


def test_without_events_nothing_is_learned() -> None:
    nobody = Deeds(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2), np.float32))
    with pytest.raises(InvalidInput, match="a forecast is learned from events, got none"):
        Foresight.learned(nobody, 3.0, np.random.default_rng(0))


def test_between_two_spans_weights_lie_between_theirs(foresight: Foresight) -> None:
    at_span, beyond = foresight.weights_at(7 * DAY), foresight.weights_at(5 * 365 * DAY)
    assert [each.tolist() for each in at_span] == [each[1].tolist() for each in foresight.weights]
    assert [each.tolist() for each in beyond] == [each[-1].tolist() for each in foresight.weights]
    middle = foresight.weights_at(float(np.sqrt(7 * 30)) * DAY)
    assert middle.pool == pytest.approx((foresight.weights.pool[1] + foresight.weights.pool[2]) / 2)
