"""The page that shows an OpenAPI document to people: no script, nothing from elsewhere."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

import msgspec

from penchant.serve.schemas import Document, example, kind, referred, resolved

STYLE = """
:root { color-scheme: light dark; --ground: #faf9f6; --panel: #fff; --ink: #1f1e1b; --soft: #5d5a53; --line: #e8e4dc; --accent: #4256c4;
  --post: #26795f; font: 16px/1.55 ui-sans-serif, system-ui, sans-serif }
@media (prefers-color-scheme: dark) { :root { --ground: #131417; --panel: #1a1c20; --ink: #eceae5; --soft: #b3b0a8; --line: #2b2d33;
  --accent: #93a3ff; --post: #6fcbac } }
html { scroll-padding-top: 1rem }
body { display: grid; grid-template-columns: 17rem minmax(0, 50rem); gap: 3rem; margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.5rem;
  background: var(--ground); color: var(--ink) }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
nav { position: sticky; top: 2.5rem; align-self: start; max-height: calc(100vh - 5rem); overflow-y: auto; font-size: .85rem }
nav h2 { font-size: .75rem; text-transform: capitalize; color: var(--soft); margin: 1rem 0 .15rem; font-weight: 600 }
nav a { display: block; color: var(--ink); padding: .1rem 0; overflow-wrap: anywhere } nav .method { font-size: .65rem; min-width: 2.4rem }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -.02em } h1 small { font-size: .9rem; font-weight: 400; color: var(--soft); letter-spacing: 0 }
main > section > h2 { margin: 2.75rem 0 0; font-size: 1.3rem; text-transform: capitalize } p { margin: .35rem 0 .75rem } .soft { color: var(--soft) }
article { background: var(--panel); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem 1.3rem; margin: 1rem 0 }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere } h3 code { font-size: .95rem }
h4 { margin: 1.2rem 0 .1rem; font-size: .9rem } h4 .soft { font-weight: 400 }
.method { display: inline-block; min-width: 3.2rem; font: 600 .75rem ui-monospace, monospace; color: var(--accent) } .post { color: var(--post) }
code, pre { font: .85em/1.5 ui-monospace, "SF Mono", Menlo, monospace }
pre { margin: .4rem 0; padding: .7rem .9rem; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .88rem } tr + tr { border-top: 1px solid var(--line) }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; vertical-align: top; font-weight: 400 } th { width: 9rem }
td:nth-child(2) { width: 13rem; color: var(--soft) } summary { cursor: pointer; margin: .8rem 0 .2rem; font-size: .9rem }
@media (max-width: 60rem) { body { display: block } nav { position: static; max-height: none; margin-bottom: 2rem } }
"""
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
    yield '<section id="failures"><h2>Failures</h2><p class=soft>Every failure is answered as <code>application/problem+json</code>.</p>'
    yield f"<article>{''.join(_type('Problem', schemas))}{''.join(_type('Fault', schemas))}</article></section>"
    yield '<section id="types"><h2>Types</h2><p class=soft>Everything that calls take and give.</p>'
    for name in sorted(schemas.keys() - {"Problem", "Fault"}):
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
        yield from _shown(schema, schemas, "Fields of the body")
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items() if status != "default" else ():
            yield f"<h4>Answer {escape(status)} <span class=soft>{escape(media)}</span></h4>"
            yield from _shown(content["schema"], schemas)
    yield "</article>"


def _given(schema: Document) -> Document:
    """The schema of a parameter that may be left out: it is never given as null."""
    options = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    return {name: value for name, value in schema.items() if name != "oneOf"} | options[0] if len(options) == 1 else schema


def _shown(schema: Document, schemas: Document, heading: str = "") -> Iterator[str]:
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
