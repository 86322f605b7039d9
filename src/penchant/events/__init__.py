"""What people did: the log, its schema, and reading events from anywhere."""

from penchant.events.imported import Imported, InvalidField, write_rejects
from penchant.events.log import Appended, Log
from penchant.events.read import read_events
from penchant.events.rules import check_event
from penchant.events.weights import weigh

__all__ = ["Appended", "Imported", "InvalidField", "Log", "check_event", "read_events", "weigh", "write_rejects"]
