"""A kind of text: how it is asked for, and what an answer must pass before anybody reads it."""

from typing import Protocol

from penchant.narrate.generators.generator import Prompt


class Unfaithful(Exception):
    """An answer that says what its facts do not, with the reason; what stands in for it is the template."""


class Kind(Protocol):
    """One use of a generator: topic labels, portraits, reasons, enrichment, copy.

    A `payload` is JSON with all the facts there are, so that asking and checking are functions of it alone, today and after a
    restart. `version` changes whenever `prompt` or `check` does: what was kept under another is asked again.
    """

    name: str
    version: int

    def prompt(self, payload: bytes) -> Prompt:
        """What to ask."""
        ...

    def check(self, payload: bytes, answer: str) -> bytes:
        """What is kept of an answer, JSON, after it was checked against the facts of `payload`.

        Raises:
            Unfaithful: when nothing of it can be kept, naming why.
        """
        ...
