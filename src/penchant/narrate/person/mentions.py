"""What a sentence says, taken apart: names, dates, numbers and words. Nothing of it is judged here."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from penchant.narrate.person.vocabulary import Vocabulary

Sort = Literal["name", "date", "percent", "points", "count", "word", "break", "other"]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
    *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
)
_NUMBERED = {name: next(number for number, full in enumerate(_MONTHS[:12], 1) if full.startswith(name[:3])) for name in _MONTHS}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_HAN_DIGIT = "零〇一二两三四五六七八九"
_HAN_NUMBER = f"[{_HAN_DIGIT}十百千]+"
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?\b"),
    re.compile(rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?(?P<name>{_NAME})\b\.?,?(?: of)? (?P<year>\d{{4}})\b", re.I),
    re.compile(rf"\b(?P<name>{_NAME})\b\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b", re.I),
    re.compile(
        rf"(?P<year>\d{{4}}|[{_HAN_DIGIT}]{{4}}) ?年 ?"
        rf"(?:(?P<month>\d{{1,2}}|{_HAN_NUMBER}) ?月(?: ?(?P<day>\d{{1,2}}|{_HAN_NUMBER})[日号])?)?"
    ),
    re.compile(rf"(?P<month>\d{{1,2}}|{_HAN_NUMBER}) ?月(?:份)?(?:(?P<day>\d{{1,2}}|{_HAN_NUMBER})[日号])?"),
    re.compile(rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? )?(?P<name>(?!may\b)(?:{_NAME}))\b", re.I),
    re.compile(r"\b(?P<year>1[89]\d\d|20\d\d)\b(?!%)"),
)
_RELATIVE = re.compile(
    r"\b(?:(?:last|this|past|previous) (?:week|month|year|spring|summer|autumn|fall|winter)|yesterday|today|tonight|tomorrow)\b"
    "|上周|上个?月|去年|今年|本月|这个?月|本周|昨天|今天|前天|明天|明年|下个?月|下周|春天|夏天|秋天|冬天",
    re.I,
)
_SHARES = (
    (re.compile(r"(\d+(?:\.\d+)?) ?(?:percentage points?|points?|pp\b|个百分点)", re.I), "points"),
    (re.compile(r"(\d+(?:\.\d+)?) ?(?:%|per ?cent\b)", re.I), "percent"),
    (re.compile(rf"百分之({_HAN_NUMBER}|\d+)"), "percent"),
    (re.compile(rf"({_HAN_NUMBER}) ?个百分点"), "points"),
    (re.compile(rf"({_HAN_NUMBER}) ?%"), "percent"),
)
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ONES = {word: number for number, word in enumerate(_SMALL)}
_TENS = dict(zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True))
_SPELT = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(list(_ONES)[1:10])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))})"
_WORDED = re.compile(rf"\b({_SPELT}) (?P<unit>percentage points?|points?|per ?cent|percent)?\b|\b({_SPELT})\b", re.I)
_FRACTIONS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "sixth": 1 / 6, "tenth": 0.1, "eighth": 0.125}
_PART = re.compile(rf"\b(?:(?P<many>{_SPELT})[- ])?(?:an? )?(?P<part>{'|'.join(_FRACTIONS)})s?\b", re.I)
_HAN_PART = re.compile(rf"(?P<below>{_HAN_NUMBER})分之(?P<above>{_HAN_NUMBER})|(?P<half>一半|半数)|(?P<tenths>[{_HAN_DIGIT}])成")
_NUMBER = re.compile(r"#?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th)?")
_HAN_COUNT = re.compile(_HAN_NUMBER)
_LATIN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_BREAKS = ",;:.!?()、。—–&/"
_JOINING = "and while but whereas with plus 和 而 并 但 且 与 以及 及 同时"
_CONJUNCTIONS = frozenset(_JOINING.split())
_FIRST = 0xE000  # of the characters that stand for names: a private use area
_QUOTES = re.compile(r"[\"“”„«»「」『』《》]")


class Token(NamedTuple):
    """A piece of a sentence; `value` is the number of a name, a share, a count, (year, month, day) with None where not said, or a
    word as it stands in the vocabulary."""

    sort: Sort
    value: int | float | str | tuple[int | None, int | None, int | None]
    text: str


def normal(text: str) -> str:
    """A text in one form of each character, white space as single spaces.

    >>> normal("占比：１６％  左右")
    '占比:16% 左右'
    """
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())


def tokens(sentence: str, names: Sequence[str], vocabulary: Vocabulary) -> list[Token]:
    """The pieces of a sentence; `names` are what may be named, each known by its place, and what is none of all is `other`.

    >>> from penchant.narrate.person.vocabulary import VOCABULARIES
    >>> [(one.sort, one.value) for one in tokens("“Heat” has grown by 5 points", ["Heat"], VOCABULARIES["en"])]
    [('name', 0), ('word', 'has'), ('word', 'grown'), ('word', 'by'), ('points', 0.05)]
    """
    text = masked(normal(sentence), names, vocabulary)
    found: list[Token] = []
    for part in re.split(f"({_QUOTES.pattern})", text):
        if not _QUOTES.fullmatch(part):
            found += _scanned(part, vocabulary)
    return found


def masked(text: str, names: Sequence[str], vocabulary: Vocabulary) -> str:
    """The text with a character of its own for each name; one made of common words and numbers alone must stand in quotes."""
    for place in sorted(range(len(names)), key=lambda place: -len(names[place])):
        name = normal(names[place])
        if not name:
            continue
        plain = all(word.isdecimal() or word.casefold() in vocabulary.claims for word in re.findall(r"\w+", name))
        quoted = rf"[\"“«「『《']{re.escape(name)}[\"”»」』》']"
        bare = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" if name.isascii() else re.escape(name)
        text = re.sub(quoted if plain else f"{quoted}|{bare}", f" {chr(_FIRST + place)} ", text, flags=re.I)
    return text


def unnamed_quotes(text: str) -> str | None:
    """What stands in quotes in a masked text and is no name; None where there is nothing of the kind."""
    for inner in re.findall(r"[\"“«「『《]([^\"”»」』》]*)[\"”»」』》]", text):
        if any(not _is_name(char) for char in inner if char.isalnum() or _is_name(char)):
            return str(inner)
    return None


def _is_name(char: str) -> bool:
    return _FIRST <= ord(char) < 0xF8FF


def _scanned(text: str, vocabulary: Vocabulary) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        token, length = _next(text, at, vocabulary, first=not found)
        if token is not None:
            found.append(token)
        at += length
    return found


def _next(text: str, at: int, vocabulary: Vocabulary, *, first: bool) -> tuple[Token | None, int]:
    """The token that begins at a place, and how long it is."""
    char = text[at]
    if char.isspace() or char in "'·%~-":
        return (Token("other", char, char) if char == "%" else None), 1
    if _is_name(char):
        return Token("name", ord(char) - _FIRST, char), 1
    if char in _BREAKS:
        return Token("break", char, char), 1
    for read in (_date, _share, _word, _count):
        found = read(text, at, vocabulary)
        if found is not None:
            return found
    word = _LATIN.match(text, at)
    other = word[0] if word else char
    return Token("other", other, other), len(other)


def _date(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int] | None:
    if at and text[at - 1].isalnum() and text[at].isascii() and text[at - 1].isascii():
        return None
    if relative := _RELATIVE.match(text, at):
        return Token("date", relative[0].casefold(), relative[0]), len(relative[0])
    for pattern in _DATES:
        if found := pattern.match(text, at):
            parts = found.groupdict()
            month = _NUMBERED[parts["name"].casefold()] if parts.get("name") else _number(parts.get("month"))
            return Token("date", (_year(parts.get("year")), month, _number(parts.get("day"))), found[0]), len(found[0])
    return None


def _share(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int] | None:
    for pattern, sort in _SHARES:
        if found := pattern.match(text, at):
            value = float(found[1]) if found[1][0].isascii() else float(_number(found[1]) or 0)
            return Token("points" if sort == "points" else "percent", value / 100, found[0]), len(found[0])
    if (found := _PART.match(text, at)) and text[at - 1 : at] in ("", " ", "-"):
        many = _spelt(found["many"]) if found["many"] else 1
        return Token("percent", many * _FRACTIONS[found["part"].casefold()], found[0]), len(found[0])
    if found := _HAN_PART.match(text, at):
        if found["half"]:
            value = 0.5
        elif found["tenths"]:
            value = (_number(found["tenths"]) or 0) / 10
        else:
            value = (_number(found["above"]) or 0) / (_number(found["below"]) or 1)
        return Token("percent", value, found[0]), len(found[0])
    return None


def _count(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int] | None:
    if found := _WORDED.match(text, at):
        unit = found["unit"]
        value = _spelt(found[1] or found[3])
        if unit:
            return Token("points" if "point" in unit.casefold() else "percent", value / 100, found[0]), len(found[0].rstrip())
        word = found[1] or found[3]
        return Token("count", value, word), len(word)
    if found := _NUMBER.match(text, at):
        return Token("count", float(re.sub(r"[^\d.]", "", found[0])), found[0]), len(found[0])
    if found := _HAN_COUNT.match(text, at):
        return Token("count", float(_number(found[0]) or 0), found[0]), len(found[0])
    return None


def _word(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int] | None:
    """The longest word or phrase of the vocabulary that begins here."""
    if vocabulary.spaced:
        return _phrase(text, at, vocabulary)
    for length in range(min(vocabulary.longest, len(text) - at), 0, -1):
        if (word := text[at : at + length]) in vocabulary.claims:
            sort: Sort = "break" if word in _CONJUNCTIONS else "word"
            return Token(sort, word, word), length
    return None


def _phrase(text: str, at: int, vocabulary: Vocabulary) -> tuple[Token, int] | None:
    ends: list[int] = []
    here = at
    while len(ends) < vocabulary.longest and (word := _LATIN.match(text, here)):
        ends.append(word.end())
        here = word.end() + 1 if text[word.end() : word.end() + 1] == " " else len(text)
    for end in reversed(ends):
        said = text[at:end]
        if said.casefold() in vocabulary.claims:
            sort: Sort = "break" if said.casefold() in _CONJUNCTIONS else "word"
            return Token(sort, said.casefold(), said), end - at
    return None


def _spelt(text: str) -> int:
    """An English number in words up to 99."""
    return sum(_ONES.get(word, _TENS.get(word, 0)) for word in re.split("[- ]", text.casefold()))


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isascii() else int("".join(str(_digit(char)) for char in text))


def _digit(char: str) -> int:
    return {"〇": 0, "两": 2}.get(char, "零一二三四五六七八九".find(char))


def _number(text: str | None) -> int | None:
    """A number up to some thousands, in digits or in Chinese.

    >>> [_number(text) for text in ("12", "十二", "二十", "一百零三", "两千")]
    [12, 12, 20, 103, 2000]
    """
    if text is None:
        return None
    if text.isascii():
        return int(text)
    total, digit = 0, 0
    for char in text:
        if unit := {"十": 10, "百": 100, "千": 1000}.get(char):
            total, digit = total + max(digit, 1) * unit, 0
        else:
            digit = _digit(char)
    return total + digit
