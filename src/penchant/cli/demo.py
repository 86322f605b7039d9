"""`penchant demo`: real people and what they would be shown, on one's own machine in a few minutes."""

import socket
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.datasets import brought
from penchant.cli.fit import settings
from penchant.cli.recommend import as_table
from penchant.cli.serve import run
from penchant.cli.show import emit, moment, plural, say, warn
from penchant.errors import FingerprintMismatch, InvalidInput

if TYPE_CHECKING:
    from penchant.engine import Engine
    from penchant.slate.slate import Slate

HOST = "127.0.0.1"
PORTS = 20  # how many are tried from the first on
_QUERIES = {"online-retail": "圣诞节装饰品"}  # Christmas decorations
_QUERY = "太空科幻冒险电影"  # science fiction films about adventures in space
_PEOPLE, _SHOWN, _AT_LEAST = 3, 5, 50  # users, items for each, events a user should have
_LATELY = 4  # past items told
_MINUTES = 1.0  # of processor time for training: people are waiting

Where = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Where the fitted engine is kept; in the cache otherwise.")
]
NoServe = Annotated[bool, typer.Option("--no-serve", help="Stop after the slates.")]


def demo(
    dataset: Annotated[str, typer.Option("--dataset", metavar="NAME", help="Which; see penchant datasets list.")] = "ml-1m",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="The port, or the next free one.")] = 8000,
    folder: Where = None,
    encoder: options.Encoder = None,
    threads: options.Threads = None,
    no_serve: NoServe = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    json: options.Json = False,
) -> None:
    """See it work: public data, real people, and a page.

    Fetches the data, learns from it once, recommends to three people and for words, and serves a page to look around. The
    second time it comes up at once. Time in the demo is that of the data: it goes on from the last event.
    """
    from penchant.assets import cache_dir

    kept = folder or cache_dir() / "demo" / dataset
    with _engine(dataset, kept, encoder, threads) as engine:
        slates = [(user, engine.recommend(user, k=_SHOWN)) for user in _people(engine)]
        query = _QUERIES.get(dataset, _QUERY)
        asked = engine.recommend(text=query, k=_SHOWN)
        at = None if no_serve else _port(port)
        if json:
            found = {"users": [slate for _, slate in slates], "query": {"text": query, "slate": asked}}
            emit({"dataset": dataset, "folder": str(kept), "url": at and f"http://{HOST}:{at}"} | found)
        else:
            _show(engine, slates, query, asked)
        if at is not None:
            run(engine, HOST, at, "log", partial(_ready, open_page=open_page))


def _engine(dataset: str, folder: Path, encoder: str | None, threads: int | None) -> "Engine":
    """The engine kept in `folder`, fitted now where there is none that this version can read."""
    from penchant import snapshot
    from penchant.assets import describe
    from penchant.cli.progress import Shown
    from penchant.engine import Engine

    describe(dataset)  # a wrong name is told before any work
    if snapshot.exists(folder):
        try:
            return Engine.load(folder)
        except (FingerprintMismatch, InvalidInput) as error:  # another version wrote it
            warn(f"fitting again: {error}", style="yellow")
    data = brought(dataset)
    warn(f"Learning from {len(data.events):,} events, once; it is kept in {folder}")
    with Shown() as progress:
        chosen = settings(None, encoder, threads, minutes=_MINUTES)
        return Engine.fit(data.items, data.events, folder=folder, config=chosen, progress=progress)


def _people(engine: "Engine") -> list[str]:
    """Users with a long story: those active over the longest time, among people with enough events."""
    import numpy as np

    from penchant.cli.activity import activity

    seen = activity(engine.log)
    span = np.where(seen.events >= min(_AT_LEAST, seen.events.max(initial=0)), seen.last - seen.first, -np.inf)
    return [seen.ids[number] for number in np.argsort(-span, kind="stable")[:_PEOPLE].tolist()]


def _show(engine: "Engine", slates: list[tuple[str, "Slate"]], query: str, asked: "Slate") -> None:
    for user, slate in slates:
        number = engine.log.user(user)
        lately = [event for event in engine.log.events(number, 3 * _LATELY) if event.item is not None][:_LATELY]
        names = "; ".join(engine.catalog.items[engine.catalog.number(event.item)].title for event in lately if event.item)
        say(as_table(slate, f"User {user}"), f"They last had: {names} ({moment(lately[0].time)})\n" if lately else "")
    say(as_table(asked, f"For the words {query!r}"), "")


def _ready(where: str, *, open_page: bool) -> None:
    warn(f"The page is at {where} (API: {where}/docs); Ctrl-C stops", style="bold")
    if open_page:
        webbrowser.open(where)


def _port(first: int) -> int:
    """The first free port from `first` on.

    Raises:
        InvalidInput: when there is none among the next ones.
    """
    ports = range(first, min(first + PORTS, 65536))
    for port in ports:
        try:
            socket.create_server((HOST, port)).close()
        except OSError:
            continue
        if port != first:
            warn(f"port {first} is in use; taking {port}", style="yellow")
        return port
    raise InvalidInput(f"{plural(len(ports), 'port')} from {first} on are in use; name another with --port")
