import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.evaluate.metrics import METRICS, evaluate, hits, recall
from penchant.types import I64

Case = tuple[I64, list[I64]]  # ranked, targets


def lists(*targets: list[int]) -> list[I64]:
    return [np.array(items, np.int64) for items in targets]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Lists of 6 places over 12 items, some padded with -1, and one to eight targets each, some named twice."""
    rows = draw(st.integers(1, 5))
    ranked = np.full((rows, 6), -1)
    targets = []
    for row in range(rows):
        items = draw(st.lists(st.integers(0, 11), unique=True, max_size=6))
        ranked[row, : len(items)] = items
        targets.append(np.array(draw(st.lists(st.integers(0, 11), min_size=1, max_size=8)), np.int64))
    return ranked, targets


def slow(name: str, items: list[int], targets: set[int], k: int) -> float:
    """Each metric of one list, written as its definition is read."""
    items = items[:k]
    found = [rank for rank, item in enumerate(items, start=1) if item in targets]
    best = min(k, len(targets))
    if name == "ndcg":
        return sum(1 / math.log2(1 + rank) for rank in found) / sum(1 / math.log2(1 + rank) for rank in range(1, best + 1))
    if name == "hit_rate":
        return float(bool(found))
    if name == "recall":
        return len(found) / len(targets)
    if name == "precision":
        return len(found) / k
    if name == "f1":
        p, r = len(found) / k, len(found) / len(targets)
        return 2 * p * r / (p + r) if found else 0.0
    if name == "mrr":
        return 1 / found[0] if found else 0.0
    assert name == "map"
    return sum((n + 1) / rank for n, rank in enumerate(found)) / best


@pytest.mark.parametrize("name", METRICS)
@given(case=cases(), k=st.integers(1, 6))
def test_metric_equals_its_slow_twin_within_bounds(name: str, case: Case, k: int) -> None:
    ranked, targets = case
    values = METRICS[name](ranked, targets, k)
    expected = [slow(name, row.tolist(), set(items.tolist()), k) for row, items in zip(ranked, targets, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12)
    assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    assert values.dtype == np.float64


# Worked by hand: four lists of four places. Hits of the first at ranks 1 and 3 of 2 targets, of the second at rank 2 of 1,
# none in the third, of the fourth at ranks 1 and 2 (all its list holds) of 5 targets. 1 / log2(1 + rank) is 1, .6309, .5, .4307.
RANKED = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4], [9, 8, -1, -1]])
TARGETS = lists([3, 1], [6], [9], [8, 9, 1, 2, 3])
GOLDEN: dict[str, list[float]] = {
    "ndcg": [1.5 / 1.6309, 0.6309, 0, 1.6309 / 2.5616],
    "hit_rate": [1, 1, 0, 1],
    "recall": [1, 1, 0, 0.4],
    "precision": [0.5, 0.25, 0, 0.5],
    "f1": [2 / 3, 0.4, 0, 4 / 9],
    "mrr": [1, 0.5, 0, 1],
    "map": [5 / 6, 0.5, 0, 0.5],
}


@pytest.mark.parametrize("name", METRICS)
def test_metric_matches_the_table_worked_by_hand(name: str) -> None:
    np.testing.assert_allclose(METRICS[name](RANKED, TARGETS, 4), GOLDEN[name], atol=1e-4)


@pytest.mark.parametrize("name", METRICS)
def test_all_targets_first_is_perfect(name: str) -> None:
    assert METRICS[name](np.array([[4, 5, 6]]), lists([6, 4, 5]), 3).tolist() == [1.0]


@pytest.mark.parametrize("name", ["ndcg", "recall", "mrr", "map", "hit_rate"])
@given(rank=st.integers(1, 6))
def test_one_target_at_a_rank(name: str, rank: int) -> None:
    value = METRICS[name](np.array([[1, 2, 3, 4, 5, 6]]), lists([rank]), 6)[0]
    assert value == {"ndcg": 1 / np.log2(1 + rank), "mrr": 1 / rank, "map": 1 / rank}.get(name, 1.0)


@given(cases())
def test_recall_never_falls_as_k_grows(case: Case) -> None:
    values = np.array([recall(*case, k) for k in range(1, 7)])
    assert (np.diff(values, axis=0) >= 0).all()


@pytest.mark.parametrize("name", METRICS)
@given(case=cases(), shift=st.integers(0, 1000), seed=st.integers(0, 9))
def test_metric_ignores_item_numbers_and_the_order_of_targets(name: str, case: Case, shift: int, seed: int) -> None:
    ranked, targets = case
    rename = np.random.default_rng(seed).permutation(12) + shift
    renamed = np.where(ranked >= 0, rename[ranked], -1)
    turned = [rename[items][::-1] for items in targets]
    np.testing.assert_array_equal(METRICS[name](ranked, targets, 4), METRICS[name](renamed, turned, 4))


@pytest.mark.parametrize("name", METRICS)
@given(case=cases())
def test_batch_equals_one_request_at_a_time(name: str, case: Case) -> None:
    ranked, targets = case
    singly = [METRICS[name](ranked[row : row + 1], targets[row : row + 1], 5)[0] for row in range(len(ranked))]
    assert METRICS[name](ranked, targets, 5).tolist() == singly


@pytest.mark.parametrize(
    ("ranked", "targets", "k", "message"),
    [
        ([[1, 2]], [[1]], 3, "k must be between 1 and the lists' 2 places, got 3"),
        ([[1, 2]], [[1]], 0, "k must be between 1"),
        ([[1, 2], [3, 3]], [[1], [1]], 2, r"list 1 names an item twice: \[3, 3\]"),
        ([[1, 2], [3, 4]], [[1], []], 2, "request 1 has no target"),
        ([[1, 2]], [[1], [2]], 2, r"one row per target set, got \(1, 2\) and 2"),
    ],
)
def test_unusable_lists_say_what_is_wrong(ranked: list[list[int]], targets: list[list[int]], k: int, message: str) -> None:
    for metric in METRICS.values():
        with pytest.raises(InvalidInput, match=message):
            metric(np.array(ranked), lists(*targets), k)


def test_an_item_twice_beyond_k_does_no_harm() -> None:
    assert recall(np.array([[1, 2, 2]]), lists([2]), 2).tolist() == [1.0]


def test_evaluate_names_metrics_with_their_depth() -> None:
    values = evaluate(RANKED, TARGETS, ["ndcg", "map"], 4)
    assert list(values) == ["ndcg@4", "map@4"]
    np.testing.assert_allclose(values["map@4"], GOLDEN["map"])
    with pytest.raises(InvalidInput, match="metric 'auc' is not known; choose among ndcg, hit_rate"):
        evaluate(RANKED, TARGETS, ["auc"], 4)


def test_padding_among_targets_is_not_the_last_item_of_the_request_before() -> None:
    assert hits(np.array([[9], [1]]), lists([1], [-1, 1])).tolist() == [[False], [True]]


def test_no_requests_give_no_values() -> None:
    none = np.empty((0, 5), np.int64)
    assert all(len(metric(none, [], 5)) == 0 for metric in METRICS.values())
    assert hits(none, []).shape == (0, 5)
