"""What a source would say of an item nobody had, guessed from what the sources say that read its text."""

from collections.abc import Sequence

import numpy as np

from penchant.interest.sources import Adapted, Again, Content, Source
from penchant.types import F32, Bool

_RIDGE = 1e-3  # of a part's variance
_SIGHTED = (Adapted, Again, Content)  # judge every item by its text and the person's own past, and so no worse where it is new


def guesses(parts: F32, sources: Sequence[Source], blind: Bool) -> F32:
    """(S, S) by how much each source's parts go with those of the sources that see everything: ridge regression without offset,
    over the items all can judge.

    `parts` (S, R, items) are standardised, `blind` (S, items). Rows of sources that see everything are zero, as are columns of
    those that do not. A source that text says little about gets guesses near 0, the average item, which is what it got before.

    The evolution model is not among those that guess: of known items it knows more than their text, and would be trusted too much
    with new ones.
    """
    found = np.zeros((len(sources), len(sources)), np.float32)
    seeing = np.array([isinstance(source, _SIGHTED) for source in sources], bool)
    known = ~blind.any(axis=0)
    if not seeing.any() or not known.any() or not parts.shape[1]:
        return found
    some = parts[:, :, known].reshape(len(sources), -1)
    products = (some @ some.T).astype(np.float64) / some.shape[1]
    ridge = _RIDGE * np.eye(int(seeing.sum()))
    weights = np.linalg.solve(products[np.ix_(seeing, seeing)] + ridge, products[np.ix_(seeing, ~seeing)])
    found[np.ix_(~seeing, seeing)] = weights.T
    return found


def guessed(parts: F32, blind: Bool, weights: F32) -> F32:
    """`parts` (S, R, items) with a guess, by the `weights` of `guesses`, wherever a source is `blind` (S, items); in place."""
    for row in np.flatnonzero(blind.any(axis=1)).tolist():
        columns, told = np.flatnonzero(blind[row]), np.flatnonzero(weights[row])
        parts[row][:, columns] = np.einsum("s,sri->ri", weights[row, told], parts[told][:, :, columns]) if len(told) else 0
    return parts
