"""The calls of the HTTP contract, in process: what they answer, and what they refuse and why."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from penchant.config import Config
from penchant.engine import Engine
from penchant.serve import create_app, log_clock
from penchant.types import DAY, Event, Item

NOW = 1_700_000_000.0  # epoch seconds: what the service's clock says
ITEMS = [
    Item(
        id=f"i{n}",
        title=f"{'Green tea' if n % 2 else 'Coffee mug'} {n}",
        categories=("Tea" if n % 2 else "Mugs",),
        price=float(n),
    )
    for n in range(40)
]
EVENTS = [
    Event(user=f"u{n % 5}", item=f"i{n * 7 % 40}", time=NOW - 100 * DAY + n * DAY, id=f"e{n}", action="purchase")
    for n in range(60)
]
Client = TestClient[Any]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.fit(ITEMS, EVENTS, config=Config(encoder="hash", repeat=True)) as engine:
        yield engine


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    with TestClient(create_app(engine, clock=lambda: NOW)) as client:
        yield client


def slate(client: Client, user: str, **query: str | float | list[str]) -> list[str]:
    answer = client.get(f"/v1/users/{user}/recommendations", params=query)
    assert answer.status_code == 200, answer.text
    return [one["item"] for one in answer.json()["items"]]


def post(client: Client, *events: object) -> httpx.Response:
    return client.post("/v1/events", json={"events": list(events)})


def test_a_slate_has_the_fields_of_the_contract(client: Client) -> None:
    told = client.get("/v1/users/u1/recommendations?k=3").json()
    assert told.keys() == {"slate", "user", "at", "items"}
    assert (told["user"], told["at"], len(told["items"])) == ("u1", NOW, 3)
    assert told["items"][0].keys() == {"item", "title", "categories", "themes", "score", "source", "because"}
    assert told["items"][0]["because"][0].keys() == {"kind", "id", "label", "value"}


def test_an_unknown_user_gets_a_slate(client: Client) -> None:
    assert len(slate(client, "nobody", k=5)) == 5


def test_filters_and_exclusions_hold(client: Client) -> None:
    first = slate(client, "u1", k=5, category="tea")
    assert all(int(item[1:]) % 2 for item in first)
    assert not {first[0], first[1], first[2]} & set(slate(client, "u1", k=30, exclude=[f"{first[0]},{first[1]}", first[2]]))
    assert sorted(slate(client, "u1", k=40, price_min=10, price_max=12)) == ["i10", "i11", "i12"]


@pytest.mark.parametrize("query", ["category=Nope", "brand=Nope", "language=xx", "price_min=1000", "category=Tea&brand=Nope"])
def test_a_filter_that_nothing_passes_gives_an_empty_slate(client: Client, query: str) -> None:
    answer = client.get(f"/v1/users/u1/recommendations?{query}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_equal_price_bounds_are_one_price(client: Client) -> None:
    assert slate(client, "u1", price_min=11, price_max=11) == ["i11"]


def test_an_event_changes_the_very_next_slate(client: Client) -> None:
    before = client.get("/v1/users/u1/recommendations?k=10").json()["items"]
    event = {"user": "u1", "item": before[-1]["item"], "action": "dislike"}
    assert post(client, event).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert client.get("/v1/users/u1/recommendations?k=10").json()["items"] != before


def test_a_slate_at_an_earlier_time_knows_nothing_later(client: Client) -> None:
    then = client.get("/v1/users/u1/recommendations", params={"at": NOW - 50 * DAY}).json()
    post(client, {"user": "u1", "item": "i3", "action": "purchase", "time": NOW - DAY})
    after = client.get("/v1/users/u1/interests", params={"at": NOW - 50 * DAY}).json()
    assert then["at"] == NOW - 50 * DAY
    assert max(interest["last_seen"] for interest in after["interests"]) <= NOW - 50 * DAY


def test_a_request_is_never_earlier_than_the_users_last_event(client: Client) -> None:
    assert post(client, {"user": "u1", "item": "i3", "time": NOW + 3600}).json()["accepted"] == 1
    assert client.get("/v1/users/u1/recommendations").json()["at"] == NOW + 3600
    assert client.get("/v1/users/u2/recommendations").json()["at"] == NOW


def test_an_event_without_a_time_happened_now(client: Client) -> None:
    post(client, {"user": "new", "item": "i3"})
    assert client.get("/v1/users/new/events").json()["events"][0]["time"] == NOW


def test_a_log_clock_goes_on_from_the_logs_last_event(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=log_clock(engine.now))) as client:
        assert 0 <= client.get("/v1/users/u1/recommendations").json()["at"] - EVENTS[-1].time < 60


def test_times_come_in_every_spelling_and_go_out_as_epoch_seconds(client: Client) -> None:
    spellings = ["2023-11-01T00:00:00Z", 1_698_796_800, "1698796800", 1_698_796_800_000, "2023-11-01T02:00:00+02:00"]
    assert (
        post(client, *({"user": "t", "item": "i1", "time": time, "id": n} for n, time in enumerate(spellings))).json()["accepted"]
        == 5
    )
    assert {event["time"] for event in client.get("/v1/users/t/events").json()["events"]} == {1_698_796_800.0}
    assert client.get("/v1/users/u1/recommendations?at=2023-11-01").json()["at"] == 1_698_796_800.0


def test_a_bad_event_is_rejected_by_index_and_leaves_the_others(client: Client) -> None:
    told = post(
        client,
        {"user": "u1", "item": "i1", "id": "a"},
        7,
        {"user": "u1", "item": "i1", "id": "a"},
        {"user": "u1", "item": "nothing"},
        {"item": "i1"},
        {"user": "u1", "item": "i1", "colour": "red"},
        {"user": "u1", "item": "i1", "time": "soon"},
        {"user": "u1", "item": "i1", "time": NOW + 1e9},
        {"user": "u1", "item": "i1", "action": "stare"},
        {"user": "u1", "item": "i2", "id": "b"},
    ).json()  # fmt: skip
    reasons = {one["index"]: one["reason"] for one in told["rejected"]}
    assert (told["accepted"], told["duplicates"], list(reasons)) == (2, 1, [1, 3, 4, 5, 6, 7, 8])
    assert "Expected `object`" in reasons[1]
    assert "not in the catalog" in reasons[3]
    assert "`user`" in reasons[4]
    assert "unknown field `colour`" in reasons[5]
    assert "is not a time" in reasons[6]
    assert "is before 1970" in reasons[7] or "future" in reasons[7]
    assert "not a configured action" in reasons[8]


def test_whole_numbers_are_ids_as_in_imported_files(client: Client) -> None:
    client.post("/v1/items", json={"items": [{"id": 31, "title": "Oolong"}]})
    assert post(client, {"user": 7, "item": 31}).json()["accepted"] == 1
    assert client.get("/v1/users/7/events").json()["events"][0]["item"] == "31"


def test_invalid_utf8_in_one_event_rejects_that_event(client: Client) -> None:
    body = b'{"events": [{"user": "\xff", "item": "i1"}, {"user": "u1", "item": "i1"}]}'
    told = client.post("/v1/events", content=body, headers={"content-type": "application/json"}).json()
    assert told["accepted"] == 1
    assert told["rejected"] == [{"index": 0, "reason": "it is not valid UTF-8"}]


def test_a_new_item_can_be_recommended_at_once(client: Client) -> None:
    told = client.post("/v1/items", json={"items": [{"id": "rare", "title": "Rare &amp; white tea", "brand": "Acme"}]}).json()
    assert told == {"added": 1, "updated": 0, "rejected": []}
    assert slate(client, "u1", brand="acme") == ["rare"]
    assert client.get("/v1/items/rare").json()["title"] == "Rare & white tea"


def test_items_are_replaced_and_bad_ones_rejected_by_index(client: Client) -> None:
    items = [
        {"id": "i1", "title": "Black tea"},
        {"id": "x", "price": -1},
        {"title": "nameless"},
        {"id": "y", "attributes": {"a": [1]}},
    ]
    told = client.post("/v1/items", json={"items": items}).json()
    assert (told["added"], told["updated"], [one["index"] for one in told["rejected"]]) == (0, 1, [1, 2, 3])
    assert client.get("/v1/items/i1").json()["title"] == "Black tea"


def test_a_text_is_answered_with_what_it_says(client: Client) -> None:
    told = client.post("/v1/recommendations", json={"text": "coffee mug", "k": 3}).json()
    assert told["user"] is None
    assert all("mug" in one["title"] for one in told["items"])


def test_a_history_is_answered_like_a_stored_one(client: Client) -> None:
    body = {"history": ["i1", "i3"], "k": 4, "exclude": ["i5"], "filter": {"category": "Tea"}, "at": "2023-11-01"}
    told = client.post("/v1/recommendations", json=body).json()
    assert len(told["items"]) == 4
    assert all(int(one["item"][1:]) % 2 and one["item"] != "i5" for one in told["items"])


def test_interests_name_their_evidence(client: Client) -> None:
    told = client.get("/v1/users/u1/interests").json()
    assert {interest["label"] for interest in told["interests"]} == {"Tea", "Mugs"}
    mine = {event["id"] for event in client.get("/v1/users/u1/events").json()["events"]}
    assert {id for interest in told["interests"] for id in interest["evidence"]} <= mine


def test_a_users_text_is_answered_with_what_it_says_and_they_did_not_have() -> None:
    once = [Event(user="u1", item=item, time=NOW - DAY) for item in ("i0", "i2", "i1")]
    with Engine.fit(ITEMS, once, config=Config(encoder="hash", repeat=False)) as engine, TestClient(create_app(engine)) as client:
        told = client.get("/v1/users/u1/recommendations", params={"text": "coffee mug", "k": 5}).json()
        assert told["user"] == "u1"
        assert all("mug" in one["title"] and one["item"] not in {"i0", "i2"} for one in told["items"])
        assert "text" in {reason["kind"] for one in told["items"] for reason in one["because"]}


def test_events_of_a_user_are_newest_first_with_titles(client: Client) -> None:
    events = client.get("/v1/users/u1/events?limit=3").json()["events"]
    assert [event["id"] for event in events] == ["e56", "e51", "e46"]
    assert (events[0]["title"], events[0]["categories"]) == (ITEMS[56 * 7 % 40].title, list(ITEMS[56 * 7 % 40].categories))


def test_items_are_found_by_a_part_of_their_title(client: Client) -> None:
    found = client.get("/v1/items?query=GREEN&limit=2").json()["items"]
    assert found == [
        {"item": "i1", "title": "Green tea 1", "categories": ["Tea"]},
        {"item": "i3", "title": "Green tea 3", "categories": ["Tea"]},
    ]


def test_an_id_may_hold_a_slash(client: Client) -> None:
    client.post("/v1/items", json={"items": [{"id": "news/2024/tea", "title": "News"}]})
    post(client, {"user": "team/ann", "item": "news/2024/tea"})
    assert client.get("/v1/items/news%2F2024%2Ftea").json()["title"] == "News"
    assert client.get("/v1/users/team%2fann/events").json()["events"][0]["item"] == "news/2024/tea"


def test_metrics_count_requests_events_and_slates(client: Client) -> None:
    post(client, {"user": "u1", "item": "i1"}, {"user": "u1"})
    slate(client, "u1")
    client.get("/v1/users/nobody/interests")
    text = client.get("/metrics").text
    assert 'penchant_events_total{outcome="accepted"} 1.0' in text
    assert 'penchant_events_total{outcome="rejected"} 1.0' in text
    assert 'penchant_slates_total{kind="user"} 1.0' in text
    assert 'penchant_requests_total{method="GET",route="/v1/users/{user}/interests",status="404"} 1.0' in text
    assert 'penchant_request_seconds_count{route="/v1/events"} 1.0' in text
    assert "penchant_log_events 61.0" in text


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": version("penchant")}
    assert client.get("/readyz").json()["status"] == "ready"


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/dashboard/app.js", "/healthz", "/metrics", "/v1/items/i1", "/v1/items/a%2Fb", "/v1/events"]
)
def test_head_is_answered_like_get_without_a_body(client: Client, path: str) -> None:
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert path == "/metrics" or head.headers.get("content-length") == whole.headers.get("content-length")
