"""What a person asked of every slate: nothing of what they muted, and room for what they pinned."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.controls import Controls
from penchant.interest.parts import belonging, called
from penchant.interest.topics import Topics
from penchant.retrieve.exact import Candidates
from penchant.slate.slate import Reason
from penchant.types import F32, Bool

SHARE = 5  # a pinned interest has at least every fifth place; all of them together half of the slate


class Pinned(NamedTuple):
    """An interest that is to be in every slate: what is said of it, and its items, (items,)."""

    reason: Reason
    items: Bool


class Wishes(NamedTuple):
    """What the slates of a person keep to."""

    muted: Bool  # (items,) never shown
    pinned: tuple[Pinned, ...]


def wishes(controls: Controls, catalog: Catalog, topics: Topics) -> Wishes:
    """What the interests a person pinned and muted mean for `catalog`; one that is gone since means nothing."""
    muted = np.zeros(len(catalog), bool)
    for interest in controls.mute:
        muted |= belonging(interest, catalog, topics)
    pinned = [(called(interest, topics), belonging(interest, catalog, topics)) for interest in controls.pin]
    said = (Pinned(Reason("pin", named.id, f"you pinned {named.label}", 0.0), items) for named, items in pinned if items.any())
    return Wishes(muted, tuple(said))


def room(chosen: Candidates, scores: F32, hidden: Bool, pinned: Sequence[Pinned]) -> tuple[Candidates, dict[int, Reason]]:
    """`chosen` (1, k) with a place in five for each pinned interest, and which items owe theirs to that.

    What gives way is what stands last and serves no pin; what comes is the best of the interest by `scores` (items,) that is not
    `hidden` (items,). All of it takes half of the places at most, the first pinned first.
    """
    items, values = chosen.items[0].copy(), chosen.scores[0].copy()
    wanted, left = max(1, len(items) // SHARE), (len(items) + 1) // 2
    free = np.ones(len(items), bool)
    short: list[tuple[Pinned, int]] = []
    for pin in pinned:
        there = np.flatnonzero((items >= 0) & pin.items[items] & free)[: min(wanted, left)]
        free[there] = False
        left -= len(there)
        short.append((pin, wanted - len(there)))
    owed: dict[int, Reason] = {}
    for (reason, mine), lacking in short:
        offered = np.setdiff1d(np.flatnonzero(mine & ~hidden), items)
        places = np.flatnonzero(free)[::-1][: min(lacking, left, len(offered))][::-1]
        best = offered[np.argsort(-scores[offered], kind="stable")][: len(places)]
        items[places], values[places], free[places] = best, scores[best], False
        left -= len(places)
        owed.update(dict.fromkeys(best.tolist(), reason))
    return Candidates(items[None], values[None]), owed
