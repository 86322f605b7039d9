"""The recurrence over whole histories at once, as it is trained; `Cell` is the same function, one event at a time.

Gated linear attention with real elapsed time in its decay: S(t) = exp(-rate dt - step) f(x) S(t-) + k v'. Within blocks of events
it is a product with a decay mask, between blocks a state is handed on (the chunkwise form of Yang et al. 2024, "Gated linear
attention transformers with hardware-efficient training", section 4), so that cost grows linearly with the length of a history.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from penchant.interest.evolution.cell import Parameters
from penchant.interest.evolution.moments import MOMENT
from penchant.interest.evolution.shape import FORGOTTEN, Shape
from penchant.interest.training.parameters import Network, named, resume
from penchant.interest.training.windows import Batch
from penchant.types import F32, Bool

_BLOCK = 32  # events that meet one another through a mask; further back is read from the state
_WORDS = 128  # dimensions of text that are kept, whitened
_SMALL = 0.02  # deviation of what is learned from nothing


class Evolution(Network):
    """A model of what comes next, by dot product with `table`.

    `vectors` (items, text dimensions) give every item its text part. `time`, `gate` and `text` False take those parts out: they
    are there to be measured.
    """

    mean: Tensor
    whiten: Tensor
    said: Tensor
    closed: Tensor

    def __init__(
        self,
        shape: Shape,
        vectors: F32,
        actions: int,
        *,
        dropout: float = 0.2,
        id_dropout: float = 0.0,
        precision: torch.dtype = torch.bfloat16,
        time: bool = True,
        gate: bool = True,
        text: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        torch.manual_seed(seed)
        d = shape.dim
        self.shape, self.id_dropout, self.time, self.text = shape, id_dropout, time, text
        mean, whiten = whitening(vectors)
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("whiten", torch.from_numpy(whiten))
        self.register_buffer("said", torch.from_numpy((vectors - mean) @ whiten), persistent=False)
        self._vectors = vectors
        self.items = nn.Parameter(torch.randn(len(vectors), d) * _SMALL)
        self.words = nn.Parameter(torch.randn(whiten.shape[1], d) * _SMALL * text)
        self.offset = nn.Parameter(torch.zeros(len(vectors)))
        self.register_buffer("closed", torch.zeros(len(vectors)), persistent=False)
        self.actions = nn.Parameter(torch.randn(actions + 1, d) * _SMALL)  # the first for those that come later
        self.weight = nn.Parameter(torch.zeros(d))
        self.told = nn.Parameter(torch.randn(MOMENT, d) * _SMALL * time)
        self.asked = nn.Parameter(torch.randn(MOMENT, d) * _SMALL * time)
        self.layers = nn.ModuleList(Layer(shape, dropout, precision, time=time, gate=gate) for _ in range(shape.layers))
        self.head = _Wide(d, precision)
        self.final = nn.LayerNorm(d)
        self.dropout = nn.Dropout(dropout)

    def table(self) -> Tensor:
        """(items, D) every item's embedding; while training, a share of them without their id part, so that text learns to do."""
        own: Tensor = self.items
        if self.training and self.id_dropout:
            own = own * (torch.rand(len(own), 1) >= self.id_dropout)
        return own + self.said @ self.words if self.text else own

    def forward(self, batch: Batch) -> Tensor:
        """(users, events, D): what each state says to the moment of the event that follows it."""
        table = functional.pad(self.table(), (0, 0, 0, 1))  # item -1 is the row of zeros at the end
        x = table[batch.items] * math.sqrt(self.shape.dim)
        x = x + self.actions[batch.actions + 1] + batch.weights[..., None] * self.weight
        if self.time:
            x = x + batch.told @ self.told
        x = self.dropout(x)
        for number, layer in enumerate(self.layers):
            x = layer(x, batch.gaps, batch.ahead if number == self.shape.layers - 1 else None)
        asked = x + batch.asked @ self.asked if self.time else x
        state: Tensor = self.final(x + self.dropout(self.head(asked)))
        return state

    def begin(self, embeddings: F32) -> None:
        """Start the id parts of items at `embeddings` (items, D)."""
        self.items.data += torch.from_numpy(embeddings)

    def resume(self, parameters: Parameters) -> None:
        """Go on from `parameters` of a smaller catalog: what is new there starts from its text."""
        resume(self, parameters, ("items", "actions", "offset"))
        self.said = torch.from_numpy((self._vectors - self.mean.numpy()) @ self.whiten.numpy())

    def close(self, items: Bool) -> None:
        """Take the items of a mask (items,) out of what is learned: nobody had them, and that says nothing against them."""
        shut = torch.from_numpy(items)
        self.items.data[shut] = 0
        self.closed = torch.where(shut, -torch.inf, 0.0)

    @property
    def bias(self) -> Tensor:
        """(items,) what is added to every state's scores, -inf for closed items."""
        return self.offset + self.closed

    def parameters_by_name(self) -> Parameters:
        """What `Cell` is made from; closed items are offered like the average one."""
        return named(self, self.closed, "offset")


class Layer(nn.Module):
    """Token shift, a gated recurrence with H paces, and a feed-forward part, each added to its input."""

    def __init__(self, shape: Shape, dropout: float, precision: torch.dtype, *, time: bool, gate: bool) -> None:
        super().__init__()
        d, h = shape.dim, shape.heads
        self.heads, self.head = h, shape.head
        self.norm, self.read = nn.LayerNorm(d), nn.LayerNorm(d)
        self.shift = nn.Parameter(torch.full((d,), 0.3))
        self.qkvg = Dense(d, 4 * d, precision, bias=False)
        self.gate = nn.Parameter(torch.zeros(d))
        self.forget = nn.Linear(d, h)
        nn.init.zeros_(self.forget.weight)
        nn.init.constant_(self.forget.bias, 4.0 if gate else 80.0)  # nearly nothing is forgotten at first
        self.forget.requires_grad_(gate)
        rate = np.log(np.log(2) / shape.half_lives()) if time else np.full(h, -np.inf)
        self.log_rate = nn.Parameter(torch.tensor(rate, dtype=torch.float32), requires_grad=time)
        self.log_step = nn.Parameter(torch.linspace(-1, -5, h))
        self.out = Dense(d, d, precision)
        self.wide = _Wide(d, precision)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, gaps: Tensor, ahead: Tensor | None) -> Tensor:
        """(users, events, D); `ahead` (users, events), seconds to the next event, fades what is read until then."""
        normed = self.norm(x)
        mixed = normed + self.shift * functional.pad(normed, (0, 0, 1, 0))[:, :-1]
        query, key, value, gate = self.qkvg(mixed).chunk(4, dim=-1)
        rate = self.log_rate.exp()
        decay = -rate * gaps[..., None] - self.log_step.exp() + functional.logsigmoid(self.forget(mixed))
        decay = decay.clamp(min=FORGOTTEN)
        query, key, value = (part.reshape(*x.shape[:-1], self.heads, self.head) for part in (query, key, value))
        read, decays = recur(query, key, value, decay)
        if ahead is not None:
            fade = (-rate * ahead[..., None]).exp()
            read, decays = read * fade[..., None], decays * fade
        read = (read / decays.clamp(min=1)[..., None]).flatten(-2)
        x = x + self.dropout(self.out(self.read(read) * functional.silu(gate + self.gate)))
        told: Tensor = x + self.dropout(self.wide(x))
        return told


def recur(query: Tensor, key: Tensor, value: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    """The reads q_t S_t / sqrt(n) (users, events, H, n) of S_t = exp(decay_t) S_(t-1) + k_t v_t', and the sums of decays that
    normalise them (users, events, H); q, k, v are (users, events, H, n), `decay` (users, events, H) at most 0."""
    events, n = query.shape[1], query.shape[3]
    blocks = -(-events // _BLOCK)
    spare = blocks * _BLOCK - events
    query, key, value = (
        functional.pad(part, (0, 0, 0, 0, 0, spare)).reshape(-1, blocks, _BLOCK, *part.shape[2:]).permute(0, 3, 1, 2, 4)
        for part in (query * n**-0.5, key, value)
    )  # (users, H, blocks, _BLOCK, n)
    level = functional.pad(decay, (0, 0, 0, spare)).reshape(-1, blocks, _BLOCK, decay.shape[2]).permute(0, 3, 1, 2).cumsum(-1)
    mask = (level[..., :, None] - level[..., None, :]).clamp(max=0).exp() * torch.ones(_BLOCK, _BLOCK).tril()
    read, decays = ((query @ key.transpose(-1, -2)) * mask) @ value, mask.sum(-1)
    if blocks > 1:
        rest = (level[..., -1:] - level).exp()
        sums, counts, whole = (key * rest[..., None]).transpose(-1, -2) @ value, rest.sum(-1), level[..., -1].exp()
        state, count = torch.zeros_like(sums[:, :, 0]), torch.zeros_like(counts[:, :, 0])
        states, totals = [state], [count]
        for block in range(blocks - 1):
            state = whole[:, :, block, None, None] * state + sums[:, :, block]
            count = whole[:, :, block] * count + counts[:, :, block]
            states.append(state)
            totals.append(count)
        faded = level.exp()
        read = read + (query * faded[..., None]) @ torch.stack(states, 2)
        decays = decays + faded * torch.stack(totals, 2)[..., None]
    read = read.permute(0, 2, 3, 1, 4).flatten(1, 2)[:, :events]
    return read, decays.permute(0, 2, 3, 1).flatten(1, 2)[:, :events]


class Dense(nn.Linear):
    """A linear map that multiplies in `precision` while training, and in float32 when it is asked."""

    def __init__(self, before: int, after: int, precision: torch.dtype, *, bias: bool = True) -> None:
        super().__init__(before, after, bias=bias)
        self.precision = precision

    def forward(self, x: Tensor) -> Tensor:
        """(..., after) of (..., before)."""
        if not self.training or self.precision == torch.float32:
            return functional.linear(x, self.weight, self.bias)
        bias = None if self.bias is None else self.bias.to(self.precision)
        return functional.linear(x.to(self.precision), self.weight.to(self.precision), bias).float()


class _Wide(nn.Module):
    """Norm, four times as wide, SiLU, and back."""

    def __init__(self, d: int, precision: torch.dtype) -> None:
        super().__init__()
        self.norm, self.wide, self.narrow = nn.LayerNorm(d), Dense(d, 4 * d, precision), Dense(4 * d, d, precision)

    def forward(self, x: Tensor) -> Tensor:
        told: Tensor = self.narrow(functional.silu(self.wide(self.norm(x))))
        return told


def whitening(vectors: F32) -> tuple[F32, F32]:
    """The mean (D,) of `vectors` and the matrix (D, up to 128) that brings them to unit variance over their main directions,
    then to unit length on average.

    Whitened text helped what is learned from it, and ruins search (docs/encoders.md).
    """
    mean = vectors.mean(axis=0)
    spread, directions = np.linalg.eigh(np.cov((vectors - mean).T.astype(np.float64), bias=True) + 1e-12 * np.eye(len(mean)))
    kept = np.flatnonzero(spread > 1e-6)[::-1][:_WORDS]
    matrix = directions[:, kept] / np.sqrt(spread[kept] * max(1, len(kept)))
    return mean.astype(np.float32), matrix.astype(np.float32)
