import math

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.catalog.read import check_item, read_items
from penchant.config import Config
from penchant.errors import InvalidInput
from penchant.events.imported import InvalidField
from penchant.events.read import read_events
from penchant.events.rules import check_event
from penchant.types import DAY, Event, Item

CONFIG = Config()
NOW = 1_700_000_000.0

odd_names = [
    "u1",
    "流浪",
    "",
    " ",
    " u",
    "u\u3000",
    "a b",
    "\x00",
    "a\x85",
    "\x1cu",
    "x" * 256,
    "x" * 257,
    "\ud800",
    "🚀",
    "\u200b",
]
names = st.one_of(st.sampled_from(odd_names), st.text(max_size=5))
numbers = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -1.0, 1e15, 1.1e15, math.nan, -math.inf]))
odd_times = [0.0, -0.1, NOW, NOW + DAY, NOW + DAY + 1, 4_102_444_800.0, 1.7e12, math.nan, math.inf]
times = st.one_of(st.sampled_from(odd_times), st.floats())
texts = st.one_of(st.none(), st.sampled_from(["", "<b> </b>", "blu-ray", "x" * 100_001, "\ud800", "\x00"]))
events = st.builds(
    Event,
    user=names,
    time=times,
    item=st.one_of(st.none(), names),
    action=st.sampled_from(["view", "search", "rate", "", "nope", " view"]),
    id=names,
    value=numbers,
    weight=numbers,
    text=texts,
    slate=st.one_of(st.none(), names),
)
good = st.builds(
    Event, user=st.just("u"), time=st.just(5.0), item=st.just("i"), id=names, slate=st.one_of(st.none(), names), value=numbers
)


def _fault(event: Event) -> tuple[str, str] | None:
    try:
        check_event(event, CONFIG, NOW)
    except InvalidField as error:
        return error.field, error.reason
    return None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(events, good), min_size=1, max_size=6))
def test_imports_and_single_records_refuse_the_same_rows_for_the_same_reason(batch: list[Event]) -> None:
    imported = read_events(batch, config=CONFIG, now=NOW)
    refused = {row: (field, reason) for row, field, _, reason in imported.rejects.iter_rows()}
    assert refused == {row: fault for row, event in enumerate(batch, 1) if (fault := _fault(event))}
    assert imported.frame.height + imported.duplicates + imported.rejects.height == len(batch)


items = st.builds(
    Item,
    id=names,
    title=texts.map(lambda text: text or ""),
    brand=texts,
    price=numbers,
    language=st.one_of(st.none(), names),
    available_from=numbers,
    available_until=numbers,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(items, min_size=1, max_size=4))
def test_imports_and_single_items_refuse_the_same_rows_for_the_same_reason(batch: list[Item]) -> None:
    expected = {}
    for row, item in enumerate(batch, 1):
        try:
            check_item(item)
        except InvalidField as error:
            expected[row] = (error.field, error.reason)
    assert {row: (field, reason) for row, field, _, reason in read_items(batch).rejects.iter_rows()} == expected


def test_a_refused_event_names_the_field_the_value_and_the_reason() -> None:
    with pytest.raises(InvalidField, match=r"^user '' is missing$") as caught:
        check_event(Event(user="", item="i", time=1.0), CONFIG, None)
    assert isinstance(caught.value, InvalidInput)
    assert (caught.value.field, caught.value.value, caught.value.reason) == ("user", "", "is missing")


def test_a_search_needs_no_item_but_a_view_of_nothing_is_refused() -> None:
    check_event(Event(user="u", time=1.0, action="search", text="blu-ray"), CONFIG, None)
    with pytest.raises(InvalidField, match="item '' is missing, and so is text"):
        check_event(Event(user="u", time=1.0), CONFIG, None)


def test_values_of_the_wrong_type_are_refused_by_name() -> None:
    wrong = pl.DataFrame({"user": [["u"]], "item": ["i"], "time": [1.0]})
    with pytest.raises(InvalidInput, match=r"the column for user holds List\(String\)"):
        read_events(wrong, config=CONFIG)
    for field, value in {"user": 7, "time": "1", "value": True, "text": b"x", "slate": 1.0}.items():
        with pytest.raises(InvalidField) as caught:
            check_event(msgspec.structs.replace(Event(user="u", item="i", time=1.0), **{field: value}), CONFIG, None)
        assert caught.value.field == field


def test_a_pandas_column_of_several_types_is_refused_with_the_way_out() -> None:
    frame = pl.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "time": [1, 2]}).to_pandas().astype(object)
    frame.loc[1, "user"] = 7
    with pytest.raises(InvalidInput, match=r"of several types .*to_dict\('records'\)"):
        read_events(frame, config=CONFIG)
    assert read_events(frame.to_dict("records"), config=CONFIG).frame["user"].to_list() == ["a", "7"]
