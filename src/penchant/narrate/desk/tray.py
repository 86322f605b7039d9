"""What lies on a desk, in memory: texts read lately, and those that were asked for and are not in the file yet."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from penchant.narrate.desk.store import KEPT, Asked

PENDING = 4_096  # texts that wait for a round of work; what is asked for beyond is not noted, and will be asked for again
REMEMBERED = 8_192  # texts read lately


class Tray:
    """A bounded memory of texts by key, and a bounded list of what is asked for. Nobody reads or writes files under its lock."""

    def __init__(self, pending: int = PENDING, remembered: int = REMEMBERED) -> None:
        self._pending: dict[bytes, Asked] = {}
        self._texts: OrderedDict[bytes, bytes | None] = OrderedDict()  # None: it waits, or was dropped
        self._bounds = pending, remembered
        self._changes = 0  # of the file, that what was read of it a moment ago may not show
        self._lock = threading.Lock()

    @property
    def changes(self) -> int:
        """Counts up whenever the file changes: take it before reading, and give it to `learn`."""
        return self._changes

    def find(self, key: bytes) -> tuple[bool, bytes | None]:
        """Whether the file need not be looked into, and the text, if there is one."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return True, self._texts[key]
            return key in self._pending, None

    def learn(self, key: bytes, found: tuple[int, bytes | None], changes: int) -> bytes | None:
        """Remember state and text, as the file had them after so many `changes`; gives the text, if there is one by now."""
        state, text = found
        with self._lock:
            if key in self._texts:  # written meanwhile
                return self._texts[key]
            if state == KEPT or changes == self._changes:
                self._remember(key, text)
            return text

    def note(self, key: bytes, asked: Asked) -> bool:
        """Note what was asked for and is not in the file; False for no room."""
        with self._lock:
            if key in self._texts or key in self._pending:
                return True
            if len(self._pending) >= self._bounds[0]:
                return False
            self._pending[key] = asked
            return True

    def pending(self) -> dict[bytes, Asked]:
        """What was noted, in order."""
        with self._lock:
            return dict(self._pending)

    def filed(self, keys: Iterable[bytes]) -> None:
        """What was noted under these keys is in the file."""
        with self._lock:
            for key in keys:
                self._pending.pop(key, None)
            self._changes += 1

    def settled(self, key: bytes, text: bytes | None) -> None:
        """A text was kept in the file, or dropped (None)."""
        with self._lock:
            self._changes += 1
            self._remember(key, text)

    def forget(self, user: str | None = None) -> None:
        """Empty the memory; what was noted stays, but for what is about a user."""
        with self._lock:
            self._changes += 1
            self._texts.clear()
            if user is not None:
                self._pending = {key: one for key, one in self._pending.items() if one.user != user}

    def _remember(self, key: bytes, text: bytes | None) -> None:
        self._texts[key] = text
        self._texts.move_to_end(key)
        if len(self._texts) > self._bounds[1]:
            self._texts.popitem(last=False)
