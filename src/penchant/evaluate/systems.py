"""The systems of a comparison by name: each a family of variants, of which validation picks one."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from penchant.config import Fold, Loss, Training
from penchant.errors import InvalidInput
from penchant.interest import transitions
from penchant.interest.sources import (
    ALS,
    BPR,
    EVOLUTION,
    Again,
    Content,
    Evolving,
    Factors,
    ItemToItem,
    Popularity,
    Source,
    Themes,
    UserNeighbours,
    by_visit,
)
from penchant.interest.sources.factors import require
from penchant.interest.sources.sequence import Kind, Windowed
from penchant.types import DAY


class Given(NamedTuple):
    """What a family's variants are made for."""

    fold: Fold
    training: Training
    repeat: bool  # whether people come back to what they had
    seed: int


Family = Callable[[Given], list[Source]]


def _popularity(given: Given) -> list[Source]:
    return [Popularity("popularity", np.inf)]


def _decayed_popularity(given: Given) -> list[Source]:
    return [Popularity(f"half-life {days:g} d", days * DAY) for days in (1, 3, 7, 14, 30, 90)]


def _item_neighbours(given: Given) -> list[Source]:
    return [
        ItemToItem(f"shrink {shrink:g}, fade {fade:g}", partial(transitions.cosine, shrink=shrink), fade=fade)
        for shrink in (10.0, 50.0)
        for fade in (0.0, 0.5, 1.0)
    ]


def _user_neighbours(given: Given) -> list[Source]:
    variants = [(people, fade) for people in (50, 200) for fade in (0.0, 0.5, 1.0)]
    return [UserNeighbours(f"{people} people, fade {fade:g}", neighbours=people, fade=fade) for people, fade in variants]


def _ease(given: Given) -> list[Source]:
    return [ItemToItem(f"penalty {p:g}", partial(transitions.ease, penalty=p), fade=0.0) for p in (100.0, 300.0, 1000.0)]


def _decayed_ease(given: Given) -> list[Source]:
    return [
        ItemToItem(f"penalty {p:g}, fade {fade:g}", partial(transitions.ease, penalty=p), fade=fade)
        for p in (100.0, 300.0, 1000.0)
        for fade in (0.5, 1.0)
    ]


def _markov(given: Given) -> list[Source]:
    return [
        ItemToItem(f"shrink {shrink:g}, fade {fade:g}", partial(transitions.markov, shrink=shrink), fade=fade)
        for shrink in (5.0, 20.0)
        for fade in (0.7, 1.0, 1.5)
    ]


def _slit(given: Given) -> list[Source]:
    return [
        ItemToItem(f"penalty {p:g}, fade {fade:g}", partial(transitions.slit, penalty=p), fade=fade)
        for p in (50.0, 200.0)
        for fade in (0.5, 0.8, 1.0)
    ]


def _next_visit(given: Given) -> list[Source]:
    return [
        ItemToItem(f"penalty {p:g}", partial(transitions.next_visit, penalty=p), fade=0.8, read=by_visit)
        for p in (3.0, 10.0, 30.0, 100.0)
    ]


def _als(given: Given) -> list[Source]:
    return [
        Factors(f"{f} factors, alpha {a:g}, penalty {p:g}, fade {fade:g}", ALS(factors=f, alpha=a, penalty=p), fade=fade)
        for f in (64, 128)
        for a, p, fade in ((10.0, 50.0, 0.0), (10.0, 50.0, 0.5), (10.0, 50.0, 1.0), (1.0, 10.0, 1.0))
    ]


def _bpr(given: Given) -> list[Source]:
    variants = [(factors, fade) for factors in (64, 128) for fade in (0.0, 1.0, 1.5)]
    return [Factors(f"{factors} factors, fade {fade:g}", BPR(factors=factors), fade=fade) for factors, fade in variants]


def _nmf(given: Given) -> list[Source]:
    variants = [(themes, fade) for themes in (64, 128) for fade in (0.0, 0.5, 1.0)]
    return [Themes(f"{themes} themes, fade {fade:g}", themes=themes, fade=fade) for themes, fade in variants]


def _again(given: Given) -> list[Source]:
    return [Again(f"half-life {days:g} d", days * DAY) for days in (30, 90, 365, 3650)]


def _content(given: Given) -> list[Source]:
    lives = given.fold.half_lives
    return [Content(f"half-life {half_life / DAY:g} d", half_life, lives) for half_life in lives]


def _evolution(given: Given) -> list[Source]:
    return [Evolving(given.training, repeat=given.repeat, name="as shipped", seed=given.seed)]


def _network(given: Given, *, kind: Kind, layers: int, rate: float, loss: Loss = "full-softmax") -> list[Source]:
    """Without a start from the spectrum, as in the literature, they need smaller steps and more of them than the recurrence."""
    own = given.training
    sizes = replace(own, layers=layers, window=100, batch=min(own.batch or 2048, 2048), epochs=3 * own.epochs)
    settings = replace(sizes, rate=rate, loss=loss)
    return [Windowed(f"dim {own.dim}, dropout {own.dropout:g}", kind, settings, repeat=given.repeat, seed=given.seed)]


NEXT_VISIT = "next-visit"

SYSTEMS: dict[str, Family] = {
    "popularity": _popularity,
    "decayed-popularity": _decayed_popularity,
    "item-neighbours": _item_neighbours,
    "user-neighbours": _user_neighbours,
    "ease": _ease,
    "ease-decayed": _decayed_ease,
    "markov": _markov,
    "slit": _slit,
    NEXT_VISIT: _next_visit,
    "als": _als,
    "bpr": _bpr,
    "nmf": _nmf,
    "own-history": _again,
    "content": _content,
    "gru": partial(_network, kind="gru", layers=1, rate=3e-3),
    "lstm": partial(_network, kind="lstm", layers=1, rate=3e-3),
    "sasrec": partial(_network, kind="sasrec", layers=2, rate=1e-3),
    "sasrec-sampled": partial(_network, kind="sasrec", layers=2, rate=1e-3, loss="sampled-softmax"),
    "gru-mse": partial(_network, kind="gru", layers=1, rate=3e-3, loss="mse"),
    "lstm-mse": partial(_network, kind="lstm", layers=1, rate=3e-3, loss="mse"),
    EVOLUTION: _evolution,
}
TRAINED = ("gru", "lstm", "sasrec", "sasrec-sampled", "gru-mse", "lstm-mse", EVOLUTION)  # minutes each, on a log worth training
EXTRA = {"als": "implicit", "bpr": "implicit", "nmf": "sklearn"} | dict.fromkeys(TRAINED, "torch")  # packages of `compare`
OURS, TUNED = "penchant", "penchant-tuned"  # as it is fitted, and with weights from a split's own validation requests
KIN = frozenset((OURS, TUNED, EVOLUTION, NEXT_VISIT))  # ours: none is a rival of another


def chosen(names: list[str] | None, *, trained: bool = True) -> list[str]:
    """The systems asked for; for None all that can be fitted with what is installed, and Penchant's two, without the `TRAINED`
    ones where they are not to be `trained`.

    Raises:
        InvalidInput: for a name that is not a system.
        AssetError: for one that needs a package that is not installed.
    """
    known = [*SYSTEMS, OURS, TUNED]
    wrong = [name for name in names or [] if name not in known]
    if wrong:
        raise InvalidInput(f"system {wrong[0]!r} is not known; choose among {', '.join(known)}")
    if names is None:
        return [name for name in known if (trained or name not in TRAINED) and (name not in EXTRA or find_spec(EXTRA[name]))]
    for name in names:
        if name in EXTRA:
            require(EXTRA[name])
    return names
