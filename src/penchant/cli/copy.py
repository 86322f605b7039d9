"""`penchant copy`: a headline or a notification for an item and a user."""

from typing import Annotated, Literal

import typer

from penchant.cli import options
from penchant.cli.show import emit, say


def copy(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="For whom.", show_default=False)],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's id.", show_default=False)],
    kind: Annotated[
        Literal["headline", "notification"], typer.Option("--kind", help="At most 60 or 120 characters.")
    ] = "headline",
    language: Annotated[Literal["en", "zh"] | None, typer.Option("--language", help="The item's own otherwise.")] = None,
    slate: Annotated[str | None, typer.Option("--slate", metavar="ID", help="For the reason it had in a slate served.")] = None,
    at: options.At = None,
    json: options.Json = False,
) -> None:
    """Write a headline or a notification for an item and a user.

    It names the item and why it is for them, and says nothing that the item does not say of itself.
    """
    options.named(user)
    when = options.epoch(at)
    if slate is not None and when is not None:
        raise typer.BadParameter("a slate has its own time; leave out --at or --slate")
    from penchant.engine import Engine
    from penchant.telling.copying import copy as written

    with Engine.load(folder) as engine:
        found = written(engine, user, item, sort=kind, slate=slate, language=language, at=when)
    if json:
        emit(found)
    else:
        say(found.text)
