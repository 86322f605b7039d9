"""Finding the topics of a catalog, naming them, and telling what became of those before."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from penchant.catalog import Catalog
from penchant.interest.topics.centres import MOST, Then, found, kept, parents
from penchant.interest.topics.choosing import cut, gain, people
from penchant.interest.topics.matching import Matched, match, overlaps
from penchant.interest.topics.membership import Membership, first, members
from penchant.interest.topics.naming import Description, describe, lexicon
from penchant.interest.topics.space import SHARES, Shares, fit_space
from penchant.interest.topics.topics import Topic, Topics
from penchant.interest.transitions import Sparse
from penchant.types import I64, Events

FINE, BROAD = (50, 80, 120, 180, MOST), (12, 30)  # numbers of fine topics to choose from, bounds of the number of broad ones
_TRIES = 3  # times that each number is tried
_SOME = 10_000  # items that each trial looks for topics among
_NEARLY = 0.95  # of the best gain: the fewest topics that reach it are chosen
_EACH = 8  # items for each fine topic at least, on average
_EVENTS = 2_000  # later events from which on the number of topics is chosen by them


def fit(
    catalog: Catalog,
    events: Events,
    *,
    rng: np.random.Generator,
    before: Topics | None = None,
    fine: int | None = None,
    broad: int | None = None,
    shares: Shares = SHARES,
) -> Topics:
    """Topics of `catalog` from what its items say, what they are filed under and who has them in `events`.

    Without `fine` their number is chosen: the fewest of 50, 80, 120, 180 or 270 that reach 95 % of the best `gain` in foreseeing
    what people have in the last fifth of their history, on a parabola through three trials of each; where there are too few
    events, twice the root of the number of items, within the same bounds. Broad topics are clusters of fine ones, one for four,
    from 12 to 30. Both give way where the catalog is small: eight items for a fine topic, three fine for a broad one.

    The topics `before` are kept: they start from where their items, found by id, are now, and keep their ids; some are added for
    items that fit none. `changes` tells what became of them.

    >>> from penchant.types import Item
    >>> catalog = Catalog(2)
    >>> names = "red apple", "green apple", "old apple", "red car", "green car", "old car"
    >>> where = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    >>> numbers = catalog.extend([Item(id=name, title=name.title()) for name in names], where)
    >>> topics = fit(catalog, Events.joined([]), rng=np.random.default_rng(0), fine=2)
    >>> sorted(topic.label for topic in topics.fine)
    ['Apple', 'Car']
    """
    space, points = fit_space(catalog, events, rng, shares)
    then = _before(catalog, before)
    if (then.fine >= 0).any():
        centres = kept(points, then, rng, fine)
    else:
        centres = found(points[points.any(axis=1)], fine or _number(catalog, events, shares, rng), rng)
    member = members(points, centres)
    parent = parents(centres, first(member), then, broad or _broad(len(centres)))
    above, own = _identified(first(member), parent, then, before)
    tops, topics = _named(catalog, events, member, parent, (above, own))
    changes = above.changes + own.changes if before else ()
    return Topics(tops, topics, parent, tuple(catalog), member, centres, space, (above.issued, own.issued), changes)


def _before(catalog: Catalog, before: Topics | None) -> Then:
    """Items are found by their ids: a catalog read anew may number them otherwise."""
    fine = np.full(len(catalog), -1)
    if before is None:
        return Then(fine, fine, np.zeros(0, np.int64))
    main = first(before.member)
    known = [(catalog.number(item), place) for place, item in enumerate(before.items) if item in catalog]
    numbers, places = np.array(known, np.int64).reshape(-1, 2).T
    fine[numbers] = main[places]
    broad = np.where(fine >= 0, np.append(before.parent, -1)[fine], -1)
    return Then(fine, broad, np.bincount(main[main >= 0], minlength=len(before.fine)))


def _number(catalog: Catalog, events: Events, shares: Shares, rng: np.random.Generator) -> int:
    """How many fine topics to seek; those that are tried are found in what came before the events they are judged by."""
    most = max(1, len(catalog) // _EACH)
    tried = [count for count in FINE if count <= most]
    earlier, later = cut(events)
    if len(tried) < 2 or len(later.user) < _EVENTS:
        return min(most, int(np.clip(2 * len(catalog) ** 0.5, FINE[0], FINE[-1])))
    points = fit_space(catalog, earlier, rng, shares)[1]
    asked, gains = people(earlier, later, rng, len(catalog)), []
    told = points[points.any(axis=1)]
    for count in tried * _TRIES:
        some = told if len(told) <= _SOME else told[np.sort(rng.permutation(len(told))[:_SOME])]
        centres = found(some, count, rng, tries=1)
        gains.append(gain(members(points, centres), len(centres), earlier, later, asked))
    bend = np.polyfit(np.log(tried * _TRIES), gains, min(2, len(tried) - 1))
    curve = np.polyval(bend, np.log(tried))
    return tried[int(np.argmax(curve >= curve.max() - (1 - _NEARLY) * abs(curve.max())))]


def _broad(fine: int) -> int:
    """The number of broad topics for so many fine ones."""
    return min(int(np.clip(round(fine / 4), *BROAD)), max(1, fine // 3))


def _identified(main: I64, parent: I64, then: Then, before: Topics | None) -> tuple[Matched, Matched]:
    """Ids of broad and of fine topics, by the items they share with those before."""
    issued = before.issued if before else (0, 0)
    broad, fine = ([topic.id for topic in level] for level in ((before.broad, before.fine) if before else ((), ())))
    above = np.where(main >= 0, np.append(parent, -1)[main], -1)
    tops = int(parent.max(initial=-1)) + 1
    return (
        match(broad, overlaps(then.broad, above, len(broad), tops), "theme:", issued[0]),
        match(fine, overlaps(then.fine, main, len(fine), len(parent)), "topic:", issued[1]),
    )


def _named(
    catalog: Catalog, events: Events, member: Membership, parent: I64, matched: tuple[Matched, Matched]
) -> tuple[tuple[Topic, ...], tuple[Topic, ...]]:
    """The broad and the fine topics with all there is to say of them."""
    tops, topics = (len(level.ids) for level in matched)
    main = first(member)
    sizes = np.bincount(main[main >= 0], minlength=topics)
    upwards = sparse.csr_array((np.ones(topics, np.float32), (np.arange(topics), parent)), shape=(topics, tops))
    fine = member.matrix(topics)
    broad: Sparse = sparse.csr_array(fine @ upwards)
    seen = np.bincount(events.item[(events.item >= 0) & (events.weight > 0)], minlength=len(catalog)).astype(float)
    read = lexicon(catalog.items)
    above = [matched[0].ids[place] for place in parent.tolist()]
    totals = np.bincount(parent, sizes, tops).astype(np.int64)
    return (
        _topics(matched[0], describe(read, broad, seen, fine), totals, [None] * tops),
        _topics(matched[1], describe(read, fine, seen), sizes, above),
    )


def _topics(matched: Matched, told: Sequence[Description], sizes: I64, above: Sequence[str | None]) -> tuple[Topic, ...]:
    rows = zip(matched.ids, told, above, sizes.tolist(), strict=True)
    return tuple(Topic(name, line.label, line.keywords, parent, size, line.examples) for name, line, parent, size in rows)
