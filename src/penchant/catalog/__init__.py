"""Items, their text and their vectors."""

from penchant.catalog.catalog import Catalog, Filter

__all__ = ["Catalog", "Filter"]
