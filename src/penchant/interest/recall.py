"""Reading somebody nobody knows by the items they had."""

from collections.abc import Sequence

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.people import People
from penchant.types import Bool, Events, Interests

_APART = 60.0  # seconds between the items of a history that names no times


def imagined(people: People, catalog: Catalog, history: Sequence[str], at: float) -> tuple[Interests, Bool]:
    """The read-out at `at` of somebody who had these items a minute apart, the last one a minute before, and which items those
    are, (items,).

    Raises:
        UnknownItem: for an item that the catalog does not hold.
    """
    items = catalog.numbers(history)
    blank = np.zeros(len(items), np.int64)
    times = np.array([at - _APART * back for back in range(len(items), 0, -1)])
    events = Events(blank, items, blank, np.ones(len(items), np.float32), times, blank - 1)
    return people.imagine(events, catalog.vectors, at)
