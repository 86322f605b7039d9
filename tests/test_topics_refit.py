"""Topics fitted again: ids stay with the items, and what came, went, split and merged is told."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.catalog import Catalog
from penchant.interest.topics import Change, Topics, fit
from penchant.interest.topics.matching import match, overlaps
from penchant.interest.topics.membership import first
from penchant.types import F32, Item
from tests.test_topics import NOBODY, SUBJECTS, rng, shop, shoppers, subject_of
from tests.worlds import unit


def homes(topics: Topics) -> dict[str, str]:
    """The id of the topic of each item."""
    return {item: topics.fine[place].id for item, place in zip(topics.items, first(topics.member).tolist(), strict=True)}


def stayed(before: Topics, after: Topics) -> float:
    old, new = homes(before), homes(after)
    return float(np.mean([new[item] == topic for item, topic in old.items() if item in new]))


def test_a_refit_on_the_same_data_keeps_every_id_and_item_whatever_the_seed() -> None:
    before = fit(shop(), shoppers(), rng=rng(), fine=10)
    after = fit(shop(), shoppers(), rng=rng(77), before=before)
    assert [topic.id for topic in after.fine] == [topic.id for topic in before.fine]
    assert [topic.id for topic in after.broad] == [topic.id for topic in before.broad]
    assert stayed(before, after) > 0.97
    assert after.changes == ()
    assert after.issued == before.issued


def test_nine_in_ten_items_stay_when_catalog_and_people_grow_by_a_fifth() -> None:
    before = fit(shop(200), shoppers(200, visits=500), rng=rng(), fine=12)
    after = fit(shop(240), shoppers(240, visits=600), rng=rng(1), before=before)
    assert stayed(before, after) >= 0.9
    assert {topic.id for topic in before.broad} >= {topic.id for topic in after.broad}


def test_items_are_found_by_id_where_the_catalog_numbers_them_otherwise() -> None:
    before = fit(shop(), NOBODY, rng=rng(), fine=6)
    order = rng(3).permutation(120)
    shuffled = Catalog(16)
    shuffled.extend([shop().items[item] for item in order.tolist()], shop().vectors[order])
    after = fit(shuffled, NOBODY, rng=rng(1), before=before)
    assert stayed(before, after) > 0.97


def with_lamps(count: int) -> Catalog:
    """The shop with items of a subject that it did not have."""
    catalog = shop()
    towards = unit(rng(5), 1, 16) + 0.1 * rng(6).standard_normal((count, 16))
    lamps: F32 = np.asarray(towards / np.linalg.norm(towards, axis=1, keepdims=True), np.float32)
    catalog.extend([Item(id=f"lamp{n}", title=f"lamp {n}") for n in range(count)], lamps)
    return catalog


def test_items_unlike_any_other_found_a_new_topic_with_an_id_of_its_own() -> None:
    before = fit(shop(), NOBODY, rng=rng(), fine=6)
    after = fit(with_lamps(30), NOBODY, rng=rng(1), before=before)
    new = [change.topic for change in after.changes if change.kind == "new" and change.topic.startswith("topic:")]
    assert len(new) == 1
    assert new[0] == "topic:7"
    assert {homes(after)[f"lamp{n}"] for n in range(30)} == {"topic:7"}
    assert after["topic:7"].label == "Lamp"
    assert stayed(before, after) > 0.97


def test_a_topic_whose_items_are_gone_is_told_and_its_id_is_never_given_again() -> None:
    before = fit(with_lamps(30), NOBODY, rng=rng(), fine=7)
    lamps = homes(before)["lamp0"]
    without = fit(shop(), NOBODY, rng=rng(1), before=before)
    assert Change("gone", lamps) in without.changes
    again = fit(with_lamps(30), NOBODY, rng=rng(2), before=without)
    assert homes(again)["lamp0"] == "topic:8"
    assert again.issued[1] == 8


def test_fewer_topics_are_told_as_mergers_and_more_as_splits() -> None:
    before = fit(shop(), NOBODY, rng=rng(), fine=6)
    fewer = fit(shop(), NOBODY, rng=rng(1), before=before, fine=4)
    assert len(fewer.fine) == 4
    merged = [change for change in fewer.changes if change.kind == "merged" and change.topic.startswith("topic:")]
    assert {topic for change in merged for topic in change.out_of} >= {f"topic:{n}" for n in range(1, 7)} - set(
        homes(fewer).values()
    )
    more = fit(shop(), NOBODY, rng=rng(2), before=fewer, fine=6)
    assert len(more.fine) == 6
    split = [change for change in more.changes if change.kind == "split" and change.topic.startswith("topic:")]
    assert {"topic:7", "topic:8"} <= {topic for change in split for topic in change.into}


def test_the_topics_of_subjects_are_the_same_in_text_and_in_behaviour() -> None:
    before = fit(shop(), NOBODY, rng=rng(), fine=6)
    after = fit(shop(), shoppers(), rng=rng(1), before=before)
    assert stayed(before, after) > 0.95
    assert len(set(zip(homes(after).values(), subject_of(120).tolist(), strict=True))) == len(SUBJECTS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8))
def test_ids_are_unique_and_only_of_the_past_or_new(seed: int, rows: int, columns: int) -> None:
    random = rng(seed)
    overlap = random.integers(0, 6, (rows, columns)).astype(float)
    old = [f"t:{n + 1}" for n in range(rows)]
    found = match(old, overlap, "t:", rows)
    assert len(set(found.ids)) == columns
    fresh = [name for name in found.ids if name not in old]
    assert fresh == [f"t:{rows + 1 + n}" for n in range(len(fresh))]
    assert found.issued == rows + len(fresh)
    told = {name for change in found.changes for name in (change.topic, *change.into)}
    assert set(fresh) <= told


def test_a_permutation_of_topics_keeps_its_ids() -> None:
    before, after = np.array([0, 0, 1, 1, 2, 2, -1]), np.array([2, 2, 0, 0, 1, 1, 1])
    found = match(["t:5", "t:7", "t:9"], overlaps(before, after, 3, 3), "t:", 9)
    assert found.ids == ("t:7", "t:9", "t:5")
    assert found.changes == ()


def test_a_topic_that_loses_most_of_its_items_keeps_its_id_with_the_largest_part() -> None:
    found = match(["t:1"], np.array([[3.0, 5.0, 2.0]]), "t:", 4)
    assert found.ids == ("t:5", "t:1", "t:6")
    assert found.changes == (Change("new", "t:6"), Change("split", "t:1", into=("t:5", "t:1")))
