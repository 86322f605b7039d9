"""What a text about an item claims, found by rule: numbers, names, and words that a buyer would rely on.

A text is kept where all it claims is in the item's facts. The rules know words and shapes, not meaning: what they let through may
still be wrong, and what they refuse may be right.
"""

import re
import unicodedata
from typing import NamedTuple

from penchant.interest.topics.words import STOP, split

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPELT = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero",
            "one",
            "two,twin,pair,double,couple",
            "three,triple,trio,trilogy",
            *("four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve,dozen"),
        )
    )
    for word in words.split(",")
} | {"twenty": "20", "hundred": "100", "thousand": "1000", "million": "1000000"}
_FREE = frozenset({"one", "pair", "double", "couple", "twin"})  # said without counting
_HAN_DIGITS = {digit: str(number) for number, digit in enumerate("零一二三四五六七八九十")} | {
    "两": "2",
    "百": "100",
    "千": "1000",
}
_HAN_COUNTED = re.compile(r"([二两三四五六七八九十百千]+)(?=[个件只套层张片部本岁年月天日倍折元块米克升人寸码款种集季])")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]\w*(?:['’-]\w+)*")
_OPENS = (  # capitals at the start of a sentence that are no names
    "another because bring collect combine complete create decorate discover enjoy everyday explore expect find fun "
    "give having keep "
    "let light look love meet others perhaps pick pair prepare read ready relax remember rediscover revisit save see "
    "similar since simple "
    "small still store thinking time travel treat try turn watch welcome wrap follow following fans classic "
    "colourful colorful cosy "
    "family large little old pretty soft sweet vintage want wanting watched"
)
_OPENING = STOP.union(_OPENS.split())
_SENTENCE = re.compile(r"[.!?。！？]\s*|\n")
_QUOTED = re.compile(r"《([^》]*)》|“([^”]*)”|「([^」]*)」|\"([^\"]*)\"")
_DOTTED = re.compile(r"[\u4e00-\u9fff]+(?:·[\u4e00-\u9fff]+)+")  # how foreign names are written in Chinese
_SIGNS = re.compile(r"[%‰€£$¥￥#@]|https?:|www\.")

_NO_PLURALS = ("ss", "us", "is", "os", "as", "series", "species")
_IE = frozenset({"movies", "cookies", "brownies", "smoothies", "zombies", "selfies", "calories", "hoodies", "birdies"})

_PRICE = (
    "price priced cheap cheaper affordable budget inexpensive expensive discount discounted sale sales off deal "
    "deals bargain free "
    "save saving savings cost costs value coupon voucher cashback refund shipping delivery clearance half-price gratis "
    "价格 便宜 实惠 划算 打折 折扣 优惠 特价 降价 免费 包邮 促销 省钱 返现 满减 性价比 低价 半价 赠品 赠送"
)
_URGENCY = (
    "hurry now today tonight tomorrow limited last final soon ending ends quick quickly fast instantly immediately "
    "stock remaining "
    "left selling miss exclusive only rush urgent deadline countdown "
    "立即 马上 赶快 赶紧 抓紧 今天 今日 限时 限量 最后 仅剩 即将 售罄 抢购 错过 独家 倒计时 速来 速抢"
)
_PRAISE = (
    "best greatest finest ultimate perfect top number-one unbeatable unmatched unrivalled unique amazing incredible "
    "awesome stunning "
    "must-have must-see must must-watch masterpiece award award-winning acclaimed famous popular bestseller "
    "bestselling best-selling "
    "guaranteed guarantee luxurious luxury premium superior world-class legendary iconic revolutionary most everyone "
    "最 最好 最佳 第一 顶级 极致 完美 唯一 绝对 必买 必看 必备 经典之作 获奖 著名 热门 畅销 爆款 保证 奢华 高端 "
    "世界级 传奇 无敌 "
    "国家级 首选"
)
_MADE_OF = (
    "leather cotton wool silk linen denim velvet bamboo wood wooden metal steel iron brass copper silver gold golden "
    "crystal diamond "
    "ceramic porcelain glass plastic rubber silicone marble stone enamel zinc aluminium aluminum wax paper cardboard "
    "felt fabric "
    "handmade handcrafted hand-made antique genuine real authentic original certified imported "
    "真皮 皮革 纯棉 棉 羊毛 丝绸 亚麻 实木 木质 金属 不锈钢 纯银 纯金 黄金 水晶 钻石 陶瓷 瓷 玻璃 塑料 硅胶 大理石 "
    "手工 正品 进口 原装"
)
_SAFE = (
    "waterproof fireproof unbreakable durable safe non-toxic nontoxic hypoallergenic organic vegan vegetarian "
    "gluten-free sugar-free "
    "healthy natural eco-friendly sustainable recyclable recycled biodegradable antibacterial dishwasher-safe microwave-safe "
    "bpa-free washable medical therapeutic cures healing warranty "
    "防水 防火 安全 无毒 有机 纯天然 天然 健康 环保 可回收 抗菌 可机洗 治疗 保修 无糖 素食"
)
_PERSON = (
    "mother mom mum father dad parent wife husband girlfriend boyfriend partner son daughter baby grandma grandpa "
    "family kids pregnant "
    "single married divorced lonely sad depressed ill sick healthy weight fat old young age aged birthday "
    "anniversary religion gay "
    "rich poor job boss salary neighbour neighbor city town home address "
    "妈妈 爸爸 父母 老公 老婆 丈夫 妻子 男友 女友 儿子 女儿 宝宝 家人 怀孕 单身 结婚 离婚 孤独 难过 生病 体重 年龄 "
    "年轻 生日 纪念日 工资 住址 宗教"
)
_FAMILIES = {
    "price": frozenset(_PRICE.split()),
    "urgency": frozenset(_URGENCY.split()),
    "praise": frozenset(_PRAISE.split()),
    "material or make": frozenset(_MADE_OF.split()),
    "safety or health": frozenset(_SAFE.split()),
}
_BY_WORD = {word: family for family, words in _FAMILIES.items() for word in words if word.isascii()}
_BY_HAN = sorted(
    ((word, family) for family, words in _FAMILIES.items() for word in words if not word.isascii()),
    key=lambda pair: (-len(pair[0]), pair[0]),
)
_PERSON_WORDS = frozenset(_PERSON.split())
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


class Known(NamedTuple):
    """What facts allow to be said."""

    text: str  # folded, all of it
    words: frozenset[str]
    numbers: frozenset[str]


def folded(text: str) -> str:
    """A text as it is compared: NFKC, no case, single spaces.

    >>> folded("  Ｔea  POT ")
    'tea pot'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def known(*said: str) -> Known:
    """What may be said where these texts are all there is.

    >>> sorted(known("Set of 3 cake tins").words)
    ['3', 'cake', 'of', 'set', 'tin', 'tins']
    """
    text = folded(" ".join(said))
    found = {word.casefold() for word in split(text)} | set(_WORD.findall(text))
    found |= {part for word in found for part in re.split(r"[-'’]", word) if part}
    return Known(text, frozenset(found | {singular(word) for word in found}), numbers(text))


def singular(word: str) -> str:
    """An English plural without its ending, by the ending alone.

    >>> [singular(word) for word in ("bags", "berries", "cookies", "boxes", "christmas", "series", "猫")]
    ['bag', 'berry', 'cookie', 'box', 'christmas', 'series', '猫']
    """
    if not word.isascii() or len(word) < 4 or not word.endswith("s") or word.endswith(_NO_PLURALS):
        return word
    if word in _IE:
        return word[:-1]
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("xes", "ches", "shes", "sses")) else word[:-1]


def numbers(text: str) -> frozenset[str]:
    """Every number in a text, in digits or in words, as digits without marks.

    >>> sorted(numbers("3 tiers, twelve cups, 1,000 stars")), sorted(numbers("三层蛋糕架，一部2019年的电影"))
    (['1000', '12', '3'], ['2019', '3'])
    """
    text = folded(text)
    found = {re.sub(r"[.,](?=\d{3}\b)", "", number) for number in _NUMBER.findall(text)}
    found |= {_SPELT[word] for word in _WORD.findall(text) if word in _SPELT}
    return frozenset(found | {_HAN_DIGITS.get(run, run) for run in _HAN_COUNTED.findall(text)})


def invented(text: str, facts: Known) -> str:
    """The first thing that a text says and its facts do not, in words; empty where there is none.

    Checked are numbers, names (capitals, titles in quotes), signs of prices and links, and words of price, urgency, praise,
    material and safety.

    >>> facts = known("Red retrospot lunch bag")
    >>> invented("A red lunch bag for school.", facts)
    ''
    >>> invented("A red leather lunch bag.", facts), invented("Sam's lunch bag, 20% off.", facts)
    ("material or make: 'leather'", "number: '20'")
    """
    spare = numbers(text) - facts.numbers - frozenset(_SPELT[word] for word in _FREE)
    if spare or (signs := _sign(text, facts)):
        return f"number: {min(spare)!r}" if spare else f"sign: {signs!r}"
    plain = folded(text)
    for word in _WORD.findall(plain):
        if word in _BY_WORD and word not in facts.words:
            return f"{_BY_WORD[word]}: {word!r}"
    lately = plain.replace("最近", "")
    for word, family in _BY_HAN:
        if word in lately and word not in facts.text:
            return f"{family}: {word!r}"
    name = _name(text, facts)
    return f"name: {name!r}" if name else ""


def pressing(text: str, facts: Known) -> str:
    """The first word of price, urgency or praise that the facts do not have; else empty.

    >>> pressing("Tea, buy now", known("Red tea mug")), pressing("限时茶杯", known("茶杯")), pressing("Tea mugs", known("Tea"))
    ('now', '限时', '')
    """
    plain, told = folded(text), {"price", "urgency", "praise"}
    found = [word for word in _WORD.findall(plain) if _BY_WORD.get(word) in told and word not in facts.words]
    found += [word for word, family in _BY_HAN if family in told and word in plain and word not in facts.text]
    return found[0] if found else ""


def personal(text: str, facts: Known) -> str:
    """The first word about who somebody is, their family, health or means, that the facts do not have; else empty.

    >>> personal("For your wife", known("Red mug")), personal("给妈妈的杯子", known("杯子")), personal("For tea", known("Mug"))
    ('wife', '妈妈', '')
    """
    plain = folded(text)
    words = [word for word in map(singular, _WORD.findall(plain)) if word in _PERSON_WORDS and word not in facts.words]
    words += [word for word in sorted(_PERSON_WORDS) if not word.isascii() and word in plain and word not in facts.text]
    return words[0] if words else ""


def _sign(text: str, facts: Known) -> str:
    return next((sign for sign in _SIGNS.findall(text) if sign.casefold() not in facts.text), "")


def _name(text: str, facts: Known) -> str:
    """A title in quotes, a name in capitals or one with a dot that the facts do not have."""
    quoted = [next(filter(None, found), "") for found in _QUOTED.findall(text)]
    names: list[str] = [*quoted, *_DOTTED.findall(text)]
    for name in names:
        if folded(name) not in facts.text:
            return name
    for sentence in _SENTENCE.split(text):
        for found in _CAPITAL.finditer(sentence):
            word = folded(found[0])
            bare = re.sub(r"['’]s$", "", word)
            opens = not sentence[: found.start()].strip(" \"'“(-") and word in _OPENING
            if not opens and not {word, bare, singular(bare)} & facts.words and not set(word.split("-")) <= facts.words | STOP:
                return found[0]
    return ""
