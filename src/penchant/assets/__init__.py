"""Datasets by name: `load`, `names`, `describe`. The verified downloads beneath them are in `assets.fetch`."""

from penchant.assets.datasets import Dataset, Description, describe, load, names
from penchant.assets.fetch import cache_dir

__all__ = ["Dataset", "Description", "cache_dir", "describe", "load", "names"]
