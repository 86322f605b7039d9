"""Output: tables and JSON on stdout, everything that is said along the way on stderr."""

import math
import os
import sys
from datetime import UTC, datetime

import msgspec
from rich.console import Console, RenderableType
from rich.table import Table

WIDTH = 120  # columns, where the output is not a terminal
BAR = 10  # columns of a full bar
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class ReaderLeft(Exception):
    """Whoever read the output wants no more of it, as in `penchant users DIR | head`."""


class Pipe(Console):
    """A console that says so when its reader leaves; `app.run` decides what it means."""

    def on_broken_pipe(self) -> None:
        """Raise ReaderLeft."""
        raise ReaderLeft


def stdout() -> Console:
    """The console for results."""
    return _console(stderr=False)


def stderr() -> Console:
    """The console for progress, notes and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH
    return Pipe(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def say(*lines: RenderableType) -> None:
    """Print results for people."""
    console = stdout()
    for line in lines:
        console.print(line, soft_wrap=isinstance(line, str))


def warn(line: str, style: str | None = None) -> None:
    """Tell people something that is not the result, in one line."""
    stderr().print(line, style=style, soft_wrap=True)


def emit(value: object) -> None:
    """Print a result for programs: one JSON document."""
    try:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderLeft from None


def table(title: str, *columns: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """An empty table; the columns named in `right` are numbers, those in `whole` keep to one line, to be copied. A column without
    a name holds bars, which never fold."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        number = column in right
        made.add_column(
            column, justify="right" if number else "left", overflow="fold", no_wrap=number or not column or column in whole
        )
    return made


def bar(share: float) -> str:
    """A share of 1 as a bar.

    >>> bar(0.5), bar(2.0) == bar(1.0), bar(float("nan"))
    ('█████', True, '')
    """
    eighths = round(min(max(share, 0.0), 1.0) * BAR * 8) if math.isfinite(share) else 0
    return (_EIGHTHS[-1] * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def arrow(trend: float) -> str:
    """Where a trend, in doublings, is going.

    >>> arrow(1.5), arrow(-0.1), arrow(-2.0)
    ('↑', '→', '↓')
    """
    return "↑" if trend > 0.5 else "↓" if trend < -0.5 else "→"


def moment(at: float) -> str:
    """Epoch seconds as people read them, UTC.

    >>> moment(974_000_000.0), moment(float("inf"))
    ('2000-11-12 03:33', 'inf')
    """
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return str(at)


def size(count: float) -> str:
    """Bytes in the unit that fits.

    >>> size(0), size(13_516_114)
    ('0 B', '13.5 MB')
    """
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= least:
            return f"{count / least:.1f} {unit}"
    return f"{count:.0f} B"


def plural(count: int, thing: str) -> str:
    """A count with its noun.

    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
