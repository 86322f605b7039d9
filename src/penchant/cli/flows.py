"""`penchant flows`: between which topics people moved."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import bar, emit, moment, plural, say, table
from penchant.cli.trends import LevelOption

if TYPE_CHECKING:
    from rich.table import Table

    from penchant.shift.flows import Flows

_SHOWN = 20  # flows in the table; all are in the JSON


def flows(
    folder: options.Folder,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Start of the period; 13 weeks before its end.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="End of the period; now is the last event.")
    ] = None,
    level: LevelOption = "broad",
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Show between which topics people moved.

    From as long before the period to the period itself: what each topic lost to which, as a share of everybody's mixes, how many
    people had a part in it, and what came back. Most of what moves does so by chance; q is the rate of false discoveries at which
    more went than came back.
    """
    start, end = options.epoch(since), options.epoch(until)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        told = engine.flows(start, end, level=level)
    if plot is not None:
        from penchant.cli.plots import population
        from penchant.cli.plots.picture import draw

        draw(population.flows(told), plot)
    if json:
        emit(told)
        return
    period = f"{moment(told.since)[:10]} to {moment(told.until)[:10]}"
    if told.people is None:
        say(f"fewer than {told.floor} people did enough before and in {period} to compare their mixes")
        return
    if any(link.source != link.target for link in told.links):
        say(_table(told, period))
    else:
        say(f"no flow of {told.floor} people or more, {period} against as long before; ask for broad topics or longer")
    chance = "" if told.by_chance is None else f", {told.by_chance:.0%} if the same visits came in a random order"
    say(f"{told.moved:.0%} of the mixes is elsewhere than before{chance}")
    if told.left_out:
        share = f"{told.left_out_share:.1%} of the mixes"
        say(f"{plural(told.left_out, 'flow')} left out, {share}: of too few people to be told, as is what - stands for")


def _table(told: "Flows", period: str) -> "Table":
    shown = table(
        f"{period}, against as long before: {told.people:,} people",
        *("from", "to", "people", "share", "", "back", "q"),
        right=("people", "share", "back", "q"),
    )
    label = {node.id: node.label for node in told.nodes}
    back = {(link.source, link.target): link.share for link in told.links}
    moved = [link for link in told.links if link.source != link.target]
    surest = sorted(moved, key=lambda link: (link.q is None or link.q > 0.05, -link.share))[:_SHOWN]
    most = max((link.share for link in surest), default=0.0) or 1.0
    for link in surest:
        returned, q = back.get((link.target, link.source)), "" if link.q is None else f"{link.q:.3f}"
        people, length = f"{link.people:,}", bar(link.share / most)
        shown.add_row(label[link.source], label[link.target], people, _share(link.share), length, _share(returned), q)
    return shown


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"
