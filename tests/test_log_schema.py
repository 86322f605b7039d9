"""The log's file: what is taken for one, and how an older one becomes a newer one."""

import sqlite3
from pathlib import Path

import pytest

from penchant.errors import LogError
from penchant.events.database import Database
from penchant.events.log import Log
from penchant.events.schema import LOG, Schema
from penchant.types import Item


def test_a_file_that_is_not_a_log_is_refused(tmp_path: Path) -> None:
    text, other, journal = tmp_path / "text", tmp_path / "other", tmp_path / "journal"
    text.write_text("user,item,time\n" * 100)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()
    Database(journal, Schema("diary", 77, (lambda connection: None,))).close()
    for file, message in (
        (text, "not a SQLite file"),
        (other, "not a Penchant event log"),
        (journal, "not a Penchant event log"),
    ):
        with pytest.raises(LogError, match=message):
            Log(file)
    with pytest.raises(LogError, match="check that its directory exists"):
        Log(tmp_path / "nowhere" / "log.db")
    assert text.read_text().startswith("user,item")


def second(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE items ADD COLUMN shelf TEXT")
    connection.execute("UPDATE items SET shelf = 'old'")


def third_fails(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE items")
    connection.execute("SELECT * FROM nowhere")


def test_an_older_file_is_brought_up_to_date_step_by_step_and_a_failed_step_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log(path) as log:
        log.put_items([Item(id="tea")])
    newer = LOG._replace(migrations=(*LOG.migrations, second))
    with pytest.raises(LogError, match="no such table: nowhere"):
        Database(path, LOG._replace(migrations=(*newer.migrations, third_fails)))
    for _ in range(2):  # the second time there is nothing to do
        db = Database(path, newer)
        with db.reading() as connection:
            assert connection.execute("SELECT id, shelf FROM items").fetchall() == [("tea", "old")]
            assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        db.close()
    with pytest.raises(LogError, match="event log of version 2; this program knows 1: upgrade Penchant"):
        Log(path)
