"""A course in the terminal: a line of little columns for each theme, with its shifts numbered below."""

from collections.abc import Sequence

import numpy as np
from rich.cells import cell_len, set_cell_size

from penchant.cli.course import OTHER, Course, brief
from penchant.cli.moments import Moment, moments, phrased
from penchant.cli.show import moment
from penchant.types import F64

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_NAME, _SHARE, _LEAST, _MOST = 36, 6, 12, 60  # cells of a name at most, of a share, and of a line
_BLANK = 0.01  # a smaller share is not drawn
_SHIFTS = 9  # that are told, the surest: a digit stands for each moment


def sparklines(course: Course, width: int) -> list[str]:
    """Lines of at most `width` cells: a heading, each theme from the first event on with its last share, and the shifts, numbered
    where they began. Columns are as high as the root of a share, for small ones to show. None where `width` is too narrow.

    >>> shares = np.array([[1, 0.5, 0.2], [0, 0.5, 0.8]])
    >>> course = Course("ann", np.array([0.0, 864e3, 1728e3]), ("Tea", "everything else"), shares, np.zeros(3), ())
    >>> for line in sparklines(course, 40)[2:]:
    ...     print(line)
    Tea              █████▆▆▆▆▆▆▆▄▄▄▄▄  20%
    everything else       ▆▆▆▆▆▆▆▇▇▇▇▇  80%
    """
    names = [brief(theme) for theme in course.themes]
    wide = min(_NAME, max(map(cell_len, names)), width - _LEAST - _SHARE - 2)
    room = min(_MOST, width - wide - _SHARE - 2)
    if wide < _LEAST // 2 or room < _LEAST:
        return []
    places = np.linspace(0, len(course.times) - 1, room).round().astype(int)
    heading = f"How that came about, {moment(course.times[0])[:10]} to {moment(course.times[-1])[:10]}"
    lines = ["", _cut(heading, width).rstrip()]
    for name, shares in zip(names, course.shares, strict=True):
        if name != OTHER or shares.max() >= _BLANK:
            lines.append(f"{_cut(name, wide)}  {_columns(shares[places])} {shares[-1]:4.0%}")
    if shown := moments(course.shifts, _SHIFTS):
        lines.append(" " * (wide + 2) + _ruler(course, shown, room))
        lines += _told(shown, width)
    return lines


def _columns(shares: F64) -> str:
    """A column for each share of 1."""
    heights = np.where(shares < _BLANK, 0, np.rint(8 * np.sqrt(np.clip(shares, 0, 1))))
    return "".join(_EIGHTHS[height] for height in heights.astype(int).tolist())


def _ruler(course: Course, shown: Sequence[Moment], room: int) -> str:
    """The numbers of the moments under the columns in which they fall; of several in one column, the first."""
    first, last = float(course.times[0]), float(course.times[-1])
    ruler = [" "] * room
    for number, one in enumerate(shown, 1):
        place = min(room - 1, max(0, int((one.at - first) / (last - first) * room)))
        ruler[place] = str(number) if ruler[place] == " " else ruler[place]
    return "".join(ruler).rstrip()


def _told(shown: Sequence[Moment], width: int) -> list[str]:
    """The numbered shifts in words."""
    lines = []
    for number, one in enumerate(shown, 1):
        for first, shift in enumerate(one.shifts):
            head = f"{number} {moment(shift.at)[:10]}" if first == 0 else " " * 12
            lines.append(_cut(f"{head} {shift.effect:+5.0%}  {phrased(shift)}", width).rstrip())
    return lines


def _cut(text: str, width: int) -> str:
    """The text in exactly so many cells, with an ellipsis where it is cut."""
    return set_cell_size(text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…", width)
