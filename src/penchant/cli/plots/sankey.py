"""Sankey diagrams: what was on the left, what it became on the right, and bands as wide as what went from one to the other."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from penchant.cli.course import brief
from penchant.cli.plots.look import INK, LINE, REST, SOFT, apart, bare, fitted
from penchant.types import F64

_BAR = 0.012  # width of a node, of the whole
_GAP, _LINE = 0.07, 0.24  # inches between two nodes of a side, and of a line of text
_NAMES = 2.75  # inches beside the diagram for the names of a side


class Band(NamedTuple):
    """What went from one node to another; what is not `sure` is drawn in grey."""

    source: str
    target: str
    share: float
    sure: bool


def sankey(axes: Axes, bands: Sequence[Band], labels: Mapping[str, str], colours: Mapping[str, str]) -> None:
    """Draw `bands` between nodes, which stand from above in the order of their `labels`, in the colour of their sources."""
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    size = {node: sum(band.share for band in bands if node in (band.source, band.target)) for node in labels}
    order = [node for node in labels if size[node] > 0]
    shares = np.zeros((len(order), len(order)))
    for band in bands:
        shares[order.index(band.source), order.index(band.target)] += band.share
    sure = {(band.source, band.target) for band in bands if band.sure}
    gap = _GAP / _tall(axes)
    scale = float((1 - gap * max(len(order) - 1, 0)) / max(shares.sum(), 1e-12))  # height of a share of 1
    tops, ends = _tops(scale * shares.sum(axis=1), gap), _tops(scale * shares.sum(axis=0), gap)
    for row, column in sorted(np.argwhere(shares > 0).tolist(), key=lambda cell: tuple(order[place] for place in cell) in sure):
        start = tops[row] + scale * float(shares[row, :column].sum())
        end = ends[column] + scale * float(shares[:row, column].sum())
        named = (order[row], order[column]) in sure
        _ribbon(axes, start, end, scale * float(shares[row, column]), colours.get(order[row], REST) if named else REST, named)
    _side(axes, order, tops, scale * shares.sum(axis=1), labels, colours, left=True)
    _side(axes, order, ends, scale * shares.sum(axis=0), labels, colours, left=False)


def _tall(axes: Axes) -> float:
    """The height of `axes` in inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(figure.get_size_inches()[1] * axes.get_position().height)


def _tops(heights: F64, gap: float) -> list[float]:
    """Where each node of a side begins, from above."""
    return [float(heights[:place].sum()) + gap * place for place in range(len(heights))]


def _ribbon(axes: Axes, start: float, end: float, wide: float, colour: str, sure: bool) -> None:
    left, right = _BAR, 1 - _BAR
    points = [
        *((left, start), (0.5, start), (0.5, end), (right, end)),
        *((right, end + wide), (0.5, end + wide), (0.5, start + wide), (left, start + wide), (left, start)),
    ]
    codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3, Outline.CLOSEPOLY]
    axes.add_patch(PathPatch(Outline(points, codes), facecolor=colour, alpha=0.75 if sure else 0.35, linewidth=0))


def _side(
    axes: Axes,
    order: Sequence[str],
    tops: Sequence[float],
    heights: F64,
    labels: Mapping[str, str],
    colours: Mapping[str, str],
    *,
    left: bool,
) -> None:
    """The nodes of a side as bars, each with its name and share beside it."""
    total = max(float(heights.sum()), 1e-12)
    middles = [top + float(height) / 2 for top, height in zip(tops, heights, strict=True)]
    line = _LINE / _tall(axes)
    places = apart(middles, line, line / 2, 1 - line / 2)
    for node, top, height, middle, place in zip(order, tops, heights.tolist(), middles, places, strict=True):
        axes.add_patch(Rectangle((0 if left else 1 - _BAR, top), _BAR, height, facecolor=colours.get(node, REST), linewidth=0))
        x, away, side = (-0.1, -0.035, "right") if left else (1.1, 1.035, "left")
        axes.plot([-0.004, -0.028] if left else [1.004, 1.028], [middle, place], color=LINE, linewidth=1, clip_on=False)
        axes.text(away, place, f"{height / total:.0%}", ha=side, va="center", color=SOFT, fontsize=8.5)
        fitted(axes.text(x, place, brief(labels[node]), ha=side, va="center", color=INK), _NAMES)
