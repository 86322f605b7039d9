"""What the loop trains; what it has learned, as named arrays, and how a later one goes on from it."""

from collections.abc import Container
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn

from penchant.interest.evolution import Parameters


class Network(nn.Module):
    """A model of what comes next: called with a batch it gives states (B, T, D), to be compared with `table`."""

    @property
    def bias(self) -> Tensor:
        """(items,) what is added to every state's scores, -inf for items that are not offered."""
        raise NotImplementedError

    def table(self) -> Tensor:
        """(items, D) what states are compared with."""
        raise NotImplementedError


def resume(network: nn.Module, parameters: Parameters, growing: Container[str]) -> None:
    """Give `network` the `parameters` of an earlier one, made with fewer items or actions.

    The rows of those `growing` that are new are zeros, those of an offset its mean. All others take the shape they had: text is
    whitened as it was.
    """
    for name, tensor in chain(network.named_parameters(), network.named_buffers()):
        if name in parameters:
            known = torch.from_numpy(parameters[name].copy())
            if name in growing:
                more = known.mean() if name.endswith("offset") else known.new_zeros(())
                known = torch.cat([known, more.expand(len(tensor) - len(known), *known.shape[1:])])
            tensor.data = known


def named(network: nn.Module, closed: Tensor, offset: str) -> Parameters:
    """The parameters of `network` by name; items that are `closed` (items,), -inf, have the mean `offset` of the others."""
    found = {name: np.array(tensor.numpy()) for name, tensor in network.state_dict().items()}
    shut = ~np.isfinite(closed.numpy())
    if offset in found and not shut.all():
        found[offset][shut] = found[offset][~shut].mean()
    return found
