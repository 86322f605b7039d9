"""`penchant serve`: the HTTP service over a fitted folder."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penchant.cli import options, writer
from penchant.cli.show import emit, warn

if TYPE_CHECKING:
    from penchant.engine import Engine

Ready = Callable[[str], None]
Which = Literal["wall", "log"]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for every network.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port to listen on; 0 takes a free one.")]
Clock = Annotated[
    Which, typer.Option("--clock", help="Now is the wall clock's time, or (log) the last event's and on from there.")
]


def serve(
    folder: options.Folder,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    clock: Clock = "wall",
    generator: writer.Named = None,
    json: options.Json = False,
) -> None:
    """Serve a fitted folder over HTTP, until Ctrl-C. A generator writes texts beside the requests, never in them."""
    from penchant.engine import Engine

    with Engine.load(folder) as engine, writer.employed(engine, generator):
        totals = engine.log.totals()

        def ready(where: str) -> None:
            if json:
                emit({"url": where, "folder": str(folder), "users": totals.users, "items": totals.items, "events": totals.events})
            warn(f"Serving {totals.users:,} users and {totals.items:,} items at {where} (API: {where}/docs); Ctrl-C stops")

        run(engine, host, port, clock, ready)


def run(engine: "Engine", host: str, port: int, clock: Which, ready: Ready) -> None:
    """Answer until Ctrl-C or SIGTERM; the state is kept. `ready` is told the address."""
    from penchant.serve import log_clock
    from penchant.serve import serve as answer

    answer(engine, host, port, clock=time.time if clock == "wall" else log_clock(engine.now), ready=ready)
    warn("Stopped; everything is saved.")
