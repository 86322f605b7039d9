"""Holding a file so that two processes don't do the same work over one another."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
    import time

    def _hold(handle: int) -> None:
        while True:
            try:
                return msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            except OSError:  # held by someone else
                time.sleep(0.1)

    def _release(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _hold(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file at `path` for the length of the block, waiting for whoever holds it now.

    The operating system lets go when the holder dies, so a crash leaves no lock behind. The empty file stays: removing it would
    let two waiters hold two different files of the same name.

    Raises:
        OSError: when the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        _hold(file.fileno())
        try:
            yield
        finally:
            _release(file.fileno())
