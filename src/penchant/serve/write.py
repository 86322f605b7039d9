"""What changes the engine: events and items, in batches."""

from functools import partial
from http import HTTPStatus
from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency

from penchant.events.receipt import Receipt, Rejected
from penchant.serve.answers import Upserted
from penchant.serve.clocks import latest
from penchant.serve.service import Service
from penchant.serve.wire import EventIn, EventsIn, ItemIn, ItemsIn, elements, read_body, to_event, to_item


@post("/v1/events", tags=["events"], status_code=HTTPStatus.OK)
async def post_events(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Receipt:
    """Take in what people did, up to 1,000 events, once each by id. Those accepted are durable, and count from now on."""
    batch = await read_body(request, EventsIn)
    receipt = await service.write(_observe, service, batch)
    for outcome, count in (
        ("accepted", receipt.accepted),
        ("duplicate", receipt.duplicates),
        ("rejected", len(receipt.rejected)),
    ):
        service.metrics.events.labels(outcome).inc(count)
    return receipt


@post("/v1/items", tags=["items"], status_code=HTTPStatus.OK)
async def post_items(request: Request[Any, Any, Any], service: NamedDependency[Service]) -> Upserted:
    """Add up to 1,000 items, or replace the records of those that are known; a new item can be recommended at once."""
    batch = await read_body(request, ItemsIn)
    return await service.write(_add, service, batch)


def _observe(service: Service, batch: EventsIn) -> Receipt:
    events, places, rejected = elements(batch.events, EventIn, partial(to_event, now=service.clock()), "events")
    receipt = service.engine.observe(events, now=latest(service.clock))
    rejected += [Rejected(places[one.index], one.reason) for one in receipt.rejected]
    return Receipt(receipt.accepted, receipt.duplicates, _ordered(rejected))


def _add(service: Service, batch: ItemsIn) -> Upserted:
    items, _, rejected = elements(batch.items, ItemIn, to_item, "items")
    added = service.engine.add(items) if items else 0
    return Upserted(added, len(items) - added, _ordered(rejected))


def _ordered(rejected: list[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted(rejected, key=lambda one: one.index))
