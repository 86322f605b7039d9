"""Chat servers that behave, and all the ways in which they do not."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest

from penchant.errors import GeneratorError, InvalidInput
from penchant.narrate.generators.endpoint import ChatEndpoint
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.registry import load_generator
from penchant.remote import Refused, Remote, RemoteError

Sent = tuple[int, dict[str, str], bytes]
Behaviour = Callable[[dict[str, Any]], Sent]

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": False}
NAMED = Prompt("You name topics.", "pots, cups", SCHEMA, 40)
PLAIN = Prompt("You are brief.", "What is tea?", None, 40)
GOOD = '{"name": "Tea"}'


def saying(content: object, finish: str = "stop", usage: object = None, **message: object) -> Behaviour:
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    answer = json.dumps({"choices": [choice], "usage": usage}).encode()
    return lambda body: (200, {}, answer)


def answering(status: int, content: bytes = b"", **headers: str) -> Behaviour:
    return lambda body: (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def unless(taken: Callable[[dict[str, Any]], bool], complaint: bytes) -> Behaviour:
    """A server that answers 400 to what it does not take."""
    return lambda body: saying(GOOD)(body) if taken(body) else (400, {}, complaint)


class Handler(BaseHTTPRequestHandler):
    script: ClassVar[list[Behaviour]] = []  # one behaviour for each of the next requests; the last one stays
    seen: ClassVar[list[dict[str, Any]]] = []
    keys: ClassVar[list[str | None]] = []
    trickle: ClassVar[float] = 0.0  # seconds before each byte that is sent, headers included
    hang_up: ClassVar[int] = 0  # connections that are closed without a word

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(body)
        self.keys.append(self.headers["Authorization"])
        if Handler.hang_up:
            Handler.hang_up -= 1
            self.close_connection = True
            return
        behaviour = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        status, headers, content = behaviour(body)
        lines = [f"{name}: {value}" for name, value in {"Content-Length": str(len(content)), **headers}.items()]
        whole = "\r\n".join([f"HTTP/1.0 {status} said", *lines, "", ""]).encode() + content
        try:
            for piece in [whole] if not self.trickle else [whole[at : at + 1] for at in range(len(whole))]:
                time.sleep(self.trickle)
                self.wfile.write(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough, which is what some tests are about

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.script[:], Handler.trickle, Handler.hang_up = [saying(GOOD)], 0.0, 0
    Handler.seen.clear()
    Handler.keys.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()
        thread.join()


def endpoint(url: str) -> ChatEndpoint:
    return ChatEndpoint(url, "m", pause=0.001, rng=np.random.default_rng(0))


def asked(url: str, prompt: Prompt = PLAIN, timeout: float = 5.0) -> Reply:
    return endpoint(url).generate(prompt, timeout=timeout)


def test_prompt_schema_and_limit_are_sent_as_openai_takes_them(server: str) -> None:
    assert asked(server, NAMED).text == '{"name":"Tea"}'
    assert Handler.seen == [
        {
            "model": "m",
            "max_tokens": 40,
            "temperature": 0,
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}},
            "messages": [{"role": "system", "content": "You name topics."}, {"role": "user", "content": "pots, cups"}],
        }
    ]


def test_nothing_is_sent_before_the_first_prompt(server: str) -> None:
    generator = load_generator(f"{server}#m")
    assert generator is not None
    assert generator.name == f"{server}#m"
    assert Handler.seen == []


def test_key_is_read_from_the_environment_and_told_to_nobody_else(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    generator = load_generator(f"{server}/chat/completions#m", price=Price(0.15, 0.6))
    assert generator is not None
    generator.generate(PLAIN, timeout=5.0)
    assert Handler.keys == ["Bearer secret"]
    assert (generator.name, generator.price) == (f"{server}#m", Price(0.15, 0.6))
    assert "secret" not in generator.fingerprint


def test_tokens_are_those_the_server_counted(server: str) -> None:
    Handler.script[:] = [saying("Tea.", usage={"prompt_tokens": 11, "completion_tokens": 3})]
    assert asked(server) == Reply("Tea.", 11, 3)


@pytest.mark.parametrize("usage", [None, {}, [], {"prompt_tokens": None, "completion_tokens": -3}, {"prompt_tokens": "many"}])
def test_tokens_nobody_counted_are_estimated_at_four_bytes_each(server: str, usage: object) -> None:
    Handler.script[:] = [saying("Tea is hot.", usage=usage)]
    assert asked(server) == Reply("Tea is hot.", 7, 3)  # 14 + 12 bytes and 11 bytes


@pytest.mark.parametrize(
    "content",
    [
        "Tea.",
        [{"type": "text", "text": "Te"}, {"type": "image"}, {"type": "text", "text": "a."}],
        "<think>Tea? Coffee?</think>\n\nTea.",
        "so they want tea</think>Tea.",
    ],
)
def test_text_comes_as_one_string_whatever_it_came_in(server: str, content: object) -> None:
    Handler.script[:] = [saying(content)]
    assert asked(server).text == "Tea."


def test_json_is_found_in_prose_and_made_json(server: str) -> None:
    Handler.script[:] = [saying("Sure!\n```json\n{'name': 'Tea',}\n```")]
    assert asked(server, NAMED).text == '{"name":"Tea"}'


def test_a_server_without_schemas_is_asked_for_an_object_then_in_words_and_the_way_is_remembered(server: str) -> None:
    Handler.script[:] = [unless(lambda body: "response_format" not in body, b"unknown field response_format")]
    generator = endpoint(server)
    assert generator.generate(NAMED, timeout=5.0).text == '{"name":"Tea"}'
    kinds = [body.get("response_format", {}).get("type") for body in Handler.seen]
    assert kinds == ["json_schema", "json_object", None]
    assert all('"required":["name"]' in body["messages"][0]["content"] for body in Handler.seen[1:])
    generator.generate(NAMED, timeout=5.0)
    assert len(Handler.seen) == 4


def test_a_model_that_names_its_limit_otherwise_and_keeps_its_temperature_is_asked_as_it_likes(server: str) -> None:
    def choosy(body: dict[str, Any]) -> Sent:
        if "max_tokens" in body:
            return 400, {}, b"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return (422, {}, b"'temperature' does not support 0") if "temperature" in body else saying(GOOD)(body)

    Handler.script[:] = [choosy]
    assert asked(server, NAMED).text == '{"name":"Tea"}'
    assert Handler.seen[-1]["max_completion_tokens"] == 40
    assert Handler.seen[-1]["response_format"]["type"] == "json_schema"


def test_a_prompt_that_is_refused_in_every_manner_changes_no_manner(server: str) -> None:
    generator = endpoint(server)
    Handler.script[:] = [answering(400, b"prompt too long")] * 3 + [saying(GOOD)]
    with pytest.raises(GeneratorError, match="refused with 400 prompt too long"):
        generator.generate(NAMED, timeout=5.0)
    generator.generate(NAMED, timeout=5.0)
    assert Handler.seen[-1]["response_format"]["type"] == "json_schema"


def test_failures_that_pass_are_tried_again(server: str) -> None:
    Handler.script[:] = [answering(500, b"oops"), answering(429, Retry_After="0"), saying("Tea.")]
    assert asked(server).text == "Tea."
    Handler.hang_up = 2
    assert asked(server).text == "Tea."


def test_retry_after_may_be_a_date_by_the_servers_own_clock(server: str) -> None:
    dated = answering(503, Date="Sun, 22 Nov 2026 12:00:00 GMT", Retry_After="Sun, 22 Nov 2026 12:00:01 GMT")
    Handler.script[:] = [dated, saying("Tea.")]
    start = time.monotonic()
    asked(server)
    assert time.monotonic() - start >= 1.0


def test_a_wait_longer_than_there_is_time_is_not_begun(server: str) -> None:
    Handler.script[:] = [answering(429, b"slow down", Retry_After="30")]
    start = time.monotonic()
    with pytest.raises(GeneratorError, match="failed once, last with: 429 slow down"):
        asked(server, timeout=2.0)
    assert time.monotonic() - start < 25.0


@pytest.mark.parametrize("content", [b"", b"x" * 3000])
def test_a_server_that_trickles_is_left_when_time_is_up(server: str, content: bytes) -> None:
    Handler.trickle, Handler.script[:] = 0.02, [answering(200, content, X_Long="y" * 3000)]
    start = time.monotonic()
    with pytest.raises(GeneratorError, match=r"failed once, last with: timed out, no whole answer within 0\.2"):
        asked(server, timeout=0.2)
    assert time.monotonic() - start < 30.0  # it would take a minute
    Handler.trickle = 0.0


def test_a_refusal_that_trickles_is_left_when_time_is_up(server: str) -> None:
    Handler.trickle, Handler.script[:] = 0.002, [answering(404, b"n" * 30_000)]
    with pytest.raises(GeneratorError, match="refused with 404"):
        asked(server, timeout=0.6)
    Handler.trickle = 0.0


def test_an_answer_is_waited_for_no_longer_than_the_timeout(server: str) -> None:
    def slow(body: dict[str, Any]) -> Sent:
        time.sleep(0.5)
        return saying("Tea.")(body)

    Handler.script[:] = [slow]
    with pytest.raises(GeneratorError, match="timed out, no whole answer within"):
        asked(server, timeout=0.1)


def test_an_answer_beyond_all_size_is_not_read(server: str) -> None:
    Handler.script[:] = [answering(200, b" " * (9 << 20))]
    with pytest.raises(GeneratorError, match=r"answered with more than 8,388,608 bytes; is it the right address\?"):
        asked(server)


def test_nobody_listening_is_told_with_the_address() -> None:
    with pytest.raises(GeneratorError, match=r"127\.0\.0\.1:9/v1/chat/completions failed 3 times, last with: .*refused"):
        asked("http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("behaviour", "prompt", "message"),
    [
        (answering(200, b"<html>welcome to nginx</html>"), PLAIN, "did not answer with a completion .*welcome to nginx"),
        (answering(200, b""), PLAIN, "did not answer with a completion"),
        (answering(200, b"\xff\xfe\x00"), PLAIN, "did not answer with a completion"),
        (answering(200, b"[" * 100_000), PLAIN, "did not answer with a completion"),
        (answering(200, b'{"error": {"message": "no such model"}}'), PLAIN, "did not answer with a completion .*no such model"),
        (answering(200, b'{"choices": []}'), PLAIN, "did not answer with a completion"),
        (answering(302, b"", Location="http://elsewhere/"), PLAIN, "redirects to http://elsewhere/; give that address instead"),
        (answering(401, b"bad key"), PLAIN, "refused with 401 bad key; set OPENAI_API_KEY"),
        (answering(404, b"no such model"), PLAIN, "refused with 404 no such model"),
        (saying(""), PLAIN, "answered with nothing"),
        (saying(None), PLAIN, "answered with nothing"),
        (saying("<think>hmm, tea"), PLAIN, "answered with nothing"),
        (saying("Tea is", finish="length"), PLAIN, "was cut off by the limit of tokens"),
        (saying('{"name": "Te', finish="length"), NAMED, "was cut off by the limit of tokens"),
        (saying(None, refusal="I will not"), PLAIN, "declined to answer: I will not"),
        (saying("Tea", finish="content_filter"), PLAIN, "declined to answer: content filter"),
        (saying("I cannot."), NAMED, "holds no JSON: 'I cannot.'"),
        (saying('{"title": "Tea"}'), NAMED, r"does not fit what was asked: \$ has no 'name'; it was: "),
        (saying('{"name": ["Tea"]}'), NAMED, r"\$.name is \['Tea'\], expected string"),
    ],
)
def test_a_bad_answer_is_a_generator_error_in_words(server: str, behaviour: Behaviour, prompt: Prompt, message: str) -> None:
    Handler.script[:] = [behaviour]
    with pytest.raises(GeneratorError, match=message):
        asked(server, prompt)


@pytest.mark.parametrize("url", ["ftp://host/v1", "http:///v1", "host/v1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"write http\(s\)://host/v1#model"):
        ChatEndpoint(url, "m")


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="takes its key from OPENAI_API_KEY") as caught:
        ChatEndpoint("http://me:hunter2@host/v1", "m")
    assert "hunter2" not in str(caught.value)


def test_tokens_beyond_belief_are_estimated(server: str) -> None:
    Handler.script[:] = [saying("four", usage={"prompt_tokens": 10**30, "completion_tokens": 10**9})]
    assert asked(server) == Reply("four", -(-len(PLAIN.system + PLAIN.user) // 4), 1)


@pytest.mark.parametrize("url", ["http://host/v1?api_key=secret", "http://me:secret@host:port/v1", "ftp://me:secret@host"])
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ChatEndpoint(url, "m")
    assert "secret" not in str(caught.value)


def test_a_key_is_sent_without_the_line_end_of_its_file(server: str) -> None:
    ChatEndpoint(server, "m", key="sk-1\n").generate(PLAIN, timeout=5.0)
    assert Handler.keys == ["Bearer sk-1"]


@pytest.mark.parametrize("key", ["sk-1\nsk-2", "sk…1"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(InvalidInput, match="OPENAI_API_KEY holds a character that no key has") as caught:
        ChatEndpoint("http://host/v1", "m", key=key)
    assert "sk" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 503])
def test_a_server_that_repeats_the_key_does_not_make_us_tell_it(server: str, status: int) -> None:
    Handler.script[:] = [answering(status, b"no such key: sk-1")]
    with pytest.raises(GeneratorError, match=r"no such key: \(the key\)"):
        ChatEndpoint(server, "m", key="sk-1", attempts=1).generate(PLAIN, timeout=5.0)


def test_all_ways_of_asking_together_take_no_longer_than_the_timeout(server: str) -> None:
    def slow(body: dict[str, Any]) -> Sent:
        time.sleep(0.12)
        return 400, {}, b"no"

    Handler.script[:] = [slow]
    with pytest.raises(GeneratorError):
        ChatEndpoint(server, "m", attempts=1).generate(NAMED, timeout=0.2)
    assert len(Handler.seen) == 2


def test_model_and_address_are_in_the_fingerprint() -> None:
    assert ChatEndpoint("http://a/v1", "m").fingerprint == "chat-1-http://a/v1#m"
    assert ChatEndpoint("http://a/v1", "n").fingerprint == "chat-1-http://a/v1#n"


def test_what_a_server_refuses_and_what_it_fails_are_told_apart(server: str) -> None:
    remote = Remote(server, "test", attempts=1)
    Handler.script[:] = [answering(418, b"teapot"), answering(503, b"busy")]
    with pytest.raises(Refused, match="refused with 418 teapot") as caught:
        remote.post(b"{}", timeout=5.0)
    assert caught.value.status == 418
    with pytest.raises(RemoteError, match="failed once, last with: 503 busy"):
        remote.post(b"{}", timeout=5.0)


def test_fewer_attempts_than_one_are_refused() -> None:
    with pytest.raises(InvalidInput, match="attempts must be at least 1, got 0"):
        Remote("http://host/v1", "test", attempts=0)
