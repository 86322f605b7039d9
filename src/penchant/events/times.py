"""Times of every common spelling as seconds since the epoch, UTC.

A number is seconds, unless it is too large to be: from 1e11 on it is milliseconds, from 1e14 microseconds, from 1e17 nanoseconds.
So every instant from March 1973 to the year 5138 has one reading, whatever its unit.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))  # (smallest magnitude, units per second)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_NUMBER = re.compile(NUMBER)
_NOT_FINITE = "^[+-]?(?:nan|inf|infinity)$"
_ZONE = "[ ]*(?:UTC|GMT|[Zz])$"
_APART = r"[ ]+([+-][0-9]{2}:?(?:[0-9]{2})?)$"
_DATE = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_OFFSET = "[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]"
_COUNT = r"([0-9]+(?:[.,][0-9]+)?)"
_DAYS, _HOURS = ("".join(f"(?:{_COUNT}{letter})?" for letter in letters) for letters in ("YMWD", "HMS"))
_DURATION = re.compile(f"^P{_DAYS}(?:T(?=[0-9]){_HOURS})?$")
_PERIODS = (365 * 86_400, 30 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1)  # seconds in what each part counts
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
_INSTANT = f"^[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}[Tt ]{_CLOCK}(?:{_OFFSET})?$"


def parse_number(text: str) -> float | None:
    """The number a text spells in ASCII digits, nan and inf included, or None.

    >>> parse_number("-1.5e3"), parse_number("inf"), parse_number("1_000"), parse_number("$3")
    (-1500.0, inf, None, None)
    """
    text = text.strip()
    plain = _NUMBER.match(text) or re.match(_NOT_FINITE, text, re.IGNORECASE)
    return float(text) if plain else None


def number_column(column: pl.Series) -> pl.Series:
    """A column of text as numbers, null where a text spells none; equal to `parse_number` on each value."""
    text = column.str.strip_chars()
    numbers = pl.select(pl.when(text.str.contains(NUMBER)).then(text)).to_series().cast(pl.Float64, strict=False)
    rest = numbers.is_null() & text.is_not_null()
    return _patch(numbers, text, rest, parse_number) if rest.any() else numbers


def seconds(number: float) -> float:
    """Epoch seconds from a number of seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude.

    >>> seconds(1_700_000_000), seconds(1_700_000_000_000), seconds(1.7e18)
    (1700000000, 1700000000.0, 1700000000.0)
    """
    for smallest, unit in _UNITS:
        if abs(number) >= smallest and math.isfinite(number):
            return number / unit
    return number


def parse_time(text: str) -> float | None:
    """Epoch seconds from ISO 8601 (UTC where it names no offset) or from a number, or None.

    >>> parse_time("2024-01-02T03:04:05+08:00"), parse_time("2024-01-02"), parse_time("1700000000000"), parse_time("soon")
    (1704135845.0, 1704153600.0, 1700000000.0, None)
    """
    number = parse_number(text)
    if number is not None:
        return seconds(number)
    try:
        moment = datetime.fromisoformat(re.sub(_APART, r"\1", re.sub(_ZONE, "+00:00", text.strip())))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // timedelta(microseconds=1) / 1e6
    except (ValueError, OverflowError):
        return None


def parse_duration(text: str) -> float | None:
    """Seconds from an ISO 8601 duration or from a number of seconds, or None; a month is 30 days and a year 365.

    >>> parse_duration("P30D"), parse_duration("P1M"), parse_duration("PT12H"), parse_duration("P1DT1H30M"), parse_duration("90")
    (2592000.0, 2592000.0, 43200.0, 91800.0, 90.0)
    >>> parse_duration("a week"), parse_duration("P"), parse_duration("P1DT")
    (None, None, None)
    """
    number = parse_number(text)
    if number is not None:
        return number
    found = _DURATION.match(text.strip().upper())
    if found is None or not any(found.groups()):
        return None
    return sum(float(count.replace(",", ".")) * unit for count, unit in zip(found.groups(), _PERIODS, strict=True) if count)


def time_column(column: pl.Series, *, units: bool = True) -> pl.Series:
    """A column of numbers, dates, datetimes or text as epoch seconds, null where a value is no time.

    Equal to `parse_time` on text and to `seconds` on numbers; `units=False` takes numbers as seconds whatever their size.
    """
    kind = column.dtype
    if kind.is_temporal():
        return _divided(column.cast(pl.Datetime("us", getattr(kind, "time_zone", None))).dt.epoch("us"), 1e6)
    if kind.is_numeric():
        number = column.cast(pl.Float64)
        return _seconds(number) if units else number
    return _from_text(column.cast(pl.String).str.strip_chars())


def _from_text(text: pl.Series) -> pl.Series:
    numbers = pl.select(pl.when(text.str.contains(NUMBER)).then(text)).to_series().cast(pl.Float64, strict=False)
    if numbers.null_count() == text.null_count():
        return _seconds(numbers)
    moment = text.str.replace(_ZONE, "+00:00").str.replace(_APART, "$1")
    moment = pl.select(pl.when(moment.str.contains(_DATE)).then(moment + " 00:00:00").otherwise(moment)).to_series()
    moment = moment.str.replace("[Tt]", " ")
    zoned = pl.when(moment.str.contains(r"[+-][0-9]{2}:[0-9]{2}$")).then(moment).otherwise(moment + "+00:00")
    iso = pl.when(moment.str.contains(_INSTANT)).then(zoned)
    parsed = pl.select(iso).to_series().str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False)
    times = _seconds(numbers).zip_with(numbers.is_not_null(), _divided(parsed.dt.epoch("us"), 1e6))
    return _patch(times, text, times.is_null() & text.is_not_null(), parse_time)


def _seconds(numbers: pl.Series) -> pl.Series:
    size = numbers.abs()
    result = numbers
    for smallest, unit in reversed(_UNITS):  # a larger unit's rows lie within the smaller one's, and are overwritten
        result = result.zip_with(~(size.is_finite() & (size >= smallest)), _divided(numbers, unit))
    return result


def _divided(numbers: pl.Series, by: float) -> pl.Series:
    """The quotients, each rounded once: polars multiplies by the reciprocal, which rounds twice and moves a microsecond."""
    quotients = pl.Series(numbers.cast(pl.Float64).to_numpy() / by)
    return quotients.zip_with(numbers.is_not_null(), pl.Series([None], dtype=pl.Float64))


def _patch(values: pl.Series, text: pl.Series, rest: pl.Series, parse: Callable[[str], float | None]) -> pl.Series:
    """`values`, with the rows marked `rest` parsed one distinct text at a time."""
    distinct = text.filter(rest).unique()
    parsed = pl.Series([parse(one) for one in distinct], dtype=pl.Float64)
    return values.zip_with(~rest, text.replace_strict(distinct, parsed, default=None, return_dtype=pl.Float64))
