"""What was written about items, brought into the engine: as records, vectors and everybody's state."""

from penchant.engine import Engine
from penchant.narrate.item.enrich import Enrich, enriched

_BATCH = 64  # items brought in at a time


def enrich(engine: Engine) -> int:
    """Give every item what there is to add to it by now, durably; returns how many changed.

    Their vectors are made anew, and who had them is folded anew before they are next read: the state is what it would be had the
    items always said so. Items whose words are not answered yet stay as they are. Does nothing where enrichment is turned off.

    >>> from penchant.config import Config
    >>> from penchant.types import Event, Item
    >>> with Engine.fit([Item(id="tea")], [Event(user="ann", item="tea", time=1.0)], config=Config(encoder="hash")) as engine:
    ...     enrich(engine)
    0

    Raises:
        LogError: when the log cannot be read or written.
    """
    if Enrich.name not in engine.desk.kinds:
        return 0
    before = engine.catalog.items.copy()
    after = enriched(before, engine.desk.ask)
    changed = [(now, then) for now, then in zip(after, before, strict=True) if now != then]
    brought = 0
    for start in range(0, len(changed), _BATCH):
        some = changed[start : start + _BATCH]
        engine.space.items([now for now, _ in some])  # encoded before anybody waits; the encoder remembers
        with engine._lock:  # what was posted meanwhile must not be undone
            catalog = engine.catalog
            still = [now for now, then in some if catalog.items[catalog.number(then.id)] is then]
            engine.add(still)
            brought += len(still)
    return brought
