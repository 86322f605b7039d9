"""A person's interests at two times."""

from typing import TYPE_CHECKING

from penchant.cli.plots import pairs
from penchant.cli.plots.captions import day, span
from penchant.cli.plots.page import Numbers, Share
from penchant.cli.plots.pairs import Pair
from penchant.cli.plots.picture import Picture
from penchant.cli.show import moment

if TYPE_CHECKING:
    from penchant.interest.comparison import Comparison

_ROWS = 16  # the largest changes; the table of a page has all


def picture(told: "Comparison") -> Picture:
    """The largest changes, the greatest first."""
    shown = told.differences[:_ROWS]
    note = f"Shares of interests, {span(told.first, told.second)}"
    if len(shown) < len(told.differences):
        note += f"; the {len(shown)} largest changes of {len(told.differences)}"
    rows = [
        (
            one.label,
            Share(one.before),
            Share(one.after),
            Share(one.change, signed=True),
            one.status_before or "",
            one.status_after or "",
        )
        for one in told.differences
    ]
    columns = ("interest", "before", "after", "change", "status before", "status after")
    caption = f"Shares on {moment(told.first)} and {moment(told.second)} UTC"
    return pairs.picture(
        [Pair(one.label, one.before, one.after) for one in shown],
        title=f"What changed for {told.user}",
        note=note,
        ends=(day(told.first), day(told.second)),
        numbers=[Numbers(caption, columns, rows)],
        empty="Nothing was known at either time.",
    )
