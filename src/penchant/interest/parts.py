"""What each event is about: its weight, shared among topics, categories, or any other labels."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog, Filter
from penchant.interest.topics import Topics
from penchant.types import DAY, F64, I64, Bool, Events, Item

UNKNOWN = "unknown"  # the category of items that have none
_DAYTIMES = ("nights", "mornings", "afternoons", "evenings")  # from 0, 6, 12 and 18 o'clock UTC
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOMENTS = tuple(f"{days} {daytime}" for days in ("weekday", "weekend") for daytime in _DAYTIMES)
FEW = 12  # topics; where there are fewer, categories say more
_LEVELS = ("low", "middle", "high")  # thirds of the catalog's prices


class Parts(NamedTuple):
    """Who shares in which event: P entries, aligned."""

    row: I64  # event
    label: I64  # number of the label
    part: F64  # of the event's weight; the parts of an event sum to 1
    names: list[str]  # of the labels

    def supports(self) -> Bool:
        """(P,) entries of labels that the event is about: at least half as much as about any other."""
        most = np.zeros(int(self.row.max(initial=-1)) + 1)
        np.maximum.at(most, self.row, self.part)
        return self.part >= most[self.row] / 2


class Named(NamedTuple):
    """What a label is called; `theme` is the broader one it belongs to."""

    id: str
    label: str
    keywords: tuple[str, ...]
    theme: str | None


def about(events: Events, catalog: Catalog, topics: Topics) -> tuple[Parts, list[Named]]:
    """What events are about, and what that is called: fine topics, or the categories of their items where a catalog has hardly
    any topics."""
    if len(topics.fine) >= FEW:
        told = of_topics(events, topics)
        return told, [called(one.id, topics) for one in topics.fine]
    parts = of_items(events, catalog, categories)
    beside: dict[str, Counter[str]] = {name: Counter() for name in parts.names}
    for item in events.item[np.unique(parts.row)].tolist():
        for name in (together := categories(catalog.items[item])):
            beside[name].update(other for other in together if other != name)
    return parts, [
        Named(f"{CATEGORY}{name}", name, tuple(other for other, _ in beside[name].most_common(3)), None) for name in parts.names
    ]


CATEGORY = "category:"  # how the id of an interest in a category begins


def called(interest: str, topics: Topics) -> Named:
    """What the interest of that id is called; one that is gone goes by its id."""
    one = next((topic for topic in topics.fine if topic.id == interest), None)
    if one is None:
        return Named(interest, interest.removeprefix(CATEGORY), (), None)
    return Named(one.id, one.label, one.keywords, one.parent and topics[one.parent].label)


def belonging(interest: str, catalog: Catalog, topics: Topics) -> Bool:
    """(items,) the items that an interest is in: those of a category, or those that belong to a topic at least half as much as to
    any other; none for an id that nothing has."""
    if interest.startswith(CATEGORY):
        found = catalog.matches(Filter(category=interest.removeprefix(CATEGORY)))
        return found | np.array([not item.categories for item in catalog.items]) if interest == CATEGORY + UNKNOWN else found
    index, weights = topics.member
    mine = np.array([topic.id == interest for topic in topics.fine] + [False])[index]  # padding, -1, reads the last
    found = np.zeros(len(catalog), bool)
    found[: len(index)] = (mine & (weights >= weights[:, :1] / 2)).any(axis=1)
    return found


def whole(interests: Collection[str], topics: Topics) -> frozenset[str]:
    """The ids of `interests`, and of the broad topics that hold nothing beside them."""
    beside = {topic.parent for topic in topics.fine if topic.id not in interests}
    return frozenset(interests) | {topic.parent for topic in topics.fine if topic.parent is not None} - beside


def of_topics(events: Events, topics: Topics) -> Parts:
    """Events shared among the fine topics of their items; those that weigh nothing or whose item has none yet are left out."""
    index, weights = topics.member
    rows = np.flatnonzero((events.item >= 0) & (events.item < len(index)) & (events.weight != 0))
    entry, place = np.nonzero(index[events.item[rows]] >= 0)
    items = events.item[rows][entry]
    part = weights[items, place].astype(np.float64)
    return Parts(rows[entry], index[items, place], part, [topic.label for topic in topics.fine])


def of_items(events: Events, catalog: Catalog, labels: Callable[[Item], Iterable[str]]) -> Parts:
    """Events shared evenly among the `labels` of their items; those that weigh nothing or name no item are left out."""
    rows = np.flatnonzero((events.item >= 0) & (events.weight != 0))
    numbers: dict[str, int] = {}
    named = [
        [numbers.setdefault(label, len(numbers)) for label in labels(catalog.items[item])] for item in events.item[rows].tolist()
    ]
    width = np.array([len(each) for each in named], np.int64)
    flat = np.array([number for each in named for number in each], np.int64)
    return Parts(np.repeat(rows, width), flat, np.repeat(1 / np.maximum(width, 1), width), list(numbers))


def categories(item: Item) -> tuple[str, ...]:
    """An item's categories, each once, or that it has none.

    >>> categories(Item(id="a", categories=("Tea", "Tea"))), categories(Item(id="b"))
    (('Tea',), ('unknown',))
    """
    return tuple(dict.fromkeys(item.categories)) or (UNKNOWN,)


def of_times(events: Events, label: Callable[[F64], I64], names: Iterable[str]) -> Parts:
    """Events by the time they fell into."""
    rows = np.flatnonzero(events.weight != 0)
    return Parts(rows, label(events.time[rows]), np.ones(len(rows)), list(names))


def facets(events: Events, catalog: Catalog) -> dict[str, Parts]:
    """Events by everything beside their topics that people may prefer; facets that the catalog says nothing of are left out."""
    prices = catalog.prices[np.isfinite(catalog.prices)]
    thirds = np.quantile(prices, (1 / 3, 2 / 3)) if len(prices) else np.zeros(2)
    by_item: dict[str, Callable[[Item], Iterable[str]]] = {
        "category": categories,
        "brand": lambda item: [item.brand] if item.brand else [],
        "language": lambda item: [item.language] if item.language else [],
        "price": lambda item: [] if item.price is None else [_LEVELS[int(np.searchsorted(thirds, item.price))]],
    }
    found = {name: of_items(events, catalog, labels) for name, labels in by_item.items()}
    found["time of day"] = of_times(events, _daytime, _DAYTIMES)
    found["weekday"] = of_times(events, _weekday, _WEEKDAYS)
    return {name: parts for name, parts in found.items() if set(parts.names) - {UNKNOWN} and len(parts.row)}


def moment(times: F64) -> I64:
    """(n,) the number in MOMENTS of each time, UTC."""
    return np.where(_weekday(times) < 5, 0, len(_DAYTIMES)) + _daytime(times)


def _daytime(times: F64) -> I64:
    return np.asarray(times % DAY // (DAY / len(_DAYTIMES)), np.int64)


def _weekday(times: F64) -> I64:
    return np.asarray((times // DAY + 3) % 7, np.int64)  # 1970 began on a Thursday
