"""What a generator may add to an item: tags, themes, who it is for, its mood and a plain sentence, from the item's own text.

An item is asked about by its content: with the same text it is never asked twice, whatever becomes of its price or stock.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from penchant.encode.language import item_language, language
from penchant.encode.text import clean
from penchant.interest.topics.words import STOP, titled
from penchant.narrate.generators.generator import Prompt
from penchant.narrate.item.claims import Known, folded, invented, known, singular
from penchant.narrate.kind import Unfaithful
from penchant.types import Enriched, Item

TAGS, THEMES = 6, 3  # at most, of an item
_LETTERS, _WORDS, _HAN = 24, 3, 8  # of a tag at most: letters and words, or Chinese characters
_ABOUT = (12, 120)  # characters of the sentence
_READ = 400  # characters of an item's text that a generator reads
_SAYS_NOTHING = (
    "item,product,thing,stuff,other,none,unknown,general,misc,various,all,any,everyone,anyone,people,user,customer,consumer,audience,"
    "film,movie,catalog,n a,all age,general audience,all audience,general public,"
    "商品,产品,其他,未知,通用,大众,所有人,观众,用户,顾客,无"
)
_EMPTY = frozenset(_SAYS_NOTHING.split(","))
_BOILERPLATE = re.compile(
    r"\b(?:explor\w+|delv\w+|journey|showcas\w+|featur\w+|variety of|range of|wide|designed (?:for|to)|perfect for|"
    r"ideal for|great (?:for|way)|engaging|captivat\w+|must-have|experience\w*|adds? a touch|world of|themes? of|"
    r"this (?:item|product)|as an? (?:ai|language model)|sorry|cannot)\b|"
    r"本产品|这款|非常适合|不可错过|带来.*体验|作为.*(?:模型|助手)",
    re.IGNORECASE,
)

_SYSTEM = """\
You file items of a catalog: goods, films, articles. Answer in JSON, in the language of the item. tags: 3 to 6 common words a \
person would search it by, with other words than the title's. themes: 1 to 3 broader subjects. audience: who it is for. \
mood: one word. about: one short plain sentence of what it is. Say only what is sure; no names, no numbers, no praise.
Item: BLUE GINGHAM OVEN GLOVE
{"tags":["kitchen","baking","checked pattern","mitten"],"themes":["cooking","home textiles"],"audience":"home cooks","mood":\
"homely","about":"A checked glove for taking hot dishes out of the oven."}
Item: 雪山救援. 纪录片
{"tags":["登山","救援","真实事件"],"themes":["自然","勇气"],"audience":"纪录片观众","mood":"紧张","about":"一部讲述雪山救援的纪录片。"}"""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that an item says of itself, cleaned: what a generator is told, and what its answer is held against."""

    title: str
    categories: tuple[str, ...] = ()
    brand: str = ""
    text: str = ""
    language: str = ""

    def said(self) -> str:
        """One line, as a generator reads it."""
        parts = (self.title, ", ".join(self.categories), self.brand, self.text)
        return ". ".join(part.rstrip(".") for part in parts if part)


class _Answer(msgspec.Struct):
    tags: list[str] = []
    themes: list[str] = []
    audience: str = ""
    mood: str = ""
    about: str = ""


def facts(item: Item) -> Facts:
    """What there is to go by; price, dates and attributes are left out, so that they may change without a question.

    >>> facts(Item(id="1", title="RED LUNCH BAG", categories=("Bags",), price=1.25)).said()
    'RED LUNCH BAG. Bags'
    """
    kinds = tuple(clean(kind) for kind in item.categories if kind)
    return Facts(clean(item.title), kinds, clean(item.brand or ""), clean(item.text)[:_READ], item_language(item))


def payload(item: Item) -> bytes:
    """The question that an item is, as JSON: equal for equal words."""
    return msgspec.json.encode(facts(item))


class Enrich:
    """The kind of text "enrich"; what it keeps is an `Enriched` as JSON.

    >>> kind, tea = Enrich(), payload(Item(id="1", title="Green tea, 20 bags"))
    >>> kind.prompt(tea).user
    'Item: Green tea, 20 bags'
    >>> kind.check(tea, '{"tags": ["Hot drink", "cheap"], "audience": "everyone", "about": "Loved by 900 people."}')
    b'{"tags":["hot drink"]}'
    """

    name, version = "enrich", 1

    def prompt(self, payload: bytes) -> Prompt:
        """The item's words, after two examples."""
        return Prompt(_SYSTEM, f"Item: {msgspec.json.decode(payload, type=Facts).said()}", _schema(), 160)

    def check(self, payload: bytes, answer: str) -> bytes:
        """The parts of an answer that can be kept; raises Unfaithful where none can."""
        kept, dropped = sifted(msgspec.json.decode(payload, type=Facts), answer)
        if kept == Enriched():
            raise Unfaithful("; ".join(dict.fromkeys(f"{part}: {why}" for part, why in dropped)) or "nothing was said")
        return msgspec.json.encode(kept)


def sifted(facts: Facts, answer: str) -> tuple[Enriched, list[tuple[str, str]]]:
    """What is kept of an answer, and every part that is not, with the reason.

    Raises:
        Unfaithful: for what is not an answer at all.
    """
    try:
        told = msgspec.json.decode(answer, type=_Answer)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Unfaithful(f"not an answer: {error}") from None
    held, dropped = known(facts.title, *facts.categories, facts.brand, facts.text), list[tuple[str, str]]()

    def those(part: str, said: Sequence[str], most: int, taken: frozenset[str] = frozenset()) -> tuple[str, ...]:
        kept: dict[str, None] = {}
        for text in filter(None, said):
            if why := _refused(text, facts, held):
                dropped.append((part, why))
            elif (word := tag(text)) in kept or word in taken:
                dropped.append((part, "said twice"))
            elif set(word.split()) <= held.words or word in held.text:
                dropped.append((part, "in the item's text already"))
            else:
                kept[word] = None
        return tuple(kept)[:most]

    tags = those("tag", told.tags, TAGS)
    themes = those("theme", told.themes, THEMES, frozenset(tags))
    audience, mood = (next(iter(those(part, [said], 1)), "") for part, said in (("audience", told.audience), ("mood", told.mood)))
    why = _sentence(told.about, facts, held)
    if why and told.about:
        dropped.append(("about", why))
    return Enriched(tags, themes, audience, mood, "" if why else clean(told.about)), dropped


def tag(text: str) -> str:
    """A tag as it is kept, alike for everybody who means the same: small letters, no marks, the last word in the singular.

    >>> [tag(text) for text in (" Lunch-Bags! ", "Sci-Fi", "科幻。")]
    ['lunch bag', 'sci fi', '科幻']
    """
    words = re.sub(r"[^\w'’&+]+", " ", folded(text)).replace("_", " ").split()
    return " ".join([*words[:-1], *map(singular, words[-1:])])


def due(items: Iterable[Item]) -> Iterator[tuple[str, bytes, None]]:
    """What there is to ask about items that say something: (kind, payload, whose), each once."""
    asked = (payload(item) for item in items if _says(item))
    return ((Enrich.name, question, None) for question in dict.fromkeys(asked))


def enriched(items: Iterable[Item], ask: Callable[[str, bytes], bytes | None]) -> list[Item]:
    """The items, each with what there is to add to it; `ask` gives what was kept for a kind and a payload, or None.

    >>> tea = Item(id="1", title="Green tea")
    >>> [found] = enriched([tea], lambda kind, payload: b'{"tags": ["hot drink"]}')
    >>> found.enriched.tags, enriched([found], lambda kind, payload: None) == [found]
    (('hot drink',), True)
    """
    return [_told(item, ask(Enrich.name, payload(item))) if _says(item) else item for item in items]


def _told(item: Item, kept: bytes | None) -> Item:
    return item if kept is None else msgspec.structs.replace(item, enriched=msgspec.json.decode(kept, type=Enriched))


def _says(item: Item) -> bool:
    return bool(item.title.strip() or item.text.strip())


def _refused(text: str, facts: Facts, held: Known) -> str:
    """Why a tag cannot be kept; empty where it can."""
    word = tag(text)
    if not word or word in _EMPTY or word in STOP:
        return "says nothing"
    spoken = language(word)
    if spoken != facts.language and "und" not in (spoken, facts.language) and facts.language in ("en", "zh", "ja", "ko", "ru"):
        return "another language"
    if len(word) > (_LETTERS if word.isascii() else _HAN) or len(word.split()) > _WORDS:
        return "too long"
    if len(set(word.split())) < len(word.split()):
        return "repeats itself"
    first, *rest = text.split()
    in_case = rest and not any(map(str.isupper, "".join(rest)))  # a capital at the start of several words is no name yet
    return _family(invented(" ".join([first.lower(), *rest]) if in_case else text, held))


def _sentence(text: str, facts: Facts, held: Known) -> str:
    """Why a sentence cannot be kept; empty where it can."""
    text = clean(text)
    low, high = _ABOUT
    if len(text) < (low if text.isascii() else low // 2):
        return "says nothing"
    if len(text) > high or text[-1] not in ".!?。！？":
        return "cut off"
    if language(text) != facts.language and facts.language in ("en", "zh"):
        return "another language"
    if _BOILERPLATE.search(text):
        return "boilerplate"
    if why := invented(text, held):
        return _family(why)
    said = known(text).words - STOP
    if text.isascii() and not said & known(titled(facts.title)[0], facts.text, *facts.categories).words:
        return "about something else"
    return ""


def _family(why: str) -> str:
    """A reason without its instance, which would make every reason one of its own."""
    return f"invents a {why.partition(':')[0]}" if why else ""


def _schema() -> dict[str, object]:
    def words(longest: int) -> dict[str, object]:
        return {"type": "string", "maxLength": longest}

    def several(least: int, most: int) -> dict[str, object]:
        return {"type": "array", "items": words(20), "minItems": least, "maxItems": most}

    parts = {"tags": several(3, TAGS), "themes": several(1, THEMES), "audience": words(20), "mood": words(20), "about": words(90)}
    return {"type": "object", "properties": parts, "required": [*parts], "additionalProperties": False}
