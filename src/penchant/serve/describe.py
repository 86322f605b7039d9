"""The OpenAPI document, completed by what Litestar cannot know, and the page that shows it: no script, nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from html import escape
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from penchant.serve.problems import MEDIA_TYPE, Problem
from penchant.serve.wire import LARGEST_BATCH, EventIn, ItemIn, Question

Document = dict[str, Any]

_REF = "#/components/schemas/{name}"

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.1rem } h2 b { display: inline-block; min-width: 3.5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { padding: .75rem; border: 1px solid #8886; border-radius: .4rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top }
tr { border-bottom: 1px solid #8884 } summary { cursor: pointer }
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}


def _batch(what: str, ref: Document) -> Document:
    elements = {"type": "array", "maxItems": LARGEST_BATCH, "items": ref}
    return {"type": "object", "required": [what], "properties": {what: elements}, "additionalProperties": False}


def completed(document: Document) -> Document:
    """`document` with the bodies that handlers read themselves, and with problems as the answer to every failure."""
    (event, item, question, problem), schemas = msgspec.json.schema_components(
        [EventIn, ItemIn, Question, Problem], ref_template=_REF
    )
    bodies = {"/v1/events": _batch("events", event), "/v1/items": _batch("items", item), "/v1/recommendations": question}
    failure = {
        "description": "Any failure, as a problem document (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": problem}},
    }
    whole = deepcopy(document)
    whole.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
            operation["responses"] = good | {"default": failure}
            if method == "post" and path in bodies:
                operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": bodies[path]}}}
    return whole


class DocumentPlugin(OpenAPIRenderPlugin):
    """The document as JSON."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:
        """The completed document."""
        return msgspec.json.encode(completed(openapi_schema))


class PagePlugin(OpenAPIRenderPlugin):
    """The document as one page of HTML."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:
        """The page."""
        return "".join(_page(completed(openapi_schema))).encode()


def _page(document: Document) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<h1>{title}</h1><p>{escape(document['info'].get('description', ''))}</p>"
    yield '<p>As a document for tools: <a href="docs/openapi.json">openapi.json</a></p>'
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            yield f"<h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
            yield from _parameters(operation.get("parameters", []))
            if "requestBody" in operation:
                yield from _content("Body", operation["requestBody"])
            for status, answer in operation["responses"].items():
                if status != "default":
                    yield from _content(f"Answer {status}", answer)
    yield "<h2>Schemas</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>'
        yield f"<details><summary>fields</summary><pre>{_pretty(schema)}</pre></details>"


def _parameters(parameters: list[Document]) -> Iterator[str]:
    if parameters:
        yield "<table>"
        for one in parameters:
            required = "required" if one.get("required") else "optional"
            kind = escape(msgspec.json.encode(one.get("schema", {})).decode())
            yield f"<tr><th><code>{escape(one['name'])}</code></th><td>in {escape(one['in'])}, {required}</td>"
            yield f"<td>{escape(one.get('description') or '')}</td><td><code>{kind}</code></td></tr>"
        yield "</table>"


def _content(heading: str, described: Document) -> Iterator[str]:
    for media, content in described.get("content", {}).items():
        yield f"<h3>{heading}, <code>{escape(media)}</code></h3><pre>{_pretty(content.get('schema', {}))}</pre>"


def _pretty(schema: Document) -> str:
    return escape(msgspec.json.format(msgspec.json.encode(schema), indent=2).decode())
