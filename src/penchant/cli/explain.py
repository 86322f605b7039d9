"""`penchant explain`: why an item has its score for a user."""

from typing import Annotated

import typer

from penchant.cli import options
from penchant.cli.show import bar, emit, moment, say, table


def explain(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="For whom.", show_default=False)],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's id.", show_default=False)],
    slate: Annotated[str | None, typer.Option("--slate", metavar="ID", help="As it was in a slate served to them.")] = None,
    at: options.At = None,
    language: options.Language = None,
    json: options.Json = False,
) -> None:
    """Show what an item's score is made of for a user.

    Each past event and source with what it adds, where the item would stand without the strongest events, and the same in words.
    """
    options.named(user)
    when = options.epoch(at)
    if slate is not None and when is not None:
        raise typer.BadParameter("a slate has its own time; leave out --at or --slate")
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        found = engine.explain(user, item, slate=slate, at=when, language=language)
    if json:
        emit(found)
        return
    heading = f"{found.title} for {user}, as of {moment(found.at)} UTC: score {found.score:.2f}, number {found.rank:,} by score"
    shown = table(heading, "adds", "", "what", "", right=("adds",))
    most = max((abs(one.value) for one in found.contributions), default=1.0) or 1.0
    for one in found.contributions:
        shown.add_row(f"{one.value:+.2f}", bar(abs(one.value) / most), one.label, one.kind)
    say(shown)
    say(found.text)
