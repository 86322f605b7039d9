from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant import snapshot
from penchant.catalog import Catalog, Filter
from penchant.config import ACTIONS, Action, Config, load
from penchant.errors import FingerprintMismatch, InvalidInput, UnknownItem
from penchant.events import read_events, weigh
from penchant.interest.sources import Again, Popularity
from penchant.types import F32, Item
from tests.worlds import FILMS, unit


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog(4)
    catalog.extend(FILMS, unit(np.random.default_rng(0), len(FILMS), 4))
    return catalog


def test_numbers_stay_and_records_are_replaced(catalog: Catalog) -> None:
    before = catalog.number("kiss")
    changed = Item(id="kiss", title="Two Kisses", price=3.0)
    assert catalog.extend([changed, Item(id="new")], unit(np.random.default_rng(1), 2, 4)).tolist() == [before, 8]
    assert catalog.items[before] == changed
    assert catalog.numbers(["new", "kiss"]).tolist() == [8, before]
    assert list(catalog)[:2] == ["alien", "mars"]
    assert "kiss" in catalog
    assert len(catalog) == 9


def test_an_unknown_item_is_named_with_what_to_do(catalog: Catalog) -> None:
    with pytest.raises(UnknownItem, match=r"item 'x9' is not in the catalog \(8 items\); add it first"):
        catalog.number("x9")


@pytest.mark.parametrize(
    ("vectors", "reason"),
    [(np.ones((1, 3), np.float32), "vectors have shape"), (np.full((1, 4), np.nan, np.float32), "NaN or infinity")],
)
def test_vectors_that_do_not_fit_are_refused(catalog: Catalog, vectors: F32, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        catalog.extend([Item(id="new")], vectors)
    assert "new" not in catalog


def test_every_field_of_a_filter_must_hold() -> None:
    catalog = Catalog(1)
    tea = Item(id="tea", brand="Leaf", price=4.0, language="en", categories=("Drinks", "Tea"), attributes={"organic": True})
    catalog.extend([tea, Item(id="bare")], np.ones((2, 1), np.float32))
    for wanted in (
        Filter(),
        Filter(category="DRINKS", brand="leaf", language="EN", price_min=4, price_max=4, attributes={"organic": True}),
    ):
        assert catalog.matches(wanted)[0]
    for wanted in (
        Filter(category="coffee"),
        Filter(category="tea", brand="Bag"),
        Filter(price_max=3.99),
        Filter(price_min=4.01),
        Filter(language="zh"),
        Filter(attributes={"organic": False}),
    ):
        assert not catalog.matches(wanted)[0]
    assert not catalog.matches(Filter(price_min=0))[1]  # an unknown price satisfies no bound
    assert catalog.matches(Filter())[1]


def test_remembered_filters_see_items_added_later(catalog: Catalog) -> None:
    assert catalog.matches(Filter(category="Horror")).sum() == 0
    catalog.extend([Item(id="scream", categories=("Horror",))], unit(np.random.default_rng(1), 1, 4))
    assert catalog.matches(Filter(category="Horror")).sum() == 1
    for price in range(1000):  # and do not pile up
        catalog.matches(Filter(price_min=float(price)))
    assert len(catalog._masks) <= 256


@given(st.floats(0, 1e10), st.floats(0, 1e10), st.floats(0, 1e10))
def test_availability_is_a_half_open_interval(start: float, stop: float, at: float) -> None:
    catalog = Catalog(1)
    catalog.extend([Item(id="a", available_from=start, available_until=stop), Item(id="b")], np.ones((2, 1), np.float32))
    assert catalog.visible(at).tolist() == [start <= at < stop, True]


def test_a_saved_catalog_encodes_only_what_changed(catalog: Catalog) -> None:
    records = [*FILMS[:-1], Item(id="farm", title="Another Title"), Item(id="new")]
    asked: list[str] = []

    def encode(items: Sequence[Item]) -> F32:
        asked.extend(item.id for item in items)
        return np.zeros((len(items), 4), np.float32)

    again = Catalog(4)
    assert again.restore(records, catalog.arrays(), encode).tolist() == [7]
    assert asked == ["farm", "new"]
    assert np.array_equal(again.vectors[:7], catalog.vectors[:7])


def test_a_bound_that_is_not_a_number_is_no_filter() -> None:
    with pytest.raises(InvalidInput, match="price_min must be a finite number, got nan"):
        Filter(price_min=float("nan"))


def test_what_one_event_may_weigh_is_bounded() -> None:
    config = Config()
    assert config.weight("rate", 1e15) == 10
    frame = read_events([{"user": "a", "item": "x", "time": 1, "action": "rate", "value": 1e15}], config=config).frame
    assert weigh(frame, config).tolist() == [10.0]
    bad = read_events([{"user": "a", "item": "x", "time": 1, "weight": 11}], config=config)
    assert bad.rejects.select("field", "reason").rows() == [("weight", "is beyond ±10")]


def test_only_items_whose_vector_moves_count_as_moved(catalog: Catalog) -> None:
    vectors = catalog.vectors[:3].copy()
    vectors[1] *= -1
    assert catalog.moved([*FILMS[:3], Item(id="new")], np.concatenate([vectors, vectors[:1]])).tolist() == [1]
    assert catalog.moved([], np.zeros((0, 4), np.float32)).tolist() == []


def test_values_grade_an_action_and_a_given_weight_wins() -> None:
    config = Config(actions={**ACTIONS, "rate": Action(1.0, neutral=5.0, scale=5.0)})
    assert [config.weight("rate", value) for value in (10.0, 5.0, 0.0, None)] == [1.0, 0.0, -1.0, 1.0]
    rows = [
        {"user": "a", "item": "x", "time": 1, "action": "rate", "value": 10},
        {"user": "a", "item": "x", "time": 2, "action": "rate"},
        {"user": "a", "item": "x", "time": 3, "action": "dislike", "value": 7},
        {"user": "a", "item": "x", "time": 4, "action": "view", "weight": 0.125},
    ]
    assert weigh(read_events(rows, config=config).frame, config).tolist() == [1.0, 1.0, -1.0, 0.125]


def test_settings_come_from_toml_and_a_typo_is_named(tmp_path: Path) -> None:
    path = tmp_path / "penchant.toml"
    path.write_text("threads = 2\n[actions.watch]\nweight = 0.7\n[fold]\nwindow = 9\n")
    config = load(path)
    assert (config.threads, config.actions["watch"].weight, config.fold.window) == (2, 0.7, 9)
    assert config.actions["view"] == ACTIONS["view"]  # the built-in ones stay
    path.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(InvalidInput, match="cannot be read as settings"):
        load(path)
    with pytest.raises(InvalidInput, match="No such file"):
        load(tmp_path / "missing.toml")
    for text, reason in (
        ("treads = 2", "treads"),
        ("threads = 'two'", r"threads"),
        ("threads = ", "penchant.toml"),
        ("[fold]\nwindow = 0", "window must be at least 1"),
        ("[fold]\nhalf_lives = [0.0]", "half_lives must be positive"),
        ("[fold]\nhalf_lives = [inf]", "half_lives must be positive, finite"),
        ("[actions.watch]\nweight = 1.0\nscale = 0.0", "scale must not be 0"),
        ("[actions.watch]\nweight = 11.0", "weight within ±10"),
        ("diversity = -1.0", "diversity must be 0 or more"),
    ):
        path.write_text(text)
        with pytest.raises(InvalidInput, match=reason):
            load(path)


def test_an_unknown_action_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="action 'teleport' is not configured; known: view, click"):
        Config().weight("teleport", None)


RECORD = snapshot.Record(snapshot.FORMAT, "space", 7, False, 2, ("again",), Config())


def test_a_snapshot_comes_back_and_damage_is_told(tmp_path: Path) -> None:
    assert not snapshot.exists(tmp_path)
    snapshot.save(tmp_path, RECORD, {"people": {"last": np.arange(3.0)}, "blend": {"a/b": np.eye(2)}})
    record, parts = snapshot.load(tmp_path)
    assert record == RECORD
    assert parts["people"]["last"].tolist() == [0, 1, 2]
    assert parts["blend"]["a/b"].shape == (2, 2)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InvalidInput, match="run penchant fit again, the log is kept"):
        snapshot.load(tmp_path)


def test_a_snapshot_of_another_version_is_refused(tmp_path: Path) -> None:
    snapshot.save(tmp_path, msgspec.structs.replace(RECORD, format=99), {})
    with pytest.raises(FingerprintMismatch, match="format 99"):
        snapshot.load(tmp_path)
    snapshot.require(RECORD, [Again("again", 1.0)])
    with pytest.raises(FingerprintMismatch, match="run penchant fit again"):
        snapshot.require(RECORD, [Popularity("popular", 1.0)])
