"""The threads that write: in the background of a service for as long as it runs, or until nothing more can be written."""

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

from penchant.narrate.desk.budget import Cost
from penchant.narrate.desk.desk import Desk
from penchant.narrate.desk.writing import Outcome, Worked

IDLE = 1.0  # seconds between looks for what has become due
PAUSE = 5.0  # seconds after the disk failed
NICENESS = 10  # of threads that write in the background, 19 at most
GRACE = 1.0  # seconds that a call under way has to end

Clock = Callable[[], float]  # epoch seconds
Told = Callable[[float], None]  # the share that is done, 0 to 1


def _untold(share: float) -> None:
    """Tell nobody."""


def _unsettled(kind: str) -> None:
    """Let nothing count but what is read from the desk."""


class Workers:
    """Threads that write what waits at a desk, from `start` until `stop` or until the desk is closed.

    `clock` says what time it is: it is for the desk's budget and delays, and should be the wall's, whatever time readers live in.
    `settle` is told the kind of texts that were kept when nothing more of it waits for the moment; and '' at first. Whatever it
    raises, work goes on. Nothing waits for the threads: they are daemons, and a call that does not end is left behind.
    """

    def __init__(self, desk: Desk, clock: Clock, settle: Callable[[str], object] = _unsettled) -> None:
        self._desk, self._clock, self._settle = desk, clock, settle
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin, where a generator is employed."""
        if self._desk.generator is None:
            return
        self._stopping.clear()
        self._threads = _threads(self._desk.language.threads, self._run)

    def stop(self) -> bool:
        """Take up nothing more, and wait up to `GRACE` seconds for calls under way; whether all have ended."""
        self._stopping.set()
        self._desk.wake.set()
        share = GRACE / max(len(self._threads), 1)
        for thread in self._threads:
            thread.join(share)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        _give_way()
        unsettled: str | None = ""  # the kind that was kept last and is yet to count; at first, whatever is there
        while not (self._stopping.is_set() or self._desk.closed):
            self._desk.wake.clear()
            try:
                worked = self._desk.work(self._clock())
                if unsettled is not None and (worked is None or worked.kind != unsettled):
                    kind, unsettled = unsettled, None
                    self._settle(kind)
            except Exception as error:  # a disk that failed, or a fault of ours: it must not be the end of all texts
                self._desk.troubled(f"{type(error).__name__}: {error}")
                self._stopping.wait(PAUSE)
                continue
            if worked is None:
                self._desk.wake.wait(IDLE)
            elif worked.outcome == "kept":
                unsettled = worked.kind


class Drained(NamedTuple):
    """What became of what waited."""

    outcomes: dict[Outcome, int]
    cost: Cost  # of the calls that answered
    seconds: float  # of the generator, over all threads
    waiting: int  # still: after a failure, or over the budget


def drain(desk: Desk, clock: Clock, *, limit: int | None = None, told: Told = _untold) -> Drained:
    """Write what waits at a desk until nothing more can be written now, or `limit` texts were tried.

    Threads write, so that an interrupt is heard at once; what is kept by then is kept, and the rest waits on.
    """
    desk.flush()
    total = sum(count.waiting for count in desk.counts())
    total = total if limit is None else min(total, limit)
    done: SimpleQueue[Worked | None] = SimpleQueue()
    turns = threading.Semaphore(total)
    over = threading.Event()
    fault: list[BaseException] = []

    def run() -> None:
        try:
            while not over.is_set() and turns.acquire(blocking=False):
                worked = desk.work(clock())
                if worked is None:
                    break
                done.put(worked)
        except BaseException as error:
            fault.append(error)
        finally:
            done.put(None)

    threads = _threads(desk.language.threads, run)
    try:
        found = _collected(done, len(threads), total, told)
    finally:
        over.set()
    if fault:
        raise fault[0]
    answered = [one.cost for one in found if one.outcome != "failed"]
    cost = Cost(sum(c.asked for c in answered), sum(c.given for c in answered), sum(c.money for c in answered))
    left = sum(count.waiting for count in desk.counts())
    return Drained(dict(Counter(one.outcome for one in found)), cost, sum(one.seconds for one in found), left)


def _give_way() -> None:
    """Let requests go first: a model in this process works on cores that they need, in this thread and those it begins.

    Only Linux has priorities of threads.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def _threads(count: int, run: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=run, name=f"penchant-writer-{number}", daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def _collected(done: "SimpleQueue[Worked | None]", running: int, total: int, told: Told) -> list[Worked]:
    """What the threads did, once each of them has ended."""
    found: list[Worked] = []
    while running:
        try:
            one = done.get(timeout=0.2)  # so that an interrupt is heard on every platform
        except Empty:
            continue
        if one is None:
            running -= 1
        else:
            found.append(one)
            told(len(found) / total)
    return found
