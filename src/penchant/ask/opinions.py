"""What a review says of which side of a thing: clauses with what they are about, and whether that was liked.

By rule, in English and Chinese: a text is cut at marks and at words of contrast, an opinion word says how each clause is meant,
a negation before it turns that round, and what is left of the clause is what it is about. A clause without an opinion goes on
with the last one of its sentence ("loved the plot and the music"), or against it ("but not the pace").
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from penchant.ask.tokens import HAN, Token, composed, tokens


class Opinion(NamedTuple):
    """One side of a thing: in words, "" for the whole of it; and whether it was liked."""

    about: str
    liked: bool


class _Clause(NamedTuple):
    text: str
    joined: bool = False  # to the one before, by "and"
    against: bool = False  # the one before, by "except"


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


_GOOD = frozenset(
    _words(
        "love loved loves loving like liked likes enjoy enjoyed enjoys adore adored great good excellent amazing wonderful "
        "beautiful brilliant fantastic superb perfect best better funny hilarious gripping charming clever stunning fresh "
        "touching moving lovely nice awesome favourite favorite impressive sturdy soft comfortable delightful engaging "
        "memorable outstanding recommend recommended solid strong praise admire admired appreciate appreciated pleasant "
        "thrilling believable smart witty gorgeous cute"
    )
)
_BAD = frozenset(
    _words(
        "hate hated hates dislike disliked boring bored bad awful terrible horrible poor poorly weak slow dull disappointing "
        "disappointed worst worse annoying annoyed predictable flimsy broken broke ugly confusing overlong shallow stupid "
        "mess messy waste lacking lacks tedious flat cliched unconvincing forgettable overrated rough uncomfortable ruined "
        "ridiculous clumsy dreadful mediocre pointless silly noisy tacky fake thin cheesy wooden"
    )
)
_NOT = frozenset(
    _words(
        "not no never hardly without nothing neither nor isn't wasn't weren't aren't don't doesn't didn't couldn't wouldn't can't"
    )
)
_SMALL = frozenset(
    _words(
        "a an the this that these those i we you he she they it its my our his her their was were is are be been am being had "
        "has have did do does so very really quite rather just also bit little too of in on at for with by to from what which "
        "who as all some any most much many more than how there here and or but if then when while because though although "
        "however yet only even still lot way after until found felt thought think made makes seemed seems looked looks done "
        "me us him them overall absolutely totally simply pretty"
    )
)
_WHOLE = frozenset(
    _words("movie film book product item one thing everything series show album game purchase whole entire ever about")
)
_CUT = frozenset(_words("but although though however yet while whereas except . ! ? ; : 。 ！ ？ ；"))
_LIST = frozenset(_words("and & plus , ， 、"))

_GOOD_ZH = _words(
    "喜欢 热爱 好看 好听 好吃 好用 好玩 很好 不错 精彩 优秀 很棒 棒 很美 优美 漂亮 感人 有趣 好笑 搞笑 出色 完美 经典 "
    "很赞 赞 满意 舒服 结实 动人 细腻 紧凑 惊艳 震撼 推荐 温馨 值得 扎实 流畅 在线 到位 太好 太美 太棒 极好 极美 好 美 爱"
)
_BAD_ZH = _words(
    "讨厌 难看 难听 难吃 难用 很差 太差 差劲 差 糟糕 很烂 太烂 烂 无聊 拖沓 太慢 很慢 慢 失望 生硬 粗糙 老套 俗套 尴尬 "
    "混乱 太乱 冗长 很烦 劣质 平淡 空洞 做作 恶心 薄弱 单薄 敷衍 浮夸 出戏 牵强 乏味 枯燥 垃圾"
)
_NOT_ZH = ("不怎么", "不太", "不是很", "没有", "并不", "不", "没", "别")
_SMALL_ZH = _words(
    "我觉得 觉得 感觉 我们 我 你 他 她 它 这部 这个 那个 这 那 非常 十分 特别 有点儿 有点 有些 比较 真的 真是 最 更 挺 "
    "还是 还 都 也 了 的 得 是 让人 让 被 里面 里 有 一点 一些 就 很 太 真 部 个 极 超级 超 过于 却 又 吧 啊 呢 对 在 们 "
    "其 中 并"
)
_WHOLE_ZH = frozenset(_words("电影 片子 影片 东西 整体 总体 全片 整 整部 整部电影 商品 产品 书 剧 它"))
_CUT_ZH = re.compile("但是|可是|不过|然而|只是|就是|而且|虽然|尽管|但|却|可惜")
_LIST_ZH = re.compile("[和与跟及]|以及|还有")
_OPINION_ZH = re.compile("|".join(sorted((*_GOOD_ZH, *_BAD_ZH), key=len, reverse=True)))
_HAN = re.compile(f"[{HAN}]")


def opinions(text: str) -> tuple[Opinion, ...]:
    """What `text`, a review in English or Chinese, likes and does not, in its order; each thing once, as it is said of last.

    >>> opinions("Loved the plot and the music, hated the slow pace.")
    (Opinion(about='plot', liked=True), Opinion(about='music', liked=True), Opinion(about='pace', liked=False))
    >>> opinions("画面很美，但是节奏太慢")
    (Opinion(about='画面', liked=True), Opinion(about='节奏', liked=False))
    """
    text, found = composed(text), list[Opinion]()
    for sentence in re.split("(?<=[.!?。;；])", text):
        before: bool | None = None
        waiting: list[_Clause] = []
        for clause in _clauses(sentence):
            opinion = _read(clause, before)
            if opinion is None:
                waiting = [*waiting, clause] if clause.joined or not waiting else [clause]
                continue
            if clause.joined and before is None:  # "the plot and the music were great"
                found += [each for one in waiting if (each := _read(one, opinion.liked)) is not None]
            before = opinion.liked
            found.append(opinion)
    last = {opinion.about: opinion.liked for opinion in found}
    return tuple(Opinion(about, liked) for about, liked in last.items())


def _clauses(sentence: str) -> list[_Clause]:
    """The clauses of a sentence."""
    if _HAN.search(sentence):
        found: list[_Clause] = []
        for part in re.split("[,，、;；。.!！?？]", _CUT_ZH.sub(",", sentence)):
            pieces = [piece.strip() for piece in _LIST_ZH.split(part)]
            listed = all(len(piece) > 1 for piece in pieces)
            found += [_Clause(piece, place > 0) for place, piece in enumerate(pieces)] if listed else [_Clause(part.strip())]
        return [clause for clause in found if clause.text]
    found, current, joined, against = [], list[Token](), False, False
    for token in tokens(sentence):
        if token.word in _CUT or token.word in _LIST:
            found += _halves(current, sentence, joined, against)
            current, joined, against = [], token.word in ("and", "&", "plus"), token.word == "except"
        else:
            current.append(token)
    return found + _halves(current, sentence, joined, against)


def _halves(clause: list[Token], sentence: str, joined: bool, against: bool) -> list[_Clause]:
    """A clause, or those that stand in it side by side: "great plot terrible acting", "the plot was great acting terrible"."""
    found = []
    while cut := _seam(clause):
        found.append(_Clause(_said(clause[:cut], sentence), joined, against))
        clause, joined, against = clause[cut:], False, False
    return [*found, _Clause(_said(clause, sentence), joined, against)] if clause else found


def _seam(clause: Sequence[Token]) -> int:
    """Where the first of several clauses ends: between an opinion and the contrary one, on two things; 0 for nowhere."""
    mark, ahead, between, told = -1, False, False, False  # the last opinion; what is told before it, after it, at all
    for place, token in enumerate(clause):
        if token.word in _GOOD or token.word in _BAD:
            if mark >= 0 and between and (clause[mark].word in _GOOD) != (token.word in _GOOD):
                return mark + 1 if ahead else place
            mark, ahead, between = place, told, False
        elif _tells(token.word):
            between = told = True
    return 0


def _read(clause: _Clause, before: bool | None) -> Opinion | None:
    if clause.against and before is not None:
        before = not before
    return (_chinese if _HAN.search(clause.text) else _english)(clause.text, before)


def _said(clause: Sequence[Token], sentence: str) -> str:
    return sentence[clause[0].start : clause[-1].end]


def _tells(word: str) -> bool:
    return word[0].isalpha() and word not in _SMALL and word not in _NOT and word not in _GOOD and word not in _BAD


def _english(clause: str, before: bool | None) -> Opinion | None:
    words = [token.word for token in tokens(clause)]
    marks = [place for place, word in enumerate(words) if word in _GOOD or word in _BAD]
    denied = [place for place, word in enumerate(words) if word in _NOT]
    about = [word for word in words if _tells(word)]
    if marks:
        liked = words[marks[0]] in _GOOD
        if any(0 < marks[0] - place <= 5 for place in denied):
            liked = not liked
    elif "too" in words and words[-1] != "too":
        liked, about = False, [word for word in words[: words.index("too")] if _tells(word)]
    elif before is not None and about:
        liked = before != bool(denied)
    else:
        return None
    return Opinion("" if about and set(about) <= _WHOLE else " ".join(about), liked)


def _chinese(clause: str, before: bool | None) -> Opinion | None:
    mark = _OPINION_ZH.search(clause)
    if mark is not None:
        liked = mark.group() in _GOOD_ZH
        ahead = clause[: mark.start()]
        denied = next((word for word in _NOT_ZH if ahead.endswith(word)), "")
        if denied:
            ahead, liked = ahead.removesuffix(denied), not liked
        about = max(_bare(ahead), _bare(clause[mark.end() :]), key=len)
    elif "太" in clause:
        liked, about = False, _bare(clause.partition("太")[0])
    elif before is not None and _bare(clause):
        denied = next((word for word in _NOT_ZH if clause.startswith(word)), "")
        liked, about = before != bool(denied), _bare(clause.removeprefix(denied))
    else:
        return None
    return Opinion("" if about in _WHOLE_ZH else about, liked)


def _bare(text: str) -> str:
    """A text without the small words at its ends."""
    text, before = text.strip(), None
    while text != before:
        before = text
        for word in _SMALL_ZH:
            text = text.removeprefix(word).removesuffix(word).strip()
    return text
