"""Options that say which column of a file holds what: one for each field of an event and of an item."""

import inspect
import re
from collections.abc import Callable
from functools import wraps
from typing import Annotated, NamedTuple

import typer

from penchant.errors import InvalidInput

EVENT_FIELDS = {
    "user": "user", "item": "item", "time": "time", "action": "action", "value": "value", "weight": "weight", "slate": "slate",
    "id": "event-id", "text": "event-text",
}  # fmt: skip
ITEM_FIELDS = {
    "id": "item-id", "title": "title", "text": "item-text", "categories": "categories", "brand": "brand", "price": "price",
    "language": "language", "available_from": "available-from", "available_until": "available-until", "attributes": "attributes",
}  # fmt: skip


class Columns(NamedTuple):
    """Which column holds a field, for the fields that were named; the others are found by their usual names."""

    events: dict[str, str]
    items: dict[str, str]


def with_columns(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with an option for every field; what was given arrives as its first argument."""
    kinds = {"events": EVENT_FIELDS, "items": ITEM_FIELDS}
    options = {_name(option): (kind, field) for kind, fields in kinds.items() for field, option in fields.items()}

    @wraps(command)
    def wrapped(**given: object) -> None:
        mapped: dict[str, dict[str, str]] = {"events": {}, "items": {}}
        for name, (kind, field) in options.items():
            column = given.pop(name, None)
            if isinstance(column, str):
                mapped[kind][field] = column
        command(Columns(**mapped), **given)

    own = list(inspect.signature(command).parameters.values())[1:]
    parameters = [*own, *(_option(name, *where) for name, where in options.items())]
    vars(wrapped)["__signature__"] = inspect.Signature(parameters)  # typer reads the options from this and the annotations
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": None}
    return wrapped


def as_option(error: InvalidInput, fields: dict[str, str]) -> InvalidInput:
    """The same error, told to somebody who maps columns with these options rather than in Python.

    >>> error = InvalidInput("no column for id; name it with columns={'id': 'COLUMN'}")
    >>> str(as_option(error, ITEM_FIELDS))
    'no column for id; name it with --item-id-col COLUMN'
    """

    def option(found: re.Match[str]) -> str:
        return f"--{fields[found[1]]}-col {found[2]}"

    told = re.sub(r"columns=\{'(\w+)': '(.*)'\}$", option, str(error))
    return InvalidInput(re.sub(r"encoding=\S+ \((--encoding .*?)\)$", r"\1", told))


def _name(option: str) -> str:
    return f"{option.replace('-', '_')}_col"


def _option(name: str, kind: str, field: str) -> inspect.Parameter:
    words = f"{'Items' if kind == 'items' else 'Events'}: the column that holds the {field.replace('_', ' ')}."
    kind_of = Annotated[str | None, typer.Option(f"--{name.replace('_', '-')}", metavar="COLUMN", help=words, show_default=False)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind_of)
