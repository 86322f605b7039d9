"""What an event must be. One table serves single records (HTTP, `Engine.observe`) and whole columns (imports) alike.

Every rule stands twice side by side, as a function of one value and as an expression over a column; both give the same reason.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

import polars as pl

from penchant.catalog.clean import clean
from penchant.config import LARGEST_WEIGHT, Config
from penchant.events.imported import InvalidField
from penchant.types import DAY, Event, Item

LONGEST_NAME = 256  # characters of an id, action or slate
LONGEST_TEXT = 100_000  # characters of a text
LARGEST_NUMBER = 1e15
LATEST = 4_102_444_800.0  # 2100-01-01 in epoch seconds

MISSING = "is missing"
LONG_NAME = f"is longer than {LONGEST_NAME} characters"
CONTROL = "holds a control character"
PADDED = "has white space around it"
LONG_TEXT = f"is longer than {LONGEST_TEXT:,} characters"
BROKEN = "is not valid Unicode"
NO_NUMBER = "is not a number"
NO_TIME = "is not a time (ISO 8601, or a number since the epoch)"
NOT_FINITE = "is not finite"
NEGATIVE = "is negative"
EARLY = "is before 1970"
LATE = "is after 2100; times are epoch seconds or ISO 8601"
FUTURE = "is more than a day in the future"
UNLISTED = "is not in the catalog; add the item first"
NOTHING = "is missing, and so is text; an event needs one of them"

_NAME = re.compile(rf"(?!\s)[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{LONGEST_NAME}}}(?<!\s)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


Record = Event | Item


class Bounds(NamedTuple):
    """What rules compare with: the configured actions, the latest time an event may have (epoch seconds), and the known items.

    `items` is None where events may name any.
    """

    actions: Collection[str] = ()
    latest: float = math.inf
    items: Collection[str] | None = None


class Rule(NamedTuple):
    """One rule about one field. `fault` gives the reason a record is refused, or ""; `column` the same for rows, or null.

    `column` reads tidy columns by the names of fields, and "FIELD unread", where the reader says why a value could not be read.
    """

    field: str
    fault: Callable[[Record, Bounds], str]
    column: Callable[[Bounds], pl.Expr]


def bounds(config: Config, now: float | None, items: Collection[str] | None = None) -> Bounds:
    """The bounds that a configuration sets; `now` (epoch seconds), when given, refuses events more than a day later."""
    return Bounds(config.actions, math.inf if now is None else now + DAY, items)


def check_event(event: Event, config: Config, now: float | None, items: Collection[str] | None = None) -> None:
    """Accept an event, or say what is wrong with it, by the rules that imports use.

    `now` (epoch seconds), when given, refuses events more than a day later; `items`, when given, refuses those on other items.

    >>> check_event(Event(user="ann", item="book", time=1.7e9), Config(), now=None)
    >>> check_event(Event(user="ann", item="book", time=-5.0), Config(), now=None)
    Traceback (most recent call last):
    penchant.events.imported.InvalidField: time '-5.0' is before 1970

    Raises:
        InvalidField: an InvalidInput whose `field`, `value` and `reason` name the first rule broken.
    """
    check_record(event, EVENT_RULES, bounds(config, now, items))


def check_record(record: Record, rules: Iterable[Rule], limits: Bounds) -> None:
    """Accept a record, or raise InvalidField for the first of `rules` it breaks."""
    for field, fault, _ in rules:
        reason = fault(record, limits)
        if reason:
            value = getattr(record, field)
            raise InvalidField(field, "" if value is None else str(value), reason)


def first_faults(frame: pl.DataFrame, rules: Iterable[Rule], limits: Bounds) -> pl.DataFrame:
    """The rows of `frame` that break a rule: their position (`at`), and the `field` and `reason` of the first rule broken."""
    table = list(enumerate(rules))
    faults = frame.select(rule.column(limits).alias(f"{number}") for number, rule in table).with_row_index("at")
    faults = faults.filter(pl.any_horizontal(pl.col(f"{number}").is_not_null() for number, _ in table))
    fields = [pl.when(pl.col(f"{number}").is_not_null()).then(pl.lit(rule.field)) for number, rule in table]
    reasons = [pl.col(f"{number}") for number, _ in table]
    return faults.select("at", pl.coalesce(fields).alias("field"), pl.coalesce(reasons).alias("reason"))


def name(field: str, *, required: bool = False) -> Rule:
    """Ids and other names: 1 to 256 characters, no control characters, no white space around; "" and null when not required."""

    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, field)
        if value is None or value == "":
            return MISSING if required else ""
        if not isinstance(value, str):
            return _not_text(value)
        return "" if _NAME.fullmatch(value) else _name_reason(value)

    def column(limits: Bounds) -> pl.Expr:
        value = pl.col(field)
        missing = (value.is_null() | (value == "")) if required else pl.lit(False)
        long, control = value.str.len_chars() > LONGEST_NAME, value.str.contains(r"[\x00-\x1f\x7f-\x9f]")
        padded = value.str.strip_chars() != value
        return _first(field, {MISSING: missing, LONG_NAME: long, CONTROL: control, PADDED: padded})

    return Rule(field, fault, column)


def text(field: str) -> Rule:
    """Texts: at most 100,000 characters before cleaning. (The reader checks the length of columns, as it also cleans them.)"""

    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, field)
        if value is None:
            return ""
        if not isinstance(value, str):
            return _not_text(value)
        if len(value) > LONGEST_TEXT:
            return LONG_TEXT
        return "" if value.isascii() or encodes(value) else BROKEN

    return Rule(field, fault, lambda limits: _first(field, {}))


def number(field: str, *, positive: bool = False, largest: float = LARGEST_NUMBER) -> Rule:
    """Optional numbers: finite, within ±`largest`; `positive` ones at least 0."""
    smallest = 0.0 if positive else -largest
    too_large = f"is beyond ±{largest:g}"

    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, field)
        if value is None:
            return ""
        if not isinstance(value, int | float) or isinstance(value, bool):
            return NO_NUMBER
        if smallest <= value <= largest:
            return ""
        if not -math.inf < value < math.inf:
            return NOT_FINITE
        return too_large if abs(value) > largest else NEGATIVE

    def column(limits: Bounds) -> pl.Expr:
        value = pl.col(field)
        large = value.abs() > largest
        return _first(field, {NOT_FINITE: ~value.is_finite(), too_large: large, NEGATIVE: value < smallest})

    return Rule(field, fault, column)


def moment(field: str, *, required: bool = False) -> Rule:
    """Times: finite epoch seconds. Required ones lie between 1970 and 2100, and not after the bounds' latest."""

    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, field)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return (MISSING if required else "") if value is None else NO_TIME
        if not -math.inf < value < math.inf:  # math.isfinite cannot take every int
            return NOT_FINITE
        if not required or (0.0 <= value < LATEST and value <= limits.latest):
            return ""
        return EARLY if value < 0 else LATE if value >= LATEST else FUTURE

    def column(limits: Bounds) -> pl.Expr:
        value = pl.col(field)
        infinite = {NOT_FINITE: ~value.is_finite()}
        if not required:
            return _first(field, infinite)
        within = {EARLY: value < 0, LATE: value >= LATEST, FUTURE: value > limits.latest}
        return _first(field, {MISSING: value.is_null(), **infinite, **within})

    return Rule(field, fault, column)


def _action() -> Rule:
    def reason(limits: Bounds) -> str:
        return f"is not a configured action; known: {', '.join(limits.actions)}"

    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, "action", None)
        return "" if isinstance(value, str) and value in limits.actions else reason(limits)

    def column(limits: Bounds) -> pl.Expr:
        return _first("action", {reason(limits): ~pl.col("action").is_in(list(limits.actions))})

    return Rule("action", fault, column)


def _substance() -> Rule:
    def fault(record: Record, limits: Bounds) -> str:
        if getattr(record, "item", None):
            return ""
        said = getattr(record, "text", None)
        return "" if said and clean(said) else NOTHING

    return Rule("item", fault, lambda limits: _first("item", {NOTHING: pl.col("item").is_null() & pl.col("text").is_null()}))


def _listed() -> Rule:
    def fault(record: Record, limits: Bounds) -> str:
        value = getattr(record, "item", None)
        return "" if not value or limits.items is None or value in limits.items else UNLISTED

    def column(limits: Bounds) -> pl.Expr:
        if limits.items is None:
            return pl.lit(None, pl.String)
        listed = pl.Series(list(limits.items), dtype=pl.String)
        return _first("item", {UNLISTED: pl.col("item").is_not_null() & ~pl.col("item").is_in(listed.implode())})

    return Rule("item", fault, column)


def _first(field: str, faults: Mapping[str, pl.Expr]) -> pl.Expr:
    """The first reason that holds, beginning with the reader's own; null where none does."""
    cases = [pl.when(wrong).then(pl.lit(reason)) for reason, wrong in faults.items()]
    return pl.coalesce([pl.col(f"{field} unread"), *cases])


def _name_reason(value: str) -> str:
    if len(value) > LONGEST_NAME:
        return LONG_NAME
    if _CONTROL.search(value):
        return CONTROL
    return PADDED if encodes(value) else BROKEN


def _not_text(value: object) -> str:
    return f"must be text, got {type(value).__name__}"


def encodes(value: str) -> bool:
    """Whether a text is valid Unicode: UTF-8 can write it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


EVENT_RULES: tuple[Rule, ...] = (
    name("id"),
    name("user", required=True),
    name("item"),
    text("text"),
    _substance(),
    _listed(),
    _action(),
    moment("time", required=True),
    number("value"),
    number("weight", largest=LARGEST_WEIGHT),
    name("slate"),
)
