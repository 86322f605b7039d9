"""The option `--plot FILE`, and files that are written whole or not at all."""

import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from penchant.errors import AssetError

ENDINGS = (".png", ".svg", ".pdf", ".html")


def checked(path: Path | None) -> Path | None:
    """The file to draw to, before anything is read or reckoned for it.

    Raises:
        typer.BadParameter: for an ending that is no format, a folder, or a file in a folder that is not there.
        AssetError: where what draws is not installed.
    """
    if path is None:
        return None
    if path.suffix.lower() not in ENDINGS:
        raise typer.BadParameter(
            f"{str(path)!r} must end with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}: the format is told by it"
        )
    if path.is_dir():
        raise typer.BadParameter(f"{str(path)!r} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"the folder {str(path.parent)!r} is not there; make it first")
    if find_spec("matplotlib") is None:
        raise AssetError("--plot draws with Matplotlib, which is not installed; pip install 'penchant[plot]'")
    return path


Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", callback=checked, help="Draw it, too: a .png, .svg, .pdf or .html file."),
]


def written(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: what was there stays until the new one is complete beside it.

    Raises:
        OSError: when it cannot be written; its filename is `path`.
    """
    path = path.resolve()  # a link stays one
    part = path.with_name(f".penchant-{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
