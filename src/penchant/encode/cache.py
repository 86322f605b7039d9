"""Nothing is encoded twice: an encoder with a memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np

from penchant.encode.store import VectorStore
from penchant.encode.unit import checked
from penchant.types import F32, Encoder

Progress = Callable[[int], None]  # called with how many more texts are done

_BATCH = 64  # texts encoded between two writes: what an interruption can lose
_REMEMBERED = 4_096  # queries in memory, 6 MB at 384 dims


class Cached:
    """`encoder`, which every text goes through once: vectors are kept in `folder` on disk, the latest queries in memory too.

    Gives exactly the vectors of the encoder, under its fingerprint. `folder=None` keeps queries in memory and nothing on disk.

    >>> from penchant.encode import HashEncoder
    >>> Cached(HashEncoder(), folder=None).encode(["a", "b", "a"]).shape
    (3, 256)
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self.encoder = encoder
        self.fingerprint = encoder.fingerprint
        self.dim = encoder.dim
        self._store = VectorStore(folder) if folder is not None else None
        self._queries: OrderedDict[bytes, F32] = OrderedDict()  # least recently used first
        self._lock = Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False, progress: Progress | None = None) -> F32:
        """Unit rows, (texts, dim). `progress` is told how many more texts are done, as they are; it sums to len(texts).

        An interrupted call keeps what was done, up to the last 64 texts.

        Raises:
            AssetError: what the encoder raises, or when its vectors do not fit the texts.
        """
        tell = progress or (lambda done: None)
        unique: dict[bytes, int] = {}  # key to the position of the first text that has it
        keys = [self._key(text, query) for text in texts]
        for position, key in enumerate(keys):
            unique.setdefault(key, position)
        known = self._recall(list(unique), query)
        rows = np.empty((len(unique), self.dim), np.float32)
        number = {key: row for row, key in enumerate(unique)}
        for key, vector in known.items():
            rows[number[key]] = vector
        missing = [key for key in unique if key not in known]
        tell(len(texts) - len(missing))
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            vectors = self.encoder.encode([texts[unique[key]] for key in some], query=query)
            rows[[number[key] for key in some]] = checked(vectors, len(some), self.dim, self.fingerprint)
            self._keep(some, vectors, query)
            tell(len(some))
        return rows if len(unique) == len(keys) else rows[[number[key] for key in keys]]

    def close(self) -> None:
        """Let go of the file on disk; a later call opens it again."""
        if self._store is not None:
            self._store.close()

    def _key(self, text: str, query: bool) -> bytes:
        words = "\0".join((self.fingerprint, "query" if query else "passage", text))
        return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def _recall(self, keys: list[bytes], query: bool) -> dict[bytes, F32]:
        found: dict[bytes, F32] = {}
        if query:
            with self._lock:
                for key in keys:
                    if key in self._queries:
                        self._queries.move_to_end(key)
                        found[key] = self._queries[key]
        asked = [key for key in keys if key not in found]
        if asked and self._store is not None:
            kept = self._store.get(asked, self.dim)
            self._remember(kept, query)
            found |= kept
        return found

    def _keep(self, keys: list[bytes], vectors: F32, query: bool) -> None:
        if self._store is not None:
            self._store.put(keys, vectors)
        self._remember({key: vector.copy() for key, vector in zip(keys, vectors, strict=True)}, query)

    def _remember(self, vectors: dict[bytes, F32], query: bool) -> None:
        if query:
            with self._lock:
                self._queries.update(vectors)
                while len(self._queries) > _REMEMBERED:
                    self._queries.popitem(last=False)
