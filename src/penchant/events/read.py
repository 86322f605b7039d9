"""Events from anything: files, frames and iterables become one frame that the log accepts, with a line for each row left out."""

from collections.abc import Collection, Mapping

import polars as pl

from penchant.config import Config
from penchant.events.columns import EVENT_ROLES, assumed
from penchant.events.imported import Imported, refuse_first, rejects_frame
from penchant.events.rules import EVENT_RULES, bounds
from penchant.events.source import Source, read_table
from penchant.events.tidy import separate, tidy

_CONTENT = ("user", "item", "action", "time", "value", "text")  # what makes two events without ids the same


def read_events(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    config: Config,
    strict: bool = False,
    encoding: str | None = None,
    now: float | None = None,
    items: Collection[str] | None = None,
) -> Imported:
    """Events from a file (CSV, TSV, JSON Lines, Parquet), a frame (polars, pandas, pyarrow) or an iterable of Event or dicts.

    `columns` says which column holds a field, as {"user": "customer_id"}; fields it leaves out are found by their usual names.
    `now` (epoch seconds) rejects events more than a day later, `items` those that name an item beyond these.
    The frame has the columns id (text, "" where none was given), user, item, action, time (epoch seconds), value, weight,
    text and slate, in the order of the source.

    >>> read_events([{"userId": 7, "movieId": 31, "rating": 4.5, "timestamp": 1_260_759_144}], config=Config()).frame.row(0)
    ('', '7', '31', 'rate', 1260759144.0, 4.5, None, None, None)

    Raises:
        InvalidInput: for a source that cannot be read or lacks a column; when `strict`, InvalidField for the first bad row.
    """
    table = read_table(source, EVENT_ROLES, columns, encoding)
    frame, cleaned = tidy(table, EVENT_ROLES)
    filled = [_filled(name) for name in ("item", "text", "slate")]
    default = pl.when(pl.col("value").is_not_null()).then(pl.lit(assumed(table.columns))).otherwise(pl.lit("view"))
    frame = frame.with_columns(*filled, pl.col("id").fill_null(""), pl.coalesce("action", default).alias("action"))
    kept, rejects = separate(table, frame, EVENT_RULES, bounds(config, now, items))
    rejects += table.rejects
    if strict:
        refuse_first(rejects)
    unique = _unique(kept)
    return Imported(unique, rejects_frame(rejects), kept.height - unique.height, cleaned, table.columns, table.others)


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def _unique(frame: pl.DataFrame) -> pl.DataFrame:
    """The first event of each id, and of each content among those without an id, in their order."""
    frame = frame.with_row_index("at")
    named, unnamed = frame.filter(pl.col("id") != ""), frame.filter(pl.col("id") == "")
    firsts = [named.unique("id", keep="first"), unnamed.unique(_CONTENT, keep="first")]
    return pl.concat(firsts).sort("at").drop("at")
