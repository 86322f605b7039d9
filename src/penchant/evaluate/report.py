"""One comparison of systems on the same requests, as a record: assembled from per-request values, shown, saved and read back.

`page.to_html` turns the same record into a page.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec
import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from penchant.errors import InvalidInput
from penchant.evaluate.intervals import Interval, compare, mean_interval
from penchant.types import DAY, F64, I64, Bool

LOWER_IS_BETTER = frozenset(  # metric names without their depth
    (
        "gini",
        "miscalibration",
        "stale",
        "over-reaction",
        "odd click",
        "usual click",
        "lag after a move",
        "lag after a swap",
        "own lag",
    )
)

_WIDE = 6  # numbers side by side in a terminal

Setting = str | int | float | bool | None


class System(msgspec.Struct, frozen=True, kw_only=True):
    """What one system reached."""

    name: str
    metrics: dict[str, Interval]  # mean over requests
    measures: dict[str, float] = {}  # single numbers without an interval: coverage, Gini, latency
    ratio: Interval | None = None  # headline mean / that of the best other system, paired; None where that is zero
    rival: str = ""  # the best other system on the headline
    slices: dict[str, dict[str, Interval]] = {}  # slice of the requests, metric, mean
    seconds: float = 0.0  # CPU seconds for fitting and answering


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Systems side by side: same rows, same split, same candidates, same metric code."""

    title: str
    protocol: str
    dataset: str
    requests: int
    headline: str  # the metric that decides
    systems: tuple[System, ...]
    slices: dict[str, int] = {}  # requests in each slice
    settings: dict[str, Setting] = {}
    versions: dict[str, str] = {}
    level: float = 0.95  # of all intervals
    format: int = 1

    def best(self, metric: str) -> str:
        """The system with the best mean of a metric or measure; the first of equals."""
        sign = -1 if metric.partition("@")[0] in LOWER_IS_BETTER else 1
        return max((s for s in self.systems if _value(s, metric) is not None), key=lambda s: sign * (_value(s, metric) or 0)).name


def by_gap(away: F64) -> dict[str, Bool]:
    """Slices of requests by seconds since the person's last event, (R,), to see who lives off the session only.

    >>> {name: int(rows.sum()) for name, rows in by_gap(np.array([60.0, 3_600.0, 40 * DAY])).items()}
    {'within a day': 2, 'a day to a month': 0, 'over a month': 1}
    """
    return {"within a day": away < DAY, "a day to a month": (away >= DAY) & (away < 30 * DAY), "over a month": away >= 30 * DAY}


def assemble(
    values: Mapping[str, Mapping[str, F64]],
    *,
    title: str,
    protocol: str,
    dataset: str,
    headline: str,
    rng: np.random.Generator,
    users: I64 | None = None,
    kin: Collection[str] = (),
    slices: Mapping[str, Bool] | None = None,
    seconds: Mapping[str, float] | None = None,
    measures: Mapping[str, Mapping[str, float]] | None = None,
    settings: Mapping[str, Setting] | None = None,
    versions: Mapping[str, str] | None = None,
) -> Report:
    """A report from `values`: system, metric, one value per request (R,) in the same order for all.

    NaN says that a metric is not defined for a request, which is then left out of that mean. `users` (R,) says who
    asked, where users ask repeatedly; `slices` are masks (R,), and a slice with fewer than two requests of two users is left out.
    Systems of the same house, `kin`, are not each other's rivals. Seconds and measures are by system.

    Raises:
        InvalidInput: no system, no request, a system without the headline metric, or values of unequal lengths.

    >>> ours, theirs = np.array([1.0, 0.5, 0.5, 0.0] * 32), np.array([0.5, 0.5, 0.0, 0.0] * 32)
    >>> report = assemble(
    ...     {"ours": {"ndcg@10": ours}, "theirs": {"ndcg@10": theirs}}, title="Toy", protocol="none", dataset="none",
    ...     headline="ndcg@10", rng=np.random.default_rng(0),
    ... )
    >>> report.best("ndcg@10"), report.systems[0].ratio.mean
    ('ours', 2.0)
    """
    requests = _checked(values, headline)
    means = {name: float(np.nanmean(metrics[headline])) for name, metrics in values.items()}
    masks = {name: rows for name, rows in (slices or {}).items() if _units(rows, users) >= 2}
    systems = []
    for name, metrics in values.items():
        others = [other for other in values if other != name and not (name in kin and other in kin)]
        rival = max(others, key=lambda other: means[other], default="")
        systems.append(
            System(
                name=name,
                metrics=_summary(metrics, users, rng),
                measures=dict((measures or {}).get(name, {})),
                ratio=_ratio(metrics[headline], values[rival][headline], users, rng) if rival else None,
                rival=rival,
                slices={
                    label: _summary(
                        {metric: column[rows] for metric, column in metrics.items()}, None if users is None else users[rows], rng
                    )
                    for label, rows in masks.items()
                },
                seconds=float((seconds or {}).get(name, 0.0)),
            )
        )
    return Report(
        title=title,
        protocol=protocol,
        dataset=dataset,
        requests=requests,
        headline=headline,
        systems=tuple(systems),
        slices={label: int(rows.sum()) for label, rows in masks.items()},
        settings=dict(settings or {}),
        versions=dict(versions or {}),
    )


def to_terminal(report: Report) -> RenderableType:
    """Something rich can print: the headline with intervals, then all other numbers, then the slices; the best of each bold.

    >>> from rich.console import Console
    >>> system = System(name="popular", metrics={"ndcg@10": Interval(0.04, 0.03, 0.05)}, seconds=0.1)
    >>> report = Report(title="Toy", protocol="none", dataset="ML", requests=9, headline="ndcg@10", systems=(system,))
    >>> Console(width=90).print(to_terminal(report))  # doctest: +ELLIPSIS
    Toy
    ML, none, 9 requests
    ...
    """
    parts: list[RenderableType] = [
        Text(report.title, "bold"),
        Text(f"{report.dataset}, {report.protocol}, {report.requests:,} requests", "dim"),
        _headline_table(report),
    ]
    others = [name for name in columns_of(report) if name != report.headline]
    parts += [_other_table(report, others[start : start + _WIDE]) for start in range(0, len(others), _WIDE)]
    if report.slices:
        parts.append(_slice_table(report))
    return Group(*parts)


def to_json(report: Report) -> bytes:
    """The report as indented JSON, for `from_json`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def from_json(text: bytes) -> Report:
    """A saved report.

    Raises:
        InvalidInput: for anything `to_json` did not write.
    """
    try:
        report = msgspec.json.decode(text, type=Report)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"not a saved report: {error}") from error
    if report.format != 1:
        raise InvalidInput(f"the report has format {report.format}, this version reads 1; upgrade penchant")
    return report


def columns_of(report: Report) -> list[str]:
    """All metrics, then all measures, in order of first appearance."""
    names = [name for system in report.systems for name in system.metrics]
    names += [name for system in report.systems for name in system.measures]
    return list(dict.fromkeys(names))


def ranked_systems(report: Report) -> list[System]:
    """Systems by the headline, best first."""
    return sorted(report.systems, key=lambda system: -system.metrics[report.headline].mean)


def number(value: float) -> str:
    """A metric as people compare it: as many decimals as its neighbours in the column.

    >>> number(0.0576), number(0.5), number(14.2), number(1179.0)
    ('0.0576', '0.5000', '14.20', '1,179')
    """
    return f"{value:,.{4 if abs(value) <= 1 else 2 if abs(value) < 100 else 0}f}"


def _empty_table(first: str, columns: Iterable[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table


def _headline_table(report: Report) -> Table:
    sure = f"{report.level:.0%} interval"
    timed = any(system.seconds for system in report.systems)
    table = _empty_table("system", [report.headline, sure, "times best other", sure] + timed * ["CPU seconds"])
    best = report.best(report.headline)
    for system in ranked_systems(report):
        mean, ratio = system.metrics[report.headline], system.ratio
        table.add_row(
            system.name,
            Text(number(mean.mean), "bold" if system.name == best else ""),
            f"{number(mean.low)} to {number(mean.high)}",
            f"{ratio.mean:.2f}" if ratio else "",
            f"{ratio.low:.2f} to {ratio.high:.2f}" if ratio else "",
            *timed * [f"{system.seconds:,.2f}"],
        )
    return table


def _other_table(report: Report, names: list[str]) -> Table:
    table = _empty_table("system", names)
    best = {name: report.best(name) for name in names}
    for system in ranked_systems(report):
        values = {name: _value(system, name) for name in names}
        table.add_row(
            system.name,
            *(
                "" if value is None else Text(number(value), "bold" if best[name] == system.name else "")
                for name, value in values.items()
            ),
        )
    return table


def _slice_table(report: Report) -> Table:
    table = _empty_table("system", (f"{label}\n{requests:,} requests" for label, requests in report.slices.items()))
    table.title, table.title_justify, table.title_style = f"{report.headline} by slice", "left", "dim"
    best = {label: max(s.slices[label][report.headline].mean for s in report.systems) for label in report.slices}
    for system in ranked_systems(report):
        means = {label: system.slices[label][report.headline].mean for label in report.slices}
        table.add_row(system.name, *(Text(number(mean), "bold" if mean == best[label] else "") for label, mean in means.items()))
    return table


def _value(system: System, name: str) -> float | None:
    return system.metrics[name].mean if name in system.metrics else system.measures.get(name)


def _summary(metrics: Mapping[str, F64], users: I64 | None, rng: np.random.Generator) -> dict[str, Interval]:
    """Mean and interval of every metric that is defined for at least two units."""
    summary = {}
    for name, column in metrics.items():
        defined = ~np.isnan(column)
        if _units(defined, users) >= 2:
            summary[name] = mean_interval(column[defined], rng, users=None if users is None else users[defined])
    return summary


def _ratio(a: F64, b: F64, users: I64 | None, rng: np.random.Generator) -> Interval | None:
    ratio = compare(a, b, rng, users=users).ratio
    return ratio if np.isfinite([ratio.mean, ratio.low, ratio.high]).all() else None


def _units(rows: Bool, users: I64 | None) -> int:
    return int(rows.sum()) if users is None else len(np.unique(users[rows]))


def _checked(values: Mapping[str, Mapping[str, F64]], headline: str) -> int:
    """How many requests all columns have."""
    if not values:
        raise InvalidInput("a report needs a system; give values of at least one")
    for name, metrics in values.items():
        if headline not in metrics:
            raise InvalidInput(f"system {name!r} has no {headline!r}, the headline; it has {', '.join(metrics) or 'nothing'}")
    lengths = {len(column) for metrics in values.values() for column in metrics.values()}
    if len(lengths) > 1 or not lengths - {0}:
        raise InvalidInput(
            f"every system and metric needs one value for each of the same requests, got lengths {sorted(lengths)}"
        )
    return lengths.pop()
