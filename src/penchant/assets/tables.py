"""The one shape every dataset is brought into, and the checksum that proves its rows."""

import hashlib
from typing import NamedTuple

import polars as pl

ITEMS = pl.Schema(
    {
        "id": pl.String(),
        "title": pl.String(),
        "categories": pl.List(pl.String()),
        "year": pl.Int32(),  # null where unknown
        "price": pl.Float64(),  # in the dataset's currency, null where unknown
        "available_from": pl.Float64(),  # seconds since the epoch, UTC, null where unknown
    }
)
EVENTS = pl.Schema(
    {
        "user": pl.String(),
        "item": pl.String(),
        "action": pl.String(),
        "value": pl.Float64(),  # stars or quantity, null where there is none
        "time": pl.Float64(),  # seconds since the epoch, UTC
    }
)


class Tables(NamedTuple):
    """A dataset's two tables: `items` with the columns of `ITEMS`, `events` with those of `EVENTS`."""

    items: pl.DataFrame
    events: pl.DataFrame


def canonical(items: pl.DataFrame, events: pl.DataFrame) -> Tables:
    """The same rows with every canonical column, missing ones null, in an order that depends on the rows alone.

    Events are sorted by time, user, item and value; items by id, each once, with whitespace in titles collapsed.
    """
    blank = [pl.lit(None, kind).alias(name) for name, kind in ITEMS.items() if name not in items.columns]
    title = pl.col("title").str.replace_all(r"\s+", " ").str.strip_chars()
    shaped = items.with_columns(*blank, title).select(pl.col(name).cast(kind) for name, kind in ITEMS.items())
    rows = events.select(pl.col(name).cast(kind) for name, kind in EVENTS.items())
    return Tables(shaped.unique("id", keep="first", maintain_order=True).sort("id"), rows.sort("time", "user", "item", "value"))


def fingerprint(events: pl.DataFrame) -> str:
    r"""sha256 of the canonical rows, the same on every machine and version of polars.

    Each row is the line `user \t item \t action \t value \t time \n` in UTF-8, in canonical order, with value in thousandths
    and time in milliseconds, as integers: whole numbers have one spelling, floats do not.

    >>> row = {"user": ["u"], "item": ["i"], "action": ["rate"], "value": [4.5], "time": [60.0]}
    >>> fingerprint(pl.DataFrame(row)) == hashlib.sha256(b"u\ti\trate\t4500\t60000\n").hexdigest()
    True
    """
    whole = (pl.col("value", "time") * 1000).round().cast(pl.Int64)
    lines = events.select("user", "item", "action", whole).write_csv(
        include_header=False, separator="\t", line_terminator="\n", quote_style="never", null_value=""
    )
    return hashlib.sha256(lines.encode()).hexdigest()
