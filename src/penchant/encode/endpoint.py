"""Vectors from a server that speaks OpenAI's `/v1/embeddings`, as OpenAI, vLLM, Ollama and Xinference do."""

from collections.abc import Sequence

import msgspec
import numpy as np

from penchant.encode.text import CLEANING, clean
from penchant.encode.unit import checked, unit_rows
from penchant.errors import AssetError, InvalidInput
from penchant.remote import Refused, Remote, RemoteError, excerpt
from penchant.types import F32


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


class Endpoint:
    """An OpenAI-compatible embeddings server as an encoder; one short request is made at once, to learn `dim`.

    `timeout` is seconds for a whole answer. What may pass (no connection, time-out, 429, 5xx) is tried `attempts` times with
    pauses that start at `pause` seconds and double, each times a random factor from one half to one and a half, or as long as the
    server's Retry-After asks (at most a minute).

    Raises:
        InvalidInput: for an address that is not http(s)://host/path, or that holds a password.
        AssetError: when the server cannot be reached or refuses, or its answer is not the embeddings that were asked for.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        batch: int = 64,
        timeout: float = 30.0,
        attempts: int = 5,
        pause: float = 0.5,
        rng: np.random.Generator | None = None,
    ) -> None:
        if not model:
            raise InvalidInput(f"embeddings endpoint {url!r} without a model: write http(s)://host/v1#model")
        self.url = url.rstrip("/").removesuffix("/embeddings") + "/embeddings"
        self.model = model
        self._remote = Remote(self.url, "embeddings", key=key, attempts=attempts, pause=pause, rng=rng)
        self._batch, self._timeout = batch, timeout
        self.dim = self._embed(["a"]).shape[1]
        self.fingerprint = f"endpoint-{self.url}-{model}-{self.dim}-{CLEANING}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, dim); the server is not told which are queries. An empty text is sent as a full stop.

        Raises:
            AssetError: as for the constructor.
        """
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), self._batch):
            chunk = [clean(text) or "." for text in texts[start : start + self._batch]]
            rows[start : start + len(chunk)] = checked(self._embed(chunk), len(chunk), self.dim, self.url)
        return unit_rows(rows)

    def _embed(self, texts: list[str]) -> F32:
        body = msgspec.json.encode({"model": self.model, "input": texts, "encoding_format": "float"})
        try:
            content = self._remote.post(body, timeout=self._timeout)
        except Refused as error:
            raise AssetError(f"{self.url} refused model {self.model!r} with {error.reason}") from error
        except RemoteError as error:
            raise AssetError(str(error)) from error
        try:
            data = msgspec.json.decode(content, type=_Answer).data
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AssetError(f"{self.url} did not answer with embeddings ({error}): {excerpt(content)}") from error
        data.sort(key=lambda row: row.index)
        if [row.index for row in data] != list(range(len(texts))):
            raise AssetError(f"{self.url} gave {len(data)} embeddings for {len(texts)} texts, or numbered them wrongly")
        widths = {len(row.embedding) for row in data}
        if len(widths) != 1 or widths == {0}:
            raise AssetError(f"{self.url} gave embeddings of {sorted(widths)} numbers, expected one length above 0")
        with np.errstate(over="ignore"):  # a number beyond float32 becomes infinity, which `checked` reports
            return np.array([row.embedding for row in data]).astype(np.float32)
