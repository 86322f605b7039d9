"""Files as items and events."""

from collections.abc import Set
from pathlib import Path
from typing import NamedTuple

from penchant.catalog.read import read_items
from penchant.cli.columns import EVENT_FIELDS, ITEM_FIELDS, Columns, as_option
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events import Imported, Log, read_events

ACTIONS = "add it under [actions] in a file for --config (docs/interests.md shows how)"


class Files(NamedTuple):
    """Where the rows are, and how they are read."""

    items: Path | None
    events: Path
    columns: Columns
    strict: bool
    encoding: str | None


class Rows(NamedTuple):
    """What was in the files."""

    items: Imported | None
    events: Imported


def read(files: Files, config: Config, now: float, held: Set[str] = frozenset()) -> Rows:
    """Items and events of `files`. Rejected are events more than a day after `now` (epoch seconds), and those on items that are
    neither in the files nor among the ids `held`.

    Raises:
        InvalidInput: for files that cannot be read, or, when strict, hold a row that cannot be used.
    """
    items = None
    if files.items is not None:
        try:
            items = read_items(files.items, columns=files.columns.items, strict=files.strict, encoding=files.encoding)
        except InvalidInput as error:
            raise _told(error, files.items, ITEM_FIELDS) from error
    known = None if items is None else {*items.frame["id"], *held}
    try:
        events = read_events(
            files.events,
            columns=files.columns.events,
            config=config,
            strict=files.strict,
            encoding=files.encoding,
            now=now,
            items=known,
        )
    except InvalidInput as error:
        raise _told(error, files.events, EVENT_FIELDS) from error
    return Rows(items, events)


def held(folder: Path) -> set[str]:
    """The ids of the items that the log in `folder` has, if there is one.

    Raises:
        LogError: when another process has it open, or it cannot be read.
    """
    path = folder / "log.sqlite"
    if not path.is_file():
        return set()
    with Log(path) as log:
        return {item.id for item in log.items()}


def refuse_nothing(rows: Rows, files: Files) -> None:
    """Check that there is something to work with.

    Raises:
        InvalidInput: when every row was left out, or there was none.
    """
    for source, imported in ((files.items, rows.items), (files.events, rows.events)):
        if imported is None or len(imported.frame):
            continue
        if not len(imported.rejects):
            header = "a header and " if source is not None and {".csv", ".tsv"} & {*source.suffixes} else ""
            raise InvalidInput(f"{source}: the file has {header}no rows; was it exported whole?")
        left = "1 row" if len(imported.rejects) == 1 else f"{len(imported.rejects):,} rows"
        raise InvalidInput(f"{source}: not one row can be used, {left} left out; correct the file or map its columns (--help)")


def advised(fault: str) -> str:
    """What is wrong with a row, and what to do on the command line where that is not plain.

    >>> advised("action 'buy' is not a configured action; known: view").partition(": view; ")[2]
    'add it under [actions] in a file for --config (docs/interests.md shows how)'
    """
    return f"{fault}; {ACTIONS}" if "is not a configured action" in fault else fault


def _told(error: InvalidInput, source: Path, fields: dict[str, str]) -> InvalidInput:
    """The same error, with the file's name and the options of the command line in it."""
    text = advised(str(as_option(error, fields)))
    return InvalidInput(text if str(source) in text else f"{source}: {text}")
