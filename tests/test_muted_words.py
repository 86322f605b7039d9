"""What a person muted is named in nothing that is said to them, and what they only said is not told as done."""

from pathlib import Path

import numpy as np
import pytest

from penchant.ask import lexicon
from penchant.catalog import Catalog
from penchant.engine import Engine
from penchant.interest.account import Account, Interest
from penchant.interest.controls import Change
from penchant.interest.parts import belonging, whole
from penchant.narrate.person import chinese, english
from penchant.narrate.person.facts import facts
from penchant.shift import Moved
from penchant.shift.watch import Topic
from penchant.types import DAY, Item


@pytest.fixture
def kept(moved_shop: Path) -> Path:
    return moved_shop


def mute(engine: Engine, user: str, kind: str) -> set[str]:
    """Have a user mute all interests in things of a kind; gives the titles of all that is muted by it."""
    topics = engine.known.topics
    rows = [row for row, item in enumerate(engine.catalog.items) if kind in item.categories]
    ids = [one.id for one in topics.fine if belonging(one.id, engine.catalog, topics)[rows].any()]
    engine.control(user, Change(mute=tuple(ids)))
    muted = np.any([belonging(id, engine.catalog, topics) for id in ids], axis=0)
    return {engine.catalog.items[row].title for row in np.flatnonzero(muted).tolist()}


def test_an_explanation_names_nothing_that_was_muted_and_still_sums_to_the_score(engine: Engine) -> None:
    item = engine.recommend("mia", k=1).items[0].item
    before = engine.explain("mia", item)
    muted = mute(engine, "mia", "Toys")
    after = engine.explain("mia", item)
    assert {one.label for one in before.contributions if one.kind == "event"} & muted
    assert not {one.label for one in after.contributions if one.kind == "event"} & muted
    assert after.counterfactual is None or not {*after.counterfactual.labels} & muted
    assert not any(f"“{title}”" in after.text for title in muted - {after.title})
    assert after.score == pytest.approx(before.score, abs=1e-5)
    assert sum(one.value for one in after.contributions) == pytest.approx(after.score, abs=1e-4)


def test_a_brief_explanation_is_the_same_account_without_what_has_to_be_replayed(engine: Engine) -> None:
    item = engine.recommend("mia", k=1).items[0].item
    whole_one, brief = engine.explain("mia", item), engine.explain("mia", item, brief=True)
    assert whole_one.counterfactual is not None
    assert (brief.counterfactual, brief.change) == (None, None)
    assert (brief.contributions, brief.interests, brief.rank) == (
        whole_one.contributions,
        whole_one.interests,
        whole_one.rank,
    )


def test_a_portrait_that_was_drawn_before_a_mute_does_not_tell_what_is_muted(engine: Engine) -> None:
    before = engine.portrait("mia")
    assert any(fact.sort == "recent" for fact in before.facts)
    muted = mute(engine, "mia", "Toys")
    after = engine.portrait("mia")
    assert after.at == before.at
    assert not muted & {name for fact in after.facts for name in fact.names}
    silenced = {engine.known.topics[id].label for id in whole(engine.controls("mia").mute, engine.known.topics)}
    assert not silenced & {name for fact in after.facts for name in fact.names}
    for one in engine.portraits("mia"):
        assert not muted & {name for fact in one.facts for name in fact.names}


def test_a_broad_topic_is_muted_once_all_of_it_is(engine: Engine) -> None:
    topics = engine.known.topics
    parent = topics.fine[0].parent
    assert parent is not None
    inside = [one.id for one in topics.fine if one.parent == parent]
    assert whole(inside, topics) == {*inside, parent}
    assert whole([*inside[1:], "gone"], topics) == {*inside[1:], "gone"}


def test_what_earlier_events_raised_is_what_they_raise_alone(engine: Engine) -> None:
    number, watch, topics = engine.memory.number("mia"), engine.known.watch, engine.known.topics
    _, _, events = engine.memory.history(number)
    raised = watch.raised(events, engine.catalog, topics)
    assert len(raised.alarms.at)
    for size in (0, 1, 30, int(raised.alarms.at[0]), int(raised.alarms.at[0]) + 1, len(events.user)):
        some = watch.raised(events.take(slice(size)), engine.catalog, topics)
        told = raised.until(some.events)
        assert told is not None
        for mine, theirs in zip(told, some.alarms, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    other = events._replace(time=events.time + 1)
    assert raised.until(other) is None


def interest(name: str, share: float, *, guess: bool = False) -> Interest:
    return Interest(
        f"category:{name}", name, (), None, 1.0, share, 0.0, "long", "active", 0.5, None, 0.0, DAY, ("e1",), guess=guess
    )


def test_what_was_said_and_not_done_is_no_part_of_what_they_do() -> None:
    account = Account("ann", 2 * DAY, (interest("Tea", 0.6, guess=True), interest("Mugs", 0.4)), {}, {})
    (only,) = facts(account, (), None, (), {})
    assert (only.names, only.first) == (("Mugs",), False)
    assert english.sentence(only) == "They are into “Mugs”: 40%, since January 1970."  # nothing stands before it to come after
    assert chinese.sentence(only) == "关注“Mugs”：占40%，始于1970年1月。"


def test_nobody_is_said_to_be_into_what_has_no_category() -> None:
    account = Account("ann", 2 * DAY, (interest("unknown", 0.6), interest("Mugs", 0.4)), {}, {})
    faded = [Moved("faded", Topic("category:unknown", "unknown"), None, DAY, DAY, -0.4, 0.01, ("e1",))]
    assert [fact.names for fact in facts(account, faded, None, (), {})] == [("Mugs",)]


def test_a_shift_from_or_to_what_is_muted_is_not_told() -> None:
    account = Account("ann", 2 * DAY, (), {}, {})
    tea, mugs = Topic("category:Tea", "Tea"), Topic("category:Mugs", "Mugs")
    faded = [Moved("faded", one, None, DAY, DAY, -0.4, 0.01, ("e1",)) for one in (tea, mugs)]
    assert [fact.names for fact in facts(account, faded, None, (), {})] == [("Mugs",), ("Tea",)]
    assert [fact.names for fact in facts(account, faded, None, (), {}, muted={"category:Tea"})] == [("Mugs",)]


def test_categories_that_are_written_alike_are_one_name_of_all_of_them() -> None:
    catalog = Catalog(dim=1)
    items = [Item(id=str(n), categories=(name,)) for n, name in enumerate(("Sea Tales", "sea-tales", "Ponds", "--"))]
    catalog.extend(items, np.ones((4, 1), np.float32))
    known = lexicon(catalog)
    assert set(known.names["sea", "tales"].values) == {"Sea Tales", "sea-tales"}
    assert known.names[("ponds",)].values == ("Ponds",)
    assert () not in known.names
