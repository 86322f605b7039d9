"""A report as one self-contained HTML page: no script, no request to anywhere, light and dark, plots as inline SVG."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from penchant.evaluate.intervals import Interval
from penchant.evaluate.report import LOWER_IS_BETTER, Report, System, columns_of, number, ranked_systems

WIDTH, LABEL, ROW = 640, 168, 26  # SVG units, which are pixels on a wide screen
RIGHT = 64  # room for the value

STYLE = """
:root { color-scheme: light dark;
  --paper: #fbfaf7; --ink: #1f1e1b; --quiet: #6b6860; --line: #e2dfd7; --accent: #0b6b50; --other: #8d897f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #161715; --ink: #e9e7e1; --quiet: #a09d94; --line: #33342f; --accent: #58cfa5; --other: #85827a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 3rem 1.25rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.015em; }
h2 { font-size: 1.1rem; margin: 2.8rem 0 .6rem; }
h3 { font-size: .92rem; font-weight: 600; margin: 1.5rem 0 .1rem; }
p { margin: .4rem 0; max-width: 40rem; }
.quiet, dt, caption, th { color: var(--quiet); }
.verdict { font-size: 1.12rem; margin: 1.4rem 0 0; padding-left: .9rem; border-left: 3px solid var(--accent); }
.wide { overflow-x: auto; } .wide table { width: auto; min-width: min(100%, 43.5rem); margin-inline: auto; }
@media (min-width: 52rem) { .wide { margin-inline: calc((43.5rem - min(94vw, 68rem)) / 2); } }
table { border-collapse: collapse; width: 100%; font-size: .86rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .86rem; padding-bottom: .4rem; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; border-color: var(--ink); vertical-align: bottom; }
th:first-child, tbody th { text-align: left; padding-left: 0; }
h3 span { font-weight: 400; } tbody * { vertical-align: top; }
tbody th { color: var(--ink); border-color: var(--line); font-weight: 400; }
td b { color: var(--accent); } small { display: block; color: var(--quiet); font-size: .76rem; }
svg { display: block; width: 100%; height: auto; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg text { fill: var(--ink); } svg .tick { fill: var(--quiet); font-size: 11px; } svg .grid { stroke: var(--line); }
svg .range { stroke: var(--other); stroke-width: 3; stroke-linecap: round; } svg .mark { fill: var(--other); }
svg .best .range { stroke: var(--accent); } svg .best .mark { fill: var(--accent); } svg .best text { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; font-size: .86rem; margin: 0; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); font-size: .86rem; }
@media print { body { padding: 0; } .wide { margin-inline: 0; overflow: visible; } }
"""


def to_html(report: Report, path: Path) -> None:
    """Write the report to `path` as a page that can be mailed, printed and read in ten years.

    Raises:
        OSError: when the file cannot be written.

    >>> import tempfile
    >>> systems = tuple(System(name=n, metrics={"ndcg@10": Interval(m, m - 0.01, m + 0.01)}) for n, m in (("a", 0.2), ("b", 0.1)))
    >>> report = Report(title="Toy", protocol="none", dataset="ML", requests=9, headline="ndcg@10", systems=systems)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_html(report, Path(folder) / "toy.html")
    ...     (Path(folder) / "toy.html").read_text(encoding="utf-8").splitlines()[0]
    '<!doctype html>'
    """
    path.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page itself."""
    scope = f"{report.dataset} · {report.protocol} · {report.requests:,} requests · {len(report.systems)} systems"
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(report.title)}</title>
<style>{STYLE}</style>
<main>
<h1>{escape(report.title)}</h1>
<p class="quiet">{escape(scope)}</p>
<p class="verdict">{_verdict(report)}</p>
<h2>Metrics</h2>
{"".join(_metric_plot(report, name) for name in _metrics(report))}
{_slices(report)}
{_cost(report)}
<h2>All numbers</h2>
<div class="wide">{_table(report)}</div>
{_facts("Settings", {name: str(value) for name, value in report.settings.items()})}
{_facts("Versions", report.versions)}
<footer class="quiet">Marks are means over requests, lines their {report.level:.0%} bootstrap intervals; ratios are paired: both
systems on the same resampled requests. Systems are sorted by {escape(report.headline)}; the best of each is in colour.</footer>
</main>
</html>
"""


def interval_plot(rows: Sequence[tuple[str, Interval]], best: str, title: str, zero: bool = False) -> str:
    """An SVG of one labelled mark per row on a common scale, `best` in colour; `zero` draws bars from 0 and no intervals."""
    low = 0.0 if zero else min(interval.low for _, interval in rows)
    ticks = _ticks(low, max(interval.high for _, interval in rows))
    left, right, bottom = LABEL, WIDTH - RIGHT, len(rows) * ROW + 4
    scale = (right - left) / (ticks[-1] - ticks[0])
    parts = [f'<svg viewBox="0 0 {WIDTH} {bottom + 20}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>']
    for tick in ticks:
        x = left + (tick - ticks[0]) * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{_tick_text(tick, ticks)}</text>')
    for row, (name, interval) in enumerate(rows):
        y = row * ROW + ROW / 2
        low, mean, high = (left + (value - ticks[0]) * scale for value in (interval.low, interval.mean, interval.high))
        if zero:
            mark = f'<rect class="mark" x="{left}" y="{y - 6}" width="{max(mean - left, 1):.1f}" height="12" rx="2"/>'
        else:
            line = f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
            mark = f'{line}<circle class="mark" cx="{mean:.1f}" cy="{y}" r="5.5"/>'
        shown = name if len(name) <= 22 else name[:21] + "…"
        parts.append(
            f'<g class="{"best" if name == best else "rest"}"><title>{escape(_spoken(name, interval))}</title>'
            f'<text x="{left - 14}" y="{y + 4.5}" text-anchor="end">{escape(shown)}</text>{mark}'
            f'<text x="{WIDTH}" y="{y + 4.5}" text-anchor="end">{number(interval.mean)}</text></g>'
        )
    return "".join([*parts, "</svg>"])


def _ticks(low: float, high: float) -> list[float]:
    """Four to seven round numbers that enclose both."""
    span = max(high - low, 1e-6 * max(abs(low), abs(high))) or 1.0
    rough = span / 4
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(power * min(m for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9)))
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(n * step) for n in np.arange(first, max(last, first + 1) + 1)]


def _tick_text(tick: float, ticks: Sequence[float]) -> str:
    """A tick with as many decimals as its neighbours need to differ."""
    step = ticks[1] - ticks[0]
    decimals = next((d for d in range(12) if abs(round(step, d) - step) < 1e-3 * step), 12)
    return f"{tick:,.{decimals}f}"


def _spoken(name: str, interval: Interval) -> str:
    return f"{name}: {number(interval.mean)} ({number(interval.low)} to {number(interval.high)})"


def _verdict(report: Report) -> str:
    first = ranked_systems(report)[0]
    mean = first.metrics[report.headline]
    said = f"<b>{escape(first.name)}</b> leads {escape(_spoken(report.headline, mean))}"
    ratio = first.ratio
    if ratio is None:
        return said + "."
    said += f", {ratio.mean:.2f} times ({ratio.low:.2f} to {ratio.high:.2f}) the best other, {escape(first.rival)}."
    return said if ratio.low > 1 else said + " The interval holds 1: these requests do not tell the two apart."


def _metrics(report: Report) -> list[str]:
    names = [name for name in columns_of(report) if any(name in system.metrics for system in report.systems)]
    return [report.headline, *(name for name in names if name != report.headline)]


def _metric_plot(report: Report, name: str) -> str:
    rows = [(system.name, system.metrics[name]) for system in ranked_systems(report) if name in system.metrics]
    hint = ' <span class="quiet">less is better</span>' if name.partition("@")[0] in LOWER_IS_BETTER else ""
    return f"<h3>{escape(name)}{hint}</h3>{interval_plot(rows, report.best(name), name)}"


def _slices(report: Report) -> str:
    """The headline, once per slice."""
    if not report.slices:
        return ""
    parts = [f"<h2>{escape(report.headline)} by slice</h2>"]
    for label, requests in report.slices.items():
        rows = [(system.name, system.slices[label][report.headline]) for system in ranked_systems(report)]
        top = max(rows, key=lambda row: row[1].mean)[0]
        plot = interval_plot(rows, top, f"{report.headline}, {label}")
        parts.append(f'<h3>{escape(label)} <span class="quiet">{requests:,} requests</span></h3>{plot}')
    return "".join(parts)


def _cost(report: Report) -> str:
    if not any(system.seconds for system in report.systems):
        return ""
    rows = [(s.name, Interval(s.seconds, s.seconds, s.seconds)) for s in ranked_systems(report)]
    least = min(report.systems, key=lambda system: system.seconds).name
    return f"<h2>CPU seconds</h2>{interval_plot(rows, least, 'CPU seconds', zero=True)}"


def _table(report: Report) -> str:
    columns = columns_of(report)
    best = {name: report.best(name) for name in columns}
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in [*columns, "× best other", "CPU s"])
    body = "".join(
        f'<tr><th scope="row">{escape(system.name)}</th>'
        + "".join(f"<td>{_number_cell(system, name, best[name] == system.name)}</td>" for name in columns)
        + f"<td>{escape(_ratio_text(system))}</td><td>{system.seconds:,.2f}</td></tr>"
        for system in ranked_systems(report)
    )
    return f'<table><thead><tr><th scope="col">system</th>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _number_cell(system: System, name: str, best: bool) -> str:
    interval = system.metrics.get(name)
    value = interval.mean if interval else system.measures.get(name)
    if value is None:
        return ""
    shown = f"<b>{number(value)}</b>" if best else number(value)
    return shown + (f"<small>{number(interval.low)} to {number(interval.high)}</small>" if interval else "")


def _ratio_text(system: System) -> str:
    """`1.20 (1.05 to 1.33)`, or nothing where there is no ratio."""
    ratio = system.ratio
    return f"{ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio else ""


def _facts(title: str, facts: dict[str, str]) -> str:
    if not facts:
        return ""
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"<h2>{title}</h2><dl>{entries}</dl>"
