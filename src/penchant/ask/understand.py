"""From a text to a wish, by rule: pieces are read from left to right, and what stands before each decides what is meant by it."""

from itertools import pairwise

from penchant.ask.clauses import Clause, Entry, Stance
from penchant.ask.examples import Example, Examples
from penchant.ask.lexicon import Lexicon
from penchant.ask.meaning import Meaning
from penchant.ask.pieces import Piece, pieces
from penchant.ask.tokens import Token, composed, tokens
from penchant.ask.wish import Wish

_FAR = 40  # pieces that are looked ahead, at most
_ENDS_NOT = frozenset(
    {"for", "from", "set", "made", "please", "because", "when", "where", "under", "over", "before", "after", "since"}
)
_FLAT_NOT = frozenset({"no", "not", "nor", "neither", "without", "nothing", "never"})  # a list after them is joined by "or"
_PERSONAL = frozenset(
    {"不喜欢", "不喜欢看", "讨厌", "讨厌看", "不爱", "不爱看", "不想看", "怕", "害怕", "怕看", "害怕看", "受不了", "反感", "不看"}
)
_ATTRIBUTIVE = frozenset(  # what they turn down describes what comes after "的"
    {
        "没有",
        "没",
        "不",
        "非",
        "无",
        "不那么",
        "不太",
        "没那么",
        "不怎么",
        "不是那么",
        "不是太",
        "不含",
        "不带",
        "不包含",
        "不会太",
        "不能太",
        "不至于太",
    }
)
_STANCES: tuple[tuple[str, Stance], ...] = (
    ("only", "must"),
    ("less", "less"),
    ("allowed", "allowed"),
    ("allowed after", "allowed"),
    ("not", "dislike"),
    ("unlike", "dislike"),
    ("too", "less"),
    ("after", "dislike"),
    ("want", "like"),
)


def understand(text: str, lexicon: Lexicon) -> Wish:
    """What `text`, in English or Chinese, asks of the catalog that `lexicon` is of. Never raises; what it cannot follow, it says.

    >>> from penchant.ask.lexicon import lexicon
    >>> from penchant.catalog import Catalog
    >>> from penchant.types import Item
    >>> import numpy as np
    >>> catalog = Catalog(dim=1)
    >>> films = [Item(id="1", categories=("Thriller",)), Item(id="2", categories=("Sci-Fi",), attributes={"year": 1979.0})]
    >>> numbers = catalog.extend(films, np.ones((2, 1), np.float32))
    >>> wish = understand("I'm tired of thrillers, something warm from the 90s", lexicon(catalog))
    >>> wish.likes, wish.mood, wish.where.without, wish.where.at_least, wish.where.at_most
    (('warm',), ('warm',), ('Thriller',), {'year': 1990.0}, {'year': 1999.0})
    """
    written = composed(text)
    found = tokens(written)
    meaning = Meaning(written, found, lexicon)
    _Reader(found, lexicon, meaning).read()
    return meaning.wish()


class _Reader:
    """One text being read: how what comes next is meant."""

    def __init__(self, found: list[Token], lexicon: Lexicon, meaning: Meaning) -> None:
        self.tokens, self.meaning = found, meaning
        self.pieces = pieces(found, lexicon)
        self.examples = Examples(found, self.pieces, lexicon.titles)
        self.clause = Clause()
        self.stance: Stance = "like"
        self.opener: tuple[str, ...] = ()  # the words that set the stance
        self.covered = False  # whether something was said since
        self.excepting = False  # whether "除了" is open

    def read(self) -> None:
        at = 0
        while at < len(self.pieces):
            at = self._step(at)
        self._close()

    def _step(self, at: int) -> int:
        piece = self.pieces[at]
        if piece.kind in ("stop", "comma"):
            return self._mark(at, piece)
        if piece.kind == "small":
            return self._small(at, piece)
        example = self.examples.named(at, refused=self.stance == "dislike")
        if example is not None:
            return self._take(example)
        self._add(piece)
        if self.opener == ("non",):  # turns the next word only
            self._turn("like")
        return at + 1

    def _mark(self, at: int, piece: Piece) -> int:
        answered = self.tokens[piece.start].word == "?" and at + 1 < len(self.pieces) and "after" in self.pieces[at + 1].roles
        if not answered and (piece.kind == "stop" or not self._listed(at + 1)):
            self._close()
            self._turn("like")
        return at + 1

    def _small(self, at: int, piece: Piece) -> int:
        """What a small word of asking does; gives the piece to go on with."""
        roles, words = piece.roles, self._words(piece)
        if "aside" in roles:
            self.clause.aside(piece)
        elif ("alike" in roles and (example := self.examples.after(at)) is not None) or (
            "join" in roles and (example := self.examples.another(at, stance=self.stance)) is not None
        ):
            return self._take(example)
        elif "unlike" in roles and (at + 1 == len(self.pieces) or self.pieces[at + 1].kind not in ("name", "mood")):
            self._add(piece)
        elif roles & {"besides", "besides end"}:
            self._excepted(at, piece)
        elif "idle" in roles:
            self._turn("like") if self.covered else None
        elif self._looks_back(at, roles):
            self._back(roles)
        elif (stance := _stance(roles)) is not None:
            self._open(stance, words)
        elif "contrast" in roles:
            self._close()
            self._turn("like")
        elif self._let_go(at, words):
            self._turn("less" if "prefer" in self.opener else "like", words)
        else:
            self._add(piece)
        return at + 1

    def _open(self, stance: Stance, words: tuple[str, ...]) -> None:
        """Begin a stance; a wish right after it, as in "not something", changes nothing."""
        if stance == "like" and self.stance != "like" and not self.covered:
            return
        if stance == "dislike" and _personal(words):
            self.clause.forget_subject()
        self._turn(stance, words)

    def _let_go(self, at: int, words: tuple[str, ...]) -> bool:
        """Whether a small word ends what is turned down: "no horror for kids", "没有恐怖的科幻片", "comedies to dramas"."""
        if not self.covered:
            return False
        if "prefer" in self.opener:
            return words in (("to",), ("over",), ("than",))
        if self.stance not in ("dislike", "less"):
            return False
        following = self.pieces[at + 1].kind if at + 1 < len(self.pieces) else ""
        return words[0] in _ENDS_NOT or (
            words[-1] == "的" and "".join(self.opener) in _ATTRIBUTIVE and following in ("name", "word")
        )

    def _excepted(self, at: int, piece: Piece) -> None:
        """ "除了", and the "以外" that ends it or says it alone."""
        if "besides" in piece.roles and at + 1 < len(self.pieces):
            said = [token.word for token in self.tokens[piece.end : piece.end + _FAR]]
            nothing_else = ("都", "不") in pairwise(said)
            self._turn("must" if nothing_else else "like" if self._also(at + 1) else "dislike", self._words(piece))
            self.excepting = True
        elif self.excepting and self.covered:
            self._turn("like")
            self.excepting = False
        elif len(self._words(piece)) > 1 and self.stance == "like" and self.clause.holds("like"):
            if not self._also(at + 1):
                self.clause.restate("dislike")
            self._turn("like")
        else:
            self._add(piece)

    def _back(self, roles: frozenset[str]) -> None:
        """Take what the clause says so far for something else."""
        self.clause.restate("allowed" if "allowed after" in roles else "less" if "too" in roles else "dislike")
        self._turn("less" if "too" in roles else "like")

    def _looks_back(self, at: int, roles: frozenset[str]) -> bool:
        """Whether "西部片看够了" or "thrillers are not for me": the end of a clause speaks of what stands before it."""
        if not roles & {"after", "allowed after", "too"} or not self.clause.holds("like"):
            return False
        if not roles & {"not", "allowed", "want", "less"}:
            return True
        for piece in self.pieces[at + 1 : at + _FAR]:
            if piece.kind in ("stop", "comma"):
                break
            if piece.kind != "small" or not piece.roles & {"filler", "idle"}:
                return piece.kind == "small" and "contrast" in piece.roles
        return True

    def _listed(self, at: int) -> bool:
        """Whether a comma in front of piece `at` only parts a list of what is turned down: "no horror, war or westerns"."""
        if self.stance not in ("dislike", "must") or not self.covered:
            return False
        ends = {"or", "nor"} if set(self.opener) & _FLAT_NOT else {"or", "nor", "and"}
        named = False
        for piece in self.pieces[at : at + _FAR]:
            if self.tokens[piece.start].word in ends and (named or piece is self.pieces[at]):
                return True
            named = named or piece.kind == "name"
            if piece.kind not in ("name", "comma") and not (piece.kind == "small" and "filler" in piece.roles):
                return False
        return False

    def _also(self, at: int) -> bool:
        """Whether the sentence goes on after piece `at` with "也" or "also": then what was excepted is wanted, too."""
        for piece in self.pieces[at : at + _FAR]:
            if piece.kind == "stop":
                return False
            if "also" in piece.roles:
                return True
        return False

    def _take(self, example: Example) -> int:
        self._add(Piece("title", example.start, example.end), items=example.items)
        return example.next

    def _add(self, piece: Piece, items: tuple[int, ...] = ()) -> None:
        self.clause.add(Entry(piece, self.stance, piece.kind, items))
        self.covered = self.covered or piece.kind != "small"

    def _turn(self, stance: Stance, opener: tuple[str, ...] = ()) -> None:
        self.stance, self.opener, self.covered = stance, opener, False
        self.clause.part(wanted=stance == "like" and bool(opener))

    def _close(self) -> None:
        self.meaning.take(self.clause)
        self.clause, self.excepting = Clause(), False

    def _words(self, piece: Piece) -> tuple[str, ...]:
        return tuple(token.word for token in self.tokens[piece.start : piece.end])


def _stance(roles: frozenset[str]) -> Stance | None:
    return next((stance for role, stance in _STANCES if role in roles), None)


def _personal(words: tuple[str, ...]) -> bool:
    """Whether a refusal has somebody in front of it who refuses: "my wife hates", "女朋友不喜欢"."""
    return bool({"hates", "hate", "doesn't", "don't", "dislikes", "can't"} & set(words)) or "".join(words) in _PERSONAL
