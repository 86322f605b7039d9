"""Which column of a source is which: roles, the names they go by, and how a file's columns are matched to them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from penchant.errors import InvalidInput

Kind = Literal["name", "text", "number", "time", "list", "attributes"]


class Role(NamedTuple):
    """What a column is for: how its values are read, and the other names it is known by (letters and digits, lower case)."""

    kind: Kind
    synonyms: tuple[str, ...] = ()
    required: bool = False
    last: tuple[str, ...] = ()  # names that count only where no column has one of the others


Roles = Mapping[str, Role]

EVENT_ROLES: Roles = {
    "id": Role("name", ("eventid", "eventuuid")),
    "user": Role(
        "name",
        ("userid", "uid", "customer", "customerid", "visitorid", "memberid", "reviewerid"),
        required=True,
        last=(
            *("userno", "usernumber", "customerno", "customernumber", "visitor", "member", "clientid", "buyerid", "shopperid"),
            *("viewer", "viewerid", "listener", "listenerid", "reader", "readerid"),
        ),
    ),
    "item": Role(
        "name",
        ("itemid", "movieid", "product", "productid", "articleid", "videoid", "trackid", "newsid", "asin"),
        last=("sku", "skuid", "itemno", "itemnumber", "itemcode", "productno", "productnumber", "productcode", "stockcode"),
    ),
    "action": Role(
        "name",
        ("event", "eventtype", "eventname", "actiontype", "behavior", "behaviour"),
        last=("type", "actionname", "interaction", "interactiontype"),
    ),
    "time": Role(
        "time",
        ("timestamp", "ts", "datetime", "date", "eventtime", "createdat", "unixreviewtime", "occurredat"),
        required=True,
        last=("when", "eventtimestamp", "eventdate", "orderdate", "invoicedate", "purchasedate", "unixtime", "happenedat"),
    ),
    "value": Role("number", ("rating", "stars", "score", "quantity", "qty")),
    "weight": Role("number"),
    "text": Role("text", ("query", "searchquery", "review", "reviewtext", "comment"), last=("searchterm", "searchtext")),
    "slate": Role("name", ("slateid",)),
}

ITEM_ROLES: Roles = {
    "id": Role("name", ("item", *EVENT_ROLES["item"].synonyms), required=True, last=EVENT_ROLES["item"].last),
    "title": Role("text", ("name", "itemname", "productname", "movietitle", "headline"), last=("producttitle", "itemtitle")),
    "text": Role(
        "text",
        ("description", "desc", "abstract", "summary", "body", "content", "overview"),
        last=("productdescription", "itemdescription", "longdescription"),
    ),
    "categories": Role(
        "list",
        ("category", "genres", "genre", "tags", "categoryname"),
        last=("department", "productcategory", "itemcategory", "maincategory", "categorypath"),
    ),
    "brand": Role("text", ("brandname", "manufacturer"), last=("maker", "manufacturername")),
    "price": Role("number", ("unitprice",), last=("retailprice", "sellingprice", "priceusd", "priceeur")),
    "language": Role("name", ("lang", "languagecode")),
    "available_from": Role("time", ("publishedat", "releasedate", "startdate")),
    "available_until": Role("time", ("expiresat", "enddate")),
    "attributes": Role("attributes"),
}


def match(found: Iterable[str], roles: Roles, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The column of each role that has one, from the names `found`. A role mapped to "" in `columns` is left without.

    >>> match(["userId", "movieId", "rating", "timestamp"], EVENT_ROLES, {"value": "rating"})
    {'user': 'userId', 'item': 'movieId', 'time': 'timestamp', 'value': 'rating'}

    Raises:
        InvalidInput: when a mapping names a role or column that does not exist, or two columns could serve one role.
    """
    names = list(found)
    given = dict(columns or {})
    if unknown := [role for role in given if role not in roles]:
        raise InvalidInput(f"cannot map {unknown[0]!r}; the fields are {', '.join(roles)}")
    for role, column in given.items():
        if column and column not in names:
            raise InvalidInput(f"{role} is mapped to column {column!r}, which is not there; found: {_listed(names)}")
    free = [name for name in names if name not in given.values()]
    matched = {role: column for role, column in given.items() if column}
    for role, rule in roles.items():
        usual, last = {_plain(role), *rule.synonyms}, {*rule.last}
        candidates = [name for name in free if _plain(name) in usual] or [name for name in free if _plain(name) in last]
        if role in given or not candidates:
            continue
        if len(candidates) > 1:
            raise ambiguous(role, candidates)
        matched[role] = candidates[0]
    return {role: matched[role] for role in roles if role in matched}


def ambiguous(role: str, candidates: Sequence[str]) -> InvalidInput:
    """The error that several columns could serve one role."""
    return InvalidInput(f"{_listed(candidates)} could each be {role}; say which with columns={{{role!r}: {candidates[0]!r}}}")


def others(found: Iterable[str], matched: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that serve no role, in their order.

    >>> others(["user", "what", "time"], {"user": "user", "time": "time"})
    ('what',)
    """
    taken = set(matched.values())
    return tuple(name for name in found if name not in taken)


def assumed(matched: Mapping[str, str]) -> str:
    """What an event with a value is where no column says what was done: a purchase where the column counts pieces, else stars.

    >>> assumed({"value": "Quantity"}), assumed({"value": "rating"})
    ('purchase', 'rate')
    """
    return "purchase" if _plain(matched.get("value", "")) in ("quantity", "qty") else "rate"


def require(matched: Iterable[str], found: Iterable[str], roles: Roles) -> None:
    """Check that every required role has a column.

    Raises:
        InvalidInput: naming the roles that have none, the columns found and how to map one.
    """
    have = set(matched)
    if missing := [role for role, rule in roles.items() if rule.required and role not in have]:
        first, *more = missing
        also = f", nor for {', '.join(more)}" if more else ""
        raise InvalidInput(f"no column for {first}{also}; found: {_listed(found)}; name it with columns={{{first!r}: 'COLUMN'}}")


def split(text: str) -> list[str]:
    """The parts of a list written as text: between bars, or between semicolons where there is no bar.

    >>> split("Action|Sci-Fi"), split("Home; Garden, Tools")
    (['Action', 'Sci-Fi'], ['Home', ' Garden, Tools'])
    """
    return text.split("|" if "|" in text else ";")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "no columns"
