"""What can go wrong, in words that say what was got and what to do."""


class PenchantError(Exception):
    """Base of every error Penchant raises on purpose; its message is meant for the person reading it."""


class InvalidInput(PenchantError):
    """A record, column or argument that cannot be used as given."""


class UnknownItem(InvalidInput):
    """An item id that the catalog does not hold."""

    def __init__(self, item: str, known: int) -> None:
        super().__init__(f"item {item!r} is not in the catalog ({known:,} items); add it first (Catalog.extend, POST /v1/items)")
        self.item = item


class UnknownUser(InvalidInput):
    """A user id without a single event."""

    def __init__(self, user: str, known: int) -> None:
        super().__init__(f"user {user!r} has no events ({known:,} users known); check the id, or observe an event first")
        self.user = user


class FingerprintMismatch(PenchantError):
    """Parameters, vectors or state made by something else than what is about to use them."""


class AssetError(PenchantError):
    """A dataset or model that could not be fetched or did not match its checksum."""


class GeneratorError(PenchantError):
    """A language model that gave no answer that can be used."""


class UselessAnswer(GeneratorError):
    """An answer that came and is of no use: cut off, empty, declined, or not the JSON that was asked for. Asked the same again, a
    model that takes the likeliest token says the same."""


class LogError(PenchantError):
    """The event log could not be opened, read or written."""


class TooLarge(InvalidInput):
    """A model asked to work beyond the size where it makes sense."""
