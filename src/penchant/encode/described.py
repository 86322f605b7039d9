"""Everything an item says as one vector: its meaning, and beside it its words, categories, brand, price and attributes."""

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np

from penchant.encode.text import clean
from penchant.encode.unit import unit_rows
from penchant.types import F32, Item

NAMED = 256  # columns that names are hashed into
_WORD = re.compile(r"\w+")
_SPAN = 5  # units of a number that count as the same: a lustrum where it is a year


def described(items: Sequence[Item], vectors: F32) -> F32:
    """Unit rows, (items, dim + NAMED): text vectors (items, dim) of an encoder beside what is said by name, each half of it.

    An encoder blurs names: that two films are of the same years, or two things of the same brand and price, is nearly nothing
    of a text's meaning and much of what people go by. Names are hashed with signs (Weinberger et al., "Feature Hashing for Large
    Scale Multitask Learning", 2009), so nothing is fitted, and an item that comes tomorrow is described like those of today.

    >>> alien, aliens = Item(id="1", title="Alien", categories=("Horror",)), Item(id="2", title="Aliens", categories=("Horror",))
    >>> rows = described([alien, aliens], np.eye(2, dtype=np.float32))
    >>> rows.shape, bool(0 < rows[0] @ rows[1] < 1)
    ((2, 258), True)
    """
    named = np.zeros((len(items), NAMED), np.float32)
    for row, item in enumerate(items):
        for name in set(names(item)):
            number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
            named[row, (number >> 1) % NAMED] += 1 if number & 1 else -1
    lengths = np.linalg.norm(named, axis=1, keepdims=True)
    return unit_rows(np.concatenate([vectors, named / np.maximum(lengths, 1)], axis=1))


def names(item: Item) -> Iterator[str]:
    """What an item says by name: words of its title, categories, brand, price to half an octave, attributes.

    >>> list(names(Item(id="1", title="Red Tea", brand="Kin", price=8.0, attributes={"year": 1994.0, "organic": True})))
    ['word red', 'word tea', 'brand Kin', 'price 6', 'year 398', 'organic True']
    """
    yield from (f"word {word}" for word in _WORD.findall(clean(item.title).casefold()))
    yield from (f"category {category}" for category in item.categories)
    if item.brand:
        yield f"brand {item.brand}"
    if item.price is not None and item.price > 0:
        yield f"price {int(np.floor(2 * np.log2(item.price)))}"
    for name, value in item.attributes.items():
        if isinstance(value, float) and np.isfinite(value):
            yield f"{name} {int(value // _SPAN)}"
        elif value is not None:
            yield f"{name} {value}"
