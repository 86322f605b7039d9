"""`penchant shifts`: how a user's interests changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import emit, moment, plural, say, table
from penchant.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from penchant.engine import Engine
    from penchant.shift import Moved

_BAR = 12  # cells of the largest move


def shifts(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose shifts.", show_default=False)],
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only those found from this time on.")] = None,
    at: options.At = None,
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Show how a user's interests shifted, since when and how surely.

    What emerged, was strengthened, faded, fell dormant, came back or gave way to what. The bar is the change of the topic's
    share; --json also names the events that show it.
    """
    options.named(user)
    when, earliest = options.epoch(at), options.epoch(since)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        when = engine.now if when is None else when
        found = engine.shifts(user, when, since=float("-inf") if earliest is None else earliest)
        if plot is not None:
            _draw(engine, user, when, found, plot)
    if json:
        emit({"user": user, "at": when, "shifts": found})
        return
    if not found:
        say(f"no shift of {user}'s interests was found up to {moment(when)} UTC")
        return
    shown = table(
        f"{user}, {plural(len(found), 'shift')} up to {moment(when)} UTC",
        *("since", "found", "", "what", "change", "error"),
        right=("change", "error"),
    )
    for shift in found:
        change, error = f"{shift.effect:+.0%}", f"{shift.error_probability:.1%}"
        shown.add_row(moment(shift.at)[:10], moment(shift.detected_at)[:10], _bar(shift.effect), told(shift), change, error)
    say(shown)


def _draw(engine: "Engine", user: str, at: float, found: "Sequence[Moved]", file: "Path") -> None:
    from penchant.cli.course import course
    from penchant.cli.plots.picture import draw
    from penchant.cli.plots.shifts import picture

    life = course(engine, user, at)
    if life is None:
        raise InvalidInput(f"{user} had done nothing by {moment(at)} UTC: there is nothing to draw; ask for later")
    ids, _, events = engine.log.history(engine.log.user(user), until=at)
    draw(picture(life, found, dict(zip(ids, events.time.tolist(), strict=True))), file)


def told(shift: "Moved") -> str:
    """A shift in words."""
    source, target = shift.source and shift.source.label, shift.target and shift.target.label
    if shift.kind == "migrated":
        return f"moved from {source} to {target}"
    if shift.kind == "excursion":
        return f"a passing excursion to {target}"
    return f"{target or source} {shift.kind}"


def _bar(effect: float) -> str:
    cells = max(1, round(min(abs(effect), 1.0) * _BAR))
    return ("+" if effect > 0 else "-") * cells
