"""Records, columns and protocols that every part of Penchant shares.

Two shapes carry events: `Event` is one record as people write it (strings, optional fields), `Events` is the same thing as
aligned numpy columns of integers, which is what models read. `Engine` turns the first into the second.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

DAY = 86_400.0  # seconds


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a person did.

    `time` is seconds since the epoch, UTC. An event without an `id` is identified by its content. `value` is the number that
    came with the action (stars of a rating, quantity of a purchase); `weight` overrides the weight configured for the action.
    """

    user: str
    time: float
    item: str | None = None
    action: str = "view"
    id: str = ""
    value: float | None = None
    weight: float | None = None
    text: str | None = None
    slate: str | None = None


class Enriched(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was added to an item's own words, by rule or by a language model (docs/enrichment.md); nothing of it is a fact."""

    tags: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    audience: str = ""
    mood: str = ""
    about: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that can be recommended; `available_from` and `available_until` are epoch seconds, a half-open interval."""

    id: str
    title: str = ""
    text: str = ""
    categories: tuple[str, ...] = ()
    brand: str | None = None
    price: float | None = None
    language: str | None = None
    available_from: float | None = None
    available_until: float | None = None
    attributes: dict[str, str | float | bool | None] = {}
    enriched: Enriched | None = None


class Events(NamedTuple):
    """Time-ordered columns of equal length; one click has length 1. `item` is -1 where an event names none."""

    user: I64
    item: I64
    action: I64  # number of the action in the log, -1 for what was wished for in words and not done
    weight: F32  # how much the action says, negative for dislike
    time: F64  # seconds since the epoch, UTC
    slate: I64  # number of the slate it answers, -1 for none

    def take(self, rows: "I64 | Bool | slice") -> "Events":
        """The same columns at `rows`, in that order."""
        return Events._make(column[rows] for column in self)

    def done(self) -> "Events":
        """Without what was only wished for."""
        return self if (self.action >= 0).all() else self.take(self.action >= 0)

    @staticmethod
    def joined(parts: "Sequence[Events]") -> "Events":
        """The rows of all parts, in their order."""
        blank = np.zeros(0, np.int64)
        none = Events(blank, blank, blank, np.zeros(0, np.float32), np.zeros(0), blank)
        return Events._make(np.concatenate(columns) for columns in zip(none, *parts, strict=True))


class Interests(NamedTuple):
    """What the state of R requests says at time `at`: the read-out that every candidate source scores from."""

    at: F64  # (R,) seconds since the epoch, UTC
    away: F64  # (R,) seconds since the person's last event, inf where there is none
    folded: F64  # (R,) events so far
    mass: F32  # (R, H) decayed sum of absolute weights at each half-life
    vector: F32  # (R, H, D) decayed sum of weighted item vectors at each half-life
    items: I64  # (R, N) the last items, newest first, -1 where there are fewer
    weights: F32  # (R, N) their weights, 0 where there are fewer
    ages: F64  # (R, N) seconds from each of those events to `at`, inf where there are fewer
    memory: F32  # (R, M) state of the learned recurrence as of the last event; M = 0 where there is none
    words: F32  # (R, D) decayed sum of what was said, a search of length 1

    def take(self, rows: "I64 | slice") -> "Interests":
        """The read-outs at `rows`."""
        return Interests._make(column[rows] for column in self)

    def replaced(self, rows: I64, others: "Interests") -> "Interests":
        """The same read-outs with `others` at `rows`."""
        columns: list[NDArray[Any]] = [column.copy() for column in self]
        for column, other in zip(columns, others, strict=True):
            column[rows] = other
        return Interests._make(columns)


class Encoder(Protocol):
    """Text to unit vectors. Equal fingerprints promise equal vectors for equal text."""

    fingerprint: str
    dim: int

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, dim); `query` marks short questions, which some models embed differently from documents."""
        ...
