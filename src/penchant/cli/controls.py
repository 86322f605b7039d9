"""`penchant controls`: what a user has set, and setting it."""

from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, moment, say, table, warn

if TYPE_CHECKING:
    from penchant.engine import Engine
    from penchant.interest.controls import Controls

_Ids = list[str] | None
_Pin = Annotated[_Ids, typer.Option("--pin", metavar="ID", help="Always leave room for this interest. Repeatable.")]
_Unpin = Annotated[_Ids, typer.Option("--unpin", metavar="ID", help="No longer pin it.")]
_Mute = Annotated[_Ids, typer.Option("--mute", metavar="ID", help="Never show anything of this interest. Repeatable.")]
_Unmute = Annotated[_Ids, typer.Option("--unmute", metavar="ID", help="No longer mute it.")]
_Seed = Annotated[str | None, typer.Option("--seed", metavar="TEXT", help="A taste to begin with, in words of any language.")]
_Items = Annotated[_Ids, typer.Option("--seed-item", metavar="ITEM", help="An item they like. Repeatable.")]
_Pause = Annotated[bool | None, typer.Option("--pause/--resume", help="Learn nothing from what they do, or learn again.")]
_Reset = Annotated[bool, typer.Option("--reset", help="Forget what was learned from them and was seeded so far.")]


def controls(
    folder: options.Folder,
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose controls.", show_default=False)],
    pin: _Pin = None,
    unpin: _Unpin = None,
    mute: _Mute = None,
    unmute: _Unmute = None,
    seed: _Seed = None,
    seed_item: _Items = None,
    pause: _Pause = None,
    reset: _Reset = False,
    json: options.Json = False,
) -> None:
    """Show or set what a user pins, mutes or resets.

    Interests go by the ids that `penchant interests DIR USER --json` gives. What is set is kept in the log like any event, and in
    force on the next request.
    """
    options.named(user)
    from penchant.engine import Engine
    from penchant.interest.controls import Change

    with Engine.load(folder) as engine:
        before = engine.controls(user)
        change = Change(
            pin=_listed(before.pin, pin, unpin),
            mute=_listed(before.mute, mute, unmute),
            text=seed,
            items=tuple(seed_item or ()),
            pause=pause,
            reset=reset,
        )
        if change != Change():
            if engine.log.user(user) < 0:
                warn(f"user {user!r} has no events yet; set for when they come", style="yellow")
            engine.control(user, change)
        found = engine.controls(user)
        if json:
            emit({"user": user} | {name: getattr(found, name) for name in found.__struct_fields__})
            return
        _tell(user, found, engine)


def _listed(before: tuple[str, ...], more: _Ids, less: _Ids) -> tuple[str, ...] | None:
    if not more and not less:
        return None
    after = tuple(one for one in dict.fromkeys((*before, *(more or ()))) if one not in (less or ()))
    return None if after == before else after


def _tell(user: str, found: "Controls", engine: "Engine") -> None:
    from penchant.interest.parts import called

    def names(ids: tuple[str, ...]) -> str:
        return ", ".join(f"{called(one, engine.known.topics).label} ({one})" for one in ids)

    told = {
        "pinned": names(found.pin),
        "muted": names(found.mute),
        "seeded": ", ".join(one.text or " ".join(one.items) for one in found.seeds),
        "paused since": "" if found.paused_since is None else moment(found.paused_since),
        "reset": "" if found.reset_at is None else moment(found.reset_at),
    }
    if not any(told.values()):
        say(f"{user} has set nothing; see penchant controls --help")
        return
    shown = table(f"What {user} has set", "", "")
    for what, value in told.items():
        if value:
            shown.add_row(what, value)
    say(shown)
