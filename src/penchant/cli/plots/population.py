"""Everybody: what rises and fades, and between which topics people moved."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from penchant.cli.plots import pairs
from penchant.cli.plots.captions import caption, day, headed, span
from penchant.cli.plots.look import SOFT, inches, sheet, tones
from penchant.cli.plots.page import Cell, Numbers, Share
from penchant.cli.plots.pairs import Pair
from penchant.cli.plots.picture import Picture
from penchant.cli.plots.sankey import Band, sankey

if TYPE_CHECKING:
    from penchant.shift.flows import Flows
    from penchant.shift.trends import Trend, Trends

_ROWS = 18  # topics of trends that are drawn, as they are ordered
_WAYS = ("rising", "fading")
_FALSE = 0.05  # rate of false discoveries up to which a flow is in colour
_KEPT, _OTHERS = 15, ""  # the largest topics between which flows are drawn, and the id that the rest of them go by
_WIDTH, _HEIGHT = 12.4, 7.4  # inches


def trends(told: "Trends") -> Picture:
    """Shares of topics in the period and in the one before, with the interval of their ratio on the earlier share."""
    known = [one for one in told.trends if one.share is not None and one.share_before is not None]
    shown = known[:_ROWS]
    drawn = [
        Pair(one.label, one.share_before or 0.0, one.share or 0.0, after_interval=_interval(one), sure=one.direction in _WAYS)
        for one in shown
    ]
    start = told.at - told.window
    when = f"{span(start, told.at)} against as long before"
    note = f"Shares of topics in what everybody does, {when}, with 95% intervals; in colour what is a trend"
    rows: list[list[Cell]] = [
        [
            *(one.label, one.direction or "", Share(one.share_before or 0.0), Share(one.share or 0.0)),
            *("" if value is None else f"{value:.2f}" for value in (one.ratio, one.low, one.high)),
            "" if one.q is None else f"{one.q:.3f}",
        ]
        for one in known
    ]
    columns = ("topic", "direction", "before", "now", "ratio", "from", "to", "q")
    return pairs.picture(
        drawn,
        title="What rises and fades",
        note=note,
        ends=("before", "now"),
        numbers=[Numbers(f"Topics, {span(start, told.at)}", columns, rows)],
        empty="Nothing that may be told of so few people.",
    )


def flows(told: "Flows") -> Picture:
    """What was lost by each topic and gained by which: in colour where it is more than chance moves, grey where it is not."""
    names = {node.id: node.label for node in told.nodes}
    ranked = sorted(told.nodes, key=lambda node: (-node.before - node.after, node.id))
    labels = {node.id: node.label for node in ranked[:_KEPT]}
    if len(ranked) > len(labels):
        labels[_OTHERS] = f"{len(ranked) - len(labels)} other topics"
    bands = []
    for one in told.links:
        ends = [node if node in labels else _OTHERS for node in (one.source, one.target)]
        bands.append(Band(ends[0], ends[1], one.share, one.q is not None and one.q <= _FALSE and _OTHERS not in ends))
    before = told.since - (told.until - told.since)
    title = "Between which topics people moved"
    note = f"{span(before, told.since)} on the left, {span(told.since, told.until)} on the right"
    if told.people is not None:
        few = f", without the {told.left_out_share:.0%} that too few had a part in" if told.left_out else ""
        note += f": mixes of {told.people:,} people{few}; in colour what moved beyond chance"
    rows: list[list[Cell]] = [
        [names[one.source], names[one.target], f"{one.people:,}", Share(one.share), "" if one.q is None else f"{one.q:.3f}"]
        for one in sorted(told.links, key=lambda link: -link.share)
    ]
    colours = tones(labels)

    def draw() -> Figure:
        figure = sheet(_WIDTH, _HEIGHT)
        headed(figure, title, note)
        axes = inches(figure, 3.5, 0.35, _WIDTH - 7.0, _HEIGHT - 1.6)
        sankey(axes, bands, labels, colours)
        caption(axes, day(before))
        axes.text(1, 1.0, day(told.until), transform=axes.transAxes, va="bottom", ha="right", color=SOFT)
        return figure

    numbers = Numbers("What went where", ("from", "to", "people", "share of the mixes", "q"), rows)
    return Picture(title, note, tuple(labels.values()), draw, (numbers,))


def _interval(one: "Trend") -> tuple[float, float] | None:
    if one.low is None or one.high is None or one.share_before is None:
        return None
    return one.low * one.share_before, one.high * one.share_before
