"""How interests move: a learned recurrence in continuous time. torch trains it (`network`), numpy serves it (`cell`)."""

from penchant.interest.evolution.cell import Cell, Parameters
from penchant.interest.evolution.shape import Shape

__all__ = ["Cell", "Parameters", "Shape"]
