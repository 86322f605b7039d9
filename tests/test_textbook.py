"""The networks of the textbooks, and the source that reads the last items with one anew for every request."""

import sys
from functools import partial

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from penchant.catalog import Catalog
from penchant.config import Config, Loss, Training
from penchant.errors import AssetError
from penchant.evaluate import splits
from penchant.evaluate.harness import compare
from penchant.evaluate.systems import EXTRA, SYSTEMS, TRAINED, Given, chosen
from penchant.evaluate.trials import ask
from penchant.evaluate.world import world
from penchant.interest.evolution import Cell, Shape
from penchant.interest.evolution.network import Evolution
from penchant.interest.sources import Windowed
from penchant.interest.sources.sequence import Kind
from penchant.interest.training import fitting
from penchant.interest.training.judging import HELD, JUDGED, ndcg, requests
from penchant.interest.training.loop import train
from penchant.interest.training.textbook import textbook
from penchant.interest.training.windows import history
from penchant.interest.walk import walk
from penchant.types import Events, Interests, Item
from tests.test_training import ITEMS, SMALL, VECTORS, cycle, one_by_one
from tests.worlds import FILMS, FOLD, catalog_of, columns, story, unit

KINDS: list[Kind] = ["gru", "lstm", "sasrec"]
FORMS: list[tuple[Kind, Loss, bool]] = [(kind, "full-softmax", False) for kind in KINDS]
FORMS += [("gru", "mse", False), ("lstm", "mse", False), ("sasrec", "sampled-softmax", False), ("gru", "full-softmax", True)]


@pytest.mark.parametrize(("kind", "loss", "text"), FORMS)
def test_each_learns_an_obvious_rule(kind: Kind, loss: Loss, text: bool) -> None:
    events = cycle()
    given = replace(SMALL, loss=loss, epochs=24, negatives=64)
    network = textbook(kind, VECTORS, given, text=text)
    told = history(events, repeat=True)
    judged = requests(told, float(np.quantile(events.time, 0.9)), np.random.default_rng(0), limit=100, repeat=True, items=ITEMS)
    judge = partial(ndcg, network, told, judged, SMALL.window, walk=False)
    assert judge() < 0.5
    train(network, events, given, repeat=True)
    assert judge() > 0.9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", ["full-softmax", "mse"])
def test_a_later_item_does_not_change_an_earlier_state(kind: Kind, loss: Loss) -> None:
    network = textbook(kind, VECTORS, replace(SMALL, loss=loss, layers=2)).eval()
    items = torch.from_numpy(np.random.default_rng(0).integers(0, ITEMS, (3, 10)))
    changed = items.clone()
    changed[:, 6] = (items[:, 6] + 1) % ITEMS
    with torch.inference_mode():
        before, after = network.states(items), network.states(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6], atol=1e-6, rtol=0)
    assert (before[:, 6:] - after[:, 6:]).abs().amax(-1).min() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_that_is_filled_up_reads_like_the_short_one(kind: Kind) -> None:
    network = textbook(kind, VECTORS, SMALL).eval()
    short = torch.tensor([[3, 1, 4]])
    with torch.inference_mode():
        padded = network.states(torch.tensor([[3, 1, 4, -1, -1], [5, 9, 2, 6, 5]]))
        torch.testing.assert_close(padded[:1, :3], network.states(short))


def test_vectors_that_are_given_are_not_learned() -> None:
    network = textbook("gru", VECTORS, replace(SMALL, loss="mse", epochs=1))
    train(network, cycle(20), replace(SMALL, loss="mse", epochs=1), repeat=True)
    assert np.array_equal(network.table().numpy(), VECTORS)
    assert not network.bias.any()


@pytest.mark.parametrize("kind", KINDS)
def test_fitting_is_judged_by_what_the_last_items_say(kind: Kind) -> None:
    events, given = cycle(60, 30), replace(SMALL, window=6, epochs=1, last=0.0)
    network = textbook(kind, VECTORS, given)
    (passed,) = fitting.learn(network, events, given, repeat=True, more=False)
    told, since = history(events, repeat=True), float(np.quantile(events.time, HELD))
    judged = requests(told, since, np.random.default_rng(0), limit=JUDGED, repeat=True, items=ITEMS)
    assert told.place[judged.row].min() > given.window
    assert passed.reached == pytest.approx(one_by_one(network, told, judged, judged.row + 1 - given.window), abs=1e-7)
    assert passed.reached > 0


def source_of(kind: Kind = "gru", *, repeat: bool = True, text: bool = False, training: Training = SMALL) -> Windowed:
    return Windowed(kind, kind, training, repeat=repeat, text=text)


def read_of(events: Events, catalog: Catalog, users: int = 6) -> Interests:
    """The first people, each knowing one more event than the one before."""
    who = np.arange(users)
    return walk(events, who, np.full(users, 2e9), who, catalog.vectors, FOLD)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_of(ITEMS, np.random.default_rng(0))


@pytest.mark.parametrize(("kind", "loss", "text"), FORMS)
def test_a_fitted_source_survives_saving_and_scores_each_request_alike_alone(
    kind: Kind, loss: Loss, text: bool, catalog: Catalog
) -> None:
    events, given = cycle(20), replace(SMALL, epochs=2, loss=loss, negatives=20)
    source, again = (source_of(kind, text=text, training=given) for _ in range(2))
    assert source.arrays() == {}
    source.fit(events, catalog)
    again.restore(source.arrays())
    read = read_of(events, catalog)
    scores = source.score(read, catalog)
    assert scores.shape == (6, ITEMS)
    assert scores.dtype == np.float32
    assert np.array_equal(again.score(read, catalog), scores)
    for row in range(6):
        np.testing.assert_allclose(source.score(read.take(np.array([row])), catalog)[0], scores[row], atol=1e-5)
    assert not scores[0].any()  # nothing is known of the first
    assert np.abs(scores[1:]).max(axis=1).min() > 0
    assert source.because(read.take(slice(0, 1)), np.array([1, 2]), catalog).tolist() == [[0, 0]] * 5
    assert source.logarithmic == (loss != "mse")


def test_a_source_says_what_comes_next(catalog: Catalog) -> None:
    source = source_of(training=replace(SMALL, epochs=20))
    events = cycle()
    source.fit(events, catalog)
    read = read_of(events, catalog)
    assert source.score(read, catalog)[1:].argmax(axis=1).tolist() == ((read.items[1:, 0] + 1) % ITEMS).tolist()


def test_searches_and_dislikes_are_not_read(catalog: Catalog) -> None:
    source = source_of()
    source.fit(cycle(20), catalog)
    plain = columns([0, 0, 0], [3, 4, 5], [0.0, 1, 2])
    mixed = columns([0] * 5, [3, 9, 4, -1, 5], [0.0, 0.5, 1, 1.5, 2], [1, -1, 1, 0.5, 1])
    one, other = (
        source.score(
            walk(events, np.zeros(1, int), np.array([9.0]), np.array([len(events.user)]), catalog.vectors, FOLD), catalog
        )
        for events in (plain, mixed)
    )
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_no_more_items_are_read_than_the_window_has(catalog: Catalog) -> None:
    source = source_of("sasrec", training=replace(SMALL, window=3, epochs=1))
    source.fit(cycle(20), catalog)
    events = columns([0] * 5, [1, 2, 3, 4, 5], [0.0, 1, 2, 3, 4])
    long, last = (
        walk(part, np.zeros(1, int), np.array([9.0]), np.array([len(part.user)]), catalog.vectors, FOLD)
        for part in (events, events.take(slice(2, 5)))
    )
    assert np.array_equal(source.score(long, catalog), source.score(last, catalog))


@pytest.mark.parametrize("text", [False, True])
def test_items_nobody_had_are_offered_like_the_average_or_by_their_text(text: bool) -> None:
    catalog, events = catalog_of(ITEMS, np.random.default_rng(0)), cycle(20, items=30)
    source = source_of(text=text, training=replace(SMALL, epochs=2))
    source.fit(events, catalog)
    catalog.extend([Item(id="new")], unit(np.random.default_rng(1), 1))
    scores = source.score(read_of(events, catalog), catalog)[1:]
    assert scores.shape == (5, ITEMS + 1)
    assert (np.ptp(scores[:, 30:], axis=1) > 1e-4).all() == text  # all alike where text is not read
    assert source.blind(catalog).tolist() == [False] * ITEMS + [False] if text else [False] * 30 + [True] * 11


def test_a_second_fit_goes_on_from_the_first_over_a_grown_catalog() -> None:
    catalog = catalog_of(30, np.random.default_rng(0))
    source = source_of()
    source.fit(cycle(items=30), catalog)
    before = source.arrays()["items.own"].astype(float)
    catalog.extend([Item(id=f"new{n}") for n in range(10)], unit(np.random.default_rng(1), 10))
    source.fit(cycle(seed=1), catalog)
    after = source.arrays()["items.own"].astype(float)
    assert after.shape == (ITEMS, SMALL.dim)
    near = (before * after[:30]).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after[:30], axis=1)
    assert near.min() > 0.7
    assert np.abs(after[30:]).max(axis=1).min() > 0
    assert not source.blind(catalog).any()


def test_without_torch_a_source_says_what_to_install(monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(AssetError, match=r"gru is trained with torch, which is not installed; pip install 'penchant\[train\]'"):
        source_of().fit(cycle(2), catalog)


# As systems of a comparison

TINY = Config(encoder="hash", fold=FOLD, training=replace(SMALL, dim=8, epochs=1, least=100, layers=2))


def test_networks_are_in_a_comparison_of_everything_only_where_they_are_worth_training() -> None:
    assert (
        set(chosen(None)) - set(chosen(None, trained=False)) == set(TRAINED) == {name for name in EXTRA if EXTRA[name] == "torch"}
    )
    assert chosen(["gru"], trained=False) == ["gru"]
    for name in TRAINED:
        sources = SYSTEMS[name](Given(FOLD, Training(), repeat=False, seed=3))
        assert 1 <= len(sources) <= 2
        assert len({source.name for source in sources}) == len(sources)


def test_networks_and_the_recurrence_answer_beside_the_rest() -> None:
    told = world("story", FILMS, story(people=60), TINY)
    split = splits.global_time(told.events, validate_from=0.5, test_from=0.7, repeat=False, rng=np.random.default_rng(0))
    names = ["sasrec", "gru-mse", "evolution", "penchant", "penchant-tuned"]
    report = compare(split, told.catalog, TINY, title="t", protocol="p", dataset="d", systems=names, k=3)
    assert [system.name for system in report.systems] == names
    assert all(0 < system.metrics["ndcg@3"].mean <= 1 for system in report.systems)
    for name in names[:3]:
        variants = SYSTEMS[name](Given(FOLD, TINY.training, repeat=False, seed=0))
        assert report.settings[f"picked: {name}"] in {variant.name for variant in variants}


def test_requests_are_read_again_with_a_fitted_recurrence() -> None:
    told = world("story", FILMS, story(people=20), TINY)
    split = splits.leave_one_out(told.events, repeat=False, rng=np.random.default_rng(0))
    asked = ask(split, split.test, told.catalog, FOLD)
    assert asked.interests.memory.shape == (20, 0)
    assert asked.read(told.catalog, FOLD, None) is asked
    shape = Shape(8, 2, 1)
    cell = Cell(shape, Evolution(shape, told.catalog.vectors, 10).parameters_by_name())
    again = asked.read(told.catalog, FOLD, cell)
    assert again.interests.memory.shape == (20, shape.size)
    assert np.abs(again.interests.memory).max(axis=1).min() > 0
    for name in ("at", "vector", "items", "weights", "ages"):
        assert np.array_equal(getattr(again.interests, name), getattr(asked.interests, name))
    assert again.hidden is asked.hidden
