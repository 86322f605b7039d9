"""A headline or a notification that puts one item before one person: by template, or by a generator where that says nothing else.

Both say the item's name and the reason the person was recommended it, and no more: no property, price, praise or hurry that is
not in the item's own words, and nothing about who the person is.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from penchant.encode.language import language
from penchant.encode.text import clean
from penchant.errors import GeneratorError, InvalidInput
from penchant.interest.topics.words import STOP, split, titled
from penchant.narrate.generators.answers import read_answer
from penchant.narrate.generators.generator import Prompt
from penchant.narrate.item.claims import folded, invented, known, personal, singular
from penchant.narrate.kind import Unfaithful
from penchant.types import Item

Sort = Literal["headline", "notification"]
Why = Literal["item", "theme", "popular", "text", "none"]

LONGEST: Mapping[str, int] = {"headline": 60, "notification": 120}  # characters
LANGUAGES = ("en", "zh")
_READ = 200  # characters of an item's text that a generator reads
_NAMED = 0.5  # share of the words of a title that copy must say to name the item
_SAYABLE_WORDS = (  # they claim nothing of an item; all others must be its own
    "again also another ask asked await awaits awaiting back because check choose chosen come comes continue "
    "discover enjoy enjoyed explore "
    "fan fans find follow following follows found give go goes have here idea interest interests keep lately let like liked "
    "likes listen look love loved match matches maybe meet might mind new next others pair pairs perhaps pick picked "
    "picks read ready "
    "recent recently recommend recommended see similar since step suggestion suggested taste thought together too try turn "
    "turned visit wait waiting waits want watch watched welcome why"
)
_SAYABLE = STOP.union(_SAYABLE_WORDS.split())
_SAYABLE_ZH = re.compile(
    "因为|由于|喜欢|喜爱|之后|以后|看看|试试|不妨|也许|可能|想要|想|你|您|的|了|和|与|从|到|为|给|推荐|发现|新|再|又|"
    "也|还|看过|看|"
    "喝过|吃过|玩过|用过|读过|读|听过|听|选过|选|买过|有过|有|如果|那么|就|吧|呢|吗|来|去|这|那|是|会|能|一个|一部|"
    "一款|一起|搭配|很|搭|配|最近|大家|"
    "关注|兴趣|更多|同类|类似|相似|接着|继续|下一|个|部|件|在|里|中|对|过|怎么样|等|找到|找|不少人|合适|要|而|觉得|我们"
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_SHOUTED = re.compile(r"!.*!|[！].*[！]|\b[A-Z]{5,}\b|[\U0001f300-\U0001faff\u2600-\u27bf]", re.DOTALL)

_TEMPLATES: dict[tuple[str, str, Why], tuple[str, ...]] = {
    ("en", "headline", "item"): ("{title}, because of {because}", "From {because} to {title}", "{because}? {title}"),
    ("en", "headline", "theme"): (
        "{title}, since you are into {because}",
        "For your interest in {because}: {title}",
        "Into {because}? {title}",
    ),
    ("en", "headline", "popular"): ("{title}: others like it lately", "Others turn to {title}", "{title}, much asked for"),
    ("en", "headline", "text"): ("For “{because}”: {title}", "{title}, for “{because}”"),
    ("en", "headline", "none"): ("{title}", "Have a look at {title}", "How about {title}?"),
    ("en", "notification", "item"): (
        "Because of {because}, we thought of {title}.",
        "{title} goes with {because}, which you had. Have a look.",
        "You had {because}. How about {title}?",
    ),
    ("en", "notification", "theme"): (
        "You are into {because}. Have a look at {title}.",
        "Since you are into {because}: how about {title}?",
        "For your interest in {because}: {title}.",
    ),
    ("en", "notification", "popular"): ("Many turn to {title} lately. Have a look.", "Others like {title} lately. Do you?"),
    ("en", "notification", "text"): ("You asked for “{because}”. Have a look at {title}.", "For “{because}” we found {title}."),
    ("en", "notification", "none"): ("Have a look at {title}.", "How about {title}?"),
    ("zh", "headline", "item"): ("从“{because}”到“{title}”", "“{title}”：因为“{because}”", "选过“{because}”，看看“{title}”"),
    ("zh", "headline", "theme"): ("因为你关注“{because}”：“{title}”", "关注“{because}”，看看“{title}”"),
    ("zh", "headline", "popular"): ("大家最近在看：“{title}”", "“{title}”：最近不少人喜欢"),
    ("zh", "headline", "text"): ("你要的“{because}”：“{title}”", "“{title}”，为“{because}”而选"),
    ("zh", "headline", "none"): ("看看“{title}”", "“{title}”怎么样？"),
    ("zh", "notification", "item"): (
        "你选过“{because}”，也许会想看看“{title}”。",
        "因为“{because}”，我们想到了“{title}”。",
        "“{title}”和你选过的“{because}”很搭，看看吧。",
    ),
    ("zh", "notification", "theme"): ("你关注“{because}”，看看“{title}”吧。", "为你的兴趣“{because}”找到了“{title}”。"),
    ("zh", "notification", "popular"): ("最近不少人喜欢“{title}”，看看吧。", "大家最近在看“{title}”，你觉得呢？"),
    ("zh", "notification", "text"): ("你找过“{because}”，看看“{title}”吧。", "为“{because}”找到了“{title}”。"),
    ("zh", "notification", "none"): ("看看“{title}”吧。", "“{title}”怎么样？"),
}
_PLAIN = {"en": "{title}", "zh": "“{title}”"}  # what is said where nothing else fits

_SYSTEM = {
    "en": "Write one {sort} of at most {longest} characters about the item for this person, in English. Name the "
    "item. Give the "
    'reason. Add no property, price, praise or hurry that is not given. JSON: {{"text": "..."}}',
    "zh": "为这位用户写一句介绍该物品的{sort}，中文，最多{longest}个字。要写出物品名和理由，"
    "不要添加没有给出的性质、价格、夸赞或催促。"
    'JSON: {{"text": "..."}}',
}
_SORTS = {"en": {"headline": "headline", "notification": "notification"}, "zh": {"headline": "标题", "notification": "通知"}}


class Pitch(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that copy may say: the item in its own words, and why it is for this person."""

    sort: Sort
    language: str
    title: str
    categories: tuple[str, ...] = ()
    brand: str = ""
    text: str = ""
    why: Why = "none"
    because: str = ""  # what had led to it: an item's title, a theme, or the words that were asked


class Said(msgspec.Struct):
    """What a generator answers with."""

    text: str


class Copy(msgspec.Struct, frozen=True):
    """Copy for an item and a person, and who wrote it."""

    user: str
    item: str
    kind: Sort
    language: str
    text: str
    by: Literal["template", "generator"]


def pitch(item: Item, sort: Sort, language: str, why: Why = "none", because: str = "") -> Pitch:
    """The facts of copy; titles are said as people say them, without the year in brackets.

    >>> pitch(Item(id="1", title="Matrix, The (1999)"), "headline", "en", "item", "Alien (1979)").because
    'Alien'

    Raises:
        InvalidInput: for a language or a sort of copy that is not known.
    """
    if language not in LANGUAGES:
        raise InvalidInput(f"copy is written in {' or '.join(LANGUAGES)}, got {language!r}; name one of them")
    if sort not in LONGEST:
        raise InvalidInput(f"copy is a {' or a '.join(LONGEST)}, got {sort!r}; name one of them")
    title = _said(item.title) or item.id
    kinds = tuple(clean(kind) for kind in item.categories if kind)
    return Pitch(sort, language, title, kinds, clean(item.brand or ""), clean(item.text)[:_READ], why, _said(because))


def template(pitch: Pitch, who: str) -> str:
    """Copy by template: which of several is decided by a hash of the words and `who` it is for, and never by chance.

    What is too long for its bound is said shorter, at last the title alone, cut.

    >>> template(Pitch("headline", "en", "The Matrix", why="item", because="Alien"), "ann")
    'Alien? The Matrix'
    >>> len(template(Pitch("headline", "zh", "流浪地球" * 30), "ann"))
    60
    """
    longest = LONGEST[pitch.sort]
    why: Why = pitch.why if pitch.because or pitch.why == "popular" else "none"
    for reason in dict.fromkeys((why, "none")):
        choices = _TEMPLATES[pitch.language, pitch.sort, reason]
        drawn = hashlib.blake2b(f"{who}\0{pitch.title}\0{pitch.because}".encode(), digest_size=4).digest()
        start = int.from_bytes(drawn) % len(choices)
        for choice in (*choices[start:], *choices[:start]):
            text = choice.format(title=pitch.title, because=pitch.because)
            if len(text) <= longest:
                return text[:1].upper() + text[1:]
    room = longest - len(_PLAIN[pitch.language].format(title=""))
    cut = pitch.title if len(pitch.title) <= room else pitch.title[: room - 1].rstrip() + "…"
    return _PLAIN[pitch.language].format(title=cut)


class Copywriting:
    """The kind of text "copy"; what it keeps is the text, as a JSON string.

    >>> tea = msgspec.json.encode(Pitch("headline", "en", "Green tea", why="item", because="Teapot"))
    >>> Copywriting().check(tea, '{"text": "Green tea for your Teapot"}')
    b'"Green tea for your Teapot"'
    """

    name, version = "copy", 1

    def prompt(self, payload: bytes) -> Prompt:
        """The facts, one a line."""
        told = msgspec.json.decode(payload, type=Pitch)
        longest, sort = LONGEST[told.sort], _SORTS[told.language][told.sort]
        system = _SYSTEM[told.language].format(sort=sort, longest=longest)
        about = ". ".join(filter(None, (told.title, ", ".join(told.categories), told.brand, told.text)))
        schema = {"type": "object", "properties": {"text": {"type": "string", "maxLength": longest}}, "required": ["text"]}
        return Prompt(system, f"{about}\n{_reason(told)}", {**schema, "additionalProperties": False}, longest // 2 + 30)

    def check(self, payload: bytes, answer: str) -> bytes:
        """The text, where it names the item, keeps to its length and language, and says nothing that the facts do not."""
        told = msgspec.json.decode(payload, type=Pitch)
        try:
            text = clean(read_answer(answer, Said).text)
        except GeneratorError as error:
            raise Unfaithful(f"not an answer: {error}") from None
        if why := refused(text, told):
            raise Unfaithful(why)
        return msgspec.json.encode(text)


def refused(text: str, told: Pitch) -> str:
    """Why a text cannot be kept as copy; empty where it can.

    >>> lamp = Pitch("headline", "en", "Red lamp", why="item", because="Desk")
    >>> [refused(text, lamp) for text in ("Red lamp, for your desk", "Red lamp, 20% off", "A lamp", "The best red lamp")]
    ['', "number: '20'", 'does not name the item', "praise: 'best'"]
    """
    if not text or len(text) > LONGEST[told.sort]:
        return f"length: {len(text)} characters, at most {LONGEST[told.sort]}"
    facts = known(told.title, *told.categories, told.brand, told.text, told.because)
    if not _names(text, told.title):
        return "does not name the item"
    rest = _without(text, (told.title, told.because))
    if language(rest) not in (told.language, "und"):
        return f"another language than {told.language}"
    if _SHOUTED.search(rest):
        return "shouts"
    if word := personal(text, facts):
        return f"about the person: {word!r}"
    return invented(text, facts) or _unsaid(rest, told)


def _unsaid(rest: str, told: Pitch) -> str:
    """The first word beside the names that neither the item says nor anybody may; empty where there is none."""
    own = known(told.title, *told.categories, told.brand, told.text)
    if told.language == "zh":
        plain = folded(rest)
        for said in sorted((*map(folded, told.categories), *split(own.text)), key=len, reverse=True):
            plain = plain.replace(said, " ")
        left = _HAN.search(_SAYABLE_ZH.sub(" ", plain))
        return f"not in the facts: {left[0]!r}" if left else ""
    for word in split(folded(rest)):
        if not {word, singular(word)} & (own.words | _SAYABLE):
            return f"not in the facts: {word!r}"
    return ""


def _said(title: str) -> str:
    return titled(clean(title))[0].strip(" .")


def _reason(told: Pitch) -> str:
    reasons = {
        "en": {
            "item": "They had: {}",
            "theme": "They are into: {}",
            "popular": "Liked by others lately",
            "text": "They asked for: {}",
        },
        "zh": {"item": "用户有过：{}", "theme": "用户的兴趣：{}", "popular": "最近别人喜欢", "text": "用户找过：{}"},
    }[told.language]
    return reasons.get(told.why, "").format(told.because)


def _names(text: str, title: str) -> bool:
    """Whether a text says a title, or at least half of the words of a long one."""
    if folded(title) in folded(text):
        return True
    words = {word.casefold() for word in split(title)} - STOP
    said = {word.casefold() for word in split(text)}
    return len(words) > 2 and len(words & said) > _NAMED * len(words)


def _without(text: str, names: Sequence[str]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text
