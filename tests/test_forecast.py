from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalog import Catalog
from penchant.config import Fold, Training
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
from penchant.interest.walk import walk
from penchant.types import DAY, F32, I64, Bool, Events, Interests, Item
from tests.worlds import catalog_of, columns, log_of

WEEK = 7 * DAY
SPANS = {"day": DAY, "week": WEEK}


def catalog_at(vectors: F32) -> Catalog:
    """Items with these vectors (items, D)."""
    catalog = Catalog(vectors.shape[1])
    catalog.extend([Item(id=f"i{n}") for n in range(len(vectors))], vectors)
    return catalog


def corners(items: int) -> Catalog:
    """Items at right angles to one another."""
    return catalog_at(np.eye(items, dtype=np.float32))


class Planted:
    """A source that scores by a rule of the test's own and remembers what it was fitted on and asked."""

    label, prior, stranger = "planted", 1.0, 0.0

    def __init__(self, name: str, rule: Callable[[Interests], F32], *, logarithmic: bool = True) -> None:
        self.name, self.rule, self.logarithmic = name, rule, logarithmic
        self.fitted: list[Events] = []
        self.asked: list[Interests] = []

    def fit(self, events: Events, catalog: Catalog) -> None:
        self.fitted.append(events)

    def observe(self, events: Events) -> None: ...

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        self.asked.append(interests)
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


def clock(interests: Interests) -> F32:
    """Knows that people take item 1 every other week."""
    odd = (interests.at // WEEK % 2).astype(np.int64)
    return np.asarray(np.log(np.eye(2, dtype=np.float32)[odd] + np.float32(1e-6)), np.float32)


def weekly() -> Events:
    """A week of item 0, a week of item 1; the boundaries are where a week begins."""
    return daily(6, 140, lambda user, day: day // 7 % 2)


def test_a_week_of_one_and_a_week_of_the_other_defeats_what_has_no_clock() -> None:
    outlook = foresee(weekly(), corners(2), [Planted("evolution", clock)], {"week": WEEK})[0]
    assert reached(outlook, "evolution") == pytest.approx(1)
    assert reached(outlook, "persistence") == pytest.approx(0)
    assert reached(outlook, "smoothing") == pytest.approx(0.5**0.5, abs=0.01)  # who knows no clock does best to bet on both
    assert outlook.scores[0].name.startswith("evolution")
    assert outlook.scores[0].gain is not None
    assert outlook.scores[0].gain.low > 0.25


def test_who_drifts_steadily_is_foreseen_by_who_knows_the_pace() -> None:
    """Everybody turns by a degree a day, each from a place of their own: what was a week ago is seven degrees behind."""

    def pace(interests: Interests) -> F32:
        where = (np.where(interests.ages[:, :1] >= 0, interests.items[:, :1], 0) + np.round(interests.ages[:, :1] / DAY)) % 360
        return np.asarray(np.where(np.arange(360) == where, 0, -50), np.float32)

    angle = np.radians(np.arange(360))
    circle = catalog_at(np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32))
    events = daily(8, 140, lambda user, day: (45 * user + day) % 360)
    outlook = foresee(events, circle, [Planted("evolution", pace)], {"week": WEEK})[0]
    assert reached(outlook, "persistence") == pytest.approx(np.cos(np.radians(7)), abs=1e-3)
    assert reached(outlook, "evolution") == pytest.approx(1, abs=1e-3)
    assert outlook.scores[0].recipe.forecaster == "evolution"
    assert score(outlook, "evolution + smoothing, shrunk").recipe.share == 0
    assert score(outlook, "evolution + smoothing, shrunk").recipe.shrink == 0


def test_who_knows_nothing_is_mixed_away() -> None:
    """Whoever is no help has no share: a mixture may come down to smoothing alone."""
    rng = np.random.default_rng(0)
    blind = Planted("blind", lambda interests: rng.standard_normal((len(interests.at), 4)).astype(np.float32))
    wavering = daily(8, 100, lambda user, day: (user if day % 2 else day // 2) % 4)  # true to one item every other day
    outlook = foresee(wavering, corners(4), [blind], {"four days": 4 * DAY})[0]
    mixed, smooth = score(outlook, "blind + smoothing").recipe, score(outlook, "smoothing").recipe
    assert (mixed.share, mixed.smoothing) == (1, smooth.setting)
    assert smooth.setting not in ("0.0417 d", "1 d")  # a long memory is best
    assert reached(outlook, "blind + smoothing") == pytest.approx(reached(outlook, "smoothing"))


def test_all_have_the_same_mixtures() -> None:
    planted = [
        Planted(name, lambda interests: np.zeros((len(interests.at), 4), np.float32), logarithmic=name == "evolution")
        for name in ("evolution", "rival")
    ]
    outlook = foresee(daily(8, 100, lambda user, day: user % 4), corners(4), planted)[0]
    systems = {score.name for score in outlook.scores}
    for name in ("persistence", "smoothing", "evolution", "rival"):
        assert {name, f"{name}, shrunk", f"{name} + smoothing", f"{name} + smoothing, shrunk"} <= systems
    assert len(systems) == 4 * 4 + 1


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
    assert all((np.linalg.norm(unit(rows), axis=1) > 0.999).all() for rows in everybody(told, DAY).values())


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
    """It reads what it would read if it were asked then, and nothing had happened."""
    rng = np.random.default_rng(5)
    events, catalog = log_of(6, 9, 60, rng), catalog_of(9, rng)
    told, source = known(events, catalog, 8 * DAY), Planted("p", lambda interests: np.zeros((len(interests.at), 9), np.float32))
    learned(source, told, WEEK)
    before = events.take(events.time < 8 * DAY)
    length = np.bincount(before.user)[told.users]
    then = walk(before, told.users, np.full(len(told.users), 11.5 * DAY), length, catalog.vectors, Fold(HALF_LIVES, 200))
    for name in then._fields:
        np.testing.assert_allclose(getattr(source.asked[0], name), getattr(then, name), rtol=1e-4, atol=1e-30, err_msg=name)


def test_logarithms_of_odds_become_the_mean_of_items_by_their_odds() -> None:
    odds = np.array([[1, 3, 4]], np.float32)
    told = known(columns([0], [0], [0.0]), corners(3), DAY)
    found = learned(Planted("p", lambda interests: np.log(odds)), told, DAY)
    np.testing.assert_allclose(unit(found["1"]), odds / np.sqrt(26), atol=1e-6)
    np.testing.assert_allclose(unit(found["0.5"]), odds**2 / np.linalg.norm(odds**2), atol=1e-6)


def test_great_odds_overflow_nowhere() -> None:
    told = known(columns([0], [0], [0.0]), corners(3), DAY)
    for rows in learned(Planted("p", lambda interests: np.array([[-1e30, 1e30, 1e30]], np.float32)), told, DAY).values():
        np.testing.assert_allclose(unit(rows), [[0, 0.5**0.5, 0.5**0.5]], atol=1e-6)


def test_many_are_scored_in_blocks() -> None:
    rng = np.random.default_rng(0)
    events, catalog = log_of(600, 9, 2000, rng), catalog_of(9, rng)
    told = known(events, catalog, 8 * DAY)
    for logarithmic in (False, True):
        source = Planted("p", lambda interests: interests.vector[:, 6] @ catalog.vectors.T, logarithmic=logarithmic)
        found = learned(source, told, WEEK)
        assert max(len(asked.at) for asked in source.asked) < len(told.users) == sum(len(asked.at) for asked in source.asked)
        some = known(events.take(events.user >= 400), catalog, 8 * DAY)
        for setting, rows in learned(source, some, WEEK).items():
            np.testing.assert_allclose(found[setting][-len(rows) :], rows, atol=1e-5)


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


def test_items_in_a_plane_give_no_vector_beside_it() -> None:
    """Along what no item varies in, dot products say nothing but rounding."""
    rng = np.random.default_rng(0)
    plane, vector = rng.standard_normal((2, 8)), rng.standard_normal((1, 2))
    catalog = catalog_at(unit(rng.standard_normal((30, 2)) @ plane))
    right = (vector @ plane).astype(np.float32)
    source = Planted("p", lambda interests: right @ catalog.vectors.T, logarithmic=False)
    told = known(columns([0], [0], [0.0]), catalog, DAY)
    np.testing.assert_allclose(learned(source, told, DAY)[""], right, atol=1e-4)


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
    """Nor is anything of it fitted on, or asked with."""
    rng = np.random.default_rng(2)
    events, catalog = log_of(12, 20, 900, rng), catalog_of(20, rng)
    later = events.time >= np.quantile(events.time, 0.9)
    item, weight = rng.integers(0, 20, 900), rng.uniform(0.5, 2, 900).astype(np.float32)
    changed = events._replace(item=np.where(later, item, events.item), weight=np.where(later, weight, events.weight))
    sources = [Planted("p", lambda interests: interests.vector[:, 3] @ catalog.vectors.T) for _ in range(2)]
    once, again = (
        foresee(told, catalog, [source], {"month": 30 * DAY})[0] for told, source in zip((events, changed), sources, strict=True)
    )
    first, second = ([column for told in (*source.fitted, *source.asked) for column in told] for source in sources)
    for column, same in zip(first, second, strict=True):
        np.testing.assert_array_equal(column, same)
    assert once.tuned < 30 * DAY  # the span is longer than what lies between the boundaries
    assert {score.name: score.recipe for score in once.scores} == {score.name: score.recipe for score in again.scores}
    assert [score.cosine for score in once.scores] != [score.cosine for score in again.scores]


def test_what_happens_at_the_boundary_itself_is_neither_known_nor_judged() -> None:
    """All come at noon, and so are both boundaries."""
    noon = daily(6, 101, lambda user, day: user % 2)
    noon = noon._replace(time=noon.time // DAY * DAY + DAY / 2)
    at = np.isin(noon.time, np.quantile(noon.time, [0.8, 0.9]))
    assert at.sum() == 12
    odd = noon._replace(item=np.where(at, 2, noon.item))
    planted = Planted("p", lambda interests: np.zeros((len(interests.at), 3), np.float32))
    outlook = foresee(odd, corners(3), [planted], {"day": 1.5 * DAY})[0]
    assert reached(outlook, "persistence") == pytest.approx(1)
    assert (planted.fitted[0].item < 2).all()
    assert planted.asked[0].items.max() < 2


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


def test_a_rival_may_speak_in_odds_too() -> None:
    outlook = foresee(weekly(), corners(2), [Planted("gru", clock)], {"week": WEEK})[0]
    assert next(score for score in outlook.scores if score.gain is None).name == "gru"


def test_an_outlook_says_how_much_of_its_span_was_there() -> None:
    outlook = foresee(daily(4, 100, lambda user, day: user), corners(4), spans={"quarter": 91 * DAY})[0]
    assert outlook.people == outlook.tuning == 4
    assert outlook.covered == pytest.approx(10 * DAY, abs=DAY)
    assert outlook.tuned == pytest.approx(10 * DAY, abs=DAY)


def test_a_span_in_which_nobody_comes_back_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="0 people came back within a minute of 6891840 s; give more people, or a longer span"):
        foresee(daily(4, 100, lambda user, day: user), corners(4), spans={"minute": 60.0})


def test_a_log_without_events_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="no events to forecast from; give at least two people's histories"):
        foresee(columns([], [], []), corners(2))


def test_who_consumed_nothing_cannot_be_asked_about() -> None:
    events = columns([0, 1, 2], [0, -1, 1], [1.0, 1.0, 9.0])
    with pytest.raises(InvalidInput, match="2 of 3 people consumed nothing before 5 s; ask about those who did"):
        past(events, corners(2), np.array([0, 1, 2]), 5.0)


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
