"""The catalog: items by number, with their vectors and the questions a request asks of them."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.catalog.facets import Facets
from penchant.errors import InvalidInput, UnknownItem
from penchant.types import F32, F64, I64, Bool, Item

_REMEMBERED = 256  # masks of filters


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a slate may hold; every field that is set must hold. Categories, brands and languages match whole names, case-folded.

    An item passes with one of `categories`, and with none of `without`, `without_brands` and `without_attributes` (values by
    attribute). `at_least` and `at_most` are inclusive bounds of numeric attributes, by name; an item without the number does not
    pass them. `price_min` and `price_max` bound the price in the same way.

    Raises:
        InvalidInput: for a bound or a number that is not finite.
    """

    category: str | None = None
    brand: str | None = None
    language: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    attributes: dict[str, str | float | bool | None] = {}
    categories: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    without_brands: tuple[str, ...] = ()
    without_attributes: dict[str, tuple[str, ...]] = {}
    at_least: dict[str, float] = {}
    at_most: dict[str, float] = {}

    def __post_init__(self) -> None:
        bounds = {"price_min": self.price_min, "price_max": self.price_max}
        for field in ("at_least", "at_most"):
            bounds |= {f"{field}[{name!r}]": bound for name, bound in getattr(self, field).items()}
        for name, value in self.attributes.items():
            bounds[f"attributes[{name!r}]"] = value if isinstance(value, float) else None
        for name, bound in bounds.items():
            if bound is not None and not np.isfinite(bound):
                raise InvalidInput(f"{name} must be a finite number, got {bound}")


class Catalog(Collection[str]):
    """A collection of item ids, numbered in order of arrival. Numbers never change; an item given again replaces its record.

    >>> catalog = Catalog(dim=2)
    >>> catalog.extend([Item(id="a", categories=("Drama",)), Item(id="b")], np.eye(2, dtype=np.float32))
    array([0, 1])
    >>> catalog.number("b"), catalog.matches(Filter(category="drama")).tolist()
    (1, [True, False])
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self.items: list[Item] = []
        self.revision = 0  # grows with every change
        self._number: dict[str, int] = {}
        self._vectors = np.zeros((0, dim), np.float32)
        self._from = np.zeros(0)
        self._until = np.zeros(0)
        self._prices = np.zeros(0)
        self._masks: dict[bytes, Bool] = {}  # by encoded filter, until the catalog changes
        self._facets: tuple[int, Facets] | None = None  # and the revision they are of

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: object) -> bool:
        return item in self._number

    def __iter__(self) -> Iterator[str]:
        return iter(self._number)

    @property
    def vectors(self) -> F32:
        """Unit rows, (items, dim)."""
        return self._vectors[: len(self)]

    @property
    def available_from(self) -> F64:
        """(items,) epoch seconds from which each item may be shown, -inf where unset."""
        return self._from[: len(self)]

    @property
    def prices(self) -> F64:
        """(items,) what each costs, NaN where unset."""
        return self._prices[: len(self)]

    def extend(self, items: Sequence[Item], vectors: F32) -> I64:
        """Add or replace `items`, whose `vectors` are (len(items), dim); returns their numbers.

        Raises:
            InvalidInput: when the vectors do not fit the items or the catalog, or hold NaN.
        """
        if vectors.shape != (len(items), self.dim):
            raise InvalidInput(f"vectors have shape {vectors.shape}, expected {(len(items), self.dim)}")
        if not np.isfinite(vectors).all():
            raise InvalidInput("vectors hold NaN or infinity; check the encoder")
        fresh = dict.fromkeys(item.id for item in items if item.id not in self._number)
        numbering = {item: len(self.items) + place for place, item in enumerate(fresh)}
        numbers = np.array([numbering.get(item.id, self._number.get(item.id, -1)) for item in items], np.int64)
        self._reserve(len(self.items) + len(fresh))
        for number, item in zip(numbers.tolist(), items, strict=True):
            if number == len(self.items):
                self.items.append(item)
            else:
                self.items[number] = item
            self._from[number] = -np.inf if item.available_from is None else item.available_from
            self._until[number] = np.inf if item.available_until is None else item.available_until
            self._prices[number] = np.nan if item.price is None else item.price
        self._vectors[numbers] = vectors
        self._number.update(numbering)  # last, so that whoever finds a number finds its item
        self._masks.clear()
        self.revision += 1
        return numbers

    def moved(self, items: Sequence[Item], vectors: F32) -> I64:
        """The numbers of those `items` that are known already and whose vector changes by more than rounding."""
        known = [(self._number[item.id], row) for row, item in enumerate(items) if item.id in self._number]
        numbers, rows = (
            (np.array(column, np.int64) for column in zip(*known, strict=True)) if known else (np.zeros(0, np.int64),) * 2
        )
        changed: Bool = np.abs(self._vectors[numbers] - vectors[rows]).max(axis=1, initial=0) > 1e-4
        return numbers[changed]

    def number(self, item: str) -> int:
        """The number of an item id.

        Raises:
            UnknownItem: when the catalog does not hold it.
        """
        try:
            return self._number[item]
        except KeyError:
            raise UnknownItem(item, len(self)) from None

    def numbers(self, items: Iterable[str]) -> I64:
        """The numbers of several item ids, in their order; raises UnknownItem."""
        return np.array([self.number(item) for item in items], np.int64)

    def visible(self, at: float) -> Bool:
        """(items,) which items may be shown at `at`, epoch seconds."""
        size = len(self)
        return (self._from[:size] <= at) & (at < self._until[:size])

    def matches(self, wanted: Filter) -> Bool:
        """(items,) which items satisfy every field of `wanted` that is set; remembered until the catalog changes."""
        key = msgspec.json.encode(wanted, order="deterministic")
        mask = self._masks.get(key)
        if mask is None:
            if len(self._masks) >= _REMEMBERED:
                self._masks.clear()
            mask = _fits(self.facets, self.prices, wanted)
            self._masks[key] = mask
        return mask

    @property
    def facets(self) -> Facets:
        """Categories, brands, languages and numbers of the items as columns; made anew after a change."""
        if self._facets is None or self._facets[0] != self.revision:
            self._facets = (self.revision, Facets(self.items))
        return self._facets[1]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Vectors, each with a hash of the record it was made from."""
        return {"vectors": self.vectors, "records": _hashes(self.items)}

    def restore(
        self, items: Sequence[Item], arrays: Mapping[str, NDArray[np.generic]], encode: Callable[[Sequence[Item]], F32]
    ) -> I64:
        """Fill an empty catalog with `items`: saved vectors where the record is what they were made from, else new ones.

        Returns the numbers of the items that were saved with another record: what was made of their vectors is stale.
        """
        vectors = np.zeros((len(items), self.dim), np.float32)
        kept = min(len(arrays["records"]), len(items))
        same = np.zeros(len(items), bool)
        same[:kept] = arrays["records"][:kept] == _hashes(items[:kept])
        vectors[same] = arrays["vectors"][:kept][same[:kept]]
        changed = np.flatnonzero(~same)
        if len(changed):
            vectors[changed] = encode([items[row] for row in changed.tolist()])
        self.extend(items, vectors)
        return changed[changed < kept]

    def _reserve(self, size: int) -> None:
        if size <= len(self._from):
            return
        capacity = max(size, 2 * len(self._from), 64)
        extra = capacity - len(self._from)
        self._vectors = np.concatenate([self._vectors, np.zeros((extra, self.dim), np.float32)])
        self._from = np.concatenate([self._from, np.zeros(extra)])
        self._until = np.concatenate([self._until, np.zeros(extra)])
        self._prices = np.concatenate([self._prices, np.zeros(extra)])


def _hashes(items: Sequence[Item]) -> NDArray[np.uint64]:
    records = (hashlib.blake2b(msgspec.json.encode(item), digest_size=8).digest() for item in items)
    return np.frombuffer(b"".join(records), np.uint64)


def _fits(facets: Facets, prices: F64, wanted: Filter) -> Bool:
    """(items,) which items satisfy every field of `wanted` that is set."""
    mask = np.ones(facets.size, bool)
    if wanted.category is not None:
        mask &= facets.having([wanted.category])
    if wanted.categories:
        mask &= facets.having(wanted.categories)
    if wanted.brand is not None:
        mask &= facets.made_by([wanted.brand])
    if wanted.language is not None:
        mask &= facets.written_in(wanted.language)
    mask &= ~facets.having(wanted.without) & ~facets.made_by(wanted.without_brands)
    for name, value in wanted.attributes.items():
        mask &= facets.equal(name, [value])
    for name, values in wanted.without_attributes.items():
        mask &= ~facets.equal(name, values)
    if wanted.price_min is not None:
        mask &= prices >= wanted.price_min
    if wanted.price_max is not None:
        mask &= prices <= wanted.price_max
    for name, bound in wanted.at_least.items():
        mask &= facets.numbers(name) >= bound
    for name, bound in wanted.at_most.items():
        mask &= facets.numbers(name) <= bound
    return mask
