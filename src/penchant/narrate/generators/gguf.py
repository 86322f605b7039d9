"""A language model in this process: a GGUF file, run by llama.cpp through xllamacpp."""

import atexit
import gc
import secrets
import threading
import time
import weakref
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from penchant.assets.digests import known_digest
from penchant.errors import AssetError, GeneratorError, InvalidInput, UselessAnswer
from penchant.narrate.generators.answers import fitting
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.mending import spoken

if TYPE_CHECKING:
    from xllamacpp import Server

VERSION = 1  # of how prompts are put, which answers depend on
_BLOCK = 128  # tokens of a prompt that are read at once; between blocks time is looked at


class Gguf:
    """A GGUF file as a generator, loaded at the first prompt.

    One prompt is answered at a time: whoever comes meanwhile waits for as long as its own `timeout` allows. `context` is how many
    tokens prompt and answer may have together. Time is looked at after each token given and each 128 tokens read, so `timeout` is
    overrun by that much at most. The likeliest token is always taken: equal prompts have equal answers but for rounding.

    llama.cpp opens a port on 127.0.0.1 whether one wants it or not; it takes a key that nobody is told.

    Raises:
        InvalidInput: for a file that is missing or no GGUF, or fewer threads than one or 256 tokens of context.
        AssetError: when xllamacpp is not installed.
    """

    def __init__(self, path: Path, name: str, *, threads: int = 1, context: int = 4096, price: Price | None = None) -> None:
        if threads < 1 or context < 256:
            raise InvalidInput(f"threads must be at least 1 and context at least 256 tokens, got {threads} and {context}")
        if not is_gguf(path):
            raise InvalidInput(f"{path} is not a GGUF file; penchant models list shows those that are here")
        try:
            engine = version("xllamacpp")
        except PackageNotFoundError as error:
            raise AssetError("a GGUF is run by xllamacpp; pip install 'penchant[llm]'") from error
        self.name = name
        self.fingerprint = f"gguf-{VERSION}-{known_digest(path)}-{engine}"
        self.price = price or Price()
        self._path, self._threads, self._context = path, threads, context
        self._server: Server | None = None
        self._closed, self._turn = False, threading.Lock()
        _OPEN.add(self)

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        """The answer to `prompt` within `timeout` seconds, waiting for its turn and loading included.

        Raises:
            GeneratorError: when time is up, the prompt is longer than the context, the model cannot be loaded, or it was closed.
            UselessAnswer: when the answer was cut off, is empty or not the JSON that was asked for.
        """
        deadline = time.monotonic() + timeout
        if not self._turn.acquire(timeout=max(timeout, 0.0)):
            raise GeneratorError(f"{self.name} was busy for {timeout:g} s")
        try:
            told = self._told(prompt, deadline)
        finally:
            self._turn.release()
        if told.late:
            raise GeneratorError(f"{self.name} had no whole answer within {timeout:g} s, {told.given} tokens of it")
        if told.finish == "length":
            raise UselessAnswer(f"{self.name} was cut off after {told.given} tokens; allow more, or ask for less")
        text = spoken(told.text) if prompt.schema is None else fitting(told.text, prompt.schema)
        if not text:
            raise UselessAnswer(f"{self.name} answered with nothing")
        return Reply(text, told.asked, told.given)

    def close(self) -> None:
        """Free the model; an answer under way is broken off. From here on `generate` raises GeneratorError."""
        self._closed = True
        with self._turn:
            self._server = None
            gc.collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _told(self, prompt: Prompt, deadline: float) -> "_Told":
        """What the model says until it is done or has to stop. The turn is held."""
        told = _Told()

        def heard(chunk: Mapping[str, Any]) -> bool:
            """Take a piece of the answer; True makes llama.cpp stop."""
            told.take(chunk)
            told.late = time.monotonic() > deadline
            return told.late or self._closed or bool(told.fault)

        try:
            self._running().handle_chat_completions(_request(prompt), heard)
        except (ValueError, RuntimeError) as error:
            raise GeneratorError(f"{self.name} cannot be asked: {error}") from error
        if self._closed:
            raise GeneratorError(f"{self.name} is closed")
        if told.fault:
            raise GeneratorError(f"{self.name} cannot answer: {told.fault}")
        return told

    def _running(self) -> "Server":
        if self._closed:
            raise GeneratorError(f"{self.name} is closed")
        if self._server is None:
            self._server = _started(self._path, self._threads, self._context)
        return self._server


_OPEN: "weakref.WeakSet[Gguf]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Let no thread be inside llama.cpp when the interpreter goes: it would abort the process."""
    for generator in list(_OPEN):
        generator.close()


class _Told(msgspec.Struct):
    """What has been heard of an answer so far."""

    text: str = ""
    finish: str | None = None
    asked: int = 0  # tokens
    given: int = 0
    late: bool = False
    fault: str = ""

    def take(self, chunk: Mapping[str, Any]) -> None:
        """Add one piece of the stream."""
        if error := chunk.get("error"):
            self.fault = str(error.get("message", error) if isinstance(error, dict) else error)
        if usage := chunk.get("usage"):
            self.asked, self.given = usage["prompt_tokens"], usage["completion_tokens"]
        for choice in chunk.get("choices", ()):
            if piece := choice["delta"].get("content"):
                self.text += piece
                self.given += 1
            self.finish = choice.get("finish_reason") or self.finish


def is_gguf(path: Path) -> bool:
    """Whether there is a file that begins as a GGUF does."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


def _started(path: Path, threads: int, context: int) -> "Server":
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = context, 1
    params.n_batch = params.n_ubatch = _BLOCK
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = 0  # otherwise up to 8 GB of prompts that were answered
    params.verbosity = -1  # llama.cpp would write to the terminal
    params.fit_params = params.warmup = params.ui = False
    params.n_threads_http = 1
    params.api_keys = [secrets.token_hex(16)]  # of the port it opens, which nobody is to use
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise GeneratorError(
            f"{path} cannot be loaded: damaged, of a kind xllamacpp does not know, or too large for memory"
        ) from error
    # A server that is let go of before its loop has begun is waited for without end (2026.10); after an answer it has begun.
    server.handle_completions({"prompt": ".", "max_tokens": 1, "stream": True}, lambda chunk: False)
    return server


def _request(prompt: Prompt) -> dict[str, Any]:
    request: dict[str, Any] = {
        "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
        "max_tokens": prompt.tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,  # a call back for each block of the prompt, at which it can be stopped
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if prompt.schema is not None:
        request["response_format"] = {"type": "json_schema", "json_schema": {"schema": prompt.schema}}
    return request
