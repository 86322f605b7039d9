"""Names that a generator gave to topics, brought into what was learned: ids stay, and so does what a topic is called by rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from penchant.interest.topics import Topics
from penchant.interest.topics.topics import Topic
from penchant.knowledge import Knowledge
from penchant.narrate.desk.desk import Desk
from penchant.narrate.person.labels import Naming, subject, subjects
from penchant.narrate.person.portrait import LANGUAGES
from penchant.types import F32

Encode = Callable[[Sequence[str]], F32]  # queries to unit rows, (texts, dim)


def wanted(known: Knowledge, language: str) -> Iterator[tuple[str, bytes, None]]:
    """What a desk is to be asked for names of all topics in a language: the kind, the facts, and no user."""
    for payload in subjects(known.topics, language).values():
        yield Naming.name, payload, None


def renamed(known: Knowledge, desk: Desk, language: str, vectors: F32, encode: Encode) -> Knowledge:
    """The same knowledge with the names that the desk has by now in a language.

    A name is taken where it finds its topic as well as the label by rule does: as a query to the text encoder, `encode`, it is
    nearer to the mean of the `vectors` (items, dim) of no more other topics of the level. Elsewhere, where another topic of the
    level has the name, or where nobody writes any more, a topic goes by its label by rule.
    """
    if language not in LANGUAGES or not known.topics.fine:
        return known
    plain = {topic.id: known.plain.get(topic.id, topic.label) for topic in _all(known)}
    given: dict[str, str] = {}
    for id, payload in subjects(known.topics, language).items():
        if (text := desk.ask(Naming.name, payload)) is not None:
            given[id] = msgspec.json.decode(text, type=str)
    by_rule = known.topics.labelled(plain)
    good = _found(by_rule, given, vectors, encode) if given else set()
    topics = by_rule.named(lambda topic: given[topic.id] if topic.id in good else None)
    labels = {topic.id: topic.label for topic in (*topics.broad, *topics.fine)}
    left = {id: label for id, label in plain.items() if labels[id] != label}
    return known._replace(topics=topics, watch=known.watch.renamed(labels), plain=left)


def _found(topics: Topics, given: Mapping[str, str], vectors: F32, encode: Encode) -> set[str]:
    """The topics whose given name finds them as well as their label does."""
    good: set[str] = set()
    for level, shares in ((topics.broad, topics.broad_shares()), (topics.fine, topics.fine_shares().toarray())):
        rows = [row for row, topic in enumerate(level) if topic.id in given]
        if rows:
            centres = shares.T @ vectors[: len(shares)]
            centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
            ranks = []
            for names in ([level[row].label for row in rows], [given[level[row].id] for row in rows]):
                near = encode(names) @ centres.T  # (names, topics)
                ranks.append((near > near[np.arange(len(rows)), rows][:, None]).sum(axis=1))
            good.update(level[row].id for row, before, after in zip(rows, *ranks, strict=True) if after <= before)
    return good


def apart(before: Knowledge, after: Knowledge) -> int:
    """How many topics go by another name in what is known `after`."""
    return sum(then.label != now.label for then, now in zip(_all(before), _all(after), strict=True))


def called(id: str, label: str, known: Knowledge, desk: Desk, language: str) -> str:
    """What a topic is called in a language that is not the catalog's: `label` where there is no name in it yet."""
    levels = (("broad", known.topics.broad), ("fine", known.topics.fine))
    found = next(((level, topic) for level, topics in levels for topic in topics if topic.id == id), None)
    if found is None:
        return label
    text = desk.ask(Naming.name, subject(found[1], language, found[0]))
    return label if text is None else msgspec.json.decode(text, type=str)


def _all(known: Knowledge) -> Iterable[Topic]:
    return (*known.topics.broad, *known.topics.fine)
