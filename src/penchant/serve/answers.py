"""What goes out over HTTP beside the engine's own answers (Receipt, Slate, Account)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from penchant.events.receipt import Rejected
from penchant.shift import Moved

Time = Annotated[float, Meta(description="seconds since the epoch, UTC")]


class Upserted(msgspec.Struct, frozen=True):
    """What became of a batch of items; those added or updated can be recommended from now on."""

    added: int
    updated: int
    rejected: tuple[Rejected, ...]


class Person(msgspec.Struct, frozen=True):
    """A user, how many events they have, and the times of the first and the last, epoch seconds."""

    user: str
    events: int
    first: Time
    last: Time


class People(msgspec.Struct, frozen=True):
    """Some of the users."""

    users: tuple[Person, ...]
    total: Annotated[int, Meta(description="of all users, whatever their id")]


class Standing(msgspec.Struct, frozen=True):
    """How an interest stood at a time: its strength then, and its share of the whole."""

    id: str
    label: str
    theme: str | None
    share: float
    strength: float


class Point(msgspec.Struct, frozen=True):
    """A user's interests at a time, strongest first."""

    at: Time
    interests: tuple[Standing, ...]


class Timeline(msgspec.Struct, frozen=True):
    """A user's interests at evenly spread times, oldest first."""

    user: str
    points: tuple[Point, ...]


class Shifts(msgspec.Struct, frozen=True):
    """How a user's interests shifted up to a time, in the order it was found."""

    user: str
    at: Time
    shifts: tuple[Moved, ...]


class Deed(msgspec.Struct, frozen=True):
    """One event, with what its item is called and the broad topics it belongs to."""

    id: str
    time: Time
    action: str
    item: str | None
    title: str | None
    categories: tuple[str, ...]
    themes: tuple[str, ...]
    value: float | None
    weight: float
    text: str | None


class Past(msgspec.Struct, frozen=True):
    """A user's last events, newest first."""

    user: str
    events: tuple[Deed, ...]


class Listed(msgspec.Struct, frozen=True):
    """An item as lists show it."""

    item: str
    title: str
    categories: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """Items whose title holds what was looked for."""

    items: tuple[Listed, ...]


class Health(msgspec.Struct, frozen=True):
    """Whether the process lives, or can answer; and which version of the program it is."""

    status: str
    version: str
