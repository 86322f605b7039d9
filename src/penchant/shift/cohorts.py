"""Cohorts: people by what they came for, how many come back, and what they are into now."""

from typing import NamedTuple

import msgspec
import numpy as np
from scipy import sparse

from penchant.interest.visits import visits
from penchant.shift.floor import withheld
from penchant.shift.population import Panel, Subjects, having, tallied, whole_days
from penchant.types import DAY, F64, I64, Bool

AFTER = (7 * DAY, 30 * DAY, 91 * DAY)  # seconds: a week, a month, a quarter
LATELY = 91 * DAY  # seconds that "now" looks back
MOST = 3  # topics of those days that are told
OTHERS = "others"  # id of the cohort that holds those too small to be told apart
_Z = 1.959964  # of a 95% interval


class Return(msgspec.Struct, frozen=True):
    """Who came back: the share with an event from `after` seconds to twice as long after their first, of those who could have
    by now, with its 95% interval (Wilson 1927), to whole percents; null where either they or the others are under the floor."""

    after: float
    share: float | None
    low: float | None
    high: float | None


class Into(msgspec.Struct, frozen=True):
    """A topic that people are into: its share of the mean mix, and how many have it."""

    id: str
    label: str
    share: float
    people: int


class Cohort(msgspec.Struct, frozen=True):
    """Those whose first visit was about one topic more than any other: how many, who came back, how many were `active` in the
    last quarter (null where they, or those who were not, are under the floor), and the topics these were into most."""

    id: str
    label: str
    people: int
    returned: tuple[Return, ...]
    active: int | None
    now: tuple[Into, ...]


class Cohorts(msgspec.Struct, frozen=True):
    """Everybody who came before `at` by what they came for, the largest first; topics of fewer people than the `floor`, or that
    would tell of such, are `joined` in one cohort of others, or left out where these are too few even together."""

    at: float
    floor: int
    joined: int
    cohorts: tuple[Cohort, ...]


class Lives(NamedTuple):
    """People by what they came for."""

    people: I64  # (P,) their numbers
    first: F64  # (P,) time of the first event
    topic: I64  # (P,) what the first visit was about most


def cohorts(panel: Panel, about: Subjects, at: float, *, floor: int) -> Cohorts:
    """The cohorts at `at`, the last midnight up to it.

    Raises:
        InvalidInput: for an `at` that is no time.
    """
    at = whole_days(at)
    past = panel.between(-np.inf, at)
    lives = came_for(past, about)
    size = np.bincount(lives.topic, minlength=len(about.topics))
    few = withheld(size, size.astype(np.float64), floor)
    group = np.where(few[lives.topic], len(size), lives.topic)
    counts = np.bincount(group, minlength=len(size) + 1)
    back, lately = _back(past, lives), past.between(at - LATELY, at)
    found = [
        Cohort(
            about.topics[place].id if place < len(size) else OTHERS,
            about.topics[place].label if place < len(size) else OTHERS,
            int(counts[place]),
            _returned(lives, back, group == place, at, floor),
            *_now(lately, lives.people[group == place], about, floor),
        )
        for place in np.flatnonzero(counts >= max(floor, 1)).tolist()
    ]
    return Cohorts(at, floor, int(few.sum()), tuple(sorted(found, key=lambda one: (one.id == OTHERS, -one.people))))


def came_for(panel: Panel, about: Subjects) -> Lives:
    """When everybody came, and for what: the topic most of their first visit was about. Those whose first visit was about nothing
    known are in no cohort.

    >>> from penchant.shift.watch import Topic
    >>> about = Subjects((Topic("a", "A"), Topic("b", "B")), sparse.csr_array(np.eye(2, dtype=np.float32)))
    >>> lives = came_for(Panel(np.array([4, 4, 4, 9]), np.array([1, 0, 0, 0]), np.array([0.0, DAY, 2 * DAY, DAY])), about)
    >>> lives.people.tolist(), lives.topic.tolist()
    ([4, 9], [1, 0])
    """
    begins = np.flatnonzero(np.diff(panel.user, prepend=-1))
    visit = visits(panel.user, panel.time)
    which = np.cumsum(np.diff(panel.user, prepend=-1) != 0) - 1
    opening = panel.take(visit == visit[begins][which] if len(begins) else np.zeros(0, bool))
    people, (mass,) = tallied([opening], about.share)
    most = np.asarray(mass.toarray().argmax(axis=1) if mass.shape[1] else np.zeros(len(people)), np.int64)
    known = np.asarray(mass.sum(axis=1)) > 0
    first = panel.time[begins][np.searchsorted(panel.user[begins], people)]
    return Lives(people[known], first[known], most[known])


def _back(panel: Panel, lives: Lives) -> Bool:
    """(AFTER, people) who has an event from each time to twice as long after their first."""
    place = np.searchsorted(lives.people, panel.user)
    known = np.flatnonzero(place < len(lives.people))
    known = known[lives.people[place[known]] == panel.user[known]]
    who, age = place[known], panel.time[known] - lives.first[place[known]]
    back = np.zeros((len(AFTER), len(lives.people)), bool)
    for row, after in zip(back, AFTER, strict=True):
        row[who[(age >= after) & (age < 2 * after)]] = True
    return back


def _returned(lives: Lives, back: Bool, mine: Bool, at: float, floor: int) -> tuple[Return, ...]:
    found = []
    for after, came in zip(AFTER, back, strict=True):
        could = mine & (lives.first + 2 * after <= at)
        of, did = int(could.sum()), int((came & could).sum())
        if min(did, of - did) < floor:
            found.append(Return(after, None, None, None))
            continue
        found.append(Return(after, *(round(each, 2) for each in (did / of, *wilson(did, of)))))
    return tuple(found)


def wilson(did: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927, "Probable inference, the law of succession, and statistical inference").

    >>> [round(bound, 3) for bound in wilson(30, 100)]
    [0.219, 0.396]
    """
    middle, scale = (did + _Z**2 / 2) / (of + _Z**2), _Z / (of + _Z**2)
    reach = scale * float(np.sqrt(did * (of - did) / of + _Z**2 / 4))
    return middle - reach, middle + reach


def _now(lately: Panel, people: I64, about: Subjects, floor: int) -> tuple[int | None, tuple[Into, ...]]:
    """How many of `people` were active lately, and what they were into."""
    active, (mass,) = tallied([lately.take(np.isin(lately.user, people))], about.share)
    if len(active) < max(floor, 1):
        return None, ()
    per_event = sparse.diags_array(1 / np.maximum(np.asarray(mass.sum(axis=1), np.float64), 1e-12))
    mix, had = np.asarray((per_event @ mass).sum(axis=0)) / len(active), having(mass)
    shown = [place for place in np.argsort(-mix.round(9), kind="stable").tolist() if had[place] >= max(floor, 1)][:MOST]
    told = len(active) if len(people) - len(active) >= floor else None  # nor how few were not
    return told, tuple(
        Into(about.topics[place].id, about.topics[place].label, float(mix[place]), int(had[place])) for place in shown
    )
