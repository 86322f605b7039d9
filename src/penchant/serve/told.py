"""What a user has said."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.interest.told import Told
from penchant.serve.answers import Time
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user

Who = Annotated[str, PathParameter(description="the user's id")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]


class Words(msgspec.Struct, frozen=True):
    """Everything that a user had said by a time, in the order it was said."""

    user: str
    at: Time
    told: tuple[Told, ...]


@get("/v1/users/{user:str}/told", tags=["interests"])
async def told(user: Who, service: NamedDependency[Service], at: At = None) -> Words:
    """What a user said in searches, reviews and seeds: each phrase, whether it is liked, and the items it was taken to mean."""
    user, moment = path_user(user), asked_at(at)

    def answer() -> Words:
        when = service.now(user) if moment is None else moment
        return Words(user, when, tuple(service.engine.told(user, when)))

    return await service.read(answer)
