"""The journal: every slate can be found again, and no request waits for it."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from penchant.errors import InvalidInput, LogError
from penchant.events.log import Log
from penchant.slate import journal as module
from penchant.slate.journal import Journal, Served, slate_id


def served(slate: str, user: str | None = "ann", at: float = 1.0) -> Served:
    return Served(
        slate=slate,
        user=user,
        at=at,
        k=2,
        items=("tea", "茶"),
        scores=(0.5, 0.1),
        sources=("model", "popular"),
        propensities=(0.9, 0.1),
        request={"k": 2, "filter": {"category": "Tea", "price_max": 3.5}, "exclude": ["pot"]},
    )


class Stuck:
    """A journal whose thread is held before its next write."""

    def __init__(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.release = threading.Event()
        write = journal._database.write

        def held(work: Callable[[sqlite3.Connection], object]) -> object:
            assert self.release.wait(10)
            return write(work)

        monkeypatch.setattr(journal._database, "write", held)


def test_a_slate_is_found_at_once_and_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "slates.db"
    with Journal(path) as journal:
        for n in range(2_500):
            journal.write(served(f"s{n}"))
            assert n % 100 or journal.get(f"s{n}") == served(f"s{n}")
    with Journal(path) as journal:
        assert journal.get("s2499") == served("s2499")
        assert journal.get("s0") == served("s0")
        assert journal.get("never") is None


def test_a_waiting_slate_is_seen_before_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(None) as journal:
        journal.write(served("old", at=1.0))
        journal.flush()
        stuck = Stuck(journal, monkeypatch)
        journal.write(served("new", at=2.0))
        journal.write(served("other", user="bo", at=3.0))
        assert journal.get("new") == served("new", at=2.0)
        assert [record.slate for record in journal.recent("ann", 5)] == ["new", "old"]
        stuck.release.set()
        journal.flush()
        assert [record.slate for record in journal.recent("ann", 5)] == ["new", "old"]


def test_recent_slates_are_the_newest_by_time_not_by_arrival() -> None:
    with Journal(None) as journal:
        for at in (3.0, 1.0, 2.0):
            journal.write(served(f"s{at}", at=at))
        journal.write(served("nobody", user=None))
        assert [record.at for record in journal.recent("ann", 2)] == [3.0, 2.0]
        assert journal.recent("bo", 2) == []
        assert journal.get("nobody") == served("nobody", user=None)


def test_a_name_written_twice_keeps_its_first_record() -> None:
    with Journal(None) as journal:
        journal.write(served("s", at=1.0))
        journal.write(served("s", at=2.0))
        journal.flush()
        journal.write(served("s", at=3.0))
        journal.flush()
        assert journal.get("s") == served("s", at=1.0)
        assert [record.at for record in journal.recent("ann", 5)] == [1.0]


def test_a_full_queue_holds_a_request_briefly_then_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    with Journal(None, bound=3) as journal:
        stuck = Stuck(journal, monkeypatch)
        for n in range(5):
            journal.write(served(f"s{n}"))
        assert (journal.waited, journal.dropped) == (2, 2)
        stuck.release.set()
        journal.flush()
        journal.write(served("later"))
        assert [journal.get(f"s{n}") is not None for n in range(5)] == [True, True, True, False, False]
    assert (journal.waited, journal.dropped) == (2, 2)


def test_many_threads_write_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60.0)  # however slow the disk is, this is about losing nothing
    with Journal(tmp_path / "slates.db", bound=50) as journal:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: journal.write(served(f"s{n}", user=f"u{n % 7}")), range(2_000)))
        journal.flush()
        assert sum(len(journal.recent(f"u{n}", 9_999)) for n in range(7)) + journal.dropped == 2_000
        assert journal.dropped == 0


def test_what_cannot_be_written_waits_and_is_written_once_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    with Journal(tmp_path / "slates.db") as journal:
        writer = journal._database._writer
        writer.execute("PRAGMA max_page_count = 1")
        journal.write(msgspec.structs.replace(served("s"), request={"text": "x" * 50_000}))
        with pytest.raises(LogError, match="the disk is full"):
            journal.flush()
        assert journal.get("s") is not None
        writer.execute("PRAGMA max_page_count = 100000")
        deadline = threading.Event()
        while journal.failure is not None:
            deadline.wait(0.01)
        journal.flush()
    with Journal(tmp_path / "slates.db") as journal:
        assert journal.get("s") is not None


def test_closing_says_what_is_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "slates.db")
    journal._database._writer.execute("PRAGMA max_page_count = 1")
    journal.write(msgspec.structs.replace(served("s"), request={"text": "x" * 50_000}))
    with pytest.raises(LogError, match=r"1 served slates could not be journalled: .* the disk is full"):
        journal.close()


def test_a_closed_journal_refuses_slates_and_closes_twice() -> None:
    journal = Journal(None)
    journal.close()
    journal.close()
    with pytest.raises(LogError, match="is closed"):
        journal.write(served("s"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": (1.0,)}, "must be equally long"),
        ({"propensities": (0.5, float("nan"))}, "must be finite"),
        ({"request": {"text": "\ud800"}}, "cannot be written as JSON"),
        ({"request": {"text": object()}}, "cannot be written as JSON"),
    ],
)
def test_a_wrong_record_is_refused_by_the_request_that_brings_it(change: dict[str, object], message: str) -> None:
    with Journal(None) as journal, pytest.raises(InvalidInput, match=message):
        journal.write(msgspec.structs.replace(served("s"), **change))


def test_an_erased_user_leaves_no_slate_behind(tmp_path: Path) -> None:
    with Journal(tmp_path / "slates.db") as journal:
        for n in range(20):
            journal.write(served(f"s{n}", user="secret-user" if n % 2 else "ann"))
        assert journal.erase("secret-user") == 10
        assert journal.recent("secret-user", 99) == []
        assert len(journal.recent("ann", 99)) == 10
        assert b"secret-user" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_slate_ids_sort_by_time_and_repeat_with_the_seed() -> None:
    ids = [slate_id(at, np.random.default_rng(1)) for at in (0.0, 1.5, 1.500001, 1e9, 2e9)]
    assert ids == sorted(ids)
    assert {len(id) for id in ids} == {32}
    assert slate_id(5.0, np.random.default_rng(1)) == slate_id(5.0, np.random.default_rng(1))
    assert len({slate_id(5.0) for _ in range(1_000)}) == 1_000
    for at in (-1.0, float("nan"), 1e11):
        with pytest.raises(InvalidInput, match="between 1970 and the year 4000"):
            slate_id(at)


def test_a_log_is_not_taken_for_a_journal(tmp_path: Path) -> None:
    Log(tmp_path / "log.db").close()
    with pytest.raises(LogError, match="not a Penchant slate journal"):
        Journal(tmp_path / "log.db")
    connection = sqlite3.connect(tmp_path / "log.db")
    assert connection.execute("SELECT events FROM totals").fetchone() == (0,)
    connection.close()


def test_only_the_latest_slates_are_kept() -> None:
    with Journal(None, keep=3) as journal:
        for number in range(8):
            journal.write(served(f"s{number}"))
            journal.flush()
        assert [journal.get(f"s{number}") is not None for number in range(8)] == [False] * 5 + [True] * 3
