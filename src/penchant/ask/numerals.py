"""Numbers in digits and in words: "1,200", "two and a half", "二十五", "一九八零"."""

import re
from collections.abc import Sequence
from functools import cache

from penchant.ask.measures import said, word_at
from penchant.ask.tokens import Token

_DIGITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}
_HAN = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}


def numeral(tokens: Sequence[Token], at: int) -> tuple[float | None, int]:
    """A number in digits or in words, and the token after it."""
    if at >= len(tokens):
        return None, at
    here = tokens[at].word
    if tokens[at].number:
        plain = here.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", here) else here.replace(",", ".")
        return (float(plain), at + 1) if plain.count(".") <= 1 and plain.isascii() and len(plain) < 16 else (None, at)
    if tokens[at].han:
        return _chinese(tokens, at)
    if here in ("a", "an", "half") and word_at(tokens, at + 1) in ("hour", "hundred"):
        return (0.5 if here == "half" else 100.0 if word_at(tokens, at + 1) == "hundred" else 1.0), at + 1 + (
            word_at(tokens, at + 1) == "hundred"
        )
    if here == "half" and said(tokens, at, 3) == ("half", "an", "hour"):
        return 0.5, at + 2
    if here in _english():
        if said(tokens, at + 1, 3) == ("and", "a", "half"):
            return _english()[here] + 0.5, at + 4
        return _english()[here], at + 1
    return None, at


def _chinese(tokens: Sequence[Token], at: int) -> tuple[float | None, int]:
    """A number below 10,000 in Chinese characters: 十, 二十五, 一百二, 两, 一九八零, 半."""
    end, total, digit, digits = at, 0.0, -1, ""
    while end < len(tokens) and end - at < 8 and tokens[end].word in {*_HAN, "十", "百", "千"}:
        word = tokens[end].word
        if word in _HAN:
            digit = _HAN[word]
            digits += str(digit)
        else:
            total += max(digit, 1) * {"十": 10, "百": 100, "千": 1000}[word]
            digit, digits = 0, digits + "x"
        end += 1
    if end == at:
        return (0.5, at + 1) if tokens[at].word == "半" else (None, at)
    if "x" not in digits and len(digits) > 1:
        return float(digits), end
    return total + max(digit, 0), end


@cache
def _english() -> dict[str, float]:
    return {word: float(value) for value, word in enumerate(_DIGITS.split())} | {
        word: float(value) for word, value in _TENS.items()
    }
