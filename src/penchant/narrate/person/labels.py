"""Names for topics by a generator: what it is asked, and what a name must be to be kept."""

import re
from collections.abc import Sequence

import msgspec

from penchant.encode.language import UNKNOWN, language
from penchant.interest.topics import Topics
from penchant.interest.topics.topics import Topic
from penchant.interest.topics.words import STOP, split
from penchant.narrate.generators.generator import Prompt
from penchant.narrate.item.claims import known, pressing
from penchant.narrate.item.commonplace import GENERIC, TRANSLATED
from penchant.narrate.kind import Unfaithful
from penchant.narrate.person.mentions import normal

MOST = {"en": 4, "zh": 10}  # words, or characters
_TOKENS = 16
_SYSTEM = {
    "en": "Give the group of things a short name of one to four English words, made of its words. Answer with the name alone.",
    "zh": "给这组内容起一个简短的中文类名，两到八个字，只用它的词或其中文翻译。只回答名称。",
}
_ASKED = {"en": "Words: {words}\nFor example: {examples}\nName:", "zh": "词：{words}\n例如：{examples}\n类名："}
_LINE = re.compile(r"^(?:name|label|类名|名称)\s*[:：]\s*", re.IGNORECASE)
_QUOTES = "\"'“”‘’「」『』《》*.。 "


class Subject(msgspec.Struct, frozen=True):
    """All that a topic's name may be made of, and the language it is wanted in. Its label by rule is no part of it, so that a
    name is asked for anew only when what the topic holds has changed."""

    language: str
    level: str  # "broad" or "fine"
    keywords: tuple[str, ...]
    examples: tuple[str, ...]


class Naming:
    """The kind of text that topic labels are; a payload is JSON of a `Subject`.

    >>> tea = msgspec.json.encode(Subject("en", "fine", ("Tea", "Mug"), ("Red tea mug",)))
    >>> Naming().check(tea, "Name: Tea mugs.")
    b'"Tea mugs"'
    """

    name, version = "label", 2

    def prompt(self, payload: bytes) -> Prompt:
        """The keywords and the best known titles."""
        subject = msgspec.json.decode(payload, type=Subject)
        told = {"words": ", ".join(subject.keywords), "examples": "; ".join(subject.examples)}
        return Prompt(_SYSTEM[subject.language], _ASKED[subject.language].format(**told), None, _TOKENS)

    def check(self, payload: bytes, answer: str) -> bytes:
        """The name, JSON.

        Raises:
            Unfaithful: for one that is too long, in another language, or says what the topic does not.
        """
        subject = msgspec.json.decode(payload, type=Subject)
        label = _LINE.sub("", (answer.strip().splitlines() or [""])[0]).strip(_QUOTES)
        label = " ".join(normal(label).split())
        _short(label, subject.language)
        _own(label, subject)
        return msgspec.json.encode(label[:1].upper() + label[1:])


def subject(topic: Topic, language: str, level: str) -> bytes:
    """What a generator is asked about a topic."""
    return msgspec.json.encode(Subject(language, level, topic.keywords, topic.examples))


def subjects(topics: Topics, language: str) -> dict[str, bytes]:
    """The same of every topic, by its id: broad ones first."""
    levels: Sequence[tuple[str, Sequence[Topic]]] = (("broad", topics.broad), ("fine", topics.fine))
    return {topic.id: subject(topic, language, level) for level, some in levels for topic in some}


def _short(label: str, wanted: str) -> None:
    words = split(label)
    if not words:
        raise Unfaithful("length: there is no name")
    length = len(label.split()) if wanted == "en" else len(label)
    if length > MOST[wanted]:
        raise Unfaithful(f"length: {label!r} is longer than {MOST[wanted]}")
    if wanted == "zh" and language(label) not in ("zh", UNKNOWN):
        raise Unfaithful(f"language: {label!r} is not Chinese")
    if wanted == "en" and language(label) not in ("en", UNKNOWN):
        raise Unfaithful(f"language: {label!r} is not English")


def _own(label: str, subject: Subject) -> None:
    """Every word of the name must be one of the topic's, a translation of one, or say only what kind of thing it is."""
    said = {_stem(word) for text in (*subject.keywords, *subject.examples) for word in split(text)}
    has = normal(" ".join((*subject.keywords, *subject.examples))).casefold()
    meant = {chinese for english, chinese in TRANSLATED if _phrase(english, has) or chinese in has}
    if subject.language == "en":
        there = {_stem(word) for english, chinese in TRANSLATED if chinese in meant for word in english.split()}
        allowed = said | there | {_stem(word) for word in GENERIC["en"]} | STOP
        own = said | there
        words = [_stem(word) for word in split(label)]
        strange = [word for word in words if word not in allowed]
    else:
        own = {*meant, *(word for word in said if language(word) == "zh")}
        strange, words = _uncovered(label, {*own, *GENERIC["zh"]})
    if strange:
        raise Unfaithful(f"word: {strange[0]!r} is none of the topic's")
    if word := pressing(label, known(*subject.keywords)):  # one item's title must not make a whole topic say it
        raise Unfaithful(f"pressing: {word!r} is none of the topic's keywords")
    if not any(word in own for word in words):
        raise Unfaithful(f"fluff: {label!r} says nothing of the topic")


def _phrase(english: str, text: str) -> bool:
    """Whether a text has all words of a phrase, in whatever number."""
    return all(re.search(rf"\b{re.escape(word)}(?:s|es)?\b", text) for word in english.split())


def _stem(word: str) -> str:
    word = word.casefold()
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _uncovered(label: str, words: set[str]) -> tuple[list[str], list[str]]:
    """What of a Chinese name is none of `words`, and what is, the longest first."""
    strange, found, at = [], [], 0
    longest = max(map(len, words), default=0)
    while at < len(label):
        word = next((label[at : at + n] for n in range(longest, 0, -1) if label[at : at + n].casefold() in words), "")
        if word:
            found.append(word.casefold())
        elif label[at].isalnum():
            strange.append(label[at])
        at += max(1, len(word))
    return strange, found
