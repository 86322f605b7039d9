"""Events as the columns that go into the log, checked: everything that could be wrong is found here, before a write begins."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from penchant.errors import InvalidInput
from penchant.events.ids import content_id, keys
from penchant.types import F32, F64, I64, Event


class Batch(NamedTuple):
    """Columns of equal length, as people write them: names are strings."""

    ids: list[str]
    keys: I64
    users: list[str]
    items: list[str | None]
    actions: list[str]
    weights: F32
    times: list[float]
    slates: list[str | None]
    values: list[float | None]
    texts: list[str | None]


_COLUMNS: dict[str, tuple[pl.DataType, str | None]] = {  # what an import may hold, and what stands for a missing value
    "id": (pl.String(), ""),
    "user": (pl.String(), None),
    "item": (pl.String(), None),
    "action": (pl.String(), "view"),
    "time": (pl.Float64(), None),
    "value": (pl.Float64(), None),
    "text": (pl.String(), None),
    "slate": (pl.String(), None),
}


def from_events(events: Sequence[Event], weights: F32) -> Batch:
    """The columns of records; `weights` is (events,).

    Raises:
        InvalidInput: naming the field that is wrong.
    """
    values = [None if event.value is None else float(event.value) for event in events]
    users, actions = [event.user for event in events], [event.action for event in events]
    times = [float(event.time) for event in events]
    items, texts, slates = [e.item for e in events], [e.text for e in events], [e.slate for e in events]
    for names in ([event.id for event in events], users, actions, items, texts, slates):
        _check_text(names)
    _check_names(users=set(users), actions=set(actions), items=set(items))
    _check_numbers(len(events), np.array(times), np.array([v for v in values if v is not None], np.float64), weights)
    ids = [e.id or content_id(e.user, e.item, e.action, t, v, e.text) for e, t, v in zip(events, times, values, strict=True)]
    return Batch(ids, keys(ids), users, items, actions, weights, times, slates, values, texts)


def conform(frame: pl.DataFrame, weights: F32) -> pl.DataFrame:
    """A frame of events with every column of the log, typed; columns the log does not know are left out.

    Raises:
        InvalidInput: naming the column that is missing or wrong.
    """
    for name in ("user", "time"):
        if name not in frame.columns:
            raise InvalidInput(f"an events frame needs the column {name!r}, got {', '.join(frame.columns) or 'none'}")
    for name in ("time", "value"):
        if name in frame.columns and not (frame.schema[name].is_numeric() or frame.schema[name] == pl.Null):
            raise InvalidInput(f"column {name!r} must be numbers (time: epoch seconds, UTC), got {frame.schema[name]}")
    columns = [
        (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind)).fill_null(pl.lit(missing, kind)).alias(name)
        for name, (kind, missing) in _COLUMNS.items()
    ]
    frame = frame.select(columns)
    for name in ("user", "time"):
        if frame[name].null_count():
            raise InvalidInput(f"column {name!r} has {frame[name].null_count():,} nulls; every event needs one")
    names = {name: frame[name].unique().to_list() for name in ("user", "action", "item")}
    _check_names(users=names["user"], actions=names["action"], items=names["item"])
    _check_numbers(len(frame), frame["time"].to_numpy(), frame["value"].drop_nulls().to_numpy(), weights)
    return frame


def from_frame(frame: pl.DataFrame, weights: F32) -> Batch:
    """The columns of (part of) a frame that `conform` gave."""
    ids, users, items, actions, times, values, texts, slates = (frame[name].to_list() for name in _COLUMNS)
    contents = zip(ids, users, items, actions, times, values, texts, strict=True)
    ids = [id or content_id(*content) for id, *content in contents]
    return Batch(ids, keys(ids), users, items, actions, weights, times, slates, values, texts)


def _check_text(names: Sequence[str | None]) -> None:
    try:
        "".join([name for name in names if name]).encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"text must be valid Unicode, got a lone surrogate {error.object[error.start]!r}") from None


def _check_names(**names: Collection[str | None]) -> None:
    for kind, given in names.items():
        if "" in given:
            raise InvalidInput(f"{kind} must have an id, got ''")


def _check_numbers(size: int, times: F64, values: F64, weights: F32) -> None:
    if weights.shape != (size,):
        raise InvalidInput(f"weights have shape {weights.shape}, expected {(size,)}: one for each event")
    for kind, numbers in (("time", times), ("value", values), ("weight", weights.astype(np.float64))):
        if not np.isfinite(numbers).all():
            raise InvalidInput(f"{kind} must be a finite number, got {numbers[~np.isfinite(numbers)][0]}")
