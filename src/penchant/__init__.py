"""Penchant: recommendations for people whose interests change."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Config", "Engine", "Event", "Filter", "Item", "__version__"]

if TYPE_CHECKING:
    from penchant.catalog import Filter
    from penchant.config import Config
    from penchant.engine import Engine
    from penchant.types import Event, Item

_HOMES = {
    "Config": "penchant.config",
    "Engine": "penchant.engine",
    "Event": "penchant.types",
    "Filter": "penchant.catalog",
    "Item": "penchant.types",
}


def __getattr__(name: str) -> object:
    """Public names, imported on first use so that `penchant --help` does not wait for numpy and polars."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
