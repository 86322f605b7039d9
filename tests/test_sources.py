from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.errors import TooLarge
from penchant.interest import transitions
from penchant.interest.sources import Again, Content, ItemToItem, Popularity, Source, UserNeighbours, by_visit
from penchant.interest.transitions import Histories, histories
from penchant.interest.walk import walk
from penchant.rank.learn import default_sources
from penchant.types import DAY, F32, F64, Events, Interests, Item
from tests.worlds import FOLD, catalog_of, columns, log_of, unit

PAST = Histories(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 0, 1, 1]), np.arange(6.0))  # u0: 0 1 2, u1: 0 1, u2: 1


def array(matrix: transitions.Matrix) -> F32:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


def every_source() -> list[Source]:
    return [
        ItemToItem("markov", transitions.markov),
        ItemToItem("item-neighbours", transitions.cosine),
        ItemToItem("ease", transitions.ease),
        ItemToItem("slit", transitions.slit),
        ItemToItem("next-visit", transitions.next_visit, fade=0.8, read=by_visit),
        Popularity("popular", np.inf),
        Popularity("lately", DAY),
        Content("content", DAY, FOLD.half_lives),
        Again("again", DAY),
        UserNeighbours(neighbours=3),
    ]


class World(NamedTuple):
    catalog: Catalog
    events: Events
    sources: list[Source]
    read: Interests


@pytest.fixture
def world() -> World:
    """Nine items, six people, every source fitted on all that happened, everybody read at the end."""
    rng = np.random.default_rng(0)
    catalog, events = catalog_of(9, rng), log_of(6, 9, 80, rng)
    sources = every_source()
    for source in sources:
        source.fit(events, catalog)
    users, prefix = np.unique(events.user, return_counts=True)
    return World(catalog, events, sources, walk(events, users, np.full(len(users), 12 * DAY), prefix, catalog.vectors, FOLD))


def test_markov_counts_steps_by_distance_and_shrinks_rows() -> None:
    chain = array(transitions.markov(PAST, 3, reach=2, fade=0.5, shrink=1.0))
    counts = np.array([[0, 2, 0.5], [0, 0, 1], [0, 0, 0]])  # 0 to 1 twice; 0 to 2 once, two steps apart
    np.testing.assert_allclose(chain, counts / (counts.sum(axis=1, keepdims=True) + 1), rtol=1e-6)


def test_markov_does_not_step_from_one_person_to_the_next() -> None:
    assert array(transitions.markov(Histories(np.array([0, 1]), np.array([0, 1]), np.arange(2.0)), 2)).sum() == 0


def test_item_neighbours_are_the_shrunk_cosine_of_who_had_them() -> None:
    near = array(transitions.cosine(PAST, 3, shrink=1.0))
    assert near[0, 1] == pytest.approx(2 / (np.sqrt(2 * 3) + 1))
    assert near[0, 2] == pytest.approx(1 / (np.sqrt(2 * 1) + 1))
    assert np.diag(near).tolist() == [0, 0, 0]


def test_only_the_nearest_neighbours_are_kept() -> None:
    near = array(transitions.cosine(PAST, 3, shrink=1.0, neighbours=1))
    assert (near > 0).sum(axis=1).tolist() == [1, 1, 1]
    assert near[0].argmax() == 1


@given(st.integers(0, 10**6))
def test_ease_minimises_its_own_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    past = histories(log_of(12, 5, 60, rng))
    x = past.incidence(5).toarray().astype(float)
    best = array(transitions.ease(past, 5, penalty=2.0)).astype(float)

    def loss(b: np.ndarray) -> float:
        return float(((x - x @ b) ** 2).sum() + 2.0 * (b**2).sum())

    for _ in range(20):
        step = rng.standard_normal((5, 5)) * 0.01
        np.fill_diagonal(step, 0)
        assert loss(best) <= loss(best + step) + 1e-6


def test_slit_is_the_ridge_regression_of_what_came_next_on_what_came_before() -> None:
    rng = np.random.default_rng(3)
    past = histories(log_of(8, 4, 50, rng))
    fitted = array(transitions.slit(past, 4, reach=2, fade=0.5, ahead=1, penalty=3.0))
    source, target = np.zeros((len(past.user), 4)), np.zeros((len(past.user), 4))
    for row in range(len(past.user)):
        target[row, past.item[row]] = 1
        for lag, weight in ((1, 1.0), (2, 0.5)):
            if row >= lag and past.user[row - lag] == past.user[row]:
                source[row, past.item[row - lag]] += weight
    expected = np.linalg.solve(source.T @ source + 3.0 * np.eye(4), source.T @ target)
    np.testing.assert_allclose(fitted, expected, atol=1e-5)


@given(st.integers(0, 10**6))
def test_next_visit_is_the_ridge_regression_of_a_visit_on_those_before(seed: int) -> None:
    past = histories(log_of(6, 4, 60, np.random.default_rng(seed)))
    fitted = array(transitions.next_visit(past, 4, fade=0.5, reach=2, penalty=3.0))
    gram, cross = 3.0 * np.eye(4), np.zeros((4, 4))
    for user in np.unique(past.user):
        taken: list[F64] = []
        last = -np.inf
        for item, time in zip(past.item[past.user == user], past.time[past.user == user], strict=True):
            if time - last >= DAY / 4:
                taken.append(np.zeros(4))
            taken[-1][item], last = 1, time
        for place in range(1, len(taken)):
            before = taken[place - 1] + (0.5 * taken[place - 2] if place > 1 else 0)
            before = before / np.linalg.norm(before)
            gram += np.outer(before, before) / taken[place].sum()
            cross += np.outer(before, taken[place]) / taken[place].sum()
    np.testing.assert_allclose(fitted, np.linalg.solve(gram, cross), atol=1e-5)


def test_next_visit_in_parts_is_next_visit_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    past = histories(log_of(6, 9, 200, np.random.default_rng(0)))
    whole = array(transitions.next_visit(past, 9))
    monkeypatch.setattr(transitions, "_VISITS", 7)
    np.testing.assert_allclose(array(transitions.next_visit(past, 9)), whole, atol=1e-6)


def test_somebody_who_was_there_once_says_nothing_of_a_next_visit() -> None:
    assert not array(transitions.next_visit(PAST, 3)).any()


def test_what_was_had_counts_once_a_visit_and_fades_from_visit_to_visit() -> None:
    hour = 3600.0
    events = columns(
        [0] * 8,
        [5, 3, 1, 4, 1, -1, 3, 3],  # 5 is not fitted on, -1 a search, of which there is no trace
        [0, 2 * DAY, 2 * DAY + hour, 2 * DAY + 3 * hour, 2 * DAY + 6 * hour, 2 * DAY + 11 * hour, 3 * DAY, 3 * DAY],
        [1, 1, 1, -1, 1, 1, 1, 2],  # 4 was disliked: what is in between ends no silence
    )
    vectors = catalog_of(6, np.random.default_rng(0)).vectors
    read = walk(events, np.array([0]), np.array([9 * DAY]), np.array([8]), vectors, Fold(half_lives=(DAY,), window=9))
    counts = by_visit(read, 5, 0.5)[0]
    had = np.array([1, 0, 0.5, 0, 0, 0.5, 0, 0, 0])  # newest first: 3 now; in the visit before 1, and 3 before that
    np.testing.assert_allclose(counts * np.sqrt(1.5**2 + 0.5**2), had, atol=1e-6)


@pytest.mark.parametrize("learn", [transitions.ease, transitions.slit, transitions.next_visit])
def test_dense_models_refuse_politely_above_their_size(learn: Callable[[Histories, int], transitions.Matrix]) -> None:
    with pytest.raises(TooLarge, match="10,001 x 10,001 system; it is meant for up to 10,000 items"):
        learn(PAST, 10_001)


def test_sparse_and_dense_matrices_score_and_explain_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "DENSE_LIMIT", 0)
    for dense in world.sources[:2]:
        assert isinstance(dense, ItemToItem)
        scattered = ItemToItem(dense.name, transitions.markov if dense.name == "markov" else transitions.cosine)
        scattered.fit(world.events, world.catalog)
        assert "indptr" in scattered.arrays()
        np.testing.assert_allclose(scattered.score(world.read, world.catalog), dense.score(world.read, world.catalog), atol=1e-6)
        one, items = world.read.take(np.array([2])), np.array([0, 3])
        np.testing.assert_allclose(
            scattered.because(one, items, world.catalog), dense.because(one, items, world.catalog), atol=1e-6
        )


@pytest.mark.parametrize("place", range(10))
def test_many_requests_score_like_each_alone_and_survive_saving(world: World, place: int) -> None:
    source, again = world.sources[place], every_source()[place]
    together = source.score(world.read, world.catalog)
    assert together.shape == (6, 9)
    assert np.isfinite(together).all()
    again.restore(source.arrays())
    for row in range(6):
        np.testing.assert_allclose(again.score(world.read.take(np.array([row])), world.catalog)[0], together[row], atol=1e-5)


@pytest.mark.parametrize("name", ["markov", "item-neighbours", "ease", "slit", "next-visit", "again"])
def test_what_each_event_adds_sums_to_the_score(world: World, name: str) -> None:
    source = next(source for source in world.sources if source.name == name)
    one, items = world.read.take(np.array([1])), np.arange(9)
    np.testing.assert_allclose(
        source.because(one, items, world.catalog).sum(axis=0), source.score(one, world.catalog)[0], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("place", range(10))
def test_an_item_added_after_fitting_is_scored_by_whoever_can(world: World, place: int) -> None:
    world.catalog.extend([Item(id="new")], unit(np.random.default_rng(1), 1))
    scores = world.sources[place].score(world.read, world.catalog)
    assert scores.shape == (6, 10)
    blind = world.sources[place].blind(world.catalog)
    assert blind[9] == (world.sources[place].name not in ("content", "again"))
    assert not blind[:9].any()


def test_a_disliked_item_pushes_its_followers_away() -> None:
    catalog = catalog_of(3, np.random.default_rng(0))
    source = ItemToItem("markov", transitions.markov)
    source.fit(columns([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 0, 1]), catalog)
    liked, disliked = (
        walk(columns([0], [0], [5.0], [weight]), np.array([0]), np.array([6.0]), np.array([1]), catalog.vectors, FOLD)
        for weight in (1.0, -1.0)
    )
    assert source.score(liked, catalog)[0, 1] > 0 > source.score(disliked, catalog)[0, 1]


@given(st.permutations(range(6)), st.lists(st.integers(0, 6), max_size=3))
def test_decayed_popularity_does_not_depend_on_order_or_batches(order: list[int], cuts: list[int]) -> None:
    events = columns([0] * 6, [0, 1, 1, 2, 2, 2], [0, 9 * DAY, DAY, 3 * DAY, 400 * DAY, 2 * DAY])
    catalog = catalog_of(4, np.random.default_rng(0))
    read = walk(events, np.array([0]), np.array([0.0]), np.array([0]), catalog.vectors, FOLD)
    whole, parts = Popularity("whole", DAY), Popularity("parts", DAY)
    whole.fit(events, catalog)
    parts.fit(events.take(slice(0, 0)), catalog)
    shuffled = events.take(np.array(order))
    bounds = [0, *sorted(cuts), 6]
    for start, stop in pairwise(bounds):
        parts.observe(shuffled.take(slice(start, stop)))
    np.testing.assert_allclose(parts.score(read, catalog), whole.score(read, catalog), rtol=1e-4, atol=1e-6)


def test_popularity_counts_halve_once_per_half_life() -> None:
    catalog = catalog_of(2, np.random.default_rng(0))
    source = Popularity("lately", DAY)
    source.fit(columns([0, 0], [0, 1], [0.0, 2 * DAY]), catalog)
    read = walk(columns([0], [0], [0.0]), np.array([0]), np.array([DAY]), np.array([1]), catalog.vectors, FOLD)
    old, new = np.expm1(source.score(read, catalog)[0])
    assert new / old == pytest.approx(4.0, rel=1e-5)


def test_content_is_the_mean_cosine_with_what_was_liked(world: World) -> None:
    source = next(source for source in world.sources if source.name == "content")
    scores = source.score(world.read, world.catalog)
    assert np.abs(scores).max() <= 1 + 1e-5
    events = columns([0, 0], [0, 1], [0.0, DAY])
    read = walk(events, np.array([0]), np.array([DAY]), np.array([2]), world.catalog.vectors, FOLD)
    likeness = world.catalog.vectors @ world.catalog.vectors.T
    np.testing.assert_allclose(
        source.score(read, world.catalog)[0], (0.5 * likeness[0] + likeness[1]) / 1.5, rtol=1e-4, atol=1e-6
    )


def test_user_neighbours_propose_what_the_most_alike_had(world: World) -> None:
    source = UserNeighbours(neighbours=1, fade=0.0)
    source.fit(columns([0, 0, 1, 1], [0, 1, 2, 3], [0, 1, 0, 1]), world.catalog)
    read = walk(columns([0], [0], [5.0]), np.array([0]), np.array([6.0]), np.array([1]), world.catalog.vectors, FOLD)
    assert np.flatnonzero(source.score(read, world.catalog)[0]).tolist() == [0, 1]


def test_what_is_fitted_lies_in_memory_as_it_does_after_a_restart() -> None:
    """A matrix in the other order is as right, and copied whole by every product: what was fitted here would be slower."""
    rng = np.random.default_rng(0)
    catalog, events = catalog_of(30, rng), log_of(12, 30, 300, rng)
    for source in default_sources(FOLD, len(catalog), repeat=True):
        source.fit(events, catalog)
        assert all(array.flags.c_contiguous for array in source.arrays().values()), source.name
