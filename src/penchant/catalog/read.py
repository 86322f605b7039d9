"""Items from anything, as one frame and as records, with a line for each row left out."""

from collections.abc import Mapping

import polars as pl

from penchant.events.attributes import read_attributes
from penchant.events.columns import ITEM_ROLES
from penchant.events.imported import Imported, refuse_first, rejects_frame
from penchant.events.rules import Bounds, Record, Rule, check_record, moment, name, number, text
from penchant.events.source import Source, read_table
from penchant.events.tidy import separate, tidy
from penchant.types import Item

NEVER = "is not after available_from, so the item is never available"


def read_items(
    source: Source, *, columns: Mapping[str, str] | None = None, strict: bool = False, encoding: str | None = None
) -> Imported:
    """Items from a file (CSV, TSV, JSON Lines, Parquet), a frame (polars, pandas, pyarrow) or an iterable of Item or dicts.

    The frame has the columns id, title, text, categories (list), brand, price, language, available_from and available_until
    (epoch seconds) and attributes (a JSON object of every other column). Of several rows with one id the last one counts.

    >>> films = [{"movieId": 1, "title": "Heat &amp; Dust", "genres": "Drama|Romance", "year": 1983}]
    >>> film = to_items(read_items(films).frame)[0]
    >>> film.title, film.categories, film.attributes
    ('Heat & Dust', ('Drama', 'Romance'), {'year': 1983.0})

    Raises:
        InvalidInput: for a source that cannot be read or lacks a column; when `strict`, InvalidField for the first bad row.
    """
    table = read_table(source, ITEM_ROLES, columns, encoding)
    frame, cleaned = tidy(table, ITEM_ROLES)
    empty = [pl.col(field).fill_null("") for field in ("title", "text")]
    absent = [pl.when(pl.col(field) != "").then(pl.col(field)).alias(field) for field in ("brand", "language")]
    kept, rejects = separate(table, frame.with_columns(*empty, *absent), ITEM_RULES, Bounds())
    rejects += table.rejects
    if strict:
        refuse_first(rejects)
    unique = kept.unique("id", keep="last", maintain_order=True)
    dropped = kept.height - unique.height
    return Imported(unique, rejects_frame(rejects), dropped, cleaned, table.columns, attributes=table.others)


def to_items(frame: pl.DataFrame) -> list[Item]:
    """The rows of a frame that `read_items` gave, as records."""
    items = []
    for row in frame.iter_rows(named=True):
        categories, attributes = tuple(row.pop("categories")), read_attributes(row.pop("attributes"))
        items.append(Item(**row, categories=categories, attributes=attributes))
    return items


def check_item(item: Item) -> None:
    """Accept an item, or say what is wrong with it, by the rules that imports use.

    >>> check_item(Item(id="book", price=-1.0))
    Traceback (most recent call last):
    penchant.events.imported.InvalidField: price '-1.0' is negative

    Raises:
        InvalidField: an InvalidInput whose `field`, `value` and `reason` name the first rule broken.
    """
    check_record(item, ITEM_RULES, Bounds())


def _never(record: Record, limits: Bounds) -> str:
    start, end = getattr(record, "available_from", None), getattr(record, "available_until", None)
    return "" if start is None or end is None or start < end else NEVER


def _nevers(limits: Bounds) -> pl.Expr:
    return pl.when(pl.col("available_from") >= pl.col("available_until")).then(pl.lit(NEVER))


ITEM_RULES: tuple[Rule, ...] = (
    name("id", required=True),
    text("title"),
    text("text"),
    text("brand"),
    number("price", positive=True),
    name("language"),
    moment("available_from"),
    moment("available_until"),
    Rule("available_until", _never, _nevers),
    Rule("attributes", lambda record, limits: "", lambda limits: pl.col("attributes unread")),
)
