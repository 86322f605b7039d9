"""Copy for an item and a person: the facts of it, and what a generator or a template made of them."""

import msgspec

from penchant.encode.language import item_language
from penchant.engine import Engine
from penchant.interest.parts import CATEGORY, UNKNOWN
from penchant.narrate.item.copy import LANGUAGES, Copy, Copywriting, Sort, Why, pitch, template
from penchant.slate.explanation import Explanation

_LOUD = 0.05  # share of what speaks for an item that one event, or an interest, must have to be named


def copy(
    engine: Engine,
    user: str,
    item: str,
    *,
    sort: Sort = "headline",
    slate: str | None = None,
    language: str | None = None,
    at: float | None = None,
) -> Copy:
    """A headline or notification that puts `item` before `user`, for the reason it has its score at `at` (epoch seconds; None for
    now) or had in a `slate` they were served; in English ("en") or Chinese ("zh"), None for the item's own.

    A generator's text is given where there is one for exactly these facts; else the template's, and the generator's is asked for.

    >>> from penchant.config import Config
    >>> from penchant.types import Event, Item
    >>> items = [Item(id=name, title=name.title()) for name in ("green tea", "teapot")]
    >>> with Engine.fit(items, [Event(user="ann", item="green tea", time=1.0)], config=Config(encoder="hash")) as engine:
    ...     copy(engine, "ann", "teapot").text
    'Have a look at Teapot'

    Raises:
        UnknownItem: for an item that the catalog does not hold.
        InvalidInput: for a language or sort that is not known, or a slate that is not one of this user's.
    """
    record = engine.catalog.items[engine.catalog.number(item)]
    spoken = language or item_language(record)
    told = engine.explain(user, item, slate=slate, at=at, brief=True)
    why, because = _reason(engine, told)
    facts = pitch(record, sort, spoken if language or spoken in LANGUAGES else LANGUAGES[0], why, because)
    kept = engine.desk.ask(Copywriting.name, msgspec.json.encode(facts), user=user)
    text = template(facts, user) if kept is None else msgspec.json.decode(kept, type=str)
    return Copy(user, item, sort, facts.language, text, "template" if kept is None else "generator")


def _reason(engine: Engine, told: Explanation) -> tuple[Why, str]:
    """Why the item is for them, as copy may say it: what they asked for; else an item they had, or an interest of theirs, that
    speaks for it with some weight; else others. Popularity speaks for most things, and says least to a person."""
    speaks = [one for one in told.contributions if one.value > 0]
    whole = sum(one.value for one in speaks)
    if told.slate is not None and any(one.kind == "text" for one in speaks):
        served = engine.journal.get(told.slate)
        return "text", str(served.request.get("text", "")) if served else ""
    for one in speaks:
        if one.kind == "event" and one.label != told.title and one.value >= _LOUD * whole:
            return "item", one.label
    named = [one for one in told.interests if one.id != CATEGORY + UNKNOWN]
    if named and named[0].value >= _LOUD * whole:
        return "theme", named[0].label.partition(": ")[0]
    return ("popular", "") if any(one.kind == "source" and one.id.startswith("popular") for one in speaks) else ("none", "")
