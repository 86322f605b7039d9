"""How many topics a catalog needs: as many as help to foresee what people have later."""

import numpy as np
from scipy import sparse

from penchant.interest.topics.membership import Membership
from penchant.interest.transitions import Histories, Sparse, histories
from penchant.types import F64, I64, Events

_PEOPLE = 2_000  # asked at most
_PAIRS = 50_000_000  # of a person asked and an item, at most: of a large catalog fewer are asked
_BLOCK = 5_000_000  # people times items at once
_PRIOR = 40.0  # events that what everybody has counts for in what one person has


def cut(events: Events, late: float = 0.2) -> tuple[Events, Events]:
    """What each person consumed first, and the last share `late` of it; sorted by user, then time."""
    past = events.take((events.item >= 0) & (events.weight > 0))
    past = past.take(np.lexsort((past.time, past.user)))
    begins = np.flatnonzero(np.diff(past.user, prepend=-1))
    count = np.diff(np.append(begins, len(past.user)))
    place = np.arange(len(past.user)) - np.repeat(begins, count)
    later = place >= np.repeat(np.ceil(count * (1 - late)), count)
    return past.take(~later), past.take(later)


def people(earlier: Events, later: Events, rng: np.random.Generator, items: int = 1) -> I64:
    """Some of the people who are in both, sorted: those that are asked about each of so many `items`, 2,000 up to 25,000."""
    both = np.intersect1d(histories(earlier).user, histories(later).user)
    return np.sort(rng.permutation(both)[: min(_PEOPLE, max(1, _PAIRS // max(items, 1)))])


def gain(membership: Membership, topics: int, earlier: Events, later: Events, asked: I64) -> float:
    """How much better topics foresee the first time a person has an item than popularity does: nats for each, 0 for nothing.

    The mean of log p(i | u) - log p(i) over what the people `asked` have in `later` and had not in `earlier`: p(i | u) is the sum
    over topics of the person's past share in the topic, drawn towards everybody's, times the item's share of the topic's events;
    both probabilities are renormalised over what the person did not have yet (a mixture of topics as in Hofmann 1999,
    "Probabilistic latent semantic indexing", section 3, with fixed topics).
    """
    items = len(membership.topic)
    past, coming = histories(earlier), histories(later)
    had, takes = _table(past, asked, items), _table(coming, asked, items)
    popular = np.bincount(past.item, minlength=items) + 0.5
    weighed: Sparse = sparse.csr_array(sparse.diags_array(popular) @ membership.matrix(topics))
    mass = np.asarray(weighed.sum(axis=0), float)
    within = (weighed @ sparse.diags_array(1 / np.maximum(mass, 1e-12))).T.tocsr()  # (topics, items) p(i | topic)
    found: list[F64] = []
    block = max(1, _BLOCK // max(items, 1))
    for start in range(0, len(asked), block):
        rows = slice(start, start + block)
        count = np.asarray((had[rows] @ membership.matrix(topics)).toarray(), float)
        share = (count + _PRIOR * mass / max(mass.sum(), 1e-12)) / (count.sum(axis=1, keepdims=True) + _PRIOR)
        fresh = had[rows].toarray() == 0
        chance, usual = np.asarray(share @ within) * fresh, popular * fresh
        taken = (takes[rows].toarray() > 0) & fresh
        where = np.nonzero(taken)
        better = (chance / np.maximum(chance.sum(axis=1, keepdims=True), 1e-12))[where]
        found.append(np.log(np.maximum(better, 1e-9) / (usual / np.maximum(usual.sum(axis=1, keepdims=True), 1e-12))[where]))
    told = np.concatenate([np.zeros(0), *found])
    return float(told.mean()) if len(told) else 0.0


def _table(past: Histories, people: I64, items: int) -> Sparse:
    """(people, items): how often each had each."""
    row = np.searchsorted(people, past.user)
    known = (row < len(people)) & (people[np.minimum(row, len(people) - 1)] == past.user) if len(people) else row < 0
    entries = np.ones(np.count_nonzero(known), np.float32), (row[known], past.item[known])
    return sparse.csr_array(entries, shape=(len(people), items))
