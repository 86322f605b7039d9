"""Bounds of numeric attributes as people write them where there is only text: `year:1990`."""

from collections.abc import Sequence

from penchant.errors import InvalidInput


def ranges(given: Sequence[str]) -> dict[str, float]:
    """Bounds by attribute, each given as the attribute's name, a colon and a number.

    >>> ranges(["year:1990", "minutes: 120"])
    {'year': 1990.0, 'minutes': 120.0}

    Raises:
        InvalidInput: for anything else, naming it.
    """
    found = {}
    for text in given:
        name, colon, number = text.rpartition(":")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            colon = ""
        if not colon or not name.strip():
            raise InvalidInput(f"{text!r} is no bound; write the name of an attribute, a colon and a number, as in year:1990")
    return found
