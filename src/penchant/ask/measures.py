"""What bounds a number and what it counts, in words: "under", "以内", "pounds", "分钟"."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from penchant.ask.tokens import Token, folded

Words = tuple[str, ...]
Table = Literal["before", "after", "units"]

_BEFORE = {  # what stands before a number, by what it makes of it
    "at most": (
        "at most; up to; max; maximum; maximum of; no more than; not more than; no longer than; not longer than; "
        "no later than; not later than; until; till; not over; not above; not exceeding; within; "
        "no higher than; under or equal to; 不超过; 不超; 最多; 至多; 顶多; 不高于; 不多于; 不大于; 最高; 最晚; 最迟; "
        "不晚于; 不贵于; 别超过; 不要超过; 不能超过; 控制在; 上限; 不长于; 最长"
    ),
    "below": (
        "under; below; less than; cheaper than; lower than; shorter than; before; prior to; earlier than; older than; "
        "fewer than; pre; pre -; 低于; 少于; 小于; 不到; 早于; 不足; 短于; 便宜于"
    ),
    "at least": (
        "at least; min; minimum; minimum of; no less than; not less than; no fewer than; no earlier than; "
        "not earlier than; since; from at least; starting from; starting at; not before; not under; not below; "
        "not older than; no older than; 至少; 不少于; 不低于; 最少; 最低; 不小于; 最早; 不早于; 起码; 自; 自从; 下限; "
        "最短"
    ),
    "above": (
        "over; above; more than; greater than; longer than; after; later than; newer than; costs more than; post; "
        "post -; 超过; 高于; 多于; 大于; 晚于; 长于; 贵于"
    ),
    "about": "about; around; roughly; approximately; circa; ca; 大约; 大概; 约; 差不多",
    "between": "between; from; anywhere between; anywhere from; ranging from; in the range; 在; 从; 介于",
    "in": (
        "in; of; from; the; from the; in the; of the; during the; made in; released in; from around; dated; year; "
        "the year; from the year; in the year; made in the; 在; 是"
    ),
}
_AFTER = {  # what stands after it
    "at most": (
        "or less; or under; or below; or cheaper; or lower; or shorter; or earlier; or before; or older; at most; max; "
        "maximum; tops; and under; and below; at the latest; and before; and earlier; 以内; 之内; 以下; 内; 及以下; "
        "封顶; 为止; 之下; 里面"
    ),
    "below": "以前; 之前; 前; 以前的; 及以前",
    "at least": (
        "or more; or over; or above; or later; or newer; or longer; and up; and over; and above; upwards; plus; +; "
        "onwards; onward; on; and later; and after; and on; or after; and newer; at least; minimum; 以上; 之上; "
        "及以上; 以后; 之后; 后; 以来; 至今; 起; 开始; 往后; 及以后; 以后的; 打底"
    ),
    "above": "",
    "about": "左右; 上下; 前后; 或so; or so; ish; give or take; or thereabouts",
    "between": "之间; 间; 这个区间; 期间",
}
_UNITS = {
    "money": (
        "pound; pounds; quid; gbp; dollar; dollars; usd; buck; bucks; euro; euros; eur; rmb; cny; yuan; yen; £; $; €; "
        "¥; 元; 块; 块钱; 元钱; 英镑; 镑; 美元; 欧元; 人民币; 刀; 美金; 日元; 元人民币"
    ),
    "minutes": "minute; minutes; min; mins; 分钟; 分",
    "hours": "hour; hours; h; hr; hrs; 小时; 个小时; 钟头; 个钟头",
    "half": "个半小时; 个半钟头",
    "year": "年",
    "not": (
        "years old; year olds; year old; 岁; 部; 个; 集; 星; times; 次; 本; %; 年级; 点; 月; 日; 号; 折; 人; 季; 岁以下; 岁以上"
    ),
}
_TO = "to; and; -; –; —; ~; 到; 至; through; till; until; 和; 与"


def matched(which: Table, tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """What the longest phrase of a table that begins with a token means, "" for none, and the token after it.

    >>> from penchant.ask.tokens import tokens
    >>> matched("before", tokens("no more than 5"), 0), matched("units", tokens("5块钱"), 1)
    (('at most', 3), ('money', 3))
    """
    table = _table(which)
    for size in range(min(6, len(tokens) - at), 0, -1):
        if (role := table.get(said(tokens, at, size))) is not None:
            return role, at + size
    return "", at


def ranging(tokens: Sequence[Token], at: int) -> int:
    """How many tokens "to" or "到" between the ends of a range takes, 0 where there is none."""
    return next((size for size in (2, 1) if said(tokens, at, size) in _range_words()), 0)


def said(tokens: Sequence[Token], at: int, size: int) -> Words:
    """The words of some tokens."""
    return tuple(token.word for token in tokens[at : at + size])


def word_at(tokens: Sequence[Token], at: int) -> str:
    """The word of a token, "" beyond the last."""
    return tokens[at].word if at < len(tokens) else ""


@cache
def _table(which: Table) -> dict[Words, str]:
    source = {"before": _BEFORE, "after": _AFTER, "units": _UNITS}[which]
    return {_key(phrase): role for role, text in source.items() for phrase in text.split(";") if phrase.strip()}


@cache
def _range_words() -> frozenset[Words]:
    return frozenset(_key(phrase) for phrase in _TO.split(";"))


def _key(phrase: str) -> Words:
    return folded(phrase) or tuple(phrase.split())
