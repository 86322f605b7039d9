"""What the histories behind a split's requests say: how long people were away, what they thought of it, and order destroyed."""

import numpy as np

from penchant.errors import InvalidInput
from penchant.evaluate.splits import Requests, Split
from penchant.types import F64, I64, Events


def away(split: Split, requests: Requests) -> F64:
    """Seconds from each requester's last known event to the request, (R,); inf for those without one.

    >>> from penchant.evaluate.splits import leave_one_out
    >>> zeros = np.zeros(3, np.int64)
    >>> log = Events(zeros, np.array([4, 7, 9]), zeros, np.ones(3, np.float32), np.array([0.0, 60.0, 3_600.0]), zeros - 1)
    >>> split = leave_one_out(log, repeat=False, rng=np.random.default_rng(0))
    >>> away(split, split.test), away(split, split.validation)
    (array([3540.]), array([60.]))
    """
    last = _first_row(split, requests) + requests.prefix - 1
    return np.where(requests.prefix > 0, requests.at - split.events.time[np.maximum(last, 0)], np.inf)


def feedback(split: Split, requests: Requests) -> list[F64]:
    """What the people said of their targets: the weight of the event in which each was consumed, aligned with `targets`.

    >>> from penchant.evaluate.splits import leave_one_out
    >>> zeros = np.zeros(3, np.int64)
    >>> log = Events(zeros, np.array([4, 7, 9]), zeros, np.array([1, 0.25, 0.5], np.float32), np.arange(3.0), zeros - 1)
    >>> split = leave_one_out(log, repeat=False, rng=np.random.default_rng(0))
    >>> feedback(split, split.validation)
    [array([0.25])]

    Raises:
        InvalidInput: requests that are not of this split.
    """
    n = len(split.events.user)
    span = int(split.events.item.max()) + 2
    row = np.arange(n)
    user_row = np.searchsorted(split.events.user, split.events.user)
    key = (user_row * span + split.events.item + 1) * (n + 1) + row  # sorts by (user, item, row)
    order = np.argsort(key)
    sizes = np.array([len(targets) for targets in requests.targets], np.int64)
    items = np.concatenate([np.empty(0, np.int64), *requests.targets])
    start = _first_row(split, requests)
    wanted = (np.repeat(start, sizes) * span + items + 1) * (n + 1) + np.repeat(start + requests.prefix, sizes)
    found = order[np.minimum(np.searchsorted(key, wanted, sorter=order), n - 1)]
    if not (split.events.item[found] == items).all():
        raise InvalidInput("a target is not among its user's later events; give requests of this very split")
    return np.split(split.events.weight[found].astype(np.float64), np.cumsum(sizes)[:-1])


def shuffle_history(split: Split, requests: Requests, rng: np.random.Generator) -> Events:
    """The events with the order in every requester's known past destroyed: times stay, what happened at them is permuted.

    The shuffle test: give models these events instead, for the same requests. A model that loses less than 20% does not
    live from order. Users who do not ask, and whatever lies beyond a request's prefix, stay as they are.

    Source: Klenitskiy et al., "Does It Look Sequential?", RecSys 2024.

    Raises:
        InvalidInput: two requests of one user, whose pasts differ.

    >>> from penchant.evaluate.splits import leave_one_out
    >>> zeros = np.zeros(5, np.int64)
    >>> log = Events(zeros, np.array([1, 2, 3, 4, 5]), zeros, np.ones(5, np.float32), np.arange(5.0), zeros - 1)
    >>> split = leave_one_out(log, repeat=False, rng=np.random.default_rng(0))
    >>> shuffle_history(split, split.test, np.random.default_rng(1)).item
    array([3, 1, 4, 2, 5])
    """
    if len(np.unique(requests.user)) < len(requests.user):
        raise InvalidInput("shuffle_history needs one request per user, these have several (a replay?); take one of each user")
    start = _first_row(split, requests)
    past = np.repeat(start, requests.prefix) + _positions(requests.prefix)
    owner = np.repeat(np.arange(len(start)), requests.prefix)
    shuffled = past[np.lexsort((rng.random(len(past)), owner))]
    source = np.arange(len(split.events.user))
    source[past] = shuffled
    return split.events.take(source)._replace(time=split.events.time)


def _first_row(split: Split, requests: Requests) -> I64:
    return np.searchsorted(split.events.user, requests.user)


def _positions(sizes: I64) -> I64:
    """0, 1, ... within each of the consecutive groups of these sizes."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
