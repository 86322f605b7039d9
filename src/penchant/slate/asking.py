"""What a text asks of one catalog: how well each item fits it, and what it leaves to be shown."""

import threading
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.ask import Lexicon, Wish, lexicon, understand
from penchant.ask.moods import moods
from penchant.ask.pieces import pieces
from penchant.ask.tokens import folded, tokens
from penchant.ask.understood import Understood, bounds, understood
from penchant.catalog import Catalog, Filter
from penchant.encode import Space
from penchant.rank.blend import standardise
from penchant.types import F32, I64, Bool

LIKED = 3.0  # what being in a category that was named is worth, in deviations of likeness to the words
LESS = 2.0  # what being in a category of which there should be less costs
FELT = 1.0  # what a category that suits a mood is worth, and what one that clashes costs
DISLIKED = 1.0  # what a deviation of likeness to words of dislike costs
SHUNNED = 3.0  # what it costs to have words of dislike in the title
_SOFTEST = (
    ("at_least", "at_most"),
    ("price_min", "price_max"),
    ("attributes",),
    ("language",),
    ("brand",),
    ("categories",),
)  # fields of a filter that give way together, the first first


class Asked(NamedTuple):
    """A text as it was understood, with vectors for its phrases: `likes` (L, D) and `dislikes` (N, D), unit rows; `felt` is what
    each category gains by the mood, `shunned` are items whose titles hold words of dislike, each with what that costs."""

    wish: Wish
    likes: F32
    dislikes: F32
    felt: tuple[tuple[str, float], ...]
    shunned: tuple[tuple[I64, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wish.text)

    def likeness(self, catalog: Catalog, at: float) -> F32:
        """(items,) how well each item fits that is on sale at `at`, epoch seconds, and within bounds; -inf for others."""
        hidden, _ = self.bounded(catalog, ~catalog.visible(at))
        fit = self.fit(catalog)
        return np.full(len(catalog), -np.inf, np.float32) if fit is None else np.where(hidden, -np.inf, fit[0]).astype(np.float32)

    def fit(self, catalog: Catalog) -> F32 | None:
        """(1, items) how well each item fits, in deviations of its likeness to what is liked; None where nothing is asked."""
        if not self:
            return None
        wish, vectors = self.wish, catalog.vectors
        items = [catalog.number(item) for item in wish.like_items if item in catalog]
        liked = (
            np.concatenate([self.likes, vectors[items]]).mean(axis=0, dtype=np.float32) if len(self.likes) + len(items) else None
        )
        scores = np.zeros(len(catalog), np.float32) if liked is None else standardise(vectors @ liked)
        for row in self.dislikes:
            scores -= DISLIKED * np.maximum(standardise(vectors @ row), 0) / len(self.dislikes)
        for rows, cost in self.shunned:
            scores[rows] -= cost
        facets = catalog.facets
        for category in wish.categories:
            scores += LIKED * facets.having([category]) / len(wish.categories)
        for brand in wish.brands:
            scores += LIKED * facets.made_by([brand])
        for name, value in wish.attributes:
            scores += LIKED * facets.equal(name, [value])
        for category in wish.less:
            scores -= LESS * facets.having([category])
        for category, gain in self.felt:
            scores += gain * facets.having([category])
        return scores[None]

    def against(self, catalog: Catalog, hidden: Bool) -> tuple[F32 | None, Bool]:
        """`fit`, and all that must not be shown."""
        return self.fit(catalog), self.bounded(catalog, hidden)[0]

    def bounded(self, catalog: Catalog, hidden: Bool) -> tuple[Bool, Understood | None]:
        """What must not be shown (items,) beside what is `hidden` already, and how the text was understood.

        Where that leaves nothing, bounds are relaxed until something is left, the softest first: numbers, language, brand,
        categories. What was refused stays refused.
        """
        if not self:
            return hidden, None
        where, relaxed = self.wish.where, list[str]()
        named = hidden.copy()
        named[[catalog.number(item) for item in (*self.wish.like_items, *self.wish.not_items) if item in catalog]] = True
        strict = mask = named | ~catalog.matches(where)
        for fields in _SOFTEST:
            if not mask.all():
                return mask, understood(self.wish, where, tuple(dict.fromkeys(relaxed)))
            before, where = where, msgspec.structs.replace(where, **{field: getattr(Filter(), field) for field in fields})
            relaxed += [words for words in bounds(before) if words not in bounds(where)]
            mask = named | ~catalog.matches(where)
        if mask.all():  # not for these bounds
            return strict, understood(self.wish, self.wish.where)
        return mask, understood(self.wish, where, tuple(dict.fromkeys(relaxed)))


class Asking:
    """Texts read against a catalog, whose lexicon is made anew when it changes; any number of threads may share it."""

    def __init__(self, catalog: Catalog, space: Space) -> None:
        self.catalog, self.space = catalog, space
        self._lexicon: tuple[int, Lexicon] | None = None
        self._lock = threading.Lock()

    def __call__(self, text: str | None) -> Asked:
        """What a text asks, which is nothing for None. Encodes each phrase that was not encoded before."""
        if not text or not text.strip():
            nothing = np.zeros((0, self.space.dim), np.float32)
            return Asked(Wish(), nothing, nothing, ())
        known = self.lexicon
        wish = understand(text, known)
        likes, felt = [phrase for phrase in wish.likes if not _named(phrase, known)], _felt(wish, known)
        vectors = self.space.queries([*likes, *wish.dislikes])
        return Asked(wish, vectors[: len(likes)], vectors[len(likes) :], felt, _shunned(wish, known))

    @property
    def lexicon(self) -> Lexicon:
        """What the catalog can be asked about as it is now."""
        with self._lock:
            if self._lexicon is None or self._lexicon[0] != self.catalog.revision:
                self._lexicon = (self.catalog.revision, lexicon(self.catalog))
            return self._lexicon[1]


def _named(phrase: str, known: Lexicon) -> bool:
    """Whether a phrase says no more than categories and moods that categories suit: what is popular decides among them."""
    found = [piece for piece in pieces(tokens(phrase), known) if piece.kind not in ("small", "comma", "stop")]
    return bool(found) and all(
        (piece.named is not None and piece.named.field == "category" and piece.named.hint != "content")
        or (piece.kind == "mood" and any(named.field == "category" for named in known.names.values()))
        for piece in found
    )


def _shunned(wish: Wish, known: Lexicon) -> tuple[tuple[I64, float], ...]:
    """The items whose titles hold a word of dislike, in the singular or the plural, and what that costs them: the whole of it
    where all words of the phrase are there."""
    found = []
    for phrase in wish.dislikes:
        said = tokens(phrase)
        words = [said[at].word for piece in pieces(said, known) if piece.kind != "small" for at in range(piece.start, piece.end)]
        for word in words:
            rows = [known.titles.holding[form] for form in _forms(word) if form in known.titles.holding]
            if rows:
                found.append((np.unique(np.concatenate(rows)), SHUNNED / len(words)))
    return tuple(found)


def _forms(word: str) -> tuple[str, ...]:
    return tuple({word, f"{word}s", word.removesuffix("s"), f"{word}'s"}) if word.isascii() else (word,)


def _felt(wish: Wish, known: Lexicon) -> tuple[tuple[str, float], ...]:
    gains: dict[str, float] = {}
    for mood in wish.mood:
        for subjects, sign in zip(moods()[folded(mood)], (FELT, -FELT), strict=True):
            for subject in subjects:
                named = known.names.get(folded(subject))
                for category in named.values if named is not None and named.field == "category" else ():
                    gains[category] = gains.get(category, 0.0) + sign / len(wish.mood)
    return tuple((category, gain) for category, gain in gains.items() if category not in wish.categories)
