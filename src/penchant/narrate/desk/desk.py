"""Where texts are asked for, and where they are written: never by whoever asks, never while anybody waits."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

import msgspec
import numpy as np

from penchant.config import Language
from penchant.events import Log, tables
from penchant.narrate.desk import store
from penchant.narrate.desk.budget import Cost, day_of
from penchant.narrate.desk.store import Asked, Count, Writer, key_of
from penchant.narrate.desk.tally import Tally
from penchant.narrate.desk.tray import PENDING, Tray
from penchant.narrate.desk.writing import Worked, Writing
from penchant.narrate.generators.generator import Generator
from penchant.narrate.kind import Kind

_PLAIN = Language()


class DeskState(msgspec.Struct, frozen=True):
    """How a desk stands: who writes, what waits, what is spent of the day, and what went wrong last."""

    generator: str | None  # its name; that of the last one, where none is at work
    working: bool  # whether a generator is at work here
    resting_until: float | None  # epoch seconds; after failures in a row
    trouble: str | None  # the last failure, in words
    noted: int  # texts in memory, for the next round
    texts: tuple[Count, ...]
    tokens_today: int
    tokens_left: int
    money_today: float
    money_left: float | None  # None where there is no limit


class Desk:
    """The texts of a log: `ask` reads those that are there and notes those that are not; `work` writes them, one a round.

    `kinds` are those that are turned on, the most urgent first. Any number of threads may ask and work. Without a generator (see
    `employ`) nothing is noted; what the last one wrote is read on, until it is dismissed. `pending` is how many may be noted.

    >>> from penchant.narrate.generators.generator import Price, Prompt, Reply
    >>> class Loud:
    ...     name, version, fingerprint, price = "loud", 1, "loud-1", Price()
    ...     def prompt(self, payload): return Prompt("Repeat it.", payload.decode())
    ...     def generate(self, prompt, *, timeout): return Reply(prompt.user.upper(), asked=3, given=1)
    ...     def check(self, payload, answer): return answer.encode()
    >>> with Log(None) as log:
    ...     desk = Desk(log, {"loud": Loud()})
    ...     desk.employ(Loud())
    ...     desk.ask("loud", b'"tea"'), desk.work(now=0.0).outcome, desk.ask("loud", b'"tea"')
    (None, 'kept', b'"TEA"')
    """

    def __init__(
        self,
        log: Log,
        kinds: Mapping[str, Kind],
        language: Language = _PLAIN,
        *,
        rng: np.random.Generator | None = None,
        pending: int = PENDING,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.kinds, self.language, self.tally = dict(kinds), language, Tally()
        self.closed = False
        self.wake = threading.Event()  # something was noted, or all is over
        self._log, self._database = log, log.database
        self._rng, self._stopwatch = np.random.default_rng(0) if rng is None else rng, stopwatch
        self._tray = Tray(pending)
        self._writing: Writing | None = None
        with self._database.reading() as connection:
            self._writer = store.writer(connection)

    @property
    def generator(self) -> Generator | None:
        """Who is at work here."""
        return None if self._writing is None else self._writing.generator

    def employ(self, generator: Generator | None) -> None:
        """Let `generator` write from now on; None dismisses the last one, and what it wrote is not read any more.

        What waited for another waits for this one; what another wrote is kept for a month, should it come back.

        Raises:
            LogError: when the log cannot be written.
        """
        if self._writing is not None:
            self._writing.stop()
        self.flush()
        if generator is None:
            self._writing = self._writer = None
            self._database.write(store.dismiss)
        else:
            writer, versions = Writer(generator.name, generator.fingerprint), {n: kind.version for n, kind in self.kinds.items()}
            self._database.write(partial(store.appoint, writer=writer, versions=versions))
            self._writing = Writing(self._database, self.kinds, self.language, generator, self._rng, self._stopwatch)
            self._writer = writer
        self._tray.forget()

    def ask(self, kind: str, payload: bytes, *, user: str | None = None) -> bytes | None:
        """The text of a kind for exactly these facts, as it was checked; None where there is none, or not yet.

        What is not there is noted, for `work` to write. This never waits: it looks into memory, then once into the file. `user`
        is the id of whom the facts are about, so that the text is erased with them.
        """
        chosen, writer = self.kinds.get(kind), self._writer
        if chosen is None or writer is None or self.closed:
            return None
        key = key_of(kind, chosen.version, writer.fingerprint, payload)
        known, text = self._tray.find(key)
        if not known:
            changes = self._tray.changes
            with self._database.reading() as connection:
                found = store.find(connection, key)
            if found is not None:
                text = self._tray.learn(key, found, changes)
            elif self._writing is not None:
                self._note(key, Asked(kind, chosen.version, writer.fingerprint, payload, user))
        self.tally.add("missed" if text is None else "read", kind)
        return text

    def work(self, now: float) -> Worked | None:
        """Write one text, on the caller's thread; None where there is nothing to do at `now`, epoch seconds.

        That is: nothing is due, the day's budget is spent, the generator rests after failures, or there is none.

        Raises:
            LogError: when the log cannot be read or written.
        """
        writing = self._writing
        if writing is None or self.closed:
            return None
        self.flush()
        day, worked = writing.day, writing.round(now)
        if writing.day != day:
            self._tray.forget()  # what waited may have been deleted
        if worked is None:
            return None
        if worked.outcome != "failed" and worked.wanted:
            self._tray.settled(worked.key, worked.text)
        self.tally.add(worked.outcome, worked.kind)
        self.tally.add("seconds", worked.kind, worked.seconds)
        if worked.outcome != "failed":
            self.tally.add("asked", worked.kind, worked.cost.asked)
            self.tally.add("given", worked.kind, worked.cost.given)
        return worked

    def flush(self) -> None:
        """Move what was noted in memory into the file.

        Raises:
            LogError: when it cannot be written; it stays noted.
        """
        batch, writer = self._tray.pending(), self._writer
        if not batch:
            return
        current = {key: one for key, one in batch.items() if writer is not None and one.writer == writer.fingerprint}
        for kind in self._database.write(partial(store.queue, asked=current)):
            self.tally.add("queued", kind)
        self._tray.filed(batch)

    def forget(self, user: str) -> int:
        """Delete what was written about a user and what waits to be, overwriting it in the file; how many texts.

        `Log.erase` does the same to the file; this empties the memory, too.
        """
        number = self._log.user(user)
        self._tray.forget(user)
        deleted = self._database.write(lambda connection: tables.forget_texts(connection, number))
        self._tray.forget(user)  # and what was read meanwhile
        self._database.checkpoint()
        return deleted

    def counts(self) -> list[Count]:
        """How many texts there are, by kind."""
        with self._database.reading() as connection:
            return store.counts(connection)

    def reasons(self, kind: str, limit: int = 5) -> list[tuple[str, int]]:
        """Why texts of a kind were dropped, the most frequent reasons first, and how often."""
        with self._database.reading() as connection:
            return store.reasons(connection, kind, limit)

    def spent(self, now: float) -> Cost:
        """What the day of `now`, epoch seconds, cost so far; calls under way count with all they can cost."""
        with self._database.reading() as connection:
            return store.spent(connection, day_of(now))

    def state(self, now: float) -> DeskState:
        """How the desk stands at `now`, epoch seconds."""
        writing, spent, language = self._writing, self.spent(now), self.language
        limit = language.money_per_day
        return DeskState(
            generator=self._writer and self._writer.name,
            working=writing is not None and not self.closed,
            resting_until=None if writing is None else writing.breaker.until,
            trouble=(None if writing is None else writing.trouble) or None,
            noted=len(self._tray.pending()),
            texts=tuple(self.counts()),
            tokens_today=spent.tokens,
            tokens_left=max(language.tokens_per_day - spent.tokens, 0),
            money_today=spent.money,
            money_left=None if limit is None else max(limit - spent.money, 0.0),
        )

    def troubled(self, why: str) -> None:
        """Tell of what went wrong around the generator, for `state`."""
        if self._writing is not None:
            self._writing.trouble = why

    def close(self) -> None:
        """Take up no more work, and write down what was noted; a call under way is not waited for. The log stays open.

        Raises:
            LogError: when the log cannot be written.
        """
        if self.closed:
            return
        self.closed = True
        self.wake.set()
        if self._writing is not None:
            self._writing.stop()
        self.flush()

    def _note(self, key: bytes, asked: Asked) -> None:
        noted = self._tray.note(key, asked)
        self.tally.add("noted" if noted else "overflowed", asked.kind)
        if noted:
            self.wake.set()
