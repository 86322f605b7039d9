"""`penchant tune`: settings of the evolution model that suit one's own log."""

import json as notation
import math
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from penchant.cli import options
from penchant.cli.columns import Columns, with_columns
from penchant.cli.evaluate import EventsFile, From, in_files, named
from penchant.cli.fit import Encoding, Items, Settings, Strict, settings
from penchant.cli.show import emit, plural, say, table, warn

if TYPE_CHECKING:
    from penchant.config import Config, Training
    from penchant.evaluate.world import World
    from penchant.interest.training.tune import Tuned

MINUTES = 30.0  # of processor time, where nothing else bounds the search

Minutes = Annotated[
    float | None, typer.Option("--minutes", metavar="M", min=0.001, help="Processor time for all of it; 30 otherwise.")
]
Trials = Annotated[int | None, typer.Option("--trials", metavar="N", min=1, help="How many settings are tried.")]
StudyFile = Annotated[Path | None, typer.Option("--study", metavar="FILE", help="Keep what was tried there, and go on from it.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="TOML", help="Write the best settings, for penchant fit --config.")]


@with_columns
def tune(
    columns: Columns,
    source: From = None,
    events: EventsFile = None,
    items: Items = None,
    minutes: Minutes = None,
    trials: Trials = None,
    study: StudyFile = None,
    out: Out = None,
    config: Settings = None,
    encoder: options.Encoder = None,
    threads: options.Threads = None,
    strict: Strict = False,
    encoding: Encoding = None,
    json: options.Json = False,
) -> None:
    """Search for settings of the evolution model that suit a log.

    Settings are tried on the first 95% of the time and judged by NDCG@10 on the rest, those given first. The same command goes on
    with a study that was stopped.
    """
    if (source is None) == (events is None):
        raise typer.BadParameter("give either a SOURCE (a folder or the name of a data set) or --events FILE")
    from penchant.cli.progress import Shown
    from penchant.interest.training.tune import search

    began = time.monotonic()
    chosen = settings(config, encoder, threads)
    _require_place(out)
    world = in_files(items, events, columns, chosen, strict, encoding) if events else named(source or "", chosen)
    start = chosen if config is not None else world.config
    _warn_of_short(world, start.training)
    bound = MINUTES if minutes is None and trials is None else minutes
    tuned = None
    with Shown() as progress:
        for tuned in search(
            world.events,
            world.catalog.vectors,
            start.training,
            repeat=world.repeat,
            minutes=bound,
            trials=trials,
            study=study,
            seed=start.seed,
            report=progress,
        ):
            if out is not None:
                _write(out, toml(start, tuned.settings))
    assert tuned is not None
    _warn_of_haste(tuned, start.training, bound)
    if json:
        emit(_as_json(tuned, start.training, study, out, time.monotonic() - began))
    else:
        _show(tuned, start, study, out)


def toml(config: "Config", training: "Training") -> str:
    """A file of settings: `config` where it is not as it would be anyway, with this `training`.

    >>> from penchant.config import Config, Training
    >>> print(toml(Config(encoder="hash"), Training(dim=32, heads=2)))
    encoder = "hash"
    <BLANKLINE>
    [training]
    dim = 32
    heads = 2
    layers = 2
    window = 192
    ...
    """
    from penchant.config import Config
    from penchant.interest.training.tune import SEARCHED

    usual = msgspec.to_builtins(Config())
    tables: dict[str, dict[str, object]] = {"": {}}
    for name, value in msgspec.to_builtins(config).items():
        if name == "actions":
            tables |= {f"actions.{_value(action)}": rule for action, rule in value.items() if rule != usual[name].get(action)}
        elif isinstance(value, dict):
            tables[name] = {field: one for field, one in value.items() if one != usual[name][field]}
        elif value != usual[name]:
            tables[""][name] = value
    best = msgspec.to_builtins(training)
    tables["training"] = {name: best[name] for name in best if name in SEARCHED or best[name] != usual["training"][name]}
    parts = []
    for name, fields in tables.items():
        lines = [f"{field} = {_value(value)}" for field, value in fields.items() if value is not None]
        if lines:
            parts.append("\n".join([f"[{name}]", *lines] if name else lines))
    return "\n\n".join(parts) + "\n"


def _value(value: object) -> str:
    """A value as TOML writes it, which is as JSON does for all that settings hold."""
    return notation.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _require_place(out: Path | None) -> None:
    """Check that the settings can be written before they are searched for."""
    if out is not None:
        if out.is_dir():
            raise typer.BadParameter(f"--out {out} is a folder; name a file")
        out.parent.mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _warn_of_short(world: "World", training: "Training") -> None:
    if len(world.events.user) < training.least:
        count = plural(len(world.events.user), "event")
        warn(f"{count}: penchant fit trains this model from {training.least:,} on (training.least)", style="yellow")


def _warn_of_haste(tuned: "Tuned", given: "Training", minutes: float | None) -> None:
    first = tuned.tried[0]  # with the settings given
    whole = min(first.seconds / max(first.epochs, 1) * given.epochs / 60, given.minutes or math.inf)
    if minutes is not None and first.most < given.epochs and minutes < 3 * whole:
        had = f"The settings given had {first.most} of {plural(given.epochs, 'epoch')}"
        enough = f"--minutes {math.ceil(3 * whole)} is enough"
        warn(f"{had}: what learns fast is favoured, and may be worse in the end; {enough}", style="yellow")


def _as_json(tuned: "Tuned", given: "Training", study: Path | None, out: Path | None, seconds: float) -> dict[str, object]:
    return {
        "ndcg@10": tuned.ndcg,
        "given": {"ndcg@10": tuned.given, "settings": given},
        "settings": tuned.settings,
        "trials": [one._asdict() for one in tuned.tried],
        "processor_seconds": round(tuned.seconds, 2),
        "seconds": round(seconds, 2),
        "study": study and str(study),
        "out": out and str(out),
    }


def _show(tuned: "Tuned", start: "Config", study: Path | None, out: Path | None) -> None:
    from penchant.interest.training.tune import SEARCHED

    whole = sum(one.whole for one in tuned.tried)
    tried = f"{plural(len(tuned.tried), 'trial')} ({whole} of them whole) in {tuned.seconds / 60:.1f} minutes of processor time"
    say(f"{tried}; NDCG@10 {tuned.given:.4f} as given, {tuned.ndcg:.4f} at best")
    shown = table("", "setting", "given", "best", right=("given", "best"))
    for name in SEARCHED:
        given, best = (getattr(training, name) for training in (start.training, tuned.settings))
        shown.add_row(name, f"{given:.4g}", f"{best:.4g}" if math.isclose(given, best) else f"{best:.4g} *")
    say(shown)
    if out is None:
        say("", toml(start, tuned.settings))
    else:
        say(f"\nNext: penchant fit --config {out} ...")
    if study is not None:
        say(f"For more trials, give more --minutes or --trials with --study {study}")
