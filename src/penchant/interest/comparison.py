"""Two accounts of one person, side by side."""

import msgspec

from penchant.interest.account import Account, Status


class Difference(msgspec.Struct, frozen=True):
    """How an interest stood at two times; a share of 0 and no status where it was not there."""

    id: str
    label: str
    before: float  # shares
    after: float
    status_before: Status | None
    status_after: Status | None

    @property
    def change(self) -> float:
        """Difference of the shares."""
        return self.after - self.before


class Comparison(msgspec.Struct, frozen=True):
    """What became of a person's interests from `first` to `second`, epoch seconds: the largest change of a share first."""

    user: str
    first: float
    second: float
    differences: tuple[Difference, ...]


def compared(before: Account, after: Account) -> Comparison:
    """Both accounts, interest by interest.

    >>> nobody = Account("ann", 1.0, (), {}, {})
    >>> compared(nobody, nobody)
    Comparison(user='ann', first=1.0, second=1.0, differences=())
    """
    then, now = ({interest.id: interest for interest in account.interests} for account in (before, after))
    found = []
    for name in then | now:
        old, new = then.get(name), now.get(name)
        label = (new or then[name]).label
        shares = old.share if old else 0.0, new.share if new else 0.0
        found.append(Difference(name, label, *shares, old.status if old else None, new.status if new else None))
    found.sort(key=lambda one: (-abs(one.change), one.id))
    return Comparison(after.user, before.at, after.at, tuple(found))
