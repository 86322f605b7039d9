"""Plots: files are what their endings say, hold the numbers of --json, and are written whole or not at all."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from penchant.cli.app import run
from penchant.cli.course import course
from penchant.cli.plots import files
from penchant.config import Config
from penchant.engine import Engine
from penchant.types import DAY, Event
from tests.worlds import FILMS, story

ENDINGS = ("png", "svg", "pdf", "html")
EVIL = '<b>&"'


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


Penchant = Callable[..., Result]


@pytest.fixture
def penchant(capsys: pytest.CaptureFixture[str]) -> Penchant:
    def command(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return command


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    events = [*story(), Event(user=EVIL, item="alien", time=1.6e9), Event(user=EVIL, item="kiss", time=1.6e9 + 5 * DAY)]
    Engine.fit(FILMS, events, folder=folder, config=Config(encoder="hash")).close()
    return folder


COMMANDS = {
    "interests": ("interests",),
    "shifts": ("shifts",),
    "compare": ("compare", "2020-09-15"),
}


def arguments(command: str, shop: Path, user: str = "u1") -> list[str | Path]:
    name, *more = COMMANDS[command]
    return [name, shop, user, *more]


def is_what_it_says(path: Path) -> bool:
    content = path.read_bytes()
    match path.suffix:
        case ".png":
            return content.startswith(b"\x89PNG\r\n") and content.endswith(b"IEND\xaeB`\x82")
        case ".pdf":
            return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
        case ".svg":
            return ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    return content.startswith(b"<!doctype html>") and content.rstrip().endswith(b"</html>") and content.count(b"<svg") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_ending_is_a_file_of_its_format_and_nothing_else_is_left(
    command: str, penchant: Penchant, shop: Path, tmp_path: Path
) -> None:
    for ending in ENDINGS:
        told = penchant(*arguments(command, shop), "--plot", tmp_path / f"a.{ending}")
        assert (told.code, told.err) == (0, f"The plot is {tmp_path / f'a.{ending}'}\n")
        assert is_what_it_says(tmp_path / f"a.{ending}")
    assert {path.name for path in tmp_path.iterdir()} == {f"a.{ending}" for ending in ENDINGS}


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_the_same_with_and_without_a_plot(command: str, penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    plain = penchant(*arguments(command, shop), "--json")
    assert plain.code == 0
    assert penchant(*arguments(command, shop), "--json", "--plot", tmp_path / "a.svg").out == plain.out


def values(page: str, table: int) -> list[float]:
    """The exact numbers in a table of a page."""
    return [float(found) for found in re.findall(r'<data value="(.*?)">', page.split("<table>")[table + 1])]


def told_and_page(penchant: Penchant, given: list[str | Path], tmp_path: Path) -> tuple[Any, str]:
    told = penchant(*given, "--json", "--plot", tmp_path / "page.html")
    return json.loads(told.out), (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_of_interests_holds_the_shares_of_the_json(penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    told, page = told_and_page(penchant, arguments("interests", shop), tmp_path)
    assert values(page, 0) == [one["share"] for one in told["interests"]]
    assert len(told["interests"]) >= 3


def test_a_page_of_a_comparison_holds_the_shares_of_the_json(penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    told, page = told_and_page(penchant, arguments("compare", shop), tmp_path)
    found = iter(values(page, 0))
    for one in told["differences"]:
        assert (next(found), next(found)) == (one["before"], one["after"])
        assert next(found) == one["after"] - one["before"]
    assert told["differences"]


def test_what_people_wrote_is_escaped_and_nothing_is_fetched(penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    for command in COMMANDS:
        _, page = told_and_page(penchant, arguments(command, shop, EVIL), tmp_path)
        assert EVIL not in page
        assert "&lt;b&gt;&amp;" in page
        assert not re.search(r"<script|<link|@import|src=|url\((?!#)", page)
        assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_file_is_told_in_one_line_before_anything_is_read(command: str, penchant: Penchant, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    for name, fault in (
        ("a.gif", "must end with .png, .svg, .pdf or .html"),
        ("a", "must end with .png, .svg, .pdf or .html"),
        ("folder.png", "is a folder; name a file in it"),
        ("none/a.png", "is not there; make it first"),
    ):
        told = penchant(*arguments(command, tmp_path / "nothing fitted"), "--plot", tmp_path / name)
        assert (told.code, told.out) == (2, "")
        assert told.err.count("\n") == 1
        assert fault in told.err
    assert {path.name for path in tmp_path.iterdir()} == {"folder.png"}


def test_without_matplotlib_it_says_what_to_install(penchant: Penchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    told = penchant("interests", tmp_path, "ann", "--plot", tmp_path / "a.png")
    assert (told.code, told.out) == (1, "")
    assert told.err == "penchant: --plot draws with Matplotlib, which is not installed; pip install 'penchant[plot]'\n"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="taken") as caught:
        files.written(taken, b"content")
    assert caught.value.filename == str(taken.resolve())
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_an_unwritable_file_fails_in_one_line(penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    told = penchant(*arguments("compare", shop), "--plot", tmp_path / f"{'x' * 300}.png")
    assert told.code == 1
    assert told.err.count("\n") == 1
    assert "check the path" in told.err
    assert not list(tmp_path.iterdir())


def test_a_plot_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("old")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    files.written(tmp_path / "link.png", b"new")
    assert (tmp_path / "a.png").read_bytes() == b"new"
    assert (tmp_path / "link.png").is_symlink()


def test_strangers_and_times_before_the_first_event_have_no_plot(penchant: Penchant, shop: Path, tmp_path: Path) -> None:
    for command in ("interests", "shifts"):
        told = penchant(command, shop, "u1", "--at", "2001-01-01", "--plot", tmp_path / "a.png")
        assert told.code == 1
        assert "u1 had done nothing by 2001-01-01 00:00 UTC" in told.err
        assert penchant(command, shop, "nobody", "--plot", tmp_path / "a.png").code == 1
    assert not list(tmp_path.iterdir())


def test_a_course_runs_from_the_first_event_to_the_time_asked_for(shop: Path) -> None:
    with Engine.load(shop) as engine:
        life = course(engine, "u1", engine.now)
        assert life is not None
        assert (life.times[0], life.times[-1], len(life.events)) == (life.events[0], engine.now, 7)
        assert course(engine, "u1", life.events[0] - 1) is None


def test_the_terminal_shows_how_interests_came_about(penchant: Penchant, shop: Path) -> None:
    told = penchant("interests", shop, "u1")
    assert told.code == 0
    assert "How that came about, 2020-09-13 to " in told.out
