"""The numbers behind pictures, as tables of a page."""

from typing import TYPE_CHECKING

from penchant.cli.course import Course
from penchant.cli.plots.captions import day
from penchant.cli.plots.page import Cell, Numbers, Share
from penchant.cli.show import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penchant.interest.account import Account
    from penchant.shift import Moved

_EVERY = 4  # one of so many points of a course is in the table


def interests(account: "Account") -> Numbers:
    """All interests of an account."""
    rows = [
        (one.label, one.theme or "", Share(one.share), f"{one.strength:.2f}", f"{one.trend:+.1f}", one.status, day(one.last_seen))
        for one in account.interests
    ]
    columns = ("interest", "theme", "share", "strength", "trend", "status", "last seen")
    return Numbers(f"Interests as of {moment(account.at)} UTC", columns, rows)


def themes(course: Course) -> Numbers:
    """The shares of the themes over time, a column for each."""
    places = sorted({*range(0, len(course.times), _EVERY), len(course.times) - 1})
    rows: list[list[Cell]] = [[moment(course.times[place]), *map(Share, course.shares[:, place].tolist())] for place in places]
    return Numbers("Themes over time", ("time, UTC", *course.themes), rows)


def shifts(found: "Sequence[Moved]") -> Numbers:
    """Shifts in the order they are given."""
    rows: list[list[Cell]] = []
    for shift in found:
        lost, won = (topic.label if topic else "" for topic in (shift.source, shift.target))
        change, error = Share(shift.effect, signed=True), Share(shift.error_probability)
        evidence = ", ".join(shift.evidence)
        rows.append([moment(shift.at), moment(shift.detected_at), shift.kind, lost, won, change, error, evidence])
    return Numbers("Shifts", ("since", "found", "kind", "from", "to", "change", "error", "events that show it"), rows)
