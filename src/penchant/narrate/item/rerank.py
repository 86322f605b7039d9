"""A slate whose first places a generator gives anew, having read what the person had last: only ever off-line, off by default.

An order belongs to exactly these titles and this past. When the person does something else, or the slate changes, it is another
question, and until that is answered the slate stays as it was.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from penchant.errors import GeneratorError
from penchant.interest.topics.words import titled
from penchant.narrate.generators.answers import read_answer
from penchant.narrate.generators.generator import Prompt
from penchant.narrate.kind import Unfaithful

PAST, SHOWN, PICKED = 8, 10, 3  # last items a generator reads, how many of a slate it chooses from, and how many it puts first
_LONG = 60  # characters of a title
_SYSTEM = (
    "A person had these items, the latest first. Which of the numbered candidates would they want next? Answer with "
    f'{PICKED} numbers, the most wanted first, as JSON: {{"best": [...]}}'
)

T = TypeVar("T")


class Choice(msgspec.Struct, frozen=True):
    """What a generator orders by, and what it orders, in the order of the slate."""

    past: tuple[str, ...]  # titles, the latest first
    shown: tuple[str, ...]


class _Answer(msgspec.Struct):
    best: list[int]


def choice(past: Sequence[str], shown: Sequence[str]) -> bytes:
    """The question that a past and a slate are, as JSON: their titles, the latest eight and the first ten.

    >>> choice(["Matrix, The (1999)"], ["Alien", "Up"])
    b'{"past":["The Matrix"],"shown":["Alien","Up"]}'
    """
    return msgspec.json.encode(Choice(_titles(past, PAST), _titles(shown, SHOWN)))


class Rerank:
    """The kind of text "rerank"; what it keeps is the new order, as a JSON list of places in the old one.

    >>> Rerank().check(choice(["Tea"], ["Mug", "Pot", "Cake", "Cup"]), '{"best": [3, 1]}')
    b'[2,0,1,3]'
    """

    name, version = "rerank", 1

    def prompt(self, payload: bytes) -> Prompt:
        """The person's last items and the numbered candidates."""
        told = msgspec.json.decode(payload, type=Choice)
        size = len(told.shown)
        listed = "\n".join(f"{number}. {title}" for number, title in enumerate(told.shown, 1))
        whole = {"type": "integer", "minimum": 1, "maximum": size}
        best = {"type": "array", "items": whole, "minItems": min(PICKED, size), "maxItems": min(PICKED, size)}
        schema = {"type": "object", "properties": {"best": best}, "required": ["best"], "additionalProperties": False}
        return Prompt(_SYSTEM, f"Had: {'; '.join(told.past)}\nCandidates:\n{listed}", schema, 32)

    def check(self, payload: bytes, answer: str) -> bytes:
        """The order as a permutation: what is no place or was said before is left out, and what was left out follows as it was.

        Raises:
            Unfaithful: for an answer that places nothing.
        """
        size = len(msgspec.json.decode(payload, type=Choice).shown)
        try:
            said = read_answer(answer, _Answer).best
        except GeneratorError as error:
            raise Unfaithful(f"not an answer: {error}") from None
        return msgspec.json.encode(permutation([number - 1 for number in said], size))


def permutation(said: Sequence[int], size: int) -> list[int]:
    """Every place below `size` once: those `said`, then the others in their order.

    >>> permutation([2, 9, 2, 0], 4)
    [2, 0, 1, 3]

    Raises:
        Unfaithful: when none of the places was said.
    """
    placed = list(dict.fromkeys(place for place in said if 0 <= place < size))
    if not placed:
        raise Unfaithful(f"none of the {size} places was said")
    return placed + [place for place in range(size) if place not in set(placed)]


def reordered(items: Sequence[T], order: bytes | None) -> tuple[T, ...]:
    """Items in a kept order, its places first, whatever there is beyond them after; as they are for None.

    >>> reordered("abcd", b"[1,0]"), reordered("abcd", None)
    (('b', 'a', 'c', 'd'), ('a', 'b', 'c', 'd'))
    """
    places = [] if order is None else msgspec.json.decode(order, type=list[int])
    if sorted(places) != list(range(min(len(places), len(items)))):
        return tuple(items)
    return (*(items[place] for place in places), *items[len(places) :])


def _titles(titles: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(titled(title)[0][:_LONG] for title in titles[:most])
