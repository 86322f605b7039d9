"""The texts that bench/faithful.py asks for: of whom, with which facts, and in which words.

Counted here are 500: portraits, reasons and topic names, in English and Chinese, of people of both data sets and of planted ones.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from judge import Judge, planted
from penchant.engine import Engine
from penchant.narrate.generators.generator import Prompt
from penchant.narrate.person import english
from penchant.narrate.person.facts import Fact
from penchant.narrate.person.labels import Naming, subjects
from penchant.narrate.person.portrait import Portrait
from penchant.narrate.person.rewriting import Facts, Rewriting, names, payload
from penchant.slate.explanation import spoken_of

PLANTED = 40
COUNTS = {  # texts: data, sort, language
    ("films", "portrait", "en"): 50,
    ("films", "portrait", "zh"): 30,
    ("shop", "portrait", "en"): 40,
    ("shop", "portrait", "zh"): 20,
    ("films", "planted", "en"): 30,
    ("films", "planted", "zh"): 20,
    ("shop", "planted", "en"): 20,
    ("shop", "planted", "zh"): 10,
    ("films", "free", "en"): 20,
    ("films", "free", "zh"): 10,
    ("shop", "free", "en"): 20,
    ("shop", "free", "zh"): 10,
    ("films", "reason", "en"): 30,
    ("films", "reason", "zh"): 20,
    ("shop", "reason", "en"): 30,
    ("shop", "reason", "zh"): 20,
    ("films", "label", "en"): 40,
    ("films", "label", "zh"): 20,
    ("shop", "label", "en"): 40,
    ("shop", "label", "zh"): 20,
}
FREE = {  # what a generator is asked that is given bare facts and left to find the words
    "en": "Write a lively portrait of a customer, called they: a full sentence for each fact, like F9: They ..., with its T9 and "
    "numbers.",
    "zh": "根据这些事实写一段生动的顾客画像：每条写一句完整的中文，如 F9：这位顾客……，带上其中的 T9 和数字。",
}


class Asked(msgspec.Struct, frozen=True):
    """One text to be asked for: of whom (a user, or a topic's id), and all its facts."""

    data: str
    sort: str
    language: str
    about: str
    payload: str

    @property
    def key(self) -> str:
        return f"{self.data} {self.sort} {self.language} {self.about}"


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    asked: Asked
    text: str
    tokens_asked: int
    tokens_given: int
    seconds: float
    generator: str


class World(NamedTuple):
    """A fitted engine with planted people in it."""

    name: str
    engine: Engine
    judge: Judge


def opened(name: str, folder: Path, where: Path) -> World:
    """A copy of a fitted folder, with planted people."""
    shutil.copytree(folder, where / name)
    engine = Engine.load(where / name)
    events = planted(engine.catalog, engine.known.topics, PLANTED, engine.now, np.random.default_rng(7))
    engine.observe(events)
    return World(name, engine, Judge(engine.catalog, engine.known.topics))


def jobs(world: World) -> Iterator[Asked]:
    """What is asked about one data set, always the same."""
    rng = np.random.default_rng(11)
    engine = world.engine
    users = [user for user in engine.log.users() if user and not user.startswith("planted-")]
    users = [users[place] for place in rng.permutation(len(users)).tolist()]
    users = [user for user in users[:900] if engine.log.people(user, 1)[0].events >= 12][:150]
    for (data, sort, language), count in COUNTS.items():
        if data != world.name:
            continue
        if sort == "label":
            told = subjects(engine.known.topics, language)
            for id in sorted(told, key=lambda id: (not id.startswith("theme"), id))[:count]:
                yield Asked(data, sort, language, id, told[id].decode())
            continue
        for user in [f"planted-{n}" for n in range(count)] if sort == "planted" else users[:count]:
            yield Asked(data, sort, language, user, (_reason if sort == "reason" else _portrait)(engine, user, language))


def _portrait(engine: Engine, user: str, language: str) -> str:
    told = richest(engine.portraits(user, language=language))
    return payload(language, told.at, told.facts).decode()


def richest(portraits: Sequence[Portrait]) -> Portrait:
    """The portrait that says the most different things, the latest of them."""
    return max(portraits, key=lambda one: (len({fact.sort for fact in one.facts}), one.at))


def _reason(engine: Engine, user: str, language: str) -> str:
    item = engine.recommend(user, k=1).items[0].item
    found = engine.explain(user, item)
    facts = spoken_of(found.title, found.contributions, found.counterfactual, found.rank, found.change, language)
    return payload(language, found.at, facts).decode()


def prompt(asked: Asked) -> Prompt:
    """What a generator is asked."""
    raw = asked.payload.encode()
    if asked.sort == "label":
        return Naming().prompt(raw)
    if asked.sort != "free":
        return Rewriting("portrait", 1).prompt(raw)
    told = msgspec.json.decode(raw, type=Facts)
    code = {name: f"T{number}" for number, name in enumerate(names(told.facts), 1)}
    lines = "\n".join(_bare(fact, code) for fact in told.facts)
    return Prompt(FREE[asked.language], lines, None, 70 * len(told.facts))


def _bare(fact: Fact, code: dict[str, str]) -> str:
    parts = [fact.sort, " > ".join(code[name] for name in fact.names), *(f"{share:.0%}" for share in fact.shares)]
    parts += [*map(str, fact.counts), *map(english.month, fact.times), *([fact.way] if fact.way != "level" else [])]
    return f"{fact.id}: {', '.join(parts)}"
