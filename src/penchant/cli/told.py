"""`penchant told`: what a user has said."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, moment, plural, say, table

if TYPE_CHECKING:
    from penchant.catalog import Catalog
    from penchant.interest.told import Told

_SHOWN = 3  # items of a meaning


def told(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who.", show_default=False)],
    at: options.At = None,
    json: options.Json = False,
) -> None:
    """List what a user said, and what it was taken to mean.

    In searches, reviews and seeds, for (+) or against it (-). Nothing that was said before a reset or in a pause is listed: it
    counts no more.
    """
    options.named(user)
    when = options.epoch(at)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        when = engine.now if when is None else when
        found, catalog = engine.told(user, when), engine.catalog
    if json:
        emit({"user": user, "at": when, "told": found})
    elif not found:
        say(f"{user} had said nothing up to {moment(when)} UTC")
    else:
        _show(user, when, found, catalog)


def _show(user: str, at: float, found: "list[Told]", catalog: "Catalog") -> None:
    shown = table(f"{user}, {plural(len(found), 'phrase')} up to {moment(at)} UTC", "said", "in a", "", "words", "taken to mean")
    for one in found:
        shown.add_row(moment(one.at), one.kind, "+" if one.liked else "-", one.words, _meaning(one.means, catalog))
    say(shown)


def _meaning(items: tuple[str, ...], catalog: "Catalog") -> str:
    """The titles of the first of these items, and how many more there are."""
    if not items:
        return "nothing here"
    titles = [catalog.items[catalog.number(item)].title or item for item in items[:_SHOWN] if item in catalog]
    more = [f"{len(items) - len(titles)} more"] if len(items) > len(titles) else []
    return ", ".join([*titles, *more])
