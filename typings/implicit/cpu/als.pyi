import numpy as np
from numpy.typing import NDArray
from scipy import sparse

class AlternatingLeastSquares:
    item_factors: NDArray[np.float32]
    user_factors: NDArray[np.float32]
    def __init__(
        self,
        factors: int = ...,
        regularization: float = ...,
        alpha: float = ...,
        *,
        iterations: int = ...,
        num_threads: int = ...,
        random_state: int | None = ...,
    ) -> None: ...
    def fit(self, user_items: sparse.csr_matrix[np.float32], show_progress: bool = ...) -> None: ...
    def recalculate_user(self, userid: NDArray[np.int64], user_items: sparse.csr_matrix[np.float32]) -> NDArray[np.float32]: ...
