"""One training for the sake of its settings: what every trial of a search is asked."""

import time
from collections.abc import Callable

import msgspec
import numpy as np
import torch

from penchant.config import Training
from penchant.errors import InvalidInput
from penchant.interest.evolution import Shape
from penchant.interest.evolution.network import Evolution
from penchant.interest.training.judging import HELD, JUDGED, ndcg, requests
from penchant.interest.training.loop import train
from penchant.interest.training.spectral import spectral
from penchant.interest.training.windows import history
from penchant.types import F32, Events

_PROBED = 10  # steps that tell how long an epoch takes
_LEAST = 0.1  # epochs, however little time there is


class Task:
    """To learn the first 95% of the time of a log, judged by NDCG@10 on requests in the rest, as fitting does."""

    def __init__(self, events: Events, vectors: F32, *, repeat: bool, seed: int) -> None:
        events = events.take(events.weight != 0)
        events = events.take(np.lexsort((np.arange(len(events.user)), events.time, events.user)))
        since = float(np.quantile(events.time, HELD)) if len(events.user) else np.inf
        self.events, self.past = events, events.take(events.time < since)
        self.vectors, self.repeat, self.seed = vectors, repeat, seed
        self.told = history(events, repeat=repeat)
        rng = np.random.default_rng(seed)
        self.asked = requests(self.told, since, rng, limit=JUDGED, repeat=repeat, items=len(vectors))
        if not len(self.asked.row):
            raise InvalidInput(f"a log of {len(events.user):,} events leaves no request to judge by; tune on a longer one")

    def reach(self, settings: Training, seconds: float, judged: Callable[[float, int], None]) -> None:
        """Train for `seconds` of processor time at most, judging included, or all epochs; `settings.minutes` do not count.

        After every epoch `judged` is told the NDCG@10 reached and how many epochs there will be; what it raises ends the course.

        Raises:
            InvalidInput: for sizes that do not go together.
        """
        wanted = float(settings.epochs)
        if np.isfinite(seconds):
            began = time.process_time()
            epoch = self._pace(settings)
            affordable = (seconds - (time.process_time() - began)) / epoch
            wanted = min(wanted, float(int(affordable)) if affordable >= 1 else max(affordable, _LEAST))
        network = self._network(settings)

        def judge() -> float:
            reached = ndcg(network, self.told, self.asked, settings.window, walk=True)
            judged(reached, int(np.ceil(wanted)))
            return reached

        self._train(network, settings, wanted, judge)

    def _network(self, settings: Training) -> Evolution:
        torch.set_num_threads(1)
        network = Evolution(
            Shape(settings.dim, settings.heads, settings.layers),
            self.vectors,
            int(self.events.action.max()) + 1,
            dropout=settings.dropout,
            id_dropout=settings.id_dropout,
            precision=getattr(torch, settings.precision),
            seed=self.seed,
        )
        network.begin(spectral(self.past, len(self.vectors), settings.dim, self.seed))
        network.close(np.bincount(self.events.item[self.events.item >= 0], minlength=len(self.vectors)) == 0)
        return network

    def _train(self, network: Evolution, settings: Training, epochs: float, judge: Callable[[], float] | None = None) -> None:
        unbounded = msgspec.structs.replace(settings, minutes=None)
        train(network, self.past, unbounded, repeat=self.repeat, judge=judge, epochs=epochs, seed=self.seed)

    def _pace(self, settings: Training) -> float:
        """Seconds of processor time that an epoch takes and judging it, from a few steps."""
        network = self._network(settings)
        step = min(1.0, settings.step(len(self.past.user)) / max(len(self.past.user), 1))
        self._train(network, settings, step)  # the first is slow
        began = time.process_time()
        self._train(network, settings, min(1.0, _PROBED * step))
        trained = time.process_time()
        ndcg(network, self.told, self.asked, settings.window, walk=True)
        return (trained - began) / min(1.0, _PROBED * step) + time.process_time() - trained
