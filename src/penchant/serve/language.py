"""How the desk stands where a generator writes texts."""

import asyncio
import time

from litestar import get
from litestar.di import NamedDependency

from penchant.narrate.desk.desk import DeskState
from penchant.serve.service import Service


@get("/v1/language", tags=["operations"])
async def language(service: NamedDependency[Service]) -> DeskState:
    """Which generator writes texts, how many wait, were kept and dropped, and what is left of the day's budget.

    Texts are written beside the requests, never in them; where there is none, a template says it.
    """
    return await asyncio.to_thread(service.engine.desk.state, time.time())
