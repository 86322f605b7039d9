"""What the log and the journal do in a second, on this machine: `python bench/log.py [rows]`.

The imported rows are like MovieLens 1M: 6,040 users one after another, 3,706 items, one rating a row. CPU is this process's time
in all threads; where it is far below the wall clock, the disk was waited for.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from penchant.events.log import Log
from penchant.slate.journal import Journal, Served, slate_id
from penchant.types import F32, Event, Item

USERS, ITEMS = 6_040, 3_706


def ratings(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    user = np.sort(rng.integers(0, USERS, rows))
    start = 9.6e8 + rng.integers(0, 10**8, USERS)
    return pl.DataFrame(
        {
            "user": [f"u{n}" for n in user.tolist()],
            "item": [f"i{n}" for n in rng.integers(0, ITEMS, rows).tolist()],
            "action": ["rate"] * rows,
            "time": start[user] + rng.integers(0, 10**6, rows),
            "value": rng.integers(1, 6, rows).astype(np.float64),
        }
    )


@contextmanager
def measured(what: str, number: int, unit: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    yield
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    print(
        f"{what:<44} {number:>9,} {unit:<7} {wall:>7.2f} s wall {used:>7.2f} s cpu {number / wall:>11,.0f} {unit}/s", flush=True
    )


def clicks(number: int, rng: np.random.Generator) -> list[Event]:
    users, items = rng.integers(0, USERS, number).tolist(), rng.integers(0, ITEMS, number).tolist()
    return [
        Event(user=f"u{u}", item=f"i{i}", time=1e9 + n, id=rng.bytes(12).hex())
        for n, (u, i) in enumerate(zip(users, items, strict=True))
    ]


def appends(log: Log, number: int, batch: int, threads: int, rng: np.random.Generator) -> None:
    events = clicks(number, rng)
    weights: F32 = np.ones(batch, np.float32)
    commits = log.commits

    def append(start: int) -> None:
        log.append(events[start : start + batch], weights)

    name = f"append, batches of {batch:,}, {threads} thread{'s' * (threads > 1)}"
    with measured(name, number, "events"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(append, range(0, number, batch)))
    print(f"{'':<44} {log.commits - commits:>9,} commits for {number // batch:,} calls")


def reads(log: Log, rng: np.random.Generator) -> None:
    total = log.totals().events
    with measured("replay", total, "events"):
        replayed = sum(len(seq) for seq, _, _ in log.replay())
    assert replayed == total
    chosen = rng.integers(0, USERS, 1_000).tolist()
    with measured("history of one user", len(chosen), "users"):
        found = sum(len(ids) for ids, _, _ in map(log.history, chosen))
    print(f"{'':<44} {found / len(chosen):>9,.0f} events each")
    with measured("last 20 records of one user", len(chosen), "users"):
        for user in chosen:
            log.events(user, 20)


def journal(directory: Path, number: int, rng: np.random.Generator) -> None:
    items = tuple(f"i{n}" for n in range(10))
    slates = [
        Served(
            slate=slate_id(1e9 + n, rng), user=f"u{n % USERS}", at=1e9 + n, k=10, items=items, scores=(0.5,) * 10,
            sources=("model",) * 10, propensities=(0.1,) * 10, request={"k": 10},
        )
        for n in range(number)
    ]  # fmt: skip
    with Journal(directory / "slates.db", bound=number) as written:
        with measured("journal: what the requests wait", number, "slates"):
            for slate in slates:
                written.write(slate)
        with measured("journal: then until all are written", number, "slates"):
            written.flush()


def main(rows: int) -> None:
    rng = np.random.default_rng(0)
    frame = ratings(rows, rng)
    weights: F32 = np.ones(rows, np.float32)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with Log(directory / "log.db") as log:
            log.put_items([Item(id=f"i{n}", title=f"Item {n}") for n in range(ITEMS)])
            with measured("append_frame", rows, "events"):
                log.append_frame(frame, weights)
            with measured("append_frame again: all duplicates", rows, "events"):
                log.append_frame(frame, weights)
            appends(log, 100_000, 1_000, 1, rng)
            appends(log, 2_000, 1, 1, rng)
            appends(log, 10_000, 1, 32, rng)
            reads(log, rng)
        with measured("open", 1, "log"):
            Log(directory / "log.db").close()
        print(f"{'file':<44} {(directory / 'log.db').stat().st_size / 1e6:>9,.0f} MB")
        journal(directory, 20_000, rng)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
