"""Why an item is recommended, as facts that a text may say: records made of the parts that a score was taken apart into."""

from collections.abc import Sequence

import msgspec

from penchant.narrate.person.facts import Fact, rounded, whole_day
from penchant.shift import Moved

_SAID = {  # what sources and requests say, in Chinese
    "often comes next": "常常接着出现",
    "goes with what you had": "与您选过的内容相配",
    "people like you": "与您相似的人的选择",
    "comes up another day": "常在另一天出现",
    "you come back to it": "您会反复选择",
    "popular lately": "近期受欢迎",
    "like what you liked": "与您选过的内容相似",
    "where your interests are going": "您兴趣的走向",
    "what was asked for": "您所要求的内容",
}


def spoken(label: str, language: str) -> str:
    """What a source says, in a language; as it is where there is no word for it.

    >>> spoken("popular lately", "zh"), spoken("popular lately", "en")
    ('近期受欢迎', 'popular lately')
    """
    return _SAID.get(label, label) if language == "zh" else label


def because(title: str, names: Sequence[str], share: float, events: Sequence[str]) -> Fact:
    """Past items, and how much of what speaks for `title` they make up."""
    return Fact("", "because", tuple(names), (title,), (rounded(share),), evidence=tuple(events))


def also(title: str, labels: Sequence[str], *, alone: bool) -> Fact:
    """What speaks for it beside events, or `alone` where no event does."""
    return Fact("", "also", tuple(labels), (title,), first=alone)


def against(title: str, labels: Sequence[str]) -> Fact:
    """What cannot be said of it."""
    return Fact("", "against", tuple(labels), (title,))


def without(title: str, names: Sequence[str], rank: int, now: int, events: Sequence[str]) -> Fact:
    """Where it would stand without some items, and where it stands."""
    return Fact("", "without", tuple(names), (title,), counts=(rank, now), evidence=tuple(events))


def changed(change: Moved) -> Fact | None:
    """The shift that led to what it is about; None for one that led nowhere."""
    if change.target is None:
        return None
    names = (change.source.label, change.target.label) if change.source else (change.target.label,)
    return Fact("", "moved" if change.source else "turned", names, times=(whole_day(change.at),), evidence=change.evidence)


def nothing(title: str) -> Fact:
    """That nothing in particular speaks for it."""
    return Fact("", "nothing", (title,))


def numbered(found: Sequence[Fact]) -> tuple[Fact, ...]:
    """Facts with the ids F1, F2, ... in their order.

    >>> [one.id for one in numbered([nothing("Up"), nothing("Heat")])]
    ['F1', 'F2']
    """
    return tuple(msgspec.structs.replace(one, id=f"F{number}") for number, one in enumerate(found, 1))
