"""How a person's interests shifted: their themes over time, and for each shift the events that show it."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from penchant.cli.course import Course
from penchant.cli.moments import moments, phrased
from penchant.cli.plots import tables
from penchant.cli.plots.captions import LINE_HEIGHT, circled, headed, span
from penchant.cli.plots.look import INK, LINE, REST, SOFT, bare, fitted, inches, sheet, tones
from penchant.cli.plots.picture import Picture
from penchant.cli.plots.stream import numbered, stream
from penchant.cli.show import plural
from penchant.types import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penchant.cli.moments import Moment
    from penchant.shift import Moved

_ROWS = 24  # shifts that are drawn, the surest; the tables of a page have all
_TOP, _BANDS, _GAP, _FOOT = 1.3, 2.9, 0.45, 0.45  # inches
_LEFT, _WIDE, _WIDTH = 0.4, 6.2, 11.6  # inches


def picture(course: Course, found: "Sequence[Moved]", times: "Mapping[str, float]") -> Picture:
    """The shifts that were `found` in the life `course`; `times` says when each event was, by its id."""
    shown = moments(found, _ROWS)
    rows = sum(len(one.shifts) for one in shown)
    title = f"How the interests of {course.user} shifted"
    note = f"{plural(len(found), 'shift')} in {plural(len(course.events), 'event')}, {span(course.times[0], course.times[-1])}"
    if rows < len(found):
        note += f"; drawn are the {rows} surest"

    def draw() -> Figure:
        below = LINE_HEIGHT * max(rows, 1) + 0.1
        height = _TOP + _BANDS + _GAP + below + _FOOT
        figure = sheet(_WIDTH, height)
        headed(figure, title, note)
        bands = inches(figure, _LEFT, height - _TOP - _BANDS, _WIDE, _BANDS)
        stream(bands, course)
        numbered(bands, shown)
        _evidence(inches(figure, _LEFT, _FOOT, _WIDE, below), bands.get_xlim(), shown, times, tones(course.themes))
        return figure

    return Picture(title, note, (*course.themes, *map(phrased, found)), draw, (tables.shifts(found), tables.themes(course)))


def _evidence(
    axes: Axes, limits: tuple[float, float], shown: "Sequence[Moment]", times: "Mapping[str, float]", colours: "Mapping[str, str]"
) -> None:
    """A row for each shift: a line from where it began to where it was found, a dot for each event that shows it, and words."""
    bare(axes)
    axes.set_xlim(*limits)
    axes.set_xticks([])
    axes.set_yticks([])
    rows = [
        (number if first == 0 else None, shift) for number, one in enumerate(shown, 1) for first, shift in enumerate(one.shifts)
    ]
    axes.set_ylim(len(rows) - 0.5, -0.9)
    caption = "No shift was found." if not rows else "From its beginning until it was found, and the events that show it"
    axes.text(0, 1.0, caption, transform=axes.transAxes, color=SOFT, va="bottom")
    for right, heading in ((0.85, "change"), (1.45, "error")) if rows else ():
        _beside(axes, right, -0.9, heading).set_verticalalignment("bottom")
    width = _WIDTH - _LEFT - _WIDE - 1.75
    for place, (number, shift) in enumerate(rows):
        topic = shift.target or shift.source
        colour = colours.get(topic.label, REST) if topic else REST
        showing = _days_of(shift, times)
        axes.plot(limits, [place, place], color=LINE, linewidth=0.7, zorder=1)
        axes.plot([shift.at / DAY, shift.detected_at / DAY], [place, place], color=INK, linewidth=1.6, zorder=2)
        axes.plot(
            showing, [place] * len(showing), "o", color=colour, markersize=5.5, markeredgecolor=INK, markeredgewidth=0.5, zorder=3
        )
        _words(axes, place, number, shift, width)


def _words(axes: Axes, place: int, number: int | None, shift: "Moved", width: float) -> None:
    """What a row is about, to the right of it."""
    if number is not None:
        circled(axes, _right(0.2), place, number, transform=axes.get_yaxis_transform())
    _beside(axes, 0.85, place, f"{shift.effect:+.0%}").set_color(INK)
    _beside(axes, 1.45, place, "< 0.1%" if shift.error_probability < 0.001 else f"{shift.error_probability:.1%}")
    across = axes.get_yaxis_transform()
    fitted(axes.text(_right(1.6), place, phrased(shift), transform=across, va="center"), width)


def _beside(axes: Axes, right: float, y: float, text: str) -> Text:
    """Text that ends so many inches to the right of `axes`."""
    return axes.text(_right(right), y, text, transform=axes.get_yaxis_transform(), va="center", ha="right", color=SOFT)


def _right(inch: float) -> float:
    """A place to the right of the axes, as a part of their width."""
    return 1 + inch / _WIDE


def _days_of(shift: "Moved", times: "Mapping[str, float]") -> list[float]:
    """When the events that show a shift were, in days."""
    return [times[event] / DAY for event in shift.evidence if event in times]
