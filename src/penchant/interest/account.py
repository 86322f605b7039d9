"""A person's account: what they are into at a time, read from their history alone, so that any past time has its answer."""

from collections import Counter
from typing import Literal

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.config import Fold
from penchant.types import DAY, F64, Events, Interests

Horizon = Literal["session", "short", "long"]
Status = Literal["trial", "active", "fading", "dormant"]

UNKNOWN = "unknown"  # the category of items that have none
_SPANS: dict[Horizon, float] = {"session": 3600.0, "short": 7 * DAY, "long": 365 * DAY}  # half-lives, seconds
_STRENGTH = 30 * DAY  # half-life of an interest's strength
_PRIOR = 3.0  # events' worth of the year that the last weeks are mixed with
_TRIAL, _DORMANT = 3, 90 * DAY  # fewer events are a trial; a longer silence is dormant
_EVIDENCE = 5


class Interest(msgspec.Struct, frozen=True):
    """One category a person spends events on.

    `strength` is the decayed sum of event weights (half-life 30 days). `share` is its part of all strength, shrunk towards its
    part of the year (half-life 365 days) as three more events would: one click after a silence does not rewrite who somebody is.
    `trend` is the log2 ratio of the part of the week, shrunk likewise, to that of the year: +1 is twice as much as usual; 0 for a
    dormant interest. `horizon` is the shortest that holds half of the year's mass.
    """

    id: str
    label: str
    keywords: tuple[str, ...]
    strength: float
    share: float
    trend: float
    horizon: Horizon
    status: Status
    since: float
    last_seen: float
    evidence: tuple[str, ...]


class Near(msgspec.Struct, frozen=True):
    """An item close to where a person stands; `similarity` is a cosine."""

    item: str
    title: str
    similarity: float


class Account(msgspec.Struct, frozen=True):
    """What a person is into at `at`: categories by share, and the items nearest to their taste at each horizon."""

    user: str
    at: float
    interests: tuple[Interest, ...]
    nearest: dict[Horizon, tuple[Near, ...]]


def account(
    user: str, at: float, ids: list[str], events: Events, interests: Interests, catalog: Catalog, settings: Fold
) -> Account:
    """The account of one user from their `events` up to `at`, whose event ids are `ids`, and the fold's read-out at `at`."""
    nearest = {span: _nearest(interests, catalog, settings, half_life) for span, half_life in _SPANS.items()}
    named = np.flatnonzero((events.item >= 0) & (events.weight != 0))
    rows: dict[str, list[int]] = {}
    for row in named.tolist():
        for category in catalog.items[events.item[row]].categories or (UNKNOWN,):
            rows.setdefault(category, []).append(row)
    width = np.array([max(1, len(catalog.items[item].categories)) if item >= 0 else 1 for item in events.item.tolist()])
    weight = events.weight / width  # an event's weight is shared among the item's categories
    age = at - events.time
    faded = {span: weight * np.exp2(-age / half_life) for span, half_life in (_SPANS | {"strength": _STRENGTH}).items()}
    whole = {span: max(float(np.maximum(column * width, 0)[named].sum()), 1e-30) for span, column in faded.items()}
    found = [_interest(category, np.array(members), events, ids, faded, whole, at, catalog) for category, members in rows.items()]
    return Account(user, at, tuple(sorted(found, key=lambda interest: (-interest.share, interest.id))), nearest)


def _interest(
    category: str,
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    events: Events,
    ids: list[str],
    faded: dict[str, F64],
    whole: dict[str, float],
    at: float,
    catalog: Catalog,
) -> Interest:
    mass = {span: max(float(column[rows].sum()), 0.0) for span, column in faded.items()}
    usual = mass["long"] / whole["long"]
    share, lately = ((mass[span] + _PRIOR * usual) / (whole[span] + _PRIOR) for span in ("strength", "short"))
    last = float(events.time[rows[-1]])
    asleep = at - last > _DORMANT
    trend = 0.0 if asleep or usual <= 0 else float(np.log2(lately / usual))
    beside = Counter(other for row in rows.tolist() for other in catalog.items[events.item[row]].categories if other != category)
    return Interest(
        id=f"category:{category}",
        label=category,
        keywords=tuple(name for name, _ in beside.most_common(3)),
        strength=float(faded["strength"][rows].sum()),
        share=share,
        trend=trend,
        horizon=next((span for span in _SPANS if mass[span] > mass["long"] / 2), "long"),
        status="dormant" if asleep else "trial" if len(rows) < _TRIAL else "fading" if trend < -1 else "active",
        since=float(events.time[rows[0]]),
        last_seen=last,
        evidence=tuple(ids[row] for row in rows[: -_EVIDENCE - 1 : -1]),
    )


def _nearest(interests: Interests, catalog: Catalog, settings: Fold, half_life: float, count: int = 5) -> tuple[Near, ...]:
    which = int(np.argmin(np.abs(np.log(np.array(settings.half_lives) / half_life))))
    taste = interests.vector[0, which]
    length = float(np.linalg.norm(taste))
    if length < 1e-30 or not len(catalog):
        return ()
    likeness = catalog.vectors @ (taste / np.float32(length))
    best = np.argsort(-likeness, kind="stable")[:count]
    return tuple(Near(catalog.items[row].id, catalog.items[row].title, float(likeness[row])) for row in best.tolist())
