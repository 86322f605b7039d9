import numpy as np
import pytest

from penchant.errors import InvalidInput
from penchant.shift import Alarms, Detector, Population, Settings
from penchant.shift.replay import replay
from penchant.shift.typed import Rules, Shift, typed
from penchant.types import DAY, F32, F64

OTHER = 3  # the topic that fills in


def alarm(topic: int, since: int, at: int, before: float, after: float) -> Alarms:
    whole = (np.array([number]) for number in (0, topic, since, at))
    part = (np.array([number]) for number in (before, after, 9.0, 5.0, 0.02))
    return Alarms(*whole, *part)


def history(topics: list[int], days: list[float] | None = None) -> tuple[F64, F32]:
    time = np.arange(len(topics), dtype=np.float64) if days is None else np.array(days, np.float64)
    return time * DAY, np.eye(4, dtype=np.float32)[topics]


def kinds(shifts: list[Shift]) -> list[tuple[str, int | None, int | None]]:
    return [(shift.kind, shift.source, shift.target) for shift in shifts]


def test_a_topic_never_seen_before_has_emerged() -> None:
    time, memberships = history([OTHER] * 10 + [0, OTHER, 0, 0, OTHER])
    shifts = typed(alarm(0, 10, 13, 0.02, 0.6), time, memberships)
    assert shifts == [
        Shift(
            kind="emerged",
            source=None,
            target=0,
            at=10 * DAY,
            detected_at=13 * DAY,
            effect=0.6 - 0.02,
            error_probability=0.02,
            evidence=(10, 12, 13),
        )
    ]


def test_a_topic_seen_before_is_strengthened_or_after_a_long_silence_revived() -> None:
    topics = [0] + [OTHER] * 9 + [0] * 5
    told = alarm(0, 10, 13, 0.1, 0.6)
    assert kinds(typed(told, *history(topics))) == [("strengthened", None, 0)]
    late = [*range(10), *range(100, 105)]
    assert kinds(typed(told, *history(topics, late))) == [("revived", None, 0)]
    assert kinds(typed(told, *history(topics, late), Rules(silence=200 * DAY))) == [("strengthened", None, 0)]


def test_a_topic_that_fell_has_faded_and_is_dormant_once_it_is_long_gone() -> None:
    topics = [0] * 10 + [OTHER] * 10
    told = alarm(0, 10, 15, 0.9, 0.1)
    faded = typed(told, *history(topics))
    assert kinds(faded) == [("faded", 0, None)]
    assert faded[0].evidence == tuple(range(10))
    assert faded[0].effect == pytest.approx(-0.8)
    assert kinds(typed(told, *history(topics, [*range(10), *range(95, 105)]))) == [("dormant", 0, None)]


def test_one_topic_giving_way_to_another_is_a_migration() -> None:
    both = Alarms.joined([alarm(0, 10, 15, 0.8, 0.2), alarm(1, 10, 15, 0.05, 0.6), alarm(2, 10, 15, 0.05, 0.15)])
    time, memberships = history([0] * 10 + [1, 1, 2, 1, 1, 1])
    shifts = typed(both, time, memberships)
    assert kinds(shifts) == [("migrated", 0, 1), ("emerged", None, 2)]
    assert shifts[0].evidence == (10, 11, 13, 14, 15)


def test_uneven_moves_are_told_apart() -> None:
    both = Alarms.joined([alarm(0, 10, 15, 0.3, 0.2), alarm(1, 10, 15, 0.05, 0.6)])
    assert kinds(typed(both, *history([0] * 10 + [1] * 6))) == [("faded", 0, None), ("emerged", None, 1)]


def test_a_rise_that_is_soon_undone_was_an_excursion() -> None:
    told = Alarms.joined([alarm(0, 10, 14, 0.05, 0.7), alarm(0, 30, 34, 0.7, 0.1)])
    time, memberships = history([OTHER] * 10 + [0] * 20 + [OTHER] * 20)
    shifts = typed(told, time, memberships)
    assert kinds(shifts) == [("excursion", None, 0)]
    assert (shifts[0].at, shifts[0].detected_at) == (10 * DAY, 34 * DAY)
    assert kinds(typed(told, time, memberships, Rules(passing=10))) == [("emerged", None, 0), ("faded", 0, None)]
    assert kinds(typed(told.take(np.array([0])), time, memberships)) == [("emerged", None, 0)]


def test_what_the_detector_finds_becomes_a_migration_and_back_an_excursion() -> None:
    detector = Detector(Settings(), Population(shares=(0.25,) * 4))
    rng = np.random.default_rng(0)
    mixes = np.array([[0.6, 0.02, 0.2, 0.18], [0.05, 0.57, 0.2, 0.18]])
    topics = [int(rng.choice(4, p=mixes[int(event >= 80)])) for event in range(120)]
    time, memberships = history(topics)
    alarms = replay(detector, detector.empty(1), np.zeros(120, np.int64), memberships, np.ones(120, bool))
    assert ("migrated", 0, 1) in kinds(typed(alarms, time, memberships))


def test_no_alarms_are_no_shifts() -> None:
    assert typed(Alarms.joined([]), *history([0])) == []


def test_alarms_of_several_people_or_of_other_events_are_refused() -> None:
    one = alarm(0, 1, 2, 0.1, 0.5)
    two = Alarms.joined([one, one._replace(row=np.array([1]))])
    for bad, events in ((two, 5), (one, 2)):
        with pytest.raises(InvalidInput, match=f"alarms must be of one person and of the {events} events given"):
            typed(bad, *history([0] * events))
