"""Forecasts of topic mixes through every face: the engine, HTTP and the command line, and the durations they are asked for."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownUser
from penchant.events.times import parse_duration
from penchant.serve.app import create_app
from penchant.shift.forecast import Forecast
from penchant.types import DAY, Event, Item

KINDS = ("Tea", "Coffee", "Cake", "Soap")
ITEMS = [Item(id=f"{kind}{number}", title=f"{kind} {number}", categories=(kind,)) for kind in KINDS for number in range(4)]
CONFIG = Config(encoder="hash", training=Training(epochs=0))


class Kept(NamedTuple):
    """A folder, and what the engine that was fitted there foresaw before it was closed."""

    folder: Path
    told: Forecast


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Fourteen people with a taste each for 90 days; ann has one for tea."""
    rng = np.random.default_rng(5)
    tastes = {"ann": [0.85, 0.05, 0.05, 0.05]} | {f"u{n}": rng.dirichlet([1.0] * 4).tolist() for n in range(13)}
    log = [
        Event(user=user, item=f"{KINDS[rng.choice(4, p=taste)]}{rng.integers(4)}", time=day * DAY + 60.0 * n)
        for n, (user, taste) in enumerate(tastes.items())
        for day in range(90)
    ]
    folder = tmp_path_factory.mktemp("shop") / "kept"
    with Engine.fit(ITEMS, [*log, Event(user="new", item="Soap1", time=89.5 * DAY)], folder=folder, config=CONFIG) as made:
        return Kept(folder, made.forecast("u1", 30 * DAY))


@pytest.fixture(scope="module")
def engine(kept: Kept) -> Iterator[Engine]:
    with Engine.load(kept.folder) as made:
        yield made


def test_an_engine_foresees_a_lasting_taste(engine: Engine) -> None:
    told = engine.forecast("ann", 30 * DAY)
    assert (told.user, told.at, told.ahead) == ("ann", engine.now, 30 * DAY)
    assert [told.topics[0].id, told.topics[0].label, told.basis] == ["category:Tea", "Tea", "own past"]
    assert told.topics[0].share > 0.6
    assert sum(topic.share for topic in told.topics) == pytest.approx(1)
    assert [topic.share for topic in told.topics] == sorted((topic.share for topic in told.topics), reverse=True)


def test_who_did_one_thing_is_expected_to_be_like_everybody(engine: Engine) -> None:
    told = engine.forecast("new", 7 * DAY)
    assert told.basis in ("everybody", "own past and everybody")
    soap = next(topic for topic in told.topics if topic.label == "Soap")
    assert soap.now == 1
    assert soap.share < 0.7


def test_a_past_time_knows_only_what_was_done_by_then(engine: Engine) -> None:
    then = engine.forecast("ann", 7 * DAY, at=40 * DAY)
    later = [Event(user="ann", item="Soap1", time=41 * DAY + 60.0 * n, id=f"soap{n}") for n in range(20)]
    now = engine.forecast("ann", 7 * DAY, at=41 * DAY)
    assert engine.observe(later).accepted == 20
    assert engine.forecast("ann", 7 * DAY, at=40 * DAY) == then
    soaps = [
        next(topic.share for topic in told.topics if topic.label == "Soap")
        for told in (now, engine.forecast("ann", 7 * DAY, 42 * DAY))
    ]
    assert soaps[1] > soaps[0] + 0.05


def test_forecasts_survive_saving_bit_by_bit(engine: Engine, kept: Kept) -> None:
    assert engine.forecast("u1", 30 * DAY) == kept.told
    assert len(kept.told.topics) == len(KINDS)


def test_strangers_and_times_that_are_none_are_refused(engine: Engine) -> None:
    with pytest.raises(UnknownUser):
        engine.forecast("nobody", DAY)
    with pytest.raises(InvalidInput, match="ahead must be seconds"):
        engine.forecast("ann", float("nan"))
    with pytest.raises(InvalidInput, match="at must be epoch seconds between 1970 and the year 4000, got nan"):
        engine.forecast("ann", DAY, float("nan"))


def test_a_log_without_topics_has_nothing_to_foresee() -> None:
    with Engine.fit([Item(id="tea")], [Event(user="ann", item="tea", time=1.0)], config=CONFIG) as made:
        assert made.forecast("ann", DAY).topics == ()


def test_http_tells_the_same_and_names_a_field_at_fault(engine: Engine) -> None:
    now, path = engine.now, "/v1/users/ann/forecast"
    with TestClient(create_app(engine, clock=lambda: now)) as client:
        told = client.get(f"{path}?ahead=P7D&at={40 * DAY}").json()
        assert told.keys() == {"user", "at", "ahead", "topics", "basis", "own"}
        assert told["topics"][0].keys() == {"id", "label", "share", "low", "high", "now"}
        mine = engine.forecast("ann", 7 * DAY, 40 * DAY)
        assert [topic["share"] for topic in told["topics"]] == [topic.share for topic in mine.topics]
        assert client.get(path).json()["ahead"] == 30 * DAY
        assert client.get(f"{path}?ahead=3600").json()["ahead"] == 3600
        for wrong, reason in (
            ("soon", "must be an ISO 8601 duration"),
            ("-5", "above 0 and up to five years"),
            ("P9Y", "five years"),
        ):
            problem = client.get(f"{path}?ahead={wrong}")
            assert (problem.status_code, problem.json()["errors"][0]["field"]) == (400, "ahead")
            assert reason in problem.json()["detail"]
        assert client.get("/v1/users/nobody/forecast").status_code == 404
        document = client.get("/docs/openapi.json").json()
        assert "Forecast" in document["components"]["schemas"]


def test_the_command_line_shows_now_beside_then(
    kept: Kept, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(shutil.copytree(kept.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock")))
    assert run(["forecast", folder, "ann", "--ahead", "P7D", "--at", str(40 * DAY)]) == 0
    table = capsys.readouterr().out
    assert table.startswith("ann, from 1970-02-10 00:00 to 1970-02-17 00:00 UTC")
    assert re.search(r"Tea +\d+% +█+\S* +\d+% +\d+% to \d+%", table)
    assert "from their own past" in table
    assert run(["forecast", folder, "ann", "--ahead", "P7D", "--at", str(40 * DAY), "--json"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out, type=Forecast)
    assert told == engine.forecast("ann", 7 * DAY, 40 * DAY)


@pytest.mark.parametrize("ahead", ["soon", "P9Y", "-5", "nan"])
def test_a_time_ahead_that_is_none_is_a_usage_error(kept: Kept, ahead: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forecast", str(kept.folder), "ann", f"--ahead={ahead}"]) == 2
    told = capsys.readouterr().err
    assert f"'{ahead}' is not a time ahead; write P7D, P1M, PT12H or seconds, up to five years" in told
    assert told.count("\n") == 1


@given(st.lists(st.integers(0, 500), min_size=7, max_size=7).filter(any))
def test_a_duration_is_the_sum_of_its_parts(counts: list[int]) -> None:
    days, hours = (
        "".join(f"{count}{letter}" for count, letter in zip(some, letters, strict=True) if count)
        for some, letters in ((counts[:4], "YMWD"), (counts[4:], "HMS"))
    )
    units = (365 * DAY, 30 * DAY, 7 * DAY, DAY, 3600.0, 60.0, 1.0)
    assert parse_duration(f"P{days}{'T' if hours else ''}{hours}") == sum(np.multiply(counts, units))


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "7D", "P7", "P-1D", "P1H", "PT1D", "P1D2Y", "a week"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None
