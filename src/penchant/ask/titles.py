"""Finding an item by a title as people write it: without the article, the subtitle or the year, in any case."""

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from penchant.ask.tokens import folded
from penchant.types import I64, Item

Words = tuple[str, ...]

_ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "der", "die", "das", "el"})
_ALIKE = 0.84  # likeness from which a misspelt title is taken for it
_NEAR = 40  # titles that share most words or letters, compared in full


class Titles(NamedTuple):
    """Items by the words of their titles."""

    exact: dict[Words, list[int]]  # without leading article
    holding: dict[str, I64]  # word to the titles that hold it
    words: list[Words]
    longest: int
    ids: list[str]

    @staticmethod
    def of(items: Sequence[Item]) -> "Titles":
        """The titles of `items`, by number."""
        exact, holding = defaultdict[Words, list[int]](list), defaultdict[str, list[int]](list)
        words = [_title(item.title) for item in items]
        for number, key in enumerate(words):
            if key:
                exact[key].append(number)
            for word in set(key):
                holding[word].append(number)
        rows = {word: np.array(numbers, np.int64) for word, numbers in holding.items()}
        return Titles(dict(exact), rows, words, max(map(len, words), default=0), [item.id for item in items])

    def called(self, title: Words) -> list[int]:
        """The items that are called exactly this, but for an article in front."""
        return self.exact.get(bare(title), [])

    def find(self, title: Words) -> list[int]:
        """The items whose title this is, else the one it begins, else the likeliest misspelling; none where nothing is close.

        >>> titles = Titles.of([Item(id="1", title="The Terminator"), Item(id="2", title="Terminator 2: Judgment Day")])
        >>> titles.find(("terminator",)), titles.find(("terminator", "2")), titles.find(("termnator",)), titles.find(("heat",))
        ([0], [1], [0], [])
        """
        title = bare(title)
        if not title:
            return []
        if title in self.exact:
            return self.exact[title]
        near = self._near(title)
        begun = [number for number in near if self.words[number][: len(title)] == title and len("".join(title)) > 3]
        if begun:
            return [min(begun, key=lambda number: len(self.words[number]))]
        written = " ".join(title)
        likeness = [(SequenceMatcher(None, written, " ".join(self.words[number])).ratio(), -number) for number in near]
        best, number = max(likeness, default=(0.0, 0))
        return [-number] if best >= _ALIKE else []

    def _near(self, title: Words) -> list[int]:
        """The titles that share most words with `title`, rare ones first; for one misspelt word, those that begin like it."""
        votes = defaultdict[int, float](float)
        for word in set(title):
            rows = self.holding.get(word)
            same = (word,) if rows is not None else [known for known in self.holding if known[:2] == word[:2]][:200]
            for known in same:
                rows = self.holding[known]
                for number in rows[:500].tolist():
                    votes[number] += 1 / len(rows)
        return sorted(votes, key=lambda number: -votes[number])[:_NEAR]


@lru_cache(maxsize=100_000)
def _title(title: str) -> Words:
    """The words of a title; remembered, for most of a catalog that changed is what it was."""
    return bare(folded(title))


def bare(words: Words) -> Words:
    """The words of a title without an article in front."""
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words
