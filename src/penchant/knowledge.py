"""Everything that is learned from a log, as one value: replaced whole, saved and read back."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import numpy as np

from penchant import snapshot
from penchant.catalog import Catalog
from penchant.config import Config
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.sources import ADAPTED, EVOLUTION, NEW
from penchant.interest.topics import Topics, fit
from penchant.rank.blend import Blend
from penchant.rank.learn import Learned, Progress, comes_back, default_sources, learned
from penchant.shift import Settings, Watch
from penchant.shift.forecast import Forecast, Foresight, forecast
from penchant.shift.forecast import learned as foresight
from penchant.shift.vigil import Vigil
from penchant.types import I64, Events


class Knowledge(NamedTuple):
    """What a log taught."""

    blend: Blend
    topics: Topics
    watch: Watch
    repeat: bool  # whether people come back to what they had
    fitted: int  # items that the sources were fitted on
    foresight: Foresight | None = None  # None where there is nothing to foresee
    plain: Mapping[str, str] = MappingProxyType({})  # labels by rule of the topics that a generator has named, by id

    @staticmethod
    def none(dim: int, config: Config, folder: Path | None = None) -> "Knowledge":
        """What is known before anything was learned, of text vectors (items, dim): the topics that `folder` had, if any, for them
        to keep their ids."""
        topics = Topics.none(dim)
        if folder is not None and snapshot.exists(folder):
            with suppress(FingerprintMismatch, InvalidInput, KeyError):  # of another version: they are found anew
                topics = Topics.restore(snapshot.load(folder, "topics")[1]["topics"])
        return Knowledge(Blend([]), topics, Watch(), bool(config.repeat), 0)

    def themes(self, items: I64, catalog: Catalog) -> list[tuple[str, ...]]:
        """The broad topics each of `items` belongs to, most first."""
        return self.watch.themes(items, catalog, self.topics)

    def vigil(self, catalog: Catalog, config: Config) -> Vigil:
        """Who is to follow everybody's shifts."""
        return Vigil(self.watch, catalog, self.topics, config.after_shift)

    def forecast(self, user: str, events: Events, catalog: Catalog, at: float, ahead: float) -> Forecast:
        """What `user`, who did `events`, will do in the `ahead` seconds from `at`; raises InvalidInput."""
        return forecast(user, events, at, ahead, self.foresight, self.watch.topics, catalog, self.topics)

    def arrays(self) -> dict[str, snapshot.Arrays]:
        """Everything, by part."""
        parts = {"blend": self.blend.arrays(), "topics": self.topics.arrays(), "watch": self.watch.arrays()}
        parts["labels"] = {"plain": np.frombuffer(msgspec.json.encode(dict(self.plain)), np.uint8)}
        return parts | {"foresight": self.foresight.arrays() if self.foresight else {}}

    @staticmethod
    def restore(record: snapshot.Record, parts: Mapping[str, snapshot.Arrays], catalog: Catalog) -> "Knowledge":
        """Inverse of `arrays`; items that came to `catalog` since are placed in the topics.

        Raises:
            FingerprintMismatch: when another version of Penchant learned it from other sources.
        """
        training = record.config.training if EVOLUTION in record.sources else None
        sources = default_sources(record.config.fold, record.fitted, repeat=record.repeat, training=training)
        since = {ADAPTED, NEW} - set(record.sources)  # sources that were not there yet when older engines were fitted
        blend = Blend([source for source in sources if source.name not in since])
        snapshot.require(record, blend.sources)
        blend.restore(parts["blend"])
        topics, watch = Topics.restore(parts["topics"]).grown(catalog), Watch.restore(parts.get("watch", {}))
        labels = parts.get("labels", {}).get("plain")
        plain = {} if labels is None else msgspec.json.decode(labels.tobytes(), type=dict[str, str])
        return Knowledge(blend, topics, watch, record.repeat, record.fitted, Foresight.restore(parts.get("foresight", {})), plain)


def learn(
    events: Events,
    catalog: Catalog,
    config: Config,
    before: Knowledge,
    progress: Progress,
    *,
    warm: bool,
    folder: Path | None,
    board: Path | None,
) -> tuple[Knowledge, Learned]:
    """What `events`, sorted by user, then time, teach, and how it was come by; topics keep the ids they had `before`.

    `warm` and `board` are those of `Engine.learn`, `folder` is for the checkpoints of training.
    """
    repeat = comes_back(events) if config.repeat is None else config.repeat
    fold, training, seed = config.fold, config.training, config.seed
    known = before.blend if warm else None
    blend, how = learned(
        events, catalog, fold, training, repeat, seed, before=known, folder=folder, board=board, progress=progress
    )
    rng = np.random.default_rng(seed)
    progress("finding topics", 0.0)
    topics = fit(catalog, events, rng=rng, before=before.topics)
    progress("learning how people move", 0.0)
    watch = Watch.learned(events, catalog, topics, Settings(budget=config.false_alarms), rng)
    progress("learning how people move", 1.0)
    ahead = foresight(events, catalog, topics, watch.topics, watch.loose, rng, progress)
    return Knowledge(blend, topics, watch, repeat, len(catalog), ahead), how
