"""Trends: which topics have a larger or a smaller part in what everybody does than before, beyond chance.

A share is a ratio of sums over people, and people are what varies: heavy ones, and those who buy twenty candles at once, say
little more than others. So its variance is that of the people's own contributions (Liang and Zeger 1986, "Longitudinal data
analysis using generalized linear models": clusters), the same people's in both periods, and the interval of the ratio of two
shares is Fieller's (1954, "Some problems in interval estimation"). docs/population.md says how often that is wrong.
"""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from scipy import sparse
from scipy.special import stdtr, stdtrit

from penchant.errors import InvalidInput
from penchant.interest.transitions import Sparse
from penchant.shift.floor import withheld
from penchant.shift.population import HALF, LONGEST, Panel, Subjects, Tallies, having, tallied, whole_days
from penchant.types import DAY, F64, I64, Bool

Direction = Literal["rising", "fading", "steady"]
WINDOW = 28 * DAY  # seconds; as many of each weekday in every period
YEAR = 364 * DAY  # seconds: the same weekdays
_FALSE = 0.05  # share of the trends told that may be none


class Trend(msgspec.Struct, frozen=True):
    """How a topic's part in everything changed.

    `share` and `people` are of the period, `share_before` and `people_before` of the one before; `ratio` is of the two shares,
    with a 95% interval whose `high` may be open (null). `q` is the false discovery rate at which it is a trend. `ratio_last_year`
    is what the same two periods came to a year before, and `seasonal` whether that explains the trend. Null is what is of too few
    people to be told, or not known; `direction` is null where too few people were there before.
    """

    id: str
    label: str
    direction: Direction | None
    share: float | None
    share_before: float | None
    people: int | None
    people_before: int | None
    ratio: float | None
    low: float | None
    high: float | None
    q: float | None
    ratio_last_year: float | None
    seasonal: bool | None


class Trends(msgspec.Struct, frozen=True):
    """What is rising and fading in the `window` seconds up to `at` against as long before: the rising first, then the fading,
    each by how far, then the steady ones by share. `left_out` topics have fewer people than the `floor`, or would tell of such.
    """

    at: float
    window: float
    floor: int
    people: int | None
    people_before: int | None
    left_out: int
    trends: tuple[Trend, ...]


class Change(NamedTuple):
    """How the shares of topics changed from one period to the next; all (topics,)."""

    before: F64  # share
    after: F64
    people_before: I64  # who had the topic
    people: I64
    ratio: F64  # after / before, inf where there was none before
    low: F64  # 95% interval of it
    high: F64
    p: F64  # probability of such a difference where there is none


def trends(panel: Panel, about: Subjects, at: float, window: float = WINDOW, *, floor: int) -> Trends:
    """What is rising and fading at `at`, the last midnight up to it, among what items are `about`.

    Discoveries are controlled by Benjamini and Hochberg (1995, "Controlling the false discovery rate") at 5% over the topics of
    the level. Where the log reaches a year (52 weeks) further back, each trend is set against the same periods then: it is
    `seasonal` where those moved the same way, beyond chance, and not less than these beyond chance.

    Raises:
        InvalidInput: for a window that is not of whole days, up to five years of them, or an `at` that is no time.
    """
    if not (window % DAY == 0 and DAY <= window <= LONGEST):
        raise InvalidInput(f"window must be 1 to {LONGEST / DAY:,.0f} whole days, got {window / DAY:.4g} (P28D is four weeks)")
    at = whole_days(at)
    edges = [(at - window, at), (at - 2 * window, at - window)]
    spans = len(panel.time) > 0 and panel.time.min() <= at - 2 * window - YEAR
    edges += [(start - YEAR, end - YEAR) for start, end in edges] if spans else []
    told = tallied([panel.between(*edge) for edge in edges], about.share)
    now, before, *_ = (int((part.sum(axis=1) > 0).sum()) for part in told.mass)
    people, people_before = (count if count >= floor else None for count in (now, before))
    if people is None:
        return Trends(at, window, floor, None, people_before, len(about.topics), ())
    change = changed(told, 0)
    known = change.people_before.sum() > 0 and people_before is not None
    year = changed(told, 2) if spans else None
    q = false_discoveries(change.p) if known else np.full(len(about.topics), np.nan)
    same = _as_last_year(told, change, year) if year is not None else None
    found = _told(about, told, change, q, year, same, floor)
    return Trends(at, window, floor, people, people_before, len(about.topics) - len(found), _ordered(found))


def changed(told: Tallies, first: int) -> Change:
    """From period `first` + 1 to period `first`, which is the later one.

    >>> from scipy import sparse
    >>> after = sparse.csr_array(np.array([[1, 3], [2, 2], [3, 1], [4, 0]] * 10, np.float32))
    >>> before = sparse.csr_array(np.array([[1, 3], [0, 4]] * 20, np.float32))
    >>> found = changed(Tallies(np.arange(40), (after, before)), 0)
    >>> found.before.tolist(), found.after.tolist(), found.ratio.round(2).tolist(), (found.p < 0.01).tolist()
    ([0.125, 0.875], [0.625, 0.375], [5.0, 0.43], [True, True])
    """
    sums = [np.asarray(told.mass[place].sum(axis=0), np.float64) for place in (first, first + 1)]
    totals = [max(float(each.sum()), 1e-12) for each in sums]
    after, before = (each / total for each, total in zip(sums, totals, strict=True))
    people, had = [having(mass) for mass in told.mass[first : first + 2]], np.zeros((5, len(after)))
    for block in told.blocks():
        late, early = (
            (mass - mass.sum(axis=1, keepdims=True) * share) / total
            for mass, share, total in zip(block[first : first + 2], (after, before), totals, strict=True)
        )
        square = (late - early) ** 2
        had += [each.sum(axis=0) for each in (late**2, early**2, late * early, square, square**2)]
    alike = _alike(had[3], had[4])
    late, early, both, spread = had[:4] * alike / np.maximum(alike - 1, 1e-12)  # one person alone varies without bounds
    t, freedom = np.abs(after - before) / np.sqrt(np.maximum(spread, 1e-300)), np.maximum(alike - 1, 1.0)
    low, high = _fieller(after, before, late, early, both, np.asarray(stdtrit(freedom, 0.975), np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = after / before
    p = np.where(spread > 0, 2 * stdtr(freedom, -t), 1.0)
    return Change(before, after, people[1], people[0], ratio, low, high, p)


def _alike(square: F64, fourth: F64) -> F64:
    """How many equally important people would vary as much as a sum over people does (Satterthwaite 1946); t has one degree of
    freedom less."""
    return np.maximum(square**2 / np.maximum(fourth, 1e-300), 1.0)


def _fieller(after: F64, before: F64, late: F64, early: F64, both: F64, t: F64) -> tuple[F64, F64]:
    """Ratios r of two shares that are within `t` deviations: (after - r before)^2 <= t^2 (late - 2 r both + r^2 early)."""
    a, b, c = before**2 - t**2 * early, after * before - t**2 * both, after**2 - t**2 * late
    root = np.sqrt(np.maximum(b**2 - a * c, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = a > 0
        low = np.where(closed, (b - root) / a, np.where(c > 0, c / (b + root), 0.0))
        high = np.where(closed, (b + root) / a, np.inf)
    return np.maximum(low, 0), high


def false_discoveries(p: F64) -> F64:
    """The least false discovery rate at which each hypothesis is rejected (Benjamini and Hochberg 1995).

    >>> false_discoveries(np.array([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(q, 1.0)


def _as_last_year(told: Tallies, now: Change, year: Change) -> Bool:
    """(topics,) where the same periods of the year before moved as these do: the same way, beyond chance, and by as much (in
    logs of the ratio) or more, or by so little less that it may be chance."""
    shares = [now.after, now.before, year.after, year.before]
    totals = [max(float(mass.sum()), 1e-12) for mass in told.mass]
    spread, fourth = np.zeros(len(now.p)), np.zeros(len(now.p))
    for block in told.blocks():
        parts = [
            (mass - mass.sum(axis=1, keepdims=True) * share) / (total * np.maximum(share, 1e-12))
            for mass, share, total in zip(block, shares, totals, strict=True)
        ]
        square = (parts[0] - parts[1] - parts[2] + parts[3]) ** 2
        spread, fourth = spread + square.sum(axis=0), fourth + (square**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        move = np.log(now.ratio)
        beyond = (move - np.log(year.ratio)) * np.sign(move) / np.sqrt(spread)
    more = stdtr(np.maximum(_alike(spread, fourth) - 1, 1.0), -beyond) < _FALSE
    return np.asarray(~more & (year.p < _FALSE) & ((year.ratio > 1) == (now.ratio > 1)))


def _told(
    about: Subjects, told: Tallies, change: Change, q: F64, year: Change | None, same: Bool | None, floor: int
) -> list[Trend]:
    """Every topic that may be told of, with what may be told of it; no `q` is finite where nothing was known before."""
    late, early, *past = (hidden(mass, about, floor) for mass in told.mass)
    known = bool(np.isfinite(q).all())
    found = []
    for place, topic in enumerate(about.topics):
        shown, was = not late[place], not early[place] and known
        if not (shown and change.after[place] > 0) and not (was and change.before[place] > 0):
            continue
        moved = q[place] <= _FALSE
        way: Direction = ("rising" if change.after[place] > change.before[place] else "fading") if moved else "steady"
        then = year is not None and min(year.people[place], year.people_before[place]) >= floor
        then = then and not any(each[place] for each in past)  # what was withheld then is withheld now
        found.append(
            Trend(
                topic.id,
                topic.label,
                way if known else None,
                float(change.after[place]) if shown else None,
                float(change.before[place]) if was else None,
                int(change.people[place]) if shown else None,
                int(change.people_before[place]) if was else None,
                _number(change.ratio[place], shown and was),
                _number(change.low[place], shown and was),
                _number(change.high[place], shown and was),
                _number(q[place], shown and was),
                _number(year.ratio[place], then) if year is not None else None,
                bool(same[place]) if same is not None and moved and then else None,
            )
        )
    return found


def hidden(mass: Sparse, about: Subjects, floor: int) -> Bool:
    """(topics,) which shares of a period must not be told: neither alone nor beside those of the broad topics."""
    fine = _hidden(mass, floor, about.parent)
    broader = about.broader()
    if broader is None or about.parent is None:
        return fine
    return fine | _hidden(sparse.csr_array(mass @ broader), floor)[about.parent]


def _hidden(mass: Sparse, floor: int, parent: I64 | None = None) -> Bool:
    had = sparse.csc_array(mass >= HALF)

    def together(cells: Bool) -> int:
        return len(np.unique(had[:, np.flatnonzero(cells)].indices))

    return withheld(having(mass), np.asarray(mass.sum(axis=0), np.float64), floor, together, parent)


def _number(value: float, told: bool) -> float | None:
    return float(value) if told and np.isfinite(value) else None


def _ordered(found: list[Trend]) -> tuple[Trend, ...]:
    def key(one: Trend) -> tuple[int, float, str]:
        if one.direction == "rising":
            return 0, -round(one.ratio or np.inf, 9), one.id
        if one.direction == "fading":
            return 1, round(one.ratio or 0.0, 9), one.id
        return 2, -round(one.share or 0.0, 9), one.id

    return tuple(sorted(found, key=key))
