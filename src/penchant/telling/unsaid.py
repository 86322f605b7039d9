"""A person without something they said: which of their events that leaves out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.events.ids import origin
from penchant.slate.spoken import Spoken, noun
from penchant.types import F64, I64, Events


class Unsaid(NamedTuple):
    """A text that could have been left unsaid: what it adds to a score, the places of the events it stands for, the id of the
    event it stems from, and what it is called."""

    value: float
    rows: I64
    id: str
    label: str


def unsaid(said: Sequence[Spoken], shares: Sequence[float], value: float, ids: Sequence[str], events: Events) -> list[Unsaid]:
    """Each text of those `said` of which somebody's words consist, by what it adds to a score that all words together add `value`
    to, in `shares` (said,); `ids` are of the `events`. A text that says several things is one.

    A review leaves its stars: the event of an item is a deed, and stays.
    """
    stems = np.array([origin(id) for id in ids], object)
    words = events.action < 0
    added: dict[str, float] = {}
    for one, share in zip(said, shares, strict=True):
        added[one.id] = added.get(one.id, 0.0) + max(0.0, value) * share
    found = []
    for id, more in added.items():
        mine = stems == id
        seeded = (
            words & mine & np.array([one == id for one in ids], bool)
        )  # what a seed means is told at one time, each by itself
        if seeded.any():
            mine = words & (stems == np.array(ids, object)) & np.isin(events.time, events.time[seeded])
        rows = np.flatnonzero(mine & (words | (events.item < 0)))
        found.append(Unsaid(more, rows, id, ", ".join(dict.fromkeys(noun(one.label) for one in said if one.id == id))))
    return found


def beside(
    past: F64, rows: I64, told: Sequence[tuple[str, str]], said: Sequence[Unsaid]
) -> tuple[F64, list[I64], list[tuple[str, str]]]:
    """What the last events add, `past`, their places, and what is told of each, with texts that could have been left unsaid after
    them: as `slate.explanation.counterfactual` takes them."""
    values = np.concatenate([past[: len(rows)], [one.value for one in said]])
    return values, [*rows.reshape(-1, 1), *(one.rows for one in said)], [*told, *((one.id, one.label) for one in said)]
