"""The space that items and queries meet in: an encoder, what is said of an item to it, and the centring of its languages."""

import io
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np

from penchant.encode.cache import Cached, Progress
from penchant.encode.centring import ANY, Centring, Means, centred, fit_centring
from penchant.encode.language import item_language, language
from penchant.encode.text import item_text
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.types import F32, Encoder, Item

_ARRAYS, _RECORD = "space.npz", "space.json"
_FORMAT = 1  # changes with the files, or with what `item_text` and `language` make of an item


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    encoder: str
    fingerprint: str
    items: list[str]  # languages, in the order of the rows
    queries: list[str]


class Space:
    """Vectors for items and queries that can be compared, whatever their languages.

    >>> from penchant.encode import load_encoder
    >>> films = [Item(id="1", title="The Space Robot"), Item(id="2", title="A Tulip Garden")]
    >>> space = Space.fit(load_encoder("hash"), films)
    >>> (space.queries(["robots in space"]) @ space.items(films).T).argmax(axis=1)
    array([0])
    """

    def __init__(self, encoder: Encoder, centring: Centring) -> None:
        self.encoder = encoder
        self.centring = centring
        self.dim = encoder.dim
        self.fingerprint = _fingerprint(encoder, centring)

    @classmethod
    def fit(cls, encoder: Encoder, items: Sequence[Item], *, progress: Progress | None = None) -> "Space":
        """The space for a catalog of these items, of which there may be few or none; fitting again gives another fingerprint.

        The encoder's work is kept if it is `Cached`, as `load_encoder` gives it: `space.items(items)` then costs next to nothing.
        """
        vectors = _encode_items(encoder, items, progress)
        return cls(encoder, fit_centring(vectors, [item_language(item) for item in items], encoder))

    def items(self, items: Sequence[Item], *, progress: Progress | None = None) -> F32:
        """Unit rows, (items, dim); `progress` is told how many more items are done."""
        vectors = _encode_items(self.encoder, items, progress)
        return centred(vectors, [item_language(item) for item in items], self.centring.items)

    def queries(self, texts: Sequence[str]) -> F32:
        """Unit rows, (texts, dim), for what people ask in their own words."""
        vectors = self.encoder.encode(texts, query=True)
        return centred(vectors, [language(text) for text in texts], self.centring.queries)

    def require(self, fingerprint: str) -> None:
        """Refuse to go on with vectors of another space.

        Raises:
            FingerprintMismatch: unless `fingerprint` is this space's.
        """
        if fingerprint != self.fingerprint:
            raise FingerprintMismatch(
                f"these vectors are of the space {fingerprint!r}, this is {self.fingerprint!r}; "
                "encode the items again, or load the space they were made in"
            )

    def save(self, folder: Path) -> None:
        """Write `space.npz` and `space.json` into `folder`, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        means = self.centring
        record = _Record(_FORMAT, self.encoder.fingerprint, self.fingerprint, list(means.items), list(means.queries))
        arrays = io.BytesIO()
        np.savez(arrays, items=np.stack(list(means.items.values())), queries=np.stack(list(means.queries.values())))
        _replace(folder / _ARRAYS, arrays.getvalue())
        _replace(folder / _RECORD, msgspec.json.encode(record))

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> "Space":
        """What `save` wrote.

        Raises:
            FingerprintMismatch: when it was made with another encoder.
            InvalidInput: when the files are missing or damaged.
        """
        try:
            record = msgspec.json.decode((folder / _RECORD).read_bytes(), type=_Record)
            with np.load(io.BytesIO((folder / _ARRAYS).read_bytes()), allow_pickle=False) as arrays:
                centring = Centring(_means(record.items, arrays["items"]), _means(record.queries, arrays["queries"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, msgspec.DecodeError) as error:
            raise InvalidInput(f"no text space can be read from {folder}: {error}; fit the engine again") from error
        if record.format != _FORMAT:
            raise InvalidInput(f"{folder} holds a text space of format {record.format}, this version reads {_FORMAT}; fit again")
        if record.encoder != encoder.fingerprint:
            raise FingerprintMismatch(
                f"{folder} was made with the encoder {record.encoder!r}, not {encoder.fingerprint!r}; "
                "set the encoder it was made with, or fit the engine again"
            )
        space = cls(encoder, centring)
        if record.fingerprint != space.fingerprint:
            raise InvalidInput(f"{folder / _ARRAYS} is not the file that {_RECORD} was saved with; fit the engine again")
        return space


def _encode_items(encoder: Encoder, items: Sequence[Item], progress: Progress | None) -> F32:
    texts = [item_text(item) for item in items]
    if isinstance(encoder, Cached):
        return encoder.encode(texts, progress=progress)
    vectors = encoder.encode(texts)
    if progress is not None:
        progress(len(texts))
    return vectors


def _fingerprint(encoder: Encoder, centring: Centring) -> str:
    seen = sha256(f"{_FORMAT} {encoder.fingerprint}".encode())
    for means in centring:
        for language_, mean in sorted(means.items()):
            seen.update(language_.encode() + b"\0" + mean.astype("<f4").tobytes())
    return f"{encoder.fingerprint}+centred-{seen.hexdigest()[:12]}"


def _means(languages: list[str], rows: F32) -> Means:
    means = dict(zip(languages, rows, strict=True))
    if ANY not in means:
        raise ValueError(f"no mean for {ANY!r}")
    return means


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file or nothing of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)
