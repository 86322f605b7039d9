"""Candidate sources: each scores every item for every request from one and the same read-out of the fold.

A source has parameters, learned by `fit`, and no memory of any user: what it knows about a person is in `Interests`. That is
why a history typed into a request is served exactly like a stored one.
"""

from penchant.interest.sources.adapted import ADAPTED, Adapted
from penchant.interest.sources.content import Content
from penchant.interest.sources.evolution import EVOLUTION, Evolving, cell_of, trainable
from penchant.interest.sources.factors import ALS, BPR, Factors
from penchant.interest.sources.items import ItemToItem
from penchant.interest.sources.new import NEW, New
from penchant.interest.sources.people import Again, UserNeighbours
from penchant.interest.sources.popularity import Popularity
from penchant.interest.sources.sequence import Windowed
from penchant.interest.sources.source import Arrays, Source, Told, apart, by_visit
from penchant.interest.sources.themes import Themes

__all__ = [
    "ADAPTED",
    "ALS",
    "BPR",
    "EVOLUTION",
    "NEW",
    "Adapted",
    "Again",
    "Arrays",
    "Content",
    "Evolving",
    "Factors",
    "ItemToItem",
    "New",
    "Popularity",
    "Source",
    "Themes",
    "Told",
    "UserNeighbours",
    "Windowed",
    "apart",
    "by_visit",
    "cell_of",
    "trainable",
]
