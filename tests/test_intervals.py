import time

import numpy as np
import pytest
from scipy import stats

from penchant.errors import InvalidInput
from penchant.evaluate.intervals import compare, mean_interval
from penchant.types import F64


def skewed(rng: np.random.Generator, n: int) -> F64:
    """Values like NDCG: mostly zero."""
    return np.where(rng.random(n) < 0.3, rng.random(n), 0.0)  # mean 0.15


def test_mean_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    intervals = [mean_interval(skewed(rng, 300), rng, rounds=400, level=0.9) for _ in range(400)]
    held = np.mean([interval.low <= 0.15 <= interval.high for interval in intervals])
    assert 0.86 < held < 0.94


def test_ratio_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        b = skewed(rng, 400)
        ratio = compare(b * rng.uniform(0.8, 1.6, 400), b, rng, rounds=400, level=0.9).ratio
        held.append(ratio.low <= 1.2 <= ratio.high)
    assert 0.86 < np.mean(held) < 0.94


def test_intervals_agree_with_scipy() -> None:
    rng = np.random.default_rng(2)
    b = skewed(rng, 800)
    a = np.clip(b + rng.normal(0.02, 0.1, 800), 0, 1)
    ours = compare(a, b, rng, rounds=20_000)
    for interval, statistic in (
        (ours.difference, lambda x, y, axis: x.mean(axis) - y.mean(axis)),
        (ours.ratio, lambda x, y, axis: x.mean(axis) / y.mean(axis)),
    ):
        theirs = stats.bootstrap(
            (a, b), statistic, paired=True, vectorized=True, n_resamples=20_000, batch=2_000, method="percentile", rng=rng
        ).confidence_interval
        width = theirs.high - theirs.low
        assert interval.low == pytest.approx(theirs.low, abs=0.04 * width)
        assert interval.high == pytest.approx(theirs.high, abs=0.04 * width)


def test_pairing_finds_a_small_steady_gain_that_separate_intervals_miss() -> None:
    rng = np.random.default_rng(3)
    b = skewed(rng, 500)
    a = 1.05 * b
    apart = compare(a, b, rng)
    assert apart.difference.low > 0
    assert apart.ratio.low == pytest.approx(1.05)
    assert mean_interval(a, rng).low < mean_interval(b, rng).high


def test_users_who_ask_often_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    values, users = np.repeat(skewed(rng, 100), 20), np.repeat(np.arange(100), 20)
    by_user, by_request = mean_interval(values, rng, users=users), mean_interval(values, rng)
    assert by_user.mean == pytest.approx(by_request.mean)
    assert by_user.high - by_user.low > 3 * (by_request.high - by_request.low)


def test_one_request_per_user_is_the_same_as_no_users() -> None:
    values = skewed(np.random.default_rng(5), 200)
    one, two = (mean_interval(values, np.random.default_rng(0), users=users) for users in (None, np.arange(200)))
    assert one == two


def test_ratio_to_nothing_is_infinite_and_of_two_nothings_is_one() -> None:
    rng = np.random.default_rng(6)
    assert compare(np.ones(10), np.zeros(10), rng).ratio.low == np.inf
    assert compare(np.zeros(10), np.zeros(10), rng).ratio.high == 1.0
    rare = compare(np.ones(10), np.eye(10)[0], rng).ratio
    assert (rare.mean, rare.high) == (10.0, np.inf)
    assert np.isfinite(rare.low)


def test_same_seed_gives_the_same_interval_whatever_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    values = skewed(np.random.default_rng(7), 100)
    whole = mean_interval(values, np.random.default_rng(0))
    monkeypatch.setattr("penchant.evaluate.intervals.BATCH", 30_000)
    pieces = mean_interval(values, np.random.default_rng(0))
    assert pieces.low == pytest.approx(whole.low)
    assert pieces.high == pytest.approx(whole.high)


def test_six_thousand_requests_take_a_moment() -> None:
    rng = np.random.default_rng(8)
    started = time.process_time()
    compare(rng.random(6_000), rng.random(6_000), rng)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1.0], [1.0], "two requests or more, got 1"),
        ([1.0, 2.0], [1.0], "one number per request, got shapes"),
        ([1.0, np.nan], [1.0, 1.0], "values must be finite"),
        ([1.0, -1.0], [1.0, 1.0], "ratio of means needs values of 0 or more"),
    ],
)
def test_unusable_values_say_what_is_wrong(a: list[float], b: list[float], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        compare(np.array(a), np.array(b), np.random.default_rng(0))


def test_unusable_settings_say_what_is_wrong() -> None:
    values, rng = np.ones(5), np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="rounds must be at least 100 and level between 0 and 1, got 9"):
        mean_interval(values, rng, rounds=9)
    with pytest.raises(InvalidInput, match="requests of two users or more"):
        mean_interval(values, rng, users=np.zeros(5, np.int64))
