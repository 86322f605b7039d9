"""What the service refuses, in process: each refusal is a problem document that says why."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from penchant.config import Config
from penchant.engine import Engine
from penchant.errors import LogError
from penchant.serve import create_app
from penchant.types import Event, Item

ITEMS = [Item(id=f"i{n}", title=f"Thing {n}", categories=("A",)) for n in range(20)]
EVENTS = [Event(user=f"u{n % 5}", item=f"i{n}", time=1.7e9 + n) for n in range(20)]
Client = TestClient[Any]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.fit(ITEMS, EVENTS, config=Config(encoder="hash")) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[Client]:
    with TestClient(create_app(engine)) as client:
        yield client


def problem(answer: httpx.Response, status: int, kind: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:penchant:problem:{kind}"
    assert told["status"] == status
    assert told["title"]
    return str(told["detail"])


@pytest.mark.parametrize(
    ("path", "status", "kind", "told"),
    [
        ("/v1/users/nobody/interests", 404, "unknown-user", "no events"),
        ("/v1/users/nobody/events", 404, "unknown-user", "no events"),
        ("/v1/items/nothing", 404, "unknown-item", "not in the catalog"),
        ("/v1/nothing", 404, "not-found", "/docs"),
        ("/docs/nothing", 404, "not-found", "/docs"),
        ("/dashboard/nothing.js", 404, "not-found", "nothing.js"),
        ("/dashboard/..%2Fengine.py", 404, "not-found", "no file"),
        ("/dashboard/%2e%2e/errors.py", 404, "not-found", ""),
        ("/v1/users/u1/recommendations?k=0", 400, "invalid-field", ">= 1"),
        ("/v1/users/u1/recommendations?k=501", 400, "invalid-field", "<= 500"),
        ("/v1/users/u1/recommendations?k=ten", 400, "invalid-field", "int"),
        ("/v1/users/u1/recommendations?k=1&k=2", 400, "unknown-parameter", "twice"),
        ("/v1/users/u1/recommendations?colour=red", 400, "unknown-parameter", "known: at, brand"),
        ("/v1/users/u1/recommendations?at=nan", 400, "invalid-field", "not a time"),
        ("/v1/users/u1/recommendations?at=-1", 400, "invalid-field", "1970"),
        ("/v1/users/u1/recommendations?at=1e999", 400, "invalid-field", "not a time"),
        ("/v1/users/u1/recommendations?price_min=inf", 400, "invalid-field", "finite"),
        ("/v1/users/u1/recommendations?price_min=9&price_max=2.5", 400, "invalid-field", "is 2.5, below `price_min`, which is 9"),
        (f"/v1/users/{'x' * 300}/recommendations", 400, "invalid-input", "longer than 256"),
        ("/v1/users/a%00b/recommendations", 400, "invalid-input", "control character"),
        ("/v1/users?limit=0", 400, "invalid-field", ">= 1"),
    ],
)  # fmt: skip
def test_a_bad_get_is_told_why(client: Client, path: str, status: int, kind: str, told: str) -> None:
    assert told in problem(client.get(path), status, kind)


@pytest.mark.parametrize(
    ("body", "status", "kind", "told"),
    [
        (b"{", 400, "invalid-body", "truncated"),
        (b"", 400, "invalid-body", "truncated"),
        (b"[]", 400, "invalid-body", "object"),
        (b"{}" * 5_000_000, 413, "content-too-large", "8,388,608"),
        (b'{"k": 501}', 400, "invalid-body", "<= 500"),
        (b'{"k": 1e999}', 400, "invalid-body", "range"),
        (b'{"k": true}', 400, "invalid-body", "int"),
        (b'{"text": "\xff"}', 400, "invalid-body", "UTF-8"),
        (b'{"text": "\\ud800"}', 400, "invalid-body", ""),
        (b'{"text": " "}', 400, "invalid-field", "blank"),
        (b'{"text": "' + b"x" * 10_001 + b'"}', 400, "invalid-field", "10,000"),
        (b'{"history": ["nothing"]}', 400, "invalid-input", "not in the catalog"),
        (b'{"history": [[]]}', 400, "invalid-body", "history"),
        (b'{"filter": {"colour": "red"}}', 400, "invalid-body", "colour"),
        (b'{"filter": {"price_min": 9, "price_max": 2}}', 400, "invalid-field", "below `price_min`"),
        (b'{"at": "soon"}', 400, "invalid-field", "not a time"),
        (b'{"colour": 1}', 400, "invalid-body", "colour"),
        (b'{"filter": ' + b"[" * 100_000, 400, "invalid-body", ""),
    ],
    ids=range(18),
)
def test_a_bad_body_is_told_why(client: Client, body: bytes, status: int, kind: str, told: str) -> None:
    answer = client.post("/v1/recommendations", content=body, headers={"content-type": "application/json"})
    assert told in problem(answer, status, kind)


def test_deep_nesting_is_refused(client: Client) -> None:
    deep = b'{"events": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}"
    answer = client.post("/v1/events", content=deep, headers={"content-type": "application/json"})
    assert "nested too deeply" in problem(answer, 400, "invalid-body")


def test_a_batch_has_a_largest_size(client: Client) -> None:
    assert "up to 1,000 events, got 1,001" in problem(
        client.post("/v1/events", json={"events": [{}] * 1_001}), 413, "content-too-large"
    )


def test_only_json_is_read(client: Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert "Content-Type: application/json" in problem(
        client.post("/v1/events", content=b"{}", headers=form), 415, "unsupported-media-type"
    )
    packed = {"content-type": "application/json", "content-encoding": "gzip"}
    assert "gzip" in problem(client.post("/v1/events", content=b"{}", headers=packed), 415, "unsupported-media-type")


def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    answer = client.delete("/v1/items")
    assert "does not take DELETE" in problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


def test_a_failing_server_shows_no_traceback(
    client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(engine, "recommend", broken)
    assert "secret" not in problem(client.get("/v1/users/u1/recommendations"), 500, "internal-server-error")
    assert "secret detail" in caplog.text


def test_a_full_disk_is_503_and_says_so(client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise LogError("the disk is full; free some space and send it again")

    monkeypatch.setattr(engine, "observe", full)
    answer = client.post("/v1/events", json={"events": [{"user": "u1", "item": "i1"}]})
    assert "disk is full" in problem(answer, 503, "log-unavailable")
    assert answer.headers["retry-after"]


def test_too_many_waiting_requests_are_turned_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.serve.service.MOST_WAITING", 0)
    assert "try again" in problem(client.get("/v1/users/u1/recommendations"), 503, "overloaded")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "field", "told"),
    [
        ("/v1/users/u1/copy?item=i1&kind=poem", "kind", "must be one of headline, notification, got 'poem'"),
        ("/v1/users/u1/copy?item=i1&language=fr", "language", "must be one of en, zh, got 'fr'"),
        ("/v1/users?sort=size", "sort", "must be one of id, events, got 'size'"),
        ("/v1/trends?level=tiny", "level", "must be one of broad, fine, got 'tiny'"),
    ],
)
def test_a_parameter_that_takes_some_values_tells_which_under_its_own_name(
    client: Client, path: str, field: str, told: str
) -> None:
    assert client.get(path).json()["errors"] == [{"field": field, "reason": told}]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"text": 5}, "text"), ({"filter": {"price_mx": 5}}, "filter.price_mx"), ({"wanted": "tea"}, "wanted")],
)
def test_a_body_that_cannot_be_read_names_the_field_at_fault(client: Client, body: dict[str, Any], field: str) -> None:
    answer = client.post("/v1/recommendations", json=body)
    assert problem(answer, 400, "invalid-body").startswith("the body cannot be read: ")
    assert [one["field"] for one in answer.json()["errors"]] == [field]
