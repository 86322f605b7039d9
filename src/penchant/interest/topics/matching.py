"""What became of topics when they were fitted again."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from penchant.types import F64, I64

_SAME = 0.25  # overlap, shared items over all items of both, from which on a topic is the one it was
_PART = 0.25  # share of a topic's items that makes a part of it

Kind = Literal["new", "gone", "split", "merged"]


class Change(msgspec.Struct, frozen=True):
    """A topic that came, went, split into `into` or was merged from `out_of`, ids of topics of one level."""

    kind: Kind
    topic: str
    out_of: tuple[str, ...] = ()
    into: tuple[str, ...] = ()


class Matched(NamedTuple):
    """The ids of the topics that are there now, what changed, and how many ids were given out in all."""

    ids: tuple[str, ...]
    changes: tuple[Change, ...]
    issued: int


def match(old: Sequence[str], overlap: F64, prefix: str, issued: int) -> Matched:
    """Give the topics of a new fit their ids, by the items they share with `old` ones: `overlap` is (old, new) counts of items.

    Pairs are chosen to maximise the sum of their Jaccard indices (Kuhn 1955, the Hungarian method); those of less than a quarter
    are not the same topic, and the new one gets an id that none had before.

    >>> match(["t:1", "t:2"], np.array([[9.0, 0, 4], [1, 0, 0]]), "t:", 2)  # doctest: +NORMALIZE_WHITESPACE
    Matched(ids=('t:1', 't:3', 't:4'),
            changes=(Change(kind='new', topic='t:3', out_of=(), into=()),
                     Change(kind='split', topic='t:1', out_of=(), into=('t:1', 't:4')),
                     Change(kind='merged', topic='t:1', out_of=('t:1', 't:2'), into=())),
            issued=4)
    """
    before, after = overlap.sum(axis=1), overlap.sum(axis=0)
    alike = overlap / np.maximum(before[:, None] + after[None, :] - overlap, 1e-12)
    ids, kept = [""] * overlap.shape[1], set[str]()
    rows, columns = linear_sum_assignment(alike, maximize=True)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if alike[row, column] >= _SAME:
            ids[column] = old[row]
            kept.add(old[row])
    for column, taken in enumerate(ids):
        if not taken:
            issued += 1
            ids[column] = f"{prefix}{issued}"
    return Matched(tuple(ids), tuple(_changes(old, ids, kept, overlap)), issued)


def overlaps(before: I64, after: I64, rows: int, columns: int) -> F64:
    """(rows, columns) how many items were in one topic `before` and are in another `after`; -1 is none."""
    both = (before >= 0) & (after >= 0)
    table = np.zeros((rows, columns))
    np.add.at(table, (before[both], after[both]), 1)
    return table


def _changes(old: Sequence[str], ids: Sequence[str], kept: set[str], overlap: F64) -> list[Change]:
    """New and gone are what no split or merger explains."""
    whence = overlap / np.maximum(overlap.sum(axis=1, keepdims=True), 1)  # where the items of each old topic went
    splits, mergers = [], []
    for row, name in enumerate(old):
        into = tuple(ids[column] for column in np.flatnonzero(whence[row] >= _PART).tolist())
        if len(into) > 1 and any(topic not in old for topic in into):
            splits.append(Change("split", name, into=into))
    for column, name in enumerate(ids):
        out_of = tuple(old[row] for row in np.flatnonzero(whence[:, column] >= 0.5).tolist())
        if len(out_of) > 1 and any(topic not in kept for topic in out_of):
            mergers.append(Change("merged", name, out_of=out_of))
    born = {topic for change in splits for topic in change.into}
    ended = {topic for change in mergers for topic in change.out_of} | {change.topic for change in splits}
    new = [Change("new", name) for name in ids if name not in old and name not in born]
    gone = [Change("gone", name) for name in old if name not in kept and name not in ended]
    return new + gone + splits + mergers
