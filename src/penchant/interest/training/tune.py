"""Settings of the evolution model that suit a log, found by trying: a seeded search that goes on where it was broken off."""

import importlib.util
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from penchant.config import Training
from penchant.errors import AssetError, InvalidInput
from penchant.types import F32, Events

if TYPE_CHECKING:
    from optuna import Study, Trial

    from penchant.interest.training.trial import Task

SEARCHED = ("dim", "heads", "layers", "window", "rate", "decay", "dropout", "id_dropout")

_SIZES = ("32x2", "64x2", "64x4", "64x8", "128x8")  # dimensions x heads
_WINDOWS = (48, 96, 192)  # events
_LAYERS = (1, 3)
_RATE, _DECAY = (3e-4, 1e-2), (1e-4, 0.3)  # on a scale of logarithms
_DROPOUT, _ID_DROPOUT = (0.0, 0.6), (0.0, 0.5)

_WHOLE = 3  # trials that a budget should pay for from beginning to end; those that are cut short make room for more
_RANDOM = 6  # trials before the search believes in what it has seen
_UNCUT = 2  # trials, and
_WARM_UP = 2  # epochs of each, that are never cut short

Report = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1


class Tried(NamedTuple):
    """One trial: `ndcg` at 10 is its best epoch's; one that is not `whole` was cut short, for others did better."""

    settings: Training
    ndcg: float
    epochs: int
    most: int  # epochs that there was time for
    seconds: float  # of processor time
    whole: bool


class Tuned(NamedTuple):
    """The best `settings` so far and their NDCG@10, that of the settings given, and all that was tried."""

    settings: Training
    ndcg: float
    given: float
    tried: tuple[Tried, ...]
    seconds: float  # of processor time, earlier runs of the study included


class _Plan(NamedTuple):
    """What bounds a study, all its runs together."""

    budget: float  # seconds of processor time
    trials: float
    share: float  # seconds of one trial

    def room(self, tuned: Tuned) -> bool:
        """Whether another trial can be finished: it is taken to need as long as the longest so far, and its share at most."""
        longest = max(one.seconds for one in tuned.tried if one.whole)
        return len(tuned.tried) < self.trials and tuned.seconds + min(longest, self.share) <= self.budget

    def told(self, tuned: Tuned | None, values: list[float], epochs: int) -> tuple[str, float]:
        """Where the trial after those in `tuned` is, and how much of the study is done."""
        done, spent, best = (0, 0.0, 0.0) if tuned is None else (len(tuned.tried), tuned.seconds, tuned.ndcg)
        left = min(self.budget - spent, (self.trials - done) * spent / done if done else np.inf)
        after = f"; about {left / 60:.0f} min left" if np.isfinite(left) else ""
        line = (
            f"trial {done + 1}, epoch {len(values)} of {epochs}: NDCG@10 {values[-1]:.4f}; best {max(best, *values):.4f}{after}"
        )
        return line, min(max(spent / self.budget, done / self.trials), 0.99)


def search(
    events: Events,
    vectors: F32,
    given: Training,
    *,
    repeat: bool,
    minutes: float | None = None,
    trials: int | None = None,
    study: Path | None = None,
    seed: int = 0,
    report: Report = lambda stage, share: None,
) -> Iterator[Tuned]:
    """Try settings for the log `events`, in any order, and a catalog's `vectors` (items, dim); how things stand after each trial.

    The settings `given` are tried first, then what a tree-structured Parzen estimator proposes (Bergstra et al. 2011, "Algorithms
    for hyper-parameter optimization") for those `SEARCHED`. A trial is what fitting does first: epochs over the first 95% of the
    time, judged by NDCG@10 on requests in the rest; it is cut short when it is worse than half of the whole ones were by then.

    `minutes` of processor time and the number of `trials` (None: any) bound all runs of a study together. A trial may take a
    third of the time: few whole trials say more than many short ones, for what is ahead at first may be behind in the end.
    `study` is an SQLite file, with which the same search goes on where it stopped.

    Raises:
        AssetError: without torch or Optuna.
        InvalidInput: for a log with nothing to judge by, settings without an epoch, or a file that is no study.
    """
    missing = [name for name in ("torch", "optuna") if importlib.util.find_spec(name) is None]
    if missing:
        raise AssetError(
            f"settings are searched with torch and Optuna; {missing[0]} is not installed; pip install 'penchant[train]'"
        )
    if given.epochs == 0:
        raise InvalidInput("training.epochs is 0 in the settings given: there is nothing to tune; set 1 or more")
    from penchant.interest.training.trial import Task

    task = Task(events, vectors, repeat=repeat, seed=seed)
    budget, most = np.inf if minutes is None else minutes * 60, np.inf if trials is None else trials
    share = min(budget / min(most, _WHOLE), np.inf if given.minutes is None else given.minutes * 60)
    with _opened(study, _name(task, given)) as kept:
        yield from _searched(task, given, kept, _Plan(budget, most, share), report)


def _searched(task: "Task", given: Training, study: "Study", plan: _Plan, report: Report) -> Iterator[Tuned]:
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    tuned = _standing(study)
    if tuned is not None:
        yield tuned
    while tuned is None or plan.room(tuned):
        done = 0 if tuned is None else len(tuned.tried)
        if tuned is None and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            study.enqueue_trial(_nearest(given), user_attrs={"given": True})
        # A sampler for each trial: a study broken off and gone on with proposes what it would have proposed otherwise.
        study.sampler = TPESampler(seed=task.seed * 10_007 + done, n_startup_trials=_RANDOM)
        before = tuned
        _try(task, given, study, plan.share, lambda values, epochs: report(*plan.told(before, values, epochs)))  # noqa: B023
        tuned = _standing(study)
        assert tuned is not None
        last = tuned.tried[-1]
        cut = "" if last.whole else f", cut short after {last.epochs}"
        report(f"trial {done + 1}: NDCG@10 {last.ndcg:.4f}{cut}; best {tuned.ndcg:.4f}", 1.0)
        yield tuned


def _try(task: "Task", given: Training, study: "Study", seconds: float, tell: Callable[[list[float], int], None]) -> None:
    """One trial, from asking for settings to its result in the study."""
    from optuna import TrialPruned
    from optuna.trial import TrialState

    trial = study.ask()
    proposed = _proposed(trial, given)
    settings = given if trial.user_attrs.get("given") else proposed
    trial.set_user_attr("settings", msgspec.to_builtins(settings))
    values: list[float] = []
    began = time.process_time()

    def judged(reached: float, epochs: int) -> None:
        if not values:
            trial.set_user_attr("most", epochs)
        values.append(reached)
        trial.report(reached, len(values) - 1)
        tell(values, epochs)
        if len(values) < epochs and trial.should_prune():
            raise TrialPruned

    state = TrialState.FAIL  # which is not counted, and tried again
    try:
        task.reach(settings, seconds, judged)
        state = TrialState.COMPLETE
    except TrialPruned:
        state = TrialState.PRUNED
    except InvalidInput:
        if settings is given:
            raise
        state = TrialState.PRUNED  # sizes that do not go together
    finally:
        trial.set_user_attr("seconds", time.process_time() - began)
        study.tell(trial, max(values) if state == TrialState.COMPLETE else None, state=state)


def _proposed(trial: "Trial", given: Training) -> Training:
    """The settings of a trial; what is not searched is as given."""
    dim, heads = map(int, trial.suggest_categorical("size", _sizes(given)).split("x"))
    return msgspec.structs.replace(
        given,
        dim=dim,
        heads=heads,
        layers=trial.suggest_int("layers", *_LAYERS),
        window=trial.suggest_categorical("window", _windows(given)),
        rate=trial.suggest_float("rate", *_RATE, log=True),
        decay=trial.suggest_float("decay", *_DECAY, log=True),
        dropout=trial.suggest_float("dropout", *_DROPOUT),
        id_dropout=trial.suggest_float("id_dropout", *_ID_DROPOUT),
    )


def _nearest(given: Training) -> dict[str, object]:
    """The point of the search that is nearest to these settings."""
    ranges = {"layers": _LAYERS, "rate": _RATE, "decay": _DECAY, "dropout": _DROPOUT, "id_dropout": _ID_DROPOUT}
    inside = {name: min(max(getattr(given, name), low), high) for name, (low, high) in ranges.items()}
    return {"size": _size(given), "window": given.window, **inside}


def _sizes(given: Training) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_SIZES, _size(given))))


def _windows(given: Training) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*_WINDOWS, given.window)))


def _size(given: Training) -> str:
    return f"{given.dim}x{given.heads}"


def _standing(study: "Study") -> Tuned | None:
    """How things stand; None before a trial has come to its end."""
    from optuna.trial import TrialState

    known = study.get_trials(deepcopy=False)
    ended = [trial for trial in known if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    tried = tuple(
        Tried(
            settings=msgspec.convert(trial.user_attrs["settings"], Training),
            ndcg=max(trial.intermediate_values.values(), default=0.0),
            epochs=len(trial.intermediate_values),
            most=trial.user_attrs.get("most", 0),
            seconds=trial.user_attrs["seconds"],
            whole=trial.state == TrialState.COMPLETE,
        )
        for trial in ended
    )
    if not tried:
        return None
    best = max((one for one in tried if one.whole), key=lambda one: one.ndcg)
    seconds = sum(trial.user_attrs.get("seconds", 0.0) for trial in known)
    return Tuned(best.settings, best.ndcg, tried[0].ndcg, tried, seconds)


def _name(task: "Task", given: Training) -> str:
    """What makes a study the same: the log, the settings that it starts from, and what is searched."""
    ranges = (_LAYERS, _RATE, _DECAY, _DROPOUT, _ID_DROPOUT)
    start = msgspec.structs.replace(given, minutes=None)
    seen = blake2b(msgspec.json.encode((start, _sizes(given), _windows(given), ranges, task.repeat, task.seed)), digest_size=8)
    for column in (*task.events, task.vectors):
        seen.update(np.ascontiguousarray(column).data)
    return f"penchant-{seen.hexdigest()}"


@contextmanager
def _opened(path: Path | None, name: str) -> "Iterator[Study]":
    """The study of that name, kept in the SQLite file `path` (None: in memory); Optuna says nothing meanwhile.

    Raises:
        InvalidInput: for a file that is something else, or cannot be written.
    """
    import optuna
    from sqlalchemy import URL
    from sqlalchemy.exc import SQLAlchemyError

    storage, loud = None, optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        if path is not None:
            _require_study(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            storage = optuna.storages.RDBStorage(URL.create("sqlite", database=str(path)).render_as_string())
        pruner = optuna.pruners.MedianPruner(n_startup_trials=_UNCUT, n_warmup_steps=_WARM_UP)
        yield optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True, pruner=pruner)
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise InvalidInput(f"{path} cannot be kept as a study: {error}; name another file with --study") from error
    finally:
        optuna.logging.set_verbosity(loud)
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def _require_study(path: Path) -> None:
    """Refuse a file that is there and is not a study: a log, say."""
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        tables = set()
    if "studies" not in tables:
        raise InvalidInput(f"{path} is there and is not a study; name another file with --study")
