"""Who is asked what, when, and knowing which past: the protocols of `docs/evaluation.md` as data.

A split keeps every event once, sorted by (user, time), ties in time in random order. A request of user u sees the first
`prefix` of u's events in that order; models are fitted on `train` (while validating) or `known` (while testing). Whatever
names an item and weighs more than nothing is a target; searches, impressions and dislikes are part of the past only.
"""

from typing import Literal, NamedTuple

import numpy as np

from penchant.errors import InvalidInput
from penchant.types import F64, I64, Bool, Events


class Requests(NamedTuple):
    """R questions, "what will this person want now?", and the answers time gave."""

    user: I64  # (R,) who asks
    at: F64  # (R,) when, seconds since the epoch, UTC
    prefix: I64  # (R,) how many of that user's events, in the split's order, are known to the request
    targets: list[I64]  # R arrays of distinct items the user then consumed, in that order; next-item: length 1

    def take(self, rows: "I64 | Bool") -> "Requests":
        """The requests at `rows`, numbers or a mask of length R."""
        chosen = np.arange(len(self.user))[rows]
        return Requests(self.user[rows], self.at[rows], self.prefix[rows], [self.targets[row] for row in chosen])


class Split(NamedTuple):
    """Events, what models may be fitted on, and the requests they are judged by."""

    events: Events  # all events, sorted by (user, time), ties in time in random order
    train: Bool  # (n,) events that validation-time models may be fitted on
    known: Bool  # (n,) events that test-time models may be fitted on (train and validation)
    validation: Requests
    test: Requests
    repeat: bool  # whether targets the user already consumed count
    cold: Requests  # test requests of people without any earlier event (prefix 0), kept apart


class _Log(NamedTuple):
    """Sorted events and what every protocol asks about each row."""

    events: Events
    start: I64  # (n,) row of the first event of the same user
    earlier: I64  # (n,) how many events of the same user are strictly earlier in time
    target: Bool  # (n,) may be a target: names an item and, unless repeats count, one new to the user


def leave_one_out(events: Events, *, repeat: bool, rng: np.random.Generator) -> Split:
    """Each user's last event is the test, the second last the validation (the split of most published tables).

    With `repeat=False` those are the last two events with an item the user had not consumed before. Users with fewer than
    three such events are only trained on. Time order between users is ignored, as in the published protocol: models may be
    fitted on events of others that are later than a request. Prefer `global_time` for claims about production. `cold` is empty.

    Source: Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018, section IV-A.

    Raises:
        InvalidInput: no user has three such events.

    >>> def log(*items: int) -> Events:
    ...     n = len(items)
    ...     zeros = np.zeros(n, np.int64)
    ...     return Events(zeros, np.array(items), zeros, np.ones(n, np.float32), np.arange(n) * 60.0, zeros - 1)
    >>> split = leave_one_out(log(4, 7, 4, 9, 7), repeat=False, rng=np.random.default_rng(0))
    >>> split.test.targets, split.test.prefix, split.validation.targets, split.known
    ([array([9])], array([3]), [array([7])], array([ True,  True,  True, False, False]))
    """
    log = _sorted(events, repeat, rng)
    rows = np.flatnonzero(log.target)
    start = log.start[rows]
    counts = np.bincount(start, minlength=len(log.start))
    last = np.append(start[1:] != start[:-1], True) & (counts[start] >= 3)
    if not last.any():
        raise InvalidInput(
            f"leave_one_out needs a user with 3 targets or more, the longest history here has {counts.max()}; "
            "give longer histories, count repeats (repeat=True), or split by time (global_time)"
        )
    final = rows[last]
    second = rows[np.flatnonzero(last) - 1]
    position = np.arange(len(log.start)) - log.start
    bound = np.full(len(log.start), len(log.start))  # per user, at their first row: position from which rows are held out
    train, known = bound.copy(), bound
    train[log.start[second]] = position[second]
    known[log.start[final]] = position[final]
    return Split(
        log.events,
        position < train[log.start],
        position < known[log.start],
        _next_item(log, second, position[second]),
        _next_item(log, final, position[final]),
        repeat,
        _next_item(log, final[:0], position[:0]),
    )


def global_time(
    events: Events,
    *,
    validate_from: float = 0.8,
    test_from: float = 0.9,
    repeat: bool,
    rng: np.random.Generator,
    mode: Literal["next", "all"] = "next",
) -> Split:
    """Train before one instant, validate up to a second, test after it: nobody learns from the future.

    Boundaries in [0, 1] are quantiles of event time, others are epoch seconds; a period starts at its boundary, inclusive. Each
    user with a target in a period makes one request, at the time of the first (with `repeat=False`: the first of an item
    new to them), knowing their events strictly earlier than that. Mode "next" asks for that item, "all" for every target of
    theirs in the period. People without an earlier event are dropped from validation and kept apart in `cold` for testing.

    Source: Gusak et al., "Time to Split", RecSys 2025 (global temporal split).

    Raises:
        InvalidInput: boundaries out of order, an unknown mode, or a period in which nobody with a past asks.

    >>> user, day = np.array([0, 0, 1, 1, 0]), np.array([0.0, 1.0, 2.0, 5.0, 7.0]) * 86_400
    >>> log = Events(user, np.array([3, 4, 3, 5, 6]), user * 0, np.ones(5, np.float32), day, user * 0 - 1)
    >>> split = global_time(log, validate_from=4 * 86_400, test_from=6 * 86_400, repeat=False, rng=np.random.default_rng(0))
    >>> split.validation.targets, split.test.user, split.test.targets, split.test.prefix
    ([array([5])], array([0]), [array([6])], array([2]))
    """
    if mode not in ("next", "all"):
        raise InvalidInput(f"mode must be 'next' or 'all', got {mode!r}")
    log = _sorted(events, repeat, rng)
    time = log.events.time
    first, second = _instant(time, validate_from), _instant(time, test_from)
    if not first < second:
        raise InvalidInput(
            f"validate_from={validate_from:g} must be earlier than test_from={test_from:g}, got instants {first:.0f} and "
            f"{second:.0f}; move them apart"
        )
    train, known = time < first, time < second
    validation = _period(log, known & ~train, mode)
    test = _period(log, ~known, mode)
    return Split(
        log.events,
        train,
        known,
        _with_past(validation, f"validate_from={validate_from:g}", time),
        _with_past(test, f"test_from={test_from:g}", time),
        repeat,
        test.take(test.prefix == 0),
    )


def replay(events: Events, *, test_from: float = 0.9, repeat: bool, rng: np.random.Generator, limit: int | None = None) -> Split:
    """Ask, then tell: every target from `test_from` on (quantile or epoch seconds) is a request, in order of time.

    Events of one instant do not see each other: a basket is asked for item by item, each time knowing only what came
    strictly before the basket. With `limit`, that many requests are drawn at random over the whole period, still in order
    of time; the events between them are told all the same. First requests of new people are in `cold`, `validation` is empty.

    Raises:
        InvalidInput: a limit below 1, or nobody with a past asks in the period.

    >>> user, day = np.array([0, 0, 1, 1, 0]), np.array([0.0, 1.0, 2.0, 5.0, 7.0]) * 86_400
    >>> log = Events(user, np.array([3, 4, 3, 5, 6]), user * 0, np.ones(5, np.float32), day, user * 0 - 1)
    >>> replay(log, test_from=4 * 86_400, repeat=True, rng=np.random.default_rng(0)).test.user
    array([1, 0])
    """
    if limit is not None and limit < 1:
        raise InvalidInput(f"limit must be at least 1 request, got {limit}")
    log = _sorted(events, repeat, rng)
    time = log.events.time
    known = time < _instant(time, test_from)
    rows = np.flatnonzero(log.target & ~known)
    rows = rows[np.lexsort((rng.random(len(rows)), time[rows]))]
    asked = rows[log.earlier[rows] > 0]
    if not len(asked):
        raise _nobody(f"test_from={test_from:g}", time)
    if limit is not None and limit < len(asked):
        asked = asked[np.sort(rng.choice(len(asked), limit, replace=False))]
    cold = rows[log.earlier[rows] == 0]
    none = _next_item(log, rows[:0], rows[:0])
    test, apart = (_next_item(log, chosen, log.earlier[chosen]) for chosen in (asked, cold))
    return Split(log.events, known, known, none, test, repeat, apart)


def _sorted(events: Events, repeat: bool, rng: np.random.Generator) -> _Log:
    """Events by (user, time, chance), with per-row bookkeeping; InvalidInput if there are none."""
    n = len(events.user)
    if not n:
        raise InvalidInput("there are no events to split; give at least one user's history")
    if not np.isfinite(events.time).all():
        raise InvalidInput("event times must be finite seconds since the epoch; drop or repair the others")
    events = events.take(np.lexsort((rng.random(n), events.time, events.user)))
    row = np.arange(n)
    new_user = np.append(True, events.user[1:] != events.user[:-1])
    new_instant = new_user | np.append(True, events.time[1:] != events.time[:-1])
    start = np.maximum.accumulate(np.where(new_user, row, 0))
    instant = np.maximum.accumulate(np.where(new_instant, row, 0))
    target = (events.item >= 0) & (events.weight > 0)
    if not repeat:
        first = np.zeros(n, np.bool_)
        told = np.flatnonzero((events.item >= 0) & (events.weight != 0))
        pair = start[told] * (events.item.max() + 1) + events.item[told]  # one number per (user, item)
        first[told[np.unique(pair, return_index=True)[1]]] = True
        target &= first
    return _Log(events, start, instant - start, target)


def _instant(time: F64, boundary: float) -> float:
    """Epoch seconds of a boundary given as a quantile in [0, 1] or as epoch seconds."""
    return float(np.quantile(time, boundary)) if 0 <= boundary <= 1 else boundary


def _next_item(log: _Log, rows: I64, prefix: I64) -> Requests:
    """One request per row, at that event's time, for that event's item."""
    return Requests(log.events.user[rows], log.events.time[rows], prefix, list(log.events.item[rows][:, None]))


def _period(log: _Log, period: Bool, mode: Literal["next", "all"]) -> Requests:
    """One request per user with a target in the period, prefix 0 included."""
    rows = np.flatnonzero(log.target & period)
    opening = np.append(True, log.start[rows[1:]] != log.start[rows[:-1]])[: len(rows)]
    first = rows[opening]
    requests = _next_item(log, first, log.earlier[first])
    if mode == "next" or not len(rows):
        return requests
    histories = np.split(log.events.item[rows], np.flatnonzero(opening)[1:])
    return requests._replace(targets=[_distinct(items) for items in histories])


def _distinct(items: I64) -> I64:
    """The same items without later repeats, in order."""
    return items[np.sort(np.unique(items, return_index=True)[1])]


def _with_past(requests: Requests, boundary: str, time: F64) -> Requests:
    kept = requests.take(requests.prefix > 0)
    if not len(kept.user):
        raise _nobody(boundary, time)
    return kept


def _nobody(boundary: str, time: F64) -> InvalidInput:
    return InvalidInput(
        f"nobody with an earlier event has a target in the period from {boundary}; events span {time.min():.0f} to "
        f"{time.max():.0f} s: move the boundary, count repeats (repeat=True), or give longer histories"
    )
