"""Running the service: one process, one event loop, a clean end."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from penchant.engine import Engine
from penchant.errors import InvalidInput, PenchantError
from penchant.serve import problems
from penchant.serve.app import create_app
from penchant.serve.clocks import Clock

GRACE = 10  # seconds that requests under way have to end

Ready = Callable[[str], None]


def _silent(url: str) -> None:
    """Tell nobody."""


def serve(engine: Engine, host: str = "127.0.0.1", port: int = 8000, *, clock: Clock = time.time, ready: Ready = _silent) -> None:
    """Answer HTTP requests until SIGTERM or SIGINT, then let requests under way end, save the engine and close it.

    `ready` is told the address once requests are answered; port 0 takes a free one.

    Raises:
        PenchantError: when the address cannot be had; the engine is closed then, too.
    """
    try:
        with _bound(host, port) as listener:
            app = create_app(engine, clock=clock)
            config = uvicorn.Config(
                app,
                loop="auto",
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
            _Server(config, lambda: ready(_url(listener))).run([listener])
        engine.save()
    finally:
        engine.close()


class _Protocol(HttpToolsProtocol):
    """Uvicorn's protocol, which answers what is not HTTP at all with a problem document, too."""

    def send_400_response(self, msg: str) -> None:
        """Refuse, and hang up."""
        body = problems.encode(HTTPStatus.BAD_REQUEST, "this is not an HTTP request; check the method, the path and the headers")
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()


class _Server(uvicorn.Server):
    """Uvicorn, which says when it is ready, and after a signal returns instead of dying of it: the engine is yet to be saved."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, closed in the end."""
    if not 0 <= port <= 65_535:
        raise InvalidInput(f"port must be 0 to 65535, got {port}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        told = (error.strerror or str(error)).partition(" (while")[0]
        advice = "choose another with --port (0 takes a free one)"
        raise PenchantError(f"cannot listen on {host} port {port}: {told}; {advice}") from error
    with listener:
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
