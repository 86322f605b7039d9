"""The whole system at a glance: events meet the catalog and become interests; interests become a slate, with reasons."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from penchant import keeping, snapshot
from penchant.ask.bare import bare
from penchant.catalog import Catalog, Filter
from penchant.catalog.read import check_item
from penchant.config import Config
from penchant.encode import Space, load_encoder
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.events import Imported, InvalidField, Log
from penchant.events.receipt import Receipt
from penchant.events.source import Source
from penchant.hearing import Ear
from penchant.intake import gather, opened, screened, weighed
from penchant.interest.controls import Change, Controls, check, meant, written
from penchant.interest.recall import imagined
from penchant.interest.sources import cell_of
from penchant.knowledge import Knowledge, learn
from penchant.narrate.item.enrich import enriched
from penchant.narrate.person.portrait import tongue
from penchant.rank.learn import Learned, Progress, counted, silent
from penchant.reading import Reading
from penchant.retrieve.exact import best
from penchant.slate import request
from penchant.slate.asking import Asking
from penchant.slate.diversity import diversify
from penchant.slate.explanation import Explanation
from penchant.slate.journal import Journal, slate_id
from penchant.slate.reasons import explain
from penchant.slate.reordering import reranked
from penchant.slate.slate import Slate
from penchant.slate.wishes import room, wishes
from penchant.telling.explaining import Question, explanation
from penchant.telling.naming import apart, renamed
from penchant.telling.portraying import usual
from penchant.types import Encoder, Event, Item

K = 10  # items of a slate that names no number
POOL = 200  # candidates that diversity chooses from
_CHECKPOINTS = "training"  # where in the folder


class Engine(Reading):
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
        super().__init__(log, Catalog(space.dim), config)
        self.journal, self.space, self.folder, self.asking = journal, space, folder, Asking(self.catalog, space)
        self.ear = Ear(log, self.catalog, self.asking, self._lock)
        self.learned: Learned | None = None  # how, where it was here that everything was learned

    @classmethod
    def fit(
        cls,
        items: Source | Imported | None,
        events: Source | Imported,
        *,
        folder: Path | str | None = None,
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
        folder = None if folder is None else Path(folder)
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
            log.append_frame(frame, weighed(frame, config))
            engine.ear.catch_up(config.texts, progress)
            how = engine.learn(progress, warm=warm, board=board)
            engine.learned = how._replace(cold=cold or how.cold)
            engine.save()
        return engine

    @classmethod
    def load(cls, folder: Path | str, *, encoder: Encoder | None = None) -> Self:
        """The engine kept in `folder`, with every event its log has acknowledged.

        Raises:
            InvalidInput: when nothing was fitted there; FingerprintMismatch, when it was made with another encoder.
            LogError: when another process has the folder open.
        """
        folder = Path(folder)
        kept = snapshot.load(folder)
        encoder = encoder or load_encoder(kept[0].config.encoder, threads=kept[0].config.threads)
        with opened(folder) as books:
            engine = cls._restored(folder, kept, books, encoder)
            engine._catch_up()
        return engine

    @classmethod
    def _restored(cls, folder: Path, kept: keeping.Kept, books: tuple[Log, Journal], encoder: Encoder) -> Self:
        """The engine as it was saved, whatever the log took in since."""
        engine = cls(*books, keeping.space_of(kept, folder, encoder), kept[0].config, folder)
        keeping.take_back(engine, engine.space, kept)
        return engine

    def save(self) -> None:
        """Keep parameters and state in the folder, so that the next `load` need not replay the log; in memory, nothing."""
        if self.folder is None:
            return
        with self._lock:
            keeping.keep(self, self.space, self.folder)
            if self.learned is not None:  # and kept: what training could have gone on from is not needed
                shutil.rmtree(self.folder / _CHECKPOINTS, ignore_errors=True)

    def close(self) -> None:
        """Close the log and the journal; what they acknowledged is kept, and a later `load` replays what `save` did not see."""
        with closing(self.log), closing(self.journal):
            self.desk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def learn(self, progress: Progress = silent, *, warm: bool = False, board: Path | None = None) -> Learned:
        """Fit sources and blend on the whole log, and fold everybody's state anew.

        `warm` keeps the weights of the blend, takes the evolution model one pass further from where it is and fits the rest anew,
        unless the sources are not those that were fitted before. `board` is a folder for TensorBoard.
        """
        with self._lock:
            events, keys, last = self.memory.whole()
            folder = self.folder and self.folder / _CHECKPOINTS
            known, self.learned = learn(
                events.done(), self.catalog, self.config, self.known, progress, warm=warm, folder=folder, board=board
            )
            progress("folding histories", 0.0)
            self.memory.fold(events, keys, last, cell_of(known.blend.sources), known.vigil(self.catalog, self.config))
            self.known = known
            self.rename()
            progress("folding histories", 1.0)
            return self.learned

    def rename(self) -> int:
        """Call topics what a generator has named them by now (`naming.renamed`); returns how many go by another name."""
        language = usual(self.catalog)
        while True:
            before = self.known
            after = renamed(before, self.desk, language, self.catalog.vectors, self.space.queries)  # encodes: nobody waits for it
            with self._lock:
                if self.known is before:
                    self.known = after
                    return apart(before, after)

    def add(self, items: Sequence[Item]) -> int:
        """Add items or replace their records, durably; they can be recommended at once. Returns how many were new.

        Raises:
            InvalidInput: for an item that cannot be one; then none is added.
        """
        for item in items:
            check_item(item)
        items = enriched(items, self.desk.ask) if "enrich" in self.desk.kinds else items
        vectors = self.space.items(items)
        with self._lock:
            before = len(self.catalog)
            moved = self.catalog.moved(items, vectors)
            self.log.put_items(items)
            self.catalog.extend(items, vectors)
            self.known = self.known._replace(topics=self.known.topics.grown(self.catalog))
            self.memory.vigil.topics = self.known.topics
            self.memory.changed(moved)
            return len(self.catalog) - before

    def observe(self, events: Sequence[Event], *, now: float | None = None) -> Receipt:
        """Take in what people did, in any order, once each by id. What it accepts is durable, and counts in the next request.

        A bad event is rejected with its reason and leaves the others alone; `now`, epoch seconds, rejects those a day past it.
        """
        taken, weights, rejected = screened(events, self.config, now, self.catalog)
        fresh = self.ear.append(taken, weights, self.config.texts) if taken else 0
        with self._lock:
            self._catch_up()
        return Receipt(fresh, len(taken) - fresh, rejected)

    def recommend(
        self,
        user: str | None = None,
        *,
        history: Sequence[str] = (),
        text: str | None = None,
        k: int = K,
        at: float | None = None,
        where: Filter | None = None,
        exclude: Sequence[str] = (),
    ) -> Slate:
        """The `k` best items for a user, for an anonymous `history` of item ids (oldest first), for a `text` in any language, or
        for a text on top of either. An unknown user gets what is popular now, in variety.

        `at` is epoch seconds, None for `now`. A past time reads the person as they were then; all that was learned is today's.

        Raises:
            InvalidInput: for a `k` beyond 1 to 500, a time that is not one, or both a user and a history.
            UnknownItem: for a history with an item that the catalog does not hold.
        """
        request.check(user, history, k, at)
        moment = self.now if at is None else at
        asked = self.asking(text or self.introduction(user, moment))
        with self._lock:
            number = self.log.user(user) if user else -1
            if history:
                interests, had = imagined(self.memory.people, self.catalog, history, moment)
            else:
                interests, had = self.memory.read(number, moment)
            wished = wishes(self.memory.steering.of(number, moment), self.catalog, self.known.topics)
            hidden = wished.muted | request.hidden(self.catalog, moment, where, exclude, None if self.known.repeat else had)
            hidden, read = asked.bounded(self.catalog, hidden)
            scored = self.known.blend.score(interests, self.catalog, asked.fit(self.catalog))
            slates = diversify(best(scored.scores, hidden[None], POOL + k), self.catalog.vectors, k, self.config.diversity)
            slates, owed = room(slates, scored.scores[0], hidden, wished.pinned)
            themes, spoke = self.known.themes(slates.items[0][slates.items[0] >= 0], self.catalog), self.known.blend.sources
            heard = self.said(user, interests), wished.muted
            slate = explain(slate_id(moment), user, slates, scored, spoke, interests, self.catalog, themes, owed, read, *heard)
        slate = reranked(slate, interests, self.catalog, self.desk)
        self.journal.write(request.kept(slate, k, {"history": history, "text": text, "where": where, "exclude": exclude}))
        return slate

    def explain(
        self,
        user: str,
        item: str,
        *,
        slate: str | None = None,
        at: float | None = None,
        language: str | None = None,
        brief: bool = False,
    ) -> Explanation:
        """What an item's score is made of for a user at `at` (epoch seconds; None for now), or in a `slate` they were served.

        The person is read as they were then; parameters and popularity are today's. The words are in `language`, "en" or "zh",
        None for the catalog's. In `brief`, without the counterfactual and the change that led there: nothing is replayed.

        Raises:
            UnknownItem: for an item that the catalog does not hold. InvalidInput: for a slate that is not one of this user's.
        """
        self.catalog.number(item)
        served = None if slate is None else request.answered(self.journal.get(slate), slate, user)
        moment = served.at if served else self.now if at is None else at
        request.check(user, (), 1, moment)
        asks, spoken = request.asked(served), tongue(language, usual(self.catalog))
        question = Question(user, item, moment, slate, served.k if served else K, asks, spoken, brief)
        text = self.asking(asks.text or self.introduction(user, moment))
        with self._lock:
            return explanation(self, question, text)

    def control(self, user: str, change: Change, at: float | None = None) -> Controls:
        """Pin or mute interests, seed a taste in words or items, pause learning or forget: in force from the next request on.

        Kept in the log, at `at` (epoch seconds, None for now) or just after what the user set last; gives all that is set then.

        Raises:
            InvalidInput: for a change that cannot be made; then nothing of it is. UnknownItem: for a seed not in the catalog.
        """
        asked = self.asking(change.text and bare(change.text))
        with self._lock:  # nothing may come between the check and what is written
            moment = self.now if at is None else at
            check(user, change, self.controls(user), self.catalog, self.known.topics, moment)
            wish = meant(asked.likeness(self.catalog, moment), self.catalog) if asked else []
            if asked and not wish:
                raise InvalidField("seed.text", change.text or "", "can mean no item: none is on sale")
            moment = self.memory.steering.after(self.log.user(user), moment)
            self.log.append(*written(user, change, wish, moment))
            self._catch_up()
        return self.controls(user)

    def _catch_up(self) -> None:
        self.memory.catch_up(self.known.blend.sources)
