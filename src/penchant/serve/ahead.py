"""What somebody is expected to do."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from penchant.events.times import parse_duration
from penchant.serve.problems import invalid, shown
from penchant.serve.service import Service
from penchant.serve.wire import asked_at, path_user
from penchant.shift.forecast import LONGEST, Forecast
from penchant.types import DAY

MONTH = 30 * DAY  # seconds ahead, where a request names none

Who = Annotated[str, PathParameter(description="the user's id")]
Ahead = Annotated[
    str | None, QueryParameter(description="how far, as an ISO 8601 duration (P7D, P1M, PT12H) or in seconds; P30D if not given")
]
At = Annotated[str | None, QueryParameter(description="ISO 8601 or a number since the epoch; now where it is not given")]


@get("/v1/users/{user:str}/forecast", tags=["interests"])
async def forecast(user: Who, service: NamedDependency[Service], ahead: Ahead = None, at: At = None) -> Forecast:
    """Which topics a user will turn to from now, or another time, until `ahead` later: shares with 80% intervals."""
    user, moment, length = path_user(user), asked_at(at), asked_ahead(ahead)
    return await service.read(lambda: service.engine.forecast(user, length, service.now(user) if moment is None else moment))


def asked_ahead(value: str | None) -> float:
    """A time ahead in a request as seconds; raises ProblemError for what is none."""
    if value is None:
        return MONTH
    length = parse_duration(value)
    if length is None:
        raise invalid("ahead", f"must be an ISO 8601 duration such as P7D or PT12H, or seconds, got {shown(value)}")
    if not 0 < length <= LONGEST:
        raise invalid("ahead", f"must be above 0 and up to five years, got {shown(value)}")
    return length
