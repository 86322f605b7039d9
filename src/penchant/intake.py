"""What an engine takes in: items and events from anywhere, events one by one, and the two files they are kept in."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from penchant.catalog import Catalog
from penchant.catalog.read import read_items, to_items
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events import Imported, Log, check_event, read_events, weigh
from penchant.events.receipt import Rejected
from penchant.events.source import Source
from penchant.hearing import turned
from penchant.slate.journal import Journal
from penchant.types import F32, Event, Item


def gather(
    items: Source | Imported | None, events: Source | Imported, config: Config, held: Sequence[Item] = ()
) -> tuple[list[Item], pl.DataFrame]:
    """The items to add to those `held` and the events on any of them, from whatever they are given as.

    Events on other items are left out; without items, the ids that the events name become some. `Imported` values are as read.

    Raises:
        InvalidInput: for input that cannot be read, or that leaves nothing to recommend.
    """
    records = [] if items is None else to_items((items if isinstance(items, Imported) else read_items(items)).frame)
    listed = {item.id for item in held}
    known = None if items is None else listed | {record.id for record in records}
    frame = (events if isinstance(events, Imported) else read_events(events, config=config, items=known)).frame
    named = frame["item"].drop_nulls().unique()
    if items is None:
        records = [Item(id=item, title=item) for item in named.sort() if item not in listed]
    elif known is not None and not known.issuperset(named):
        frame = frame.filter(pl.col("item").is_null() | pl.col("item").is_in(pl.Series(list(known), dtype=pl.String).implode()))
    if not records and not held:
        raise InvalidInput("there is no item to recommend: the items are empty, or no event names one")
    return records, frame


@contextmanager
def opened(folder: Path | None) -> Iterator[tuple[Log, Journal]]:
    """The log and the journal of `folder` (None: in memory), left open for an engine to own unless the block fails.

    Raises:
        LogError: when another process has them open, or they cannot be opened.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        log = stack.enter_context(Log(folder / "log.sqlite" if folder else None))
        journal = stack.enter_context(Journal(folder / "slates.sqlite" if folder else None))
        yield log, journal
        stack.pop_all()


def screened(
    events: Sequence[Event], config: Config, now: float | None, catalog: Catalog
) -> tuple[list[Event], F32, tuple[Rejected, ...]]:
    """The events that can be taken in, what each weighs, and the others with the reason, among them those a day past `now`."""
    taken, rejected = [], []
    for index, event in enumerate(events):
        try:
            check_event(event, config, now, catalog)
            taken.append(event)
        except InvalidInput as error:
            rejected.append(Rejected(index, str(error)))
    return taken, np.array([_weight(event, config) for event in taken], np.float32), tuple(rejected)


def weighed(frame: pl.DataFrame, config: Config) -> F32:
    """(rows,) the weight of each event of a frame, as `screened` gives it to the same event."""
    weights = weigh(frame, config)
    if "text" in frame.columns and config.texts.review:
        told = frame.with_row_index("row").filter(
            pl.col("text").is_not_null(),
            pl.col("item").is_not_null(),
            *(pl.col(name).is_null() for name in ("value", "weight") if name in frame.columns),
            pl.col("action").is_in([name for name, action in config.actions.items() if action.neutral is not None]),
        )
        for row, text in told.select("row", "text").iter_rows():
            weights[row] = turned(float(weights[row]), text)
    return weights


def _weight(event: Event, config: Config) -> float:
    """What an event counts: what it brings, else what its action and value do; a review without stars by what it says."""
    if event.weight is not None:
        return event.weight
    weight = config.weight(event.action, event.value)
    unstarred = event.value is None and config.actions[event.action].neutral is not None
    if unstarred and event.item is not None and event.text and config.texts.review:
        return turned(weight, event.text)
    return weight
