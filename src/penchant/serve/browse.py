"""Looking around: users and their last events, items and their titles. What the dashboard reads."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Literal

import numpy as np
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.errors import UnknownItem, UnknownUser
from penchant.events import Log
from penchant.serve.answers import Deed, Found, Listed, Past, People, Person
from penchant.serve.problems import ProblemError
from penchant.serve.service import Service
from penchant.serve.wire import path_id, path_user
from penchant.types import Event, Item

Who = Annotated[str, PathParameter(description="the user's id")]
Which = Annotated[str, PathParameter(description="the item's id; a slash in it is written %2F")]
Prefix = Annotated[str, QueryParameter(description="what the id starts with")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most")]
Sort = Annotated[Literal["id", "events"], QueryParameter(description="by id, or those with the most events first")]
Wanted = Annotated[str, QueryParameter(name="query", description="a part of the title")]  # Litestar keeps `query` for itself


@get("/v1/users", tags=["users"])
async def users(service: NamedDependency[Service], prefix: Prefix = "", limit: Limit = 20, sort: Sort = "id") -> People:
    """Users whose id starts with `prefix`, each with the number of their events and the times of the first and the last."""
    return await service.read(_users, service.engine.log, prefix, limit, sort)


@get("/v1/users/{user:str}/events", tags=["users"])
async def user_events(user: Who, service: NamedDependency[Service], limit: Limit = 50) -> Past:
    """A user's last events, newest first, with the titles and categories of their items."""
    user = path_user(user)
    return await service.read(_past, service, user, limit)


@get("/v1/items", tags=["items"])
async def items(service: NamedDependency[Service], title: Wanted = "", limit: Limit = 20) -> Found:
    """Items whose title holds `query`, whatever the case, in order of arrival."""
    return await service.read(_search, service, title, limit)


@get("/v1/items/{item:str}", tags=["items"])
async def item(item: Which, service: NamedDependency[Service]) -> Item:
    """The record of an item."""
    catalog = service.engine.catalog
    try:
        return catalog.items[catalog.number(path_id(item))]
    except UnknownItem as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error), kind="unknown-item") from None


def _users(log: Log, prefix: str, limit: int, sort: Literal["id", "events"]) -> People:
    return People(tuple(Person(*found) for found in log.people(prefix, limit, sort)), log.totals().users)


def _past(service: Service, user: str, limit: int) -> Past:
    log = service.engine.log
    number = log.user(user)
    if number < 0:
        raise UnknownUser(user, log.totals().users)
    return Past(user, tuple(_deed(service, event) for event in log.events(number, limit)))


def _deed(service: Service, event: Event) -> Deed:
    catalog, weight = service.engine.catalog, event.weight or 0.0
    if event.item is None:
        return Deed(event.id, event.time, event.action, None, None, (), (), event.value, weight, event.text)
    number = catalog.number(event.item)
    about, (themes,) = catalog.items[number], service.engine.known.themes(np.array([number]), catalog)
    return Deed(
        event.id, event.time, event.action, event.item, about.title, about.categories, themes, event.value, weight, event.text
    )


def _search(service: Service, query: str, limit: int) -> Found:
    wanted = query.casefold().strip()

    def matching() -> Iterator[Item]:
        for record in service.engine.catalog.items.copy():
            if wanted in record.title.casefold():
                yield record

    return Found(tuple(Listed(record.id, record.title, record.categories) for record in islice(matching(), limit)))
