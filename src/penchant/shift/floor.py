"""What may be told of groups without telling of a few people: counts under a floor are withheld, and what would give them away.

Cells that sum to a known total give a single missing one away (Cox 1980, "Suppression methodology and statistical disclosure
control"); so what is missing is never one cell, and never of fewer people than the floor asks for, all of it together.
"""

from collections.abc import Callable

import numpy as np

from penchant.types import F64, I64, Bool


def withheld(
    people: I64, mass: F64, floor: int, together: Callable[[Bool], int] | None = None, parent: I64 | None = None
) -> Bool:
    """(cells,) which cells must not be shown.

    `people` (cells,) is how many are behind each, `mass` (cells,) what it holds, in a sum that is known to whoever looks.
    `together` counts the people behind the cells of a mask, each once; None where nobody is behind two. `parent` (cells,) numbers
    the larger cell that each is a part of, where those are known, too. Cells that hold nothing hide nobody.

    >>> withheld(np.array([40, 4, 15, 0]), np.array([90.0, 5, 20, 0]), 10).tolist()
    [False, True, True, False]
    """
    hide, done = (people < floor) & (mass > 0), False
    groups = [parent == number for number in np.unique(parent)] if parent is not None else []
    while not done:
        before = hide.copy()
        for group in [*groups, np.ones(len(hide), bool)]:
            hide |= _with_more(hide & group, group & ~hide & (mass > 0), people, floor, together)
        done = np.array_equal(hide, before)  # what was taken from one sum may have left one cell missing in another
    return hide


def _with_more(missing: Bool, shown: Bool, people: I64, floor: int, together: Callable[[Bool], int] | None) -> Bool:
    """What is missing in a group, with as many of the smallest that are shown as keep it from being told."""
    missing, left = missing.copy(), np.flatnonzero(shown)
    for place in left[np.argsort(people[left], kind="stable")].tolist():
        count = people[missing].sum() if together is None else together(missing)
        if not missing.any() or (missing.sum() > 1 and count >= floor):
            break
        missing[place] = True
    return missing
