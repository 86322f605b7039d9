"""What generators may use up in a day, and what a call can cost at most."""

from typing import NamedTuple

import msgspec

from penchant.config import Language
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.types import DAY

_MOST = 10**9  # tokens that a call is taken to have cost, whatever it says: sums of them fit into the file
_FRAME = 64  # tokens that a model's own chat format may put around a prompt


class Cost(NamedTuple):
    """Tokens asked and given, and the money for them."""

    asked: int = 0
    given: int = 0
    money: float = 0.0

    @property
    def tokens(self) -> int:
        """Of both kinds."""
        return self.asked + self.given


def day_of(now: float) -> int:
    """The day, in UTC, that a time (epoch seconds) is in, counted from 1970.

    >>> day_of(86399.0), day_of(86400.0)
    (0, 1)
    """
    return int(now // DAY)


def highest(prompt: Prompt, price: Price) -> Cost:
    """What a call cannot cost more than: a token is at least a byte of text, and the answer's number is bounded.

    >>> highest(Prompt("Be brief.", "Name it: 茶", tokens=8), Price(asked=1.0, given=2.0))
    Cost(asked=85, given=8, money=0.000101)
    """
    schema = b"" if prompt.schema is None else msgspec.json.encode(prompt.schema)
    asked = len(prompt.system.encode(errors="replace")) + len(prompt.user.encode(errors="replace")) + len(schema) + _FRAME
    return _priced(asked, prompt.tokens, price)


def actual(reply: Reply, price: Price) -> Cost:
    """What a call did cost, by what came back."""
    return _priced(min(max(reply.asked, 0), _MOST), min(max(reply.given, 0), _MOST), price)


def short(cost: Cost, spent: Cost, language: Language) -> str:
    """Which limit of a day a call that costs up to `cost` would break after `spent`, in words; '' for none.

    >>> short(Cost(500, 100), Cost(600, 0), Language(tokens_per_day=1000))
    '1,000 tokens a day, of which 600 are spent and up to 600 asked for'
    """
    if spent.tokens + cost.tokens > language.tokens_per_day:
        limit = f"{language.tokens_per_day:,} tokens a day"
        return f"{limit}, of which {spent.tokens:,} are spent and up to {cost.tokens:,} asked for"
    if language.money_per_day is not None and spent.money + cost.money > language.money_per_day:
        return f"{language.money_per_day:g} a day, of which {spent.money:g} is spent and up to {cost.money:g} asked for"
    return ""


def _priced(asked: int, given: int, price: Price) -> Cost:
    return Cost(asked, given, (asked * price.asked + given * price.given) / 1e6)
