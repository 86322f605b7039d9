"""`penchant recommend`: one slate, with reasons."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, moment, say, table, warn

if TYPE_CHECKING:
    from rich.table import Table

    from penchant.slate.slate import Recommendation, Slate

User = Annotated[str | None, typer.Argument(metavar="USER", help="Whom for; not needed with --text or --history.")]
Count = Annotated[int, typer.Option("-k", "--k", metavar="N", min=1, max=500, help="How many items.")]
TextWanted = Annotated[str | None, typer.Option("--text", metavar="WORDS", help="What is wanted, in words of any language.")]
History = Annotated[list[str] | None, typer.Option("--history", metavar="IDS", help="Items somebody had, oldest first: a,b,c.")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", metavar="IDS", help="Items to leave out: a,b,c.")]


def recommend(
    folder: options.Folder,
    user: User = None,
    k: Count = 10,
    at: options.At = None,
    text: TextWanted = None,
    history: History = None,
    category: Annotated[str | None, typer.Option("--category", metavar="NAME", help="Only items of this category.")] = None,
    brand: Annotated[str | None, typer.Option("--brand", metavar="NAME", help="Only items of this brand.")] = None,
    language: Annotated[str | None, typer.Option("--language", metavar="CODE", help="Only items in this language.")] = None,
    price_min: Annotated[
        float | None, typer.Option("--price-min", metavar="PRICE", help="Only items that cost this much or more.")
    ] = None,
    price_max: Annotated[
        float | None, typer.Option("--price-max", metavar="PRICE", help="Only items that cost this much or less.")
    ] = None,
    exclude: Exclude = None,
    without: Annotated[list[str] | None, typer.Option("--without", metavar="NAMES", help="No item of these categories.")] = None,
    least: Annotated[
        list[str] | None, typer.Option("--min", metavar="NAME:N", help="Only where this is N or more: year:1990.")
    ] = None,
    most: Annotated[list[str] | None, typer.Option("--max", metavar="NAME:N", help="Only where this is N or less.")] = None,
    json: options.Json = False,
) -> None:
    """Recommend to a user, after a history, or for words.

    Each item comes with its score, the source that spoke for it most, and what it owes itself to.
    """
    _check(user, text, history)
    when = options.epoch(at)
    from penchant.catalog import Filter
    from penchant.catalog.ranges import ranges
    from penchant.engine import Engine

    low, high = ranges(least or ()), ranges(most or ())
    names = tuple(name.strip() for given in without or () for name in given.split(",") if name.strip())
    where = Filter(category, brand, language, price_min, price_max, without=names, at_least=low, at_most=high)
    with Engine.load(folder) as engine:
        had, without = options.ids(history or (), engine.catalog), options.ids(exclude or (), engine.catalog)
        slate = engine.recommend(user, history=had, text=text, k=k, at=when, where=where, exclude=without)
        _note(slate, stranger=user is not None and engine.log.user(user) < 0)
    if json:
        emit(slate)
    else:
        if slate.asked is not None and slate.asked.words:
            say(f"Understood: {slate.asked.words}")
        say(as_table(slate, f"For {user}" if user else "For you"))


def _check(user: str | None, text: str | None, history: list[str] | None) -> None:
    """Raise typer.BadParameter where nobody and nothing is asked for, or a name is empty."""
    if user is None and not text and not history:
        raise typer.BadParameter("name a USER, or give --text or --history")
    options.named(user)
    for given in history or ():
        if not given.strip(", "):
            raise typer.BadParameter("--history names no item; give ids with commas between them, or leave it out")


def _note(slate: "Slate", *, stranger: bool) -> None:
    """Say what is unusual about a slate."""
    if stranger:
        warn(f"user {slate.user!r} has no events; this is what somebody new is shown", style="yellow")
    if not slate.items:
        warn("no item is left: the filters, or what the user had, leave nothing; loosen them", style="yellow")


def as_table(slate: "Slate", title: str) -> "Table":
    """A slate for people."""
    columns = ("", "item", "title", "score", "source", "because")
    shown = table(f"{title}, as of {moment(slate.at)} UTC", *columns, right=("score",))
    for place, item in enumerate(slate.items, 1):
        shown.add_row(str(place), item.item, item.title, f"{item.score:.2f}", item.source, _reasons(item))
    return shown


def _reasons(item: "Recommendation") -> str:
    """What an item owes itself to, with its share of what is told."""
    total = sum(reason.value for reason in item.because) or 1.0
    told = [reason for reason in item.because if reason.value > 0 or reason.kind == "pin"]
    return "; ".join(f"{one.label or one.id}" + (f" {one.value / total:.0%}" if one.value > 0 else "") for one in told)
