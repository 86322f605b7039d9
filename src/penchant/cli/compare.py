"""`penchant compare`: a user's interests at two times."""

from typing import Annotated

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import arrow, bar, emit, moment, say, table

_SHOWN = 15  # differences in the table; all are in the JSON


def compare(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose interests.", show_default=False)],
    first: Annotated[str, typer.Argument(metavar="FROM", help="A time: ISO 8601 or epoch seconds.", show_default=False)],
    second: Annotated[str | None, typer.Argument(metavar="TO", help="A later one; their last event if not given.")] = None,
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Compare a user's interests at two times.

    Which share of the whole each had and has, the largest change first.
    """
    options.named(user)
    start, end = options.epoch(first), options.epoch(second)
    assert start is not None
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        told = engine.compare(user, start, engine.now if end is None else end)
    if plot is not None:
        from penchant.cli.plots.compare import picture
        from penchant.cli.plots.picture import draw

        draw(picture(told), plot)
    if json:
        emit(told)
        return
    title = f"{user}, from {moment(told.first)} to {moment(told.second)} UTC"
    shown = table(title, "interest", "before", "", "after", "", "change", "status", right=("before", "after", "change"))
    most = max((max(one.before, one.after) for one in told.differences), default=0.0) or 1.0
    for one in told.differences[:_SHOWN]:
        shares = f"{one.before:.0%}", bar(one.before / most), f"{one.after:.0%}", bar(one.after / most)
        status = f"{one.status_before or 'nothing'} {arrow(0.0)} {one.status_after or 'nothing'}"
        shown.add_row(one.label, *shares, f"{one.change:+.0%}", status)
    say(shown)
    if len(told.differences) > _SHOWN:
        say(f"... and {len(told.differences) - _SHOWN} smaller changes (--json has all)")
