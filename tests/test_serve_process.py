"""The service as a process of its own, over real sockets: what it survives, and what it keeps."""

import logging
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
import uvicorn

from penchant.config import Config
from penchant.engine import Engine
from penchant.errors import PenchantError
from penchant.serve import create_app, serve
from penchant.types import Event, Item

SCRIPT = """
import sys
from pathlib import Path
from penchant.engine import Engine
from penchant.serve import serve
serve(Engine.load(Path(sys.argv[1])), port=0, ready=lambda url: print(url, flush=True))
"""
ITEMS = [Item(id=f"i{n}", title=f"Thing {n}", categories=("A" if n % 2 else "B",)) for n in range(50)]
EVENTS = [Event(user=f"u{n % 9}", item=f"i{n * 7 % 50}", time=1.7e9 + n * 1000) for n in range(300)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Engine.fit(ITEMS, EVENTS, folder=tmp_path / "engine", config=Config(encoder="hash", repeat=True)).close()
    return tmp_path / "engine"


class Running(NamedTuple):
    url: str
    process: subprocess.Popen[str]


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield Running(process.stdout.readline().strip(), process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def accepted(client: httpx.Client, **event: str) -> int:
    answer = client.post("/v1/events", json={"events": [event]})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["accepted"])


class Bad(NamedTuple):
    method: str
    path: str
    body: bytes = b""
    media: str = "application/json"


NUMBERS = ["-1", "0", "501", "1001", "1e400", "nan", "inf", "ten", "0x10", "9" * 400, "true", "1.5", "%00"]
VALUES = ["1e999", "NaN", "-", "tru", "{", '"\\ud800"', '"\\q"', "[" * 5_000, "01", "'a'", '"' + "x" * 11_000 + '"', "9" * 5_000]
WRONG = ["[[]]", "{}", "[1.5]", "[true]", "[null]", '{"a":1}']
BODIES = [b"", b"null", b"[]", b"{}", b"1", b'"events"', b'{"events":{}}', b'{"events":[],"x":1}']
TIMES = ["-1", "nan", "soon", "2024-13-01", "1e11e", "%00", "inf"]
NAMES = ["x" * 300, "%00", "%0a", "a%1fb", "%20a", "%C2%85"]


def malformed(rng: random.Random) -> Bad:
    """One request of a random kind that no server should take."""
    noise, name = rng.randbytes(rng.randint(1, 40)), "".join(rng.choices("abcxyz", k=rng.randint(1, 12)))
    path = rng.choice(["/v1/events", "/v1/items", "/v1/recommendations"])
    media = rng.choice(["text/plain", "", "application/xml", name])
    field = rng.choice(['{"text":%s}', '{"at":%s}', '{"filter":%s}', '{"exclude":%s}'])
    typed = rng.choice(['{"history":%s}', '{"k":%s}', '{"filter":{"price_min":%s}}', '{"filter":{"brand":%s}}'])
    kinds = [
        Bad("POST", "/v1/events", noise),
        Bad("POST", "/v1/events", b'{"events":[{"user":' + noise),
        Bad("POST", "/v1/events", rng.choice(BODIES)),
        Bad("POST", "/v1/items", b'{"items":[{"id":' + rng.choice(VALUES).encode() + b"}"),
        Bad("POST", path, b"{}", media),
        Bad("POST", "/v1/recommendations", (field % rng.choice(VALUES)).encode()),
        Bad("POST", "/v1/recommendations", (typed % rng.choice(WRONG)).encode()),
        Bad("POST", "/v1/recommendations", f'{{"history":["no-{name}"]}}'.encode()),
        Bad("POST", "/v1/recommendations", f'{{"x{name}":1}}'.encode()),
        Bad("GET", f"/v1/users/u1/recommendations?k={rng.choice(NUMBERS)}"),
        Bad("GET", f"/v1/users/u1/recommendations?at={rng.choice(TIMES)}"),
        Bad("GET", f"/v1/users/u1/recommendations?price_max={rng.choice(['nan', '-inf', 'cheap', '1e999'])}"),
        Bad("GET", f"/v1/users/u1/recommendations?x{name}=1"),
        Bad("GET", f"/v1/users/{rng.choice(NAMES)}/recommendations"),
        Bad("GET", f"/v1/users/no-{name}/interests"),
        Bad("GET", f"/v1/users/u1/events?limit={rng.choice(NUMBERS).replace('501', '-501')}"),
        Bad("GET", f"/v1/items/no-{name}%00"),
        Bad("GET", f"/{name}/..%2f..%2fetc/passwd"),
        Bad("GET", f"/dashboard/..%2f{name}.js"),
        Bad(rng.choice(["PUT", "DELETE", "PATCH", "TRACE", "FETCH"]), "/v1/events"),
    ]
    return rng.choice(kinds)


def test_a_thousand_malformed_requests_are_each_refused_with_a_reason(folder: Path) -> None:
    rng = random.Random(7)
    with running(folder) as (url, _), httpx.Client(base_url=url) as client:
        for _ in range(1_000):
            bad = malformed(rng)
            answer = client.request(bad.method, bad.path, content=bad.body, headers={"content-type": bad.media})
            assert 400 <= answer.status_code < 500, (bad, answer.status_code, answer.text)
            assert answer.headers["content-type"] == "application/problem+json", bad
            assert answer.json()["detail"], bad
        assert len(client.get("/v1/users/u1/recommendations").json()["items"]) == 10


def test_malformed_elements_of_a_batch_are_each_rejected_with_a_reason(folder: Path) -> None:
    fine = {"user": "u1", "item": "i1"}
    wrong: list[dict[str, object]] = [
        {"user": ""}, {"user": None}, {"user": 1.5}, {"user": "u" * 300}, {"user": "a\x00"}, {"user": " a"}, {"item": ["i1"]},
        {"item": 10**30}, {"item": ""}, {"item": None}, {"time": "soon"}, {"time": -1},
        {"time": 1e300}, {"time": [1]}, {"action": "x"},
        {"weight": 1e16}, {"value": "5"}, {"text": "x" * 100_001}, {"slate": "s\n"}, {"id": "x" * 257}, {"colour": "red"},
    ]  # fmt: skip
    bad: list[object] = [None, 5, "event", [], {}, {"user": "u1"}, *(fine | one for one in wrong)]
    raw = [msgspec.json.encode(one) for one in bad]
    raw += [b'{"user":"u1","item":"i1","weight":1e999}', b'{"user":"\xff","item":"i1"}']
    with running(folder) as (url, _), httpx.Client(base_url=url) as client:
        body = b'{"events":[' + b",".join([*raw, b'{"user":"u1","item":"i1"}']) + b"]}"
        told = client.post("/v1/events", content=body, headers={"content-type": "application/json"}).json()
        assert told["accepted"] == 1
        assert [one["index"] for one in told["rejected"]] == list(range(len(raw)))
        assert all(one["reason"] for one in told["rejected"])


def test_after_kill_9_every_acknowledged_event_is_there_once(folder: Path) -> None:
    acknowledged: list[tuple[str, str]] = []

    def post(url: str, writer: int) -> None:
        with httpx.Client(base_url=url) as client:
            for number in range(100_000):
                try:
                    assert accepted(client, user=f"w{writer}", item="i1", id=f"{writer}-{number}") == 1
                except httpx.TransportError:
                    return
                acknowledged.append((f"w{writer}", f"{writer}-{number}"))

    with running(folder) as (url, process):
        threads = [threading.Thread(target=post, args=(url, writer)) for writer in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(1.0)
        process.kill()
        for thread in threads:
            thread.join()
    assert len(acknowledged) > 50
    with running(folder) as (url, _), httpx.Client(base_url=url) as client:
        there = []
        for user in sorted({user for user, _ in acknowledged}):
            events = client.get(f"/v1/users/{user}/events?limit=1000").json()["events"]
            there += [(user, event["id"]) for event in events]
            assert client.get(f"/v1/users/{user}/interests").json()["interests"][0]["evidence"]
        assert len(there) == len(set(there))
        assert set(acknowledged) <= set(there)
        assert accepted(client, user=acknowledged[0][0], item="i1", id=acknowledged[0][1]) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_state_and_slates_kept(folder: Path, number: signal.Signals) -> None:
    before = (folder / "engine.safetensors").stat().st_mtime_ns
    with running(folder) as (url, process):
        with httpx.Client(base_url=url) as client:
            assert accepted(client, user="u1", item="i2") == 1
            slate = client.get("/v1/users/u1/recommendations").json()["slate"]
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")
    assert (folder / "engine.safetensors").stat().st_mtime_ns > before
    slates = sqlite3.connect(folder / "slates.sqlite")
    assert slates.execute("SELECT count(*) FROM slates WHERE slate = ?", (slate,)).fetchone() == (1,)
    slates.close()
    with Engine.load(folder) as engine:
        assert engine.log.totals().events == len(EVENTS) + 1


def test_a_request_under_way_is_answered_before_the_end(folder: Path) -> None:
    body = b'{"events":[{"user":"u1","item":"i1","id":"last"}]}'
    head = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    with running(folder) as (url, process), socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as plug:
        plug.sendall(head + body[:10])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        plug.sendall(body[10:])
        plug.settimeout(10)
        answer = b""
        while chunk := plug.recv(65_536):
            answer += chunk
        assert b'"accepted":1' in answer
        process.wait(20)


def test_a_client_that_hangs_up_while_sending_is_no_fault_of_the_server(folder: Path) -> None:
    head = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    with running(folder) as (url, process):
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as plug:
            plug.sendall(head + b'{"events":[')
            time.sleep(0.2)
        counted, deadline = "", time.monotonic() + 10
        while 'status="499"' not in counted and time.monotonic() < deadline:
            counted = httpx.get(f"{url}/metrics").text
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    assert 'penchant_requests_total{method="POST",route="/v1/events",status="499"} 1.0' in counted
    assert 'status="500"' not in counted
    assert errors == ""


def test_head_reaches_the_page_over_a_socket(folder: Path) -> None:
    with running(folder) as (url, _), httpx.Client(base_url=url) as client:
        for _ in range(2):  # the connection stays usable
            answer = client.head("/")
            assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"", "text/html; charset=utf-8")


def test_an_id_with_a_slash_is_answered_and_logged_where_access_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    accesses = logging.getLogger("uvicorn.access")
    with Engine.load(folder) as engine, socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(engine), log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],))
        accesses.addHandler(caplog.handler)  # which the configuration of another server in this process may have cut off
        accesses.setLevel(logging.INFO)
        thread.start()
        try:
            port = listener.getsockname()[1]
            answer = httpx.get(f"http://127.0.0.1:{port}/v1/users/team%2Fann%20b/recommendations?k=1")
        finally:
            server.should_exit = True
            thread.join()
            accesses.removeHandler(caplog.handler)
    assert (answer.status_code, answer.json()["user"]) == (200, "team/ann b")
    assert '"GET /v1/users/team/ann%20b/recommendations?k=1 HTTP/1.1" 200' in caplog.text


def test_a_port_in_use_is_named_and_the_engine_closed(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PenchantError, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use; .*--port"):
            serve(Engine.load(folder), port=port)
    Engine.load(folder).close()
