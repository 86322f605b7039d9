"""What the handlers share: the engine, the clock, the counts, and the threads that wait so that the event loop need not."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from penchant.engine import Engine
from penchant.serve.clocks import Clock
from penchant.serve.metrics import Metrics
from penchant.serve.problems import ProblemError

P = ParamSpec("P")
T = TypeVar("T")

WRITERS = 32  # threads that wait for the disk: as many posts can share one commit
READERS = 4  # threads that compute: more would only take turns
MOST_WAITING = 512  # requests; beyond, clients hear at once that it is too much


def _pool(threads: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"penchant-{name}")


@dataclass
class Service:
    """One engine, served."""

    engine: Engine
    clock: Clock
    metrics: Metrics
    writers: ThreadPoolExecutor = field(default_factory=partial(_pool, WRITERS, "write"))
    readers: ThreadPoolExecutor = field(default_factory=partial(_pool, READERS, "read"))
    waiting: int = 0  # requests on a thread, or waiting for one; only the event loop counts them

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what waits for the disk on a thread. Raises ProblemError when too many wait already."""
        return await self._run(self.writers, partial(work, *args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what computes on a thread: one long computation must not hold up every other answer."""
        return await self._run(self.readers, partial(work, *args, **kwargs))

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self.waiting >= MOST_WAITING:
            detail = f"{MOST_WAITING} requests are waiting already; try again in a moment"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, kind="overloaded")
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        finally:
            self.waiting -= 1

    def now(self, user: str | None) -> float:
        """The time of a request that names none: the clock's, or the user's last event's, should that be later."""
        return max(self.clock(), self.engine.last(user)) if user else self.clock()

    def close(self) -> None:
        """Wait for what was begun, and end the threads."""
        self.writers.shutdown()
        self.readers.shutdown()
