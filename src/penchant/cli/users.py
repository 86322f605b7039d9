"""`penchant users`: who is most active."""

from typing import Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, moment, plural, say, table


def users(
    folder: options.Folder,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many users.")] = 20,
    json: options.Json = False,
) -> None:
    """List the most active users and when they were."""
    import numpy as np

    from penchant.cli.activity import activity
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        seen = activity(engine.log)
    order = [number for number in np.argsort(-seen.events, kind="stable").tolist() if seen.events[number]]
    columns = (column.tolist() for column in (seen.events, seen.first, seen.last))
    told = [dict(zip(("user", "events", "first", "last"), row, strict=True)) for row in zip(seen.ids, *columns, strict=True)]
    if json:
        emit({"total": len(order), "users": [told[number] for number in order[:limit]]})
        return
    shown = table(f"{plural(len(order), 'user')}, most active first", "user", "events", "first", "last", right=("events",))
    for number in order[:limit]:
        first, last = moment(float(seen.first[number])), moment(float(seen.last[number]))
        shown.add_row(seen.ids[number], f"{seen.events[number]:,}", first, last)
    say(shown)
