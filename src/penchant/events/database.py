"""A SQLite file for one process and many threads: writers share commits, readers never wait for writers."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from penchant.errors import LogError
from penchant.events.schema import Schema, prepare

T = TypeVar("T")

PATIENCE = 5.0  # seconds to wait for a lock that another program holds on the file

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this batch was kept: free some space and send it again",
    sqlite3.SQLITE_BUSY: "another program holds a lock on the file; close it (a SQLite shell, a backup) and try again",
    sqlite3.SQLITE_NOTADB: "this is not a SQLite file; move it away or name another path",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup, or salvage it with `sqlite3 FILE .recover`",
    sqlite3.SQLITE_READONLY: "the file cannot be written; check the permissions of the file and its directory",
    sqlite3.SQLITE_PERM: "the file cannot be written; check the permissions of the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its directory exists and can be written",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; check its health and free space, then open the file again",
}


class _Job(NamedTuple):
    """One caller's part of a group commit."""

    work: Callable[[sqlite3.Connection], Any]
    outcome: "Future[Any]"


class Database:
    """A file (or memory, for `path` None) of one `schema`, opened by one process at a time.

    `write` runs a function in a transaction and returns once that is committed; calls that arrive while a commit is under way
    are committed together by the next one. There is no writer thread: whichever caller comes first commits for all who wait.
    `reading` lends a connection that sees what was committed so far.

    Raises:
        LogError: for a file that is in use, damaged, not ours, from a newer version, or cannot be opened or written.
    """

    def __init__(self, path: Path | None, schema: Schema, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> None:
        self.path = "(memory)" if path is None else str(path)
        self.commits = 0  # transactions so far: fewer than calls of `write` when callers share them
        self._file = path
        self._closed = False
        self._leading = False  # some caller is committing
        self._jobs: list[_Job] = []  # those who wait for the next commit
        self._turn = threading.Condition()  # guards the three above
        self._memory = threading.Lock()  # in memory there is one connection, which readers and writer share
        self._idle: deque[sqlite3.Connection] = deque()  # readers nobody uses now
        self._guard = None if path is None else _claim(path)
        try:
            self._writer = self._open(schema, synchronous)
        except BaseException:
            if self._guard is not None:
                self._guard.close()
            raise

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the writing connection and commit; gives its answer once that is durable.

        `work` may run twice (when a neighbour in its group failed), so it must change nothing but the database.

        Raises:
            LogError: when SQLite cannot write; nothing of this `work` is kept, and later calls are served as usual.
            Exception: whatever `work` raises; nothing of it is kept.
        """
        outcome: Future[T] = Future()
        with self._turn:
            self._check_open()
            self._jobs.append(_Job(work, outcome))
            self._turn.wait_for(lambda: outcome.done() or not self._leading)
            if outcome.done():
                return outcome.result()
            group, self._jobs, self._leading = self._jobs, [], True
        try:
            self._commit(group)
        finally:
            with self._turn:
                self._leading = False
                self._turn.notify_all()
        return outcome.result()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading, for as long as the block lasts; SQLite's errors in the block become LogError."""
        with translated(self.path):
            if self._file is None:
                with self._memory:
                    self._check_open()
                    yield self._writer
                return
            connection = self._borrow()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, so that nothing deleted is left there; waits for readers.

        Raises:
            LogError: when a reader in this or another program does not let go.
        """
        with self._memory, translated(self.path):
            self._check_open()
            busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LogError(f"{self.path}: a reader holds the write-ahead log, which keeps deleted rows; close it and erase again")

    def close(self) -> None:
        """Wait for the commit under way, then close; a second call does nothing. Calls that still wait get LogError."""
        with self._turn:
            self._turn.wait_for(lambda: not self._leading)
            if self._closed:
                return
            self._closed = True
            for job in self._jobs:
                job.outcome.set_exception(
                    LogError(f"{self.path} was closed before this batch was written; nothing of it is kept")
                )
            self._jobs = []
            self._turn.notify_all()
            while self._idle:
                self._idle.pop().close()
        with self._memory:
            self._writer.close()  # the last connection: SQLite moves the write-ahead log into the file
        if self._guard is not None:
            self._guard.close()

    def _commit(self, group: list[_Job]) -> None:
        try:
            with self._memory:
                answers = self._transaction(group)
        except Exception as error:
            if len(group) == 1 or _kind(error) == sqlite3.SQLITE_BUSY:  # a lock is no one's fault: all have waited enough
                for job in group:
                    job.outcome.set_exception(explain(error, self.path) if isinstance(error, sqlite3.Error) else error)
            else:  # each on its own, so that none fails its neighbours
                for job in group:
                    self._commit([job])
        except BaseException:  # an interrupt: those who wait must not wait for ever
            for job in group:
                if not job.outcome.done():
                    job.outcome.set_exception(LogError(f"{self.path}: interrupted; send this batch again"))
            raise
        else:
            for job, answer in zip(group, answers, strict=True):
                job.outcome.set_result(answer)

    def _transaction(self, group: list[_Job]) -> list[Any]:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            answers = [job.work(self._writer) for job in group]
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:  # a full disk may have rolled back already
                self._writer.execute("ROLLBACK")
            raise
        self.commits += 1
        return answers

    def _open(self, schema: Schema, synchronous: str) -> sqlite3.Connection:
        with translated(self.path):
            connection = _connect(":memory:" if self._file is None else self.path)
            try:
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                if self._file is not None and mode != "wal":
                    raise LogError(f"{self.path}: no write-ahead log on this file system (a network share?); use a local disk")
                connection.execute(f"PRAGMA synchronous = {synchronous}")
                connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
                connection.execute("PRAGMA cache_size = -65536")  # 64 MiB: a bulk import touches the id index all over
                connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages, 16 MiB
                connection.execute("PRAGMA journal_size_limit = 67108864")  # bytes the write-ahead log keeps after a bulk import
                prepare(connection, schema, self.path)
            except BaseException:
                connection.close()
                raise
            return connection

    def _borrow(self) -> sqlite3.Connection:
        with self._turn:
            self._check_open()
            if self._idle:
                return self._idle.pop()
        connection = _connect(self.path)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._turn:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise LogError(f"{self.path} is closed; open it again")


def explain(error: sqlite3.Error, path: str) -> LogError:
    """What SQLite reported, as an error that names the file and says what to do."""
    return LogError(f"{path}: {_ADVICE.get(_kind(error), 'SQLite failed')} ({error})")


@contextmanager
def translated(path: str) -> Iterator[None]:
    """SQLite's errors in the block become LogError."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _kind(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the low byte; the others say in detail what failed


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)


def _claim(path: Path) -> sqlite3.Connection:
    """Hold FILE.lock as long as the connection is open; the operating system lets go of it however the process ends."""
    lock = path.with_name(path.name + ".lock")
    with translated(str(lock)):
        connection = sqlite3.connect(lock, timeout=0.2, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is written, so no journal file beside it
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            connection.close()
            if _kind(error) != sqlite3.SQLITE_BUSY:
                raise
            raise LogError(f"{path} is open in another process or object; close that one, or name another path") from error
        return connection
