"""A model in this process: a tiny one that is built here, and, in the slow tests, a real one."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from penchant.assets import cache_dir, models
from penchant.errors import AssetError, GeneratorError, InvalidInput
from penchant.narrate.generators.answers import read_answer, schema_of
from penchant.narrate.generators.endpoint import ChatEndpoint
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.gguf import Gguf
from penchant.narrate.generators.registry import load_generator
from tests.tiny_gguf import tiny_gguf

REAL_CACHE = cache_dir()  # the user's own, whatever a test says later

pytest.importorskip("xllamacpp", reason="needs penchant[llm]")


class Choice(msgspec.Struct):
    sure: bool
    sort: Annotated[list[Annotated[str, msgspec.Meta(max_length=3)]], msgspec.Meta(max_length=2)]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf", "?Tea.", "~xy~", "!<think>")


@pytest.fixture
def tiny(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gguf]:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path))
    with Gguf(file, "gguf:tiny") as generator:
        yield generator


def test_a_model_says_what_it_says_and_its_tokens_are_counted(tiny: Gguf) -> None:
    # A space is three tokens here: 18 letters, 4 spaces, and one token that begins.
    assert tiny.generate(Prompt("Be brief. ", "What is hot?"), timeout=20.0) == Reply("Tea.", asked=31, given=5)
    assert tiny.generate(Prompt("Be brief. ", "What is hot?"), timeout=20.0) == Reply("Tea.", asked=31, given=5)


def test_json_fits_its_schema_whatever_the_model_would_rather_say(tiny: Gguf) -> None:
    reply = tiny.generate(Prompt("", "What?", schema_of(Choice)), timeout=20.0)
    assert list(json.loads(reply.text)) == ["sure", "sort"]
    read_answer(reply.text, Choice)


def test_an_answer_that_does_not_end_is_cut_off_at_its_limit(tiny: Gguf) -> None:
    with pytest.raises(GeneratorError, match="gguf:tiny was cut off after 30 tokens; allow more, or ask for less"):
        tiny.generate(Prompt("", "go on~", None, 30), timeout=20.0)


def test_an_answer_is_broken_off_when_time_is_up_and_the_next_one_comes(tiny: Gguf) -> None:
    tiny.generate(Prompt("", "load?"), timeout=20.0)
    with pytest.raises(GeneratorError, match=r"gguf:tiny had no whole answer within 0\.05 s, \d+ tokens of it"):
        tiny.generate(Prompt("", "go on~", None, 4000), timeout=0.05)
    with pytest.raises(GeneratorError, match=r"had no whole answer within 0\.005 s, 0 tokens of it"):
        tiny.generate(Prompt("", "~~~~" * 900), timeout=0.005)  # while it still reads
    assert tiny.generate(Prompt("", "What?"), timeout=20.0).text == "Tea."


def test_a_prompt_longer_than_the_context_is_refused_with_both_lengths(tiny: Gguf) -> None:
    with pytest.raises(GeneratorError, match=r"cannot answer: request \(5001 tokens\) exceeds .*4096 tokens"):
        tiny.generate(Prompt("", "~" * 5000), timeout=20.0)


def test_a_schema_that_no_grammar_takes_is_refused(tiny: Gguf) -> None:
    with pytest.raises(GeneratorError, match=r"gguf:tiny cannot be asked: .*unrecognized type"):
        tiny.generate(Prompt("", "What?", {"type": "nonsense"}), timeout=20.0)


def test_who_comes_while_another_is_served_waits_no_longer_than_their_timeout(tiny: Gguf) -> None:
    tiny.generate(Prompt("", "load?"), timeout=20.0)
    tiny._turn.acquire()
    with pytest.raises(GeneratorError, match=r"gguf:tiny was busy for 0\.01 s"):
        tiny.generate(Prompt("", "What?"), timeout=0.01)
    tiny._turn.release()
    assert tiny.generate(Prompt("", "What?"), timeout=20.0).text == "Tea."


def test_many_threads_all_get_their_answer(tiny: Gguf) -> None:
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(tiny.generate(Prompt("", "What?"), timeout=30.0).text)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["Tea."] * 8


def test_closing_breaks_off_what_is_being_said_and_refuses_what_comes_after(tiny: Gguf) -> None:
    tiny.generate(Prompt("", "load?"), timeout=20.0)
    faults: list[str] = []

    def talk() -> None:
        try:
            for _ in range(1000):
                tiny.generate(Prompt("", "What?"), timeout=30.0)
        except GeneratorError as error:
            faults.append(str(error))

    talking = threading.Thread(target=talk)
    talking.start()
    tiny.close()
    talking.join()
    assert faults == ["gguf:tiny is closed"]
    tiny.close()


def test_the_fingerprint_is_the_files_and_changes_with_it(tiny: Gguf, file: Path, tmp_path: Path) -> None:
    again = tiny_gguf(tmp_path / "again.gguf", "?Tea.", "~xy~", "!<think>")
    other = tiny_gguf(tmp_path / "other.gguf", "?Pot.")
    assert Gguf(again, "gguf:again").fingerprint == tiny.fingerprint != Gguf(other, "gguf:other").fingerprint
    tiny_gguf(other, "?Tea.", "~xy~", "!<think>", "%+")
    assert Gguf(other, "gguf:other").fingerprint != tiny.fingerprint


def test_a_model_is_loaded_by_name_with_its_price(tiny: Gguf, file: Path) -> None:
    generator = load_generator(f"gguf:{file}", threads=1, context=512, price=Price(given=1.0))
    assert isinstance(generator, Gguf)
    with generator:
        assert (generator.name, generator.price, generator.fingerprint) == (f"gguf:{file}", Price(given=1.0), tiny.fingerprint)
        with pytest.raises(GeneratorError, match="512 tokens"):
            generator.generate(Prompt("", "~" * 600), timeout=20.0)


def test_a_real_server_of_llama_cpp_answers_as_the_same_model_does_in_this_process(tiny: Gguf, file: Path) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.verbosity, params.api_keys = str(file), 512, -1, ["secret"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    running = xllamacpp.Server(params)
    url = f"{running.listening_address}/v1"
    server = ChatEndpoint(url, "tiny", key="secret")
    for prompt in (Prompt("Be brief. ", "What is hot?"), Prompt("", "What?", schema_of(Choice))):
        assert server.generate(prompt, timeout=20.0) == tiny.generate(prompt, timeout=20.0)
    with pytest.raises(GeneratorError, match="was cut off by the limit of tokens"):
        server.generate(Prompt("", "go on~", None, 30), timeout=20.0)
    with pytest.raises(GeneratorError, match=r"refused with 400 .*exceeds the available context size"):
        server.generate(Prompt("", "~" * 600), timeout=20.0)
    with pytest.raises(GeneratorError, match=r"refused with 401 .*set OPENAI_API_KEY"):
        ChatEndpoint(url, "tiny").generate(Prompt("", "What?"), timeout=20.0)


def test_a_damaged_file_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(range(200)))
    with pytest.raises(GeneratorError, match=r"bad\.gguf cannot be loaded: damaged, of a kind"):
        Gguf(tmp_path / "bad.gguf", "gguf:bad").generate(Prompt("", "What?"), timeout=20.0)


def test_what_is_no_gguf_or_cannot_be_run_so_is_refused_at_once(file: Path, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("once upon a time")
    for path in (tmp_path / "text.gguf", tmp_path / "missing.gguf"):
        with pytest.raises(InvalidInput, match="is not a GGUF file; penchant models list shows those that are here"):
            Gguf(path, "gguf:x")
    with pytest.raises(InvalidInput, match="threads must be at least 1 and context at least 256 tokens, got 0 and 4096"):
        Gguf(file, "gguf:x", threads=0)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("gguf:", InvalidInput, "which GGUF"),
        ("gguf:nobody", InvalidInput, "there is no model 'nobody'; known: qwen2.5-coder-0.5b"),
        ("gguf:no/such.gguf", InvalidInput, r"there is no file no/such\.gguf"),
        ("gguf:qwen2.5-coder-1.5b", AssetError, "is not here; fetch it with: penchant models get qwen2.5-coder-1.5b"),
        ("parrot:x", InvalidInput, "generator 'parrot' is not known; known: gguf:..., http:..., https:..., none"),
    ],
)
def test_a_name_that_leads_nowhere_says_where_to_go(
    name: str, kind: type[Exception], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path))
    with pytest.raises(kind, match=message):
        load_generator(name)


@pytest.mark.parametrize("name", [None, "", "none", " none "])
def test_no_generator_is_none(name: str | None) -> None:
    assert load_generator(name) is None


ENDING = """
import sys, threading, time
from contextlib import suppress
from pathlib import Path
from penchant.errors import GeneratorError
from penchant.narrate.generators.gguf import Gguf
from penchant.narrate.generators.generator import Prompt
generator = Gguf(Path(sys.argv[1]), "gguf:tiny")
print(generator.generate(Prompt("", "What?"), timeout=20.0).text)
def talk():
    with suppress(GeneratorError):
        generator.generate(Prompt("", "on~", None, 4000), timeout=20.0)
threading.Thread(target=talk, daemon=True).start()
time.sleep(0.05)
"""


def test_a_process_that_ends_in_the_middle_of_an_answer_ends_in_silence(file: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ENDING, str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Tea.\n", "")


@pytest.mark.slow
def test_a_real_model_writes_english_chinese_and_json_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Name(msgspec.Struct):
        name: Annotated[str, msgspec.Meta(max_length=40)]
        words: Annotated[list[Annotated[str, msgspec.Meta(max_length=20)]], msgspec.Meta(min_length=2, max_length=3)]

    monkeypatch.setenv("PENCHANT_CACHE", str(REAL_CACHE))
    models.get("qwen2.5-coder-0.5b")
    generator = load_generator("gguf:qwen2.5-coder-0.5b")
    assert isinstance(generator, Gguf)
    with generator:
        films = Prompt("You name what films have in common.", "Films: Alien, Blade Runner, The Terminator.", schema_of(Name), 80)
        reply = generator.generate(films, timeout=120.0)
        assert read_answer(reply.text, Name).name.isascii()
        assert 20 <= reply.asked <= 60
        chinese = generator.generate(Prompt("你用中文回答，只说一句话。", "茶是什么？"), timeout=120.0).text
        assert "茶" in chinese
        with pytest.raises(GeneratorError, match="no whole answer within 1 s"):
            generator.generate(Prompt("Go on for ever.", "tree house " * 1500), timeout=1.0)
