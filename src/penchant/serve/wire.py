"""What comes in over HTTP: JSON to the records the engine takes, one element at a time, so that a bad one spoils no other."""

import math
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from msgspec import Meta

from penchant.catalog import Filter
from penchant.catalog.clean import clean
from penchant.catalog.read import check_item
from penchant.errors import InvalidInput
from penchant.events import InvalidField
from penchant.events.receipt import Rejected
from penchant.events.rules import BROKEN, LONGEST_TEXT, NO_TIME, Bounds, check_record, encodes, name
from penchant.events.times import parse_time, seconds
from penchant.serve.problems import ClientGone, Fault, ProblemError, invalid, shown
from penchant.slate.request import LARGEST
from penchant.types import Event, Item

LARGEST_BODY = 8 * 1024 * 1024  # bytes
LARGEST_BATCH = 1_000  # events or items
LONGEST_QUESTION = 10_000  # characters of a text to recommend for
LONGEST_HISTORY = 1_000  # items of a history
MOST_EXCLUDED = 10_000  # items of an exclude list

T = TypeVar("T")
R = TypeVar("R")

Name = str | int  # ids; a whole number is read as its digits, as in imported files
Moment = str | float  # ISO 8601, or a number since the epoch


_MOMENT = "ISO 8601 or a number since the epoch; now where it is missing"


class EventIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing a person did. Without a time it happened now; without an id its content identifies it."""

    user: Annotated[Name, Meta(description="who did it", examples=["ann"])]
    item: Annotated[Name | None, Meta(description="what it was about; if nothing, give a `text`", examples=["pot"])] = None
    action: Annotated[str, Meta(description="one of the configured actions", examples=["click"])] = "view"
    time: Annotated[Moment | None, Meta(description=f"when it happened, {_MOMENT}", examples=["2023-11-14T22:00:00Z"])] = None
    id: Annotated[Name | None, Meta(description="makes posting again harmless: an id counts once", examples=["click-1"])] = None
    value: Annotated[float | None, Meta(description="the number that came with it: stars, a quantity")] = None
    weight: Annotated[float | None, Meta(description="overrides the weight configured for the action")] = None
    text: Annotated[str | None, Meta(description="what was searched for or written")] = None
    slate: Annotated[str | None, Meta(description="the slate it answers, as given with the recommendations")] = None


class ItemIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that can be recommended; whatever else is known of it goes into `attributes`."""

    id: Annotated[Name, Meta(description="replaces the record of an item that is known by it", examples=["cup"])]
    title: Annotated[str, Meta(examples=["Tea cup"])] = ""
    text: Annotated[str, Meta(description="what it is, in any language")] = ""
    categories: Annotated[tuple[str, ...], Meta(description="interests are named by them", examples=[["Tea"]])] = ()
    brand: str | None = None
    price: Annotated[float | None, Meta(description="in whatever currency the catalog has", examples=[4.5])] = None
    language: str | None = None
    available_from: Annotated[Moment | None, Meta(description="recommended from then on")] = None
    available_until: Annotated[Moment | None, Meta(description="and no longer from then on")] = None
    attributes: Annotated[
        dict[str, str | float | bool | None],
        Meta(description="whatever else is known, for filters to ask for", examples=[{"colour": "white"}]),
    ] = {}


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request for recommendations without a stored user."""

    text: Annotated[str | None, Meta(description="what is wanted, in any language", examples=["something to drink from"])] = None
    history: Annotated[
        tuple[Name, ...], Meta(max_length=LONGEST_HISTORY, description="ids of items, oldest first", examples=[["tea"]])
    ] = ()
    k: Annotated[int, Meta(ge=1, le=LARGEST, description="how many items", examples=[3])] = 10
    at: Annotated[Moment | None, Meta(description=f"as of when, {_MOMENT}")] = None
    filter: Annotated[Filter | None, Meta(description="what the slate may hold", examples=[{"price_max": 20}])] = None
    exclude: Annotated[
        tuple[Name, ...], Meta(max_length=MOST_EXCLUDED, description="ids of items that are not wanted", examples=[["pot"]])
    ] = ()


class EventsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of events, read one by one."""

    events: list[msgspec.Raw]


class ItemsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of items, read one by one."""

    items: list[msgspec.Raw]


async def read_body(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """The JSON body of a request.

    Raises:
        ProblemError: 415 for another media type, 413 for too large a body, 400 for anything but the JSON of a `kind`.
        ClientGone: when the client hung up before all of it was there.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        detail = f"send JSON with Content-Type: application/json, got {shown(media) if media else 'none'}"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    if encoding := request.headers.get("content-encoding", ""):
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send the body as it is, not with Content-Encoding {shown(encoding)}"
        )
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except HTTPException as error:
        if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:  # which is what Litestar makes of a client that hung up
            raise ClientGone from None
        if error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        detail = f"a body may have {LARGEST_BODY:,} bytes; send several smaller requests"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"the body cannot be read: {reason(error)}"
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, *faults(str(error)), kind="invalid-body") from None


def faults(told: str) -> tuple[Fault, ...]:
    """Which field of a body is at fault, by what msgspec says of it; none where it names none.

    >>> faults("Object contains unknown field `price_mx` - at `$.filter`")
    (Fault(field='filter.price_mx', reason='Object contains unknown field `price_mx`'),)
    >>> faults("JSON is malformed: invalid character (byte 3)")
    ()
    """
    said, _, place = told.partition(" - at `$")
    named = re.search(r"(?:unknown|required) field `([^`]*)`", said)
    field = ".".join(part for part in (place.strip(".`"), named[1] if named else "") if part)
    return (Fault(field, said),) if field else ()


def elements(
    raw: Sequence[msgspec.Raw], kind: type[T], make: Callable[[T], R], what: str
) -> tuple[list[R], list[int], list[Rejected]]:
    """The records that could be made of a batch, the place of each in it, and a reason for every other.

    Raises:
        ProblemError: 413 for too large a batch.
    """
    if len(raw) > LARGEST_BATCH:
        detail = f"a batch holds up to {LARGEST_BATCH:,} {what}, got {len(raw):,}; send several"
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, Fault(what, "are too many"))
    decode = msgspec.json.Decoder(kind).decode
    records: list[R] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    for index, one in enumerate(raw):
        try:
            records.append(make(decode(one)))
            places.append(index)
        except (msgspec.DecodeError, UnicodeError, RecursionError, InvalidInput) as error:
            rejected.append(Rejected(index, reason(error)))
    return records, places, rejected


def to_event(given: EventIn, now: float) -> Event:
    """The engine's event, its text cleaned as imports do; `now` (epoch seconds) is the time of one that has none.

    >>> to_event(EventIn(user=7, item="tea", time="2024-01-02"), now=0.0)
    Event(user='7', time=1704153600.0, item='tea', action='view', id='', value=None, weight=None, text=None, slate=None)

    Raises:
        InvalidField: for a time that is not one.
    """
    return Event(
        user=str(given.user),
        item=None if given.item in (None, "") else str(given.item),
        action=given.action,
        time=now if given.time is None else moment(given.time, "time"),
        id="" if given.id is None else str(given.id),
        value=given.value,
        weight=given.weight,
        text=None if given.text is None else _cleaned(given.text),
        slate=given.slate or None,
    )


def to_item(given: ItemIn) -> Item:
    """The engine's item, checked, its texts cleaned as imports do.

    Raises:
        InvalidField: naming the first field that breaks a rule.
    """
    start, end = (None if given.available_from is None else moment(given.available_from, "available_from")), given.available_until
    item = Item(
        id=str(given.id),
        title=_cleaned(given.title),
        text=_cleaned(given.text),
        categories=tuple(dict.fromkeys(category for category in map(_cleaned, given.categories) if category)),
        brand=_cleaned(given.brand or "") or None,
        price=given.price,
        language=given.language or None,
        available_from=start,
        available_until=None if end is None else moment(end, "available_until"),
        attributes={key: value for key, value in given.attributes.items() if value is not None},
    )
    check_item(item)
    for field, texts in (("categories", item.categories), ("attributes", _texts(item))):
        for text in texts:
            if len(text) > LONGEST_TEXT or not encodes(text):
                raise InvalidField(field, ascii(text), BROKEN if len(text) <= LONGEST_TEXT else "is too long")
    return item


def moment(value: Moment, field: str) -> float:
    """Epoch seconds from ISO 8601 or a number since the epoch, in seconds to nanoseconds.

    Raises:
        InvalidField: for anything else.
    """
    time = parse_time(value) if isinstance(value, str) else seconds(value)
    if time is None or not math.isfinite(time):
        raise InvalidField(field, f"{value}", NO_TIME)
    return time


def asked_at(value: Moment | None, field: str = "at") -> float | None:
    """A time in a request as epoch seconds, None where it has none; raises ProblemError for what is no such time."""
    if value is None:
        return None
    try:
        time = moment(value, field)
    except InvalidField as error:
        raise invalid(field, f"{NO_TIME}: {shown(error.value)}") from None
    if not 0 <= time < 2**36:
        raise invalid(field, "must lie between 1970 and the year 4000")
    return time


SLASH = "\udc2f"  # an escaped slash of an id on its way through the router; no decoded path can hold it otherwise
_USER = (name("user", required=True),)


def path_id(part: str) -> str:
    """The id that a part of the path spells, slashes included."""
    return part.replace(SLASH, "/")


def path_user(part: str) -> str:
    """The same for a user; raises InvalidField for what no user can be called, by the rule for events."""
    user = path_id(part)
    check_record(Event(user=user, time=0.0), _USER, Bounds())
    return user


def reason(error: Exception) -> str:
    """What was wrong with a piece of JSON, in words for whoever sent it."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it is not valid UTF-8"
    return str(error)


def _cleaned(text: str) -> str:
    return clean(text) if len(text) <= LONGEST_TEXT else text  # too long a text is refused by the rules, unread


def _texts(item: Item) -> list[str]:
    return [text for pair in item.attributes.items() for text in pair if isinstance(text, str)]
