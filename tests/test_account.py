import numpy as np
import pytest

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.interest.account import Account, account, nearest
from penchant.interest.parts import about, facets
from penchant.interest.people import People
from penchant.interest.topics import Topics
from penchant.types import DAY, Events, Item
from tests.worlds import columns

FOLD = Fold(half_lives=(3600.0, 7 * DAY, 365 * DAY), window=9)


def catalog() -> Catalog:
    catalog = Catalog(3)
    items = [
        Item(id="a", categories=("科幻",)),
        Item(id="b", categories=("Drama", "科幻")),
        Item(id="c", categories=("Drama",)),
        Item(id="d"),
    ]
    vectors = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    catalog.extend(items, vectors)
    return catalog


def account_of(events: Events, at: float) -> Account:
    items = catalog()
    known = events.take(events.time <= at)
    read, _ = People(FOLD, 3).imagine(known, items.vectors, at)
    ids = [f"e{n}" for n in range(len(known.user))]
    parts, named = about(known, items, Topics.none(3))
    return account("ann", at, ids, known, parts, named, facets(known, items), nearest(read, items, FOLD))


def test_strength_share_and_trend_are_what_they_say() -> None:
    at = 30 * DAY
    told = account_of(columns([0, 0], [0, 2], [0.0, 30 * DAY]), at)
    drama, fiction = told.interests
    assert (drama.label, fiction.label) == ("Drama", "科幻")
    assert drama.strength == pytest.approx(1.0)
    assert fiction.strength == pytest.approx(0.5)  # one half-life of 30 days ago
    usual = 1 / (1 + 2 ** (-30 / 365))  # its part of the year
    assert drama.share == pytest.approx((1 + 3 * usual) / (1.5 + 3))
    assert drama.trend == pytest.approx(np.log2((1 + 3 * usual) / (1 + 2 ** (-30 / 7) + 3) / usual))
    assert (fiction.since, fiction.last_seen, fiction.evidence) == (0.0, 0.0, ("e0",))


def test_an_event_is_shared_among_the_categories_of_its_item() -> None:
    told = account_of(columns([0], [1], [0.0]), 0.0)
    assert {interest.label: interest.strength for interest in told.interests} == {"Drama": 0.5, "科幻": 0.5}
    assert sum(interest.share for interest in told.interests) == pytest.approx(1)


def test_items_without_categories_count_as_unknown() -> None:
    assert account_of(columns([0], [3], [0.0]), 0.0).interests[0].id == "category:unknown"


@pytest.mark.parametrize(
    ("days", "items", "at", "status"),
    [
        ([0, 1], [2, 2], 1, "trial"),
        ([0, 1, 2], [2, 2, 2], 2, "active"),
        ([0, 1, 2], [2, 2, 2], 100, "dormant"),
        ([0, 1, 2, 40, 41, 42, 43, 44], [2, 2, 2, 0, 0, 0, 0, 0], 44, "fading"),
    ],
)
def test_a_status_follows_from_silence_number_and_trend(days: list[int], items: list[int], at: int, status: str) -> None:
    told = account_of(columns([0] * len(days), items, [day * DAY for day in days]), at * DAY)
    assert next(interest for interest in told.interests if interest.label == "Drama").status == status


def test_one_click_after_a_year_of_silence_does_not_rewrite_who_somebody_is() -> None:
    times = [*(day * DAY for day in range(20)), 400 * DAY]
    told = account_of(columns([0] * 21, [2] * 20 + [0], times), 400 * DAY)
    drama = next(interest for interest in told.interests if interest.label == "Drama")
    assert drama.share > 0.65
    assert drama.status == "dormant"
    assert drama.trend == 0
    assert drama.horizon == "long"


def test_a_return_after_months_is_a_revival_for_as_long_as_a_silence_would_end_it() -> None:
    def status(at: int) -> str:
        told = account_of(columns([0] * 4, [2] * 4, [0.0, DAY, 2 * DAY, 200 * DAY]), at * DAY)
        return told.interests[0].status

    assert [status(at) for at in (50, 150, 201, 289, 300)] == ["active", "dormant", "revived", "revived", "dormant"]


def test_confidence_grows_with_the_events_of_the_year() -> None:
    few, many = (account_of(columns([0] * n, [2] * n, [0.0] * n), 0.0).interests[0].confidence for n in (1, 9))
    assert (few, many) == (0.25, 0.75)


def test_an_interest_of_the_weekend_nights_says_so() -> None:
    saturdays = [(2 + 7 * week) * DAY + 3600 for week in range(8)]  # 1970-01-03 was a Saturday
    mornings = [(4 + 7 * week) * DAY + 9 * 3600 for week in range(16)]  # a Monday
    times = sorted([*saturdays, *mornings])
    told = account_of(columns([0] * 24, [2 if time in saturdays else 0 for time in times], times), 120 * DAY)
    drama, fiction = sorted(told.interests, key=lambda interest: interest.label)
    assert (drama.when, fiction.when) == ("weekend nights", "weekday mornings")
    assert [each.value for each in told.facets["weekday"]] == ["Monday", "Saturday"]


def test_a_horizon_is_the_shortest_that_holds_half_of_the_mass() -> None:
    session = account_of(columns([0, 0], [0, 0], [0.0, 60.0]), 60.0)
    week = account_of(columns([0, 0], [0, 0], [0.0, DAY]), 2 * DAY)
    assert (session.interests[0].horizon, week.interests[0].horizon) == ("session", "short")


def test_dislikes_lower_an_interest_but_never_below_nothing() -> None:
    told = account_of(columns([0, 0], [0, 2], [0.0, 0.0], [-1.0, 1.0]), 0.0)
    shares = {interest.label: interest.share for interest in told.interests}
    assert shares == {"Drama": 1.0, "科幻": 0.0}
    assert told.interests[1].trend == 0


def test_the_nearest_items_follow_the_horizon() -> None:
    told = account_of(columns([0] * 6, [2] * 5 + [3], [*(day * DAY for day in range(5)), 300 * DAY]), 300 * DAY)
    assert told.nearest["session"][0].item == "d"
    assert told.nearest["long"][0].item == "c"
    assert told.nearest["long"][0].similarity == pytest.approx(5 / np.sqrt(25 + 2 ** (2 * 298 / 365)), abs=0.02)


def test_somebody_without_events_has_an_empty_account() -> None:
    told = account_of(columns([], [], []), 1e9)
    assert told.interests == ()
    assert all(near == () for near in told.nearest.values())
