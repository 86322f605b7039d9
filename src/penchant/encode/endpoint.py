"""Vectors from a server that speaks OpenAI's `/v1/embeddings`, as OpenAI, vLLM, Ollama and Xinference do."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from email.message import Message
from typing import IO, Never
from urllib.parse import urlsplit

import msgspec
import numpy as np

from penchant.encode.text import CLEANING, clean
from penchant.encode.unit import checked, unit_rows
from penchant.errors import AssetError, InvalidInput
from penchant.types import F32

_LARGEST = 256 << 20  # bytes of an answer
_LONGEST_PAUSE = 60.0  # seconds
_WORTH_ANOTHER_TRY = {408, 409, 425, 429, 500, 502, 503, 504}


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


class _TemporaryError(Exception):
    """Worth another try; `after` is how many seconds the server asked to wait."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the key to whatever host it names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Never:
        raise AssetError(f"{req.full_url} redirects to {newurl}; give that address instead, keys are not sent along redirects")


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
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname or not model:
            raise InvalidInput(f"embeddings endpoint {url!r} with model {model!r}: write http(s)://host/v1#model")
        if address.username is not None or address.password is not None:
            raise InvalidInput("an embeddings endpoint takes its key from OPENAI_API_KEY, not from its address")
        self.url = url.rstrip("/").removesuffix("/embeddings") + "/embeddings"
        self.model = model
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "penchant"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._batch, self._timeout, self._attempts, self._pause = batch, timeout, attempts, pause
        self._rng = rng or np.random.default_rng()
        self._opener = urllib.request.build_opener(_NoRedirect)
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
        content = self._persist(lambda: self._post(body))
        try:
            data = msgspec.json.decode(content, type=_Answer).data
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AssetError(f"{self.url} did not answer with embeddings ({error}): {_excerpt(content)}") from error
        data.sort(key=lambda row: row.index)
        if [row.index for row in data] != list(range(len(texts))):
            raise AssetError(f"{self.url} gave {len(data)} embeddings for {len(texts)} texts, or numbered them wrongly")
        widths = {len(row.embedding) for row in data}
        if len(widths) != 1 or widths == {0}:
            raise AssetError(f"{self.url} gave embeddings of {sorted(widths)} numbers, expected one length above 0")
        with np.errstate(over="ignore"):  # a number beyond float32 becomes infinity, which `checked` reports
            return np.array([row.embedding for row in data]).astype(np.float32)

    def _persist(self, send: Callable[[], bytes]) -> bytes:
        for attempt in range(self._attempts):
            try:
                return send()
            except _TemporaryError as error:
                if attempt + 1 == self._attempts:
                    raise AssetError(f"{self.url} failed {self._attempts} times, last with: {error}") from error
                pause = self._pause * 2**attempt * self._rng.uniform(0.5, 1.5)
                time.sleep(min(max(pause, error.after), _LONGEST_PAUSE))
        raise InvalidInput(f"attempts must be at least 1, got {self._attempts}")

    def _post(self, body: bytes) -> bytes:
        deadline = time.monotonic() + self._timeout
        request = urllib.request.Request(self.url, body, self._headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                content = bytearray()
                while block := response.read1(1 << 16):
                    content += block
                    if time.monotonic() > deadline or len(content) > _LARGEST:
                        raise _TemporaryError(f"no whole answer within {self._timeout:g} s and {_LARGEST >> 20} MB")
                return bytes(content)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error)
        except (OSError, http.client.HTTPException) as error:
            raise _TemporaryError(str(error) or type(error).__name__) from error

    def _refused(self, error: urllib.error.HTTPError) -> Never:
        reason = f"{error.code} {_excerpt(error.read(1 << 16))}"
        if error.code in _WORTH_ANOTHER_TRY:
            after = error.headers.get("Retry-After") or "0"
            raise _TemporaryError(reason, float(after) if after.isdecimal() else 0.0)
        advice = "; set OPENAI_API_KEY to a key this server takes" if error.code in (401, 403) else ""
        raise AssetError(f"{self.url} refused model {self.model!r} with {reason}{advice}")


def _excerpt(content: bytes) -> str:
    return " ".join(content[:200].decode("utf-8", "replace").split())
