"""Fitting again on a grown log: going on from what was learned, and going on where a fit was broken off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
import pytest

from penchant import snapshot
from penchant.cli.app import run
from penchant.config import Config, Fold, Training
from penchant.engine import Engine
from penchant.errors import AssetError
from penchant.interest.sources import Evolving
from penchant.rank import learn
from penchant.types import DAY, Event, Item

ITEMS, NEW = 100, 12
START, GROWN, LATER = 0.0, 60 * DAY, 70 * DAY  # days of the first log, of what it grew by, and of what is asked
SIZES = Training(dim=16, heads=2, layers=1, window=24, batch=256)
TRAINING = msgspec.structs.replace(SIZES, epochs=10, patience=10, least=500, minutes=None, rate=1e-2)
CONFIG = Config(encoder="hash", fold=Fold(half_lives=(DAY, 30 * DAY), window=10), training=TRAINING, diversity=0.0)


def catalog(items: int) -> list[Item]:
    return [Item(id=f"i{n}", title=f"thing {n}") for n in range(items)]


def ring(rng: np.random.Generator) -> list[Event]:
    """People walk along a ring of items, now and then to anywhere; once the log grows, new items stand in it, and new people."""
    order = rng.permutation(ITEMS + NEW)
    after = dict(zip(order.tolist(), np.roll(order, -1).tolist(), strict=True))
    events = []
    for user in range(260):
        time = rng.uniform(0, 55) if user < 230 else rng.uniform(61, 66)
        item = int(rng.integers(ITEMS))
        for _ in range(20):
            time += rng.exponential(2)
            known = ITEMS if time < 60 else ITEMS + NEW
            item = after[item] if rng.random() < 0.85 else int(rng.integers(known))
            while item >= known:
                item = after[item]
            action = "view" if time < 60 or rng.random() < 0.5 else "purchase"
            events.append(Event(user=f"u{user}", item=f"i{item}", action=action, time=time * DAY))
    return events


EVENTS = [event for event in ring(np.random.default_rng(2)) if event.time < 80 * DAY]
FIRST = [event for event in EVENTS if event.time < GROWN]
LONGER = [event for event in EVENTS if event.time < LATER]


class Steps:
    """Progress that counts the steps of training, and may break it off."""

    def __init__(self, until: int | None = None) -> None:
        self.count, self.until = 0, until

    def __call__(self, stage: str, share: float) -> None:
        if stage.startswith("training") and share < 1:
            self.count += 1
            if self.count == self.until:
                raise KeyboardInterrupt


class Fitted(NamedTuple):
    folder: Path
    weights: np.ndarray  # of the blend, before the log grew
    warm: Engine
    steps: int
    anew: Engine
    steps_anew: int


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fitted]:
    """An engine that went on from a shorter log, and one that learned everything anew."""
    folder = tmp_path_factory.mktemp("warm")
    with Engine.fit(catalog(ITEMS), FIRST, folder=folder, config=CONFIG) as engine:
        weights = engine.known.blend.weights
    on, anew = Steps(), Steps()
    with (
        Engine.fit(catalog(ITEMS + NEW), LONGER, folder=folder, config=CONFIG, warm=True, progress=on) as warm,
        Engine.fit(catalog(ITEMS + NEW), LONGER, config=CONFIG, progress=anew) as full,
    ):
        yield Fitted(folder, weights, warm, on.count, full, anew.count)


def ndcg(engine: Engine) -> float:
    """NDCG@10 of what people took first after the log ends."""
    gains, seen = [], set()
    for event in sorted(EVENTS, key=lambda event: event.time):
        if event.time >= LATER and event.user not in seen and engine.log.user(event.user) >= 0:
            seen.add(event.user)
            slate = [shown.item for shown in engine.recommend(event.user, at=event.time).items]
            gains.append(1 / np.log2(slate.index(event.item) + 2) if event.item in slate else 0.0)
    assert len(gains) > 60
    return float(np.mean(gains))


def evolving(engine: Engine) -> Evolving:
    return next(source for source in engine.known.blend.sources if isinstance(source, Evolving))


def test_going_on_is_as_good_as_learning_anew_in_a_tenth_of_the_steps(fitted: Fitted) -> None:
    assert fitted.warm.learned == learn.Learned(warm=True, cold="", trained=None, without="")
    assert 0 < fitted.steps <= fitted.steps_anew / 10
    full = ndcg(fitted.anew)
    assert full > 0.5
    assert ndcg(fitted.warm) >= 0.95 * full


def test_weights_of_the_blend_stand_and_everything_else_knows_the_grown_log(fitted: Fitted) -> None:
    assert np.array_equal(fitted.warm.known.blend.weights, fitted.weights)
    assert not np.array_equal(fitted.anew.known.blend.weights, fitted.weights)
    for mine, other in zip(fitted.warm.known.blend.sources, fitted.anew.known.blend.sources, strict=True):
        if mine.name in {"markov", "ease", "slit", "item-neighbours", "popular-month"}:  # what does not name users
            for name, array in mine.arrays().items():
                assert np.allclose(np.asarray(array, float), np.asarray(other.arrays()[name], float), atol=1e-5), mine.name
    cell, fresh = evolving(fitted.warm).cell, evolving(fitted.anew).cell
    assert cell is not None
    assert fresh is not None
    assert (cell.fitted, cell.actions) == (fresh.fitted, fresh.actions) == (ITEMS + NEW, 3)


def test_new_items_are_recommended_and_new_people_known(fitted: Fitted) -> None:
    new = {f"i{n}" for n in range(ITEMS, ITEMS + NEW)}
    people = sorted({event.user for event in LONGER})[::4]
    assert sum(bool(new & {shown.item for shown in fitted.warm.recommend(user).items}) for user in people) >= 10
    assert fitted.warm.recommend("u250").items != fitted.warm.recommend("nobody").items


def test_what_went_on_is_saved_and_loaded_like_any_other(fitted: Fitted) -> None:
    record, parts = snapshot.load(fitted.folder)
    assert (record.applied, record.fitted) == (fitted.warm.memory.applied, ITEMS + NEW)
    for name, array in fitted.warm.known.blend.arrays().items():
        assert np.array_equal(parts["blend"][name], array), name


SHORT = [event for event in FIRST if event.user in {f"u{n}" for n in range(60)}]
TINY = msgspec.structs.replace(TRAINING, dim=4, heads=1, epochs=1, last=0.0)


def tiny(**changed: object) -> Config:
    training = msgspec.structs.replace(TINY, **changed.pop("training", {}))  # type: ignore[arg-type]
    return msgspec.structs.replace(CONFIG, training=training, **changed)


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (None, tiny(), "nothing was fitted here before"),
        (tiny(training={"epochs": 0}), tiny(), "the sources are others: with evolution"),
        (tiny(), tiny(training={"epochs": 0}), "the sources are others: without evolution"),
        (tiny(training={"epochs": 0}), tiny(training={"epochs": 0}, repeat=True), "with again-month and again-year"),
        (tiny(), tiny(training={"dim": 8}), "other sizes: Shape(dim=8, heads=1, layers=1), not Shape(dim=4"),
        (tiny(training={"epochs": 0}), tiny(encoder="use", training={"epochs": 0}), "was made with the encoder"),
    ],
)
def test_where_there_is_nothing_to_go_on_from_it_says_so_and_learns_anew(
    tmp_path: Path, before: Config | None, now: Config, why: str
) -> None:
    if before is not None:
        Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path, config=before).close()
    with Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path, config=now, warm=True) as engine:
        assert engine.learned is not None
        assert not engine.learned.warm
        assert why in engine.learned.cold
        assert engine.config == now


def test_a_snapshot_that_cannot_be_read_is_learned_anew(tmp_path: Path) -> None:
    config = tiny(training={"epochs": 0})
    Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path, config=config).close()
    (tmp_path / "engine.safetensors").write_bytes(b"nonsense")
    with Engine.fit(None, [], folder=tmp_path, config=config, warm=True) as engine:
        assert engine.learned is not None
        assert "cannot be read" in engine.learned.cold
        assert engine.log.totals().events == len(SHORT)


def test_a_fit_that_was_broken_off_goes_on_and_comes_to_the_same(tmp_path: Path) -> None:
    config = tiny(training={"epochs": 4, "patience": 4})
    whole = Steps()
    with Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path / "whole", config=config, progress=whole) as engine:
        expected, learned = evolving(engine).arrays(), engine.learned
    assert learned is not None
    assert learned.trained is not None
    assert learned.trained.epochs == 4
    with pytest.raises(KeyboardInterrupt):
        Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path / "cut", config=config, progress=Steps(until=whole.count * 3 // 4))
    assert list((tmp_path / "cut" / "training").glob("*/*.safetensors"))
    rest = Steps()
    with Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path / "cut", config=config, progress=rest) as engine:
        assert engine.learned == learned
        for name, array in evolving(engine).arrays().items():
            assert np.array_equal(array, expected[name]), name
    assert 0 < rest.count <= whole.count / 2
    assert not (tmp_path / "cut" / "training").exists()


def test_what_a_broken_off_fit_left_is_not_used_for_another_log(tmp_path: Path) -> None:
    config = tiny(training={"epochs": 3, "patience": 3})
    with pytest.raises(KeyboardInterrupt):
        Engine.fit(catalog(ITEMS), SHORT[:-1], folder=tmp_path, config=config, progress=Steps(until=12))
    cut, whole = Steps(), Steps()
    with (
        Engine.fit(catalog(ITEMS), SHORT, folder=tmp_path, config=config, progress=cut) as engine,
        Engine.fit(catalog(ITEMS), SHORT, config=config, progress=whole) as fresh,
    ):
        assert cut.count == whole.count
        for name, array in evolving(engine).arrays().items():
            assert np.array_equal(array, evolving(fresh).arrays()[name]), name


class Shop(NamedTuple):
    """A log as a file, settings to train on it, and the folder to fit."""

    folder: Path

    def arguments(self, *more: str | Path) -> list[str]:
        given = ("--events", self.folder / "events.csv", "--out", self.folder / "shop", "--config", self.folder / "tiny.toml")
        return ["fit", *map(str, (*given, *more))]

    def write(self, events: list[Event]) -> None:
        rows = [(event.user, event.item, event.action, event.time) for event in events]
        pl.DataFrame(rows, schema=["user", "item", "action", "time"], orient="row").write_csv(self.folder / "events.csv")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    sizes = "dim = 4\nheads = 1\nlayers = 1\nwindow = 24\nepochs = 2\nleast = 500\n"
    (tmp_path / "tiny.toml").write_text(f'encoder = "hash"\n[fold]\nhalf_lives = [86400.0]\n[training]\n{sizes}')
    made = Shop(tmp_path)
    made.write(SHORT)
    return made


Told = Callable[..., tuple[str, str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def command(arguments: list[str]) -> tuple[str, str]:
        capsys.readouterr()
        assert run(arguments) == 0
        return capsys.readouterr()

    return command


def test_fit_from_outside_goes_on_in_a_process_of_its_own(shop: Shop, told: Told) -> None:
    out, err = told(shop.arguments("--board", shop.folder / "board", "--minutes", "5"))
    assert "Evolution model: 2 epochs, NDCG@10 0." in out
    assert "from scratch" not in err
    assert list((shop.folder / "board").glob("events.*"))
    longer = SHORT + [event for event in LONGER if event.user == "u70"]
    shop.write(longer)
    command = [sys.executable, "-m", "penchant.cli", *shop.arguments("--warm", "--json")]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=env)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["warm"]
    assert made["evolution"] == {"trained": True, "why": None, "epochs": None, "ndcg@10": None}
    assert made["users"] == len({event.user for event in longer}) > len({event.user for event in SHORT})
    assert not (shop.folder / "shop" / "training").exists()


def test_fit_says_why_it_starts_from_scratch_or_leaves_the_model_out(shop: Shop, told: Told) -> None:
    out, err = told(shop.arguments("--warm", "--epochs", "0"))
    assert "Learned from scratch: nothing was fitted here before" in err
    assert "Evolution model: none; training.epochs is 0" in out
    assert "gone on with" not in out


def test_a_log_worth_training_on_without_torch_is_told_in_one_line(
    shop: Shop, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn, "trainable", lambda: False)
    out, err = told(shop.arguments())
    assert [line for line in err.splitlines() if "pip install 'penchant[train]'" in line] == [err.splitlines()[-1]]
    assert "Evolution model: none; torch" in out
    shop.write(SHORT[:100])
    _, err = told([*shop.arguments()[:-2], "--out", str(shop.folder / "small")])
    assert "pip" not in err


def test_a_board_without_tensorboard_fails_before_anything_is_written(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penchant.cli.fit.find_spec", lambda name: None)
    assert run(shop.arguments("--board", shop.folder / "board")) == 1
    assert "TensorBoard, which is not installed; pip install 'penchant[train]'" in capsys.readouterr().err
    assert not (shop.folder / "shop").exists()


def test_evolving_without_torch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.interest.sources.evolution.trainable", lambda: False)
    with pytest.raises(AssetError, match="pip install"), Engine.fit(catalog(ITEMS), SHORT, config=tiny()):
        pass
