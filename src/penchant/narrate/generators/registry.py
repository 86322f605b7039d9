"""Generators by name."""

import os
from collections.abc import Callable
from importlib.metadata import entry_points

import msgspec

from penchant.assets.models import locate
from penchant.errors import InvalidInput
from penchant.narrate.generators.endpoint import ChatEndpoint
from penchant.narrate.generators.generator import Generator, Price
from penchant.narrate.generators.gguf import Gguf


class Terms(msgspec.Struct, frozen=True):
    """How a generator is to run, and what it costs."""

    threads: int = 1
    context: int = 4096  # tokens of prompt and answer together
    price: Price = Price()


Maker = Callable[[str, Terms], Generator]  # whole name

GROUP = "penchant.generators"  # entry points other packages may add: a name and a Maker


def _gguf(name: str, terms: Terms) -> Generator:
    file = name.partition(":")[2]
    if not file:
        raise InvalidInput("which GGUF? write gguf:NAME with a name of penchant models list, or gguf:FILE.gguf")
    return Gguf(locate(file), name, threads=terms.threads, context=terms.context, price=terms.price)


def _endpoint(name: str, terms: Terms) -> Generator:
    url, _, model = name.partition("#")
    return ChatEndpoint(url, model, key=os.environ.get("OPENAI_API_KEY"), price=terms.price)


GENERATORS: dict[str, Maker] = {"gguf": _gguf, "http": _endpoint, "https": _endpoint}


def load_generator(name: str | None, *, threads: int = 1, context: int = 4096, price: Price | None = None) -> Generator | None:
    """The generator of that name; None, "none" and "" give None: everything is said by template then.

    | name | gives |
    | --- | --- |
    | `gguf:NAME` | a model of `penchant models list` that is here, in this process |
    | `gguf:FILE.gguf` | any GGUF file, likewise |
    | `http://host/v1#MODEL`, `https://...` | an OpenAI-compatible server; key from OPENAI_API_KEY |

    `threads` and `context` are those of a model in this process; a server has its own. Nothing is loaded or sent before the first
    prompt. Other packages add names through entry points in the group `penchant.generators`.

    >>> load_generator("none") is None
    True
    >>> load_generator("http://127.0.0.1:11434/v1#qwen2.5:3b", price=Price(asked=0.1, given=0.4)).price.given
    0.4

    Raises:
        InvalidInput: for a name that is not known, a file that is no GGUF, or fewer threads than one.
        AssetError: for a model or package that is not here.
    """
    if name is None or name.strip() in ("", "none"):
        return None
    kind = name.partition(":")[0]
    maker = GENERATORS.get(kind) or _from_entry_point(kind)
    return maker(name, Terms(threads, context, price or Price()))


def _from_entry_point(kind: str) -> Maker:
    added = {point.name: point for point in entry_points(group=GROUP)}
    if kind not in added:
        known = ", ".join([*(f"{name}:..." for name in GENERATORS), *sorted(added), "none"])
        raise InvalidInput(f"generator {kind!r} is not known; known: {known}")
    maker: Maker = added[kind].load()
    return maker
