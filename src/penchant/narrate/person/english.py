"""Facts in English, one sentence each: what stands where no generator is asked, and what it is given to rewrite."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from penchant.narrate.person.facts import Fact

_WAYS = {"up": ", and growing", "level": "", "down": ", and fading"}


def sentence(fact: Fact) -> str:
    """What a fact says.

    >>> sentence(Fact(id="F1", sort="interest", names=("Sci-Fi",), shares=(0.16,), times=(975628800.0,), way="up", first=True))
    'Most of all they are into “Sci-Fi”: 16% of what they do, since December 2000, and growing.'
    """
    return _SAID[fact.sort](fact)


def month(at: float) -> str:
    """The month of a time, UTC.

    >>> month(975628800.0)
    'December 2000'
    """
    return f"{datetime.fromtimestamp(at, UTC):%B %Y}"


def quoted(name: str) -> str:
    """A name as it stands in a sentence."""
    return f"“{name}”"


def listed(names: Sequence[str]) -> str:
    """Names as an enumeration.

    >>> listed(["Heat", "Alien", "Up"])
    '“Heat”, “Alien” and “Up”'
    """
    told = [quoted(name) for name in names]
    return " and ".join(filter(None, [", ".join(told[:-1]), told[-1]]))


def _odd(fact: Fact) -> bool:
    """Whether it has an odd number: two ways to say a thing, so that two in a row are not alike."""
    return fact.id[-1:] in tuple("13579")


def _interest(fact: Fact) -> str:
    name, since = quoted(fact.names[0]), month(fact.times[0])
    share = f"{fact.shares[0]:.0%}"
    if fact.first:
        said = f"Most of all they are into {name}: {share} of what they do, since {since}"
    elif fact.id == "F1":  # what comes before it is not told
        said = f"They are into {name}: {share}, since {since}"
    else:
        said = (
            f"Then comes {name} with {share}, since {since}"
            if _odd(fact)
            else f"They are into {name} too: {share}, since {since}"
        )
    return f"{said}{_WAYS[fact.way]}."


def _silent(fact: Fact) -> str:
    name, last = quoted(fact.names[0]), month(fact.times[0])
    if fact.first:
        return f"What they did most was {name}, {fact.shares[0]:.0%} of it, until {last}."
    return f"{name} has been quiet since {last}." if _odd(fact) else f"They have not come back to {name} since {last}."


def _recent(fact: Fact) -> str:
    return f"The latest they chose, in {month(fact.times[0])}: {listed(fact.names)}."


def _emerged(fact: Fact) -> str:
    return f"{quoted(fact.names[0])} became new to them in {month(fact.times[0])}."


def _strengthened(fact: Fact) -> str:
    by = f" by {100 * fact.shares[0]:.0f} points" if fact.shares else ""
    return f"{quoted(fact.names[0])} grew{by} from {month(fact.times[0])} on."


def _faded(fact: Fact) -> str:
    by = f" by {100 * fact.shares[0]:.0f} points" if fact.shares else ""
    return f"{quoted(fact.names[0])} faded{by} from {month(fact.times[0])} on."


def _dormant(fact: Fact) -> str:
    return f"{quoted(fact.names[0])} went quiet in {month(fact.times[0])}."


def _revived(fact: Fact) -> str:
    return f"They came back to {quoted(fact.names[0])} in {month(fact.times[0])}."


def _migrated(fact: Fact) -> str:
    return f"In {month(fact.times[0])} they moved from {quoted(fact.names[0])} to {quoted(fact.names[1])}."


def _excursion(fact: Fact) -> str:
    return f"{quoted(fact.names[0])} was a passing excursion in {month(fact.times[0])}."


def _ahead(fact: Fact) -> str:
    than = {"up": ", more than lately", "level": "", "down": ", less than lately"}[fact.way]
    return f"In the next {fact.counts[0]} days about {fact.shares[0]:.0%} may go to {quoted(fact.names[0])}{than}."


def _because(fact: Fact) -> str:
    verb = "make" if len(fact.names) > 1 else "makes"
    return f"{listed(fact.names)} {verb} up {fact.shares[0]:.0%} of what speaks for {quoted(fact.titles[0])}."


def _also(fact: Fact) -> str:
    return f"{f'What speaks for {quoted(fact.titles[0])}' if fact.first else 'Also for it'}: {listed(fact.names)}."


def _against(fact: Fact) -> str:
    return f"Against it: {listed(fact.names)} cannot be said of it."


def _without(fact: Fact) -> str:
    rank, now = fact.counts
    return f"Without {listed(fact.names)} it would be number {rank:,} by score, not {now:,}."


def _turned(fact: Fact) -> str:
    return f"It is in line with a change: since {month(fact.times[0])} you have turned to {quoted(fact.names[0])}."


def _moved(fact: Fact) -> str:
    moved = f"moved from {quoted(fact.names[0])} to {quoted(fact.names[1])}"
    return f"It is in line with a change: since {month(fact.times[0])} you have {moved}."


def _nothing(fact: Fact) -> str:
    return f"Nothing in particular speaks for {quoted(fact.names[0])}."


_SAID: dict[str, Callable[[Fact], str]] = {
    "interest": _interest,
    "silent": _silent,
    "recent": _recent,
    "emerged": _emerged,
    "strengthened": _strengthened,
    "faded": _faded,
    "dormant": _dormant,
    "revived": _revived,
    "migrated": _migrated,
    "excursion": _excursion,
    "ahead": _ahead,
    "because": _because,
    "also": _also,
    "against": _against,
    "without": _without,
    "turned": _turned,
    "moved": _moved,
    "nothing": _nothing,
}
