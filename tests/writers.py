"""Generators and a kind of text that tests share: small, real, and as bad as they are told to be."""

import threading
from collections import Counter

import msgspec

from penchant.errors import GeneratorError, UselessAnswer
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.kind import Unfaithful

FREE = Price()


class Loud:
    """A kind of text that is its fact in capitals, and nothing else."""

    def __init__(self, name: str = "loud", version: int = 1, tokens: int = 8) -> None:
        self.name, self.version, self._tokens = name, version, tokens

    def prompt(self, payload: bytes) -> Prompt:
        return Prompt("Say it louder.", msgspec.json.decode(payload, type=str), tokens=self._tokens)

    def check(self, payload: bytes, answer: str) -> bytes:
        if answer != msgspec.json.decode(payload, type=str).upper():
            raise Unfaithful(f"{answer!r} is not what was said")
        return msgspec.json.encode(answer)


class Voice:
    """A generator that answers in capitals, or does for each prompt, time after time, what it is told: "fail", "lie", "crash",
    "useless"."""

    def __init__(self, fingerprint: str = "voice-1", price: Price = FREE, tricks: dict[str, list[str]] | None = None) -> None:
        self.name, self.fingerprint, self.price = "voice", fingerprint, price
        self.tricks = tricks or {}
        self.answered: Counter[str] = Counter()
        self.called: Counter[str] = Counter()

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        self.called[prompt.user] += 1
        tricks = self.tricks.get(prompt.user, [])
        trick = tricks.pop(0) if tricks else ""
        if trick == "fail":
            raise GeneratorError("the server is unwell")
        if trick == "useless":
            raise UselessAnswer("it was cut off")
        if trick == "crash":
            raise ZeroDivisionError("a bug of the generator's")
        self.answered[prompt.user] += 1
        said = "something else" if trick == "lie" else prompt.user.upper()
        return Reply(said, asked=len(prompt.user) + 4, given=2)


class Stuck(Voice):
    """A generator that hangs until it is let go, whatever its time-out."""

    def __init__(self) -> None:
        super().__init__("stuck")
        self.entered, self.go = threading.Event(), threading.Event()

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        self.entered.set()
        self.go.wait(30)
        return super().generate(prompt, timeout=timeout)


def fact(text: str) -> bytes:
    return msgspec.json.encode(text)
