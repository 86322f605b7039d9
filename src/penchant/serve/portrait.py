"""Somebody in words."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.narrate.person.portrait import Portrait
from penchant.serve.answers import Time
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user

Who = Annotated[str, PathParameter(description="the user's id")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]
Tongue = Annotated[str | None, QueryParameter(description="en or zh; the catalog's language where it is not given")]
History = Annotated[bool, QueryParameter(description="true for every portrait up to then, oldest first")]


class Portraits(msgspec.Struct, frozen=True):
    """Every portrait of a user up to a time, oldest first, each with when the next took its place."""

    user: str
    at: Time
    portraits: tuple[Portrait, ...]


@get("/v1/users/{user:str}/portrait", tags=["interests"])
async def portrait(
    user: Who, service: NamedDependency[Service], at: At = None, language: Tongue = None, history: History = False
) -> Portrait | Portraits:
    """Who a user is, what changed and what may come, in words: each sentence with its facts and the events that show them."""
    user, moment = path_user(user), asked_at(at)

    def answer() -> Portrait | Portraits:
        when = service.now(user) if moment is None else moment
        if not history:
            return service.engine.portrait(user, when, language)
        return Portraits(user, when, tuple(service.engine.portraits(user, when, language)))

    return await service.read(answer)
