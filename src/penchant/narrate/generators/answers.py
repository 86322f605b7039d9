"""What an answer is to look like, and what can be read from the one that came."""

import json
import operator
from typing import Any, TypeVar

import msgspec

from penchant.errors import InvalidInput, UselessAnswer
from penchant.narrate.generators.mending import Json, readings

Schema = dict[str, Any]
T = TypeVar("T")

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_LIMITS = {"minimum": operator.ge, "maximum": operator.le, "exclusiveMinimum": operator.gt, "exclusiveMaximum": operator.lt}


def schema_of(kind: Any) -> Schema:  # noqa: ANN401  (any type msgspec knows)
    """The JSON schema of a msgspec struct (or any type it can describe), in the plain form that grammars and servers take.

    References are written out, every property is required, and nothing else may be there: what has a default is asked for too.

    >>> class Name(msgspec.Struct):
    ...     label: str
    ...     words: list[str] = []
    >>> schema_of(Name)["required"], schema_of(Name)["additionalProperties"]
    (['label', 'words'], False)

    Raises:
        InvalidInput: for a type that contains itself, or that JSON cannot hold.
    """
    try:
        whole = msgspec.json.schema(kind)
        found: Schema = _written_out(whole, whole.get("$defs", {}), ())
    except (TypeError, RecursionError) as error:
        raise InvalidInput(f"{kind!r} has no JSON schema: {error}") from error
    return found


def _written_out(part: Any, known: Schema, within: tuple[str, ...]) -> Any:  # noqa: ANN401  (a schema is a tree of anything)
    if isinstance(part, list):
        return [_written_out(each, known, within) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name in within:
            raise InvalidInput(f"{name} contains itself, and grammars end somewhere; give it a list of ids or a fixed depth")
        return _written_out(known[name], known, (*within, name))
    plain = {key: value for key, value in part.items() if key not in ("$defs", "title", "default", "discriminator")}
    if isinstance(properties := plain.get("properties"), dict):
        written = {name: _written_out(value, known, within) for name, value in properties.items()}
        return {**plain, "properties": written, "required": list(written), "additionalProperties": False}
    return {key: _written_out(value, known, within) for key, value in plain.items()}


def read_answer(text: str, kind: type[T]) -> T:
    """An answer as a msgspec struct, with its ranges and lengths enforced (`msgspec.Meta`), which grammars do not.

    JSON is found between prose and in fences, mended where it is almost JSON, and "5" is taken for 5 where a number is due; the
    first reading that fits is the answer.

    >>> class Label(msgspec.Struct):
    ...     name: str
    ...     sure: float
    >>> read_answer("Here you are: {'name': 'Tea', 'sure': .9,}", Label)
    Label(name='Tea', sure=0.9)

    Raises:
        UselessAnswer: when there is no JSON in the text, or none that fits; it says why.
    """
    fault = ""
    for value in readings(text):
        for strictly in (True, False):
            try:
                return msgspec.convert(_encodable(value), kind, strict=strictly)
            except (msgspec.ValidationError, RecursionError) as error:
                fault = fault or str(error)
    raise UselessAnswer(_no_answer(text, fault))


def fitting(text: str, schema: Schema) -> str:
    """The JSON in `text` that fits `schema`, as JSON and nothing else; read and mended as `read_answer` does.

    >>> fitting('{"n": 3}!', {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "maximum": 5}}})
    '{"n":3}'

    Raises:
        UselessAnswer: when there is no JSON in the text, or none that fits; it says why.
    """
    wrong = ""
    for value in readings(text):
        found = fault(value, schema)
        if found is None:
            return json.dumps(_encodable(value), ensure_ascii=False, separators=(",", ":"))
        wrong = wrong or found
    raise UselessAnswer(_no_answer(text, wrong))


def fault(value: Json, schema: Schema, where: str = "$") -> str | None:
    """Why `value` does not fit `schema`, None when it does. Known are the words of a schema that `schema_of` writes.

    >>> fault({"words": ["a", 1]}, {"type": "object", "properties": {"words": {"items": {"type": "string"}}}})
    '$.words[1] is 1, expected string'
    """
    if "anyOf" in schema:
        faults = [fault(value, each, where) for each in schema["anyOf"]]
        return None if None in faults else faults[0]
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is {_short(value)}, expected one of {schema['enum']}"
    if "type" in schema and not _is(value, schema["type"]):
        return f"{where} is {_short(value)}, expected {schema['type']}"
    if isinstance(value, dict):
        return _fault_of_object(value, schema, where)
    if isinstance(value, list):
        items = schema.get("items")
        kinds = schema.get("prefixItems", []) or ([items] * len(value) if isinstance(items, dict) else [])
        inner = (fault(each, kind, f"{where}[{at}]") for at, (each, kind) in enumerate(zip(value, kinds, strict=False)))
        return _size(len(value), schema, "Items", where) or next(filter(None, inner), None)
    if isinstance(value, str):
        return _size(len(value), schema, "Length", where)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _range(value, schema, where)
    return None


def _fault_of_object(value: dict[str, Json], schema: Schema, where: str) -> str | None:
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        return f"{where} has no {', '.join(map(repr, missing))}"
    properties = schema.get("properties", {})
    faults = (fault(value[name], kind, f"{where}.{name}") for name, kind in properties.items() if name in value)
    return next(filter(None, faults), None)  # what is there and was not asked for does no harm


def _is(value: Json, kind: str | list[str]) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    return any(isinstance(value, _KINDS[each]) and (each == "boolean" or not isinstance(value, bool)) for each in kinds)


def _size(count: int, schema: Schema, what: str, where: str) -> str | None:
    least, most = schema.get(f"min{what}", 0), schema.get(f"max{what}", count)
    things = {"Items": "items", "Length": "letters"}[what]
    return None if least <= count <= most else f"{where} has {count} {things}, expected {least} to {most}"


def _range(number: float, schema: Schema, where: str) -> str | None:
    broken = (name for name, holds in _LIMITS.items() if name in schema and not holds(number, schema[name]))
    return next((f"{where} is {number}, expected {name} {schema[name]}" for name in broken), None)


def _encodable(value: Json) -> Json:
    """The value with half surrogate pairs, which no encoding has, made question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(each) for each in value]
    if isinstance(value, dict):
        return {str(_encodable(name)): _encodable(each) for name, each in value.items()}
    return value


def _no_answer(text: str, fault: str) -> str:
    start = " ".join(text[:200].encode("utf-8", "replace").decode().split())
    return (
        f"the answer does not fit what was asked: {fault}; it was: {start}" if fault else f"the answer holds no JSON: {start!r}"
    )


def _short(value: Json) -> str:
    told = repr(value)
    return told if len(told) <= 40 else f"{told[:40]}..."
