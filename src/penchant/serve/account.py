"""What is known of a user: their interests at any time, how these came about, and how they shifted."""

from typing import Annotated

import numpy as np
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.engine import Engine
from penchant.errors import UnknownUser
from penchant.events import Log
from penchant.events.log import Presence
from penchant.interest.account import Account, Interest
from penchant.serve.answers import Point, Shifts, Standing, Timeline
from penchant.serve.problems import invalid
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user

Who = Annotated[str, PathParameter(description="the user's id")]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]
Start = Annotated[str | None, QueryParameter(name="from", description="start of a timeline; their first event if not given")]
End = Annotated[str | None, QueryParameter(name="to", description="end of a timeline; their last event if not given")]
Points = Annotated[int | None, QueryParameter(ge=2, le=100, description="times of a timeline, evenly spread")]
Since = Annotated[str | None, QueryParameter(description="only shifts found from then on; ISO 8601 or a number since the epoch")]

POINTS = 24  # of a timeline that names no number


@get("/v1/users/{user:str}/interests", tags=["interests"])
async def interests(
    user: Who,
    service: NamedDependency[Service],
    at: At = None,
    start: Start = None,
    end: End = None,
    points: Points = None,
) -> Account | Timeline:
    """What a user is into, now or at another time, each interest with the events that show it.

    With `from`, `to` or `points` a timeline: how strong each interest was at evenly spread times, 24 unless told.
    """
    user = path_user(user)
    moment, first, last = asked_at(at), asked_at(start, "from"), asked_at(end, "to")
    if start is None and end is None and points is None:
        return await service.read(lambda: service.engine.interests(user, service.now(user) if moment is None else moment))
    if moment is not None:
        raise invalid("at", "is one time and `from`, `to` and `points` are many; give one or the other")
    return await service.read(_timeline, service.engine, user, first, last, points or POINTS)


@get("/v1/users/{user:str}/shifts", tags=["interests"])
async def shifts(user: Who, service: NamedDependency[Service], since: Since = None, at: At = None) -> Shifts:
    """How a user's interests shifted, up to now or to another time, in the order it was found, each shift with its evidence."""
    user, earliest, moment = path_user(user), asked_at(since, "since"), asked_at(at)

    def answer() -> Shifts:
        when = service.now(user) if moment is None else moment
        return Shifts(user, when, service.engine.shifts(user, when, since=-np.inf if earliest is None else earliest))

    return await service.read(answer)


def _timeline(engine: Engine, user: str, first: float | None, last: float | None, points: int) -> Timeline:
    life = _life(engine.log, user)
    first, last = life.first if first is None else first, life.last if last is None else last
    if first > last:
        raise invalid("to", "is before `from`")
    accounts = engine.timeline(user, np.linspace(first, last, points).tolist())
    return Timeline(user, tuple(Point(one.at, tuple(map(_standing, one.interests))) for one in accounts))


def _life(log: Log, user: str) -> Presence:
    found = log.people(user, 1)  # an id comes before those it is the beginning of
    if not found or found[0].user != user:
        raise UnknownUser(user, log.totals().users)
    return found[0]


def _standing(interest: Interest) -> Standing:
    return Standing(interest.id, interest.label, interest.theme, interest.share, interest.strength)
