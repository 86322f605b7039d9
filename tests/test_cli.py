"""The command line on a tiny shop: what is printed where, and with which exit code."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from penchant.cli.app import run
from penchant.cli.columns import EVENT_FIELDS, ITEM_FIELDS
from penchant.events.columns import EVENT_ROLES, ITEM_ROLES

ITEMS = """sku,name,genres
tea,绿茶 green tea,Drinks|Tea
pot,Teapot,Kitchen|Tea
cof,Coffee beans,Drinks|Coffee
mug,"Mug, large",Kitchen
"a,b",Two words,Odd
"""
EVENTS = """customer,sku,timestamp,rating
ann,tea,2024-01-01,5
ann,pot,2024-01-02T10:00:00Z,4
bob,cof,1704200000,3
eve,tea,2024-01-03,4
"""
BAD = """bob,mug,yesterday,3
bob,ghost,1704200001,3
"""
MAPPED = ("--item-id-col", "sku", "--item-col", "sku", "--user-col", "customer", "--encoder", "hash")


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.out)
        return told


Penchant = Callable[..., Result]


@pytest.fixture
def penchant(capsys: pytest.CaptureFixture[str]) -> Penchant:
    def command(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return command


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    (folder / "bad.csv").write_text(EVENTS + BAD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shop(files: Path) -> Path:
    out = files / "shop"
    assert (
        run(["fit", "--items", str(files / "items.csv"), "--events", str(files / "events.csv"), "--out", str(out), *MAPPED]) == 0
    )
    return out


def one_line(err: str) -> str:
    """The only line on stderr."""
    assert err.startswith("penchant: ")
    assert err.count("\n") == 1
    return err


def test_help_lists_every_command_and_version_says_it(penchant: Penchant) -> None:
    shown = penchant("--help")
    assert shown.code == 0
    for command in ("demo", "fit", "serve", "recommend", "interests", "users", "evaluate", "datasets"):
        assert f"  {command} " in shown.out
    assert "..." not in shown.out.replace("[ARGS]...", "")
    assert penchant().out == shown.out
    assert penchant("--version").out.startswith("penchant 0.")


def test_fit_says_what_it_learned(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    told = penchant("fit", "--items", files / "items.csv", "--events", files / "events.csv", "--out", tmp_path / "a", *MAPPED)
    assert told.code == 0
    assert "3 users, 5 items, 4 events" in told.out
    assert "popular-week" in told.out
    assert "folding histories" in told.err
    assert not list((tmp_path / "a").glob("rejects*"))


def test_fit_lists_rows_left_out_with_their_number_and_reason(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    arguments = ("--items", files / "items.csv", "--events", files / "bad.csv", "--out", tmp_path, *MAPPED, "--json")
    told = penchant("fit", *arguments)
    assert told.code == 0
    assert told.json()["events"] == 4
    read = told.json()["read"]["events"]
    assert (read["used"], read["rejected"], read["duplicates"], read["cleaned"]) == (4, 2, 0, 0)
    assert "2 rows left out" in told.err
    listed = tmp_path / "rejects-events.csv"
    assert told.json()["rejects"] == {"events": str(listed)}
    rows = list(csv.DictReader(listed.read_text(encoding="utf-8").splitlines()))
    assert [(row["row"], row["field"], row["value"]) for row in rows] == [("5", "time", "yesterday"), ("6", "item", "ghost")]
    again = penchant("fit", *arguments[:2], "--events", files / "events.csv", *arguments[4:])
    assert again.json()["rejects"] == {}
    assert not listed.exists()


def test_fit_lists_rejects_where_it_is_told_to(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    bad = tmp_path / "items.csv"
    bad.write_text(ITEMS + ",nameless,x\n", encoding="utf-8")
    named = ("--out", tmp_path / "out", "--rejects", tmp_path / "lists" / "bad.csv")
    assert penchant("fit", "--items", bad, "--events", files / "bad.csv", *named, *MAPPED).code == 0
    assert (tmp_path / "lists" / "bad.csv").read_text().count("\n") == 3
    assert "6,id,,is missing" in (tmp_path / "lists" / "bad-items.csv").read_text().replace('""', "")


def test_strict_fit_stops_at_the_first_bad_row(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = penchant("fit", "--items", files / "items.csv", "--events", files / "bad.csv", "--out", out, *MAPPED, "--strict")
    assert told.code == 1
    assert "row 5: time 'yesterday'" in one_line(told.err)
    assert not out.exists()


def test_every_field_of_events_and_items_has_an_option() -> None:
    assert set(EVENT_FIELDS) == set(EVENT_ROLES)
    assert set(ITEM_FIELDS) == set(ITEM_ROLES)


def test_fit_without_items_takes_the_ids_that_events_name(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    told = penchant("fit", "--events", files / "events.csv", "--out", tmp_path, *MAPPED[2:], "--json")
    assert told.json()["items"] == 3


def test_settings_come_from_the_file_and_options_go_before(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    settings = tmp_path / "penchant.toml"
    settings.write_text('encoder = "use"\nrepeat = true\n')
    base = ("fit", "--events", files / "events.csv", "--out", tmp_path / "out", *MAPPED[2:], "--json", "--config", settings)
    told = penchant(*base)
    assert (told.json()["encoder"], told.json()["repeat"]) == ("hash", True)
    settings.write_text("colour = 1\n")
    assert "colour" in one_line(penchant(*base).err)
    assert penchant(*base[:-1], tmp_path / "none.toml").code == 1


def test_recommend_gives_titles_scores_sources_and_reasons(penchant: Penchant, shop: Path) -> None:
    told = penchant("recommend", shop, "ann")
    assert told.code == 0
    assert told.err == ""
    for part in ("title", "score", "source", "because", "Coffee beans", "%"):
        assert part in told.out
    assert "Teapot" not in [row.split("  ")[1] for row in told.out.splitlines()[2:]]


def test_recommend_prints_the_json_of_the_http_service(penchant: Penchant, shop: Path) -> None:
    slate = penchant("recommend", shop, "ann", "-k", "2", "--json").json()
    assert set(slate) == {"slate", "user", "at", "items"}
    assert set(slate["items"][0]) == {"item", "title", "categories", "themes", "score", "source", "because"}
    assert set(slate["items"][0]["because"][0]) == {"kind", "id", "label", "value"}
    assert len(slate["items"]) == 2


def test_recommend_reads_chinese(penchant: Penchant, shop: Path) -> None:
    slate = penchant("recommend", shop, "--text", "绿茶", "-k", "1", "--json").json()
    assert slate["items"][0]["title"] == "绿茶 green tea"


def test_recommend_takes_histories_filters_and_exclusions(penchant: Penchant, shop: Path) -> None:
    slate = penchant("recommend", shop, "--history", 'tea,"a,b"', "--exclude", "cof", "--json").json()
    assert {item["item"] for item in slate["items"]} == {"pot", "mug"}
    assert {
        i["item"] for i in penchant("recommend", shop, "--history", "a,b", "--category", "tea", "--json").json()["items"]
    } == {
        "tea",
        "pot",
    }


def test_recommend_to_a_stranger_shows_what_is_popular_and_says_so(penchant: Penchant, shop: Path) -> None:
    told = penchant("recommend", shop, "zed", "--json")
    assert told.code == 0
    assert told.json()["items"][0]["item"] == "tea"
    assert "user 'zed' has no events" in told.err


def test_an_empty_slate_is_explained(penchant: Penchant, shop: Path) -> None:
    told = penchant("recommend", shop, "ann", "--category", "no such thing", "--json")
    assert told.code == 0
    assert told.json()["items"] == []
    assert "loosen" in told.err


def test_recommend_at_a_past_time_does_not_know_what_came_later(penchant: Penchant, shop: Path) -> None:
    past = penchant("recommend", shop, "ann", "--at", "2024-01-01T12:00:00Z", "--json").json()
    assert past["at"] == 1704110400.0
    assert "pot" in {item["item"] for item in past["items"]}


def test_interests_shows_strengths_trends_and_nearest_items(penchant: Penchant, shop: Path) -> None:
    told = penchant("interests", shop, "ann")
    assert told.code == 0
    for part in ("Tea", "█", "→", "trial", "Nearest", "Teapot"):
        assert part in told.out
    account = penchant("interests", shop, "ann", "--json").json()
    assert account["interests"][0]["id"] == "category:Tea"


def test_compare_sets_two_times_side_by_side(penchant: Penchant, shop: Path) -> None:
    told = penchant("compare", shop, "ann", "2024-01-01", "2024-02-01")
    assert told.code == 0
    for part in ("2024-01-01", "2024-02-01", "Tea", "nothing"):
        assert part in told.out
    found = penchant("compare", shop, "ann", "2023-12-01", "--json").json()
    assert [one["before"] for one in found["differences"]] == [0.0] * len(found["differences"]) != []
    assert "is not a time" in penchant("compare", shop, "ann", "soon").err


def test_shifts_of_somebody_without_any_say_so(penchant: Penchant, shop: Path) -> None:
    told = penchant("shifts", shop, "ann")
    assert (told.code, told.out.startswith("no shift of ann's interests was found up to 2024-01-")) == (0, True)
    assert penchant("shifts", shop, "ann", "--json").json()["shifts"] == []
    assert penchant("shifts", shop, "nobody").code == 1


def test_interests_of_nobody_fail_in_one_line(penchant: Penchant, shop: Path) -> None:
    told = penchant("interests", shop, "nobody", "--json")
    assert (told.code, told.out) == (1, "")
    assert "check the id" in one_line(told.err)


def test_users_come_most_active_first(penchant: Penchant, shop: Path) -> None:
    told = penchant("users", shop, "--json", "--limit", "2").json()
    assert told["total"] == 3
    assert [(user["user"], user["events"]) for user in told["users"]] == [("ann", 2), ("bob", 1)]
    assert "2024-01-02 10:00" in penchant("users", shop).out


@pytest.mark.parametrize("command", [("recommend", "ann"), ("interests", "ann"), ("users",), ("serve",)])
def test_a_folder_that_was_not_fitted_is_an_error_and_stays_as_it_was(
    penchant: Penchant, tmp_path: Path, command: tuple[str, ...]
) -> None:
    told = penchant(command[0], tmp_path / "none", *command[1:])
    assert told.code == 1
    assert "run: penchant fit" in one_line(told.err)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("recomend",), "No such command 'recomend'"),
        (("fit", "--bad"), "No such option"),
        (("fit", "--events", "x.csv"), "--out"),
        (("recommend", "DIR"), "name a USER"),
        (("recommend", "DIR", ""), "USER must be an id, got ''"),
        (("interests", "DIR", " "), "USER must be an id, got ' '"),
        (("recommend", "DIR", "--history", ""), "--history names no item"),
        (("recommend", "DIR", "--history", " ,"), "--history names no item"),
        (("recommend", "DIR", "ann", "-k", "0"), "greater than or equal to 1"),
        (("recommend", "DIR", "ann", "--at", "soon"), "'soon' is not a time"),
        (("serve", "DIR", "--clock", "sun"), "'sun'"),
        (("evaluate",), "give either"),
        (("evaluate", "ml-1m", "--protocol", "magic"), "'magic'"),
        (("users", "\udcff"), "not valid text"),
    ],
)
def test_wrong_usage_exits_with_2_and_one_line(penchant: Penchant, arguments: tuple[str, ...], said: str) -> None:
    told = penchant(*arguments)
    assert (told.code, told.out) == (2, "")
    assert said in one_line(told.err)
    assert "--help" in told.err


def test_both_a_user_and_a_history_fail_in_one_line(penchant: Penchant, shop: Path) -> None:
    told = penchant("recommend", shop, "ann", "--history", "tea")
    assert told.code == 1
    assert "not both" in one_line(told.err)


def test_an_unexpected_error_is_one_line_and_debug_shows_where(
    penchant: Penchant, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("so\nit goes")

    monkeypatch.setattr("penchant.engine.Engine.load", broken)
    told = penchant("users", shop)
    assert told.code == 1
    assert "unexpected ZeroDivisionError: so it goes" in one_line(told.err)
    assert f"penchant --debug users {shop}" in told.err
    assert "Traceback" in penchant("--debug", "users", shop).err


def test_the_system_refusing_a_file_is_one_line(penchant: Penchant, files: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    told = penchant("fit", "--events", files / "events.csv", "--out", occupied, *MAPPED[2:])
    assert told.code == 1
    assert str(occupied) in told.err.splitlines()[-1]
    assert "Traceback" not in told.err
