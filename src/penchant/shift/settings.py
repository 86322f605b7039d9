"""What the detector is told: a budget of false alarms and what is known of everybody."""

import math

import msgspec

from penchant.errors import InvalidInput


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How shifts are found; the defaults are measured ones (docs/shifts.md)."""

    budget: float = 0.5  # false alarms per 1,000 events of a person, all topics together
    prior: float = 4.0  # events that what is known of everybody counts for in a person's mix
    memory: float = 400.0  # events that the mix before a shift remembers at most
    recent: float = 15.0  # half-life of the recent mix that is tried as the new one, events
    pull: float = 5.0  # events that draw the recent mix towards half of the old one and half of everybody's
    rates: tuple[float, ...] = (0.04, 0.12, 0.24, 0.4, 0.6, 0.85)  # shares that a single topic is tried at
    least: float = 0.1  # smallest move of a single topic that is tried
    single: float = 0.6  # prior probability that a shift is of a single topic
    window: int = 64  # events that the beginning of a shift is looked for in
    moved: float = 0.05  # smallest change of a topic's share that is named once a shift was found
    hazard: float = 0.005  # prior probability of a shift at an event, for the error probability

    def __post_init__(self) -> None:
        if not 0 < self.budget <= 100:
            raise InvalidInput(f"budget is false alarms per 1,000 events, above 0 and up to 100, got {self.budget}")
        positive = {"prior": self.prior, "memory": self.memory, "recent": self.recent, "pull": self.pull}
        for name, value in positive.items():
            if not 0 < value < math.inf:
                raise InvalidInput(f"{name} must be a positive, finite number of events, got {value}")
        if self.window < 2:
            raise InvalidInput(f"window must be at least 2 events, got {self.window}")
        if not self.rates or not all(0 < rate < 1 for rate in self.rates):
            raise InvalidInput(f"rates must be shares between 0 and 1, both excluded, got {self.rates}")
        if not 0 <= self.least < (max(self.rates) - min(self.rates)) / 2:
            raise InvalidInput(f"least must leave some rate to try from every share, got {self.least} with rates {self.rates}")
        for name, value in {"single": self.single, "moved": self.moved, "hazard": self.hazard}.items():
            if not 0 <= value <= 1:
                raise InvalidInput(f"{name} must be between 0 and 1, got {value}")

    @property
    def bound(self) -> float:
        """The log evidence at which alarms keep to the budget whenever the model of no shift holds: log(1,000 / budget)."""
        return math.log(1_000 / self.budget)


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of everybody, learned by `penchant.shift.learn`.

    Within a visit people go on with what they are at: the next event repeats one of the visit's with probability
    m / (m + loose), where m counts the visit's events, each of them `fade` times what the next one counts. `threshold` is the
    log evidence of an alarm, None for the bound that follows from the budget.
    """

    shares: tuple[float, ...]  # of the topics in everything people do, summing to 1
    loose: float = math.inf
    fade: float = 1.0
    threshold: float | None = None

    def __post_init__(self) -> None:
        if len(self.shares) < 2 or not all(share >= 0 for share in self.shares) or not abs(sum(self.shares) - 1) < 1e-3:
            raise InvalidInput(f"shares must be of two topics or more and sum to 1, got {self.shares}")
        if not self.loose > 0 or not 0 < self.fade <= 1:
            raise InvalidInput(f"loose must be positive and fade in (0, 1], got {self.loose} and {self.fade}")
