"""What people ask for in their own words: likes, dislikes and bounds, read by rule, in English and Chinese."""

from penchant.ask.lexicon import Lexicon, lexicon
from penchant.ask.understand import understand
from penchant.ask.wish import Read, Wish

__all__ = ["Lexicon", "Read", "Wish", "lexicon", "understand"]
