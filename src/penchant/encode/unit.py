"""Rows of length one, which is what every encoder gives."""

import numpy as np

from penchant.errors import AssetError
from penchant.types import F32

_NOTHING = 1e-6  # a row shorter than this has no direction left to keep


def unit_rows(rows: F32) -> F32:
    """`rows` (n, dim) scaled to length one; a row without direction becomes the first axis, so that every text has a vector.

    >>> unit_rows(np.array([[3, 4], [0, 0]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [1.0, 0.0]]
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: F32 = (rows / np.maximum(lengths, _NOTHING)).astype(np.float32)
    scaled[lengths[:, 0] <= _NOTHING] = np.eye(1, rows.shape[1])
    return scaled


def checked(rows: F32, count: int, dim: int, source: str) -> F32:
    """`rows` as they came from `source`, once they are known to be `count` finite rows of `dim` numbers.

    Raises:
        AssetError: saying what was got instead.
    """
    if rows.shape != (count, dim):
        raise AssetError(
            f"{source} gave vectors of shape {rows.shape} for {count} texts, expected {(count, dim)}; is it another model?"
        )
    if not np.isfinite(rows).all():
        raise AssetError(f"{source} gave NaN or infinity in {int((~np.isfinite(rows)).any(axis=1).sum())} of {count} vectors")
    return rows
