"""Rows that cannot be used: each is named with its reason, and none hides the next."""

import gzip
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events.imported import Imported, write_rejects
from penchant.events.read import read_events

CONFIG = Config()
HEADER = b"user,item,time,action,value\n"
LAST = b"last,i,9,view,\n"


def _read(path: Path, content: bytes) -> Imported:
    path.write_bytes(content)
    return read_events(path, config=CONFIG)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b"u,i,1,view", "record", "has 4 fields, the header has 5"),
        (b"u,i,1,view,,", "record", "has 6 fields, the header has 5"),
        (b'u,"i,1,view,', "record", "opens a quote that is never closed"),
        (b'u,"i"x,1,view,', "record", "goes on after a closing quote; double the quotes inside a quoted field"),
        (b'u,"' + b"x" * 140_000 + b'",1,view,', "record", "has a field longer than 131,072 characters, or opens a quote"),
        (b"u," + b"x" * 1_100_000 + b",1,view,", "record", "is longer than 1,048,576 characters"),
        (b",i,1,view,", "user", "is missing"),
        (b"  ,i,1,view,", "user", "is missing"),
        (b"u\x00,i,1,view,", "user", "holds a control character"),
        (b"u,i\x07,1,view,", "item", "holds a control character"),
        (b"u" * 257 + b",i,1,view,", "user", "is longer than 256 characters"),
        (b"u,,1,view,", "item", "is missing, and so is text; an event needs one of them"),
        (b"u,i,,view,", "time", "is missing"),
        (b"u,i,soon,view,", "time", "is not a time (ISO 8601, or a number since the epoch)"),
        (b"u,i,nan,view,", "time", "is not finite"),
        (b"u,i,-1,view,", "time", "is before 1970"),
        (b"u,i,99999999999,view,", "time", "is after 2100; times are epoch seconds or ISO 8601"),
        (b"u,i,1,View,", "action", "is not a configured action; known: view, click"),
        (b"u,i,1,rate,five", "value", "is not a number"),
        (b"u,i,1,rate,inf", "value", "is not finite"),
        (b"u,i,1,rate,1e16", "value", "is beyond ±1e+15"),
    ],
)
def test_a_bad_csv_row_is_rejected_with_its_reason_and_the_next_is_read(
    tmp_path: Path, line: bytes, field: str, reason: str
) -> None:
    imported = _read(tmp_path / "events.csv", HEADER + b"first,i,1,view,\n\n" + line + b"\n" + LAST)
    assert imported.frame["user"].to_list() == ["first", "last"]
    ((row, found, value, said),) = imported.rejects.rows()
    assert (row, found) == (3, field)  # a blank line counts: row 3 is line 4
    assert said.startswith(reason)
    assert len(value) <= 80


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (b'{"user":"u"', "record", "is not valid JSON: Input data was truncated"),
        (b"[1,2]", "record", "is not a JSON object"),
        (b"[" * 5000, "record", "is not valid JSON"),
        (b'{"user":"' + b"x" * 1_100_000 + b'"}', "record", "is longer than 1,048,576 characters"),
        (b'{"user":["u"],"item":"i","time":1}', "user", "must be text or a number, got list"),
        (b'{"user":"u","item":"i","time":true}', "time", "must be text or a number, got bool"),
        (b'{"user":" u","item":"i","time":1}', "user", "has white space around it"),
        (b'{"user":"u","item":"i","time":1,"value":1' + b"0" * 400 + b"}", "value", "is not finite"),
        (b'{"user":"u","time":1,"text":"' + b"x" * 100_001 + b'"}', "text", "is longer than 100,000 characters"),
        (b'{"user":"u","time":1,"text":"<p> </p>"}', "item", "is missing, and so is text"),
    ],
)
def test_a_bad_json_line_is_rejected_with_its_reason_and_the_next_is_read(
    tmp_path: Path, line: bytes, field: str, reason: str
) -> None:
    imported = _read(tmp_path / "events.jsonl", b"\n" + line + b'\n{"user":"last","item":"i","time":2}\n')
    assert imported.frame["user"].to_list() == ["last"]
    ((row, found, _, said),) = imported.rejects.rows()
    assert (row, found) == (2, field)
    assert said.startswith(reason)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", b"", "e.csv is empty"),
        ("e.csv", b"\n\n", "e.csv is empty"),
        ("e.txt", b"x", "does not say its format; it should end in .csv, .tsv"),
        ("e.parquet", b"PAR1 no", "is not a readable Parquet file"),
        ("e.csv.gz", b"user,item\n", "could not be read: Not a gzipped file"),
        ("e.csv.gz", gzip.compress(HEADER + LAST, mtime=0)[:-9], "could not be read: "),
        ("e.csv", HEADER + b"\xff", "byte 28 is not valid utf-8"),
        ("e.csv", HEADER + b"a" * 70_000 + b"\xe4\xb8", "byte 70,028 is not valid utf-8"),
        ("e.csv", HEADER.decode().encode("utf-16-le"), "looks like UTF-16 without a byte order mark; pass encoding='utf-16-le'"),
        ("e.csv", b"user,user\n1,2\n", "the header names 'user' twice"),
        ("e.csv", b'"user\n', "the header opens a quote that is never closed"),
    ],
    ids=[
        "no bytes",
        "blank lines",
        "format",
        "parquet",
        "not gzip",
        "cut gzip",
        "bad byte",
        "bad end",
        "utf-16",
        "twice",
        "quote",
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _read(tmp_path / name, content)
    assert message in str(caught.value)


def test_a_path_that_is_no_file_and_a_source_that_is_none_say_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"gone\.csv does not exist"):
        read_events(tmp_path / "gone.csv", config=CONFIG)
    with pytest.raises(InvalidInput, match=r"is a directory; name one file"):
        read_events(str(tmp_path), config=CONFIG)
    with pytest.raises(InvalidInput, match=r"cannot read from int; give a path"):
        read_events(msgspec.json.decode("5"), config=CONFIG)
    assert read_events(msgspec.json.decode("[7]"), config=CONFIG).rejects.row(0) == (
        1,
        "record",
        "7",
        "must be a mapping, Event or Item, got int",
    )


def test_a_huge_line_costs_no_more_memory_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(b'{"user":"')
        for _ in range(40):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"user":"last","item":"i","time":2}\n')
    tracemalloc.start()
    imported = read_events(path, config=CONFIG)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert imported.frame["user"].to_list() == ["last"]
    assert peak < 12 << 20


def test_rejects_are_written_as_csv_whole_or_not_at_all(tmp_path: Path) -> None:
    imported = _read(tmp_path / "events.csv", HEADER + b'u,"i, 1",soon,view,\n,i,1,view,\n')
    target = tmp_path / "rejects.csv"
    write_rejects(imported, target)
    lines = [
        "row,field,value,reason",
        '1,time,soon,"is not a time (ISO 8601, or a number since the epoch)"',
        '2,user,"",is missing',
        "",
    ]
    assert target.read_text() == "\n".join(lines)
    with pytest.raises(InvalidInput, match=r"cannot write rejects to .*missing"):
        write_rejects(imported, tmp_path / "missing" / "rejects.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.csv", "rejects.csv"]
