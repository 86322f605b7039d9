"""Why an item is recommended, or is not."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.serve.problems import invalid
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user
from penchant.slate.explanation import Explanation

Who = Annotated[str, PathParameter(description="the user's id")]
What = Annotated[str, QueryParameter(description="the item's id")]
Which = Annotated[str | None, QueryParameter(description="a slate that was served to the user; now where it is not given")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch, instead of a slate")]

Tongue = Annotated[str | None, QueryParameter(description="of the words: en or zh; the catalog's where it is not given")]


@get("/v1/users/{user:str}/explain", tags=["recommendations"])
async def explain(
    user: Who, item: What, service: NamedDependency[Service], slate: Which = None, at: At = None, language: Tongue = None
) -> Explanation:
    """What an item's score is made of: events, sources and interests, what it would be without the strongest, and in words."""
    user, moment = path_user(user), asked_at(at)
    if slate is not None and moment is not None:
        raise invalid("at", "is that of the slate, where one is given; leave one out")

    def answer() -> Explanation:
        when = service.now(user) if moment is None else moment
        return service.engine.explain(user, item, slate=slate, at=when, language=language)

    return await service.read(answer)
