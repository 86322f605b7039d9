"""Interests as topics of a catalog, through the engine."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.interest.parts import of_topics
from penchant.types import DAY, Event, Item
from tests.worlds import columns

THINGS = {
    "Garden": "flower pot", "Kitchen": "soup bowl", "Office": "fountain pen", "Bath": "hand towel", "Toys": "wooden train",
    "Lights": "table lamp", "Cards": "greeting card", "Bags": "lunch bag", "Clocks": "alarm clock", "Frames": "picture frame",
}  # fmt: skip
COLOURS = (
    *("red", "blue", "green", "white", "black", "pink", "old", "small"),
    *("large", "striped", "dotted", "plain", "wide", "flat", "round", "tall"),
)
CONFIG = Config(encoder="hash", training=Training(epochs=0))


def things() -> list[Item]:
    return [
        Item(id=f"{kind}-{colour}", title=f"{colour} {thing}".title(), categories=(kind,), price=float(place), brand="Acme")
        for kind, thing in THINGS.items()
        for place, colour in enumerate(COLOURS)
    ]


def visits() -> list[Event]:
    """Everybody buys five things of one kind in a visit; ann of the garden, then of the kitchen."""
    rng, told = np.random.default_rng(0), []
    for number in range(30):
        for day in range(6):
            kind = list(THINGS)[int(rng.integers(4))]
            told += [
                Event(user=f"u{number}", item=f"{kind}-{c}", time=day * DAY + n)
                for n, c in enumerate(rng.permutation(COLOURS)[:5])
            ]
    ann = [("Garden", 0), ("Garden", 1), ("Kitchen", 30), ("Kitchen", 31)]
    return told + [
        Event(user="ann", item=f"{kind}-{c}", time=day * DAY + n) for kind, day in ann for n, c in enumerate(COLOURS[:4])
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop") / "kept"


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    with Engine.fit(things(), visits(), folder=folder, config=CONFIG) as made:
        yield made


def test_interests_are_topics_with_a_theme(engine: Engine) -> None:
    told = engine.interests("ann")
    assert {interest.id.partition(":")[0] for interest in told.interests} == {"topic"}
    first = told.interests[0]
    assert "bowl" in first.label.lower() or "kitchen" in first.label.lower()
    assert first.theme in {topic.label for topic in engine.known.topics.broad}
    assert sum(interest.share for interest in told.interests) == pytest.approx(1, abs=0.05)
    shown = engine.log.history(engine.log.user("ann"))[0]
    assert set(first.evidence) <= set(shown)


def test_facets_stand_beside(engine: Engine) -> None:
    facets = engine.interests("ann").facets
    assert set(facets) == {"category", "brand", "price", "time of day", "weekday"}
    assert [each.value for each in facets["category"]] == ["Kitchen", "Garden"]
    assert [each.value for each in facets["price"]] == ["low"]


def test_a_new_item_has_its_topic_at_once(engine: Engine) -> None:
    engine.add([Item(id="new", title="Tiny Fountain Pen", categories=("Office",))])
    engine.observe([Event(user="bob", item=item, time=40 * DAY) for item in ("new", "Office-red")])
    told = engine.interests("bob")
    assert all("pen" in interest.label.lower() or "office" in interest.label.lower() for interest in told.interests[:1])
    assert engine.known.themes(np.array([engine.catalog.number("new")]), engine.catalog) == engine.known.themes(
        np.array([engine.catalog.number("Office-red")]), engine.catalog
    )


def test_slates_and_histories_name_the_themes(engine: Engine) -> None:
    labels = {topic.label for topic in engine.known.topics.broad}
    for recommended in engine.recommend("ann", k=5).items:
        assert recommended.themes
        assert set(recommended.themes) <= labels


def test_learning_again_keeps_the_ids_of_topics(engine: Engine) -> None:
    before = {interest.id: interest.label for interest in engine.interests("ann").interests}
    engine.learn()
    after = {interest.id: interest.label for interest in engine.interests("ann").interests}
    assert before.keys() == after.keys()


def test_an_item_that_is_not_placed_yet_is_left_out(engine: Engine) -> None:
    late = columns([0, 0], [0, len(engine.catalog)], [1.0, 2.0])
    assert of_topics(late, engine.known.topics).row.tolist() == of_topics(late.take(slice(1)), engine.known.topics).row.tolist()
    assert engine.known.themes(np.array([len(engine.catalog)]), engine.catalog) == [()]


def test_an_interest_of_a_past_time_is_what_it_was(engine: Engine) -> None:
    then = engine.interests("ann", at=20 * DAY)
    assert all(interest.since < 20 * DAY for interest in then.interests)
    assert "pot" in then.interests[0].label.lower() or "garden" in then.interests[0].label.lower()


def test_two_times_are_compared_interest_by_interest(engine: Engine) -> None:
    told = engine.compare("ann", 5 * DAY, 40 * DAY)
    then, now = ({one.id: one for one in engine.interests("ann", at=at).interests} for at in (5 * DAY, 40 * DAY))
    assert {one.id for one in told.differences} == then.keys() | now.keys()
    assert (told.first, told.second) == (5 * DAY, 40 * DAY)
    for one in told.differences:
        assert one.before == (then[one.id].share if one.id in then else 0)
        assert one.after == (now[one.id].share if one.id in now else 0)
    changes = [abs(one.change) for one in told.differences]
    assert changes == sorted(changes, reverse=True)
    risen = max(told.differences, key=lambda one: one.change)
    assert (risen.status_before, risen.before) == (None, 0)
    assert "bowl" in risen.label.lower() or "kitchen" in risen.label.lower()


def test_topics_are_there_after_a_restart_and_keep_their_ids_when_fitted_from_nothing(engine: Engine, folder: Path) -> None:
    told = engine.interests("ann")
    engine.save()
    engine.close()
    with Engine.load(folder) as loaded:
        assert loaded.interests("ann") == told
        issued = loaded.known.topics.issued
    with Engine.fit(things(), visits(), folder=folder, config=CONFIG) as again:
        assert {one.id for one in again.interests("ann").interests} == {one.id for one in told.interests}
        assert again.known.topics.issued == issued
