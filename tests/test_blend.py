import numpy as np
import pytest

from penchant.catalog import Catalog
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest import transitions
from penchant.interest.sources import Content, ItemToItem, Popularity, Source
from penchant.interest.walk import walk
from penchant.rank import learn as learning
from penchant.rank.blend import Blend, context, standardise
from penchant.types import DAY, Events, Interests
from tests.worlds import FOLD, catalog_of, columns, log_of


def followers(people: int, rng: np.random.Generator) -> tuple[Events, Catalog]:
    """Everybody goes round the circle of twelve items from a random start: what comes next is certain."""
    start = rng.integers(0, 12, people)
    user = np.repeat(np.arange(people), 6)
    item = (np.repeat(start, 6) + np.tile(np.arange(6), people)) % 12
    time = np.repeat(np.sort(rng.random(people)) * 100 * DAY, 6) + np.tile(np.arange(6), people) * 60.0
    return columns(user.tolist(), item.tolist(), time.tolist()), catalog_of(12, rng)


def read_of(events: Events, catalog: Catalog) -> Interests:
    users, prefix = np.unique(events.user, return_counts=True)
    return walk(events, users, np.full(len(users), events.time.max() + 1), prefix, catalog.vectors, FOLD)


def test_scores_of_every_source_come_to_one_scale() -> None:
    scores = np.random.default_rng(0).exponential(size=(3, 5, 40)).astype(np.float32) * 1000
    standard = standardise(scores)
    np.testing.assert_allclose(standard.mean(axis=2), 0, atol=1e-5)
    np.testing.assert_allclose(standard.std(axis=2), 1, rtol=1e-4)
    assert (np.argsort(standard[0, 0]) == np.argsort(scores[0, 0])).all()


def test_a_source_without_an_opinion_has_no_say() -> None:
    assert not standardise(np.full((2, 1, 5), 3.0, np.float32)).any()


def test_the_blend_learns_which_source_is_right() -> None:
    rng = np.random.default_rng(0)
    events, catalog = followers(300, rng)
    blend = learning.learn(
        events, catalog, [ItemToItem("markov", transitions.markov), Popularity("popular", np.inf)], FOLD, repeat=False, rng=rng
    )
    read = read_of(events, catalog)
    weights = context(read) @ blend.weights.T
    assert (weights[:, 0] > 3 * np.abs(weights[:, 1])).all()
    assert (blend.score(read, catalog).scores.argmax(axis=1) == (read.items[:, 0] + 1) % 12).mean() > 0.95


def test_a_fit_lowers_the_cross_entropy_of_what_came_next() -> None:
    rng = np.random.default_rng(1)
    events, catalog = followers(200, rng)
    sources: list[Source] = [ItemToItem("markov", transitions.markov), Content("content", DAY, FOLD.half_lives)]
    for source in sources:
        source.fit(events, catalog)
    users = np.arange(200)
    asked = walk(events, users, events.time[5::6], np.full(200, 5), catalog.vectors, FOLD)
    targets = events.item[5::6]

    def entropy(blend: Blend) -> float:
        scores = blend.score(asked, catalog).scores.astype(float)
        return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[users, targets]))

    blend = Blend(sources, penalty=0.0)
    before = entropy(blend)
    blend.fit(asked, list(targets[:, None]), np.zeros((200, 12), bool), catalog, rng=rng)
    least, fitted = entropy(blend), blend.weights
    assert least < before
    for step in np.random.default_rng(2).standard_normal((10, *fitted.shape)) * 0.05:
        blend.weights = fitted + step
        assert entropy(blend) >= least - 1e-4  # the loss is convex: nothing near the minimum is lower


def test_hidden_items_do_not_count_against_the_one_consumed() -> None:
    rng = np.random.default_rng(1)
    events, catalog = followers(60, rng)
    source = Popularity("popular", np.inf)
    source.fit(columns([0] * 6, [0, 0, 0, 0, 1, 1], list(range(6))), catalog)  # item 0 first, item 1 second
    asked = walk(events, np.arange(60), events.time[5::6], np.full(60, 5), catalog.vectors, FOLD)
    hidden = np.zeros((60, 12), bool)
    hidden[:, 0] = True
    shown, unshown = Blend([source]), Blend([source])
    shown.fit(asked, list(np.ones((60, 1), np.int64)), np.zeros((60, 12), bool), catalog, rng=rng)
    unshown.fit(asked, list(np.ones((60, 1), np.int64)), hidden, catalog, rng=rng)
    assert (context(asked) @ unshown.weights.T).mean() > (context(asked) @ shown.weights.T).mean()


def test_a_blend_needs_requests_to_learn_from() -> None:
    events, catalog = followers(3, np.random.default_rng(0))
    read = read_of(events, catalog).take(slice(0, 0))
    with pytest.raises(InvalidInput, match="at least one validation request"):
        Blend([]).fit(read, [], np.zeros((0, 12), bool), catalog, rng=np.random.default_rng(0))


def test_parameters_come_back_and_those_of_other_sources_are_refused() -> None:
    rng = np.random.default_rng(0)
    events, catalog = followers(40, rng)
    sources: list[Source] = [ItemToItem("markov", transitions.markov), Popularity("popular", DAY)]
    blend = learning.learn(events, catalog, sources, FOLD, repeat=False, rng=rng)
    again = Blend([ItemToItem("markov", transitions.markov), Popularity("popular", DAY)])
    again.restore(blend.arrays())
    read = read_of(events, catalog)
    assert np.array_equal(again.score(read, catalog).scores, blend.score(read, catalog).scores)
    with pytest.raises(FingerprintMismatch, match="fit again"):
        Blend(sources[:1]).restore(blend.arrays())


def test_what_is_asked_in_words_adds_a_part_of_its_own() -> None:
    events, catalog = followers(40, np.random.default_rng(0))
    read, blend = read_of(events, catalog), Blend([])
    scored = blend.score(read, catalog, standardise(catalog.vectors[[7] * 40] @ catalog.vectors.T))
    assert scored.parts.shape == (1, 40, 12)
    assert (scored.scores.argmax(axis=1) == 7).all()


def test_requests_for_learning_know_only_what_was_strictly_earlier() -> None:
    rng = np.random.default_rng(0)
    events = log_of(20, 9, 400, rng)
    asked = learning.recent(events, 6 * DAY, repeat=True, rng=rng)
    assert len(asked.user) > 50
    for user, at, prefix, _ in zip(*asked, strict=True):
        times = events.time[events.user == user]
        assert prefix == (times < at).sum()
        assert at in times


def test_somebody_who_comes_back_is_asked_for_the_visit_and_others_for_the_moment() -> None:
    hour = 3600.0
    times = [0, 5 * hour, 5 * hour, 9 * hour, DAY, DAY, DAY + hour, 3 * DAY]
    events = columns([0] * 8, [0, 1, 2, 3, 4, 5, 6, 7], times, [1, 1, 1, 1, 1, 0, 1, 1])
    asked = learning.recent(events, hour, repeat=True, rng=np.random.default_rng(0), returns=None)
    found = {at / hour: targets.tolist() for at, targets in zip(asked.at.tolist(), asked.targets, strict=True)}
    assert found == {5: [1, 2], 9: [3], 24: [4, 6], 25: [6], 72: [7]}


def test_a_request_for_two_items_weighs_like_one_for_each() -> None:
    rng = np.random.default_rng(0)
    events, catalog = followers(40, rng)
    sources: list[Source] = [ItemToItem("markov", transitions.markov), Popularity("popular", DAY)]
    for source in sources:
        source.fit(events, catalog)
    read, hidden = read_of(events, catalog), np.zeros((40, 12), bool)
    both, each = Blend(sources, penalty=1e-3), Blend(sources, penalty=2e-3)
    pairs = [rng.permutation(12)[:2] for _ in range(40)]
    both.fit(read, pairs, hidden, catalog, rng=rng)
    twice = read.take(np.repeat(np.arange(40), 2))
    each.fit(twice, [item[None] for pair in pairs for item in pair], np.repeat(hidden, 2, axis=0), catalog, rng=rng)
    np.testing.assert_allclose(both.weights, each.weights, atol=1e-4)


def test_only_first_encounters_are_asked_for_where_people_do_not_come_back() -> None:
    rng = np.random.default_rng(0)
    events = log_of(20, 9, 400, rng)
    asked = learning.recent(events, 2 * DAY, repeat=False, rng=rng)
    for user, _, prefix, targets in zip(*asked, strict=True):
        assert not np.isin(targets, events.item[events.user == user][:prefix]).any()


def test_a_log_tells_whether_people_come_back() -> None:
    days = [0, DAY, 2 * DAY, 3 * DAY]
    assert learning.comes_back(columns([0, 0, 0, 0], [1, 1, 1, 2], days))
    assert not learning.comes_back(columns([0, 0, 1, 1], [1, 2, 1, 2], days))
    assert not learning.comes_back(columns([0, 0, 0, 0], [1, 1, 2, 2], [0, 60, DAY, DAY + 60]))  # looked at, then bought
    assert not learning.comes_back(columns([0, 0, 0, 0], [1, 1, 1, 1], days, [0, 0, 0, 1]))  # only shown
    assert not learning.comes_back(columns([0, 0], [-1, -1], [0, 1]))


def test_popularity_is_weighed_as_fresh_as_it_will_be_served() -> None:
    rng = np.random.default_rng(0)
    catalog = catalog_of(30, rng)
    day = np.sort(rng.integers(0, 60, 3000))
    item = np.where(rng.random(3000) < 0.7, day % 30, rng.integers(0, 30, 3000))  # every day has its item
    user = rng.integers(0, 300, 3000)
    events = columns(user.tolist(), item.tolist(), (day * DAY + rng.random(3000) * DAY).tolist())
    events = events.take(np.lexsort((events.time, events.user)))
    lately, ever = Popularity("lately", DAY / 4), Popularity("ever", np.inf)
    blend = learning.learn(events, catalog, [lately, ever], FOLD, repeat=True, rng=rng)
    typical = (context(read_of(events, catalog)) @ blend.weights.T).mean(axis=0)
    assert typical[0] > 0.3 > typical[1]
