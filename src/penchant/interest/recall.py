"""Reading one person: as they are, as they were, or as somebody would be who had just these items."""

from collections.abc import Sequence

import numpy as np

from penchant.catalog import Catalog
from penchant.events import Log
from penchant.interest.people import People
from penchant.types import Bool, Events, Interests

_APART = 60.0  # seconds between the items of a history that names no times


def remembered(people: People, log: Log, catalog: Catalog, user: int, at: float) -> tuple[Interests, Bool]:
    """The read-out of a user (-1: nobody) at `at`, and which items they have had, (items,); a past is folded from the log."""
    if user < 0 or user >= len(people):
        return imagined(people, catalog, (), at)
    if at >= people.state.last[user]:
        return people.read(np.array([user]), np.array([at])), people.consumed(user, len(catalog))
    _, _, events = log.history(user, until=at)
    return people.imagine(events, catalog.vectors, at)


def imagined(people: People, catalog: Catalog, history: Sequence[str], at: float) -> tuple[Interests, Bool]:
    """The same for somebody who had these items a minute apart, the last one a minute before `at`.

    Raises:
        UnknownItem: for an item that the catalog does not hold.
    """
    items = catalog.numbers(history)
    blank = np.zeros(len(items), np.int64)
    times = np.array([at - _APART * back for back in range(len(items), 0, -1)])
    events = Events(blank, items, blank, np.ones(len(items), np.float32), times, blank - 1)
    return people.imagine(events, catalog.vectors, at)
