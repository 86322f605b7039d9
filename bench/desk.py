"""What requests pay for a generator that writes texts beside them: `python bench/desk.py --folder DIR [--gguf FILE] [--write]`.

Servers over copies of DIR, all on one core, the load from this process on the others: one without a generator, one whose
generator is a server that takes every call and never answers, and, with --gguf, one that runs a model in its own process, on that
core. They take turns, the others stopped, so that whatever else the machine does is spread over them. Latencies are counted from
when a request was due.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from marked import put
from penchant.config import Language
from penchant.engine import Engine
from penchant.events import Log
from penchant.narrate.desk.desk import Desk
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.registry import load_generator
from penchant.serve import log_clock, serve
from penchant.types import F64
from serve import ONE_THREAD, WAIT, Client, load

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
PATHS = {  # with how many requests there are for one recommendation
    "recommendations": ("/v1/users/{}/recommendations?k=10", 1.0),
    "interests": ("/v1/users/{}/interests", 1.0),
    "portrait": ("/v1/users/{}/portrait", 0.2),
}


class Plain:
    """A kind of text that is kept as it is said, and a generator that repeats what it is asked, where only the desk is timed."""

    name, version, fingerprint, price = "plain", 1, "plain", Price()

    def prompt(self, payload: bytes) -> Prompt:
        return Prompt("Say it in a short sentence.", payload.decode(), tokens=48)

    def check(self, payload: bytes, answer: str) -> bytes:
        return answer.encode()

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        return Reply(prompt.user, 1, 1)


class Row(NamedTuple):
    """What one kind of request took with one kind of generator."""

    what: str
    generator: str
    latencies: F64  # seconds


class Server(NamedTuple):
    """A server that can be stopped, so that it takes nothing from another's turn."""

    port: int
    process: "subprocess.Popen[str]"

    @contextmanager
    def turn(self) -> Iterator[int]:
        self.process.send_signal(signal.SIGCONT)
        try:
            yield self.port
        finally:
            self.process.send_signal(signal.SIGSTOP)


@contextmanager
def hole() -> Iterator[str]:
    """A server that takes every call and never answers; its address, as a generator's name."""
    held: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1#nobody"
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def server(folder: Path, generator: str) -> Iterator[Server]:
    command = [sys.executable, __file__, "--folder", str(folder), "--serve", generator]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server did not start"
        yield Server(int(line.rsplit(":", 1)[1]), process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        begun = time.perf_counter()
        process.wait(WAIT)
        print(f"{'stopped in':<16} {generator[:40]:<40} {time.perf_counter() - begun:7.2f} s", flush=True)


def be_server(folder: Path, generator: str) -> None:
    os.sched_setaffinity(0, {0})
    engine = Engine.load(folder)
    engine.desk.language = Language(timeout=3600.0)  # so that what hangs goes on hanging
    engine.desk.kinds["plain"] = Plain()
    engine.desk.employ(load_generator(generator))
    for number in range(2_000):
        engine.desk.ask("plain", f'"somebody likes films of the year {1900 + number}"'.encode())
    serve(engine, port=0, clock=log_clock(engine.now), ready=lambda url: print(url, flush=True))


async def asked(port: int, path: str) -> tuple[int, bytes]:
    client = await Client.open(port)
    answer = await client.ask("GET", path)
    client.close()
    return answer


async def turns(servers: dict[str, Server], users: list[str], rate: float, seconds: float, rounds: int) -> list[Row]:
    """Every server in turn, `rounds` times, with every kind of request there is."""
    with servers["none"].turn() as port:
        paths = {what: path for what, path in PATHS.items() if (await asked(port, path[0].format(users[0])))[0] == 200}
    found: dict[tuple[str, str], list[F64]] = {}
    for number in range(rounds + 1):
        for what, (path, share) in paths.items():
            for name, server in servers.items():
                part = users[number * 97 :] + users[: number * 97]
                with server.turn() as port:
                    await load(port, rate * share, 1.0, partial(_path, path, part))
                    latencies = await load(port, rate * share, seconds, partial(_path, path, part))
                if number:  # the first warms up
                    found.setdefault((what, name), []).append(latencies)
    for name, server in servers.items():
        with server.turn() as port:
            print(name, (await asked(port, "/v1/language"))[1].decode())
    return [Row(what, name, np.concatenate(parts)) for (what, name), parts in found.items()]


def _path(path: str, users: list[str], number: int) -> str:
    return path.format(users[number % len(users)])


def table(rows: list[Row]) -> list[str]:
    lines = ["| request | generator | requests | p50 | p99 | p50 against none |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        base = next(np.quantile(other.latencies, 0.5) for other in rows if (other.what, other.generator) == (row.what, "none"))
        p50, p99 = np.quantile(row.latencies, [0.5, 0.99])
        timed = f"{1e3 * p50:.1f} ms | {1e3 * p99:.1f} ms | {p50 / base:.2f}"
        lines.append(f"| {row.what} | {row.generator} | {len(row.latencies):,} | {timed} |")
    return lines


def asking(folder: Path) -> list[str]:
    """What asking costs whoever asks, and what a round of work costs beside the generator: microseconds."""
    words = [f'"a fact like any other, number {number}"'.encode() for number in range(2_000)]
    with Log(folder / "log.sqlite") as log:
        language = Language(tokens_per_day=10**9)

        def each(desk: Desk) -> float:
            begun = time.perf_counter()
            for word in words:
                desk.ask("plain", word)
            return 1e6 * (time.perf_counter() - begun) / len(words)

        desk = Desk(log, {"plain": Plain()}, language)
        desk.employ(Plain())
        noted = each(desk)
        desk.flush()
        begun = time.perf_counter()
        while desk.work(0.0):
            pass
        worked = 1e6 * (time.perf_counter() - begun) / len(words)
        memory = each(desk)
        again = Desk(log, desk.kinds, language)
        again.employ(Plain())
        read = each(again)
    cells = {"not there: noted": noted, "there, in memory": memory, "there, in the file": read, "a round of work": worked}
    return ["| asking for a text | µs |", "| --- | --- |", *(f"| {what} | {cost:,.0f} |" for what, cost in cells.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/language.md")
    parser.add_argument("--serve")
    given = parser.parse_args()
    if given.serve:
        be_server(given.folder, given.serve)
        return
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {0} or {0})
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        names = {"none": "none", "hangs": stack.enter_context(hole())}
        if given.gguf:
            names["in process"] = f"gguf:{given.gguf}"
        servers = {}
        for name, generator in names.items():
            copy = Path(scratch) / name
            shutil.copytree(given.folder, copy)
            servers[name] = stack.enter_context(server(copy, generator))
            servers[name].process.send_signal(signal.SIGSTOP)
        shutil.copytree(given.folder, Path(scratch) / "asking")
        with Log(Path(scratch) / "asking" / "log.sqlite") as log:
            users = [user for user in log.users() if user]
        users = [users[place] for place in np.random.default_rng(0).permutation(len(users))]
        lines = table(asyncio.run(turns(servers, users, given.rate, given.seconds, given.rounds)))
        lines += ["", *asking(Path(scratch) / "asking")]
    print("\n".join(lines))
    if given.write:
        put(PAGE, "<!-- bench/desk.py -->", "<!-- end -->", "\n".join(lines))


if __name__ == "__main__":
    main()
