"""An engine in its folder: what is kept of its state beside the log, and how that is taken back."""

from pathlib import Path

from penchant import snapshot
from penchant.encode import Space
from penchant.interest.sources import cell_of
from penchant.knowledge import Knowledge
from penchant.memory import Memory
from penchant.reading import Reading
from penchant.types import Encoder

Kept = tuple[snapshot.Record, dict[str, snapshot.Arrays]]


def keep(engine: Reading, space: Space, folder: Path) -> None:
    """Write parameters, state and the text space into `folder`, whole or not at all; whoever shares the engine holds its lock."""
    state = engine.memory.arrays() | {"catalog": engine.catalog.arrays()}
    space.save(snapshot.space_of(folder, space.fingerprint))
    known, names = engine.known, tuple(source.name for source in engine.known.blend.sources)
    record = snapshot.Record(
        snapshot.FORMAT, space.fingerprint, engine.memory.applied, known.repeat, known.fitted, names, engine.config
    )
    snapshot.save(folder, record, state | known.arrays())


def space_of(kept: Kept, folder: Path, encoder: Encoder) -> Space:
    """The text space that an engine was kept with.

    Raises:
        FingerprintMismatch: when it was made with another encoder.
        InvalidInput: when the folder is damaged.
    """
    record, parts = kept
    snapshot.complete(folder, parts)
    space = Space.load(snapshot.space_of(folder, record.space), encoder)
    space.require(record.space)
    return space


def take_back(engine: Reading, space: Space, kept: Kept) -> None:
    """Fill an engine over its log with what was kept, whatever the log took in since."""
    record, parts = kept
    changed = engine.catalog.restore(engine.log.items(), parts["catalog"], space.items)
    engine.known = Knowledge.restore(record, parts, engine.catalog)
    cell, vigil = cell_of(engine.known.blend.sources), engine.known.vigil(engine.catalog, record.config)
    engine.memory = Memory(engine.log, engine.catalog, record.config.fold, cell, vigil)
    engine.memory.restore(parts, record.applied)
    engine.memory.changed(changed)
