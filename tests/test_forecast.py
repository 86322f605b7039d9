from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalog import Catalog
from penchant.config import Training
from penchant.errors import InvalidInput
from penchant.evaluate.forecast import (
    HALF_LIVES,
    Made,
    Outlook,
    Past,
    Recipe,
    Score,
    consumed,
    everybody,
    forecast,
    learned,
    past,
    persistence,
    smoothing,
    unit,
)
from penchant.interest.sources import Evolving, Source
from penchant.interest.sources.sequence import Windowed
from penchant.interest.sources.source import Arrays
from penchant.types import DAY, F32, I64, Bool, Events, Interests, Item
from tests.worlds import catalog_of, columns, log_of

WEEK = 7 * DAY
SPANS = {"day": DAY, "week": WEEK}


def corners(items: int) -> Catalog:
    """Items at right angles to one another."""
    catalog = Catalog(items)
    catalog.extend([Item(id=f"i{n}") for n in range(items)], np.eye(items, dtype=np.float32))
    return catalog


class Planted:
    """A source that scores by a rule of the test's own and remembers what it was fitted on."""

    label, prior, stranger = "planted", 1.0, 0.0

    def __init__(self, name: str, rule: Callable[[Interests], F32], *, logarithmic: bool = True) -> None:
        self.name, self.rule, self.logarithmic = name, rule, logarithmic
        self.fitted: list[Events] = []

    def fit(self, events: Events, catalog: Catalog) -> None:
        self.fitted.append(events)

    def observe(self, events: Events) -> None: ...

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        return self.rule(interests)

    def blind(self, catalog: Catalog) -> Bool:
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        return {}

    def restore(self, arrays: Arrays) -> None: ...


def daily(people: int, days: int, item: Callable[[int, int], int]) -> Events:
    """Everybody takes one item a day: `item` of the person and the day, a little later in the day for each person."""
    rows = [(user, item(user, day), (day + (user + 1) / (people + 2)) * DAY) for user in range(people) for day in range(days)]
    user, items, time = zip(*rows, strict=True)
    return columns(list(user), list(items), list(time))


def foresee(events: Events, catalog: Catalog, sources: Sequence[Source] = (), spans: dict[str, float] = SPANS) -> list[Outlook]:
    return forecast(events, catalog, sources, np.random.default_rng(0), spans)


def score(outlook: Outlook, name: str) -> Score:
    return next(score for score in outlook.scores if score.name == name)


def reached(outlook: Outlook, name: str) -> float:
    return score(outlook, name).cosine.mean


def known(events: Events, catalog: Catalog, at: float) -> Past:
    return past(events, catalog, np.unique(events.user[events.time < at]), at)


def test_who_stays_is_foreseen_by_persistence_and_not_by_everybody() -> None:
    for outlook in foresee(daily(8, 100, lambda user, day: user % 4), corners(4)):
        assert reached(outlook, "persistence") == pytest.approx(1)
        assert reached(outlook, "smoothing") == pytest.approx(1)
        assert reached(outlook, "everybody") == pytest.approx(0.5, abs=0.05)  # the mean of four corners has cosine 1/2 with each
        assert score(outlook, "persistence, shrunk").recipe.shrink == score(outlook, "persistence, shrunk").recipe.prior == 0


def test_who_follows_the_crowd_is_foreseen_by_what_everybody_did_lately() -> None:
    """Every ten days, at the fifth, all turn to another item; half come daily, half on the first two days of ten."""
    crowd = daily(10, 100, lambda user, day: (day + 5) // 10 % 4)
    events = crowd.take((crowd.user < 5) | (crowd.time // DAY % 10 < 2))
    outlook = foresee(events, corners(4), spans={"four days": 4 * DAY})[0]
    assert outlook.people == 10
    assert reached(outlook, "everybody") > 0.95
    assert score(outlook, "everybody").recipe.setting in ("0.0417 d", "1 d")
    assert reached(outlook, "persistence") == pytest.approx(0.5)  # half were last seen with the item before
    assert reached(outlook, "persistence, shrunk") > 0.95


def test_a_week_of_one_and_a_week_of_the_other_defeats_what_has_no_clock() -> None:
    def clock(interests: Interests) -> F32:
        odd = (interests.at // WEEK % 2).astype(np.int64)
        return np.asarray(np.log(np.eye(2, dtype=np.float32)[odd] + np.float32(1e-6)), np.float32)

    events = daily(6, 140, lambda user, day: day // 7 % 2)  # the boundaries are where a week begins
    outlook = foresee(events, corners(2), [Planted("evolution", clock)], {"week": WEEK})[0]
    assert reached(outlook, "evolution") == pytest.approx(1)
    assert reached(outlook, "persistence") == pytest.approx(0)
    assert reached(outlook, "smoothing") == pytest.approx(0.5**0.5, abs=0.01)  # who knows no clock does best to bet on both
    assert outlook.scores[0].name.startswith("evolution")
    assert outlook.scores[0].gain is not None
    assert outlook.scores[0].gain.low > 0.25


def test_golden_cosines() -> None:
    """One person: item 0 four days and item 1 one day before t = 10 days; then 3 of item 0 and 4 of item 1."""
    events = columns([0, 0, 0, 0], [0, 1, 0, 1], [6 * DAY, 9 * DAY, 10.5 * DAY, 10.6 * DAY], [1, 1, 3, 4])
    catalog, at = corners(2), 10 * DAY
    truth = consumed(events, np.array([0]), catalog.vectors, at, at + DAY)
    np.testing.assert_allclose(truth, [[0.6, 0.8]], atol=1e-6)
    told = known(events, catalog, at)
    made = Made({"smoothing": {"x": unit(smoothing(told, DAY)["3 d"])}, "persistence": persistence(told, DAY)}, truth, np.ones(1))
    assert made.cosines(Recipe("persistence", ""))[0] == pytest.approx(0.8)  # item 1 alone is within a day
    assert made.cosines(Recipe("smoothing", "x"))[0] == pytest.approx(2.2 / np.sqrt(5))  # (1, 2): three days are one half-life
    longer = Made({"persistence": persistence(told, WEEK)}, truth, np.ones(1))
    assert longer.cosines(Recipe("persistence", ""))[0] == pytest.approx(1.4 / np.sqrt(2))  # both are within a week


def test_shrinking_trusts_a_person_by_their_events() -> None:
    own, all_ = np.array([[1, 0], [1, 0]], np.float32), np.array([[0, 1], [0, 1]], np.float32)
    made = Made({"own": {"": own}, "everybody": {"all": all_}}, own, np.array([30.0, 0.0]))
    # the first: .8 x 30 / 40 = .6 of their own, .4 of everybody's; nothing is known of the second
    cosines = made.cosines(Recipe("own", "", everybody="all", shrink=0.2, prior=10))
    np.testing.assert_allclose(cosines, [0.6 / np.hypot(0.6, 0.4), 0], atol=1e-6)


def test_mixing_takes_the_named_share_of_smoothing() -> None:
    made = Made(
        {"own": {"": np.array([[1, 0]], np.float32)}, "smoothing": {"x": np.array([[0, 1]], np.float32)}},
        np.array([[0, 1]], np.float32),
        np.ones(1),
    )
    assert made.cosines(Recipe("own", "", "x", 0.75))[0] == pytest.approx(0.75 / np.hypot(0.75, 0.25))


def test_who_did_nothing_in_the_span_before_is_foreseen_by_their_last_event() -> None:
    events = columns([0, 0, 1], [1, 0, 2], [1 * DAY, 2 * DAY, 3 * DAY])
    np.testing.assert_array_equal(persistence(known(events, corners(3), 30 * DAY), DAY)[""], np.eye(3)[[0, 2]])


def test_one_event_is_foreseen_to_come_again_however_long_ago() -> None:
    """Nothing fades to zero: a direction has no age."""
    told = known(columns([3, 8], [1, 0], [0.0, DAY]), corners(2), 5_000 * DAY)
    for found in (persistence(told, DAY), smoothing(told, DAY)):
        for rows in found.values():
            np.testing.assert_allclose(unit(rows), np.eye(2)[[1, 0]], atol=1e-6)


def test_what_weighs_nothing_or_names_nothing_is_not_consumed() -> None:
    events = columns([0, 0, 0], [0, 1, -1], [1.0, 2.0, 3.0], [1, -1, 1])
    np.testing.assert_array_equal(consumed(events, np.array([0]), np.eye(2, dtype=np.float32), 0.0, 9.0), [[1, 0]])
    assert not consumed(events, np.array([0]), np.eye(2, dtype=np.float32), 1.0, 9.0).any()
    np.testing.assert_array_equal(everybody(known(events, corners(2), 9.0), DAY)["inf d"], [[1, 0]])


def test_a_span_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    events, vectors = columns([0, 0, 0], [0, 1, 2], [1.0, 2.0, 3.0]), np.eye(3, dtype=np.float32)
    np.testing.assert_array_equal(consumed(events, np.array([0]), vectors, 1.0, 2.0), [[0, 1, 0]])


@given(st.integers(0, 2**32 - 1), st.floats(0, 10), st.floats(0, 10))
def test_consumed_is_the_mean_person_by_person(seed: int, since: float, length: float) -> None:
    rng = np.random.default_rng(seed)
    events, catalog = log_of(6, 9, 40, rng), catalog_of(9, rng)
    users, start, stop = np.array([0, 2, 5, 9]), since * DAY, (since + length) * DAY
    for user, row in zip(users, consumed(events, users, catalog.vectors, start, stop), strict=True):
        mine = (events.user == user) & (events.time > start) & (events.time <= stop)
        mean = (events.weight[mine, None] * catalog.vectors[events.item[mine]]).sum(axis=0)
        np.testing.assert_allclose(row, mean / max(float(np.linalg.norm(mean)), 1e-12), atol=1e-5)


def test_smoothing_forgets_by_half_in_a_half_life() -> None:
    events = columns([0, 0], [0, 1], [0.0, DAY])
    found = smoothing(known(events, corners(2), 2 * DAY), DAY)
    assert list(found) == [f"{half_life / DAY:.3g} d" for half_life in HALF_LIVES]
    np.testing.assert_allclose(found["1 d"], [[0.5, 1]], atol=1e-6)


def test_a_source_is_asked_for_the_middle_of_the_span() -> None:
    asked: list[Interests] = []

    def listening(interests: Interests) -> F32:
        asked.append(interests)
        return np.zeros((len(interests.at), 3), np.float32)

    events = columns([0, 4], [0, 1], [1 * DAY, 3 * DAY])
    learned(Planted("p", listening), known(events, corners(3), 5 * DAY), WEEK)
    assert asked[0].at.tolist() == [8.5 * DAY] * 2
    assert asked[0].away.tolist() == [7.5 * DAY, 5.5 * DAY]
    assert asked[0].ages[:, 0].tolist() == [7.5 * DAY, 5.5 * DAY]


def test_logarithms_of_odds_become_the_mean_of_items_by_their_odds() -> None:
    odds = np.array([[1, 3, 4]], np.float32)
    told = known(columns([0], [0], [0.0]), corners(3), DAY)
    found = learned(Planted("p", lambda interests: np.log(odds)), told, DAY)
    np.testing.assert_allclose(unit(found["1"]), odds / np.sqrt(26), atol=1e-6)
    np.testing.assert_allclose(unit(found["0.5"]), odds**2 / np.linalg.norm(odds**2), atol=1e-6)


def test_what_is_not_on_sale_is_not_foreseen() -> None:
    catalog = corners(3)
    catalog.extend([Item(id="i2", available_from=2 * DAY)], np.eye(3, dtype=np.float32)[[2]])
    told = known(columns([0], [0], [0.0]), catalog, DAY)
    found = learned(Planted("p", lambda interests: np.zeros((1, 3), np.float32)), told, WEEK)
    np.testing.assert_allclose(unit(found["1"]), [[0.5**0.5, 0.5**0.5, 0]], atol=1e-6)


def test_the_vector_behind_dot_products_is_found() -> None:
    rng = np.random.default_rng(0)
    catalog, vectors = catalog_of(30, rng), rng.standard_normal((2, 8)).astype(np.float32)
    told = known(columns([0, 1], [0, 1], [0.0, 1.0]), catalog, DAY)
    found = learned(Planted("p", lambda interests: vectors @ catalog.vectors.T, logarithmic=False), told, DAY)
    np.testing.assert_allclose(found[""], vectors, atol=1e-5)


def test_sources_are_fitted_on_what_was_before_each_boundary() -> None:
    events = daily(4, 100, lambda user, day: user)
    planted = Planted("p", lambda interests: np.zeros((len(interests.at), 4), np.float32))
    foresee(events, corners(4), [planted])
    first, second = np.quantile(events.time, [0.8, 0.9])
    assert [float(told.time.max()) for told in planted.fitted] == [
        events.time[events.time < boundary].max() for boundary in (first, second)
    ]


def test_what_comes_after_changes_no_forecast() -> None:
    rng = np.random.default_rng(1)
    events, catalog = log_of(12, 20, 600, rng), catalog_of(20, rng)
    at = 7.1 * DAY
    later = events.time > at
    changed = events._replace(item=np.where(later, rng.integers(0, 20, 600), events.item))
    users = np.unique(events.user[events.time < at])
    source = Planted("p", lambda interests: interests.vector[:, 3] @ catalog.vectors.T)
    for make in (persistence, smoothing, everybody, lambda told, span: learned(source, told, span)):
        once, again = (make(past(told, catalog, users, at), WEEK) for told in (events, changed))
        for setting in once:
            np.testing.assert_array_equal(once[setting], again[setting])


def test_what_comes_after_the_test_boundary_picks_nothing() -> None:
    rng = np.random.default_rng(2)
    events, catalog = log_of(12, 20, 900, rng), catalog_of(20, rng)
    later = events.time >= np.quantile(events.time, 0.9)
    changed = events._replace(item=np.where(later, rng.integers(0, 20, 900), events.item))
    once, again = (foresee(told, catalog, spans={"month": 30 * DAY})[0] for told in (events, changed))
    assert once.tuned < 30 * DAY  # the span is longer than what lies between the boundaries
    assert {score.name: score.recipe for score in once.scores} == {score.name: score.recipe for score in again.scores}
    assert [score.cosine for score in once.scores] != [score.cosine for score in again.scores]


def test_the_gain_is_over_the_best_system_without_the_evolution_model() -> None:
    rng = np.random.default_rng(3)
    events = daily(8, 100, lambda user, day: user % 4)
    never = Planted("evolution", lambda interests: rng.standard_normal((len(interests.at), 4)).astype(np.float32))
    outlook = foresee(events, corners(4), [never])[0]
    rivals = [score for score in outlook.scores if score.gain is None]
    assert len(rivals) == 1
    assert not rivals[0].name.startswith("evolution")
    for one in outlook.scores:
        if one.gain is not None:
            assert one.gain.mean == pytest.approx(one.cosine.mean - rivals[0].cosine.mean)


def test_an_outlook_says_how_much_of_its_span_was_there() -> None:
    outlook = foresee(daily(4, 100, lambda user, day: user), corners(4), spans={"quarter": 91 * DAY})[0]
    assert outlook.people == outlook.tuning == 4
    assert outlook.covered == pytest.approx(10 * DAY, abs=DAY)
    assert outlook.tuned == pytest.approx(10 * DAY, abs=DAY)


def test_a_span_in_which_nobody_comes_back_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="0 people came back within 60 s"):
        foresee(daily(4, 100, lambda user, day: user), corners(4), spans={"minute": 60.0})


def test_the_networks_take_part() -> None:
    rng = np.random.default_rng(4)
    events = daily(12, 30, lambda user, day: (user + day) % 6)
    small = Training(dim=8, heads=2, layers=1, epochs=1, minutes=None, window=16)
    squared = Training(dim=8, layers=1, epochs=1, minutes=None, window=16, loss="mse")
    sources: list[Source] = [Windowed("gru-mse", "gru", squared, repeat=True), Evolving(small, repeat=True)]
    outlook = foresee(events, catalog_of(6, rng), sources, {"week": WEEK})[0]
    names = {score.name for score in outlook.scores}
    assert {"gru-mse", "gru-mse, shrunk", "evolution + smoothing", "evolution + smoothing, shrunk"} <= names
    assert all(-1 <= score.cosine.low <= score.cosine.high <= 1 + 1e-6 for score in outlook.scores)
