"""What happened at a desk since it was opened, counted."""

import threading
from collections import defaultdict
from typing import Literal

What = Literal[
    "read",  # texts given to who asked
    "missed",  # asked for, and not there or not yet
    "noted",  # new in memory, for a round of work
    "overflowed",  # found too many in memory
    "queued",  # new in the file
    "kept",
    "dropped",  # written, but said what the facts do not
    "failed",  # calls without an answer that can be used
    "asked",  # tokens
    "given",  # tokens
    "seconds",  # of the generator
]


class Tally:
    """Counts by what happened and to which kind of text; any number of threads may add.

    >>> tally = Tally()
    >>> tally.add("kept", "label")
    >>> tally.add("asked", "label", 120)
    >>> tally.of("kept"), tally.of("dropped")
    ({'label': 1.0}, {})
    """

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[What, str], float] = defaultdict(float)
        self._lock = threading.Lock()

    def add(self, what: What, kind: str, amount: float = 1) -> None:
        """Count so much more."""
        with self._lock:
            self._counts[what, kind] += amount

    def of(self, what: What) -> dict[str, float]:
        """How much there was of something, by kind."""
        with self._lock:
            return {kind: amount for (which, kind), amount in self._counts.items() if which == what}
