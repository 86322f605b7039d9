"""How a text was understood, as a slate tells it to whoever asked."""

import msgspec

from penchant.ask.wish import Wish
from penchant.catalog import Filter


class Unread(msgspec.Struct, frozen=True):
    """A part of a text that could not be followed, and why."""

    text: str
    why: str


class Understood(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was made of a text: preferences in words (`likes`, `dislikes`, `mood`) and by names of the catalog (`categories`,
    `brands`, `less` of some categories), items it named (`like`, `never`), the bounds that everything shown satisfies (`where`),
    the parts it `ignored`, and the bounds it `relaxed` because nothing satisfied all of them. `words` says it in a line."""

    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    mood: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    where: Filter = msgspec.field(default_factory=Filter)
    ignored: tuple[Unread, ...] = ()
    relaxed: tuple[str, ...] = ()
    words: str = ""


def understood(wish: Wish, where: Filter, relaxed: tuple[str, ...] = ()) -> Understood:
    """A wish whose bounds came down to `where` once some were `relaxed`.

    >>> understood(Wish(likes=("warm",), where=Filter(without=("Thriller",))), Filter(without=("Thriller",))).words
    'warm; no Thriller'
    """
    return Understood(
        likes=wish.likes,
        dislikes=wish.dislikes,
        mood=wish.mood,
        categories=wish.categories,
        brands=wish.brands,
        less=wish.less,
        like=wish.like_items,
        never=wish.not_items,
        where=where,
        ignored=tuple(Unread(part.text, part.means) for part in wish.ignored),
        relaxed=relaxed,
        words="; ".join(_words(wish, where, relaxed)),
    )


def _words(wish: Wish, where: Filter, relaxed: tuple[str, ...]) -> list[str]:
    said = [", ".join(wish.likes)] if wish.likes else []
    said += [f"like {', '.join(wish.like_items)}"] if wish.like_items else []
    said += [f"rather {', '.join((*wish.categories, *wish.brands))}"] if wish.categories or wish.brands else []
    said += [f"less {', '.join((*wish.dislikes, *wish.less))}"] if wish.dislikes or wish.less else []
    said += bounds(where)
    said += [f"no {', '.join(wish.not_items)}"] if wish.not_items else []
    said += [f"left aside, for nothing fits: {', '.join(relaxed)}"] if relaxed else []
    return said + [f"not followed: {part.text} ({part.means})" for part in wish.ignored]


def bounds(where: Filter) -> list[str]:
    """The bounds of a filter, each in words.

    >>> bounds(Filter(categories=("Western",), at_least={"year": 1950}, at_most={"year": 1959}, price_max=10))
    ['only Western', 'price up to 10', 'year 1950 to 1959']
    """
    only = (*where.categories, *filter(None, (where.category, where.brand, where.language)), *map(str, where.attributes.values()))
    never = (*where.without, *where.without_brands, *(value for values in where.without_attributes.values() for value in values))
    said = [f"only {', '.join(only)}"] if only else []
    said += [f"no {', '.join(never)}"] if never else []
    ends = {"price": (where.price_min, where.price_max)}
    ends |= {name: (where.at_least.get(name), where.at_most.get(name)) for name in (*where.at_least, *where.at_most)}
    return said + [range_(name, low, high) for name, (low, high) in ends.items() if low is not None or high is not None]


def range_(name: str, low: float | None, high: float | None) -> str:
    """A range in words.

    >>> range_("year", 1990.0, None), range_("price", 5.0, 10.0)
    ('year from 1990', 'price 5 to 10')
    """
    if low is not None and high is not None:
        return f"{name} {low:g} to {high:g}"
    return f"{name} from {low:g}" if low is not None else f"{name} up to {high:g}"
