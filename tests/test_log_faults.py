"""The log in trouble: killed, full, locked, damaged, shared by threads. What it acknowledged is there, once and whole."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from penchant.errors import LogError
from penchant.events import database
from penchant.events.database import Database
from penchant.events.log import Log
from penchant.events.schema import LOG
from penchant.types import Event

WEIGHTS = np.ones(10, np.float32)


def batch(name: str, size: int = 10, text: str | None = None) -> list[Event]:
    return [Event(id=f"{name}/{n}", user=f"u{n}", time=float(n), text=text) for n in range(size)]


def stored(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [id for (id,) in connection.execute("SELECT id FROM events ORDER BY seq")]
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


WRITER = """
import sys, threading
from pathlib import Path
import numpy as np
from penchant.events.log import Log
from penchant.types import Event
log, weights, say = Log(Path(sys.argv[1])), np.ones(10, np.float32), threading.Lock()
def run(thread):
    for number in range(100_000):
        name = f"{sys.argv[2]}.{thread}.{number}"
        log.append([Event(id=f"{name}/{n}", user=f"u{thread}.{n}", time=float(number)) for n in range(10)], weights)
        with say:
            print(name, flush=True)
for thread in range(3):
    threading.Thread(target=run, args=(thread,)).start()
"""


def test_every_acknowledged_event_survives_kill_9_once_and_no_batch_is_halved(path: Path) -> None:
    rng = np.random.default_rng()
    acknowledged: list[str] = []
    for round_ in range(4):
        command = [sys.executable, "-c", WRITER, str(path), str(round_)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline().strip())
            assert acknowledged[-1]
            time.sleep(rng.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    with Log(path) as log:
        sizes = Counter(id.split("/")[0] for id in stored(path))
        assert set(acknowledged) <= set(sizes)
        assert set(sizes.values()) == {10}
        assert log.totals().events == log.totals().last_seq == 10 * len(sizes)
        assert [seq for seqs, _, _ in log.replay() for seq in seqs.tolist()] == list(range(1, 10 * len(sizes) + 1))


IMPORTER = """
import sys
from pathlib import Path
import numpy as np, polars as pl
from penchant.events import log as module
module.BULK = 1_000
rows = 100_000
frame = pl.DataFrame({"user": np.arange(rows) % 99, "time": np.arange(rows)})
with module.Log(Path(sys.argv[1])) as log:
    print("go", flush=True)
    log.append_frame(frame, np.ones(rows, np.float32))
print("done", flush=True)
"""


def test_an_import_killed_midway_leaves_whole_transactions_and_is_completed_by_another(path: Path) -> None:
    command = [sys.executable, "-c", IMPORTER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    with Log(path) as log:
        cut = log.totals().events
        assert cut % 1_000 == 0
        assert [time for _, _, columns in log.replay() for time in columns.time.tolist()] == list(range(cut))
    assert subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout == "go\ndone\n"
    assert len(stored(path)) == 100_000


def test_threads_share_commits_and_each_event_is_there_once(path: Path) -> None:
    with Log(path) as log:
        before = log.commits
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: log.append(batch(f"b{n // 2}"), WEIGHTS), range(400)))  # every batch given twice
        assert log.commits - before < 400
        assert sum(int(answer.fresh.sum()) for answer in answers) == 2_000
        assert {int(answer.fresh.sum()) for answer in answers} == {0, 10}
        assert len(stored(path)) == len(set(stored(path))) == 2_000
        assert log.users() == [f"u{n}" for n in range(10)]


def held(db: Database) -> tuple[threading.Event, threading.Thread]:
    """A writer in the middle of its transaction, until the event is set."""
    inside, release = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        inside.set()
        assert release.wait(10)

    thread = threading.Thread(target=db.write, args=(work,))
    thread.start()
    assert inside.wait(10)
    return release, thread


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "some.db", LOG)
    yield database
    database.close()


def waiting(db: Database, number: int) -> None:
    while len(db._jobs) < number:
        time.sleep(0.001)


def test_those_who_wait_are_committed_together_and_a_failing_one_fails_alone(db: Database) -> None:
    def good(connection: sqlite3.Connection) -> int:
        return connection.execute("INSERT INTO users (id) VALUES (NULL)").rowcount

    def bad(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO actions (id) VALUES ('half')")
        raise KeyError("mine")

    release, thread = held(db)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(db.write, work) for work in (good, good, bad, good)]
        waiting(db, 4)
        release.set()
        assert [answers[n].result() for n in (0, 1, 3)] == [1, 1, 1]
        with pytest.raises(KeyError, match="mine"):
            answers[2].result()
        release, again = held(db)
        before = db.commits
        answers = [pool.submit(db.write, good) for _ in range(5)]
        waiting(db, 5)
        release.set()
        assert [answer.result() for answer in answers] == [1] * 5
    assert db.commits - before == 2, "the one that was held, then five as one"
    thread.join()
    again.join()
    with db.reading() as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM actions)").fetchone() == (8, 0)


def test_readers_do_not_wait_for_a_writer_and_see_what_was_committed(db: Database) -> None:
    db.write(lambda connection: connection.execute("INSERT INTO users (id) VALUES ('ann')").rowcount)
    release, thread = held(db)
    with db.reading() as one, db.reading() as other:
        assert [c.execute("SELECT id FROM users").fetchall() for c in (one, other)] == [[("ann",)]] * 2
    release.set()
    thread.join()


def test_closing_waits_for_the_commit_under_way_and_tells_those_behind_it(db: Database) -> None:
    release, thread = held(db)
    with ThreadPoolExecutor(2) as pool:
        behind = pool.submit(db.write, lambda connection: None)
        waiting(db, 1)
        with db.reading():
            closing = pool.submit(db.close)
            release.set()
            closing.result()
        assert behind.exception() is None or "nothing of it is kept" in str(behind.exception())
    thread.join()


@pytest.mark.parametrize("group", [1, 4])
def test_a_full_disk_keeps_no_half_batch_and_the_log_goes_on(path: Path, group: int) -> None:
    with Log(path) as log:
        log.append(batch("before"), WEIGHTS)
        writer = log._database._writer
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages + 20}")
        with ThreadPoolExecutor(group) as pool:
            answers = [pool.submit(log.append, batch(f"big{n}", text="x" * 20_000), WEIGHTS) for n in range(group)]
        for answer in answers:
            with pytest.raises(LogError, match=r"log\.db: the disk is full; nothing of this batch was kept"):
                answer.result()
        assert stored(path) == [event.id for event in batch("before")]
        assert log.append(batch("small", 1), WEIGHTS[:1]).fresh.tolist() == [True]
        writer.execute("PRAGMA max_page_count = 100000")
        assert log.append(batch("big0", text="x" * 20_000), WEIGHTS).fresh.all()
        assert log.totals().events == len(stored(path)) == 21


def test_a_second_process_or_object_on_the_same_log_is_refused_by_name(path: Path) -> None:
    code = f"from pathlib import Path; from penchant.events.log import Log; Log(Path({str(path)!r}))"
    with Log(path) as log:
        with pytest.raises(LogError, match=rf"{re.escape(str(path))} is open in another process or object"):
            Log(path)
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "is open in another process" in other.stderr
        assert log.append(batch("a"), WEIGHTS).fresh.all()
    Log(path).close()


def test_a_lock_held_by_another_program_is_named_and_passes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with Log(path) as log:
        shell = sqlite3.connect(path, isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogError, match="another program holds a lock on the file; close it"):
            log.append(batch("a"), WEIGHTS)
        shell.close()
        assert log.append(batch("a"), WEIGHTS).fresh.all()


def test_a_reader_elsewhere_that_would_keep_erased_rows_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with Log(path) as log:
        log.append(batch("a"), WEIGHTS)
        shell = sqlite3.connect(path, isolation_level=None)
        shell.execute("BEGIN")
        shell.execute("SELECT * FROM events").fetchone()
        with pytest.raises(LogError, match="a reader holds the write-ahead log"):
            log.erase(0)
        shell.close()
        assert log.erase(0) == 0
        assert log.totals().events == 9


def test_a_damaged_log_is_refused_when_it_is_read(path: Path) -> None:
    with Log(path) as log:
        log.append(batch("a", text="x" * 9_000), WEIGHTS)
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LogError, match="the file is damaged; restore a backup"), Log(path) as log:
        log.users()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_named(path: Path) -> None:
    path.parent.chmod(0o500)
    with pytest.raises(LogError, match="check"):
        Log(path)
    path.parent.chmod(0o700)


def test_a_file_that_cannot_be_written_is_named(path: Path) -> None:
    with (
        Log(path) as log,
        pytest.raises(LogError, match="cannot be written; check the permissions"),
        log._database.reading() as reader,
    ):
        reader.execute("DELETE FROM users")


def test_the_log_is_written_through_to_the_disk(path: Path) -> None:
    with Log(path) as log:
        asked = [log._database._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert asked == ["wal", 2]  # 2 is FULL: fsync before every acknowledgement


def test_an_interrupted_commit_keeps_nothing_and_frees_those_who_wait(path: Path) -> None:
    def interrupted(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO users (id) VALUES ('half')")
        raise KeyboardInterrupt

    with Log(path) as log:
        with pytest.raises(KeyboardInterrupt):
            log._database.write(interrupted)
        assert log.users() == []
        assert log.append(batch("a"), WEIGHTS).fresh.all()
