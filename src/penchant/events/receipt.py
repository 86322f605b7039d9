"""What became of events that were handed over."""

import msgspec


class Rejected(msgspec.Struct, frozen=True):
    """An event that was not taken, by its place in the batch."""

    index: int
    reason: str


class Receipt(msgspec.Struct, frozen=True):
    """What became of a batch; accepted events are durable, and count from now on."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]
