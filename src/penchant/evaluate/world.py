"""What systems are compared on: a data set as a catalog with vectors and events in columns."""

from typing import NamedTuple

import numpy as np
import polars as pl

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.encode import Space, load_encoder
from penchant.events import Imported, weigh
from penchant.events.source import Source
from penchant.intake import gather
from penchant.rank.learn import Progress, counted, silent
from penchant.types import Events


class World(NamedTuple):
    """A data set ready to be split."""

    name: str
    catalog: Catalog
    events: Events  # in the order of the source; users numbered in order of first sight
    config: Config


def world(
    name: str, items: Source | Imported | None, events: Source | Imported, config: Config, *, progress: Progress = silent
) -> World:
    """Items encoded and events numbered as an engine would have them, without a log.

    Raises:
        InvalidInput: for input that cannot be read.
    """
    records, frame = gather(items, events, config)
    encoder = load_encoder(config.encoder, threads=config.threads)
    space = Space.fit(encoder, records, progress=counted(progress, "encoding items", len(records)))
    catalog = Catalog(space.dim)
    catalog.extend(records, space.items(records))
    return World(name, catalog, columns(frame, catalog, config), config)


def columns(frame: pl.DataFrame, catalog: Catalog, config: Config) -> Events:
    """The events of an imported frame as columns; slates are not kept."""
    users = frame["user"].unique(maintain_order=True)
    actions = list(config.actions)
    nothing = np.full(len(frame), -1)
    return Events(
        user=_numbers(frame["user"], users.to_list()),
        item=_numbers(frame["item"], list(catalog)),
        action=_numbers(frame["action"], actions),
        weight=weigh(frame, config),
        time=frame["time"].to_numpy(),
        slate=nothing,
    )


def _numbers(names: pl.Series, order: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The place of each name in `order`, -1 for null."""
    table = pl.DataFrame({"name": pl.Series(order, dtype=pl.String), "number": np.arange(len(order))})
    found = pl.DataFrame({"name": names}).join(table, on="name", how="left", maintain_order="left")["number"]
    return np.asarray(found.fill_null(-1).to_numpy(), np.int64)
