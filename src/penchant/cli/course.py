"""The course of a person's interests: which part of the whole each theme had, from their first event on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from penchant.types import F64

if TYPE_CHECKING:
    from penchant.engine import Engine
    from penchant.interest.account import Account
    from penchant.shift import Moved

POINTS = 48  # times of a course
OTHER = "everything else"
_MOST = 8  # themes that are told apart
_MOVED = 5  # of them that shifts are about, though they may be small
_PEAK = 0.25  # what a theme's largest share counts for beside its mean: a short passion is worth a row too


class Course(NamedTuple):
    """Shares of the themes over time; the columns of `shares` sum to 1, or to 0 where nothing was known yet."""

    user: str
    times: F64  # (points,) epoch seconds, evenly spread; only one where everything happened at once
    themes: tuple[str, ...]  # the largest first, at last everything else
    shares: F64  # (themes, points)
    events: F64  # (n,) when the person did something, in order
    shifts: tuple["Moved", ...]  # in the order they were found


def course(engine: "Engine", user: str, at: float) -> Course | None:
    """How a user's interests went up to `at`, epoch seconds; None where there is no event by then.

    Raises:
        UnknownUser: for a user without events.
    """
    _, _, events = engine.log.history(engine.log.user(user), until=at)
    events = events.take(events.weight != 0)  # what only sets a control, or was merely shown, is nothing they did
    if not len(events.user):
        engine.timeline(user, (at,))  # which knows whether there is such a user
        return None
    times, shifts = np.unique(np.linspace(events.time[0], at, POINTS)), engine.shifts(user, at)
    surely = sorted(shifts, key=lambda shift: shift.error_probability)
    moved = dict.fromkeys(topic.label for shift in surely for topic in (shift.target, shift.source) if topic)
    themes, shares = banded(engine.timeline(user, times.tolist()), list(moved)[:_MOVED])
    return Course(user, times, themes, shares, events.time, shifts)


def banded(accounts: Sequence["Account"], wanted: Sequence[str] = ()) -> tuple[tuple[str, ...], F64]:
    """Eight themes of `accounts`, the `wanted` and the leading ones, the largest first, then everything else, and their shares
    (themes, accounts).

    An interest without a theme is one itself. Where shares exceed 1 together, as events against something let them, they are
    scaled to it; what is left to 1 is everything else.
    """
    totals = [_by_theme(account) for account in accounts]
    names = sorted({theme for total in totals for theme in total})
    table = np.array([[total.get(name, 0.0) for total in totals] for name in names]).reshape(len(names), len(accounts))
    table /= np.maximum(table.sum(axis=0), 1.0)
    rank = table.mean(axis=1) + _PEAK * table.max(axis=1, initial=0.0)
    first = np.lexsort((-rank, [name not in wanted for name in names]))[:_MOST]
    kept = first[np.argsort(-rank[first], kind="stable")]
    known = np.array([bool(account.interests) for account in accounts], float)
    rest = np.maximum(known - table[kept].sum(axis=0), 0.0)
    return (*(names[place] for place in kept.tolist()), OTHER), np.vstack([table[kept], rest])


def brief(label: str) -> str:
    """A label without its second example.

    >>> brief("Drama: The Insider · Magnolia")
    'Drama: The Insider'
    """
    return label.split(" · ")[0]


def _by_theme(account: "Account") -> dict[str, float]:
    total: dict[str, float] = {}
    for interest in account.interests:
        theme = interest.theme or interest.label
        total[theme] = total.get(theme, 0.0) + interest.share
    return total
