"""Checksums of large files, computed once for as long as a file stays what it is."""

import hashlib
import os
from pathlib import Path

import msgspec

from penchant.assets.fetch import cache_dir, digest
from penchant.errors import AssetError


class _Known(msgspec.Struct):
    size: int  # bytes
    changed: int  # nanoseconds since the epoch, by the file system's clock
    sha256: str


def known_digest(path: Path) -> str:
    """sha256 of a file in hex; computed anew when its size or time of change is another than when it was computed last.

    Raises:
        AssetError: when there is no such file.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise AssetError(f"{path} cannot be read: {error.strerror}") from error
    note = cache_dir() / "digests" / f"{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]}.json"
    known = _noted(note)
    if known is None or (known.size, known.changed) != (about.st_size, about.st_mtime_ns):
        sha256 = digest(path)
        if sha256 is None:
            raise AssetError(f"{path} is not a file")
        known = _Known(about.st_size, about.st_mtime_ns, sha256)
        _write(note, known)
    return known.sha256


def _noted(note: Path) -> _Known | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Known)
    except (OSError, msgspec.DecodeError):
        return None


def _write(note: Path, known: _Known) -> None:
    """Keep it where that is possible; a folder that cannot be written costs time, not the answer."""
    half = note.with_suffix(f".{os.getpid()}.half")
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(msgspec.json.encode(known))
        os.replace(half, note)
    except OSError:
        return
