"""The page that shows an OpenAPI document to people: no script, nothing from elsewhere."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files

import msgspec

from penchant.serve.schemas import Document, example, kind, referred, resolved

STYLE = files("penchant").joinpath("dashboard", "reference.css").read_text("utf-8")  # in the page: it loads nothing
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}

Call = tuple[str, str, Document]  # method, path, operation


def page(document: Document) -> str:
    """The whole page: the calls by their tags, in the order of the tags, and the types they speak of."""
    return "".join(_page(document))


def _page(document: Document) -> Iterator[str]:
    info, schemas = document["info"], document["components"]["schemas"]
    groups = [(tag, _calls(document, tag["name"])) for tag in document["tags"]]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}: the calls</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    yield from _contents(groups)
    yield f"<main><h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1><p>{prose(info['description'])}</p>"
    yield '<p class="soft">JSON in, JSON out; times go out as seconds since the epoch. For tools: '
    yield '<a href="docs/openapi.json">openapi.json</a>. To look at: <a href="./">the dashboard</a>.</p>'
    for tag, calls in groups:
        yield f"<section><h2>{escape(tag['name'])}</h2><p class=soft>{prose(tag['description'])}</p>"
        for call in calls:
            yield from _call(call, schemas)
        yield "</section>"
    yield '<section id="failures"><h2>Failures</h2><p class=soft>Every failure is a problem document (RFC 9457).</p>'
    failure = {"$ref": "#/components/schemas/Problem"}
    yield f"<article>{''.join(_shown(failure, schemas))}</article></section>"
    yield '<section id="types"><h2>Types</h2><p class=soft>Everything that calls take and give.</p>'
    for name in sorted(schemas):
        yield f"<article id={escape(name)}>{''.join(_type(name, schemas))}</article>"
    yield "</section></main></html>"


def _calls(document: Document, tag: str) -> list[Call]:
    """The calls of a tag, those that take something in first."""
    found = [
        (method, path, call) for path, calls in document["paths"].items() for method, call in calls.items() if tag in call["tags"]
    ]
    return sorted(found, key=lambda call: call[0] != "post")


def _anchor(method: str, path: str) -> str:
    return "-".join([method, *re.findall(r"\w+", path)])


def _method(method: str) -> str:
    return f'<span class="method {escape(method)}">{escape(method.upper())}</span>'


def _contents(groups: list[tuple[Document, list[Call]]]) -> Iterator[str]:
    yield "<nav>"
    for tag, calls in groups:
        yield f"<h2>{escape(tag['name'])}</h2>"
        for method, path, _ in calls:
            yield f'<a href="#{_anchor(method, path)}">{_method(method)}{escape(path)}</a>'
    yield '<h2>Beside</h2><a href="#failures">Failures</a><a href="#types">Types</a></nav>'


def _call(call: Call, schemas: Document) -> Iterator[str]:
    method, path, operation = call
    yield f'<article id="{_anchor(method, path)}"><h3>{_method(method)}<code>{escape(path)}</code></h3>'
    yield f"<p>{prose(operation.get('description', ''))}</p>"
    yield from _table({one["name"]: one | {"schema": _given(one["schema"])} for one in operation.get("parameters", [])})
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        sent = msgspec.json.format(msgspec.json.encode(example(schema, schemas)), indent=2).decode()
        yield f"<h4>Body <span class=soft>application/json</span></h4><pre>{escape(sent)}</pre>"
        yield from _shown(schema, schemas)
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items() if status != "default" else ():
            yield f"<h4>Answer {escape(status)} <span class=soft>{escape(media)}</span></h4>"
            yield from _shown(content["schema"], schemas)
    yield "</article>"


def _given(schema: Document) -> Document:
    """The schema of a parameter that may be left out: it is never given as null."""
    options = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    return {name: value for name, value in schema.items() if name != "oneOf"} | options[0] if len(options) == 1 else schema


def _shown(schema: Document, schemas: Document) -> Iterator[str]:
    """A body's or an answer's own fields, then those of what it is made of, folded away."""
    names = referred(schema)
    if not names:
        yield f"<p class=soft>{kind(schema)}</p>"
    if "properties" in schema:
        yield from _table(_fields(schema))
    for name in names:
        yield from _type(name, schemas)
        for inner in referred(resolved(name, schemas)):
            yield f"<details><summary>{escape(inner)}</summary>{''.join(_type(inner, schemas, headed=False))}</details>"


def _type(name: str, schemas: Document, headed: bool = True) -> Iterator[str]:
    schema = resolved(name, schemas)
    if headed:
        yield f"<h4>{escape(name)}</h4>"
    yield f"<p>{prose(schema.get('description', ''))}</p>"
    yield from _table(_fields(schema))


def _fields(schema: Document) -> dict[str, Document]:
    required = schema.get("required", ()) if schema.get("additionalProperties") is False else ()  # answers hold all their fields
    return {
        name: {"description": one.get("description"), "required": name in required, "schema": one}
        for name, one in schema.get("properties", {}).items()
    }


def _table(fields: dict[str, Document]) -> Iterator[str]:
    if not fields:
        return
    yield "<table>"
    for name, one in fields.items():
        told = prose(one.get("description") or "")
        wanted = "<b>required</b>" + ("; " if told else "") if one.get("required") else ""
        yield f"<tr><th><code>{escape(name)}</code></th><td>{kind(one['schema'])}</td><td>{wanted}{told}</td></tr>"
    yield "</table>"


def prose(text: str) -> str:
    """A docstring as HTML: what stands in backticks as code, a blank line as a new paragraph.

    >>> prose("Give `k` < 5.")
    'Give <code>k</code> &lt; 5.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)).replace("\n\n", "</p><p>")
