from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.events.times import number_column, parse_number, parse_time, seconds, time_column

MOMENT = 1_704_164_645.0  # 2024-01-02T03:04:05Z


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-01-02T03:04:05",
        "2024-01-02 03:04:05",
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05.000000+00:00",
        "2024-01-02 03:04:05 UTC",
        "2024-01-02 11:04:05+08:00",
        "2024-01-02 11:04:05 +08:00",
        "2024-01-02T11:04:05+0800",
        "2024-01-02 11:04:05+08",
        "20240102T030405Z",
        " 1704164645 ",
        "1704164645.0",
        "1.704164645e9",
        "1704164645000",
        "1704164645000000",
        "1704164645000000000",
    ],
)
def test_one_instant_has_one_reading_however_it_is_spelled(spelling: str) -> None:
    assert parse_time(spelling) == MOMENT
    assert time_column(pl.Series([spelling, None, "soon"])).to_list() == [MOMENT, None, None]


def test_temporal_columns_are_read_by_their_instant() -> None:
    here = timezone(timedelta(hours=8))
    naive, aware = datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 11, 4, 5, tzinfo=here)
    assert time_column(pl.Series([naive])).to_list() == [MOMENT]
    for unit in ("ms", "us", "ns"):
        column = pl.Series([aware.astimezone(UTC)]).cast(pl.Datetime(unit, "UTC"))
        assert time_column(column.dt.convert_time_zone("Asia/Shanghai")).to_list() == [MOMENT]
    assert time_column(pl.Series([date(2024, 1, 2)])).to_list() == [1_704_153_600.0]


def test_units_are_told_by_magnitude_unless_they_are_known_to_be_seconds() -> None:
    assert [seconds(n) for n in (99_999_999_999, 100_000_000_000)] == [99_999_999_999, 100_000_000.0]
    column = pl.Series([1_704_164_645_000])
    assert time_column(column).to_list() == [MOMENT]
    assert time_column(column, units=False).to_list() == [1_704_164_645_000.0]


NEAR = (
    "2024-01-02T03:04:60Z|2024-02-30|24:00|2024-01-02T25:00:00|2024-1-2|2024-01-02T03:04:05,5|2024-W01-1|1_0|１|nan|-inf|Infinity|+3"
    "|.5|5.|1e400|1e-400|| |0x10|2024-01-02T03:04:05+99:00|0000-01-01|t|9999-12-31T23:59:59.999999Z|0001-01-01T00:00:00+14:00"
    "|2024-01-02T03:04|2024-01-02T03:04:05.1234567|1969-12-31Z|2024-01-02T03:04:05 +08|2024-01-02 UTC"
)
spelled = st.one_of(
    st.sampled_from(NEAR.split("|")),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-3, minutes=-30)))).map(lambda moment: moment.isoformat(sep=" ")),
    st.floats().map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.text(alphabet="0123456789-+:.TZ eE", max_size=20),
)


@settings(max_examples=150)
@given(st.lists(st.one_of(st.none(), spelled), min_size=1, max_size=10))
def test_reading_a_column_equals_reading_each_value(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    times = pl.Series([None if text is None else parse_time(text) for text in texts], dtype=pl.Float64)
    numbers = pl.Series([None if text is None else parse_number(text) for text in texts], dtype=pl.Float64)
    assert time_column(column).equals(times), (time_column(column), times)
    assert number_column(column).equals(numbers)
