"""For those who run the service: is it alive, can it answer, what does it count. These do not queue behind other requests."""

import asyncio
from importlib.metadata import version

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from penchant.serve.answers import Health
from penchant.serve.service import Service

VERSION = version("penchant")
_TEXT = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")  # which Litestar adds


@get("/healthz", tags=["operations"])
async def healthz() -> Health:
    """Whether the process is alive, and which version of the program it is."""
    return Health("ok", VERSION)


@get("/readyz", tags=["operations"])
async def readyz(service: NamedDependency[Service]) -> Health:
    """Whether requests can be answered: the log can be read. 503 otherwise."""
    await asyncio.to_thread(service.engine.log.totals)
    return Health("ready", VERSION)


@get("/metrics", tags=["operations"], media_type=MediaType.TEXT)
async def metrics(service: NamedDependency[Service]) -> Response[bytes]:
    """Counts and latencies in Prometheus' text format."""
    return Response(await asyncio.to_thread(generate_latest, service.metrics.registry), media_type=_TEXT)
