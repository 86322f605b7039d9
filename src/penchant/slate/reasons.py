"""Why each item of a slate is in it: the blend taken apart."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.interest.sources import Source
from penchant.rank.blend import Scored
from penchant.retrieve.exact import Candidates
from penchant.slate.slate import Reason, Recommendation, Slate
from penchant.types import F32, I64, Interests, Item

MOST = 3  # reasons given for an item
_ASKED = Reason("text", "text", "what was asked for", 0.0)


def explain(
    name: str,
    user: str | None,
    chosen: Candidates,
    scored: Scored,
    sources: tuple[Source, ...],
    interests: Interests,
    catalog: Catalog,
    themes: Sequence[tuple[str, ...]],
    owed: Mapping[int, Reason],
) -> Slate:
    """The slate `name` of one request: the `chosen` items (1, k), each with what spoke for it and its `themes`; `owed` is what an
    item owes its place to, by number."""
    items = chosen.items[0][chosen.items[0] >= 0]
    shares = scored.weights[0, :, None] * scored.parts[:, 0, items]  # (S, k); a column sums to the item's score
    names = [source.name for source in sources] + [_ASKED.id]
    given = [
        (owed[item], *because)[:MOST] if item in owed else because
        for item, because in zip(items.tolist(), _reasons(shares, sources, interests, items, catalog), strict=True)
    ]
    best = shares.argmax(axis=0) if len(shares) else np.zeros(len(items), np.int64)
    return Slate(
        name,
        user,
        float(interests.at[0]),
        tuple(
            _recommendation(catalog.items[item], float(score), names[spoke], because, belongs)
            for item, score, spoke, because, belongs in zip(
                items.tolist(), chosen.scores[0], best.tolist(), given, themes, strict=False
            )
        ),
    )


def _recommendation(
    item: Item, score: float, source: str, because: tuple[Reason, ...], themes: tuple[str, ...]
) -> Recommendation:
    return Recommendation(item.id, item.title, item.categories, score, source, because, themes)


def _reasons(
    shares: F32, sources: tuple[Source, ...], interests: Interests, items: I64, catalog: Catalog
) -> list[tuple[Reason, ...]]:
    """A source's share of a score is handed down to the past events it came from, in proportion to what each added.

    What no event accounts for stays with the source. A row beyond the sources is the request's own text.
    """
    past = np.zeros((interests.items.shape[1], len(items)), np.float32)  # what each past event adds to each item's score
    rest = np.maximum(shares, 0)
    for row, source in enumerate(sources):
        if rest[row].max(initial=0) > 0.01:  # less could not become a reason
            added = np.maximum(source.because(interests, items, catalog), 0)
            added[interests.weights[0] <= 0] = 0  # nothing is recommended because of a dislike
            total = added.sum(axis=0)
            told = total > 1e-12
            past[:, told] += added[:, told] * (rest[row, told] / total[told])
            rest[row, told] = 0
    had, place = np.unique(interests.items[0], return_inverse=True)
    owed = np.zeros((len(had), len(items)), np.float32)  # the same by item had
    np.add.at(owed, place, past)
    labels = [Reason("source", source.name, source.label, 0.0) for source in sources] + [_ASKED]
    return [_strongest(owed[:, column], rest[:, column], labels, had, catalog) for column in range(len(items))]


def _strongest(owed: F32, rest: F32, labels: list[Reason], had: I64, catalog: Catalog) -> tuple[Reason, ...]:
    rows = [row for row in np.argsort(-owed)[:MOST].tolist() if owed[row] > 0]
    found = [_item(catalog.items[had[row]], float(owed[row])) for row in rows]
    said: dict[str, Reason] = {}  # sources that say the same thing in words speak as one
    for label, value in zip(labels, rest.tolist(), strict=False):
        if value > 0:
            spoken = said.get(label.label, label)
            said[label.label] = msgspec.structs.replace(spoken, value=spoken.value + value)
    return tuple(sorted([*found, *said.values()], key=lambda reason: -reason.value)[:MOST])


def _item(item: Item, value: float) -> Reason:
    return Reason("item", item.id, item.title, value)
