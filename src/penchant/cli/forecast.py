"""`penchant forecast`: which topics a user will turn to."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import bar, emit, moment, say, table

if TYPE_CHECKING:
    from rich.table import Table

    from penchant.shift.forecast import Forecast

_SHOWN = 12  # topics in the table; all are in the JSON


def forecast(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose forecast.", show_default=False)],
    ahead: Annotated[str, typer.Option("--ahead", metavar="PERIOD", help="How far: P7D, P1M, PT12H or seconds.")] = "P30D",
    at: options.At = None,
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Show which topics a user will turn to.

    Expected is a topic's share in everything they will do from now until that far ahead, with the bounds that hold the share
    they will show four times in five; beside it stands its share in what they did lately.
    """
    options.named(user)
    when, length = options.epoch(at), _seconds(ahead)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        told = engine.forecast(user, length, when)
    if plot is not None:
        from penchant.cli.plots.forecast import picture
        from penchant.cli.plots.picture import draw

        draw(picture(told), plot)
    if json:
        emit(told)
        return
    if not told.topics:
        say("nothing was learned of topics from this log: it has too few")
        return
    say(_table(told))
    if more := len(told.topics) - _SHOWN:
        say(f"... and {more} smaller ones (--json has all)" if more > 0 else "")
    say(f"{told.own:.0%} of it is from their own past, the rest from what everybody does")


def _seconds(ahead: str) -> float:
    """Raises typer.BadParameter for what is no time ahead."""
    from penchant.events.times import parse_duration
    from penchant.shift.forecast import LONGEST

    length = parse_duration(ahead)
    if length is None or not 0 < length <= LONGEST:
        raise typer.BadParameter(f"{ahead!r} is not a time ahead; write P7D, P1M, PT12H or seconds, up to five years")
    return length


def _table(told: "Forecast") -> "Table":
    title = f"{told.user}, from {moment(told.at)} to {moment(told.at + told.ahead)} UTC"
    shown = table(title, "topic", "now", "", "expected", "80%", "", right=("now", "expected", "80%"))
    most = max(max(topic.share, topic.now) for topic in told.topics)
    for topic in told.topics[:_SHOWN]:
        span = f"{topic.low:.0%} to {topic.high:.0%}"
        shown.add_row(topic.label, f"{topic.now:.0%}", bar(topic.now / most), f"{topic.share:.0%}", span, bar(topic.share / most))
    return shown
