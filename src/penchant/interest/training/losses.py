"""What training minimises: pure functions of n states, their next items, and the items' embeddings. Every loss is a mean over n.

`hidden` is (n, D), `table` (items, D), `bias` (items,), `targets` (n,); `negatives` are item numbers, (m,) shared by all n.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx
from torch.nn import functional

_FILL = 64
_ROWS = 512  # states scored at once: their scores stay in the processor's cache

Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def full_softmax(
    hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, *, precision: torch.dtype = torch.float32
) -> Tensor:
    """Cross-entropy of the next item against every item. Scores are made, used and forgotten a block at a time, gradients on
    the way: memory does not grow with n x items, and `precision` bfloat16 multiplies three times as fast.

    >>> states, items = torch.zeros(1, 2), torch.zeros(4, 2)
    >>> round(float(full_softmax(states, items, torch.zeros(4), torch.tensor([1]))), 4)  # log 4
    1.3863
    """
    value: Tensor = _FullSoftmax.apply(hidden, table, bias, targets, precision)  # type: ignore[no-untyped-call]
    return value


def sampled_softmax(
    hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, negatives: Tensor, log_q: Tensor | None = None
) -> Tensor:
    """Cross-entropy against `negatives` alone; `log_q` (items,), the log of how often each item is expected among them, is
    subtracted from their scores, so that popular items are not pushed down for being drawn, and the sum over what is drawn
    stands for that over all. A negative that is the target counts once.

    Bengio and Senecal 2008, "Adaptive importance sampling to accelerate training of a neural probabilistic language model".
    """
    right = (hidden * table[targets]).sum(-1) + bias[targets]
    wrong = _others(hidden, table, bias, targets, negatives)
    if log_q is not None:
        wrong = wrong - log_q[negatives]
    return functional.cross_entropy(torch.cat([right[:, None], wrong], dim=1), torch.zeros_like(targets))


def gbce(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, negatives: Tensor, *, calibration: float = 0.75) -> Tensor:
    """Generalised binary cross-entropy: the target's probability to the power beta makes up for how few negatives are drawn.

    Petrov and Macdonald 2023, "gSASRec", equations 10 and 16; `calibration` is their t, 0 for plain binary cross-entropy.
    """
    share = len(negatives) / max(1, len(table) - 1)
    beta = share * (calibration * (1 - 1 / share) + 1 / share)
    right = (hidden * table[targets]).sum(-1) + bias[targets]
    wrong = _others(hidden, table, bias, targets, negatives)
    return (functional.softplus(wrong).sum(-1) - beta * functional.logsigmoid(right)).mean()


def bpr(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
    """Bayesian personalised ranking: the target above every negative (Rendle et al. 2009, section 4.1)."""
    right = (hidden * table[targets]).sum(-1) + bias[targets]
    wrong = _others(hidden, table, bias, targets, negatives)
    above = functional.softplus(wrong - right[:, None])
    counted = torch.isfinite(wrong)
    return (torch.where(counted, above, 0).sum(-1) / counted.sum(-1).clamp(min=1)).mean()


def mse(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Squared distance to the next item's vector, mean over dimensions: the classical "next interest vector"."""
    return functional.mse_loss(hidden, table[targets])


def contrastive(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, *, temperature: float = 0.1) -> Tensor:
    """InfoNCE: each state's next item among those of the batch, by cosine (van den Oord et al. 2018, equation 4)."""
    said, items = functional.normalize(hidden, dim=-1), functional.normalize(table[targets], dim=-1)
    scores = said @ items.T / temperature
    same = (targets[:, None] == targets[None]) & ~torch.eye(len(targets), dtype=torch.bool)
    return functional.cross_entropy(scores.masked_fill(same, -torch.inf), torch.arange(len(targets)))


def _others(hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, negatives: Tensor) -> Tensor:
    """(n, m) scores of the negatives, -inf where one is the target itself."""
    scores = hidden @ table[negatives].T + bias[negatives]
    return scores.masked_fill(negatives == targets[:, None], -torch.inf)


def _filled(rows: Tensor) -> Tensor:
    """With zeros up to a multiple of 64 rows: the processor's kernels are made for eight shapes instead of hundreds."""
    return functional.pad(rows, (0, 0, 0, -len(rows) % _FILL))


class _FullSoftmax(torch.autograd.Function):
    """The gradient of a softmax is the share less the truth: it is known as soon as the scores are."""

    @staticmethod
    def forward(ctx: FunctionCtx, hidden: Tensor, table: Tensor, bias: Tensor, targets: Tensor, precision: torch.dtype) -> Tensor:
        to_hidden, to_table, to_bias = torch.empty_like(hidden), torch.zeros_like(table), torch.zeros_like(bias)
        items, total = table.to(precision), hidden.new_zeros(())
        for start in range(0, len(hidden), _ROWS):
            rows = slice(start, start + _ROWS)
            states, right = _filled(hidden[rows]).to(precision), _filled(targets[rows, None])
            scores = (states @ items.T).float().add_(bias)
            chosen = scores.gather(1, right)
            highest = scores.amax(1, keepdim=True)
            shares = scores.sub_(highest).exp_()
            mass = shares.sum(1, keepdim=True)
            real = len(hidden[rows])
            total += (mass.log() + highest - chosen)[:real].sum()
            shares.div_(mass).scatter_add_(1, right, torch.full_like(chosen, -1))
            shares[real:] = 0
            to_bias += shares.sum(0)
            surplus = shares.to(precision)
            to_hidden[rows] = (surplus @ items)[:real].float()
            to_table += (surplus.T @ states).float()
        count = max(1, len(hidden))
        ctx.save_for_backward(to_hidden / count, to_table / count, to_bias / count)
        return total / count

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return (*(gradients[0] * part for part in ctx.saved_tensors), None, None)  # type: ignore[attr-defined]
