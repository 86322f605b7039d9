"""Shifts found and false alarms, ours beside others, and the tables of docs/shifts.md: `python bench/shifts.py [--shop FOLDER]`.

Every system reads the same streams over a sweep of its own threshold and restarts after an alarm; compared is what it finds at an
equal number of false alarms. river takes part where it is installed (pip install river). Curves go to bench/results/shifts.json,
and to shifts.png where matplotlib is installed. `--shop` is a folder with Online Retail II (docs/data.md).
"""

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np

from accuracy import data
from penchant.evaluate.world import World
from penchant.interest.transitions import histories
from penchant.interest.visits import visits
from penchant.shift import Alarms, Detector, Population, Settings
from penchant.shift.learn import Histories, learn, shuffled
from penchant.shift.replay import replay
from penchant.types import F32, F64, I64, Bool

RESULTS = Path(__file__).parent / "results"
HORIZON = 100  # events after a real shift within which it counts as found; 60 on made streams
TARGETS = (0.5, 1.0, 2.0)  # false alarms per 1,000 events


class Streams(NamedTuple):
    """N streams of up to n events."""

    x: F32  # (N, n, B) memberships
    fresh: Bool  # (N, n) whether a visit begins
    length: I64  # (N,)
    at: I64  # (N,) the event that the mix changes with, `length` where it does not

    @property
    def there(self) -> Bool:
        """(N, n) where there is an event."""
        return np.asarray(np.arange(self.x.shape[1]) < self.length[:, None])

    def some(self, share: float) -> "Streams":
        """A `share` of the streams, evenly spread."""
        chosen = np.arange(0, len(self.length), 1 / share).astype(np.int64)
        return Streams._make(column[chosen] for column in self)


System = Callable[[Streams, float], Bool]  # alarms (N, n) at a threshold


class Rival(NamedTuple):
    run: System
    sweep: tuple[float, ...]
    share: float = 1.0  # of the streams, for systems too slow for all


# --- made streams -----------------------------------------------------------------------------------------------------------


def coins(
    rng: np.random.Generator, streams: int, length: int, before: float, after: float | None = None, at: int = 60
) -> Streams:
    """Topic 0 with one rate, then another; topic 1 otherwise. Every event is a visit of its own."""
    rate = np.where(np.arange(length) < at, before, before if after is None else after)
    hit = rng.random((streams, length)) < rate
    told = np.stack([hit, ~hit], axis=2).astype(np.float32)
    moves = np.full(streams, length if after is None else at)
    return Streams(told, np.ones(hit.shape, bool), np.full(streams, length), moves)


def dice(rng: np.random.Generator, mixes: F64, length: int) -> Streams:
    """Events drawn from each stream's mix (N, B)."""
    topic = np.stack([rng.choice(mixes.shape[1], length, p=mix) for mix in mixes])
    told = np.eye(mixes.shape[1], dtype=np.float32)[topic]
    return Streams(told, np.ones(topic.shape, bool), np.full(len(mixes), length), np.full(len(mixes), length))


# --- real streams -----------------------------------------------------------------------------------------------------------


def real(found: World, rng: np.random.Generator) -> Histories:
    """What people consumed, by category, or where there are none by one of 20 clusters of text; one instant in random order."""
    items = found.catalog.items
    names = sorted({category for item in items for category in item.categories})
    if names:
        topics = np.array([[name in item.categories for name in names] for item in items], np.float32)
        topics /= np.maximum(topics.sum(axis=1, keepdims=True), 1)
    else:
        topics = np.eye(20, dtype=np.float32)[clusters(found.catalog.vectors, 20, rng)]
    past = histories(found.events.take(rng.permutation(len(found.events.user))))
    return Histories(past.user, topics[past.item], visits(past.user, past.time))


def clusters(vectors: F32, k: int, rng: np.random.Generator) -> I64:
    """Spherical k-means (Dhillon and Modha 2001) from random items."""
    centres = vectors[rng.choice(len(vectors), k, replace=False)]
    for _ in range(30):
        nearest = (vectors @ centres.T).argmax(axis=1)
        sums = np.stack([vectors[nearest == cluster].sum(axis=0) for cluster in range(k)])
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return np.asarray((vectors @ centres.T).argmax(axis=1))


def people(log: Histories, rng: np.random.Generator, most: int) -> list[I64]:
    """Rows of `most` random people with 100 events and 5 visits or more."""
    events, begun = np.bincount(log.user), np.bincount(log.user, log.fresh)
    able = rng.permutation(np.flatnonzero((events >= 100) & (begun >= 5)))[:most]
    return [np.flatnonzero(log.user == user) for user in able]


def padded(log: Histories, rows: list[I64], at: I64) -> Streams:
    length = np.array([len(row) for row in rows])
    x = np.zeros((len(rows), int(length.max()), log.memberships.shape[1]), np.float32)
    fresh = np.zeros(x.shape[:2], bool)
    for stream, row in enumerate(rows):
        x[stream, : len(row)] = log.memberships[row]
        fresh[stream, : len(row)] = np.diff(log.visit[row], prepend=-1) != 0
    return Streams(x, fresh, length, np.where(at < 0, length, at))


def spliced(log: Histories, rows: list[I64], rng: np.random.Generator, streams: int) -> tuple[Streams, float]:
    """One person's first 40 to 120 events, then another's last 100, of the 5% of pairs whose mixes are furthest apart.

    Distance is total variation between the mixes of all their events; the least that took part is given too.
    """
    mixes = np.array([log.memberships[row].mean(axis=0) for row in rows])
    apart = np.abs(mixes[:, None] - mixes[None]).sum(axis=2) / 2
    least = float(np.quantile(apart[np.triu_indices(len(rows), 1)], 0.95))
    able = np.argwhere(apart >= least)
    pairs = able[rng.permutation(len(able))][:streams]
    at = np.minimum(rng.integers(40, 121, len(pairs)), [len(rows[a]) for a, _ in pairs])
    joined = [np.concatenate([rows[a][:cut], rows[b][-HORIZON:]]) for (a, b), cut in zip(pairs, at, strict=True)]
    return padded(log, joined, at), least


def drawn(log: Histories, rng: np.random.Generator) -> tuple[Histories, dict[str, Streams], float]:
    """What to learn from, and the streams: people take part in one or the other."""
    half = rng.permutation(int(log.user.max()) + 1) % 2 == 0
    told, tested = log.take(half[log.user]), log.take(~half[log.user])
    still = shuffled(tested, rng)
    rows = people(still, rng, 400)
    nowhere = np.full(150, -1)
    streams = {"shuffled": padded(still, [row[:250] for row in rows[:150]], nowhere[: len(rows)])}
    as_lived = people(tested, rng, 150)
    streams["as lived"] = padded(tested, [row[:250] for row in as_lived], nowhere[: len(as_lived)])
    streams["spliced"], least = spliced(still, rows, rng, 150)
    return told, streams, least


# --- systems ----------------------------------------------------------------------------------------------------------------


def ours(population: Population, settings: Settings) -> System:
    def run(streams: Streams, threshold: float) -> Bool:
        detector = Detector(settings, msgspec.structs.replace(population, threshold=threshold))
        alarms = found(detector, streams)
        raised = np.zeros(streams.fresh.shape, bool)
        raised[alarms.row, alarms.at] = True
        return raised

    return run


def found(detector: Detector, streams: Streams) -> Alarms:
    stream, event = np.nonzero(streams.there)
    state = detector.empty(len(streams.length))
    return replay(detector, state, stream, streams.x[stream, event], streams.fresh[stream, event])


def each_topic(make: Callable[[float], Any]) -> System:
    """river's detectors: one for each topic that ever occurs; an alarm of any is an alarm."""

    def run(streams: Streams, threshold: float) -> Bool:
        raised = np.zeros(streams.fresh.shape, bool)
        topics = 1 if streams.x.shape[2] == 2 else streams.x.shape[2]  # of two, the second says what the first said
        for stream, length in enumerate(streams.length.tolist()):
            for topic in range(topics):
                told = streams.x[stream, :length, topic]
                if not told.any():
                    continue
                detector = make(threshold)
                for event, value in enumerate(told.tolist()):
                    detector.update(value)
                    raised[stream, event] |= detector.drift_detected
        return raised

    return run


def stepwise(start: Callable[[Streams], Any], step: Callable[[Any, F64, I64], F64]) -> System:
    """A statistic (N, B) of a memory that is advanced by events (N, B) and knows how many came since the restart, (N, B)."""

    def run(streams: Streams, threshold: float) -> Bool:
        memory, age = start(streams), np.zeros((len(streams.x), streams.x.shape[2]), np.int64)
        raised = np.zeros(streams.fresh.shape, bool)
        for event in range(streams.x.shape[1]):
            age += 1
            high = step(memory, streams.x[:, event].astype(np.float64), age) >= threshold
            age[high] = 0
            raised[:, event] = high.any(axis=1)
        return raised & streams.there

    return run


AGES = np.array([1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90])  # beginnings that the likelihood ratio tries (Lai 1995)


def ratio() -> System:
    """Generalised likelihood ratio of one change in a topic's rate, within the last 90 events."""

    def fit(hits: F64, events: F64) -> F64:
        rate = (hits + 0.5) / (events + 1)
        return hits * np.log(rate) + (events - hits) * np.log1p(-rate)

    def run(streams: Streams, threshold: float) -> Bool:
        sums = np.concatenate([np.zeros_like(streams.x[:, :1]), np.cumsum(streams.x, axis=1)], axis=1).astype(np.float64)
        begun = np.zeros((len(sums), sums.shape[2]), np.int64)  # the event after the last alarm
        raised = np.zeros(streams.fresh.shape, bool)
        for event in range(1, sums.shape[1]):
            since = np.take_along_axis(sums, begun[:, None], 1)[:, 0]
            whole, many = sums[:, event] - since, (event - begun).astype(np.float64)
            best = np.zeros_like(whole)
            for age in AGES[event > AGES]:
                after = sums[:, event] - sums[:, event - age]
                score = fit(after, np.full_like(many, age)) + fit(np.maximum(whole - after, 0), np.maximum(many - age, 0))
                best = np.where(many > age, np.maximum(best, score - fit(whole, many)), best)
            high = best >= threshold
            begun[high] = event
            raised[:, event - 1] = high.any(axis=1)
        return raised & streams.there

    return run


def half_lives(short: float = 10.0, long: float = 60.0) -> System:
    """Plain rule: the log of a topic's recent share to its long-term share, either way, after 20 events."""

    def step(sums: F64, x: F64, age: I64) -> F64:
        sums[:, age == 1] = 0
        for part, half_life in zip(sums, (short, long), strict=True):
            part[:] = part * 2 ** (-1 / half_life) + x
        shares = [part / ((1 - 2 ** (-age / h)) / (1 - 2 ** (-1 / h))) for part, h in zip(sums, (short, long), strict=True)]
        return np.asarray(np.abs(np.log((shares[0] + 0.03) / (shares[1] + 0.03))) * (age >= 20), np.float64)

    return stepwise(lambda streams: np.zeros((2, len(streams.x), streams.x.shape[2])), step)


def run_lengths(shares: F64, hazard: float = 0.005, most: int = 100) -> System:
    """Bayesian online change points (Adams and MacKay 2007) in the whole mix, Dirichlet prior of 4 events.

    The statistic is the log odds that the run is shorter than what came since the restart.
    """
    prior = 4 * np.maximum(shares, 1e-3)

    def run(streams: Streams, threshold: float) -> Bool:
        raised = np.zeros(streams.fresh.shape, bool)
        counts = np.zeros(
            (len(streams.x), most, len(prior))
        )  # of the runs that began 0, 1, ... events ago; the last is the oldest
        weight = np.zeros((len(streams.x), most))
        weight[:, -1] = 1
        for event in range(streams.x.shape[1]):
            mixes = counts + prior
            mixes /= mixes.sum(axis=2, keepdims=True)
            weight *= np.exp((streams.x[:, event, None] * np.log(mixes)).sum(axis=2))
            weight /= weight.sum(axis=1, keepdims=True)
            counts += streams.x[:, event, None]
            since = weight[:, :-1].sum(axis=1)
            high = np.log(since + 1e-300) - np.log(weight[:, -1] + 1e-300) >= threshold
            raised[:, event] = high
            best = weight[:, :-1].argmax(axis=1)
            counts[high, -1] = counts[high, best[high]]
            weight[high, :-1], weight[high, -1] = 0, 1
            weight[:, 1:-1], counts[:, 1:-1] = weight[:, :-2] * (1 - hazard), counts[:, :-2].copy()
            weight[:, 0], weight[:, -1], counts[:, 0] = hazard, weight[:, -1] * (1 - hazard), 0
        return raised & streams.there

    return run


def rivals(shares: F64) -> dict[str, Rival]:
    high = tuple(np.geomspace(2, 40, 10).tolist())
    found = {
        "likelihood ratio": Rival(ratio(), high),
        "run lengths (BOCPD), whole mix": Rival(run_lengths(shares), (-1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0), 0.6),
        "half-life ratio": Rival(half_lives(), tuple(np.linspace(0.4, 3.0, 12).tolist())),
    }
    try:
        drift = importlib.import_module("river.drift")
        binary = importlib.import_module("river.drift.binary")
    except ImportError:
        print("river is not installed (pip install river): its detectors do not take part")
        return found
    odds = (1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)

    def hinkley(delta: float) -> Callable[[float], Any]:
        return lambda c: drift.PageHinkley(min_instances=10, delta=delta, threshold=c)

    made: dict[str, tuple[Callable[[float], Any], tuple[float, ...], float]] = {
        "river HDDM_A": (lambda c: binary.HDDMA(drift_confidence=c), odds, 0.4),
        "river HDDM_A, two-sided": (lambda c: binary.HDDMA(drift_confidence=c, two_sided_test=True), odds, 0.4),
        "river HDDM_W": (lambda c: binary.HDDMW(drift_confidence=c), odds, 0.4),
        "river ADWIN": (lambda c: drift.ADWIN(delta=c), (*odds, 0.3, 0.9), 1.0),
        "river ADWIN, every event": (lambda c: drift.ADWIN(delta=c, clock=1, grace_period=5, min_window_length=3), odds, 1.0),
        "river KSWIN (40, 15)": (
            lambda c: drift.KSWIN(alpha=c, window_size=40, stat_size=15, seed=0),
            (1e-5, 1e-4, 1e-3, 5e-3),
            0.1,
        ),
        "river Page-Hinkley (0.05)": (hinkley(0.05), tuple(np.geomspace(2, 30, 10).tolist()), 1.0),
        "river Page-Hinkley (0.1)": (hinkley(0.1), tuple(np.geomspace(1.5, 25, 10).tolist()), 1.0),
    }
    return found | {name: Rival(each_topic(make), sweep, share) for name, (make, sweep, share) in made.items()}


# --- scores -----------------------------------------------------------------------------------------------------------------


def outcome(raised: Bool, streams: Streams, horizon: int) -> dict[str, float]:
    """Share of shifts with an alarm in the `horizon` events from the shift on, and the median delay over all of them, events."""
    place = np.arange(raised.shape[1])
    late = raised & (place >= streams.at[:, None]) & (place < streams.at[:, None] + horizon)
    delay = np.where(late.any(axis=1), late.argmax(axis=1) - streams.at + 1, np.inf)
    return {
        "found": float(np.isfinite(delay).mean()),
        "delay": float(np.median(delay)),
        "half": float((delay <= horizon / 2).mean()),
    }


def alarm_rate(raised: Bool, streams: Streams) -> float:
    return float(1_000 * (raised & streams.there).sum() / streams.length.sum())


def curve(rival: Rival, still: Streams, moved: dict[str, Streams], horizon: int) -> list[dict[str, Any]]:
    """What a system does at each threshold of its sweep."""
    points = []
    for threshold in rival.sweep:
        rate = alarm_rate(rival.run(still.some(rival.share), threshold), still.some(rival.share))
        if rate <= 12:
            told = {name: streams.some(rival.share) for name, streams in moved.items()}
            points.append(
                {"threshold": threshold, "rate": rate}
                | {name: outcome(rival.run(streams, threshold), streams, horizon) for name, streams in told.items()}
            )
    return sorted(points, key=lambda point: point["rate"])


def at_rate(points: list[dict[str, Any]], move: str, target: float) -> dict[str, float]:
    """What a curve promises at `target` false alarms: between its points in a straight line, the delay of the lower one.

    A system whose threshold goes no higher or lower is read at its nearest end where that keeps the target, else not at all.
    """
    under = [point for point in points if point["rate"] <= target]
    if not under:
        return {"rate": np.nan, "found": np.nan, "half": np.nan, "delay": np.nan}
    low = under[-1]
    high = next((point for point in points if point["rate"] > target), low)
    share = (target - low["rate"]) / (high["rate"] - low["rate"]) if high is not low else 0.0
    mixed = {field: (1 - share) * low[move][field] + share * high[move][field] for field in ("found", "half")}
    return mixed | {"rate": low["rate"], "delay": low[move]["delay"]}


def table(title: str, curves: dict[str, list[dict[str, Any]]], moves: list[str], target: float) -> None:
    print(f"\n{title}, at {target} false alarms per 1,000 events\n")
    print("| system | " + " | ".join(f"{move}: found, delay" for move in moves) + " |")
    print("| --- |" + " --- |" * len(moves))
    for name, points in curves.items():
        read = [at_rate(points, move, target) for move in moves]
        cells = [f"{one['found']:.0%}, {one['delay']:.0f}" if one["found"] == one["found"] else "more at any" for one in read]
        print(f"| {name} | " + " | ".join(cell.replace(", inf", ", -") for cell in cells) + " |", flush=True)


def long_run(rng: np.random.Generator) -> None:
    """False alarms where nothing shifts, by how far in."""
    settings, edges, streams = Settings(), [0, 20, 60, 120, 500, 2_000, 5_000], 300
    print("\nFalse alarms per 1,000 events at the bound, for a budget of", settings.budget)
    print("\n| made streams | " + " | ".join(f"{a} to {b}" for a, b in pairwise(edges)) + " |")
    print("| --- |" + " --- |" * (len(edges) - 1))
    shares = rng.dirichlet(np.full(20, 1.5))
    two, twenty = Population(shares=(0.25, 0.75)), Population(shares=tuple(shares.tolist()))
    kinds = {f"a rate of {rate}": (two, coins(rng, streams, edges[-1], rate)) for rate in (0.02, 0.05, 0.2, 0.35, 0.5)}
    for alike in (4, 50):
        mixes = rng.dirichlet(shares * alike, streams)
        kinds[f"20 topics, people from Dirichlet({alike})"] = (twenty, dice(rng, mixes, edges[-1]))
    for kind, (population, made) in kinds.items():
        alarms = found(Detector(settings, population), made)
        at = np.unique(np.stack([alarms.row, alarms.at]), axis=1)[1]
        share = np.histogram(at, edges)[0] / streams / np.diff(edges) * 1_000
        print(f"| {kind} | " + " | ".join(f"{value:.2f}" for value in share) + " |", flush=True)


def honesty(rng: np.random.Generator) -> None:
    """Shifts at random moments: is the error probability what it says, and where are shifts placed?"""
    settings, streams, length = Settings(budget=2.0), 800, 300
    shares = np.full(20, 0.05)
    at = np.minimum(rng.geometric(settings.hazard, streams), length)
    old, new = (dice(rng, rng.dirichlet(shares * 10, streams), length) for _ in range(2))
    x = np.where((np.arange(length) < at[:, None])[:, :, None], old.x, new.x)
    made = old._replace(x=x, at=at)
    alarms = found(Detector(settings, Population(shares=tuple(shares.tolist()))), made)
    alarms = alarms.take(np.unique(np.stack([alarms.row, alarms.at]), axis=1, return_index=True)[1])
    first = alarms.take(np.unique(alarms.row, return_index=True)[1])
    wrong = first.at < made.at[first.row]
    print(f"\nFirst alarms of {streams} people whose whole mix moves once, at random ({settings.hazard} an event): {len(wrong)}")
    print("\n| error probability said | alarms | without a shift |\n| --- | --- | --- |")
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.4)):
        some = (first.error > low) & (first.error <= high)
        if some.any():
            print(f"| {low} to {high}, mean {first.error[some].mean():.2f} | {some.sum()} | {wrong[some].mean():.2f} |")
    off = (first.since - made.at[first.row])[~wrong]
    half, most = np.quantile(np.abs(off), [0.5, 0.9])
    print(
        f"\nBeginning found minus true: median {np.median(off):.0f} events, half within {half:.0f}, nine of ten within {most:.0f}"
    )


def cost(population: Population) -> None:
    detector = Detector(Settings(), population)
    rng = np.random.default_rng(0)
    told = np.eye(detector.topics, dtype=np.float32)[rng.integers(0, detector.topics, 200_000)]
    print(f"\nState of a person with {detector.topics} topics: {detector.size * 4:,} bytes")
    for before in (20, 20_000):
        state = detector.empty(1)
        replay(detector, state, np.zeros(before, np.int64), told[:before], np.ones(before, bool))
        start = time.process_time()
        for event in range(3_000):
            state, _ = detector.update(state, told[event : event + 1], np.array([True]))
        print(f"one event of one person after {before:,}: {(time.process_time() - start) / 3_000 * 1e6:.0f} CPU microseconds")
    user = rng.integers(0, 2_000, len(told))
    start = time.process_time()
    replay(detector, detector.empty(2_000), user, told, np.ones(len(told), bool))
    each = (time.process_time() - start) / len(told) * 1e6
    print(f"replay of {len(told):,} events of 2,000 people: {each:.1f} CPU microseconds an event")


def made(rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    moves = {f"{a} to {b}": coins(rng, 500, 120, a, b) for a, b in ((0.2, 0.8), (0.2, 0.5), (0.05, 0.3), (0.5, 0.2))}
    parts = [coins(rng, 40, 1_200, rate) for rate in (0.05, 0.2, 0.5)]
    still = Streams._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    population = Population(shares=(0.25, 0.75))
    systems = {"penchant": Rival(ours(population, Settings()), tuple(np.linspace(4.5, 9, 10).tolist()))}
    systems |= rivals(np.array(population.shares))
    curves = {name: curve(system, still, moves, 60) for name, system in systems.items()}
    for target in TARGETS[:2]:
        title = "Made streams: 120 coins whose rate moves after 60; 1,200 of rate 0.05, 0.2 or 0.5 where it does not"
        table(title, curves, list(moves), target)
    return curves


def lived(name: str, log: Histories, rng: np.random.Generator) -> dict[str, Any]:
    told, streams, least = drawn(log, rng)
    learned = learn(told, Settings(), rng)
    threshold = learned.threshold or Settings().bound
    print(f"\n{name}: visits repeat with loose {learned.loose}, fade {learned.fade}; threshold {threshold:.1f}")
    print(f"Spliced: {len(streams['spliced'].length)} pairs of people whose mixes are {least:.2f} apart or more")
    shipped = ours(learned, Settings())
    for which in ("shuffled", "as lived"):
        rate = alarm_rate(shipped(streams[which], threshold), streams[which])
        print(f"Alarms per 1,000 events as shipped, budget {Settings().budget}, people not learned from, {which}: {rate:.2f}")
    still, moved = streams["shuffled"], {"spliced": streams["spliced"]}
    high = tuple(np.linspace(5, 17, 13).tolist())
    systems = {"penchant": Rival(shipped, high)}
    systems["penchant, visits ignored"] = Rival(
        ours(msgspec.structs.replace(learned, loose=np.inf), Settings()), (*high, 21.0, 26.0, 32.0)
    )
    systems["penchant, single topics only"] = Rival(ours(learned, Settings(single=1.0)), high)
    systems["penchant, whole mix only"] = Rival(ours(learned, Settings(single=0.0)), high)
    systems |= rivals(np.array(learned.shares))
    curves = {system: curve(rival, still, moved, HORIZON) for system, rival in systems.items()}
    for target in TARGETS:
        table(f"{name}, one person's events spliced to another's", curves, ["spliced"], target)
    return {"curves": curves, "loose": learned.loose, "fade": learned.fade, "threshold": learned.threshold, "apart": least}


def draw(results: dict[str, Any]) -> None:
    """Found against false alarms, where matplotlib is installed."""
    try:
        plot = importlib.import_module("matplotlib.pyplot")
    except ImportError:
        return
    figure, axes = plot.subplots(1, len(results), figsize=(6 * len(results), 5))
    for axis, (name, curves) in zip(np.atleast_1d(axes), results.items(), strict=True):
        for system, points in curves.items():
            move = next(iter(set(points[0]) - {"threshold", "rate"})) if points else ""
            axis.plot([point["rate"] for point in points], [point[move]["found"] for point in points], label=system)
        axis.set(title=name, xlabel="false alarms per 1,000 events", ylabel="shifts found", xlim=(0, 5))
    axes[-1].legend(fontsize=6)
    figure.savefig(RESULTS / "shifts.png", dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=["made", "ml-1m", "online-retail", "rest"], help="one part")
    asked = parser.parse_args()
    results: dict[str, Any] = {}
    if asked.only in (None, "rest"):
        cost(Population(shares=(0.05,) * 20, loose=10.0))
        long_run(np.random.default_rng(0))
        honesty(np.random.default_rng(0))
    if asked.only in (None, "made"):
        results["made"] = {"curves": made(np.random.default_rng(0))}
    for name in ("ml-1m", "online-retail"):
        if asked.only in (None, name):
            rng = np.random.default_rng(0)
            results[name] = lived(name, real(data(name, asked.shop), rng), rng)
    if results:
        path = RESULTS / "shifts.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(kept | json.loads(msgspec.json.encode(results)), indent=1))
        draw({name: part["curves"] for name, part in results.items()})


if __name__ == "__main__":
    main()
