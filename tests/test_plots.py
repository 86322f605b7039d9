"""What is drawn and written of a course, of shifts, of two times and of everybody."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager
from matplotlib.patches import PathPatch
from rich.cells import cell_len

from penchant.cli.course import OTHER, Course, banded
from penchant.cli.moments import moments, phrased
from penchant.cli.plots import compare, forecast, interests, look, pairs, population, shifts, stream
from penchant.cli.plots.page import Numbers, Share
from penchant.cli.plots.picture import Picture, save
from penchant.cli.plots.sankey import Band, sankey
from penchant.cli.sparklines import sparklines
from penchant.errors import InvalidInput
from penchant.interest.account import Account, Interest
from penchant.interest.comparison import Comparison
from penchant.shift import Moved
from penchant.shift.flows import Flows, Link, Node
from penchant.shift.forecast import Forecast, Outlook
from penchant.shift.trends import Trend, Trends
from penchant.shift.typed import Kind
from penchant.shift.watch import Topic
from penchant.types import DAY

ENDINGS = ("png", "svg", "pdf", "html")
TEA, MUG = Topic("theme:1", "Tea · Green tea"), Topic("theme:2", "Mug")


# The course


def interest(label: str, share: float, theme: str | None = None) -> Interest:
    return Interest(
        id=label, label=label, keywords=(), theme=theme, strength=share, share=share, trend=0.0, horizon="long", status="active",
        confidence=1.0, when=None, since=0.0, last_seen=0.0, evidence=(),
    )  # fmt: skip


def accounts(*shares: dict[str, float]) -> list[Account]:
    made = (tuple(interest(label, share, label[0]) for label, share in each.items()) for each in shares)
    return [Account("ann", 0.0, each, {}, {}) for each in made]


def test_a_course_sums_interests_by_theme_and_keeps_the_rest() -> None:
    themes, shares = banded(accounts({}, {"a1": 0.5, "a2": 0.25, "b": 0.25}, {"b": 0.8, "c": 0.1}))
    assert themes == ("b", "a", "c", OTHER)
    assert shares == pytest.approx(np.array([[0, 0.25, 0.8], [0, 0.75, 0], [0, 0, 0.1], [0, 0, 0.1]]))


def test_a_theme_that_shifted_has_a_band_though_it_is_small() -> None:
    many = {f"{letter}": 0.1 for letter in "abcdefghi"} | {"z": 0.01}
    assert "z" not in banded(accounts(many))[0]
    themes, shares = banded(accounts(many), wanted=("z",))
    assert "z" in themes
    assert len(themes) == 9
    assert shares[:, 0].sum() == pytest.approx(1)


@given(st.lists(st.dictionaries(st.sampled_from("abcdefghijklm"), st.floats(0, 1)), min_size=1, max_size=6))
def test_shares_of_a_course_are_parts_of_one(given: list[dict[str, float]]) -> None:
    _, shares = banded(accounts(*given))
    assert shares.shape[1] == len(given)
    assert (shares >= 0).all()
    for total, each in zip(shares.sum(axis=0), given, strict=True):
        assert total == pytest.approx(1 if each else 0)


# Drawings


def moved(kind: Kind, at: float, error: float, source: Topic | None = None, target: Topic | None = None) -> Moved:
    return Moved(kind, source, target, at, at + DAY, 0.3 if target else -0.3, error, ("e1",))


LIFE = Course(
    "ann", np.array([0.0, 10 * DAY, 20 * DAY]), ("Tea · Green tea", "Mug", OTHER),
    np.array([[0.7, 0.4, 0.1], [0.2, 0.4, 0.8], [0.1, 0.2, 0.1]]), np.array([0.0, DAY, 20 * DAY]),
    (moved("migrated", 9 * DAY, 0.01, TEA, MUG), moved("faded", 2 * DAY, 0.2, TEA), moved("emerged", 2 * DAY, 0.1, target=MUG)),
)  # fmt: skip


def written_in(picture: Picture, tmp_path: Path) -> str:
    """Everything that is written in a picture."""
    save(picture, tmp_path / "read.svg")
    return "\n".join(
        element.text or "" for element in ElementTree.parse(tmp_path / "read.svg").iter() if element.tag.endswith("text")
    )


def test_shifts_that_began_together_share_a_number_and_the_surest_are_shown() -> None:
    shown = moments(LIFE.shifts, 2)
    assert [(one.at, [shift.kind for shift in one.shifts]) for one in shown] == [(2 * DAY, ["emerged"]), (9 * DAY, ["migrated"])]
    together = moments(LIFE.shifts, 3)
    assert [shift.kind for shift in together[0].shifts] == ["emerged", "faded"]
    assert [phrased(shift) for shift in LIFE.shifts] == ["Tea gave way to Mug", "Tea faded", "Mug emerged"]
    assert phrased(moved("excursion", 0.0, 0.0, target=MUG)) == "a passing excursion to Mug"


def test_a_stream_names_its_bands_with_their_last_shares_and_its_shifts(tmp_path: Path) -> None:
    text = written_in(shifts.picture(LIFE, LIFE.shifts, {"e1": 3 * DAY}), tmp_path)
    for said in (
        "How the interests of ann shifted",
        "3 shifts in 3 events",
        "Tea",
        "80%",
        "Tea gave way to Mug",
        "+30%",
        "1.0%",
        OTHER,
    ):
        assert said in text
    account = Account("ann", 20 * DAY, (interest("Pot", 0.4, "Mug"), interest("Cup", 0.2, "Mug")), {}, {})
    text = written_in(interests.picture(account, LIFE), tmp_path)
    for said in ("What ann is into", "Pot", "40% →", "1970-01-03", "Mug emerged"):
        assert said in text


def test_pictures_of_nothing_say_so(tmp_path: Path) -> None:
    assert "No shift was found." in written_in(shifts.picture(LIFE._replace(shifts=()), (), {}), tmp_path)
    assert "Nothing was known" in written_in(compare.picture(Comparison("ann", 0.0, DAY, ())), tmp_path)
    once = LIFE._replace(times=LIFE.times[:1], shares=LIFE.shares[:, :1], shifts=())
    assert "No shift was found." in written_in(interests.picture(Account("ann", 0.0, (), {}, {}), once), tmp_path)


def test_the_same_picture_is_the_same_bytes(tmp_path: Path) -> None:
    pair = pairs.picture([pairs.Pair("Tea", 0.1, 0.2)], title="a", note="b", ends=("c", "d"), numbers=())
    for ending in ENDINGS:
        for name in ("one", "two"):
            save(pair, tmp_path / f"{name}.{ending}")
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


def test_dollars_and_long_labels_are_drawn_as_they_are_or_cut(tmp_path: Path) -> None:
    odd, long = "$5 and $6_x", "a very long name " * 20
    text = written_in(
        pairs.picture([pairs.Pair(odd, 0.1, 0.2), pairs.Pair(long, 0.2, 0.1)], title=odd, note=long, ends=("a", "b"), numbers=()),
        tmp_path,
    )
    assert text.count(odd) == 2
    assert long.strip() not in text
    assert text.count("…") == 2


def test_a_letter_that_no_font_has_is_told_of_where_it_would_be_a_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = "\U000f1234"  # for private use
    picture = pairs.picture([pairs.Pair(nowhere, 0.1, 0.2)], title="a", note="b", ends=("c", "d"), numbers=())
    for ending, boxes in (("png", True), ("pdf", True), ("svg", False), ("html", False)):
        save(picture, tmp_path / f"a.{ending}")
        told = capsys.readouterr().err
        assert ("no font here has" in told and "install a font" in told) == boxes
        assert told.count("\n") == int(boxes)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
def test_every_letter_is_in_a_chosen_font_or_missing(text: str) -> None:
    families, missing = look.fonts(text)
    faces = {face.name: face.fname for face in reversed(fontManager.ttflist) if face.style == "normal"}
    written = set().union(*(look.letters(faces[name]) for name in families))
    assert {letter for letter in text if look.visible(letter)} - written == missing


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0, 0.5))
def test_labels_are_moved_apart_and_stay_within_the_axes(places: list[float], gap: float) -> None:
    moved = look.apart(sorted(places), gap, 0.0, 1.0)
    fits = min(gap, 1 / max(1, len(places) - 1))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in moved)
    assert all(after - before >= fits - 1e-9 for before, after in pairwise(moved))


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=8))
def test_bands_between_two_times_never_leave_the_whole(given: list[list[float]]) -> None:
    shares = np.array(given).T
    shares = shares / np.maximum(shares.sum(axis=0), 1)
    xs, drawn = stream.eased(np.arange(shares.shape[1], dtype=float), shares)
    assert drawn.shape == (3, len(xs))
    assert (drawn >= 0).all()
    assert (drawn.sum(axis=0) <= 1 + 1e-9).all()
    assert drawn[:, [0, -1]] == pytest.approx(shares[:, [0, -1]])


def test_times_that_no_calendar_has_are_refused() -> None:
    with pytest.raises(InvalidInput, match="the years 1 to 5000, got the time 1e\\+15; leave out --plot"):
        stream.days(np.array([0.0, 1e15]))


def test_a_sankey_keeps_what_flows() -> None:
    axes = look.sheet(4, 4).add_axes((0, 0, 1, 1))
    bands = [Band("a", "a", 0.5, False), Band("a", "b", 0.2, True), Band("b", "b", 0.3, False)]
    sankey(axes, bands, {"a": "Tea", "b": "Mug", "c": "Pot"}, {"a": "#ff0000"})
    ribbons = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    heights = sorted(float(np.ptp(np.asarray(patch.get_path().vertices)[[0, -2], 1])) for patch in ribbons)
    assert heights == pytest.approx([height * (1 - 0.07 / 4) for height in (0.2, 0.3, 0.5)])
    assert {text.get_text() for text in axes.texts} == {"Tea", "Mug", "70%", "30%", "50%"}


def test_a_page_says_numbers_as_people_read_them_and_whole() -> None:
    assert (str(Share(0.12345)), str(Share(-0.2, signed=True))) == ("12.3%", "-20.0%")
    assert Numbers("a", ("b",), [["c"]]).rows[0][0] == "c"


# Everybody, and what is to come


def test_a_forecast_is_drawn_with_what_is_now_and_its_interval(tmp_path: Path) -> None:
    topics = (Outlook("a", "Tea · Green tea", 0.6, 0.4, 0.8, 0.3), Outlook("b", "Mug", 0.4, 0.2, 0.6, 0.7))
    picture = forecast.picture(Forecast("ann", 0.0, 30 * DAY, topics, "own past", 0.5))
    text = written_in(picture, tmp_path)
    for said in ("What ann will turn to", "1970-01-01 to 1970-01-31", "Tea", "+30.0%", "-30.0%", "lately", "expected"):
        assert said in text
    assert [row[1:] for row in picture.numbers[0].rows] == [
        [Share(0.3), Share(0.6), Share(0.4), Share(0.8)],
        [Share(0.7), Share(0.4), Share(0.2), Share(0.6)],
    ]
    assert "Nothing was learned" in written_in(forecast.picture(Forecast("ann", 0.0, DAY, (), "everybody", 0.0)), tmp_path)


def trend(label: str, share: float | None) -> Trend:
    return Trend(label, label, "rising", share, 0.1, 20, 20, 2.0, 1.5, 2.5, 0.01, None, None)


def test_trends_are_drawn_with_the_interval_of_the_ratio_and_without_what_may_not_be_told(tmp_path: Path) -> None:
    picture = population.trends(Trends(56 * DAY, 28 * DAY, 10, 40, 40, 1, (trend("Tea", 0.2), trend("Secret", None))))
    text = written_in(picture, tmp_path)
    assert "+10.0%" in text
    assert "1970-01-29 to 1970-02-26 against as long before" in text
    assert "Secret" not in text
    assert picture.numbers[0].rows == [["Tea", "rising", Share(0.1), Share(0.2), "2.00", "1.50", "2.50", "0.010"]]
    assert population._interval(trend("Tea", 0.2)) == pytest.approx((0.15, 0.25))


def test_flows_are_drawn_between_the_topics_that_they_name(tmp_path: Path) -> None:
    nodes = (Node("a", "Tea · Green tea", 0.7, 0.5), Node("b", "Mug", 0.3, 0.5))
    links = (Link("a", "a", 30, 0.5, None), Link("a", "b", 12, 0.2, 0.01), Link("b", "b", 20, 0.3, None))
    picture = population.flows(Flows(28 * DAY, 56 * DAY, 10, 40, 0.2, None, 0, 0.0, nodes, links))
    text = written_in(picture, tmp_path)
    for said in ("Between which topics people moved", "1970-01-01 to 1970-01-29 on the left", "Tea", "70%", "mixes of 40 people"):
        assert said in text
    assert [row[:3] for row in picture.numbers[0].rows] == [
        ["Tea · Green tea", "Tea · Green tea", "30"], ["Mug", "Mug", "20"], ["Tea · Green tea", "Mug", "12"],
    ]  # fmt: skip
    nothing = population.flows(Flows(28 * DAY, 56 * DAY, 10, None, None, None, 0, 0.0, (), ()))
    assert "Between which topics" in written_in(nothing, tmp_path)


# The terminal


@given(st.integers(1, 200))
def test_lines_in_the_terminal_are_never_wider_than_it(width: int) -> None:
    for line in sparklines(LIFE._replace(themes=("绿茶 " * 9, "Mug", OTHER)), width):
        assert cell_len(line) <= width


def test_a_course_in_the_terminal_is_a_line_for_each_theme_with_the_shifts_below() -> None:
    lines = sparklines(LIFE, 60)
    assert lines[1] == "How that came about, 1970-01-01 to 1970-01-21"
    assert [line.split()[0] for line in lines[2:5]] == ["Tea", "Mug", "everything"]
    assert [line.split()[-1] for line in lines[2:5]] == ["10%", "80%", "10%"]
    assert lines[5].split() == ["1", "2"]
    assert lines[6:] == [
        "1 1970-01-03  +30%  Mug emerged",
        " " * 12 + "  -30%  Tea faded",
        "2 1970-01-10  +30%  Tea gave way to Mug",
    ]
