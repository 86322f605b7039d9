"""JSON posted to a server of somebody else's: slow, rude, or gone, it costs no more than the time it was given."""

import functools
import http.client
import io
import math
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO, Never
from urllib.parse import urlsplit

import numpy as np

from penchant.errors import InvalidInput, PenchantError

_LONGEST_PAUSE = 60.0  # seconds
_WORTH_ANOTHER_TRY = {408, 409, 425, 429, 500, 502, 503, 504}


class RemoteError(PenchantError):
    """A server that gave no answer: out of reach, too slow, too long, or sending elsewhere."""


class Refused(RemoteError):
    """A server that answered, and said no; `status` is what HTTP calls it and `reason` what the server said."""

    def __init__(self, url: str, status: int, said: str) -> None:
        self.status = status
        advice = "; set OPENAI_API_KEY to a key this server takes" if status in (401, 403) else ""
        self.reason = f"{status} {said}{advice}"
        super().__init__(f"{url} refused with {self.reason}")


class _TemporaryError(Exception):
    """Worth another try; `after` is how many seconds the server asked to wait."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class Remote:
    """An address that takes JSON and gives JSON.

    `key` travels as a bearer token. An answer longer than `largest` bytes is not read. What may pass (no connection, time-out,
    408, 409, 425, 429, 5xx) is tried `attempts` times with pauses that start at `pause` seconds and double, each times a random
    factor from one half to one and a half, or as long as the server's Retry-After asks (at most a minute).

    >>> Remote("http://host/v1/embeddings", "embeddings").url
    'http://host/v1/embeddings'
    >>> Remote("host/v1", "a chat")
    Traceback (most recent call last):
    penchant.errors.InvalidInput: a chat endpoint 'host/v1': write http(s)://host/v1#model

    Raises:
        InvalidInput: for an address that is not http(s)://host/path or that holds a password or a query, a key that no header can
            hold, or fewer than one attempt.
    """

    def __init__(
        self,
        url: str,
        what: str,
        *,
        key: str | None = None,
        largest: int = 256 << 20,
        attempts: int = 5,
        pause: float = 0.5,
        rng: np.random.Generator | None = None,
    ) -> None:
        _check_address(url, what)
        key = (key or "").strip()  # of the end of line that a file has
        if not (key.isascii() and key.isprintable()):
            raise InvalidInput("OPENAI_API_KEY holds a character that no key has; set it to the key alone")
        if attempts < 1:
            raise InvalidInput(f"attempts must be at least 1, got {attempts}")
        self.url = url
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "penchant"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._key = key
        self._largest, self._attempts, self._pause = largest, attempts, pause
        self._rng = rng or np.random.default_rng()

    def post(self, body: bytes, *, timeout: float, within: float = math.inf) -> bytes:
        """What the server answers to `body`.

        `timeout` is seconds for one whole answer, however slowly it trickles in; `within` is seconds for all attempts and pauses.

        Raises:
            Refused: for a status that another try would not change.
            RemoteError: when every attempt failed, time was up, the answer was too long, or the server redirects.
        """
        end = time.monotonic() + within
        for attempt in range(1, self._attempts + 1):
            try:
                return self._send(body, min(timeout, end - time.monotonic()))
            except _TemporaryError as error:
                pause = self._pause * 2 ** (attempt - 1) * self._rng.uniform(0.5, 1.5)
                pause = min(max(pause, error.after), _LONGEST_PAUSE)
                if attempt == self._attempts or time.monotonic() + pause >= end:
                    times = f"{attempt} times" if attempt > 1 else "once"
                    raise RemoteError(self._discreet(f"{self.url} failed {times}, last with: {error}")) from error
                time.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send(self, body: bytes, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        request = urllib.request.Request(self.url, body, self._headers, method="POST")
        opener = urllib.request.build_opener(_NoRedirect, _Plain(deadline), _Tls(deadline))
        try:
            with opener.open(request, timeout=timeout) as response:
                content = bytearray()
                while block := response.read1(1 << 16):
                    content += block
                    if len(content) > self._largest:
                        raise RemoteError(f"{self.url} answered with more than {self._largest:,} bytes; is it the right address?")
                return bytes(content)
        except urllib.error.HTTPError as error:
            with error:
                self._said_no(error)
        except (OSError, http.client.HTTPException) as error:
            raise _TemporaryError(_in_words(error, timeout)) from error
        except ValueError as error:  # a host that has no name in the domain system
            raise RemoteError(f"{self.url} cannot be asked: {error}") from error

    def _said_no(self, error: urllib.error.HTTPError) -> Never:
        try:
            said = excerpt(error.read(1 << 16))
        except (OSError, http.client.HTTPException):  # the status is enough
            said = ""
        if error.code in _WORTH_ANOTHER_TRY:
            raise _TemporaryError(f"{error.code} {said}", _asked_to_wait(error.headers))
        raise Refused(self.url, error.code, self._discreet(said))

    def _discreet(self, told: str) -> str:
        """What a server said, without the key: some repeat the one they refuse, and errors are shown to others."""
        return told.replace(self._key, "(the key)") if self._key else told


def _check_address(url: str, what: str) -> None:
    if "?" in url or "@" in url.partition("//")[2].partition("/")[0]:
        raise InvalidInput(f"the {what} endpoint takes its key from OPENAI_API_KEY, not from its address, and no ?query")
    try:
        address = urlsplit(url)
        good = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # a port that is none, brackets that do not close
        good = False
    if not good:
        raise InvalidInput(f"{what} endpoint {url!r}: write http(s)://host/v1#model")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the key to whatever host it names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Never:
        raise RemoteError(f"{req.full_url} redirects to {newurl}; give that address instead, keys are not sent along redirects")


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_hurried(http.client.HTTPConnection, self._deadline), req)


class _Tls(urllib.request.HTTPSHandler):
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_hurried(http.client.HTTPSConnection, self._deadline), req, context=ssl.create_default_context())


def _hurried(kind: type[http.client.HTTPConnection], deadline: float) -> Callable[..., http.client.HTTPConnection]:
    """Connections whose every read ends by `deadline`: a socket's own time-out starts anew with each byte that trickles in."""

    def connection(host: str, **options: float | ssl.SSLContext) -> http.client.HTTPConnection:
        made = kind(host, **options)  # type: ignore[arg-type]
        made.response_class = functools.partial(_Response, deadline=deadline)  # type: ignore[assignment]
        return made

    return connection


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, *, deadline: float) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp.close()
        self.fp = io.BufferedReader(_Reader(sock, deadline))


class _Reader(io.RawIOBase):
    """What a socket receives, until `deadline` on the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def excerpt(content: bytes) -> str:
    """The first 200 bytes of an answer on one line, to be quoted.

    >>> excerpt(b"<html>  welcome to" + bytes([10]) + b"nginx")
    '<html> welcome to nginx'
    """
    return " ".join(content[:200].decode("utf-8", "replace").split())


def _in_words(error: Exception, timeout: float) -> str:
    reason = getattr(error, "reason", error)  # urllib wraps what happened while connecting
    if isinstance(reason, TimeoutError):
        return f"timed out, no whole answer within {timeout:.3g} s"
    return str(reason) or type(reason).__name__


def _asked_to_wait(headers: Message) -> float:
    """Seconds that Retry-After names, as a number or as a date against the server's own; 0 where there is none."""
    asked = headers.get("Retry-After") or ""
    if asked.isdecimal():
        return float(asked)
    try:
        return (parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date") or "")).total_seconds()
    except (TypeError, ValueError):
        return 0.0
