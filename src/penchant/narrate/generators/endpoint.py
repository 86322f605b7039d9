"""Text from a server that speaks OpenAI's `/v1/chat/completions`, as vLLM, Ollama, llama.cpp's server and many hosts do."""

import threading
import time
from typing import Any

import msgspec
import numpy as np

from penchant.errors import GeneratorError, InvalidInput, UselessAnswer
from penchant.narrate.generators.answers import fitting
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.generators.mending import spoken
from penchant.remote import Refused, Remote, RemoteError, excerpt

VERSION = 1  # of how prompts are put, which answers depend on
_LARGEST = 8 << 20  # bytes of an answer
_BYTES_A_TOKEN = 4  # about, where a server does not count: English; Chinese has three bytes a letter
_PLAUSIBLE = 10_000_000  # tokens of a call; a server that says more has not counted
_FORMS = ("json_schema", "json_object", "text")  # ways to ask for JSON, strictest first


class _Message(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: Any = None


class _Manner(msgspec.Struct, frozen=True):
    """How this server wants to be asked; learned from what it refused."""

    form: int = 0  # index into _FORMS
    limit: str = "max_tokens"  # newer models of OpenAI call it max_completion_tokens
    temperature: bool = True  # some take none but their own


class ChatEndpoint:
    """An OpenAI-compatible chat server as a generator. Nothing is sent before the first prompt.

    Asked for JSON, a server is first given the schema as `response_format`. One that refuses it (400 or 422) is given
    `json_object`, then only words, and what worked is remembered. Answers are read as `narrate.answers.fitting` does, so they fit
    the schema whatever the server thinks of it. Blocks of thought are dropped. `price` is what the caller says it is.

    >>> ChatEndpoint("http://127.0.0.1:11434/v1", "qwen2.5:3b").name
    'http://127.0.0.1:11434/v1#qwen2.5:3b'

    Raises:
        InvalidInput: for an address that is not http(s)://host/path, that holds a password, or without a model.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        key: str | None = None,
        price: Price | None = None,
        attempts: int = 3,
        pause: float = 0.5,
        rng: np.random.Generator | None = None,
    ) -> None:
        base = url.rstrip("/").removesuffix("/chat/completions")
        self.name = f"{base}#{model}"
        self._remote = Remote(
            f"{base}/chat/completions", "chat", key=key, largest=_LARGEST, attempts=attempts, pause=pause, rng=rng
        )
        if not model:
            raise InvalidInput(f"chat endpoint {url!r} without a model: write http(s)://host/v1#model")
        self.fingerprint = f"chat-{VERSION}-{self.name}"
        self.price = price or Price()
        self._model, self._manner, self._lock = model, _Manner(), threading.Lock()

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        """The answer to `prompt` within `timeout` seconds, retries and pauses included.

        Raises:
            GeneratorError: when the server cannot be reached, refuses, or is too slow.
            UselessAnswer: when it answers with nothing, declines, was cut off, or not with the JSON that was asked for.
        """
        text, usage = self._said(self._asked(prompt, timeout))
        text = spoken(text) if prompt.schema is None else fitting(text, prompt.schema)
        if not text:
            raise UselessAnswer(f"{self.name} answered with nothing")
        asked, given = _counted(usage, "prompt_tokens"), _counted(usage, "completion_tokens")
        return Reply(text, asked or _estimated(prompt.system + prompt.user), given or _estimated(text))

    def _asked(self, prompt: Prompt, timeout: float) -> bytes:
        """What the server answers, asked in the manner it takes."""
        end = time.monotonic() + timeout
        with self._lock:
            manner = self._manner
        while (left := end - time.monotonic()) > 0:
            try:
                content = self._remote.post(self._body(prompt, manner), timeout=left, within=left)
            except Refused as error:
                other = _otherwise(manner, error, prompt) if error.status in (400, 422) else None
                if other is None:
                    raise GeneratorError(f"{self.name} refused with {error.reason}") from error
                manner = other
            except RemoteError as error:
                raise GeneratorError(str(error)) from error
            else:
                with self._lock:  # only now: a prompt that is refused for its length is refused in every manner
                    self._manner = manner
                return content
        raise GeneratorError(f"{self.name} refused several ways of asking, and {timeout:g} s were over")

    def _body(self, prompt: Prompt, manner: _Manner) -> bytes:
        body: dict[str, Any] = {"model": self._model, manner.limit: prompt.tokens}
        if manner.temperature:
            body["temperature"] = 0
        system, form = prompt.system, _FORMS[manner.form]
        if prompt.schema is not None and form == "json_schema":
            named = {"name": "answer", "strict": True, "schema": prompt.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif prompt.schema is not None:
            told = msgspec.json.encode(prompt.schema).decode()
            system = f"{system}\nAnswer with one JSON object that fits this JSON schema, and with nothing else: {told}"
            if form == "json_object":
                body["response_format"] = {"type": "json_object"}
        body["messages"] = [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}]
        return msgspec.json.encode(body)

    def _said(self, content: bytes) -> tuple[str, Any]:
        """The text of an answer, and what it says about tokens."""
        try:
            completion = msgspec.json.decode(content, type=_Completion)
            choice = completion.choices[0]
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError, RecursionError) as error:
            raise GeneratorError(f"{self.name} did not answer with a completion ({error}): {excerpt(content)}") from error
        if choice.finish_reason == "length":
            raise UselessAnswer(f"{self.name} was cut off by the limit of tokens; allow more, or ask for less")
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise UselessAnswer(f"{self.name} declined to answer: {choice.message.refusal or 'content filter'}")
        parts = choice.message.content or ""
        if isinstance(parts, list):
            parts = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
        return parts, completion.usage


def _otherwise(manner: _Manner, error: Refused, prompt: Prompt) -> _Manner | None:
    """The next manner to try after a refusal, None when there is none left."""
    if manner.limit == "max_tokens" and "max_completion_tokens" in error.reason:
        return msgspec.structs.replace(manner, limit="max_completion_tokens")
    if manner.temperature and "temperature" in error.reason:
        return msgspec.structs.replace(manner, temperature=False)
    if prompt.schema is not None and manner.form + 1 < len(_FORMS):
        return msgspec.structs.replace(manner, form=manner.form + 1)
    return None


def _counted(usage: Any, what: str) -> int:  # noqa: ANN401  (whatever a server sends)
    count = usage.get(what) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _PLAUSIBLE else 0


def _estimated(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)
