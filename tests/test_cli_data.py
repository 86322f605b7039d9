"""The commands around data sets: list, get, evaluate and demo, without a network."""

import json
import socket
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
import pytest

from penchant import assets
from penchant.assets import Dataset, Description
from penchant.cli.app import run
from penchant.cli.demo import HOST, _port

ITEMS = pl.DataFrame({"id": [f"i{n}" for n in range(12)], "title": [f"Film {n}" for n in range(12)]})


class Printed(NamedTuple):
    """What a command printed."""

    code: int
    out: str
    err: str


def films() -> Dataset:
    """Forty people, twelve films, a month."""
    rng = np.random.default_rng(0)
    rows = [(f"u{u}", f"i{i}", 86_400.0 * day) for u in range(40) for day, i in enumerate(rng.permutation(12)[:8])]
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    return Dataset("ml-1m", ITEMS, events, "Research use; cite.", "A paper.", "here", "sha")


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The only data set, already here, in an empty cache."""
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path))
    one = Description(
        name="ml-1m",
        summary="films",
        users=40,
        items=12,
        events=320,
        download=13_516_114,
        licence="Research use; cite.",
        citation="A paper.",
        sources=("there",),
        cached=True,
        origin="there",
        folder=tmp_path / "d",
    )
    monkeypatch.setattr("penchant.assets.describe", lambda name: one)
    monkeypatch.setattr("penchant.assets.names", lambda: ("ml-1m",))
    monkeypatch.setattr("penchant.assets.load", lambda name, **options: films())


def penchant(capsys: pytest.CaptureFixture[str], *arguments: str) -> Printed:
    capsys.readouterr()
    code = run(arguments)
    return Printed(code, *capsys.readouterr())


def test_datasets_list_shows_size_terms_and_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    told = penchant(capsys, "datasets", "list")
    for part in ("ml-1m", "13.5 MB", "yes", "Research use"):
        assert part in told.out
    assert json.loads(penchant(capsys, "datasets", "list", "--json").out)["datasets"][0]["events"] == 320


def test_datasets_get_tells_the_terms_and_the_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = penchant(capsys, "datasets", "get", "ml-1m")
    assert str(tmp_path / "d") in told.out
    assert "Research use; cite." in told.err
    assert "Cite: A paper." in told.err
    assert json.loads(penchant(capsys, "datasets", "get", "ml-1m", "--json").out)["folder"] == str(tmp_path / "d")


def test_datasets_get_names_the_option_for_data_that_is_not_downloaded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = msgspec.structs.replace(assets.describe("ml-1m"), download=0, cached=False)
    monkeypatch.setattr("penchant.assets.describe", lambda name: absent)
    told = penchant(capsys, "datasets", "get", "online-retail")
    assert told.code == 1
    assert "penchant datasets get online-retail --from FOLDER" in told.err


def test_demo_learns_once_and_shows_people_and_a_chinese_query(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    first = penchant(capsys, "demo", "--encoder", "hash", "--no-serve")
    assert first.code == 0
    assert "Learning from 320 events" in first.err
    for part in ("User u", "They last had: Film", "太空科幻"):
        assert part in first.out
    again = penchant(capsys, "demo", "--encoder", "hash", "--no-serve", "--json")
    assert "Learning" not in again.err
    told = json.loads(again.out)
    assert told["folder"] == str(tmp_path / "demo" / "ml-1m")
    assert told["url"] is None
    assert len(told["users"]) == 3
    assert told["query"]["slate"]["items"]


def test_demo_fits_again_what_it_cannot_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ("demo", "--encoder", "hash", "--no-serve", "--folder", str(tmp_path / "f"))
    assert penchant(capsys, *arguments).code == 0
    (tmp_path / "f" / "engine.safetensors").write_bytes(b"nonsense")
    told = penchant(capsys, *arguments)
    assert told.code == 0
    assert "fitting again" in told.err


def test_a_port_in_use_gives_way_to_the_next_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert port < _port(port) < port + 20
    assert f"port {port} is in use" in capsys.readouterr().err


def test_evaluate_compares_systems_on_a_data_set_on_files_and_on_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    which = ("--systems", "popularity,penchant", "--encoder", "hash", "-k", "3")
    told = penchant(capsys, "evaluate", "ml-1m", *which, "--html", str(tmp_path / "page.html"))
    assert told.code == 0
    assert "ndcg@3" in told.out
    assert "<html" in (tmp_path / "page.html").read_text()
    events, items = tmp_path / "events.csv", tmp_path / "items.csv"
    films().events.write_csv(events)
    ITEMS.write_csv(items)
    from_files = penchant(capsys, "evaluate", "--events", str(events), "--items", str(items), *which, "--json")
    report = json.loads(from_files.out)
    assert {system["name"] for system in report["systems"]} == {"popularity", "penchant"}
    shop = str(tmp_path / "shop")
    assert penchant(capsys, "fit", "--events", str(events), "--items", str(items), "--out", shop, "--encoder", "hash").code == 0
    again = json.loads(penchant(capsys, "evaluate", shop, *which, "--protocol", "leave-one-out", "--json").out)
    assert again["protocol"] == "leave-one-out"
    assert again["requests"] == 40


def test_evaluate_names_the_systems_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = penchant(capsys, "evaluate", "ml-1m", "--systems", "magic", "--encoder", "hash")
    assert told.code == 1
    assert "choose among popularity" in told.err.splitlines()[-1]
