"""Settings, as frozen structs that are also the TOML file's schema."""

import math
from pathlib import Path
from typing import Literal

import msgspec

from penchant.errors import InvalidInput
from penchant.types import DAY

LARGEST_WEIGHT = 10.0  # of an event, whatever its value: what one event may do is bounded


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one kind of event says about a person: `weight`, or `weight * (value - neutral) / scale` where it comes with a value.

    A negative weight pushes away, and none is beyond ±10. `neutral` None ignores values.
    """

    weight: float
    neutral: float | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.scale == 0 or not abs(self.weight) <= LARGEST_WEIGHT:
            raise InvalidInput(f"an action's scale must not be 0 and its weight within ±{LARGEST_WEIGHT:g}, got {self}")


# Stars grade a consumption from 0.5 (one star) to 1.3 (five) and do not push away: what people finish and dislike still predicts
# what they take next, and treating low ratings as dislikes cost 12 to 22% NDCG@10 on MovieLens (docs/interests.md).
_STARS = Action(1.0, neutral=-1.5, scale=5.0)

ACTIONS: dict[str, Action] = {
    "view": Action(0.5),
    "click": Action(0.5),
    "like": Action(1.0),
    "dislike": Action(-1.0),
    "purchase": Action(1.0),
    "rate": _STARS,
    "search": Action(0.5),
    "skip": Action(-0.2),
    "review": _STARS,
    "impression": Action(0.0),
}


class Fold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fold's memory: decayed sums at `half_lives` (seconds) and the last `window` events."""

    half_lives: tuple[float, ...] = (600.0, DAY, 7 * DAY, 30 * DAY, 365 * DAY)
    window: int = 300

    def __post_init__(self) -> None:
        if not self.half_lives or not all(0 < half_life < math.inf for half_life in self.half_lives):
            raise InvalidInput(f"half_lives must be positive, finite seconds, got {self.half_lives}")
        if self.window < 1:
            raise InvalidInput(f"window must be at least 1 event, got {self.window}")


Loss = Literal["full-softmax", "sampled-softmax", "gbce", "bpr", "mse", "contrastive"]


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the evolution model is trained (docs/evolution.md says what was measured).

    `minutes` of processor time bound the number of epochs, decided after the first. Logs of fewer than `least` events are served
    without it; 0 `epochs` leave it out.
    """

    dim: int = 128
    heads: int = 8
    layers: int = 2
    window: int = 192  # events of one training example
    batch: int | None = None  # events of a step; None: a hundredth of the log, 512 to 8,192
    epochs: int = 10
    patience: int = 3  # epochs without a gain in validation NDCG@10 before it stops
    last: float = 1.0  # epochs over everything in the end, and over a grown log
    minutes: float | None = 10.0
    rate: float = 2e-3  # of AdamW, at its highest
    decay: float = 0.01  # of weights
    dropout: float = 0.2
    id_dropout: float = 0.0  # share of items trained by their text alone in each step
    visits: float = 0.25  # how much all that the next visit brings counts beside the next item
    loss: Loss = "full-softmax"
    negatives: int = 1024  # drawn for each step, for the losses that draw
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    least: int = 20_000  # events

    def __post_init__(self) -> None:
        positive = ("dim", "heads", "layers", "window", "patience", "rate", "negatives")
        wrong = [name for name in positive if not 0 < getattr(self, name) < math.inf]
        given = [name for name in ("batch", "minutes") if getattr(self, name) is not None]
        wrong += [name for name in given if not 0 < getattr(self, name) < math.inf]
        wrong += [name for name in ("epochs", "last", "decay", "visits", "least") if not 0 <= getattr(self, name) < math.inf]
        wrong += [name for name in ("dropout", "id_dropout") if not 0 <= getattr(self, name) < 1]
        if wrong:
            raise InvalidInput(f"training.{wrong[0]} is out of range: {getattr(self, wrong[0])}")

    def step(self, events: int) -> int:
        """Events of a step, for a log of that many.

        >>> Training().step(100_000), Training().step(1_000_000), Training(batch=256).step(1_000_000)
        (1000, 8192, 256)
        """
        return self.batch or max(512, min(8192, events // 100))


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a language model writes beside the requests, with what, and what it may use up (docs/language.md).

    Without a `generator` everything is said by template. A day is one of UTC; `price_asked` and `price_given` are what a million
    tokens cost, in the currency of `money_per_day`. The switches turn kinds of text on; what did not help where it was measured
    is off.
    """

    generator: str | None = None  # "gguf:NAME", "http://host/v1#MODEL"; docs/generators.md
    timeout: float = 60.0  # seconds for an answer
    tries: int = 3  # before a text is given up for a day
    threads: int = 1  # texts written at the same time
    tokens_per_day: int = 1_000_000
    user_tokens_per_day: int = 20_000
    money_per_day: float | None = None  # None: no limit
    price_asked: float = 0.0
    price_given: float = 0.0
    labels: bool = True
    portraits: bool = True
    reasons: bool = False  # every explanation is one more text, and most are read once
    copy: bool = False
    enrichment: bool = False
    rerank: bool = False

    def __post_init__(self) -> None:
        least = {"tries": 1, "threads": 1, "tokens_per_day": 0, "user_tokens_per_day": 0, "price_asked": 0, "price_given": 0}
        wrong = [name for name, bound in least.items() if not bound <= getattr(self, name) < math.inf]
        if not 0 < self.timeout < math.inf:
            wrong.append("timeout")
        if self.money_per_day is not None and not 0 <= self.money_per_day < math.inf:
            wrong.append("money_per_day")
        if self.generator is not None and not self.generator.strip():
            wrong.append("generator")
        if wrong:
            raise InvalidInput(f"language.{wrong[0]} is out of range: {getattr(self, wrong[0])!r}")


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much the text of events counts, times the weight of its event (docs/told.md): words without an item, as of a search,
    and the sides of an item that a review speaks of. 0: they are kept in the log and not read."""

    search: float = 2.0
    review: float = 1.0

    def __post_init__(self) -> None:
        for name in ("search", "review"):
            if not 0 <= getattr(self, name) <= LARGEST_WEIGHT:
                raise InvalidInput(f"texts.{name} must be 0 to {LARGEST_WEIGHT:g}, got {getattr(self, name)}")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a fitted engine depends on."""

    actions: dict[str, Action] = msgspec.field(default_factory=lambda: dict(ACTIONS))
    fold: Fold = Fold()
    training: Training = Training()
    language: Language = Language()
    texts: Texts = Texts()
    encoder: str = "default"
    threads: int = 1
    repeat: bool | None = None  # recommend again what was consumed; None decides from the log
    diversity: float = 0.5  # what a slate gives up, in deviations of score, for an item unlike the others; 0 turns it off
    false_alarms: float = 0.5  # shifts that are none, per 1,000 events of a person
    floor: int = 10  # people whom a figure about everybody must at least be of to be told (docs/population.md)
    after_shift: float = 1.0  # what events from before a person's last shift still count for; 1: as much as all others
    seed: int = 0

    def __post_init__(self) -> None:
        if self.floor < 1:
            raise InvalidInput(f"floor must be at least 1 person, got {self.floor}")
        if not 0 < self.after_shift <= 1:
            raise InvalidInput(f"after_shift must be above 0 and at most 1, got {self.after_shift}")
        if reserved := [name for name in self.actions if name.startswith("control:")]:
            raise InvalidInput(f"actions that begin with 'control:' are what people set themselves; rename {reserved[0]!r}")
        if reserved := [name for name in self.actions if name.startswith("text:")]:
            raise InvalidInput(f"actions that begin with 'text:' are what texts were taken to mean; rename {reserved[0]!r}")
        if not 0 < self.false_alarms <= 100:
            raise InvalidInput(f"false_alarms are per 1,000 events, above 0 and up to 100, got {self.false_alarms}")
        if not 0 <= self.diversity < math.inf:
            raise InvalidInput(f"diversity must be 0 or more, got {self.diversity}")

    def weight(self, action: str, value: float | None) -> float:
        """How much an event of this action and value counts.

        >>> Config().weight("rate", 5.0), Config().weight("rate", 1.0), Config().weight("dislike", None)
        (1.3, 0.5, -1.0)

        Raises:
            InvalidInput: for an action that is not configured.
        """
        rule = self.actions.get(action)
        if rule is None:
            raise InvalidInput(f"action {action!r} is not configured; known: {', '.join(self.actions)}")
        if rule.neutral is None or value is None:
            return rule.weight
        return min(max(rule.weight * (value - rule.neutral) / rule.scale, -LARGEST_WEIGHT), LARGEST_WEIGHT)


def load(path: Path) -> Config:
    """Read settings from a TOML file; a field that is not a setting is an error.

    Actions in the file are added to the built-in ones, or replace those of the same name.

    Raises:
        InvalidInput: naming the field that is wrong, or the file that cannot be read.
    """
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=Config)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read as settings: {error}") from error
    return msgspec.structs.replace(config, actions=ACTIONS | config.actions)
