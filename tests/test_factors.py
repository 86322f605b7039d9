"""Factor models and themes: the textbook baselines that other packages train."""

from collections.abc import Callable
from importlib.machinery import ModuleSpec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.errors import AssetError, InvalidInput
from penchant.evaluate.systems import OURS, SYSTEMS, TUNED, chosen
from penchant.interest.sources import ALS, BPR, Factors, Source, Themes
from penchant.interest.walk import walk
from penchant.types import DAY, F32, F64, Events, Interests, Item
from tests.worlds import FOLD, catalog_of, columns, log_of, unit

pytest.importorskip("implicit", reason="an optional extra")
pytest.importorskip("sklearn", reason="an optional extra")

BLOCK = 6  # items of each of two blocks: nobody has items of both


def als(fade: float = 0.5) -> Factors:
    return Factors("als", ALS(factors=2, penalty=1.0), fade=fade)


def bpr(fade: float = 0.5) -> Factors:
    return Factors("bpr", BPR(factors=8), fade=fade)


def themes(fade: float = 0.5) -> Themes:
    return Themes(themes=4, fade=fade)


MAKERS: list[Callable[..., Source]] = [als, bpr, themes]
every = pytest.mark.parametrize("make", MAKERS)
factored = pytest.mark.parametrize("make", [als, bpr])


def checkerboard() -> Events:
    """Twenty people, each with four of the six items of their block."""
    rng = np.random.default_rng(0)
    items = [block * BLOCK + rng.permutation(BLOCK)[:4] for block in (0, 1) for _ in range(10)]
    return columns(np.repeat(np.arange(20), 4).tolist(), np.concatenate(items).tolist(), [float(n) for n in range(80)])


def two_subjects() -> Catalog:
    """The items of a block say nearly the same, with nothing in common with the other's."""
    rng = np.random.default_rng(1)
    about = np.repeat([[3.0, 0, 0, 0], [0, 0, -3.0, 0]], BLOCK, axis=0)
    vectors = about + np.concatenate([rng.random((BLOCK, 4)) * [1, 1, 0, 0], rng.random((BLOCK, 4)) * [0, 0, -1, -1]])
    catalog = Catalog(4)
    catalog.extend([Item(id=f"i{n}") for n in range(2 * BLOCK)], _unit(vectors))
    return catalog


def _unit(vectors: F32 | F64) -> F32:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def fitted(make: Callable[..., Source], catalog: Catalog, events: Events | None = None, **how: float) -> Source:
    source = make(**how)
    source.fit(checkerboard() if events is None else events, catalog)
    return source


def read(catalog: Catalog, items: list[int], weights: list[float] | None = None) -> Interests:
    """Somebody who was not there at training, after these items in that order."""
    events = columns([0] * len(items), items, [DAY + n for n in range(len(items))], weights)
    return walk(events, np.array([0]), np.array([2 * DAY]), np.array([len(items)]), catalog.vectors, FOLD)


@every
@pytest.mark.parametrize("block", [0, 1])
def test_a_newcomer_with_items_of_a_block_is_scored_for_that_block(make: Callable[..., Source], block: int) -> None:
    catalog = two_subjects()
    first = block * BLOCK
    scores = fitted(make, catalog).score(read(catalog, [first, first + 3]), catalog)[0]
    inside = np.zeros(2 * BLOCK, bool)
    inside[first : first + BLOCK] = True
    assert scores[inside].min() > scores[~inside].max()


@pytest.mark.parametrize("alpha", [1.0, 10.0])
def test_als_folds_a_person_in_as_implicit_recalculates_a_user(alpha: float) -> None:
    from implicit.cpu.als import AlternatingLeastSquares

    rng = np.random.default_rng(2)
    catalog, events = catalog_of(12, rng), log_of(15, 12, 60, rng)
    events = events._replace(weight=rng.uniform(0.2, 1.5, 60).astype(np.float32))
    model, settings = ALS(factors=8, alpha=alpha, penalty=2.0), Fold(window=60)
    source = Factors("als", model, fade=0.0)
    source.fit(events, catalog)
    users, prefix = np.unique(events.user, return_counts=True)
    everybody = walk(events, users, np.full(len(users), 12 * DAY), prefix, catalog.vectors, settings)
    had = sparse.csr_matrix((events.weight, (np.searchsorted(users, events.user), events.item)), shape=(len(users), 12))
    had.data = 1 + alpha * had.data
    twin = AlternatingLeastSquares(8, 2.0, num_threads=1)
    twin.item_factors = np.asarray(source.arrays()["factors"], np.float32)
    expected = twin.recalculate_user(np.arange(len(users)), had) @ twin.item_factors.T
    np.testing.assert_allclose(source.score(everybody, catalog), expected, rtol=1e-3, atol=1e-4)


def test_bpr_folds_a_person_in_as_the_weighted_mean_of_what_they_had() -> None:
    catalog = two_subjects()
    source = fitted(bpr, catalog, fade=1.0)
    factors = np.asarray(source.arrays()["factors"], np.float32)
    place, bias = factors[:, :-1], factors[:, -1]
    person = (place[7] + 0.5 * 0.4 * place[2]) / 1.2  # the second place back counts a half
    expected = place @ person + bias
    np.testing.assert_allclose(source.score(read(catalog, [2, 7], [0.4, 1.0]), catalog)[0], expected, rtol=1e-4, atol=1e-6)


@every
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2 * BLOCK - 1), st.sampled_from([-1.0, -0.2, 0.5, 1.3])), max_size=7))
def test_what_each_event_adds_sums_to_the_score(make: Callable[..., Source], past: list[tuple[int, float]]) -> None:
    catalog = two_subjects()
    source = fitted(make, catalog)
    one, items = read(catalog, [item for item, _ in past], [weight for _, weight in past]), np.arange(2 * BLOCK)
    shares = source.because(one, items, catalog)
    assert shares.shape == (FOLD.window, 2 * BLOCK)
    np.testing.assert_allclose(shares.sum(axis=0), source.score(one, catalog)[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(source.because(one, items[[4]], catalog)[:, 0], shares[:, 4], atol=1e-6)


@every
def test_many_requests_score_like_each_alone(make: Callable[..., Source]) -> None:
    catalog, events = two_subjects(), checkerboard()
    source = fitted(make, catalog)
    users = np.arange(20)
    everybody = walk(events, users, np.full(20, DAY), np.full(20, 4), catalog.vectors, FOLD)
    together = source.score(everybody, catalog)
    assert together.shape == (20, 2 * BLOCK)
    assert together.dtype == np.float32
    for row in users:
        np.testing.assert_allclose(source.score(everybody.take(np.array([row])), catalog)[0], together[row], atol=1e-5)


@every
def test_saved_and_restored_without_the_packages_it_scores_the_same_to_the_bit(
    make: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = two_subjects()
    source, again = fitted(make, catalog), make()
    one = read(catalog, [1, 8, 3])
    monkeypatch.setattr("penchant.interest.sources.factors.find_spec", lambda module: None)
    again.restore({name: array.copy() for name, array in source.arrays().items()})
    np.testing.assert_array_equal(again.score(one, catalog), source.score(one, catalog))
    np.testing.assert_array_equal(again.because(one, np.arange(4), catalog), source.because(one, np.arange(4), catalog))
    np.testing.assert_array_equal(again.blind(catalog), source.blind(catalog))


@every
def test_fitting_again_gives_the_same_to_the_bit(make: Callable[..., Source]) -> None:
    catalog = two_subjects()
    once, again = fitted(make, catalog).arrays(), fitted(make, catalog).arrays()
    for name, array in once.items():
        np.testing.assert_array_equal(again[name], array)


@every
def test_somebody_without_a_past_is_scored_0_for_everything(make: Callable[..., Source]) -> None:
    catalog = two_subjects()
    source = fitted(make, catalog)
    assert not source.score(read(catalog, []), catalog).any()
    assert not source.because(read(catalog, []), np.array([0]), catalog).any()


@every
def test_a_disliked_item_pushes_its_block_away(make: Callable[..., Source]) -> None:
    catalog = two_subjects()
    source = fitted(make, catalog)
    liked, disliked = (source.score(read(catalog, [0], [weight]), catalog)[0] for weight in (1.0, -1.0))
    assert (liked[1:BLOCK] > 0).all()
    assert (disliked[1:BLOCK] < 0).all()


@every
def test_the_later_of_two_blocks_counts_more_the_more_it_fades(make: Callable[..., Source]) -> None:
    catalog = two_subjects()
    one = read(catalog, [0, 1, 6, 7])
    leads = []
    for fade in (0.0, 1.0):
        scores = fitted(make, catalog, fade=fade).score(one, catalog)[0]
        leads.append(float(scores[8:].mean() - scores[2:6].mean()))
    assert leads[1] > leads[0] + 0.05


@factored
def test_items_nobody_had_are_blind_and_say_nothing_of_who_has_them_later(make: Callable[..., Source]) -> None:
    catalog = two_subjects()
    catalog.extend([Item(id="unsold")], unit(np.random.default_rng(3), 1, 4))
    source = fitted(make, catalog)
    catalog.extend([Item(id="new")], unit(np.random.default_rng(4), 1, 4))
    blind = source.blind(catalog)
    assert np.flatnonzero(blind).tolist() == [12, 13]
    known, strange = source.score(read(catalog, [1]), catalog)[0], source.score(read(catalog, [12, 13, 1], [1.0] * 3), catalog)
    assert (known[12:] == 0).all()
    assert strange.shape == (1, 14)
    assert not source.score(read(catalog, [12, 13]), catalog).any()
    shares = source.because(read(catalog, [1, 13]), np.array([2, 13]), catalog)
    assert (shares != 0).tolist() == [[False, False], [True, False], *[[False, False]] * 3]


@every
def test_a_log_without_events_and_a_catalog_without_items_are_no_trouble(make: Callable[..., Source]) -> None:
    catalog, nothing = two_subjects(), Events.joined([])
    source = fitted(make, catalog, nothing)
    assert np.isfinite(source.score(read(catalog, [1, 2]), catalog)).all()
    bare = Catalog(4)
    source.fit(nothing, bare)
    assert source.score(read(bare, []), bare).shape == (1, 0)


def test_negative_and_nameless_events_teach_factors_nothing() -> None:
    catalog, events = two_subjects(), checkerboard()
    noise = columns([0, 3, 3], [7, 8, -1], [90.0, 91.0, 92.0], [-1.0, 0.0, 1.0])
    plain, noisy = fitted(als, catalog, events), fitted(als, catalog, Events.joined([events, noise]))
    np.testing.assert_array_equal(noisy.arrays()["factors"], plain.arrays()["factors"])


def test_als_trains_without_a_warning_where_blas_has_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    from threadpoolctl import threadpool_limits

    monkeypatch.setattr("implicit.utils._checked_blas_config", False)
    with threadpool_limits(2):
        fitted(als, two_subjects())


def test_nearest_are_of_the_same_block_and_as_sure_as_their_cosine() -> None:
    catalog = two_subjects()
    source = themes()
    source.fit(checkerboard(), catalog)
    items, sure = source.nearest(np.array([2, 9]), BLOCK - 1)
    assert sorted(items[0].tolist()) == [0, 1, 3, 4, 5]
    assert sorted(items[1].tolist()) == [6, 7, 8, 10, 11]
    loadings = np.asarray(source.arrays()["loadings"], np.float32)
    for row, item in enumerate((2, 9)):
        np.testing.assert_allclose(sure[row], loadings[items[row]] @ loadings[item], rtol=1e-5)
    assert (np.diff(sure, axis=1) <= 0).all()
    assert sure.min() >= 0
    assert sure.max() <= 1


def test_nearest_is_short_where_nothing_else_shares_a_theme() -> None:
    catalog = Catalog(3)
    catalog.extend([Item(id=name) for name in "abc"], np.array([[1, 0, 0], [1, 0, 0], [0, 0, 0]], np.float32))
    source = Themes(themes=1)
    source.fit(Events.joined([]), catalog)
    items, sure = source.nearest(np.array([0, 2]), 4)
    assert items.tolist() == [[1, -1, -1, -1], [-1, -1, -1, -1]]
    np.testing.assert_allclose(sure, [[1, 0, 0, 0], [0, 0, 0, 0]], atol=1e-6)
    assert source.blind(catalog).tolist() == [False, False, True]


def test_an_item_that_came_later_has_the_themes_of_its_text() -> None:
    catalog = two_subjects()
    source = themes()
    source.fit(checkerboard(), catalog)
    with pytest.raises(InvalidInput, match="items must be numbers below 12, got 12 to 12; score new ones first"):
        source.nearest(np.array([12]), 1)
    catalog.extend([Item(id="twin")], catalog.vectors[[8]])
    scores = source.score(read(catalog, [7]), catalog)[0]
    assert not source.blind(catalog).any()
    assert scores[12] == pytest.approx(scores[8], abs=1e-6)
    items, sure = source.nearest(np.array([12]), 1)
    assert (items.tolist(), sure[0, 0]) == ([[8]], pytest.approx(1, abs=1e-6))


def test_loadings_are_those_scikit_learn_gives_the_same_themes() -> None:
    from sklearn.decomposition import NMF

    catalog = catalog_of(30, np.random.default_rng(5))
    parts = np.concatenate([np.maximum(catalog.vectors, 0), np.maximum(-catalog.vectors, 0)], axis=1)
    source = Themes(themes=5, penalty=1e-3)
    source.fit(Events.joined([]), catalog)
    model = NMF(5, init="nndsvda", tol=0, max_iter=100, alpha_W=1e-3, random_state=0).fit(parts)
    expected = _unit(model.transform(parts))
    np.testing.assert_allclose(np.asarray(source.arrays()["loadings"], np.float32), expected, atol=1e-4)


@every
def test_a_missing_package_is_named_with_what_to_install(make: Callable[..., Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.interest.sources.factors.find_spec", lambda module: None)
    with pytest.raises(AssetError, match=r"pip install 'penchant\[compare\]'"):
        fitted(make, two_subjects())


def test_a_comparison_of_everything_leaves_out_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(module: str) -> ModuleSpec | None:
        return None if module in ("implicit", "sklearn") else ModuleSpec(module, None)

    assert chosen(None) == [*SYSTEMS, OURS, TUNED]
    monkeypatch.setattr("penchant.evaluate.systems.find_spec", without)
    monkeypatch.setattr("penchant.interest.sources.factors.find_spec", without)
    assert set(SYSTEMS) - set(chosen(None)) == {"als", "bpr", "nmf"}
    with pytest.raises(AssetError, match=r"pip install 'penchant\[compare\]'"):
        chosen(["markov", "nmf"])
