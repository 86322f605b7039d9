"""The log's file: what is taken for one, and how an older one becomes a newer one."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from penchant.errors import LogError
from penchant.events.database import Database
from penchant.events.log import Log
from penchant.events.schema import LOG, Schema
from penchant.narrate.desk.desk import Desk
from penchant.types import Item
from tests.writers import Loud, Voice, fact


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


def test_a_log_of_the_first_version_gets_room_for_texts_and_keeps_its_events(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    shutil.copy(Path(__file__).parent / "data" / "log-1.sqlite", path)  # written by the program of that version
    for _ in range(2):
        with Log(path) as log:
            assert [(event.user, event.item, event.id) for event in log.events(log.user("ann"), 5)] == [
                ("ann", "pot", "b"),
                ("ann", "tea", "a"),
            ]
            assert log.totals().events == 3
            desk = Desk(log, {"loud": Loud()})
            desk.employ(Voice())
            desk.ask("loud", fact("tea"), user="ann")
            desk.work(0.0)
            assert desk.ask("loud", fact("tea"), user="ann") == b'"TEA"'
    with Log(path) as log:
        assert log.erase(log.user("ann")) == 2
        assert Desk(log, {"loud": Loud()}).counts() == []


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
            assert connection.execute("PRAGMA user_version").fetchone() == (newer.version,)
        db.close()
    told = f"event log of version {newer.version}; this program knows {LOG.version}: upgrade Penchant"
    with pytest.raises(LogError, match=told):
        Log(path)
