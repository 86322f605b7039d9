"""The only place where time is read rather than given."""

import time
from collections.abc import Callable

Clock = Callable[[], float]  # epoch seconds


def log_clock(start: float) -> Clock:
    """A clock for a log of the past: it stands at `start`, the log's last event, when made, and goes on at the usual pace.

    >>> clock = log_clock(978_300_000.0)
    >>> 0 <= clock() - 978_300_000.0 < 60
    True
    """
    origin = time.monotonic()
    return lambda: start + time.monotonic() - origin


def latest(clock: Clock) -> float:
    """The latest time that is not in the future: a log clock runs behind the wall clock, and events may carry either."""
    return max(clock(), time.time())
