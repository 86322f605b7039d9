"""How good ranked lists are at naming what people then consumed: one value per request, averaged by `intervals`.

Everywhere: `ranked` (R, K) holds each request's items, best first, padded with -1 (a place left empty); `targets` are R
sets of relevant items, none of them empty; relevance is binary; only the first k places count, and places missing up to
k count as misses. Lists have no ties: `ranking.top_k` has broken them. Every function gives (R,) floats in [0, 1] and raises
InvalidInput for lists shorter than k, an item listed twice, a request without targets, or lengths that differ.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from penchant.errors import InvalidInput
from penchant.types import F64, I64, Bool

Metric = Callable[[I64, Sequence[I64], int], F64]  # (ranked, targets, k) to one value per request


def ndcg(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """Normalised discounted cumulative gain: sum over hits of 1 / log2(1 + rank), over that of the best possible list.

    The best possible list names min(k, targets) targets first. With one target it is 1 / log2(1 + its rank).

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, section 2; the form of
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4.

    Ranks 1 and 3 of two targets: (1 + 1/2) / (1 + 1/log2 3) = 0.9197.

    >>> ndcg(np.array([[7, 8, 9]]), [np.array([7, 9])], 3).round(4)
    array([0.9197])
    """
    hits, relevant = _judged(ranked, targets, k)
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.append(0.0, np.cumsum(discount))[np.minimum(relevant, k)]
    gain: F64 = (hits * discount).sum(axis=1) / ideal
    return gain


def hit_rate(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """1 where at least one target is among the first k, else 0. With one target it equals recall.

    Source: Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004, section 6.

    >>> hit_rate(np.array([[7, 8], [7, 8]]), [np.array([8, 3]), np.array([1])], 2)
    array([1., 0.])
    """
    hits, _ = _judged(ranked, targets, k)
    hit: F64 = hits.max(axis=1).astype(np.float64)
    return hit


def recall(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """Hits / targets: the share of the targets that are among the first k (at most k / targets).

    Source: Manning, Raghavan and Schütze, 2008, section 8.3.

    >>> recall(np.array([[7, 8, 9]]), [np.array([7, 9, 1, 2])], 3)
    array([0.5])
    """
    hits, relevant = _judged(ranked, targets, k)
    named: F64 = hits.sum(axis=1)
    return named / relevant


def precision(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """Hits / k: the share of the first k places that are targets; empty places count as misses.

    Source: Manning, Raghavan and Schütze, 2008, section 8.3.

    >>> precision(np.array([[7, 8, 9, -1]]), [np.array([7, 9, 1])], 4)
    array([0.5])
    """
    hits, _ = _judged(ranked, targets, k)
    named: F64 = hits.sum(axis=1)
    return named / k


def f1(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """The harmonic mean of precision and recall, which is 2 hits / (k + targets).

    Source: Manning, Raghavan and Schütze, 2008, section 8.3 (F with beta = 1).

    One hit in two places, of three targets: 2 / (2 + 3).

    >>> f1(np.array([[7, 8]]), [np.array([7, 9, 1])], 2)
    array([0.4])
    """
    hits, relevant = _judged(ranked, targets, k)
    named: F64 = hits.sum(axis=1)
    return 2 * named / (k + relevant)


def mrr(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """Reciprocal rank: 1 / rank of the first hit among the first k, 0 without one.

    Source: Voorhees, "The TREC-8 Question Answering Track Report", TREC 1999.

    >>> mrr(np.array([[7, 8, 9], [7, 8, 9]]), [np.array([9, 8]), np.array([1])], 3)
    array([0.5, 0. ])
    """
    hits, _ = _judged(ranked, targets, k)
    return np.where(hits.any(axis=1), 1.0 / (1 + hits.argmax(axis=1)), 0.0)


def average_precision(ranked: I64, targets: Sequence[I64], k: int) -> F64:
    """Mean of the precision at each hit's rank, over the min(k, targets) hits that were possible; its mean is MAP.

    Source: Manning, Raghavan and Schütze, 2008, section 8.4, cut at k so that a perfect list scores 1. Dividing by all targets
    instead, as some libraries do, caps the score at k / targets.

    Hits at ranks 1 and 3 of two targets: (1/1 + 2/3) / 2.

    >>> average_precision(np.array([[7, 8, 9]]), [np.array([7, 9])], 3).round(4)
    array([0.8333])
    """
    hits, relevant = _judged(ranked, targets, k)
    precisions = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    total: F64 = (hits * precisions).sum(axis=1)
    return total / np.minimum(relevant, k)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "ndcg": ndcg,
        "hit_rate": hit_rate,
        "recall": recall,
        "precision": precision,
        "f1": f1,
        "mrr": mrr,
        "map": average_precision,
    }
)


def evaluate(ranked: I64, targets: Sequence[I64], metrics: Sequence[str], k: int) -> dict[str, F64]:
    """Several metrics of the same lists, named as people write them: `ndcg@10`.

    Raises:
        InvalidInput: a metric that is not in METRICS.

    >>> evaluate(np.array([[7, 8]]), [np.array([8])], ["recall", "mrr"], 2)
    {'recall@2': array([1.]), 'mrr@2': array([0.5])}
    """
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise InvalidInput(f"metric {unknown[0]!r} is not known; choose among {', '.join(METRICS)}")
    return {f"{name}@{k}": METRICS[name](ranked, targets, k) for name in metrics}


def hits(ranked: I64, targets: Sequence[I64]) -> Bool:
    """Which places of the lists name a target of their request, (R, K); empty places and targets (-1) never do.

    Raises:
        InvalidInput: when the numbers of lists and of target sets differ.

    >>> hits(np.array([[7, 8, -1]]), [np.array([8, 3])])
    array([[False,  True, False]])
    """
    if ranked.ndim != 2 or len(ranked) != len(targets):
        raise InvalidInput(
            f"ranked must be (requests, places) with one row per target set, got {ranked.shape} and {len(targets)}"
        )
    owner, items = _flat(targets)
    span = max(ranked.max(initial=0), items.max(initial=0)) + 1
    named = np.arange(len(ranked))[:, None] * span + ranked
    return np.isin(named, owner * span + items) & (ranked >= 0)


def _flat(targets: Sequence[I64]) -> tuple[I64, I64]:
    """Targets as aligned columns: whose, which; without padding, whose -1 would pass for the last item of the row before."""
    owner = np.repeat(np.arange(len(targets)), np.array([len(items) for items in targets], np.int64))
    items = np.concatenate([np.empty(0, np.int64), *targets])
    return owner[items >= 0], items[items >= 0]


def _judged(ranked: I64, targets: Sequence[I64], k: int) -> tuple[Bool, I64]:
    """Hits among the first k places (R, k) and how many distinct targets each request has (R,), both checked."""
    if not 1 <= k <= ranked.shape[-1]:
        raise InvalidInput(f"k must be between 1 and the lists' {ranked.shape[-1]} places, got {k}; rank more or ask for fewer")
    ranked = ranked[:, :k]
    found = hits(ranked, targets)
    ordered = np.sort(ranked, axis=1)
    twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
    if twice.any():
        row = int(twice.argmax())
        raise InvalidInput(f"list {row} names an item twice: {ranked[row].tolist()}; rank each item once")
    owner, items = _flat(targets)
    distinct = np.unique(owner * (items.max(initial=0) + 1) + items, return_index=True)[1]
    relevant = np.bincount(owner[distinct], minlength=len(targets))
    if not relevant.all():
        raise InvalidInput(f"request {int(relevant.argmin())} has no target, so nothing can be right; drop it")
    return found, relevant
