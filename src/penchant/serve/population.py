"""What everybody does: topics that rise and fade, flows between them, and people by what they came for."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from penchant.events.times import parse_duration
from penchant.serve.problems import invalid, shown
from penchant.serve.service import Service
from penchant.serve.wire import asked_at
from penchant.shift.cohorts import Cohorts
from penchant.shift.flows import PERIOD, Flows
from penchant.shift.population import LONGEST, Level, whole_days
from penchant.shift.trends import WINDOW, Trends
from penchant.types import DAY

_TIME = "ISO 8601 or a number since the epoch; now where it is not given; back to the last midnight, UTC"
At = Annotated[str | None, QueryParameter(description=_TIME)]
Until = Annotated[str | None, QueryParameter(description=f"end of the period; {_TIME}")]
Since = Annotated[str | None, QueryParameter(description="start of the period; 13 weeks before its end where it is not given")]
Window = Annotated[
    str | None,
    QueryParameter(description="how long, of whole days: an ISO 8601 duration (P28D, P4W) or seconds; P28D if not given"),
]
Which = Annotated[Level, QueryParameter(description="broad topics, or the fine ones they are made of")]


@get("/v1/trends", tags=["population"])
async def trends(service: NamedDependency[Service], at: At = None, window: Window = None, level: Which = "broad") -> Trends:
    """Which topics rise and fade in what everybody does: the period up to a midnight against as long before it."""
    moment, seconds = asked_at(at), _asked_for(window)
    when = service.now(None) if moment is None else moment
    return await service.read(lambda: service.engine.trends(when, window=seconds, level=level))


@get("/v1/flows", tags=["population"])
async def flows(service: NamedDependency[Service], since: Since = None, until: Until = None, level: Which = "broad") -> Flows:
    """Between which topics people moved: from as long before a period to the period. Ready to be drawn as a Sankey diagram."""
    first, last = asked_at(since, "since"), asked_at(until, "until")
    end = service.now(None) if last is None else last
    start = max(end - PERIOD, 0.0) if first is None else first
    if not DAY <= whole_days(end) - whole_days(start) <= LONGEST:
        raise invalid("since", f"must be 1 to {LONGEST / DAY:,.0f} days before until")
    return await service.read(lambda: service.engine.flows(start, end, level=level))


@get("/v1/cohorts", tags=["population"])
async def cohorts(service: NamedDependency[Service], at: At = None) -> Cohorts:
    """People by the topic their first visit was about most: how many, how many came back, and what they are into now."""
    moment = asked_at(at)
    return await service.read(lambda: service.engine.cohorts(service.now(None) if moment is None else moment))


def _asked_for(window: str | None) -> float:
    if window is None:
        return WINDOW
    seconds = parse_duration(window)
    if seconds is None:
        raise invalid("window", f"must be an ISO 8601 duration such as P28D or P4W, or seconds, got {shown(window)}")
    if not (seconds % DAY == 0 and DAY <= seconds <= LONGEST):
        raise invalid("window", f"must be 1 to {LONGEST / DAY:,.0f} whole days, got {shown(window)}")
    return seconds
