"""Training: what a network reads, what it minimises, and the loop that goes on where it was broken off."""

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from torch import Tensor
from torch.nn import functional

from penchant.config import Loss, Training
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.evolution import Cell, Parameters, Shape
from penchant.interest.evolution.moments import moments
from penchant.interest.evolution.network import Evolution, whitening
from penchant.interest.training import fitting, judging, loop, losses, windows
from penchant.interest.training.judging import Asked, ndcg, requests
from penchant.interest.training.loop import Epoch, train
from penchant.interest.training.parameters import Network
from penchant.interest.training.spectral import spectral
from penchant.interest.training.windows import History, batch, batches, history, latest, parts
from penchant.interest.visits import visits
from penchant.types import DAY, F32, I64, Events
from tests.worlds import columns, log_of, unit

ITEMS = 40
SMALL = Training(
    dim=16, heads=2, layers=1, window=16, batch=256, epochs=8, rate=1e-2, dropout=0.0, minutes=None, precision="float32"
)
VECTORS = unit(np.random.default_rng(0), ITEMS)


def cycle(users: int = 80, events: int = 20, items: int = ITEMS, seed: int = 0) -> Events:
    """People who begin anywhere and go on from each item to the one that follows it, round and round, an item a day."""
    start = np.random.default_rng(seed).integers(0, items, users)
    user, step = np.repeat(np.arange(users), events), np.tile(np.arange(events), users)
    return columns(user.tolist(), ((start[user] + step) % items).tolist(), (1e9 + user * 60 + step * DAY).tolist())


def network_of(training: Training = SMALL, vectors: F32 = VECTORS, seed: int = 0) -> Evolution:
    shape = Shape(training.dim, training.heads, training.layers)
    return Evolution(shape, vectors, 1, dropout=training.dropout, precision=getattr(torch, training.precision), seed=seed)


def judge_of(network: Evolution, events: Events, items: int = ITEMS) -> Callable[[], float]:
    told = history(events, repeat=True)
    judged = requests(told, float(np.quantile(events.time, 0.9)), np.random.default_rng(0), limit=100, repeat=True, items=items)
    return partial(ndcg, network, told, judged, SMALL.window, walk=True)


def bits(network: torch.nn.Module) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in network.state_dict().values()]


# What is minimised


def states(n: int, items: int, dim: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random states, embeddings, biases and targets."""
    generator = torch.Generator().manual_seed(seed)
    hidden, table, bias = (torch.randn(size, generator=generator) for size in ((n, dim), (items, dim), (items,)))
    return hidden, table, bias, torch.randint(items, (n,), generator=generator)


def learned(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """The same states, embeddings and biases, to be learned."""
    hidden, table, bias, _ = states(n, 37, 5)
    return hidden.requires_grad_(), table.requires_grad_(), bias.requires_grad_()


TWO = torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), torch.tensor([0.0, 0.5, 0.0])
NEXT = torch.tensor([0, 2])  # the scores are 1, 0.5, 1 and 0, 2.5, 2


def test_full_softmax_of_two_states_by_hand() -> None:
    expected = np.mean([np.log(np.e + np.exp(0.5) + np.e) - 1, np.log(1 + np.exp(2.5) + np.exp(2)) - 2])
    assert float(losses.full_softmax(*TWO, NEXT)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("n", [1, 512, 1100])  # it works in blocks of 512
def test_full_softmax_is_torchs_cross_entropy_with_the_same_gradients(n: int) -> None:
    ours, theirs, targets = learned(n), learned(n), states(n, 37, 5)[3]
    own = 3 * losses.full_softmax(*ours, targets)
    reference = 3 * functional.cross_entropy(theirs[0] @ theirs[1].T + theirs[2], targets)
    torch.autograd.backward([own, reference])
    assert own.item() == pytest.approx(reference.item(), rel=1e-5)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, atol=1e-6, rtol=1e-4)


def test_full_softmax_in_half_the_digits_is_close() -> None:
    exact, rough, targets = learned(700), learned(700), states(700, 37, 5)[3]
    value = losses.full_softmax(*exact, targets)
    half = losses.full_softmax(*rough, targets, precision=torch.bfloat16)
    torch.autograd.backward([value, half])
    assert half.item() == pytest.approx(value.item(), rel=1e-2)
    for one, other in zip(exact, rough, strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert functional.cosine_similarity(one.grad.flatten(), other.grad.flatten(), dim=0) > 0.999


def test_closed_items_have_no_share_and_no_gradient() -> None:
    hidden, table, bias, targets = states(20, 6, 3)
    table.requires_grad_()
    shut = bias.clone()
    shut[5] = -torch.inf
    targets = targets.clamp(max=4)
    losses.full_softmax(hidden, table, shut, targets).backward()  # type: ignore[no-untyped-call]
    assert table.grad is not None
    assert not table.grad[5].any()
    expected = functional.cross_entropy(hidden @ table[:5].T + bias[:5], targets)
    assert losses.full_softmax(hidden, table, shut, targets).item() == pytest.approx(expected.item(), rel=1e-5)


def test_sampled_softmax_with_every_item_drawn_is_the_full_one() -> None:
    given = states(50, 11, 4)
    full = float(losses.full_softmax(*given))
    once, twice = torch.arange(11), torch.arange(11).repeat(2)
    assert float(losses.sampled_softmax(*given, once)) == pytest.approx(full, rel=1e-5)
    assert float(losses.sampled_softmax(*given, twice, torch.full((11,), float(np.log(2))))) == pytest.approx(full, rel=1e-5)


def test_the_sampled_sum_stands_for_the_full_one_however_unevenly_items_are_drawn() -> None:
    hidden, table, bias, targets = states(30, 11, 4, seed=1)
    share = torch.softmax(torch.randn(11, generator=torch.Generator().manual_seed(2)), 0)
    drawn = torch.multinomial(share, 200_000, replacement=True, generator=torch.Generator().manual_seed(3))
    sampled = losses.sampled_softmax(hidden, table, bias, targets, drawn, (share * len(drawn)).log())
    assert float(sampled) == pytest.approx(float(losses.full_softmax(hidden, table, bias, targets)), rel=1e-2)


def test_negatives_drawn_as_often_as_items_are_consumed_stand_for_all_items() -> None:
    events = columns([0] * 30, [0] * 20 + [1] * 9 + [2], np.arange(30.0).tolist())
    hidden, table, bias, targets = states(30, ITEMS, SMALL.dim)
    drawn = loop.loss_of(replace(SMALL, loss="sampled-softmax", negatives=100_000), network_of(), events)
    torch.manual_seed(0)
    full = losses.full_softmax(hidden, table, bias, targets)
    assert float(drawn(hidden, table, bias, targets)) == pytest.approx(float(full), rel=0.02)


def test_generalised_binary_cross_entropy_by_hand() -> None:
    negatives = torch.tensor([1, 0])  # the first state's target is drawn: it does not count against itself
    right = np.log(1 / (1 + np.exp([-1.0, -2.0])))  # log sigmoid of the targets' scores
    wrong = np.log1p(np.exp(0.5)), np.log1p(np.exp(2.5)) + np.log1p(np.exp(0.0))
    for calibration, beta in ((0.0, 1.0), (1.0, 1.0)):  # 2 of 2 others drawn: nothing to make up for
        value = float(losses.gbce(*TWO, NEXT, negatives, calibration=calibration))
        assert value == pytest.approx(np.mean([wrong[0] - beta * right[0], wrong[1] - beta * right[1]]), rel=1e-5)
    one = torch.tensor([1])  # 1 of 2: at full calibration the target counts half
    for calibration, beta in ((0.0, 1.0), (0.5, 0.75), (1.0, 0.5)):
        value = float(losses.gbce(*TWO, NEXT, one, calibration=calibration))
        expected = np.mean([wrong[0] - beta * right[0], np.log1p(np.exp(2.5)) - beta * right[1]])
        assert value == pytest.approx(expected, rel=1e-5)


def test_pairs_by_hand() -> None:
    negatives = torch.tensor([1, 0])
    first, second = np.log1p(np.exp(0.5 - 1)), (np.log1p(np.exp(2.5 - 2)) + np.log1p(np.exp(0.0 - 2))) / 2
    assert float(losses.bpr(*TWO, NEXT, negatives)) == pytest.approx((first + second) / 2, rel=1e-5)
    assert float(losses.bpr(TWO[0][:1], *TWO[1:], NEXT[:1], torch.tensor([0]))) == 0  # nothing but the target drawn


def test_squared_error_by_hand() -> None:
    assert float(losses.mse(*TWO, NEXT)) == pytest.approx(((1 - 1) ** 2 + 0 + (0 - 1) ** 2 + (2 - 1) ** 2) / 4)


def test_contrast_by_hand() -> None:
    hidden = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    value = float(losses.contrastive(hidden, TWO[1], TWO[2], torch.tensor([0, 1, 0]), temperature=0.5))
    alone = np.log(np.exp(2) + 1) - 2  # of the items of the batch, the first and the third are the same and no rivals
    assert value == pytest.approx(np.mean([alone, np.log(np.exp(2) + 2) - 2, alone]), rel=1e-5)


# What is read


@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_every_target_comes_once_and_after_an_event_of_its_own_user(seed: int, window: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    events = log_of(6, 9, 60, rng)._replace(item=np.arange(60))  # every item says which event it is
    seen = []
    for one in batches(history(events, repeat=False), window, size, rng):
        assert one.items.shape[1] <= window
        assert one.items.numel() <= max(size, window)
        learned = one.targets >= 0
        before, after = one.items[learned].numpy(), one.targets[learned].numpy()
        assert np.array_equal(after, before + 1)
        assert np.array_equal(events.user[before], events.user[after])
        np.testing.assert_array_equal(one.ahead[learned].numpy(), (events.time[after] - events.time[before]).astype(np.float32))
        assert np.array_equal(one.asked[learned].numpy(), moments(events.time[after] - events.time[before], events.time[after]))
        seen += after.tolist()
    followed = np.flatnonzero(events.user[1:] == events.user[:-1]) + 1
    assert sorted(seen) == followed.tolist()


MIXED = columns([0] * 6, [3, -1, 5, 3, 4, 5], [0.0, 10, 40, 100, 100, 160], [1, 0.5, 1, 1, -1, 1])  # a search, a dislike, repeats


@pytest.mark.parametrize(("repeat", "targets"), [(True, [-1, 5, 3, -1, 5, -1]), (False, [-1, 5, -1, -1, -1, -1])])
def test_searches_and_dislikes_are_read_and_not_learned_and_repeats_only_where_people_repeat(
    repeat: bool, targets: list[int]
) -> None:
    told = history(MIXED, repeat=repeat)
    assert told.target.tolist() == targets
    assert told.gap.tolist() == [np.inf, 10, 30, 60, 0, 60]
    assert told.ahead.tolist() == [10, 30, 60, 0, 60, 0]
    assert told.place.tolist() == [0, 1, 2, 3, 4, 5]
    (one,) = batches(told, 10, 100, np.random.default_rng(0))
    assert one.items.tolist() == [[3, -1, 5, 3, 4, 5]]
    assert one.gaps.tolist() == [[0, 10, 30, 60, 0, 60]]
    assert np.array_equal(one.told.numpy(), moments(told.gap, told.events.time)[None])


def test_an_item_disliked_first_is_not_learned_as_new() -> None:
    told = history(columns([0] * 3, [1, 2, 2], [0, 1, 2], [1, -1, 1]), repeat=False)
    assert told.target.tolist() == [-1, -1, -1]


def test_impressions_leave_no_trace() -> None:
    told = history(columns([0, 0, 0, 1], [1, 2, 3, 4], [0, 5, 9, 9], [1, 0, 1, 0]), repeat=False)
    assert (told.events.item.tolist(), told.gap.tolist(), told.target.tolist()) == ([1, 3], [np.inf, 9], [3, -1])
    nothing = history(columns([], [], []), repeat=False)
    assert len(nothing.target) == 0
    assert list(batches(nothing, 5, 10, np.random.default_rng(0))) == []


def test_the_end_of_a_visit_is_trained_on_all_that_the_next_one_brings() -> None:
    hour = 3600.0
    times = [0, hour, 2 * DAY, 2 * DAY, 2 * DAY + hour, 4 * DAY, 0, DAY]
    items = [0, 1, 2, 3, -1, 1, 5, 6]
    events = columns([0] * 6 + [1] * 2, items, times, [1, 1, 1, -1, 1, 1, 1, 1])
    for repeat, brought in ((True, [[], [2], [], [], [1], [], [6], []]), (False, [[], [2], [], [], [], [], [6], []])):
        told = history(events, repeat=repeat)
        found = [told.taken[a:b].tolist() for a, b in zip(told.since, told.until, strict=True)]
        assert found == brought
        assert told.visits() == sum(map(bool, brought))


@given(st.integers(0, 10**6))
def test_what_is_drawn_comes_from_the_next_visit_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = log_of(7, 30, 150, rng)
    told = history(events, repeat=True)
    visit = visits(events.user, events.time)
    for drawn in batches(told, 16, 64, rng):
        places = np.argwhere(drawn.visit.numpy()[..., 0] >= 0)
        for row, place in places.tolist():
            seen = drawn.items[row, : place + 1].numpy()
            here = [
                n
                for n in np.flatnonzero(events.item == seen[-1]).tolist()
                if place <= n and np.array_equal(events.item[n - place : n + 1], seen)
            ]
            following = [set(events.item[visit == visit[n] + 1].tolist()) for n in here]
            assert any(set(drawn.visit[row, place].tolist()) <= items for items in following)


def test_weighing_visits_foresees_all_of_the_next_one_and_not_its_first_item_alone() -> None:
    user, step = np.repeat(np.arange(120), 10), np.tile(np.arange(10), 120)
    item = np.where(step < 5, step, 5 + step)  # 0 to 4, and two days later 10 to 14, always in this order
    events = columns(user.tolist(), item.tolist(), (step * 60.0 + np.where(step < 5, 0, 2 * DAY)).tolist())
    told = history(events, repeat=True)
    share = {}
    for weight in (0.0, 3.0):
        network = network_of(replace(SMALL, visits=weight))
        train(network, events, replace(SMALL, visits=weight), repeat=True)
        with torch.inference_mode():
            state = network(batch(told, np.array([0]), np.array([5])))[0, -1]
            odds = (network.table() @ state + network.bias).softmax(0)
        share[weight] = float(odds[11:15].sum())
    assert share[3.0] > 2 * share[0.0]  # four fifths of what the visit brings is not its first item


def test_requests_are_what_is_learned_from_after_a_time_and_hide_what_was_had() -> None:
    told = history(columns([0] * 4 + [1] * 2, [0, 1, 2, 0, 3, 0], [0, 1, 8, 9, 7, 9]), repeat=False)
    asked = requests(told, 8.0, np.random.default_rng(0), limit=10, repeat=False, items=4)
    assert (asked.row.tolist(), asked.at.tolist(), asked.target.tolist()) == ([1, 4], [8, 9], [2, 0])
    assert asked.hidden is not None
    assert asked.hidden.toarray().tolist() == [[True, True, False, False], [False, False, False, True]]
    assert latest(told, asked.row, 1).items.tolist() == [[1], [3]]
    one = requests(told, 0.0, np.random.default_rng(0), limit=1, repeat=True, items=4)
    assert (len(one.row), one.hidden) == (1, None)
    nobody = requests(told, 99.0, np.random.default_rng(0), limit=9, repeat=False, items=4)
    assert nobody.hidden is not None
    assert nobody.hidden.shape == (0, 4)
    assert [ndcg(network_of(), told, nobody, 9, walk=walk) for walk in (True, False)] == [0, 0]


# What training is judged by


def had_by(told: History, row: int) -> I64:
    """The items that the user of an event has had by then."""
    had = told.events.item[row - told.place[row] : row + 1]
    return had[had >= 0]


def one_by_one(network: Network, told: History, asked: Asked, start: I64) -> float:
    """NDCG@10 of requests that are read alone, from `start` (R,) on, and ranked among all that their users have not had."""
    gains = []
    with torch.inference_mode():
        for row, target, begin in zip(asked.row.tolist(), asked.target.tolist(), start.tolist(), strict=True):
            state = network(batch(told, np.array([begin]), np.array([row + 1 - begin])))[0, -1]
            scores = (network.table() @ state + network.bias).numpy()
            if asked.hidden is not None:
                scores[np.setdiff1d(had_by(told, row), target)] = -np.inf
            rank = np.flatnonzero(np.argsort(-scores, kind="stable") == target)[0]
            gains.append(1 / np.log2(rank + 2) if rank < 10 else 0.0)
    return float(np.mean(gains))


@pytest.mark.parametrize("repeat", [True, False])
@pytest.mark.parametrize("window", [5, 100])
def test_judging_gives_what_requests_read_one_by_one_do(repeat: bool, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    events, network = log_of(30, ITEMS, 900, np.random.default_rng(0)), network_of()
    train(network, events, replace(SMALL, epochs=2), repeat=repeat)
    told = history(events, repeat=repeat)
    asked = requests(told, float(np.quantile(events.time, 0.7)), np.random.default_rng(0), limit=90, repeat=repeat, items=ITEMS)
    first = asked.row - told.place[asked.row]
    earliest = np.array([asked.row[first == begin].min() for begin in first])
    walked, windowed = (ndcg(network, told, asked, window, walk=walk) for walk in (True, False))
    assert walked == pytest.approx(one_by_one(network, told, asked, np.maximum(first, earliest + 1 - window)), abs=1e-7)
    assert windowed == pytest.approx(one_by_one(network, told, asked, np.maximum(first, asked.row + 1 - window)), abs=1e-7)
    assert walked > 0
    assert (walked == pytest.approx(windowed, abs=1e-7)) == (window == 100)  # as long as any history
    monkeypatch.setattr(judging, "_SCORES", 3 * ITEMS)
    monkeypatch.setattr(judging, "_EVENTS", 50)
    monkeypatch.setattr(judging, "_WINDOWS", 7)
    assert ndcg(network, told, asked, window, walk=True) == pytest.approx(walked, abs=1e-7)
    assert ndcg(network, told, asked, window, walk=False) == pytest.approx(windowed, abs=1e-7)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_what_was_had_is_hidden_as_in_a_table_of_all_items(seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = log_of(6, 9, 60, rng)
    told = history(events._replace(item=np.where(rng.random(60) < 0.2, -1, events.item)), repeat=False)
    asked = requests(told, float(events.time.min()), rng, limit=40, repeat=False, items=11)
    table = np.zeros((len(asked.row), 11), bool)
    for request, row in enumerate(asked.row.tolist()):
        table[request, had_by(told, row)] = True
    assert asked.hidden is not None
    assert asked.hidden.has_canonical_format
    assert np.array_equal(asked.hidden.toarray(), table)


def parquet(path: Path, events: Events) -> Path:
    pl.DataFrame({name: getattr(events, name) for name in ("user", "item", "action", "weight", "time")}).write_parquet(path)
    return path


def joined(found: list[History]) -> list[list[float]]:
    rest = [
        np.concatenate([getattr(part, name) for part in found]).tolist() for name in ("gap", "ahead", "at", "target", "place")
    ]
    return [column.tolist() for column in Events.joined([part.events for part in found])] + rest


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("repeat", [True, False])
def test_a_file_read_in_parts_gives_the_histories_that_memory_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, repeat: bool
) -> None:
    monkeypatch.setattr(windows, "_PART", size)
    events = log_of(5, 9, 60, np.random.default_rng(0))
    found = list(parts(parquet(tmp_path / "log.parquet", events), repeat=repeat))
    assert joined(found) == joined(list(parts(events, repeat=repeat)))
    assert len(found) == (1 if size == 1000 else 5)
    assert loop.events_of(tmp_path / "log.parquet") == 60
    assert loop.counts_of(tmp_path / "log.parquet", 9).tolist() == np.bincount(events.item, minlength=9).tolist()


def test_a_file_that_is_no_log_is_refused_saying_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_PART", 2)
    good = pl.DataFrame(
        {"user": [0, 0, 1, 1], "item": [1, 2, 3, 4], "action": [0] * 4, "weight": [1.0] * 4, "time": [0, 1, 5, 6]}
    )
    back = "is not sorted by user, then time: row {}, user {} at {}, comes after user {} at {}; sort it first"
    for number, (frame, complaint) in enumerate(
        [
            (good.drop("weight"), "has no column 'weight'; training reads user, item, action, weight, time"),
            (good.with_columns(time=pl.Series([0, 1, 6, 5])), back.format(4, 1, 5, 1, 6)),
            (good.with_columns(user=pl.Series([0, 1, 0, 1])), back.format(3, 0, 5, 1, 1)),
            (
                good.with_columns(item=pl.Series([1, None, 3, 4])),
                "has empty cells in column 'item'; an event without an item has",
            ),
            (good.with_columns(item=pl.Series(list("abcd"))), "cannot be read as events: "),
        ]
    ):
        path = tmp_path / f"{number}.parquet"
        frame.write_parquet(path)
        with pytest.raises(InvalidInput) as refused:
            list(parts(path, repeat=True))
        assert str(refused.value).startswith(f"{path} {complaint}")
    text = tmp_path / "log.csv"
    text.write_text("user,item\n")
    with pytest.raises(InvalidInput, match="cannot be read as events"):
        list(parts(text, repeat=True))
    with pytest.raises(InvalidInput, match="cannot be read as events"):
        list(parts(tmp_path / "none.parquet", repeat=True))


# The loop


@pytest.mark.parametrize(
    ("loss", "epochs"), [("full-softmax", 8), ("sampled-softmax", 8), ("gbce", 30), ("bpr", 8), ("contrastive", 8)]
)
def test_the_loop_learns_an_obvious_rule_under_every_loss(loss: Loss, epochs: int) -> None:
    network, events = network_of(), cycle()
    judge = judge_of(network, events)
    assert judge() < 0.4
    train(network, events, replace(SMALL, loss=loss, negatives=64, epochs=epochs), repeat=True)
    assert judge() > 0.9


def test_a_file_is_learned_from_like_memory(tmp_path: Path) -> None:
    events = cycle()
    inside, outside = network_of(), network_of()
    first, second = (
        train(network, source, replace(SMALL, epochs=2), repeat=True)
        for network, source in ((inside, events), (outside, parquet(tmp_path / "log.parquet", events)))
    )
    assert bits(inside) == bits(outside)
    assert [epoch.loss for epoch in first] == [epoch.loss for epoch in second]


def test_every_whole_epoch_sees_every_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the last one, though windows are filled up and look like more events than there are."""
    lengths = np.random.default_rng(0).integers(2, 16, 60)  # in windows of 192 short and long go together
    user = np.repeat(np.arange(60), lengths)
    events = columns(user.tolist(), (np.arange(len(user)) % ITEMS).tolist(), np.arange(float(len(user))).tolist())
    seen: list[int] = []
    step = loop._step

    def counted(*given: object) -> tuple[float, int]:
        value, learned = step(*given)  # type: ignore[arg-type]
        seen.append(learned)
        return value, learned

    monkeypatch.setattr(loop, "_step", counted)
    train(network_of(), events, replace(SMALL, epochs=2, batch=64, window=192), repeat=True)
    assert sum(seen) == 2 * (lengths - 1).sum()


def test_training_stops_when_it_gets_no_better_and_keeps_its_best() -> None:
    network, reached = network_of(), iter([0.2, 0.5, 0.4, 0.3, 0.9])
    after: list[list[bytes]] = []

    def judge() -> float:
        after.append(bits(network))
        return next(reached)

    passed = train(network, cycle(20), replace(SMALL, epochs=9, patience=2), repeat=True, judge=judge)
    assert [epoch.reached for epoch in passed] == [0.2, 0.5, 0.4, 0.3]
    assert bits(network) == after[1]
    assert len(set(map(tuple, after))) == 4
    assert not network.training


class Stop(KeyboardInterrupt):
    pass


def broken_off(stage: str, share: float) -> None:
    if stage.startswith("training, epoch 3"):
        raise Stop


@pytest.mark.parametrize("loss", ["full-softmax", "sampled-softmax"])
def test_a_run_broken_off_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path: Path, loss: Loss) -> None:
    given, events = replace(SMALL, epochs=4, dropout=0.2, loss=loss, negatives=20), cycle(20)
    whole = network_of(given)
    expected = train(whole, events, given, repeat=True, judge=judge_of(whole, events))
    first = network_of(given)
    with pytest.raises(Stop):
        train(first, events, given, repeat=True, judge=judge_of(first, events), folder=tmp_path, report=broken_off)
    assert bits(first) != bits(whole)
    again = network_of(given)
    passed = train(again, events, given, repeat=True, judge=judge_of(again, events), folder=tmp_path)
    assert bits(again) == bits(whole)
    assert [epoch[:2] for epoch in passed] == [epoch[:2] for epoch in expected]


def test_a_run_that_had_stopped_by_itself_does_not_go_on(tmp_path: Path) -> None:
    given, events = replace(SMALL, epochs=9, patience=1), cycle(20)

    def run() -> tuple[list[Epoch], list[bytes]]:
        network, reached = network_of(given), itertools.chain([0.5], itertools.repeat(0.4))
        passed = train(network, events, given, repeat=True, judge=lambda: next(reached), folder=tmp_path)
        return passed, bits(network)

    assert run() == run()


def test_a_checkpoint_of_another_shape_is_refused(tmp_path: Path) -> None:
    train(network_of(), cycle(5), replace(SMALL, epochs=1), repeat=True, folder=tmp_path)
    wider = replace(SMALL, dim=32, epochs=1)
    with pytest.raises(FingerprintMismatch, match=r"is of a network of another shape; delete it, or train in another folder"):
        train(network_of(wider), cycle(5), wider, repeat=True, folder=tmp_path)


def test_a_budget_in_minutes_cuts_epochs_to_what_it_pays_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr("time.process_time", lambda: float(next(clock)))
    events = cycle(80, 16)  # 1,280 events; 20 steps of 16 are a quarter of an epoch, which takes a second by this clock
    seen: list[str] = []
    given = replace(SMALL, batch=16, minutes=10 / 60, epochs=9)
    passed = train(network_of(given), events, given, repeat=True, report=lambda stage, share: seen.append(stage))
    assert len(passed) == 3  # 10 seconds at 4 an epoch
    assert seen.count("training, epoch 3 of 3") == pytest.approx(len(seen) / 5, abs=2)  # half of the third
    assert (seen[0], seen[30]) == ("training, epoch 1 of 9", "training, epoch 1 of 3")


def test_epochs_are_written_for_tensorboard(tmp_path: Path) -> None:
    train(network_of(), cycle(5), replace(SMALL, epochs=1), repeat=True, board=tmp_path / "board")
    (written,) = (tmp_path / "board").iterdir()
    assert written.name.startswith("events.out.tfevents")
    assert b"reached" in written.read_bytes()


def test_a_log_with_nothing_to_learn_from_changes_nothing() -> None:
    network = network_of()
    before = bits(network)
    assert [epoch.loss for epoch in train(network, columns([0, 1], [0, 1], [0, 1]), replace(SMALL, epochs=1), repeat=True)] == [0]
    assert bits(network) == before


def test_matrices_decay_and_what_is_looked_up_does_not() -> None:
    network = network_of()
    decaying, kept = loop._optimiser(network, SMALL).param_groups
    assert (decaying["weight_decay"], kept["weight_decay"]) == (SMALL.decay, 0)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert {names[id(parameter)] for parameter in decaying["params"]} >= {"layers.0.qkvg.weight", "head.wide.weight"}
    assert {names[id(parameter)] for parameter in kept["params"]} >= {
        "items",
        "words",
        "offset",
        "final.weight",
        "layers.0.log_rate",
    }
    assert len(decaying["params"]) + len(kept["params"]) == len(names)


# A model from a log


def test_items_consumed_together_start_close() -> None:
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(120), 12)
    item = rng.integers(0, 20, len(user)) + 20 * (user % 2)  # evens have the first twenty, odds the others
    embeddings = spectral(columns(user.tolist(), item.tolist(), list(range(len(user)))), 45, 4)
    near = embeddings[:40] / np.linalg.norm(embeddings[:40], axis=1, keepdims=True)
    cosine, side = near @ near.T, np.arange(40) < 20
    assert cosine[side[:, None] == side].mean() > cosine[side[:, None] != side].mean() + 0.5
    assert not embeddings[40:].any()
    assert not spectral(columns([0], [1], [0]), 45, 4).any()


def test_whitened_text_has_equal_spread_in_all_its_directions() -> None:
    mean, matrix = whitening(VECTORS)
    said = (VECTORS - mean) @ matrix
    np.testing.assert_allclose(said.T @ said / ITEMS, np.eye(8) / 8, atol=1e-5)
    assert whitening(VECTORS[:1])[1].shape == (8, 0)


def fitted(events: Events, vectors: F32 = VECTORS, *, start: Parameters | None = None, training: Training = SMALL) -> Parameters:
    return fitting.fit(events, vectors, training, repeat=True, actions=1, start=start)[0]


def test_a_fitted_model_knows_the_rule_and_a_second_fit_keeps_what_it_knew() -> None:
    events = cycle()
    first = fitted(events)
    again = fitted(events, start=first)
    for parameters in (first, again):
        network = network_of()
        network.resume(parameters)
        assert judge_of(network.eval(), events)() > 0.9
    assert first["items"].tobytes() == fitted(events)["items"].tobytes()
    assert first["items"].tobytes() != again["items"].tobytes()


def cosines(a: F32, b: F32) -> F32:
    return np.asarray((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1), np.float32)


@pytest.mark.parametrize("before", [5, 30])  # with five items text has fewer directions than with thirty-five
def test_a_grown_catalog_keeps_the_old_items_and_takes_in_the_new(before: int) -> None:
    after = before + 5
    first = fitted(cycle(40, 20, before), VECTORS[:before])
    grown = cycle(40, 20, after, seed=1)
    later = grown._replace(action=np.ones(len(grown.user), np.int64))  # and an action that is new
    second, passed = fitting.fit(later, VECTORS[:after], SMALL, repeat=True, actions=2, start=first)
    assert passed == []
    assert second["items"].shape == (after, SMALL.dim)
    assert second["actions"].shape == (3, SMALL.dim)
    assert second["whiten"].shape == first["whiten"].shape
    assert cosines(second["items"][:before], first["items"]).min() > 0.7
    assert np.abs(second["items"][before:]).max(axis=1).min() > 0
    assert Cell(Shape(SMALL.dim, SMALL.heads, SMALL.layers), second).fitted == after


def test_items_nobody_had_stay_as_their_text_has_them_and_are_offered_like_the_average() -> None:
    parameters = fitted(cycle(items=30), training=replace(SMALL, epochs=2))  # of 40
    assert not parameters["items"][30:].any()
    np.testing.assert_allclose(parameters["offset"][30:], parameters["offset"][:30].mean(), rtol=1e-5)
    assert np.abs(parameters["items"][:30]).max(axis=1).min() > 0


def test_too_short_a_log_is_fitted_without_a_judge() -> None:
    for events in (columns([0, 0], [0, 1], [0, 1]), columns([], [], [])):
        parameters = fitted(events)
        assert all(np.isfinite(array).all() for array in parameters.values())


def test_fitting_gives_its_epochs_also_those_before_it_was_broken_off(tmp_path: Path) -> None:
    run = partial(fitting.fit, cycle(20), VECTORS, replace(SMALL, epochs=4, patience=4), repeat=True, actions=1)
    expected, passed = run()
    assert len(passed) == 4
    assert min(epoch.reached for epoch in passed) > 0
    with pytest.raises(Stop):
        run(folder=tmp_path, report=broken_off)
    for _ in range(2):  # the second time all are passed
        parameters, again = run(folder=tmp_path)
        assert [epoch[:2] for epoch in again] == [epoch[:2] for epoch in passed]
        assert all(np.array_equal(array, expected[name]) for name, array in parameters.items())


def test_the_pass_over_everything_is_written_for_tensorboard_where_it_is_alone(tmp_path: Path) -> None:
    network, given = network_of(), replace(SMALL, epochs=2)
    for more in (False, True):
        board = tmp_path / str(more)
        passed = fitting.learn(network, cycle(20), given, repeat=True, more=more, board=board)
        assert len(passed) == (0 if more else 2)
        (written,) = board.iterdir()
        assert written.read_bytes().count(b"reached") == len(passed) + more
