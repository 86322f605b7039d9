"""Raw tables: rows as found under the names of their roles, from a frame or from records one by one."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl

from penchant.events.attributes import attribute_text, attribute_texts
from penchant.events.columns import Kind, Roles, ambiguous, match, others, require, split
from penchant.events.imported import Reject
from penchant.events.rules import BROKEN, encodes
from penchant.events.textfile import Unreadable
from penchant.types import Event, Item

CHUNK = 1 << 16  # records held as Python objects at a time
RECORD = "record"  # the field of a reject that concerns the whole row


class Table(NamedTuple):
    """Rows as found: `frame` has a column of any type for each role that has one, "attributes" as JSON objects in text."""

    frame: pl.DataFrame
    rows: pl.Series  # the number of each row, from 1
    rejects: list[Reject]  # rows that could not be read at all
    columns: dict[str, str]  # by role, the column that serves it
    others: tuple[str, ...]  # columns that serve none
    in_seconds: bool = False  # times come from Event or Item, which hold seconds whatever their size


def from_frame(frame: pl.DataFrame, roles: Roles, columns: Mapping[str, str] | None) -> Table:
    """The columns of `frame` by role; what has no role becomes attributes, if there is such a role. Raises InvalidInput."""
    matched = match(frame.columns, roles, columns)
    require(matched, frame.columns, roles)
    taken = frame.select(pl.col(column).alias(role) for role, column in matched.items())
    if "attributes" in roles:
        texts = attribute_texts(frame, matched.values(), matched.get("attributes"))
        taken = taken.with_columns(pl.Series("attributes", texts, pl.String))
    return Table(taken, pl.int_range(1, frame.height + 1, eager=True), [], matched, others(frame.columns, matched))


def from_records(records: Iterable[object], roles: Roles, columns: Mapping[str, str] | None) -> Table:
    """Records as columns by role: mappings, Event, Item; None is passed over and Unreadable rejected. Raises InvalidInput."""
    keys: dict[str, None] = {}
    frames: list[pl.DataFrame] = []
    rows: list[int] = []
    rejects: list[Reject] = []
    matched: dict[str, str] = {}
    start, in_seconds, incoming = 1, False, iter(records)
    while chunk := list(islice(incoming, CHUNK)):
        in_seconds = in_seconds or isinstance(chunk[0], Event | Item)
        read = _mappings(chunk, start, rejects)
        start += len(chunk)
        rows += read
        keys |= dict.fromkeys(chain.from_iterable(read.values()))
        seen = {role: column if column in keys or role not in roles else "" for role, column in (columns or {}).items()}
        matched = _as_before(matched, match(keys, roles, seen))
        frames.append(_chunk(list(read.values()), matched, roles))
    if keys:
        matched = match(keys, roles, columns)
        require(matched, keys, roles)
    return Table(_concat(frames), pl.Series(rows, dtype=pl.Int64), rejects, matched, others(keys, matched), in_seconds)


def _as_before(earlier: Mapping[str, str], matched: dict[str, str]) -> dict[str, str]:
    """`matched`, unless later records have a better column for a role than those before. Raises InvalidInput."""
    for role, column in earlier.items():
        if matched[role] != column:
            raise ambiguous(role, [matched[role], column])
    return matched


def _mappings(chunk: Sequence[object], start: int, rejects: list[Reject]) -> dict[int, Mapping[str, object]]:
    read: dict[int, Mapping[str, object]] = {}
    for row, record in enumerate(chunk, start):
        if isinstance(record, Mapping):
            read[row] = record
        elif isinstance(record, Event | Item):
            read[row] = msgspec.structs.asdict(record)
        elif isinstance(record, Unreadable):
            rejects.append(Reject(row, RECORD, *record))
        elif record is not None:
            reason = f"must be a mapping, Event or Item, got {type(record).__name__}"
            rejects.append(Reject(row, RECORD, ascii(record), reason))
    return read


def _chunk(records: Sequence[Mapping[str, object]], matched: Mapping[str, str], roles: Roles) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {"": pl.Series([None] * len(records), dtype=pl.Null)}  # so that rows count without columns
    for role, column in matched.items():
        values = [record.get(column) for record in records]
        if role != "attributes":
            columns[role], reasons = _column(values, roles[role].kind)
            if reasons:
                unread = [reasons.get(at) for at in range(len(records))]
                columns[f"{role} unread"] = pl.Series(unread, dtype=pl.String)
    if "attributes" in roles:
        columns["attributes"] = pl.Series([attribute_text(record, matched) for record in records], dtype=pl.String)
    return pl.DataFrame(columns)


def _column(values: list[object], kind: Kind) -> tuple[pl.Series, dict[int, str]]:
    """One column of a single type, and by position the reasons why values could not be read."""
    if kind == "list":
        return pl.Series([_strings(value) for value in values], dtype=pl.List(pl.String)), {}
    types = set(map(type, values)) - {type(None)}
    try:
        if kind in ("number", "time") and types <= {int, float}:
            numbers = pl.Series(values, dtype=pl.Float64, strict=False)
            if numbers.null_count() == values.count(None):  # a whole number beyond all floats would be null
                return numbers, {}
        elif types <= {str}:
            return pl.Series(values, dtype=pl.String), {}
    except UnicodeEncodeError:
        pass
    reasons: dict[int, str] = {}
    texts = [_text(value, kind, at, reasons) for at, value in enumerate(values)]
    return pl.Series(texts, dtype=pl.String), reasons


def _text(value: object, kind: Kind, at: int, reasons: dict[int, str]) -> str | None:
    """A value of a column of several types as text, to be read like text in a file."""
    value = value.item() if isinstance(value, np.generic) else value
    match value:
        case None:
            return None
        case str():
            if value.isascii() or encodes(value):
                return value
            reasons[at] = BROKEN
            return ascii(value)
        case float() if math.isnan(value) and kind in ("name", "text"):
            return None  # how pandas says that there is nothing
        case float():
            return f"{value:.0f}" if value.is_integer() else repr(value)
        case date():
            return value.isoformat()
        case int() if not isinstance(value, bool):
            return str(value)
    reasons[at] = f"must be text or a number, got {type(value).__name__}"
    return ascii(value)


def _strings(value: object) -> list[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = split(value)
    names = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [f"{name}".encode(errors="ignore").decode() for name in names if name is not None]


def _concat(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Chunks as one frame; a column that is numbers in one and text in another becomes text."""
    if not frames:
        return pl.DataFrame()
    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, kind in frame.schema.items():
            kinds.setdefault(name, set()).add(kind)
    mixed = [name for name, found in kinds.items() if len(found) > 1]
    return pl.concat(
        [frame.cast({name: pl.String for name in mixed if name in frame.columns}) for frame in frames], how="diagonal"
    )
