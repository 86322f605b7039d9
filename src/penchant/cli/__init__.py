"""The command line."""

from penchant.cli.app import main

__all__ = ["main"]
