"""What systems are compared on: a data set as a catalog with vectors and events in columns."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.encode import Space, load_encoder
from penchant.engine import Engine
from penchant.events import Imported, weigh
from penchant.events.source import Source
from penchant.intake import gather
from penchant.rank.learn import Progress, comes_back, counted, silent
from penchant.types import I64, Events


class World(NamedTuple):
    """A data set ready to be split."""

    name: str
    catalog: Catalog
    events: Events  # users numbered in order of first sight
    config: Config
    repeat: bool  # whether people come back to what they had


def fitted(folder: Path) -> World:
    """What a fitted folder holds, its actions numbered as its log does.

    Raises:
        InvalidInput: when nothing was fitted there. LogError: when another process has it open.
    """
    with Engine.load(folder) as engine:
        events = engine.memory.whole()[0].done()
        order = {name: number for number, name in enumerate(engine.config.actions)}
        actions = np.array([order.get(name, 0) for name in engine.log.actions()], np.int64)
        return World(
            str(folder), engine.catalog, events._replace(action=actions[events.action]), engine.config, engine.known.repeat
        )


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
    told = columns(frame, catalog, config)
    ordered = told.take(np.lexsort((told.time, told.user)))
    return World(name, catalog, told, config, comes_back(ordered) if config.repeat is None else config.repeat)


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


def _numbers(names: pl.Series, order: list[str]) -> I64:
    """The place of each name in `order`, -1 for null."""
    table = pl.DataFrame({"name": pl.Series(order, dtype=pl.String), "number": np.arange(len(order))})
    found = pl.DataFrame({"name": names}).join(table, on="name", how="left", maintain_order="left")["number"]
    return np.asarray(found.fill_null(-1).to_numpy(), np.int64)
