"""What was read from which column, and what became of the rows that cannot be used: told on stderr, listed in files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from penchant.cli.columns import EVENT_FIELDS, ITEM_FIELDS
from penchant.cli.reading import Files, Rows, advised
from penchant.cli.show import plural, warn
from penchant.events import Imported, write_rejects
from penchant.events.columns import assumed

_NAMED = 8  # columns that are told by name
_FILTERS = ("title", "text", "categories", "brand", "price")  # of items, which should not become attributes unseen


def tell_columns(rows: Rows, files: Files) -> None:
    """Say in a line for each file which column was taken for which field, and which columns were not."""
    if rows.items is not None and files.items is not None:
        free = [field for field in _FILTERS if field not in {**rows.items.columns, **files.columns.items}]
        options = ", ".join(f"--{ITEM_FIELDS[field]}-col" for field in free)
        rest = _rest("kept as attributes", rows.items.attributes, options and f"{options} if that is what it holds")
        warn(f"{files.items}: {_columns(rows.items)}{rest}", style="dim")
    options = ""
    if "action" not in {**rows.events.columns, **files.columns.events}:
        action = assumed(rows.events.columns) if "value" in rows.events.columns else "view"
        options = f"--{EVENT_FIELDS['action']}-col if it says what was done; now each event is a {action}"
    warn(f"{files.events}: {_columns(rows.events)}{_rest('not read', rows.events.ignored, options)}", style="dim")


def _columns(imported: Imported) -> str:
    return ", ".join(field if field == column else f"{field} <- {column}" for field, column in imported.columns.items())


def _rest(what: str, columns: Sequence[str], options: str) -> str:
    """The columns that serve no field, and the options that could map them.

    >>> _rest("not read", ["what"], "--action-col"), _rest("not read", [], "--action-col")
    ('; not read: what (map it with --action-col)', '')
    """
    if not columns:
        return ""
    named = ", ".join(columns[:_NAMED]) + (f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else "")
    one = "it" if len(columns) == 1 else "one"
    return f"; {what}: {named}" + (f" (map {one} with {options})" if options else "")


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
    """Say how many rows were left out and why, where they are `listed`, by kind, and how many were there twice."""
    for kind, imported, source in (("events", rows.events, files.events), ("items", rows.items, files.items)):
        if imported is None:
            continue
        if imported.duplicates:
            kept = "the last of each id counts" if kind == "items" else "each event counts once"
            warn(f"{source}: {plural(imported.duplicates, 'duplicate row')} dropped, {kept}", style="dim")
        if len(imported.rejects):
            _tell(imported, f"{source}", f", listed in {listed[kind]}" if listed else "")


def _tell(imported: Imported, source: str, where: str) -> None:
    """A line about rejects with an example; where they are more than half of the rows, one that stands out."""
    left = len(imported.rejects)
    rows = left + imported.duplicates + len(imported.frame)
    if 2 * left <= rows:
        warn(f"{source}: {plural(left, 'row')} left out{where} ({_fault(imported.rejects)})", style="yellow")
        return
    alike = imported.rejects.with_columns(pl.len().over("field", "reason").alias("alike"))
    most = alike.filter(pl.col("alike") == pl.col("alike").max())
    often = plural(most["alike"][0], "time")
    said = f"{left:,} of {plural(rows, 'row')} left out{where}; most often ({often}) as in {_fault(most)}"
    warn(f"WARNING: {source}: {said}", style="bold red")


def _fault(rejects: pl.DataFrame) -> str:
    """What is wrong with the first of these rows."""
    row, field, value, reason = rejects.row(0)[:4]
    return advised(f"row {row}: {field} {value!r} {reason}")


def items_beside(target: Path) -> Path:
    """Where rejected items are listed when rejected events are in `target`.

    >>> items_beside(Path("out/rejects-events.csv")).name, items_beside(Path("bad.csv")).name
    ('rejects-items.csv', 'bad-items.csv')
    """
    return target.with_name(f"{target.stem.removesuffix('-events')}-items{target.suffix}")
