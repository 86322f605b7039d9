"""Planted shifts: the streams are what their labels say, and the measures what a hand computes."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from penchant.config import Config, Training
from penchant.errors import InvalidInput
from penchant.evaluate.adapting import (
    curve,
    detection,
    grid,
    lag,
    lag_interval,
    mean_of,
    moved,
    own_lags,
    replaced,
    share_of,
)
from penchant.evaluate.evolution import evolution, judged
from penchant.evaluate.evolving import Questions, World, answers, prepared, questions
from penchant.evaluate.planted import (
    ABSENCE,
    AFTER,
    BEFORE,
    EXCURSION,
    KINDS,
    PAST,
    SILENCE,
    Kind,
    Lives,
    Planted,
    lives,
    partners,
    plant,
)
from penchant.evaluate.policies import Asked, Policy, alarmed, as_served, changed, oracle
from penchant.evaluate.world import world
from penchant.events.synthetic import synthetic
from penchant.interest.walk import walk
from penchant.shift import Alarms
from penchant.types import DAY, F32, F64, I64, Events, Interests
from tests.worlds import FOLD, columns, unit

TOPICS = 4


def lived(people: int = 24, seed: int = 0, visits: int = 70) -> tuple[Lives, F32]:
    """People with visits of 4 events, a minute apart and days in between; item n is of topic n % 4, everybody has a favourite."""
    rng = np.random.default_rng(seed)
    events = visits * 4
    user = np.repeat(np.arange(people), events)
    stray = rng.random(len(user)) < 0.3
    topic = np.where(stray, rng.integers(0, TOPICS, len(user)), user % TOPICS)
    time = np.concatenate(
        [np.cumsum(np.where(np.arange(events) % 4 == 0, 2 * DAY, 60.0)) + rng.random() * DAY for _ in range(people)]
    )
    blank = np.zeros(len(user), np.int64)
    item = topic + TOPICS * rng.integers(0, 50, len(user))
    told = Events(user, item, blank, np.ones(len(user), np.float32), np.round(time), blank - 1)
    found = lives(told, 20 * DAY, rng, people)
    return found, np.eye(TOPICS, dtype=np.float32)[found.events.item % TOPICS]


LIVED, BELONGS = lived()
PLANTED = plant(LIVED, BELONGS, np.random.default_rng(1))


def stream(planted: Planted, number: int) -> Events:
    """The events of one stream."""
    return planted.events.take(planted.events.user == number)


def flat(columns: Planted | Interests) -> "list[NDArray[Any]]":
    """All columns."""
    return [*columns.events, *columns[1:]] if isinstance(columns, Planted) else list(columns)


# --- streams ----------------------------------------------------------------------------------------------------------------


def test_lives_are_cut_where_a_visit_begins_with_enough_on_both_sides() -> None:
    for person in range(len(LIVED.rows)):
        past, future = LIVED.past(person), LIVED.future(person)
        assert len(past) >= PAST
        assert len(future) >= AFTER
        assert LIVED.events.time[future[0]] - LIVED.events.time[past[-1]] >= DAY / 4
        assert (LIVED.events.time[past[-BEFORE:]] >= 20 * DAY).all()
        assert len({*LIVED.events.user[LIVED.rows[person]].tolist()}) == 1


def test_too_few_long_histories_are_refused() -> None:
    with pytest.raises(
        InvalidInput, match=r"0 people have 40 events, then 60 more from another visit on, after 9 s; .* must be 20 or more: give"
    ):
        lives(columns([0, 0], [1, 2], [1.0, 2.0]), 9.0, np.random.default_rng(0), 5)


def test_the_same_seed_plants_the_same_streams() -> None:
    again = plant(LIVED, BELONGS, np.random.default_rng(1))
    assert all(np.array_equal(a, b) for a, b in zip(flat(PLANTED), flat(again), strict=True))
    other = plant(LIVED, BELONGS, np.random.default_rng(2))
    assert not np.array_equal(PLANTED.events.item, other.events.item)


def test_streams_are_sorted_and_their_clocks_never_go_back() -> None:
    assert (np.diff(PLANTED.events.user) >= 0).all()
    same = np.diff(PLANTED.events.user) == 0
    assert (np.diff(PLANTED.events.time)[same] >= 0).all()
    assert PLANTED.length.tolist() == np.bincount(PLANTED.events.user).tolist()


def test_nothing_shifts_in_an_unshifted_stream_and_it_is_the_persons_own_history() -> None:
    for number in PLANTED.of("unshifted").tolist():
        person = PLANTED.person[number]
        own = LIVED.events.take(LIVED.rows[person])
        told = stream(PLANTED, number)
        assert PLANTED.at[number] == -1
        assert PLANTED.onward[number] == LIVED.cut[person]
        assert np.array_equal(told.item, own.item)
        assert np.array_equal(told.time, own.time)


def test_a_move_goes_from_somebody_elses_past_to_the_persons_future() -> None:
    pasts = set()
    for number in PLANTED.of("move").tolist():
        person, at = int(PLANTED.person[number]), int(PLANTED.at[number])
        told, future = stream(PLANTED, number), LIVED.events.take(LIVED.future(person))
        assert PLANTED.onward[number] == at
        assert np.array_equal(told.item[at:], future.item)
        assert np.array_equal(told.time[at:], future.time)
        (other,) = (p for p in range(len(LIVED.rows)) if np.array_equal(told.item[:at], LIVED.events.item[LIVED.past(p)]))
        pasts.add(other)
        assert other != person
        whole = (told.time[:at] - LIVED.events.time[LIVED.past(other)]) / DAY
        assert (whole == round(whole[0])).all()
        assert told.time[at] - told.time[at - 1] >= DAY / 4
    assert len(pasts) == len(LIVED.rows)  # everybody's, once


def test_an_excursion_and_an_absence_lie_between_the_persons_own_past_and_future() -> None:
    sizes: dict[Kind, int] = {"excursion": EXCURSION, "revival": ABSENCE}
    for kind, size in sizes.items():
        for number in PLANTED.of(kind).tolist():
            person, at, onward = int(PLANTED.person[number]), int(PLANTED.at[number]), int(PLANTED.onward[number])
            told = stream(PLANTED, number)
            assert onward - at == size
            assert np.array_equal(told.item[:at], LIVED.events.item[LIVED.past(person)])
            assert np.array_equal(told.item[onward:], LIVED.events.item[LIVED.future(person)])
            assert PLANTED.part[PLANTED.events.user == number].tolist() == [0] * at + [1] * size + [2] * (len(told.item) - onward)
            if kind == "revival":
                assert told.time[onward] - told.time[at - 1] >= SILENCE


def test_a_swap_makes_rare_what_was_frequent_and_the_other_way_round() -> None:
    before, after = PLANTED.mixes(np.eye(TOPICS, dtype=np.float32)[PLANTED.events.item % TOPICS])
    swapped = PLANTED.of("swap")
    assert len(swapped) > 0
    for number in swapped.tolist():
        falls = before[number] - after[number]
        assert falls[falls > 0].sum() > 0.3


def test_clicks_differ_from_the_unshifted_stream_in_the_last_event_of_the_past_alone() -> None:
    unshifted = {int(PLANTED.person[number]): number for number in PLANTED.of("unshifted").tolist()}
    for number in [*PLANTED.of("odd click").tolist(), *PLANTED.of("usual click").tolist()]:
        told, usual = stream(PLANTED, number), stream(PLANTED, unshifted[int(PLANTED.person[number])])
        differs = np.flatnonzero(told.item != usual.item)
        assert set(differs.tolist()) <= {int(PLANTED.at[number])}
        assert PLANTED.onward[number] == PLANTED.at[number] + 1
        assert np.array_equal(told.time, usual.time)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000), st.integers(2, 12))
def test_partners_are_others_and_everybody_is_one_once(seed: int, people: int) -> None:
    found = partners(np.random.default_rng(seed).dirichlet(np.ones(3), people).astype(np.float32))
    assert sorted(found.tolist()) == list(range(people))
    assert (found != np.arange(people)).all()


# --- questions and policies -------------------------------------------------------------------------------------------------


def test_a_question_knows_what_is_strictly_earlier_and_asks_for_what_came() -> None:
    asked = questions(PLANTED, repeat=True)
    assert asked.fair.all()
    for stream_, prefix, at, target in zip(
        asked.stream[::37], asked.prefix[::37], asked.at[::37], asked.target[::37], strict=True
    ):
        told = stream(PLANTED, int(stream_))
        assert (told.time[:prefix] < at).all()
        assert told.time[prefix] == at
        assert target in told.item[told.time == at]


def test_every_kind_is_asked_about_the_same_events_of_a_persons_future() -> None:
    asked = questions(PLANTED, repeat=True)
    kinds: tuple[Kind, ...] = ("move", "excursion", "revival", "odd click")
    for kind in kinds:
        for number in PLANTED.of(kind).tolist():
            own = PLANTED.of("unshifted")[PLANTED.person[PLANTED.of("unshifted")] == PLANTED.person[number]]
            here = (asked.stream == number) & (asked.offset >= 0)
            there = (asked.stream == own[0]) & (asked.offset >= 0) & (asked.offset <= asked.offset[here].max())
            assert np.array_equal(asked.target[here], asked.target[there])
            assert np.array_equal(asked.at[here], asked.at[there])


def test_where_people_do_not_come_back_only_new_items_are_fair_to_ask_for() -> None:
    asked = questions(PLANTED, repeat=False)
    for row in range(0, len(asked.at), 41):
        told, place = stream(PLANTED, int(asked.stream[row])), int(asked.prefix[row])
        before = told.item[:place]
        if asked.target[row] in before:
            assert not asked.fair[row]
    assert 0 < asked.fair.mean() < 1


def ask(kind: Kind, after: int) -> Asked:
    """Everybody of one kind, `after` events on into their own future, or before it."""
    numbers = PLANTED.of(kind)
    prefix = PLANTED.onward[numbers] + after
    first = np.searchsorted(PLANTED.events.user, numbers)
    at = PLANTED.events.time[first + prefix]
    vectors = unit(np.random.default_rng(5), 50 * TOPICS)
    interests = walk(PLANTED.events, numbers, at, prefix, vectors, FOLD)
    blank, flat = np.zeros(0, np.int64), np.zeros(0)
    none = Alarms(blank, blank, blank, blank, flat, flat, flat, flat, flat)
    return Asked(numbers, prefix, at, interests, none, PLANTED, vectors, FOLD, None)


def walked(asked: Asked, since: I64, keep: float) -> list[Asked]:
    """The slow twin of `reweighed`: one person at a time, from a log in which the early events weigh less."""
    answers = []
    for row, number in enumerate(asked.stream.tolist()):
        told = stream(PLANTED, number)
        weight = np.where(np.arange(len(told.item)) < since[row], told.weight * np.float32(keep), told.weight)
        one = told._replace(weight=weight.astype(np.float32))
        read = walk(one, np.array([number]), asked.at[[row]], asked.prefix[[row]], asked.vectors, FOLD)
        answers.append(asked._replace(interests=read))
    return answers


@pytest.mark.parametrize("keep", [0.0, 0.25])
def test_an_oracle_reads_a_log_in_which_what_was_before_the_move_weighs_less(keep: float) -> None:
    asked = ask("move", 7)
    found = oracle(keep)(asked)
    for row, twin in enumerate(walked(asked, PLANTED.at[asked.stream], keep)):
        for ours, theirs in zip(flat(found.take(np.array([row]))), flat(twin.interests), strict=True):
            assert np.array_equal(ours, theirs)
    assert len(changed(asked.interests, found)) == len(asked.stream)
    if keep == 0:
        assert found.folded.tolist() == [7.0] * len(asked.stream)


def test_an_oracle_is_late_where_told_to_be_and_says_nothing_of_what_passes() -> None:
    nobody: list[int] = []
    trials: tuple[tuple[Kind, int, Policy], ...] = (
        ("move", 0, oracle(0.0)),
        ("move", 7, oracle(0.0, late=8)),
        ("unshifted", 7, oracle(0.0)),
        ("excursion", 7, oracle(0.0)),
        ("revival", 7, oracle(0.0)),
        ("move", 7, as_served),
        ("move", 7, oracle(1.0)),
    )
    for kind, after, policy in trials:
        asked = ask(kind, after)
        assert changed(asked.interests, policy(asked)).tolist() == nobody


def test_a_policy_on_alarms_knows_those_that_were_raised_and_the_last_of_them() -> None:
    asked = ask("move", 7)
    row, at = asked.stream[[0, 0, 1, 1]], np.array([3, 6, asked.prefix[1] - 1, asked.prefix[1]])
    flat = np.zeros(4)
    alarms = Alarms(row, row * 0, at - 2, at, flat, flat, flat, flat, flat)
    told = asked._replace(alarms=alarms)
    assert told.last_alarm().tolist() == [4, asked.prefix[1] - 3] + [-1] * (len(asked.stream) - 2)
    found = alarmed(0.0)(told)
    assert found.folded[:2].tolist() == [asked.prefix[0] - 4, 3]
    assert changed(asked.interests, found).tolist() == [0, 1]


# --- measures ---------------------------------------------------------------------------------------------------------------


def table(*rows: list[float]) -> F64:
    return np.array([row + [np.nan] * (BEFORE + AFTER - len(row)) for row in rows])


def test_a_mean_is_over_what_was_asked_and_nothing_where_nothing_was() -> None:
    told = table([1.0, 0.0] * 10 + [1.0, 1.0, np.nan, 0.0], [])
    assert mean_of(told, -BEFORE, 0).tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert mean_of(told, 0, 10).tolist() == pytest.approx([2 / 3, np.nan], nan_ok=True)
    assert curve(table([1.0, np.nan], [0.0, 1.0]))[:3].tolist() == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([0.9] * 60, 0),  # 90% is enough
        ([0.89] * 60, AFTER),  # and less is not
        ([0.0] * 5 + [1.0] * 55, 4),  # nine of the ten events from the fourth on
        ([1.0] * 9 + [0.0] * 51, 0),
        ([0.0] * 51 + [1.0] * 9, 50),  # the last ten events
    ],
)
def test_the_lag_is_how_many_events_lie_before_ten_that_are_nearly_as_before(after: list[float], expected: int) -> None:
    assert lag(table([1.0] * BEFORE + after)) == expected


def test_the_lag_is_of_the_mean_over_people_and_its_interval_holds_it() -> None:
    quick, slow = [1.0] * (BEFORE + AFTER), [1.0] * BEFORE + [0.0] * 30 + [1.0] * 30
    both = table(quick, slow)
    assert lag(both) == 28  # the mean of events 28 to 37 is (2 * .5 + 8) / 10
    assert own_lags(both).tolist() == [0, 29]
    sure = lag_interval(np.repeat(both, 40, axis=0), np.random.default_rng(0))
    assert sure.mean == 28
    assert 0 < sure.low <= 28 <= sure.high <= 29


def test_who_had_no_hit_before_has_no_lag_of_their_own() -> None:
    assert np.isnan(own_lags(table([0.0] * BEFORE + [1.0] * AFTER))).all()


def test_topics_are_left_or_taken_up_by_five_percent_or_more() -> None:
    before, after = np.array([[0.5, 0.3, 0.2]], np.float32), np.array([[0.25, 0.28, 0.47]], np.float32)
    assert moved(before, after, up=False).tolist() == [[True, False, False]]
    assert moved(before, after, up=True).tolist() == [[False, False, True]]


def test_the_share_of_a_slate_is_the_mean_membership_of_its_items() -> None:
    belongs = np.array([[1, 0], [0.5, 0.5], [0, 1]], np.float32)
    first, either = np.array([[True, False]]), np.array([[True, True]])
    assert share_of(np.array([[0, 1, 2]]), belongs, first).tolist() == [0.5]
    assert share_of(np.array([[1, -1, -1]]), belongs, first).tolist() == [0.5]
    assert share_of(np.array([[0, 1, 2]]), belongs, either).tolist() == [1.0]
    assert share_of(np.array([[-1, -1, -1]]), belongs, first).tolist() == [0.0]


def test_what_a_click_replaced_is_what_the_slate_no_longer_has() -> None:
    lists = np.array([[1, 2, 3, 4], [1, 2, -1, -1]])
    assert replaced(lists, np.array([[9, 4, 3, 2], [2, 9, -1, -1]])).tolist() == [0.25, 0.5]
    assert replaced(lists, lists).tolist() == [0.0, 0.0]


def raised(rows: I64, at: I64) -> Alarms:
    """An alarm in each of these streams at these events."""
    zeros = np.zeros(len(rows))
    return Alarms(rows, rows * 0, at - 1, at, zeros, zeros, zeros, zeros, zeros)


def test_a_shift_is_found_by_an_alarm_among_its_first_sixty_events_and_its_delay_counts_both_ends() -> None:
    moves = PLANTED.of("move")
    begun = PLANTED.at[moves]
    late = np.r_[np.full(len(moves) - 2, 4), AFTER - 1, AFTER]  # the last of them comes too late
    found = detection("move", "made", raised(moves, begun + late), PLANTED, np.random.default_rng(0))
    assert found.found is not None
    assert found.found.mean == (len(moves) - 1) / len(moves)
    assert found.delay == 5
    assert (found.streams, found.false_alarms.mean) == (len(moves), 0)
    nothing = detection("move", "made", raised(moves[:0], begun[:0]), PLANTED, np.random.default_rng(0))
    assert (nothing.found and nothing.found.mean, nothing.delay) == (0, None)


def test_alarms_before_a_shift_and_in_streams_without_one_are_false() -> None:
    moves, unshifted = PLANTED.of("move"), PLANTED.of("unshifted")
    early = detection("move", "made", raised(moves[:3], PLANTED.at[moves[:3]] - 1), PLANTED, np.random.default_rng(0))
    assert early.found is not None
    assert early.found.mean == 0
    assert early.false_alarms.mean == pytest.approx(3_000 / PLANTED.at[moves].sum())
    still = detection(
        "unshifted", "made", raised(unshifted[:2], PLANTED.length[unshifted[:2]] - 1), PLANTED, np.random.default_rng(0)
    )
    assert (still.found, still.delay) == (None, None)
    assert still.false_alarms.mean == pytest.approx(2_000 / PLANTED.length[unshifted].sum())


# --- the whole --------------------------------------------------------------------------------------------------------------


@cache
def easy() -> World:
    """Made people, half of whom move once by themselves, and what was learned of more than half of them."""
    made = synthetic(np.random.default_rng(0), users=36, items=80, topics=6, events=260, kinds=("move", "unshifted"))
    config = Config(encoder="hash", training=Training(epochs=0))
    found = world("made", made.items, made.events, config)
    return prepared(found.events, found.catalog, config, repeat=True, most=12)


def test_in_an_easy_world_the_detector_finds_the_moves_and_the_blend_recovers() -> None:
    policies: dict[str, Policy] = {"penchant": as_served, "oracle": oracle(0.25)}
    found = judged(easy(), dataset="made", policies=policies)
    move = next(one for one in found.detections if (one.kind, one.visits) == ("move", "as lived"))
    assert move.found is not None
    assert move.found.mean > 0.7
    assert move.delay is not None
    assert move.delay < 30
    systems = {system.name: system for system in found.report.systems}
    assert 0 < systems["penchant"].metrics["lag after a move"].mean < 40
    assert systems["penchant"].measures["recovery at 60"] > 0.85
    assert systems["oracle"].metrics["recall@10 after a move"].mean > systems["penchant"].metrics["recall@10 after a move"].mean
    assert systems["oracle"].metrics["stale"].mean < systems["penchant"].metrics["stale"].mean
    assert systems["penchant"].metrics["stale"].mean < systems["content-365d"].metrics["stale"].mean


def test_what_is_learned_is_of_other_people_and_of_earlier_times() -> None:
    easily = easy()
    drawn = {int(easily.lived.events.user[rows[0]]) for rows in easily.lived.rows}
    assert 10 <= len(drawn) <= 12
    assert not drawn & {*easily.stream.user.tolist()}
    asked = questions(easily.planted, repeat=True)
    unshifted = np.isin(asked.stream, easily.planted.of("unshifted"))
    assert asked.at[unshifted].min() >= easily.stream.time.min() - DAY


def test_the_same_seed_answers_the_same_and_a_source_alone_has_no_policy() -> None:
    easily = easy()
    asked = questions(easily.planted, repeat=True)
    some = Questions._make(column[::9] for column in asked)
    first, again = (answers(easily, some, {"ours": as_served, "same": oracle(1.0)}, ["markov"]) for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert np.array_equal(first["ours"], first["same"])
    assert not np.array_equal(first["ours"], first["markov"])
    hit = (first["ours"] == some.target[:, None]).any(axis=1).astype(float)
    placed = grid(hit, some, easily, "move")
    chosen = np.isin(some.stream, easily.planted.of("move"))
    assert np.nansum(placed) == hit[chosen].sum()
    assert np.isfinite(placed).sum() == chosen.sum()


def test_a_protocol_without_a_policy_is_refused() -> None:
    easily = easy()
    with pytest.raises(InvalidInput, match="there is no policy to try"):
        evolution(easily.stream, easily.catalog, easily.config, dataset="", repeat=True, policies={})


def test_there_is_a_stream_of_every_kind() -> None:
    assert all(len(PLANTED.of(kind)) for kind in KINDS)
