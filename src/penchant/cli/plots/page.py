"""A picture as one self-contained page: the drawing as inline SVG, its numbers as tables; light and dark, nothing is fetched."""

import re
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from penchant.cli.plots.look import HEADING, INK, LINE, PAPER, REST, SOFT

_SHORT = 16  # characters up to which the text of a cell is never broken
_LONG = 80  # characters from which on the text of a cell is small
_COLOURS = {INK: "var(--ink)", SOFT: "var(--soft)", LINE: "var(--line)", PAPER: "var(--paper)", REST: "var(--rest)"}

STYLE = """
:root { color-scheme: light dark; --paper: #fefefd; --ink: #1f1e1b; --soft: #6b6860; --line: #e2dfd7; --rest: #d5d3cd; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17181b; --ink: #eceae5; --soft: #a8a59d; --line: #33353b; --rest: #4a4c53; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
p, caption { color: var(--soft); } p { margin: 0 0 1rem; }
figure { margin: 0; overflow-x: auto; }
svg { display: block; width: 100%; min-width: 44rem; height: auto; }
svg text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif !important; }
.wide { overflow-x: auto; margin-top: 2rem; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; }
th { font-weight: 500; color: var(--soft); } .number { text-align: right; }
td { min-width: 6rem; } td:first-child { min-width: 9.5rem; } .number { min-width: 0; white-space: nowrap; }
.whole { white-space: nowrap; min-width: 0; }
small { display: block; max-height: 4.5em; overflow-y: auto; min-width: 18rem; color: var(--soft); font-size: .76rem; }
"""


class Share(NamedTuple):
    """A part of 1, which a page writes as a percentage and keeps whole for programs."""

    value: float
    signed: bool = False

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.value:+.1%}" if self.signed else f"{self.value:.1%}"


Cell = str | Share


class Numbers(NamedTuple):
    """A table: what it holds, its columns, and a row of cells for each thing."""

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def html(figure: Figure, title: str, note: str, numbers: Sequence[Numbers]) -> str:
    """The page.

    >>> page = html(Figure((2, 2)), "a < b", "now", [Numbers("All", ("name", "share"), [("tea & pot", Share(0.25))])])
    >>> "<h1>a &lt; b</h1>" in page, '<td class="number"><data value="0.25">25.0%</data></td>' in page
    (True, True)
    """
    tables = "".join(f'<div class="wide">{_table(each)}</div>\n' for each in numbers)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<main>
<h1>{escape(title)}</h1>
<p>{escape(note)}</p>
<figure>{_inline(figure, title)}</figure>
{tables}</main>
</html>
"""


def _inline(figure: Figure, title: str) -> str:
    """The figure as an SVG element that follows the page's colours."""
    file = StringIO()
    width, height = (float(side) for side in figure.get_size_inches())
    below = Bbox.from_extents(0.0, 0.0, width, height - HEADING)  # the page has a heading of its own
    figure.savefig(file, format="svg", transparent=True, bbox_inches=below, metadata={"Date": None, "Creator": None})
    drawn = file.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    for colour, variable in _COLOURS.items():
        drawn = drawn.replace(colour, variable)
    label = escape(title)
    return re.sub(
        r'(<svg\b[^>]*?) width="[^"]*"', rf'\1 role="img" aria-label="{_literal(label)}"', drawn, count=1, flags=re.DOTALL
    )


def _literal(text: str) -> str:
    return text.replace("\\", r"\\")


def _table(numbers: Numbers) -> str:
    quantity = [any(isinstance(row[place], Share) for row in numbers.rows) for place in range(len(numbers.columns))]
    kind = [' class="number"' if each else "" for each in quantity]
    head = "".join(f"<th{one}>{escape(name)}</th>" for one, name in zip(kind, numbers.columns, strict=True))
    rows = (
        "<tr>" + "".join(f"<td{one or _whole(cell)}>{_cell(cell)}</td>" for one, cell in zip(kind, row, strict=True)) + "</tr>\n"
        for row in numbers.rows
    )
    caption = escape(numbers.caption)
    return f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table>"


def _whole(cell: Cell) -> str:
    """What keeps the text of a cell on one line, if it is a date or as short."""
    return ' class="whole"' if isinstance(cell, str) and len(cell) <= _SHORT else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Share):
        return f'<data value="{cell.value!r}">{cell}</data>'
    return f"<small>{escape(cell)}</small>" if len(cell) > _LONG else escape(cell)
