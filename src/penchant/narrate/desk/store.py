"""Texts in the log's file: those that wait to be written, those that were, and what they cost. All on a connection that is given.

A row is a text that was asked for, under a key that is made of all it depends on. It waits, then is kept or dropped, once and for
all: nothing goes back to waiting but a text whose generator changed before it was written.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from penchant.events import tables
from penchant.narrate.desk.budget import Cost
from penchant.types import DAY

WAITING, KEPT, DROPPED = 0, 1, 2  # states of a text
WAITS = 10_000  # texts about users that may wait from one day to the next
PERSONAL = 90 * DAY  # seconds that texts about users are kept: most of their facts have changed since
STALE = 30 * DAY  # seconds that texts of former generators, and what users were spent on, are kept

_QUEUE = """
    INSERT OR IGNORE INTO texts (key, kind, version, writer, user, state, payload, tries, due)
    VALUES (?, ?, ?, ?, ?, 0, ?, 0, 0)"""
_DUE = "SELECT key, kind, version, user, payload, tries FROM texts WHERE state = 0 AND kind = ? AND due <= ? ORDER BY due, seq"
_LATEST = """
    SELECT key, kind, version, user, payload, tries FROM texts
    WHERE state = 0 AND kind = ? AND due <= ? AND user = ? AND user >= 0 ORDER BY seq DESC"""
_FORGOTTEN = """
    DELETE FROM texts WHERE user >= 0 AND state = 0 AND seq <=
    (SELECT seq FROM texts WHERE user >= 0 AND state = 0 ORDER BY seq DESC LIMIT 1 OFFSET ?)"""
_SPENT = """
    INSERT INTO spent (day, kind, calls, asked, given, money) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    calls = calls + excluded.calls, asked = asked + excluded.asked, given = given + excluded.given,
    money = money + excluded.money"""
_SPENT_ON = """
    INSERT INTO spent_on (day, user, tokens) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens"""


class Asked(NamedTuple):
    """A text that somebody wanted to read: its kind, all its facts, and whom it is about."""

    kind: str
    version: int
    writer: str  # the generator's fingerprint
    payload: bytes
    user: str | None


class Job(NamedTuple):
    """A text that waits."""

    key: bytes
    kind: str
    version: int
    user: int  # -1 where it is about nobody
    payload: bytes
    tries: int  # so far


class Writer(NamedTuple):
    """Who writes: a generator's name and fingerprint."""

    name: str
    fingerprint: str


class Count(msgspec.Struct, frozen=True):
    """How many texts of a kind there are."""

    kind: str
    waiting: int
    kept: int
    dropped: int  # what was written said what the facts do not


def key_of(kind: str, version: int, writer: str, payload: bytes) -> bytes:
    """What a text is known by, 16 bytes: its kind and version, its generator's fingerprint, its facts."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (kind.encode(), str(version).encode(), writer.encode(), payload):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def find(connection: sqlite3.Connection, key: bytes) -> tuple[int, bytes | None] | None:
    """State and text of a key; None for one that was never asked for."""
    found = connection.execute("SELECT state, text FROM texts WHERE key = ?", (key,)).fetchone()
    return None if found is None else (int(found[0]), found[1])


def queue(connection: sqlite3.Connection, asked: Mapping[bytes, Asked]) -> list[str]:
    """Let texts wait to be written, unless they are there; those about users without events, erased since, are left out. Gives
    the kind of each that is new.
    """
    users = tables.find(connection, "users", {one.user for one in asked.values() if one.user is not None})
    numbers = {key: -1 if one.user is None else users.get(one.user) for key, one in asked.items()}
    rows = [
        (key, one.kind, one.version, one.writer, numbers[key], one.payload)
        for key, one in asked.items()
        if numbers[key] is not None
    ]
    return [row[1] for row in rows if connection.execute(_QUEUE, row).rowcount]


def due(connection: sqlite3.Connection, kinds: Sequence[str], now: float, busy: Collection[bytes]) -> Job | None:
    """The text to write next: of the first kind that has one due, the oldest; those `busy` are being written.

    Of what is due of a kind about one user, the last asked for comes first: facts change, and the others may be of yesterday's.
    """
    for kind in kinds:
        for row in connection.execute(_DUE, (kind, now)):
            if row[0] in busy:
                continue
            job = Job(*row)
            others = connection.execute(_LATEST, (kind, now, job.user)) if job.user >= 0 else ()
            return next((Job(*other) for other in others if other[0] not in busy), job)
    return None


def spent(connection: sqlite3.Connection, day: int) -> Cost:
    """What a day cost."""
    query = "SELECT coalesce(sum(asked), 0), coalesce(sum(given), 0), coalesce(sum(money), 0.0) FROM spent WHERE day = ?"
    return Cost(*connection.execute(query, (day,)).fetchone())


def spent_on(connection: sqlite3.Connection, day: int, user: int) -> int:
    """Tokens that a day's texts about a user cost."""
    found = connection.execute("SELECT tokens FROM spent_on WHERE day = ? AND user = ?", (day, user)).fetchone()
    return 0 if found is None else int(found[0])


def begin(connection: sqlite3.Connection, job: Job, day: int, cost: Cost, due: float, tries: int) -> bool:
    """Note, before it is made, a call as one that failed and cost all it can: a crash in the middle leaves just that. False where
    the text is not there any more.
    """
    if not postpone(connection, job, due, tries, "the call was broken off"):
        return False
    connection.execute(_SPENT, (day, job.kind, 1, *cost))
    if job.user >= 0:
        connection.execute(_SPENT_ON, (day, job.user, cost.tokens))
    return True


def finish(
    connection: sqlite3.Connection,
    job: Job,
    now: float,
    text: bytes | None,
    reason: str | None,
    *,
    day: int,
    noted: Cost,
    cost: Cost,
) -> bool:
    """Keep the text, or drop it (None) for a reason, and correct what was `noted` of its call by what it did `cost`. False where
    it is not wanted any more: its user was erased, who stays so.
    """
    change = (cost.asked - noted.asked, cost.given - noted.given, cost.money - noted.money)
    query = "UPDATE spent SET asked = asked + ?, given = given + ?, money = max(money + ?, 0.0) WHERE day = ? AND kind = ?"
    connection.execute(query, (*change, day, job.kind))
    query = "UPDATE spent_on SET tokens = tokens + ? WHERE day = ? AND user = ?"
    connection.execute(query, (cost.tokens - noted.tokens, day, job.user))
    query = "UPDATE texts SET state = ?, text = ?, reason = ?, payload = NULL, done = ? WHERE key = ? AND state = 0"
    return connection.execute(query, (DROPPED if text is None else KEPT, text, reason, now, job.key)).rowcount == 1


def postpone(connection: sqlite3.Connection, job: Job, due: float, tries: int, reason: str) -> bool:
    """Let a text wait until `due` (epoch seconds); False where it is not there any more."""
    query = "UPDATE texts SET due = ?, tries = ?, reason = ? WHERE key = ? AND state = 0"
    return connection.execute(query, (due, tries, reason, job.key)).rowcount == 1


def appoint(connection: sqlite3.Connection, writer: Writer, versions: Mapping[str, int]) -> None:
    """From now on `writer` writes: what waits for another waits for it, with new tries. What waits for another version of a kind
    than these will be asked for anew, in that version's facts, and is deleted.
    """
    connection.execute("DELETE FROM writer")
    connection.execute("INSERT INTO writer (name, fingerprint) VALUES (?, ?)", writer)
    for kind, version in versions.items():
        connection.execute("DELETE FROM texts WHERE state = 0 AND kind = ? AND version != ?", (kind, version))
        query = "SELECT seq, payload FROM texts WHERE state = 0 AND kind = ? AND writer != ?"
        others = connection.execute(query, (kind, writer.fingerprint)).fetchall()
        rows = [(key_of(kind, version, writer.fingerprint, payload), writer.fingerprint, seq) for seq, payload in others]
        connection.executemany("UPDATE OR IGNORE texts SET key = ?, writer = ?, tries = 0, due = 0 WHERE seq = ?", rows)
        connection.execute("DELETE FROM texts WHERE state = 0 AND kind = ? AND writer != ?", (kind, writer.fingerprint))


def dismiss(connection: sqlite3.Connection) -> None:
    """Nobody writes, and nothing that was written is read."""
    connection.execute("DELETE FROM writer")


def writer(connection: sqlite3.Connection) -> Writer | None:
    """Who writes, or wrote last."""
    found = connection.execute("SELECT name, fingerprint FROM writer").fetchone()
    return None if found is None else Writer(*found)


def prune(connection: sqlite3.Connection, now: float, writer: str) -> None:
    """Delete what former generators wrote, and what users were spent on, `STALE` seconds ago; what was written about users
    `PERSONAL` seconds ago; and what waits about them beyond the last `WAITS`, which nobody would get to.
    """
    connection.execute("DELETE FROM texts WHERE state != 0 AND writer != ? AND done < ?", (writer, now - STALE))
    connection.execute("DELETE FROM texts WHERE user >= 0 AND state != 0 AND done < ?", (now - PERSONAL,))
    connection.execute(_FORGOTTEN, (WAITS,))
    connection.execute("DELETE FROM spent_on WHERE day < ?", ((now - STALE) // DAY,))


def counts(connection: sqlite3.Connection) -> list[Count]:
    """How many texts there are of every kind that was ever asked for."""
    query = "SELECT kind, sum(state = 0), sum(state = 1), sum(state = 2) FROM texts GROUP BY kind ORDER BY kind"
    return [Count(*row) for row in connection.execute(query)]


def reasons(connection: sqlite3.Connection, kind: str, limit: int) -> list[tuple[str, int]]:
    """Why texts of a kind were dropped, the most frequent reasons first, and how often."""
    query = "SELECT reason, count(*) AS n FROM texts WHERE kind = ? AND state = 2 GROUP BY reason ORDER BY n DESC, reason LIMIT ?"
    return [(str(reason), int(n)) for reason, n in connection.execute(query, (kind, limit))]


def explain(connection: sqlite3.Connection, key: bytes, reason: str) -> None:
    """Say why a text still waits."""
    connection.execute("UPDATE texts SET reason = ? WHERE key = ? AND state = 0", (reason, key))


def resume(connection: sqlite3.Connection, key: bytes) -> None:
    """Let a text whose call was broken off wait as if that call had not been made."""
    connection.execute("UPDATE texts SET due = 0, tries = max(tries - 1, 0) WHERE key = ? AND state = 0", (key,))
