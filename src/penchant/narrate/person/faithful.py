"""Whether a sentence says what its facts say, and nothing else: decided by rule, in English and Chinese.

Every word must be a name of the facts it cites, a number or date of theirs, or stand in the `vocabulary`, where words that claim
something must claim what the fact does. What the rules do not know is refused: the loss is a sentence that was true, never one
that was not.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from penchant.narrate.kind import Unfaithful
from penchant.narrate.person.dates import holds
from penchant.narrate.person.facts import Fact
from penchant.narrate.person.mentions import Token, masked, normal, tokens, unnamed_quotes
from penchant.narrate.person.vocabulary import REFUSED, VOCABULARIES, Vocabulary
from penchant.types import DAY

_CLOSE = 0.006  # of a share told in percent
_ROUGH = 0.025  # of a share told as a fraction in words
_LATELY = 92 * DAY  # seconds in which something is lately
_ALWAYS = frozenset({"from"})
_MAY: dict[str, frozenset[str]] = {  # what a sentence on a fact of each sort may claim, beside what `_ways` adds
    "interest": frozenset({"begin", "lately"}),
    "silent": frozenset({"end", "until", "down"}),
    "recent": frozenset({"latest", "lately"}),
    "emerged": frozenset({"begin", "up", "lately"}),
    "strengthened": frozenset({"up", "lately"}),
    "faded": frozenset({"down", "lately"}),
    "dormant": frozenset({"end", "down"}),
    "revived": frozenset({"back", "begin", "up", "lately"}),
    "migrated": frozenset({"move", "lately"}),
    "excursion": frozenset({"passing"}),
    "ahead": frozenset({"ahead", "hedge", "would", "days"}),
    "because": frozenset({"because"}),
    "also": frozenset({"because", "lately"}),
    "against": frozenset({"against", "neg", "because"}),
    "without": frozenset({"without", "would", "neg", "rank"}),
    "turned": frozenset({"move", "begin", "change", "back"}),
    "moved": frozenset({"move", "change"}),
    "nothing": frozenset({"nothing", "because"}),
}
_MUST: dict[str, frozenset[str]] = {  # of which it must claim one
    "silent": frozenset({"end", "until", "down"}),
    "emerged": frozenset({"begin"}),
    "strengthened": frozenset({"up"}),
    "faded": frozenset({"down"}),
    "dormant": frozenset({"end", "down"}),
    "revived": frozenset({"back"}),
    "migrated": frozenset({"move"}),
    "excursion": frozenset({"passing"}),
    "ahead": frozenset({"hedge"}),
    "against": frozenset({"against"}),
    "without": frozenset({"without"}),
    "turned": frozenset({"move"}),
    "moved": frozenset({"move"}),
    "nothing": frozenset({"nothing"}),
}
_WAYS = {"up": frozenset({"up"}), "level": frozenset({"level"}), "down": frozenset({"down"})}
_MOVES = ("migrated", "moved")
_REASONED = ("because", "also", "against", "without")
_FOR = frozenset({"for", "推荐", "支持"})
_IN_POINTS = ("strengthened", "faded")


class Names(NamedTuple):
    """All that may be named: which fact each name is of, and whether it names the fact or only goes with it."""

    text: tuple[str, ...]
    fact: tuple[int, ...]
    place: tuple[int, ...]  # among the names of the fact; -1 for a title beside them


def check(sentence: str, cited: Sequence[Fact], among: Sequence[Fact], language: str, at: float) -> tuple[str, ...]:
    """The ids of the facts a sentence is about: those of `cited` that it names.

    `among` are all facts there are, `at` the time (epoch seconds) they are of.

    >>> fact = Fact(id="F1", sort="interest", names=("Sci-Fi",), shares=(0.16,), times=(975628800.0,), way="up")
    >>> check("They are into Sci-Fi, at 16% and growing.", [fact], [fact], "en", 978307200.0)
    ('F1',)

    Raises:
        Unfaithful: for a sentence that says what these facts do not, with the reason.
    """
    vocabulary = VOCABULARIES[language]
    if not cited:
        raise Unfaithful("citation: it cites no fact")
    names = named(cited, among)
    _quotes(sentence, names, vocabulary)
    found = tokens(sentence, names.text, vocabulary)
    _known(found, among)
    if vocabulary.spaced:
        _capitals(found)
    about = sorted(
        {names.fact[int(str(one.value))] for one in found if one.sort == "name" and names.place[int(str(one.value))] >= 0}
    )
    if not about:
        raise Unfaithful("name: it names none of the facts it cites")
    if sum(one.sort == "word" for one in found) < 2:
        raise Unfaithful("fluff: it says nothing of what it names")
    for place, said in _bound(found, names, about).items():
        _agrees(said, cited[place], names, vocabulary, at)
    return tuple(cited[place].id for place in about)


def named(cited: Sequence[Fact], among: Sequence[Fact]) -> Names:
    """What the cited facts may be called: by their names, or by what stands before the colon where no other fact has that."""
    rows: list[tuple[str, int, int]] = []
    heads = [_head(name) for name in {name for fact in among for name in fact.names}]
    for number, fact in enumerate(cited):
        for place, name in enumerate(fact.names):
            rows.append((name, number, place))
            head = _head(name)
            if head != name:
                if heads.count(head) == 1:
                    rows.append((head, number, place))
                rows += [(title, number, -1) for title in name.split(": ", 1)[1].split(" · ")]
        rows += [(title, number, -1) for title in fact.titles]
    told = dict.fromkeys(rows)
    return Names(tuple(text for text, _, _ in told), tuple(fact for _, fact, _ in told), tuple(place for _, _, place in told))


def _head(name: str) -> str:
    return name.split(": ", 1)[0]


def _quotes(sentence: str, names: Names, vocabulary: Vocabulary) -> None:
    stray = unnamed_quotes(masked(normal(sentence), names.text, vocabulary))
    if stray is not None:
        raise Unfaithful(f"name: {stray!r} is not a name of the facts it cites")


def _known(found: Sequence[Token], among: Sequence[Fact]) -> None:
    """Refuse words that are neither of the facts nor of the vocabulary."""
    for one in found:
        if one.sort == "other":
            word = one.text.casefold()
            others = {part for fact in among for name in (*fact.names, *fact.titles) for part in normal(name).casefold().split()}
            sort = _sort(word) or ("name" if one.text[:1].isupper() or word in others else "word")
            raise Unfaithful(f"{sort}: {one.text!r} is in none of the facts it cites")


def _sort(word: str) -> str | None:
    """Of what sort a word is that is refused, where that is known; Chinese words are looked for in what stands together."""
    if word in REFUSED or word.isascii():
        return REFUSED.get(word)
    return next((sort for known, sort in REFUSED.items() if not known.isascii() and known in word), None)


def _capitals(found: Sequence[Token]) -> None:
    """Refuse common words that are written like names."""
    for before, one in pairwise(found):
        begins = before.sort == "break" and before.text in ".!?:"
        if one.sort == "word" and one.text[0].isupper() and not begins:
            raise Unfaithful(f"name: {one.text!r} is in none of the facts it cites")


def _bound(found: Sequence[Token], names: Names, about: Sequence[int]) -> dict[int, list[Token]]:
    """The tokens of each fact. With several in a sentence, what stands in a clause belongs to the one fact that is named there,
    or to that of the clause before it.

    Raises:
        Unfaithful: where one clause names several facts, and says more of them.
    """
    if len(about) == 1:
        return {about[0]: list(found)}
    bound: dict[int, list[Token]] = {place: [] for place in about}
    last = next(names.fact[int(str(one.value))] for one in found if one.sort == "name" and names.place[int(str(one.value))] >= 0)
    for clause in _clauses(found):
        here = {names.fact[int(str(one.value))] for one in clause if one.sort == "name" and names.place[int(str(one.value))] >= 0}
        if len(here) > 1:
            raise Unfaithful("binding: one clause is about several facts")
        last = here.pop() if here else last
        bound[last] += clause
    return bound


def _clauses(found: Sequence[Token]) -> list[list[Token]]:
    clauses: list[list[Token]] = [[]]
    for one in found:
        if one.sort == "break":
            clauses.append([])
        clauses[-1].append(one)
    return clauses


def _agrees(said: Sequence[Token], fact: Fact, names: Names, vocabulary: Vocabulary, at: float) -> None:
    """Whether what is said agrees with one fact."""
    claims = {claim for one in said if one.sort == "word" for claim in vocabulary.claims[str(one.value)]}
    may = _MAY[fact.sort] | _ALWAYS
    if fact.sort in ("interest", "ahead"):
        may |= _WAYS[fact.way]
    if fact.first:
        may |= {"first"}
    if fact.sort == "ahead" and fact.way != "level":
        may |= {"lately"}
    if over := sorted(claims - may - {"lately"}) or (["lately"] if "lately" in claims - may else []):
        raise Unfaithful(f"claim: it says {', '.join(over)} of a fact that is {fact.sort}, {fact.way}")
    if "lately" in claims and fact.times and fact.sort not in ("interest", "ahead") and at - fact.times[-1] > _LATELY:
        raise Unfaithful("date: it says lately of what is long ago")
    must = _MUST.get(fact.sort)
    if must is not None and not claims & must:
        raise Unfaithful(f"claim: it does not say that {fact.sort} is what it is")
    if {"until", "from"} <= claims or ({"until", "end"} <= claims and fact.sort != "silent"):
        raise Unfaithful("claim: it contradicts itself")
    _numbers(said, fact)
    _dates(said, fact, at)
    if fact.sort in _MOVES:
        _order(said, names, vocabulary)
    if fact.sort in _REASONED:
        _target(said, fact, names)


def _numbers(said: Sequence[Token], fact: Fact) -> None:
    """Every number must be one of the fact's; counts come in its order."""
    wanted = "points" if fact.sort in _IN_POINTS else "percent"
    left = list(fact.counts)
    told = [one.value for one in said if one.sort in ("percent", "points")]
    if len(told) > len(set(told)):
        raise Unfaithful("fluff: it says a number twice")
    for one in said:
        if one.sort in ("percent", "points"):
            close = _CLOSE if any(char.isdigit() for char in one.text) else _ROUGH
            if one.sort != wanted or not any(abs(float(str(one.value)) - share) <= close for share in fact.shares):
                raise Unfaithful(f"number: {one.text!r} is not of the fact")
        elif one.sort == "count":
            if float(str(one.value)) not in left:
                raise Unfaithful(f"number: {one.text!r} is not of the fact")
            del left[: left.index(int(float(str(one.value)))) + 1]


def _dates(said: Sequence[Token], fact: Fact, at: float) -> None:
    for one in said:
        if one.sort == "date" and not any(holds(one.value, time, at) for time in fact.times):
            raise Unfaithful(f"date: {one.text!r} is not of the fact")


def _order(said: Sequence[Token], names: Names, vocabulary: Vocabulary) -> None:
    """A move must be told from where it began to where it led: "from A to B", "A gave way to B", 从A转向B."""
    line = ""
    for one in said:
        if one.sort == "name" and names.place[int(str(one.value))] >= 0:
            line += f"<{names.place[int(str(one.value))]}>"
        elif one.sort == "word":
            line += f" {one.value} " if vocabulary.spaced else str(one.value)
    line = " ".join(line.split()) if vocabulary.spaced else line
    forms = (
        ("from <0> to <1>", "away from <0> to <1>", "from <0> towards <1>", "<0> gave way to <1>", "from <0> into <1>")
        if vocabulary.spaced
        else (
            "从<0>转向<1>",
            "由<0>转向<1>",
            "从<0>转到<1>",
            "从<0>转移到<1>",
            "从<0>转为<1>",
            "从<0>转变为<1>",
            "从<0>变为<1>",
            "从<0>到<1>",
        )
    )
    if not any(form in line for form in forms) or line.count("<0>") > 1 or line.count("<1>") > 1:
        raise Unfaithful("direction: it does not say from where to where")


def _target(said: Sequence[Token], fact: Fact, names: Names) -> None:
    """What is recommended must be what something is said to speak for, and what speaks for it must not."""
    for before, one in zip([None, *said], said, strict=False):
        if one.sort == "name":
            number = int(str(one.value))
            if names.text[number] in fact.titles and names.text[number] in fact.names:
                continue  # had before, and recommended again
            led = before is not None and before.sort == "word" and before.value in _FOR
            if led != (names.place[number] < 0 and names.text[number] in fact.titles):
                raise Unfaithful("direction: it does not say what speaks for what")
