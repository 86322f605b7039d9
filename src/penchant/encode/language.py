"""A cheap guess of a text's language from its script, enough to tell apart the clusters that encoders make of languages."""

import re

from penchant.encode.text import own_text
from penchant.types import Item

UNKNOWN = "und"  # BCP 47's word for it
_ENOUGH = 300  # characters read

_KANA = re.compile(r"[\u3041-\u30ff\u31f0-\u31ff]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")
_OTHERS = {
    "ko": re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+"),
    "ru": re.compile(r"[\u0400-\u052f]+"),
    "ar": re.compile(r"[\u0600-\u06ff\u0750-\u077f]+"),
    "he": re.compile(r"[\u0590-\u05ff]+"),
    "el": re.compile(r"[\u0370-\u03ff]+"),
    "th": re.compile(r"[\u0e00-\u0e7f]+"),
    "hi": re.compile(r"[\u0900-\u097f]+"),
    "en": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
}
# A Chinese character or Korean syllable says about as much as this many letters of an alphabet.
_DENSITY = {"zh": 3, "ja": 3, "ko": 2}


def language(text: str) -> str:
    """The most read language of the script that most of `text` is written in, as an ISO 639-1 code; "und" without letters.

    A script is all it looks at: French reads as "en" and Ukrainian as "ru". Han with some kana is Japanese, else Chinese.

    >>> [language(text) for text in ("Alien", "我喜欢科幻电影", "千と千尋の神隠し", "기생충", "Сталкер", "1984")]
    ['en', 'zh', 'ja', 'ko', 'ru', 'und']
    """
    text = text[:_ENOUGH]
    if text.isascii():
        return "en" if any(map(str.isalpha, text)) else UNKNOWN
    kana, han = _count(_KANA, text), _count(_HAN, text)
    letters = {code: _count(pattern, text) for code, pattern in _OTHERS.items()}
    letters["ja" if 10 * kana > han else "zh"] = han + kana
    weights = {code: count * _DENSITY.get(code, 1) for code, count in letters.items()}
    best = max(weights, key=lambda code: weights[code])
    return best if weights[best] else UNKNOWN


def item_language(item: Item) -> str:
    """The language an item declares, without region (`zh-CN` is `zh`), else the guess from its text.

    >>> item_language(Item(id="1", title="Amélie", language="fr-FR")), item_language(Item(id="2", title="卧虎藏龙"))
    ('fr', 'zh')
    """
    declared = re.split("[-_]", (item.language or "").strip().lower())[0]
    return declared or language(own_text(item))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))
