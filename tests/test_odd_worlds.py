"""Worlds at the edge: a few items, names that are common words, nothing to choose between."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.ask import lexicon, understand
from penchant.catalog import Catalog, Filter
from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.interest.controls import Change
from penchant.rank.blend import Blend
from penchant.types import DAY, Event, Item

CONFIG = Config(encoder="hash", training=Training(epochs=0))
KINDS = ("War", "Other", "No", "Sale")
TEXTS = (None, "no war", "like Tea", "only Sale", "something warm", "no")


def shelf(items: list[Item]) -> Catalog:
    catalog = Catalog(dim=1)
    catalog.extend(items, np.ones((len(items), 1), np.float32))
    return catalog


@pytest.mark.parametrize("name", ["No", "Not", "Without", "Only", "Except", "不要"])
def test_a_brand_or_category_named_like_a_refusal_does_not_undo_refusals(name: str) -> None:
    plain = lexicon(shelf([Item(id="1", categories=("War",))]))
    odd = lexicon(shelf([Item(id="1", categories=("War", name), brand=name)]))
    for text in ("no war", "not war, please", "anything except war", "without war", "only war", "不要战争"):
        assert understand(text, odd) == understand(text, plain)
    assert understand("no war", odd).where.without == ("War",)


def test_a_category_named_like_a_word_that_turns_nothing_can_be_asked_for() -> None:
    known = lexicon(shelf([Item(id="1", categories=("Love",)), Item(id="2", categories=("Weekend",))]))
    assert understand("love", known).categories == ("Love",)
    assert understand("no weekend", known).where.without == ("Weekend",)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Item], list[Event]]:
    titles = st.sampled_from(("", "Tea", "Red Tea", "No"))
    items = [
        Item(id=f"i{n}", title=draw(titles), categories=tuple(draw(st.sets(st.sampled_from(KINDS), max_size=2))))
        for n in range(draw(st.integers(1, 4)))
    ]
    deeds = st.tuples(st.integers(0, 1), st.integers(0, len(items) - 1), st.integers(0, 9))
    told = draw(st.lists(deeds, min_size=1, max_size=6))
    return items, [Event(user=f"u{user}", item=f"i{item}", time=1e9 + day * DAY) for user, item, day in told]


@settings(max_examples=4, deadline=None)
@given(worlds(), st.sampled_from(TEXTS), st.booleans(), st.booleans())
def test_in_the_smallest_worlds_contributions_sum_to_the_score_too(
    world: tuple[list[Item], list[Event]], text: str | None, muted: bool, said: bool
) -> None:
    items, events = world
    with Engine.fit(items, events, config=CONFIG) as engine:
        user = events[0].user
        if muted and (known := engine.interests(user).interests):
            engine.control(user, Change(mute=(known[0].id,)))
        if said:
            engine.control(user, Change(text="tea"))
        slate = engine.recommend(user, text=text)
        for one in slate.items:
            told = engine.explain(user, one.item, slate=slate.slate)
            assert told.score == pytest.approx(one.score, abs=1e-4)
            assert sum(part.value for part in told.contributions) == pytest.approx(told.score, abs=1e-4)
        assert engine.portrait(user).text


def test_where_sources_cancel_out_a_text_decides_and_not_their_rounding() -> None:
    items = [Item(id=name, title=name) for name in ("tea", "mug", "pot")]
    events = [Event(user=f"u{n}", item=name, time=1e9) for n, name in enumerate(("tea", "tea", "mug"))]
    with Engine.fit(items, events, config=CONFIG) as engine:
        popular = next(source for source in engine.known.blend.sources if source.name == "popular-ever")
        blend = Blend([popular] * 3)
        blend.weights = np.array([[0.1, 0, 0], [0.2, 0, 0], [-0.3, 0, 0]])
        wanted = np.array([[0.0, 1.0, 2.0]], np.float32)
        scored = blend.score(engine.memory.read(engine.log.user("u0"), 1e9)[0], engine.catalog, wanted)
    np.testing.assert_allclose(scored.scores, 2 * wanted, atol=1e-4)
    np.testing.assert_allclose((scored.weights[0][:, None] * scored.parts[:, 0]).sum(axis=0), 2 * wanted[0], atol=1e-4)


def test_a_filter_tells_true_from_one_and_refuses_what_is_no_number() -> None:
    values: tuple[str | float | bool | None, ...] = (True, 1.0, False, 0.0, "1", None)
    catalog = shelf([Item(id=str(n), attributes={"new": value}) for n, value in enumerate(values)])
    for number, value in enumerate(values):
        assert np.flatnonzero(catalog.matches(Filter(attributes={"new": value}))).tolist() == [number]
    with pytest.raises(InvalidInput, match=r"^attributes\['new'\] must be a finite number, got nan$"):
        Filter(attributes={"new": float("nan")})
