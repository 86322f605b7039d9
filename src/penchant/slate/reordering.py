"""A slate in the order that a generator gave it off-line, where it has read exactly this slate for exactly this past."""

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.narrate.desk.desk import Desk
from penchant.narrate.item.rerank import Rerank, choice, reordered
from penchant.slate.slate import Slate
from penchant.types import Interests


def reranked(slate: Slate, interests: Interests, catalog: Catalog, desk: Desk) -> Slate:
    """The slate in its kept order, or as it is, where reranking is turned off or there is no order yet: then it is asked for.

    `interests` are the read-out (of one request) that the slate was made from. Scores and reasons stay with their items.
    """
    if Rerank.name not in desk.kinds or slate.user is None or len(slate.items) < 2:
        return slate
    liked = interests.items[0][(interests.items[0] >= 0) & (interests.weights[0] > 0)]
    past = [catalog.items[item].title for item in np.asarray(liked).tolist()]
    question = choice(past, [item.title for item in slate.items])
    return msgspec.structs.replace(slate, items=reordered(slate.items, desk.ask(Rerank.name, question, user=slate.user)))
