"""A person's shifts as they are marked on a stream: by the moment they began at, and in few words."""

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from penchant.cli.course import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penchant.shift import Moved


class Moment(NamedTuple):
    """Shifts that began together, and when."""

    at: float  # epoch seconds
    shifts: "tuple[Moved, ...]"


def moments(shifts: "Sequence[Moved]", most: int) -> list[Moment]:
    """The `most` surest of `shifts`, those that began with one event together, in the order of time."""
    told = sorted(sorted(shifts, key=lambda shift: shift.error_probability)[:most], key=lambda shift: (shift.at, -shift.effect))
    return [Moment(at, tuple(group)) for at, group in groupby(told, key=lambda shift: shift.at)]


def phrased(shift: "Moved") -> str:
    """A shift in few words."""
    source, target = (label and brief(label.label) for label in (shift.source, shift.target))
    if shift.kind == "migrated":
        return f"{source} gave way to {target}"
    if shift.kind == "excursion":
        return f"a passing excursion to {target}"
    return f"{target or source} {shift.kind}"
