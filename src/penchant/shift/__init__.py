"""Shifts: when what a person does changes its mix of topics, found online at a stated budget of false alarms."""

from penchant.shift.alarms import Alarms
from penchant.shift.detector import Detector
from penchant.shift.settings import Population, Settings
from penchant.shift.watch import Moved, Watch

__all__ = ["Alarms", "Detector", "Moved", "Population", "Settings", "Watch"]
