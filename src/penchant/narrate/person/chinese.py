"""Facts in Chinese, one sentence each, like `english`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from penchant.narrate.person.facts import Fact

_WAYS = {"up": "，还在上升", "level": "", "down": "，正在减弱"}


def sentence(fact: Fact) -> str:
    """What a fact says.

    >>> sentence(Fact(id="F1", sort="interest", names=("Sci-Fi",), shares=(0.16,), times=(975628800.0,), way="up", first=True))
    '目前最关注“Sci-Fi”：占16%，始于2000年12月，还在上升。'
    """
    return _SAID[fact.sort](fact)


def month(at: float) -> str:
    """The month of a time, UTC.

    >>> month(975628800.0)
    '2000年12月'
    """
    told = datetime.fromtimestamp(at, UTC)
    return f"{told.year}年{told.month}月"


def quoted(name: str) -> str:
    """A name as it stands in a sentence."""
    return f"“{name}”"


def listed(names: Sequence[str]) -> str:
    """Names as an enumeration.

    >>> listed(["流浪地球", "英雄", "Up"])
    '“流浪地球”、“英雄”和“Up”'
    """
    told = [quoted(name) for name in names]
    return "和".join(filter(None, ["、".join(told[:-1]), told[-1]]))


def _interest(fact: Fact) -> str:
    lead = "目前最关注" if fact.first else "关注" if fact.id == "F1" else "也关注"  # F1: what comes before it is not told
    return f"{lead}{quoted(fact.names[0])}：占{fact.shares[0]:.0%}，始于{month(fact.times[0])}{_WAYS[fact.way]}。"


def _silent(fact: Fact) -> str:
    name, last = quoted(fact.names[0]), month(fact.times[0])
    if fact.first:
        return f"此前最关注{name}，占{fact.shares[0]:.0%}，直到{last}。"
    return f"自{last}以来没有再关注{name}。"


def _recent(fact: Fact) -> str:
    return f"最新的选择（{month(fact.times[0])}）：{listed(fact.names)}。"


def _emerged(fact: Fact) -> str:
    return f"{month(fact.times[0])}起，开始关注{quoted(fact.names[0])}。"


def _strengthened(fact: Fact) -> str:
    by = f"了{100 * fact.shares[0]:.0f}个百分点" if fact.shares else ""
    return f"自{month(fact.times[0])}起，对{quoted(fact.names[0])}的关注上升{by}。"


def _faded(fact: Fact) -> str:
    by = f"了{100 * fact.shares[0]:.0f}个百分点" if fact.shares else ""
    return f"自{month(fact.times[0])}起，对{quoted(fact.names[0])}的关注下降{by}。"


def _dormant(fact: Fact) -> str:
    return f"自{month(fact.times[0])}起，对{quoted(fact.names[0])}的关注沉寂下来。"


def _revived(fact: Fact) -> str:
    return f"{month(fact.times[0])}，重新关注{quoted(fact.names[0])}。"


def _migrated(fact: Fact) -> str:
    return f"自{month(fact.times[0])}起，兴趣从{quoted(fact.names[0])}转向{quoted(fact.names[1])}。"


def _excursion(fact: Fact) -> str:
    return f"{month(fact.times[0])}曾短暂关注{quoted(fact.names[0])}。"


def _ahead(fact: Fact) -> str:
    than = {"up": "，比近期更多", "level": "", "down": "，比近期更少"}[fact.way]
    return f"未来{fact.counts[0]}天，预计约{fact.shares[0]:.0%}会与{quoted(fact.names[0])}有关{than}。"


def _because(fact: Fact) -> str:
    return f"推荐{quoted(fact.titles[0])}的理由中，{listed(fact.names)}占{fact.shares[0]:.0%}。"


def _also(fact: Fact) -> str:
    return f"{f'推荐{quoted(fact.titles[0])}的理由' if fact.first else '另外的理由'}：{listed(fact.names)}。"


def _against(fact: Fact) -> str:
    return f"不利于它的是：不能说它{listed(fact.names)}。"


def _without(fact: Fact) -> str:
    rank, now = fact.counts
    return f"如果没有{listed(fact.names)}，按得分会排在第{rank}位，而不是第{now}位。"


def _turned(fact: Fact) -> str:
    return f"这符合一个变化：自{month(fact.times[0])}起，您转向{quoted(fact.names[0])}。"


def _moved(fact: Fact) -> str:
    return f"这符合一个变化：自{month(fact.times[0])}起，您从{quoted(fact.names[0])}转向{quoted(fact.names[1])}。"


def _nothing(fact: Fact) -> str:
    return f"没有什么特别支持{quoted(fact.names[0])}。"


_SAID: dict[str, Callable[[Fact], str]] = {
    "interest": _interest,
    "silent": _silent,
    "recent": _recent,
    "emerged": _emerged,
    "strengthened": _strengthened,
    "faded": _faded,
    "dormant": _dormant,
    "revived": _revived,
    "migrated": _migrated,
    "excursion": _excursion,
    "ahead": _ahead,
    "because": _because,
    "also": _also,
    "against": _against,
    "without": _without,
    "turned": _turned,
    "moved": _moved,
    "nothing": _nothing,
}
