"""`penchant cohorts`: people by what they came for."""

from typing import TYPE_CHECKING

from penchant.cli import options
from penchant.cli.show import bar, emit, moment, plural, say, table

if TYPE_CHECKING:
    from penchant.shift.cohorts import Cohort, Return

_TOPICS = 2  # that a cohort is into, in the table; all are in the JSON


def cohorts(folder: options.Folder, at: options.At = None, json: options.Json = False) -> None:
    """Show people by what they came for, and who came back.

    That is what their first visit was about most, and beside it what they are into now, in the last quarter. Back after a week
    means an event 7 to 14 days after the first, of those who had so long; likewise a month and a quarter.
    """
    when = options.epoch(at)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        told = engine.cohorts(when)
    if json:
        emit(told)
        return
    if not told.cohorts:
        say(f"there is no group of {told.floor} people who came for the same up to {moment(told.at)} UTC")
        return
    shown = table(
        f"Who came before {moment(told.at)[:10]}",
        *("came for", "people", "", "week", "month", "quarter", "active", "into now"),
        right=("people", "week", "month", "quarter", "active"),
    )
    most = max(one.people for one in told.cohorts)
    for one in told.cohorts:
        active = f"<{told.floor}" if one.active is None else f"{one.active:,}"
        back = (_share(each) for each in one.returned)
        shown.add_row(one.label, f"{one.people:,}", bar(one.people / most), *back, active, _into(one))
    say(shown)
    if any(each.share is None for one in told.cohorts for each in one.returned):
        say(f"- where fewer than {told.floor} people came back, or fewer did not")
    if told.joined:
        say(f"others are {plural(told.joined, 'topic')} that fewer than {told.floor} people came for, or that would tell of such")


def _share(returned: "Return") -> str:
    return "-" if returned.share is None else f"{returned.share:.0%}"


def _into(one: "Cohort") -> str:
    return ", ".join(f"{into.label} {into.share:.0%}" for into in one.now[:_TOPICS])
