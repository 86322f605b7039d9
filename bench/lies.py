"""True sentences made false by program, one thing at a time: for bench/faithful.py and the tests of the check."""

import calendar
import re
from collections.abc import Iterator, Sequence

import numpy as np

from penchant.narrate.person import chinese, english
from penchant.narrate.person.facts import Fact

_MONTHS = [name for name in calendar.month_name if name]
_ENGLISH_MONTH, _CHINESE_MONTH = re.compile("|".join(_MONTHS)), re.compile(r"(?<=年)\d{1,2}(?=月)")
_NUMBER = re.compile(r"\d+(?=%| points| 个?百分点|个百分点|位)|(?<=number )\d+|(?<=next )\d+|(?<=未来)\d+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUOTED = re.compile(r"“[^”]+”")
_OPPOSITE = {
    "en": [
        ("growing", "fading"), ("fading", "growing"), ("grew", "faded"), ("faded", "grew"),
        ("more than", "less than"), ("less than", "more than"), ("came back to", "left"), ("went quiet", "grew"),
        ("have not come back to", "have come back to"), ("until", "since"), ("has been quiet", "has been steady"),
        ("are into", "have lost interest in"), ("became new", "became quiet"), ("may go", "went"), ("a passing", "a steady"),
        ("Without", "With"),
    ],
    "zh": [
        ("上升", "下降"), ("下降", "上升"), ("减弱", "增强"), ("更多", "更少"), ("更少", "更多"), ("没有再关注", "重新关注"),
        ("重新关注", "不再关注"), ("沉寂下来", "上升"), ("直到", "始于"), ("也关注", "不再关注"), ("目前最关注", "目前最不关注"),
        ("开始关注", "不再关注"), ("预计", "已经"), ("短暂关注", "持续关注"), ("如果没有", "因为有"),
    ],
}  # fmt: skip
_ADDED = {
    "place": {"en": ("in Paris", "from Berlin"), "zh": ("在北京", "来自上海")},
    "person": {"en": ("with their wife", "as she always did"), "zh": ("和妻子一起", "她一直如此")},
    "age": {"en": ("at 34 years of age", "like most teenagers"), "zh": ("年龄34岁", "像多数青年一样")},
    "feeling": {"en": ("and they love it", "which makes them happy"), "zh": ("非常喜欢", "心情愉快")},
    "health": {"en": ("since they fell ill", "for their health"), "zh": ("因为生病", "为了健康")},
    "family": {"en": ("for their children", "with the family"), "zh": ("为了孩子", "与家人")},
    "plan": {"en": ("and they plan a trip", "and want to buy more"), "zh": ("并计划旅行", "还打算购买")},
    "deed": {"en": ("and bought all of it", "and rated it high"), "zh": ("并且购买了全部", "评分很高")},
    "cause": {"en": ("as the weather got cold", "after a sale"), "zh": ("受天气影响", "促销之后")},
    "always": {"en": ("and nothing else", "and always will be"), "zh": ("别无其他", "永远如此")},
}
_WORDS = {  # claims in words that true sentences have: the lie, and the sorts of facts it is none of
    "again": {"en": "again", "zh": "再次"},
    "briefly": {"en": "briefly", "zh": "暂时"},
    "no longer": {"en": "no longer", "zh": "不再"},
    "most of all": {"en": "most of all", "zh": "主要"},
}
_TRUE = {
    "again": ("revived", "turned"),
    "briefly": ("excursion",),
    "no longer": ("silent", "dormant", "faded", "migrated", "moved", "excursion"),
    "most of all": (),
}
KINDS = (
    *("name of nobody", "name of another fact", "number", "number of another fact", "month", "year", "date of another fact"),
    *("direction", "negation", "order", "certain", *_WORDS, *_ADDED),
)


def lies(
    text: str, cited: Sequence[Fact], among: Sequence[Fact], language: str, names: Sequence[str], rng: np.random.Generator
) -> Iterator[tuple[str, str]]:
    """Every way in which a sentence on the `cited` facts can be made false, and the lie; `names` are titles of the catalog."""
    own = {name for fact in cited for name in (*fact.names, *fact.titles)}
    others = [name for fact in among if fact not in cited for name in fact.names if name not in own]
    quoted = _QUOTED.findall(text)
    if quoted:
        old = str(rng.choice(quoted))
        strange = [name for name in names if name not in own and f"“{name}”" not in text]
        yield "name of nobody", text.replace(old, f"“{rng.choice(strange)}”", 1)
        if others:
            yield "name of another fact", text.replace(old, f"“{rng.choice(others)}”", 1)
    yield from _numbers(text, cited, rng)
    yield from _borrowed(text, cited, among, language)
    yield from _claimed(text, cited, language)
    yield from _dates(text, cited, rng)
    for said, other in _OPPOSITE[language]:
        if said in text:
            yield "direction", text.replace(said, other, 1)
            break
    if (denied := _denied(text, language)) != text:
        yield "negation", denied
    if len(quoted) == 2 and cited[0].sort in ("migrated", "moved"):
        yield "order", text.replace(quoted[0], "\0").replace(quoted[1], quoted[0]).replace("\0", quoted[1])
    for sort, words in _ADDED.items():
        added = str(rng.choice(words[language]))
        stop = text[-1] if text[-1] in ".。" else ""
        yield (
            sort,
            f"{text.removesuffix(stop)} {added}{stop}" if language == "en" else f"{text.removesuffix(stop)}，{added}{stop}",
        )


def _borrowed(text: str, cited: Sequence[Fact], among: Sequence[Fact], language: str) -> Iterator[tuple[str, str]]:
    """What is true of another fact, said of this one."""
    own = {share for fact in cited for share in fact.shares}
    other = [share for fact in among if fact not in cited for share in fact.shares if share not in own]
    if own and other and (found := re.search(r"\d+(?=%| points|个百分点)", text)):
        yield "number of another fact", text[: found.start()] + f"{100 * other[0]:.0f}" + text[found.end() :]
    month = {"en": english.month, "zh": chinese.month}[language]
    mine = {month(time) for fact in cited for time in fact.times}
    dates = [month(time) for fact in among for time in fact.times if month(time) not in mine]
    if dates and (told := next((one for one in mine if one in text), None)):
        yield "date of another fact", text.replace(told, dates[0], 1)


def _claimed(text: str, cited: Sequence[Fact], language: str) -> Iterator[tuple[str, str]]:
    """Words that are said of facts, of one that they are not true of."""
    for sort, words in _WORDS.items():
        if not any(fact.sort in _TRUE[sort] for fact in cited) and not (
            sort == "most of all" and any(one.first for one in cited)
        ):
            head, quote, rest = text.partition("“")
            yield sort, f"{head}{words[language]}{' ' if language == 'en' else ''}{quote}{rest}"
    for hedged, plain in (("may go", "go"), ("预计约", "约")):
        if cited[0].sort == "ahead" and hedged in text:
            yield "certain", text.replace(hedged, plain, 1)


def _numbers(text: str, cited: Sequence[Fact], rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    outside = _QUOTED.sub(lambda found: "“" + "x" * (len(found[0]) - 2) + "”", text)
    if found := _NUMBER.search(outside):
        shares = {round(100 * share) for fact in cited for share in fact.shares}
        wrong = [number for number in range(1, 99) if number not in shares and all(number not in fact.counts for fact in cited)]
        yield "number", text[: found.start()] + str(rng.choice(wrong)) + text[found.end() :]


def _dates(text: str, cited: Sequence[Fact], rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    outside = _QUOTED.sub(lambda found: "“" + "x" * (len(found[0]) - 2) + "”", text)
    if found := _ENGLISH_MONTH.search(outside):
        other = rng.choice([month for month in _MONTHS if month != found[0]])
        yield "month", text[: found.start()] + str(other) + text[found.end() :]
    elif found := _CHINESE_MONTH.search(outside):
        other = rng.choice([month for month in range(1, 13) if str(month) != found[0]])
        yield "month", text[: found.start()] + str(other) + text[found.end() :]
    if found := _YEAR.search(outside):
        yield "year", text[: found.start()] + str(int(found[0]) - int(rng.integers(1, 4))) + text[found.end() :]


def _denied(text: str, language: str) -> str:
    """The sentence with its verb denied."""
    pairs = (
        [
            (" are ", " are not "),
            (" has ", " has not "),
            (" may ", " may not "),
            (" was ", " was not "),
            (" comes ", " never comes "),
        ]
        if language == "en"
        else [("关注", "不关注"), ("占", "不占"), ("会与", "不会与"), ("转向", "没有转向")]
    )
    for said, not_said in pairs:
        if said in text:
            return text.replace(said, not_said, 1)
    return text
