"""Which topics a person will turn to, beside what they are into now."""

from typing import TYPE_CHECKING

from penchant.cli.plots import pairs
from penchant.cli.plots.captions import span
from penchant.cli.plots.page import Cell, Numbers, Share
from penchant.cli.plots.pairs import Pair
from penchant.cli.plots.picture import Picture

if TYPE_CHECKING:
    from penchant.shift.forecast import Forecast, Outlook

_ROWS = 16  # the largest expected shares; the table of a page has all
_LEVEL = 0.005  # a smaller change is none


def picture(told: "Forecast") -> Picture:
    """Shares now and expected, the largest first, with the interval that holds what is expected four times in five.

    In colour is what is expected to change by so much that the interval leaves out what is now.
    """
    shown = told.topics[:_ROWS]
    when = span(told.at, told.at + told.ahead)
    note = f"Shares of topics, lately and expected {when}, with 80% intervals; in colour where they leave out what is now"
    if len(shown) < len(told.topics):
        note += f" ({len(shown)} largest of {len(told.topics)})"
    rows: list[list[Cell]] = [
        [one.label, Share(one.now), Share(one.share), Share(one.low), Share(one.high)] for one in told.topics
    ]
    return pairs.picture(
        [Pair(one.label, one.now, one.share, after_interval=(one.low, one.high), sure=_moves(one)) for one in shown],
        title=f"What {told.user} will turn to",
        note=note,
        ends=("lately", "expected"),
        numbers=[Numbers(f"Expected {when}", ("topic", "now", "expected", "from", "to"), rows)],
        empty="Nothing was learned of topics from this log.",
    )


def _moves(one: "Outlook") -> bool:
    return not one.low <= one.now <= one.high and abs(one.share - one.now) >= _LEVEL
