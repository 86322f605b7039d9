"""`penchant serve`: the HTTP service over a fitted folder."""

import socket
import time
import webbrowser
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penchant.cli import options
from penchant.cli.show import emit, warn
from penchant.errors import InvalidInput

if TYPE_CHECKING:
    from penchant.engine import Engine

Which = Literal["wall", "log"]
Host = Annotated[str, typer.Option("--host", help="The address to listen on; 0.0.0.0 for every network.")]
Clock = Annotated[Which, typer.Option("--clock", help="Now is the wall clock's time, or the last event's and on from there.")]
_OPENS_AFTER = 1.0  # seconds


def serve(
    folder: options.Folder,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8080,
    clock: Clock = "wall",
    json: options.Json = False,
) -> None:
    """Serve a fitted folder over HTTP, until Ctrl-C."""
    from penchant.engine import Engine

    if not free(host, port):
        raise InvalidInput(f"cannot listen on {host}:{port}, it is in use or not yours to use; name another with --port")
    with Engine.load(folder) as engine:
        announce(engine, url(host, port), json=json)
        run(engine, host, port, clock)


def run(engine: "Engine", host: str, port: int, clock: Which) -> None:
    """Serve until a signal says to stop, then keep the state."""
    from penchant.serve import log_clock
    from penchant.serve import serve as listen

    try:
        listen(engine, host, port, clock=time.time if clock == "wall" else log_clock(engine.now))
    finally:
        engine.save()


def announce(engine: "Engine", where: str, *, json: bool) -> None:
    """Say where the service is about to be."""
    totals = engine.log.totals()
    if json:
        emit({"url": where, "folder": str(engine.folder), "users": totals.users, "items": totals.items, "events": totals.events})
    warn(f"Serving {totals.users:,} users and {totals.items:,} items at {where} (API: {where}/docs); Ctrl-C stops")


def free(host: str, port: int) -> bool:
    """Whether this process could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def url(host: str, port: int) -> str:
    """The address of the service for a browser on this machine.

    >>> url("0.0.0.0", 80), url("::1", 8080)
    ('http://localhost:80', 'http://[::1]:8080')
    """
    name = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def open_soon(where: str) -> None:
    """Open the page in a browser once the service has had time to start."""
    timer = Timer(_OPENS_AFTER, webbrowser.open, (where,))
    timer.daemon = True
    timer.start()
