"""Events from every kind of source: what is understood, and that all sources say the same."""

import gzip
import re
from functools import partial
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.config import Action, Config
from penchant.errors import InvalidInput
from penchant.events.imported import InvalidField
from penchant.events.read import read_events
from penchant.events.source import Source
from penchant.types import Event

CONFIG = Config()

GOLDEN = """user_id,item_id,event_type,timestamp,query
张三,三体,view,2024-01-02T03:04:05Z,
张三,,search,1704164646,流浪地球&nbsp;<b>蓝光</b>
李四,沙丘,like,1704164647000,
"""
UNDERSTOOD = [
    ("", "张三", "三体", "view", 1_704_164_645.0, None, None, None, None),
    ("", "张三", None, "search", 1_704_164_646.0, None, None, "流浪地球 蓝光", None),
    ("", "李四", "沙丘", "like", 1_704_164_647.0, None, None, None, None),
]

words = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<>&"), min_size=1, max_size=6
)
rows = st.fixed_dictionaries(
    {
        "id": words,
        "user": words,
        "item": words,
        "action": st.sampled_from(list(CONFIG.actions)),
        "time": st.floats(0, 4e9),
        "value": st.one_of(st.none(), st.floats(-1e6, 1e6)),
        "text": st.one_of(st.none(), words),
    }
)


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


_read = partial(read_events, config=CONFIG)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_file_in_unicode_is_understood_by_its_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    imported = _read(_written(tmp_path / "events.csv", GOLDEN.encode(encoding)))
    assert imported.frame.rows() == UNDERSTOOD
    assert (imported.rejects.height, imported.duplicates, imported.cleaned) == (0, 0, 1)


def test_a_file_in_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = _written(tmp_path / "events.csv", GOLDEN.encode("gb18030"))
    assert _read(path, encoding="gb18030").frame.rows() == UNDERSTOOD
    with pytest.raises(InvalidInput, match=r"byte 43 is not valid utf-8; .*--encoding gb18030"):
        _read(path)
    with pytest.raises(InvalidInput, match="'klingon' is not an encoding"):
        _read(path, encoding="klingon")


def test_gzip_tabs_semicolons_and_windows_line_ends_are_understood(tmp_path: Path) -> None:
    for name, content in {
        "events.csv.gz": gzip.compress(GOLDEN.encode()),
        "events.tsv": GOLDEN.replace(",", "\t").encode(),
        "semicolons.csv": GOLDEN.replace("&nbsp;", " ").replace(",", ";").encode(),
        "windows.csv": GOLDEN.replace("\n", "\r\n").encode(),
        "mac.csv": GOLDEN.replace("\n", "\r").encode(),
    }.items():
        assert _read(_written(tmp_path / name, content)).frame.rows() == UNDERSTOOD, name


@settings(max_examples=25, deadline=None)
@given(st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: row["id"]))
def test_every_format_and_frame_gives_the_same_events(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[dict[str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("formats")
    frame = pl.DataFrame(given_rows, schema_overrides={"value": pl.Float64, "text": pl.String})
    frame.write_csv(folder / "e.csv")
    frame.write_ndjson(folder / "e.jsonl")
    frame.write_parquet(folder / "e.parquet")
    expected = _read(frame)
    assert expected.frame.height == len(given_rows)
    events = msgspec.convert(given_rows, list[Event])
    files: list[Source] = [folder / name for name in ("e.csv", "e.jsonl", "e.parquet")]
    for source in [*files, given_rows, events, frame.to_pandas(), frame.to_arrow()]:
        assert _read(source).frame.equals(expected.frame), source


def test_what_was_imported_can_be_imported_again(tmp_path: Path) -> None:
    first = _read(_written(tmp_path / "events.csv", GOLDEN))
    assert _read(first.frame).frame.equals(first.frame)


def test_a_mapping_names_columns_and_an_empty_one_leaves_a_field_out() -> None:
    row = {"who": 7, "movieId": 1, "when": 5, "rating": 4, "score": 9}
    imported = _read([row], columns={"user": "who", "time": "when", "value": "rating"})
    assert imported.frame.select("user", "item", "action", "value").row(0) == ("7", "1", "rate", 4.0)
    imported = _read([row], columns={"user": "who", "time": "when", "value": ""})
    assert imported.frame.select("action", "value").row(0) == ("view", None)


def test_a_value_that_counts_pieces_is_of_a_purchase_and_no_star() -> None:
    bought = _read([{"user": 7, "item": 1, "time": 5, "Quantity": 48}, {"user": 7, "item": 2, "time": 6, "Quantity": None}])
    assert bought.frame.select("action", "value").rows() == [("purchase", 48.0), ("view", None)]
    said = _read([{"user": 7, "item": 1, "time": 5, "quantity": 48, "action": "click"}])
    assert said.frame["action"].to_list() == ["click"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"time": "ts"},
            "no column for user; found: 'who', 'item', 'ts', 'date'; name it with columns={'user': 'COLUMN'}",
        ),
        ({"user": "whom"}, "user is mapped to column 'whom', which is not there; found: 'who', 'item', 'ts', 'date'"),
        ({"person": "who"}, "cannot map 'person'; the fields are id, user, item"),
        ({"user": "who"}, "'ts', 'date' could each be time; say which with columns={'time': 'ts'}"),
    ],
)
def test_columns_that_cannot_be_matched_are_listed_with_what_to_do(columns: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(message)):
        _read(pl.DataFrame({"who": ["1"], "item": ["1"], "ts": ["1"], "date": ["1"]}), columns=columns)


def test_an_event_without_action_is_a_rating_if_it_has_a_value_and_else_a_view() -> None:
    imported = _read([{"user": "u", "item": "i", "time": 1, "rating": 3}, {"user": "u", "item": "j", "time": 1, "rating": None}])
    assert imported.frame["action"].to_list() == ["rate", "view"]
    own = Config(actions={"play": Action(1.0)})
    refused = read_events([{"user": "u", "item": "i", "time": 1}], config=own).rejects
    assert refused.select("field", "value").rows() == [("action", "view")]


def test_columns_read_and_not_read_are_named(tmp_path: Path) -> None:
    found = {"user": "customer_no", "item": "SKU", "action": "type", "time": "when"}
    file = _read(_written(tmp_path / "events.csv", "colour,when,SKU,customer_no,type\nred,1,i,u,like\n"))
    records = _read([{"customer_no": "u", "SKU": "i", "when": 1, "type": "like"}, {"colour": "red"}])
    for imported in (file, records):
        assert (imported.columns, imported.ignored, imported.attributes) == (found, ("colour",), ())
        assert imported.frame["action"].to_list() == ["like"]


def test_a_less_usual_name_gives_way_to_a_usual_one() -> None:
    both = pl.DataFrame({"user": ["u"], "sku": ["s"], "product_id": ["p"], "time": [1.0], "when": [2.0]})
    imported = _read(both)
    assert imported.columns == {"user": "user", "item": "product_id", "time": "time"}
    assert imported.ignored == ("sku", "when")
    with pytest.raises(InvalidInput, match="'sku', 'item_no' could each be item"):
        _read(both.select("user", "sku", pl.lit("n").alias("item_no"), "time"))


def test_a_usual_name_that_comes_up_late_among_records_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.events.records.CHUNK", 1)
    records = [{"user": "u", "sku": "s", "time": 1}, {"user": "u", "sku": "s", "product_id": "p", "time": 2}]
    with pytest.raises(InvalidInput, match="'product_id', 'sku' could each be item"):
        _read(records)
    assert _read(records, columns={"item": "sku"}).frame["item"].to_list() == ["s", "s"]


def test_ids_keep_leading_zeros_and_whole_floats_lose_their_point() -> None:
    frame = pl.DataFrame({"user": ["007", "8"], "item": [1.0, None], "time": [1, 2], "text": [None, "blu-ray"]})
    imported = _read(frame.to_pandas())
    assert imported.frame["user"].to_list() == ["007", "8"]
    assert imported.frame["item"].to_list() == ["1", None]


def test_events_of_one_id_or_without_ids_of_one_content_collapse_into_the_first() -> None:
    base = {"user": "u", "item": "i", "time": 1}
    given_rows = [{**base, "id": "a"}, {**base, "id": "a", "time": 2}, {**base}, {**base, "slate": "s"}, {**base, "time": 3}]
    imported = _read(given_rows)
    assert imported.frame.select("id", "time").rows() == [("a", 1.0), ("", 1.0), ("", 3.0)]
    assert imported.duplicates == 2


def test_events_later_than_tomorrow_are_refused_when_it_is_known_what_time_it_is() -> None:
    given_rows = [{"user": "u", "item": "i", "time": time} for time in (86_400 + 100, 86_401 + 100)]
    assert _read(given_rows).rejects.height == 0
    assert _read(given_rows, now=100.0).rejects.row(0) == (2, "time", "86501.0", "is more than a day in the future")


def test_strict_import_raises_at_the_first_bad_row_in_the_file(tmp_path: Path) -> None:
    path = _written(tmp_path / "events.csv", "user,item,time\nu,i,1\nu,i,soon\nu\n")
    with pytest.raises(InvalidField, match=r"^row 2: time 'soon' is not a time") as caught:
        _read(path, strict=True)
    assert caught.value.field == "time"


def test_columns_of_several_types_are_read_value_by_value_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.events.records.CHUNK", 2)
    users = [1, 2, "x", 4.0, True, None]
    imported = _read(({"user": user, "item": "i", "time": f"{time}", "value": 0} for time, user in enumerate(users)))
    assert imported.frame["user"].to_list() == ["1", "2", "x", "4"]
    assert imported.rejects["row"].to_list() == [5, 6]


def test_nothing_at_all_imports_as_nothing(tmp_path: Path) -> None:
    sources: list[Source] = [[], _written(tmp_path / "events.csv", "user,item,time\n"), _written(tmp_path / "events.jsonl", "\n")]
    for source in sources:
        imported = _read(source)
        assert (imported.frame.shape, imported.rejects.height) == ((0, 9), 0)
