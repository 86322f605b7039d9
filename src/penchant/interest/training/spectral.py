"""Where item embeddings start: what is consumed together is close before anything is learned."""

from functools import reduce
from operator import add

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from penchant.interest.transitions import Sparse, histories
from penchant.types import F32, Events

_REACH, _FADE = 5, 0.8  # steps apart that count, and what each further one counts less
_SMOOTH = 0.75  # exponent of the context's counts
_DEVIATION = 0.05


def spectral(events: Events, items: int, dim: int, seed: int = 0) -> F32:
    """(items, dim) the main directions of positive pointwise mutual information of items consumed within five steps.

    Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization", section 3. On ml-1m it saves the first two
    to three epochs of training (docs/evolution.md). Items that occur with nothing are zero; so is all where there are too few.
    """
    past = histories(events)
    lags = range(1, min(_REACH, len(past.item) - 1) + 1)
    if not lags:
        return np.zeros((items, dim), np.float32)
    ahead: Sparse = reduce(add, (_FADE ** (lag - 1) * past.steps(lag, items) for lag in lags))
    together = (ahead + ahead.T).tocoo()
    if min(items, len(together.data)) <= dim + 1:
        return np.zeros((items, dim), np.float32)
    count = np.bincount(together.row, together.data, items)
    context = count**_SMOOTH
    expected = np.maximum(count[together.row] * context[together.col], 1e-9) / context.sum()
    information = np.maximum(np.log(np.maximum(together.data / expected, 1e-9)), 0)
    matrix = sparse.csr_array((information, (together.row, together.col)), shape=(items, items))
    left, values, _ = svds(matrix, k=dim, v0=np.random.default_rng(seed).standard_normal(items))
    embeddings = left * np.sqrt(values)
    return np.asarray(embeddings * (_DEVIATION / max(float(embeddings.std()), 1e-9)), np.float32)
