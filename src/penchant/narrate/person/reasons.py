"""Why an item is recommended, as facts that a text may say: records made of the parts that a score was taken apart into."""

import re
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
    "what you said": "您说过的话",
    "goes with what you liked, by what it says": "内容与您喜欢的相配",
    "suits your taste": "符合您的口味",
    "new here": "新上架",
    "popular": "受欢迎",
}
_QUOTED = {  # the same of what people said themselves (`slate.spoken.label`), their own words left as they are
    r"you searched for ‘(.*)’": r"您搜索过‘\1’",
    r"your search for ‘(.*)’": r"您对‘\1’的搜索",
    r"your words on ‘(.*)’(?: in (.*))?": r"您关于\2‘\1’的话",
    r"you said ‘(.*)’": r"您说过‘\1’",
    r"you did not want ‘(.*)’": r"您不想要‘\1’",
    r"you liked ‘(.*)’(?: in (.*))?": r"您喜欢\2的‘\1’",
    r"you did not like ‘(.*)’(?: in (.*))?": r"您不喜欢\2的‘\1’",
}


def spoken(label: str, language: str) -> str:
    """What a source says, or what the person said, in a language; as it is where there is no word for it.

    >>> spoken("popular lately", "zh"), spoken("popular lately", "en"), spoken("you searched for ‘space’", "zh")
    ('近期受欢迎', 'popular lately', '您搜索过‘space’')
    """
    if language != "zh":
        return label
    found = next(((form, match) for form in _QUOTED if (match := re.fullmatch(form, label, re.DOTALL))), None)
    return _SAID.get(label, label) if found is None else found[1].expand(_QUOTED[found[0]])


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
