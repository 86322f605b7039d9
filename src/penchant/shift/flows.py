"""Flows: between which topics people moved, from one period to the next.

A person's mix a before and b after are joined by the transport that moves least: what stayed, min(a, b), stays where it is; what
was lost goes to what was gained in proportion,

    F[j, k] = (a[j] - b[j])+ (b[k] - a[k])+ / sum_m (b[m] - a[m])+        where j != k

Its cost is half the sum of |a - b|, the least there is where every move costs the same (total variation: Villani 2003, "Topics in
optimal transportation"), and of all such transports it assumes the least: with only the two mixes known, nothing says which loss
paid for which gain. Everybody counts 1, however much they do, so that the sums are in people.

Mixes of few events differ by chance alone, and most of what seems to flow is that. What chance moves, it moves there and back
alike: exchanging a person's two periods transposes F. So it is the difference of a flow and the opposite one that is tested, and
how much would have moved had the same visits come in another order is told beside.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from scipy.special import stdtr

from penchant.errors import InvalidInput
from penchant.interest.visits import visits
from penchant.shift.floor import withheld
from penchant.shift.population import LONGEST, Panel, Subjects, Tallies, tallied, whole_days
from penchant.shift.trends import false_discoveries
from penchant.types import DAY, F64, I64, Bool

PERIOD = 91 * DAY  # seconds: thirteen weeks
LEAST = 5.0  # events in either period from which on a person has a mix
MOVED = 0.05  # share of a mix from which on a person counts as one of a flow
_SHUFFLES = 3  # orders of the visits that are tried


class Node(msgspec.Struct, frozen=True):
    """A topic, and its part in what is shown of everybody's mixes, before and after."""

    id: str
    label: str
    before: float
    after: float


class Link(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """What went from one topic to another, or stayed where it was.

    It is a `share` of everybody's mixes; `people` lost a twentieth of theirs in the one and gained as much in the other, or had
    that much stay. `q` is the false discovery rate at which more went this way than back; null where less did, where too few
    moved either way to ask, and for what stayed.
    """

    source: str
    target: str
    people: int
    share: float
    q: float | None


class Flows(msgspec.Struct, frozen=True):
    """How the mixes of those who did something in both periods changed: from as long before `since` to `until`.

    `moved` is the share of their mixes that is elsewhere now, `by_chance` what of it the same visits in another order would have
    moved. `left_out` links, with `left_out_share` of the mixes, are of fewer people than the `floor`, or would tell of such.
    """

    since: float
    until: float
    floor: int
    people: int | None
    moved: float | None
    by_chance: float | None
    left_out: int
    left_out_share: float
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


class Moves(NamedTuple):
    """Everybody's transports together."""

    mass: F64  # (topics, topics) in people, what stayed on the diagonal
    people: I64  # (topics, topics) how many lost a twentieth of their mix here and gained as much there, or had it stay
    p: F64  # (topics, topics) symmetric: probability of such a difference of there and back where there is none


def flows(
    panel: Panel, about: Subjects, since: float, until: float, *, floor: int, rng: np.random.Generator | None = None
) -> Flows:
    """Between which topics people moved, of those with five events or more in either period, which are whole days.

    `rng` draws the orders of visits that chance is judged by; None leaves that out.

    Raises:
        InvalidInput: for a period of less than a day or more than five years, or what is no time.
    """
    until, since = whole_days(until, "until"), whole_days(since, "since")
    if not DAY <= until - since <= LONGEST:
        raise InvalidInput(f"until must be 1 to {LONGEST / DAY:,.0f} days after since, got {(until - since) / DAY:g} days")
    told = tallied([panel.between(2 * since - until, since), panel.between(since, until)], about.share)
    both = settled(told)
    people, size = len(both.people), len(about.topics)
    if people < floor:
        return Flows(since, until, floor, None, None, None, size * size, 1.0, (), ())
    found = moves(both, size)
    q = _rates(found, floor)
    hide = _withheld(both, found, floor)
    shown, left = np.where(hide, 0.0, found.mass / people), int((hide & (found.mass > 0)).sum())
    chance = None if rng is None else by_chance(panel.between(2 * since - until, until), since, both.people, about, rng)
    return Flows(
        since,
        until,
        floor,
        people,
        _moved(found.mass, people),
        chance,
        left,
        max(1.0 - float(shown.sum()), 0.0) if left else 0.0,
        _nodes(about, shown),
        _links(about, found, shown, q),
    )


def settled(told: Tallies) -> Tallies:
    """Those with enough events in either period to have a mix."""
    enough = np.logical_and(*(np.asarray(mass.sum(axis=1)) >= LEAST - 1e-3 for mass in told.mass))
    return Tallies(told.people[enough], tuple(mass[np.flatnonzero(enough)] for mass in told.mass))


def moves(told: Tallies, topics: int) -> Moves:
    """The transports between two periods, summed over people.

    >>> from scipy import sparse
    >>> before, after = (sparse.csr_array(np.array([mix], np.float32)) for mix in ([6, 2, 2], [2, 2, 6]))
    >>> moves(Tallies(np.array([0]), (before, after)), 3).mass.round(2).tolist()
    [[0.2, 0.0, 0.4], [0.0, 0.2, 0.0], [0.0, 0.0, 0.2]]
    """
    mass, square, fourth = np.zeros((3, topics, topics))
    people = np.zeros((topics, topics))
    for block in told.blocks():
        stayed, lost, gained = _parts(block)
        part = lost / np.maximum(gained.sum(axis=1, keepdims=True), 1e-12)
        mass += part.T @ gained + np.diag(stayed.sum(axis=0))
        square += (part**2).T @ gained**2
        fourth += (part**4).T @ gained**4
        people += (lost >= MOVED).astype(float).T @ (gained >= MOVED) + np.diag((stayed >= MOVED).sum(axis=0))
    return Moves(mass, people.round().astype(np.int64), _probability(mass, square + square.T, fourth + fourth.T))


def _withheld(told: Tallies, found: Moves, floor: int) -> Bool:
    """(topics, topics) which links must not be shown; `moved` tells the sum of those that stayed and of the others."""
    size = len(found.mass)

    def together(cells: Bool) -> int:
        mask, count = cells.reshape(size, size), 0
        for block in told.blocks():
            stayed, lost, gained = _parts(block)
            stays = ((stayed >= MOVED) & mask.diagonal()).any(axis=1)
            goes = ((lost >= MOVED).astype(np.float32) @ (mask & ~np.eye(size, dtype=bool)) > 0) & (gained >= MOVED)
            count += int((stays | goes.any(axis=1)).sum())
        return count

    stayed = np.eye(size, dtype=np.int64).ravel()
    return withheld(found.people.ravel(), found.mass.ravel(), floor, together, stayed).reshape(size, size) | (found.mass <= 0)


def _parts(block: list[F64]) -> tuple[F64, F64, F64]:
    """What of each person's mix stayed, was lost, and was gained; all (people, topics)."""
    before, after = (part / np.maximum(part.sum(axis=1, keepdims=True), 1e-12) for part in block)
    stayed = np.minimum(before, after)
    return stayed, before - stayed, after - stayed


def _probability(mass: F64, square: F64, fourth: F64) -> F64:
    """Of each difference of there and back, whose sign is a toss of a coin for every person where nothing moved."""
    alike = np.maximum(square**2 / np.maximum(fourth, 1e-300), 1.0)
    spread = square * alike / np.maximum(alike - 1, 1e-12)
    t = np.abs(mass - mass.T) / np.sqrt(np.maximum(spread, 1e-300))
    return np.where(square > 0, 2 * stdtr(np.maximum(alike - 1, 1.0), -t), 1.0)


def _rates(found: Moves, floor: int) -> F64:
    """(topics, topics) false discovery rates over the pairs of topics between which `floor` people moved either way, nan for the
    others: how many these are says nothing of a direction (Bourgon, Gentleman and Huber 2010, "Independent filtering")."""
    one, other = np.nonzero(np.triu(found.people + found.people.T, 1) >= max(floor, 1))
    q = np.full(found.p.shape, np.nan)
    q[one, other] = q[other, one] = false_discoveries(found.p[one, other])
    return q


def _moved(mass: F64, people: int) -> float:
    return max(1.0 - float(np.trace(mass)) / people, 0.0)


def _nodes(about: Subjects, shown: F64) -> tuple[Node, ...]:
    before, after = shown.sum(axis=1).tolist(), shown.sum(axis=0).tolist()
    nodes = (Node(topic.id, topic.label, *sides) for topic, *sides in zip(about.topics, before, after, strict=True))
    return tuple(node for node in nodes if node.before > 0 or node.after > 0)


def _links(about: Subjects, found: Moves, shown: F64, q: F64) -> tuple[Link, ...]:
    more = found.mass > found.mass.T
    ids = [topic.id for topic in about.topics]
    told = more & np.isfinite(q)
    links = [
        Link(ids[j], ids[k], int(found.people[j, k]), float(shown[j, k]), float(q[j, k]) if told[j, k] else None)
        for j, k in np.argwhere(shown > 0).tolist()
    ]
    return tuple(sorted(links, key=lambda link: (link.source == link.target, -round(link.share, 9), link.source, link.target)))


def by_chance(panel: Panel, since: float, people: I64, about: Subjects, rng: np.random.Generator) -> float:
    """How much of the mixes of `people` moves, on average, when the visits of each come in a random order, as many of them before
    `since` as there were."""
    mine = panel.take(np.isin(panel.user, people))
    visit = visits(mine.user, mine.time)
    first = np.flatnonzero(np.diff(visit, prepend=-1))
    late, owner = mine.time[first] >= since, mine.user[first]
    moved = []
    for _ in range(_SHUFFLES):
        drawn: Bool = late[np.lexsort((rng.random(len(owner)), owner))][visit]
        told = tallied([mine.take(~drawn), mine.take(drawn)], about.share)
        had = np.flatnonzero(np.logical_and(*(np.asarray(mass.sum(axis=1)) > 0 for mass in told.mass)))
        some = Tallies(told.people[had], tuple(mass[had] for mass in told.mass))
        moved.append(_moved(moves(some, len(about.topics)).mass, max(len(had), 1)))
    return float(np.mean(moved))
