"""Who there is, and how their interests went: users by id or by how much they did, and timelines."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.config import Config
from penchant.engine import Engine
from penchant.events.log import Presence
from penchant.serve import create_app
from penchant.types import DAY, Event, Item
from tests.test_log import batches, first_of_each, fresh_log, ones

NOW = 1_700_000_000.0  # epoch seconds: what the service's clock says
ITEMS = [Item(id=f"i{n}", categories=("Tea", "Hot") if n % 2 else ("Mugs",)) for n in range(40)]
EVENTS = [Event(user=f"u{n % 5}", item=f"i{n * 7 % 40}", time=NOW - 100 * DAY + n * DAY, id=f"e{n}") for n in range(60)]
Client = TestClient[Any]


@pytest.fixture
def client() -> Iterator[Client]:
    engine = Engine.fit(ITEMS, EVENTS, config=Config(encoder="hash"))
    with engine, TestClient(create_app(engine, clock=lambda: NOW)) as client:
        yield client


def test_users_are_found_by_prefix_each_with_the_span_of_their_events(client: Client) -> None:
    first, last = (NOW + day * DAY for day in (-100, -45))
    assert client.get("/v1/users?prefix=u&limit=2").json() == {
        "users": [
            {"user": "u0", "events": 12, "first": first, "last": last},
            {"user": "u1", "events": 12, "first": first + DAY, "last": last + DAY},
        ],
        "total": 5,
    }


def test_the_busiest_users_come_first_when_asked_so(client: Client) -> None:
    fresh = [{"user": "u3", "item": "i1"}, {"user": "u3", "item": "i2"}, {"user": "u1", "item": "i1"}]
    assert client.post("/v1/events", json={"events": fresh}).json()["accepted"] == 3
    users = client.get("/v1/users?sort=events&limit=3").json()["users"]
    assert [(one["user"], one["events"]) for one in users] == [("u3", 14), ("u1", 13), ("u0", 12)]


def test_a_timeline_is_the_interests_at_each_of_its_times(client: Client) -> None:
    told = client.get("/v1/users/u1/interests?points=7").json()
    times = [point["at"] for point in told["points"]]
    assert (told["user"], len(times), times[0], times[-1]) == ("u1", 7, NOW - 99 * DAY, NOW - 44 * DAY)
    for point in told["points"]:
        then = client.get("/v1/users/u1/interests", params={"at": point["at"]}).json()["interests"]
        assert point["interests"] == [{name: one[name] for name in ("id", "label", "theme", "share", "strength")} for one in then]


def test_a_timeline_goes_from_and_to_the_times_given(client: Client) -> None:
    query: dict[str, str | float] = {"from": "2022-01-01", "to": NOW + DAY}
    points = client.get("/v1/users/u1/interests", params=query).json()["points"]
    assert (len(points), points[0]["at"], points[-1]["at"]) == (24, 1_640_995_200.0, NOW + DAY)
    assert points[0]["interests"] == []
    assert points[-1]["interests"]


def test_a_timeline_of_nobody_or_of_no_time_is_refused(client: Client) -> None:
    path = "/v1/users/u1/interests"
    assert client.get("/v1/users/u/interests?points=3").status_code == 404
    assert client.get(f"{path}?points=3&at=5").json()["errors"][0]["field"] == "at"
    assert client.get(f"{path}?from={NOW}&to={NOW - 1}").json()["detail"] == "to is before `from`"
    assert client.get(f"{path}?from=soon").json()["errors"][0]["field"] == "from"
    assert {client.get(f"{path}?points={points}").status_code for points in (1, 101)} == {400}


@given(batches, st.sampled_from(["", "a", "b", "李", "nul\0", "x"]), st.integers(1, 5), st.sampled_from(["id", "events"]))
def test_people_are_those_of_a_prefix_with_their_first_and_last_event(
    given_batches: list[list[Event]], prefix: str, limit: int, by: Literal["id", "events"]
) -> None:
    with fresh_log() as log:
        for batch in given_batches:
            log.append(batch, ones(len(batch)))
        log.erase(log.user("bo"))
        lives: dict[str, list[float]] = {}
        for event in first_of_each([event for batch in given_batches for event in batch]).values():
            if event.user != "bo" and event.user.startswith(prefix):
                lives.setdefault(event.user, []).append(event.time)
        expected = [Presence(user, len(times), min(times), max(times)) for user, times in sorted(lives.items())]
        if by == "events":
            expected.sort(key=lambda one: -one.events)
        assert log.people(prefix, limit, by) == expected[:limit]
