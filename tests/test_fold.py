from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.interest import fold
from penchant.interest.walk import consumed, walk
from penchant.types import DAY, F32, Events, Interests
from tests.worlds import FOLD, HALF_LIVES, columns, log_of, unit


def folded(events: Events, vectors: F32, users: int, cuts: list[int]) -> fold.State:
    state = fold.empty(users, len(HALF_LIVES), FOLD.window, vectors.shape[1])
    bounds = [0, *sorted(cuts), len(events.user)]
    for start, stop in pairwise(bounds):
        if start < stop:
            fold.update(state, events.take(slice(start, stop)), vectors, HALF_LIVES)
    return state


def same(a: tuple[np.ndarray, ...], b: tuple[np.ndarray, ...]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 120), max_size=8))
def test_however_the_log_is_cut_the_state_has_the_same_bits(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    vectors, events = unit(rng, 9), log_of(7, 9, 120, rng)
    by_time = events.take(np.argsort(events.time, kind="stable"))
    whole = folded(by_time, vectors, 7, [])
    assert same(folded(by_time, vectors, 7, cuts), whole)
    assert same(folded(by_time, vectors, 7, list(range(120))), whole)
    assert same(folded(events, vectors, 7, []), whole)  # user after user instead of all at once


@given(st.integers(0, 10**6))
def test_the_fold_is_the_sum_it_claims_to_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, events = unit(rng, 9), log_of(4, 9, 60, rng)
    weights = rng.uniform(-1, 1, 60).astype(np.float32)
    events = events._replace(weight=weights, item=np.where(rng.random(60) < 0.1, -1, events.item))
    at = 11 * DAY
    read = fold.read(folded(events, vectors, 4, []), np.arange(4), np.full(4, at), HALF_LIVES)
    for user in range(4):
        rows = np.flatnonzero(events.user == user)
        decay = np.exp2(-(at - events.time[rows])[:, None] / HALF_LIVES)  # (events, H)
        moved = np.where(events.item[rows, None] >= 0, vectors[events.item[rows]], 0)
        np.testing.assert_allclose(read.vector[user], np.einsum("eh,e,ed->hd", decay, weights[rows], moved), atol=1e-5)
        np.testing.assert_allclose(read.mass[user], decay.T @ np.abs(weights[rows]), rtol=1e-5, atol=1e-9)
        named = rows[events.item[rows] >= 0][::-1][: FOLD.window]
        assert read.items[user, : len(named)].tolist() == events.item[named].tolist()
        assert (read.items[user, len(named) :] == -1).all()
        assert read.folded[user] == len(rows)


@given(st.integers(0, 10**6))
def test_what_training_walks_to_is_what_streaming_reads_at_each_event(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, events = unit(rng, 9), log_of(5, 9, 50, rng)
    first = np.searchsorted(events.user, events.user)
    rows = rng.permutation(50)[:20]
    walked = walk(events, events.user[rows], events.time[rows], (np.arange(50) - first)[rows], vectors, FOLD)
    state = fold.empty(5, len(HALF_LIVES), FOLD.window, 8)
    streamed: dict[int, Interests] = {}
    for row in range(50):
        here = events.take(slice(row, row + 1))
        streamed[row] = fold.read(state, here.user, here.time, HALF_LIVES)
        fold.update(state, here, vectors, HALF_LIVES)
    for place, row in enumerate(rows.tolist()):
        assert same(walked.take(np.array([place])), streamed[row])


def test_time_passing_halves_the_sums_once_per_half_life() -> None:
    vectors = np.eye(2, dtype=np.float32)
    state = folded(columns([0, 0], [0, 1], [0.0, DAY]), vectors, 1, [])
    now, later = (fold.read(state, np.array([0]), np.array([at]), HALF_LIVES) for at in (DAY, 2 * DAY))
    np.testing.assert_allclose(now.vector[0, 1], [0.5, 1.0])  # half-life of a day: the older event counts half
    np.testing.assert_allclose(later.vector[0, 1], [0.25, 0.5])
    assert later.away[0] == DAY
    assert later.ages[0, :2].tolist() == [DAY, 2 * DAY]


def test_a_late_event_is_refused_rather_than_folded_wrongly() -> None:
    state = folded(columns([0], [0], [10.0]), np.eye(1, dtype=np.float32), 1, [])
    with pytest.raises(InvalidInput, match="refold the user from the log"):
        fold.update(state, columns([0], [0], [9.0]), np.eye(1, dtype=np.float32), HALF_LIVES)
    with pytest.raises(InvalidInput, match="before the user's last event"):
        fold.read(state, np.array([0]), np.array([9.0]), HALF_LIVES)


def test_an_unknown_person_reads_as_nothing_at_all() -> None:
    read = fold.read(fold.empty(1, 3, 5, 4), np.array([0]), np.array([1e9]), HALF_LIVES)
    assert (read.items == -1).all()
    assert not read.vector.any()
    assert np.isinf(read.away[0])


def test_consumed_marks_the_items_of_the_known_prefix_only() -> None:
    events = columns([0, 0, 1, 1], [0, 1, 1, 2], [0, 1, 0, 1])
    assert consumed(events, np.array([1, 0]), np.array([1, 2]), 3).tolist() == [[False, True, False], [True, True, False]]
