"""`penchant evaluate --protocol evolution`: planted shifts, and people who are made for them."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penchant.cli.show import emit, say, warn

if TYPE_CHECKING:
    from penchant.config import Config
    from penchant.evaluate.evolution import Evolution
    from penchant.evaluate.world import World
    from penchant.rank.learn import Progress

MADE = "synthetic"  # the name of the data set that is made from a seed
_PEOPLE, _EVENTS = 80, 240  # made people, and events of each: too few to train the evolution model on, so that it takes seconds
_K = 10  # what the measures are defined for


def made(config: "Config") -> "World":
    """People whose interests and shifts are known, made from the seed of `config`."""
    import numpy as np

    from penchant.evaluate.world import world
    from penchant.events.synthetic import synthetic

    told = synthetic(np.random.default_rng(config.seed), users=_PEOPLE, events=_EVENTS)
    return world(MADE, told.items, told.events, config)


def check(systems: str | None, k: int) -> None:
    """Refuse what the protocol cannot be asked for."""
    if systems is not None or k != _K:
        raise typer.BadParameter(f"--protocol evolution has its own systems and lists of {_K}; leave --systems and --k out")


def adapting(world: "World", seed: int, progress: "Progress") -> "Evolution":
    """What becomes of planted shifts in the histories of a world."""
    from penchant.evaluate.evolution import evolution

    return evolution(
        world.events, world.catalog, world.config, dataset=world.name, repeat=world.repeat, seed=seed, progress=progress
    )


def tell(found: "Evolution", html: Path | None, *, json: bool) -> None:
    """Show it, as data or as tables, and write a page where one is asked for."""
    if html is not None:
        from penchant.evaluate.page import to_html

        to_html(found.report, html)
        warn(f"The page is {html}")
    if json:
        emit(found)
    else:
        from penchant.evaluate.evolution import to_screen

        say(to_screen(found))
