"""Made people: what is written down of them is so."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InvalidInput
from penchant.events.synthetic import KINDS, SUBJECTS, Made, Truth, numbered, synthetic
from penchant.shift import Detector, Population, Settings
from penchant.shift.replay import replay
from penchant.types import DAY, I64, Event

MADE = synthetic(np.random.default_rng(0), users=120, items=96, events=120)
TOPIC = numbered(MADE)


def told(truth: Truth, made: Made = MADE) -> tuple[list[Event], I64]:
    """A person's events in order, and their topics."""
    rows = [row for row, event in enumerate(made.events) if event.user == truth.user]
    return [made.events[row] for row in rows], TOPIC[rows]


def of(kind: str) -> list[Truth]:
    return [truth for truth in MADE.truth if truth.kind == kind]


def test_the_same_seed_makes_the_same_world_and_another_makes_another() -> None:
    again, other = (synthetic(np.random.default_rng(seed), users=6, items=24) for seed in (3, 4))
    assert again == synthetic(np.random.default_rng(3), users=6, items=24)
    assert again.events != other.events


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100), st.integers(1, 7), st.integers(4, len(SUBJECTS)), st.integers(80, 110))
def test_a_world_is_as_large_as_it_was_asked_for(seed: int, users: int, topics: int, events: int) -> None:
    made = synthetic(np.random.default_rng(seed), users=users, items=30, topics=topics, events=events)
    assert (len(made.items), len(made.truth), len(made.events)) == (30, users, users * events)
    assert {event.item for event in made.events} <= {item.id for item in made.items}
    assert all(a.time <= b.time for a, b in pairwise(made.events))
    for truth in made.truth:
        assert sum(truth.before) == pytest.approx(1)
        assert sum(truth.after) == pytest.approx(1)
        assert truth.event is None or 0 < truth.event <= (truth.until or 0) < events


def test_kinds_come_in_turn_and_people_who_do_not_shift_have_no_labels() -> None:
    assert [truth.kind for truth in MADE.truth[:6]] == list(KINDS)
    for truth in of("unshifted"):
        assert (truth.event, truth.until, truth.time, truth.source, truth.target) == (None,) * 5
        assert truth.before == truth.after


def test_items_say_what_their_topic_is() -> None:
    for item in MADE.items:
        (topic,) = item.categories
        assert any(word in item.title.lower() for word in SUBJECTS[topic])
        assert topic in item.text


def test_a_move_leaves_one_topic_for_another_at_the_labelled_event() -> None:
    for kind in ("move", "gradual"):
        for truth in of(kind):
            before, after = (dict(zip(MADE.topics, mix, strict=True)) for mix in (truth.before, truth.after))
            assert before[truth.source or ""] == after[truth.target or ""] > 0.6
            assert after[truth.source or ""] == before[truth.target or ""] < 0.05
    pasts = [told(truth)[1][: truth.event] == MADE.topics.index(truth.target or "") for truth in of("move")]
    futures = [told(truth)[1][truth.event :] == MADE.topics.index(truth.target or "") for truth in of("move")]
    assert np.mean(np.concatenate(pasts)) < 0.05
    assert np.mean(np.concatenate(futures)) > 0.55


def test_the_time_of_a_shift_is_that_of_its_event() -> None:
    for truth in MADE.truth:
        if truth.event is not None and truth.until is not None:
            begun = truth.until if truth.kind == "revival" else truth.event
            assert truth.time == told(truth)[0][begun].time


def test_a_gradual_move_is_half_way_in_the_middle_of_its_course() -> None:
    early, late = [], []
    for truth in of("gradual"):
        assert truth.event is not None
        assert truth.until is not None
        course = told(truth)[1][truth.event : truth.until] == MADE.topics.index(truth.target or "")
        early.append(course[: len(course) // 2].mean())
        late.append(course[len(course) // 2 :].mean())
    assert np.mean(early) < 0.3 < 0.4 < np.mean(late)


def test_a_swap_exchanges_the_first_two_topics() -> None:
    for truth in of("swap"):
        first, second = MADE.topics.index(truth.source or ""), MADE.topics.index(truth.target or "")
        assert truth.before[first] == truth.after[second] == max(truth.before)
        assert truth.before[second] == truth.after[first] == sorted(truth.before)[-2]


def test_an_excursion_is_over_after_ten_events() -> None:
    inside, beyond = [], []
    for truth in of("excursion"):
        assert truth.event is not None
        assert truth.until == truth.event + 10
        on = told(truth)[1] == MADE.topics.index(truth.target or "")
        inside.append(on[truth.event : truth.until].mean())
        beyond.append(np.r_[on[: truth.event], on[truth.until :]].mean())
    assert np.mean(inside) > 0.8
    assert np.mean(beyond) < 0.05


def test_what_is_revived_was_away_for_a_hundred_days() -> None:
    for truth in of("revival"):
        assert truth.event is not None
        assert truth.until is not None
        events, topics = told(truth)
        assert events[truth.until].time - events[truth.event - 1].time >= 100 * DAY
        on = topics == MADE.topics.index(truth.target or "")
        assert on[truth.event : truth.until].mean() < 0.2 < on[truth.until :].mean()


def test_gaps_go_from_minutes_to_months_and_actions_are_of_every_type() -> None:
    gaps = np.concatenate([np.diff([event.time for event in told(truth)[0]]) for truth in MADE.truth])
    assert gaps.min() >= 1
    assert np.median(gaps) < 10 * 60
    assert gaps.max() > 60 * DAY
    assert {event.action for event in MADE.events} == {"view", "like", "purchase", "rate"}
    assert all((event.value is not None) == (event.action == "rate") for event in MADE.events)


def test_the_detector_finds_the_moves_and_leaves_the_others_alone() -> None:
    detector = Detector(Settings(), Population(shares=(1 / len(MADE.topics),) * len(MADE.topics)))
    found, calm = [], 0
    for truth in MADE.truth:
        if truth.kind in ("move", "unshifted"):
            topics = told(truth)[1]
            belongs = np.eye(len(MADE.topics), dtype=np.float32)[topics]
            alarms = replay(detector, detector.empty(1), topics * 0, belongs, np.ones(len(topics), bool))
            calm += int(len(np.unique(alarms.at)) if truth.event is None else (np.unique(alarms.at) < truth.event).sum())
            if truth.event is not None:
                late = alarms.at[alarms.at >= truth.event]
                found.append(len(late) > 0 and late[0] < truth.event + 15)
    assert np.mean(found) >= 0.95
    assert calm <= 3  # of some 3,500 events


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"topics": 3}, "topics must be from 4 to 12, got 3"),
        ({"topics": 13}, "topics must be from 4 to 12, got 13"),
        ({"items": 7}, "got 7 items for 8 topics, 120 events, 120 users and 6 kinds"),
        ({"events": 79}, "80 events a person"),
        ({"users": 0}, "0 users"),
        ({"kinds": ()}, "0 kinds"),
    ],
)
def test_a_world_that_cannot_be_made_is_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        synthetic(np.random.default_rng(0), **wrong)  # type: ignore[arg-type]
