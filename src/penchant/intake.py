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
from penchant.events import Imported, Log, check_event, read_events
from penchant.events.receipt import Rejected
from penchant.events.source import Source
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
    weights = [config.weight(event.action, event.value) if event.weight is None else event.weight for event in taken]
    return taken, np.array(weights, np.float32), tuple(rejected)
