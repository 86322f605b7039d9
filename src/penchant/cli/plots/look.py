"""What plots look like: colours, type, and text that fits."""

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from penchant.cli.course import OTHER

INK, SOFT, LINE, PAPER = "#1f1e1b", "#6b6860", "#e2dfd7", "#fefefd"  # a page gives these another value in the dark
TONES = ("#77aadd", "#ee8866", "#44bb99", "#eedd88", "#ffaabb", "#99ddff", "#bbcc33", "#aaaa00")
REST = "#d5d3cd"
UP, DOWN = "#0077bb", "#cc5c11"
"""Colours that people tell apart whatever their eyes, also behind dark text: Tol 2021, "Colour schemes", the light scheme for
areas, and blue and orange of the vibrant one for what rises and falls."""

HEADING = 0.8  # inches at the top of a figure, for its title and note

_SANS = ("Inter", "Helvetica Neue", "Segoe UI", "Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans")  # the first there is
_BROAD = (  # fonts of many scripts, tried before any other where the first lacks a character
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "WenQuanYi Zen Hei", "SimHei", "Arial Unicode MS", "Noto Sans Arabic",
)  # fmt: skip
_MARKS = "…·→↑↓+-%0123456789"  # what pictures write beside the texts they are given
_NO_LETTERS = ("Last Resort", "STIXNonUnicode", "STIXSize", "cm")  # boxes and symbols that claim the places of letters


def tones(themes: Iterable[str]) -> dict[str, str]:
    """A colour for each theme, in the order of their rank; what comes after eight, and everything else, is grey.

    >>> tones(["Tea", "everything else"])
    {'Tea': '#77aadd', 'everything else': '#d5d3cd'}
    """
    named = [theme for theme in themes if theme != OTHER]
    return dict.fromkeys(named, REST) | dict(zip(named, TONES, strict=False)) | {OTHER: REST}


@contextmanager
def drawing(texts: Iterable[str]) -> Iterator[set[str]]:
    """Matplotlib set up for plots with `texts` in them; gives the characters that no font here can write."""
    families, missing = fonts("".join([*texts, _MARKS]))
    settings: dict[Any, object] = {
        "font.family": families,
        "font.size": 9.5,
        "text.color": INK,
        "axes.edgecolor": LINE,
        "axes.labelcolor": SOFT,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "axes.unicode_minus": False,
        "text.parse_math": False,  # a label may have dollars in it
        "svg.fonttype": "none",  # text stays text, to be found and read aloud
        "svg.hashsalt": "penchant",
        "pdf.fonttype": 42,
    }
    log = logging.getLogger("matplotlib.font_manager")  # which tells of every font that has no bold face
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with mpl.rc_context(settings), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the caller tells of them, once
            yield missing
    finally:
        log.setLevel(level)


def fonts(text: str) -> tuple[list[str], set[str]]:
    """Installed fonts that can write `text` between them, the best looking first, and the characters that none has."""
    faces = {face.name: face.fname for face in reversed(font_manager.fontManager.ttflist) if face.style == "normal"}
    first = next((name for name in _SANS if name in faces), "DejaVu Sans")
    chosen, missing = [first], {letter for letter in text if visible(letter)} - letters(faces[first])
    for name in (*_BROAD, *faces):
        if missing and name in faces and name not in chosen and not name.startswith(_NO_LETTERS):
            more = missing & letters(faces[name])
            chosen += [name] if more else []
            missing -= more
    return chosen, missing


def sheet(width: float, height: float) -> Figure:
    """An empty figure of so many inches."""
    figure = Figure((width, height), facecolor=PAPER)
    FigureCanvasAgg(figure)  # which can tell how wide a text is, whatever the file will be
    return figure


def inches(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """New axes of `figure`, placed in inches from its lower left corner."""
    across, up = (float(side) for side in figure.get_size_inches())
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def bare(axes: Axes) -> Axes:
    """Axes without a frame, ticks or ground."""
    axes.set_facecolor("none")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def fitted(text: Text, width: float) -> Text:
    """The text, cut with an ellipsis where it is wider than `width` inches."""
    figure = text.get_figure(root=True)
    whole = text.get_text()
    if figure is None or _wide(text) <= width * figure.dpi:
        return text
    fits, too_long = 0, len(whole)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        text.set_text(whole[:middle].rstrip(" ,:·") + "…")
        fits, too_long = (middle, too_long) if _wide(text) <= width * figure.dpi else (fits, middle)
    text.set_text(whole[:fits].rstrip(" ,:·") + "…")
    return text


def apart(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Heights of labels near `places`, given from low to high, at least `gap` from one another and within [low, high].

    >>> apart([0.0, 0.1, 5.0], 1.0, 0.0, 10.0)
    [0.0, 1.0, 5.0]
    >>> apart([9.9, 10.0], 1.0, 0.0, 10.0)
    [9.0, 10.0]
    """
    gap = min(gap, (high - low) / max(1, len(places) - 1))
    moved: list[float] = []
    for place in places:
        moved.append(max(place, low, moved[-1] + gap if moved else low))
    ceiling = high
    for number in range(len(moved) - 1, -1, -1):
        moved[number] = min(moved[number], ceiling)
        ceiling = moved[number] - gap
    return moved


def _wide(text: Text) -> float:
    return float(text.get_window_extent().width)


def visible(letter: str) -> bool:
    """Whether a character is drawn: neither a control nor what only chooses the form of the one before it.

    >>> [visible(letter) for letter in ("a", "茶", "\\n", "\\ufe0f", "\\ue000")]
    [True, True, False, False, True]
    """
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cn", "Cs") and not "\ufe00" <= letter <= "\ufe0f"


@cache
def letters(path: str) -> frozenset[str]:
    """The characters that a font file can write."""
    return frozenset(chr(code) for code in FT2Font(path).get_charmap())
