"""The pages of the service: the OpenAPI document, the page that shows it, and the dashboard's files."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from penchant.config import Config
from penchant.engine import Engine
from penchant.serve import create_app
from penchant.types import Event, Item

Client = TestClient[Any]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    items, events = [Item(id="tea", title="Tea")], [Event(user="ann", item="tea", time=1.0)]
    with Engine.fit(items, events, config=Config(encoder="hash")) as engine, TestClient(create_app(engine)) as client:
        yield client


def test_every_call_is_in_the_document_with_its_body_and_its_problem(client: Client) -> None:
    document = client.get("/docs/openapi.json").json()
    calls = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert {("post", "/v1/events"), ("post", "/v1/items"), ("get", "/v1/users/{user}/recommendations")} <= calls
    events = document["paths"]["/v1/events"]["post"]
    assert events["requestBody"]["content"]["application/json"]["schema"]["properties"]["events"]["maxItems"] == 1000
    assert "application/problem+json" in events["responses"]["default"]["content"]
    parameters = document["paths"]["/v1/users/{user}/recommendations"]["get"]["parameters"]
    assert {one["name"] for one in parameters} == {
        "user", "text", "k", "at", "category", "brand", "language", "price_min", "price_max", "exclude", "without", "min", "max"
    }  # fmt: skip


def test_every_call_is_described_in_the_docs(client: Client) -> None:
    told = (Path(__file__).parent.parent / "docs" / "http.md").read_text()
    calls = client.get("/docs/openapi.json").json()["paths"]
    assert [path for path in calls if path not in told] == []


def test_every_reference_of_the_document_leads_somewhere(client: Client) -> None:
    text = client.get("/docs/openapi.json").text
    schemas = client.get("/docs/openapi.json").json()["components"]["schemas"]
    assert {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]} <= schemas.keys()


def test_every_call_and_every_type_of_the_document_has_its_words(client: Client) -> None:
    document = client.get("/docs/openapi.json").json()
    operations = [operation for calls in document["paths"].values() for operation in calls.values()]
    assert [one["operationId"] for one in operations if not one.get("description")] == []
    assert [name for name, schema in document["components"]["schemas"].items() if not schema.get("description")] == []
    parameters = [one for operation in operations for one in operation.get("parameters", ())]
    assert [one["name"] for one in parameters if not one.get("description")] == []


def test_metrics_are_text_in_the_document_and_in_the_answer(client: Client) -> None:
    metrics = client.get("/docs/openapi.json").json()["paths"]["/metrics"]["get"]
    assert list(metrics["responses"]["200"]["content"]) == ["text/plain"]
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=")


def test_the_docs_page_tells_the_calls_in_the_order_they_are_needed(client: Client) -> None:
    headings = re.findall("<section[^>]*><h2>(.*?)</h2>", client.get("/docs").text)
    assert headings == [
        "events",
        "items",
        "recommendations",
        "interests",
        "population",
        "users",
        "operations",
        "Failures",
        "Types",
    ]


def test_the_docs_page_resolves_references_and_each_link_leads_somewhere(client: Client) -> None:
    page = client.get("/docs").text
    assert "$ref" not in page
    ids = set(re.findall(r'id="?([\w-]+)', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    slate = page.partition('id="get-v1-users-user-recommendations"')[2].partition("</article>")[0]
    for told in ("price_min", "Recommendation", "because", "Reason", "best first"):
        assert told in slate


@pytest.mark.parametrize("path", ["/v1/events", "/v1/items", "/v1/recommendations"])
def test_the_example_body_of_the_docs_page_is_taken(client: Client, path: str) -> None:
    section = client.get("/docs").text.partition(f'id="post-{path[1:].replace("/", "-")}"')[2]
    example = unescape(section.partition("<pre>")[2].partition("</pre>")[0])
    client.post("/v1/items", json={"items": [{"id": "pot"}]})
    answer = client.post(path, content=example, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert not answer.json().get("rejected")


def test_the_docs_page_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/docs")
    assert "/v1/events" in page.text
    assert "http" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_dashboard_is_served_as_it_lies_in_the_package(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "dashboard" / "parts"
    folder.mkdir(parents=True)
    (tmp_path / "secret.js").write_text("no")
    (tmp_path / "dashboard" / "index.html").write_text("<title>Hello</title>")
    (folder / "app.js").write_text("export const a = 1")
    monkeypatch.setattr("penchant.serve.pages.files", lambda _: tmp_path)
    page, script = client.get("/?user=u1"), client.get("/dashboard/parts/app.js")
    assert (page.text, page.headers["content-type"]) == ("<title>Hello</title>", "text/html; charset=utf-8")
    assert (script.text, script.headers["content-type"]) == ("export const a = 1", "text/javascript; charset=utf-8")
    assert "script-src 'self'" in script.headers["content-security-policy"]
    assert client.get("/dashboard/parts/app.js", headers={"if-none-match": script.headers["etag"]}).status_code == 304
    assert client.get("/dashboard/..%2Fsecret.js").status_code == 404


def test_without_a_dashboard_the_page_leads_to_the_docs(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("penchant.serve.pages.files", lambda _: tmp_path)
    assert 'href="docs"' in client.get("/").text
