"""The systems of a comparison by name: each a family of variants, of which validation picks one."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from penchant.config import Fold
from penchant.errors import InvalidInput
from penchant.interest import transitions
from penchant.interest.sources import ALS, BPR, Again, Content, Factors, ItemToItem, Popularity, Source, Themes, UserNeighbours
from penchant.interest.sources.factors import require
from penchant.types import DAY

Family = Callable[[Fold], list[Source]]


def _popularity(fold: Fold) -> list[Source]:
    return [Popularity("popularity", np.inf)]


def _decayed_popularity(fold: Fold) -> list[Source]:
    return [Popularity(f"half-life {days:g} d", days * DAY) for days in (1, 3, 7, 14, 30, 90)]


def _item_neighbours(fold: Fold) -> list[Source]:
    return [
        ItemToItem(f"shrink {shrink:g}, fade {fade:g}", partial(transitions.cosine, shrink=shrink), fade=fade)
        for shrink in (10.0, 50.0)
        for fade in (0.0, 0.5, 1.0)
    ]


def _user_neighbours(fold: Fold) -> list[Source]:
    variants = [(people, fade) for people in (50, 200) for fade in (0.0, 0.5, 1.0)]
    return [UserNeighbours(f"{people} people, fade {fade:g}", neighbours=people, fade=fade) for people, fade in variants]


def _ease(fold: Fold) -> list[Source]:
    return [ItemToItem(f"penalty {p:g}", partial(transitions.ease, penalty=p), fade=0.0) for p in (100.0, 300.0, 1000.0)]


def _decayed_ease(fold: Fold) -> list[Source]:
    return [
        ItemToItem(f"penalty {p:g}, fade {fade:g}", partial(transitions.ease, penalty=p), fade=fade)
        for p in (100.0, 300.0, 1000.0)
        for fade in (0.5, 1.0)
    ]


def _markov(fold: Fold) -> list[Source]:
    return [
        ItemToItem(f"shrink {shrink:g}, fade {fade:g}", partial(transitions.markov, shrink=shrink), fade=fade)
        for shrink in (5.0, 20.0)
        for fade in (0.7, 1.0, 1.5)
    ]


def _slit(fold: Fold) -> list[Source]:
    return [
        ItemToItem(f"penalty {p:g}, fade {fade:g}", partial(transitions.slit, penalty=p), fade=fade)
        for p in (50.0, 200.0)
        for fade in (0.5, 0.8, 1.0)
    ]


def _als(fold: Fold) -> list[Source]:
    return [
        Factors(f"{f} factors, alpha {a:g}, penalty {p:g}, fade {fade:g}", ALS(factors=f, alpha=a, penalty=p), fade=fade)
        for f in (64, 128)
        for a, p, fade in ((10.0, 50.0, 0.0), (10.0, 50.0, 0.5), (10.0, 50.0, 1.0), (1.0, 10.0, 1.0))
    ]


def _bpr(fold: Fold) -> list[Source]:
    variants = [(factors, fade) for factors in (64, 128) for fade in (0.0, 1.0, 1.5)]
    return [Factors(f"{factors} factors, fade {fade:g}", BPR(factors=factors), fade=fade) for factors, fade in variants]


def _nmf(fold: Fold) -> list[Source]:
    variants = [(themes, fade) for themes in (64, 128) for fade in (0.0, 0.5, 1.0)]
    return [Themes(f"{themes} themes, fade {fade:g}", themes=themes, fade=fade) for themes, fade in variants]


def _again(fold: Fold) -> list[Source]:
    return [Again(f"half-life {days:g} d", days * DAY) for days in (30, 90, 365, 3650)]


def _content(fold: Fold) -> list[Source]:
    return [Content(f"half-life {half_life / DAY:g} d", half_life, fold.half_lives) for half_life in fold.half_lives]


SYSTEMS: dict[str, Family] = {
    "popularity": _popularity,
    "decayed-popularity": _decayed_popularity,
    "item-neighbours": _item_neighbours,
    "user-neighbours": _user_neighbours,
    "ease": _ease,
    "ease-decayed": _decayed_ease,
    "markov": _markov,
    "slit": _slit,
    "als": _als,
    "bpr": _bpr,
    "nmf": _nmf,
    "own-history": _again,
    "content": _content,
}
EXTRA = {"als": "implicit", "bpr": "implicit", "nmf": "sklearn"}  # families that need a package of the extra `compare`
OURS, TUNED = "penchant", "penchant-tuned"  # as it is fitted, and with weights from a split's own validation requests


def chosen(names: list[str] | None) -> list[str]:
    """The systems asked for; for None all that can be fitted with what is installed, and Penchant's two.

    Raises:
        InvalidInput: for a name that is not a system.
        AssetError: for one that needs a package that is not installed.
    """
    known = [*SYSTEMS, OURS, TUNED]
    wrong = [name for name in names or [] if name not in known]
    if wrong:
        raise InvalidInput(f"system {wrong[0]!r} is not known; choose among {', '.join(known)}")
    if names is None:
        return [name for name in known if name not in EXTRA or find_spec(EXTRA[name])]
    for name in names:
        if name in EXTRA:
            require(EXTRA[name])
    return names
