"""Forecasts of topic mixes side by side: `python bench/topic_forecast.py [--shop FOLDER] [--only NAME]`.

What people do in the week and in the month after several moments, by broad topic. The tables go to docs/forecast.md, between its
marks. Every data set is written to bench/results/ as it finishes; what is there is not run again. `--shop` is as in
bench/accuracy.py; `--quick` leaves out the evolution model, whose training takes most of the time, and a run without it adds it.
bench/forecast.py is about interest vectors.
"""

import argparse
import os
import time
from datetime import UTC, datetime
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np

from accuracy import RESULTS, data
from marked import put
from penchant.evaluate.intervals import Interval, mean_interval
from penchant.evaluate.world import World
from penchant.interest.topics import Topics, fit
from penchant.interest.visits import visits
from penchant.shift import Settings
from penchant.shift.forecast import Foresight, deeds_of
from penchant.shift.learn import Histories, learn
from penchant.shift.mixes import Deeds, situation, truth
from penchant.shift.pooling import pooled
from penchant.shift.watch import Topic, counted, sampled, shares, watched
from penchant.types import F64, I64, Events
from topic_rivals import SPANS, Answer, evolving, taken, tuned

PAGE = Path(__file__).parent.parent / "docs" / "forecast.md"
OPEN, CLOSE = "<!-- tables -->", "<!-- /tables -->"
MOMENTS = {
    "online-retail": [f"2011-{month:02}-01" for month in (6, 7, 8, 9, 10, 11)],
    "ml-1m": ["2000-11-01", "2000-12-01", "2001-01-01", "2001-03-01", "2001-05-01", "2001-07-01", "2001-09-01"],
}
BESIDE = (0.05, 0.1, 0.2, 0.3, 0.4)  # shares of the evolution model's mix in a mixture with ours
HALVED = (2, 5)  # moments at which half of the people are not learned from, but judged
BINS = (0.0, 0.03, 0.06, 0.1, 0.2, 1.0)  # of shares, for coverage
OURS, PLAIN, EVO, BOTH = "penchant", "penchant, without links", "evolution model", "penchant + evolution model"
METRICS = ("likelihood", "variation", "ndcg")


class Row(msgspec.Struct):
    """One system: means over people, and what ours has over it, paired; of variation less is better."""

    name: str
    picked: list[str]  # settings, by moment
    means: dict[str, Interval]
    gains: dict[str, Interval]


class Coverage(msgspec.Struct):
    """Intervals against what was shown: all topics, or those with a share within bounds."""

    low: float
    high: float
    topics: int
    held: float
    below: float
    above: float
    width: float


class Horizon(msgspec.Struct):
    """One span ahead, all moments together."""

    span: str
    requests: int
    people: int
    rows: list[Row]
    coverage: list[Coverage]  # of people that were learned from, at an earlier time
    strangers: list[Coverage]  # of people that were not


class Result(msgspec.Struct):
    dataset: str
    moments: list[str]
    topics: int
    loose: float
    seconds: float  # of CPU, to learn at the last moment
    evolution: bool  # whether the evolution model took part
    horizons: list[Horizon]


def scored(mix: F64, shown: F64) -> F64:
    """(3, R) log-likelihood in nats an event, total variation, and NDCG of topics by share."""
    order = np.argsort(-mix, axis=1, kind="stable")
    fade = 1 / np.log2(2 + np.arange(mix.shape[1]))
    gain = (np.take_along_axis(shown, order, axis=1) * fade).sum(axis=1) / (np.sort(shown, axis=1)[:, ::-1] * fade).sum(axis=1)
    return np.stack([(shown * np.log(mix)).sum(axis=1), np.abs(mix - shown).sum(axis=1) / 2, gain])


def covered(low: F64, high: F64, share: F64, shown: F64) -> list[Coverage]:
    found = []
    for least, most in ((0.0, 1.0), *pairwise(BINS)):
        rows = (share >= least) & (share < most)
        below, above = shown[rows] < low[rows], shown[rows] > high[rows]
        means = (1 - float((below | above).mean()), float(below.mean()), float(above.mean()), float((high - low)[rows].mean()))
        found.append(Coverage(least, most, int(rows.sum()), *means))
    return found


def kept(name: str) -> Result | None:
    path = RESULTS / f"topic-forecast-{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.is_file() else None


class Scene(NamedTuple):
    """A data set with the moments at which it is asked what comes."""

    told: World
    events: Events  # those that count, sorted by user, then time
    topics: Topics
    names: tuple[Topic, ...]
    deeds: Deeds
    loose: float
    moments: list[float]
    people: dict[tuple[float, str], I64]  # who was there before a moment and did something in the span after
    shown: dict[tuple[float, str], F64]  # and what that was


class Round(NamedTuple):
    """What is foreseen for one span at one moment: by every system, and our intervals with what was shown."""

    answers: dict[str, Answer]
    bounds: list[F64]  # low, high, share, shown
    unseen: list[F64]  # the same of people that were not learned from; empty where there were none


def scene(name: str, shop: Path | None) -> Scene:
    told, rng = data(name, shop), np.random.default_rng(0)
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in MOMENTS[name]]
    events = counted(told.events.take(np.lexsort((told.events.time, told.events.user))))
    topics = fit(told.catalog, events.take(events.time < moments[0]), rng=rng)
    names = watched(told.catalog, topics)
    deeds = deeds_of(events, told.catalog, topics, names)
    then = taken(deeds, events.time < moments[0])
    loose = learn(Histories(then.user, then.memberships, visits(then.user, then.time)), Settings(), rng).loose
    made = Scene(told, events, topics, names, deeds, loose, moments, {}, {})
    for at, (span, ahead) in product(moments, SPANS.items()):
        who, mix = truth(deeds, at, at + ahead)
        there = np.isin(who, deeds.user[deeds.time <= at])
        made.people[at, span], made.shown[at, span] = who[there], mix[there]
    return made


def beside(seen: Scene) -> list[dict[tuple[str, float], F64]]:
    """What the evolution model foresees, by moment, for the people of each span, by temperature."""
    everyone = [np.unique(np.concatenate([seen.people[at, span] for span in SPANS])) for at in seen.moments]
    belongs = shares(np.arange(len(seen.told.catalog)), seen.told.catalog, seen.topics, seen.names).astype(np.float64)
    found = evolving(seen.events, seen.told, belongs, list(zip(seen.moments, everyone, strict=True)))
    return [
        {(span, warmth): mix[np.searchsorted(who, seen.people[at, span])] for (span, warmth), mix in mixes.items()}
        for at, who, mixes in zip(seen.moments, everyone, found, strict=True)
    ]


def asked(seen: Scene, place: int, others: dict[tuple[str, float], F64]) -> tuple[dict[str, Round], float]:
    """What is learned from all before a moment foresees this, by span; with the CPU seconds that learning took."""
    at, catalog = seen.moments[place], seen.told.catalog
    known = sampled(seen.events.take(seen.events.time < at), np.random.default_rng(0))
    some, before = deeds_of(known, catalog, seen.topics, seen.names), taken(seen.deeds, seen.events.time < at)
    began = time.process_time()
    foresight = Foresight.learned(some, seen.loose, np.random.default_rng(0))
    seconds, half = time.process_time() - began, foresight
    if place in HALVED:
        half = Foresight.learned(taken(some, some.user % 2 == 0), seen.loose, np.random.default_rng(0))
    rounds = {}
    for span, ahead in SPANS.items():
        who, came = seen.people[at, span], seen.shown[at, span]
        made, found = foresight.foreseen(before, who, at, ahead), tuned(before, who, at, ahead, seen.loose)
        plain, _ = pooled(situation(before, who, at, seen.loose, foresight.everybody), foresight.weights_at(ahead))
        found |= {OURS: Answer(made.share), PLAIN: Answer(plain)}
        for warmth, mix in ((warmth, mix) for (one, warmth), mix in others.items() if one == span):
            found[f"{EVO} at {warmth:g}"] = Answer(mix)
            found |= {f"{BOTH} at {warmth:g}, {part:g}": Answer((1 - part) * made.share + part * mix) for part in BESIDE}
        rest = who % 2 == 1
        odd = half.foreseen(before, who[rest], at, ahead)
        unseen = [odd.low, odd.high, odd.share, came[rest]] if place in HALVED else []
        rounds[span] = Round(found, [made.low, made.high, made.share, came], unseen)
    return rounds, seconds


def run(name: str, shop: Path | None, quick: bool) -> Result:
    done = kept(name)
    if done is not None and (quick or done.evolution):
        return done
    seen = scene(name, shop)
    print(f"{name}, {time.process_time():,.0f} CPU s: {'' if quick else 'training the evolution model'}", flush=True)
    others = [] if quick else beside(seen)
    rounds, seconds = [], 0.0
    for place, moment in enumerate(MOMENTS[name]):
        print(f"{name}, {time.process_time():,.0f} CPU s: {moment}", flush=True)
        made, seconds = asked(seen, place, others[place] if others else {})
        rounds.append(made)
    horizons = [
        horizon(
            span,
            [seen.people[at, span] for at in seen.moments],
            [seen.shown[at, span] for at in seen.moments],
            [made[span] for made in rounds],
        )
        for span in SPANS
    ]
    result = Result(name, MOMENTS[name], len(seen.names), seen.loose, seconds, bool(others), horizons)
    path = RESULTS / f"topic-forecast-{name}.json"
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    partial.replace(path)
    return result


def horizon(span: str, who: list[I64], came: list[F64], rounds: list[Round]) -> Horizon:
    """All moments together; of the systems with the evolution model, the setting that is best here."""
    users, shown, answers = np.concatenate(who), np.concatenate(came), [each.answers for each in rounds]
    scores = {name: scored(np.concatenate([each[name].mix for each in answers]), shown) for name in answers[0]}
    labels = {name: name for name in scores if " at " not in name}
    for family in (EVO, BOTH):
        theirs = [name for name in scores if name.startswith(f"{family} at")]
        labels |= {best: family for best in sorted(theirs, key=lambda name: float(scores[name][0].mean()))[-1:]}
    rows = []
    for name, label in labels.items():
        means = {
            metric: mean_interval(scores[name][n], np.random.default_rng(0), users=users) for n, metric in enumerate(METRICS)
        }
        gains = {
            metric: mean_interval(scores[OURS][n] - scores[name][n], np.random.default_rng(0), users=users)
            for n, metric in enumerate(METRICS)
        }
        picked = [each[name].picked for each in answers] if answers[0][name].picked else [name.partition(" at ")[2]]
        rows.append(Row(label, picked, means, gains))
    rows.sort(key=lambda row: -row.means["likelihood"].mean)
    columns = [np.concatenate(parts).ravel() for parts in zip(*(each.bounds for each in rounds), strict=True)]
    others = [np.concatenate(parts).ravel() for parts in zip(*(each.unseen for each in rounds if each.unseen), strict=True)]
    return Horizon(span, len(users), len(np.unique(users)), rows, covered(*columns), covered(*others))


def table(result: Result, one: Horizon) -> str:
    lines = [
        f"### {result.dataset}, the next {one.span}",
        "",
        f"{one.requests:,} requests of {one.people:,} people after {len(result.moments)} moments ({result.moments[0]} to "
        f"{result.moments[-1]}), {result.topics} topics.",
        "",
        "| | nats an event | ours more by | total variation | ours less by | NDCG of topics | ours more by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in one.rows:
        cells = [f"**{row.name}**" if row.name == OURS else row.name]
        for metric, sign in zip(METRICS, (1, -1, 1), strict=True):
            gain = row.gains[metric]
            low, high = sorted((sign * gain.low, sign * gain.high))
            cells += [
                f"{row.means[metric].mean:.4f}",
                "" if row.name == OURS else f"{sign * gain.mean:+.4f} ({low:+.4f} to {high:+.4f})",
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def coverage(results: list[Result]) -> str:
    lines = [
        "| | share foreseen | intervals | held | shown below | shown above | width | held, people not learned from |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result, span in product(results, SPANS):
        one = next(each for each in result.horizons if each.span == span)
        for mine, other in zip(one.coverage, one.strangers, strict=True):
            bounds = "all" if (mine.low, mine.high) == (0.0, 1.0) else f"{mine.low:g} to {mine.high:g}"
            rates = " | ".join(f"{value:.1%}" for value in (mine.held, mine.below, mine.above))
            label = f"{result.dataset}, {span}" if bounds == "all" else ""
            lines.append(f"| {label} | {bounds} | {mine.topics:,} | {rates} | {mine.width:.3f} | {other.held:.1%} |")
    return "\n".join(lines)


def section(results: list[Result]) -> str:
    tables = [table(result, one) for result in results for one in reversed(result.horizons)]
    cost = "; ".join(f"{result.dataset} {result.seconds:.1f} CPU s (loose {result.loose:g})" for result in results)
    return "\n\n".join([*tables, "### Intervals", coverage(results), f"To learn at the last moment: {cost}."])


def write(results: list[Result]) -> None:
    put(PAGE, OPEN, CLOSE, section(results))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=list(MOMENTS), help="one data set")
    parser.add_argument("--quick", action="store_true", help="without the evolution model")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    for name in [arguments.only] if arguments.only else MOMENTS:
        run(name, arguments.shop, arguments.quick)
    done = [found for found in map(kept, MOMENTS) if found is not None]
    print(section(done))
    write(done)


if __name__ == "__main__":
    main()
