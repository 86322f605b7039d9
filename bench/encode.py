"""Which encoder, which text, which centring: `python bench/encode.py` prints the tables of docs/encoders.md.

Precision at 10 of wishes for a genre (bench/encode_texts.py) among MovieLens films, and among films in two languages. It takes
about five minutes on one core the first time, seconds after that: vectors are cached.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from encode_texts import CHINESE, WISHES

from penchant.assets import datasets
from penchant.encode import Cached, Space, item_language, item_text, language, load_encoder
from penchant.encode.centring import ANY, Centring, Means, centred, fit_centring
from penchant.types import F32, Item

FILMS = 1_200
SIDES = {"English": 0, "Chinese": 1}
Wish = tuple[str, str]  # genre, words


def films(source: Path | None) -> list[Item]:
    """A fixed sample of MovieLens 1M, title and genres."""
    table = datasets.load("ml-1m", source=source).items
    rows = np.sort(np.random.default_rng(0).choice(len(table), FILMS, replace=False))
    picked = table[rows.tolist()].select("id", "title", "categories").iter_rows()
    return [Item(id=name, title=title, categories=tuple(genres)) for name, title, genres in picked]


def chinese_films() -> list[Item]:
    return [
        Item(id=title, title=title, categories=(genre, word), text=plot)
        for genre, (word, rows) in CHINESE.items()
        for title, plot in rows
    ]


def wishes(side: int, genres: Sequence[str]) -> list[Wish]:
    return [(genre, words) for genre in genres for words in WISHES[genre][side]]


def top(queries: F32, vectors: F32, k: int = 10) -> np.ndarray:
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :k]


def precision(asked: Sequence[Wish], queries: F32, items: Sequence[Item], vectors: F32, k: int = 10) -> float:
    hits = [
        [genre in items[row].categories for row in rows] for (genre, _), rows in zip(asked, top(queries, vectors, k), strict=True)
    ]
    return float(np.mean(hits))
