"""Whatever else a source says about an item, kept as one JSON object per row: names to text, numbers, truth or nothing."""

from collections.abc import Collection, Mapping
from datetime import date

import msgspec
import polars as pl

from penchant.events.times import NUMBER

Attributes = dict[str, str | float | bool | None]

NO_ATTRIBUTES = "{}"
NO_OBJECT = "is not a JSON object of text, numbers and truth values"

_decode = msgspec.json.Decoder(Attributes).decode
_SIGNIFICANT_ZERO = r"^[+-]?0[0-9]"  # a post code or a part number, not a quantity


def read_attributes(text: str) -> Attributes:
    """The attributes in a JSON object, leaving out those that are null.

    >>> read_attributes('{"year": 1999, "director": null}')
    {'year': 1999.0}

    Raises:
        ValueError: when the text is no such object (msgspec's errors are ValueErrors).
    """
    return {name: value for name, value in _decode(text).items() if value is not None}


def write_attributes(attributes: Mapping[str, object]) -> str:
    """A JSON object with its names in order; nulls are left out, lists joined by bars, and what JSON lacks becomes text.

    >>> write_attributes({"year": 1999, "cast": ["Ann", "Bo"], "director": None})
    '{"cast":"Ann|Bo","year":1999.0}'
    """
    plain = {name: _scalar(value) for name, value in attributes.items() if value is not None}
    return msgspec.json.encode(plain, order="deterministic").decode() if plain else NO_ATTRIBUTES


def attribute_text(record: Mapping[str, object], matched: Mapping[str, str]) -> str:
    """The attributes of one record: its "attributes", if it has them, and every key that no other role has taken."""
    column = matched.get("attributes")
    given = record.get(column) if column is not None else None
    attributes: dict[str, object] = dict(given) if isinstance(given, Mapping) else {}
    if isinstance(given, str):
        try:
            attributes.update(read_attributes(given))
        except ValueError:
            return given
    taken = set(matched.values())
    return write_attributes(attributes | {name: value for name, value in record.items() if name not in taken})


def attribute_texts(frame: pl.DataFrame, taken: Collection[str], given: str | None) -> list[str]:
    """The attributes of each row of a frame: the columns not `taken`, and the objects (JSON or structs) of the column `given`.

    A column of text that holds only numbers, or only true and false, is read as such.
    """
    columns = {name: _typed(frame[name]).to_list() for name in frame.columns if name not in taken}
    if given is not None:
        columns[given] = frame[given].to_list()
    if not columns:
        return [NO_ATTRIBUTES] * frame.height
    matched = {} if given is None else {"attributes": given}
    return [attribute_text(dict(zip(columns, row, strict=True)), matched) for row in zip(*columns.values(), strict=True)]


def _typed(column: pl.Series) -> pl.Series:
    if column.dtype != pl.String or column.null_count() == len(column):
        return column
    present = column.drop_nulls()
    if (present.str.contains(NUMBER) & ~present.str.contains(_SIGNIFICANT_ZERO)).all():
        return column.cast(pl.Float64)
    lower = column.str.to_lowercase()
    return lower == "true" if lower.drop_nulls().is_in(["true", "false"]).all() else column


def _scalar(value: object) -> object:
    match value:
        case bool() | str():
            return value
        case int() | float():
            return float(value)
        case list() | tuple() | set() | frozenset():
            return "|".join(f"{part}" for part in value)
        case date():
            return value.isoformat()
        case Mapping():
            return msgspec.json.encode(value, enc_hook=str, order="deterministic").decode()
    return f"{value}"
