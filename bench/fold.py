"""What the fold costs: `python bench/fold.py`. CPU seconds of this process, one thread, MovieLens-1M-like numbers."""

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from penchant.interest import fold
from penchant.types import DAY, Events

USERS, ITEMS, DIM, EVENTS, WINDOW = 6_040, 3_706, 384, 1_000_000, 300
HALF_LIVES = np.array([600.0, DAY, 7 * DAY, 30 * DAY, 365 * DAY])


def log(users: int, events: int, rng: np.random.Generator) -> Events:
    """Random events in order of time, a few users with many and many with few."""
    user = rng.choice(users, events, p=rng.dirichlet(np.full(users, 0.5)))
    nothing = np.full(events, -1)
    item = rng.integers(0, ITEMS, events)
    return Events(user, item, nothing, np.ones(events, np.float32), np.sort(rng.random(events)) * 1000 * DAY, nothing)


def main() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((ITEMS, DIM)).astype(np.float32)
    events = log(USERS, EVENTS, rng)
    state = fold.empty(USERS, len(HALF_LIVES), WINDOW, DIM)
    start = time.process_time()
    fold.update(state, events, vectors, HALF_LIVES)
    print(f"replay of {EVENTS:,} events of {USERS:,} users: {time.process_time() - start:.2f} CPU s")
    for before in (10, 10_000):
        one = fold.empty(1, len(HALF_LIVES), WINDOW, DIM)
        history = log(1, before + 5_000, rng)
        fold.update(one, history.take(slice(0, before)), vectors, HALF_LIVES)
        start = time.process_time()
        for row in range(before, before + 5_000):
            fold.update(one, history.take(slice(row, row + 1)), vectors, HALF_LIVES)
        print(f"one event after {before:,}: {(time.process_time() - start) / 5_000 * 1e6:.1f} CPU microseconds")
    start = time.process_time()
    for user in range(5_000):
        fold.read(state, np.array([user]), np.array([1001 * DAY]), HALF_LIVES)
    print(f"reading one user: {(time.process_time() - start) / 5_000 * 1e6:.1f} CPU microseconds")
    print(f"state of one user: {sum(column[:1].nbytes for column in state):,} bytes")


if __name__ == "__main__":
    main()
