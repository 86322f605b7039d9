"""A fitted engine on disk: one file of arrays with a record of what made them, replaced whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from penchant.config import Config
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.sources import Source, apart

FORMAT = 7  # of the arrays; a snapshot of another format is fitted anew from the log
PARTS = ("catalog", "people", "controls", "vigil", "blend", "topics")  # without which an engine cannot go on
_FILE = "engine.safetensors"

Arrays = dict[str, NDArray[np.generic]]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the arrays belong to: the log up to event number `applied`, and vectors of the space `space`;
    `fitted` is how many items the `sources` were fitted on."""

    format: int
    space: str
    applied: int
    repeat: bool
    fitted: int
    sources: tuple[str, ...]
    config: Config


def exists(folder: Path) -> bool:
    """Whether `folder` holds a snapshot."""
    return (folder / _FILE).is_file()


def space_of(folder: Path, fingerprint: str) -> Path:
    """The folder in which the text space of that fingerprint is kept: a snapshot finds the one it was made in."""
    return folder / "spaces" / hashlib.blake2b(fingerprint.encode(), digest_size=8).hexdigest()


def save(folder: Path, record: Record, parts: Mapping[str, Arrays]) -> None:
    """Write `parts`, each a group of named arrays, so that a crash leaves the old snapshot or the new one."""
    flat = {f"{part}:{name}": np.ascontiguousarray(array) for part, arrays in parts.items() for name, array in arrays.items()}
    partial = folder / f"{_FILE}.{os.getpid()}.part"
    try:
        save_file(flat, partial, {"record": msgspec.json.encode(record).decode()})
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(folder / _FILE)
    finally:
        partial.unlink(missing_ok=True)
    for space in (folder / "spaces").iterdir() if (folder / "spaces").is_dir() else ():
        if space != space_of(folder, record.space):
            shutil.rmtree(space, ignore_errors=True)


def load(folder: Path, only: str | None = None) -> tuple[Record, dict[str, Arrays]]:
    """What `save` wrote: all parts, or `only` one.

    Raises:
        InvalidInput: when there is none, or it cannot be read.
        FingerprintMismatch: when another version of Penchant wrote it in another format.
    """
    path = folder / _FILE
    try:
        with safe_open(path, framework="numpy") as file:
            record = msgspec.json.decode(file.metadata()["record"], type=Record)
            parts: dict[str, Arrays] = {}
            names = file.offset_keys()
            for key in names:
                part, _, name = key.partition(":")
                if only in (None, part):
                    parts.setdefault(part, {})[name] = file.get_tensor(key)
    except FileNotFoundError:
        raise InvalidInput(
            f"{folder} holds no fitted engine; run: penchant fit --items FILE --events FILE --out {folder}"
        ) from None
    except (OSError, SafetensorError, KeyError, TypeError, msgspec.DecodeError) as error:
        raise InvalidInput(f"{path} cannot be read ({error}); delete it and run penchant fit again, the log is kept") from error
    if record.format != FORMAT:
        raise FingerprintMismatch(
            f"{path} has format {record.format}, this version reads {FORMAT}; run penchant fit again, the log is kept"
        )
    return record, parts


def complete(folder: Path, parts: Mapping[str, Arrays]) -> None:
    """Refuse a snapshot without all that an engine goes on from.

    Raises:
        InvalidInput: naming what is missing.
    """
    if missing := [part for part in PARTS if part not in parts]:
        raise InvalidInput(f"{folder / _FILE} lacks {', '.join(missing)}; delete it and run penchant fit again, the log is kept")


def require(record: Record, sources: Sequence[Source]) -> None:
    """Refuse parameters of other sources than these.

    Raises:
        FingerprintMismatch: when another version of Penchant fitted them.
    """
    told = apart(record.sources, [source.name for source in sources])
    if told:
        raise FingerprintMismatch(
            f"this version has other sources than the engine was fitted with: {told}; run penchant fit again"
        )
