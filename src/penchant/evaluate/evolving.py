"""The evolution protocol: streams with planted shifts are walked event by event, asked, then told, by one fitted engine's models.

Everything is learned from other people, before the first request: `knowledge.learn`, as in an engine. A request of a stream knows
the stream's earlier events and what everybody else did until then; what is wanted is the stream's next event. docs/evaluation.md
has the definitions.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from penchant.catalog import Catalog
from penchant.config import Config
from penchant.evaluate.planted import AFTER, BEFORE, CLICKS, Lives, Planted, lives, plant
from penchant.evaluate.policies import Asked, Policy, changed
from penchant.evaluate.ranking import top_k
from penchant.interest.sources import Popularity, Told, cell_of
from penchant.interest.visits import visits
from penchant.interest.walk import consumed, walk
from penchant.knowledge import Knowledge, learn
from penchant.rank.blend import Blend
from penchant.rank.learn import Progress, silent
from penchant.retrieve.exact import best
from penchant.shift import Alarms
from penchant.shift.learn import Histories
from penchant.shift.watch import shares
from penchant.slate.diversity import diversify
from penchant.types import F32, F64, I64, Bool, Events, Interests

SINCE = 0.6  # quantile of time: learned is what was before, asked what comes after
MOST = 120  # people, each with one stream of every kind
PASSING = 10  # events asked about after an excursion or an absence
POOL = 200  # candidates that diversity chooses from, as in the engine
_ROWS, _BLOCK = 100, 2_000  # requests scored together, and walked together


class World(NamedTuple):
    """What is learned, and the streams it is tried on."""

    catalog: Catalog
    config: Config
    known: Knowledge
    lived: Lives
    planted: Planted
    alarms: Alarms  # raised in the streams, rows are streams
    belongs: F32  # (items, B) how much each item is of each topic that is watched
    stream: Events  # what everybody else does meanwhile, in order of time


class Questions(NamedTuple):
    """R requests: what comes next?"""

    stream: I64
    prefix: I64  # events known: those strictly earlier
    at: F64  # epoch seconds
    offset: I64  # events of the person's own future before it; below 0 those before the shift
    target: I64  # the item that came
    fair: Bool  # whether it could be recommended: where people do not come back, it is new to them


def prepared(
    events: Events,
    catalog: Catalog,
    config: Config,
    *,
    repeat: bool,
    seed: int = 0,
    most: int = MOST,
    progress: Progress = silent,
) -> World:
    """Streams of up to `most` people, and what can be learned from all others before the .6 quantile of time.

    Raises:
        InvalidInput: when fewer than twenty people have a history long enough.
    """
    rng = np.random.default_rng(seed)
    since = float(np.quantile(events.time, SINCE)) if len(events.time) else 0.0
    lived = lives(events, since, rng, most)
    drawn = np.array([int(lived.events.user[rows[0]]) for rows in lived.rows])
    others = events.take(~np.isin(events.user, drawn))
    others = others.take(np.lexsort((rng.random(len(others.user)), others.time, others.user)))
    none = Knowledge.none(catalog.dim, config)
    learnt = replace(config, repeat=repeat, seed=seed)
    known, _ = learn(others.take(others.time < since), catalog, learnt, none, progress, warm=False, folder=None, board=None)
    belongs = shares(np.arange(len(catalog)), catalog, known.topics, known.watch.topics)
    planted = plant(lived, belongs[lived.events.item], rng)
    rest = others.take(others.time >= since)
    alarms = known.watch.alarms(histories(planted, belongs))
    return World(catalog, config, known, lived, planted, alarms, belongs, rest.take(np.argsort(rest.time, kind="stable")))


def histories(planted: Planted, belongs: F32) -> Histories:
    """The streams as the detector reads them."""
    told = planted.events
    return Histories(told.user, belongs[told.item], visits(told.user, told.time))


def questions(planted: Planted, *, repeat: bool) -> Questions:
    """Every event that is asked about: the last `BEFORE` ahead of a lasting shift, or of the cut where nothing shifts, and the
    first `AFTER` of the person's own future: after what passes `PASSING` are enough, and one after a click."""
    place, stream = planted.place, planted.events.user
    begun, onward = np.where(planted.at >= 0, planted.at, planted.onward), planted.onward
    asks = np.where(begun == onward, AFTER, PASSING)
    asks[np.concatenate([planted.of(kind) for kind in CLICKS])] = 1
    after, before = place - onward[stream], place - begun[stream]
    asked_after = (after >= 0) & (after < asks[stream])
    asked_before = (before < 0) & (before >= -BEFORE) & (begun == onward)[stream]
    rows = np.flatnonzero(asked_after | asked_before)
    offset = np.where(asked_after, after, before)[rows]
    fair = np.ones(len(rows), bool) if repeat else ~_repeated(planted.events)[rows]
    told, known = planted.events, _earlier(planted.events)
    return Questions(stream[rows], known[rows], told.time[rows], offset, told.item[rows], fair)


def answers(
    world: World,
    asked: Questions,
    policies: Mapping[str, Policy],
    sources: Sequence[str],
    *,
    k: int = 10,
    progress: Progress = silent,
) -> dict[str, I64]:
    """(R, k) the slates of every policy of the blend, diversity and all, and of single sources of it, -1 where one is shorter.

    Requests are answered in order of time, and the sources told of everybody else's events in between.
    """
    blend = _untold(world.known.blend)
    names = [source.name for source in blend.sources]
    lists = {name: np.full((len(asked.at), k), -1, np.int64) for name in (*policies, *sources)}
    ties = np.random.default_rng(0).permutation(len(world.catalog))
    told, order = Told(blend.sources, world.stream), np.argsort(asked.at, kind="stable")
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        requests = _read(world, asked, block)
        read = {name: policy(requests) for name, policy in policies.items()}
        differ = {name: changed(requests.interests, interests) for name, interests in read.items()}
        for part in range(0, len(block), _ROWS):
            rows = np.arange(part, min(part + _ROWS, len(block)))
            told.until(float(requests.at[rows[0]]))
            hidden = _hidden(world, asked, block[rows])
            scored = blend.score(requests.interests.take(rows), world.catalog)
            usual = _slates(world, scored.scores, hidden, k)
            for name in policies:
                lists[name][block[rows]] = usual
                other = rows[np.isin(rows, differ[name])]
                if len(other):
                    scores = blend.score(read[name].take(other), world.catalog).scores
                    lists[name][block[other]] = _slates(world, scores, hidden[other - part], k)
            for name in sources:
                part_of = scored.parts[names.index(name)]
                lists[name][block[rows]] = ties[top_k(part_of[:, ties], k, candidates=~hidden[:, ties])]
        progress("asking", min(1.0, (start + _BLOCK) / len(order)))
    return lists


def _untold(blend: Blend) -> Blend:
    """The same, to be told of a stream: only counts of what is popular are changed by that."""
    same: dict[int, object] = {}
    told = Blend([deepcopy(source, same) if isinstance(source, Popularity) else source for source in blend.sources])
    told.weights = blend.weights
    return told


def _read(world: World, asked: Questions, rows: I64) -> Asked:
    stream, prefix, at = asked.stream[rows], asked.prefix[rows], asked.at[rows]
    vectors, cell, fold = world.catalog.vectors, cell_of(world.known.blend.sources), world.config.fold
    interests: Interests = walk(world.planted.events, stream, at, prefix, vectors, fold, cell)
    return Asked(stream, prefix, at, interests, world.alarms, world.planted, vectors, fold, cell)


def _hidden(world: World, asked: Questions, rows: I64) -> Bool:
    """(rows, items) what may not be recommended; what came may."""
    hidden = np.stack([~world.catalog.visible(at) for at in asked.at[rows].tolist()])
    if not world.known.repeat:
        hidden |= consumed(world.planted.events, asked.stream[rows], asked.prefix[rows], len(world.catalog))
    hidden[np.arange(len(rows))[asked.fair[rows]], asked.target[rows][asked.fair[rows]]] = False
    return hidden


def _slates(world: World, scores: F32, hidden: Bool, k: int) -> I64:
    return diversify(best(scores, hidden, POOL + k), world.catalog.vectors, k, world.config.diversity).items


def _earlier(events: Events) -> I64:
    """(n,) how many events of the same stream are strictly earlier."""
    begins = np.diff(events.time, prepend=-np.inf) != 0
    begins |= np.diff(events.user, prepend=-1) != 0
    first = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    return np.asarray(first - np.searchsorted(events.user, events.user))


def _repeated(events: Events) -> Bool:
    """(n,) whether the stream had the item before."""
    key = events.user * (int(events.item.max(initial=0)) + 1) + events.item
    again = np.ones(len(key), bool)
    again[np.unique(key, return_index=True)[1]] = False
    return again
