"""What Prometheus reads: requests, latencies, what became of events, slates served, and how much there is."""

import time
from collections.abc import Iterator
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from penchant.engine import Engine
from penchant.serve.texts import Texts

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds


class Metrics:
    """The service's own counts, in a registry of its own."""

    def __init__(self, engine: Engine) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter("penchant_events", "Events posted, by outcome", ["outcome"], registry=self.registry)
        self.slates = Counter("penchant_slates", "Slates served, by kind of request", ["kind"], registry=self.registry)
        self._requests = Counter("penchant_requests", "Requests answered", ["method", "route", "status"], registry=self.registry)
        self._seconds = Histogram(
            "penchant_request_seconds", "Time to answer", ["route"], registry=self.registry, buckets=_BUCKETS
        )
        self._counts: dict[tuple[str, str, int], Counter] = {}  # labels() costs more than inc()
        self._times: dict[str, Histogram] = {}
        self.registry.register(_Holdings(engine))
        self.registry.register(Texts(engine.desk))
        ProcessCollector(registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method, route, status)
        if key not in self._counts:
            self._counts[key] = self._requests.labels(method, route, str(status))
        if route not in self._times:
            self._times[route] = self._seconds.labels(route)
        self._counts[key].inc()
        self._times[route].observe(seconds)


class _Holdings(Collector):
    """How much the engine holds, read when Prometheus asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        return []  # so that registering reads nothing

    def collect(self) -> Iterator[Metric]:
        engine, totals = self._engine, self._engine.log.totals()
        yield GaugeMetricFamily("penchant_log_events", "Events in the log", totals.events)
        yield GaugeMetricFamily("penchant_users", "Users with events", totals.users)
        yield GaugeMetricFamily("penchant_items", "Items in the catalog", len(engine.catalog))
        yield GaugeMetricFamily("penchant_log_last_time", "Time of the latest event, epoch seconds", totals.last_time or 0.0)
        yield CounterMetricFamily("penchant_commits", "Transactions of the log since it was opened", engine.log.commits)
        yield CounterMetricFamily("penchant_journal_dropped", "Slates the journal gave up", engine.journal.dropped)


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def measured(app: ASGIApp, metrics: Metrics) -> ASGIApp:
    """`app`, each of its requests counted under the pattern of its route, so that ids do not become labels."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        status, begun = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, noted)
        finally:
            known: dict[str, Any] = dict(scope)
            method = str(known.get("method", "websocket"))
            route = known.get("path_template", "") or "unmatched"
            metrics.answered(method if method in _METHODS else "other", route, status, time.perf_counter() - begun)

    return counted
