"""Shifts of people as an engine tells them: planted in a log, asked for through every face."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from litestar.testing import TestClient

from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownUser
from penchant.serve.app import create_app
from penchant.shift import Moved
from penchant.types import DAY, Event, Item

KINDS = ("Tea", "Coffee", "Cake", "Soap")
ITEMS = [Item(id=f"{kind}{number}", title=f"{kind} {number}", categories=(kind,)) for kind in KINDS for number in range(6)]
TURN = 60  # days of tea before ann turns to coffee


def story(rng: np.random.Generator, user: str, days: int, mix: dict[int, list[float]]) -> list[Event]:
    """One event a day, of a kind drawn from the mix that holds since that day."""
    told = []
    for day in range(days):
        weights = mix[max(start for start in mix if start <= day)]
        kind = KINDS[int(rng.choice(len(KINDS), p=weights))]
        told.append(Event(user=user, item=f"{kind}{rng.integers(6)}", time=day * DAY + 3600.0 * float(rng.integers(20))))
    return told


@pytest.fixture(scope="module")
def log() -> list[Event]:
    rng = np.random.default_rng(5)
    calm = [event for n in range(12) for event in story(rng, f"calm{n}", 100, {0: rng.dirichlet([2, 2, 2, 2]).tolist()})]
    return calm + story(rng, "ann", 100, {0: [0.8, 0.05, 0.1, 0.05], TURN: [0.05, 0.8, 0.1, 0.05]})


@pytest.fixture(scope="module")
def engine(log: list[Event]) -> Iterator[Engine]:
    with Engine.fit(ITEMS, log, config=Config(encoder="hash", training=Training(epochs=0))) as made:
        yield made


def turned(shifts: tuple[Moved, ...]) -> list[tuple[str | None, ...]]:
    return [(one.kind, *(side.label if side else None for side in (one.source, one.target))) for one in shifts]


def test_who_turned_from_tea_to_coffee_moved_then_and_there(engine: Engine) -> None:
    (move,) = engine.shifts("ann")
    assert turned((move,)) == [("migrated", "Tea", "Coffee")]
    assert abs(move.at / DAY - TURN) < 5
    assert 0 < (move.detected_at - move.at) / DAY < 12
    assert 0.4 < move.effect < 1
    assert move.error_probability < 0.1
    ids, _, events = engine.log.history(engine.log.user("ann"))
    shown = [engine.catalog.items[events.item[ids.index(event)]].categories for event in move.evidence]
    assert len(shown) >= 3
    assert set(shown) == {("Coffee",)}


def test_a_past_time_knows_what_was_found_up_to_then(engine: Engine) -> None:
    (move,) = engine.shifts("ann")
    assert engine.shifts("ann", at=move.detected_at) == (move,)
    assert engine.shifts("ann", at=move.detected_at - 1) == ()
    assert engine.shifts("ann", since=move.detected_at) == (move,)
    assert engine.shifts("ann", since=move.detected_at + 1) == ()


def test_people_who_stay_as_they_are_have_no_shift(engine: Engine) -> None:
    assert sum(len(engine.shifts(f"calm{n}")) for n in range(12)) <= 2  # 1,200 events at half an alarm per thousand


def test_shifts_do_not_depend_on_the_order_of_arrival(engine: Engine, log: list[Event]) -> None:
    told = [event for event in log if event.user == "ann"]
    for number, place in enumerate(np.random.default_rng(0).permutation(len(told)).tolist()):
        copied = Event(user="eve", item=told[place].item, time=told[place].time, id=f"eve-{place}")
        assert engine.observe([copied]).accepted == 1, number
    mine, hers = engine.shifts("eve"), engine.shifts("ann")
    assert [(one.kind, one.at, one.detected_at, one.effect) for one in mine] == [
        (one.kind, one.at, one.detected_at, one.effect) for one in hers
    ]


def test_shifts_survive_a_restart(engine: Engine, log: list[Event], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shop") / "kept"
    config = Config(encoder="hash", training=Training(epochs=0))
    with Engine.fit(ITEMS, log, folder=folder, config=config) as made:
        before = made.shifts("ann")
    with Engine.load(folder) as loaded:
        assert loaded.shifts("ann") == before != ()


def test_http_tells_the_same(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: 200 * DAY)) as client:
        told = client.get("/v1/users/ann/shifts").json()
        assert (told["user"], told["at"]) == ("ann", 200 * DAY)
        (move,) = told["shifts"]
        assert move.keys() == {"kind", "from", "to", "at", "detected_at", "effect", "error_probability", "evidence"}
        assert (move["kind"], move["from"], move["to"]["id"]) == (
            "migrated",
            {"id": "category:Tea", "label": "Tea"},
            "category:Coffee",
        )
        later = move["detected_at"] + 1
        assert client.get(f"/v1/users/ann/shifts?since={later}").json()["shifts"] == []
        assert client.get("/v1/users/nobody/shifts").status_code == 404
        assert client.get("/v1/users/ann/shifts?since=soon").status_code == 400


def test_a_stranger_has_no_shifts_to_tell(engine: Engine) -> None:
    with pytest.raises(UnknownUser):
        engine.shifts("nobody")


def test_a_budget_must_be_one() -> None:
    with pytest.raises(InvalidInput, match="false_alarms are per 1,000 events, above 0 and up to 100, got 0"):
        Config(false_alarms=0)


@pytest.mark.parametrize(("kinds", "events"), [(1, 5), (2, 0)])
def test_what_is_watched_is_the_same_after_a_restart_even_where_nobody_can_move(tmp_path: Path, kinds: int, events: int) -> None:
    items = [Item(id=f"{n}", title=f"Thing {n}", categories=(KINDS[n % kinds],)) for n in range(4)]
    told = [Event(user=f"u{n}", item="0", time=n * DAY) for n in range(events)]
    with Engine.fit(items, told, folder=tmp_path, config=Config(encoder="hash", training=Training(epochs=0))) as engine:
        topics, themes = engine.known.watch.topics, [one.themes for one in engine.recommend("u0").items]
        assert len(topics) == kinds
    with Engine.load(tmp_path) as again:
        assert again.known.watch.topics == topics
        assert [one.themes for one in again.recommend("u0").items] == themes
