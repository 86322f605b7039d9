"""Vectors on disk by key, shared by every process of a user; losing it costs time and nothing else."""

import os
import sqlite3
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar
from weakref import finalize

import numpy as np

from penchant.assets.fetch import cache_dir
from penchant.types import F32

T = TypeVar("T")

_AT_ONCE = 500  # keys in one question to SQLite
_PATIENCE = 30.0  # seconds to wait for another process that writes
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def cache_folder() -> Path:
    """Where encoded vectors are kept: the folder PENCHANT_CACHE names, else the platform's cache folder; `vectors` within it."""
    return cache_dir() / "vectors"


class VectorStore:
    """float32 rows by 16-byte key in one SQLite file of `folder`.

    Safe for many threads and processes at once and for a kill at any moment (write-ahead log). A file that turns out damaged is
    replaced by a new one with a warning; a folder that cannot be used is reported once, and nothing is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened = folder
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._closed = finalize(self, lambda: None)
        self._unusable = False

    def get(self, keys: Sequence[bytes], dim: int) -> dict[bytes, F32]:
        """The vectors that are kept, by key; a row of another length or that is not a unit vector counts as missing."""
        found: dict[bytes, F32] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            kept: list[tuple[bytes, bytes]] = self._attempt(partial(_select, keys=some), [])
            for key, blob in kept:
                if len(blob) == 4 * dim:
                    row = np.frombuffer(blob, "<f4").astype(np.float32)
                    if abs(float(row @ row) - 1.0) < 1e-3:
                        found[key] = row
        return found

    def put(self, keys: Sequence[bytes], vectors: F32) -> None:
        """Keep `vectors` (len(keys), dim) in one transaction."""
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        self._attempt(partial(_insert, rows=rows), None)

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _attempt(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """`work` on the open file, again on a newer one if it is damaged or was replaced by another process, else `otherwise`."""
        with self._lock:
            for _ in range(3):
                if self._unusable:
                    break
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError) as error:
                    self._failed(error)
        return otherwise

    def _failed(self, error: Exception) -> None:
        self._close()
        path = self._opened
        if self._path() != path:
            return  # another process found the damage first, and has begun a new file
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
        if code in _BROKEN:
            _warn(f"the vector cache {path} is damaged ({error}); it starts again empty")
            try:
                path.with_name(f"vectors-{_generation(path) + 1}.sqlite").touch()
                return
            except OSError as cause:
                error = cause
        self._unusable = code != sqlite3.SQLITE_BUSY  # busy passes
        _warn(f"the vector cache in {self._folder} cannot be used ({error}); texts may be encoded again")

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        self._opened = self._path()
        self._folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._opened, timeout=_PATIENCE, check_same_thread=False)
        self._closed.detach()
        self._closed = finalize(self, connection.close)
        self._connection, self._process = connection, os.getpid()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        self._sweep()
        return connection

    def _close(self) -> None:
        self._closed()
        self._connection = None

    def _sweep(self) -> None:
        for path in self._folder.glob("vectors-*.sqlite*"):
            if _generation(path) < _generation(self._opened):
                with suppress(OSError):  # still open elsewhere, on Windows: the next to come will sweep it
                    path.unlink()

    def _path(self) -> Path:
        """The newest generation of the file: a damaged one is succeeded, never overwritten while others may have it open."""
        return max(self._folder.glob("vectors-*.sqlite"), default=self._folder / "vectors-1.sqlite", key=_generation)


def _generation(path: Path) -> int:
    number = path.name.removeprefix("vectors-").partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _select(connection: sqlite3.Connection, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    marks = ",".join("?" * len(keys))
    return connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", keys).fetchall()


def _insert(connection: sqlite3.Connection, rows: list[tuple[bytes, bytes]]) -> None:
    with connection:
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)
