"""Does a generator put slates into a better order? `python bench/rerank.py [--shop FOLDER] [--generator NAME] [--write]`

Requests of the test of each data set in whose slate of ten, by the blend without the evolution model, is what the person
took next: others cannot change. The generator reads the last eight titles and the ten of the slate, in the served order, and for
half of them the same ten shuffled, and names three that come first. Answers are kept in bench/results/ as they came. How often
the first places are named says how much of an answer is the order it was shown in. `--write` puts it into docs/enrichment.md.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from accuracy import RESULTS, RUNS, data, stem
from marked import put
from penchant.errors import GeneratorError
from penchant.evaluate.intervals import compare
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.trials import ranked, trials
from penchant.narrate.generators.generator import Generator
from penchant.narrate.generators.registry import load_generator
from penchant.narrate.item.rerank import PAST, PICKED, SHOWN, Rerank, choice, reordered
from penchant.narrate.kind import Unfaithful
from penchant.rank.blend import Blend
from penchant.rank.learn import default_sources
from penchant.types import F32, F64, I64, Interests

PAGE, OPEN, CLOSE = Path(__file__).parent.parent / "docs" / "enrichment.md", "<!-- rerank -->", "<!-- /rerank -->"
DATA = ("online-retail, global time", "ml-1m, global time")
DRAWN = 75  # requests of each data set


class Slates(NamedTuple):
    """What is put into another order."""

    lists: I64  # (R, SHOWN) as served
    shuffled: I64  # (R, SHOWN) the places of the served order, as shown the second time
    past: list[list[str]]  # titles, the latest first
    targets: list[I64]
    titles: list[str]  # by item


class Answer(NamedTuple):
    """What came of one question: the order, or why there is none."""

    order: list[int]
    refused: str
    said: list[int]
    tokens: tuple[int, int]
    seconds: float


def slates(name: str, shop: Path | None) -> Slates:
    path = RESULTS / f"rerank-{stem(name)}-slates.json"
    told = data(RUNS[name][0], shop)
    titles = [item.title for item in told.catalog.items]
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        lists, shuffled = (np.array(kept[key], np.int64) for key in ("lists", "shuffled"))
        return Slates(lists, shuffled, kept["past"], [np.array(each, np.int64) for each in kept["targets"]], titles)
    split = RUNS[name][2](told.events, np.random.default_rng(0))
    tuning, judging = trials(split, told.catalog, told.config.fold, np.random.default_rng(0))
    sources = default_sources(told.config.fold, len(told.catalog), repeat=split.repeat)
    for source in sources:
        source.fit(tuning.events, told.catalog)
    blend = Blend(sources)
    blend.fit(tuning.asked.interests, tuning.asked.targets, tuning.asked.hidden, told.catalog, rng=np.random.default_rng(0))
    for source in sources:
        source.fit(judging.events, told.catalog)

    def mixed(interests: Interests) -> F32:
        return blend.score(interests, told.catalog).scores

    lists = ranked(mixed, judging.asked, SHOWN, np.random.default_rng(0))
    hit = [row for row, targets in enumerate(judging.asked.targets) if np.isin(targets, lists[row]).any()]
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(hit)[:DRAWN])
    had = judging.asked.interests.items[rows][:, :PAST]
    found = Slates(
        lists[rows],
        np.stack([rng.permutation(SHOWN) for _ in rows]),
        [[titles[item] for item in each if item >= 0] for each in had.tolist()],
        [judging.asked.targets[row] for row in rows.tolist()],
        titles,
    )
    kept = {"lists": found.lists.tolist(), "shuffled": found.shuffled.tolist(), "past": found.past}
    path.write_text(json.dumps(kept | {"targets": [each.tolist() for each in found.targets]}), encoding="utf-8")
    return found


def answered(name: str, asked: Slates, generator: Generator | None, count: int, *, shuffled: bool) -> list[Answer]:
    """The generator's order of each slate, as places in what it was shown."""
    path, kind = RESULTS / f"rerank-{stem(name)}-answers.json", Rerank()
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    found = []
    for row, past in enumerate(asked.past[: count // 2 if shuffled else count]):
        shown = asked.lists[row][asked.shuffled[row]] if shuffled else asked.lists[row]
        question = choice(past, [asked.titles[item] for item in shown.tolist()])
        key = question.decode()
        if key not in kept:
            if generator is None:
                raise SystemExit(f"{path} lacks answers; name a --generator")
            started = time.monotonic()
            try:
                reply = generator.generate(kind.prompt(question), timeout=60.0)
                kept[key] = {"text": reply.text, "tokens": (reply.asked, reply.given)}
            except GeneratorError as error:
                kept[key] = {"text": "", "tokens": (0, 0), "error": str(error)}
            kept[key]["seconds"] = round(time.monotonic() - started, 3)
            path.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
        found.append(_read(kind, question, kept[key]))
    return found


def _read(kind: Rerank, question: bytes, about: dict[str, object]) -> Answer:
    text = str(about["text"])
    tokens = msgspec.convert(about["tokens"], tuple[int, int])
    try:
        order, refused = json.loads(kind.check(question, text)), ""
    except Unfaithful as error:
        order, refused = list(range(SHOWN)), str(error)
    try:
        said = [int(number) - 1 for number in json.loads(text)["best"]]
    except (ValueError, KeyError, TypeError):
        said = []
    return Answer(order, refused, said, tokens, float(str(about["seconds"])))


def table(name: str, asked: Slates, served: list[Answer], mixed: list[Answer]) -> str:
    lists = asked.lists[: len(served)]
    before, after = ndcg(lists, asked.targets[: len(served)], SHOWN), _reached(asked, list(lists), served)
    shown = [asked.lists[row][asked.shuffled[row]] for row in range(len(mixed))]
    blind, guided = ndcg(np.stack(shown), asked.targets[: len(mixed)], SHOWN), _reached(asked, shown, mixed)
    every = [*served, *mixed]
    tokens = np.mean([one.tokens for one in every], axis=0)
    first = [[one.order[0] for one in each] for each in (served, mixed)]
    share = [float(np.mean([place < PICKED for one in each for place in one.said])) for each in (served, mixed)]
    lines = [
        f"| {name.partition(',')[0]} | slates with a hit | NDCG@10 before | after | difference |",
        "| --- | --- | --- | --- | --- |",
        f"| as served | {len(before)} | {np.mean(before):.3f} | {np.mean(after):.3f} | {_difference(after, before)} |",
        f"| shuffled | {len(blind)} | {np.mean(blind):.3f} | {np.mean(guided):.3f} | {_difference(guided, blind)} |",
        "",
        f"Refused: {sum(bool(one.refused) for one in every)} of {len(every)}. The first of the list is named first in "
        f"{np.mean(np.array(first[0]) == 0):.0%} of the answers, of shuffled lists in {np.mean(np.array(first[1]) == 0):.0%} "
        f"(a tenth by chance); {share[0]:.0%} and {share[1]:.0%} of all that is named stands in the first three places (30% by "
        "chance). "
        f"{tokens[0]:.0f} tokens asked, {tokens[1]:.0f} given, {np.mean([one.seconds for one in every]):.2f} s on a busy core.",
    ]
    return "\n".join(lines)


def _reached(asked: Slates, lists: list[I64], answers: list[Answer]) -> F64:
    put = [reordered(items.tolist(), json.dumps(one.order).encode()) for items, one in zip(lists, answers, strict=True)]
    return ndcg(np.array(put, np.int64), asked.targets[: len(put)], SHOWN)


def _difference(after: F64, before: F64) -> str:
    found = compare(after, before, np.random.default_rng(0)).difference
    return f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--only", choices=DATA, help="one data set")
    parser.add_argument("--generator", metavar="NAME", help="asked what is not in bench/results/ yet")
    parser.add_argument("--requests", type=int, default=50, help="how many, at most 75; half of them again, shuffled")
    parser.add_argument("--write", action="store_true", help="put the table into docs/enrichment.md")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    RESULTS.mkdir(exist_ok=True)
    generator = load_generator(arguments.generator)
    tables = []
    for name in [arguments.only] if arguments.only else DATA:
        asked = slates(name, arguments.shop)
        both = (answered(name, asked, generator, arguments.requests, shuffled=shuffled) for shuffled in (False, True))
        tables.append(table(name, asked, *both))
    print("\n\n".join(tables))
    if arguments.write:
        put(PAGE, OPEN, CLOSE, "\n\n".join(tables))


if __name__ == "__main__":
    main()
