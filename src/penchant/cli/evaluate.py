"""`penchant evaluate`: systems side by side on one's own data, or on public data by name."""

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penchant.cli import options
from penchant.cli.adapting import MADE, adapting, check, made, tell
from penchant.cli.columns import Columns, with_columns
from penchant.cli.datasets import brought
from penchant.cli.fit import Encoding, Items, Settings, Strict, settings
from penchant.cli.show import emit, say, warn

if TYPE_CHECKING:
    from penchant.config import Config
    from penchant.evaluate.report import Report
    from penchant.evaluate.splits import Split
    from penchant.evaluate.world import World
    from penchant.rank.learn import Progress

Cut = Literal["leave-one-out", "global-time", "replay"]
Protocol = Literal["leave-one-out", "global-time", "replay", "evolution"]

From = Annotated[str | None, typer.Argument(metavar="SOURCE", help="A fitted folder, a data set, or synthetic; or give files.")]
EventsFile = Annotated[Path | None, typer.Option("--events", metavar="FILE", help="What people did.")]
How = Annotated[Protocol, typer.Option("--protocol", help="How the past is told from what is to be found.")]
Count = Annotated[int, typer.Option("-k", "--k", metavar="N", min=1, max=500, help="How long the lists are.")]
Systems = Annotated[str | None, typer.Option("--systems", metavar="NAMES", help="Which: a,b,c; all of them otherwise.")]
Page = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the results, too.")]
_REPLAYED = 10_000  # requests of a replay, drawn from all


@with_columns
def evaluate(
    columns: Columns,
    source: From = None,
    events: EventsFile = None,
    items: Items = None,
    protocol: How = "global-time",
    k: Count = 10,
    systems: Systems = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="What chance starts from.")] = 0,
    config: Settings = None,
    encoder: options.Encoder = None,
    threads: options.Threads = None,
    strict: Strict = False,
    encoding: Encoding = None,
    html: Page = None,
    json: options.Json = False,
) -> None:
    """Compare systems on data of yours, or on public data.

    All see the same rows, the same split and the same candidates, are tuned on validation alone and judged by the same code, with
    95% intervals. Protocols are explained in docs/evaluation.md.
    """
    if (source is None) == (events is None):
        raise typer.BadParameter("give either a SOURCE (a folder or the name of a data set) or --events FILE")
    if protocol == "evolution":
        check(systems, k)
    from penchant.cli.progress import Shown

    with Shown() as progress:
        if events is not None:
            world = in_files(items, events, columns, settings(config, encoder, threads), strict, encoding)
        else:
            world = named(source or "", settings(config, encoder, threads))
        if protocol == "evolution":
            show = partial(tell, adapting(world, seed, progress))
        else:
            show = partial(_tell, _compared(world, protocol, systems, k, seed, progress))
    show(html, json=json)


def _tell(report: "Report", html: Path | None, *, json: bool) -> None:
    if html is not None:
        from penchant.evaluate.page import to_html

        to_html(report, html)
        warn(f"The page is {html}")
    if json:
        emit(report)
    else:
        from penchant.evaluate.report import to_terminal

        say(to_terminal(report))


def _compared(world: "World", protocol: Cut, systems: str | None, k: int, seed: int, progress: "Progress") -> "Report":
    from penchant.evaluate.harness import compare

    return compare(
        _split(world, protocol, seed),
        world.catalog,
        world.config,
        title="Penchant and others" if systems is None else "Systems side by side",
        protocol=protocol,
        dataset=world.name,
        systems=[name.strip() for name in systems.split(",")] if systems else None,
        k=k,
        seed=seed,
        progress=progress,
    )


def _split(world: "World", protocol: Cut, seed: int) -> "Split":
    import numpy as np

    from penchant.evaluate import splits

    rng = np.random.default_rng(seed)
    match protocol:
        case "leave-one-out":
            return splits.leave_one_out(world.events, repeat=world.repeat, rng=rng)
        case "global-time":
            return splits.global_time(world.events, repeat=world.repeat, rng=rng)
        case "replay":
            return splits.replay(world.events, repeat=world.repeat, rng=rng, limit=_REPLAYED)


def named(source: str, config: "Config") -> "World":
    """A fitted folder, as it was fitted, a data set, or made people."""
    from penchant.assets import names
    from penchant.evaluate.world import fitted, world

    folder = Path(source)
    if source == MADE and not folder.exists():
        return made(config)
    if source in names() and not folder.exists():
        data = brought(source)
        return world(source, data.items, data.events, config)
    return fitted(folder)


def in_files(items: Path | None, events: Path, columns: Columns, config: "Config", strict: bool, encoding: str | None) -> "World":
    """Items and events of files; what was read and what was left out is told."""
    from penchant.cli.reading import Files, read, refuse_nothing
    from penchant.cli.rejects import tell_columns, tell_rejects
    from penchant.evaluate.world import world

    files = Files(items, events, columns, strict, encoding)
    rows = read(files, config, time.time())
    tell_columns(rows, files)
    tell_rejects(rows, files)
    refuse_nothing(rows, files)
    return world(events.name, rows.items, rows.events, config)
