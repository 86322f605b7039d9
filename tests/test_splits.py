from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.evaluate.histories import away, feedback, shuffle_history
from penchant.evaluate.splits import Requests, Split, global_time, leave_one_out, replay
from penchant.types import Events

Row = tuple[int, int, float]  # user, item, time
Asked = tuple[int, float, int, list[int]]  # user, at, prefix, targets


def log(rows: list[Row]) -> Events:
    rows = sorted(rows, key=lambda row: row[2])
    user, item = (np.array([row[column] for row in rows], np.int64) for column in (0, 1))
    weight = np.arange(1, len(rows) + 1, dtype=np.float32)
    weight[(user != 9) & (item == 6)] = 0  # impressions
    weight[(user != 9) & (item == 7)] = -1  # dislikes
    return Events(user, item, user * 0, weight, np.array([row[2] for row in rows]), user * 0 - 1)


STEADY = [(9, 0, 1.0), (9, 1, 5.0), (9, 2, 9.0), (9, 3, 11.0)]  # someone whom every protocol can ask
logs = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 7), st.integers(0, 12).map(float)), max_size=60).map(
    lambda rows: log([*rows, *STEADY])
)  # few instants, so many ties; item -1 is an event without an item


def histories(split: Split) -> dict[int, list[int]]:
    """Rows of each user, in the split's order."""
    return {int(user): np.flatnonzero(split.events.user == user).tolist() for user in np.unique(split.events.user)}


def is_target(split: Split, rows: list[int], position: int) -> bool:
    item, weight = split.events.item[rows[position]], split.events.weight[rows[position]]
    seen = {int(split.events.item[row]) for row in rows[:position] if split.events.weight[row] != 0}
    return bool(item >= 0 and weight > 0 and (split.repeat or int(item) not in seen))


def as_rows(requests: Requests) -> list[Asked]:
    return [
        (int(user), float(at), int(prefix), targets.tolist())
        for user, at, prefix, targets in zip(requests.user, requests.at, requests.prefix, requests.targets, strict=True)
    ]


def slow_period(split: Split, begins: float, ends: float, mode: str) -> tuple[list[Asked], list[Asked]]:
    """The obvious twin of a global-time period: requests with a past, and cold ones."""
    warm: list[Asked] = []
    cold: list[Asked] = []
    for user, rows in histories(split).items():
        within = [
            place for place, row in enumerate(rows) if begins <= split.events.time[row] < ends and is_target(split, rows, place)
        ]
        if not within:
            continue
        at = float(split.events.time[rows[within[0]]])
        prefix = sum(bool(split.events.time[row] < at) for row in rows)
        items = [int(split.events.item[rows[place]]) for place in within]
        targets = list(dict.fromkeys(items)) if mode == "all" else items[:1]
        (warm if prefix else cold).append((user, at, prefix, targets))
    return warm, cold


@given(logs, st.booleans(), st.integers(0, 9))
def test_leave_one_out_equals_its_slow_twin(events: Events, repeat: bool, seed: int) -> None:
    split = leave_one_out(events, repeat=repeat, rng=np.random.default_rng(seed))
    test: list[Asked] = []
    validation: list[Asked] = []
    train, known = np.ones(len(events.user), np.bool_), np.ones(len(events.user), np.bool_)
    for user, rows in histories(split).items():
        places = [place for place in range(len(rows)) if is_target(split, rows, place)]
        if len(places) < 3:
            continue
        for requests, mask, place in ((validation, train, places[-2]), (test, known, places[-1])):
            row = rows[place]
            requests.append((user, float(split.events.time[row]), place, [int(split.events.item[row])]))
            mask[rows[place:]] = False
    assert as_rows(split.test) == test
    assert as_rows(split.validation) == validation
    np.testing.assert_array_equal(split.train, train)
    np.testing.assert_array_equal(split.known, known)
    assert len(split.cold.user) == 0


@given(logs, st.booleans(), st.sampled_from(["next", "all"]), st.integers(0, 9))
def test_global_time_equals_its_slow_twin(events: Events, repeat: bool, mode: Literal["next", "all"], seed: int) -> None:
    rng = np.random.default_rng(seed)
    split = global_time(events, validate_from=4.0, test_from=8.0, repeat=repeat, rng=rng, mode=mode)
    warm, cold = slow_period(split, 8.0, np.inf, mode)
    assert as_rows(split.test) == warm
    assert as_rows(split.cold) == cold
    assert as_rows(split.validation) == slow_period(split, 4.0, 8.0, mode)[0]
    np.testing.assert_array_equal(split.train, split.events.time < 4.0)
    np.testing.assert_array_equal(split.known, split.events.time < 8.0)


@given(logs, st.booleans(), st.integers(0, 9))
def test_replay_equals_its_slow_twin(events: Events, repeat: bool, seed: int) -> None:
    split = replay(events, test_from=4.0, repeat=repeat, rng=np.random.default_rng(seed))
    asked = []
    for user, rows in histories(split).items():
        for place, row in enumerate(rows):
            at = float(split.events.time[row])
            if at >= 4.0 and is_target(split, rows, place):
                prefix = sum(bool(split.events.time[other] < at) for other in rows)
                asked.append((user, at, prefix, [int(split.events.item[row])]))
    assert sorted(as_rows(split.test)) == sorted(row for row in asked if row[2])
    assert sorted(as_rows(split.cold)) == sorted(row for row in asked if not row[2])
    assert (np.diff(split.test.at) >= 0).all()


@given(logs, st.booleans(), st.integers(0, 2), st.integers(0, 9))
def test_no_request_by_time_knows_its_present_or_future(events: Events, repeat: bool, protocol: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    makers: list[Callable[[], Split]] = [
        lambda: global_time(events, validate_from=4.0, test_from=8.0, repeat=repeat, rng=rng),
        lambda: global_time(events, validate_from=4.0, test_from=8.0, repeat=repeat, rng=rng, mode="all"),
        lambda: replay(events, test_from=4.0, repeat=repeat, rng=rng),
    ]
    split = makers[protocol]()
    own = histories(split)
    for user, at, prefix, targets in as_rows(split.test) + as_rows(split.validation):
        assert (split.events.time[own[user][:prefix]] < at).all()
        assert (split.events.time[own[user][prefix:]] >= at).all()
        assert repeat or not set(targets) & set(split.events.item[own[user][:prefix]].tolist())
    assert (split.events.time[split.known] <= split.test.at.min()).all()
    assert not (split.train & ~split.known).any()


@given(logs, st.booleans(), st.integers(0, 9))
def test_leave_one_out_never_knows_its_target(events: Events, repeat: bool, seed: int) -> None:
    split = leave_one_out(events, repeat=repeat, rng=np.random.default_rng(seed))
    own = histories(split)
    for requests, fitted in ((split.test, split.known), (split.validation, split.train)):
        for user, at, prefix, targets in as_rows(requests):
            assert not fitted[own[user][prefix:]].any()
            assert split.events.item[own[user][prefix]] == targets[0]
            assert (split.events.time[own[user][:prefix]] <= at).all()
            assert repeat or targets[0] not in split.events.item[own[user][:prefix]]


@given(logs, st.integers(0, 9))
def test_split_keeps_every_event_once_in_order(events: Events, seed: int) -> None:
    split = leave_one_out(events, repeat=True, rng=np.random.default_rng(seed))
    assert sorted(split.events.weight.tolist()) == sorted(events.weight.tolist())
    np.testing.assert_array_equal(np.lexsort((split.events.time, split.events.user)), np.arange(len(events.user)))


def test_ties_in_time_fall_either_way_by_chance() -> None:
    events = log([(0, 1, 0.0), (0, 2, 1.0), (0, 3, 2.0), (0, 4, 2.0)])
    last = [int(leave_one_out(events, repeat=False, rng=np.random.default_rng(s)).test.targets[0][0]) for s in range(200)]
    assert 70 < last.count(3) < 130
    assert set(last) == {3, 4}


def test_same_seed_gives_the_same_split() -> None:
    events = log([(user, item, 0.0) for user in range(3) for item in range(20)])
    one, two = (leave_one_out(events, repeat=False, rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.events.item, two.events.item)


def test_boundaries_in_the_unit_interval_are_quantiles_of_event_time() -> None:
    events = log([(0, item, 1_000.0 + item) for item in range(101)])
    split = global_time(events, validate_from=0.5, test_from=0.9, repeat=False, rng=np.random.default_rng(0))
    assert (split.train.sum(), split.known.sum(), split.test.at[0]) == (50, 90, 1_090.0)


def test_replay_limit_draws_requests_over_the_whole_period_in_order() -> None:
    events = log([(0, item, float(item)) for item in range(1_000)])
    split = replay(events, test_from=100.0, repeat=False, rng=np.random.default_rng(0), limit=50)
    assert len(split.test.user) == 50
    assert (np.diff(split.test.at) > 0).all()
    assert split.test.at[0] < 300
    assert split.test.at[-1] > 800


def test_requests_take_keeps_targets_aligned() -> None:
    requests = Requests(np.arange(3), np.arange(3.0), np.arange(3), [np.array([10 + n]) for n in range(3)])
    assert as_rows(requests.take(np.array([False, True, True]))) == [(1, 1.0, 1, [11]), (2, 2.0, 2, [12])]
    assert as_rows(requests.take(np.array([2, 0]))) == [(2, 2.0, 2, [12]), (0, 0.0, 0, [10])]


RNG = np.random.default_rng(0)
SHORT = log([(0, 1, 0.0), (0, 2, 1.0), (1, 3, 2.0)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: leave_one_out(log([]), repeat=True, rng=RNG), "no events to split"),
        (lambda: leave_one_out(log([(0, 1, np.inf)]), repeat=True, rng=RNG), "must be finite seconds"),
        (lambda: leave_one_out(SHORT, repeat=True, rng=RNG), "a user with 3 targets or more, the longest history here has 2;"),
        (lambda: global_time(SHORT, validate_from=5.0, test_from=3.0, repeat=True, rng=RNG), "must be earlier than test_from=3"),
        (lambda: global_time(SHORT, validate_from=50.0, test_from=60.0, repeat=True, rng=RNG), "period from validate_from=50;"),
        (lambda: global_time(SHORT, validate_from=0.5, test_from=60.0, repeat=True, rng=RNG), "period from test_from=60;"),
        (lambda: replay(SHORT, test_from=60.0, repeat=True, rng=RNG), "events span 0 to 2 s: move the boundary"),
        (lambda: replay(SHORT, repeat=True, rng=RNG, limit=0), "limit must be at least 1"),
    ],
)
def test_impossible_split_says_what_to_change(make: Callable[[], Split], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()


def test_cold_people_are_kept_apart() -> None:
    events = log([(0, 1, 0.0), (0, 2, 5.0), (0, 3, 9.0), (1, 4, 9.0)])
    split = global_time(events, validate_from=4.0, test_from=8.0, repeat=False, rng=np.random.default_rng(0))
    assert as_rows(split.test) == [(0, 9.0, 2, [3])]
    assert as_rows(split.cold) == [(1, 9.0, 0, [4])]
    np.testing.assert_array_equal(away(split, split.test), [4.0])
    np.testing.assert_array_equal(away(split, split.cold), [np.inf])


@given(logs, st.booleans(), st.integers(0, 9))
def test_feedback_is_the_weight_of_the_event_that_consumed_the_target(events: Events, repeat: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    split = global_time(events, validate_from=4.0, test_from=8.0, repeat=repeat, rng=rng, mode="all")
    own = histories(split)
    for (user, _, prefix, targets), values in zip(as_rows(split.test), feedback(split, split.test), strict=True):
        later = own[user][prefix:]
        expected = [next(split.events.weight[row] for row in later if split.events.item[row] == item) for item in targets]
        assert values.tolist() == expected


def test_feedback_refuses_requests_of_another_split() -> None:
    split = leave_one_out(log([(0, 1, 0.0), (0, 2, 1.0), (0, 3, 2.0)]), repeat=False, rng=np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="give requests of this very split"):
        feedback(split, split.test._replace(targets=[np.array([1])]))


@given(logs, st.integers(0, 9))
def test_shuffled_histories_hold_the_same_events_and_the_same_future(events: Events, seed: int) -> None:
    rng = np.random.default_rng(seed)
    split = leave_one_out(events, repeat=True, rng=rng)
    shuffled = shuffle_history(split, split.test, rng)
    np.testing.assert_array_equal(shuffled.time, split.events.time)
    np.testing.assert_array_equal(shuffled.user, split.events.user)
    own = histories(split)
    for user, _, prefix, _ in as_rows(split.test):
        past, future = own[user][:prefix], own[user][prefix:]
        assert sorted(shuffled.weight[past].tolist()) == sorted(split.events.weight[past].tolist())
        np.testing.assert_array_equal(shuffled.weight[future], split.events.weight[future])


def test_shuffling_really_destroys_order() -> None:
    events = log([(user, item, float(item)) for user in range(2) for item in range(100)])
    split = leave_one_out(events, repeat=False, rng=np.random.default_rng(0))
    shuffled = shuffle_history(split, split.test, np.random.default_rng(1))
    assert abs(np.corrcoef(shuffled.item[:99], np.arange(99))[0, 1]) < 0.3
    assert shuffled.item[:99].tolist() != shuffled.item[100:199].tolist()


def test_shuffle_refuses_several_requests_of_one_user() -> None:
    events = log([(0, item, float(item)) for item in range(10)])
    split = replay(events, test_from=5.0, repeat=False, rng=np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="one request per user"):
        shuffle_history(split, split.test, np.random.default_rng(0))
