"""When a generator that keeps failing is left alone."""

FAILURES = 5  # in a row, after which it rests
REST = 30.0  # seconds of the first rest; each that follows without a success between is twice as long
LONGEST = 3600.0  # seconds of a rest


class Breaker:
    """Lets calls through until `FAILURES` in a row fail; then rests, lets one call try, and rests longer should that fail, too.

    Times are epoch seconds. Not safe for threads: whoever shares one holds a lock.

    >>> breaker = Breaker()
    >>> for second in range(FAILURES):
    ...     breaker.failed(at=float(second))
    >>> breaker.ready(at=5.0), breaker.ready(at=40.0), breaker.ready(at=40.0)  # rests; one call may try; no other beside it
    (False, True, False)
    >>> breaker.succeeded()
    >>> breaker.ready(at=41.0)
    True
    """

    def __init__(self) -> None:
        self.failures = 0  # in a row
        self.until: float | None = None  # the end of the rest; None while all is well
        self._trying = False

    def ready(self, at: float) -> bool:
        """Whether a call may be made now; after a rest it is the one that tries, until its outcome is told."""
        if self.until is None:
            return True
        if at < self.until or self._trying:
            return False
        self._trying = True
        return True

    def unused(self) -> None:
        """No call was made after all: there was nothing to ask."""
        self._trying = False

    def succeeded(self) -> None:
        """An answer came: all is well."""
        self.failures, self.until, self._trying = 0, None, False

    def failed(self, at: float) -> None:
        """None came."""
        self.failures += 1
        self._trying = False
        if self.failures >= FAILURES:
            self.until = at + min(REST * 2.0 ** min(self.failures - FAILURES, 20), LONGEST)
