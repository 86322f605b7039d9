"""The command `penchant`: its commands, and what becomes of everything that can go wrong in them.

What a command imports, it imports when it runs: `penchant --help` should not wait for polars.
"""

import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from penchant.cli import (
    INTERRUPTED,
    cohorts,
    compare,
    controls,
    copy,
    datasets,
    demo,
    evaluate,
    explain,
    fit,
    flows,
    forecast,
    interests,
    models,
    narrate,
    portrait,
    recommend,
    serve,
    shifts,
    told,
    trends,
    tune,
    users,
)
from penchant.cli.show import ReaderLeft, warn
from penchant.errors import PenchantError

FAILED, USAGE, BROKEN_PIPE = 1, 2, 141  # exit codes; the last, like INTERRUPTED, is what a shell gives for the signal

app = typer.Typer(name="penchant", rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("demo")(demo.demo)
app.command("fit")(fit.fit)
app.command("serve")(serve.serve)
app.command("recommend")(recommend.recommend)
app.command("interests")(interests.interests)
app.command("shifts")(shifts.shifts)
app.command("forecast")(forecast.forecast)
app.command("portrait")(portrait.portrait)
app.command("told")(told.told)
app.command("compare")(compare.compare)
app.command("explain")(explain.explain)
app.command("copy")(copy.copy)
app.command("controls")(controls.controls)
app.command("users")(users.users)
app.command("trends")(trends.trends)
app.command("flows")(flows.flows)
app.command("cohorts")(cohorts.cohorts)
app.command("narrate")(narrate.narrate)
app.command("evaluate")(evaluate.evaluate)
app.command("tune")(tune.tune)
app.add_typer(datasets.app, name="datasets")
app.add_typer(models.app, name="models")


@app.callback(invoke_without_command=True)
def penchant(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is, and stop.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Recommendations for people whose interests change: live, explainable, measured."""
    context.obj = debug
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"penchant {installed('penchant')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def start() -> int:
    """Run the command line of this process; gives the exit code."""
    for library in ("OPENBLAS", "OMP"):  # read when numpy is imported; with more threads they spin against one another
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    return run(sys.argv[1:])


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit code: 0, 1 (failed), 2 (usage), 130 (Ctrl-C) or 141 (whoever read the output left)."""
    debug = "--debug" in arguments[:1]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a title that the terminal cannot spell is no reason to stop
    try:
        code = app(args=[_readable(argument) for argument in arguments], prog_name="penchant", standalone_mode=False)
        sys.stdout.flush()
        return _interrupted() if code == INTERRUPTED else int(code or 0)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except (ReaderLeft, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter flushes stdout once more when it ends
        return BROKEN_PIPE
    except Exception as error:
        if debug:
            traceback.print_exc()
        message, code = _explained(error, arguments)
        warn(f"penchant: {message}")
        return code


def _interrupted() -> int:
    warn("penchant: stopped; what was saved before is whole, run the same command again to go on")
    return INTERRUPTED


def _explained(error: Exception, arguments: Sequence[str]) -> tuple[str, int]:
    """One line that says what went wrong and what to do, and the exit code."""
    usage = getattr(error, "format_message", None)  # which every usage error of typer has
    if usage is not None:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "penchant"
        return f"{_line(usage()).rstrip('.')}; see {command} --help", USAGE
    if isinstance(error, PenchantError):
        return _line(str(error)), FAILED
    if isinstance(error, OSError):
        fault = f"{error.filename or 'the system'}: {_line(error.strerror or str(error))}"
        return f"{fault}; check the path, its permissions and the disk", FAILED
    fault = f"unexpected {type(error).__name__}: {_line(str(error))}"
    return f"{fault}; this is a bug, please report what this says: {shlex.join(['penchant', '--debug', *arguments])}", FAILED


def _line(text: str) -> str:
    return " ".join(text.split())


def _readable(argument: str) -> str:
    """The argument, unless it is no text in the encoding of this system.

    Raises:
        typer.BadParameter: for bytes that are not valid text.
    """
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter(f"the argument {argument!r} is not valid text; type it in UTF-8") from None
    return argument
