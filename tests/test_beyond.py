import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.evaluate.beyond import (
    calibration,
    category_mix,
    coverage,
    diversity,
    gini,
    novelty,
    satisfaction,
    serendipity,
)
from penchant.types import I64

ITEMS, PLACES = 10, 4


@st.composite
def slates(draw: st.DrawFn) -> I64:
    ranked = np.full((draw(st.integers(1, 5)), PLACES), -1)
    for row in ranked:
        items = draw(st.lists(st.integers(0, ITEMS - 1), unique=True, max_size=PLACES))
        row[: len(items)] = items
    return ranked


def listed(row: I64) -> list[int]:
    return [item for item in row.tolist() if item >= 0]


@given(slates(), st.integers(0, 9))
def test_diversity_equals_the_mean_over_pairs(ranked: I64, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(ITEMS, 3)).astype(np.float32)
    vectors[0] = 0
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    for row, value in zip(ranked, diversity(ranked, vectors), strict=True):
        items = listed(row)
        pairs = [1 - float(unit[a] @ unit[b]) for place, a in enumerate(items) for b in items[:place]]
        assert value == pytest.approx(np.mean(pairs) if pairs else 0.0, abs=1e-5)
        assert 0 <= value <= 2


def test_diversity_is_the_same_across_batches() -> None:
    rng = np.random.default_rng(0)
    ranked = rng.permuted(np.tile(np.arange(ITEMS), (2_500, 1)), axis=1)[:, :PLACES]
    vectors = rng.normal(size=(ITEMS, 3)).astype(np.float32)
    whole = diversity(ranked, vectors)
    np.testing.assert_allclose(whole[2_000:], diversity(ranked[2_000:], vectors))


@given(slates())
def test_gini_equals_the_mean_difference_between_items(ranked: I64) -> None:
    counts = np.bincount(ranked[ranked >= 0], minlength=ITEMS)
    if not counts.sum():
        return
    apart = np.abs(counts[:, None] - counts[None, :]).sum() / (2 * (ITEMS - 1) * counts.sum())
    assert gini(ranked, ITEMS) == pytest.approx(apart)


def test_gini_is_zero_for_equal_exposure_and_one_for_a_single_item() -> None:
    assert gini(np.arange(6).reshape(2, 3), 6) == 0.0
    assert gini(np.zeros((5, 1), np.int64), 6) == 1.0


@given(slates())
def test_coverage_counts_distinct_items(ranked: I64) -> None:
    assert coverage(ranked, ITEMS) == len({item for row in ranked for item in listed(row)}) / ITEMS


@given(slates(), st.integers(0, 9))
def test_novelty_is_mean_surprise_in_bits(ranked: I64, seed: int) -> None:
    consumers = np.random.default_rng(seed).integers(0, 9, ITEMS)
    values = novelty(ranked, consumers, users=8)
    for row, value in zip(ranked, values, strict=True):
        bits = [-math.log2(max(int(consumers[item]), 1) / 8) for item in listed(row)]
        assert value == pytest.approx(np.mean(bits) if bits else 0.0)
    assert ((values >= 0) & (values <= 3)).all()


def test_serendipity_counts_hits_that_were_not_obvious() -> None:
    ranked, obvious = np.array([[1, 2, 3, -1], [1, 2, 3, 4], [5, 6, 7, 8]]), np.array([[1, 9]] * 3)
    targets = [np.array([1, 2]), np.array([1]), np.array([5, 6, 7, 8])]
    assert serendipity(ranked, targets, obvious).tolist() == [0.25, 0.0, 1.0]


@given(slates(), st.integers(0, 9))
def test_calibration_equals_its_formula_within_bounds(ranked: I64, seed: int) -> None:
    rng = np.random.default_rng(seed)
    categories = rng.dirichlet(np.ones(3), size=ITEMS).astype(np.float32)
    history = rng.dirichlet(np.ones(3), size=len(ranked))
    history[0] = [1, 0, 0]
    values = calibration(ranked, history, categories)
    for row, p, value in zip(ranked, history, values, strict=True):
        q = categories[listed(row)].mean(axis=0) if listed(row) else np.zeros(3)
        terms = [p[g] * math.log(p[g] / (0.99 * q[g] + 0.01 * p[g])) for g in range(3) if p[g] > 0]
        assert value == pytest.approx(sum(terms), abs=1e-6)
    assert ((values >= 0) & (values <= math.log(100) + 1e-9)).all()


def test_slate_in_proportion_is_calibrated_and_unknown_history_scores_zero() -> None:
    categories = np.eye(2, dtype=np.float32)
    assert calibration(np.array([[0, 1], [0, 0]]), np.array([[0.5, 0.5], [0.0, 0.0]]), categories).tolist() == [0.0, 0.0]


def test_category_mix_counts_an_item_as_often_as_it_occurred() -> None:
    mix = category_mix(np.array([[0, 0, 1, -1], [-1, -1, -1, -1]]), np.eye(2, dtype=np.float32))
    np.testing.assert_allclose(mix, np.array([[2 / 3, 1 / 3], [0.0, 0.0]]))


def test_satisfaction_is_the_mean_feedback_of_hits_or_nan() -> None:
    ranked = np.array([[1, 2], [3, 4], [5, -1]])
    targets = [np.array([2, 1, 9]), np.array([9]), np.array([5])]
    feedback = [np.array([1.0, 4.0, 9.0]), np.array([5.0]), np.array([-1.0])]
    np.testing.assert_array_equal(satisfaction(ranked, targets, feedback), [2.5, np.nan, -1.0])


LISTS, VECTORS = np.array([[0, 5]]), np.ones((3, 2), np.float32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coverage(LISTS, 3), "item 5 is listed, but the catalog ends at 2"),
        (lambda: novelty(LISTS, np.ones(3, np.int64), 3), "item 5 is listed"),
        (lambda: diversity(LISTS, VECTORS), "item 5 is listed"),
        (lambda: category_mix(LISTS, VECTORS), "item 5 is listed"),
        (lambda: gini(np.array([[-1]]), 3), "Gini needs two items and a listed one, got 3 items and 0 places filled"),
        (lambda: novelty(np.array([[0]]), np.array([4]), 3), "4 consumers of 3 users; count users, not events"),
        (lambda: calibration(np.array([[0]]), np.ones((1, 5)), VECTORS), r"history must be \(1, 2\) and alpha"),
        (lambda: calibration(np.array([[0]]), np.ones((1, 2)), VECTORS, alpha=0.0), "alpha in"),
        (lambda: satisfaction(LISTS, [np.array([0])], [np.ones(2)]), "feedback must be aligned with targets"),
    ],
)
def test_unusable_input_says_what_is_wrong(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
