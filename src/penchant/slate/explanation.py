"""One item taken apart for one person: what its score is made of, what would have to be otherwise, and that in words."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.interest.parts import Named, Parts
from penchant.interest.sources import Source
from penchant.narrate.person import reasons
from penchant.narrate.person.facts import Fact
from penchant.rank.blend import Scored
from penchant.shift import Moved
from penchant.slate.spoken import SILENT
from penchant.types import F32, F64, I64, Bool, Events, Interests

SHOWN = 20  # contributions that are named; the rest is one
MOST = 5  # events that a counterfactual does without
_LOUD = 0.01  # least share of a source that is handed down to events


class Contribution(msgspec.Struct, frozen=True):
    """A part of a score; `kind` is event (`id` is the event's), words (that of the event in which they were said), source, text,
    interest, or rest."""

    kind: str
    id: str
    label: str
    value: float


class Counterfactual(msgspec.Struct, frozen=True):
    """Where the item would stand by score had these events not been."""

    without: tuple[str, ...]
    labels: tuple[str, ...]
    score: float
    rank: int


class Explanation(msgspec.Struct, frozen=True):
    """Why an item has its score for a user at `at`.

    The values of `contributions` sum to `score`, the largest first; those of `interests` share out what its events add. `rank` is
    its place by score among all that could have been shown, from 1 on: a slate also sees to variety and pins. `change` is the
    shift of the year before that led to what the item is about, if any.
    """

    user: str
    item: str
    title: str
    at: float
    slate: str | None
    score: float
    rank: int
    contributions: tuple[Contribution, ...]
    interests: tuple[Contribution, ...]
    counterfactual: Counterfactual | None
    change: Moved | None
    text: str


def by_event(
    scored: Scored,
    sources: Sequence[Source],
    interests: Interests,
    item: int,
    catalog: Catalog,
    muted: Bool | None = None,
) -> tuple[F64, F64]:
    """What each of the last N events, newest first, and each source beside them adds to the score of `item`: (N,) and (S,).

    A source that speaks for the item hands its share down to the events it came from, in proportion to what each added by the
    source's own account (`Source.because`); what no event accounts for, and what speaks against, stays with the source, and so
    does what came from `muted` items (items,): they are not named. Together they sum to the score. A source beyond those given is
    the request's own text.
    """
    had = interests.items[0]
    silent = np.zeros(len(had), bool) if muted is None else (had >= 0) & muted[had]
    rest = np.asarray(scored.weights[0], np.float64) * scored.parts[:, 0, item]
    past = np.zeros(interests.items.shape[1])
    for row, source in enumerate(sources):
        if rest[row] > _LOUD:
            added = np.maximum(source.because(interests, np.array([item]), catalog)[:, 0], 0).astype(np.float64)
            added[interests.weights[0] <= 0] = 0
            if (total := added.sum()) > 1e-12:
                handed = added * (rest[row] / total)
                past += np.where(silent, 0, handed)
                rest[row] = handed[silent].sum()
    return past, rest


def contributions(
    past: F64,
    rest: F64,
    sources: Sequence[Source],
    ids: Sequence[str],
    titles: Sequence[str],
    beyond: Sequence[str] = ("text",),
    heard: Sequence[tuple[str, str, float]] = (),
) -> tuple[Contribution, ...]:
    """The same as records, the largest first; `ids` and `titles` are of the last events, newest first. What stands `beyond` the
    sources is the request's text, or what was `heard` before: event, what is told of it, its part of all that speaks for it."""
    found = [
        Contribution("event", id, title, value) for id, title, value in zip(ids, titles, past.tolist(), strict=False) if value
    ]
    said: dict[str, float] = {}  # sources that say the same thing in words speak as one
    for source, value in zip(sources, rest.tolist(), strict=False):
        said[source.label] = said.get(source.label, 0.0) + value
    names = {source.label: source.name for source in reversed(sources)}
    found += [Contribution("source", names[label], label, value) for label, value in said.items() if value]
    for name, value in zip(beyond, rest[len(sources) :].tolist(), strict=False):
        if name == "text":
            found.append(Contribution("text", "text", "what was asked for", value))
        elif value:
            spoke = [one for one in heard if one[2] > 0] if value > 0 else []
            parts = spoke or [("words", SILENT, 1.0)]
            found += [Contribution("words", id, label, value * part) for id, label, part in parts]
    found.sort(key=lambda one: -abs(one.value))
    if len(found) > SHOWN:
        left = found[SHOWN - 1 :]
        found[SHOWN - 1 :] = [Contribution("rest", "", f"{len(left)} smaller ones", sum(one.value for one in left))]
    return tuple(found)


def by_interest(past: F64, rows: I64, parts: Parts, named: Sequence[Named]) -> tuple[Contribution, ...]:
    """What the events of each interest add, the largest first; `rows` are the numbers of the last events among those that `parts`
    says the topics of."""
    value = np.zeros(int(max(parts.row.max(initial=-1), rows.max(initial=-1))) + 1)
    value[rows] = past[: len(rows)]
    sums = np.bincount(parts.label, parts.part * value[parts.row], len(named))
    order = [label for label in np.argsort(-sums, kind="stable").tolist() if sums[label] > 1e-9]
    return tuple(Contribution("interest", named[label].id, named[label].label, float(sums[label])) for label in order[:SHOWN])


def counterfactual(
    past: F64,
    rows: Sequence[I64] | I64,
    told: Sequence[tuple[str, str]],
    again: Callable[[Bool], tuple[float, int]],
    events: Events,
    beyond: int,
) -> Counterfactual | None:
    """The fewest events, the strongest first and up to five, without which the item would stand behind place `beyond`; all five
    where even that is not enough, and nothing where no event speaks for it.

    `rows` are the last events' places in `events`, `told` the id and title of each, newest first; what was said has several
    places. `again` scores the item for the events that are kept.
    """
    strongest = [place for place in np.argsort(-past[: len(rows)], kind="stable")[:MOST].tolist() if past[place] > 0]
    found = None
    for count in range(1, len(strongest) + 1):
        kept = np.ones(len(events.user), bool)
        for place in strongest[:count]:
            kept[rows[place]] = False
        score, rank = again(kept)
        ids, titles = zip(*(told[place] for place in strongest[:count]), strict=True)
        found = Counterfactual(ids, tuple(dict.fromkeys(titles)), score, rank)
        if rank > beyond:
            break
    return found


def rank_of(scores: F32, item: int, hidden: Bool) -> int:
    """The place of `item` by `scores` (items,) among what is not `hidden` (items,), from 1 on."""
    return 1 + int((scores[~hidden] > scores[item]).sum())


def spoken_of(
    title: str,
    found: Sequence[Contribution],
    without: Counterfactual | None,
    rank: int,
    change: Moved | None,
    language: str = "en",
) -> tuple[Fact, ...]:
    """What the numbers say, as facts in a language, the weightiest first."""
    for_it = [one for one in found if one.value > 0]
    whole = sum(one.value for one in for_it) or 1.0
    said: list[Fact | None] = []
    events = [one for one in for_it if one.kind == "event"]
    if events:
        names = list(dict.fromkeys(one.label for one in events))
        named = [name for name in names if sum(one.value for one in events if one.label == name) >= 0.1 * whole][:3] or names[:1]
        shown = [one for one in events if one.label in named]
        said.append(reasons.because(title, named, sum(one.value for one in shown) / whole, [one.id for one in shown]))
    others = [one.label for one in for_it if one.kind in ("source", "text", "words") and one.value >= 0.1 * whole][:3]
    if others:
        said.append(reasons.also(title, [reasons.spoken(label, language) for label in others], alone=not events))
    if beside := [one.label for one in found if one.kind == "source" and one.value <= -0.1 * whole][:2]:
        said.append(reasons.against(title, [reasons.spoken(label, language) for label in beside]))
    if without is not None and without.rank != rank:
        left = [reasons.spoken(label, language) for label in without.labels]
        said.append(reasons.without(title, left, without.rank, rank, without.without))
    if change is not None:
        said.append(reasons.changed(change))
    return reasons.numbered([fact for fact in said if fact is not None] or [reasons.nothing(title)])
