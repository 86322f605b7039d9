from typing import Self

import numpy as np
from numpy.typing import NDArray

class NMF:
    components_: NDArray[np.float32]
    def __init__(
        self,
        n_components: int = ...,
        *,
        init: str | None = ...,
        tol: float = ...,
        max_iter: int = ...,
        alpha_W: float = ...,  # noqa: N803
        random_state: int | None = ...,
    ) -> None: ...
    def fit(self, rows: NDArray[np.float32], /) -> Self: ...
    def transform(self, rows: NDArray[np.float32], /) -> NDArray[np.float32]: ...
