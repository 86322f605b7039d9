"""What a catalog can be asked about by name: its categories, brands, languages, people, numbers and titles."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from penchant.ask.names import subjects
from penchant.ask.titles import Titles
from penchant.ask.tokens import folded
from penchant.catalog import Catalog
from penchant.types import F64, Item

Words = tuple[str, ...]
Hint = Literal["name", "feeling", "content"]

_HINTS: tuple[Hint, ...] = ("name", "feeling", "content")
_YEAR = ("year", "released", "releaseyear", "release_year", "published", "publicationyear", "年份", "年")
_LENGTH = ("runtime", "duration", "minutes", "length", "running_time", "runningtime", "时长", "片长")
_PEOPLE = (
    *("director", "directors", "author", "authors", "artist", "artists", "actor", "actors", "star", "stars", "cast", "creator"),
    *("speaker", "teacher", "instructor", "导演", "作者", "演员", "歌手", "主演"),
)
_LANGUAGES = {
    "en": "english, 英语, 英文",
    "zh": "chinese, mandarin, 中文, 汉语, 国语, 普通话, 华语",
    "ja": "japanese, 日语, 日文",
    "ko": "korean, 韩语, 韩文",
    "fr": "french, 法语, 法文",
    "de": "german, 德语, 德文",
    "es": "spanish, 西班牙语, 西语",
    "it": "italian, 意大利语",
    "ru": "russian, 俄语, 俄文",
    "pt": "portuguese, 葡萄牙语",
    "ar": "arabic, 阿拉伯语",
    "hi": "hindi, 印地语",
    "sv": "swedish, 瑞典语",
    "nl": "dutch, 荷兰语",
}
_RANGE_QUANTILES = (0.25, 0.75)


class Named(NamedTuple):
    """What a name in a catalog stands for: values of a `field` ("category", "brand", "language", or an attribute). `hint`
    tells whether words are what a category is called ("name"), how it feels ("feeling"), or what is in it ("content")."""

    field: str
    values: tuple[str, ...]
    hint: Hint = "name"


class Span(NamedTuple):
    """A number that items have: the `field` ("price" or an attribute), its ends, and the ends of the lowest and the highest
    quarter."""

    field: str
    low: float
    high: float
    lower: float
    upper: float


class Lexicon(NamedTuple):
    """What can be asked of a catalog, made once for each of its revisions by `lexicon`."""

    names: dict[Words, Named]
    longest: int  # words of a name, at most
    year: Span | None
    minutes: tuple[Span, float] | None  # how long things are, and what of its unit a minute is
    price: Span | None
    numbers: dict[Words, Span]  # other numeric attributes
    titles: Titles


def lexicon(catalog: Catalog) -> Lexicon:
    """The lexicon of a catalog as it is now.

    >>> catalog = Catalog(dim=1)
    >>> film = Item(id="1", title="Alien", categories=("Sci-Fi",), attributes={"year": 1979.0})
    >>> numbers = catalog.extend([film], np.ones((1, 1), np.float32))
    >>> found = lexicon(catalog)
    >>> found.names[("科", "幻", "片")].values, found.year.low
    (('Sci-Fi',), 1979.0)
    """
    names = dict[Words, Named]()
    for people in (name for name in _PEOPLE if any(name in item.attributes for item in catalog.items)):
        _add(names, people, _texts(catalog.items, people))
    _add(names, "brand", (item.brand for item in catalog.items if item.brand))
    _add_languages(names, catalog)
    _add_categories(names, catalog)
    numeric = {name: span for name in _numeric(catalog.items) if (span := _span(name, catalog.facets.numbers(name)))}
    year = next((span for name, span in numeric.items() if _is(name, _YEAR)), None)
    length = next((span for name, span in numeric.items() if _is(name, _LENGTH)), None)
    others = {folded(name): span for name, span in numeric.items() if span not in (year, length) and folded(name)}
    minutes = None if length is None else (length, _minute(length))
    longest = max(map(len, names), default=0)
    return Lexicon(names, longest, year, minutes, _span("price", catalog.prices), others, Titles.of(catalog.items))


def _add(names: dict[Words, Named], field: str, values: "Iterator[str]") -> None:
    for value in dict.fromkeys(values):
        if key := folded(value):
            there = names.get(key)
            same = there is not None and there.field == field
            names[key] = Named(field, (*there.values, value) if same and there is not None else (value,))


def _add_languages(names: dict[Words, Named], catalog: Catalog) -> None:
    codes = dict.fromkeys(item.language for item in catalog.items if item.language)
    for code in codes:
        for word in _LANGUAGES.get(code.split("-")[0].casefold(), "").split(","):
            if key := folded(word):
                before = names[key].values if key in names and names[key].field == "language" else ()
                names[key] = Named("language", (*before, code))


def _add_categories(names: dict[Words, Named], catalog: Catalog) -> None:
    """Every category under its own name and, where the table knows it or a part of it, under whatever else that is called."""
    count = Counter(category for item in catalog.items for category in item.categories)
    ordered = [category for category, _ in count.most_common()]
    meant: defaultdict[Words, defaultdict[Hint, list[str]]] = defaultdict(lambda: defaultdict(list))
    table = [tuple({folded(word) for word in words} for words in subject) for subject in subjects()]
    for category in ordered:
        parts = {folded(category), *(folded(part) for part in _parts(category))} - {()}
        for subject in table:
            if parts & subject[0]:
                for hint, keys in zip(_HINTS, subject, strict=True):
                    for key in keys:
                        meant[key][hint].append(category)
    for key, by_hint in meant.items():
        hint = next(hint for hint in _HINTS if hint in by_hint)
        names[key] = Named("category", tuple(dict.fromkeys(by_hint[hint])), hint)
    alike = defaultdict[Words, list[str]](list)
    for category in ordered:
        alike[folded(category)].append(category)
    for key, same in alike.items():
        if key:
            table_says = names[key].values if key in names and names[key].field == "category" else ()
            names[key] = Named("category", tuple(dict.fromkeys((*same, *table_says))))


def _parts(category: str) -> list[str]:
    for mark in ("&", "/", ",", ">", "|", " and ", "、", "与", "和"):
        category = category.replace(mark, ";")
    return category.split(";")


def _texts(items: Sequence[Item], attribute: str) -> Iterator[str]:
    for item in items:
        value = item.attributes.get(attribute)
        if isinstance(value, str) and value:
            yield value


def _numeric(items: Sequence[Item]) -> list[str]:
    found = dict[str, None]()
    for item in items:
        for name, value in item.attributes.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[name] = None
    return list(found)


def _span(field: str, values: F64) -> Span | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    lower, upper = np.quantile(known, _RANGE_QUANTILES).tolist()
    return Span(field, float(known.min()), float(known.max()), lower, upper)


def _is(name: str, known: Sequence[str]) -> bool:
    return name.casefold().replace(" ", "_") in known


def _minute(length: Span) -> float:
    """What a minute is in the unit of a length: hours where most are below ten, seconds where most are above 1,000."""
    middle = (length.lower + length.upper) / 2
    return 1 / 60 if middle < 10 else 60.0 if middle > 1_000 else 1.0
