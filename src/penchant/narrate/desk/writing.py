"""How one text is written: chosen within the budget, asked of the generator, checked, and kept or dropped."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from penchant.config import Language
from penchant.errors import LogError, UselessAnswer
from penchant.events.database import Database
from penchant.narrate.desk import store
from penchant.narrate.desk.breaker import Breaker
from penchant.narrate.desk.budget import Cost, actual, day_of, highest, short
from penchant.narrate.desk.store import Job
from penchant.narrate.generators.generator import Generator, Prompt, Reply
from penchant.narrate.kind import Kind, Unfaithful
from penchant.types import DAY

BACKOFF = 30.0  # seconds before a second try; each that follows waits four times as long, give or take a half

Outcome = Literal["kept", "dropped", "failed"]


class Worked(NamedTuple):
    """What became of a text in a round of work."""

    key: bytes
    kind: str
    outcome: Outcome
    text: bytes | None  # where it is kept
    why: str  # where it is not
    cost: Cost  # of a call that failed, or was of no use: all it could
    seconds: float  # of the generator
    wanted: bool = True  # False where it was erased, or superseded, meanwhile


class _Call(NamedTuple):
    job: Job
    prompt: Prompt
    cost: Cost  # at most; noted already
    day: int
    gives_up: bool  # should it fail


class Writing:
    """One generator at work on the texts that wait in `database`; any number of threads may take rounds.

    `stopwatch` gives seconds from anywhere, to time the generator by.
    """

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, Kind],
        language: Language,
        generator: Generator,
        rng: np.random.Generator,
        stopwatch: Callable[[], float],
    ) -> None:
        self.generator, self.breaker = generator, Breaker()
        self.trouble = ""  # the last failure, in words
        self.stopped = False
        self._database, self._kinds, self._language = database, kinds, language
        self._rng, self._stopwatch = rng, stopwatch
        self._choosing = threading.Lock()  # one thread at a time; not held while the generator works
        self._busy: set[bytes] = set()
        self.day = -1  # of the last round: each begins with what is out of date deleted

    def round(self, now: float) -> Worked | None:
        """Write the text that is most urgent at `now`; None where there is nothing to do, or it may not be done now."""
        with self._choosing:
            if self.stopped or not self.breaker.ready(now):
                return None
            call = None
            try:
                self._tidy(now)
                call = self._choose(now)
            finally:
                if call is None:
                    self.breaker.unused()
            if call is None:
                return None
            self._busy.add(call.job.key)
        try:
            return self._write(call, now)
        finally:
            with self._choosing:
                self._busy.discard(call.job.key)

    def stop(self) -> None:
        """Take up nothing more; what is being written waits again as if nobody had begun. Calls under way are not waited for."""
        with self._choosing:
            self.stopped = True
            for key in self._busy:
                self._database.write(partial(store.resume, key=key))

    def _tidy(self, now: float) -> None:
        if day_of(now) != self.day:
            self._database.write(partial(store.prune, now=now, writer=self.generator.fingerprint))
            self.day = day_of(now)

    def _choose(self, now: float) -> _Call | None:
        day = day_of(now)
        while True:
            with self._database.reading() as connection:
                job = store.due(connection, tuple(self._kinds), now, self._busy)
                spent = store.spent(connection, day)
                spent_on = 0 if job is None else store.spent_on(connection, day, job.user)
            if job is None:
                return None
            try:
                prompt = self._kinds[job.kind].prompt(job.payload)
                cost = highest(prompt, self.generator.price)
            except Exception as error:  # a kind that cannot read its own facts must not stop the others
                self._postpone(job, now + DAY, f"{type(error).__name__} in the prompt of {job.kind!r}: {error}")
                continue
            limit = self._language.user_tokens_per_day
            if never := short(cost, Cost(), self._language):
                self._postpone(job, now + DAY, f"over the budget of any day: {never}")
            elif job.user >= 0 and spent_on + cost.tokens > limit:
                told = f"{limit:,} tokens a day for a user, of which {spent_on:,} are spent and up to {cost.tokens:,} asked for"
                self._postpone(job, (day + 1) * DAY, told)
            elif short(cost, spent, self._language):
                return None
            elif call := self._begun(_Call(job, prompt, cost, day, job.tries + 1 >= self._language.tries), now):
                return call

    def _begun(self, call: _Call, now: float) -> _Call | None:
        """The call, noted in the file; None where its text is not wanted any more."""
        wait = BACKOFF * 4.0**call.job.tries * (0.5 + self._rng.random())
        again = now + (DAY if call.gives_up else min(self._language.timeout + wait, DAY))
        tries = 0 if call.gives_up else call.job.tries + 1
        noted = self._database.write(partial(store.begin, job=call.job, day=call.day, cost=call.cost, due=again, tries=tries))
        return call if noted else None

    def _postpone(self, job: Job, due: float, reason: str) -> None:
        self.trouble = reason
        self._database.write(partial(store.postpone, job=job, due=due, tries=job.tries, reason=reason))

    def _write(self, call: _Call, now: float) -> Worked | None:
        job, begun = call.job, self._stopwatch()
        try:
            reply = self.generator.generate(call.prompt, timeout=self._language.timeout)
            cost = actual(reply, self.generator.price)
            text, why = self._checked(job, reply)
        except UselessAnswer as error:  # it would come again
            cost, text, why = call.cost, None, str(error)
        except Exception as error:  # whatever a generator raises, the next text may be written
            return self._failed(call, now, str(error) or type(error).__name__, self._stopwatch() - begun)
        seconds = self._stopwatch() - begun
        with self._choosing:
            self.breaker.succeeded()  # it answers, whether or not the disk takes it
        try:
            wanted = self._database.write(
                partial(store.finish, job=job, now=now, text=text, reason=why or None, day=call.day, noted=call.cost, cost=cost)
            )
        except LogError:
            if self.stopped:  # it came too late
                return None
            raise
        return Worked(job.key, job.kind, "dropped" if text is None else "kept", text, why, cost, seconds, wanted)

    def _checked(self, job: Job, reply: Reply) -> tuple[bytes | None, str]:
        """What is kept of an answer, or why nothing is."""
        try:
            return self._kinds[job.kind].check(job.payload, reply.text), ""
        except Unfaithful as error:
            return None, str(error)
        except Exception as error:  # an answer that a check stumbles over was not checked
            return None, f"{type(error).__name__} in the check of {job.kind!r}: {error}"

    def _failed(self, call: _Call, now: float, why: str, seconds: float) -> Worked | None:
        told = f"{why}; given up for a day" if call.gives_up else why
        with self._choosing:
            if self.stopped:
                return None
            self.breaker.failed(now + seconds)
            self.trouble = told
            self._database.write(partial(store.explain, key=call.job.key, reason=told))
        return Worked(call.job.key, call.job.kind, "failed", None, told, call.cost, seconds)
