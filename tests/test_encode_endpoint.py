import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from penchant.encode import Endpoint, load_encoder
from penchant.errors import AssetError, InvalidInput

Reply = tuple[int, dict[str, str], bytes]
Behaviour = Callable[[list[str]], Reply]


def embeddings(rows: list[tuple[int, list[float]]]) -> Reply:
    return 200, {}, json.dumps({"data": [{"index": index, "embedding": row} for index, row in rows]}).encode()


def good(texts: list[str]) -> Reply:
    rows = [(index, [float(len(text)), 1.0, 0.0]) for index, text in enumerate(texts)]
    return embeddings(rows[::-1])  # out of order, as the protocol allows


class Handler(BaseHTTPRequestHandler):
    script: ClassVar[list[Behaviour]] = []  # one behaviour for each of the next requests; good after that
    seen: ClassVar[list[tuple[str, str | None, dict[str, object]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers["Authorization"], body))
        behaviour = self.script.pop(0) if self.script else good
        status, headers, content = behaviour(body["input"])
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client had enough, which is what some tests are about

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.script.clear()
    Handler.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()
        thread.join()


def endpoint(url: str, timeout: float = 5.0, attempts: int = 3, batch: int = 64) -> Endpoint:
    return Endpoint(url, "m", timeout=timeout, attempts=attempts, batch=batch, pause=0.001, rng=np.random.default_rng(0))


def answering(reply: Reply) -> Behaviour:
    return lambda texts: reply


def test_rows_follow_the_texts_whatever_order_they_come_in(server: str) -> None:
    rows = endpoint(server).encode(["aaaa", "b"])
    np.testing.assert_allclose(rows[:, 0] / rows[:, 1], [4.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-6)


def test_texts_are_sent_in_batches_and_empty_ones_as_a_full_stop(server: str) -> None:
    endpoint(server, batch=2).encode(["a", "", "c"])
    assert [body["input"] for _, _, body in Handler.seen[1:]] == [["a", "."], ["c"]]


def test_key_is_read_from_the_environment(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    encoder = load_encoder(f"{server}#text-embedding", cache=tmp_path)
    encoder.encode(["a"])
    assert Handler.seen[-1][:2] == ("/v1/embeddings", "Bearer secret")
    assert Handler.seen[-1][2]["model"] == "text-embedding"
    assert "secret" not in encoder.fingerprint
    encoder.close()


def test_failures_that_pass_are_tried_again(server: str) -> None:
    encoder = endpoint(server)
    Handler.script += [answering((500, {}, b"oops")), answering((429, {"Retry-After": "0"}, b""))]
    assert encoder.encode(["a"]).shape == (1, 3)


def test_retry_after_is_waited_for(server: str) -> None:
    encoder = endpoint(server)
    Handler.script.append(answering((503, {"Retry-After": "1"}, b"")))
    start = time.monotonic()
    encoder.encode(["a"])
    assert time.monotonic() - start >= 1.0


def test_a_server_that_stays_down_is_given_up_with_its_last_words(server: str) -> None:
    encoder = endpoint(server)
    Handler.script += [answering((500, {}, b"out of memory"))] * 3
    with pytest.raises(AssetError, match="failed 3 times, last with: 500 out of memory"):
        encoder.encode(["a"])


def test_nobody_listening_is_an_asset_error() -> None:
    with pytest.raises(AssetError, match=r"127\.0\.0\.1:9/v1/embeddings failed 3 times, last with: .*refused"):
        endpoint("http://127.0.0.1:9/v1")


def test_a_slow_answer_is_timed_out_and_tried_again(server: str) -> None:
    encoder = endpoint(server, timeout=0.2)

    def slow(texts: list[str]) -> Reply:
        time.sleep(0.5)
        return good(texts)

    Handler.script.append(slow)
    assert encoder.encode(["a"]).shape == (1, 3)
    Handler.script += [slow, slow, slow]
    with pytest.raises(AssetError, match=r"failed 3 times, last with: .*timed out"):
        encoder.encode(["a"])


def test_an_answer_cut_short_is_tried_again(server: str) -> None:
    encoder = endpoint(server, timeout=0.3)
    status, _, content = good(["a"])
    Handler.script.append(answering((status, {"Content-Length": "9999"}, content)))
    assert encoder.encode(["a"]).shape == (1, 3)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((200, {}, b"<html>welcome to nginx</html>"), "did not answer with embeddings .*welcome to nginx"),
        ((200, {}, b'{"error": "no such model"}'), "did not answer with embeddings .*no such model"),
        ((200, {}, b"\xff\xfe"), "did not answer with embeddings"),
        ((200, {}, b'{"data":[{"index":0,"embedding":[NaN,1,1]}]}'), "did not answer with embeddings"),
        ((200, {}, b'{"data":[{"index":0,"embedding":[null,1,1]}]}'), "did not answer with embeddings"),
        (embeddings([(0, [1e300, 1.0, 1.0]), (1, [1.0, 1.0, 1.0])]), "NaN or infinity in 1 of 2 vectors"),
        (embeddings([(0, [1.0, 2.0, 3.0])]), "gave 1 embeddings for 2 texts"),
        (embeddings([(0, [1.0, 2.0, 3.0]), (0, [1.0, 2.0, 3.0])]), "numbered them wrongly"),
        (embeddings([(0, [1.0, 2.0]), (1, [1.0, 2.0])]), r"shape \(2, 2\) for 2 texts, expected \(2, 3\)"),
        (embeddings([(0, [1.0, 2.0]), (1, [1.0])]), r"embeddings of \[1, 2\] numbers"),
        (embeddings([(0, []), (1, [])]), r"embeddings of \[0\] numbers"),
        ((401, {}, b"bad key"), "refused model 'm' with 401 bad key; set OPENAI_API_KEY"),
        ((404, {}, b"no such model"), "refused model 'm' with 404 no such model"),
        ((302, {"Location": "http://elsewhere/"}, b""), "redirects to http://elsewhere/"),
    ],
)
def test_a_bad_answer_is_refused_at_once_and_in_words(server: str, reply: Reply, message: str) -> None:
    encoder = endpoint(server)
    Handler.script.append(answering(reply))
    with pytest.raises(AssetError, match=message):
        encoder.encode(["a", "b"])
    assert len(Handler.seen) == 2  # one to learn dim, one that failed


@pytest.mark.parametrize("url", ["ftp://host/v1", "http:///v1", "host/v1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"write http\(s\)://host/v1#model"):
        Endpoint(url, "m")


def test_an_endpoint_without_a_model_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"write http\(s\)://host/v1#model"):
        load_encoder("http://127.0.0.1:9/v1")


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="takes its key from OPENAI_API_KEY") as caught:
        Endpoint("http://me:hunter2@host/v1", "m")
    assert "hunter2" not in str(caught.value)


def test_model_and_address_are_in_the_fingerprint(server: str) -> None:
    prints = {Endpoint(server, model).fingerprint for model in ("m", "n")}
    assert len(prints) == 2
    assert all(server in each for each in prints)
