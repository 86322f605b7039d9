"""JSON schemas in words: what a field holds, what it refers to, and an example of it."""

from collections.abc import Iterator
from html import escape
from typing import Any

import msgspec

Document = dict[str, Any]

_REF = "#/components/schemas/"
_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}


def resolved(name: str, schemas: Document) -> Document:
    """The schema of that name."""
    found: Document = schemas[name]
    return found


def referred(schema: Document) -> list[str]:
    """The names of the schemas that `schema` refers to itself, each once, in order.

    >>> referred({"type": "array", "items": {"$ref": "#/components/schemas/Item"}})
    ['Item']
    """
    return list(dict.fromkeys(_references(schema)))


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.removeprefix(_REF)
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def kind(schema: Document) -> str:
    """What a field holds, as HTML.

    >>> kind({"type": "array", "items": {"type": "string"}, "maxItems": 1000})
    'list of text, up to 1,000'
    >>> kind({"type": "integer", "minimum": 1.0, "maximum": 500.0, "default": 10})
    'whole number, 1 to 500, default 10'
    """
    parts = [_kind(schema)]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        parts.append(f"{low:,.10g} to {high:,.10g}")
    if "maxItems" in schema:
        parts.append(f"up to {schema['maxItems']:,}")
    if schema.get("default") not in (None, "", [], (), {}):
        parts.append(f"default {escape(str(schema['default']))}")
    return ", ".join(parts)


def _kind(schema: Document) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_REF))
        return f'<a href="#{name}">{name}</a>'
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(_kind(one) for one in options))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return f"object of {_kind(inner)}"
    named = str(schema.get("type", "anything"))
    return _WORDS.get(named, named)


def example(schema: Document, schemas: Document) -> object:
    """A value of `schema`, of the examples its fields have; fields without one are left out.

    >>> example({"type": "object", "properties": {"a": {"examples": [1]}, "b": {}}}, {})
    {'a': 1}
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(resolved(referred(schema)[0], schemas), schemas)
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    made = {name: example(one, schemas) for name, one in schema.get("properties", {}).items()}
    return {name: value for name, value in made.items() if value != msgspec.UNSET} if made else msgspec.UNSET
