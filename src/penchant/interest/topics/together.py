"""What people consume together, as vectors of items: behaviour, to stand beside what the items say."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from penchant.interest.topics.kmeans import unit
from penchant.interest.transitions import Histories, Sparse, histories
from penchant.interest.visits import visits
from penchant.types import F32, F64, I64, Events

_LONGEST = 100  # events of a visit that count as together: the square of it is work
_DENSE = 500  # items up to which the plain decomposition is quicker, and surer with directions of equal weight
_ROWS = 2_000  # items whose pairs are held at once
_SMOOTH = 0.75  # exponent of the context's counts
_SEEN = 20.0  # events at which an item's behaviour counts as much as what its content lets expect
_PENALTY = 30.0  # of the ridge from content to behaviour, in items


def together(events: Events, items: int, dim: int, rng: np.random.Generator) -> F32:
    """(items, dim) unit rows: the main directions of positive pointwise mutual information of items had in one visit.

    Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization", section 3, with visits for contexts: each of
    s items adds 1 / s to its pairs, and a visit of more than a hundred events is several. Items that occur with nothing are 0; so
    is all where there are too few.

    >>> user, item = np.repeat([0, 1], 3), np.arange(6)  # somebody has items 0 to 2, somebody else 3 to 5
    >>> events = Events(user, item, 0 * item, np.ones(6, np.float32), np.zeros(6), 0 * item - 1)
    >>> near = together(events, 6, 2, np.random.default_rng(0))
    >>> np.abs(near @ near.T).round().astype(int).tolist()
    [[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]]
    """
    past = histories(events)
    had = Histories(_runs(past), past.item, past.time).incidence(items)
    size = np.diff(had.indptr)
    shared: Sparse = sparse.csr_array(sparse.diags_array((1 / np.maximum(size, 1)).astype(np.float32)) @ had)
    matrix = _information(had, shared, np.asarray(had.T @ ((size - 1) / np.maximum(size, 1))))
    if np.count_nonzero(np.diff(matrix.indptr)) <= dim or matrix.nnz <= dim:
        return np.zeros((items, dim), np.float32)
    if items <= _DENSE:
        left, values, _ = np.linalg.svd(matrix.toarray())
    else:
        left, values, _ = svds(matrix, k=dim, v0=rng.standard_normal(items).astype(np.float32))
    order = np.argsort(-values)[:dim]
    return unit(left[:, order] * np.sqrt(values[order]))


def _information(had: Sparse, shared: Sparse, count: F64) -> Sparse:
    """(items, items) positive pointwise mutual information of the pairs in `had.T @ shared`; `count` (items,) are its row sums.

    Rows are taken in blocks: there can be many more pairs than positive ones.
    """
    context = count**_SMOOTH / max((count**_SMOOTH).sum(), 1e-12)
    whose = sparse.csr_array(had.T)
    kept: list[Sparse] = []
    for start in range(0, len(count), _ROWS):
        pairs = sparse.csr_array(whose[start : start + _ROWS] @ shared)
        row = start + np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
        off = row != pairs.indices
        information = np.zeros(len(row), np.float32)
        information[off] = np.log(pairs.data[off] / (count[row[off]] * context[pairs.indices[off]]))
        pairs.data = np.maximum(information, 0)
        pairs.eliminate_zeros()
        kept.append(pairs)
    lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(block.indptr) for block in kept)])
    column = np.concatenate([np.zeros(0, np.int64), *(block.indices for block in kept)])
    value = np.concatenate([np.zeros(0, np.float32), *(block.data for block in kept)])
    return sparse.csr_array((value, column, np.cumsum(lengths)), shape=(len(count), len(count)))


def expected(content: F32, behaviour: F32, seen: I64) -> F32:
    """(width + 1, dim) the ridge regression of `behaviour` on `content`, the constant last; items count as they are `seen`.

    It says where an item would be that nobody had yet, from what it says.
    """
    weights = seen / (seen + _SEEN)
    inputs = with_constant(content)
    gram = (inputs * weights[:, None].astype(np.float32)).T @ inputs + _PENALTY * np.eye(inputs.shape[1], dtype=np.float32)
    cross = (inputs * weights[:, None].astype(np.float32)).T @ behaviour
    return np.asarray(np.linalg.solve(gram.astype(np.float64), cross.astype(np.float64)), np.float32)


def trusted(behaviour: F32, guess: F32, seen: I64) -> F32:
    """Behaviour drawn towards the `guess` from content, the more the less often an item was seen; unit rows."""
    trust = (seen / (seen + _SEEN)).astype(np.float32)[:, None] * behaviour.any(axis=1, keepdims=True)
    return unit(trust * behaviour + (1 - trust) * guess)


def with_constant(content: F32) -> F32:
    """`content` with a last column of ones."""
    return np.concatenate([content, np.ones((len(content), 1), np.float32)], axis=1)


def _runs(past: Histories) -> I64:
    """(n,) the visit of each event, long visits cut."""
    visit = visits(past.user, past.time)
    begins = np.flatnonzero(np.diff(visit, prepend=-1))
    place = np.arange(len(visit)) - begins[visit]
    cuts: F64 = np.diff(visit, prepend=-1) + (place % _LONGEST == 0) > 0
    return np.asarray(np.cumsum(cuts) - 1, np.int64)
