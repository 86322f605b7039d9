from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.catalog.read import read_items, to_items
from penchant.errors import InvalidInput
from penchant.events.imported import InvalidField
from penchant.types import Item

GOLDEN = """movieId,title,genres,price,year,zip,imax,released
1,三体&nbsp;<b>蓝光</b>,科幻| 剧情 |科幻,59.9,2023,0123,true,2024-01-02
2,Heat & Dust,Drama,,1983,4567,False,
3,,,,,,,
"""

words = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<>&|;"), min_size=1, max_size=6
)
maybe = st.one_of(st.none(), words)
items = st.builds(
    Item,
    id=words,
    title=words,
    text=words,
    categories=st.lists(words, max_size=3, unique_by=lambda name: name.encode("utf-16")).map(tuple),
    brand=maybe,
    price=st.one_of(st.none(), st.floats(0, 1e6)),
    language=maybe,
    available_from=st.one_of(st.none(), st.floats(0, 1e9)),
    available_until=st.one_of(st.none(), st.floats(2e9, 3e9)),
    attributes=st.dictionaries(words, st.one_of(words, st.floats(-1e6, 1e6), st.booleans()), max_size=3),
)


def test_items_from_a_csv_file_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(GOLDEN, encoding="utf-8")
    imported = read_items(path, columns={"available_from": "released"})
    assert to_items(imported.frame) == [
        Item(
            id="1",
            title="三体 蓝光",
            categories=("科幻", "剧情"),
            price=59.9,
            available_from=1_704_153_600.0,
            attributes={"year": 2023.0, "zip": "0123", "imax": True},
        ),
        Item(id="2", title="Heat & Dust", categories=("Drama",), attributes={"year": 1983.0, "zip": "4567", "imax": False}),
        Item(id="3"),
    ]
    assert (imported.cleaned, imported.duplicates, imported.rejects.height) == (1, 0, 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(items, min_size=1, max_size=4, unique_by=lambda item: item.id))
def test_items_come_back_as_they_were_from_records_and_parquet(
    tmp_path_factory: pytest.TempPathFactory, given_items: list[Item]
) -> None:
    imported = read_items(given_items)
    read = to_items(imported.frame)
    assert [item.id for item in read] == [item.id for item in given_items]
    if imported.cleaned == 0:  # letters in another Unicode form come back composed
        assert read == given_items
    path = tmp_path_factory.mktemp("items") / "items.parquet"
    imported.frame.write_parquet(path)
    assert read_items(path).frame.equals(imported.frame)


def test_missing_values_follow_the_stated_policy() -> None:
    assert to_items(read_items([{"id": "a"}]).frame) == [Item(id="a")]
    assert read_items([{"title": "no id", "id": None}]).rejects.row(0) == (1, "id", "", "is missing")


def test_attributes_are_kept_from_every_kind_of_source() -> None:
    expected = [Item(id="a", attributes={"cast": "Ann|Bo", "hd": True, "year": 1999.0})]
    given_row = {"id": "a", "cast": ["Ann", "Bo"], "attributes": {"hd": True, "none": None}, "year": 1999}
    assert to_items(read_items([given_row]).frame) == expected
    assert to_items(read_items(pl.DataFrame([given_row])).frame) == expected
    assert to_items(read_items([{"id": "a", "attributes": '{"hd":true,"cast":"Ann|Bo","year":1999}'}]).frame) == expected
    assert read_items([{"id": "a", "attributes": "[1]"}]).rejects["field"].to_list() == ["attributes"]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ("a|b", ["a", "b"]),
        ("a; b", ["a", "b"]),
        ("a|b;c", ["a", "b;c"]),
        ("a, b", ["a, b"]),
        (["a|b", "", None], ["a|b"]),
        ("", []),
    ],
)
def test_categories_are_lists_or_split_at_bars_and_else_at_semicolons(categories: object, expected: list[str]) -> None:
    assert read_items([{"id": "x", "categories": categories}]).frame["categories"].to_list() == [expected]
    assert read_items(pl.DataFrame({"id": ["x"], "categories": [categories]})).frame["categories"].to_list() == [expected]


def test_of_several_rows_with_one_id_the_last_counts() -> None:
    imported = read_items([{"id": "a", "title": "old"}, {"id": "b", "title": "b"}, {"id": "a", "title": "new"}])
    assert imported.frame.select("id", "title").rows() == [("b", "b"), ("a", "new")]
    assert imported.duplicates == 1


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"price": -1}, "price", "is negative"),
        ({"price": "$5"}, "price", "is not a number"),
        ({"title": "x" * 100_001}, "title", "is longer than 100,000 characters"),
        ({"language": "e\x00n"}, "language", "holds a control character"),
        ({"available_from": "soon"}, "available_from", "is not a time"),
        ({"available_from": 5, "available_until": 5}, "available_until", "is not after available_from"),
    ],
)
def test_a_bad_item_is_rejected_with_its_reason(row: dict[str, object], field: str, reason: str) -> None:
    imported = read_items([{"id": "x", **row}, {"id": "y"}])
    assert imported.frame["id"].to_list() == ["y"]
    ((number, found, _, said),) = imported.rejects.rows()
    assert (number, found) == (1, field)
    assert said.startswith(reason)
    with pytest.raises(InvalidField, match=f"^row 1: {field} "):
        read_items([{"id": "x", **row}], strict=True)


def test_a_source_without_ids_is_refused_with_what_was_found() -> None:
    with pytest.raises(InvalidInput, match="no column for id; found: 'title'"):
        read_items([{"title": "x"}])


def test_columns_read_and_those_that_became_attributes_are_named() -> None:
    columns = {"id": "sku", "title": "name", "categories": "department", "brand": "maker", "price": "retail_price"}
    imported = read_items([{"sku": 1, "name": "Tea", "department": "Drinks", "maker": "Lu", "retail_price": 3, "colour": "red"}])
    assert (imported.columns, imported.attributes, imported.ignored) == (columns, ("colour",), ())
    assert imported.frame.select("id", "brand", "price").row(0) == ("1", "Lu", 3.0)
