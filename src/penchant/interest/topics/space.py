"""The space topics are found in: what items say, what they are filed under and who has them, side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.topics.kmeans import unit
from penchant.interest.topics.together import expected, together, trusted, with_constant
from penchant.types import F32, Events

_DIM = 64  # of the behaviour
_MOST = 100  # categories that count, the most frequent ones


class Shares(NamedTuple):
    """How much each part counts: the cosine of two items that have all three is the mean of the parts' with these weights."""

    text: float
    behaviour: float
    categories: float


SHARES = Shares(text=2.0, behaviour=1.0, categories=0.5)


class Space(NamedTuple):
    """How any item, known or new, becomes a point of the space."""

    categories: tuple[str, ...]  # (C,) those that count
    rarity: F32  # (C,) what having each counts: the logarithm of items over items that have it
    regression: F32  # (dim + C + 1, K) from content to behaviour, the constant last; K is 0 without events
    shares: Shares

    def points(self, vectors: F32, categories: Sequence[Sequence[str]]) -> F32:
        """(n, dim + K + C) unit rows for items nobody had yet, from text `vectors` (n, dim) and categories."""
        content = self.content(vectors, categories)
        behaviour = unit(with_constant(content) @ self.regression) * content.any(axis=1, keepdims=True)
        return self.joined(content, np.asarray(behaviour, np.float32))

    def content(self, vectors: F32, categories: Sequence[Sequence[str]]) -> F32:
        """(n, dim + C) what items say, each part of length one or 0."""
        place = {name: column for column, name in enumerate(self.categories)}
        filed = np.zeros((len(categories), len(place)), np.float32)
        for row, names in enumerate(categories):
            for name in names:
                if name in place:
                    filed[row, place[name]] = self.rarity[place[name]]
        return np.concatenate([unit(vectors), unit(filed)], axis=1)

    def joined(self, content: F32, behaviour: F32) -> F32:
        """(n, dim + K + C) the parts beside one another in their shares, as unit rows."""
        dim = content.shape[1] - len(self.categories)
        text, filed = content[:, :dim], content[:, dim:]
        parts = (self.shares.text, text), (self.shares.behaviour, behaviour), (self.shares.categories, filed)
        return unit(np.concatenate([np.float32(share**0.5) * part for share, part in parts], axis=1))


def fit_space(
    catalog: Catalog, events: Events, rng: np.random.Generator, shares: Shares = SHARES, dim: int = _DIM
) -> tuple[Space, F32]:
    """The space of a catalog, and its items as points of it: unit rows, or 0 for an item of which nothing is known.

    What few had is placed mostly by what it says: behaviour is drawn towards a ridge regression of it on text and categories, and
    an item that nobody had takes the regression for it.
    """
    filed = [item.categories for item in catalog.items]
    names, counts = np.unique(np.array([name for line in filed for name in line], str), return_counts=True)
    common = np.sort(np.argsort(-counts, kind="stable")[:_MOST])
    rarity = np.log(max(len(catalog), 1) / counts[common] + 1).astype(np.float32)
    space = Space(tuple(names[common].tolist()), rarity, np.zeros((catalog.dim + len(common) + 1, 0), np.float32), shares)
    content = space.content(catalog.vectors, filed)
    behaviour = together(events, len(catalog), dim, rng)
    if not behaviour.any():
        return space, space.joined(content, behaviour[:, :0])
    seen = np.bincount(events.item[(events.item >= 0) & (events.weight > 0)], minlength=len(catalog))
    space = space._replace(regression=expected(content, behaviour, seen))
    guess = unit(with_constant(content) @ space.regression) * content.any(axis=1, keepdims=True)
    return space, space.joined(content, trusted(behaviour, np.asarray(guess, np.float32), seen))
