"""Why each item of a slate is in it: the blend taken apart."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from penchant.ask.understood import Understood
from penchant.catalog import Catalog
from penchant.interest.sources import Source
from penchant.rank.blend import Scored
from penchant.retrieve.exact import Candidates
from penchant.slate.slate import Reason, Recommendation, Slate
from penchant.slate.spoken import SILENT, Spoken, shared
from penchant.types import F32, F64, I64, Bool, Interests, Item

MOST = 3  # reasons given for an item
LEAST = 0.01  # share of what speaks for it that a reason must have
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
    read: Understood | None = None,
    said: Sequence[Spoken] = (),
    muted: Bool | None = None,
) -> Slate:
    """The slate `name` of one request: the `chosen` items (1, k), each with what spoke for it and its `themes`; `owed` is what an
    item owes its place to, by number, and `read` how its text was understood. `said` is what the person said before; items
    (items,) they `muted` are not named as reasons."""
    items = chosen.items[0][chosen.items[0] >= 0]
    shares = scored.weights[0, :, None] * scored.parts[:, 0, items]  # (S, k); a column sums to the item's score
    names = [source.name for source in sources] + list(scored.beyond)
    given = [
        (owed[item], *because)[:MOST] if item in owed else because
        for item, because in zip(
            items.tolist(), _reasons(shares, sources, interests, items, catalog, scored.beyond, said, muted), strict=True
        )
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
        read,
    )


def _recommendation(
    item: Item, score: float, source: str, because: tuple[Reason, ...], themes: tuple[str, ...]
) -> Recommendation:
    return Recommendation(item.id, item.title, item.categories, score, source, because, themes)


def _reasons(
    shares: F32,
    sources: tuple[Source, ...],
    interests: Interests,
    items: I64,
    catalog: Catalog,
    beyond: Sequence[str],
    said: Sequence[Spoken],
    muted: Bool | None,
) -> list[tuple[Reason, ...]]:
    """A source's share of a score is handed down to the past events it came from, in proportion to what each added.

    What no event accounts for stays with the source. Rows `beyond` the sources are what was said before, and the request's text.
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
    if muted is not None:
        owed[(had >= 0) & muted[had]] = 0  # who does not want to see a thing is not told of it
    labels = [Reason("source", source.name, source.label, 0.0) for source in sources]
    rest, labels = _voiced(rest, labels, beyond, shared(said, items, catalog), said)
    return [_strongest(owed[:, column], rest[:, column], labels, had, catalog) for column in range(len(items))]


def _voiced(
    rest: F32, labels: list[Reason], beyond: Sequence[str], parts: F64, said: Sequence[Spoken]
) -> tuple[F32, list[Reason]]:
    """The rows beyond the sources, what was said before shared out among what was `said`, and a label for each row."""
    rows, labels = [rest[: len(labels)]], [*labels]
    for name, row in zip(beyond, rest[len(labels) :], strict=True):
        if name == "text":
            rows.append(row[None])
            labels.append(_ASKED)
        else:
            rows += [(row * parts).astype(np.float32), (row * (1 - parts.sum(axis=0)))[None].astype(np.float32)]
            labels += [*(Reason("words", one.id, one.label, 0.0) for one in said), Reason("words", "words", SILENT, 0.0)]
    return np.concatenate(rows), labels


def _strongest(owed: F32, rest: F32, labels: list[Reason], had: I64, catalog: Catalog) -> tuple[Reason, ...]:
    rows = [row for row in np.argsort(-owed)[:MOST].tolist() if owed[row] > 0]
    found = [_item(catalog.items[had[row]], float(owed[row])) for row in rows]
    said: dict[str, Reason] = {}  # sources that say the same thing in words speak as one
    for label, value in zip(labels, rest.tolist(), strict=False):
        if value > 1e-6:
            spoken = said.get(label.label, label)
            said[label.label] = msgspec.structs.replace(spoken, value=spoken.value + value)
    every = sorted([*found, *said.values()], key=lambda reason: -reason.value)
    least = LEAST * sum(reason.value for reason in every)
    return tuple(reason for reason in every[:MOST] if reason.value >= least)


def _item(item: Item, value: float) -> Reason:
    return Reason("item", item.id, item.title, value)
