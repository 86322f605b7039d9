"""`penchant datasets`: public data by name."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli import options
from penchant.cli.show import emit, say, size, table, warn
from penchant.errors import InvalidInput

if TYPE_CHECKING:
    from penchant.assets import Dataset, Description

app = typer.Typer(name="datasets", help="Public data sets by name.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Which one; see penchant datasets list.", show_default=False)]
Source = Annotated[Path | None, typer.Option("--from", metavar="PATH", help="Files you have already, instead of a download.")]


@app.command("list")
def list_(json: options.Json = False) -> None:
    """List the data sets: size, terms, whether they are here."""
    from penchant.assets import describe, names

    known = [describe(name) for name in names()]
    if json:
        emit({"datasets": [as_json(one) for one in known]})
        return
    numbers = ("users", "items", "events", "download")
    shown = table("", "name", "what", *numbers, "here", "licence", right=numbers)
    for one in known:
        counts = [f"{count:,}" for count in (one.users, one.items, one.events)]
        weight = size(one.download) if one.download else "by hand"
        shown.add_row(one.name, one.summary, *counts, weight, "yes" if one.cached else "no", re.split("[;:]", one.licence)[0])
    say(shown)


@app.command("get")
def get(name: Name, source: Source = None, json: options.Json = False) -> None:
    """Fetch a data set once, and say where it is.

    Its rows are proven by their checksum, its terms of use are told, and from then on it is read from the cache.
    """
    from penchant.assets import describe

    brought(name, source)
    one = describe(name)
    if json:
        emit(as_json(one))
    else:
        say(f"{name}: {one.users:,} users, {one.items:,} items, {one.events:,} events", f"in {one.folder}", f"from {one.origin}")


def brought(name: str, source: Path | None = None) -> "Dataset":
    """The data set, with its terms told on stderr and the download shown there.

    Raises:
        InvalidInput: for a data set that is not downloaded and not here yet.
    """
    from penchant.assets import describe, load

    one = describe(name)
    if not (one.download or one.cached or source):
        how = f"penchant datasets get {name} --from FOLDER"
        raise InvalidInput(f"{name} is read from files of yours, which docs/data.md tells how to get; then run: {how}")
    if one.cached and source is None:  # load tells the terms when it brings the data in
        warn(f"{name}: {one.licence}\nCite: {one.citation}", style="dim")
    return load(name, source=source, progress=True)


def as_json(one: "Description") -> dict[str, object]:
    """What is known about a data set, for programs."""
    import msgspec

    return {name: str(value) if isinstance(value, Path) else value for name, value in msgspec.structs.asdict(one).items()}
