"""What a person is into: their themes over time, and the strongest interests beside."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from penchant.cli.course import Course, brief
from penchant.cli.moments import moments, phrased
from penchant.cli.plots import tables
from penchant.cli.plots.captions import LINE_HEIGHT, caption, headed, listed, span
from penchant.cli.plots.look import INK, REST, SOFT, bare, fitted, inches, sheet, tones
from penchant.cli.plots.picture import Picture
from penchant.cli.plots.stream import activity, numbered, stream
from penchant.cli.show import arrow, moment, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penchant.interest.account import Account, Interest

_BARS, _SHIFTS = 10, 6  # that are drawn; the tables of a page have all
_WIDTH, _HEIGHT, _TOP, _FOOT, _RUG = 13.2, 6.6, 1.3, 0.25, 0.3  # inches


def picture(account: "Account", course: Course) -> Picture:
    """The interests of `account`, and how they came about."""
    title = f"What {account.user} is into"
    events, when = plural(len(course.events), "event"), span(course.times[0], course.times[-1])
    note = f"Themes over time and the strongest interests: {events}, {when}"
    shown = moments(course.shifts, _SHIFTS)

    def draw() -> Figure:
        figure = sheet(_WIDTH, _HEIGHT)
        headed(figure, title, note)
        rows = sum(len(one.shifts) for one in shown) + (len(course.shifts) > _SHIFTS)
        words = _FOOT + LINE_HEIGHT * max(rows, 1) + 0.3
        bars = inches(figure, 9.3, _FOOT, 3.55, _HEIGHT - _TOP - _FOOT)
        bands = inches(figure, 0.4, words + _RUG + 0.45, 5.7, _HEIGHT - _TOP - words - _RUG - 0.45)
        stream(bands, course)
        activity(inches(figure, 0.4, words, 5.7, _RUG), course, bands.get_xlim())
        numbered(bands, shown)
        listed(inches(figure, 0.4, _FOOT, 8.4, words - _FOOT), shown, len(course.shifts))
        _bars(bars, account.interests[:_BARS], course)
        return figure

    texts = (*course.themes, *(one.label for one in account.interests), *map(phrased, course.shifts))
    return Picture(title, note, texts, draw, (tables.interests(account), tables.shifts(course.shifts), tables.themes(course)))


def _bars(axes: Axes, interests: "Sequence[Interest]", course: Course) -> None:
    """A bar for each interest, in the colour of its theme, under its name; beside it its share, and where that is going."""
    colours = tones(course.themes)
    most = max((one.share for one in interests), default=0.0) or 1.0
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0, 1.2)
    axes.set_ylim(_BARS - 0.1, -0.25)
    figure = axes.get_figure(root=True)
    assert figure is not None
    width = float(figure.get_size_inches()[0] * axes.get_position().width)
    caption(axes, f"Strongest interests, {moment(course.times[-1])} UTC")
    for place, one in enumerate(interests):
        length, colour = max(0.0, one.share / most), colours.get(one.theme or one.label, REST)
        fitted(axes.text(0, place + 0.13, brief(one.label), va="center", color=INK), width)
        axes.barh(place + 0.5, max(length, 0.004), height=0.26, color=colour, linewidth=0)
        told = f"{one.share:.0%} {arrow(one.trend)}" + ("" if one.status == "active" else f" {one.status}")
        axes.text(length + 0.02, place + 0.5, told, va="center", color=SOFT, fontsize=8.5)
