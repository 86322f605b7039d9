"""JSON as language models write it: between prose, in fences, with a comma too many, with Chinese punctuation, or cut off."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Never

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_DEEPEST = 64  # brackets in brackets
_STARTS = 32  # brackets in a text that are tried as the beginning of JSON
_OPENING = re.compile(r"[{\[｛［]")
_CLOSERS = {'"': '"', "'": "'", "＂": "＂", "＇": "＇", "“": '”"', "‘": "’'", "「": "」", "『": "』"}
_ENDS = re.compile(r"\s*(?:[,，:：}\]｝］、]|$)|[^\S\n]*\n\s*[\"'“]")  # what follows a quotation mark that closes
_WORD = re.compile(r"[^\s,，:：{}\[\]｛｝［］\"“”、]+")
_LITERALS: dict[str, Json] = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_THOUGHT = re.compile(r"\A.*</think(?:ing)?>|<think(?:ing)?>.*\Z", re.DOTALL)  # some templates open the block themselves
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Hopeless(ValueError):
    """Text that is not JSON, and cannot be made JSON without guessing what it says."""


class _CutOff(Exception):
    """The text ended in the middle of a value."""


def readings(text: str) -> Iterator[Json]:
    """What a text may mean as JSON, itself, or else each piece of JSON in it, mended where it has to be.

    Mended are commas too many, quotation marks of other kinds and unescaped ones, Python's literals, bare keys, full-width
    punctuation, and missing brackets at the end. A value that was cut off is left out, and so is an object in a list that was
    cut off; nothing is made up.

    >>> list(readings('Sure! ```json {"name": "Tea", "words": ["pot", "cup",],} ```'))
    [{'name': 'Tea', 'words': ['pot', 'cup']}]
    >>> list(readings("｛“名称”：“茶具”，“词”：[“壶”、“杯”]｝")), list(readings('{"a": 1, "b": ["x", "y'))
    ([{'名称': '茶具', '词': ['壶', '杯']}], [{'a': 1, 'b': ['x']}])
    """
    text = text.strip().removeprefix("\ufeff")
    try:
        yield strict(text)
        return
    except Hopeless:
        pass
    text = spoken(text)
    end = 0
    for start in [found.start() for found in _OPENING.finditer(text)][:_STARTS]:
        for read in (_strictly, _mended):
            if start >= end:  # else it lies within what was read
                try:
                    value, end = read(text, start)
                except Hopeless:
                    continue
                yield value


def spoken(text: str) -> str:
    """An answer without what a reasoning model thought before it.

    >>> spoken("<think>Tea? Or coffee?</think> Tea."), spoken("so, tea it is</think>Tea.")
    ('Tea.', 'Tea.')
    """
    return _THOUGHT.sub("", text).strip()


def strict(text: str) -> Json:
    """The value of a text that is JSON, finite numbers and nothing around it.

    Raises:
        Hopeless: when it is not.
    """
    value, end = _strictly(text, 0)
    if text[end:].strip():
        raise Hopeless(f"{text[end : end + 20]!r} follows the JSON")
    return value


def _strictly(text: str, start: int) -> tuple[Json, int]:
    try:
        value: Json
        value, end = _DECODER.raw_decode(text, start)
        json.dumps(value, allow_nan=False)  # 1e999 is read as infinity
        return value, end
    except (ValueError, RecursionError) as error:
        raise Hopeless(str(error)) from error


def _no_constant(name: str) -> Never:
    raise Hopeless(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant, strict=False)


def _mended(text: str, start: int) -> tuple[Json, int]:
    mender = _Mender(text, start)
    try:
        return mender.value(0), mender.at
    except _CutOff as error:
        raise Hopeless("nothing whole is left of it") from error


class _Mender:
    """A reader of almost JSON, one pass from `at` on. `cut` is set once the text has ended too early."""

    def __init__(self, text: str, at: int) -> None:
        self._text, self.at, self._cut = text, at, False

    def value(self, depth: int) -> Json:
        if depth > _DEEPEST:
            raise Hopeless(f"brackets are nested more than {_DEEPEST} deep")
        mark = self._next()
        if mark in "{｛":
            return self._object(depth)
        if mark in "[［":
            return self._list(depth)
        return self._string(mark) if mark in _CLOSERS else self._word()

    def _next(self) -> str:
        """The next character that is not white space."""
        while self.at < len(self._text) and self._text[self.at].isspace():
            self.at += 1
        if self.at == len(self._text):
            raise _CutOff
        return self._text[self.at]

    def _more(self, closing: str) -> bool:
        """Whether another member comes before the bracket closes; the bracket, or the comma before the member, is passed."""
        while (mark := self._next()) in ",，、":
            self.at += 1
        if mark in closing:
            self.at += 1
            return False
        if mark in "}]｝］":
            raise Hopeless(f"a bracket is closed by {mark!r} at character {self.at}")
        return True

    def _object(self, depth: int) -> Json:
        found: dict[str, Json] = {}
        self.at += 1
        try:
            while not self._cut and self._more("}｝"):
                key = self._string(mark) if (mark := self._next()) in _CLOSERS else self._bare()
                if self._next() not in ":：":
                    raise Hopeless(f"no colon after {key!r}")
                self.at += 1
                found[key] = self.value(depth + 1)
        except _CutOff:
            self._cut = True
        return found

    def _list(self, depth: int) -> Json:
        found: list[Json] = []
        self.at += 1
        try:
            while not self._cut and self._more("]］"):
                value = self.value(depth + 1)
                if not (self._cut and isinstance(value, dict)):
                    found.append(value)
        except _CutOff:
            self._cut = True
        return found

    def _string(self, mark: str) -> str:
        closers, said = _CLOSERS[mark], list[str]()
        self.at += 1
        while self.at < len(self._text):
            letter = self._text[self.at]
            self.at += 1
            if letter == "\\":
                said.append(self._escaped())
            elif letter in closers and _ENDS.match(self._text, self.at):
                return "".join(said)
            else:
                said.append(letter)
        raise _CutOff

    def _escaped(self) -> str:
        if self.at == len(self._text):
            raise _CutOff
        letter = self._text[self.at]
        self.at += 1
        if letter != "u":
            return _ESCAPES.get(letter, letter)
        digits = self._text[self.at : self.at + 4]
        if not re.fullmatch("[0-9a-fA-F]{4}", digits):
            return letter
        self.at += 4
        return chr(int(digits, 16))

    def _bare(self) -> str:
        found = _WORD.match(self._text, self.at)
        if found is None:
            raise Hopeless(f"{self._text[self.at]!r} at character {self.at} begins no key")
        self.at = found.end()
        return found[0]

    def _word(self) -> Json:
        found = _WORD.match(self._text, self.at)
        if found is None:
            raise Hopeless(f"{self._text[self.at]!r} at character {self.at} begins no value")
        if found.end() == len(self._text):
            raise _CutOff  # 12 may have been going to be 123
        self.at = found.end()
        word = unicodedata.normalize("NFKC", found[0])
        if word in _LITERALS:
            return _LITERALS[word]
        if not _NUMBER.fullmatch(word) or len(word) > 40:
            raise Hopeless(f"{found[0][:20]!r} is neither a number nor in quotation marks")
        number = float(word)
        if abs(number) == float("inf"):
            raise Hopeless(f"{word} is beyond any number")
        return int(word) if re.fullmatch(r"[+-]?\d+", word) else number
