"""What may be asked of a slate, and how it is kept once served."""

from collections.abc import Sequence

import msgspec

from penchant.catalog import Catalog, Filter
from penchant.errors import InvalidInput
from penchant.events import InvalidField
from penchant.slate.journal import Served
from penchant.slate.slate import Slate
from penchant.types import Bool

LARGEST = 500  # items in one slate


def check(user: str | None, history: Sequence[str], k: int, at: float | None) -> None:
    """Accept what a request asks for, or say what is wrong with it.

    Raises:
        InvalidInput: for a `k` beyond 1 to 500, a time that is not one, or both a user and a history.
    """
    if not 1 <= k <= LARGEST:
        raise InvalidInput(f"k must be 1 to {LARGEST}, got {k}")
    if at is not None and not 0 <= at < 2**36:
        raise InvalidInput(f"at must be epoch seconds between 1970 and the year 4000, got {at}")
    if user and history:
        raise InvalidInput("give a user or a history, not both; the user's own events are the history")


def hidden(catalog: Catalog, at: float, where: Filter | None, exclude: Sequence[str], had: Bool | None) -> Bool:
    """(items,) what must not be shown: not on sale at `at`, not what was asked for, `exclude`d, or `had` already (None: shown
    again)."""
    mask = ~catalog.visible(at)
    if where is not None:
        mask |= ~catalog.matches(where)
    if had is not None:
        mask |= had
    mask[[catalog.number(item) for item in exclude if item in catalog]] = True
    return mask


class Asked(msgspec.Struct, frozen=True):
    """What a served slate was asked for."""

    text: str | None = None
    where: Filter | None = None
    exclude: tuple[str, ...] = ()


def answered(served: Served | None, slate: str, user: str) -> Served:
    """The journal's record of a user's slate.

    Raises:
        InvalidInput: when the journal has no such slate, or it was served to somebody else.
    """
    if served is None or served.user != user:
        raise InvalidField("slate", slate, f"was not served to {user!r}, or so long ago that it is no longer kept")
    return served


def asked(served: Served | None) -> Asked:
    """What a slate was asked for; nothing in particular for None."""
    return Asked() if served is None else msgspec.convert(served.request, Asked)


def kept(slate: Slate, k: int, request: dict[str, object]) -> Served:
    """The journal's record of a slate. Slates are deterministic so far: every propensity is 1."""
    items = slate.items
    return Served(
        slate=slate.slate,
        user=slate.user,
        at=slate.at,
        k=k,
        items=tuple(item.item for item in items),
        scores=tuple(item.score for item in items),
        sources=tuple(item.source for item in items),
        propensities=(1.0,) * len(items),
        request={name: value for name, value in request.items() if value},
    )
