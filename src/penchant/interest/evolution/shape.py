"""The sizes of the recurrence, and how a state lies in memory."""

import msgspec
import numpy as np

from penchant.errors import InvalidInput
from penchant.types import DAY, F64

LONGEST_STATE = 8192  # numbers a user's state may take: 32 KB in float32
FORGOTTEN = -20.0  # log of the least that a step keeps: less is nothing, and sums of larger logs would lose digits that matter
_SHORTEST, _LONGEST = 600.0, 730 * DAY  # seconds that the heads' half-lives span before anything is learned


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes of the recurrence. `dim` is split among `heads`, each with its own pace of forgetting.

    Raises:
        InvalidInput: when heads do not divide the dimensions, or a user's state would take more than 32 KB.
    """

    dim: int = 64
    heads: int = 4
    layers: int = 2

    def __post_init__(self) -> None:
        if min(self.dim, self.heads, self.layers) < 1 or self.dim % self.heads:
            raise InvalidInput(f"dim must be a multiple of heads, and all of them positive, got {self}")
        if self.size > LONGEST_STATE:
            raise InvalidInput(f"{self} takes {self.size * 4:,} bytes a user; use more heads, fewer layers or dimensions")

    @property
    def head(self) -> int:
        """Dimensions of one head."""
        return self.dim // self.heads

    @property
    def layer_size(self) -> int:
        """Numbers a layer keeps: the input before, and per head the sum of decays and a matrix."""
        return self.dim + self.heads + self.heads * self.head**2

    @property
    def size(self) -> int:
        """Numbers a user's state takes: every layer's, and what the last one is asked with: query, gate and residual."""
        return self.layers * self.layer_size + 3 * self.dim

    def half_lives(self) -> F64:
        """(heads,) seconds, from ten minutes to two years: where learning starts."""
        return np.geomspace(_SHORTEST, _LONGEST, self.heads)
