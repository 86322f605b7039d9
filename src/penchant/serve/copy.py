"""A headline or a notification for an item and a user."""

from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.narrate.item.copy import Copy
from penchant.serve.problems import invalid
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user
from penchant.telling.copying import copy as written

Who = Annotated[str, PathParameter(description="the user's id")]
What = Annotated[str, QueryParameter(description="the item's id")]
Which = Annotated[str | None, QueryParameter(description="a slate that was served to the user: for the reason it had there")]
Sort = Annotated[Literal["headline", "notification"], QueryParameter(name="kind", description="at most 60 or 120 characters")]
Tongue = Annotated[Literal["en", "zh"] | None, QueryParameter(description="the item's own where it is not given")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch, instead of a slate")]


@get("/v1/users/{user:str}/copy", tags=["recommendations"])
async def copy(
    user: Who,
    item: What,
    service: NamedDependency[Service],
    sort: Sort = "headline",
    slate: Which = None,
    language: Tongue = None,
    at: At = None,
) -> Copy:
    """A headline or notification that names the item and why it is for the user, and says nothing that is not known of it."""
    user, moment = path_user(user), asked_at(at)
    if slate is not None and moment is not None:
        raise invalid("at", "is that of the slate, where one is given; leave one out")

    def answer() -> Copy:
        when = None if slate is not None else service.now(user) if moment is None else moment
        return written(service.engine, user, item, sort=sort, slate=slate, language=language, at=when)

    return await service.read(answer)
