"""`penchant interests`: what a user is into."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import arrow, bar, emit, moment, say, stdout, table
from penchant.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from penchant.cli.course import Course
    from penchant.interest.account import Account, Interest

_SHOWN = 12  # interests in the table, beside those pinned or muted; all are in the JSON


def interests(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose interests.", show_default=False)],
    at: options.At = None,
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Show what a user is into, now or at any time.

    How strongly, since when and where it is going (the arrow is the last week against the last year), how that came about, what
    they prefer beside (the last month against the last year), and the items nearest to where they stand.
    """
    options.named(user)
    when = options.epoch(at)
    from penchant.cli.course import course
    from penchant.cli.sparklines import sparklines
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        account = engine.interests(user, at=when)
        life = None if json and plot is None else course(engine, user, account.at)
    if plot is not None:
        _draw(account, life, plot)
    if json:
        emit(account)
        return
    told = [one for rank, one in enumerate(account.interests) if rank < _SHOWN or one.pinned or one.muted]
    if told:
        say(_interests(account, told))
    else:
        say(f"nothing is known of what {user} is into as of {moment(account.at)} UTC: there are no events, or they were reset")
    if more := len(account.interests) - len(told):
        say(f"... and {more} weaker ones (--json has all)")
    if life is not None and len(life.times) > 1:
        say(*sparklines(life, stdout().width))
    if account.facets:
        say(_preferences(account))
    if any(account.nearest.values()):
        say(_nearest(account))


def _draw(account: "Account", life: "Course | None", file: "Path") -> None:
    if life is None:
        raise InvalidInput(
            f"{account.user} had done nothing by {moment(account.at)} UTC: there is nothing to draw; ask for later"
        )
    from penchant.cli.plots.interests import picture
    from penchant.cli.plots.picture import draw

    draw(picture(account, life), file)


def _interests(account: "Account", told: "list[Interest]") -> "Table":
    title = f"{account.user}, as of {moment(account.at)} UTC"
    columns = ("interest", "strength", "", "share", "trend", "status", "horizon", "last seen", "when")
    shown = table(title, *columns, right=("strength", "share"))
    strongest = max((interest.strength for interest in account.interests), default=0.0) or 1.0
    for one in told:
        marks = {"a guess": one.guess, "pinned": one.pinned, "muted": one.muted}
        status = ", ".join([one.status, *(mark for mark, is_so in marks.items() if is_so)])
        trend = f"{arrow(one.trend)} {one.trend:+.1f}"
        strength, length = f"{one.strength:.2f}", bar(one.strength / strongest)
        seen, when = moment(one.last_seen)[:10], one.when or ""
        shown.add_row(one.label, strength, length, f"{one.share:.0%}", trend, status, one.horizon, seen, when)
    return shown


def _preferences(account: "Account") -> "Table":
    shown = table("\nWhat they prefer beside", "of", "lately, and of the year")
    for facet, values in account.facets.items():
        shown.add_row(facet, ", ".join(f"{each.value} {each.share:.0%} ({each.usual:.0%})" for each in values))
    return shown


def _nearest(account: "Account") -> "Table":
    shown = table("\nNearest items to their taste", "over a", "items")
    for horizon, items in account.nearest.items():
        if items:
            shown.add_row(horizon, ", ".join(f"{near.title or near.item} {near.similarity:.2f}" for near in items))
    return shown
