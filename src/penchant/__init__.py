"""Penchant: recommendations for people whose interests change."""

__version__ = "0.1.0"
