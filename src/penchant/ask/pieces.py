"""A text cut into the pieces that mean something: small words of asking, names, quantities, titles, moods, other words."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from penchant.ask.bounds import Bounds, vague
from penchant.ask.lexicon import Lexicon, Named
from penchant.ask.moods import moods
from penchant.ask.phrases import phrases
from penchant.ask.quantities import Quantity, quantity
from penchant.ask.tokens import Token

Words = tuple[str, ...]

_OPEN = {"《": "》", "「": "」", "『": "』", "“": "”", '"': '"', "‹": "›", "«": "»", "〈": "〉", "【": "】"}
_STOPS = frozenset(".!?;。！？；…\n")
_COMMAS = frozenset(",，:：()（）[]—–")
_AGES = frozenset({("new",), ("old",), ("新",), ("老",)})
_THINGS = frozenset({"film", "films", "movie", "movies", "book", "books", "album", "albums", "song", "songs", "edition", "model"})
_MEEK = frozenset({"filler", "aside", "idle", "want", "also"})  # roles of words that turn nothing
_LONGEST = 8  # tokens of a small word of asking
_QUOTED = 16  # tokens of a title in quotes


class Piece(NamedTuple):
    """Tokens `start` to `end`, and what they are: `kind` is name, quantity, title, mood, stop, comma, small or word; `roles` are
    what a small word of asking can do (penchant.ask.phrases)."""

    kind: str
    start: int
    end: int
    roles: frozenset[str] = frozenset()
    named: Named | None = None
    quantity: Quantity | None = None


def pieces(tokens: Sequence[Token], known: Lexicon) -> list[Piece]:
    """The pieces of a text, in order, every token in one of them; at each place the longest that fits."""
    return list(_cut(tokens, known))


def _cut(tokens: Sequence[Token], known: Lexicon) -> Iterator[Piece]:
    at, numbers = 0, tuple(known.numbers)
    while at < len(tokens):
        piece = _piece(tokens, at, known, numbers)
        yield piece
        at = piece.end


def _piece(tokens: Sequence[Token], at: int, known: Lexicon, numbers: Sequence[Words]) -> Piece:
    word = tokens[at].word
    if word in _OPEN and (closing := _closing(tokens, at)) is not None:
        return Piece("title", at, closing + 1)
    number = quantity(tokens, at, numbers)
    found = _longest(tokens, at, known)
    if number is not None and (found is None or at + number.words >= found.end):
        return Piece("quantity", at, at + number.words, quantity=number)
    if _dated(tokens, at, known):
        year = float(word)
        return Piece("quantity", at, at + 1, quantity=Quantity("year", year, year, 1))
    if found is not None:
        return found
    if word in _STOPS or word in _COMMAS:
        return Piece("stop" if word in _STOPS else "comma", at, at + 1)
    return Piece("word", at, at + 1)


def _longest(tokens: Sequence[Token], at: int, known: Lexicon) -> Piece | None:
    small, mood, unclear = phrases(), moods(), vague()
    for size in range(min(max(_LONGEST, known.longest), len(tokens) - at), 0, -1):
        key = tuple(token.word for token in tokens[at : at + size])
        if (named := known.names.get(key)) is not None and not _turning(key):
            return Piece("name", at, at + size, named=named)
        if key in unclear and Bounds(known).knows(key):
            return Piece("vague", at, at + size)
        if size == 1 and key in _AGES and _named(tokens, at + 1, known):
            return Piece("vague", at, at + 1)
        if key in mood:
            return Piece("mood", at, at + size)
        if (roles := small.get(key)) is not None:
            return Piece("small", at, at + size, roles)
    return None


def _turning(key: Words) -> bool:
    """Whether words decide how others are meant, as "no" and "only" do: a brand of that name changes nothing of it."""
    return not phrases().get(key, frozenset()) <= _MEEK


def _dated(tokens: Sequence[Token], at: int, known: Lexicon) -> bool:
    """Whether token `at` is the year of what comes after it: "a 1994 thriller", but not "1984" or "2001: A Space Odyssey"."""
    word = tokens[at].word
    if not (len(word) == 4 and word.isdigit() and known.year is not None and known.year.low <= int(word) <= known.year.high):
        return False
    return at + 1 < len(tokens) and (tokens[at + 1].word in _THINGS or _named(tokens, at + 1, known))


def _named(tokens: Sequence[Token], at: int, known: Lexicon) -> bool:
    """Whether the name of a category begins with token `at`: "old westerns" are old, "old school" is not."""
    words = [token.word for token in tokens[at : at + known.longest]]
    found = (known.names.get(tuple(words[:size])) for size in range(len(words), 0, -1))
    return known.year is not None and any(one is not None and one.field == "category" and one.hint == "name" for one in found)


def _closing(tokens: Sequence[Token], at: int) -> int | None:
    closing = _OPEN[tokens[at].word]
    for end in range(at + 2, min(at + 2 + _QUOTED, len(tokens))):
        if tokens[end].word == closing:
            return end
    return None
