"""The topics of a catalog, in two levels, with the items that belong to each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.catalog import Catalog
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.topics.matching import Change
from penchant.interest.topics.membership import Membership, members
from penchant.interest.topics.space import SHARES, Shares, Space
from penchant.interest.transitions import Sparse
from penchant.types import F32, I64

_FORMAT = 1

Arrays = dict[str, NDArray[np.generic]]


class Topic(msgspec.Struct, frozen=True):
    """What a topic is called and what it holds. `id` is never given to another; `parent` is the broad topic of a fine one."""

    id: str
    label: str
    keywords: tuple[str, ...]
    parent: str | None
    items: int  # those that belong to it more than to any other
    examples: tuple[str, ...]  # titles of the best known of them


class _Record(msgspec.Struct, frozen=True):
    """What is kept as JSON."""

    format: int
    broad: tuple[Topic, ...]
    fine: tuple[Topic, ...]
    items: tuple[str, ...]
    categories: tuple[str, ...]
    shares: tuple[float, ...]
    issued: tuple[int, int]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Topics:
    """Broad and fine topics; rows of arrays are numbered as the tuples are."""

    broad: tuple[Topic, ...]
    fine: tuple[Topic, ...]
    parent: I64  # (fine,) the number of each fine topic's broad one
    items: tuple[str, ...]  # ids of the items that were placed, in the catalog's order
    member: Membership  # of those items in the fine topics
    centres: F32  # (fine, K) unit rows in `space`
    space: Space
    issued: tuple[int, int]  # ids ever given out, broad and fine
    changes: tuple[Change, ...] = ()  # since the fit before

    def __getitem__(self, topic: str) -> Topic:
        """The topic of that id.

        Raises:
            InvalidInput: when there is none.
        """
        for one in (*self.broad, *self.fine):
            if one.id == topic:
                return one
        raise InvalidInput(f"there is no topic {topic!r} among {len(self.broad)} broad and {len(self.fine)} fine ones")

    def fine_shares(self) -> Sparse:
        """(items, fine) how much each item belongs to each fine topic; rows sum to 1, or 0 where nothing is known."""
        return self.member.matrix(len(self.fine))

    def broad_shares(self, member: Membership | None = None) -> F32:
        """(items, broad) the same for broad topics, through the parents; of other items than those fitted by their `member`."""
        shares = np.zeros((len((member or self.member).topic), len(self.broad)), np.float32)
        topic, weights = member or self.member
        rows, places = np.nonzero(topic >= 0)
        np.add.at(shares, (rows, self.parent[topic[rows, places]]), weights[rows, places])
        return shares

    def place(self, vectors: F32, categories: Sequence[Sequence[str]]) -> Membership:
        """Where new items belong, by text `vectors` (n, dim) and the categories of each alone.

        What people would have them with is foreseen from what they say (docs/topics.md says how well).

        Raises:
            InvalidInput: when the vectors are not of the space that was fitted, or not as many as the categories.
        """
        dim = len(self.space.regression) - len(self.space.categories) - 1
        if vectors.shape != (len(categories), dim):
            raise InvalidInput(f"vectors have shape {vectors.shape}, expected {(len(categories), dim)}, a row for each item")
        return members(self.space.points(vectors, categories), self.centres)

    def grown(self, catalog: Catalog) -> "Topics":
        """The same topics with the items that came to `catalog` since the fit placed in them.

        Raises:
            InvalidInput: when the catalog does not begin with the items these topics know.
        """
        known = len(self.items)
        if tuple(item.id for item in catalog.items[:known]) != self.items:
            raise InvalidInput(f"these topics are of another catalog of {known:,} items; fit them again")
        fresh = catalog.items[known:]
        placed = self.place(catalog.vectors[known:], [item.categories for item in fresh])
        member = Membership(
            np.concatenate([self.member.topic, placed.topic]), np.concatenate([self.member.weights, placed.weights])
        )
        return replace(self, items=(*self.items, *(item.id for item in fresh)), member=member)

    def named(self, namer: Callable[[Topic], str | None]) -> "Topics":
        """The same topics with the labels `namer` gives; where it gives none, or one that is taken on the level, they stay."""

        def level(topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
            taken = {topic.label for topic in topics}
            renamed = []
            for topic in topics:
                label = " ".join((namer(topic) or "").split())
                if label and label not in taken:
                    taken.add(label)
                    topic = msgspec.structs.replace(topic, label=label)
                renamed.append(topic)
            return tuple(renamed)

        return replace(self, broad=level(self.broad), fine=level(self.fine))

    def labelled(self, labels: Mapping[str, str]) -> "Topics":
        """The same topics with these labels, by id, as they are; what is not named there keeps its own."""

        def level(topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
            return tuple(msgspec.structs.replace(topic, label=labels.get(topic.id, topic.label)) for topic in topics)

        return replace(self, broad=level(self.broad), fine=level(self.fine))

    def arrays(self) -> Arrays:
        """Everything as named arrays; what is text is JSON in one of bytes."""
        record = _Record(
            _FORMAT, self.broad, self.fine, self.items, self.space.categories, tuple(self.space.shares), self.issued, self.changes
        )
        return {
            "record": np.frombuffer(msgspec.json.encode(record), np.uint8),
            "parent": self.parent,
            "topic": self.member.topic,
            "weights": self.member.weights,
            "centres": self.centres,
            "rarity": self.space.rarity,
            "regression": self.space.regression,
        }

    @staticmethod
    def none(dim: int) -> "Topics":
        """Those of a catalog of text vectors (items, dim) that none were found for."""
        member = Membership(np.zeros((0, 0), np.int64), np.zeros((0, 0), np.float32))
        space = Space((), np.zeros(0, np.float32), np.zeros((dim + 1, 0), np.float32), SHARES)
        return Topics((), (), np.zeros(0, np.int64), (), member, np.zeros((0, dim), np.float32), space, (0, 0))

    @staticmethod
    def restore(arrays: Mapping[str, NDArray[np.generic]]) -> "Topics":
        """What `arrays` gave.

        Raises:
            FingerprintMismatch: when another version wrote it in another format.
        """
        record = msgspec.json.decode(arrays["record"].tobytes(), type=_Record)
        if record.format != _FORMAT:
            raise FingerprintMismatch(f"the topics have format {record.format}, this version reads {_FORMAT}; fit them again")
        rarity, regression = np.asarray(arrays["rarity"], np.float32), np.asarray(arrays["regression"], np.float32)
        return Topics(
            record.broad,
            record.fine,
            np.asarray(arrays["parent"], np.int64),
            record.items,
            Membership(np.asarray(arrays["topic"], np.int64), np.asarray(arrays["weights"], np.float32)),
            np.asarray(arrays["centres"], np.float32),
            Space(record.categories, rarity, regression, Shares(*record.shares)),
            record.issued,
            record.changes,
        )
