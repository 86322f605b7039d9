"""Raw columns as typed ones: text, floats, epoch seconds and lists, each beside the reasons why values could not be read."""

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import polars as pl

from penchant.catalog.clean import changed, clean_column
from penchant.errors import InvalidInput
from penchant.events.attributes import NO_ATTRIBUTES, NO_OBJECT, read_attributes, write_attributes
from penchant.events.columns import Kind, Roles
from penchant.events.imported import Reject
from penchant.events.records import Table
from penchant.events.rules import LONG_TEXT, LONGEST_TEXT, NO_NUMBER, NO_TIME, Bounds, Rule, first_faults
from penchant.events.times import number_column, time_column


class Column(NamedTuple):
    """A column as read: its values, for each row the reason why its value could not be read (or null), and texts cleaned."""

    values: pl.Series
    unread: pl.Series
    cleaned: int = 0


def tidy(table: Table, roles: Roles) -> tuple[pl.DataFrame, int]:
    """Typed columns for every role, each beside "ROLE unread", and how many texts cleaning changed.

    Raises:
        InvalidInput: for a column whose type cannot hold what its role needs.
    """
    height = len(table.rows)
    columns: dict[str, pl.Series] = {}
    cleaned = 0
    for role, rule in roles.items():
        raw = table.frame[role] if role in table.frame.columns else pl.Series([None] * height, dtype=pl.Null)
        raw = raw.cast(pl.String) if raw.dtype in (pl.Null, pl.Categorical, pl.Enum) else raw
        column = _read(raw, role, rule.kind, units=not table.in_seconds)
        columns[role] = column.values
        earlier = table.frame.get_column(f"{role} unread", default=column.unread)
        columns[f"{role} unread"] = earlier.zip_with(earlier.is_not_null(), column.unread)
        cleaned += column.cleaned
    return pl.DataFrame(columns), cleaned


def separate(table: Table, frame: pl.DataFrame, rules: Sequence[Rule], limits: Bounds) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows of a tidy frame that keep the rules, and a reject for each other row; "unread" columns are dropped."""
    faults = first_faults(frame, rules, limits)
    rejects: list[Reject] = []
    for (field,), part in faults.group_by("field"):
        name = str(field)
        used = frame[name].gather(part["at"]).to_list()  # which is what stands in for a value that is missing
        found = table.frame[name].gather(part["at"]).to_list() if name in table.frame.columns else used
        shown = [now if was is None else was for was, now in zip(found, used, strict=True)]
        values = ["" if value is None else str(value)[:200] for value in shown]
        rejects += map(Reject, table.rows.gather(part["at"]).to_list(), repeat(name), values, part["reason"])
    kept = frame.select(name for name in frame.columns if not name.endswith(" unread"))
    if rejects:
        kept = kept.filter(~pl.int_range(kept.height, eager=True).is_in(faults["at"].implode()))
    return kept, rejects


def _read(raw: pl.Series, role: str, kind: Kind, *, units: bool) -> Column:
    match kind:
        case "name":
            return _fine(_strings(raw, role))
        case "text":
            return _texts(_strings(raw, role))
        case "number":
            return _parsed(raw, _numbers(raw, role), NO_NUMBER)
        case "time":
            if not (raw.dtype in (pl.String, pl.Date, pl.Datetime) or raw.dtype.is_numeric()):
                raise _impossible(raw, role)
            return _parsed(raw, time_column(raw, units=units), NO_TIME)
        case "list":
            return _lists(raw, role)
        case "attributes":
            return _attributes(raw)


def _strings(raw: pl.Series, role: str) -> pl.Series:
    if raw.dtype.is_float():  # what pandas makes of whole numbers when one is missing
        whole = raw.cast(pl.Int64, strict=False)
        return raw.fill_nan(None).cast(pl.String).zip_with(whole.cast(pl.Float64) != raw, whole.cast(pl.String))
    if raw.dtype == pl.String:
        return raw
    if not raw.dtype.is_numeric():
        raise _impossible(raw, role)
    return raw.cast(pl.String)


def _texts(raw: pl.Series) -> Column:
    long = (raw.str.len_chars() > LONGEST_TEXT).fill_null(False)
    bounded = raw.zip_with(~long, pl.Series([None], dtype=pl.String)) if long.any() else raw
    values = clean_column(bounded)
    unread = pl.select(pl.when(long).then(pl.lit(LONG_TEXT))).to_series()
    return Column(values, unread, changed(bounded, values))


def _numbers(raw: pl.Series, role: str) -> pl.Series:
    if raw.dtype == pl.String:
        return number_column(raw)
    if not raw.dtype.is_numeric():
        raise _impossible(raw, role)
    return raw.cast(pl.Float64)


def _lists(raw: pl.Series, role: str) -> Column:
    if raw.dtype == pl.String:
        parts = pl.when(raw.str.contains("|", literal=True)).then(raw.str.split("|")).otherwise(raw.str.split(";"))
        raw = pl.select(parts).to_series()
    if not isinstance(raw.dtype, pl.List) or raw.dtype.inner.is_nested():
        raise _impossible(raw, role)
    rows = pl.DataFrame({"row": pl.int_range(len(raw), eager=True), "name": raw.cast(pl.List(pl.String))})
    parts_frame = rows.explode("name").drop_nulls()
    before = parts_frame["name"]
    parts_frame = parts_frame.with_columns(clean_column(before).alias("name"))
    count = changed(before.str.strip_chars(), parts_frame["name"])
    named = parts_frame.filter(pl.col("name") != "").unique(maintain_order=True).group_by("row", maintain_order=True).agg("name")
    joined = rows.select("row").join(named, on="row", how="left", maintain_order="left")["name"]
    empty = pl.Series([[]], dtype=pl.List(pl.String))
    return Column(joined.zip_with(joined.is_not_null(), empty), _none(len(raw)), count)


def _attributes(raw: pl.Series) -> Column:
    texts: list[str] = []
    reasons: list[str | None] = []
    for text in raw.fill_null(NO_ATTRIBUTES):
        try:
            texts.append(text if text == NO_ATTRIBUTES else write_attributes(read_attributes(text)))
            reasons.append(None)
        except ValueError:
            texts.append(NO_ATTRIBUTES)
            reasons.append(NO_OBJECT)
    return Column(pl.Series(texts, dtype=pl.String), pl.Series(reasons, dtype=pl.String))


def _parsed(raw: pl.Series, values: pl.Series, reason: str) -> Column:
    unread = values.is_null() & raw.is_not_null()
    return Column(values, pl.select(pl.when(unread).then(pl.lit(reason))).to_series())


def _fine(values: pl.Series) -> Column:
    return Column(values, _none(len(values)))


def _none(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)


def _impossible(raw: pl.Series, role: str) -> InvalidInput:
    return InvalidInput(f"the column for {role} holds {raw.dtype}, from which {role} cannot be read; convert it or map another")
