"""`penchant models compare`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.columns import Columns, with_columns
from penchant.cli.evaluate import in_files, named
from penchant.cli.fit import Encoding, Items, Settings, Strict, settings
from penchant.cli.show import emit, say, table, warn

if TYPE_CHECKING:
    from penchant.evaluate.encoders import Judged
    from penchant.types import Item

From = Annotated[str | None, typer.Argument(metavar="SOURCE", help="A fitted folder or a data set; or give files.")]
EventsFile = Annotated[Path | None, typer.Option("--events", metavar="FILE", help="What people did.")]
Names = Annotated[str | None, typer.Option("--encoders", metavar="NAMES", help="Which: a,b,c; those that are here otherwise.")]
_TEXTS = 64  # encoded to learn an encoder's speed


@with_columns
def compare(
    columns: Columns,
    source: From = None,
    events: EventsFile = None,
    items: Items = None,
    encoders: Names = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="What chance starts from.")] = 0,
    config: Settings = None,
    threads: options.Threads = None,
    strict: Strict = False,
    encoding: Encoding = None,
    json: options.Json = False,
) -> None:
    """Compare encoders on data of yours, and recommend one.

    One item in ten is taken out of the log and asked for: how well does text find those who take it, as it comes and adapted
    to what people do? Explained in docs/encoders.md.
    """
    if (source is None) == (events is None):
        raise typer.BadParameter("give either a SOURCE (a folder or the name of a data set) or --events FILE")
    from penchant.encode import load_encoder
    from penchant.encode.known import known_encoders
    from penchant.evaluate.encoders import advice, judged

    here = [encoder.name for encoder in known_encoders() if encoder.here]
    names = [name.strip() for name in encoders.split(",")] if encoders else here
    made = settings(config, "hash", threads)  # the cheapest: every encoder below encodes the catalog anew
    told = named(source or "", made) if events is None else in_files(items, events, columns, made, strict, encoding)
    found, paces = [], []
    for name in names:
        warn(f"trying {name}", style="dim")
        paces.append(_pace(name, told.catalog.items, threads or 1))
        found.append(judged(name, load_encoder(name, threads=threads or 1), told, seed=seed))
    if json:
        emit({"encoders": found, "texts_per_second": dict(zip(names, paces, strict=True)), "recommendation": advice(found)})
    else:
        _show(found, paces)
        say("", advice(found))


def _pace(name: str, items: "list[Item]", threads: int) -> float:
    """Texts of the catalog encoded in a second, the cache left aside."""
    from penchant.encode import item_text, load_encoder

    texts = [item_text(item) for item in items[: _TEXTS + 1]]
    loaded = load_encoder(name, threads=threads, cache=None)
    loaded.encode(texts[:1])
    start = time.perf_counter()
    loaded.encode(texts[1:])
    return max(len(texts) - 1, 1) / max(time.perf_counter() - start, 1e-9)


def _show(found: "list[Judged]", paces: list[float]) -> None:
    numbers = ("texts/s", "MB", "new items", "adapted", "others", "adapted ")
    shown = table(f"NDCG@10, {found[0].requests:,} requests for items taken out", "encoder", *numbers, right=numbers)
    for one, pace in zip(found, paces, strict=True):
        gains = (one.cold, one.cold_adapted, one.warm, one.warm_adapted)
        shown.add_row(one.encoder, f"{pace:,.0f}", f"{one.megabytes:.1f}", *(f"{gain:.4f}" for gain in gains))
    say(shown)
