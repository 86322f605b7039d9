"""The journal: what was served to whom, with which chances, so that what people did with it can be judged later.

A slate is not worth waiting for: requests leave it in a bounded queue, and a thread writes them in batches. A power failure may
lose the last moments; the event log, which may not lose any, is another file.
"""

import math
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np

from penchant.errors import InvalidInput, LogError
from penchant.events.database import Database
from penchant.events.schema import Schema

BATCH = 1_000  # slates in one transaction
KEEP = 1_000_000  # slates; older ones are dropped as new ones come
PATIENCE = 0.1  # seconds a request waits for room in a full queue
RETRY = 1.0  # seconds until a failed write is tried again


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One slate as it was served. `items`, `scores`, `sources` and `propensities` are aligned, best first."""

    slate: str
    user: str | None  # None for a request without a stored user
    at: float  # epoch seconds
    k: int  # items asked for
    items: tuple[str, ...]
    scores: tuple[float, ...]
    sources: tuple[str, ...]
    propensities: tuple[float, ...]  # chance with which each item came to its place
    request: dict[str, Any] = {}


def slate_id(at: float, rng: np.random.Generator | None = None) -> str:
    """A new name for a slate served at `at`, epoch seconds: 32 hex digits that sort by time.

    Its random half comes from `rng`, so that a run can be repeated, or from the operating system for None.

    >>> slate_id(1_000_000_000.0, np.random.default_rng(0))
    '038d7ea4c680005f82c2d9cfeb0fa321'

    Raises:
        InvalidInput: for a time before 1970 or after the year 4000.
    """
    if not 0 <= at < 2**36:
        raise InvalidInput(f"at must be epoch seconds between 1970 and the year 4000, got {at}")
    return f"{int(at * 1e6):014x}{(secrets.token_bytes(9) if rng is None else rng.bytes(9)).hex()}"


class _Waiting(NamedTuple):
    record: Served
    encoded: bytes  # made by the request, which hears of a record that cannot be written


class Journal:
    """Served slates in the file `path`, or in memory for None. `bound` is how many may wait to be written, `keep`
    how many are kept, the latest.

    >>> with Journal(None) as journal:
    ...     aligned = {"items": ("tea",), "scores": (0.5,), "sources": ("model",), "propensities": (1.0,)}
    ...     journal.write(Served(slate="s1", user="ann", at=5.0, k=1, **aligned))
    ...     journal.get("s1").items
    ('tea',)

    Raises:
        LogError: for a file that is in use, damaged, not a journal, or cannot be opened.
    """

    def __init__(self, path: Path | None, *, bound: int = 10_000, keep: int = KEEP) -> None:
        self._database = Database(path, JOURNAL, synchronous="NORMAL")
        self._bound, self._keep = bound, keep
        self._waiting: dict[
            str, _Waiting
        ] = {}  # by slate, in order of arrival; those being written stay until they are committed
        self._change = threading.Condition()  # guards all below and the queue above
        self._closing = False
        self.waited = 0  # requests that found the queue full
        self.dropped = 0  # slates given up: still no room after a tenth of a second
        self.failure: LogError | None = None  # of the last write; None once one succeeds
        self._thread = threading.Thread(target=self._run, name="penchant-journal", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def write(self, record: Served) -> None:
        """Leave a slate to be written; a name that is there already keeps its first record. With a full queue this waits for at
        most a tenth of a second, then drops the slate: `waited` and `dropped` count both.

        Raises:
            InvalidInput: for columns that are not aligned, or numbers that are not finite.
            LogError: when the journal is closed.
        """
        waiting = _Waiting(record, _encode(record))
        with self._change:
            if len(self._waiting) >= self._bound:
                self.waited += 1
                self._change.wait_for(lambda: len(self._waiting) < self._bound or self._closing, PATIENCE)
            if self._closing:
                raise LogError(f"{self._database.path} is closed; open it again")
            if len(self._waiting) >= self._bound:
                self.dropped += 1
                return
            self._waiting.setdefault(record.slate, waiting)
            self._change.notify_all()

    def get(self, slate: str) -> Served | None:
        """The slate of that name, written or still waiting; None for one that was never served here."""
        with self._change:
            waiting = self._waiting.get(slate)
        if waiting is not None:
            return waiting.record
        with self._database.reading() as connection:
            rows = connection.execute("SELECT record FROM slates WHERE slate = ?", (slate,)).fetchall()
        return _decode(rows)[0] if rows else None

    def recent(self, user: str, limit: int) -> list[Served]:
        """A user's last `limit` slates, newest first, those still waiting among them."""
        with self._change:
            waiting = [record for record, _ in self._waiting.values() if record.user == user]
        query = "SELECT record FROM slates WHERE user = ? ORDER BY at DESC, slate DESC LIMIT ?"
        with self._database.reading() as connection:
            written = _decode(connection.execute(query, (user, limit)).fetchall())
        both = {record.slate: record for record in (*waiting, *written)}
        return sorted(both.values(), key=lambda record: (record.at, record.slate), reverse=True)[:limit]

    def flush(self) -> None:
        """Wait until everything that waits is written.

        Raises:
            LogError: when it cannot be written; it goes on waiting.
        """
        with self._change:
            self._change.wait_for(lambda: not self._waiting or self.failure is not None)
            if self.failure is not None:
                raise self.failure

    def erase(self, user: str) -> int:
        """Delete a user's slates, overwriting them in the file; gives how many."""
        self.flush()
        deleted = self._database.write(
            lambda connection: connection.execute("DELETE FROM slates WHERE user = ?", (user,)).rowcount
        )
        self._database.checkpoint()
        return deleted

    def close(self) -> None:
        """Write what waits and close the file; a second call does nothing.

        Raises:
            LogError: when something could not be written: it is lost.
        """
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join()
        self._database.close()
        if self._waiting:
            raise LogError(f"{len(self._waiting):,} served slates could not be journalled: {self.failure}")

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or self._closing)
                batch = list(islice(self._waiting.values(), BATCH))
                closing = self._closing
            if not batch:
                return
            try:
                self._database.write(partial(_insert, batch=batch, keep=self._keep))
            except LogError as error:
                with self._change:
                    self.failure = error
                    self._change.notify_all()
                    if closing:
                        return
                    self._change.wait_for(lambda: self._closing, RETRY)
            else:
                with self._change:
                    self.failure = None
                    for record, _ in batch:
                        del self._waiting[record.slate]
                    self._change.notify_all()


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE slates (slate TEXT PRIMARY KEY, user TEXT, at REAL NOT NULL, record BLOB NOT NULL)")
    connection.execute("CREATE INDEX slates_by_user ON slates (user, at)")


JOURNAL = Schema("slate journal", int.from_bytes(b"PchJ"), (_create,))


def _insert(connection: sqlite3.Connection, batch: Sequence[_Waiting], keep: int) -> None:
    rows = [(record.slate, record.user, record.at, encoded) for record, encoded in batch]
    connection.executemany("INSERT OR IGNORE INTO slates (slate, user, at, record) VALUES (?, ?, ?, ?)", rows)
    connection.execute("DELETE FROM slates WHERE rowid <= (SELECT max(rowid) FROM slates) - ?", (keep,))


def _encode(record: Served) -> bytes:
    if not len(record.items) == len(record.scores) == len(record.sources) == len(record.propensities):
        raise InvalidInput(f"slate {record.slate!r}: items, scores, sources and propensities must be equally long")
    if not all(map(math.isfinite, (record.at, *record.scores, *record.propensities))):
        raise InvalidInput(f"slate {record.slate!r}: time, scores and propensities must be finite numbers")
    try:
        return msgspec.json.encode(record)
    except (UnicodeEncodeError, TypeError) as error:
        raise InvalidInput(f"slate {record.slate!r} cannot be written as JSON: {error}") from error


def _decode(rows: Sequence[tuple[bytes]]) -> list[Served]:
    return [msgspec.json.decode(encoded, type=Served) for (encoded,) in rows]
