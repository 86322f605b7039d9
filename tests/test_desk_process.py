"""The desk in a service, in a process of its own and on the command line, whatever its generator does."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.config import Config, Language
from penchant.due import DUE, ask_for_all
from penchant.engine import Engine
from penchant.narrate.desk.desk import Desk
from penchant.narrate.desk.worker import drain
from penchant.narrate.generators.generator import Prompt, Reply
from penchant.narrate.kinds import KINDS, SWITCHES, chosen
from penchant.reading import Reading
from penchant.serve import create_app
from tests.worlds import FILMS, story
from tests.writers import Loud, Stuck, Voice, fact

ROOT = Path(__file__).parent.parent


class Handler(BaseHTTPRequestHandler):
    """A chat server that answers in capitals, or hangs for as long as it is told to."""

    seen: ClassVar[list[str]] = []
    broken: ClassVar[set[str]] = set()
    asked = threading.Event()
    go = threading.Event()

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][-1]["content"]
        self.seen.append(said)
        self.asked.set()
        self.go.wait(30)
        answer = {"choices": [{"message": {"content": said.upper()}, "finish_reason": "stop"}]}
        content = json.dumps(answer | {"usage": {"prompt_tokens": 10, "completion_tokens": 2}}).encode()
        try:
            self.send_response(404 if said in self.broken else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # who asked is gone

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    Handler.broken.clear()
    Handler.asked.clear()
    Handler.go.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1#m"
        Handler.go.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """One kind of text and no other, of which every item's title is due."""
    for registry in (KINDS, DUE):
        for kind in tuple(registry):
            monkeypatch.delitem(registry, kind)

    def due(engine: Reading) -> Iterator[tuple[str, bytes, str | None]]:
        return (("loud", fact(item.title), None) for item in engine.catalog.items)

    monkeypatch.setitem(KINDS, "loud", Loud())
    monkeypatch.setitem(DUE, "loud", due)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted") / "engine"
    Engine.fit(FILMS, story(), folder=folder, config=Config(encoder="hash")).close()
    return folder


@pytest.fixture
def folder(fitted: Path, tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return Path(shutil.copytree(fitted, tmp_path / "engine"))


def test_requests_are_answered_while_the_generator_hangs(loud: None, folder: Path) -> None:
    with Engine.load(folder) as engine:
        with TestClient(create_app(engine)) as client:
            quiet = client.get("/v1/users/u0/recommendations?k=3&at=1.7e9").json()["items"]
            assert client.get("/v1/language").json()["working"] is False
        engine.desk.employ(voice := Stuck())
        with TestClient(create_app(engine)) as client:
            assert engine.desk.ask("loud", fact("tea")) is None
            assert voice.entered.wait(10)
            assert client.get("/v1/users/u0/recommendations?k=3&at=1.7e9").json()["items"] == quiet
            assert engine.desk.ask("loud", fact("pot"), user="u0") is None
            told = client.post("/v1/events", json={"events": [{"user": "u0", "item": "kiss"}]}).json()
            assert told["accepted"] == 1
            state = client.get("/v1/language").json()
            assert (state["working"], state["generator"]) == (True, "voice")
            assert state["texts"][0]["waiting"] + state["noted"] == 2
            assert not voice.go.is_set()  # all this while it hung
            voice.go.set()


def test_every_route_that_reads_answers_while_every_kind_of_text_waits_for_a_generator_that_hangs(folder: Path) -> None:
    with Engine.load(folder) as engine:
        on = Language(reasons=True, copy=True, enrichment=True, rerank=True)
        desk = engine.desk = Desk(engine.log, chosen(on), on)
        desk.employ(voice := Stuck())
        with TestClient(create_app(engine)) as client:
            first = client.get("/v1/users/u0/recommendations?k=3&at=1.7e9").json()["items"][0]["item"]
            assert voice.entered.wait(10)
            paths = [path for path, calls in client.get("/docs/openapi.json").json()["paths"].items() if "get" in calls]
            assert len(paths) > 15
            for path in paths:
                query = {"item": first} if path.endswith(("/explain", "/copy")) else {"at": "1.7e9"} if "{user}" in path else {}
                answer = client.get(
                    path.replace("{user}", "u0").replace("{item}", first), params={} if "events" in path else query
                )
                assert answer.status_code == 200, (path, answer.text)
            assert not voice.go.is_set()  # all this while it hung
            voice.go.set()


def test_metrics_and_state_tell_what_was_written_and_what_it_cost(loud: None, folder: Path) -> None:
    with Engine.load(folder) as engine:
        desk = engine.desk = Desk(engine.log, engine.desk.kinds, Language(money_per_day=5.0))
        desk.employ(Voice(tricks={"pot": ["lie"], "cup": ["fail"]}))
        for word in ("tea", "pot", "cup"):
            desk.ask("loud", fact(word))
            while desk.work(4e9):  # later than now, so that the service does not try again what failed
                pass
            desk.ask("loud", fact(word))
        with TestClient(create_app(engine)) as client:
            lines = set(client.get("/metrics").text.splitlines())
            state = client.get("/v1/language").json()
    assert lines >= {
        'penchant_texts{kind="loud",state="kept"} 1.0',
        'penchant_texts{kind="loud",state="dropped"} 1.0',
        'penchant_texts{kind="loud",state="waiting"} 1.0',
        'penchant_text_reads_total{kind="loud",outcome="hit"} 1.0',
        'penchant_text_reads_total{kind="loud",outcome="miss"} 5.0',
        'penchant_text_queue_total{kind="loud",outcome="queued"} 3.0',
        'penchant_text_calls_total{kind="loud",outcome="kept"} 1.0',
        'penchant_text_calls_total{kind="loud",outcome="dropped"} 1.0',
        'penchant_text_calls_total{kind="loud",outcome="failed"} 1.0',
        'penchant_text_tokens_total{direction="asked",kind="loud"} 14.0',
        'penchant_text_tokens_total{direction="given",kind="loud"} 4.0',
        "penchant_generator_working 1.0",
        "penchant_generator_resting 0.0",
        "penchant_text_money_left 5.0",
    }
    assert state["trouble"] == "the server is unwell"
    assert state["texts"] == [{"kind": "loud", "waiting": 1, "kept": 1, "dropped": 1}]


def test_closing_the_engine_does_not_wait_for_the_generator(loud: None, folder: Path) -> None:
    engine = Engine.load(folder)
    engine.desk.employ(voice := Stuck())
    with TestClient(create_app(engine)):
        engine.desk.ask("loud", fact("tea"))
        assert voice.entered.wait(10)
        engine.close()
        assert not voice.go.is_set()
        voice.go.set()
    with Engine.load(folder) as again:
        assert again.desk.counts()[0].waiting == 1


SERVE = """
import sys
from pathlib import Path
from penchant.engine import Engine
from penchant.narrate.generators.generator import Prompt, Reply
from penchant.narrate.kinds import KINDS
from penchant.narrate.generators.registry import load_generator
from penchant.serve import serve
from tests.writers import Loud, fact
KINDS.clear()
KINDS["loud"] = Loud()
engine = Engine.load(Path(sys.argv[1]))
engine.desk.employ(load_generator(sys.argv[2]))
for number in range(5):
    engine.desk.ask("loud", fact(f"word {number}"), user="u0")
serve(engine, port=0, ready=lambda url: print(url, flush=True))
"""


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_a_service_with_a_server_that_hangs_answers_and_ends_like_one_without(folder: Path, server: str, loud: None) -> None:
    Handler.go.clear()
    with start(SERVE, str(folder), server) as process:
        assert process.stdout is not None
        with httpx.Client(base_url=process.stdout.readline().strip()) as client:
            assert Handler.asked.wait(20)
            for _ in range(20):
                assert client.get("/v1/users/u0/recommendations?k=3").status_code == 200
            assert client.post("/v1/events", json={"events": [{"user": "u0", "item": "kiss"}]}).json()["accepted"] == 1
            state = client.get("/v1/language").json()
        assert (state["working"], state["texts"][0]["waiting"]) == (True, 5)
        assert not Handler.go.is_set()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")
    Handler.go.set()
    with Engine.load(folder) as engine:
        assert engine.log.totals().events == len(story()) + 1
        engine.desk.employ(Voice("another"))
        assert drain(engine.desk, lambda: 1e9).outcomes == {"kept": 5}


KILL = """
import sys
from pathlib import Path
from penchant.events import Log
from penchant.narrate.desk.desk import Desk
from tests.writers import Loud, Voice, fact
class Slow(Voice):
    def generate(self, prompt, *, timeout):
        if prompt.user == "word 3":
            print("in the midst", flush=True)
            sys.stdin.read()
        return super().generate(prompt, timeout=timeout)
with Log(Path(sys.argv[1])) as log:
    desk = Desk(log, {"loud": Loud()})
    desk.employ(Slow())
    for number in range(6):
        desk.ask("loud", fact(f"word {number}"))
    while desk.work(1000.0):
        pass
"""


def test_after_kill_9_in_the_midst_of_a_call_every_text_is_there_once(folder: Path) -> None:
    path = folder / "log.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", KILL, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the midst\n"
        process.kill()
    with Engine.load(folder) as engine:
        desk = Desk(engine.log, {"loud": Loud()})
        desk.employ(voice := Voice())
        counts = desk.counts()[0]
        assert (counts.kept, counts.waiting) == (3, 3)
        noted = desk.spent(1000.0)
        assert noted.tokens > 3 * 12  # the call that was broken off counts with all it may have cost
        drain(desk, lambda: 1001.0)
        assert set(voice.called) == {"word 4", "word 5"}
        drain(desk, lambda: 1200.0)  # it counts as a try, so that a text which kills its generator is given up
        assert set(voice.called) == {"word 3", "word 4", "word 5"}
        assert [desk.ask("loud", fact(f"word {number}")) for number in range(6)] == [fact(f"WORD {n}") for n in range(6)]


Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def tell(*arguments: str) -> dict[str, Any]:
        assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return tell


def test_narrate_writes_what_is_due_and_says_what_became_of_it(folder: Path, server: str, loud: None, told: Told) -> None:
    Handler.broken.add("Love Letters")
    first = told("narrate", str(folder), "--generator", server, "--limit", "3")
    assert (first["kept"], first["waiting"], first["asked"], first["given"]) == (3, 5, 30, 6)
    second = told("narrate", str(folder), "--generator", server)
    assert (second["kept"], second["failed"], second["waiting"]) == (4, 1, 1)
    assert second["state"]["trouble"].startswith(f"{server} refused with 404")
    assert sorted(Handler.seen) == sorted(item.title for item in FILMS)
    with Engine.load(folder) as engine:  # which reads what was written, without any generator
        assert engine.desk.ask("loud", fact("One Kiss in Paris")) == fact("ONE KISS IN PARIS")
    assert told("narrate", str(folder), "--generator", "none")["generator"] is None
    with Engine.load(folder) as engine:
        assert engine.desk.ask("loud", fact("One Kiss in Paris")) is None


NARRATE = """
import sys
from penchant.cli.app import run
from penchant.due import DUE
from penchant.narrate.kinds import KINDS
from tests.writers import Loud, fact
KINDS.clear()
DUE.clear()
KINDS["loud"] = Loud()
DUE["loud"] = lambda engine: (("loud", fact(item.title), None) for item in engine.catalog.items)
sys.exit(run(["narrate", sys.argv[1], "--generator", sys.argv[2]]))
"""


def test_narrate_stopped_in_the_midst_of_a_call_goes_on_with_the_same_command(
    folder: Path, server: str, loud: None, told: Told
) -> None:
    Handler.go.clear()
    with start(NARRATE, str(folder), server) as process:
        assert Handler.asked.wait(20)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, "stopped; what was saved before is whole" in errors) == (130, True)
    Handler.go.set()
    assert told("narrate", str(folder), "--generator", server)["kept"] == len(FILMS)


def test_narrate_says_for_people_how_many_texts_there_are(
    folder: Path, server: str, loud: None, capsys: pytest.CaptureFixture[str]
) -> None:
    Handler.broken.add("Love Letters")
    assert run(["narrate", str(folder), "--generator", server]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"{server}: 7 kept, 0 dropped, 1 failed; 70 tokens asked, 14 given," in out
    assert "kind kept dropped waiting loud 7 0 1" in out
    assert "1 text waits; the last trouble was" in out


def test_narrate_fails_where_the_generator_failed_every_time(
    folder: Path, server: str, loud: None, capsys: pytest.CaptureFixture[str]
) -> None:
    Handler.broken.update(film.title for film in FILMS)
    assert run(["narrate", str(folder), "--generator", server, "--limit", "2"]) == 1
    assert "nothing was written: " in capsys.readouterr().err


def test_narrate_without_a_generator_says_how_to_name_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["narrate", str(folder)]) == 1
    assert "no generator is set; name one with --generator (penchant models list shows some)" in capsys.readouterr().err
    assert run(["narrate", str(folder), "--generator", "oracle:delphi"]) == 1
    assert "generator 'oracle' is not known" in capsys.readouterr().err


def test_what_is_due_of_a_kind_that_is_off_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, loud: None, folder: Path) -> None:
    monkeypatch.setitem(SWITCHES, "loud", "copy")
    with Engine.load(folder) as engine:
        for on in (False, True):
            engine.desk = Desk(engine.log, chosen(Language(copy=on)))
            engine.desk.employ(Voice())
            ask_for_all(engine)
            assert sum(count.waiting for count in engine.desk.counts()) == (len(FILMS) if on else 0)


def test_every_switch_is_a_setting_and_turns_its_kind_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in SWITCHES.items():
        monkeypatch.setitem(KINDS, name, KINDS.get(name, Loud(name)))
        assert name in chosen(Language(**{field: True}))  # type: ignore[arg-type]
        assert name not in chosen(Language(**{field: False}))  # type: ignore[arg-type]


class Namer(Voice):
    """A generator that calls a topic by the first word of what it is known by."""

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        return Reply(prompt.user.partition("For example: ")[2].split()[0], asked=9, given=3)


def test_names_of_topics_count_while_it_is_served_as_soon_as_they_are_written(folder: Path) -> None:
    with Engine.load(folder) as engine:
        engine.desk.employ(Namer())
        with TestClient(create_app(engine)):
            for _ in range(200):
                if {topic.label for topic in engine.known.topics.broad} == {"Visitors"}:
                    break
                threading.Event().wait(0.05)
            else:
                pytest.fail(f"{engine.known.topics.broad}, {engine.desk.state(0.0)}")
