"""`penchant models doctor`."""

import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, say, size, table, warn
from penchant.errors import PenchantError

if TYPE_CHECKING:
    from penchant.assets.models import Description
    from penchant.cli.models.advice import Pace
    from penchant.cli.models.machine import Machine
    from penchant.narrate.generators.trial import Trial
    from penchant.types import Encoder

Generator = Annotated[
    str | None, typer.Option("--generator", metavar="NAME", help="Try this one, too: http://host/v1#MODEL, gguf:FILE.gguf.")
]
Threads = Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Threads for models in this process.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=1.0, help="The longest wait for one answer.")]
_BATCH, _LONG_ENOUGH = 8, 0.3  # texts encoded at a time, and seconds of it, to learn an encoder's speed


def doctor(generator: Generator = None, threads: Threads = 1, timeout: Timeout = 60.0, json: options.Json = False) -> None:
    """Find out what this machine can run and how fast, and recommend.

    Every encoder and generator that is here is tried for some seconds; nothing is downloaded.
    """
    import msgspec

    from penchant.assets import models
    from penchant.cli.models import advice
    from penchant.cli.models.machine import machine

    if generator is not None and generator.strip() in ("", "none"):
        raise typer.BadParameter("--generator none is nothing to try; leave it out")
    here = machine()
    known = [models.describe(name) for name in models.names()]
    names = [f"gguf:{model.name}" for model in known if model.path is not None and here.xllamacpp]
    paces = _paces(threads)
    trials = [_tried(name, threads, timeout) for name in dict.fromkeys([*names, *([generator] if generator else [])])]
    told = [*advice.encoder(paces), *advice.generator(here, known, trials)]
    if json:
        report = {"machine": here, "encoders": paces, "generators": trials, "recommendation": told}
        emit(msgspec.to_builtins(report))
    else:
        _show(here, paces, trials, known)
        say("", *told)


def _paces(threads: int) -> "list[Pace]":
    from penchant.cli.models.advice import Pace
    from penchant.encode import load_encoder
    from penchant.encode.known import known_encoders

    paces = []
    for encoder in known_encoders():
        if encoder.here:
            warn(f"trying {encoder.name}", style="dim")
            with closing(load_encoder(encoder.name, threads=threads, cache=None)) as loaded:
                paces.append(Pace(encoder.name, _texts_per_second(loaded)))
    return paces


def _texts_per_second(encoder: "Encoder") -> float:
    encoder.encode(["Teapot"])
    start, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < _LONG_ENOUGH:
        texts = [
            f"Teapot number {number} of blue china with a bamboo handle. Kitchen, Tea" for number in range(done, done + _BATCH)
        ]
        encoder.encode(texts)
        done += _BATCH
    return done / elapsed


def _tried(name: str, threads: int, timeout: float) -> "Trial":
    from penchant.narrate.generators.registry import load_generator
    from penchant.narrate.generators.trial import Trial, tried

    warn(f"trying {name}", style="dim")
    try:
        generator = load_generator(name, threads=threads)
    except PenchantError as error:
        return Trial(name, False, False, None, None, None, None, (str(error),))
    assert generator is not None, "none was refused before"
    try:
        return tried(generator, timeout=timeout, clock=time.perf_counter)
    finally:
        close = getattr(generator, "close", None)
        if close is not None:
            close()


def _show(here: "Machine", paces: "list[Pace]", trials: "list[Trial]", known: "list[Description]") -> None:
    memory = f"{size(here.available)} of {size(here.memory)} memory free" if here.available and here.memory else "memory unknown"
    cores = f"{here.cores} core{'s' if here.cores > 1 else ''}"
    say(f"{here.system}, {cores}, {memory}, xllamacpp {here.xllamacpp or 'not installed'}", "")
    shown = table("Encoders", "name", "texts/s", right=("texts/s",))
    for pace in paces:
        shown.add_row(pace.name, f"{pace.texts_per_second:,.0f}")
    say(shown, "")
    numbers = ("tokens read/s", "tokens written/s", "first answer", "again")
    shown = table("Generators", "name", "answers", "keeps to a schema", *numbers, right=numbers)
    for trial in trials:
        speeds = ["" if speed is None else f"{speed:,.0f}" for speed in (trial.prompt_speed, trial.answer_speed)]
        waits = ["" if wait is None else f"{wait:.1f} s" for wait in (trial.first, trial.again)]
        shown.add_row(trial.name, _yes(trial.answers), _yes(trial.keeps_schema), *speeds, *waits)
    for model in known:
        if not any(trial.name == f"gguf:{model.name}" for trial in trials):
            shown.add_row(f"gguf:{model.name}", "not here" if model.path is None else "not tried", *[""] * 5)
    say(shown)
    for trial in trials:
        for fault in trial.faults:
            say(f"{trial.name}: {fault}")


def _yes(so: bool) -> str:
    return "yes" if so else "no"
