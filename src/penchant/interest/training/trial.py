"""One training for the sake of its settings: what every trial of a search is asked."""

import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import torch
from torch import Tensor

from penchant.config import Training
from penchant.errors import InvalidInput
from penchant.interest.evolution import Shape
from penchant.interest.evolution.network import Evolution
from penchant.interest.training.fitting import _HELD, _JUDGED
from penchant.interest.training.loop import Network, train
from penchant.interest.training.spectral import spectral
from penchant.interest.training.windows import Asked, History, batch, history, requests
from penchant.types import F32, F64, I64, Events

_PROBED = 10  # steps that tell how long an epoch takes
_LEAST = 0.1  # epochs, however little time there is
_K = 10
_AT_ONCE = 8192  # events judged together
_SCORED = 200  # requests scored together


class Task:
    """To learn the first 95% of the time of a log, judged by NDCG@10 on requests in the rest, as fitting does."""

    def __init__(self, events: Events, vectors: F32, *, repeat: bool, seed: int) -> None:
        events = events.take(events.weight != 0)
        events = events.take(np.lexsort((np.arange(len(events.user)), events.time, events.user)))
        since = float(np.quantile(events.time, _HELD)) if len(events.user) else np.inf
        self.events, self.past = events, events.take(events.time < since)
        self.vectors, self.repeat, self.seed = vectors, repeat, seed
        self.told = history(events, repeat=repeat)
        rng = np.random.default_rng(seed)
        self.asked = requests(self.told, since, rng, limit=_JUDGED, repeat=repeat, items=len(vectors))
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
            reached = ndcg(network, self.told, self.asked, settings.window)
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
        ndcg(network, self.told, self.asked, settings.window)
        return (trained - began) / min(1.0, _PROBED * step) + time.process_time() - trained


def ndcg(network: Network, told: History, wanted: Asked, window: int) -> float:
    """Mean NDCG@10 of requests over all items, as `loop.ndcg` gives it, from one walk along each history that is asked about.

    A state has seen `window` events or more: all from as many before the first request of its user on.
    """
    begin = wanted.row - told.place[wanted.row]
    users, owner = np.unique(begin, return_inverse=True)
    first, last = np.full(len(users), len(told.place)), np.zeros(len(users), np.int64)
    np.minimum.at(first, owner, wanted.row)
    np.maximum.at(last, owner, wanted.row)
    start = np.maximum(users, first + 1 - window)
    gains = np.zeros(len(wanted.row))
    with torch.inference_mode():
        table = network.table()
        for group in _groups(last + 1 - start):
            states = network(batch(told, start[group], (last + 1 - start)[group]))
            place = np.full(len(users), -1)
            place[group] = np.arange(len(group))
            mine = np.flatnonzero(place[owner] >= 0)
            for some in np.array_split(mine, -(-len(mine) // _SCORED)):
                asked = states[place[owner[some]], wanted.row[some] - start[owner[some]]]
                gains[some] = _gains(asked @ table.T + network.bias, wanted, some)
    return float(gains.mean())


def _groups(length: I64) -> Iterator[I64]:
    """Numbers of histories of about the same length, those that are walked along together."""
    order, begin = np.argsort(length, kind="stable"), 0
    while begin < len(order):
        stop = begin + 1
        while stop < len(order) and (stop + 1 - begin) * length[order[stop]] <= _AT_ONCE:
            stop += 1
        yield order[begin:stop]
        begin = stop


def _gains(scores: Tensor, wanted: Asked, rows: I64) -> F64:
    """NDCG@10 of each of the requests `rows`, (R,), by their `scores` (R, items)."""
    right = scores.gather(1, torch.from_numpy(wanted.target[rows])[:, None])
    if wanted.hidden is not None:
        scores[torch.from_numpy(wanted.hidden[rows])] = -torch.inf
    rank = (scores > right).sum(1).numpy()
    return np.where(rank < _K, 1 / np.log2(rank + 2.0), 0.0)
