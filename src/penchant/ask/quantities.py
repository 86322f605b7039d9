"""Numbers in what people ask: prices, years, decades and lengths of time, with what bounds them."""

from collections.abc import Sequence
from typing import NamedTuple

from penchant.ask.measures import matched, ranging, said, word_at
from penchant.ask.numerals import numeral
from penchant.ask.tokens import Token

Words = tuple[str, ...]
Unit = str  # money, year, decade, minutes, "" where none is said, or the name of an attribute after "number:"

_YEARS = range(1850, 2101)

_NINETIES = {f"{word}s": tens for word, tens in (("twentie", 20), ("thirtie", 30), ("fortie", 40), ("fiftie", 50), ("sixtie", 60),
                                                ("seventie", 70), ("eightie", 80), ("ninetie", 90))}  # fmt: skip


class Quantity(NamedTuple):
    """A number with its bounds, inclusive: `unit` as above, minutes for lengths of time, years for decades."""

    unit: Unit
    low: float | None
    high: float | None
    words: int  # tokens it takes


class _Value(NamedTuple):
    low: float
    high: float
    unit: Unit
    end: int


def quantity(tokens: Sequence[Token], at: int, numbers: Sequence[Words] = ()) -> Quantity | None:
    """The quantity that begins with token `at`, if one does; `numbers` are names of numeric attributes, which count as units.

    >>> from penchant.ask.tokens import composed, tokens
    >>> [quantity(tokens(composed(text)), 0) for text in ("under £10", "80年代以后", "from 1990 to 1995")]
    [Quantity(unit='money', low=None, high=10.0, words=3), Quantity(unit='year', low=1980.0, high=None, words=5), \
Quantity(unit='year', low=1990.0, high=1995.0, words=4)]
    """
    prefix, start = matched("before", tokens, at)
    best = None
    for op, begin in [(prefix, start)] if prefix else [("", at)]:
        best = _bounded(tokens, at, begin, op, numbers)
    if best is None and prefix:
        return None
    return best


def _bounded(tokens: Sequence[Token], at: int, begin: int, op: str, numbers: Sequence[Words]) -> Quantity | None:
    if op and said(tokens, begin, 2) == ("the", "year"):
        begin += 2
    first = _value(tokens, begin, numbers)
    if first is None:
        return None
    end, second = first.end, None
    to = ranging(tokens, end)
    if to and op in ("", "between", "in", "about") and (tokens[end].word not in ("and", "和", "与") or op in ("between", "in")):
        second = _value(tokens, end + to, numbers)
    if second is not None:
        _, end = _suffix(tokens, second.end)
        unit = _common(first, second)
        low, high = first.low, second.high
        return Quantity(unit, min(low, high), max(low, high), end - at) if unit is not None else None
    suffix, end = _suffix(tokens, first.end)
    bound = op if op not in ("", "between", "in") else suffix or ("in" if op else "")
    unit = "year" if first.unit == "decade" else first.unit
    if not bound and not (first.unit == "decade" or first.unit == "money" or first.unit == "dated"):
        return None
    if bound == "in" and unit not in ("year", "money", "dated"):
        return None
    unit = "year" if unit == "dated" else unit
    return Quantity(unit, *_ends(bound, first, unit), end - at)


def _ends(bound: str, value: _Value, unit: Unit) -> tuple[float | None, float | None]:
    step = 1.0 if unit == "year" else 0.0
    slack = 2.0 if unit == "year" else 0.25 * value.high
    ends = {
        "at most": (None, value.high),
        "below": (None, value.low - step),
        "at least": (value.low, None),
        "above": (value.high + step, None),
        "about": (value.low - slack, value.high + slack),
    }
    if unit == "money" and not bound:
        return ends["about"]
    return ends.get(bound, (value.low, value.high))


def _common(first: _Value, second: _Value) -> Unit | None:
    """The unit of both ends of a range; None where they have different ones."""
    units = ["year" if value.unit in ("decade", "dated") else value.unit for value in (first, second)]
    said = [unit for unit in units if unit]
    return units[0] if units[0] == units[1] else said[0] if len(said) == 1 else None


def _value(tokens: Sequence[Token], at: int, numbers: Sequence[Words]) -> _Value | None:
    """One number with its unit: what it is from and to, as decades are."""
    for reader in (_decade, _plain):
        if (found := reader(tokens, at, numbers)) is not None:
            return found
    return None


def _decade(tokens: Sequence[Token], at: int, numbers: Sequence[Words]) -> _Value | None:
    part, begin = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(word_at(tokens, at)), at
    begin += part is not None
    begin += word_at(tokens, begin) in ("the", "-")
    begin += word_at(tokens, begin) == "'"
    century, begin = _century(tokens, begin)
    number, end = numeral(tokens, begin)
    if word_at(tokens, begin) in _NINETIES:
        number, end = float(_NINETIES[word_at(tokens, begin)]), begin + 1
    elif number is None:
        return None
    elif word_at(tokens, end) in ("s", "'s") or (word_at(tokens, end) == "'" and word_at(tokens, end + 1) == "s"):
        end += 1 if word_at(tokens, end) != "'" else 2
    elif word_at(tokens, end) == "年" and word_at(tokens, end + 1) == "代":
        end += 2
        if (later := {"初": (0, 3), "中": (3, 6), "末": (6, 9)}.get(word_at(tokens, end))) is not None:
            part, end = later, end + 1 + (word_at(tokens, end + 1) == "期")
    else:
        return None
    if number is None or number % 10 or not (0 <= number < 100 or int(number) in _YEARS):
        return None
    low = number if number >= 100 else (century or (2000 if number < 20 else 1900)) + number
    first, last = part or (0, 9)
    return _Value(low + first, low + last, "decade", end)


def _century(tokens: Sequence[Token], at: int) -> tuple[float | None, int]:
    if word_at(tokens, at + 1) == "世" and word_at(tokens, at + 2) == "纪" and tokens[at].number:
        return (float(tokens[at].word) - 1) * 100 if tokens[at].word.isdigit() else None, at + 3
    if word_at(tokens, at) in ("上", "本") and word_at(tokens, at + 1) == "世" and word_at(tokens, at + 2) == "纪":
        return 1900.0 if tokens[at].word == "上" else 2000.0, at + 3
    return None, at


def _plain(tokens: Sequence[Token], at: int, numbers: Sequence[Words]) -> _Value | None:
    sign = word_at(tokens, at) in ("£", "$", "€", "¥")
    number, end = numeral(tokens, at + sign)
    if number is None:
        return None
    written = tokens[at + sign].number
    unit, after = matched("units", tokens, end)
    if unit == "not":
        return None
    if sign:
        return _Value(number, number, "money", after if unit == "money" else end)
    for name in numbers:
        if tuple(token.word for token in tokens[end : end + len(name)]) == name:
            return _Value(number, number, f"number:{' '.join(name)}", end + len(name))
    if unit == "half":
        return _Value(60 * number + 30, 60 * number + 30, "minutes", after)
    if unit in ("minutes", "hours"):
        return _time(tokens, number, unit, after)
    if unit == "year":
        return _Value(number, number, "dated", after) if int(number) in _YEARS else None
    if unit == "money":
        return _Value(number, number, "money", after)
    if not written:
        return None
    if number == int(number) and int(number) in _YEARS and len(tokens[at].word) == 4:
        return _Value(number, number, "year", end)
    return _Value(number, number, "", end)


def _time(tokens: Sequence[Token], number: float, unit: str, end: int) -> _Value:
    """Minutes of "two hours", "an hour and a half", "1小时30分钟"."""
    minutes = number * (60 if unit == "hours" else 1)
    if unit == "hours":
        if said(tokens, end, 3) == ("and", "a", "half"):
            minutes, end = minutes + 30, end + 3
        elif word_at(tokens, end) == "半":
            minutes, end = minutes + 30, end + 1
        else:
            more, after = numeral(tokens, end + (word_at(tokens, end) == "and"))
            tail, last = matched("units", tokens, after)
            if more is not None and tail == "minutes":
                minutes, end = minutes + more, last
    return _Value(minutes, minutes, "minutes", end)


def _suffix(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    skip = at + (word_at(tokens, at) == "的")
    for begin in (at, skip):
        op, end = matched("after", tokens, begin)
        if op:
            return op, end
    return "", at
