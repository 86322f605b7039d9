"""Looking around: users and their last events, items and their titles. What the dashboard reads."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from penchant.errors import UnknownItem, UnknownUser
from penchant.serve.answers import Deed, Found, Listed, Past, People, Person
from penchant.serve.problems import ProblemError
from penchant.serve.service import Service
from penchant.serve.wire import path_id, path_user
from penchant.types import Event, Item

Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most")]
Wanted = Annotated[str, QueryParameter(name="query", description="a part of the title")]  # Litestar keeps `query` for itself


@get("/v1/users", tags=["people"])
async def users(service: NamedDependency[Service], prefix: FromQuery[str] = "", limit: Limit = 20) -> People:
    """Users whose id starts with `prefix`, in order of their first event."""
    return await service.read(_users, service, prefix, limit)


@get("/v1/users/{user:str}/events", tags=["people"])
async def user_events(user: FromPath[str], service: NamedDependency[Service], limit: Limit = 50) -> Past:
    """A user's last events, newest first, with the titles and categories of their items."""
    user = path_user(user)
    return await service.read(_past, service, user, limit)


@get("/v1/items", tags=["catalog"])
async def items(service: NamedDependency[Service], title: Wanted = "", limit: Limit = 20) -> Found:
    """Items whose title holds `query`, whatever the case, in order of arrival."""
    return await service.read(_search, service, title, limit)


@get("/v1/items/{item:str}", tags=["catalog"])
async def item(item: FromPath[str], service: NamedDependency[Service]) -> Item:
    """The record of an item."""
    catalog = service.engine.catalog
    try:
        return catalog.items[catalog.number(path_id(item))]
    except UnknownItem as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, str(error), kind="unknown-item") from None


def _users(service: Service, prefix: str, limit: int) -> People:
    engine = service.engine
    counts = engine.people.state.folded
    found = ((number, user) for number, user in enumerate(engine.log.users()) if user and user.startswith(prefix))
    people = tuple(Person(user, int(counts[number]) if number < len(counts) else 0) for number, user in islice(found, limit))
    return People(people, engine.log.totals().users)


def _past(service: Service, user: str, limit: int) -> Past:
    log = service.engine.log
    number = log.user(user)
    if number < 0:
        raise UnknownUser(user, log.totals().users)
    return Past(user, tuple(_deed(service, event) for event in log.events(number, limit)))


def _deed(service: Service, event: Event) -> Deed:
    catalog = service.engine.catalog
    about = catalog.items[catalog.number(event.item)] if event.item is not None else None
    title, categories = (about.title, about.categories) if about else (None, ())
    return Deed(event.id, event.time, event.action, event.item, title, categories, event.value, event.weight or 0.0, event.text)


def _search(service: Service, query: str, limit: int) -> Found:
    wanted = query.casefold().strip()

    def matching() -> Iterator[Item]:
        for record in service.engine.catalog.items.copy():
            if wanted in record.title.casefold():
                yield record

    return Found(tuple(Listed(record.id, record.title, record.categories) for record in islice(matching(), limit)))
