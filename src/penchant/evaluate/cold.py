"""Items nobody had, as data: a log without some items, and requests for exactly those."""

from typing import NamedTuple

import numpy as np

from penchant.errors import InvalidInput
from penchant.evaluate.splits import Requests, Split
from penchant.evaluate.trials import Asked, ask
from penchant.evaluate.world import World
from penchant.types import Bool, Events


class Case(NamedTuple):
    """Events to fit on, and requests for items that are cold to whoever is fitted on them, or warm."""

    known: Events
    cold: Bool  # (items,)
    asked: Asked

    def among(self) -> Asked:
        """The same requests, ranked among cold items alone."""
        return self.asked._replace(hidden=self.asked.hidden | ~self.cold)


def case(
    told: World,
    split: Split,
    held: Bool,
    *,
    warm: bool = False,
    validating: bool = False,
    seed: int = 0,
    limit: int = 1500,
) -> Case:
    """Requests of the test of `split` by people who take a cold item for the first time, `limit` of them at random; with `warm`,
    who take any other.

    Cold are the `held` items (items,), which are taken out of everything that is known but the answers; where none is held, the
    items that nobody had before the test. With `validating`, the same of the validation period.

    Raises:
        InvalidInput: when nobody with a past takes such an item.
    """
    events, n = split.events, len(told.catalog)
    gone = (events.item >= 0) & held[np.maximum(events.item, 0)]
    known = events.take((split.train if validating else split.known) & ~gone)
    cold = held if held.any() else np.bincount(known.item[known.item >= 0], minlength=n) == 0
    first = np.zeros(len(events.user), bool)
    named = np.flatnonzero((events.item >= 0) & (events.weight > 0))
    first[named[np.unique((events.user * n + events.item)[named], return_index=True)[1]]] = True
    period = (split.known & ~split.train) if validating else ~split.known
    rows = np.flatnonzero(first & period & (cold[np.maximum(events.item, 0)] != warm))
    kept = events.take(~gone)
    before = np.searchsorted(_clock(kept), _clock(events)[rows]) - np.searchsorted(kept.user, events.user[rows])
    rows, before = rows[before > 0], before[before > 0]
    if not len(rows):
        raise InvalidInput(
            f"nobody with a past takes one of the {int((cold != warm).sum()):,} {'warm' if warm else 'cold'} items in the period "
            "judged by; give a longer log"
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:limit])
    rows, before = rows[chosen], before[chosen]
    requests = Requests(events.user[rows], events.time[rows], before, list(events.item[rows][:, None]))
    return Case(known, cold, ask(split._replace(events=kept, repeat=False), requests, told.catalog, told.config.fold))


def _clock(events: Events) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    """Rows that sort by user, then time."""
    clock = np.empty(len(events.user), [("user", "<i8"), ("time", "<f8")])
    clock["user"], clock["time"] = events.user, events.time
    return clock
