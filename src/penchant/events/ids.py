"""Who an event is: an id made from its content when it brings none, and a number that orders events of equal time."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
import numpy as np

from penchant.types import I64

BESIDE = "\x1f"  # what ids that are given cannot hold: it parts an event's id from the number of what was read in its text

_encode = msgspec.msgpack.Encoder().encode  # every field carries its length, so no two contents encode alike


def content_id(user: str, item: str | None, action: str, time: float, value: float | None, text: str | None) -> str:
    """The id of an event that was given none: 32 hex digits, equal for equal content however the numbers were written.

    The weight is left out: it is a judgement of the configuration, not part of what happened.

    >>> content_id("ann", "tea", "view", 5, None, None) == content_id("ann", "tea", "view", 5.0, None, None)
    True
    >>> content_id("ann", "tea", "view", 5.0, None, None)
    'e78209248e80db972013b241095aa891'
    """
    number = None if value is None else float(value) + 0.0  # -0.0 and 0.0 are one value
    return blake2b(_encode((user, item, action, float(time) + 0.0, number, text)), digest_size=16).hexdigest()


def keys(ids: Sequence[str]) -> I64:
    """(ids,) a signed 64-bit hash of each id: events of equal time are read in the order of their keys, not of their arrival.

    >>> keys(["a", "b"]).tolist()
    [3405396810240292928, 8453121595177857668]
    """
    return np.frombuffer(b"".join([blake2b(id.encode(), digest_size=8).digest() for id in ids]), "<i8").astype(np.int64)


def beside(id: str, number: int) -> str:
    """The id of the `number`-th thing that was read in the text of event `id`.

    >>> origin(beside("e1", 0)), origin("e1")
    ('e1', 'e1')
    """
    return f"{id}{BESIDE}{number}"


def origin(id: str) -> str:
    """The event that an id stems from: itself, unless it was read in the text of another."""
    return id.partition(BESIDE)[0]


def place(id: str) -> int:
    """Which of the things that were read in one text an id is of, from 0; 0 for an event of its own.

    >>> place(beside("e1", 3)), place("e1")
    (3, 0)
    """
    return int(id.partition(BESIDE)[2] or 0)
