"""A network from a log: trained until it stops getting better, then once more on everything."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from penchant.config import Training
from penchant.interest.evolution import Parameters, Shape
from penchant.interest.evolution.network import Evolution
from penchant.interest.training.judging import HELD, JUDGED, ndcg, requests
from penchant.interest.training.loop import Epoch, Report, train
from penchant.interest.training.spectral import spectral
from penchant.interest.training.textbook import Textbook
from penchant.interest.training.windows import history
from penchant.types import F32, Events

_LAST = 0.25  # of the rate, for the pass over everything


def fit(
    events: Events,
    vectors: F32,
    settings: Training,
    *,
    repeat: bool,
    actions: int,
    start: Parameters | None = None,
    seed: int = 0,
    parts: dict[str, bool] | None = None,
    folder: Path | None = None,
    board: Path | None = None,
    report: Report = lambda stage, share: None,
) -> tuple[Parameters, list[Epoch]]:
    """Parameters of the recurrence from `events`, sorted by user, then time, and the catalog's `vectors` (items, dim),
    and the epochs that `learn` gives.

    With `start`, parameters fitted on a shorter log, it goes on from there: new items and actions begin with what their text
    says. `parts` takes `time`, `gate` or `text` out. Everything else is as in `learn`.
    """
    shape = Shape(settings.dim, settings.heads, settings.layers)
    network = Evolution(
        shape,
        vectors,
        actions,
        dropout=settings.dropout,
        id_dropout=settings.id_dropout,
        precision=getattr(torch, settings.precision),
        seed=seed,
        **(parts or {}),
    )
    if start is None:
        past = events.take(events.time < np.quantile(events.time, HELD)) if len(events.time) else events
        network.begin(spectral(past, len(vectors), shape.dim, seed))
    else:
        network.resume(start)
    more = start is not None
    passed = learn(network, events, settings, repeat=repeat, more=more, seed=seed, folder=folder, board=board, report=report)
    return network.parameters_by_name(), passed


def learn(
    network: Evolution | Textbook,
    events: Events,
    settings: Training,
    *,
    repeat: bool,
    more: bool,
    seed: int = 0,
    folder: Path | None = None,
    board: Path | None = None,
    report: Report = lambda stage, share: None,
) -> list[Epoch]:
    """Train `network` in place on `events`, sorted by user, then time; items that nobody had are closed.

    Epochs over the first 95% of the time, judged on requests in the rest, then one slow pass over all. For a network that knows a
    shorter log already (`more`) that pass alone. Gives the epochs of the former, with those of a run that was broken off.

    `folder` keeps checkpoints of them. `board` is for TensorBoard; the pass over all is written there only where it is alone.
    """
    torch.set_num_threads(1)
    items = len(network.bias)
    network.close(np.bincount(events.item[events.item >= 0], minlength=items) == 0)
    passed: list[Epoch] = []
    if not more and len(events.time):
        told = history(events, repeat=repeat)
        since = float(np.quantile(events.time, HELD))
        judged = requests(told, since, np.random.default_rng(seed), limit=JUDGED, repeat=repeat, items=items)
        walk = isinstance(network, Evolution)  # the others are served a window of items for every request
        judge = partial(ndcg, network, told, judged, settings.window, walk=walk) if len(judged.row) else None
        held = events.take(events.time < since)
        passed = train(network, held, settings, repeat=repeat, judge=judge, seed=seed, folder=folder, board=board, report=report)
    rate, alone = settings.rate * _LAST, board if more else None
    train(network, events, settings, repeat=repeat, epochs=settings.last, rate=rate, seed=seed, board=alone, report=report)
    return passed
