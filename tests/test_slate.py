import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penchant.retrieve.exact import Candidates, best
from penchant.slate.diversity import diversify
from tests.worlds import unit


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_the_best_are_those_of_a_full_sort(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    scores, hidden = rng.standard_normal((3, 9)).astype(np.float32), rng.random((3, 9)) < 0.4
    found = best(scores, hidden, count)
    assert found.items.shape == (3, count)
    for row in range(3):
        expected = [item for item in np.argsort(-scores[row]).tolist() if not hidden[row, item]][:count]
        assert found.items[row].tolist() == expected + [-1] * (count - len(expected))


def test_everything_hidden_leaves_nothing() -> None:
    found = best(np.ones((1, 3), np.float32), np.ones((1, 3), bool), 2)
    assert found.items.tolist() == [[-1, -1]]


@given(st.integers(0, 10**6), st.floats(0, 2), st.integers(1, 9))
def test_diversity_takes_each_next_item_by_score_less_its_closeness_to_those_taken(seed: int, balance: float, k: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(rng, 9)
    candidates = best(rng.standard_normal((2, 9)).astype(np.float32), rng.random((2, 9)) < 0.3, 7)
    found = diversify(candidates, vectors, k, balance)
    for row in range(2):
        left = {
            item: score
            for item, score in zip(candidates.items[row].tolist(), candidates.scores[row].tolist(), strict=True)
            if item >= 0
        }
        taken: list[int] = []
        while left and len(taken) < k:
            close = {item: max([0.0, *(float(vectors[item] @ vectors[other]) for other in taken)]) for item in left}
            item = max(left, key=lambda item: left[item] - balance * close[item])
            taken.append(item)
            del left[item]
        shown = [item for item in found.items[row].tolist() if item >= 0]
        assert shown == taken


def test_without_balance_the_order_stays() -> None:
    candidates = Candidates(np.array([[4, 2, 7]]), np.array([[3.0, 2.0, 1.0]], np.float32))
    assert diversify(candidates, unit(np.random.default_rng(0), 9), 2, 0.0).items.tolist() == [[4, 2]]
