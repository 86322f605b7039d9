"""The one training loop, for the recurrence and for the networks of the textbooks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from penchant.config import Training
from penchant.interest.training import losses
from penchant.interest.training.checkpoint import Checkpoint
from penchant.interest.training.parameters import Network
from penchant.interest.training.windows import Batch, batches, parts
from penchant.types import Events

Report = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1
Judge = Callable[[], float]  # what training is stopped by: NDCG@10 on requests that are not trained on

_WARM_UP = 100  # steps
_LOWEST = 0.05  # of the highest rate, at the end
_CLIP = 1.0  # norm of a step's gradient
_CROWDED = 3.0  # times the usual share of visits: more in a batch do not weigh more
_CLOCKED = 20  # steps after which a budget in minutes is turned into a number of epochs


class _Visits(NamedTuple):
    """How much what visits bring counts beside the next items."""

    weight: float  # over a whole log
    usual: float  # share of its events that are followed by a visit to learn from

    def at(self, share: float) -> "_Visits":
        """The same when a share of the training is done: the weight falls to nothing until the middle. Visits are few, and are
        learned by heart in the end."""
        return self._replace(weight=self.weight * max(0.0, 1 - 2 * share))

    def level(self, batch: Batch, begins: Tensor) -> float:
        """Its weight in a batch: every visit counts alike, but no batch more than a few times the usual."""
        share = int(begins.sum()) / int((batch.items >= 0).sum())
        return self.weight * min(share / self.usual, _CROWDED)


class Epoch(NamedTuple):
    """What one pass came to; `seconds` of processor time since the beginning, judging left out."""

    loss: float
    reached: float
    seconds: float


def train(
    network: Network,
    source: Events | Path,
    settings: Training,
    *,
    repeat: bool,
    judge: Judge | None = None,
    epochs: float | None = None,
    rate: float | None = None,
    seed: int = 0,
    folder: Path | None = None,
    board: Path | None = None,
    report: Report = lambda stage, share: None,
) -> list[Epoch]:
    """Train `network` in place on `source`, events in memory or a parquet file; what it was after its best epoch stays.

    Learning slows down along half a cosine over all `epochs` (None: as set), which `settings.minutes` of processor time may cut
    to fewer, or to part of one. Without a `judge` the last epoch stays. After every epoch a checkpoint is kept in `folder`; a
    second call with the same arguments goes on where the first was broken off, and comes to the same numbers. `board` is a folder
    for TensorBoard.

    Raises:
        InvalidInput: for a parquet file that is not a log.
        FingerprintMismatch: for a checkpoint of a network of another shape.
    """
    wanted = settings.epochs if epochs is None else epochs
    optimiser = _optimiser(network, settings)
    saved = Checkpoint(folder, network, optimiser)
    passed, best, spent, wanted = saved.load(wanted)
    total, loss = max(events_of(source), 1), loss_of(settings, network, source)
    visits = _Visits(settings.visits, _visits_in(source, repeat) if settings.visits else 0.0)
    with _board(board) as write:
        while len(passed) < wanted and not (judge and _stuck(passed, settings.patience)):
            number = len(passed)
            rng = np.random.default_rng([seed, number])
            torch.manual_seed(seed * 10_007 + number)
            network.train()
            began, done, sums, counted = time.process_time(), 0, 0.0, 0
            for step, batch in enumerate(_stream(source, settings.window, settings.step(total), repeat, rng)):
                place = number + min(1.0, done / total)  # `done` counts what windows are filled up with: a little too much
                if place >= wanted and number + 1 > wanted:  # a part of an epoch was wanted
                    break
                share = min(1.0, place / wanted)
                highest = _paced(rate or settings.rate, share, step, number)
                value, learned = _step(network, optimiser, loss, batch, highest, visits.at(share))
                sums, counted, done = sums + value * learned, counted + learned, done + batch.items.numel()
                if number == 0 and step + 1 == _CLOCKED and settings.minutes is not None:
                    pace = (time.process_time() - began) / done
                    wanted = min(wanted, settings.minutes * 60 / (pace * total))
                report(_stage(number, wanted, passed), min(share, 0.99))  # 1 ends a stage, and more batches may come
            spent += time.process_time() - began
            network.eval()
            reached = judge() if judge else 0.0
            passed.append(Epoch(sums / max(counted, 1), reached, spent))
            write(number, passed[-1])
            if judge is None or reached >= max(epoch.reached for epoch in passed):
                best = {name: tensor.clone() for name, tensor in network.state_dict().items()}
            saved.save(passed, best, spent, wanted)
    network.load_state_dict(best)
    network.eval()
    report(_stage(len(passed), wanted, passed), 1.0)
    return passed


def loss_of(settings: Training, network: Network, source: Events | Path) -> losses.Loss:
    """The loss by its name. Negatives are drawn as often as items are consumed for sampled softmax, evenly for the others, by
    torch's own generator, which `train` seeds for every epoch."""
    plain: dict[str, losses.Loss] = {
        "full-softmax": partial(losses.full_softmax, precision=getattr(torch, settings.precision)),
        "mse": losses.mse,
        "contrastive": losses.contrastive,
    }
    if settings.loss in plain:
        return plain[settings.loss]
    items = len(network.table())
    if settings.loss == "sampled-softmax":
        counts = torch.from_numpy(counts_of(source, items)).float() + 1
        log_q = (counts / counts.sum() * settings.negatives).log()

        def sampled(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
            drawn = torch.multinomial(counts, settings.negatives, replacement=True)
            return losses.sampled_softmax(hidden, table, bias, targets, drawn, log_q)

        return sampled
    function = {"gbce": losses.gbce, "bpr": losses.bpr}[settings.loss]

    def evenly(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        return function(hidden, table, bias, targets, torch.randint(items, (settings.negatives,)))

    return evenly


def events_of(source: Events | Path) -> int:
    """How many events there are."""
    return int(pl.scan_parquet(source).select(pl.len()).collect().item()) if isinstance(source, Path) else len(source.user)


def counts_of(source: Events | Path, items: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """(items,) how often each is named."""
    counts = np.zeros(items, np.int64)
    for part in parts(source, repeat=True):
        counts += np.bincount(part.events.item[part.events.item >= 0], minlength=items)[:items]
    return counts


def _stream(source: Events | Path, window: int, size: int, repeat: bool, rng: np.random.Generator) -> Iterator[Batch]:
    for part in parts(source, repeat=repeat):
        yield from batches(part, window, size, rng)


def _visits_in(source: Events | Path, repeat: bool) -> float:
    """The share of events that are followed by a visit to learn from."""
    told = [(part.visits(), len(part.place)) for part in parts(source, repeat=repeat)]
    return sum(visits for visits, _ in told) / max(sum(events for _, events in told), 1)


def _step(
    network: Network, optimiser: torch.optim.Optimizer, loss: losses.Loss, batch: Batch, rate: float, visits: "_Visits"
) -> tuple[float, int]:
    """One step at `rate`; gives the loss of the next items and how many it is the mean of."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    learned = batch.targets >= 0
    states, table, bias = network(batch), network.table(), network.bias
    value = following = loss(states[learned], table, bias, batch.targets[learned])
    begins = (batch.visit >= 0).all(-1) & (batch.visit.shape[-1] > 0)
    if visits.weight and begins.any():
        drawn = batch.visit[begins]
        brought = loss(states[begins].repeat_interleave(drawn.shape[1], 0), table, bias, drawn.ravel())
        value = value + visits.level(batch, begins) * brought
    optimiser.zero_grad()
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
    optimiser.step()
    return float(following.detach()), int(learned.sum())


def _optimiser(network: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """AdamW; what is looked up, norms and biases do not decay."""
    kept = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    matrix = [name.endswith(".weight") and parameter.ndim > 1 for name, parameter in kept]
    groups = [
        {"params": [parameter for (_, parameter), one in zip(kept, matrix, strict=True) if one == decays], "weight_decay": decay}
        for decays, decay in ((True, settings.decay), (False, 0.0))
    ]
    return torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98), fused=True)


def _paced(highest: float, share: float, step: int, number: int) -> float:
    warm = min(1.0, (step + 1) / _WARM_UP) if number == 0 else 1.0
    return float(highest * warm * (_LOWEST + (1 - _LOWEST) * (1 + np.cos(np.pi * share)) / 2))


def _stuck(passed: list[Epoch], patience: int) -> bool:
    """Whether the best epoch is `patience` epochs ago."""
    return bool(passed) and len(passed) - 1 - int(np.argmax([epoch.reached for epoch in passed])) >= patience


def _stage(number: int, wanted: float, passed: list[Epoch]) -> str:
    best, epochs = max((epoch.reached for epoch in passed), default=0.0), int(np.ceil(wanted))
    return f"training, epoch {min(number + 1, epochs)} of {epochs}" + (f", NDCG@10 {best:.3f}" if best else "")


@contextmanager
def _board(folder: Path | None) -> Iterator[Callable[[int, Epoch], None]]:
    """What writes epochs to TensorBoard, if a folder is given."""
    if folder is None:
        yield lambda number, epoch: None
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:

        def write(number: int, epoch: Epoch) -> None:
            for name, value in epoch._asdict().items():
                writer.add_scalar(name, value, number)

        yield write
