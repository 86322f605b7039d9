"""What a source would say of an item nobody had, guessed from what the sources say that read its text."""

from collections.abc import Sequence

import numpy as np

from penchant.interest.sources import Adapted, Again, Content, Popularity, Source
from penchant.types import F32, Bool

_RIDGE = 1e-3  # of a part's variance
_FEW = 0.25  # of the items known, those that fewest had: what a new one is taken to be like
_SIGHTED = (Adapted, Again, Content)  # judge every item by its text and the person's own past, and so no worse where it is new


def imputation(parts: F32, sources: Sequence[Source], blind: Bool) -> F32:
    """(S, S + 1) what each source's parts are to be guessed by: weights of the sources that see everything, from a ridge
    regression on their parts over `least` known items, and last what is to be added.

    `parts` (S, R, items) are standardised, `blind` (S, items). Rows of sources that see everything are zero, as are columns of
    those that do not. A source that text says little about gets guesses near what it says on average of items that few had: that
    of a new item is what it would say of one that is known by a few already, and no more (docs/ranking.md).

    The evolution model is not among those that guess: of known items it knows more than their text, and would be trusted too much
    with new ones.
    """
    found = np.zeros((len(sources), len(sources) + 1), np.float32)
    seeing = np.array([isinstance(source, _SIGHTED) for source in sources], bool)
    few = least(sources, np.asarray(~blind.any(axis=0), bool))
    if not few.any() or not parts.shape[1]:
        return found
    some = parts[:, :, few].reshape(len(sources), -1).astype(np.float64)
    means = some.mean(axis=1)
    some -= means[:, None]
    products = some @ some.T / some.shape[1]
    ridge = _RIDGE * np.eye(int(seeing.sum()))
    weights = np.linalg.solve(products[np.ix_(seeing, seeing)] + ridge, products[np.ix_(seeing, ~seeing)])
    found[np.ix_(~seeing, np.append(seeing, False))] = weights.T
    found[~seeing, -1] = means[~seeing] - weights.T @ means[seeing]
    return found


def least(sources: Sequence[Source], known: Bool) -> Bool:
    """(items,) a quarter of the `known` items (items,), those with fewest events by the longest count among the sources, and what
    has no more than they have; all that are known where nothing counts.

    >>> [int(few) for few in least([], np.array([True, False, True]))]
    [1, 0, 1]
    """
    counts = [source for source in sources if isinstance(source, Popularity)]
    if not counts or not known.any():
        return known
    shares = max(counts, key=lambda source: source.half_life).shares(len(known))
    return np.asarray(known & (shares <= np.quantile(shares[known], _FEW) * (1 + 1e-9)), bool)


def imputed(parts: F32, blind: Bool, weights: F32) -> F32:
    """`parts` (S, R, items) with a guess, by the `weights` of `imputation`, wherever a source is `blind` (S, items); in place."""
    for row in np.flatnonzero(blind.any(axis=1)).tolist():
        columns, told = np.flatnonzero(blind[row]), np.flatnonzero(weights[row, :-1])
        guess = np.einsum("s,sri->ri", weights[row, told], parts[told][:, :, columns]) if len(told) else 0
        parts[row][:, columns] = guess + weights[row, -1]
    return parts
