"""docs/http.md against the service: every example is asked and answered, every field and parameter named is one there is."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from litestar.testing import TestClient

from penchant.config import Config
from penchant.engine import Engine
from penchant.serve import create_app
from penchant.serve.wire import EventIn, ItemIn
from penchant.types import Event, Item

TEXT = (Path(__file__).parent.parent / "docs" / "http.md").read_text("utf-8")
NOW = 1_700_000_000.0  # epoch seconds
ITEMS = [
    Item(id="tea", title="Green tea", categories=("Tea",)),
    Item(id="pot", title="Teapot", categories=("Tea", "Kitchen")),
    Item(id="mug", title="Mug", categories=("Kitchen",)),
]
Client = TestClient[Any]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A service over what the examples take for granted."""
    engine = Engine.fit(ITEMS, [Event(user="ann", item="tea", time=1_699_500_000.0)], config=Config(encoder="hash"))
    with engine, TestClient(create_app(engine, clock=lambda: NOW)) as client:
        yield client


class Example(NamedTuple):
    request: str
    answer: str


def examples() -> list[Example]:
    """Every curl line of the page with the JSON that follows it, empty where none does."""
    return [Example(*found) for found in re.findall(r"```sh\ncurl (.*?)\n```(?:\n\n```json\n(.*?)\n```)?", TEXT, re.DOTALL)]


def asked(client: Client, request: str) -> httpx.Response:
    words = shlex.split(request)
    url = next(word for word in words if word.startswith("localhost:8000")).removeprefix("localhost:8000")
    if "-d" not in words:
        return client.get(url)
    name, _, value = words[words.index("-H") + 1].partition(": ")
    method = words[words.index("-X") + 1] if "-X" in words else "POST"
    return client.request(method, url, content=words[words.index("-d") + 1].encode(), headers={name: value})


def shape(value: object) -> object:
    """The names in an answer, whatever the values: of a list, those of its first element."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def names(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | set().union(*map(names, value.values()))
    return set().union(*map(names, value)) if isinstance(value, list) else set()


def table(heading: str, until: str) -> list[str]:
    """The first column of the table between two places of the page."""
    part = TEXT.partition(heading)[2].partition(until)[0]
    rows = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_example_is_answered_as_the_page_says(client: Client) -> None:
    found = examples()
    assert len(found) == 8
    for request, told in found:
        answer = asked(client, request)
        assert answer.status_code == (json.loads(told).get("status", 200) if told else 200), (request, answer.text)
        if told.startswith(('{"accepted"', '{"added"', '{"type"')):
            assert answer.json() == json.loads(told)
        elif told:
            assert shape(answer.json()) == shape(json.loads(told)), request
    assert asked(client, found[3].request).json()["user"] is None


def test_every_answer_for_looking_around_has_the_fields_told(client: Client) -> None:
    client.post("/v1/events", json={"events": [{"user": "ann", "item": "tea"}]})
    rows = re.findall(r"^\| `GET (/v1/[^`]*)` \| (.*) \|$", TEXT, re.MULTILINE)
    assert len(rows) == 4
    for call, told in rows:
        path, _, query = call.replace("{user}", "ann").replace("{item}", "tea").partition("?")
        answer = client.get(path).json()
        if "{" in told:
            assert names(answer) == set(re.findall(r'"(\w+)"', told)), call
        known = client.get("/docs/openapi.json").json()["paths"][call.partition("?")[0]]["get"]["parameters"]
        assert {one["name"] for one in known if one["in"] == "query"} == set(re.findall(r"(\w+)=", query)), call


def test_the_parameters_of_recommendations_and_interests_are_those_told(client: Client) -> None:
    paths = client.get("/docs/openapi.json").json()["paths"]

    def known(path: str) -> set[str]:
        return {one["name"] for one in paths[path]["get"]["parameters"] if one["in"] == "query"}

    assert set(table("### `GET /v1/users/{user}/recommendations`", "### ")) == known("/v1/users/{user}/recommendations")
    told = re.findall(r"^### `GET /v1/users/\{user\}/interests\?(.*)`$", TEXT, re.MULTILINE)
    assert {name for query in told for name in re.findall(r"(\w+)=", query)} == known("/v1/users/{user}/interests")


def test_the_fields_of_events_and_items_are_those_told() -> None:
    assert set(table("### `POST /v1/events`", "### ")) >= set(EventIn.__struct_fields__)
    told = re.search(r"^Fields: (.*?)\. ", TEXT, re.MULTILINE)
    assert told is not None
    assert tuple(re.findall(r"`(\w+)`", told[1])) == ItemIn.__struct_fields__


def test_the_metrics_told_are_counted_and_health_has_its_version(client: Client) -> None:
    client.get("/healthz")
    told = set(re.findall(r"`(penchant_\w+)", TEXT))
    counted = client.get("/metrics").text
    assert [name for name in told if name not in counted] == []
    assert set(client.get("/healthz").json()) == {"status", "version"}


def test_every_type_of_problem_told_is_one_the_service_has(client: Client) -> None:
    told = set(table("after `urn:penchant:problem:`", "Input never")) | set(
        re.findall(r"^\| \d+ \| (.*?) \|", TEXT, re.MULTILINE)
    )
    kinds = {kind for row in told for kind in re.findall(r"`([\w-]+)`", row)}
    source = "".join(path.read_text("utf-8") for path in (Path(__file__).parent.parent / "src/penchant/serve").glob("*.py"))
    phrases = {"not-found", "method-not-allowed", "content-too-large", "unsupported-media-type", "internal-server-error"}
    assert {kind for kind in kinds - phrases if f'"{kind}"' not in source} == set()
    assert set(re.findall(r'kind="([\w-]+)"', source)) <= kinds
