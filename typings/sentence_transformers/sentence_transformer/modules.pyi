from collections.abc import Sequence

class BoW:
    def __init__(self, vocab: Sequence[str]) -> None: ...
