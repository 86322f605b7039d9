"""A picture with its numbers, and the file it becomes."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from penchant.cli.plots import page
from penchant.cli.plots.files import written
from penchant.cli.plots.look import PAPER, drawing
from penchant.cli.plots.page import Numbers
from penchant.cli.show import warn

_DPI = 160
_UNDATED: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_MANY = 8  # characters that are named when there is no font for them


class Picture(NamedTuple):
    """What it shows and when, how it is drawn, and the numbers behind it."""

    title: str
    note: str
    texts: tuple[str, ...]  # everything that will be written in it
    draw: Callable[[], Figure]
    numbers: tuple[Numbers, ...]


def save(picture: Picture, path: Path) -> None:
    """Write a picture to `path` in the format its ending names; the same picture is the same bytes.

    Characters that no font here has are warned of, unless the reader's fonts will draw them, as in .html and .svg.

    Raises:
        OSError: when it cannot be written; nothing is left half-written.
    """
    kind = path.suffix.lower()[1:]
    with drawing([picture.title, picture.note, *picture.texts]) as missing:
        figure = picture.draw()
        if kind == "html":
            drawn = page.html(figure, picture.title, picture.note, picture.numbers).encode()
        else:
            file, metadata = BytesIO(), {"Title": picture.title, **_UNDATED[kind]}
            figure.savefig(file, format=kind, dpi=_DPI, facecolor=PAPER, metadata=metadata)
            drawn = file.getvalue()
    if missing and kind in ("png", "pdf"):
        warn(_boxes(missing))
    written(path, drawn)


def draw(picture: Picture, path: Path) -> None:
    """`save`, and say where the picture is."""
    save(picture, path)
    warn(f"The plot is {path}")


def _boxes(missing: set[str]) -> str:
    """What is said of characters that no font can draw."""
    some = repr("".join(sorted(missing)[:_MANY])) + (" and others" if len(missing) > _MANY else "")
    return (
        f"no font here has {some}: boxes stand for them in the plot; install a font that has them, "
        "as Noto Sans CJK (Debian: fonts-noto-cjk), or write .html or .svg, which the reader's fonts draw"
    )
