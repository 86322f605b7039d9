"""Items that a text names by title, as an example to go by or as what is not wanted."""

from collections.abc import Sequence
from typing import NamedTuple

from penchant.ask.pieces import Piece
from penchant.ask.titles import Titles
from penchant.ask.tokens import Token

_CERTAIN = frozenset(
    {"to", "of", "似", "于"}
)  # the last words of "similar to", "in the vein of", "类似": what follows is an example
_LONGEST = 8  # tokens of a title without quotes that is not quite right
_PATIENCE = 8  # titles of a text that may be misspelt


class Example(NamedTuple):
    """Tokens `start` to `end` as a title, the items it names, and the piece to go on with."""

    start: int
    end: int
    items: tuple[int, ...]
    next: int


class Examples:
    """The titles in the pieces of one text."""

    def __init__(self, tokens: Sequence[Token], pieces: Sequence[Piece], titles: Titles) -> None:
        self.tokens, self.pieces, self.titles = tokens, pieces, titles
        self._patience = _PATIENCE
        self.found = False  # whether an example was named: then titles are expected without quotes, too

    def named(self, at: int, *, refused: bool) -> Example | None:
        """The title at a piece: in quotes, or any beside an example where something is `refused`."""
        piece = self.pieces[at]
        if piece.kind == "title":
            words = tuple(token.word for token in self.tokens[piece.start + 1 : piece.end - 1] if token.number or token.letters)
            return self._example(at, piece.end, self._find(words))
        return self._exact(at) if self.found and refused else None

    def after(self, at: int) -> Example | None:
        """The title after "like" or "类似" at a piece, misspelt or not where nothing else can be meant."""
        place = at + 1
        while place < len(self.pieces) and self.pieces[place].kind == "small" and "filler" in self.pieces[place].roles:
            place += 1
        for begin in dict.fromkeys((at + 1, place)):
            if begin < len(self.pieces):
                quoted = self.pieces[begin].kind == "title"
                found = self.named(begin, refused=False) if quoted else self._exact(begin, expected=True)
                if found is not None:
                    return found
        certain = self.tokens[self.pieces[at].end - 1].word in _CERTAIN
        return self._misspelt(place) if certain and place < len(self.pieces) else None

    def another(self, at: int, *, stance: str) -> Example | None:
        """The title after "and" at a piece, where one was named before."""
        if not self.found or stance != "like" or at + 1 >= len(self.pieces) or self.pieces[at + 1].kind == "title":
            return None
        return self._exact(at + 1, expected=True)

    def _exact(self, at: int, *, expected: bool = False) -> Example | None:
        """The longest title that the tokens at a piece spell; the name of a category is none unless it is `expected`."""
        piece = self.pieces[at]
        words = [token.word for token in self.tokens[piece.start : piece.start + self.titles.longest + 1]]
        for size in range(len(words), 0, -1):
            if piece.named is not None and piece.named.hint == "name" and size <= piece.end - piece.start and not expected:
                break
            if named := self.titles.called(tuple(words[:size])):
                return self._example(at, piece.start + size, named)
        return None

    def _misspelt(self, at: int) -> Example | None:
        end = at
        while end < len(self.pieces) and self.pieces[end].kind in ("word", "name", "mood"):
            end += 1
        first, last = self.pieces[at].start, self.pieces[end - 1].end
        if end == at or last - first > _LONGEST:
            return None
        named = self._find(tuple(token.word for token in self.tokens[first:last]))
        return self._example(at, last, named) if named else None

    def _find(self, words: tuple[str, ...]) -> list[int]:
        """The items a title means, as long as there is patience for titles that are not quite right."""
        named = self.titles.called(words)
        if named or not self._patience:
            return named
        self._patience -= 1
        return self.titles.find(words)

    def _example(self, at: int, end: int, items: Sequence[int]) -> Example:
        self.found = self.found or bool(items)
        start = self.pieces[at].start
        while at < len(self.pieces) and self.pieces[at].start < end:
            at += 1
        return Example(start, end, tuple(items), at)
