"""What is written about the whole of an engine: asked for ahead of anybody who reads it, and brought in once it is there."""

from collections.abc import Callable, Iterable

from penchant.engine import Engine
from penchant.enriching import enrich
from penchant.narrate.item.enrich import due
from penchant.reading import Reading
from penchant.telling.naming import wanted
from penchant.telling.portraying import usual

Wanted = tuple[str, bytes, str | None]  # a kind, its facts, and the id of the user they are about: what `Desk.ask` takes

DUE: dict[str, Callable[[Reading], Iterable[Wanted]]] = {  # by kind
    "label": lambda engine: wanted(engine.known, usual(engine.catalog)),
    "enrich": lambda engine: due(engine.catalog.items),
}

_BATCH = 1_000  # texts noted before they are moved into the file


def ask_for_all(engine: Reading) -> None:
    """Ask the desk for everything that could be written, of the kinds that are turned on.

    What is not there waits in the file then, however much it is.

    Raises:
        LogError: when the log cannot be written.
    """
    desk = engine.desk
    for kind, texts in DUE.items():
        if kind not in desk.kinds:
            continue
        for number, (name, payload, user) in enumerate(texts(engine)):
            desk.ask(name, payload, user=user)
            if number % _BATCH == _BATCH - 1:
                desk.flush()
    desk.flush()


def settle(engine: Engine, kind: str = "") -> bool:
    """Let count what was written about topics and items by now; whether anything is called, or told, otherwise.

    `kind` is what was written, '' for whatever it was. Texts about people count as soon as they are there.

    Raises:
        LogError: when the log cannot be read or written.
    """
    if kind not in ("", *DUE):
        return False
    changed = enrich(engine) > 0
    return engine.rename() > 0 or changed
