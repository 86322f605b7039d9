"""`penchant portrait`: a user in words."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, moment, plural, say, table

if TYPE_CHECKING:
    from penchant.narrate.person.portrait import Portrait

_WHY = {
    "first": "the first event",
    "growth": "much has come since the one before",
    "shift": "a shift was found",
    "silence": "three months without an event",
    "return": "the first event after three months",
}


def portrait(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who.", show_default=False)],
    at: options.At = None,
    language: options.Language = None,
    history: Annotated[bool, typer.Option("--history", help="Every portrait up to then, oldest first.")] = False,
    json: options.Json = False,
) -> None:
    """Say who a user is, what changed and what may come.

    As of when it was last drawn: at a shift, when much has come, or after three months of silence. --json also gives the facts
    behind each sentence and the events that show them.
    """
    options.named(user)
    when = options.epoch(at)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        when = engine.now if when is None else when
        found = engine.portraits(user, when, language) if history else [engine.portrait(user, when, language)]
    if json:
        emit({"user": user, "at": when, "portraits": found} if history else found[0])
    elif history:
        _course(user, found)
    else:
        _show(found[0])


def _show(found: "Portrait") -> None:
    say(found.text)
    if found.why is not None:
        events = len({event for claim in found.claims for event in claim.evidence})
        say(f"(drawn {moment(found.at)} UTC: {_WHY[found.why]}; rests on {plural(events, 'event')})")


def _course(user: str, found: "list[Portrait]") -> None:
    shown = table(f"{user}, {plural(len(found), 'portrait')}", "drawn", "until", "why", "portrait")
    for one in found:
        until = "" if one.until is None else moment(one.until)[:10]
        shown.add_row(moment(one.at)[:10], until, str(one.why), one.text)
    say(shown)
