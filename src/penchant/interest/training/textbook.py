"""The networks of the textbooks, to be measured beside the recurrence: GRU, LSTM and SASRec.

They read a window of items anew for every request. What they are in the literature is what they are here: no time, no actions
or weights, and no text unless it is asked for, except in the oldest form of all, which predicts the next item's text vector.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from penchant.config import Training
from penchant.interest.evolution import Parameters
from penchant.interest.evolution.network import whitening
from penchant.interest.sources.sequence import Kind
from penchant.interest.training.parameters import Network, named, resume
from penchant.interest.training.windows import Batch
from penchant.types import F32, Bool

_SMALL = 0.02  # deviation of what is learned from nothing


class Textbook(Network):
    """A model of what comes next, by dot product with `table`: `items` go into a `body`, what comes out is compared with them."""

    closed: Tensor

    def __init__(self, items: "Learned | Given", body: "Recurrent | SelfAttention", dropout: float) -> None:
        super().__init__()
        self.items, self.body, self.dropout = items, body, nn.Dropout(dropout)
        self.register_buffer("closed", torch.zeros(len(items.offset)), persistent=False)

    def table(self) -> Tensor:
        """(items, D) what states are compared with."""
        return self.items.table()

    @property
    def bias(self) -> Tensor:
        """(items,) what is added to every state's scores, -inf for closed items."""
        return self.items.offset + self.closed

    def forward(self, batch: Batch) -> Tensor:
        """(users, events, D): what each state says of the event that follows it."""
        return self.states(batch.items)

    def states(self, items: Tensor) -> Tensor:
        """The same for windows of items (users, events), oldest first, -1 after their end."""
        state: Tensor = self.items.answer(self.body(self.dropout(self.items.embed(items)), items))
        return state

    def close(self, items: Bool) -> None:
        """Take the items of a mask (items,) out of what is learned: nobody had them, and that says nothing against them."""
        shut = torch.from_numpy(items)
        self.items.clear(shut)
        self.closed = torch.where(shut, -torch.inf, 0.0)

    def resume(self, parameters: Parameters) -> None:
        """Go on from `parameters` of a smaller catalog: what is new there starts from zeros and its text, if that is read."""
        resume(self, parameters, ("items.own", "items.offset"))
        self.items.reread()

    def parameters_by_name(self) -> Parameters:
        """What a network is restored from; closed items are offered like the average one."""
        return named(self, self.closed, "items.offset")


class Learned(nn.Module):
    """Items as embeddings that are learned, the same where they go in and where they are compared.

    With `text` their whitened text vectors are added, as the recurrence does.
    """

    mean: Tensor
    whiten: Tensor
    said: Tensor

    def __init__(self, vectors: F32, dim: int, *, text: bool = False) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.randn(len(vectors), dim) * _SMALL)
        self.offset = nn.Parameter(torch.zeros(len(vectors)))
        self.text, self._vectors = text, vectors
        if text:
            mean, whiten = whitening(vectors)
            self.register_buffer("mean", torch.from_numpy(mean))
            self.register_buffer("whiten", torch.from_numpy(whiten))
            self.words = nn.Parameter(torch.randn(whiten.shape[1], dim) * _SMALL)
            self.register_buffer("said", torch.empty(0), persistent=False)
            self.reread()

    def table(self) -> Tensor:
        """(items, dim)."""
        return self.own + self.said @ self.words if self.text else self.own

    def embed(self, items: Tensor) -> Tensor:
        """(..., dim) of items by number (...), zeros for -1."""
        return functional.pad(self.table(), (0, 0, 0, 1))[items] * math.sqrt(self.own.shape[1])

    def answer(self, states: Tensor) -> Tensor:
        """What is compared with the table: the states themselves."""
        return states

    def clear(self, items: Tensor) -> None:
        """Leave the items of a mask (items,) nothing of their own."""
        self.own.data[items] = 0

    def reread(self) -> None:
        """Whiten the text anew, as `mean` and `whiten` have it."""
        if self.text:
            self.said = torch.from_numpy((self._vectors - self.mean.numpy()) @ self.whiten.numpy())


class Given(nn.Module):
    """Items as the text vectors they have, which stay as they are: what is learned is the way into the body and out of it.

    Under mean squared error this is the classical prediction of the "next interest vector".
    """

    vectors: Tensor
    offset: Tensor

    def __init__(self, vectors: F32, dim: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.tensor(vectors), persistent=False)
        self.register_buffer("offset", torch.zeros(len(vectors)), persistent=False)
        self.inward, self.outward = nn.Linear(vectors.shape[1], dim), nn.Linear(dim, vectors.shape[1])

    def table(self) -> Tensor:
        """(items, text dimensions)."""
        return self.vectors

    def embed(self, items: Tensor) -> Tensor:
        """(..., dim) of items by number (...)."""
        vectors: Tensor = self.inward(functional.pad(self.vectors, (0, 0, 0, 1))[items])
        return vectors

    def answer(self, states: Tensor) -> Tensor:
        """What is compared with the table: a vector of its dimensions."""
        vectors: Tensor = self.outward(states)
        return vectors

    def clear(self, items: Tensor) -> None:
        """Nothing: items have nothing of their own."""

    def reread(self) -> None:
        """Nothing: vectors are read as they are."""


class Recurrent(nn.Module):
    """One layer of gates or more over the items in order.

    Hidasi et al. 2016, "Session-based recommendations with recurrent neural networks" (GRU4Rec), section 3.1; LSTM is Hochreiter
    and Schmidhuber 1997.
    """

    def __init__(self, cell: type[nn.GRU] | type[nn.LSTM], dim: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.cell = cell(dim, dim, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, items: Tensor) -> Tensor:
        """(users, events, dim)."""
        state: Tensor = self.dropout(self.cell(x)[0])
        return state


class SelfAttention(nn.Module):
    """SASRec: every item looks at those before it.

    Kang and McAuley 2018, "Self-attentive sequential recommendation", section 3: learned positions, a causal mask, norms before
    attention and before a feed-forward part of the same width, both added to their input, and a norm at the end. Positions are
    counted from the window's end, as in the paper, which fills windows up at the front: NDCG@10 on ml-100k, leave-one-out, is
    0.106 then, and 0.100 counted from the start (one standard error: 0.007).
    """

    def __init__(self, dim: int, heads: int, layers: int, window: int, dropout: float) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(window, dim) * _SMALL)
        self.blocks = nn.ModuleList(_Block(dim, heads, dropout) for _ in range(layers))
        self.final = nn.LayerNorm(dim)

    def forward(self, x: Tensor, items: Tensor) -> Tensor:
        """(users, events, dim), as many events as there are places at most."""
        last = len(self.places) - 1
        back = (items >= 0).sum(1, keepdim=True) - 1 - torch.arange(x.shape[1])  # less than 0 where windows are filled up
        x = x + self.places[last - back.clamp(min=0)]
        for block in self.blocks:
            x = block(x)
        state: Tensor = self.final(x)
        return state


class _Block(nn.Module):
    """Attention to what came before, and two dense maps."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.share = heads, dropout
        self.before, self.between = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.first, self.second = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        users, events, dim = x.shape
        split = self.qkv(self.before(x)).reshape(users, events, 3, self.heads, dim // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (users, heads, events, dim of a head)
        share = self.share if self.training else 0.0
        read = functional.scaled_dot_product_attention(query, key, value, dropout_p=share, is_causal=True)
        x = x + self.dropout(self.out(read.transpose(1, 2).reshape(users, events, dim)))
        told: Tensor = x + self.dropout(self.second(self.dropout(functional.relu(self.first(self.between(x))))))
        return told


def textbook(kind: Kind, vectors: F32, settings: Training, *, text: bool = False, seed: int = 0) -> Textbook:
    """The network of that kind over items with `vectors` (items, text dimensions).

    Under the loss "mse" it predicts text vectors, under all others it learns embeddings of `settings.dim`.
    """
    torch.manual_seed(seed)
    dim, dropout, layers = settings.dim, settings.dropout, settings.layers
    items = Given(vectors, dim) if settings.loss == "mse" else Learned(vectors, dim, text=text)
    body: Recurrent | SelfAttention
    if kind == "sasrec":
        body = SelfAttention(dim, settings.heads, layers, settings.window, dropout)
    else:
        body = Recurrent({"gru": nn.GRU, "lstm": nn.LSTM}[kind], dim, layers, dropout)
    return Textbook(items, body, dropout)
