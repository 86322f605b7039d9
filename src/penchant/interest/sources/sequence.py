"""The networks of the textbooks as a source: the last items are read anew for every request."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from msgspec.structs import replace

from penchant.catalog import Catalog
from penchant.config import Training
from penchant.errors import AssetError
from penchant.interest.sources.evolution import trainable
from penchant.interest.sources.source import Arrays, beyond
from penchant.types import F32, I64, Bool, Events, Interests

if TYPE_CHECKING:
    from penchant.interest.evolution import Parameters
    from penchant.interest.training.textbook import Textbook

Kind = Literal["gru", "lstm", "sasrec"]

_ROWS = 256  # requests read at once


class Windowed:
    """A network of `penchant.interest.training.textbook`, trained like the recurrence, that knows a person by their last items.

    It is there to be compared with: a request costs a pass over the whole window, and needs torch. `fit` a second time, on a
    longer log, goes on from the parameters of the first. Under the loss "mse" it predicts the text vector of the next item. It
    does not know when it is asked, and so learns the next item alone: `visits` of the settings do not count.
    """

    label = "often comes next"
    prior = 0.0
    stranger = 0.0

    def __init__(
        self,
        name: str,
        kind: Kind,
        settings: Training,
        *,
        repeat: bool,
        text: bool = False,
        seed: int = 0,
        report: Callable[[str, float], None] = lambda stage, share: None,
    ) -> None:
        self.name, self.kind, self.settings, self.text, self.report = name, kind, replace(settings, visits=0.0), text, report
        self.logarithmic = settings.loss != "mse"
        self._repeat, self._seed = repeat, seed
        self._known: Bool = np.zeros(0, bool)
        self._parameters: Parameters | None = None
        self._network: Textbook | None = None  # over the catalog at
        self._of: tuple[Catalog, int] | None = None  # this revision

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Train on what people consumed; raises AssetError without torch."""
        if not trainable():
            raise AssetError(f"{self.kind} is trained with torch, which is not installed; pip install 'penchant[train]'")
        from penchant.interest.training.fitting import learn

        counted = events.take((events.item >= 0) & (events.weight > 0))
        ordered = counted.take(np.lexsort((np.arange(len(counted.user)), counted.time, counted.user)))
        network = self._made(catalog)
        more = self._parameters is not None
        learn(network, ordered, self.settings, repeat=self._repeat, more=more, seed=self._seed, report=self.report)
        self._known = np.bincount(ordered.item, minlength=len(catalog)) > 0
        self._parameters, self._network = network.parameters_by_name(), None

    def observe(self, events: Events) -> None:
        """Parameters stay as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """The last state's dot product with every item, and what is in the item's favour whoever asks; 0 for empty histories."""
        import torch

        scores = np.zeros((len(interests.at), len(catalog)), np.float32)
        items, length = _windows(interests, self.settings.window)
        network = self._read(catalog)
        asks = np.flatnonzero(length)
        with torch.inference_mode():
            table, bias = network.table(), network.bias
            for start in range(0, len(asks), _ROWS):
                rows = asks[start : start + _ROWS]
                longest = int(length[rows].max())
                states = network.states(torch.from_numpy(items[rows, :longest]))
                last = states[torch.arange(len(rows)), torch.from_numpy(length[rows] - 1)]
                scores[rows] = (last @ table.T + bias).numpy()
        return scores

    def blind(self, catalog: Catalog) -> Bool:
        """Items that nobody had when it was fitted; none where it reads their text."""
        if self.text or self.settings.loss == "mse":
            return np.zeros(len(catalog), bool)
        return beyond(self._known, len(catalog))

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """Nothing: a state is no sum over events."""
        return np.zeros((interests.items.shape[1], len(items)), np.float32)

    def arrays(self) -> Arrays:
        """The parameters, and which items somebody had."""
        return {} if self._parameters is None else {**self._parameters, "known": self._known}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`, for a source of the same settings."""
        if arrays:
            self._parameters = {name: np.asarray(array, np.float32) for name, array in arrays.items() if name != "known"}
            self._known, self._network = arrays["known"].astype(bool), None

    def _made(self, catalog: Catalog) -> "Textbook":
        """A network over the catalog as it is, with what was learned so far."""
        from penchant.interest.training.textbook import textbook

        network = textbook(self.kind, catalog.vectors, self.settings, text=self.text, seed=self._seed)
        if self._parameters is not None:
            network.resume(self._parameters)
        return network

    def _read(self, catalog: Catalog) -> "Textbook":
        """The same to be asked, made anew when the catalog has changed."""
        if self._network is None or self._of != (catalog, catalog.revision):
            self._network, self._of = self._made(catalog).eval(), (catalog, catalog.revision)
        return self._network


def _windows(interests: Interests, window: int) -> tuple[I64, I64]:
    """The last items that each request's person took, oldest first and -1 after their end (R, N), and how many they are (R,)."""
    taken = (interests.items >= 0) & (interests.weights > 0)
    taken &= np.cumsum(taken, axis=1) <= window
    length = taken.sum(axis=1)
    order = np.argsort(~taken[:, ::-1], axis=1, kind="stable")
    items = np.take_along_axis(np.where(taken, interests.items, -1)[:, ::-1], order, axis=1)
    return items, length
