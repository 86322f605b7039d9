"""Bounds that hold: what quantities and vague words such as "recent" or "便宜" say about the numbers a catalog has."""

from functools import cache

from penchant.ask.lexicon import Lexicon, Span
from penchant.ask.quantities import Quantity
from penchant.ask.tokens import folded
from penchant.ask.understood import range_

Words = tuple[str, ...]
Side = tuple[float | None, float | None]

_VAGUE = {
    "year upper": (
        "new; 新; not too old; 不要太老; 不要太老的; 不太老; 别太老; 别太老的; "
        "recent; recent films; recent movies; more recent; newer; latest; new films; new movies; "
        "a new film; a new movie; new releases; modern; brand new; newest; 新一点; 新一点的; 新点的; 新片; 新电影; "
        "较新; 较新的; 比较新; 比较新的; 近年; 近年来; 近几年; 最近几年; 近些年; 最新; 最新的; 新出的; 新上映的"
    ),
    "year lower": (
        "old; 老; old films; old movies; an old film; an old movie; older films; older movies; classic films; "
        "classic movies; old fashioned; vintage films; older; 老片; 老电影; 老片子; 经典老片; 老一点; 老一点的; "
        "早期的; 早年的; 怀旧老片"
    ),
    "price lower": (
        "cheap; cheaper; cheapest; inexpensive; affordable; low priced; not expensive; not too expensive; "
        "isn't expensive; on a budget; 便宜; 便宜点; 便宜一点; 便宜的; 便宜点的; 实惠; 平价; 不贵; 不贵的; "
        "不要太贵; 不太贵; 别太贵; 廉价"
    ),
    "price upper": (
        "expensive; luxury; luxurious; high end; premium; upmarket; pricey; not cheap; 高档; 贵一点; 昂贵; 高端; 奢侈; 贵的"
    ),
    "minutes lower": (
        "short film; short films; short movie; short movies; shorter; not too long; not long; "
        "短一点; 短一点的; 短点的; 不要太长; 不太长; 别太长; 短片; 时间短"
    ),
    "minutes upper": ("long film; long films; long movie; long movies; longer; lengthy; 长一点; 长一点的; 时间长"),
}
_AGES = frozenset({("new",), ("old",), ("新",), ("老",)})  # of things only right before what they are
_SURE = frozenset({"too", "太", "cheap", "cheaper", "inexpensive", "affordable", "expensive", "贵", "宜"})
_UNKNOWN = {
    "price": "the catalog has no prices",
    "year": "the catalog does not say which year things are from",
    "minutes": "the catalog does not say how long things take",
}
_NAMES = {"price": "price", "year": "year", "minutes": "how long it takes"}


@cache
def vague() -> dict[Words, tuple[str, str]]:
    """What words say of which number without giving one: of what, and whether the lowest or the highest quarter.

    >>> vague()[tuple("便宜")]
    ('price', 'lower')
    """
    return {folded(phrase): _meant(meant) for meant, text in _VAGUE.items() for phrase in text.split(";")}


def _meant(words: str) -> tuple[str, str]:
    field, side = words.split()
    return field, side


class Bounds:
    """The bounds of one wish, by field; a later bound narrows those before, or replaces them where nothing would be left."""

    def __init__(self, known: Lexicon) -> None:
        self.known = known
        self.sides: dict[str, Side] = {}
        self._vague: set[str] = set()

    def add(self, found: Quantity, *, turned: bool) -> tuple[bool, str]:
        """Take in a quantity, or its opposite where it was `turned` down; gives whether it is followed, and how or why not."""
        span, scale, name = self._field(found)
        if span is None:
            return False, name
        low, high = (None if end is None else end * scale for end in (found.low, found.high))
        if turned:
            if (low is None) == (high is None):
                return False, f"leaving out a range of {name} from its middle is not possible"
            step = 1.0 if name == "year" else 0.0
            low, high = (None if high is None else high + step), (None if low is None else low - step)
        self._narrow(span.field, low, high)
        return True, range_(name, low, high)

    def add_vague(self, words: Words, *, turned: bool) -> tuple[bool, str]:
        """Take in a vague word, or its opposite where it was `turned` down; it gives way to a bound in numbers."""
        field, side = vague()[words]
        span = self._span(field)
        if span is None:
            return False, _UNKNOWN[field]
        if turned:
            side = "lower" if side == "upper" else "upper"
        low, high = (span.upper, None) if side == "upper" else (None, span.lower)
        if span.field not in self.sides:
            self.sides[span.field] = (low, high)
            self._vague.add(span.field)
        return True, range_(_NAMES[field], low, high)

    def knows(self, words: Words) -> bool:
        """Whether vague `words` speak of a number that the catalog has, or can speak of nothing else."""
        if words not in vague() or words in _AGES:
            return False
        return self._span(vague()[words][0]) is not None or bool(_SURE & set(words))

    def _span(self, field: str) -> Span | None:
        known = self.known
        return {"year": known.year, "price": known.price, "minutes": known.minutes and known.minutes[0]}[field]

    def _field(self, found: Quantity) -> tuple[Span | None, float, str]:
        """The number a quantity is about, what one of its unit is there, and its name; without a number, why."""
        known, unit = self.known, found.unit
        if unit.startswith("number:"):
            name = unit.removeprefix("number:")
            return known.numbers[tuple(name.split())], 1.0, name
        if unit == "minutes":
            length, scale = known.minutes or (None, 1.0)
            return length, scale, "minutes" if length else _UNKNOWN["minutes"]
        if unit == "year":
            return known.year, 1.0, "year" if known.year else _UNKNOWN["year"]
        if unit == "money" or known.price is not None:
            return known.price, 1.0, "price" if known.price else _UNKNOWN["price"]
        return None, 1.0, "what the number counts is not said"

    def _narrow(self, field: str, low: float | None, high: float | None) -> None:
        if field in self._vague:
            self._vague.discard(field)
            del self.sides[field]
        before = self.sides.get(field, (None, None))
        lows, highs = [end for end in (before[0], low) if end is not None], [end for end in (before[1], high) if end is not None]
        narrow = (max(lows, default=None), min(highs, default=None))
        empty = narrow[0] is not None and narrow[1] is not None and narrow[0] > narrow[1]
        self.sides[field] = (low, high) if empty else narrow
