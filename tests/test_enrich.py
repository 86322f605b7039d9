"""Enrichment: what is kept of an answer, what is added by rule, and how items, vectors and people follow."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from byrule import associations, by_rule
from penchant.catalog import Catalog
from penchant.config import Config, Language
from penchant.due import ask_for_all
from penchant.encode import item_language, item_text
from penchant.engine import Engine
from penchant.enriching import enrich
from penchant.interest.sources import cell_of
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.item.claims import invented, known, numbers
from penchant.narrate.item.enrich import TAGS, Enrich, Facts, due, facts, payload, sifted, tag
from penchant.narrate.kind import Unfaithful
from penchant.serve import create_app
from penchant.types import Enriched, Item
from tests.worlds import FILMS, columns, story

BAG = Facts("red retrospot lunch bag", ("Bags",), language="en")
GOOD = {
    "tags": ["picnic", "school"],
    "themes": ["food to go"],
    "audience": "children",
    "mood": "cheerful",
    "about": "A bag for carrying lunch.",
}
ON = Config(encoder="hash", language=Language(enrichment=True, labels=False, portraits=False, reasons=False))


class Helpful:
    """A generator that says something of every item, and counts how often it was asked."""

    name, fingerprint, price = "helpful", "helpful-1", Price()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        self.asked.append(prompt.user)
        space = "Space" in prompt.user or "Galaxy" in prompt.user or "Mars" in prompt.user
        words = ["starship", "cosmos"] if space else ["tender", "couple story"]
        return Reply(json.dumps({"tags": words, "themes": [], "audience": "", "mood": "", "about": ""}), 10, 5)


def written(engine: Engine) -> int:
    """Everything that is due, written and brought in; gives how many items changed."""
    ask_for_all(engine)
    while engine.desk.work(now=1.7e9) is not None:
        pass
    return enrich(engine)


def said(**changed: object) -> str:
    return json.dumps(GOOD | changed)


def test_a_good_answer_is_kept_whole() -> None:
    kept, dropped = sifted(BAG, said())
    assert kept == Enriched(("picnic", "school"), ("food to go",), "children", "cheerful", "A bag for carrying lunch.")
    assert dropped == []


@pytest.mark.parametrize(
    ("part", "value", "why"),
    [
        ("tags", ["leather"], "invents a material or make"),
        ("tags", ["20 litres"], "invents a number"),
        ("tags", ["Walt Disney"], "invents a name"),
        ("tags", ["Pixar"], "invents a name"),
        ("tags", ["best seller"], "invents a praise"),
        ("tags", ["on sale"], "invents a price"),
        ("tags", ["waterproof"], "invents a safety or health"),
        ("tags", ["午餐"], "another language"),
        ("tags", ["lunch"], "in the item's text already"),
        ("tags", ["a very long tag of many words"], "too long"),
        ("tags", ["bag bag"], "repeats itself"),
        ("audience", "everyone", "says nothing"),
        ("about", "A bag that was made in 1987.", "invents a number"),
        ("about", "A bag for Sam.", "invents a name"),
        ("about", "A leather bag.", "invents a material or make"),
        ("about", "Explore a world of bags.", "boilerplate"),
        ("about", "A red lunch bag with a variety", "cut off"),
        ("about", "A hat for sunny days outside.", "about something else"),
        ("about", "一个午餐包，可以带饭。", "another language"),
    ],
)
def test_what_the_item_does_not_say_is_dropped_with_the_reason(part: str, value: object, why: str) -> None:
    kept, dropped = sifted(BAG, said(**{part: value}))
    name = {"tags": "tag"}.get(part, part)
    assert (name, why) in dropped
    assert not getattr(kept, part)


def test_a_chinese_item_is_held_to_chinese() -> None:
    told = Facts("雪山救援", ("纪录片",), language="zh")
    kept, dropped = sifted(
        told, json.dumps({"tags": ["登山", "rescue", "3个英雄", "《泰坦尼克号》"], "about": "一部讲述雪山救援的纪录片。"})
    )
    assert kept == Enriched(("登山",), about="一部讲述雪山救援的纪录片。")
    assert {why for _, why in dropped} == {"another language", "invents a number", "invents a name"}


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", '{"tags": "one"}', '{"tags": [1]}'])
def test_what_is_no_answer_is_unfaithful(answer: str) -> None:
    with pytest.raises(Unfaithful, match="not an answer"):
        sifted(BAG, answer)


def test_an_answer_of_which_nothing_can_be_kept_is_unfaithful_and_says_why() -> None:
    with pytest.raises(Unfaithful, match=r"^tag: invents a material or make; about: invents a number$"):
        Enrich().check(msgspec.json.encode(BAG), '{"tags": ["leather"], "about": "A bag of 1987 things."}')


LIES = ["1987", "20%", "Walt Disney", "leather", "free shipping", "best", "waterproof", "https://x.example", "£5"]


@given(st.sampled_from(LIES), st.integers(0, 4))
def test_a_lie_put_anywhere_into_the_sentence_is_found(lie: str, place: int) -> None:
    words = ["A", "bag", "for", "lunch"]
    words.insert(place, lie)
    assert invented(" ".join(words) + ".", known("red lunch bag for a day"))


@given(st.lists(st.text(max_size=30), max_size=12), st.text(max_size=140))
@settings(max_examples=60)
def test_whatever_is_answered_what_is_kept_is_clean_and_checking_it_again_keeps_it(tags: list[str], about: str) -> None:
    try:
        kept, _ = sifted(BAG, json.dumps({"tags": tags, "about": about}))
    except Unfaithful:
        return
    assert len(kept.tags) <= TAGS
    assert all(one == tag(one) == one.casefold() for one in kept.tags)
    again, dropped = sifted(BAG, msgspec.json.encode(kept).decode())
    assert again == kept
    assert dropped == []


def test_numbers_are_the_same_in_digits_in_words_and_in_chinese() -> None:
    assert numbers("3 tiers") == numbers("three tiers") == numbers("三层") == {"3"}


def test_an_item_is_asked_about_by_its_words_alone() -> None:
    item = Item(id="1", title="Tea", price=1.0)
    same = [
        msgspec.structs.replace(item, id="2"),
        msgspec.structs.replace(item, price=2.0, available_until=5.0, attributes={"stock": 3.0}),
        msgspec.structs.replace(item, enriched=Enriched(("hot drink",))),
    ]
    assert {payload(one) for one in same} == {payload(item)}
    assert payload(msgspec.structs.replace(item, text="From Assam.")) != payload(item)
    assert list(due([item, *same, Item(id="3")])) == [("enrich", payload(item), None)]


def test_what_was_added_is_read_after_the_items_own_words_and_does_not_change_its_language() -> None:
    item = Item(id="1", title="Tea", enriched=Enriched(("热饮",), ("饮料", "早餐"), "上班族", "", "一种热的饮料。"))
    assert item_text(item) == "Tea. 热饮, 饮料, 早餐, 上班族. 一种热的饮料。"
    assert item_language(item) == "en"
    assert facts(item) == facts(msgspec.structs.replace(item, enriched=None))


def test_vectors_and_everybodys_state_follow_an_enrichment_as_if_items_had_always_said_so(tmp_path: Path) -> None:
    with Engine.fit(FILMS, story(), folder=tmp_path, config=ON) as engine:
        engine.desk.employ(Helpful())
        plain = engine.catalog.vectors.copy()
        assert written(engine) == len(FILMS)
        assert not np.allclose(engine.catalog.vectors, plain)
        assert engine.catalog.vectors == pytest.approx(engine.space.items(engine.catalog.items), abs=1e-6)
        users = [engine.log.user(f"u{n}") for n in range(12)]
        followed = [engine.memory.read(user, 1.7e9)[0] for user in users]
        sources = engine.known.blend.sources
        vigil = engine.known.vigil(engine.catalog, engine.config)
        engine.memory.fold(*engine.memory.whole(), cell_of(sources), vigil)  # the slow twin: everybody from the log
        for user, found in zip(users, followed, strict=True):
            for column, anew in zip(found, engine.memory.read(user, 1.7e9)[0], strict=True):
                assert column == pytest.approx(anew, rel=1e-5, abs=1e-6)
        kept = engine.catalog.vectors.copy()
    with Engine.load(tmp_path) as again:  # the snapshot is older than the enrichment: records tell
        assert again.catalog.vectors == pytest.approx(kept, abs=1e-6)
        assert all(item.enriched for item in again.catalog.items)


def test_an_item_that_did_not_change_is_never_asked_about_twice() -> None:
    with Engine.fit(FILMS, story(), config=ON) as engine:
        generator = Helpful()
        engine.desk.employ(generator)
        assert written(engine) == len(generator.asked) == len(FILMS)
        assert written(engine) == 0
        engine.add([msgspec.structs.replace(film, price=3.0) for film in FILMS])  # given again, without what was added
        assert all(item.enriched and item.price == 3.0 for item in engine.catalog.items)
        engine.add([Item(id="alien", title="Galaxy of Fear")])
        assert engine.catalog.items[0].enriched is None
        assert written(engine) == 1
        assert len(generator.asked) == len(set(generator.asked)) == len(FILMS) + 1


def test_without_the_switch_nothing_is_asked_and_nothing_changes() -> None:
    with Engine.fit(FILMS, story(), config=Config(encoder="hash")) as engine:
        generator = Helpful()
        engine.desk.employ(generator)
        plain = engine.catalog.vectors.copy()
        ask_for_all(engine)
        assert "enrich" not in engine.desk.kinds
        assert enrich(engine) == 0
        assert engine.catalog.vectors == pytest.approx(plain, abs=0)


def test_an_items_page_shows_what_was_added_to_it() -> None:
    with Engine.fit(FILMS, story(), config=ON) as engine:
        engine.desk.employ(Helpful())
        written(engine)
        with TestClient(create_app(engine)) as client:
            assert client.get("/v1/items/mars").json()["enriched"] == {"tags": ["starship", "cosmos"]}


def test_rules_learn_from_people_which_words_go_together() -> None:
    titles = [f"{first} {second}" for first in ("owl", "fox", "bee") for second in ("lunch", "picnic", "garden", "spade")]
    items = [Item(id=title, title=title) for title in titles]
    meals = [row for row, title in enumerate(titles) if "lunch" in title or "picnic" in title]
    digging = [row for row in range(len(titles)) if row not in meals]
    user = [*(0, 1, 2, 3) * 6, *(4, 5, 6, 7) * 6]
    events = columns(user, [*np.repeat(meals, 4).tolist(), *np.repeat(digging, 4).tolist()], [0.0] * len(user))
    learned = associations(items, events)
    place = {word: row for row, word in enumerate(learned.words)}
    assert learned.strength[place["lunch"], place["picnic"]] > 0
    assert learned.strength[place["lunch"], place["spade"]] == 0
    [new] = by_rule([Item(id="new", title="Badger lunch")], learned, np.zeros(0))
    assert new.tags[0] == "picnic"
    assert "spade" not in new.tags


def test_rules_say_the_era_the_price_and_the_category_in_the_other_language() -> None:
    none = associations([], columns([], [], []))
    films = [
        Item(id="1", title="Heat (1995)", categories=("Crime",), price=1.0),
        Item(id="2", title="英雄", categories=("动作",), price=9.0),
    ]
    first, second = by_rule(films, none, np.array([1.0, 5.0, 9.0]))
    assert (first.tags, first.themes) == (("1990s",), ("犯罪", "inexpensive"))
    assert second.themes == ("action", "价格高")


def test_enriched_items_survive_the_catalogs_own_round_trip() -> None:
    items = [Item(id="1", title="Tea", enriched=Enriched(("hot drink",))), Item(id="2", title="Mug")]
    catalog = Catalog(2)
    catalog.extend(items, np.eye(2, dtype=np.float32))
    restored, made = Catalog(2), list[str]()
    later = [msgspec.structs.replace(items[0], enriched=Enriched(("drink",))), items[1]]

    def encode(changed: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        made.extend(item.id for item in changed)  # type: ignore[attr-defined]
        return np.array([[0.0, 1.0]], np.float32)

    assert restored.restore(later, catalog.arrays(), encode).tolist() == [0]
    assert made == ["1"]
