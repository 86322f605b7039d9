"""The fold: a user's state, one event at a time, as a function of event time alone.

State is decayed sums of item vectors at several half-lives, and a ring of the last items. `update` applies the r-th event of
every user in the batch at once, so one click and a million replayed events run through the same lines and give the same bits.

What people say is apart from what they do: events that their words were taken to mean (action -1) move `words` alone, which fade
with time and with every deed. Deeds know nothing of words (docs/told.md has what was measured).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.errors import InvalidInput
from penchant.interest.evolution import Cell
from penchant.types import DAY, F32, F64, I64, Events, Interests

LASTING = 30 * DAY  # half-life of what was said, seconds
OUTDONE = 5.0  # weight of deeds that halves it
LOUDEST = 3.0  # length that what was said may reach: a search is 1
_BLOCK = 64  # users folded together in a replay: their state stays in cache


class State(NamedTuple):
    """What is remembered of U users; H half-lives, D dimensions, N window. Arrays are updated in place."""

    last: F64  # (U,) time of the last event, -inf before the first
    folded: F64  # (U,) events so far
    placed: I64  # (U,) events that named an item, modulo nothing: the ring's write position is placed % N
    mass: F32  # (U, H) decayed sum of absolute weights
    sums: F32  # (U, H, D) decayed sum of weighted item vectors
    items: I64  # (U, N) ring of item numbers, -1 where empty
    weights: F32  # (U, N) ring of weights
    times: F64  # (U, N) ring of event times
    memory: F32  # (U, M) state of the learned recurrence, M = 0 where there is none
    words: F32  # (U, D) decayed sum of what was said, as of `heard`
    heard: F64  # (U,) time of the last words, -inf before the first


def empty(users: int, half_lives: int, window: int, dim: int, memory: int = 0) -> State:
    """The state of `users` people nothing is known about."""
    return State(
        last=np.full(users, -np.inf),
        folded=np.zeros(users),
        placed=np.zeros(users, np.int64),
        mass=np.zeros((users, half_lives), np.float32),
        sums=np.zeros((users, half_lives, dim), np.float32),
        items=np.full((users, window), -1, np.int64),
        weights=np.zeros((users, window), np.float32),
        times=np.full((users, window), -np.inf),
        memory=np.zeros((users, memory), np.float32),
        words=np.zeros((users, dim), np.float32),
        heard=np.full(users, -np.inf),
    )


def joined(state: State, more: State) -> State:
    """The users of both."""
    pairs: list[tuple[NDArray[np.generic], NDArray[np.generic]]] = list(zip(state, more, strict=True))
    return State._make(np.concatenate(pair) for pair in pairs)


def put(state: State, user: int, one: State) -> None:
    """Replace a user's state by that of `one`, which holds a single user."""
    columns: Iterable[tuple[NDArray[Any], NDArray[Any]]] = zip(state, one, strict=True)
    for column, value in columns:
        column[user] = value[0]


def update(state: State, events: Events, vectors: F32, half_lives: F64, cell: Cell | None = None) -> State:
    """Fold `events` into `state`, in place; each user's events must come in time order, users may interleave.

    Events that weigh nothing (impressions) leave no trace.

    S(t) = 2^(-(t - t') / half_life) S(t') + w x, for every half-life: exponential smoothing in continuous time.
    `vectors` is (items, D), `half_lives` (H,) seconds; a `cell` updates the memory likewise. Cost per event does not depend on
    how many came before.

    Raises:
        InvalidInput: when an event is older than the state it would be folded into; refold that user from the log instead.
    """
    if not events.weight.all():
        events = events.take(events.weight != 0)
    if len(events.user) == 1:
        _step(state, events.user, events, vectors, half_lives, cell)
        return state
    order = np.argsort(events.user, kind="stable")
    users, start, count = np.unique(events.user[order], return_index=True, return_counts=True)
    busiest = np.argsort(-count, kind="stable")
    for block in range(0, len(users), _BLOCK):
        chosen = busiest[block : block + _BLOCK]
        for rank in range(int(count[chosen[0]])):
            still = chosen[: int(np.searchsorted(-count[chosen], -rank, side="left"))]
            _step(state, users[still], events.take(order[start[still] + rank]), vectors, half_lives, cell)
    return state


def _step(state: State, users: I64, events: Events, vectors: F32, half_lives: F64, cell: Cell | None) -> None:
    """Fold one event each into distinct `users`."""
    if (events.time < last(state, users)).any():
        raise InvalidInput("an event is older than the state it is folded into; refold the user from the log")
    said = events.action < 0
    if said.any():
        _hear(state, users[said], events.take(said), vectors)
        users, events = users[~said], events.take(~said)
        if not len(users):
            return
    gap = events.time - state.last[users]
    if cell is not None:
        state.memory[users] = cell.update(state.memory[users], events, gap, vectors)
    decay = np.exp2(-gap[:, None] / half_lives).astype(np.float32)  # (users, H); 0 for the first event, whose gap is infinite
    state.mass[users] = state.mass[users] * decay + np.abs(events.weight)[:, None]
    named = events.item >= 0
    moved = vectors[events.item] * (events.weight * named)[:, None]  # (users, D); an event without an item moves nothing
    state.sums[users] = state.sums[users] * decay[:, :, None] + moved[:, None, :]
    state.last[users] = events.time
    state.folded[users] += 1
    if not named.all():
        users, events = users[named], events.take(named)
    slot = state.placed[users] % state.items.shape[1]
    state.items[users, slot] = events.item
    state.weights[users, slot] = events.weight
    state.times[users, slot] = events.time
    state.placed[users] += 1
    if (state.heard[users] > -np.inf).any():
        state.words[users] *= np.exp2(-np.abs(events.weight) / np.float32(OUTDONE))[:, None]


def _hear(state: State, users: I64, events: Events, vectors: F32) -> None:
    """Add what distinct `users` said, as far as it is about items."""
    fade = np.exp2((state.heard[users] - events.time) / LASTING).astype(np.float32)
    said = vectors[events.item] * (events.weight * (events.item >= 0))[:, None]
    words = state.words[users] * fade[:, None] + said
    length = np.sqrt((words * words).sum(axis=1, keepdims=True))
    state.words[users] = words * (np.float32(LOUDEST) / np.maximum(length, np.float32(LOUDEST)))
    state.heard[users] = events.time


def last(state: State, users: I64) -> F64:
    """When each of `users` (R,) did or said something last, epoch seconds: (R,); -inf for never."""
    return np.asarray(np.maximum(state.last[users], state.heard[users]), np.float64)


def read(state: State, users: I64, at: F64, half_lives: F64) -> Interests:
    """What the state says of `users` (R,) at `at` (R,), epoch seconds: forecasting is asking at a later time.

    Raises:
        InvalidInput: when asked about a time before a user's last event; refold that user up to then.
    """
    gap = at - state.last[users]
    if (at < last(state, users)).any():
        raise InvalidInput("asked about a time before the user's last event; refold the user up to that time")
    decay = np.exp2(-gap[:, None] / half_lives).astype(np.float32)
    window = state.items.shape[1]
    slots = (state.placed[users][:, None] - 1 - np.arange(window)) % window  # newest first
    rows = users[:, None]
    return Interests(
        at=at,
        away=gap,
        folded=state.folded[users],
        mass=state.mass[users] * decay,
        vector=state.sums[users] * decay[:, :, None],
        items=state.items[rows, slots],
        weights=state.weights[rows, slots],
        ages=at[:, None] - state.times[rows, slots],
        memory=state.memory[users],
        words=state.words[users] * np.exp2((state.heard[users] - at) / LASTING).astype(np.float32)[:, None],
    )
