"""Which items have which category, brand, language or attribute: the columns that filters are answered from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from penchant.types import F64, I64, Bool, Item

Value = str | float | bool | None
Rows = Mapping[str, I64]

_NONE = np.zeros(0, np.int64)


class Facets:
    """Columns of `items` as they are now, and the questions a filter asks of them; names are compared case-folded.

    >>> facets = Facets([Item(id="a", categories=("Drama",), attributes={"year": 1999.0}), Item(id="b")])
    >>> facets.having(["DRAMA"]).tolist(), facets.numbers("year").tolist()
    ([True, False], [1999.0, nan])
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items = list(items)  # which may grow meanwhile
        self.size = len(items)
        self.categories = _rows((row, name) for row, item in enumerate(items) for name in item.categories)
        self.brands = _rows((row, item.brand) for row, item in enumerate(items) if item.brand is not None)
        self.languages = _rows((row, item.language) for row, item in enumerate(items) if item.language is not None)
        self._numbers: dict[str, F64] = {}

    def having(self, categories: Sequence[str]) -> Bool:
        """(items,) which items are in one of `categories`."""
        return self._any(self.categories, categories)

    def made_by(self, brands: Sequence[str]) -> Bool:
        """(items,) which items are of one of `brands`."""
        return self._any(self.brands, brands)

    def written_in(self, language: str) -> Bool:
        """(items,) which items declare `language`."""
        return self._any(self.languages, [language])

    def equal(self, attribute: str, values: Sequence[Value]) -> Bool:
        """(items,) which items have one of `values` as their `attribute`; None is had by those without it, and true is not 1."""
        wanted = [(isinstance(value, bool), value) for value in values]
        had = (item.attributes.get(attribute) for item in self._items)
        return np.array([(isinstance(value, bool), value) in wanted for value in had], bool)

    def numbers(self, attribute: str) -> F64:
        """(items,) a numeric attribute, NaN where it is missing or no number."""
        column = self._numbers.get(attribute)
        if column is None:
            column = np.array([_number(item.attributes.get(attribute)) for item in self._items], np.float64)
            self._numbers[attribute] = column
        return column

    def _any(self, rows: Rows, names: Sequence[str]) -> Bool:
        mask = np.zeros(self.size, bool)
        for name in names:
            mask[rows.get(name.casefold(), _NONE)] = True
        return mask


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def _rows(pairs: Iterable[tuple[int, str]]) -> Rows:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in pairs:
        found[name.casefold()].append(row)
    return {name: np.array(rows, np.int64) for name, rows in found.items()}
