"""The measurements behind topics: `python bench/topics.py compare|number|width|refit|place|speed|show [--shop FOLDER]`.

Prints the tables of docs/topics.md, and with `show` every topic of both data sets. `--shop` is a folder with Online Retail II
(docs/data.md); without it that data set must have been imported before.
"""

import argparse
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import NMF

from penchant.assets import load
from penchant.catalog import Catalog
from penchant.config import Config
from penchant.evaluate.world import World, world
from penchant.interest.topics import Membership, Shares, Topic, Topics, fit, membership
from penchant.interest.topics.choosing import cut, gain, people
from penchant.interest.topics.fitting import FINE
from penchant.interest.topics.kmeans import cluster
from penchant.interest.topics.matching import match, overlaps
from penchant.interest.topics.membership import MOST, first, members
from penchant.interest.topics.space import fit_space
from penchant.interest.transitions import histories
from penchant.types import DAY, F32, F64, I64, Events, Item

COUNT = 100  # topics in the comparison
SEEN = 20  # people that must have had an item for its pairs to count

SPACES = {
    "text": Shares(1, 0, 0),
    "text 1, categories .5": Shares(1, 0, 0.5),
    "behaviour": Shares(0, 1, 0),
    "text 1, behaviour 2": Shares(0.5, 1, 0),
    "text 1, behaviour 1": Shares(1, 1, 0),
    "text 1.5, behaviour 1": Shares(1.5, 1, 0),
    "text 2, behaviour 1": Shares(2, 1, 0),
    "text 3, behaviour 1": Shares(3, 1, 0),
    "behaviour 1, categories .5": Shares(0, 1, 0.5),
    "text 1, behaviour 1, categories .25": Shares(1, 1, 0.25),
    "text 1.5, behaviour 1, categories .25": Shares(1.5, 1, 0.25),
    "text 2, behaviour 1, categories .5": Shares(2, 1, 0.5),
    "text 1, behaviour 1, categories 1": Shares(1, 1, 1),
}

Finder = Callable[[F32, int], Membership]


def data(name: str, shop: Path | None) -> World:
    found = load(name, source=shop if name == "online-retail" else None, progress=True)
    told = world(name, found.items, found.events, Config())
    return told._replace(events=told.events.take(np.lexsort((told.events.time, told.events.user))))


def by_centres(points: F32, seed: int, count: int = COUNT) -> Membership:
    return members(points, cluster(points, np.ones(len(points)), count, np.random.default_rng(seed)))


def by_factors(points: F32, seed: int, count: int = COUNT) -> Membership:
    """The greatest loadings of non-negative factors of the positive and negative parts of the points, side by side."""
    parts = np.concatenate([np.maximum(points, 0), np.maximum(-points, 0)], axis=1)
    model = NMF(count, init="nndsvdar", tol=0, max_iter=60, alpha_W=1e-4, random_state=seed)
    loadings = np.asarray(model.fit(parts).transform(parts), np.float32)
    index = np.argsort(-loadings, axis=1, kind="stable")[:, :MOST]
    weights = np.take_along_axis(loadings, index, axis=1)
    return Membership(index, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12))


FINDERS: dict[str, Finder] = {"k-means": by_centres, "NMF": by_factors}


def compare(shop: Path | None) -> None:
    """Each way to find topics in each space, judged by what people have later and by how far it finds the same again."""
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        items = len(told.catalog)
        earlier, later = cut(told.events)
        asked = people(earlier, later, np.random.default_rng(0))
        together = coherence(later, items)
        half = np.random.default_rng(1).random(int(told.events.user.max()) + 1) < 0.5
        logs = [earlier, *(earlier.take(side[earlier.user]) for side in (half, ~half))]
        print(f"\n| {name} | | gain, nats | coherence | purity | seeds | halves |\n| --- | --- |" + " --- |" * 5)
        for label, shares in SPACES.items():
            if shares.categories and not any(item.categories for item in told.catalog.items):
                continue
            whole, *sides = (fit_space(told.catalog, log, np.random.default_rng(0), shares)[1] for log in logs)
            for way, find in FINDERS.items():
                found = [find(whole, seed) for seed in (0, 1)]
                halves = [find(side, 0) for side in sides]
                one = first(found[0])
                cells = [
                    np.mean([gain(each, COUNT, earlier, later, asked) for each in found]),
                    together(one),
                    purity(one, told.catalog.items),
                    agreement(one, first(found[1])),
                    agreement(*map(first, halves)),
                ]
                print(f"| {label} | {way} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |", flush=True)


def coherence(events: Events, items: int) -> Callable[[I64], float]:
    """The mean NPMI of two items of one topic, over people: Bouma 2009, "Normalized pointwise mutual information"."""
    had = histories(events).incidence(items)
    often = np.flatnonzero(np.bincount(had.indices, minlength=items) >= SEEN)
    chance = (had[:, often].T @ had[:, often]).toarray() / had.shape[0]
    alone = np.diag(chance)
    with np.errstate(divide="ignore", invalid="ignore"):
        npmi = np.where(chance > 0, np.log(chance / np.outer(alone, alone)) / -np.log(chance), -1)

    def of(topic: I64) -> float:
        same = topic[often][:, None] == topic[often][None, :]
        np.fill_diagonal(same, False)
        return float(npmi[same].mean())

    return of


def purity(topic: I64, items: list[Item]) -> float:
    """The share of items that are in the category most of their topic is in."""
    filed = [Counter[str]() for _ in range(topic.max() + 1)]
    for place, item in zip(topic.tolist(), items, strict=True):
        filed[place].update(set(item.categories))
    if not any(filed):
        return np.nan
    return sum(max(count.values(), default=0) for count in filed) / len(items)


def agreement(one: I64, other: I64) -> float:
    """The adjusted Rand index: Hubert and Arabie 1985, "Comparing partitions", equation 5."""

    def pairs(counts: F64) -> float:
        return float((counts * (counts - 1) / 2).sum())

    table = overlaps(one, other, int(one.max()) + 1, int(other.max()) + 1)
    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    chance = rows * columns / pairs(np.array([table.sum()]))
    return (pairs(table) - chance) / ((rows + columns) / 2 - chance)


def number(shop: Path | None) -> None:
    """How many topics foresee best: mean and deviation over five seeds."""
    tried = (12, 20, 30, *FINE, 400)
    print("| gain, nats | " + " | ".join(map(str, tried)) + " |\n| --- |" + " --- |" * len(tried))
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        earlier, later = cut(told.events)
        points = fit_space(told.catalog, earlier, np.random.default_rng(0))[1]
        asked = people(earlier, later, np.random.default_rng(0))
        cells = []
        for count in tried:
            gains = [gain(by_centres(points, seed, count), count, earlier, later, asked) for seed in range(5)]
            cells.append(f"{np.mean(gains):.3f} ± {np.std(gains):.3f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def width(shop: Path | None) -> None:
    """How soft membership should be: the gain by the number of topics of an item and the width of the softmax."""
    kept = membership.MOST, membership.WIDTH, membership.LEAST
    print("| topics of an item, width | ml-1m | online-retail |\n| --- | --- | --- |")
    settings = [(1, 0.1), (2, 0.1), (3, 0.05), (3, 0.1), (3, 0.2), (5, 0.05), (5, 0.1), (5, 0.2), (8, 0.1), (8, 0.2)]
    table: dict[tuple[int, float], list[float]] = {setting: [] for setting in settings}
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        earlier, later = cut(told.events)
        points = fit_space(told.catalog, earlier, np.random.default_rng(0))[1]
        asked = people(earlier, later, np.random.default_rng(0))
        centres = cluster(points, np.ones(len(points)), COUNT, np.random.default_rng(0))
        for setting in settings:
            membership.MOST, membership.WIDTH = setting
            table[setting].append(gain(members(points, centres), COUNT, earlier, later, asked))
    membership.MOST, membership.WIDTH, membership.LEAST = kept
    for (most, wide), cells in table.items():
        print(f"| {most}, {wide:g} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


def grown(told: World, way: str, rng: np.random.Generator) -> tuple[Catalog, Events, I64]:
    """What there was before a fifth was added, of people and items or of time, and the numbers of the items there were."""
    events, items = told.events, len(told.catalog)
    if way == "nothing":
        return told.catalog, events, np.arange(items)
    if way == "people and items":
        kept = np.sort(rng.permutation(items)[: round(items / 1.2)])
        early = events.take((rng.random(int(events.user.max()) + 1) < 1 / 1.2)[events.user])
    else:
        end = np.quantile(events.time, 1 / 1.2)
        seen = np.full(items, np.inf)
        np.minimum.at(seen, events.item, events.time)
        kept, early = np.flatnonzero(seen <= end), events.take(events.time <= end)
    table = np.full(items, -1)
    table[kept] = np.arange(len(kept))
    early = early._replace(item=table[early.item])
    catalog = Catalog(told.catalog.dim)
    catalog.extend([told.catalog.items[item] for item in kept.tolist()], told.catalog.vectors[kept])
    return catalog, early.take(early.item >= 0), kept


def refit(shop: Path | None) -> None:
    """A fifth more people and items, or a fifth more time: what part of the items stays in the topic of the same id."""
    print("| | grown by | fine | broad | fine, found anew | topics | changes |\n|" + " --- |" * 7)
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        for way in ("nothing", "people and items", "time"):
            rng = np.random.default_rng(0)
            catalog, early, kept = grown(told, way, rng)
            before = fit(catalog, early, rng=rng)
            after = fit(told.catalog, told.events, rng=rng, before=before)
            anew = first(fit(told.catalog, told.events, rng=rng, fine=len(before.fine)).member)[kept]
            old, new = first(before.member), first(after.member)[kept]
            names = ids(before.fine)
            table = overlaps(old, anew, len(names), int(anew.max()) + 1)
            cells = [
                np.mean(names[old] == ids(after.fine)[new]),
                np.mean(ids(before.broad)[before.parent[old]] == ids(after.broad)[after.parent[new]]),
                np.mean(names[old] == np.array(match(names.tolist(), table, "anew:", 0).ids)[anew]),
            ]
            kinds = sorted(Counter(one.kind for one in after.changes).items())
            changes = ", ".join(f"{count} {kind}" for kind, count in kinds) or "none"
            shown = [name, way, *(f"{cell:.3f}" for cell in cells), f"{len(before.fine)} to {len(after.fine)}", changes]
            print("| " + " | ".join(shown) + " |", flush=True)


def place(shop: Path | None) -> None:
    """Items left out of the fit, placed by what they say: the topic they are in once behaviour is known too."""
    print("| | left out | items | fine topic | among its first five | broad topic | by mean text, fine | largest topic |")
    print("|" + " --- |" * 8)
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        seen = np.bincount(told.events.item, minlength=len(told.catalog))
        for way in ("people and items", "time"):
            rng = np.random.default_rng(0)
            catalog, early, kept = grown(told, way, rng)
            before = fit(catalog, early, rng=rng)
            after = fit(told.catalog, told.events, rng=rng, before=before)
            fresh = np.setdiff1d(np.arange(len(told.catalog)), kept)
            fresh = fresh[seen[fresh] >= SEEN]
            truth = first(after.member)[fresh]
            right, above = ids(after.fine)[truth], ids(after.broad)[after.parent[truth]]
            vectors = told.catalog.vectors[fresh]
            placed = before.place(vectors, [told.catalog.items[item].categories for item in fresh.tolist()])
            names = ids(before.fine)
            cells = [
                np.mean(names[first(placed)] == right),
                np.mean(((names[placed.topic] == right[:, None]) & (placed.topic >= 0)).any(axis=1)),
                np.mean(ids(before.broad)[before.parent[first(placed)]] == above),
                np.mean(names[by_text(before, catalog, vectors)] == right),
                np.unique(right, return_counts=True)[1].max(initial=0) / max(len(right), 1),
            ]
            print(f"| {name} | {way} | {len(fresh)} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |", flush=True)


def ids(topics: tuple[Topic, ...]) -> NDArray[np.str_]:
    return np.array([topic.id for topic in topics])


def by_text(topics: Topics, catalog: Catalog, vectors: F32) -> I64:
    """The topic whose items' mean text vector is nearest."""
    means = np.asarray(topics.fine_shares().T @ catalog.vectors)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return np.asarray((vectors @ means.T).argmax(axis=1), np.int64)


def speed(shop: Path | None) -> None:
    """Processor time and peak memory of made-up catalogs."""
    print("| items | events | topics | CPU seconds | CPU seconds, again | peak memory, MB |\n|" + " --- |" * 6)
    for items, events in ((4_000, 1_000_000), (12_000, 1_000_000), (100_000, 1_000_000)):
        catalog, log = made(items, events, np.random.default_rng(0))
        start = time.process_time()
        topics = fit(catalog, log, rng=np.random.default_rng(0))
        middle = time.process_time()
        fit(catalog, log, rng=np.random.default_rng(0), before=topics)
        took = middle - start, time.process_time() - middle
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        shown = [f"{items:,}", f"{events:,}", str(len(topics.fine)), *(f"{each:.1f}" for each in took), f"{peak:,.0f}"]
        print("| " + " | ".join(shown) + " |", flush=True)


def made(items: int, events: int, rng: np.random.Generator) -> tuple[Catalog, Events]:
    """Two hundred subjects with texts of 384 dims, and 20,000 people with three subjects each."""
    subject = rng.integers(0, 200, items)
    vectors = rng.standard_normal((200, 384), np.float32)[subject] + 1.5 * rng.standard_normal((items, 384), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [f"subject{number} word{rng.integers(5_000)} word{rng.integers(5_000)} thing" for number in subject.tolist()]
    catalog = Catalog(384)
    catalog.extend([Item(id=f"i{number}", title=title) for number, title in enumerate(words)], vectors)
    user = np.sort(rng.integers(0, 20_000, events))
    order = np.argsort(subject, kind="stable")
    starts, counts = np.searchsorted(subject[order], np.arange(200)), np.bincount(subject, minlength=200)
    liked = rng.integers(0, 200, (20_000, 3))[user, rng.integers(0, 3, events)]
    item = order[starts[liked] + (counts[liked] * rng.random(events) ** 2).astype(np.int64)]
    blank = np.zeros(events, np.int64)
    return catalog, Events(user, item, blank, np.ones(events, np.float32), np.arange(events) * DAY / 24, blank - 1)


def show(shop: Path | None) -> None:
    """Every topic of both data sets, and the time each took."""
    for name in ("ml-1m", "online-retail"):
        told = data(name, shop)
        start = time.process_time()
        topics = fit(told.catalog, told.events, rng=np.random.default_rng(0))
        took = time.process_time() - start
        print(f"\n{name}: {len(topics.broad)} broad and {len(topics.fine)} fine topics in {took:.1f} CPU seconds")
        for broad in topics.broad:
            print(f"\n{broad.label} [{broad.id}, {broad.items} items]")
            for fine in (one for one in topics.fine if one.parent == broad.id):
                print(f"  {fine.label} [{fine.id}, {fine.items}] {', '.join(fine.keywords[:5])} -- {'; '.join(fine.examples)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {each.__name__: each for each in (compare, number, width, refit, place, speed, show)}
    parser.add_argument("table", choices=tables)
    parser.add_argument("--shop", type=Path)
    asked = parser.parse_args()
    tables[asked.table](asked.shop)


if __name__ == "__main__":
    main()
