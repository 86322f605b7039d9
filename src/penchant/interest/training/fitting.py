"""The evolution model from a log: trained until it stops getting better, then once more on everything."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from penchant.config import Training
from penchant.interest.evolution import Parameters, Shape
from penchant.interest.evolution.network import Evolution
from penchant.interest.training.loop import Report, ndcg, train
from penchant.interest.training.spectral import spectral
from penchant.interest.training.windows import history, requests
from penchant.types import F32, Events

_HELD = 0.95  # quantile of time from which training is judged
_JUDGED = 2000  # requests
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
) -> Parameters:
    """Parameters of the recurrence from `events`, sorted by user, then time, and the catalog's `vectors` (items, dim).

    From nothing: epochs over the first 95% of the time, judged on requests in the rest, then one slow pass over all. With `start`,
    parameters fitted on a shorter log: that pass alone. New items and actions begin with what their text says. `parts` takes
    `time`, `gate` or `text` out. `folder` keeps checkpoints, `board` is for TensorBoard.
    """
    torch.set_num_threads(1)
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
    known = np.bincount(events.item[events.item >= 0], minlength=len(vectors)) > 0
    common = {"repeat": repeat, "seed": seed, "report": report, "board": board}
    if start is None:
        network.begin(spectral(events, len(vectors), shape.dim, seed))
        network.close(~known)
        told = history(events, repeat=repeat)
        since = float(np.quantile(events.time, _HELD))
        rng = np.random.default_rng(seed)
        judged = requests(told, since, rng, limit=_JUDGED, repeat=repeat, items=len(vectors))
        judge = partial(ndcg, network, told, judged, settings.window) if len(judged.row) else None
        train(network, events.take(events.time < since), settings, judge=judge, folder=folder, **common)  # type: ignore[arg-type]
    else:
        network.resume(start)
        network.close(~known)
    train(network, events, settings, epochs=settings.last, rate=settings.rate * _LAST, **common)  # type: ignore[arg-type]
    return network.parameters_by_name()
