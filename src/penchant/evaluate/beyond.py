"""What a slate is worth beyond accuracy: breadth, novelty, variety, surprise, proportion, and whether people liked it.

`ranked` is (R, K), best first, padded with -1, as in `metrics`; lists are read in full, so cut them (`ranked[:, :10]`) first.
"""

from collections.abc import Sequence

import numpy as np

from penchant.errors import InvalidInput
from penchant.evaluate.metrics import hits
from penchant.types import F32, F64, I64

BATCH = 1_024  # slates whose item vectors are gathered at once: 16 MB at 10 places of 384 dimensions


def coverage(ranked: I64, items: int) -> float:
    """Distinct items recommended to anybody / items in the catalog, in [0, 1].

    Source: Ge, Delgado-Battenfeld and Jannach, "Beyond Accuracy: Evaluating Recommender Systems by Coverage and
    Serendipity", RecSys 2010, section 2 (catalog coverage).

    Raises:
        InvalidInput: an item number outside the catalog.

    >>> coverage(np.array([[0, 1], [0, -1]]), items=4)
    0.5
    """
    return float(np.count_nonzero(_exposure(ranked, items)) / items)


def gini(ranked: I64, items: int) -> float:
    """How unequally the catalog's items are shown: 0 all alike, 1 a single item only.

    G = sum over j of (2j - n - 1) c_j / ((n - 1) sum of c), c the times each of n items was listed, ascending.

    Source: Shani and Gunawardana, "Evaluating Recommendation Systems", Recommender Systems Handbook, 2011, section 8.3
    (item space coverage).

    Raises:
        InvalidInput: an item number outside the catalog, fewer than two items, or nothing listed.

    Counts 0, 1, 3: (-2 * 0 + 0 * 1 + 2 * 3) / (2 * 4).

    >>> gini(np.array([[0, 1], [0, -1], [0, -1]]), items=3)
    0.75
    """
    counts = np.sort(_exposure(ranked, items))
    if items < 2 or not counts.any():
        raise InvalidInput(f"Gini needs two items and a listed one, got {items} items and {counts.sum()} places filled")
    weights = 2 * np.arange(1, items + 1) - items - 1
    return float(weights @ counts / ((items - 1) * counts.sum()))


def novelty(ranked: I64, consumers: I64, users: int) -> F64:
    """Mean self-information in bits, (R,): mean over the list of -log2(consumers / users), 0 for an empty list.

    `consumers` (items,) counts the users who consumed each item; one that nobody has counts as consumed by one user, so
    values lie in [0, log2 users].

    Source: Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010.

    Raises:
        InvalidInput: an item number outside the catalog, or more consumers than users.

    Items of 4 and 1 of 8 users: (1 + 3) / 2 bits.

    >>> novelty(np.array([[0, 1]]), consumers=np.array([4, 1]), users=8)
    array([2.])
    """
    _check(ranked, len(consumers))
    if consumers.max(initial=0) > users:
        raise InvalidInput(f"an item has {consumers.max():,} consumers of {users:,} users; count users, not events")
    bits = np.log2(users / np.maximum(consumers, 1))
    listed = ranked >= 0
    mean: F64 = (bits[ranked] * listed).sum(axis=1) / np.maximum(listed.sum(axis=1), 1)
    return mean


def diversity(ranked: I64, vectors: F32) -> F64:
    """Intra-list diversity, (R,): 1 - mean cosine over the list's pairs, in [0, 2]; 0 for lists of fewer than two items.

    `vectors` is (items, dim), of any length; a zero vector has cosine 0 with all.

    Source: Ziegler et al., "Improving Recommendation Lists Through Topic Diversification", WWW 2005, section 3
    (1 minus their intra-list similarity, averaged over pairs).

    Raises:
        InvalidInput: an item number outside the vectors.

    Pairs with cosines 1, 0, 0: 1 - 1/3.

    >>> diversity(np.array([[0, 1, 2]]), np.array([[1, 0], [2, 0], [0, 1]], np.float32)).round(4)
    array([0.6667])
    """
    _check(ranked, len(vectors))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.append(vectors / np.where(lengths > 0, lengths, 1), np.zeros((1, vectors.shape[1]), np.float32), axis=0)
    values = np.zeros(len(ranked))
    for start in range(0, len(ranked), BATCH):
        chosen = unit[ranked[start : start + BATCH]].astype(np.float64)  # (batch, K, dim); -1 is the zero row
        both = (chosen.sum(axis=1) ** 2).sum(axis=1) - (chosen**2).sum(axis=(1, 2))  # cosines of ordered pairs
        n = (ranked[start : start + BATCH] >= 0).sum(axis=1)
        values[start : start + BATCH] = np.where(n > 1, 1 - both / np.maximum(n * (n - 1), 1), 0.0)
    return np.clip(values, 0.0, 2.0)


def serendipity(ranked: I64, targets: Sequence[I64], obvious: I64) -> F64:
    """Surprising hits / places, (R,): the share of each list that is a target and not in the `obvious` list (R, M) for it.

    Obvious is what a primitive model would have shown, say the most popular items; padded with -1. Values in [0, 1].

    Source: Ge, Delgado-Battenfeld and Jannach, RecSys 2010, section 3, with usefulness = being a target.

    Raises:
        InvalidInput: when the numbers of lists differ.

    Both targets are hit, one of them is obvious.

    >>> serendipity(np.array([[7, 8, 9, 3]]), [np.array([8, 9])], obvious=np.array([[7, 8]]))
    array([0.25])
    """
    surprising = hits(ranked, targets) & ~hits(ranked, list(obvious))
    share: F64 = surprising.mean(axis=1)
    return share


def category_mix(lists: I64, categories: F32) -> F64:
    """Share of each category in lists of items, (R, G): the mean of `categories` (items, G) rows, rescaled to sum to 1.

    Each row of `categories` is an item's p(g | i). `lists` (R, N) are slates or histories, padded with -1, an item as often as
    it occurred. Lists without a known category give zeros.

    Source: Steck, "Calibrated Recommendations", RecSys 2018, section 3, equations 2 and 3 with equal weights.

    Raises:
        InvalidInput: an item number outside `categories`.

    >>> category_mix(np.array([[0, 1, -1]]), np.array([[1, 0], [0.5, 0.5]], np.float32))
    array([[0.75, 0.25]])
    """
    _check(lists, len(categories))
    rows, items = lists.shape[0], len(categories)
    listed = lists >= 0
    pair = (np.arange(rows)[:, None] * items + lists)[listed]
    which, times = np.unique(pair, return_counts=True)
    mass = np.zeros((rows, categories.shape[1]))
    np.add.at(mass, which // items, times[:, None] * categories[which % items].astype(np.float64))
    total = mass.sum(axis=1, keepdims=True)
    return mass / np.where(total > 0, total, 1)


def calibration(ranked: I64, history: F64, categories: F32, alpha: float = 0.01) -> F64:
    """Miscalibration, (R,): KL(p || q~) in nats of the slate's category mix q from the user's p; 0 is in proportion.

    `history` (R, G) is p(g | u) (see `category_mix`), and q~ = (1 - alpha) q + alpha p, so values lie in [0, log(1 / alpha)].
    A history without categories has no proportions to keep and scores 0.

    Source: Steck, "Calibrated Recommendations", RecSys 2018, section 3, equations 4 and 5.

    Raises:
        InvalidInput: alpha outside (0, 1], an item number outside `categories`, or shapes that differ.

    Half and half became all and nothing: 0.5 log(0.5 / 0.995) + 0.5 log(0.5 / 0.005).

    >>> calibration(np.array([[0]]), np.array([[0.5, 0.5]]), np.eye(2, dtype=np.float32)).round(4)
    array([1.9585])
    """
    mix = category_mix(ranked, categories)
    if history.shape != mix.shape or not 0 < alpha <= 1:
        raise InvalidInput(f"history must be {mix.shape} and alpha in (0, 1], got {history.shape} and {alpha}")
    smooth = (1 - alpha) * mix + alpha * history
    present = history > 0
    ratio = np.divide(history, smooth, out=np.ones_like(smooth), where=present)
    divergence: F64 = (history * np.log(ratio)).sum(axis=1)
    return np.maximum(divergence, 0.0)


def satisfaction(ranked: I64, targets: Sequence[I64], feedback: Sequence[F64]) -> F64:
    """Mean explicit feedback over the hits, (R,), in the feedback's own units; NaN where nothing was hit.

    `feedback` is aligned with `targets` (see `histories.feedback`). Average with `numpy.nanmean`: it says how well liked
    the hits were, among requests with one, so it must be read beside the hit rate.

    Source: Penchant's own: the mean observed rating of recommended items.

    Raises:
        InvalidInput: feedback that is not aligned with the targets.

    Items 8 and 9 are hit, rated 4 and 5.

    >>> satisfaction(np.array([[7, 8, 9]]), [np.array([9, 8, 2])], [np.array([5.0, 4.0, 1.0])])
    array([4.5])
    """
    if [len(values) for values in feedback] != [len(items) for items in targets]:
        raise InvalidInput("feedback must be aligned with targets: one number for each item of each request")
    sizes = np.array([len(items) for items in targets], np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    items = np.concatenate([np.empty(0, np.int64), *targets])
    liked = np.concatenate([np.empty(0), *feedback])
    listed = hits(items[:, None], list(ranked[owner]))[:, 0]
    count = np.bincount(owner[listed], minlength=len(sizes))
    total = np.bincount(owner[listed], liked[listed], minlength=len(sizes))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _exposure(ranked: I64, items: int) -> I64:
    """How often each item is listed, (items,)."""
    _check(ranked, items)
    return np.bincount(ranked[ranked >= 0], minlength=items)


def _check(ranked: I64, items: int) -> None:
    if items < 1 or ranked.max(initial=-1) >= items:
        raise InvalidInput(f"item {ranked.max(initial=-1)} is listed, but the catalog ends at {items - 1}; use the same catalog")
