"""The recurrence as it is served: what training computes, folded one event at a time, without torch."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.config import Config, Fold, Training
from penchant.engine import Engine
from penchant.errors import AssetError, InvalidInput
from penchant.interest import fold
from penchant.interest.evolution import Cell, Shape
from penchant.interest.evolution.moments import MOMENT, moments
from penchant.interest.evolution.network import Evolution, recur
from penchant.interest.evolution.shape import LONGEST_STATE
from penchant.interest.people import People
from penchant.interest.sources import EVOLUTION, Evolving, Source, cell_of
from penchant.interest.training.windows import batch, history
from penchant.interest.walk import walk
from penchant.types import DAY, F32, F64, Event, Events, Interests, Item
from tests.worlds import FILMS, FOLD, HALF_LIVES, catalog_of, columns, log_of, story, unit

SHAPES = [Shape(16, 2, 2), Shape(12, 3, 1), Shape(8, 1, 3)]
SHAPE = SHAPES[0]
TRAINING = Training(dim=16, heads=2, window=16, batch=256, epochs=1, minutes=None, least=100, precision="float32")
CONFIG = Config(encoder="hash", fold=Fold(half_lives=(3600.0, DAY, 30 * DAY), window=6), training=TRAINING, repeat=True)
ITEMS = 9
VECTORS = unit(np.random.default_rng(0), ITEMS)


def network_of(shape: Shape, seed: int = 0, vectors: F32 = VECTORS) -> Evolution:
    """A network with parameters far from where learning starts, so that every part of it matters."""
    network = Evolution(shape, vectors, 3, dropout=0.0, precision=torch.float32, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.data += torch.randn(parameter.shape, generator=generator) * 0.3
    return network.eval()


def cell_with(shape: Shape = SHAPE, seed: int = 0) -> Cell:
    return Cell(shape, network_of(shape, seed).parameters_by_name())


CELL = cell_with()


def life_of(events: int, rng: np.random.Generator) -> Events:
    """One user's history with gaps from nothing to years, searches, dislikes, and actions that nobody knew in training."""
    gaps = rng.choice([0.0, 1.0, 60.0, 3600.0, DAY, 30 * DAY, 3 * 365 * DAY], events) * rng.uniform(0.5, 2, events)
    return Events(
        user=np.zeros(events, np.int64),
        item=np.where(rng.random(events) < 0.2, -1, rng.integers(0, ITEMS, events)),
        action=rng.integers(-1, 3, events),
        weight=rng.choice([-1.0, 0.5, 1.0, 1.3], events).astype(np.float32),
        time=1e9 + np.cumsum(gaps),
        slate=np.full(events, -1),
    )


def streamed(cell: Cell, events: Events) -> F32:
    """(n, size) the memory after each event."""
    memory, last, states = np.zeros((1, cell.size), np.float32), -np.inf, []
    for row in range(len(events.user)):
        one = events.take(slice(row, row + 1))
        memory = cell.update(memory, one, one.time - last, VECTORS)
        last = float(one.time[0])
        states.append(memory[0])
    return np.stack(states)


@pytest.mark.parametrize("events", [1, 31, 33, 110])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_streamed_is_what_training_computes_at_each_event(shape: Shape, events: int) -> None:
    network, rng = network_of(shape, events), np.random.default_rng(events)
    lived = life_of(events, rng)
    told = history(lived, repeat=True)
    with torch.inference_mode():
        trained = network(batch(told, np.zeros(1, np.int64), np.array([events])))[0].numpy()
    cell = Cell(shape, network.parameters_by_name())
    unknown = lived._replace(action=np.where(lived.action < 0, 99, lived.action))  # one that came after training
    asked = cell.read(streamed(cell, unknown), told.at, told.ahead)
    np.testing.assert_allclose(asked, trained, atol=1e-4)
    assert np.abs(trained).mean() > 0.3  # not all alike, and not nothing
    table, _ = network.table().detach().numpy(), network.bias
    np.testing.assert_allclose(cell.embed(np.arange(ITEMS), VECTORS), table, atol=1e-5)


@given(st.integers(0, 10**6), st.integers(1, 80))
@settings(max_examples=20, deadline=None)
def test_blocks_with_a_state_between_them_are_the_recurrence_they_stand_for(seed: int, events: int) -> None:
    rng = np.random.default_rng(seed)
    query, key, value = (rng.standard_normal((2, events, 3, 4)).astype(np.float32) for _ in range(3))
    decay = -rng.exponential(rng.choice([0.01, 1.0, 20.0]), (2, events, 3)).astype(np.float32).clip(0, 20)
    read, decays = recur(*(torch.from_numpy(part) for part in (query, key, value, decay)))
    state, count = np.zeros((2, 3, 4, 4)), np.zeros((2, 3))
    for step in range(events):
        kept = np.exp(decay[:, step].astype(float))
        state = state * kept[..., None, None] + key[:, step, :, :, None] * value[:, step, :, None, :]
        count = count * kept + 1
        expected = np.einsum("uhk,uhkv->uhv", query[:, step], state) / 2
        np.testing.assert_allclose(read[:, step], expected, atol=2e-3, rtol=1e-3)
        np.testing.assert_allclose(decays[:, step], count, rtol=1e-3)


def test_an_event_alone_leaves_the_same_bits_as_in_company() -> None:
    rng = np.random.default_rng(1)
    memory = rng.standard_normal((7, CELL.size)).astype(np.float32)
    events, gap = life_of(7, rng), np.array([0.0, 1, 60, 3600, DAY, 365 * DAY, np.inf])
    together = CELL.update(memory, events, gap, VECTORS)
    asked = CELL.read(together, events.time, gap)
    for row in range(7):
        one = slice(row, row + 1)
        assert np.array_equal(CELL.update(memory[one], events.take(one), gap[one], VECTORS), together[one])
        assert np.array_equal(CELL.read(together[one], events.time[one], gap[one]), asked[one])
        assert np.array_equal(CELL.embed(events.item[one], VECTORS), CELL.embed(events.item, VECTORS)[one])


def folded(events: Events, users: int, cuts: list[int]) -> fold.State:
    state = fold.empty(users, len(HALF_LIVES), FOLD.window, VECTORS.shape[1], CELL.size)
    for start, stop in pairwise([0, *sorted(cuts), len(events.user)]):
        if start < stop:
            fold.update(state, events.take(slice(start, stop)), VECTORS, HALF_LIVES, CELL)
    return state


def same(a: tuple[np.ndarray, ...], b: tuple[np.ndarray, ...]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 60), max_size=5))
@settings(max_examples=15, deadline=None)
def test_however_the_log_is_cut_and_interleaved_the_memory_has_the_same_bits(seed: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    events = log_of(5, ITEMS, 60, rng)
    whole = folded(events, 5, [])  # user after user
    assert np.abs(whole.memory).sum() > 0
    by_time = events.take(np.argsort(events.time, kind="stable"))
    assert same(folded(by_time, 5, cuts), whole)
    assert same(folded(by_time, 5, list(range(60))), whole)


@given(st.integers(0, 10**6), st.permutations(range(40)), st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=15, deadline=None)
def test_events_in_any_order_and_a_restart_between_them_leave_the_same_memory(
    seed: int, order: list[int], cuts: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    events, keys = log_of(4, ITEMS, 40, rng), np.arange(40)
    whole = People(FOLD, VECTORS.shape[1], CELL)
    whole.grow(4)
    assert not len(whole.observe(events, keys, VECTORS))
    people = People(FOLD, VECTORS.shape[1], CELL)
    people.grow(4)
    late: set[int] = set()
    for start, stop in pairwise([0, *sorted(cuts), 40]):
        rows = np.array(order[start:stop], np.int64)
        late |= set(people.observe(events.take(rows), keys[rows], VECTORS).tolist())
        kept, people = people.arrays(), People(FOLD, VECTORS.shape[1], CELL)
        people.restore(kept)
    for user in late:
        own = np.flatnonzero(events.user == user)
        people.replace(user, events.take(own), keys[own], VECTORS)
    assert same(tuple(column[:4] for column in people.state), tuple(column[:4] for column in whole.state))


def test_what_training_walks_to_is_what_streaming_reads() -> None:
    events = log_of(3, ITEMS, 30, np.random.default_rng(2))
    first = np.searchsorted(events.user, events.user)
    walked = walk(events, events.user, events.time, np.arange(30) - first, VECTORS, FOLD, CELL)
    state = folded(events.take(slice(0, 0)), 3, [])
    for row in range(30):
        here = events.take(slice(row, row + 1))
        assert np.array_equal(walked.memory[row], fold.read(state, here.user, here.time, HALF_LIVES).memory[0])
        fold.update(state, here, VECTORS, HALF_LIVES, CELL)


@given(st.integers(1, 300), st.integers(1, 12), st.integers(1, 5))
@settings(max_examples=50)
def test_a_state_takes_at_most_32_kilobytes_or_is_refused(head: int, heads: int, layers: int) -> None:
    size = layers * heads * (head + 1 + head**2) + 3 * head * heads
    if size * 4 > 32 * 1024:
        with pytest.raises(InvalidInput, match="bytes a user; use more heads, fewer layers or dimensions"):
            Shape(head * heads, heads, layers)
    else:
        assert Shape(head * heads, heads, layers).size == size <= LONGEST_STATE


def test_heads_must_divide_the_dimensions() -> None:
    with pytest.raises(InvalidInput, match="dim must be a multiple of heads, and all of them positive, got Shape"):
        Shape(65, 4, 1)
    with pytest.raises(InvalidInput, match="takes 34,824 bytes a user"):
        Shape(128, 2, 1)


def test_a_state_after_ten_thousand_events_is_as_large_as_after_ten() -> None:
    cell, rng = cell_with(Shape(8, 2, 1)), np.random.default_rng(0)
    state = fold.empty(1, len(HALF_LIVES), FOLD.window, VECTORS.shape[1], cell.size)
    events = life_of(10_000, rng)
    fold.update(state, events.take(slice(0, 10)), VECTORS, HALF_LIVES, cell)
    sizes = [column.nbytes for column in state]
    fold.update(state, events.take(slice(10, 10_000)), VECTORS, HALF_LIVES, cell)
    assert [column.nbytes for column in state] == sizes
    assert cell.size == state.memory.shape[1] == 8 + 2 + 2 * 16 + 3 * 8
    assert np.isfinite(state.memory).all()
    assert np.abs(state.memory).max() < 1e3


def forgetting(fast: float, slow: float) -> Cell:
    """One layer, two heads with these half-lives in seconds, deaf to the clock but for them."""
    network = network_of(Shape(8, 2, 1))
    layer = network.layers[0]
    layer.log_rate.data = torch.log(np.log(2) / torch.tensor([fast, slow]))
    network.asked.data.zero_()
    return Cell(network.shape, network.parameters_by_name())


def away(cell: Cell, memory: F32, seconds: list[float]) -> F32:
    times = np.array(seconds)
    return cell.read(np.repeat(memory, len(times), axis=0), 1e9 + times, times)


def test_reading_later_changes_the_forecast_by_degrees() -> None:
    memory = streamed(CELL, life_of(20, np.random.default_rng(3)))[-1:]
    later = np.geomspace(60, 1000 * DAY, 500)
    said, soon = (away(CELL, memory, times.tolist()) for times in (later, later + np.minimum(later / 100, 60)))
    assert np.abs(said - soon).max() < 0.02
    assert np.abs(said[0] - said[-1]).max() > 0.1


def test_each_head_fades_at_its_own_pace() -> None:
    cell = forgetting(60.0, 1000 * DAY)
    memory = streamed(cell, life_of(20, np.random.default_rng(4)))[-1:]
    place = 8 + 2  # the matrices of the heads come after what the event before left, and the sums of decays
    without = {head: memory.copy() for head in (0, 1)}
    for head in (0, 1):
        without[head][:, place + 16 * head : place + 16 * (head + 1)] = 0
    now, day, ages = ([away(cell, state, [at])[0] for state in (memory, *without.values())] for at in (0.0, DAY, 1e7 * DAY))
    assert np.abs(now[0] - now[1]).max() > 0.01  # both heads say something now
    assert np.abs(now[0] - now[2]).max() > 0.01
    np.testing.assert_allclose(day[0], day[1], atol=1e-5)  # a day later the fast one is silent
    assert np.abs(day[0] - day[2]).max() > 0.01
    np.testing.assert_allclose(ages[0], ages[2], atol=1e-4)  # after ages both are


def test_an_item_that_was_never_trained_on_is_known_by_its_text() -> None:
    parameters = network_of(SHAPE).parameters_by_name()
    more = np.concatenate([VECTORS, VECTORS[:2]])
    said = Cell(SHAPE, parameters).embed(np.array([0, 1, ITEMS, ITEMS + 1, -1]), more)
    np.testing.assert_allclose(said[:2] - said[2:4], parameters["items"][:2], atol=1e-5)  # what is left is the id part
    np.testing.assert_allclose(said[2], (VECTORS[0] - parameters["mean"]) @ parameters["whiten"] @ parameters["words"], atol=1e-5)
    assert not said[4].any()


def hats(values: F32) -> dict[int, float]:
    return {place: float(value) for place, value in enumerate(values[:17]) if value}


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0.0, {0: 1.0}),
        (1.0, {0: 0.5, 1: 0.5}),  # log2(2) / 2 is half way to the second place
        (3.0, {1: 1.0}),
        (2.0**13 - 1, {6: 0.5, 7: 0.5}),
        (1e30, {16: 1.0}),
        (np.inf, {}),
    ],
)
def test_a_gap_is_spread_over_the_two_nearest_places(gap: float, expected: dict[int, float]) -> None:
    assert hats(moments(np.array(gap), np.array(0.0))) == pytest.approx(expected)


def test_hour_day_and_season_are_points_on_circles() -> None:
    told: F64 = np.array([0.0, DAY / 4, 7 * DAY / 2])
    said = moments(np.zeros(3), told)
    assert said.shape == (3, MOMENT) == (3, 23)
    assert said[0, 17:].tolist() == [0, 0, 0, 1, 1, 1]  # sines, then cosines
    np.testing.assert_allclose(said[1, [17, 20]], [1, 0], atol=1e-6)
    np.testing.assert_allclose(said[1, [18, 21]], [np.sin(np.pi / 14), np.cos(np.pi / 14)], atol=1e-6)
    np.testing.assert_allclose(said[2, [17, 18, 20, 21]], [0, 0, -1, -1], atol=1e-6)
    np.testing.assert_allclose(said[:, 17:20] ** 2 + said[:, 20:] ** 2, 1, atol=1e-6)


EVENTS = story(people=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted engine with the recurrence among its sources."""
    folder = tmp_path_factory.mktemp("engine")
    with Engine.fit(FILMS, EVENTS, folder=folder, config=CONFIG) as engine:
        assert engine.known.blend.sources[0].name == EVOLUTION
    return folder


@pytest.fixture
def engine(folder: Path, tmp_path: Path) -> Iterator[Engine]:
    with Engine.load(shutil.copytree(folder, tmp_path / "engine")) as engine:
        yield engine


def slates(engine: Engine) -> list[list[str]]:
    asked = [engine.recommend(user, k=3) for user in ("u1", "u2", "nobody")] + [engine.recommend(history=["alien", "kiss"], k=3)]
    return [[item.item for item in slate.items] for slate in asked]


def test_a_saved_engine_recommends_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    with Engine.fit(FILMS, EVENTS, folder=tmp_path, config=CONFIG) as engine:
        before, memory = slates(engine), engine.memory.people.state.memory
        assert memory.shape[1] == SHAPE.size
    with Engine.load(tmp_path) as engine:
        assert slates(engine) == before
        assert np.array_equal(engine.memory.people.state.memory[:60], memory[:60])
        assert cell_of(engine.known.blend.sources) is engine.memory.people.cell


def test_serving_needs_no_torch_and_fitting_without_it_leaves_the_recurrence_out(folder: Path) -> None:
    with Engine.load(folder) as engine:
        expected = slates(engine)
    code = """
import json, sys
from pathlib import Path
sys.modules["torch"] = None  # importing it raises
import msgspec
from penchant.config import Config
from penchant.engine import Engine
from tests.worlds import FILMS, story

folder, config = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Config)
with Engine.load(folder) as engine:
    asked = [engine.recommend(user, k=3) for user in ("u1", "u2", "nobody")] + [engine.recommend(history=["alien", "kiss"], k=3)]
    served = [[item.item for item in slate.items] for slate in asked]
with Engine.fit(FILMS, story(people=60), config=config) as engine:
    print(json.dumps([served, [source.name for source in engine.known.blend.sources]]))
"""
    arguments = [sys.executable, "-W", "error", "-c", code, str(folder), msgspec.json.encode(CONFIG).decode()]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stderr
    served, sources = json.loads(done.stdout)
    assert served == expected
    assert sources
    assert EVOLUTION not in sources


def test_what_happens_after_fitting_moves_the_recurrence(engine: Engine) -> None:
    at = engine.now + 60
    source = engine.known.blend.sources[0]

    def read() -> F32:
        interests = engine.memory.people.read(np.array([engine.log.user("u1")]), np.array([at]))
        return source.score(interests, engine.catalog)

    before = read()
    engine.observe([Event(user="u1", item="farm", action="like", time=at - 30)])
    assert np.abs(read() - before).max() > 1e-3
    assert source.because(engine.memory.people.read(np.array([1]), np.array([at])), np.array([0, 1]), engine.catalog).shape == (
        6,
        2,
    )


def test_an_item_added_after_fitting_is_scored_and_learned_from_when_the_engine_learns_again(engine: Engine) -> None:
    new = Item(id="moon", title="The Colony on the Moon", categories=("Sci-Fi",))
    engine.add([new])
    source = engine.known.blend.sources[0]
    assert isinstance(source, Evolving)
    assert source.cell is not None
    assert source.cell.fitted == len(FILMS)
    assert not source.blind(engine.catalog).any()
    scores = source.score(engine.memory.people.read(np.array([0]), np.array([engine.now])), engine.catalog)
    assert scores.shape == (1, len(FILMS) + 1)
    assert np.isfinite(scores).all()
    engine.observe([Event(user=f"u{n}", item="moon", action="like", time=engine.now + n) for n in range(40)])
    engine.learn()
    source = engine.known.blend.sources[0]
    assert isinstance(source, Evolving)
    assert source.cell is not None
    assert source.cell.fitted == len(FILMS) + 1
    assert source.cell is engine.memory.people.cell
    assert all(len(slate) == 3 for slate in slates(engine))


def test_the_same_log_is_learned_to_the_same_slates(engine: Engine) -> None:
    before = slates(engine)
    engine.learn()
    assert slates(engine) == before


def test_without_torch_the_recurrence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(AssetError, match=r"which is not installed; pip install 'penchant\[train\]'"):
        Evolving(TRAINING, repeat=False).fit(columns([0], [0], [0.0]), catalog_of(2, np.random.default_rng(0)))


def test_a_source_restored_from_its_arrays_scores_alike_whatever_the_settings() -> None:
    catalog, events = catalog_of(ITEMS, np.random.default_rng(0)), log_of(20, ITEMS, 300, np.random.default_rng(0))
    source, again = Evolving(TRAINING, repeat=True), Evolving(Training(), repeat=True)
    source.fit(events, catalog)
    again.restore(source.arrays())
    assert again.trained is None
    sources: list[Source] = [source]
    read: Interests = walk(events, np.arange(5), np.full(5, 12 * DAY), np.full(5, 3), catalog.vectors, FOLD, cell_of(sources))
    assert np.array_equal(again.score(read, catalog), source.score(read, catalog))
    assert np.isfinite(source.score(read, catalog)).all()


def test_what_training_from_nothing_came_to_is_known(tmp_path: Path) -> None:
    catalog, events = catalog_of(ITEMS, np.random.default_rng(0)), log_of(20, ITEMS, 300, np.random.default_rng(0))
    given = msgspec.structs.replace(TRAINING, epochs=3, patience=3)
    plain, kept, again = (Evolving(given, repeat=True, folder=folder) for folder in (None, tmp_path, tmp_path))
    for source in (plain, kept, again):  # the last finds all its epochs in the checkpoint
        source.fit(events, catalog)
    assert plain.trained is not None
    assert plain.trained.epochs == 3
    assert 0 < plain.trained.ndcg <= 1
    assert plain.trained == kept.trained == again.trained
    plain.fit(events, catalog)
    assert plain.trained == kept.trained
