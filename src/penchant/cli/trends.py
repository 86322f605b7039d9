"""`penchant trends`: what is rising and fading in what everybody does."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penchant.cli import options
from penchant.cli.plots.files import Plot
from penchant.cli.show import bar, emit, moment, plural, say, table

if TYPE_CHECKING:
    from rich.table import Table

    from penchant.shift.trends import Trend, Trends

_DAY = 86_400.0  # seconds
_STEADY = 5  # steady topics in the table; all are in the JSON
_WAYS = {"rising": "↑", "fading": "↓", "steady": "→", None: ""}

Which = Literal["broad", "fine"]
LevelOption = Annotated[Which, typer.Option("--level", help="Broad topics, or the fine ones they are made of.")]


def trends(
    folder: options.Folder,
    at: options.At = None,
    window: Annotated[
        str, typer.Option("--window", metavar="PERIOD", help="How long: P28D, P4W or seconds; whole days.")
    ] = "P28D",
    level: LevelOption = "broad",
    plot: Plot = None,
    json: options.Json = False,
) -> None:
    """Show which topics rise and fade in what everybody does.

    The last days before a midnight (UTC) against as many before them: each topic's share of all events in either, their ratio
    with its 95% interval, and the rate of false discoveries at which it is a trend. Seasonal is what a year before did alike.
    """
    when, seconds = options.epoch(at), _seconds(window)
    from penchant.engine import Engine

    with Engine.load(folder) as engine:
        told = engine.trends(when, window=seconds, level=level)
    if plot is not None:
        from penchant.cli.plots import population
        from penchant.cli.plots.picture import draw

        draw(population.trends(told), plot)
    if json:
        emit(told)
        return
    days = plural(round(seconds / _DAY), "day")
    if told.people is None:
        say(f"fewer than {told.floor} people did anything in the {days} up to {moment(told.at)} UTC")
        return
    if told.trends:
        say(_table(told, days))
    if told.people_before is None:
        say(f"fewer than {told.floor} people did anything in the {days} before: there is nothing to compare with")
    steady = sum(one.direction == "steady" for one in told.trends)
    if steady > _STEADY:
        say(f"... and {steady - _STEADY} more steady topics (--json has all)")
    if told.left_out:
        say(f"{plural(told.left_out, 'topic')} left out: of too few people to be told")


def _seconds(window: str) -> float:
    """Raises typer.BadParameter for what is no period."""
    from penchant.events.times import parse_duration

    seconds = parse_duration(window)
    if seconds is None:
        raise typer.BadParameter(f"{window!r} is not a period; write P28D, P4W or seconds")
    return seconds


def _table(told: "Trends", days: str) -> "Table":
    people = ", ".join(
        plural_people(count, told.floor) + words for count, words in ((told.people, ""), (told.people_before, " before"))
    )
    shown = table(
        f"{days} up to {moment(told.at)[:10]}: {people}",
        *("", "topic", "before", "now", "", "ratio", "95%", "q", "people", ""),
        right=("before", "now", "ratio", "95%", "q", "people"),
    )
    most = max((one.share or 0.0 for one in told.trends), default=0.0) or 1.0
    steady = [one for one in told.trends if one.direction == "steady"][_STEADY:]
    for one in told.trends:
        if one not in steady:
            shown.add_row(*_row(one, most, told.floor))
    return shown


def plural_people(count: int | None, floor: int) -> str:
    """How many people, where they may be told.

    >>> plural_people(1, 10), plural_people(1200, 10), plural_people(None, 10)
    ('1 person', '1,200 people', 'fewer than 10 people')
    """
    return f"fewer than {floor} people" if count is None else f"{count:,} {'person' if count == 1 else 'people'}"


def percent(share: float | None) -> str:
    """A share in percents, or that it is not told.

    >>> percent(0.1234), percent(None)
    ('12.3%', '-')
    """
    return "-" if share is None else f"{share:.1%}"


def _row(one: "Trend", most: float, floor: int) -> tuple[str, ...]:
    ratio = "-" if one.ratio is None else f"{one.ratio:.2f}"
    high = "" if one.high is None else f"{one.high:.2f}"
    interval = "" if one.low is None else f"{one.low:.2f} to {high}".rstrip()
    people = f"<{floor}" if one.people is None else f"{one.people:,}"
    q = "" if one.q is None else f"{one.q:.3f}"
    season = "seasonal" if one.seasonal else ""
    length = bar((one.share or 0.0) / most)
    return (
        _WAYS[one.direction],
        one.label,
        percent(one.share_before),
        percent(one.share),
        length,
        ratio,
        interval,
        q,
        people,
        season,
    )
