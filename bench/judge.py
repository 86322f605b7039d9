"""A second judge of texts about people, and people whose lives are known: for bench/faithful.py.

It shares no code with penchant.narrate: it reads a claim with a few patterns of its own, and holds what it finds against the
events themselves. What it cannot read it does not judge.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.topics import Topics
from penchant.types import DAY, F32, Event

_QUOTED = re.compile(r"“([^”]+)”")
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_ENGLISH = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}})")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月")
_SHARE = re.compile(r"(\d+)%")
_UP = re.compile(r"\b(grow\w*|grew|rising|rose|increas\w*|strengthen\w*)\b|上升|增长|增加")
_DOWN = re.compile(r"\b(fad\w*|declin\w*|decreas\w*|lost|weaken\w*)\b|下降|减弱|减少")
_NEVER = re.compile(
    r"\b(he|she|his|her|him|love\w*|enjoy\w*|happy|sad|mother|father|wife|husband|child|children|family|years? old|ill|pregnant|"
    r"plans?|wants?|Paris|London|New York|because of)\b|喜欢|热爱|他|她|妈妈|爸爸|孩子|家人|岁|生病|打算|计划|北京|上海|巴黎",
)
_BEFORE, _SOON = 200, 60  # events
_ACROSS = 30 * DAY  # half-life of what is now


class Lived(NamedTuple):
    """What one person did, in order of time."""

    id: tuple[str, ...]
    item: tuple[int, ...]
    time: tuple[float, ...]
    weight: tuple[float, ...]


class Judge:
    """Holds claims against events, by items that belong to a topic at least a little, read from the memberships directly."""

    def __init__(self, catalog: Catalog, topics: Topics) -> None:
        self.titles: dict[str, set[int]] = {}
        for number, item in enumerate(catalog.items):
            self.titles.setdefault(item.title or item.id, set()).add(number)
        fine = {topic.id: place for place, topic in enumerate(topics.fine)}
        table = np.zeros((len(topics.items), len(topics.fine) + 1), np.float32)
        np.put_along_axis(table, topics.member.topic, topics.member.weights, axis=1)  # padding goes to the last column
        self.part = {topic.label: [table[:, fine[topic.id]]] for topic in topics.fine}  # a broad topic may have a fine one's name
        for topic in topics.broad:
            below = [fine[one.id] for one in topics.fine if one.parent == topic.id]
            self.part.setdefault(topic.label, []).append(table[:, below].sum(axis=1))
        self.heads: dict[str, list[str]] = {}
        for label in self.part:
            self.heads.setdefault(label.split(": ")[0], []).append(label)

    def faults(self, text: str, evidence: Sequence[str], kind: str, at: float, lived: Lived) -> list[str]:
        """What is wrong with one claim about a person at `at`; nothing where all that can be read holds."""
        past = [row for row, time in enumerate(lived.time) if time <= at]
        known = {lived.id[row]: row for row in past}
        rows = [known[event] for event in evidence if event in known]
        found = [] if rows and len(rows) == len(evidence) else ["no supporting event"]
        names = _QUOTED.findall(text)
        if not names:
            found.append("it is about nothing")
        parts: list[str] = []
        for name in names:
            labels = [name] if name in self.part else self.heads.get(name, [])
            if name in self.titles and any(lived.item[row] in self.titles[name] for row in past):
                continue
            if not any(self._has(label, lived.item[row]) for label in labels for row in rows):
                found.append(f"{name!r} has no event")
            parts += labels[:1]
        if not _DOWN.search(text):  # what fell need not have been done then
            found += self._dates(text, names, lived, past)
        if kind == "now" and len(parts) == 1 and (told := _SHARE.findall(text)):
            shares = [share_of(part, lived, past, at) for part in self.part[parts[0]]]
            if all(abs(float(one) / 100 - share) > 0.0101 for one in told for share in shares):
                found.append(f"{told[0]}% is {shares[0]:.1%}")
        if len(parts) == 1 and kind == "changed":
            found += self._direction(text, parts[0], lived, past)
        if _NEVER.search(_QUOTED.sub("", text)):
            found.append("it says what no event can show")
        return found

    def _has(self, label: str, item: int) -> bool:
        return any(part[item] > 0 for part in self.part[label])

    def _dates(self, text: str, names: Sequence[str], lived: Lived, past: Sequence[int]) -> list[str]:
        """Months in which the person did nothing of what the claim names."""
        told = [(int(year), _MONTHS[month]) for month, year in _ENGLISH.findall(text)]
        told += [(int(year), int(month)) for year, month in _CHINESE.findall(text)]
        active = set()
        for row in past:
            item = lived.item[row]
            labels = [label for name in names for label in ([name] if name in self.part else self.heads.get(name, []))]
            if any(self._has(label, item) for label in labels) or any(item in self.titles.get(name, ()) for name in names):
                day = datetime.fromtimestamp(lived.time[row], UTC)
                active.add((day.year, day.month))
        return [f"nothing of it in {year}-{month:02}" for year, month in told if (year, month) not in active]

    def _direction(self, text: str, label: str, lived: Lived, past: Sequence[int]) -> list[str]:
        """Whether what rose rose and what fell fell, from before the claim's month to soon after."""
        up, down = bool(_UP.search(text)), bool(_DOWN.search(text))
        if up == down:
            return []
        told = [(int(year), _MONTHS[month]) for month, year in _ENGLISH.findall(text)]
        told += [(int(year), int(month)) for year, month in _CHINESE.findall(text)]
        if not told:
            return []
        cut = datetime(*told[0], 1, tzinfo=UTC).timestamp()
        part = self.part[label][-1]  # shifts are of broad topics
        before = [float(part[lived.item[row]]) for row in past if lived.time[row] < cut][-_BEFORE:]
        after = [float(part[lived.item[row]]) for row in past if lived.time[row] >= cut][:_SOON]
        if not before or not after:
            return []
        rose = float(np.mean(after)) > float(np.mean(before))
        return [] if rose == up else ["it went the other way"]


def share_of(part: F32, lived: Lived, past: Sequence[int], at: float) -> float:
    """The share of a topic in what a person does, added up event by event (docs/interests.md)."""
    month = year = whole = whole_year = 0.0
    for row in past:
        age, belongs = at - lived.time[row], float(part[lived.item[row]])
        lately, usually = 2 ** (-age / _ACROSS), 2 ** (-age / (365 * DAY))
        month += lived.weight[row] * belongs * lately
        year += lived.weight[row] * belongs * usually
        whole += max(lived.weight[row], 0) * lately
        whole_year += max(lived.weight[row], 0) * usually
    usual = max(year, 0) / max(whole_year, 1e-30)
    return (max(month, 0) + 3 * usual) / (whole + 3)


def planted(catalog: Catalog, topics: Topics, people: int, until: float, rng: np.random.Generator) -> list[Event]:
    """People with a known life: an item every day or two of one fine topic, then, from a known day on, of another; a third of
    them have a third topic all along, as one event of three."""
    first = topics.member.topic[:, 0]
    large = [place for place in range(len(topics.fine)) if (first == place).sum() >= 12]
    events = []
    for person in range(people):
        before, after, beside = rng.choice(large, 3, replace=False).tolist()
        items = {topic: rng.permutation(np.flatnonzero(first == topic)).tolist() for topic in (before, after, beside)}
        length, move = int(rng.integers(40, 80)), int(rng.integers(18, 34))
        times = until - 5 * DAY - np.cumsum(rng.integers(1, 3, length)[::-1]).astype(float)[::-1] * DAY
        for turn in range(length):
            topic = beside if person % 3 == 0 and turn % 3 == 2 else before if turn < move else after
            item = items[topic][turn % len(items[topic])]
            events.append(
                Event(
                    user=f"planted-{person}",
                    item=catalog.items[item].id,
                    action="like",
                    time=float(times[turn]) + 3600 * (turn % 9),
                )
            )
    return events
