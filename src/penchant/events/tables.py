"""Reading and writing the log's tables: names to numbers, batches to rows, rows to columns. All on a connection that is given."""

import sqlite3
from collections.abc import Iterable
from itertools import compress
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.events.batch import Batch
from penchant.events.ids import beside, origin
from penchant.types import I64, Bool, Event, Events

Table = Literal["users", "items", "actions", "slates"]
Order = Literal["id", "events"]

ROW = np.dtype(
    [
        ("seq", "i8"),
        ("key", "i8"),
        ("user", "i8"),
        ("item", "i8"),
        ("action", "i8"),
        ("weight", "f4"),
        ("time", "f8"),
        ("slate", "i8"),
    ]
)
REPLAY = "SELECT seq, key, user, item, action, weight, time, slate FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
HISTORY = """
    SELECT id, seq, key, user, item, action, weight, time, slate FROM events WHERE user = ? AND time <= ? AND seq <= ?
    ORDER BY time, key"""
_RECORDS = """
    SELECT users.id AS user, time, items.id AS item, actions.id AS action, events.id AS id, value, weight, text,
        slates.id AS slate
    FROM events JOIN users ON users.number = user JOIN actions ON actions.number = action
    LEFT JOIN items ON items.number = item LEFT JOIN slates ON slates.number = slate
    WHERE user = ? """
_OWN = "instr(events.id, char(31)) = 0"  # what a person did, not what was read in their texts (`events.ids.beside`)
RECORDS = f"{_RECORDS} AND {_OWN} ORDER BY time DESC, key DESC LIMIT ?"
FIND = f"{_RECORDS.replace('user = ?', 'events.id = ?')}"
READ = "SELECT count(*) FROM events WHERE instr(id, char(31)) > 0"
UNREAD = f"""{_RECORDS.replace("SELECT", "SELECT seq,", 1).replace("user = ?", "text IS NOT NULL AND seq > ?")}
    AND substr(actions.id, 1, 8) != 'control:' AND substr(actions.id, 1, 5) != 'text:'
    AND NOT EXISTS (SELECT 1 FROM events AS other WHERE other.id = events.id || char(31) || '0') ORDER BY seq LIMIT ?"""
OF_KIND = f"{_RECORDS} AND time <= ? AND substr(actions.id, 1, ?) = ? ORDER BY time, key"
MEANT = "SELECT DISTINCT user FROM events WHERE text IS NOT NULL AND item IN (SELECT value FROM json_each(?)) ORDER BY user"
# The ids of events are in no index: they are looked at only in logs where texts were read.
_PEOPLE = """
    SELECT id, (SELECT count(*) FROM events WHERE user = number) - CASE WHEN EXISTS (
            SELECT 1 FROM actions WHERE substr(id, 1, 5) = 'text:'
        ) THEN (SELECT count(*) FROM events WHERE user = number AND instr(events.id, char(31)) > 0) ELSE 0 END AS events,
        (SELECT min(time) FROM events WHERE user = number),
        (SELECT max(time) FROM events WHERE user = number)
    FROM users WHERE id BETWEEN ? AND ? ORDER BY {} LIMIT ?"""
PEOPLE: dict[Order, str] = {"id": _PEOPLE.format("id"), "events": _PEOPLE.format("events DESC, id")}
_INSERT = """
    INSERT INTO events (seq, id, key, user, item, action, weight, time, slate, value, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COUNT = """
    UPDATE totals SET last_seq = last_seq + :events, events = events + :events, users = users + :users,
    last_time = max(coalesce(last_time, :last), :last)"""


class Appended(NamedTuple):
    """What became of the events given to the log."""

    fresh: Bool  # (given,) which were new; the others were there already
    events: Events  # columns of the fresh ones, in the order given
    keys: I64  # (fresh,) orders events of equal time


class Totals(NamedTuple):
    """How much the log holds."""

    last_seq: int  # of the last event appended, 0 for none; never goes back
    events: int
    users: int  # those who were not erased
    items: int
    last_time: float | None  # the latest event's, epoch seconds


class Presence(NamedTuple):
    """A user, how many events they have, and the times of the first and the last, epoch seconds."""

    user: str
    events: int
    first: float
    last: float


def find(connection: sqlite3.Connection, table: Table, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of those ids that the table holds."""
    query = f"SELECT number FROM {table} WHERE id = ?"
    found = ((id, connection.execute(query, (id,)).fetchone()) for id in ids)
    return {id: row[0] for id, row in found if row is not None}


def number(
    connection: sqlite3.Connection, table: Literal["users", "actions", "slates"], ids: Iterable[str]
) -> tuple[dict[str, int], int]:
    """The numbers of ids, unknown ones added in order of first sight; and how many were added."""
    distinct = dict.fromkeys(ids)
    known = find(connection, table, distinct)
    added = {id: n for n, id in enumerate((id for id in distinct if id not in known), next_number(connection, table))}
    connection.executemany(f"INSERT INTO {table} (id, number) VALUES (?, ?)", added.items())
    return known | added, len(added)


def next_number(connection: sqlite3.Connection, table: Table) -> int:
    """The number that the next new row of a table gets."""
    (following,) = connection.execute(f"SELECT coalesce(max(number) + 1, 0) FROM {table}").fetchone()
    return int(following)


def put_items(connection: sqlite3.Connection, records: dict[str, bytes]) -> dict[str, int]:
    """Add or replace item records by id; their numbers."""
    known = find(connection, "items", records)
    added = {id: n for n, id in enumerate((id for id in records if id not in known), next_number(connection, "items"))}
    connection.executemany("UPDATE items SET record = ? WHERE number = ?", [(records[id], n) for id, n in known.items()])
    connection.executemany(
        "INSERT INTO items (id, number, record) VALUES (?, ?, ?)", [(id, n, records[id]) for id, n in added.items()]
    )
    connection.execute("UPDATE totals SET items = items + ?", (len(added),))
    return known | added


def insert(connection: sqlite3.Connection, batch: Batch, items: dict[str, int]) -> Appended:
    """Add those events of a batch whose id is new; `items` has the number of every item named."""
    fresh = _fresh(connection, batch.ids)
    rows = np.flatnonzero(fresh)
    users, added = number(connection, "users", compress(batch.users, fresh))
    actions, _ = number(connection, "actions", compress(batch.actions, fresh))
    slates, _ = number(connection, "slates", (slate for slate in compress(batch.slates, fresh) if slate is not None))
    events = Events(
        user=_array(users[user] for user in compress(batch.users, fresh)),
        item=_array(-1 if item is None else items[item] for item in compress(batch.items, fresh)),
        action=_array(actions[action] for action in compress(batch.actions, fresh)),
        weight=batch.weights[rows],
        time=np.fromiter(compress(batch.times, fresh), np.float64),
        slate=_array(-1 if slate is None else slates[slate] for slate in compress(batch.slates, fresh)),
    )
    keys = batch.keys[rows]
    if len(rows):
        (last,) = connection.execute("SELECT last_seq FROM totals").fetchone()
        numbers = [column.tolist() for column in (keys, *events)]
        others = [compress(column, fresh) for column in (batch.values, batch.texts)]
        seqs = range(last + 1, last + 1 + len(rows))
        connection.executemany(_INSERT, zip(seqs, compress(batch.ids, fresh), *numbers, *others, strict=True))
        connection.execute(_COUNT, {"events": len(rows), "users": added, "last": float(events.time.max())})
    return Appended(np.array(fresh, bool), events, keys)


def erase(connection: sqlite3.Connection, user: int) -> int:
    """Delete a user's events and id, and what was written about them; how many events."""
    forget_texts(connection, user)
    deleted = connection.execute("DELETE FROM events WHERE user = ?", (user,)).rowcount
    users = connection.execute("UPDATE users SET id = NULL WHERE number = ? AND id IS NOT NULL", (user,)).rowcount
    connection.execute(
        "UPDATE totals SET events = events - ?, users = users - ?, last_time = (SELECT max(time) FROM events)", (deleted, users)
    )
    return deleted


def forget_texts(connection: sqlite3.Connection, user: int) -> int:
    """Delete what was written about a user, what waits to be, and what it cost; how many texts."""
    connection.execute("DELETE FROM spent_on WHERE user = ?", (user,))
    return connection.execute("DELETE FROM texts WHERE user = ? AND user >= 0", (user,)).rowcount


def records(rows: sqlite3.Cursor) -> list[Event]:
    """Full records from rows of RECORDS or OF_KIND."""
    names = [column[0] for column in rows.description]
    return [Event(**dict(zip(names, row, strict=True))) for row in rows]


def columns(rows: NDArray[np.void]) -> Events:
    """The columns of rows of type ROW."""
    return Events(*(np.ascontiguousarray(rows[name]) for name in Events._fields))


def _fresh(connection: sqlite3.Connection, ids: list[str]) -> list[bool]:
    def there(id: str) -> bool:
        return connection.execute("SELECT 1 FROM events WHERE id = ?", (id,)).fetchone() is not None

    seen: set[str] = set()
    fresh = []
    for id in ids:  # what was read in a text stands whole beside it: had it been read twice, the first reading stays
        fresh.append(id not in seen and not there(id) and (origin(id) == id or not there(beside(origin(id), 0))))
        seen.add(id)
    return fresh


def _array(numbers: Iterable[int]) -> I64:
    return np.fromiter(numbers, np.int64)
