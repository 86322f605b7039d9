"""What nobody had yet."""

import numpy as np

from penchant.catalog import Catalog
from penchant.interest.sources.source import Arrays, beyond
from penchant.types import F32, I64, Bool, Events, Interests

NEW = "new"  # its name among the sources


class New:
    """1 for items that nobody had when it was fitted, else 0, for everybody alike.

    Sources that learn from people say nothing of such items, for or against. This one leaves it to the blend to find out whether
    new things are taken here more than others or less. Its scores stay as they are where others are standardised: what it is to
    be new must not change with how many items are.
    """

    name, label = NEW, "new here"
    prior = 0.0
    stranger = 0.0
    logarithmic = True

    def __init__(self) -> None:
        self._known = np.zeros(0, bool)

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Note what anybody had."""
        self._known = np.zeros(len(catalog), bool)
        self._known[events.item[(events.item >= 0) & (events.weight > 0)]] = True

    def observe(self, events: Events) -> None:
        """What other sources learn by being fitted again is new until then."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """(R, items) ones and zeros."""
        return np.broadcast_to(self.unmet(catalog).astype(np.float32), (len(interests.at), len(catalog)))

    def unmet(self, catalog: Catalog) -> Bool:
        """(items,) what nobody had."""
        return beyond(self._known, len(catalog))

    def blind(self, catalog: Catalog) -> Bool:
        """None."""
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Nothing of it is owed to the person's own events."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """What anybody had."""
        return {"known": self._known}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        self._known = arrays["known"].astype(bool)
