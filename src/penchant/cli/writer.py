"""The generator that a command names, or that the settings do, at an engine's desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from penchant.cli.show import warn
from penchant.errors import AssetError

if TYPE_CHECKING:
    from penchant.engine import Engine
    from penchant.narrate.generators.generator import Generator

Named = Annotated[
    str | None,
    typer.Option("--generator", metavar="NAME", help="What writes texts: gguf:NAME, http://host/v1#MODEL, none; see docs."),
]


def check(name: str | None) -> None:
    """Tell early of a generator that is not here; it may be where the folder is served.

    Raises:
        InvalidInput: for a name that is not known.
    """
    from penchant.narrate.generators.registry import load_generator

    try:
        load_generator(name)
    except AssetError as error:
        warn(f"The generator is not here: {error}", style="yellow")


@contextmanager
def employed(engine: "Engine", name: str | None) -> Iterator["Generator | None"]:
    """The generator of that name, or of the settings, for as long as the block lasts; "none" dismisses the last one.

    Raises:
        InvalidInput: for a name that is not known. AssetError: for a model or package that is not here.
    """
    from penchant.narrate.generators.generator import Price
    from penchant.narrate.generators.registry import load_generator

    language = engine.config.language
    chosen = name or language.generator
    if chosen is None:
        yield None
        return
    price = Price(language.price_asked, language.price_given)
    generator = load_generator(chosen, threads=engine.config.threads, price=price)
    engine.desk.employ(generator)
    try:
        yield generator
    finally:
        try:
            engine.desk.close()
        finally:  # a full disk or not, a model in this process has to be let go of before it ends
            close = getattr(generator, "close", None)
            if close is not None:
                close()
