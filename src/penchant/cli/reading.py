"""Files as items and events, and what became of the rows that cannot be used."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from penchant.catalog.read import read_items
from penchant.cli.columns import EVENT_FIELDS, ITEM_FIELDS, Columns, as_option
from penchant.cli.show import plural, warn
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events import Imported, read_events, write_rejects


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


def read(files: Files, config: Config, now: float) -> Rows:
    """Items and events of `files`; events more than a day after `now` (epoch seconds), or of other items, are rejected.

    Raises:
        InvalidInput: for files that cannot be read, hold no row that can be used, or, when strict, hold one that cannot.
    """
    items = None
    if files.items is not None:
        try:
            items = read_items(files.items, columns=files.columns.items, strict=files.strict, encoding=files.encoding)
        except InvalidInput as error:
            raise as_option(error, ITEM_FIELDS) from error
    known = None if items is None else set(items.frame["id"])
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
        raise as_option(error, EVENT_FIELDS) from error
    return Rows(items, events)


def report_rejects(rows: Rows, files: Files, target: Path) -> dict[str, str]:
    """Write the rows left out, events to `target` and items beside it, and say how many they are; gives the files by kind.

    A list of an earlier run is removed where nothing was left out this time.
    """
    written = {}
    for kind, imported, path in (("events", rows.events, target), ("items", rows.items, items_beside(target))):
        path.unlink(missing_ok=True)
        if imported is not None and len(imported.rejects):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_rejects(imported, path)
            written[kind] = str(path)
    tell_rejects(rows, files, written)
    return written


def tell_rejects(rows: Rows, files: Files, listed: Mapping[str, str] | None = None) -> None:
    """Say how many rows were left out, with the first as an example, and where they are `listed`, by kind."""
    for kind, imported, source in (("events", rows.events, files.events), ("items", rows.items, files.items)):
        if imported is not None and len(imported.rejects):
            row, field, value, reason = imported.rejects.row(0)
            where = f", listed in {listed[kind]}" if listed else ""
            example = f"row {row}: {field} {value!r} {reason}"
            warn(f"{source}: {plural(len(imported.rejects), 'row')} left out{where} ({example})", style="yellow")


def refuse_nothing(rows: Rows, files: Files) -> None:
    """Check that there is something to work with.

    Raises:
        InvalidInput: when every row was left out, or there was none.
    """
    for source, imported in ((files.items, rows.items), (files.events, rows.events)):
        if imported is not None and not len(imported.frame):
            left = plural(len(imported.rejects), "row")
            raise InvalidInput(
                f"{source}: not one row can be used, {left} left out; correct the file or map its columns (--help)"
            )


def items_beside(target: Path) -> Path:
    """Where rejected items are listed when rejected events are in `target`.

    >>> items_beside(Path("out/rejects-events.csv")).name, items_beside(Path("bad.csv")).name
    ('rejects-items.csv', 'bad-items.csv')
    """
    return target.with_name(f"{target.stem.removesuffix('-events')}-items{target.suffix}")
