"""Does enrichment help items that nobody had? `python bench/enrichment.py [--shop FOLDER] [--generator NAME] [--write]`

A shelf of 250 items is taken out of everybody's past; then, in the test, each time somebody takes one of them for the first time,
systems that know the item by its words alone rank the shelf for them. The same for the items that truly nobody had before the
test, among themselves; intervals are paired, over items, because one item is taken by many. Items have their own words, what
rules add, or what a language model adds; the generator is asked about the shelf, the items nobody had, and the items most had,
because histories are made of those. Its answers as they came, and what was judged, are kept in bench/results/ and not asked for
or judged again; without `--generator` those are used. `--write` puts the tables into docs/enrichment.md.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

import answered
from ablations import LIMIT, gains
from accuracy import RESULTS, RUNS, data, stem
from answered import Answers
from byrule import associations, by_rule
from marked import put
from penchant.catalog import Catalog
from penchant.encode import Space, load_encoder
from penchant.evaluate.intervals import compare
from penchant.evaluate.splits import Requests, Split
from penchant.evaluate.trials import Asked, ask, trials
from penchant.evaluate.world import World
from penchant.interest.sources import Content, Source
from penchant.narrate.generators.generator import Generator
from penchant.narrate.generators.registry import load_generator
from penchant.narrate.item.enrich import Enrich, Facts, payload, sifted
from penchant.narrate.kind import Unfaithful
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import DAY, F32, I64, Bool, Enriched, Events, Interests

PAGE = Path(__file__).parent.parent / "docs" / "enrichment.md"
DATA = ("online-retail, global time", "ml-1m, global time")
SHELF, OTHERS, SHOWN = 250, 150, 10  # items taken out; those most had that are asked about, too; those that are printed
OPEN, CLOSE = "<!-- enrichment -->", "<!-- /enrichment -->"
PLAIN = "its own words"
BLENDED = (
    PLAIN,
    "rules: all",
    "generator: and audience, mood",
    "rules and generator",
)  # what the blend, which takes long, is fitted on
GROUPS = ("the shelf, by content", "nobody had, by content", "the shelf, by the blend", "all requests, by the blend")

Adding = list[Enriched | None]


class Questions(NamedTuple):
    """One data set with a shelf taken out: what is asked, and what sources may be fitted on."""

    told: World
    shelf: I64
    nobody: I64
    split: Split  # without the shelf
    taken: Requests  # of items of the shelf
    whole: Split
    first: Requests  # of items nobody had
    people: I64  # (items,) who had each before the test


def questions(name: str, shop: Path | None) -> Questions:
    told = data(RUNS[name][0], shop)
    cut = RUNS[name][2]
    whole = cut(told.events, np.random.default_rng(0))
    size = len(told.catalog)
    before, after = (_people(whole.events.take(rows), size) for rows in (whole.known, ~whole.known))
    pool = np.flatnonzero((after >= 3) & (before > 0))
    shelf = np.sort(np.random.default_rng(0).permutation(pool)[:SHELF])
    events = whole.events.take(~np.isin(whole.events.item, shelf))
    split = cut(events, np.random.default_rng(0))
    nobody = np.flatnonzero((before == 0) & (after > 0))
    return Questions(told, shelf, nobody, split, _taken(whole, split, shelf), whole, _taken(whole, whole, nobody), before)


def _people(events: Events, items: int) -> I64:
    pairs = np.unique(np.stack([events.user, events.item])[:, (events.item >= 0) & (events.weight > 0)], axis=1)
    return np.bincount(pairs[1], minlength=items)


def _taken(whole: Split, split: Split, items: I64) -> Requests:
    """The first time each person takes each of `items`, where that is in the test, and they did something else before."""
    events, starts = whole.events, float(split.events.time[split.known].max())
    first = np.zeros(len(events.user), bool)
    first[np.unique(events.user * (events.item.max() + 2) + events.item + 1, return_index=True)[1]] = True
    rows = np.flatnonzero(first & np.isin(events.item, items) & (events.weight > 0) & (events.time > starts))
    kept = split.events
    span = float(kept.time.max() - kept.time.min()) + 1e9
    begins = np.searchsorted(kept.user, events.user[rows])
    clock = kept.user * span + kept.time - kept.time.min()
    prefix = np.searchsorted(clock, events.user[rows] * span + events.time[rows] - kept.time.min()) - begins
    rows, prefix = rows[prefix > 0], prefix[prefix > 0]
    some = np.sort(np.random.default_rng(0).permutation(len(rows))[:LIMIT])
    rows, prefix = rows[some], prefix[some]
    return Requests(events.user[rows], events.time[rows], prefix, list(events.item[rows][:, None]))


def answers(name: str, asked: Questions, generator: Generator | None) -> Answers:
    """What the generator said of the items it is asked about, as far as it was asked."""
    path, kind = RESULTS / f"enrichment-{stem(name)}-answers.json", Enrich()
    often = [item for item in np.argsort(-asked.people, kind="stable").tolist() if item not in asked.shelf][:OTHERS]
    payloads = [payload(asked.told.catalog.items[item]) for item in [*asked.nobody.tolist(), *asked.shelf.tolist(), *often]]
    return answered.answers(path, kind, payloads, generator)


def variants(asked: Questions, said: Answers) -> dict[str, Adding]:
    """What is added to every item, by variant."""
    items, known = asked.told.catalog.items, asked.split.events.take(asked.split.known)
    ruled = by_rule(items, associations(items, known), asked.told.catalog.prices)
    given = [_kept(payload(item), said) for item in items]

    def some(added: Adding, keep: Callable[[Enriched], Enriched]) -> Adding:
        return [None if one is None else keep(one) for one in added]

    found: dict[str, Adding] = {PLAIN: [None] * len(items)}
    found["rules: era, price, translation"] = some(
        list(ruled), lambda one: Enriched(tuple(tag for tag in one.tags if tag[:1].isdigit()), one.themes)
    )
    found["rules: words that go with its own"] = some(
        list(ruled), lambda one: Enriched(tuple(tag for tag in one.tags if not tag[:1].isdigit()))
    )
    found["rules: all"] = list(ruled)
    if said:
        found["generator: tags, themes"] = some(given, lambda one: Enriched(one.tags, one.themes))
        found["generator: and audience, mood"] = some(given, lambda one: msgspec.structs.replace(one, about=""))
        found["generator: all"] = given
        found["generator: unchecked"] = [_raw(payload(item), said) for item in items]
        found["rules and generator"] = [_both(rule, one) for rule, one in zip(ruled, given, strict=True)]
    return found


def _both(rule: Enriched, given: Enriched | None) -> Enriched:
    if given is None:
        return rule
    return msgspec.structs.replace(given, tags=given.tags + rule.tags, themes=given.themes + rule.themes)


def _kept(question: bytes, said: Answers) -> Enriched | None:
    about = said.get(question.decode())
    if about is None:
        return None
    try:
        return msgspec.json.decode(Enrich().check(question, str(about["text"])), type=Enriched)
    except Unfaithful:
        return None


def _raw(question: bytes, said: Answers) -> Enriched | None:
    """What was said, whatever it was: what the checks cost or save."""
    try:
        return msgspec.json.decode(str(said[question.decode()]["text"]), type=Enriched)
    except (KeyError, msgspec.DecodeError):
        return None


class Fitted(NamedTuple):
    """Sources that read no text, fitted once for all variants: before validation, and before the test."""

    tuning: list[Source]
    judging: list[Source]


def fitted(asked: Questions) -> Fitted:
    told, split = asked.told, asked.split
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    both = [default_sources(told.config.fold, len(told.catalog), repeat=split.repeat) for _ in range(2)]
    for sources, trial in zip(both, (tuning, judging), strict=True):
        for source in sources:
            source.fit(trial.events, told.catalog)
    return Fitted(*both)


def judged(asked: Questions, added: Adding, sources: Fitted | None) -> dict[str, list[float]]:
    """NDCG@10 of each request, by group; without `sources` by content alone."""
    told, split = asked.told, asked.split
    catalog = enriched(told, added)
    fold, others = told.config.fold, np.ones(len(catalog), bool)
    others[asked.shelf] = False
    shelf = _among(ask(split, asked.taken, catalog, fold), others)
    new = np.ones(len(catalog), bool)
    new[asked.nobody] = False
    nobody = _among(ask(asked.whole, asked.first, catalog, fold), new)
    month = Content("content", 30 * DAY, fold.half_lives)

    def alone(interests: Interests) -> F32:
        return month.score(interests, catalog)

    found = {GROUPS[0]: gains(alone, shelf), GROUPS[1]: gains(alone, nobody)}
    if sources is not None:
        tuning, judging = trials(split, catalog, fold, np.random.default_rng(0))
        blend = Blend(sources.tuning)
        blend.fit(tuning.asked.interests, tuning.asked.targets, tuning.asked.hidden, catalog, rng=np.random.default_rng(0))
        blend.sources = tuple(sources.judging)

        def mixed(interests: Interests) -> F32:
            return blend.score(interests, catalog).scores

        found |= {GROUPS[2]: gains(mixed, shelf), GROUPS[3]: gains(mixed, judging.asked)}
    return {group: [round(value, 5) for value in values.tolist()] for group, values in found.items()}


def enriched(told: World, added: Adding) -> Catalog:
    """The catalog in a space of its own, as fitting anew would make it."""
    records = [msgspec.structs.replace(item, enriched=one) for item, one in zip(told.catalog.items, added, strict=True)]
    space = Space.fit(load_encoder(told.config.encoder), records)
    catalog = Catalog(space.dim)
    catalog.extend(records, space.items(records))
    return catalog


def _among(asked: Asked, others: Bool) -> Asked:
    return asked._replace(hidden=asked.hidden | others[None])


def run(name: str, shop: Path | None, generator: Generator | None, blended: bool) -> str:
    asked = questions(name, shop)
    said = answers(name, asked, generator)
    path = RESULTS / f"enrichment-{stem(name)}.json"
    found: dict[str, dict[str, list[float]]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    missing = [label for label in BLENDED if blended and GROUPS[-1] not in found.get(label, {})]
    sources = fitted(asked) if missing else None
    for label, added in variants(asked, said).items():
        if label in found and label not in missing:
            continue
        found[label] = judged(asked, added, sources if label in missing else None)
        path.write_text(json.dumps(found), encoding="utf-8")
        told = ", ".join(f"{group} {np.mean(values):.4f}" for group, values in found[label].items())
        print(f"{name}, {label}: {told}", flush=True)
    targets = np.array([each[0] for each in asked.taken.targets]), np.array([each[0] for each in asked.first.targets])
    by_item = {GROUPS[0]: targets[0], GROUPS[1]: targets[1], GROUPS[2]: targets[0]}
    return "\n\n".join([table(name, found, by_item), *([costs(name, said), examples(asked, said)] if said else [])])


def table(name: str, found: dict[str, dict[str, list[float]]], by_item: dict[str, I64]) -> str:
    """NDCG@10 by group, and its difference to the items' own words with its interval."""
    reached = [group for group in GROUPS if group in found[PLAIN]]
    heads = [f"{group} ({len(found[PLAIN][group]):,})" for group in reached]
    lines = [f"### {name}", "", "| NDCG@10 of items with | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(reached)]
    for label, groups in found.items():
        cells = [
            f"{np.mean(groups[group]):.4f}{_gained(groups[group], found[PLAIN][group], label, by_item.get(group))}"
            if group in groups
            else ""
            for group in reached
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _gained(values: list[float], plain: list[float], label: str, items: I64 | None) -> str:
    if label == PLAIN:
        return ""
    difference = compare(np.array(values), np.array(plain), np.random.default_rng(0), users=items).difference
    return f", {difference.mean:+.4f} ({difference.low:+.4f} to {difference.high:+.4f})"


def costs(name: str, said: Answers) -> str:
    """What the answers cost, and what became of their parts."""
    reasons: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    nothing = 0
    for question, about in said.items():
        try:
            one, dropped = sifted(facts_of(question), str(about["text"]))
        except Unfaithful:
            nothing += 1
            reasons["not an answer"] += 1
            continue
        nothing += one == Enriched()
        kept.update({"tag": len(one.tags), "theme": len(one.themes)})
        kept.update({part: 1 for part in ("audience", "mood", "about") if getattr(one, part)})
        reasons.update(f"{part}: {why}" for part, why in dropped)
    asked, given, seconds = (_mean(said, key) for key in ("asked", "given", "seconds"))
    parts = ", ".join(
        f"{part} {kept[part]:,} of {kept[part] + sum(count for why, count in reasons.items() if why.startswith(f'{part}:')):,}"
        for part in ("tag", "theme", "audience", "mood", "about")
    )
    why = "; ".join(f"{reason} {count:,}" for reason, count in reasons.most_common(14))
    return (
        f"{len(said):,} items of {name.partition(',')[0]} were asked about: {asked:.0f} tokens asked, {given:.0f} given and "
        f"{seconds:.2f} s each. Kept: {parts}; nothing at all of {nothing:,} items. Refused: {why}."
    )


def examples(asked: Questions, said: Answers) -> str:
    """What was kept of the first of the shelf, to be read with one's own eyes."""
    lines = ["| item | tags, themes | audience, mood | sentence |", "| --- | --- | --- | --- |"]
    for number in asked.shelf[:SHOWN].tolist():
        item = asked.told.catalog.items[number]
        one = _kept(payload(item), said) or Enriched()
        cells = (item.title, ", ".join(one.tags + one.themes), ", ".join(filter(None, (one.audience, one.mood))), one.about)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def facts_of(question: str) -> Facts:
    return msgspec.json.decode(question, type=Facts)


def _mean(said: Answers, key: str) -> float:
    return float(np.mean([float(about[key]) for about in said.values()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=DATA, help="one data set")
    parser.add_argument("--generator", metavar="NAME", help="asked about what is not in bench/results/ yet")
    parser.add_argument("--quick", action="store_true", help="by content alone, without the blend")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/enrichment.md")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    generator = load_generator(arguments.generator) if arguments.generator else None
    tables = [
        run(name, arguments.shop, generator, not arguments.quick) for name in ([arguments.only] if arguments.only else DATA)
    ]
    print("\n\n".join(tables))
    if arguments.write:
        put(PAGE, OPEN, CLOSE, "\n\n".join(tables))


if __name__ == "__main__":
    main()
