"""What people said as reasons: words are shown as words, never as things they had."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.fold import LASTING, OUTDONE
from penchant.interest.told import Told
from penchant.types import F32, F64, I64, Interests

SILENT = "what you said"  # where nothing that was said accounts for it


class Spoken(NamedTuple):
    """Something a person said: the event it stems from, what is said of it, and what is left of it by now, (D,)."""

    id: str
    label: str
    vector: F32


def spoken(said: Sequence[Told], interests: Interests, catalog: Catalog) -> list[Spoken]:
    """What is left at the time of the read-out of what a person `said`, by the fold's own account (`interest.fold`)."""
    found = []
    for one in said:
        rows = [catalog.number(item) for item in one.means if item in catalog]
        if not rows:
            continue
        meant = catalog.vectors[rows].sum(axis=0)
        since = float(interests.at[0]) - one.at
        deeds = float(np.abs(interests.weights[0][interests.ages[0] < since]).sum())
        left = 2.0 ** (-since / LASTING - deeds / OUTDONE) * (1 if one.liked else -1) / max(1.0, float(np.linalg.norm(meant)))
        found.append(Spoken(one.event, label(one, catalog), np.asarray(left * meant, np.float32)))
    return found


def label(one: Told, catalog: Catalog) -> str:
    """What somebody said, told to them.

    >>> label(Told("space films", True, "search", 0.0, "e1", None, ()), Catalog(dim=2))
    'you searched for ‘space films’'
    """
    if one.kind == "review":
        title = "" if one.item is None or one.item not in catalog else catalog.items[catalog.number(one.item)].title or one.item
        said = "liked" if one.liked else "did not like"
        return f"you {said} ‘{one.words}’ in {title}" if title else f"you {said} ‘{one.words}’"
    if not one.liked:
        return f"you did not want ‘{one.words}’"
    return f"you {'searched for' if one.kind == 'search' else 'said'} ‘{one.words}’"


def noun(label: str) -> str:
    """The same as a thing that could have been left out.

    >>> noun("you searched for ‘space films’"), noun("you liked ‘plot’ in Alien")
    ('your search for ‘space films’', 'your words on ‘plot’ in Alien')
    """
    verb, mark, words = label.partition("‘")
    return f"your {'search for' if verb.startswith('you searched') else 'words on'} {mark}{words}"


def shared(said: Sequence[Spoken], items: I64, catalog: Catalog) -> F64:
    """(said, items) in which parts what was said speaks for each of `items`; columns sum to 1, or 0 where nothing does."""
    if not said:
        return np.zeros((0, len(items)))
    speaks = np.maximum(np.stack([one.vector for one in said]) @ catalog.vectors[items].T, 0).astype(np.float64)
    total = speaks.sum(axis=0)
    return np.asarray(np.divide(speaks, total, out=np.zeros_like(speaks), where=total > 1e-9))
