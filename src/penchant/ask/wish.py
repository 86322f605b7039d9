"""What somebody asked for, taken apart: what they like, what they do not, what must hold, and what was not understood."""

from typing import Literal

import msgspec

from penchant.catalog import Filter

Role = Literal["like", "dislike", "must", "never", "bound", "mood", "title", "allowed", "aside", "ignored"]


class Read(msgspec.Struct, frozen=True):
    """How one part of a text was read: the part, where it stands in `Wish.text` (characters, half open), as what, and what it was
    taken to mean, in words (for "ignored": why)."""

    text: str
    start: int
    end: int
    role: Role
    means: str = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a text asks for.

    `likes` and `dislikes` are phrases for an encoder, in small letters: preferences, never bounds. `categories`, `brands` and
    `attributes` (name and value) are preferences that the catalog has names for, `less` categories there should be less of.
    `where` holds the bounds: what is shown satisfies them. `like_items` are ids of items that a title named as an example,
    `not_items` of items not to be shown. `text` is what was read, in composed half-width characters (NFKC).
    """

    text: str = ""
    language: str = "und"
    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    mood: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    like_items: tuple[str, ...] = ()
    not_items: tuple[str, ...] = ()
    where: Filter = msgspec.field(default_factory=Filter)
    read: tuple[Read, ...] = ()

    @property
    def ignored(self) -> tuple[Read, ...]:
        """The parts that could not be followed, each with why."""
        return tuple(part for part in self.read if part.role == "ignored")

    @property
    def plain(self) -> bool:
        """Whether the text is one wish in words: nothing in it is disliked, bounded, named by title or beside the point."""
        return not any(
            part.role in ("dislike", "never", "must", "bound", "title", "allowed", "aside", "ignored") for part in self.read
        )
