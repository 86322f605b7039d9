"""What Prometheus reads of the desk where texts are written: how many there are, what they cost, how the generator fares."""

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from penchant.narrate.desk.desk import Desk
from penchant.narrate.desk.tally import Tally, What

_COUNTERS: dict[str, tuple[str, str, dict[str, What]]] = {  # name -> what it says, a label, and what is counted under its values
    "penchant_text_reads": ("Texts asked for", "outcome", {"hit": "read", "miss": "missed"}),
    "penchant_text_queue": ("Texts noted to be written", "outcome", {"queued": "queued", "overflow": "overflowed"}),
    "penchant_text_calls": ("Calls to the generator", "outcome", {"kept": "kept", "dropped": "dropped", "failed": "failed"}),
    "penchant_text_tokens": ("Tokens of calls that answered", "direction", {"asked": "asked", "given": "given"}),
}


class Texts(Collector):
    """The desk's counts, read when Prometheus asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> list[Metric]:
        """Nothing, so that registering reads nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The counts."""
        yield from _counted(self._desk.tally)
        now = time.time()  # of a budget, which is the wall clock's, whatever time the service lives in
        stands = self._desk.state(now)
        texts = GaugeMetricFamily("penchant_texts", "Texts there are", labels=["kind", "state"])
        for count in stands.texts:
            for state in ("waiting", "kept", "dropped"):
                texts.add_metric([count.kind, state], getattr(count, state))
        yield texts
        resting = stands.resting_until is not None
        for name, told, value in (
            ("penchant_generator_working", "1 where a generator is at work", float(stands.working)),
            ("penchant_generator_resting", "1 where it rests after failures in a row", float(resting)),
            ("penchant_text_tokens_today", "Tokens spent of the day's budget", stands.tokens_today),
            ("penchant_text_tokens_left", "Tokens left of the day's budget", stands.tokens_left),
            ("penchant_text_money_today", "Money spent of the day's budget", stands.money_today),
            ("penchant_text_money_left", "Money left of the day's budget", stands.money_left),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, told, value)


def _counted(tally: Tally) -> Iterator[Metric]:
    for name, (told, label, values) in _COUNTERS.items():
        family = CounterMetricFamily(name, told, labels=["kind", label])
        for value, what in values.items():
            for kind, amount in tally.of(what).items():
                family.add_metric([kind, value], amount)
        yield family
    seconds = CounterMetricFamily("penchant_text_seconds", "Seconds that the generator worked", labels=["kind"])
    for kind, amount in tally.of("seconds").items():
        seconds.add_metric([kind], amount)
    yield seconds
