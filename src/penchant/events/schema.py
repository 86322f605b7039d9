"""The shape of Penchant's SQLite files: tables, versions, and the way from each version to the next."""

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from penchant.errors import LogError

Migration = Callable[[sqlite3.Connection], None]


class Schema(NamedTuple):
    """One kind of file. `migrations[v]` takes a file from version v to v + 1; an empty file is version 0."""

    name: str
    application: int  # PRAGMA application_id: tells our files from other people's
    migrations: tuple[Migration, ...]

    @property
    def version(self) -> int:
        """The version this program writes."""
        return len(self.migrations)


def _create(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _add_texts(connection: sqlite3.Connection) -> None:
    for statement in _TEXTS:
        connection.execute(statement)


def _index_words(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE INDEX events_in_words ON events (item) WHERE text IS NOT NULL")


# Numbers start at 0 and are never reused. An erased user keeps the number and loses the id. `totals` is one row, so that
# opening a log and asking how far it goes cost the same at any size, and a sequence number survives the erasure of its event.
_TABLES = (
    "CREATE TABLE users (number INTEGER PRIMARY KEY, id TEXT UNIQUE)",
    "CREATE TABLE items (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record BLOB NOT NULL)",
    "CREATE TABLE actions (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    "CREATE TABLE slates (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key INTEGER NOT NULL, user INTEGER NOT NULL, item INTEGER NOT NULL,
        action INTEGER NOT NULL, weight REAL NOT NULL, time REAL NOT NULL, slate INTEGER NOT NULL, value REAL, text TEXT)""",
    "CREATE INDEX events_by_user ON events (user, time)",
    """CREATE TABLE totals (last_seq INTEGER NOT NULL, events INTEGER NOT NULL, users INTEGER NOT NULL, items INTEGER NOT NULL,
        last_time REAL)""",
    "INSERT INTO totals VALUES (0, 0, 0, 0, NULL)",
)

# What a generator writes, beside the events: a text about a person is erased with them, and in the same transaction. `payload` is
# gone once a text is there. `user` is -1 where it is about nobody; `due`, epoch seconds, is 0 for what was never tried.
_TEXTS = (
    """CREATE TABLE texts (
        seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, version INTEGER NOT NULL, writer TEXT NOT NULL,
        user INTEGER NOT NULL, state INTEGER NOT NULL, payload BLOB, text BLOB, reason TEXT, tries INTEGER NOT NULL,
        due REAL NOT NULL, done REAL)""",
    "CREATE INDEX texts_waiting ON texts (kind, due) WHERE state = 0",
    "CREATE INDEX texts_by_state ON texts (kind, state)",
    "CREATE INDEX texts_by_user ON texts (user) WHERE user >= 0",
    "CREATE TABLE writer (name TEXT NOT NULL, fingerprint TEXT NOT NULL)",
    """CREATE TABLE spent (day INTEGER, kind TEXT, calls INTEGER NOT NULL, asked INTEGER NOT NULL, given INTEGER NOT NULL,
        money REAL NOT NULL, PRIMARY KEY (day, kind)) WITHOUT ROWID""",
    "CREATE TABLE spent_on (day INTEGER, user INTEGER, tokens INTEGER NOT NULL, PRIMARY KEY (day, user)) WITHOUT ROWID",
)

LOG = Schema("event log", int.from_bytes(b"PchL"), (_create, _add_texts, _index_words))


def prepare(connection: sqlite3.Connection, schema: Schema, path: str) -> None:
    """Create the tables of an empty file, or bring an older file up to date, each step in a transaction of its own.

    Raises:
        LogError: for a file that is not of this kind, or that a newer program wrote.
    """
    application = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application != schema.application and (application or version or tables):
        raise LogError(f"{path} is a SQLite file but not a Penchant {schema.name}; name another path")
    if version > schema.version:
        raise LogError(
            f"{path} is a Penchant {schema.name} of version {version}; this program knows {schema.version}: upgrade Penchant"
        )
    for number in range(version, schema.version):
        connection.execute("BEGIN IMMEDIATE")
        try:
            schema.migrations[number](connection)
            connection.execute(f"PRAGMA application_id = {schema.application}")
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
