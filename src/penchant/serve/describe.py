"""The OpenAPI document, completed by what Litestar cannot know, and the plugins that serve it and its page."""

from copy import deepcopy
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from penchant.events.receipt import Receipt
from penchant.interest.account import Account
from penchant.narrate.desk.desk import DeskState
from penchant.narrate.item.copy import Copy
from penchant.narrate.person.portrait import Portrait
from penchant.serve.answers import Found, Health, Past, People, Shifts, Timeline, Upserted
from penchant.serve.controls import ControlsIn, Set
from penchant.serve.portrait import Portraits
from penchant.serve.problems import MEDIA_TYPE, Problem
from penchant.serve.reference import page
from penchant.serve.schemas import Document
from penchant.serve.told import Words
from penchant.serve.wire import LARGEST_BATCH, EventIn, ItemIn, Question
from penchant.shift.cohorts import Cohorts
from penchant.shift.flows import Flows
from penchant.shift.forecast import Forecast
from penchant.shift.trends import Trends
from penchant.slate.explanation import Explanation
from penchant.slate.slate import Slate
from penchant.types import Item

GROUPS = {  # tag -> what its calls are for, in the order to read them
    "events": "Tell it what people did; the very next answer knows.",
    "items": "What can be recommended.",
    "recommendations": "Ask what to show.",
    "interests": "See what somebody is into, and how that went.",
    "population": "See what everybody is into, and how that goes.",
    "users": "Look around among those who have events.",
    "operations": "For those who run the service.",
}
_ANSWERS = [
    Receipt,
    Upserted,
    Slate,
    Explanation,
    Account,
    Timeline,
    Shifts,
    Forecast,
    Portrait,
    Portraits,
    Trends,
    Flows,
    Cohorts,
    Copy,
    Words,
    Set,
    People,
    Past,
    Found,
    Item,
    Health,
    DeskState,
]
_REF = "#/components/schemas/{name}"


def _batch(what: str, ref: Document) -> Document:
    elements = {"type": "array", "maxItems": LARGEST_BATCH, "items": ref}
    return {"type": "object", "required": [what], "properties": {what: elements}, "additionalProperties": False}


def completed(document: Document) -> Document:
    """`document` with the structs' docstrings, the bodies that handlers read themselves, and problems for every failure."""
    (event, item, question, controls, problem, *_), schemas = msgspec.json.schema_components(
        [EventIn, ItemIn, Question, ControlsIn, Problem, *_ANSWERS], ref_template=_REF
    )
    bodies = {"/v1/events": _batch("events", event), "/v1/items": _batch("items", item), "/v1/recommendations": question}
    bodies["/v1/users/{user}/controls"] = controls
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
            if method in ("post", "patch") and path in bodies:
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
        return page(completed(openapi_schema)).encode()
