"""Text files as records: CSV, TSV and JSON Lines, plain or gzipped, in any encoding, one bad line never hiding the next.

Nothing here holds more than one record: a line over the limit is read in pieces and thrown away.
"""

import codecs
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import msgspec

from penchant.errors import InvalidInput

LONGEST_RECORD = 1 << 20  # characters of one line
TOO_LONG = f"is longer than {LONGEST_RECORD:,} characters"

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CSV_FAULTS = {  # what the csv module says, and what a person needs to hear
    "unexpected end of data": "opens a quote that is never closed",
    "expected after": "goes on after a closing quote; double the quotes inside a quoted field",
    "field limit": "has a field longer than 131,072 characters, or opens a quote that is never closed",
}


class Unreadable(NamedTuple):
    """A record that could not be read: how it begins, and why."""

    value: str
    reason: str


def csv_records(path: Path, encoding: str | None, separators: str) -> Iterator[list[str] | Unreadable]:
    """The records of a file with separated values, header first; a blank line is an empty list.

    The separator is the one of `separators` that the first line holds most of. After a record with broken quotes reading goes on
    at the next line, so an unclosed quote costs one row and not the rest of the file.
    """
    with open_text(path, encoding) as file:
        incoming = _lines(file)
        first = next((line for line in incoming if line.strip()), "")
        separator = max(separators, key=first.count)
        waiting, pulled = deque([first] if first else []), list[str]()

        def pull() -> Iterator[str]:
            while True:
                line = waiting.popleft() if waiting else next(incoming, None)
                if line is None:
                    return
                pulled.append(line)
                if len(line) > LONGEST_RECORD:
                    raise csv.Error(TOO_LONG)
                yield line

        reader = csv.reader(pull(), delimiter=separator, strict=True)
        while True:
            pulled.clear()
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                waiting.extendleft(reversed(pulled[1:]))
                reader = csv.reader(pull(), delimiter=separator, strict=True)
                yield Unreadable(_beginning(pulled[0]), _explained(error))


def json_records(path: Path, encoding: str | None) -> Iterator[dict[str, object] | Unreadable | None]:
    """The objects of a JSON Lines file, one for each line; None for a blank line."""
    decode = msgspec.json.Decoder().decode
    with open_text(path, encoding) as file:
        for line in _lines(file):
            if line.isspace():
                yield None
                continue
            if len(line) > LONGEST_RECORD:
                yield Unreadable(_beginning(line), TOO_LONG)
                continue
            try:
                record = decode(line)
            except (msgspec.DecodeError, RecursionError) as error:
                yield Unreadable(_beginning(line), f"is not valid JSON: {error}")
                continue
            yield record if isinstance(record, dict) else Unreadable(_beginning(line), "is not a JSON object")


@contextmanager
def open_text(path: Path, encoding: str | None) -> Iterator[TextIOWrapper]:
    """A text file opened for reading, line ends as they are; UTF-8, or what its byte order mark says, unless `encoding` is given.

    Raises:
        InvalidInput: while reading, at the first byte the encoding does not allow, or when a gzip file is damaged.
    """
    try:
        with _open_bytes(path) as raw:
            name = encoding or next((name for bom, name in _BOMS.items() if _starts(path, bom)), "utf-8")
            yield TextIOWrapper(raw, encoding=codecs.lookup(name).name, newline="")
    except LookupError as error:
        raise InvalidInput(
            f"{encoding!r} is not an encoding Python knows; try utf-8, utf-16, latin-1, gb18030 or shift_jis"
        ) from error
    except UnicodeDecodeError as error:
        byte = _bad_byte(path, error.encoding)
        raise InvalidInput(
            f"{path}: byte {byte:,} is not valid {error.encoding}; save it as UTF-8, or name its encoding with encoding=... "
            "(--encoding gb18030, --encoding latin-1)"
        ) from error
    except (EOFError, OSError, zlib.error) as error:
        raise InvalidInput(f"{path} could not be read: {error}") from error


def _open_bytes(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _starts(path: Path, mark: bytes) -> bool:
    with _open_bytes(path) as file:
        return file.read(len(mark)) == mark


def _lines(file: TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; of a line over the limit, its beginning, one character longer than the limit."""
    while line := file.readline(LONGEST_RECORD + 1):
        if len(line) > LONGEST_RECORD:
            more = line
            while more and not more.endswith(("\n", "\r")):
                more = file.readline(LONGEST_RECORD)
        yield line


def _beginning(line: str) -> str:
    return line[:200].rstrip("\r\n")


def _explained(error: csv.Error) -> str:
    said = str(error)
    return next((ours for theirs, ours in _CSV_FAULTS.items() if theirs in said), said)


def _bad_byte(path: Path, encoding: str) -> int:
    """How many bytes come before the first that `encoding` does not allow."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    with _open_bytes(path) as file:
        while True:
            block = file.read(1 << 16)
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return before - held + error.start
            before += len(block)
            if not block:
                return before
