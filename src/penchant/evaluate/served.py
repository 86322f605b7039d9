"""Ask, then tell: the very engine that is served walks the stream of a replay."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.engine import Engine
from penchant.evaluate.splits import Split
from penchant.rank.learn import Progress, silent
from penchant.types import I64, Event, Events

_TOLD = 1000  # events told at once


def served(split: Split, catalog: Catalog, config: Config, k: int, *, delay: float = 0.0, progress: Progress = silent) -> I64:
    """The slates (R, k) that an engine fitted on `split.known` serves to `split.test`, -1 where a slate was shorter.

    Every request is answered knowing all that anybody did more than `delay` seconds before it, and nothing later.
    """
    before = _frame(split.events.take(split.known), catalog, config)
    rest = split.events.take(~split.known)
    rest = rest.take(np.argsort(rest.time, kind="stable"))
    slates = np.full((len(split.test.user), k), -1, np.int64)
    with Engine.fit(catalog.items, before, config=config) as engine:
        told = 0
        for row in np.argsort(split.test.at, kind="stable").tolist():
            at = float(split.test.at[row])
            upto = int(np.searchsorted(rest.time, at - delay, side="left"))
            for start in range(told, upto, _TOLD):
                engine.observe(list(_records(rest.take(slice(start, min(start + _TOLD, upto))), catalog, config)))
            told = max(told, upto)
            found = engine.catalog.numbers(item.item for item in engine.recommend(str(split.test.user[row]), k=k, at=at).items)
            slates[row, : len(found)] = found
            progress("serving the replay", row / len(slates))
    return slates


def _frame(events: Events, catalog: Catalog, config: Config) -> pl.DataFrame:
    ids, actions = pl.Series([item.id for item in catalog.items]), pl.Series(list(config.actions))
    frame = pl.DataFrame(
        {
            "user": pl.Series(events.user).cast(pl.String),
            "number": events.item,
            "item": ids.gather(np.maximum(events.item, 0)),
            "action": actions.gather(events.action),
            "time": events.time,
            "weight": events.weight.astype(np.float64),
        }
    )
    named = pl.col("number") >= 0
    return frame.with_columns(pl.when(named).then("item").alias("item"), pl.when(~named).then(pl.lit("-")).alias("text"))


def _records(events: Events, catalog: Catalog, config: Config) -> Iterator[Event]:
    actions = list(config.actions)
    for user, item, action, weight, time, _ in zip(*(column.tolist() for column in events), strict=True):
        yield Event(
            user=str(user),
            item=catalog.items[item].id if item >= 0 else None,
            text=None if item >= 0 else "-",
            action=actions[action],
            time=time,
            weight=weight,
        )
