"""What a served engine does under load, over loopback: `python bench/serve.py --folder DIR [--seconds 20] [--rate 100]`.

The server is a process of its own on one core, over a copy of DIR; the load comes from this process, on the others. Latencies
are counted from when a request was due, not from when it could be sent, so that a stall is seen by all who waited through it.
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
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import uvicorn
from litestar import Litestar, get

from penchant.engine import Engine
from penchant.serve import log_clock, serve
from penchant.slate.slate import Reason, Recommendation, Slate
from penchant.types import F64

CONNECTIONS = 16
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # more would spin, waiting for each other on one core
WAIT = 120.0  # seconds for a server to come up
_REASON = Reason("item", "1", "Some Film (1995)", 0.5)
_SLATE = Slate(
    "0" * 32,
    "1",
    1e9,
    tuple(Recommendation(f"{n}", "Some Film (1995)", ("Drama",), 1.5, "item", (_REASON,) * 3) for n in range(10)),
)


class Client:
    """One kept connection that speaks as little HTTP as it takes: a full client would be measured too."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        content = b"" if body is None else msgspec.json.encode(body)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), await self._reader.readexactly(length)

    async def get(self, path: str) -> dict[str, Any]:
        status, body = await self.ask("GET", path)
        assert status == 200, (path, status, body[:300])
        return msgspec.json.decode(body, type=dict[str, Any])

    async def post(self, event: dict[str, str]) -> None:
        status, body = await self.ask("POST", "/v1/events", {"events": [event]})
        assert status == 200, body
        assert msgspec.json.decode(body)["accepted"] == 1, body

    def close(self) -> None:
        self._writer.close()


def command(mode: str, folder: Path) -> list[str]:
    return [sys.executable, __file__, "--folder", str(folder), "--mode", mode]


@contextmanager
def server(mode: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A server in a process of its own, on core 0; its port."""
    process = subprocess.Popen(command(mode, folder), stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the server did not start"
        yield int(line.rsplit(":", 1)[1]), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(WAIT)


def be_server(mode: str, folder: Path) -> None:
    os.sched_setaffinity(0, {0})
    if mode == "bare":
        bare()
        return
    if mode == "alone":
        alone(folder)
        return
    engine = Engine.load(folder)
    serve(engine, port=0, clock=log_clock(engine.now), ready=lambda url: print(url, flush=True))


def bare() -> None:
    """Litestar with the same answer and nothing behind it: what the framework itself costs."""

    @get("/v1/users/{user:str}/recommendations")
    async def same(user: str, k: int = 10) -> Slate:
        return _SLATE

    class Bare(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)

    app = Litestar([same], openapi_config=None, logging_config=None)
    Bare(uvicorn.Config(app, port=0, loop="uvloop", http="httptools", log_level="warning", access_log=False)).run()


def cpu(process: subprocess.Popen[str]) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(port: int, rate: float, seconds: float, paths: Callable[[int], str]) -> F64:
    """Latencies in seconds of requests sent at `rate` a second, each when due if a connection is free, else as soon as one is."""
    clients: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        clients.put_nowait(await Client.open(port))
    latencies: list[float] = []

    async def one(number: int, due: float) -> None:
        client = await clients.get()
        status, body = await client.ask("GET", paths(number))
        assert status == 200, body[:300]
        latencies.append(time.perf_counter() - due)
        clients.put_nowait(client)

    begun, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    while not clients.empty():
        clients.get_nowait().close()
    return np.array(latencies)


def told(what: str, latencies: F64, used: float | None = None) -> None:
    p50, p90, p99, most = (1e3 * float(np.quantile(latencies, q)) for q in (0.5, 0.9, 0.99, 1.0))
    cost = "" if used is None else f"   cpu {1e3 * used / len(latencies):6.3f} ms/request"
    print(f"{what:<34} {len(latencies):>6,} p50 {p50:6.2f}  p90 {p90:6.2f}  p99 {p99:6.2f}  max {most:7.2f} ms{cost}", flush=True)


async def speed(port: int, process: subprocess.Popen[str], rate: float, seconds: float, what: str, users: list[str]) -> None:
    await load(port, rate, 2.0, lambda number: f"/v1/users/{users[number % len(users)]}/recommendations?k=10")
    before = cpu(process)
    latencies = await load(port, rate, seconds, lambda number: f"/v1/users/{users[number % len(users)]}/recommendations?k=10")
    told(f"{what}, {rate:.0f}/s", latencies, cpu(process) - before)


async def freshness(port: int, users: list[str]) -> None:
    """From an event's answer to the answer of the slate that it changed."""
    client, latencies, posts, changed = await Client.open(port), [], [], 0
    for user in users:
        path = f"/v1/users/{user}/recommendations?k=10"
        before = [one["item"] for one in (await client.get(path))["items"]]
        begun = time.perf_counter()
        await client.post({"user": user, "item": before[0], "action": "purchase"})
        accepted = time.perf_counter()
        after = [one["item"] for one in (await client.get(path))["items"]]
        latencies.append(time.perf_counter() - accepted)
        posts.append(accepted - begun)
        changed += before != after
    client.close()
    told("one event, durable", np.array(posts))
    told("accepted to changed slate", np.array(latencies))
    print(f"{'slates changed by one event':<34} {changed:>6,} of {len(users):,}")


async def listings(port: int, process: subprocess.Popen[str], users: list[str]) -> None:
    """What pages and operators ask for now and then, one at a time."""
    client = await Client.open(port)
    chart, most = "interests?points=24", "interests?points=100"
    for what, paths in {
        "the busiest 1,000 users": ["/v1/users?sort=events&limit=1000"] * 50,
        "8 users by prefix": ["/v1/users?prefix=1&limit=8"] * 50,
        "a timeline of 24 points": [f"/v1/users/{user}/{chart}" for user in users[:100]],
        "a timeline of 100 points": [f"/v1/users/{user}/{most}" for user in users[:100]],
    }.items():
        before, latencies = cpu(process), []
        for path in paths:
            begun = time.perf_counter()
            await client.get(path)
            latencies.append(time.perf_counter() - begun)
        told(what, np.array(latencies), cpu(process) - before)
    client.close()


async def mixed(port: int, process: subprocess.Popen[str], rate: float, seconds: float, users: list[str], item: str) -> None:
    """Recommendations while events are posted from eight connections, up to 160 a second."""
    stop, posted = asyncio.Event(), 0

    async def post(writer: int) -> None:
        nonlocal posted
        client, number = await Client.open(port), 0
        while not stop.is_set():
            user, number = users[(writer * 997 + number) % len(users)], number + 1
            await client.post({"user": user, "item": item, "id": f"mixed-{writer}-{number}"})
            posted += 1
            await asyncio.sleep(0.05)
        client.close()

    posting = [asyncio.create_task(post(writer)) for writer in range(8)]
    await speed(port, process, rate, seconds, "recommendation beside posts", users)
    stop.set()
    await asyncio.gather(*posting)
    print(f"{'events posted meanwhile':<34} {posted:>6,}")


async def killed(port: int, process: subprocess.Popen[str], seconds: float, item: str) -> Counter[tuple[str, str]]:
    """Post until the server is killed; what it acknowledged."""
    acknowledged: Counter[tuple[str, str]] = Counter()

    async def post(writer: int) -> None:
        client, number = await Client.open(port), 0
        while True:
            user, id, number = f"crash-{writer}", f"crash-{writer}-{number}", number + 1
            try:
                await client.post({"user": user, "item": item, "id": id})
            except (OSError, asyncio.IncompleteReadError):
                return
            acknowledged[user, id] += 1

    posting = [asyncio.create_task(post(writer)) for writer in range(16)]
    await asyncio.sleep(seconds)
    process.kill()
    process.wait()
    await asyncio.gather(*posting)
    return acknowledged


async def recovered(port: int, acknowledged: Counter[tuple[str, str]]) -> None:
    client = await Client.open(port)
    there: Counter[tuple[str, str]] = Counter()
    for user in {user for user, _ in acknowledged}:
        past = await client.get(f"/v1/users/{user}/events?limit=1000")
        there.update((user, event["id"]) for event in past["events"])
    client.close()
    missing = [key for key in acknowledged if there[key] != 1]
    print(f"{'acknowledged before kill -9':<34} {len(acknowledged):>6,}; missing or doubled after the restart: {len(missing)}")
    assert not missing


async def listed(port: int) -> tuple[list[str], str]:
    client = await Client.open(port)
    people = await client.get("/v1/users?limit=1000")
    items = await client.get("/v1/items?limit=1")
    client.close()
    users = [one["user"] for one in people["users"] if one["events"] > 0]
    return [users[place] for place in np.random.default_rng(0).permutation(len(users))], items["items"][0]["item"]


def alone(folder: Path) -> None:
    """What scoring costs without a server around it."""
    with Engine.load(folder) as engine:
        at, users = engine.now, [user for user in engine.log.users() if user][:550]
        for user in users[:50]:
            engine.recommend(user, at=at)
        begun = time.process_time()
        for user in users[50:]:
            engine.recommend(user, at=at)
        print(f"{'Engine.recommend alone':<34} {1e3 * (time.process_time() - begun) / len(users[50:]):>6.3f} ms cpu", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--mode", choices=["bench", "serve", "bare", "alone"], default="bench")
    given = parser.parse_args()
    if given.mode != "bench":
        be_server(given.mode, given.folder)
        return
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {0} or {0})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "engine"
        shutil.copytree(given.folder, folder)
        with server("serve", folder) as (port, process):
            users, item = asyncio.run(listed(port))
            asyncio.run(speed(port, process, given.rate, given.seconds, "recommendation", users))
            asyncio.run(listings(port, process, users))
            asyncio.run(mixed(port, process, given.rate, given.seconds, users, item))
            asyncio.run(freshness(port, users[:300]))
            acknowledged = asyncio.run(killed(port, process, 2.0, item))
        with server("serve", folder) as (port, _):
            asyncio.run(recovered(port, acknowledged))
        subprocess.run(command("alone", folder), env=os.environ | ONE_THREAD, check=True)
        with server("bare", folder) as (port, process):
            asyncio.run(speed(port, process, given.rate, given.seconds, "bare framework", users))


if __name__ == "__main__":
    main()
