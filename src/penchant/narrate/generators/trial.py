"""What a generator can do, found out by asking it: whether it answers, how fast, and whether it keeps to a schema."""

from collections.abc import Callable

import msgspec

from penchant.errors import GeneratorError
from penchant.narrate.generators.generator import Generator, Prompt, Reply

_SYSTEM = "You are helpful and brief."
_COLOUR = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "green", "blue"]}, "reason": {"type": "string", "maxLength": 60}},
    "required": ["colour", "reason"],
    "additionalProperties": False,
}
_LONG = "A shop sells tea, pots, cups, lamps, rugs and books. " * 30  # words to be read, about 400 tokens
_FIRST = Prompt(_SYSTEM, "Choose a colour for a teapot, and say why in five words.", _COLOUR, 96)
_READ = Prompt(_SYSTEM, f"{_LONG}Does it sell tea?", {"enum": ["yes", "no"]}, 16)
_WRITE = Prompt(_SYSTEM, "Count from one to thirty, in words, with commas.", None, 256)


class Trial(msgspec.Struct, frozen=True):
    """What was found; None where it was not to be found out."""

    name: str
    answers: bool
    keeps_schema: bool
    first: float | None  # seconds to the first answer, loading included
    again: float | None  # seconds to the same answer a second time
    prompt_speed: float | None  # tokens read a second
    answer_speed: float | None  # tokens written a second, reading taken off
    faults: tuple[str, ...]


def tried(generator: Generator, *, timeout: float, clock: Callable[[], float]) -> Trial:
    """Ask four short things, within `timeout` seconds each, and time them by `clock`, in seconds.

    Nothing is raised: what goes wrong is in `faults`, each thing once. Who does not answer at all is asked two things only.

    >>> class Yes:
    ...     name = "yes"
    ...     def generate(self, prompt, *, timeout): return Reply("yes", asked=10, given=1)
    >>> ticks = iter(range(9))
    >>> tried(Yes(), timeout=1.0, clock=lambda: next(ticks)).prompt_speed
    10.0
    """
    faults: list[str] = []

    def timed(prompt: Prompt) -> tuple[Reply | None, float]:
        start = clock()
        try:
            return generator.generate(prompt, timeout=timeout), clock() - start
        except GeneratorError as error:
            faults.append(str(error))
            return None, clock() - start

    first, waited = timed(_FIRST)
    again, waited_again = timed(_FIRST) if first else (None, 0.0)
    write, writing = timed(_WRITE)
    if not first and not write:
        return Trial(generator.name, False, False, None, None, None, None, tuple(dict.fromkeys(faults)))
    read, reading = timed(_READ)
    prompt_speed = read.asked / reading if read and reading > 0 else None
    left = writing - (write.asked / prompt_speed if write and prompt_speed else 0.0)
    return Trial(
        generator.name,
        answers=True,
        keeps_schema=bool(first and read),
        first=waited if first else None,
        again=waited_again if again else None,
        prompt_speed=prompt_speed,
        answer_speed=write.given / left if write and left > 0 else None,
        faults=tuple(dict.fromkeys(faults)),
    )
