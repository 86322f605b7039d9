"""An encoder that needs no model: hashed words and pieces of words."""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from penchant.encode.text import CLEANING, clean
from penchant.encode.unit import unit_rows
from penchant.types import F32

_CJK = r"\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_RUNS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_CHUNK = 4_096  # texts whose features are in memory at once

Feature = tuple[int, float]  # column, signed weight


class HashEncoder:
    """Signed feature hashing of words, their three-letter pieces, and Chinese, Japanese and Korean characters and pairs.

    It knows spelling and not meaning: texts are near when they share words. Thousands of texts a second on one thread, no
    model, the same vectors on every machine: for tests, for tiny machines, and where titles already hold the words that count.
    Feature hashing is Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009.

    >>> robots, robot, tulip = HashEncoder().encode(["space robots", "a robot in space", "tulip bulbs"])
    >>> bool(robots @ robot > robots @ tulip)
    True
    """

    def __init__(self, dim: int = 256) -> None:
        self.dim = dim
        self.fingerprint = f"hash1-{dim}-{CLEANING}"

    def encode(self, texts: Sequence[str], *, query: bool = False) -> F32:
        """Unit rows, (texts, dim); queries and documents are hashed alike."""
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = texts[start : start + _CHUNK]
            cells: list[int] = []  # row * dim + column
            weights: list[float] = []
            for row, text in enumerate(chunk):
                for run in _RUNS.findall(clean(text).casefold()) or [""]:
                    for column, weight in _features(run, self.dim):
                        cells.append(row * self.dim + column)
                        weights.append(weight)
            sums = np.bincount(np.array(cells, np.int64), np.array(weights), minlength=len(chunk) * self.dim)
            rows[start : start + _CHUNK] = sums.reshape(len(chunk), self.dim)
        return unit_rows(rows)


@lru_cache(maxsize=100_000)
def _features(run: str, dim: int) -> tuple[Feature, ...]:
    """A word and its pieces, or the characters and pairs of a run of Chinese, Japanese or Korean."""
    if _IS_CJK.match(run):
        pieces = [(character, 0.5) for character in run] + [(run[i : i + 2], 1.0) for i in range(len(run) - 1)]
    else:
        framed = f"<{run}>"
        triples = [framed[i : i + 3] for i in range(len(framed) - 2)]
        pieces = [(framed, 1.0)] + [(triple, len(triples) ** -0.5) for triple in triples]
    return tuple(_place(piece, weight, dim) for piece, weight in pieces)


def _place(piece: str, weight: float, dim: int) -> Feature:
    number = int.from_bytes(blake2b(piece.encode(), digest_size=8).digest(), "little")
    return (number >> 1) % dim, weight if number & 1 else -weight
