"""What can be added to an item without any language model: its era, what it costs beside others, its category in another
language, and the words of what people have together with things that are called like it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from penchant.interest.topics.words import STOP, is_code, split, titled, told
from penchant.interest.transitions import Sparse, histories
from penchant.narrate.item.claims import singular
from penchant.types import F32, F64, Enriched, Events, Item

GOES_WITH = 4  # words taken from what goes with an item's own
_RARE, _MOST = 3, 4_000  # items a word must be in, and words that are kept
_SHRINK = 20.0  # pairs at which an association counts half
_BANDS = ("inexpensive", "mid-priced", "expensive")
_BANDS_ZH = ("价格低", "价格中等", "价格高")

# What shops and libraries file things under, in English and Chinese.
_KINDS = (
    "action 动作|adventure 冒险|animation 动画|children 儿童|comedy 喜剧|crime 犯罪|documentary 纪录片|drama 剧情|fantasy 奇幻|"
    "film-noir 黑色电影|horror 恐怖|musical 歌舞|mystery 悬疑|romance 爱情|sci-fi 科幻|science fiction 科幻|thriller "
    "惊悚|war 战争|"
    "western 西部|music 音乐|history 历史|biography 传记|sport 运动|sports 运动|news 新闻|politics 政治|business "
    "商业|travel 旅行|"
    "food 美食|health 健康|beauty 美妆|fashion 时尚|clothing 服装|shoes 鞋|bags 包|toys 玩具|books 图书|electronics 电子产品|"
    "computers 电脑|phones 手机|home 家居|kitchen 厨房|furniture 家具|garden 园艺|pets 宠物|baby 母婴|jewellery 珠宝|"
    "gifts 礼物|"
    "stationery 文具|games 游戏|cars 汽车|education 教育|technology 科技|science 科学|nature 自然|art 艺术|family 家庭"
)
_ZH = dict(pair.rsplit(" ", 1) for pair in _KINDS.split("|"))
_EN = {chinese: english for english, chinese in reversed(_ZH.items())}


class Associations(NamedTuple):
    """Which words go with which, by what people had together."""

    words: tuple[str, ...]
    strength: F32  # (words, words) shrunk positive pointwise mutual information


def associations(items: Sequence[Item], events: Events) -> Associations:
    """Learn which words the other items of people have who have an item with a word.

    For words a and b with n_ab pairs of different items, had by one person, of which one has a and the other b:
    max(0, log(n_ab n / (n_a n_b))) n_ab / (n_ab + 20), the pointwise mutual information of Church and Hanks 1990, "Word
    association norms, mutual information, and lexicography", section 3, drawn to nothing where pairs are few.
    """
    said = [_words(item) for item in items]
    counts: dict[str, int] = {}
    for each in said:
        for word in each:
            counts[word] = counts.get(word, 0) + 1
    words = sorted((word for word, count in counts.items() if count >= _RARE), key=lambda word: (-counts[word], word))[:_MOST]
    has = _incidence(said, {word: place for place, word in enumerate(words)})
    past = histories(events)
    had = past.incidence(len(items))
    own = sparse.csr_array(sparse.diags_array(np.asarray(had.sum(axis=0)).ravel().astype(np.float32)) @ has)
    by_person = sparse.csr_array(had @ has)
    pairs: F64 = (by_person.T @ by_person).toarray().astype(np.float64) - (has.T @ own).toarray()
    np.fill_diagonal(pairs, 0.0)  # a word goes with itself: that is nothing to add
    pairs = np.maximum(pairs, 0.0)
    each = pairs.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(pairs * each.sum() / np.outer(each, each))
    kept = np.where(pairs > 0, np.maximum(information, 0.0), 0.0) * pairs / (pairs + _SHRINK)
    return Associations(tuple(words), kept.astype(np.float32))


def by_rule(items: Sequence[Item], known: Associations, prices: F64) -> list[Enriched]:
    """What the rules add to each item; `prices` (any number of them, NaN where unknown) are what its own is low or high beside.

    >>> none = Associations((), np.zeros((0, 0), np.float32))
    >>> film = Item(id="1", title="Heat (1995)", categories=("Crime", "Thriller"), price=9.0)
    >>> by_rule([film], none, np.array([1.0, 5.0, 9.0]))
    [Enriched(tags=('1990s',), themes=('犯罪', '惊悚', 'expensive'), audience='', mood='', about='')]
    """
    given = prices[np.isfinite(prices)]
    thirds = np.quantile(given, (1 / 3, 2 / 3)) if len(given) else np.zeros(2)
    place = {word: number for number, word in enumerate(known.words)}
    said = [_words(item) for item in items]
    score = (_incidence(said, place) @ known.strength) if known.words else np.zeros((len(items), 0), np.float32)
    return [
        Enriched((*_era(item), *_near(score[row], own, known)), (*_translated(item), *_band(item, thirds)))
        for row, (item, own) in enumerate(zip(items, said, strict=True))
    ]


def _words(item: Item) -> list[str]:
    """The words of a title and of the categories, each once, in the singular and small letters."""
    found = split(" ".join((titled(item.title)[0], *item.categories)))
    folded = [singular(word.casefold()) for word in found]
    return list(dict.fromkeys(word for word in folded if len(word) > 1 and word not in STOP and not is_code(word)))


def _incidence(said: Sequence[Sequence[str]], place: dict[str, int]) -> Sparse:
    rows = [row for row, words in enumerate(said) for word in words if word in place]
    columns = [place[word] for words in said for word in words if word in place]
    return sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(said), len(place)))


def _near(score: F32, own: Sequence[str], known: Associations) -> tuple[str, ...]:
    """The words that go most with an item's own, best first."""
    best = np.argsort(-score, kind="stable")[: GOES_WITH + len(own)].tolist()
    return tuple(known.words[word] for word in best if score[word] > 0 and known.words[word] not in own)[:GOES_WITH]


def _era(item: Item) -> tuple[str, ...]:
    decade = told(item).decade
    return () if decade is None else (f"{decade}s",)


def _translated(item: Item) -> tuple[str, ...]:
    """The categories in the other language, where they are known."""
    kinds = [kind.casefold().removesuffix("'s") for kind in item.categories]
    return tuple(dict.fromkeys(found for kind in kinds if (found := _ZH.get(kind) or _EN.get(kind))))


def _band(item: Item, thirds: F64) -> tuple[str, ...]:
    if item.price is None:
        return ()
    names = _BANDS_ZH if any(kind in _EN for kind in item.categories) else _BANDS
    return (names[int(np.searchsorted(thirds, item.price))],)
