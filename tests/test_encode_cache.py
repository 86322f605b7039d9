import os
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from platformdirs import user_cache_dir

from penchant.encode import Cached, HashEncoder, cache_folder
from penchant.errors import AssetError
from penchant.types import F32

TEXTS = [f"text number {number}" for number in range(200)]


class Counting:
    """A hashing encoder that remembers what it was asked, and can be told to fail."""

    def __init__(self, fingerprint: str = "counting", patience: int = 10**9) -> None:
        self.inner = HashEncoder(dim=32)
        self.fingerprint, self.dim = fingerprint, 32
        self.asked: list[str] = []
        self.patience = patience

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        if len(self.asked) + len(texts) > self.patience:
            raise KeyboardInterrupt
        self.asked += texts
        return self.inner.encode([("what about " if query else "") + text for text in texts])


def cached(folder: Path | None, patience: int = 10**9) -> tuple[Cached, Counting]:
    encoder = Counting(patience=patience)
    return Cached(encoder, folder), encoder


def test_nothing_is_encoded_twice_in_a_call_or_after_a_restart(tmp_path: Path) -> None:
    first, encoder = cached(tmp_path)
    rows = first.encode(["a", "b", "a"])
    assert encoder.asked == ["a", "b"]
    first.close()
    again, encoder = cached(tmp_path)
    np.testing.assert_array_equal(again.encode(["a", "b", "a"]), rows)
    assert encoder.asked == []
    again.close()


def test_cached_vectors_are_exactly_the_encoders(tmp_path: Path) -> None:
    for _ in range(2):
        cache, encoder = cached(tmp_path)
        np.testing.assert_array_equal(cache.encode(TEXTS), encoder.inner.encode(TEXTS))
        cache.close()


def test_queries_and_passages_are_kept_apart(tmp_path: Path) -> None:
    cache, encoder = cached(tmp_path)
    assert not np.allclose(cache.encode(["a"]), cache.encode(["a"], query=True))
    assert encoder.asked == ["a", "a"]
    cache.close()


def test_another_fingerprint_finds_nothing(tmp_path: Path) -> None:
    first, _ = cached(tmp_path)
    first.encode(["a"])
    other = Counting("other")
    second = Cached(other, tmp_path)
    second.encode(["a"])
    assert other.asked == ["a"]
    first.close()
    second.close()


def test_queries_are_remembered_without_a_disk() -> None:
    cache, encoder = cached(None)
    first, second = cache.encode(["a"], query=True), cache.encode(["a"], query=True)
    np.testing.assert_array_equal(first, second)
    second[:] = 0  # what is handed out is the caller's own
    np.testing.assert_array_equal(cache.encode(["a"], query=True), first)
    assert encoder.asked == ["a"]


def test_oldest_queries_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.encode.cache._REMEMBERED", 2)
    cache, encoder = cached(None)
    for text in ("a", "b", "a", "c", "a", "b"):
        cache.encode([text], query=True)
    assert encoder.asked == ["a", "b", "c", "b"]


def test_progress_sums_to_the_texts(tmp_path: Path) -> None:
    cache, _ = cached(tmp_path)
    cache.encode(TEXTS[:50])
    told: list[int] = []
    cache.encode([*TEXTS, *TEXTS[:10]], progress=told.append)
    assert sum(told) == 210
    assert told[0] == 60  # 50 known, 10 repeated
    assert len(told) == 4
    cache.close()


def test_an_interrupted_encode_keeps_what_was_done(tmp_path: Path) -> None:
    cache, encoder = cached(tmp_path, patience=150)
    with pytest.raises(KeyboardInterrupt):
        cache.encode(TEXTS)
    cache.close()
    again, encoder = cached(tmp_path)
    again.encode(TEXTS)
    assert len(encoder.asked) == 200 - 128
    again.close()


SCRIPT = """
import os, signal, sys
from pathlib import Path
from penchant.encode import Cached, HashEncoder
cache = Cached(HashEncoder(dim=32), Path(sys.argv[1]))
done = [0]
def progress(more):
    done[0] += more
    if sys.argv[2] == "die" and done[0] >= 1000:
        os.kill(os.getpid(), signal.SIGKILL)
cache.encode([f"text {n}" for n in range(2000)], progress=progress)
"""


def test_a_killed_process_leaves_a_sound_cache(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path), "die"], check=False)
    assert killed.returncode == -signal.SIGKILL
    texts = [f"text {n}" for n in range(2000)]
    encoder = HashEncoder(dim=32)
    cache = Cached(encoder, tmp_path)
    told: list[int] = []
    np.testing.assert_array_equal(cache.encode(texts, progress=told.append), encoder.encode(texts))
    assert told[0] >= 1000
    cache.close()


def test_processes_share_one_cache_at_the_same_time(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path), "live"]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    with sqlite3.connect(tmp_path / "vectors-1.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (2000,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_processes_that_find_the_same_damage_all_go_on(tmp_path: Path) -> None:
    (tmp_path / "vectors-1.sqlite").write_bytes(b"not a database at all\n" * 500)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), "live"]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in running]
    for errors, code in ended:
        assert code == 0, errors
        assert "cannot be used" not in errors
    cache = Cached(HashEncoder(dim=32), tmp_path)
    told: list[int] = []
    cache.encode([f"text {n}" for n in range(2000)], progress=told.append)
    assert told == [2000]
    assert [path.name for path in tmp_path.glob("*.sqlite")] == ["vectors-2.sqlite"]
    cache.close()


FULL_DISK = """
import resource, signal, sys, warnings
from pathlib import Path
import numpy as np
from penchant.encode import Cached, HashEncoder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
cache, texts = Cached(HashEncoder(dim=32), Path(sys.argv[1])), [f"text {n}" for n in range(2000)]
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    np.testing.assert_array_equal(cache.encode(texts), HashEncoder(dim=32).encode(texts))
print(*(warning.message for warning in seen), sep="\\n")
"""


def test_a_full_disk_is_reported_once_and_survived(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="limits of file sizes are POSIX")
    full = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=False)
    assert full.returncode == 0, full.stderr
    (warning,) = full.stdout.splitlines()
    assert "cannot be used" in warning


def test_threads_share_one_cache(tmp_path: Path) -> None:
    cache, encoder = cached(tmp_path)
    expected = encoder.inner.encode(TEXTS)
    results: list[F32] = []
    threads = [Thread(target=lambda: results.append(cache.encode(TEXTS))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for rows in results:
        np.testing.assert_array_equal(rows, expected)
    cache.close()


@pytest.mark.parametrize("damage", ["header", "middle", "text file"])
def test_a_damaged_file_is_replaced_with_a_warning(tmp_path: Path, damage: str) -> None:
    cache, encoder = cached(tmp_path)
    expected = cache.encode(TEXTS)
    cache.close()
    path = tmp_path / "vectors-1.sqlite"
    content = bytearray(path.read_bytes())
    if damage == "header":
        content[:100] = b"\0" * 100
    elif damage == "middle":
        content[4096:] = b"\xab" * (len(content) - 4096)
    else:
        content = bytearray(b"not a database at all\n" * 500)
    path.write_bytes(content)
    again, encoder = cached(tmp_path)
    with pytest.warns(RuntimeWarning, match=r"the vector cache .*vectors-1\.sqlite is damaged .* starts again empty"):
        np.testing.assert_array_equal(again.encode(TEXTS), expected)
    assert encoder.asked == TEXTS
    again.close()
    third, encoder = cached(tmp_path)
    third.encode(TEXTS)
    assert encoder.asked == []
    assert not path.exists()
    third.close()


def test_damaged_rows_are_encoded_again(tmp_path: Path) -> None:
    cache, _ = cached(tmp_path)
    expected = cache.encode(TEXTS)
    cache.close()
    with sqlite3.connect(tmp_path / "vectors-1.sqlite") as connection:
        connection.execute("UPDATE vectors SET vector = zeroblob(128) WHERE rowid = 1")
        connection.execute("UPDATE vectors SET vector = x'00' WHERE rowid = 2")
        connection.execute("UPDATE vectors SET vector = ? WHERE rowid = 3", (np.full(32, np.nan, "<f4").tobytes(),))
    connection.close()
    again, encoder = cached(tmp_path)
    np.testing.assert_array_equal(again.encode(TEXTS), expected)
    assert len(encoder.asked) == 3
    again.close()


def test_a_folder_that_cannot_be_used_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache, encoder = cached(tmp_path / "file")
    with pytest.warns(RuntimeWarning, match="cannot be used .* texts may be encoded again"):
        assert cache.encode(["a"]).shape == (1, 32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache.encode(["b"])
    assert encoder.asked == ["a", "b"]


def test_an_encoder_that_gives_the_wrong_shape_is_not_kept(tmp_path: Path) -> None:
    cache, encoder = cached(tmp_path)
    encoder.inner = HashEncoder(dim=16)
    with pytest.raises(AssetError, match=r"counting gave vectors of shape \(1, 16\)"):
        cache.encode(["a"])
    cache.close()


def test_cache_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", os.fspath(tmp_path))
    assert cache_folder() == tmp_path / "vectors"
    monkeypatch.delenv("PENCHANT_CACHE")
    assert cache_folder() == Path(user_cache_dir("penchant")) / "vectors"
