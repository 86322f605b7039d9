"""The whole system at a glance: events meet the catalog and become interests; interests become a slate, with reasons."""

import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from penchant import snapshot
from penchant.catalog import Catalog, Filter
from penchant.catalog.read import check_item
from penchant.config import Config
from penchant.encode import Space, load_encoder
from penchant.errors import FingerprintMismatch, InvalidInput, UnknownUser
from penchant.events import Imported, Log, weigh
from penchant.events.receipt import Receipt
from penchant.events.source import Source
from penchant.intake import gather, opened, screened, whole
from penchant.interest.account import Account, account, nearest
from penchant.interest.comparison import Comparison, compared
from penchant.interest.parts import about, facets
from penchant.interest.people import People
from penchant.interest.recall import imagined, remembered
from penchant.interest.sources import cell_of
from penchant.knowledge import Knowledge, learn
from penchant.rank.learn import Learned, Progress, counted, silent
from penchant.retrieve.exact import best
from penchant.shift import Moved
from penchant.slate import request
from penchant.slate.diversity import diversify
from penchant.slate.journal import Journal, slate_id
from penchant.slate.reasons import explain
from penchant.slate.slate import Slate
from penchant.types import Encoder, Event, Item

POOL = 200  # candidates that diversity chooses from
_CHECKPOINTS = "training"  # where in the folder

_Kept = tuple[snapshot.Record, dict[str, snapshot.Arrays]]


class Engine:
    """Everything that is served from one log and one catalog; `fit` or `load` makes one. Any number of threads may share it.

    >>> items = [Item(id=name, title=name) for name in ("tea", "teapot", "coffee", "mug")]
    >>> events = [Event(user="ann", item="tea", time=1.0), Event(user="bob", item="mug", time=2.0)]
    >>> with Engine.fit(items, events, config=Config(encoder="hash")) as engine:
    ...     engine.observe([Event(user="eve", item="tea", time=9.0)]).accepted
    ...     [recommended.item for recommended in engine.recommend("eve", k=1).items]
    1
    ['teapot']
    """

    def __init__(self, log: Log, journal: Journal, space: Space, config: Config, folder: Path | None = None) -> None:
        self.log, self.journal, self.space, self.config, self.folder = log, journal, space, config, folder
        self.catalog = Catalog(space.dim)
        self.people = People(config.fold, space.dim)
        self.known = Knowledge.none(space.dim, config)
        self.applied = 0  # the last event of the log that people and sources have taken in
        self.learned: Learned | None = None  # how, where it was here that everything was learned
        self._pending: set[int] = set()  # users whose state is to be folded anew from the log before it is next read
        self._lock = threading.RLock()

    @classmethod
    def fit(
        cls,
        items: Source | Imported | None,
        events: Source | Imported,
        *,
        folder: Path | None = None,
        config: Config | None = None,
        encoder: Encoder | None = None,
        warm: bool = False,
        board: Path | None = None,
        progress: Progress = silent,
    ) -> Self:
        """An engine over items and events given as files, frames or records, kept in `folder` (None: in memory).

        A folder that holds a log keeps it: what is new is added, and everything is learned again, or gone on with (`warm`, see
        `learn`), in the text space that is there. What was broken off goes on where it stopped. `board` is for TensorBoard.

        Raises:
            InvalidInput: for input that cannot be read; to see the rows that were left out, read it first (`read_events`).
            LogError: when the folder is in use, or cannot be written.
        """
        config = config or Config()
        encoder = encoder or load_encoder(config.encoder, threads=config.threads)
        with opened(folder) as (log, journal):
            records, frame = gather(items, events, config, log.items())
            log.put_items(records)
            engine, cold = None, ""
            if warm and folder is not None and snapshot.exists(folder):
                try:
                    engine = cls._restored(folder, snapshot.load(folder), (log, journal), encoder)
                    engine.config = config
                except (FingerprintMismatch, InvalidInput) as error:
                    cold = str(error).partition(";")[0]
            if engine is None:
                records = log.items()
                space = Space.fit(encoder, records, progress=counted(progress, "encoding items", len(records)))
                engine = cls(log, journal, space, config, folder)
                engine.known = Knowledge.none(space.dim, config, folder)
                engine.catalog.extend(records, space.items(records))
            progress("writing the log", 0.0)
            log.append_frame(frame, weigh(frame, config))
            how = engine.learn(progress, warm=warm, board=board)
            engine.learned = how._replace(cold=cold or how.cold)
            engine.save()
        return engine

    @classmethod
    def load(cls, folder: Path, *, encoder: Encoder | None = None) -> Self:
        """The engine kept in `folder`, with every event its log has acknowledged.

        Raises:
            InvalidInput: when nothing was fitted there; FingerprintMismatch, when it was made with another encoder.
            LogError: when another process has the folder open.
        """
        kept = snapshot.load(folder)
        encoder = encoder or load_encoder(kept[0].config.encoder, threads=kept[0].config.threads)
        with opened(folder) as books:
            engine = cls._restored(folder, kept, books, encoder)
            engine._catch_up()
        return engine

    @classmethod
    def _restored(cls, folder: Path, kept: _Kept, books: tuple[Log, Journal], encoder: Encoder) -> Self:
        """The engine as it was saved, whatever the log took in since."""
        record, parts = kept
        space = Space.load(snapshot.space_of(folder, record.space), encoder)
        space.require(record.space)
        engine = cls(*books, space, record.config, folder)
        engine.applied = record.applied
        changed = engine.catalog.restore(engine.log.items(), parts["catalog"], space.items)
        engine.known = Knowledge.restore(record, parts, engine.catalog)
        engine.people = People(record.config.fold, space.dim, cell_of(engine.known.blend.sources))
        engine.people.restore(parts["people"])
        engine._pending.update(engine.people.who_had(changed))
        return engine

    def save(self) -> None:
        """Keep parameters and state in the folder, so that the next `load` need not replay the log; in memory, nothing."""
        if self.folder is None:
            return
        with self._lock:
            self.settle()
            self.space.save(snapshot.space_of(self.folder, self.space.fingerprint))
            known, names = self.known, tuple(source.name for source in self.known.blend.sources)
            record = snapshot.Record(
                snapshot.FORMAT, self.space.fingerprint, self.applied, known.repeat, known.fitted, names, self.config
            )
            state = {"catalog": self.catalog.arrays(), "people": self.people.arrays()}
            snapshot.save(self.folder, record, state | known.arrays())
            if self.learned is not None:  # and kept: what training could have gone on from is not needed
                shutil.rmtree(self.folder / _CHECKPOINTS, ignore_errors=True)

    def close(self) -> None:
        """Close the log and the journal; what they acknowledged is kept, and a later `load` replays what `save` did not see."""
        try:
            self.journal.close()
        finally:
            self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def now(self) -> float:
        """The time of the latest event, epoch seconds: what `at` means where it is not given."""
        return self.log.totals().last_time or 0.0

    def learn(self, progress: Progress = silent, *, warm: bool = False, board: Path | None = None) -> Learned:
        """Fit sources and blend on the whole log, and fold everybody's state anew.

        `warm` keeps the weights of the blend, takes the evolution model one pass further from where it is and fits the rest anew,
        unless the sources are not those that were fitted before. `board` is a folder for TensorBoard.
        """
        with self._lock:
            events, keys, last = whole(self.log)
            folder = self.folder and self.folder / _CHECKPOINTS
            known, self.learned = learn(
                events, self.catalog, self.config, self.known, progress, warm=warm, folder=folder, board=board
            )
            progress("folding histories", 0.0)
            people = People(self.config.fold, self.space.dim, cell_of(known.blend.sources))
            people.grow(int(events.user.max(initial=-1)) + 1)
            people.observe(events, keys, self.catalog.vectors)
            self.known, self.people, self.applied = known, people, last
            self._pending.clear()
            progress("folding histories", 1.0)
            return self.learned

    def add(self, items: Sequence[Item]) -> int:
        """Add items or replace their records, durably; they can be recommended at once. Returns how many were new.

        Raises:
            InvalidInput: for an item that cannot be one; then none is added.
        """
        for item in items:
            check_item(item)
        vectors = self.space.items(items)
        with self._lock:
            before = len(self.catalog)
            moved = self.catalog.moved(items, vectors)
            self.log.put_items(items)
            self.catalog.extend(items, vectors)
            self.known = self.known._replace(topics=self.known.topics.grown(self.catalog))
            self._pending.update(self.people.who_had(moved))
            return len(self.catalog) - before

    def observe(self, events: Sequence[Event], *, now: float | None = None) -> Receipt:
        """Take in what people did, in any order, once each by id. What it accepts is durable, and counts in the next request.

        A bad event is rejected with its reason and leaves the others alone; `now`, epoch seconds, rejects those a day past it.
        """
        taken, weights, rejected = screened(events, self.config, now, self.catalog)
        fresh = int(self.log.append(taken, weights).fresh.sum()) if taken else 0
        with self._lock:
            self._catch_up()
        return Receipt(fresh, len(taken) - fresh, rejected)

    def recommend(
        self,
        user: str | None = None,
        *,
        history: Sequence[str] = (),
        text: str | None = None,
        k: int = 10,
        at: float | None = None,
        where: Filter | None = None,
        exclude: Sequence[str] = (),
    ) -> Slate:
        """The `k` best items for a user, for an anonymous `history` of item ids (oldest first), for a `text` in any language, or
        for a text on top of either. An unknown user gets what is popular now, in variety.

        `at` is epoch seconds, None for `now`. A past time reads the person as they were then; what is
        popular, and all that was learned, is today's.

        Raises:
            InvalidInput: for a `k` beyond 1 to 500, a time that is not one, or both a user and a history.
            UnknownItem: for a history with an item that the catalog does not hold.
        """
        request.check(user, history, k, at)
        moment = self.now if at is None else at
        wanted = self.space.queries([text]) if text else None
        with self._lock:
            if history:
                interests, had = imagined(self.people, self.catalog, history, moment)
            else:
                number = self.log.user(user) if user else -1
                self.settle([number])
                interests, had = remembered(self.people, self.log, self.catalog, number, moment)
            hidden = request.hidden(self.catalog, moment, where, exclude, None if self.known.repeat else had)
            scored = self.known.blend.score(interests, self.catalog, wanted)
            slates = diversify(best(scored.scores, hidden[None], POOL + k), self.catalog.vectors, k, self.config.diversity)
            themes = self.known.themes(slates.items[0][slates.items[0] >= 0], self.catalog)
            slate = explain(slate_id(moment), user, slates, scored, self.known.blend.sources, interests, self.catalog, themes)
        self.journal.write(request.kept(slate, k, {"history": history, "text": text, "where": where, "exclude": exclude}))
        return slate

    def interests(self, user: str, at: float | None = None) -> Account:
        """What a user is into at `at` (epoch seconds, past or future; None for now): a function of their log up to then.

        Raises:
            UnknownUser: for a user without events.
        """
        moment = self.now if at is None else at
        with self._lock:
            number = self._number(user)
            self.settle([number])
            interests, _ = remembered(self.people, self.log, self.catalog, number, moment)
        ids, _, events = self.log.history(number, until=moment)
        near = nearest(interests, self.catalog, self.config.fold)
        told = about(events, self.catalog, self.known.topics)
        return account(user, moment, ids, events, *told, facets(events, self.catalog), near)

    def timeline(self, user: str, times: Sequence[float]) -> list[Account]:
        """`interests` at each of `times` (epoch seconds) from one reading of the log, without what is `nearest`."""
        if not times:
            raise InvalidInput("a timeline needs at least one time")
        ids, _, events = self.log.history(self._number(user), until=max(times))
        accounts = []
        for at, known in zip(times, np.searchsorted(events.time, times, side="right").tolist(), strict=True):
            past = events.take(slice(known))
            accounts.append(account(user, at, ids[:known], past, *about(past, self.catalog, self.known.topics), {}, {}))
        return accounts

    def compare(self, user: str, first: float, second: float) -> Comparison:
        """What became of a user's interests from one time to another, epoch seconds; raises UnknownUser."""
        return compared(*self.timeline(user, (first, second)))

    def shifts(self, user: str, at: float | None = None, *, since: float = -np.inf) -> tuple[Moved, ...]:
        """How a user's interests shifted, as was found from `since` to `at` (epoch seconds; None for now), in the order it was
        found: a function of their log up to then.

        Raises:
            UnknownUser: for a user without events.
        """
        ids, _, events = self.log.history(self._number(user), until=self.now if at is None else at)
        found = self.known.watch.shifts(ids, events, self.catalog, self.known.topics)
        return tuple(shift for shift in found if shift.detected_at >= since)

    def last(self, user: str) -> float:
        """The time of a user's last event, epoch seconds; -inf for a stranger."""
        with self._lock:
            number = self.log.user(user)
            self.settle([number])
            return float(self.people.state.last[number]) if 0 <= number < len(self.people) else -np.inf

    def _number(self, user: str) -> int:
        number = self.log.user(user)
        if number < 0:
            raise UnknownUser(user, self.log.totals().users)
        return number

    def _catch_up(self) -> None:
        """Apply what the log acknowledged since the last time: streaming, recovery and replay are this one function."""
        for seqs, keys, events in self.log.replay(after=self.applied):
            self.people.grow(int(events.user.max()) + 1)
            self._pending.update(self.people.observe(events, keys, self.catalog.vectors).tolist())
            for source in self.known.blend.sources:
                source.observe(events)
            self.applied = int(seqs[-1])

    def settle(self, users: Iterable[int] | None = None) -> None:
        """Fold anew the users (None: all) whose events came late or whose items changed; reading them does so by itself."""
        with self._lock:
            for user in list(self._pending if users is None else self._pending.intersection(users)):
                _, keys, events = self.log.history(user, through=self.applied)
                self.people.replace(user, events, keys, self.catalog.vectors)
                self._pending.discard(user)
