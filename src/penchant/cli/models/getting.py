"""`penchant models get`."""

import re
from typing import Annotated

import typer

from penchant.cli import options
from penchant.cli.models.listing import path
from penchant.cli.show import emit, say, size

What = Annotated[
    str,
    typer.Argument(metavar="NAME|URL|FILE", help="A model of penchant models list, or a GGUF of your own.", show_default=False),
]
Sha256 = Annotated[
    str | None, typer.Option("--sha256", metavar="HEX", help="The checksum of a URL or FILE, which nobody else can vouch for.")
]


def get(what: What, sha256: Sha256 = None, json: options.Json = False) -> None:
    """Fetch a language model once, prove it by its checksum, and say where it is.

    Its terms of use are told, and from then on it is gguf:NAME.
    """
    import msgspec

    from penchant.assets import models

    name = what.removeprefix("gguf:")
    if name in models.MODELS:
        if sha256 is not None:
            raise typer.BadParameter(f"{name} has its checksum already; leave out --sha256")
        models.get(name, progress=True)
    elif sha256 is None and (name in models.names() or not re.search(r"[/\\]|\.gguf$", name)):
        models.locate(name)  # here already, or an error that names what is known
    elif sha256 is None:
        raise typer.BadParameter(
            "a URL or FILE needs --sha256 HEX; sha256sum FILE prints it, publishers show it beside the download"
        )
    else:
        name = models.add(what, sha256, progress=True)
    about = models.describe(name)
    if json:
        emit({**msgspec.structs.asdict(about), "path": path(about.path)})
    else:
        say(f"gguf:{about.name}, {size(about.size)}", f"in {about.path}", f"from {about.origin}")
