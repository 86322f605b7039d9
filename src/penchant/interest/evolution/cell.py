"""The recurrence as it is served: an event updates a user's state in constant time, and the state can be asked at any later time.

Numpy alone; `network` is the same function over whole histories, for training, and the tests hold the two together.
"""

from typing import NamedTuple

import numpy as np

from penchant.interest.evolution.moments import moments
from penchant.interest.evolution.shape import FORGOTTEN, Shape
from penchant.types import F32, F64, I64, Events

Parameters = dict[str, F32]  # by the names that `network` gives them

_EPSILON = 1e-5


class Layer(NamedTuple):
    """The parameters of one layer; D dimensions, H heads, matrices as (in, out)."""

    norm: tuple[F32, F32]
    shift: F32  # (D,) how much of the event before is mixed in
    qkvg: F32  # (D, 4 D) query, key, value and gate
    gate: F32  # (D,) bias of the gate
    forget: F32  # (D, H)
    keep: F32  # (H,) bias of the forget gate
    rate: F32  # (H,) 1 / s
    step: F32  # (H,) forgetting per event, whatever its time
    read: tuple[F32, F32]
    out: tuple[F32, F32]
    before: tuple[F32, F32]  # the norm before the feed-forward part
    wide: tuple[F32, F32]
    narrow: tuple[F32, F32]


class Cell:
    """The recurrence with learned `parameters`."""

    def __init__(self, shape: Shape, parameters: Parameters) -> None:
        self.shape, self.parameters = shape, parameters
        self.layers = [_layer(parameters, f"layers.{number}.") for number in range(shape.layers)]
        self.fitted = len(parameters["items"])
        self.actions = len(parameters["actions"])
        self._words = parameters["whiten"] @ parameters["words"]  # (text dimensions, D)
        self._head = [_dense(parameters, f"head.{name}") for name in ("wide", "narrow")]
        self._norms = {name: _norm(parameters, name) for name in ("head.norm", "final")}

    @property
    def size(self) -> int:
        """Numbers in a user's state."""
        return self.shape.size

    def embed(self, items: I64, vectors: F32) -> F32:
        """(n, D) of items by number, -1 for none; `vectors` (items, text dimensions) are the catalog's.

        An item has an id part, learned from what people did with it, and a text part; one never trained on has the second alone.
        """
        said = _product(vectors[items] - self.parameters["mean"], self._words)
        known = (items >= 0) & (items < self.fitted)
        said[known] += self.parameters["items"][items[known]]
        said[items < 0] = 0
        return said

    def update(self, memory: F32, events: Events, gap: F64, vectors: F32) -> F32:
        """The states (R, size) of R users after one event each, `gap` seconds (R,) after the one before (inf: the first)."""
        x = self._input(events, gap, vectors)
        since = np.where(np.isfinite(gap), gap, 0).astype(np.float32)
        after = np.empty_like(memory)
        for number, layer in enumerate(self.layers):
            place = number * self.shape.layer_size
            last = number == self.shape.layers - 1
            x = self._advance(layer, memory, after, place, x, since, last=last)
        return after

    def read(self, memory: F32, at: F64, away: F64) -> F32:
        """(R, D) the query vectors of states `away` seconds after their last event, at `at`: what comes next, by dot product.

        Letting time pass is forecasting: each head of the last layer fades at its own pace.
        """
        shape, layer = self.shape, self.layers[-1]
        d, h, n = shape.dim, shape.heads, shape.head
        start = (shape.layers - 1) * shape.layer_size
        decays = memory[:, start + d : start + d + h]
        sums = memory[:, start + d + h : start + shape.layer_size].reshape(-1, h, n, n)
        query, gate, x = (memory[:, shape.size - part * d : shape.size - (part - 1) * d or None] for part in (3, 2, 1))
        fade = np.exp(-layer.rate * np.where(np.isfinite(away), away, 0)[:, None]).astype(np.float32)
        x = self._output(layer, x, query, gate, sums, decays, fade)
        asked = x + _product(moments(away, at), self.parameters["asked"])
        x = x + _silu_pair(_normalise(asked, *self._norms["head.norm"]), *self._head)
        return _normalise(x, *self._norms["final"])

    def _input(self, events: Events, gap: F64, vectors: F32) -> F32:
        parameters = self.parameters
        action = np.where(events.action + 1 < self.actions, events.action + 1, 0)
        x = self.embed(events.item, vectors) * np.float32(np.sqrt(self.shape.dim))
        x += parameters["actions"][action] + events.weight[:, None] * parameters["weight"]
        return np.asarray(x + _product(moments(gap, events.time), parameters["told"]), np.float32)

    def _advance(self, layer: Layer, memory: F32, after: F32, place: int, x: F32, since: F32, *, last: bool) -> F32:
        """One layer takes in one event: its part of `after` is written, and what it says to the next layer is given."""
        shape = self.shape
        d, h, n = shape.dim, shape.heads, shape.head
        normed = _normalise(x, *layer.norm)
        mixed = normed + layer.shift * memory[:, place : place + d]
        query, key, value, gate = np.split(_product(mixed, layer.qkvg), 4, axis=1)
        gate = gate + layer.gate
        forget = _product(mixed, layer.forget) + layer.keep
        decay = np.exp(np.maximum(-layer.rate * since[:, None] - layer.step + _log_sigmoid(forget), FORGOTTEN))  # (R, H)
        decays = memory[:, place + d : place + d + h] * decay + np.float32(1)
        sums = memory[:, place + d + h : place + shape.layer_size].reshape(-1, h, n, n) * decay[:, :, None, None]
        sums += key.reshape(-1, h, n, 1) * value.reshape(-1, h, 1, n)
        after[:, place : place + d] = normed
        after[:, place + d : place + d + h] = decays
        after[:, place + d + h : place + shape.layer_size] = sums.reshape(len(x), -1)
        if last:  # asked when somebody asks: by then time has passed
            after[:, -3 * d : -2 * d], after[:, -2 * d : -d], after[:, -d:] = query, gate, x
            return x
        return self._output(layer, x, query, gate, sums, decays, np.ones_like(decays))

    def _output(self, layer: Layer, x: F32, query: F32, gate: F32, sums: F32, decays: F32, fade: F32) -> F32:
        """What a layer adds to its input: the query's match with the faded sums, gated, and the feed-forward part."""
        h, n = self.shape.heads, self.shape.head
        read = (query.reshape(-1, h, 1, n) @ sums)[:, :, 0] * (fade * np.float32(n**-0.5))[:, :, None]
        read /= np.maximum(fade * decays, 1)[:, :, None]
        said = _normalise(read.reshape(len(x), -1), *layer.read) * _silu(gate)
        x = x + _product(said, layer.out[0]) + layer.out[1]
        return x + _silu_pair(_normalise(x, *layer.before), layer.wide, layer.narrow)


def _product(x: F32, matrix: F32) -> F32:
    """x @ matrix, a row at a time: a row's bits do not depend on its company, and one event costs no more than one."""
    return np.asarray((x[:, None] @ matrix)[:, 0], np.float32)


def _normalise(x: F32, scale: F32, shift: F32) -> F32:
    """Zero mean and unit deviation along the last axis, then scaled and shifted (Ba et al. 2016)."""
    x = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(_EPSILON)) * scale + shift, np.float32)


def _silu(x: F32) -> F32:
    return np.asarray(x / (1 + np.exp(-np.maximum(x, -80))), np.float32)


def _log_sigmoid(x: F32) -> F32:
    return np.asarray(-np.logaddexp(0, -x), np.float32)


def _silu_pair(x: F32, wide: tuple[F32, F32], narrow: tuple[F32, F32]) -> F32:
    return _product(_silu(_product(x, wide[0]) + wide[1]), narrow[0]) + narrow[1]


def _norm(parameters: Parameters, name: str) -> tuple[F32, F32]:
    return parameters[f"{name}.weight"], parameters[f"{name}.bias"]


def _dense(parameters: Parameters, name: str) -> tuple[F32, F32]:
    return np.ascontiguousarray(parameters[f"{name}.weight"].T), parameters[f"{name}.bias"]


def _layer(parameters: Parameters, prefix: str) -> Layer:
    own = {name.removeprefix(prefix): array for name, array in parameters.items() if name.startswith(prefix)}
    return Layer(
        norm=_norm(own, "norm"),
        shift=own["shift"],
        qkvg=np.ascontiguousarray(own["qkvg.weight"].T),
        gate=own["gate"],
        forget=np.ascontiguousarray(own["forget.weight"].T),
        keep=own["forget.bias"],
        rate=np.exp(own["log_rate"]),
        step=np.exp(own["log_step"]),
        read=_norm(own, "read"),
        out=_dense(own, "out"),
        before=_norm(own, "wide.norm"),
        wide=_dense(own, "wide.wide"),
        narrow=_dense(own, "wide.narrow"),
    )
