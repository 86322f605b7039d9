"""Titles, dates and what is said of a shift, on a picture."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Transform

from penchant.cli.moments import phrased
from penchant.cli.plots.look import INK, PAPER, SOFT, bare, fitted
from penchant.cli.show import moment
from penchant.types import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penchant.cli.moments import Moment

_MARGIN = 0.4  # inches left of everything
LINE_HEIGHT = 0.25  # inches


def headed(figure: Figure, title: str, note: str) -> None:
    """The title and the note in the upper left corner."""
    width, height = map(float, figure.get_size_inches())
    left, room = _MARGIN / width, width - 2 * _MARGIN
    fitted(figure.text(left, 1 - 0.42 / height, title, fontsize=15, weight="bold", va="baseline"), room)
    fitted(figure.text(left, 1 - 0.68 / height, note, color=SOFT, va="baseline"), room)


def caption(axes: Axes, text: str) -> None:
    """A line over the upper left corner of `axes`."""
    axes.text(0, 1.0, text, transform=axes.transAxes, color=SOFT, va="bottom", ha="left")


def day(at: float) -> str:
    """The day of a time.

    >>> day(974_000_000.0)
    '2000-11-12'
    """
    return moment(at).partition(" ")[0]


def span(first: float, last: float) -> str:
    """From when to when, to the minute where it is less than two days.

    >>> span(974_000_000.0, 984_000_000.0), span(974_000_000.0, 974_007_200.0)
    ('2000-11-12 to 2001-03-07', '2000-11-12 03:33 to 2000-11-12 05:33 UTC')
    """
    if last - first < 2 * DAY:
        return f"{moment(first)} to {moment(last)} UTC"
    return f"{day(first)} to {day(last)}"


def listed(axes: Axes, shown: "Sequence[Moment]", found: int) -> None:
    """The numbered moments with their shifts in words; `found` is how many shifts there were."""
    width, height = ruled(axes)
    rows = [
        (number if first == 0 else None, shift) for number, one in enumerate(shown, 1) for first, shift in enumerate(one.shifts)
    ]
    for place, (number, shift) in enumerate(rows):
        y = LINE_HEIGHT * (place + 0.6)
        if number is not None:
            circled(axes, 0.1, y, number)
            axes.text(0.3, y, day(shift.at), va="center", color=SOFT)
        axes.text(1.55, y, f"{shift.effect:+.0%}", va="center", ha="right", color=INK)
        fitted(axes.text(1.7, y, phrased(shift), va="center"), width - 1.7)
    left = LINE_HEIGHT * (len(rows) + 0.6)
    if not rows:
        axes.text(0, left, "No shift was found.", va="center", color=SOFT)
    elif found > len(rows) and left < height:
        axes.text(1.7, left, f"… the surest {len(rows)} of {found} shifts", va="center", color=SOFT)


def ruled(axes: Axes) -> tuple[float, float]:
    """Make `axes` a sheet to write on, with inches from the upper left corner as coordinates; gives its width and height."""
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = (float(side) for side in figure.get_size_inches() * axes.get_position().size)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return width, height


def circled(axes: Axes, x: float, y: float, number: int, transform: Transform | None = None) -> None:
    """A number in a disc, at data coordinates or those of `transform`."""
    disc = {"boxstyle": "circle,pad=0.28", "facecolor": INK, "edgecolor": "none"}
    drawn = axes.text(x, y, str(number), ha="center", va="center", fontsize=7.5, color=PAPER, weight="bold", bbox=disc)
    if transform is not None:
        drawn.set_transform(transform)
