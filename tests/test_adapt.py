"""Text adapted to behaviour, and items nobody had."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant import Config, Engine
from penchant.catalog import Catalog
from penchant.encode.described import NAMED, described, names
from penchant.errors import InvalidInput
from penchant.evaluate.cold import case
from penchant.evaluate.splits import global_time
from penchant.evaluate.world import World
from penchant.interest.adapting import adapt, persons, taken, unlearned
from penchant.interest.sources import Adapted, Content, New, Popularity, Source
from penchant.interest.sources.source import recency, taste
from penchant.interest.walk import walk
from penchant.rank.blend import NEW_AT_MOST, Blend
from penchant.rank.imputed import imputation, imputed
from penchant.types import DAY, Events, Interests, Item
from tests.worlds import FILMS, FOLD, catalog_of, columns, log_of, story, unit

KINDS, EACH = 4, 15  # kinds of cups, and of teas; things of a kind


def tea_house(rng: np.random.Generator) -> Catalog:
    """Things whose texts are near within a kind alone: 4 kinds of cups, then 4 kinds of teas."""
    kind = np.repeat(np.arange(2 * KINDS), EACH)
    vectors = np.eye(2 * KINDS, 12, dtype=np.float32)[kind] + rng.standard_normal((len(kind), 12)).astype(np.float32) * 0.1
    catalog = Catalog(12)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    catalog.extend([Item(id=f"i{number}") for number in range(len(kind))], vectors)
    return catalog


def guests(rng: np.random.Generator, people: int = 1500) -> Events:
    """Whoever takes a cup takes a tea of its number next, a day later; nobody had the last thing of any kind."""
    kind = rng.integers(0, KINDS, people)
    cup, tea = kind * EACH + rng.integers(0, EACH - 1, people), (KINDS + kind) * EACH + rng.integers(0, EACH - 1, people)
    user = np.repeat(np.arange(people), 2)
    start = np.repeat(rng.random(people) * 100 * DAY, 2)
    return columns(user.tolist(), np.stack([cup, tea], axis=1).ravel().tolist(), (start + np.tile([0, DAY], people)).tolist())


def who_had(catalog: Catalog, items: list[int]) -> Interests:
    """One request for each of `items`, by somebody who had it an hour ago."""
    rows = list(range(len(items)))
    return walk(
        columns(rows, items, [0.0] * len(rows)),
        np.array(rows),
        np.full(len(rows), 3600.0),
        np.ones(len(rows), np.int64),
        catalog.vectors,
        FOLD,
    )


@pytest.fixture(scope="module")
def house() -> tuple[Catalog, Events, Adapted]:
    rng = np.random.default_rng(0)
    catalog, events = tea_house(rng), guests(rng)
    source = Adapted()
    source.fit(events, catalog)
    return catalog, events, source


def test_a_thing_nobody_had_is_found_by_what_goes_with_things_like_it(house: tuple[Catalog, Events, Adapted]) -> None:
    catalog, _, source = house
    read = who_had(catalog, [kind * EACH for kind in range(KINDS)])
    unseen = np.array([(KINDS + kind) * EACH + EACH - 1 for kind in range(KINDS)])
    text = Content("content", DAY, FOLD.half_lives).score(read, catalog)
    assert (np.diag(source.score(read, catalog)[:, unseen]) == source.score(read, catalog)[:, unseen].max(axis=1)).all()
    assert (text.argmax(axis=1) < KINDS * EACH).all(), "text alone proposes more cups"
    assert (source.score(read, catalog).argmax(axis=1) >= KINDS * EACH).all()
    assert source.learned.reached > source.learned.plain


def test_learning_again_from_the_same_seed_gives_the_same_numbers(house: tuple[Catalog, Events, Adapted]) -> None:
    catalog, events, source = house
    again = Adapted()
    again.fit(events, catalog)
    for name, array in source.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)


def test_what_was_learned_survives_saving(house: tuple[Catalog, Events, Adapted]) -> None:
    catalog, _, source = house
    read, again = who_had(catalog, [3, 70]), Adapted()
    again.restore(source.arrays())
    np.testing.assert_allclose(again.score(read, catalog), source.score(read, catalog), rtol=1e-5)
    assert again.fade == source.fade


def test_an_item_added_or_changed_later_is_scored_as_if_it_had_been_there(house: tuple[Catalog, Events, Adapted]) -> None:
    _, _, source = house
    rng = np.random.default_rng(5)
    catalog, more = tea_house(rng), unit(rng, 2, 12)
    source.score(who_had(catalog, [0]), catalog)
    catalog.extend([Item(id="new", title="New"), Item(id="i7", title="Other")], more)
    fresh = Adapted()
    fresh.restore(source.arrays())
    read = who_had(catalog, [0])
    np.testing.assert_allclose(source.score(read, catalog), fresh.score(read, catalog), rtol=1e-4, atol=1e-5)
    assert source.score(read, catalog).shape == (1, len(catalog))


def test_what_each_event_adds_sums_to_the_score_less_what_speaks_for_the_item_anyway(
    house: tuple[Catalog, Events, Adapted],
) -> None:
    catalog, _, source = house
    events = columns([0, 0, 0], [1, 20, 70], [0.0, DAY, 2 * DAY], [1.0, -0.5, 1.0])
    read = walk(events, np.array([0]), np.array([3 * DAY]), np.array([3]), catalog.vectors, FOLD)
    own = source.because(read, np.arange(len(catalog)), catalog).sum(axis=0)
    anyway = source._of(catalog) @ source.learned.offset
    np.testing.assert_allclose(own + anyway, source.score(read, catalog)[0], rtol=1e-4, atol=1e-4)


def test_a_stranger_gets_no_opinion(house: tuple[Catalog, Events, Adapted]) -> None:
    catalog, events, source = house
    read = walk(events, np.array([0]), np.array([0.0]), np.array([0]), catalog.vectors, FOLD)
    assert not source.score(read, catalog).any()
    assert not source.blind(catalog).any()


@pytest.mark.parametrize("events", [columns([], [], []), columns([0, 0, 1], [0, 1, 2], [0.0, 1.0, 2.0])])
def test_a_log_too_short_to_learn_from_leaves_text_as_it_is(events: Events) -> None:
    catalog = tea_house(np.random.default_rng(0))
    source = Adapted()
    source.fit(events, catalog)
    assert not source.learned.map.any()
    scores = source.score(who_had(catalog, [0]), catalog)[0]
    assert scores.argmax() == 0


def test_an_empty_catalog_is_no_special_case() -> None:
    source = Adapted()
    source.fit(columns([], [], []), Catalog(12))
    assert source.score(who_had(Catalog(12), []), Catalog(12)).shape == (0, 0)


@given(st.integers(0, 10**6))
def test_training_reads_from_a_history_what_serving_reads_from_the_state(seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = log_of(4, 6, 40, rng)
    events.weight[:] = rng.choice([1.0, 0.5, -1.0, 0.0], 40)
    asked = taken(events, 6, 0.5, np.random.default_rng(0))
    kept = events.take(events.weight != 0)
    new, seen = [], set()
    for row, pair in enumerate(zip(kept.user.tolist(), kept.item.tolist(), strict=True)):
        earlier = int(((kept.user == kept.user[row]) & (kept.time < kept.time[row])).sum())
        if pair not in seen and kept.weight[row] > 0 and earlier:
            new.append((row, earlier))
        seen.add(pair)
    rows = np.array([row for row, _ in new], np.int64)
    prefix = np.array([earlier for _, earlier in new], np.int64)
    assert asked.item.tolist() == kept.item[rows].tolist()
    wide = FOLD.__class__(half_lives=FOLD.half_lives, window=40)
    read = walk(kept, kept.user[rows], kept.time[rows], prefix, catalog_of(6, rng).vectors, wide)
    np.testing.assert_allclose(asked.taste.toarray(), taste(read, 6, 0.5, recency).toarray(), rtol=1e-5, atol=1e-6)


def test_nothing_of_the_items_left_out_is_learned_from() -> None:
    """Whatever people who had them took: the map is the same, as long as what is judged by stays away from what is best."""
    rng = np.random.default_rng(1)
    catalog, events = tea_house(rng), guests(rng)
    asked = taken(events, len(catalog), 0.5, np.random.default_rng(0))
    known = np.ones(len(catalog), bool)
    one = adapt(asked, catalog.vectors, known, np.random.default_rng(3), epochs=3)
    out = np.random.default_rng(3).random(len(catalog)) < 0.1
    told = asked.taste.copy()
    told.data = np.where(out[told.indices], np.float32(7), told.data)
    other = adapt(asked._replace(taste=told), catalog.vectors, known, np.random.default_rng(3), epochs=3)
    np.testing.assert_array_equal(one.map, other.map)
    assert one.map.any()


def test_people_who_had_nothing_are_no_vector() -> None:
    asked = taken(columns([0, 0], [0, 1], [0.0, 1.0]), 2, 0.5, np.random.default_rng(0))
    assert persons(asked.taste[:0], np.eye(2, dtype=np.float32)).shape == (0, 2)
    assert unlearned(2).score(np.zeros((1, 2), np.float32), np.eye(2, dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_what_an_item_says_by_name_brings_it_near_others_that_say_the_same() -> None:
    same = np.full((3, 4), 0.5, np.float32)
    told = [Item(id="a", categories=("Tea",), price=8.0), Item(id="b", categories=("Tea",), price=8.5), Item(id="c", price=90.0)]
    rows = described(told, same)
    assert rows.shape == (3, 4 + NAMED)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    np.testing.assert_array_equal(described(told[1:2], same[:1]), rows[1:2])


def test_names_leave_out_what_is_not_said() -> None:
    assert list(names(Item(id="x", price=0.0, attributes={"size": None, "weight": float("nan")}))) == ["weight nan"]


def test_new_is_what_nobody_had_when_it_was_fitted() -> None:
    catalog, source = catalog_of(3, np.random.default_rng(0)), New()
    source.fit(columns([0, 0], [0, 1], [0.0, 1.0], [1.0, -1.0]), catalog)
    source.observe(columns([1], [2], [2.0]))
    read = who_had(catalog, [0, 1])
    assert source.score(read, catalog).tolist() == [[0, 1, 1], [0, 1, 1]]
    catalog.extend([Item(id="later")], unit(np.random.default_rng(1), 1))
    again = New()
    again.restore(source.arrays())
    assert again.score(read, catalog).tolist() == [[0, 1, 1, 1]] * 2
    assert not again.because(read, np.arange(4), catalog).any()


def test_a_guess_is_the_regression_on_the_sources_that_see_over_the_quarter_of_items_that_fewest_had() -> None:
    rng = np.random.default_rng(0)
    catalog = catalog_of(10, rng)
    popular = Popularity("p", np.inf)
    popular.fit(
        columns([0] * 29, [*range(8), *[0, 1, 2, 3, 4, 5] * 3, *[0] * 3], [float(n) for n in range(29)]), catalog
    )  # 6 and 7 once, 8 and 9 never
    sources: list[Source] = [popular, Content("c", DAY, FOLD.half_lives), Adapted()]
    parts, blind = rng.standard_normal((3, 5, 10)).astype(np.float32), np.zeros((3, 10), bool)
    blind[0, 8:] = True
    weights = imputation(parts, sources, blind)
    x, y = parts[1:, :, 6:8].reshape(2, -1).T.astype(float), parts[0, :, 6:8].ravel().astype(float)
    apart = x - x.mean(axis=0)
    expected = np.linalg.solve(apart.T @ apart / 10 + 1e-3 * np.eye(2), apart.T @ (y - y.mean()) / 10)
    np.testing.assert_allclose(weights[0], [0, *expected, y.mean() - x.mean(axis=0) @ expected], rtol=1e-4)
    assert not weights[1:].any()
    filled = imputed(parts.copy(), blind, weights)
    told = np.einsum("s,sri->ri", expected, parts[1:, :, 8:]) + weights[0, -1]
    np.testing.assert_allclose(filled[0, :, 8:], told, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(filled[0, :, :8], parts[0, :, :8])


def test_where_nothing_sees_a_blind_source_says_what_it_says_of_those_that_few_had() -> None:
    popular, blind = Popularity("p", np.inf), np.array([[False] * 4 + [True]])
    popular.fit(columns([0] * 7, [0, 1, 2, 3, 1, 2, 3], [float(n) for n in range(7)]), catalog_of(5, np.random.default_rng(0)))
    parts = np.array([[[-2, 1, 1, 1, 0]] * 2], np.float32)
    assert imputed(parts, blind, imputation(parts, [popular], blind))[0].tolist() == [[-2, 1, 1, 1, -2]] * 2


def test_where_nobody_had_anything_nothing_is_guessed() -> None:
    parts, blind = np.ones((1, 2, 3), np.float32), np.ones((1, 3), bool)
    weights = imputation(parts, [Popularity("p", np.inf)], blind)
    assert weights.tolist() == [[0, 0]]
    assert not imputed(parts, blind, weights).any()


@pytest.mark.parametrize(("takers", "learns"), [(30, True), (5, False)])
def test_the_blend_learns_whether_new_things_are_taken_only_where_enough_were(takers: int, learns: bool) -> None:
    rng = np.random.default_rng(0)
    catalog = catalog_of(10, rng)
    events = log_of(40, 9, 400, rng)
    sources: list[Source] = [Popularity("p", np.inf), New()]
    for source in sources:
        source.fit(events, catalog)
    read = who_had(catalog, [0] * 60)
    targets = [np.array([9 if row < takers else row % 9]) for row in range(60)]
    blend = Blend(sources, penalty=1e-4)
    blend.fit(read, targets, np.zeros((60, 10), bool), catalog, rng=rng)
    assert blend.weights[1].any() == learns
    if learns:
        assert blend.score(read, catalog).scores[0].argmax() == 9


def test_being_new_never_counts_for_more_than_a_deviation_of_all_else() -> None:
    rng = np.random.default_rng(0)
    catalog = catalog_of(10, rng)
    sources: list[Source] = [Popularity("p", np.inf), New()]
    for source in sources:
        source.fit(log_of(40, 9, 400, rng), catalog)
    blend, read = Blend(sources), who_had(catalog, [0, 1])
    blend.weights[:, 0] = [0.5, 50.0]
    told = blend.score(read, catalog)
    rest = told.scores - told.weights[:, 1:] * told.parts[1]
    np.testing.assert_allclose(told.weights[:, 1], NEW_AT_MOST * rest.std(axis=1), rtol=1e-4)
    for little in (0.1, -50.0):
        blend.weights[1, 0] = little
        np.testing.assert_allclose(blend.score(read, catalog).weights[:, 1], little, rtol=1e-6)


def test_guesses_saved_without_what_is_to_be_added_add_nothing() -> None:
    sources: list[Source] = [Popularity("p", np.inf), New()]
    blend = Blend(sources)
    blend.restore({**blend.arrays(), "guesses": np.full((2, 2), 0.5, np.float32)})
    assert blend.guesses.tolist() == [[0.5, 0.5, 0.0]] * 2


def test_an_engine_goes_on_after_a_restart_with_what_it_learned_of_new_things(tmp_path: Path) -> None:
    with Engine.fit(FILMS, story(30), config=Config(encoder="hash"), folder=tmp_path) as engine:
        before = engine.recommend("u1", k=8)
        assert {"adapted", "new"} <= {source.name for source in engine.known.blend.sources}
    with Engine.load(tmp_path) as engine:
        after = engine.recommend("u1", k=8)
        guesses_kept = engine.known.blend.guesses
    assert [one.item for one in after.items] == [one.item for one in before.items]
    np.testing.assert_allclose([one.score for one in after.items], [one.score for one in before.items], rtol=1e-4)
    assert guesses_kept.shape[0] == len(engine.known.blend.sources)


def test_held_items_are_in_no_history_and_are_all_that_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    catalog, events = catalog_of(12, rng), log_of(30, 12, 900, rng)
    told = World("small", catalog, events, Config(encoder="hash", fold=FOLD), False)
    split = global_time(events, repeat=False, rng=rng)
    held = np.zeros(12, bool)
    held[[3, 7]] = True
    one = case(told, split, held)
    assert not held[one.known.item].any()
    assert not held[one.asked.events.item].any()
    assert all(held[target].all() for target in one.asked.targets)
    assert (~one.among().hidden).sum(axis=1).max() <= 2
    others = case(told, split, held, warm=True)
    assert not any(held[target].any() for target in others.asked.targets)


def test_cold_items_that_nobody_takes_are_refused() -> None:
    rng = np.random.default_rng(0)
    catalog, events = catalog_of(12, rng), log_of(30, 12, 900, rng)
    told = World("small", catalog, events, Config(encoder="hash", fold=FOLD), False)
    split = global_time(events, repeat=False, rng=rng)
    with pytest.raises(InvalidInput, match="nobody with a past takes one of the 0 cold items"):
        case(told, split, np.zeros(12, bool))
