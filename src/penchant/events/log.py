"""The event log: one SQLite file of everything people did. What it acknowledged is durable, and all else is rebuilt from it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np
import polars as pl

from penchant.errors import InvalidInput, UnknownItem
from penchant.events import tables
from penchant.events.batch import conform, from_events, from_frame
from penchant.events.database import Database
from penchant.events.schema import LOG
from penchant.events.tables import Appended, Order, Presence, Totals
from penchant.types import F32, I64, Event, Events, Item

__all__ = ["Appended", "Log", "Presence", "Totals"]

BULK = 100_000  # rows of a bulk import in one transaction


class Log:
    """The log in the file `path`, or in memory for None. One process at a time; any number of threads.

    Users, items, actions and slates get numbers from 0 in order of first sight, which never change.

    >>> with Log(None) as log:
    ...     numbers = log.put_items([Item(id="tea"), Item(id="pot")])
    ...     cup = Event(user="ann", item="tea", time=10.0)
    ...     first, again = log.append([cup], np.ones(1, np.float32)), log.append([cup], np.ones(1, np.float32))
    ...     first.fresh.tolist(), again.fresh.tolist(), log.totals().events
    ([True], [False], 1)

    Raises:
        LogError: for a file that is in use, damaged, not a log, from a newer version, or cannot be opened or written; and from
            every method when the disk fails or fills up, or the log is closed.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path, LOG)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The file, for what is kept in it beside the events (`narrate.store`)."""
        return self._database

    @property
    def commits(self) -> int:
        """Transactions since opening: fewer than calls of `append` where threads shared them."""
        return self._database.commits

    def totals(self) -> Totals:
        """How much the log holds, in constant time."""
        with self._database.reading() as connection:
            return Totals(*connection.execute("SELECT last_seq, events, users, items, last_time FROM totals").fetchone())

    def readings(self) -> int:
        """How many of its events are not what anybody did, but what was read in texts (`events.ids.beside`)."""
        with self._database.reading() as connection:
            return int(connection.execute(tables.READ).fetchone()[0])

    def put_items(self, items: Sequence[Item]) -> I64:
        """Add items, or replace the records of known ones; (items,) their numbers. Durable when it returns.

        Raises:
            InvalidInput: for an item without an id, or text that is not Unicode.
        """
        if any(not item.id for item in items):
            raise InvalidInput("an item must have an id, got ''")
        try:
            records = {item.id: msgspec.json.encode(item) for item in items}
        except UnicodeEncodeError as error:
            raise InvalidInput(f"an item's text must be valid Unicode: {error}") from None
        numbers = self._database.write(lambda connection: tables.put_items(connection, records))
        return np.array([numbers[item.id] for item in items], np.int64)

    def append(self, events: Sequence[Event], weights: F32) -> Appended:
        """Add events, all or none, once each by id; `weights` (events,) is how much each counts. Durable when it returns.

        Threads that append at the same time share a commit. Where an id is there already, the first content stays, whatever the
        second says.

        Raises:
            UnknownItem: for an item that was not put here before; nothing is written.
            InvalidInput: for a number that is not finite, a missing name, or weights that do not fit; nothing is written.
        """
        batch = from_events(events, np.asarray(weights, np.float32))
        items = self._item_numbers(batch.items)
        return self._database.write(lambda connection: tables.insert(connection, batch, items))

    def append_frame(self, frame: pl.DataFrame, weights: F32) -> Appended:
        """Add the rows of a frame as `append` does, for imports; `weights` is (rows,).

        The frame has columns `user` and `time` (epoch seconds), and where present `id`, `item`, `action`, `value`, `text` and
        `slate`; other columns, a `weight` among them, are not read. Transactions hold 100,000 rows: after a crash or a full disk
        the log has the first of them whole and none of the rest, and the same import again adds what is missing.

        Raises:
            UnknownItem: for an item that was not put here before; nothing is written.
            InvalidInput: for a column that is missing or holds what it should not; nothing is written.
        """
        weights = np.asarray(weights, np.float32)
        frame = conform(frame, weights)
        items = self._item_numbers(frame["item"].unique(maintain_order=True).to_list())
        parts: list[Appended] = []
        for start in range(0, max(len(frame), 1), BULK):
            batch = from_frame(frame[start : start + BULK], weights[start : start + BULK])
            parts.append(self._database.write(partial(tables.insert, batch=batch, items=items)))
        columns = zip(*(part.events for part in parts), strict=True)
        return Appended(
            fresh=np.concatenate([part.fresh for part in parts]),
            events=Events(*(np.concatenate(column) for column in columns)),
            keys=np.concatenate([part.keys for part in parts]),
        )

    def erase(self, user: int) -> int:
        """Delete a user's id, events and the texts about them, overwriting them in the file; gives the number of events, 0 for no
        such user.

        The number is not used again: should the same id come back, it is a new user.
        """
        deleted = self._database.write(lambda connection: tables.erase(connection, user))
        self._database.checkpoint()  # the write-ahead log still holds the old pages
        return deleted

    def items(self) -> list[Item]:
        """Every item's record, in order of number."""
        decoder = msgspec.json.Decoder(Item)
        with self._database.reading() as connection:
            return [decoder.decode(record) for (record,) in connection.execute("SELECT record FROM items ORDER BY number")]

    def user(self, id: str) -> int:
        """The number of a user, -1 for one without events."""
        with self._database.reading() as connection:
            return tables.find(connection, "users", [id]).get(id, -1)

    def users(self) -> list[str]:
        """Every user's id, in order of number; '' where one was erased."""
        with self._database.reading() as connection:
            return [id for (id,) in connection.execute("SELECT coalesce(id, '') FROM users ORDER BY number")]

    def people(self, prefix: str, limit: int, by: Order = "id") -> list[Presence]:
        """Up to `limit` users whose id starts with `prefix`: in order of id, which costs what it gives, or those with the most
        events first, which counts every event of everybody whose id starts so (in the index; 25 ms for a million). What was
        read in texts is not counted.
        """
        beyond = prefix + "\U0010ffff"  # sorts after whatever else an id goes on with
        with self._database.reading() as connection:
            return [Presence(*row) for row in connection.execute(tables.PEOPLE[by], (prefix, beyond, limit))]

    def actions(self) -> list[str]:
        """The name of every action seen, in order of number."""
        with self._database.reading() as connection:
            return [id for (id,) in connection.execute("SELECT id FROM actions ORDER BY number")]

    def slate(self, number: int) -> str:
        """The id of a slate by its number in the events' columns: its name in the journal.

        Raises:
            InvalidInput: for a number that no event has.
        """
        with self._database.reading() as connection:
            found = connection.execute("SELECT id FROM slates WHERE number = ?", (number,)).fetchone()
        if found is None:
            raise InvalidInput(f"no event of this log has slate number {number}; -1 means an event answered none")
        return str(found[0])

    def replay(self, after: int = 0, until: int | None = None, chunk: int = 100_000) -> Iterator[tuple[I64, I64, Events]]:
        """Everything in order of arrival: (seq, key, columns) of up to `chunk` events at a time, with after < seq <= until.

        `until` None means the last event now; what is appended meanwhile is left for the next replay.
        """
        until = self.totals().last_seq if until is None else until
        while True:
            with self._database.reading() as connection:
                rows = np.fromiter(connection.execute(tables.REPLAY, (after, until, chunk)), tables.ROW)
            if not len(rows):
                return
            yield np.ascontiguousarray(rows["seq"]), np.ascontiguousarray(rows["key"]), tables.columns(rows)
            after = int(rows["seq"][-1])

    def history(self, user: int, *, until: float | None = None, through: int | None = None) -> tuple[list[str], I64, Events]:
        """One user's events in order of (time, key): ids, keys, columns. Costs what that user did.

        `until` leaves out what happened later (epoch seconds), `through` what arrived later (a sequence number).
        """
        latest, last = np.inf if until is None else until, np.inf if through is None else through
        with self._database.reading() as connection:
            found = connection.execute(tables.HISTORY, (user, latest, last)).fetchall()
        rows = np.array([row[1:] for row in found], tables.ROW)
        return [row[0] for row in found], np.ascontiguousarray(rows["key"]), tables.columns(rows)

    def events(self, user: int, limit: int) -> list[Event]:
        """The last `limit` things that a user did, as full records, newest first; `weight` is what each counted. What was read in
        their texts is not among them.
        """
        with self._database.reading() as connection:
            return tables.records(connection.execute(tables.RECORDS, (user, limit)))

    def of_kind(self, user: int, prefix: str, until: float | None = None) -> list[Event]:
        """A user's events whose action starts with `prefix`, as full records in order of time, up to `until` (None: all)."""
        latest = np.inf if until is None else until
        with self._database.reading() as connection:
            return tables.records(connection.execute(tables.OF_KIND, (user, latest, len(prefix), prefix)))

    def meant(self, items: I64) -> list[int]:
        """The users with words about, or taken to mean, any of `items` (their numbers), in order."""
        with self._database.reading() as connection:
            return [user for (user,) in connection.execute(tables.MEANT, (json.dumps(items.tolist()),))]

    def find(self, ids: Iterable[str]) -> dict[str, Event]:
        """The events of those ids that are there, as full records."""
        with self._database.reading() as connection:
            found = (tables.records(connection.execute(tables.FIND, (id,))) for id in dict.fromkeys(ids))
            return {event.id: event for events in found for event in events}

    def unread(self, after: int = 0, limit: int = 1_000) -> tuple[list[Event], int]:
        """Events with a text that nothing stands beside yet (`events.ids.beside`), as full records in order of arrival, and the
        number of the last: up to `limit` of those after the number `after`."""
        with self._database.reading() as connection:
            cursor = connection.execute(tables.UNREAD, (after, limit))
            names = [column[0] for column in cursor.description[1:]]
            rows = cursor.fetchall()
        return [Event(**dict(zip(names, row[1:], strict=True))) for row in rows], rows[-1][0] if rows else after

    def _item_numbers(self, items: Iterable[str | None]) -> dict[str, int]:
        named = dict.fromkeys(item for item in items if item is not None)
        with self._database.reading() as connection:
            numbers = tables.find(connection, "items", named)
        for item in named:
            if item not in numbers:
                raise UnknownItem(item, self.totals().items)
        return numbers
