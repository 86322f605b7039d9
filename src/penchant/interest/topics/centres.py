"""Where topics are: found among the items of a catalog, or kept from the topics before."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster import hierarchy

from penchant.interest.topics.kmeans import cluster, cosines, nearest, settle, spread, unit
from penchant.interest.topics.matching import overlaps
from penchant.types import F32, F64, I64

MOST = 270  # fine topics that may come to be without being asked for
_LEAST = 3  # items that a topic must hold where there are enough of them
_SAMPLE = 20_000  # items the first centres are sought among
_AGAIN = 8  # rounds of settling where topics are there already
_STRANGE = 0.05  # share of known items as far from any topic as a new item that may found one
_OUTGROWN = 4.0  # times the average number of items, and twice its own before, from which on a topic is split


class Then(NamedTuple):
    """Where the items of a catalog were in the topics before, -1 for nowhere."""

    fine: I64  # (items,)
    broad: I64  # (items,)
    sizes: I64  # (topics before,) items that were in each fine topic


def found(points: F32, count: int, rng: np.random.Generator, *, tries: int = 3) -> F32:
    """(topics, K) centres of `count` topics of `points` (n, K), the largest first; fewer where they would be too small."""
    everything = np.ones(len(points))
    sample = points if len(points) <= _SAMPLE else points[np.sort(rng.permutation(len(points))[:_SAMPLE])]
    centres = cluster(sample, np.ones(len(sample)), count, rng, tries=tries)
    if len(sample) < len(points):
        centres = settle(points, everything, centres, rounds=_AGAIN)
    centres = _pruned(points, centres)
    sizes = np.bincount(nearest(points, centres), minlength=len(centres)) if len(centres) else np.zeros(0, np.int64)
    return centres[np.argsort(-sizes, kind="stable")]


def kept(points: F32, then: Then, rng: np.random.Generator, fine: int | None = None) -> F32:
    """(topics, K) where the topics before are now that some items of are left, in their order, and new ones after them.

    `points` (items, K) are all items, 0 for those nothing is known of. New topics are founded among new items that are farther
    from any topic than 95 % of the known ones, one for as many of them as a topic has on average; and a topic that more than
    doubled and holds over four times the average is split. With `fine` there are as many as that: the nearest are joined, or far
    items found more.
    """
    told = points.any(axis=1)
    known, fresh = told & (then.fine >= 0), told & (then.fine < 0)
    centres = _means(points[known], then.fine[known], len(then.sizes))
    left = centres.any(axis=1)
    centres = centres[left]
    if not len(centres):
        return found(points[told], fine or max(1, int(told.sum()) // 8), rng)
    near = cosines(points, centres)
    strange = points[fresh & (near < np.quantile(near[known], _STRANGE))]
    more = int(len(strange) / max(known.sum() / len(centres), 1))
    centres = spread(strange, np.ones(len(strange)), centres, len(centres) + more, rng)
    centres = np.concatenate([centres, _outgrown(points[told], centres, then.sizes[left], rng)])
    wanted = min(len(centres), max(MOST, int(left.sum()))) if fine is None else fine
    while wanted < len(centres):
        centres = _nearest_joined(centres)
    centres = spread(points[told], np.ones(told.sum()), centres, wanted, rng)
    return _pruned(points[told], settle(points[told], np.ones(told.sum()), centres, rounds=_AGAIN))


def parents(centres: F32, main: I64, then: Then, count: int) -> I64:
    """(fine,) the broad topic of each fine one, numbered without gaps; `main` (items,) is the fine topic of each item.

    Where there were some before, a fine topic is in the one that most of its items were in, or the nearest; else broad topics are
    `count` clusters of the centres by Ward's method (Ward 1963, "Hierarchical grouping to optimize an objective function"), the
    largest first.
    """
    if (then.broad >= 0).any():
        flow = overlaps(then.broad, main, int(then.broad.max()) + 1, len(centres))
        tops = unit(flow @ centres)
        return _numbered(np.where(flow.any(axis=0), flow.argmax(axis=0), nearest(centres, tops)))
    if count < 2 or len(centres) < 2:
        return np.zeros(len(centres), np.int64)
    parent = _numbered(hierarchy.fcluster(hierarchy.linkage(centres, "ward"), count, "maxclust"))
    sizes = np.bincount(parent, np.bincount(main[main >= 0], minlength=len(centres)))
    return np.asarray(np.argsort(np.argsort(-sizes, kind="stable"))[parent], np.int64)


def _numbered(names: NDArray[np.integer]) -> I64:
    """The same with numbers from 0 on, none left out."""
    return np.asarray(np.unique(names, return_inverse=True)[1], np.int64)


def _means(points: F32, topic: I64, topics: int) -> F32:
    """(topics, K) the direction of the mean of the points of each topic, 0 for none."""
    entries = np.ones(len(points), np.float32), (topic, np.arange(len(points)))
    return unit(np.asarray(sparse.csr_array(entries, shape=(topics, len(points))) @ points))


def _outgrown(points: F32, centres: F32, before: I64, rng: np.random.Generator) -> F32:
    """(splits, K) a second centre for each of the topics before that outgrew the others, far from its first."""
    topic = nearest(points, centres)
    now = np.bincount(topic, minlength=len(centres))[: len(before)]
    split = np.flatnonzero((now > _OUTGROWN * len(points) / len(centres)) & (now > 2 * before))
    blank = np.zeros((0, centres.shape[1]), np.float32)
    one = [points[topic == number] for number in split.tolist()]
    pairs = [
        spread(own, np.ones(len(own)), centres[[number]], 2, rng)[1:] for own, number in zip(one, split.tolist(), strict=True)
    ]
    return np.concatenate([blank, *pairs])


def _nearest_joined(centres: F32) -> F32:
    """One centre for the two that are nearest to one another."""
    alike = centres @ centres.T - 3 * np.eye(len(centres), dtype=np.float32)
    one, other = sorted(divmod(int(alike.argmax()), len(centres)))
    joined = centres.copy()
    joined[one] = unit(centres[[one]] + centres[[other]])[0]
    return np.delete(joined, other, axis=0)


def _pruned(points: F32, centres: F32) -> F32:
    """The centres without those that hold next to nothing, as long as others are left; the rest settle."""
    everything: F64 = np.ones(len(points))
    while len(centres) > 1:
        sizes = np.bincount(nearest(points, centres), minlength=len(centres))
        small = sizes < min(_LEAST, len(points) / len(centres) / 2)
        if not small.any():
            break
        centres = settle(points, everything, centres[~small], rounds=_AGAIN)
    return centres
