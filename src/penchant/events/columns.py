"""Which column of a source is which: roles, the names they go by, and how a file's columns are matched to them."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from penchant.errors import InvalidInput

Kind = Literal["name", "text", "number", "time", "list", "attributes"]


class Role(NamedTuple):
    """What a column is for: how its values are read, and the other names it is known by (letters and digits, lower case)."""

    kind: Kind
    synonyms: tuple[str, ...] = ()
    required: bool = False


Roles = Mapping[str, Role]

EVENT_ROLES: Roles = {
    "id": Role("name", ("eventid", "eventuuid")),
    "user": Role("name", ("userid", "uid", "customer", "customerid", "visitorid", "memberid", "reviewerid"), required=True),
    "item": Role("name", ("itemid", "movieid", "product", "productid", "articleid", "videoid", "trackid", "newsid", "asin")),
    "action": Role("name", ("event", "eventtype", "eventname", "actiontype", "behavior", "behaviour")),
    "time": Role(
        "time", ("timestamp", "ts", "datetime", "date", "eventtime", "createdat", "unixreviewtime", "occurredat"), required=True
    ),
    "value": Role("number", ("rating", "stars", "score", "quantity")),
    "weight": Role("number"),
    "text": Role("text", ("query", "searchquery", "review", "reviewtext", "comment")),
    "slate": Role("name", ("slateid",)),
}

ITEM_ROLES: Roles = {
    "id": Role("name", ("item", *EVENT_ROLES["item"].synonyms), required=True),
    "title": Role("text", ("name", "itemname", "productname", "movietitle", "headline")),
    "text": Role("text", ("description", "desc", "abstract", "summary", "body", "content", "overview")),
    "categories": Role("list", ("category", "genres", "genre", "tags", "categoryname")),
    "brand": Role("text", ("brandname", "manufacturer")),
    "price": Role("number", ("unitprice",)),
    "language": Role("name", ("lang", "languagecode")),
    "available_from": Role("time", ("publishedat", "releasedate", "startdate")),
    "available_until": Role("time", ("expiresat", "enddate")),
    "attributes": Role("attributes"),
}


def match(found: Iterable[str], roles: Roles, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The column of each role that has one, from the names `found`. A role mapped to "" in `columns` is left without.

    >>> match(["userId", "movieId", "rating", "timestamp"], EVENT_ROLES, {"value": "rating"})
    {'value': 'rating', 'user': 'userId', 'item': 'movieId', 'time': 'timestamp'}

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
        wanted = {_plain(role), *rule.synonyms}
        candidates = [] if role in given else [name for name in free if _plain(name) in wanted]
        if len(candidates) > 1:
            raise InvalidInput(
                f"{_listed(candidates)} could each be {role}; say which with columns={{{role!r}: {candidates[0]!r}}}"
            )
        if candidates:
            matched[role] = candidates[0]
    return matched


def require(matched: Iterable[str], found: Iterable[str], roles: Roles) -> None:
    """Check that every required role has a column.

    Raises:
        InvalidInput: naming the role that has none, the columns found and how to map one.
    """
    have = set(matched)
    for role, rule in roles.items():
        if rule.required and role not in have:
            raise InvalidInput(f"no column for {role}; found: {_listed(found)}; name it with columns={{{role!r}: 'COLUMN'}}")


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
