import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from penchant.errors import InvalidInput
from penchant.evaluate.ranking import ranks, top_k
from penchant.types import F32, Bool

shapes = st.tuples(st.integers(1, 4), st.integers(1, 9))
levels = st.sampled_from([0.0, 0.5, 1.0, -2.0, -np.inf])  # few levels, so many ties
tables = shapes.flatmap(
    lambda shape: st.tuples(arrays.arrays(np.float32, shape, elements=levels), arrays.arrays(np.bool_, shape))
)


@given(tables, st.integers(1, 12))
def test_top_k_equals_sorting_each_row(table: tuple[F32, Bool], k: int) -> None:
    scores, candidates = table
    ranked = top_k(scores, k, candidates=candidates)
    for row in range(len(scores)):
        allowed = [column for column in range(scores.shape[1]) if candidates[row, column] and scores[row, column] > -np.inf]
        best = sorted(allowed, key=lambda column: (-scores[row, column], column))[:k]
        assert ranked[row].tolist() == best + [-1] * (k - len(best))


@given(tables, st.integers(1, 12), st.integers(0, 9))
def test_random_ties_change_the_items_but_never_the_scores(table: tuple[F32, Bool], k: int, seed: int) -> None:
    scores, candidates = table
    fixed, random = (top_k(scores, k, candidates=candidates, rng=rng) for rng in (None, np.random.default_rng(seed)))
    np.testing.assert_array_equal(fixed < 0, random < 0)
    row = np.arange(len(scores))[:, None]
    np.testing.assert_array_equal(np.where(fixed < 0, 0, scores[row, fixed]), np.where(random < 0, 0, scores[row, random]))
    assert all(len(set(line[line >= 0].tolist())) == (line >= 0).sum() for line in random)


def test_ties_give_every_item_its_turn_in_each_row_anew() -> None:
    first = top_k(np.zeros((3_000, 3), np.float32), 1, rng=np.random.default_rng(0))
    assert (np.bincount(first[:, 0]) > 900).all()


@given(tables, st.integers(0, 8))
def test_rank_is_the_mean_over_random_ties(table: tuple[F32, Bool], column: int) -> None:
    scores, candidates = table
    target = np.full(len(scores), column % scores.shape[1])
    candidates[:, target[0]] = True
    expected = ranks(scores, target, candidates=candidates)
    for row in range(len(scores)):
        own = scores[row, target[0]]
        others = [scores[row, other] for other in np.flatnonzero(candidates[row]) if other != target[0]]
        assert expected[row] == 1 + sum(other > own for other in others) + sum(other == own for other in others) / 2


def test_random_ranks_are_uniform_over_the_tie() -> None:
    scores = np.tile(np.array([0.5, 0.5, 0.5, 0.9, 0.1], np.float32), (3_000, 1))
    drawn = ranks(scores, np.zeros(3_000, np.int64), rng=np.random.default_rng(0))
    assert (np.bincount(drawn.astype(int), minlength=5)[2:] > 900).all()
    assert set(drawn) == {2.0, 3.0, 4.0}


def test_rank_agrees_with_the_list_where_there_are_no_ties() -> None:
    scores = np.random.default_rng(0).permuted(np.tile(np.arange(50, dtype=np.float32), (20, 1)), axis=1)
    target = np.arange(20)
    place = (top_k(scores, 50) == target[:, None]).argmax(axis=1)
    np.testing.assert_array_equal(ranks(scores, target), place + 1)


def test_no_rows_give_no_lists() -> None:
    assert top_k(np.empty((0, 4), np.float32), 2).shape == (0, 2)
    assert top_k(np.empty((0, 4), np.float32), 2, rng=np.random.default_rng(0)).shape == (0, 2)


SCORES = np.zeros((1, 2), np.float32)


def test_unusable_scores_say_what_is_wrong() -> None:
    with pytest.raises(InvalidInput, match="1 of 2 scores are NaN"):
        top_k(np.array([[np.nan, 1.0]], np.float32), 1)
    with pytest.raises(InvalidInput, match="k must be at least 1, got 0"):
        top_k(SCORES, 0)
    with pytest.raises(InvalidInput, match="must have the shape of scores"):
        top_k(SCORES, 1, candidates=np.ones((2, 2), np.bool_))
    with pytest.raises(InvalidInput, match=r"target of request 0 \(column 1\) is not among its candidates"):
        ranks(SCORES, np.array([1]), candidates=np.array([[True, False]]))
    with pytest.raises(InvalidInput, match="one column number below 2 per row"):
        ranks(SCORES, np.array([2]))
