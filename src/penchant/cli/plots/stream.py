"""A person's themes over time as bands that fill the height, their shifts numbered over them, and how much they did below."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from penchant.cli.course import OTHER, Course, brief
from penchant.cli.moments import Moment
from penchant.cli.plots.captions import circled
from penchant.cli.plots.look import INK, LINE, PAPER, SOFT, apart, bare, fitted, tones
from penchant.errors import InvalidInput
from penchant.types import DAY, F64

if TYPE_CHECKING:
    from collections.abc import Sequence

_Locator: Any = dates.AutoDateLocator  # Matplotlib leaves these without types
_Formatter: Any = dates.ConciseDateFormatter
_BETWEEN = 8  # points drawn between two times
_BINS = 90  # bars of what was done
_FIRST, _LAST = -62_135_596_800.0, 95_617_584_000.0  # years 1 to 5000: what an axis of dates can show


def stream(axes: Axes, course: Course) -> None:
    """Draw the bands of `course`, each named where it ends, with its share then.

    Raises:
        InvalidInput: for times that no calendar has.
    """
    xs, colours = days(course.times), tones(course.themes)
    whole, bands = eased(xs, course.shares)
    stacked = axes.stackplot(whole, bands, colors=[colours[theme] for theme in course.themes], edgecolor=PAPER, linewidth=0.7)
    for theme, drawn in zip(course.themes, stacked, strict=True):
        drawn.set_gid(theme)
    axes.set_ylim(0, 1)
    axes.set_xlim(whole[0], whole[-1])
    bare(axes)
    axes.set_yticks([])
    locator = _Locator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_Formatter(locator))
    axes.xaxis.get_offset_text().set_color(SOFT)
    _ends(axes, course, colours)


def numbered(axes: Axes, moments: "Sequence[Moment]") -> None:
    """A line at each of `moments`, with its number from 1 on above; of numbers that would touch, the later stands higher."""
    low, high = axes.get_xlim()
    above = blended_transform_factory(axes.transData, axes.transAxes)
    last, row = -np.inf, 0
    for number, one in enumerate(moments, 1):
        x = float(np.clip(one.at / DAY, low, high))
        axes.axvline(x, color=INK, linewidth=0.8, alpha=0.55)
        row = (row + 1) % 3 if x - last < 0.03 * (high - low) else 0
        last = x
        circled(axes, x, 1.04 + 0.065 * row, number, transform=above)


def activity(axes: Axes, course: Course, limits: tuple[float, float]) -> None:
    """How much the person did between two days: bars as high as the root of the number of events, for quiet months to show beside
    a busy first day."""
    counts, edges = np.histogram(days(course.events), bins=_BINS, range=limits)
    axes.bar(edges[:-1], np.sqrt(counts), width=np.diff(edges) * 0.8, align="edge", color=SOFT, linewidth=0)
    bare(axes)
    axes.set_xlim(*limits)
    axes.set_xticks([])
    axes.set_yticks([])


def days(times: F64) -> F64:
    """Epoch seconds as days, which is what axes of dates count in.

    Raises:
        InvalidInput: for times that no calendar has.
    """
    if len(times) and not (times.min() >= _FIRST and times.max() <= _LAST):
        raise InvalidInput(
            f"a plot shows the years 1 to 5000, got the time {times[np.argmax(np.abs(times))]:g}; leave out --plot"
        )
    return np.asarray(times / DAY)


def eased(xs: F64, shares: F64) -> tuple[F64, F64]:
    """Points between `xs` (points,) for `shares` (bands, points): they level off at every point, so that no sum leaves [0, 1].

    A single point becomes a day.
    """
    if len(xs) == 1:
        return np.array([xs[0] - 0.5, xs[0] + 0.5]), np.repeat(shares, 2, axis=1)
    step = np.arange(_BETWEEN) / _BETWEEN
    place = np.append((np.arange(len(xs) - 1)[:, None] + step).ravel(), len(xs) - 1)
    before = np.minimum(place.astype(int), len(xs) - 2)
    part = place - before
    weight = part**2 * (3 - 2 * part)
    return np.interp(place, np.arange(len(xs)), xs), shares[:, before] * (1 - weight) + shares[:, before + 1] * weight


def _ends(axes: Axes, course: Course, colours: dict[str, str]) -> None:
    """The names of the bands and their last shares to the right, each on the height of its band's end."""
    last = course.shares[:, -1]
    middles = np.cumsum(last) - last / 2
    named = [place for place, theme in enumerate(course.themes) if theme != OTHER or last[place] >= 0.01]
    heights = apart([float(middles[place]) for place in named], 0.062, 0.02, 0.98)
    width = _room(axes)
    for place, height in zip(named, heights, strict=True):
        theme = course.themes[place]
        axes.plot([1.008, 1.03], [middles[place], height], transform=axes.transAxes, clip_on=False, color=LINE, linewidth=1)
        axes.plot(1.042, height, "s", transform=axes.transAxes, clip_on=False, color=colours[theme], markersize=6.5)
        axes.text(1.112, height, f"{last[place]:.0%}", transform=axes.transAxes, va="center", color=SOFT, ha="right")
        fitted(axes.text(1.125, height, brief(theme), transform=axes.transAxes, va="center", color=INK), width)


def _room(axes: Axes) -> float:
    """Inches between the shares beside the bands and whatever is next to them."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    own = axes.get_position()
    right = min((each.get_position().x0 for each in figure.axes if each.get_position().x0 > own.x1), default=0.99)
    return float(right - own.x0 - 1.125 * own.width) * float(figure.get_size_inches()[0]) - 0.15
