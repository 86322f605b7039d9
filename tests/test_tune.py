"""The search for settings: its budget, its study, what it finds, and the command around it."""

import json
import math
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import msgspec
import numpy as np
import optuna
import polars as pl
import pytest

from penchant.cli.app import run
from penchant.cli.tune import toml
from penchant.config import Action, Config, Fold, Training, load
from penchant.errors import AssetError, InvalidInput
from penchant.events import Log
from penchant.interest.training import trial, tune
from penchant.interest.training.tune import Tried, Tuned, search
from penchant.types import DAY, Events
from tests.worlds import unit

GIVEN = Training(dim=16, heads=2, layers=1, window=16, epochs=2, batch=256, least=100)


def log_of(users: int = 60, items: int = 40, seed: int = 0) -> Events:
    """People who walk along a ring of items."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), 20)
    item = (rng.integers(0, items, users)[:, None] + np.arange(20)).ravel() % items
    time = (rng.uniform(0, 50, users)[:, None] + rng.exponential(1, (users, 20)).cumsum(axis=1)).ravel() * DAY
    nothing = np.zeros(len(user), np.int64)
    return Events(user, item, nothing, np.ones(len(user), np.float32), time, nothing - 1)


LOG, VECTORS = log_of(), unit(np.random.default_rng(0), 40)

Penchant = Callable[..., tuple[int, str, str]]  # exit code, stdout, stderr


def searched(given: Training = GIVEN, **bounds: object) -> list[Tuned]:
    return list(search(LOG, VECTORS, given, repeat=False, **bounds))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search among models that are trained in no time."""
    monkeypatch.setattr(tune, "_SIZES", ("8x2", "16x2"))
    monkeypatch.setattr(tune, "_WINDOWS", (8, 16))
    monkeypatch.setattr(tune, "_LAYERS", (1, 2))


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> list[Training]:
    """Trials that are not trained: settings are as good as their rate is near 0.001, epoch by epoch. Gives what was tried."""
    seen: list[Training] = []

    def reach(self: trial.Task, settings: Training, seconds: float, judged: Callable[[float, int], None]) -> None:
        seen.append(settings)
        for epoch in range(4):
            judged((epoch + 1) / 4 / (1 + abs(math.log10(settings.rate) + 3)), 4)

    monkeypatch.setattr(trial.Task, "reach", reach)
    return seen


def test_the_settings_given_come_first_and_the_best_is_no_worse() -> None:
    course = searched(trials=3)
    assert [len(tuned.tried) for tuned in course] == [1, 2, 3]
    last = course[-1]
    assert last.tried[0].settings == GIVEN
    assert last.given == last.tried[0].ndcg > 0
    assert last.ndcg == max(one.ndcg for one in last.tried if one.whole) >= last.given
    assert last.seconds == pytest.approx(sum(one.seconds for one in last.tried))
    for one in last.tried:
        assert one.settings == msgspec.structs.replace(GIVEN, **{name: getattr(one.settings, name) for name in tune.SEARCHED})


def test_a_search_finds_what_is_better_and_cuts_short_what_is_worse(pretended: list[Training]) -> None:
    tuned = searched(msgspec.structs.replace(GIVEN, rate=1e-2), trials=25)[-1]
    assert tuned.given == pytest.approx(0.5)
    assert tuned.ndcg > 0.8
    assert tuned.settings.rate == pytest.approx(1e-3, rel=0.8)
    assert {one.epochs for one in tuned.tried if one.whole} == {4}
    cut = [one for one in tuned.tried if not one.whole]
    assert cut
    assert {one.epochs for one in cut} == {3}
    assert len(pretended) == 25


def test_a_search_is_reproducible_from_its_seed(pretended: list[Training]) -> None:
    first, again, other = ([one.settings for one in searched(trials=9, seed=seed)[-1].tried] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_study_goes_on_as_if_it_had_not_stopped(pretended: list[Training], tmp_path: Path) -> None:
    study = tmp_path / "new" / "study 1?.db"
    whole = searched(trials=9)[-1]
    assert len(searched(trials=4, study=study)) == 4
    course = searched(trials=9, study=study)
    assert [len(tuned.tried) for tuned in course] == [4, 5, 6, 7, 8, 9]
    assert [one.settings for one in course[-1].tried] == [one.settings for one in whole.tried]
    assert course[-1].settings == whole.settings
    done = len(pretended)
    assert len(searched(trials=9, study=study)) == 1
    assert len(pretended) == done


@pytest.mark.parametrize("at", [1, 3])
def test_ctrl_c_leaves_a_study_good(pretended: list[Training], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    whole = [one.settings for one in searched(trials=5)[-1].tried]
    pretend, calls = trial.Task.reach, iter(range(1, 100))

    def stopped(self: trial.Task, settings: Training, seconds: float, judged: Callable[[float, int], None]) -> None:
        if next(calls) == at:
            judged(0.1, 4)
            raise KeyboardInterrupt
        pretend(self, settings, seconds, judged)

    with monkeypatch.context() as patch:
        patch.setattr(trial.Task, "reach", stopped)
        with pytest.raises(KeyboardInterrupt):
            searched(trials=5, study=tmp_path / "study.db")
    assert [one.settings for one in searched(trials=5, study=tmp_path / "study.db")[-1].tried] == whole


def test_another_log_or_other_settings_are_another_study_in_the_same_file(pretended: list[Training], tmp_path: Path) -> None:
    study = tmp_path / "study.db"
    searched(trials=2, study=study)
    assert len(searched(msgspec.structs.replace(GIVEN, epochs=3), trials=2, study=study)) == 2
    assert len(searched(msgspec.structs.replace(GIVEN, minutes=99.0), trials=2, study=study)) == 1
    grown = list(search(log_of(61), VECTORS, GIVEN, repeat=False, trials=2, study=study))
    assert len(grown) == 2


def told(*seconds: float) -> Tuned:
    return Tuned(GIVEN, 0.1, 0.1, tuple(Tried(GIVEN, 0.1, 4, 4, one, True) for one in seconds), sum(seconds))


def test_no_trial_is_begun_that_cannot_be_finished() -> None:
    room = tune._Plan(budget=60.0, trials=math.inf, share=10.0).room
    assert room(told(10.0))
    assert room(told(9.0, 9.0, 9.0, 9.0, 9.0))
    assert not room(told(9.0, 9.0, 9.0, 9.0, 9.0, 9.0))
    assert room(told(*[1.0] * 59))
    assert not room(told(51.0))
    assert not tune._Plan(budget=60.0, trials=2.0, share=10.0).room(told(1.0, 1.0))


def test_progress_tells_the_best_so_far_and_how_long_it_will_be() -> None:
    plan = tune._Plan(budget=600.0, trials=5.0, share=120.0)
    assert plan.told(None, [0.05], 4) == ("trial 1, epoch 1 of 4: NDCG@10 0.0500; best 0.0500; about 10 min left", 0.0)
    line, share = plan.told(told(60.0, 60.0), [0.2, 0.15], 4)
    assert line == "trial 3, epoch 2 of 4: NDCG@10 0.1500; best 0.2000; about 3 min left"
    assert share == 0.4
    assert "left" not in tune._Plan(math.inf, math.inf, math.inf).told(None, [0.05], 4)[0]


def test_a_budget_too_small_for_anything_still_tries_the_settings_given() -> None:
    (tuned,) = searched(minutes=0.0001)
    assert tuned.settings == GIVEN
    assert [(one.epochs, one.most) for one in tuned.tried] == [(1, 1)]


@pytest.mark.parametrize(("seconds", "epochs"), [(0.4, 1), (2.5, 2), (50.0, 3)])
def test_a_trial_has_as_many_epochs_as_its_share_pays_for(monkeypatch: pytest.MonkeyPatch, seconds: float, epochs: int) -> None:
    monkeypatch.setattr(trial.Task, "_pace", lambda self, settings: 1.0)
    task, told_of = trial.Task(LOG, VECTORS, repeat=False, seed=0), []
    settings = msgspec.structs.replace(GIVEN, epochs=3, patience=9)
    task.reach(settings, seconds, lambda reached, epochs: told_of.append(epochs))
    assert told_of == [epochs] * epochs


def test_without_optuna_or_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for absent in ("optuna", "torch"):
        monkeypatch.setattr("importlib.util.find_spec", lambda name, absent=absent: None if name == absent else find_spec(name))
        with pytest.raises(AssetError, match=rf"{absent} is not installed; pip install 'penchant\[train\]'"):
            searched(trials=1)


def test_optuna_keeps_quiet_and_is_left_as_it_was(
    pretended: list[Training], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = optuna.logging.get_verbosity()
    searched(trials=2, study=tmp_path / "study.db")
    assert capsys.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_a_file_that_is_no_study_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database")
    Log(tmp_path / "log.sqlite").close()
    for name in ("notes.txt", "log.sqlite"):
        content = (tmp_path / name).read_bytes()
        with pytest.raises(InvalidInput, match="is there and is not a study"):
            searched(trials=1, study=tmp_path / name)
        assert (tmp_path / name).read_bytes() == content


def test_what_cannot_be_tuned_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to tune"):
        searched(msgspec.structs.replace(GIVEN, epochs=0), trials=1)
    for log in (LOG.take(slice(0)), LOG.take(slice(1))):
        with pytest.raises(InvalidInput, match="no request to judge by"):
            next(search(log, VECTORS, GIVEN, repeat=False, trials=1))


@pytest.mark.parametrize(
    "config",
    [
        Config(),
        Config(encoder="hash", threads=2, repeat=True, diversity=0.0, seed=7),
        Config(fold=Fold(half_lives=(60.0, 1e7), window=5), training=Training(epochs=3, minutes=2.5, loss="gbce")),
        Config(actions={**Config().actions, 'say "hi" \\ 听': Action(2.0), "rate": Action(1.0, neutral=3.0)}),
    ],
)
def test_settings_written_are_the_settings_read(tmp_path: Path, config: Config) -> None:
    best = msgspec.structs.replace(config.training, dim=32, heads=2, rate=1.23456789e-05)
    path = tmp_path / "best.toml"
    path.write_text(toml(config, best), encoding="utf-8")
    assert load(path) == msgspec.structs.replace(config, training=best)


@pytest.fixture
def penchant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Penchant:
    """The command in a folder with a log and settings."""
    rows = {"user": [f"u{n}" for n in LOG.user], "item": [f"i{n}" for n in LOG.item], "time": LOG.time}
    pl.DataFrame(rows).write_csv(tmp_path / "events.csv")
    sizes = "dim = 16\nheads = 2\nlayers = 1\nwindow = 16\nepochs = 2\nbatch = 256\nleast = 100\n"
    (tmp_path / "given.toml").write_text(f'encoder = "hash"\nrepeat = false\n[training]\n{sizes}')

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return command


def test_tune_writes_settings_that_fit_reads(penchant: Penchant, tmp_path: Path) -> None:
    log = ("--events", tmp_path / "events.csv", "--config", tmp_path / "given.toml")
    best, study = tmp_path / "deep" / "best.toml", tmp_path / "study.db"
    code, out, err = penchant("tune", *log, "--trials", "2", "--out", best, "--study", study)
    assert code == 0, err
    assert "2 trials" in out
    assert f"penchant fit --config {best}" in out
    assert "trial 1: NDCG@10 0." in err
    assert "best 0." in err
    chosen = load(best)
    assert (chosen.encoder, chosen.repeat, chosen.training.epochs) == ("hash", False, 2)
    code, out, err = penchant("fit", *log[:2], "--config", best, "--out", tmp_path / "shop")
    assert code == 0, err
    assert "Evolution model: 2 epochs" in out
    code, out, _ = penchant("tune", tmp_path / "shop", "--trials", "1", "--json")
    made = json.loads(out)
    assert code == 0
    assert msgspec.convert(made["given"]["settings"], Training) == chosen.training
    assert made["ndcg@10"] == made["given"]["ndcg@10"] == made["trials"][0]["ndcg"]
    assert made["study"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "give either a SOURCE"),
        (("ml-1m", "--events", "x.csv"), 2, "give either a SOURCE"),
        (("nowhere",), 1, "holds no fitted engine"),
        (("nowhere", "--out", "."), 2, "is a folder; name a file"),
        (("nowhere", "--trials", "0"), 2, "--trials"),
    ],
)
def test_tune_refuses_in_one_line(penchant: Penchant, arguments: tuple[str, ...], code: int, said: str) -> None:
    got, out, err = penchant("tune", *arguments)
    assert (got, out, err.count("\n")) == (code, "", 1)
    assert said in err


def test_a_log_too_short_for_fit_to_train_on_is_told(penchant: Penchant, tmp_path: Path, pretended: list[Training]) -> None:
    code, out, err = penchant("tune", "--events", tmp_path / "events.csv", "--encoder", "hash", "--trials", "1")
    assert code == 0
    assert "1,200 events: penchant fit trains this model from 20,000 on" in err
    assert "[training]\ndim = " in out


def test_a_budget_too_small_for_whole_trials_is_told_with_one_that_is_enough(penchant: Penchant, tmp_path: Path) -> None:
    log = ("--events", tmp_path / "events.csv", "--config", tmp_path / "given.toml")
    _, _, err = penchant("tune", *log, "--minutes", "0.001")
    assert "had 1 of 2 epochs: what learns fast is favoured, and may be worse in the end; --minutes 1 is enough" in err
    assert "favoured" not in penchant("tune", *log, "--trials", "1")[2]
