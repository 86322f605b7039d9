"""What finds shifts: Penchant, river's detectors and others of the literature, each with the thresholds it is tried at."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import numpy as np

from penchant.shift import Alarms, Detector, Population, Settings
from penchant.shift.replay import replay
from penchant.types import F64, I64, Bool
from streams import Streams

System = Callable[[Streams, float], Bool]  # alarms (N, n) at a threshold


class Rival(NamedTuple):
    run: System
    sweep: tuple[float, ...]
    share: float = 1.0  # of the streams, for systems too slow for all


# --- made streams -----------------------------------------------------------------------------------------------------------


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
