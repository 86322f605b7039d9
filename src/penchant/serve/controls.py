"""What people set themselves: what is pinned, muted or seeded, pauses and resets."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, patch
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from penchant.errors import UnknownItem
from penchant.events import InvalidField
from penchant.interest.controls import MOST, Change, Seed
from penchant.serve.answers import Time
from penchant.serve.problems import invalid, shown
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user, read_body

Who = Annotated[str, PathParameter(description="the user's id")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]


class SeedIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A taste to begin with, in words of any language, as items, or both."""

    text: Annotated[str | None, Meta(description="what they like, in words", examples=["space adventures"])] = None
    items: Annotated[tuple[str | int, ...], Meta(max_length=MOST, description="ids of items they like", examples=[["pot"]])] = ()


class ControlsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set; what is left out stays as it is."""

    pin: Annotated[tuple[str, ...] | None, Meta(description="ids of all interests to pin; [] unpins")] = None
    mute: Annotated[tuple[str, ...] | None, Meta(description="ids of all interests to mute; [] unmutes")] = None
    seed: SeedIn | None = None
    pause: Annotated[bool | None, Meta(description="true: learn nothing from now on; false: go on", examples=[True])] = None
    reset: Annotated[bool, Meta(description="true: forget what was learned and seeded up to now")] = False


class Set(msgspec.Struct, frozen=True):
    """All that a user has set: ids of pinned and muted interests, seeds, since when learning is paused, and when it was reset
    last, epoch seconds."""

    user: str
    at: Time
    pin: tuple[str, ...]
    mute: tuple[str, ...]
    seeds: tuple[Seed, ...]
    paused_since: Time | None
    reset_at: Time | None


@get("/v1/users/{user:str}/controls", tags=["interests"])
async def controls(user: Who, service: NamedDependency[Service], at: At = None) -> Set:
    """What a user has set, now or as of another time; nothing for one nobody has heard of."""
    user, moment = path_user(user), asked_at(at)
    return await service.read(_set, service, user, moment)


@patch("/v1/users/{user:str}/controls", tags=["interests"])
async def set_controls(user: Who, request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Set:
    """Pin or mute interests, seed a taste, pause learning, or reset: durable, and in force on the very next request."""
    user, body = path_user(user), await read_body(request, ControlsIn)
    seed = body.seed or SeedIn()
    items = tuple(map(str, seed.items))
    change = Change(pin=body.pin, mute=body.mute, text=seed.text, items=items, pause=body.pause, reset=body.reset)

    def write() -> Set:
        try:
            service.engine.control(user, change, service.now(user))
        except InvalidField as error:
            raise invalid(error.field, error.reason) from None
        except UnknownItem as error:
            raise invalid("seed.items", f"has {shown(error.item)}, which is not in the catalog; add the item first") from None
        return _set(service, user, None)

    return await service.write(write)


def _set(service: Service, user: str, at: float | None) -> Set:
    found = service.engine.controls(user, at)
    return Set(user, service.now(user) if at is None else at, **msgspec.structs.asdict(found))
