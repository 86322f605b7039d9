"""Topics of a catalog: what items have in common, found in text, categories and behaviour, named, and kept over time."""

from penchant.interest.topics.fitting import fit
from penchant.interest.topics.matching import Change
from penchant.interest.topics.membership import Membership
from penchant.interest.topics.space import Shares
from penchant.interest.topics.topics import Topic, Topics

__all__ = ["Change", "Membership", "Shares", "Topic", "Topics", "fit"]
