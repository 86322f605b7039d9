"""What a generator's copy is worth: `python bench/copywriting.py [--shop FOLDER] [--generator NAME] [--write]`

100 texts for real people: what somebody took next in the test, for the item they had last before; 50 films in English, 25 in
Chinese, 25 goods of the shop in English, headlines and notifications in turn. How many pass the checks, why the others do not,
and how long they are. Then lies are put by program into what the templates say and into what was kept, and counted where the
checks find them. Answers are kept in bench/results/ as they came. `--write` puts it into docs/enrichment.md.
"""

import argparse
import json
import os
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np

import answered
from accuracy import RESULTS, RUNS, data
from marked import put
from penchant.narrate.generators.generator import Generator
from penchant.narrate.generators.registry import load_generator
from penchant.narrate.item.copy import LONGEST, Copywriting, Pitch, Sort, pitch, refused, template
from penchant.narrate.kind import Unfaithful

PAGE, OPEN, CLOSE = Path(__file__).parent.parent / "docs" / "enrichment.md", "<!-- copy -->", "<!-- /copy -->"
KEPT = RESULTS / "copy-answers.json"
ASKED = (("ml-1m, global time", "en", 50), ("ml-1m, global time", "zh", 25), ("online-retail, global time", "en", 25))
SORTS: tuple[Sort, ...] = ("headline", "notification")

LIES = {
    "en": {
        "a price": " for £5",
        "a discount": ", 20% off",
        "a year": " of 1987",
        "a superlative": ", the best of all",
        "urgency": ", only today",
        "a name": ", by Walt Disney",
        "a material": ", real leather",
        "health": ", organic",
        "about the person": " for your wife",
        "praise without a word for it": ", a joy to own",
        "a property without a word for it": ", with a hidden pocket",
    },
    "zh": {
        "a price": "，只要5元",
        "a discount": "，打折了",
        "a year": "，1987年",
        "a superlative": "，最好的选择",
        "urgency": "，仅剩几件",
        "a name": "，《泰坦尼克号》同款",
        "a material": "，真皮",
        "health": "，有机",
        "about the person": "，送给你老婆",
        "praise without a word for it": "，越看越喜欢",
        "a property without a word for it": "，带一个暗袋",
    },
}


def pitches(shop: Path | None) -> list[Pitch]:
    """The facts of every text."""
    found = []
    for name, language, count in ASKED:
        told = data(RUNS[name][0], shop)
        split = RUNS[name][2](told.events, np.random.default_rng(0))
        begins = np.searchsorted(split.events.user, split.test.user)
        rng = np.random.default_rng(count)
        for place, row in enumerate(rng.permutation(len(split.test.user))[:count].tolist()):
            last = int(split.events.item[begins[row] + split.test.prefix[row] - 1])
            item, had = (told.catalog.items[number] for number in (int(split.test.targets[row][0]), last))
            found.append(pitch(item, SORTS[place % 2], language, "item", had.title))
    return found


def answers(asked: list[Pitch], generator: Generator | None) -> dict[str, dict[str, float | str]]:
    return answered.answers(KEPT, Copywriting(), map(msgspec.json.encode, asked), generator)


def kept_of(asked: list[Pitch], said: dict[str, dict[str, float | str]]) -> tuple[list[tuple[Pitch, str]], Counter[str]]:
    """What passes, and why the rest does not."""
    kept, reasons = [], Counter[str]()
    for one in asked:
        question = msgspec.json.encode(one)
        try:
            text = json.loads(Copywriting().check(question, str(said[question.decode()]["text"])))
            kept.append((one, text))
        except Unfaithful as error:
            reasons[str(error).partition(":")[0]] += 1
    return kept, reasons


def caught(texts: list[tuple[Pitch, str]]) -> dict[str, tuple[int, int]]:
    """How many of the texts each lie is found in, of those that it does not make too long."""
    found: dict[str, tuple[int, int]] = {}
    for told, text in texts:
        for lie, words in LIES[told.language].items():
            lying = text.rstrip(".。！!?？") + words
            if len(lying) <= LONGEST[told.sort]:
                hits, tries = found.get(lie, (0, 0))
                found[lie] = hits + bool(refused(lying, told)), tries + 1
    return found


def report(asked: list[Pitch], said: dict[str, dict[str, float | str]]) -> str:
    kept, _ = kept_of(asked, said)
    by_template = [(one, template(one, str(place))) for place, one in enumerate(asked)]
    lines = ["| | asked | kept | longest kept | refused |", "| --- | --- | --- | --- | --- |"]
    for language in ("en", "zh"):
        for sort in SORTS:
            these = [one for one in asked if (one.language, one.sort) == (language, sort)]
            pairs, why = kept_of(these, said)
            longest = max((len(text) for _, text in pairs), default=0)
            told = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
            lines.append(f"| {sort}, {language} | {len(these)} | {len(pairs)} | {longest} of {LONGEST[sort]} | {told} |")
    wrong = sum(bool(refused(text, one)) for one, text in by_template)
    costs = [np.mean([float(about[key]) for about in said.values()]) for key in ("asked", "given", "seconds")]
    lines += [
        "",
        f"{len(kept)} of {len(asked)} kept; {costs[0]:.0f} tokens asked, {costs[1]:.0f} given, {costs[2]:.2f} s each. Of the "
        f"templates' texts for the same facts {len(asked) - wrong} of {len(asked)} pass.",
        "",
        "| lie put into a text | found |",
        "| --- | --- |",
        *(f"| {lie} | {hits} of {tries} |" for lie, (hits, tries) in caught(by_template + kept).items()),
        "",
        "The first that were kept, by the generator and by template:",
        "",
        "| for | because of | generator | template |",
        "| --- | --- | --- | --- |",
    ]
    shown = [pair for language in ("en", "zh") for pair in [one for one in kept if one[0].language == language][:4]]
    lines += [f"| {one.title} | {one.because} | {text} | {template(one, 'ann')} |" for one, text in shown]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--generator", metavar="NAME", help="asked what is not in bench/results/ yet")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/enrichment.md")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asked = pitches(arguments.shop)
    text = report(asked, answers(asked, load_generator(arguments.generator)))
    print(text)
    if arguments.write:
        put(PAGE, OPEN, CLOSE, text)


if __name__ == "__main__":
    main()
