"""What training was after an epoch: tensors and JSON, so that a run broken off goes on and comes to the same numbers."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from penchant.errors import FingerprintMismatch

if TYPE_CHECKING:
    from penchant.interest.training.loop import Epoch

_FILE = "checkpoint.safetensors"


class Checkpoint:
    """The checkpoint in `folder` (None: none is kept) of a network and its optimiser."""

    def __init__(self, folder: Path | None, network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        self._path = None if folder is None else folder / _FILE
        self._network, self._optimiser = network, optimiser

    def save(self, passed: "list[Epoch]", best: dict[str, Tensor], spent: float, wanted: float) -> None:
        """Keep everything, whole or not at all."""
        if self._path is None:
            return
        tensors = {f"network/{name}": tensor for name, tensor in self._network.state_dict().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in best.items()}
        for number, state in self._optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{number}/{name}": torch.as_tensor(value) for name, value in state.items()}
        record = {"passed": passed, "spent": spent, "wanted": wanted}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(f".{os.getpid()}.part")
        try:
            own = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
            save_file(own, partial, {"record": json.dumps(record)})
            partial.replace(self._path)
        finally:
            partial.unlink(missing_ok=True)

    def load(self, wanted: float) -> "tuple[list[Epoch], dict[str, Tensor], float, float]":
        """Where to go on: the epochs passed, the best parameters, seconds spent, epochs wanted. Without a checkpoint: the start.

        Raises:
            FingerprintMismatch: for a checkpoint of a network of another shape.
        """
        from penchant.interest.training.loop import Epoch

        if self._path is None or not self._path.is_file():
            return [], {name: tensor.clone() for name, tensor in self._network.state_dict().items()}, 0.0, wanted
        with safe_open(self._path, framework="pt") as file:
            record = json.loads(file.metadata()["record"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "optimiser": {}}
        for name, tensor in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = tensor
        shapes = {name: tensor.shape for name, tensor in self._network.state_dict().items()}
        if {name: tensor.shape for name, tensor in parts["network"].items()} != shapes:
            raise FingerprintMismatch(f"{self._path} is of a network of another shape; delete it, or train in another folder")
        self._network.load_state_dict(parts["network"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimiser"].items():
            number, _, rest = name.partition("/")
            state.setdefault(int(number), {})[rest] = tensor
        self._optimiser.load_state_dict({"state": state, "param_groups": self._optimiser.state_dict()["param_groups"]})
        return [Epoch(*epoch) for epoch in record["passed"]], parts["best"], record["spent"], record["wanted"]
