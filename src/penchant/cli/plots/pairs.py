"""Dumbbells: how much each thing was, and how much it is, with intervals where they are known."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from penchant.cli.course import brief
from penchant.cli.plots.captions import headed
from penchant.cli.plots.look import DOWN, INK, LINE, PAPER, SOFT, UP, bare, fitted, inches, sheet
from penchant.cli.plots.page import Numbers
from penchant.cli.plots.picture import Picture

_ROW = 0.3  # inches
_WIDTH, _NAMES, _RIGHT, _TOP, _FOOT = 9.6, 3.6, 1.0, 1.2, 0.55  # inches
_LEVEL = 0.005  # a smaller change has no direction


class Pair(NamedTuple):
    """One thing at two times, or as it is and as it is expected; intervals are (low, high).

    `sure` says whether the change is more than chance, for it to be in colour; where nobody knows, half a percent is.
    """

    label: str
    before: float
    after: float
    before_interval: tuple[float, float] | None = None
    after_interval: tuple[float, float] | None = None
    sure: bool | None = None


def picture(
    pairs: Sequence[Pair], *, title: str, note: str, ends: tuple[str, str], numbers: Sequence[Numbers], empty: str = "Nothing."
) -> Picture:
    """Shares before and after, a row for each of `pairs` from above; `ends` is what the two dots are called.

    What rose is blue, what fell orange, what did neither surely grey; the open dot is before, the full one after, and intervals
    are thin lines.
    """

    def draw() -> Figure:
        height = _TOP + _ROW * max(len(pairs), 1) + _FOOT
        figure = sheet(_WIDTH, height)
        headed(figure, title, note)
        axes = inches(figure, _NAMES, _FOOT, _WIDTH - _NAMES - _RIGHT, height - _TOP - _FOOT)
        _rows(axes, pairs, ends, empty)
        return figure

    return Picture(title, note, (empty, *ends, *(pair.label for pair in pairs)), draw, tuple(numbers))


def _rows(axes: Axes, pairs: Sequence[Pair], ends: tuple[str, str], empty: str) -> None:
    bare(axes)
    axes.set_ylim(max(len(pairs), 1) - 0.4, -0.7)
    axes.set_yticks([])
    if not pairs:
        axes.set_xticks([])
        axes.text(0, 0, empty, color=SOFT, va="center")
        return
    most = max(value for pair in pairs for value in _values(pair))
    least = min(value for pair in pairs for value in _values(pair))
    axes.set_xlim(min(0.0, least * 1.05), max(most, 0.01) * 1.05)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    axes.grid(axis="x", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    for place, pair in enumerate(pairs):
        _row(axes, place, pair)
    _named_ends(axes, pairs[0], ends)


def _row(axes: Axes, place: int, pair: Pair) -> None:
    change = pair.after - pair.before
    sure = abs(change) >= _LEVEL if pair.sure is None else pair.sure
    colour = SOFT if not sure else UP if change > 0 else DOWN
    for offset, interval, tone in ((-0.16, pair.before_interval, SOFT), (0.16, pair.after_interval, colour)):
        if interval is not None:
            axes.plot(interval, [place + offset] * 2, color=tone, linewidth=1, alpha=0.7, solid_capstyle="butt", zorder=1)
    axes.plot([pair.before, pair.after], [place, place], color=colour, linewidth=2.4, alpha=0.55, zorder=2)
    axes.plot(
        pair.before, place, "o", color=PAPER, markeredgecolor=colour, markeredgewidth=1.5, markersize=7, zorder=3, clip_on=False
    )
    axes.plot(pair.after, place, "o", color=colour, markersize=8, zorder=4, clip_on=False)
    across = axes.get_yaxis_transform()
    fitted(axes.text(-0.02, place, brief(pair.label), transform=across, ha="right", va="center", color=INK), _NAMES - 0.55)
    axes.text(1.03, place, f"{change:+.1%}", transform=across, ha="left", va="center", color=colour, weight="medium")


def _named_ends(axes: Axes, pair: Pair, ends: tuple[str, str]) -> None:
    """Over the first row, which dot is which; where the dots are close, the names lead away from one another."""
    low, high = axes.get_xlim()
    close = abs(pair.after - pair.before) < 0.3 * (high - low)
    sides = ("center", "center") if not close else ("left", "right") if pair.after < pair.before else ("right", "left")
    for value, name, side in zip((pair.before, pair.after), ends, sides, strict=True):
        axes.text(value, -0.72, name, ha=side, va="bottom", color=SOFT, fontsize=8.5)


def _values(pair: Pair) -> list[float]:
    return [pair.before, pair.after, *(pair.before_interval or ()), *(pair.after_interval or ())]
