"""What a request is answered with."""

from typing import Literal

import msgspec

from penchant.ask.understood import Understood


class Reason(msgspec.Struct, frozen=True):
    """One thing a recommendation owes itself to; `value` is its share of the score, in the blend's units.

    `id` is an item the person had to do with ("item"), or the name of a source ("source"), or the text asked for ("text"), or the
    event in which they said something before ("words"), or an interest that the person pinned ("pin"): what owes its place to
    that owes it no score.
    """

    kind: Literal["item", "source", "text", "words", "pin"]
    id: str
    label: str
    value: float


class Recommendation(msgspec.Struct, frozen=True):
    """One item of a slate; `source` is what spoke for it most, `themes` are the broad topics it belongs to."""

    item: str
    title: str
    categories: tuple[str, ...]
    score: float
    source: str
    because: tuple[Reason, ...]
    themes: tuple[str, ...] = ()


class Slate(msgspec.Struct, frozen=True, omit_defaults=True):
    """Recommendations, best first, made for `user` (None for an anonymous history or text) as of `at`, epoch seconds; `asked` is
    how a text was understood, where there was one."""

    slate: str
    user: str | None
    at: float
    items: tuple[Recommendation, ...]
    asked: Understood | None = None
