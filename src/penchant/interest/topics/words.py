"""The words of items: what topics are named by."""

import re
import unicodedata
import warnings
from collections import Counter
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple

from penchant.types import Item

_READ = 600  # characters of an item's text that count
_ACRONYM = 4  # letters up to which capitals are a name and not a habit
_PHRASE = 3  # words at most, besides small ones between them
_YEARS = range(1800, 2200)

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = r"\u3041-\u30ff\u31f0-\u31ff"
_WORD = re.compile(rf"[{_HAN}]+|[{_KANA}]+|[^\W_{_HAN}{_KANA}]+(?:[-'’.&][^\W_{_HAN}{_KANA}]+)*")
_UNSPACED = re.compile(rf"[{_HAN}{_KANA}]")
_BREAK = re.compile(r"[,;:!?()\[\]/|。，；：！？（）、]|\s-+\s|\.\s|\.$")
_DATED = re.compile(r"\s*\(((?:18|19|20|21)\d\d)\)\s*$")
_DECADE = re.compile(r"\d{2,4}['’]?s", re.IGNORECASE)
_ARTICLE = re.compile(r"^(.*), (The|A|An|Les?|La|Der|Die|Das|El|Il|L')(?=$| \()(.*)$")

_ENGLISH = (
    "a about above after again against all also am an and any are aren't as at away back be because been before being below "
    "between both but by can cannot can't could de der did didn't do does doesn't doing don't down du during each el en et etc "
    "ever every few for from further get gets go goes got had has have having he her here hers him his how i if i'm in into is "
    "isn't it it's its itself just la le les let like made make makes many may me might more most mr mrs much must my new no nor "
    "not now of off oh on once one only or other our ours out over own part per same see set she should so some such than that "
    "that's the their theirs them then there these they this those through to too two un under until up upon use used using van "
    "very via von vol volume was we well were what when where which while who whom why will with without won't would yes you "
    "your yours ii iii iv vi vii three four five six seven eight nine ten w"
)
_OTHERS = (
    "的 了 和 是 在 我 有 不 人 这 那 与 及 为 之 也 就 都 而 着 或 一个 我们 你 他 她 它 他们 自己 没有 什么 上 下 中 对 被 从"
    " の に は を が と で も から まで です ます する した いる こと"
)
STOP = frozenset(f"{_ENGLISH} {_OTHERS}".split())


class Told(NamedTuple):
    """What an item says, as terms: words and phrases of up to three, each with the form in which it was written."""

    terms: dict[str, str]  # folded to written
    title: str
    decade: int | None


def told(item: Item) -> Told:
    """The terms of an item's title, text, brand and text attributes, and the decade it is from.

    A year is an attribute named year, or in brackets at the end of the title; an article at the end goes to the front.

    >>> film = told(Item(id="1", title="Matrix, The (1999)"))
    >>> film.title, film.decade, list(film.terms)
    ('The Matrix', 1990, ['matrix'])
    >>> list(told(Item(id="2", title="RED LUNCH BAGS, set of 3")).terms)
    ['red', 'red lunch', 'lunch', 'red lunch bags', 'lunch bags', 'bags']
    """
    title, year = titled(item.title)
    given = [value for name, value in item.attributes.items() if "year" in name.casefold() and isinstance(value, float | int)]
    dated = [int(value) for value in [*given, year] if value is not None and value in _YEARS]
    said = [value for value in item.attributes.values() if isinstance(value, str)]
    terms: dict[str, str] = {}
    for part in (title, item.text[:_READ], item.brand or "", *said):
        for folded, written in _terms(part):
            terms.setdefault(folded, written)
    return Told(terms, title or item.id, dated[0] // 10 * 10 if dated else None)


def titled(title: str) -> tuple[str, int | None]:
    """A title as it is said, and the year in brackets at its end.

    >>> titled("Usual Suspects, The (1995)"), titled("Seven"), titled("RED RETROSPOT MUG")
    (('The Usual Suspects', 1995), ('Seven', None), ('red retrospot mug', None))
    """
    dated = _DATED.search(title)
    if dated:
        title = title[: dated.start()]
    title = _ARTICLE.sub(r"\2 \1\3", title).strip()
    return (title.lower() if _shouted(title) else title), int(dated[1]) if dated else None


def split(text: str) -> list[str]:
    """The words of a text as written; Chinese by jieba where it is installed, else every two neighbouring characters.

    >>> split("T-light holder, don't drop"), split("ばら")
    (['T-light', 'holder', "don't", 'drop'], ['ばら'])
    """
    words: list[str] = []
    for found in _WORD.findall(unicodedata.normalize("NFKC", text)):
        words += _unspaced(found) if _UNSPACED.match(found) else [found]
    return words


def is_code(word: str) -> bool:
    """Whether a word is a number, a date, a size or an article number: more digits than letters, and not a decade.

    >>> [is_code(word) for word in ("72", "2011-04-11T16", "40x40cm", "AB-1234", "50's", "1950s", "3D", "T-light")]
    [True, True, True, True, False, False, False, False]
    """
    digits = sum(map(str.isdigit, word))
    letters = sum(map(str.isalpha, word))
    return word.isnumeric() or (digits > max(letters, 2) and not _DECADE.fullmatch(word))


def singular(word: str, known: Counter[str]) -> str:
    """The singular of an English plural where the catalog uses both, else the word itself.

    >>> [singular(word, Counter(["bag", "berry"])) for word in ("bags", "berries", "glass")]
    ['bag', 'berry', 'glass']
    """
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        for ending, instead in (("ies", "y"), ("s", ""), ("es", "")):
            if word.endswith(ending) and word[: -len(ending)] + instead in known:
                return word[: -len(ending)] + instead
    return word


def _terms(text: str) -> list[tuple[str, str]]:
    """Words that say something, and phrases that begin and end with such words, each folded and as written."""
    if _shouted(text):
        text = text.lower()
    found = []
    for clause in _BREAK.split(text):
        run: list[str] = []  # the words just before, small ones among them
        for word in split(clause):
            folded = word.casefold()
            if is_code(folded) or (len(folded) < 2 and folded.isascii() and folded not in STOP):
                run = []
                continue
            run.append(word)
            if folded not in STOP:
                glue = "" if _UNSPACED.match(word) else " "
                starts = [place for place, one in enumerate(run) if one.casefold() not in STOP][-_PHRASE:]
                phrases = (glue.join(run[start:]) for start in starts)
                found += [(phrase.casefold(), phrase) for phrase in phrases]
    return found


def _shouted(text: str) -> bool:
    """Whether a text is written in capitals out of habit; a small word among them does not make it another."""
    letters = [letter for letter in text if letter.isalpha() and letter.upper() != letter.lower()]
    return len(letters) > _ACRONYM and sum(map(str.isupper, letters)) > 0.7 * len(letters)


def _unspaced(text: str) -> list[str]:
    jieba = _jieba()
    if jieba is not None and not re.match(f"[{_KANA}]", text):
        return [word for word in jieba.lcut(text, HMM=True) if len(word) > 1 or len(text) == 1]
    return [text[place : place + 2] for place in range(len(text) - 1)] or [text]


@cache
def _jieba() -> ModuleType | None:
    """The word segmenter for Chinese, an optional package; it announces itself on stderr unless told not to."""
    if find_spec("jieba") is None:
        return None
    with warnings.catch_warnings(action="ignore"):  # its source is older than what Python warns of today
        module = import_module("jieba")
    module.setLogLevel("ERROR")
    return module
