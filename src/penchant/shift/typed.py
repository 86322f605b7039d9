"""Typed shifts: what a person's alarms mean in words that people use."""

from typing import Literal

import msgspec
import numpy as np

from penchant.errors import InvalidInput
from penchant.shift.alarms import Alarms
from penchant.types import DAY, F32, F64, I64

Kind = Literal["emerged", "strengthened", "faded", "dormant", "revived", "migrated", "excursion"]


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the kinds part."""

    silence: float = 90 * DAY  # seconds without a topic after which it comes back as revived, or is dormant
    even: float = 0.5  # of two moves, the smaller is this much of the larger where one topic gave way to the other
    passing: int = 60  # events within which a move that is undone was an excursion
    evidence: int = 10  # events that are named at most


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changed in what a person does; topics by number, None where the kind names none."""

    kind: Kind
    source: int | None  # the topic that lost
    target: int | None  # the topic that gained
    at: float  # when it seems to have begun, epoch seconds
    detected_at: float
    effect: float  # difference of shares, of the target where there is one
    error_probability: float
    evidence: tuple[int, ...]  # positions of the person's events that show it


def typed(alarms: Alarms, time: F64, memberships: F32, rules: Rules | None = None) -> list[Shift]:
    """The shifts behind one person's alarms, in the order they were found.

    `time` (n,) and `memberships` (n, B) are the person's events up to now, at least up to the last alarm. A topic that rose has
    emerged where no event before showed it, is revived where none did for `silence`, and strengthened otherwise; one that fell is
    dormant where at the last event it had not been seen for `silence`, and faded otherwise. The largest fall and the largest rise
    of one shift are a migration where they are about `even`. A rise that is undone within `passing` events is an excursion.

    Raises:
        InvalidInput: for alarms of several people, or at events that are not given.
    """
    if len(np.unique(alarms.row)) > 1 or alarms.at.max(initial=-1) >= len(time):
        raise InvalidInput(f"alarms must be of one person and of the {len(time):,} events given; take them by row first")
    rules = rules or Rules()
    gone = _undone(alarms, rules)
    found = [_excursion(alarms, rise, fall, time, memberships, rules) for rise, fall in gone.items()]
    left = np.setdiff1d(np.arange(len(alarms.row)), [*gone, *gone.values()])
    for at in np.unique(alarms.at[left]):
        found.extend(_of_one(alarms, left[alarms.at[left] == at], time, memberships, rules))
    return sorted(found, key=lambda shift: (shift.detected_at, shift.at, shift.target or 0, shift.source or 0))


def _undone(alarms: Alarms, rules: Rules) -> dict[int, int]:
    """Rises that a later fall of the same topic takes back by half or more, and that fall."""
    found: dict[int, int] = {}
    for rise in np.flatnonzero(alarms.up).tolist():
        later = (alarms.topic == alarms.topic[rise]) & ~alarms.up & (alarms.at > alarms.at[rise])
        soon = later & (alarms.since - alarms.since[rise] <= rules.passing) & (-alarms.effect >= alarms.effect[rise] / 2)
        if soon.any():
            found[rise] = int(np.flatnonzero(soon)[0])
    return found


def _excursion(alarms: Alarms, rise: int, fall: int, time: F64, memberships: F32, rules: Rules) -> Shift:
    topic = int(alarms.topic[rise])
    return Shift(
        kind="excursion",
        source=None,
        target=topic,
        at=float(time[alarms.since[rise]]),
        detected_at=float(time[alarms.at[fall]]),
        effect=float(alarms.effect[rise]),
        error_probability=float(max(alarms.error[rise], alarms.error[fall])),
        evidence=_showing(memberships, topic, int(alarms.since[rise]), int(alarms.since[fall]), rules),
    )


def _of_one(alarms: Alarms, rows: I64, time: F64, memberships: F32, rules: Rules) -> list[Shift]:
    """The shifts of alarms that were raised together."""
    effect = alarms.effect[rows]
    up, down = int(rows[effect.argmax()]), int(rows[effect.argmin()])
    rise, fall = float(effect.max()), float(-effect.min())
    found = []
    if min(rise, fall) > 0 and min(rise, fall) >= rules.even * max(rise, fall):
        found.append(_told(alarms, up, "migrated", time, memberships, rules, source=int(alarms.topic[down])))
        rows = np.setdiff1d(rows, [up, down])
    for row in rows.tolist():
        kind = (_risen if alarms.up[row] else _fallen)(alarms, row, time, memberships, rules)
        found.append(_told(alarms, row, kind, time, memberships, rules))
    return found


def _risen(alarms: Alarms, row: int, time: F64, memberships: F32, rules: Rules) -> Kind:
    seen = np.flatnonzero(memberships[: alarms.since[row], alarms.topic[row]] > 0)
    if not len(seen):
        return "emerged"
    return "revived" if time[alarms.since[row]] - time[seen[-1]] >= rules.silence else "strengthened"


def _fallen(alarms: Alarms, row: int, time: F64, memberships: F32, rules: Rules) -> Kind:
    seen = np.flatnonzero(memberships[:, alarms.topic[row]] > 0)
    return "dormant" if len(seen) and time[-1] - time[seen[-1]] >= rules.silence else "faded"


def _told(alarms: Alarms, row: int, kind: Kind, time: F64, memberships: F32, rules: Rules, source: int | None = None) -> Shift:
    topic, since, at = int(alarms.topic[row]), int(alarms.since[row]), int(alarms.at[row])
    rose = bool(alarms.up[row])
    return Shift(
        kind=kind,
        source=source if rose else topic,
        target=topic if rose else None,
        at=float(time[since]),
        detected_at=float(time[at]),
        effect=float(alarms.effect[row]),
        error_probability=float(alarms.error[row]),
        evidence=_showing(memberships, topic, since, at + 1, rules) if rose else _showing(memberships, topic, 0, since, rules),
    )


def _showing(memberships: F32, topic: int, start: int, stop: int, rules: Rules) -> tuple[int, ...]:
    """The last events from `start` up to `stop` that are about the topic: of a rise, what came; of a fall, what went."""
    shown = start + np.flatnonzero(memberships[start:stop, topic] > 0)
    return tuple(shown[-rules.evidence :].tolist())
