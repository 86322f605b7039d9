"""One clause of a text as it is read: its pieces, and how each is meant, which the end of the clause may still change."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from penchant.ask.pieces import Piece

Stance = Literal["like", "dislike", "less", "must", "allowed"]


class Entry(NamedTuple):
    """A piece, how it is meant, what it is, and the items it names where it is a title."""

    piece: Piece
    stance: Stance
    kind: str
    items: tuple[int, ...] = ()


class Clause:
    """Entries up to a comma or a full stop, in parts: each part is one phrase."""

    def __init__(self) -> None:
        self.parts: list[list[Entry]] = [[]]
        self.wanted = False  # whether it says that something is wanted

    def add(self, entry: Entry) -> None:
        """Put an entry into the part that is open."""
        self.parts[-1].append(entry)

    def part(self, *, wanted: bool = False) -> None:
        """Begin another part; whether by saying that something is `wanted`."""
        self.wanted = self.wanted or wanted
        if self.parts[-1]:
            self.parts.append([])

    def aside(self, piece: Piece) -> None:
        """Put in what has nothing to do with what is wanted."""
        self.part()
        self.add(Entry(piece, "like", "aside"))
        self.part()

    def forget_subject(self) -> None:
        """Drop bare words of the part that is open: they are who speaks."""
        if all(entry.kind in ("word", "small") for entry in self.parts[-1]):
            self.parts[-1] = []

    def holds(self, stance: Stance) -> bool:
        """Whether something is said in it that is meant so."""
        return any(entry.stance == stance and entry.kind not in ("small", "aside") for entry in self)

    def restate(self, stance: Stance) -> None:
        """Take all that was liked for something else."""
        self.parts = [
            [entry._replace(stance=stance) if entry.stance == "like" else entry for entry in part] for part in self.parts
        ]

    def __iter__(self) -> Iterator[Entry]:
        for part in self.parts:
            yield from part
