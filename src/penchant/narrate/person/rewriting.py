"""Facts put into words by a generator: what it is asked, and which of its sentences are kept."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from penchant.narrate.generators.generator import Prompt
from penchant.narrate.kind import Unfaithful
from penchant.narrate.person import chinese, english
from penchant.narrate.person.facts import Fact
from penchant.narrate.person.faithful import check

_SYSTEM = {
    "en": "Rewrite each numbered line as one short, natural sentence about a customer, called they. Keep the number, and every "
    "“name”, percentage and date as they are. Add nothing.",
    "zh": "把每一行改写成一句简短通顺的中文，说的是一位顾客。保留行首编号、“名称”、百分比和日期，不要添加任何内容。",
}
_TEMPLATES = {"en": english.sentence, "zh": chinese.sentence}
_CODE = re.compile(r"[\"“'‘「《]?\bT(?P<number>[1-9]\d?)(?![\w])[\"”'’」》]?")
_TOKENS = {"en": 60, "zh": 60}  # of the answer, for each line, at most
_LINE = re.compile(r"^[\s\-*\[(]*(?P<ids>F\d+(?:\s*[,&、和]\s*F\d+)*)[\])]*\s*[:：.．、-]?\s*(?P<text>.+)$")


class Facts(msgspec.Struct, frozen=True):
    """All that a text may say, the language it says it in, and the time it is of (epoch seconds)."""

    language: str
    at: float
    facts: tuple[Fact, ...]


class Sentence(msgspec.Struct, frozen=True):
    """A sentence that passed the check, and the ids of the facts it says."""

    text: str
    facts: tuple[str, ...]


class Sifted(NamedTuple):
    """What was kept of an answer, and what was not, with the reason."""

    kept: tuple[Sentence, ...]
    dropped: tuple[tuple[str, str], ...]  # sentence, why


class Rewriting:
    """A kind of text in which a generator says given facts more fluently than a template does; a payload is JSON of `Facts`.

    >>> fact = Fact(id="F1", sort="interest", names=("Tea",), shares=(0.5,), times=(975628800.0,), first=True)
    >>> payload = msgspec.json.encode(Facts("en", 978307200.0, (fact,)))
    >>> Rewriting("portrait", 1).check(payload, "F1: Half of what they do is about Tea, since December 2000.")
    b'[{"text":"Half of what they do is about Tea, since December 2000.","facts":["F1"]}]'
    """

    def __init__(self, name: str, version: int) -> None:
        self.name, self.version = name, version

    def prompt(self, payload: bytes) -> Prompt:
        """The facts as the template says them, one a line; names stand as T1, T2, ..., which is short, cannot be misspelt, and
        tells whoever runs the generator nothing of what the person had."""
        told = msgspec.json.decode(payload, type=Facts)
        code = {name: f"T{number}" for number, name in enumerate(names(told.facts), 1)}
        coded = [
            msgspec.structs.replace(
                fact, names=tuple(code[name] for name in fact.names), titles=tuple(code[title] for title in fact.titles)
            )
            for fact in told.facts
        ]
        lines = "\n".join(f"{fact.id}: {_TEMPLATES[told.language](fact)}" for fact in coded)
        return Prompt(_SYSTEM[told.language], lines, None, _TOKENS[told.language] * len(told.facts) + 8)

    def check(self, payload: bytes, answer: str) -> bytes:
        """The sentences that are faithful, as JSON of a list of `Sentence`.

        Raises:
            Unfaithful: where none is, with why the first was not.
        """
        told = msgspec.json.decode(payload, type=Facts)
        sifted = sift(told, answer)
        if not sifted.kept:
            raise Unfaithful(sifted.dropped[0][1] if sifted.dropped else "citation: there is no sentence that cites a fact")
        return msgspec.json.encode(sifted.kept)


def sift(told: Facts, answer: str) -> Sifted:
    """The sentences of an answer that say what the facts they cite say, none of which is said twice, and the others."""
    known, called = {fact.id: fact for fact in told.facts}, names(told.facts)
    kept: list[Sentence] = []
    dropped: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, answer.splitlines())):
        found = _LINE.match(line)
        cited = [known[id] for id in re.findall(r"F\d+", found["ids"]) if id in known] if found else []
        text = spelt(found["text"].strip() if found else line, called)
        try:
            about = check(text, cited, told.facts, told.language, told.at)
            if {id for one in kept for id in one.facts} & {*about}:
                raise Unfaithful("again: it was said before")
            kept.append(Sentence(_ended(text, told.language), about))
        except Unfaithful as error:
            dropped.append((text, str(error)))
    return Sifted(tuple(kept), tuple(dropped))


class Said(NamedTuple):
    """A sentence as it is read, the facts it says, and whether a generator wrote it."""

    text: str
    facts: tuple[Fact, ...]
    generated: bool


def worded(language: str, facts: Sequence[Fact], kept: Sequence[Sentence] = ()) -> list[Said]:
    """All facts in words, in their order: what of them a generator said and was `kept`, the rest by template."""
    known = {fact.id: fact for fact in facts}
    begins = {one.facts[0]: one for one in reversed(kept)}
    covered = {id for one in begins.values() for id in one.facts}
    said = []
    for fact in facts:
        if (one := begins.get(fact.id)) is not None:
            said.append(Said(one.text, tuple(known[id] for id in one.facts), True))
        elif fact.id not in covered:
            said.append(Said(_TEMPLATES[language](fact), (fact,), False))
    return said


def joined(said: Sequence[Said], language: str) -> str:
    """Sentences as one paragraph."""
    return (" " if language == "en" else "").join(one.text for one in said)


def names(facts: Sequence[Fact]) -> tuple[str, ...]:
    """All that facts name, each once."""
    return tuple(dict.fromkeys(name for fact in facts for name in (*fact.names, *fact.titles)))


def spelt(text: str, called: Sequence[str]) -> str:
    """A text with the names for T1, T2, ..., in quotes.

    >>> spelt("They are into 'T1' and T2.", ["Tea", "Mugs"])
    'They are into “Tea” and “Mugs”.'
    """

    def name(found: re.Match[str]) -> str:
        number = int(found["number"]) - 1
        return f"“{called[number]}”" if number < len(called) else found[0]

    return _CODE.sub(name, text)


def payload(language: str, at: float, facts: Sequence[Fact]) -> bytes:
    """What a generator is asked about: the facts without the events behind them."""
    return msgspec.json.encode(Facts(language, at, tuple(fact.said() for fact in facts)))


def _ended(text: str, language: str) -> str:
    """The sentence with its full stop."""
    text = " ".join(text.split())
    return text if text[-1:] in ".!?。！？" else text + (". " if language == "en" else "。").strip()
