"""`penchant fit`: what it says about columns and rows, and that nothing is written before all is known to be right."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from penchant.cli.app import run
from penchant.events import Log

EVENTS = "user,item,time\nann,tea,1700000000\nbob,pot,1700000100\n"


class Told(NamedTuple):
    """What a command printed."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.out)
        return told

    def line(self) -> str:
        """The only line on stderr."""
        assert self.err.count("\n") == 1, self.err
        return self.err.rstrip("\n")


class Desk(NamedTuple):
    """A folder with files, and the command."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def fit(self, *arguments: str | Path, encoder: str = "hash") -> Told:
        self.capsys.readouterr()
        words = ["fit", "--out", self.out, "--encoder", encoder, *arguments]
        return Told(run([str(word) for word in words]), *self.capsys.readouterr())

    @property
    def out(self) -> Path:
        return self.folder / "shop"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_columns_taken_and_not_taken_are_told(desk: Desk) -> None:
    events = desk.file("events.csv", "customer_no,sku,when,what\nann,tea,1700000000,like\nbob,pot,1700000100,purchase\n")
    items = desk.file(
        "items.csv", "sku,name,department,maker,retail_price,colour\ntea,Tea,Drinks,Lu,3,red\npot,Pot,Kitchen,Lu,9,red\n"
    )
    told = desk.fit("--events", events, "--items", items, "--json")
    assert told.code == 0, told.err
    read = told.json()["read"]
    assert read["events"]["columns"] == {"user": "customer_no", "item": "sku", "time": "when"}
    assert read["events"]["ignored"] == ["what"]
    assert read["items"]["columns"]["price"] == "retail_price"
    assert read["items"]["attributes"] == ["colour"]
    said = "events.csv: user <- customer_no, item <- sku, time <- when; not read: what (map it with --action-col"
    assert said in told.err
    assert "each event is a view" in told.err
    assert "categories <- department, brand <- maker, price <- retail_price; kept as attributes: colour" in told.err
    assert "colour (map it with --item-text-col if that is what it holds)" in told.err


def test_a_mapped_action_is_not_asked_for_again(desk: Desk) -> None:
    events = desk.file("events.csv", "user,item,time,what,colour\nann,tea,1700000000,like,red\n")
    assert "not read: colour\n" in desk.fit("--events", events, "--action-col", "what").err
    assert "not read: what, colour\n" in desk.fit("--events", events, "--action-col", "").err


def test_a_wrong_encoder_fails_before_anything_is_written(desk: Desk) -> None:
    events = desk.file("events.csv", EVENTS + "eve,pot,soon\n")
    told = desk.fit("--events", events, "--rejects", desk.folder / "bad.csv", encoder="no-such-encoder")
    assert told.code == 1
    assert "no-such-encoder" in told.err.splitlines()[-1]
    assert [path.name for path in desk.folder.iterdir()] == ["events.csv"]


@pytest.mark.parametrize("content", [bytes(range(256)), b"\x1f\x8b\x08\x00", "repeat = \N{PILE OF POO}".encode("utf-16")])
def test_settings_that_are_no_text_fail_in_one_line_that_names_the_file(desk: Desk, content: bytes) -> None:
    settings = desk.folder / "penchant.toml"
    settings.write_bytes(content)
    told = desk.fit("--events", desk.file("events.csv", EVENTS), "--config", settings)
    assert told.code == 1
    assert str(settings) in told.line()
    assert "unexpected" not in told.err
    assert not desk.out.exists()


def test_a_folder_that_is_in_use_keeps_its_lists_of_rejects(desk: Desk) -> None:
    events = desk.file("events.csv", EVENTS + "eve,pot,soon\n")
    assert desk.fit("--events", events).code == 0
    listed = desk.out / "rejects-events.csv"
    before = listed.read_bytes()
    with Log(desk.out / "log.sqlite"):
        told = desk.fit("--events", desk.file("other.csv", EVENTS))
    assert told.code == 1
    assert "is open in another process" in told.line()
    assert listed.read_bytes() == before


def test_events_on_items_of_an_earlier_fit_are_kept(desk: Desk) -> None:
    first = desk.fit("--events", desk.file("a.csv", EVENTS), "--items", desk.file("items.csv", "id,title\ntea,Tea\npot,Pot\n"))
    assert first.code == 0
    later = desk.file("b.csv", "user,item,time\nann,mug,1700000200\nann,pot,1700000300\nann,ghost,1700000400\n")
    told = desk.fit("--events", later, "--items", desk.file("new.csv", "id,title\nmug,Mug\n"), "--json").json()
    assert (told["items"], told["events"]) == (3, 4)
    assert told["read"]["events"]["rejected"] == 1


def test_more_than_half_of_the_rows_left_out_stands_out_with_the_commonest_reason(desk: Desk) -> None:
    rows = "".join(f"ann,tea,170000000{n},buy\n" for n in range(4))
    events = desk.file("events.csv", "user,item,time,action\n,tea,1700000000,view\n" + rows + "ann,tea,1700000000,view\n")
    told = desk.fit("--events", events)
    assert told.code == 0
    assert "WARNING: " in told.err
    assert "5 of 6 rows left out" in told.err
    assert "most often (4 times) as in row 2: action 'buy' is not a configured action" in told.err
    assert "[actions] in a file for --config" in told.err


def test_duplicates_are_told_in_words(desk: Desk) -> None:
    events = desk.file("events.csv", EVENTS + "ann,tea,1700000000\n")
    items = desk.file("items.csv", "id,title\ntea,Tea\npot,Pot\ntea,Green tea\ntea,Tea\n")
    told = desk.fit("--events", events, "--items", items)
    assert "events.csv: 1 duplicate row dropped, each event counts once" in told.err
    assert "items.csv: 2 duplicate rows dropped, the last of each id counts" in told.err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("e.csv", b"", " is empty"),
        ("e.csv", b"user,item,time\n", ": the file has a header and no rows"),
        ("e.jsonl", b"\n\n", ": the file has no rows"),
        ("e.csv", b"user,item,time\nann,tea,soon\n", ": not one row can be used, 1 row left out"),
        ("e.csv", "user,item,time\nann,\xe9,1\n".encode("latin-1"), ": byte 19 is not valid utf-8"),
    ],
)
def test_fit_refuses_files_it_can_do_nothing_with(desk: Desk, name: str, content: bytes, said: str) -> None:
    (desk.folder / name).write_bytes(content)
    told = desk.fit("--events", desk.folder / name)
    assert told.code == 1
    assert f"{name}{said}" in told.err.splitlines()[-1]
    assert ("--encoding" in told.err) == ("utf-8" in said)
    assert not (desk.out / "engine.safetensors").exists()


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("user,item\nann,tea\n", (), "no column for time; found: 'user', 'item'; name it with --time-col COLUMN"),
        ("who,item\nann,tea\n", (), "no column for user, nor for time; found: 'who', 'item'; name it with --user-col COLUMN"),
        (
            "who,item\nann,tea\n",
            ("--time-col", "item"),
            "no column for user; found: 'who', 'item'; name it with --user-col COLUMN",
        ),
        (EVENTS, ("--user-col", "who"), "user is mapped to column 'who', which is not there"),
        (EVENTS + "eve,pot,soon\n", ("--strict",), "row 3: time 'soon' is not a time"),
        (
            EVENTS.replace("time", "time,event").replace("000\n", "000,buy\n").replace("100\n", "100,view\n"),
            ("--strict",),
            "row 1: action 'buy' is not a configured action",
        ),
    ],
)
def test_errors_about_columns_and_rows_name_the_file(desk: Desk, content: str, arguments: tuple[str, ...], said: str) -> None:
    events = desk.file("events.csv", content)
    told = desk.fit("--events", events, *arguments)
    assert told.code == 1
    assert told.line().startswith(f"penchant: {events}: {said}")
    assert ("--config" in told.err) == ("action" in said)
    assert not desk.out.exists()
