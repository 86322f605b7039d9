"""`penchant narrate`: write the texts that wait."""

import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from penchant.cli import options, writer
from penchant.cli.show import emit, plural, say, table
from penchant.errors import GeneratorError, InvalidInput

if TYPE_CHECKING:
    from penchant.narrate.desk.desk import Desk, DeskState
    from penchant.narrate.desk.worker import Drained


def narrate(
    folder: options.Folder,
    generator: writer.Named = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Write so many at most.")] = None,
    json: options.Json = False,
) -> None:
    """Write the texts that wait in a folder. Those are what was asked for, and names, descriptions and the like that are due.

    Ctrl-C stops; what was written is kept, and the same command goes on. `--generator none` dismisses the last one: what it wrote
    is not shown any more.
    """
    from penchant.cli.progress import Shown
    from penchant.due import ask_for_all, settle
    from penchant.engine import Engine
    from penchant.narrate.desk.worker import drain

    with Engine.load(folder) as engine, writer.employed(engine, generator) as employed:
        desk = engine.desk
        if employed is None and generator is None:
            raise InvalidInput(
                "no generator is set; name one with --generator (penchant models list shows some), or set it under [language]"
            )
        if employed is not None:
            ask_for_all(engine)
            with Shown() as live:
                drained = drain(desk, time.time, limit=limit, told=lambda share: live("writing", share))
        if settle(engine):
            engine.save()
        now = time.time()
        state, dropped = desk.state(now), _dropped(desk)
    if employed is None:
        emit(state) if json else say("Nobody writes; everything is said by template.")
    elif json:
        emit(_drained(drained) | {"dropped": dropped, "state": msgspec.to_builtins(state)})
    else:
        _show(drained, state, dropped)
    if employed is not None and set(drained.outcomes) == {"failed"}:
        raise GeneratorError(f"nothing was written: {state.trouble}; try penchant models doctor --generator {employed.name}")


def _dropped(desk: "Desk") -> dict[str, dict[str, int]]:
    """Why texts were dropped, by kind, the most frequent reasons first."""
    return {count.kind: dict(desk.reasons(count.kind)) for count in desk.counts() if count.dropped}


def _drained(drained: "Drained") -> dict[str, object]:
    return {
        "kept": drained.outcomes.get("kept", 0),
        "dropped": drained.outcomes.get("dropped", 0),
        "failed": drained.outcomes.get("failed", 0),
        "waiting": drained.waiting,
        "asked": drained.cost.asked,
        "given": drained.cost.given,
        "money": drained.cost.money,
        "seconds": round(drained.seconds, 2),
    }


def _show(drained: "Drained", state: "DeskState", dropped: dict[str, dict[str, int]]) -> None:
    told = ", ".join(f"{drained.outcomes.get(outcome, 0):,} {outcome}" for outcome in ("kept", "dropped", "failed"))
    cost = f"{drained.cost.asked:,} tokens asked, {drained.cost.given:,} given, {drained.seconds:.1f} s"
    say(f"{state.generator}: {told}; {cost}")
    shown = table("Texts there are", "kind", "kept", "dropped", "waiting", right=("kept", "dropped", "waiting"))
    for count in state.texts:
        shown.add_row(count.kind, f"{count.kept:,}", f"{count.dropped:,}", f"{count.waiting:,}")
    say(shown)
    for kind, reasons in dropped.items():
        for reason, times in reasons.items():
            say(f"  {kind} dropped {plural(times, 'time')}: {reason}")
    waits = "waits" if drained.waiting == 1 else "wait"
    if drained.waiting and state.tokens_left == 0:
        say(f"{plural(drained.waiting, 'text')} {waits} for tomorrow's budget")
    elif drained.waiting and state.trouble:
        say(f"{plural(drained.waiting, 'text')} {waits}; the last trouble was: {state.trouble}")
