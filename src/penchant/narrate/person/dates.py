"""Dates as they are said: whether one holds a time."""

from datetime import UTC, datetime

from penchant.types import DAY


def holds(value: object, time: float, at: float) -> bool:
    """Whether a date as it is said at `at` holds a `time`, both epoch seconds, in whole days, UTC.

    A value is year, month and day, with None for what is not said, or words such as "last month".

    >>> holds((2001, None, None), 980_000_000.0, 990_000_000.0), holds("last month", 980_000_000.0, 990_000_000.0)
    (True, False)
    """
    day = datetime.fromtimestamp(time, UTC)
    if isinstance(value, tuple):
        return all(part is None or part == own for part, own in zip(value, (day.year, day.month, day.day), strict=True))
    now, ago = datetime.fromtimestamp(at, UTC), (at // DAY - time // DAY)
    months = 12 * (now.year - day.year) + now.month - day.month
    relative = {
        "today": ago == 0,
        "今天": ago == 0,
        "yesterday": ago == 1,
        "昨天": ago == 1,
        "last week": 0 <= ago <= 14,
        "past week": 0 <= ago <= 7,
        "上周": 0 <= ago <= 14,
        "this month": months == 0,
        "本月": months == 0,
        "last month": months == 1,
        "上月": months == 1,
        "上个月": months == 1,
        "this year": now.year == day.year,
        "今年": now.year == day.year,
        "last year": now.year - day.year == 1,
        "去年": now.year - day.year == 1,
    }
    return relative.get(str(value), False)
