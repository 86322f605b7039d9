"""What somebody names when they tell of themselves, without the words that say who tells it."""

from penchant.ask.phrases import phrases
from penchant.ask.tokens import composed, tokens

_SPEAKER = frozenset({"i", "i'd", "i'm", "i've", "我"})
_LONGEST = 8  # tokens of a phrase that says somebody wants or likes something


def bare(text: str) -> str:
    """`text` without "I like", "我喜欢" and the like at its beginning; the whole of it where nothing else is said.

    An encoder takes them for a part of what is liked, and "I like clocks" for hearts and love letters.

    >>> bare("I like clocks and mugs"), bare("我喜欢时钟"), bare("I don't like clocks"), bare("love letters"), bare("I want")
    ('clocks and mugs', '时钟', "I don't like clocks", 'love letters', 'I want')
    """
    written = composed(text)
    found = tokens(written)
    if not found or found[0].word not in _SPEAKER:
        return text
    for size in range(min(_LONGEST, len(found) - 1), 0, -1):
        if "want" in phrases().get(tuple(token.word for token in found[:size]), ()):
            return written[found[size].start :]
    return text
