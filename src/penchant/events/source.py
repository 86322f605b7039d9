"""Any source as one raw table: a file, a frame of polars, pandas or pyarrow, or an iterable of records."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import narwhals as nw
import polars as pl
from narwhals.typing import IntoDataFrame

from penchant.errors import InvalidInput
from penchant.events.columns import Roles
from penchant.events.imported import Reject
from penchant.events.records import CHUNK, RECORD, Table, from_frame, from_records
from penchant.events.textfile import Unreadable, csv_records, json_records
from penchant.types import Event, Item

# A path, records, or any frame that narwhals knows.
Source = str | os.PathLike[str] | Iterable[Event | Item | Mapping[str, object]] | IntoDataFrame
_SEPARATORS = {".csv": ",;\t", ".tsv": "\t"}
_JSON_LINES = (".jsonl", ".ndjson")
_FORMATS = ".csv, .tsv, .jsonl or .ndjson (each also .gz), .parquet"


def read_table(source: Source, roles: Roles, columns: Mapping[str, str] | None, encoding: str | None) -> Table:
    """The raw table of `source`, its columns matched to `roles`.

    Raises:
        InvalidInput: for a source that cannot be read, or whose columns cannot be matched.
    """
    if isinstance(source, str | os.PathLike):
        return _from_file(Path(source), roles, columns, encoding)
    frame = _as_frame(source)
    if frame is not None:
        return from_frame(frame, roles, columns)
    if isinstance(source, Iterable) and not isinstance(source, bytes | Mapping):
        return from_records(source, roles, columns)
    raise InvalidInput(
        f"cannot read from {type(source).__name__}; give a path, a polars, pandas or pyarrow frame, or an iterable of records"
    )


def _as_frame(source: Source) -> pl.DataFrame | None:
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    native = nw.from_native(source, eager_only=True, pass_through=True)
    if not isinstance(native, nw.DataFrame):
        return None
    try:
        return native.to_polars()
    except (TypeError, ValueError, ArithmeticError) as error:  # pyarrow, asked to give one type to a pandas column of several
        raise InvalidInput(
            f"the frame holds a column of several types ({error}); cast it to text, or pass frame.to_dict('records')"
        ) from error


def _from_file(path: Path, roles: Roles, columns: Mapping[str, str] | None, encoding: str | None) -> Table:
    if not path.exists():
        raise InvalidInput(f"{path} does not exist; check the path")
    if path.is_dir():
        raise InvalidInput(f"{path} is a directory; name one file: {_FORMATS}")
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix not in (*_SEPARATORS, *_JSON_LINES, ".parquet") or name.endswith(".parquet.gz"):
        raise InvalidInput(f"{path}: the name does not say its format; it should end in {_FORMATS}")
    if path.stat().st_size == 0:
        raise InvalidInput(f"{path} is empty")
    if suffix == ".parquet":
        return from_frame(_parquet(path), roles, columns)
    if suffix in _JSON_LINES:
        return from_records(json_records(path, encoding), roles, columns)
    return _from_csv(path, csv_records(path, encoding, _SEPARATORS[suffix]), roles, columns)


def _parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInput(f"{path} is not a readable Parquet file: {error}") from error


def _from_csv(path: Path, records: Iterator[list[str] | Unreadable], roles: Roles, columns: Mapping[str, str] | None) -> Table:
    header = _header(path, next((record for record in records if record), None))
    rejects: list[Reject] = []
    rows: list[int] = []
    frames = [pl.DataFrame(schema=dict.fromkeys(header, pl.String))]
    start = 1
    while chunk := list(islice(records, CHUNK)):
        read = _fitting(chunk, start, len(header), rejects)
        if read:
            rows += read
            cells = zip(*(chunk[row - start] for row in read), strict=True)
            frames.append(pl.DataFrame([pl.Series(name, cell, pl.String) for name, cell in zip(header, cells, strict=True)]))
        start += len(chunk)
    trimmed = pl.all().str.strip_chars()
    frame = pl.concat(frames).select(pl.when(trimmed != "").then(trimmed))
    return from_frame(frame, roles, columns)._replace(rows=pl.Series(rows, dtype=pl.Int64), rejects=rejects)


def _fitting(chunk: list[list[str] | Unreadable], start: int, width: int, rejects: list[Reject]) -> list[int]:
    """The row numbers of the records that have as many fields as the header; reasons for the others go to `rejects`."""
    fitting = []
    for row, record in enumerate(chunk, start):
        if isinstance(record, Unreadable):
            rejects.append(Reject(row, RECORD, *record))
        elif len(record) == width:
            fitting.append(row)
        elif record:  # a blank line is no row that anybody meant
            rejects.append(Reject(row, RECORD, ",".join(record)[:200], f"has {len(record)} fields, the header has {width}"))
    return fitting


def _header(path: Path, record: list[str] | Unreadable | None) -> list[str]:
    if record is None:
        raise InvalidInput(f"{path} is empty")
    if isinstance(record, Unreadable):
        raise InvalidInput(f"{path}: the header {record.reason}")
    header = [name.strip() for name in record]
    if any("\0" in name for name in header):
        raise InvalidInput(
            f"{path} looks like UTF-16 without a byte order mark; pass encoding='utf-16-le' (--encoding utf-16-le)"
        )
    if twice := next((name for name in header if header.count(name) > 1), ""):
        raise InvalidInput(f"{path}: the header names {twice!r} twice; rename one")
    return header
