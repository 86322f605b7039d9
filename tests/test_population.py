"""What everybody does: trends, flows and cohorts, from panels made by hand to the command line and HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from scipy import sparse

from penchant.cli.app import run
from penchant.config import Config
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.events import Log
from penchant.interest.controls import Change
from penchant.serve import create_app
from penchant.shift.cohorts import OTHERS, came_for, cohorts, wilson
from penchant.shift.floor import withheld
from penchant.shift.flows import Flows, flows, moves, settled
from penchant.shift.population import Crowd, Panel, Subjects, Tallies, subjects, tallied
from penchant.shift.trends import YEAR, changed, false_discoveries, trends
from penchant.shift.watch import Topic
from penchant.types import DAY, F64, Event, Item

NAMES = ("tea", "coffee", "cocoa", "juice")
ABOUT = Subjects(tuple(Topic(name, name.title()) for name in NAMES), sparse.csr_array(np.eye(4, dtype=np.float32)))
START = 19_000 * DAY  # epoch seconds, a midnight


def panel(rows: list[tuple[int, int, float]]) -> Panel:
    """From (user, item, day) in any order."""
    user, item, day = (np.array(column) for column in zip(*rows, strict=True))
    order = np.lexsort((day, user))
    return Panel(user.astype(np.int64)[order], item.astype(np.int64)[order], START + day.astype(float)[order] * DAY)


def crowd_of(people: int, before: list[float], after: list[float], rng: np.random.Generator, events: int = 12) -> Panel:
    """People whose tastes vary about one mix in the first 28 days and about another in the next."""
    drawn = [rng.dirichlet(np.array(mix) * 4, people) for mix in (before, after)]
    items = [[rng.choice(4, events, p=own) for own in tastes] for tastes in drawn]
    days = rng.uniform(0, 28, (2, people, events)) + np.array([0, 28])[:, None, None]
    user = np.broadcast_to(np.repeat(np.arange(people), events), (2, people * events)).ravel()
    order = np.lexsort((days.ravel(), user))
    return Panel(user[order], np.array(items).ravel()[order], START + days.ravel()[order] * DAY)


# Trends


def test_a_change_of_shares_is_told_with_its_people_and_ratio() -> None:
    rows = [(person, int(n >= 3), 28.5 + n / 10) for person in range(20) for n in range(4 + person % 3)]
    rows += [(person, int(n >= 2), 0.5 + n / 10) for person in range(20) for n in range(4 + person % 2)]
    told = trends(panel(rows), ABOUT, START + 56 * DAY, floor=10)
    assert (told.people, told.people_before, told.left_out) == (20, 20, 2)
    tea = next(one for one in told.trends if one.id == "tea")
    # 60 of 99 events are tea after, 40 of 90 before
    assert tea.share == pytest.approx(60 / 99)
    assert tea.share_before == pytest.approx(40 / 90)
    assert tea.ratio == pytest.approx(60 / 99 * 90 / 40)
    assert tea.ratio is not None
    assert tea.low is not None
    assert tea.high is not None
    assert tea.low < tea.ratio < tea.high
    assert (tea.people, tea.people_before) == (20, 20)
    assert tea.direction == "rising"
    assert [one.direction for one in told.trends] == ["rising", "fading"]


def test_a_planted_trend_is_found_and_the_rest_is_steady() -> None:
    told = trends(
        crowd_of(300, [0.1, 0.3, 0.3, 0.3], [0.22, 0.26, 0.26, 0.26], np.random.default_rng(0)), ABOUT, START + 56 * DAY, floor=10
    )
    first = told.trends[0]
    assert (first.id, first.direction) == ("tea", "rising")
    assert first.q is not None
    assert first.q < 0.001
    assert first.low is not None
    assert first.low > 1


def test_without_a_trend_few_worlds_have_any() -> None:
    found = 0
    for seed in range(60):
        told = trends(crowd_of(60, [0.25] * 4, [0.25] * 4, np.random.default_rng(seed)), ABOUT, START + 56 * DAY, floor=10)
        found += any(one.direction != "steady" for one in told.trends)
    assert found <= 8  # 3 are expected; nine or more have a probability below 0.4%


def test_one_person_of_many_events_is_no_trend() -> None:
    rows = [(person, item, day) for person in range(30) for item in range(4) for day in (1.0, 30.0)]
    rows += [(99, 0, 40 + n / 100) for n in range(500)]
    assert {one.direction for one in trends(panel(rows), ABOUT, START + 56 * DAY, floor=10).trends} == {"steady"}


def test_what_moved_alike_a_year_before_is_seasonal_and_what_did_not_is_not() -> None:
    rng = np.random.default_rng(5)
    now = crowd_of(150, [0.1, 0.3, 0.3, 0.3], [0.4, 0.2, 0.2, 0.2], rng)
    then, other = (crowd_of(150, [0.1, 0.3, 0.3, 0.3], mix, rng) for mix in ([0.46, 0.18, 0.18, 0.18], [0.1, 0.3, 0.3, 0.3]))
    early = panel([(500, 0, -YEAR / DAY)])
    for before, seasonal in ((then, True), (other, False)):
        past = Panel(before.user + 200, before.item, before.time - YEAR)
        whole = Panel._make(np.concatenate(columns) for columns in zip(now, past, early, strict=True))
        order = np.lexsort((whole.time, whole.user))
        tea = trends(whole.take(order), ABOUT, START + 56 * DAY, floor=10).trends[0]
        assert (tea.id, tea.direction, tea.seasonal) == ("tea", "rising", seasonal)
    alone = trends(now, ABOUT, START + 56 * DAY, floor=10).trends[0]
    assert (alone.seasonal, alone.ratio_last_year) == (None, None)


def test_what_was_withheld_a_year_before_is_not_told_by_its_ratio() -> None:
    """Cocoa had 4 people then, so that another share is withheld beside it, though that is of enough people."""
    rows = [(person, item, day + back) for person in range(30) for item in (0, 1, 2) for day in (1.0, 30.0) for back in (0, -364)]
    rows = [row for row in rows if row[1] != 2 or row[2] != 30.0 - 364 or row[0] < 4] + [(99, 0, -800.0)]
    then, now = (
        {one.id: one for one in trends(panel(rows), ABOUT, START + (56 + back) * DAY, floor=10).trends} for back in (-364, 0)
    )
    hidden = [id for id, one in then.items() if one.share is None]
    assert len(hidden) == 2
    assert [now[id].ratio_last_year for id in hidden] == [None, None]
    assert sum(one.ratio_last_year is not None for one in now.values()) == 1


def test_flows_of_a_log_that_begins_with_the_epoch_have_a_period(engine: Engine) -> None:
    assert engine.flows(until=30 * DAY).since == 0
    with pytest.raises(InvalidInput, match="until must be epoch seconds"):
        engine.flows(until=float("nan"))


def test_the_interval_of_a_ratio_excludes_one_exactly_where_the_difference_is_beyond_chance() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        masses = [sparse.csr_array(rng.gamma(0.3, 1, (25, 5)).astype(np.float32)) for _ in range(2)]
        told = changed(Tallies(np.arange(25), tuple(masses)), 0)
        outside = (told.low > 1) | (told.high < 1)
        assert (outside == (told.p < 0.05)).all()


def test_a_rate_of_false_discoveries_is_that_of_benjamini_and_hochberg() -> None:
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205])  # their step: reject the k least with p_(k) <= k q / m
    for rate in (0.01, 0.05, 0.1, 0.2):
        most = max((k for k in range(1, 9) if np.sort(p)[k - 1] <= k * rate / 8), default=0)
        assert (false_discoveries(p) <= rate).sum() == most


def test_nothing_is_told_of_too_few_people_and_nothing_compared_with_nobody() -> None:
    few = crowd_of(9, [0.25] * 4, [0.25] * 4, np.random.default_rng(0))
    assert trends(few, ABOUT, START + 56 * DAY, floor=10).people is None
    assert trends(few, ABOUT, START + 56 * DAY, floor=10).trends == ()
    told = trends(few, ABOUT, START + 28 * DAY, floor=5)
    assert (told.people, told.people_before) == (9, None)
    assert {(one.direction, one.ratio, one.share_before) for one in told.trends} == {(None, None, None)}


@pytest.mark.parametrize("window", [0.0, -DAY, DAY / 2, 1.5 * DAY, 2_000 * DAY, float("nan"), float("inf")])
def test_a_window_is_whole_days(window: float) -> None:
    with pytest.raises(InvalidInput, match=r"window must be 1 to 1,830 whole days, got .* \(P28D is four weeks\)"):
        trends(panel([(0, 0, 0.0)]), ABOUT, START, window, floor=1)


def test_times_that_are_none_are_refused() -> None:
    told = panel([(0, 0, 0.0)])
    with pytest.raises(InvalidInput, match="at must be epoch seconds between 1970 and the year 4000, got nan"):
        cohorts(told, ABOUT, float("nan"), floor=1)
    with pytest.raises(InvalidInput, match="since must be epoch seconds"):
        flows(told, ABOUT, -1.0, START, floor=1)
    with pytest.raises(InvalidInput, match="until must be 1 to 1,830 days after since, got 0 days"):
        flows(told, ABOUT, START, START + 3600, floor=1)


# Flows


def joined(before: F64, after: F64) -> Panel:
    """A panel in which person p has before[p, item] events half a day before START and after[p, item] half a day later."""
    columns = []
    for mix, day in ((before, -0.5), (after, 0.5)):
        person, item = np.nonzero(mix)
        each = mix[person, item].astype(int)
        columns.append((np.repeat(person, each), np.repeat(item, each), np.full(each.sum(), START + day * DAY)))
    user, item, time = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Panel(user, item, time).take(np.lexsort((time, user)))


def test_flows_of_three_people_by_hand() -> None:
    before = np.array([[10, 0, 0, 0], [5, 5, 0, 0], [4, 4, 2, 0]])
    after = np.array([[5, 5, 0, 0], [0, 0, 5, 5], [4, 4, 2, 0]])
    told = flows(joined(before, after), ABOUT, START, START + DAY, floor=1)
    links = {(link.source, link.target): (link.people, round(link.share * 3, 6)) for link in told.links}
    assert links == {
        ("tea", "tea"): (2, 0.9),
        ("tea", "coffee"): (1, 0.5),
        ("tea", "cocoa"): (1, 0.25),
        ("tea", "juice"): (1, 0.25),
        ("coffee", "cocoa"): (1, 0.25),
        ("coffee", "juice"): (1, 0.25),
        ("coffee", "coffee"): (1, 0.4),
        ("cocoa", "cocoa"): (1, 0.2),
    }
    assert {node.id: (round(node.before * 3, 6), round(node.after * 3, 6)) for node in told.nodes} == {
        "tea": (1.9, 0.9),
        "coffee": (0.9, 0.9),
        "cocoa": (0.2, 0.7),
        "juice": (0.0, 0.5),
    }
    assert (told.people, told.left_out, told.by_chance) == (3, 0, None)
    assert told.moved == pytest.approx(1.5 / 3)


row = st.lists(st.integers(0, 6), min_size=4, max_size=4).map(lambda row: [*row[:3], row[3] + 5])
counts = st.lists(row, min_size=1, max_size=12)


@given(counts, st.data())
@settings(max_examples=40, deadline=None)
def test_flows_keep_everybody_and_add_up_to_their_mixes(before: list[list[int]], data: st.DataObject) -> None:
    after = data.draw(st.lists(row, min_size=len(before), max_size=len(before)))
    had, have = np.array(before, float), np.array(after, float)
    there, back = (joined(*pair) for pair in ((had, have), (have, had)))
    periods = [there.between(START - DAY, START), there.between(START, START + DAY)]
    found = moves(settled(tallied(periods, ABOUT.share)), 4).mass
    mixes = [mix / mix.sum(axis=1, keepdims=True) for mix in (had, have)]
    assert found.sum(axis=1) == pytest.approx(mixes[0].sum(axis=0), abs=1e-4)
    assert found.sum(axis=0) == pytest.approx(mixes[1].sum(axis=0), abs=1e-4)
    told = flows(there, ABOUT, START, START + DAY, floor=1)
    assert sum(link.share for link in told.links) + told.left_out_share == pytest.approx(1, abs=1e-6)
    assert told.moved == pytest.approx(np.abs(mixes[0] - mixes[1]).sum() / 2 / len(had), abs=1e-6)
    for one in (sum(node.before for node in told.nodes), sum(node.after for node in told.nodes)):
        assert one == pytest.approx(sum(link.share for link in told.links))
    returned = [back.between(START - DAY, START), back.between(START, START + DAY)]
    assert moves(settled(tallied(returned, ABOUT.share)), 4).mass == pytest.approx(found.T, abs=1e-4)


def one_by_one(before: F64, after: F64) -> F64:
    """The slow twin of `moves`."""
    found = np.zeros((before.shape[1], before.shape[1]))
    for a, b in zip(before / before.sum(axis=1, keepdims=True), after / after.sum(axis=1, keepdims=True), strict=True):
        gained = np.maximum(b - a, 0)
        for j in range(len(a)):
            found[j, j] += min(a[j], b[j])
            for k in range(len(a)):
                found[j, k] += max(a[j] - b[j], 0) * gained[k] / gained.sum() if gained.sum() > 1e-9 else 0
    return found


def test_transports_are_those_of_one_person_after_another() -> None:
    rng = np.random.default_rng(2)
    before, after = (rng.gamma(0.5, 4, (5_000, 4)).astype(np.float32) + 0.01 for _ in range(2))
    told = Tallies(np.arange(5_000), (sparse.csr_array(before), sparse.csr_array(after)))
    assert moves(told, 4).mass == pytest.approx(one_by_one(before.astype(float), after.astype(float)), rel=1e-4)


def test_a_planted_migration_is_told_from_what_comes_and_goes() -> None:
    rng = np.random.default_rng(3)
    before, after = (rng.multinomial(8, [0.25] * 4, 300).astype(float) for _ in range(2))
    after[:60] = rng.multinomial(8, [0.02, 0.48, 0.25, 0.25], 60)
    told = flows(joined(before, after), ABOUT, START, START + DAY, floor=10, rng=rng)
    surely = [(link.source, link.target) for link in told.links if link.q is not None and link.q < 0.05]
    assert ("tea", "coffee") in surely
    assert all("tea" in pair or "coffee" in pair for pair in surely)


def test_visits_in_a_random_order_move_as_much_as_visits_do_when_nothing_changed() -> None:
    rng = np.random.default_rng(4)
    rows = []
    for person in range(200):
        mix = rng.dirichlet([1.0] * 4)
        rows += [(person, item, day + 0.1 * n) for day in range(-6, 6) for n, item in enumerate(rng.choice(4, 2, p=mix))]
    told = flows(panel(rows), ABOUT, START, START + 6 * DAY, floor=10, rng=np.random.default_rng(0))
    assert told.moved == pytest.approx(told.by_chance, rel=0.1)
    assert told.moved is not None
    assert told.moved > 0.1
    assert all(link.q is None or link.q > 0.05 for link in told.links)


def test_people_with_fewer_than_five_events_in_either_period_are_in_no_flow() -> None:
    before, after = np.array([[5, 0], [4, 0], [5, 0]]), np.array([[0, 5], [0, 9], [0, 4]])
    told = tallied([joined(mix, mix).between(START, START + DAY) for mix in (before, after)], ABOUT.share)
    assert settled(told).people.tolist() == [0]


# Cohorts


def test_cohorts_of_a_few_people_by_hand() -> None:
    rows = [(person, 0, 0.0) for person in range(4)] + [(person, 1, 0.0) for person in range(4, 8)]
    rows += [(0, 1, 7.0), (1, 1, 13.9), (2, 0, 14.0), (3, 0, 6.9)]  # back after a week: the first two
    rows += [(4, 1, 95.0), (5, 1, 181.0), (6, 2, 182.0)]  # after a quarter: the first two
    told = cohorts(panel(rows), ABOUT, START + 185 * DAY, floor=1)
    tea, coffee = sorted(told.cohorts, key=lambda one: one.id, reverse=True)
    assert (tea.id, tea.people, coffee.id, coffee.people) == ("tea", 4, "coffee", 4)
    assert (tea.returned[0].after, tea.returned[0].share) == (7 * DAY, 0.5)
    assert (coffee.returned[2].after, coffee.returned[2].share) == (91 * DAY, 0.5)
    assert tea.active is None
    assert (coffee.active, [(one.id, one.people) for one in coffee.now]) == (3, [("coffee", 2), ("cocoa", 1)])
    assert [one.share for one in coffee.now] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def test_people_count_for_a_return_only_once_they_could_have_come_back() -> None:
    rows = [(person, 0, 0.0) for person in range(6)] + [(person, 0, 8.0) for person in range(3)]
    rows += [(person, 0, 100.0) for person in range(6, 9)]
    told = cohorts(panel(rows), ABOUT, START + 110 * DAY, floor=1).cohorts[0]
    assert (told.people, told.returned[0].share) == (9, 0.5)
    assert cohorts(panel(rows), ABOUT, START + 115 * DAY, floor=1).cohorts[0].returned[0].share == 0.33


def test_people_come_for_what_their_first_visit_was_about_most() -> None:
    lives = came_for(panel([(7, 1, 0.0), (7, 2, 0.1), (7, 2, 0.2), (7, 1, 5.0), (7, 1, 5.1), (3, 0, 2.0)]), ABOUT)
    assert (lives.people.tolist(), lives.topic.tolist()) == ([3, 7], [0, 2])
    assert lives.first.tolist() == [START + 2 * DAY, START]


def test_cohorts_too_small_to_be_told_are_joined_and_everybody_is_in_one() -> None:
    rows = [(person, 0 if person < 50 else 1 if person < 70 else 2 if person < 77 else 3, 0.0) for person in range(80)]
    told = cohorts(panel(rows), ABOUT, START + DAY, floor=10)
    assert [(one.id, one.people) for one in told.cohorts] == [("tea", 50), ("coffee", 20), (OTHERS, 10)]
    assert told.joined == 2
    fewer = cohorts(panel([row for row in rows if row[0] != 79]), ABOUT, START + DAY, floor=10)
    assert [(one.id, one.people) for one in fewer.cohorts] == [("tea", 50), (OTHERS, 29)]  # 7 and 2 are too few together
    assert fewer.joined == 3


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert [round(bound, 4) for bound in wilson(0, 10)] == [0.0, 0.2775]  # Brown, Cai and DasGupta (2001), by hand
    assert [round(bound, 4) for bound in wilson(10, 10)] == [0.7225, 1.0]


# The floor


cells = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@given(cells, st.integers(1, 12), st.data())
def test_what_is_withheld_is_nobody_or_enough_people_in_every_known_sum(
    people: list[int], floor: int, data: st.DataObject
) -> None:
    count = np.array(people)
    parent = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(people), max_size=len(people))))
    hide = withheld(count, count.astype(float), floor, parent=parent)
    assert not (~hide & (count > 0) & (count < floor)).any()
    for group in [np.ones(len(count), bool), *(parent == number for number in range(3))]:
        missing = count[group & hide]
        if missing.sum() > 0 and (group & ~hide & (count > 0)).any():  # else all of the group is missing
            assert missing.sum() >= floor
            assert len(missing) >= 2


@given(st.integers(0, 10_000), st.integers(2, 25))
@settings(max_examples=40, deadline=None)
def test_no_answer_tells_a_number_of_people_under_the_floor(seed: int, floor: int) -> None:
    rng = np.random.default_rng(seed)
    told = crowd_of(int(rng.integers(1, 60)), rng.dirichlet([0.4] * 4).tolist(), rng.dirichlet([0.4] * 4).tolist(), rng)
    at = START + 56 * DAY
    answers = [
        trends(told, ABOUT, at, floor=floor),
        flows(told, ABOUT, at - 28 * DAY, at, floor=floor),
        cohorts(told, ABOUT, at, floor=floor),
    ]
    for answer in answers:
        for name, number in numbers(json.loads(msgspec.json.encode(answer))):
            if name in ("people", "people_before", "active"):
                assert number == 0 or number >= floor, (type(answer), name, number)
    told_flows = answers[1]
    assert isinstance(told_flows, Flows)
    if told_flows.people is not None and told_flows.left_out:
        assert told_flows.left_out >= 2 or not told_flows.links


def numbers(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a document, and the field it is in."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from numbers(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from numbers(one, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def leaves(value: object) -> list[dict[str, Any]]:
    """What is in an answer, by where it is: numbers, and the rest."""

    def within(value: object, path: str) -> Iterator[tuple[str, object]]:
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
        if parts is None:
            yield path, value
        else:
            for key, one in parts:
                yield from within(one, f"{path}/{key}")

    found = dict(within(json.loads(msgspec.json.encode(value)), ""))
    figures = {path: one for path, one in found.items() if isinstance(one, float)}
    return [figures, {path: one for path, one in found.items() if path not in figures}]


def test_a_share_before_of_too_few_people_is_withheld_with_another() -> None:
    rows = [(person, item, day) for person in range(30) for item in (0, 1) for day in (1.0, 30.0)]
    rows += [(person, 2, 30.0) for person in range(30)] + [(person, 2, 1.0) for person in range(4)]
    told = {one.id: one for one in trends(panel(rows), ABOUT, START + 56 * DAY, floor=10).trends}
    cocoa = told["cocoa"]
    assert (cocoa.people, cocoa.people_before, cocoa.share_before, cocoa.ratio, cocoa.q) == (30, None, None, None, None)
    assert cocoa.direction == "rising"
    assert sorted(one.share_before is None for one in told.values()) == [False, True, True]


def test_a_fine_topic_is_not_told_where_its_broad_one_may_not_be() -> None:
    fine = ABOUT._replace(parent=np.array([0, 0, 1, 2]))  # cocoa and juice are broad topics of their own
    rows = [(person, item, day) for person in range(40) for item in (0, 1) for day in (1.0, 30.0)]
    rows += [(person, 2, day) for person in range(15) for day in (1.0, 30.0)] + [(1, 3, day) for day in (1.0, 30.0)]
    broad = Subjects(ABOUT.topics[:3], sparse.csr_array(np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)))
    for about, shown in ((fine, {"tea", "coffee"}), (broad, {"tea"})):
        assert {one.id for one in trends(panel(rows), about, START + 56 * DAY, floor=10).trends} == shown


# The order of things


@given(st.integers(0, 1_000))
@settings(max_examples=15, deadline=None)
def test_neither_the_order_of_events_nor_the_numbers_of_users_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    told = crowd_of(25, [0.4, 0.3, 0.2, 0.1], [0.2, 0.3, 0.2, 0.3], rng)
    number, order = rng.permutation(100)[told.user], rng.permutation(len(told.user))
    other = Panel(number[order], told.item[order], told.time[order])
    other = other.take(np.lexsort((other.time, other.user)))
    at = START + 56 * DAY

    for answer in (
        lambda panel: trends(panel, ABOUT, at, floor=5),
        lambda panel: flows(panel, ABOUT, at - 28 * DAY, at, floor=5),
        lambda panel: cohorts(panel, ABOUT, at, floor=5),
    ):
        (figures, rest), (others, names) = leaves(answer(told)), leaves(answer(other))
        assert rest == names
        assert figures == pytest.approx(others, rel=1e-4, abs=1e-6)


# The panel and the log


def views(*events: tuple[str, str, float]) -> list[Event]:
    return [Event(user=user, item=item, time=time, action="purchase") for user, item, time in events]


def appended(log: Log, events: list[Event], weight: float = 1.0) -> None:
    log.append(events, np.full(len(events), weight, np.float32))


def test_a_panel_kept_up_with_a_log_is_one_read_anew() -> None:
    rng = np.random.default_rng(0)
    with Log(None) as log:
        log.put_items([Item(id=name) for name in NAMES])
        crowd = Crowd(log)
        assert len(crowd.panel().user) == 0
        for _ in range(6):
            batch = [
                Event(
                    user=f"u{rng.integers(9)}",
                    item=str(rng.choice(NAMES)),
                    time=float(rng.integers(1_000_000)),
                    id=f"{rng.integers(1 << 40)}",
                )
                for _ in range(20)
            ]
            appended(log, batch, float(rng.choice([1.0, 0.0, -1.0, 0.5])))
            for kept, fresh in zip(crowd.panel(), Crowd(log).panel(), strict=True):
                assert kept.tolist() == fresh.tolist()
        assert 0 < len(crowd.panel().user) < 120


def test_somebody_erased_is_gone_from_the_panel_at_once() -> None:
    with Log(None) as log:
        log.put_items([Item(id="tea")])
        crowd = Crowd(log)
        appended(log, views(("ann", "tea", 1.0), ("bob", "tea", 2.0)))
        assert crowd.panel().user.tolist() == [0, 1]
        log.erase(log.user("ann"))
        assert crowd.panel().user.tolist() == [1]
        appended(log, views(("eve", "tea", 3.0)))
        log.erase(log.user("bob"))
        assert crowd.panel().time.tolist() == [3.0]
        crowd.forget()
        assert crowd.panel().time.tolist() == [3.0]


# The engine and its faces


ITEMS = [Item(id=f"{name}{n}", title=f"{name} {n}", categories=(name.title(),)) for name in NAMES for n in range(5)]


def history() -> list[Event]:
    """Forty people: half of them go from tea to coffee in the last four weeks, the others stay with cocoa."""
    rng = np.random.default_rng(0)
    events = []
    for person in range(40):
        for day in range(0, 56, 4):
            kind = "cocoa" if person % 2 else "coffee" if day >= 28 else "tea"
            kind = str(rng.choice(NAMES)) if rng.random() < 0.2 else kind
            events.append(
                Event(user=f"u{person}", item=f"{kind}{rng.integers(5)}", time=START + day * DAY + float(rng.integers(80_000)))
            )
    return events


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop") / "shop"
    with Engine.fit(ITEMS, history(), folder=out, config=Config(encoder="hash", repeat=True)):
        return out


@pytest.fixture(scope="module")
def shop() -> Iterator[TestClient[Any]]:
    """For what changes nothing."""
    engine = Engine.fit(ITEMS, history(), config=Config(encoder="hash", repeat=True))
    with engine, TestClient(create_app(engine, clock=lambda: START + 56 * DAY + 60)) as client:
        yield client


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.fit(ITEMS, history(), config=Config(encoder="hash", repeat=True)) as engine:
        yield engine


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(engine, clock=lambda: START + 56 * DAY + 60)) as client:
        yield client


def test_what_is_asked_over_http_is_what_the_engine_says(client: TestClient[Any], engine: Engine) -> None:
    told = client.get("/v1/trends").json()
    assert (told["at"], told["window"], told["people"]) == (START + 56 * DAY, 28 * DAY, 40)
    assert told["trends"][0]["id"] == "category:Coffee"
    assert told == json.loads(msgspec.json.encode(engine.trends(START + 56 * DAY)))
    went = client.get("/v1/flows", params={"since": START + 28 * DAY, "until": START + 56 * DAY}).json()
    assert (went["links"][0]["from"], went["links"][0]["to"]) == ("category:Tea", "category:Coffee")
    assert went == json.loads(msgspec.json.encode(engine.flows(START + 28 * DAY, START + 56 * DAY)))
    groups = client.get("/v1/cohorts?at=2022-02-28").json()
    assert groups == json.loads(msgspec.json.encode(engine.cohorts(START + 51 * DAY)))
    assert sum(one["people"] for one in groups["cohorts"]) == 40


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("trends?window=soon", "window", "window must be an ISO 8601 duration such as P28D or P4W, or seconds, got 'soon'"),
        ("trends?window=3600", "window", "window must be 1 to 1,830 whole days, got '3600'"),
        ("trends?at=soon", "at", "at is no time"),
        ("flows?since=2022-03-01&until=2022-03-01", "since", "since must be 1 to 1,830 days before until"),
        ("flows?level=middling", "level", "level: "),
        ("cohorts?level=broad", "'level'", "'level' is not a parameter of this call; known: at"),
    ],
)
def test_a_parameter_that_cannot_be_is_a_problem_that_names_it(shop: TestClient[Any], query: str, field: str, told: str) -> None:
    answer = shop.get(f"/v1/{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["field"] == field
    assert told.partition(" is no time")[0] in answer.json()["detail"]


def test_the_calls_and_their_answers_are_documented(shop: TestClient[Any]) -> None:
    document = shop.get("/docs/openapi.json").json()
    for call, kind in (("trends", "Trends"), ("flows", "Flows"), ("cohorts", "Cohorts")):
        answer = document["paths"][f"/v1/{call}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer == {"$ref": f"#/components/schemas/{kind}"}
        assert document["components"]["schemas"][kind]["description"]


def test_a_new_event_counts_in_the_next_answer(client: TestClient[Any], engine: Engine) -> None:
    before = engine.trends(START + 56 * DAY)
    fresh = [{"user": f"n{n}", "item": "juice1", "time": START + 55 * DAY, "action": "purchase"} for n in range(30)]
    assert client.post("/v1/events", json={"events": fresh}).json()["accepted"] == 30
    after = engine.trends(START + 56 * DAY)
    assert (before.people, after.people) == (40, 70)
    assert {one.label: one.direction for one in after.trends}["Juice"] == "rising"


def test_what_somebody_reset_or_did_while_paused_is_in_no_answer(engine: Engine) -> None:
    at = START + 56 * DAY
    engine.control("u0", Change(reset=True), at)
    engine.control("u1", Change(pause=True), START + 28 * DAY)
    told = engine.trends(at)
    assert (told.people, told.people_before) == (38, 39)
    assert engine.cohorts(at).cohorts[0].people <= 39


def test_the_level_that_there_is_not_is_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="level must be 'broad' or 'fine', got 'middle'"):
        subjects("middle", engine.catalog, engine.known.topics, ())  # type: ignore[arg-type]


def test_the_floor_is_a_setting() -> None:
    assert Config().floor == 10
    with pytest.raises(InvalidInput, match="floor must be at least 1 person, got 0"):
        Config(floor=0)


def test_a_big_catalog_has_two_levels_and_their_shares_agree() -> None:
    rng = np.random.default_rng(0)
    words = [f"{a}{b}" for a in "bcdfgklm" for b in ("ale", "ome")]
    items = [Item(id=f"i{n}", title=f"{words[n % 16]} {words[(n * 7) % 16]} {n}", categories=(f"C{n % 16}",)) for n in range(320)]
    events = [
        Event(
            user=f"u{rng.integers(60)}",
            item=f"i{rng.integers(20) * 16 + rng.integers(16)}",
            time=START + float(rng.uniform(0, 56)) * DAY,
        )
        for _ in range(3_000)
    ]
    with Engine.fit(items, events, config=Config(encoder="hash", repeat=True, floor=1)) as engine:
        broad, fine = (engine.trends(START + 56 * DAY, level=level) for level in ("broad", "fine"))
        parent = {topic.id: topic.parent for topic in engine.known.topics.fine}
    assert len(fine.trends) > len(broad.trends) > 1
    for one in broad.trends:
        assert sum(each.share or 0 for each in fine.trends if parent[each.id] == one.id) == pytest.approx(one.share, abs=1e-4)


def test_commands_print_tables_and_what_http_answers(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")

    def command(*arguments: str) -> str:
        capsys.readouterr()
        assert run([arguments[0], str(folder), *arguments[1:]]) == 0
        return capsys.readouterr().out

    last = str(START + 56 * DAY)
    shown = command("trends", "--at", last)
    assert "28 days up to" in shown
    assert "40 people, 40 people before" in shown
    assert "Coffee" in shown
    assert json.loads(command("trends", "--at", last, "--json"))["trends"][0]["direction"] == "rising"
    shown = command("flows", "--since", str(START + 28 * DAY), "--until", last)
    assert "as long before: 40" in shown
    assert "if the same visits came in a random order" in shown
    assert json.loads(command("flows", "--since", str(START + 28 * DAY), "--until", last, "--json"))["links"][0]["to"]
    assert "Who came before" in command("cohorts", "--at", last)
    assert "fewer than 10 people did anything in the 7 days" in command("trends", "--at", "2010-01-01", "--window", "P7D")
    assert "fewer than 10 people did enough" in command("flows", "--until", "2010-01-01")
    assert "there is no group of 10 people" in command("cohorts", "--at", "2010-01-01")


def test_a_window_that_is_none_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trends", str(folder), "--window", "soon"]) == 2
    assert "'soon' is not a period; write P28D, P4W or seconds" in capsys.readouterr().err
    for at in ("nan", "inf", "-inf"):
        assert run(["interests", str(folder), "u0", f"--at={at}"]) == 2
        assert f"'{at}' is not a time" in capsys.readouterr().err
    assert run(["trends", str(folder), "--window", "3600"]) == 1
    assert "window must be 1 to 1,830 whole days, got 0.04167 (P28D is four weeks)" in capsys.readouterr().err
