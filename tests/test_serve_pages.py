"""The pages of the service: the OpenAPI document, the page that shows it, and the dashboard's files."""

from collections.abc import Iterator
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
        "user", "text", "k", "at", "category", "brand", "language", "price_min", "price_max", "exclude"
    }  # fmt: skip


def test_every_call_is_described_in_the_docs(client: Client) -> None:
    told = (Path(__file__).parent.parent / "docs" / "http.md").read_text()
    calls = client.get("/docs/openapi.json").json()["paths"]
    assert [path for path in calls if path not in told] == []


def test_every_reference_of_the_document_leads_somewhere(client: Client) -> None:
    text = client.get("/docs/openapi.json").text
    schemas = client.get("/docs/openapi.json").json()["components"]["schemas"]
    assert {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]} <= schemas.keys()


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
