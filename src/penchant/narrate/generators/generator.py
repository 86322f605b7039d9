"""What a language model is to Penchant: a function from a prompt to a text, which may be slow, fail, or lie."""

from typing import Any, Protocol

import msgspec


class Prompt(msgspec.Struct, frozen=True):
    """What a generator is asked; equal prompts to generators of equal fingerprints may share an answer."""

    system: str  # who it is to be and what the rules are
    user: str  # what is asked
    schema: dict[str, Any] | None = None  # JSON schema of the answer; None: plain text
    tokens: int = 256  # of the answer, at most


class Reply(msgspec.Struct, frozen=True):
    """What came back: text, JSON where a schema was given, and what it cost in tokens."""

    text: str
    asked: int  # tokens of the prompt
    given: int  # tokens of the answer


class Price(msgspec.Struct, frozen=True):
    """Money for a million tokens asked and given, in whatever currency the budget is in."""

    asked: float = 0.0
    given: float = 0.0


class Generator(Protocol):
    """A language model. It is called from worker threads alone, never while a request waits."""

    name: str  # as it is configured: "gguf:qwen-0.5b", "http://host/v1#model"
    fingerprint: str  # changes whenever answers may
    price: Price

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        """The answer to `prompt` within `timeout` seconds.

        Raises:
            GeneratorError: when there is none: refused, unreachable, too slow.
            UselessAnswer: when there is one that another try would not better: cut off, empty, declined, or not the JSON that
                was asked for.
        """
        ...
