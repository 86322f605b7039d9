"""Reader of Online Retail II from files the user names."""

from pathlib import Path

import polars as pl

from penchant.assets.tables import Tables, canonical
from penchant.errors import InvalidInput

EVENT_COLUMNS = ("user", "item", "time", "quantity")
ITEM_COLUMNS = ("item", "title", "price", "first_seen")


def from_folder(folder: Path) -> Tables:
    """The tables in `folder`: `events` and `items`, each as .parquet or .csv.

    The shop's clock is London's: naive local time becomes UTC by the rules of Europe/London, so a purchase at noon in July is
    at 11:00 UTC. An hour that the clock passes twice is taken as the first. A price is the item's median, in pounds.

    Raises:
        InvalidInput: naming the file or column that is missing or cannot be read.
    """
    events, items = _read(folder, "events", EVENT_COLUMNS), _read(folder, "items", ITEM_COLUMNS)
    try:
        rows = events.select(
            "user", "item", value=pl.col("quantity").cast(pl.Float64), action=pl.lit("purchase"), time=_utc(events, "time")
        )
        price = pl.col("price").cast(pl.Float64).round(4)  # stored as 32-bit floats: 0.85 came as 0.8500000238
        goods = items.select(
            id="item",
            title="title",
            categories=pl.lit([], pl.List(pl.String)),
            price=price,
            available_from=_utc(items, "first_seen"),
        )
    except pl.exceptions.PolarsError as error:
        raise InvalidInput(f"{folder}: a quantity, price or time cannot be read: {str(error).splitlines()[0]}") from error
    return canonical(goods, rows)


def _read(folder: Path, name: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """The columns asked for, from the parquet file when there is one, else from the csv, whose columns are all strings."""
    parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
    path = parquet if parquet.is_file() else csv
    if not path.is_file():
        raise InvalidInput(f"{folder} holds no {parquet.name} and no {csv.name}; 'online-retail' needs one of them")
    try:
        frame = pl.read_parquet(path) if path == parquet else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InvalidInput(f"{path} has no column {', '.join(map(repr, missing))}; it has {', '.join(frame.columns)}")
    return frame.select(columns)


def _utc(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Seconds since the epoch, UTC, of a column of naive London times."""
    kind = frame.schema[column]
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        raise InvalidInput(f"column {column!r} is in {kind.time_zone}; 'online-retail' expects London time without a zone")
    local = pl.col(column).str.to_datetime(time_unit="us") if kind == pl.String else pl.col(column).cast(pl.Datetime("us"))
    london = local.dt.replace_time_zone("Europe/London", ambiguous="earliest")
    return london.dt.convert_time_zone("UTC").dt.timestamp("us") / 1e6
