import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from penchant.errors import InvalidInput
from penchant.evaluate.intervals import Interval, compare, mean_interval
from penchant.evaluate.page import interval_plot, page, to_html
from penchant.evaluate.report import Report, System, assemble, by_gap, from_json, number, to_json, to_terminal
from penchant.types import DAY, F64

RNG = np.random.default_rng(0)
B = np.where(RNG.random(400) < 0.3, RNG.random(400), 0.0)
VALUES: dict[str, dict[str, F64]] = {
    "Markov": {"ndcg@10": B, "miscalibration@10": 0.2 + B},
    "Penchant <1>": {"ndcg@10": 1.2 * B, "miscalibration@10": 0.5 + B},
    "popular": {"ndcg@10": 0.5 * B},
}


def toy(values: dict[str, dict[str, F64]] = VALUES) -> Report:
    return assemble(
        values,
        title="Toy & test",
        protocol="leave one out",
        dataset="none",
        headline="ndcg@10",
        rng=np.random.default_rng(0),
        slices=by_gap(np.tile([60.0, 5 * DAY], 200)),
        seconds={"Markov": 0.06, "Penchant <1>": 14.0},
        measures={"Markov": {"coverage@10": 0.4}, "popular": {"coverage@10": 0.01}},
        settings={"repeat": False},
        versions={"numpy": "2"},
    )


def shown(report: Report, width: int = 140) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(to_terminal(report))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_report_holds_means_intervals_and_the_ratio_to_the_best_other() -> None:
    report = toy()
    markov, ours, popular = report.systems
    assert (ours.rival, markov.rival, popular.rival) == ("Markov", "Penchant <1>", "Penchant <1>")
    assert ours.ratio is not None
    assert ours.ratio.mean == pytest.approx(1.2)
    assert ours.ratio.low == pytest.approx(1.2)
    assert ours.metrics["ndcg@10"].mean == pytest.approx(1.2 * B.mean())
    alone = mean_interval(B, np.random.default_rng(5))
    assert markov.metrics["ndcg@10"].low == pytest.approx(alone.low, rel=0.03)
    assert report.requests == 400


def test_ratio_is_the_paired_one() -> None:
    a, b = RNG.permutation(B), B
    report = toy({"a": {"ndcg@10": a}, "b": {"ndcg@10": b}})
    paired = compare(a, b, np.random.default_rng(5)).ratio
    assert report.systems[0].ratio is not None
    assert report.systems[0].ratio.high == pytest.approx(paired.high, rel=0.05)


def test_best_knows_that_less_miscalibration_is_better() -> None:
    report = toy()
    assert report.best("ndcg@10") == "Penchant <1>"
    assert report.best("miscalibration@10") == "Markov"
    assert report.best("coverage@10") == "Markov"


def test_slices_hold_their_own_means_and_empty_ones_are_left_out() -> None:
    report = toy()
    assert report.slices == {"within a day": 200, "a day to a month": 200}
    assert report.systems[0].slices["within a day"]["ndcg@10"].mean == pytest.approx(B[::2].mean())


def test_requests_where_a_metric_is_undefined_are_left_out_of_its_mean() -> None:
    liked = np.where(np.arange(400) % 2 == 0, 3.0, np.nan)
    report = toy({"a": {"ndcg@10": B, "satisfaction@10": liked}})
    assert report.systems[0].metrics["satisfaction@10"] == Interval(3.0, 3.0, 3.0)
    assert report.systems[0].ratio is None


def test_ratio_to_nothing_is_left_out() -> None:
    assert toy({"a": {"ndcg@10": B}, "b": {"ndcg@10": 0 * B}}).systems[0].ratio is None


def test_json_round_trip() -> None:
    assert from_json(to_json(toy())) == toy()


@pytest.mark.parametrize(
    ("text", "message"), [(b"{}", "not a saved report"), (b"hm", "not a saved report"), (None, "format 2, this version reads 1")]
)
def test_foreign_json_is_refused(text: bytes | None, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        from_json(to_json(toy()).replace(b'"format": 1', b'"format": 2') if text is None else text)


def test_terminal_shows_every_system_best_first_with_ratio() -> None:
    text = shown(toy())
    assert text.index("Penchant <1>") < text.index("Markov") < text.index("popular")
    assert "1.20 to 1.20" in text
    assert "within a day" in text


def test_terminal_prints_the_best_of_each_column_bold() -> None:
    console = Console(file=StringIO(), width=140, force_terminal=True, color_system="standard")
    console.print(to_terminal(toy()))
    assert isinstance(console.file, StringIO)
    assert re.search(r"\x1b\[1m\s*" + number(1.2 * float(B.mean())), console.file.getvalue())


class Tags(HTMLParser):
    """Checks that every tag is closed in order, and collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action", "data", "srcset"}]
        assert tag not in {"script", "link", "iframe", "img"}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_well_formed_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    to_html(toy(), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.links == []
    assert not re.search(r"https?://|url\(|@import", text)


def test_page_escapes_names_and_says_who_leads_by_how_much() -> None:
    text = page(toy())
    assert "<b>Penchant &lt;1&gt;</b> leads ndcg@10:" in text
    assert "1.20 times (1.20 to 1.20) the best other, Markov." in text
    assert "Penchant <1>" not in text
    assert "Toy &amp; test" in text


def test_page_says_when_the_leader_is_not_told_apart() -> None:
    a = RNG.permutation(B)
    assert "do not tell the two apart" in page(toy({"a": {"ndcg@10": a}, "b": {"ndcg@10": B}}))


intervals = st.tuples(*[st.integers(0, 10**9).map(lambda n: n / 10**5)] * 3).map(
    lambda t: Interval(t[0], t[0] - t[1], t[0] + t[2])
)


@given(st.lists(intervals, min_size=1, max_size=6))
def test_plot_is_valid_svg_with_every_mark_inside(rows: list[Interval]) -> None:
    named = [(f"system {n}", interval) for n, interval in enumerate(rows)]
    root = ElementTree.fromstring(interval_plot(named, "system 0", "a & b"))
    left, right = 168.0 - 0.1, 640.0 - 64.0 + 0.1
    lines = [line for line in root.iter("line") if line.get("class") == "range"]
    assert len(lines) == len(rows)
    for line in lines:
        assert left <= float(line.attrib["x1"]) <= float(line.attrib["x2"]) <= right
    ticks = [text.text for text in root.iter("text") if text.get("class") == "tick"]
    assert 2 <= len(ticks) <= 8
    assert len(set(ticks)) == len(ticks)


def test_plot_of_equal_values_still_has_a_scale() -> None:
    for value in (0.0, 0.3, 1.0):
        assert "NaN" not in interval_plot([("a", Interval(value, value, value))], "a", "flat")


def test_bars_start_at_zero_in_proportion() -> None:
    rows = [(name, Interval(value, value, value)) for name, value in (("a", 10.0), ("b", 20.0))]
    bars = list(ElementTree.fromstring(interval_plot(rows, "a", "seconds", zero=True)).iter("rect"))
    assert float(bars[1].attrib["width"]) == pytest.approx(2 * float(bars[0].attrib["width"]), abs=0.1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "needs a system"),
        ({"a": {"mrr@10": B}}, "system 'a' has no 'ndcg@10', the headline; it has mrr@10"),
        ({"a": {"ndcg@10": B}, "b": {"ndcg@10": B[:9]}}, r"got lengths \[9, 400\]"),
    ],
)
def test_unusable_values_say_what_is_wrong(values: dict[str, dict[str, F64]], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        toy(values)


def test_report_without_extras_is_shown_too() -> None:
    system = System(name="only", metrics={"ndcg@10": Interval(0.1, 0.0, 0.2)})
    report = Report(title="t", protocol="p", dataset="d", requests=2, headline="ndcg@10", systems=(system,))
    assert "only" in shown(report)
    assert "CPU seconds" not in page(report)
    assert "<b>only</b> leads ndcg@10: 0.1000 (0.0000 to 0.2000)." in page(report)
