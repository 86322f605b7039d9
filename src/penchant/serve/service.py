"""What the handlers share: the engine, the clock, the counts, and the threads that wait so that the event loop need not."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from penchant.engine import Engine
from penchant.serve.clocks import Clock
from penchant.serve.metrics import Metrics

P = ParamSpec("P")
T = TypeVar("T")

WRITERS = 32  # threads that wait for the disk: as many posts can share one commit
READERS = 4  # threads that compute: more would only take turns


def _pool(threads: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"penchant-{name}")


@dataclass(frozen=True)
class Service:
    """One engine, served."""

    engine: Engine
    clock: Clock
    metrics: Metrics
    writers: ThreadPoolExecutor = field(default_factory=partial(_pool, WRITERS, "write"))
    readers: ThreadPoolExecutor = field(default_factory=partial(_pool, READERS, "read"))

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what waits for the disk on a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.writers, partial(work, *args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what computes on a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, partial(work, *args, **kwargs))

    def now(self, user: str | None) -> float:
        """The time of a request that names none: the clock's, or the user's last event's, should that be later."""
        number = self.engine.log.user(user) if user else -1
        if not 0 <= number < len(self.engine.people):
            return self.clock()
        return max(self.clock(), float(self.engine.people.state.last[number]))

    def close(self) -> None:
        """Wait for what was begun, and end the threads."""
        self.writers.shutdown()
        self.readers.shutdown()
