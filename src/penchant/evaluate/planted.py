"""Streams with planted, labelled shifts, made from the real histories of people: the streams of the evolution protocol.

The history of everybody drawn is cut where a visit begins, into a past and a future. Streams end with the future of one person,
so that the same events are asked about whatever was planted before them: after their own past (unshifted), after the past of
somebody with other interests (move), or after their own past and something of another's in between (excursion, revival). Visits
stay as they were lived; the clock of what goes before is moved by whole days.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from penchant.errors import InvalidInput
from penchant.interest.visits import BREAK, visits
from penchant.types import DAY, F32, F64, I64, Bool, Events

Kind = Literal["unshifted", "move", "swap", "excursion", "revival", "odd click", "usual click"]
KINDS: tuple[Kind, ...] = ("unshifted", "move", "swap", "excursion", "revival", "odd click", "usual click")
CLICKS: tuple[Kind, ...] = ("odd click", "usual click")
BEFORE, AFTER = 20, 60  # events asked about before a shift, and from it on
PAST = 40  # events that a past has at least
EXCURSION, ABSENCE = 10, 40  # events of another person in between
SILENCE = 90 * DAY  # from the last event before an absence to the first after it, at least
KEPT = 0.25  # share of events on the topics that a swap makes rare
_FEWEST = 20  # people who could be cut
_PLACE = {kind: number for number, kind in enumerate(KINDS)}


class Lives(NamedTuple):
    """P people who can be cut: rows of their events in order, and where the future begins."""

    events: Events  # what was consumed, sorted by user, then time, ties in random order
    rows: list[I64]  # P histories
    cut: I64  # (P,) event of the person that the future begins with
    breaks: F64  # seconds, the silences between all their visits

    def past(self, person: int) -> I64:
        """Rows before the cut."""
        return self.rows[person][: self.cut[person]]

    def future(self, person: int) -> I64:
        """Rows from the cut on."""
        return self.rows[person][self.cut[person] :]


class Planted(NamedTuple):
    """N streams. Event numbers count within a stream, from 0."""

    events: Events  # sorted by stream, then time; `user` is the number of the stream
    part: I64  # (n,) which part of its stream an event is of: 0 before the shift, then 1, ...
    kind: I64  # (N,) number in KINDS
    person: I64  # (N,) whose future it ends with
    at: I64  # (N,) the event that the shift begins with, -1 where nothing shifts
    onward: I64  # (N,) the event that the person's own future begins with, which is asked about
    length: I64  # (N,) events

    def of(self, kind: Kind) -> I64:
        """The streams of a kind."""
        return np.flatnonzero(self.kind == _PLACE[kind])

    @property
    def place(self) -> I64:
        """(n,) number of each event within its stream."""
        return np.arange(len(self.events.user)) - np.searchsorted(self.events.user, self.events.user)

    def mixes(self, memberships: F32) -> tuple[F32, F32]:
        """(N, B) mean membership of the events before the shift, and of its first `AFTER` events; of an excursion, of its own.

        `memberships` (n, B) are those of the events. Where nothing shifts, the cut stands for the shift.
        """
        place, stream = self.place, self.events.user
        begun = np.where(self.at >= 0, self.at, self.onward)
        until = np.where(self.onward > begun, self.onward, begun + AFTER)
        before = place < begun[stream]
        after = ~before & (place < until[stream])
        return _means(memberships, stream, before, len(self.kind)), _means(memberships, stream, after, len(self.kind))


def lives(events: Events, since: float, rng: np.random.Generator, most: int) -> Lives:
    """Up to `most` people with a visit that begins after `PAST` events or more, the last `BEFORE` of them after `since`, and
    before `AFTER` or more: half of all such people at most, by chance, so that there are others to learn from. Of several such
    visits of a person one is drawn.

    Raises:
        InvalidInput: when there are fewer than twenty such people.
    """
    told = events.take((events.item >= 0) & (events.weight > 0))
    told = told.take(np.lexsort((rng.random(len(told.user)), told.time, told.user)))
    row, visit = np.arange(len(told.user)), visits(told.user, told.time)
    first, last = np.searchsorted(told.user, told.user), np.searchsorted(told.user, told.user, side="right")
    begins = np.diff(visit, prepend=-1) != 0
    able = begins & (row - first >= PAST) & (last - row >= AFTER) & (told.time[np.maximum(row - BEFORE, 0)] >= since)
    cuts = rng.permutation(np.flatnonzero(able))
    people, chosen = np.unique(told.user[cuts], return_index=True)
    if len(people) < _FEWEST:
        raise InvalidInput(
            f"{len(people)} people have {PAST} events, then {AFTER} more from another visit on, after {since:.0f} s; "
            f"shifts are planted in the histories of half of them, who must be {_FEWEST} or more: give longer histories"
        )
    drawn = np.sort(cuts[chosen[rng.permutation(len(people))[: min(most, len(people) // 2)]]])
    rows = [np.arange(first[cut], last[cut]) for cut in drawn.tolist()]
    breaks = [np.diff(told.time[history]) for history in rows]
    silences = np.concatenate([gaps[gaps >= BREAK] for gaps in breaks])
    return Lives(told, rows, drawn - first[drawn], silences)


def partners(mixes: F32) -> I64:
    """(P,) another of P mixes (P, B) for each, every one of them once, so that they are as far apart as can be.

    Distance is total variation; the assignment with the largest sum (Kuhn 1955, the Hungarian method). Drawing the furthest of
    all instead would pair everybody with the same few people who are like nobody else.

    >>> partners(np.array([[1, 0], [0, 1], [0.9, 0.1], [0.2, 0.8]], np.float32))
    array([1, 0, 3, 2])
    """
    apart = np.abs(mixes[:, None] - mixes[None]).sum(axis=2) / 2
    np.fill_diagonal(apart, -len(mixes))
    return np.asarray(linear_sum_assignment(apart, maximize=True)[1])


def plant(lived: Lives, memberships: F32, rng: np.random.Generator) -> Planted:
    """Every kind of stream for everybody, as far as their history allows; `memberships` (n, B) are those of `lived.events`."""
    mixes = np.stack([memberships[rows].mean(axis=0) for rows in lived.rows])
    partner = partners(mixes)
    pieces: list[_Piece] = []
    for person, other in enumerate(partner.tolist()):
        past, future, theirs = lived.past(person), lived.future(person), lived.future(other)
        pieces.append(_Piece("unshifted", person, [past, future]))
        pieces.append(_Piece("move", person, [lived.past(other), future], _silences(lived, rng, 1)))
        pieces.append(_Piece("excursion", person, [past, theirs[:EXCURSION], future], _silences(lived, rng, 2)))
        away = _silences(lived, rng, 2)
        absent = theirs[:ABSENCE]
        spent = float(lived.events.time[absent[-1]] - lived.events.time[absent[0]])
        away[0] = max(away[0], SILENCE - spent - away[1])
        pieces.append(_Piece("revival", person, [past, absent, future], away))
        swapped = _swapped(past, future, memberships, rng)
        if len(swapped[0]) >= PAST and len(swapped[1]) >= AFTER:
            pieces.append(_Piece("swap", person, swapped))
        for kind, clicked in zip(CLICKS, (theirs, past), strict=True):
            lent = [past[:-1], past[-1:], future]
            pieces.append(_Piece(kind, person, [past[:-1], rng.choice(clicked, 1), future], lent=lent))
    pieces.sort(key=lambda piece: (_PLACE[piece.kind], piece.person))
    return _together(lived.events, pieces)


class _Piece(NamedTuple):
    """A stream in parts, of rows of the log."""

    kind: Kind
    person: int
    parts: Sequence[I64]
    silences: F64 | None = None  # seconds between the parts; None leaves the clocks as they are
    lent: Sequence[I64] | None = None  # rows that the parts have their times from, if not their own


def _silences(lived: Lives, rng: np.random.Generator, count: int) -> F64:
    return rng.choice(lived.breaks, count) if len(lived.breaks) else np.full(count, DAY)


def _swapped(past: I64, future: I64, memberships: F32, rng: np.random.Generator) -> list[I64]:
    """A history whose two halves of topics swap places: of the one most is left out before the cut, of the other after it."""
    mass = memberships[np.r_[past, future]].sum(axis=0)
    second = np.zeros(len(mass), bool)
    sizes = [0.0, 0.0]
    for topic in np.argsort(-mass, kind="stable").tolist():  # the largest first, each to the smaller half
        second[topic] = sizes[1] < sizes[0]
        sizes[int(second[topic])] += float(mass[topic])
    rare = second[memberships.argmax(axis=1)]
    kept = rng.random(len(past)) < KEPT, rng.random(len(future)) < KEPT
    return [past[~rare[past] | kept[0]], future[rare[future] | kept[1]]]


def _together(events: Events, pieces: Sequence[_Piece]) -> Planted:
    parts = [part for piece in pieces for part in piece.parts]
    rows = np.concatenate(parts)
    sizes = np.array([len(part) for part in parts])
    counts = np.array([len(piece.parts) for piece in pieces])
    stream = np.repeat(np.arange(len(pieces)), counts)
    time = np.concatenate([times for piece in pieces for times in _clocks(events, piece)])
    told = events.take(rows)._replace(user=np.repeat(stream, sizes), time=time)
    return Planted(
        events=told,
        part=np.repeat(np.concatenate([np.arange(count) for count in counts]), sizes),
        kind=np.array([_PLACE[piece.kind] for piece in pieces]),
        person=np.array([piece.person for piece in pieces]),
        at=np.array([-1 if piece.kind == "unshifted" else len(piece.parts[0]) for piece in pieces]),
        onward=np.array([sum(len(part) for part in piece.parts[:-1]) for piece in pieces]),
        length=np.bincount(stream, sizes).astype(np.int64),
    )


def _clocks(events: Events, piece: _Piece) -> list[F64]:
    """Times of each part: the last as it was, the others moved by whole days so that about the stated silences lie between."""
    times = [events.time[part] for part in piece.lent or piece.parts]
    if piece.silences is None:
        return times
    for place in range(len(times) - 2, -1, -1):
        target = times[place + 1][0] - piece.silences[place]
        days = np.floor((target - times[place][-1]) / DAY)
        times[place] = times[place] + days * DAY
    return times


def _means(memberships: F32, stream: I64, chosen: Bool, streams: int) -> F32:
    sums = np.zeros((streams, memberships.shape[1]))
    np.add.at(sums, stream[chosen], memberships[chosen])
    return np.asarray(sums / np.maximum(np.bincount(stream[chosen], minlength=streams), 1)[:, None], np.float32)
