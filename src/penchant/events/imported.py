"""What an import gives back: the rows that can be used, and one line for each row that cannot."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from penchant.errors import InvalidInput

SHOWN = 80  # characters of a rejected value that are kept

_REJECTS = {"row": pl.Int64, "field": pl.String, "value": pl.String, "reason": pl.String}


class Reject(NamedTuple):
    """Why one row was left out. `row` counts data rows from 1; `field` is "record" when the row itself could not be read."""

    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Imported:
    """The outcome of an import."""

    frame: pl.DataFrame  # the rows that can be used, in the order of the source
    rejects: pl.DataFrame  # one line per row that cannot: row, field, value, reason, by row
    duplicates: int  # rows dropped because another says the same
    cleaned: int  # texts that cleaning changed
    columns: dict[str, str]  # by field, the column of the source that it was read from
    ignored: tuple[str, ...] = ()  # columns of events that were not read
    attributes: tuple[str, ...] = ()  # columns of items that became attributes


class InvalidField(InvalidInput):
    """One value of one record that breaks a rule; `field`, `value` and `reason` say which."""

    def __init__(self, field: str, value: str, reason: str, where: str = "") -> None:
        shown = value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
        super().__init__(f"{where}{field} {shown!r} {reason}")
        self.field = field
        self.value = shown
        self.reason = reason


def rejects_frame(rejects: Iterable[Reject]) -> pl.DataFrame:
    """Rejects as a frame ordered by row, one line per row, long values cut to 80 characters."""
    frame = (
        pl.DataFrame(list(rejects), schema=_REJECTS, orient="row").unique("row", keep="first", maintain_order=True).sort("row")
    )
    value = pl.col("value")
    cut = pl.when(value.str.len_chars() > SHOWN).then(value.str.slice(0, SHOWN - 1) + "…").otherwise(value)
    return frame.with_columns(cut.alias("value"))


def refuse_first(rejects: Sequence[Reject]) -> None:
    """Raise InvalidField for the first of `rejects` by row, if there is any."""
    if rejects:
        first = min(rejects, key=lambda reject: reject.row)
        raise InvalidField(first.field, first.value, first.reason, where=f"row {first.row}: ")


def write_rejects(imported: Imported, path: str | os.PathLike[str]) -> None:
    """Write the rejects as CSV with the columns row, field, value, reason; the file appears whole or not at all.

    Raises:
        InvalidInput: when the file cannot be written there.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        imported.rejects.write_csv(part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InvalidInput(f"cannot write rejects to {target}: {error.strerror or error}") from error
