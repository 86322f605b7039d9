"""Would a small language model read requests better? `python bench/asking_generator.py --films DIR --generator NAME`.

Forty requests for films, ten of either language from templates and ten from those the rules were not made on. The model answers
in JSON that a schema constrains to the categories there are; the same parts are taken from what the rules understood. Some
minutes with a model of half a billion parameters on one core. A comparison only: no model is asked while a request waits.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asking_held import HELD_OUT
from asking_made import Request, made
from penchant.ask import Lexicon, understand
from penchant.engine import Engine
from penchant.errors import GeneratorError
from penchant.narrate.generators.generator import Generator, Prompt
from penchant.narrate.generators.registry import load_generator
from topic_names import put

Parts = set[tuple[str, Any]]

SYSTEM = (
    "You read what somebody asks of a film shop, in English or Chinese, and answer in JSON. liked: genres they want. refused: "
    "genres they do not want. first and last: the years between which the film must be from, null where they do not say. "
    "Genres: {genres}."
)
EXAMPLE = 'Example: "喜剧，不要战争片，90年代的" -> {"liked": ["Comedy"], "refused": ["War"], "first": 1990, "last": 1999}\n'


def requests(language: str) -> list[Request]:
    side = ("en", "zh").index(language)
    templates = made(side, np.random.default_rng(0))["films"][::7][:10]
    return [*templates, *HELD_OUT["films", language][:10]]


def expected(constraints: dict[str, Any]) -> Parts:
    parts: Parts = {("liked", category) for category in (*constraints.get("any", ()), *constraints.get("must", ()))}
    parts |= {("refused", category) for category in constraints.get("none", ())}
    first, last = constraints.get("years", (None, None))
    return parts | {(name, year) for name, year in (("first", first), ("last", last)) if year is not None}


def by_rule(text: str, known: Lexicon) -> Parts:
    wish = understand(text, known)
    parts: Parts = {("liked", category) for category in (*wish.categories, *wish.where.categories)}
    parts |= {("refused", category) for category in wish.where.without}
    parts |= {("first", year) for year in wish.where.at_least.values()}
    return parts | {("last", year) for year in wish.where.at_most.values()}


def by_model(text: str, generator: Generator, genres: Sequence[str]) -> Parts:
    some = {"type": "array", "items": {"enum": list(genres)}, "maxItems": 4}
    year = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    fields = {"liked": some, "refused": some, "first": year, "last": year}
    schema = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    prompt = Prompt(SYSTEM.format(genres=", ".join(genres)), f"{EXAMPLE}Now: {text}", schema, tokens=96)
    try:
        answer = json.loads(generator.generate(prompt, timeout=120).text)
    except (GeneratorError, ValueError):
        return set()
    parts: Parts = {(field, category) for field in ("liked", "refused") for category in answer[field]}
    return parts | {(field, answer[field]) for field in ("first", "last") if answer[field] is not None}


def compared(engine: Engine, generator: Generator) -> str:
    genres = sorted({category for item in engine.catalog.items for category in item.categories})
    rows = ["| | language | parts found | parts that are right | requests read in full | seconds each |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for name in ("rules", "model"):
        for language in ("en", "zh"):
            told, start = requests(language), time.perf_counter()
            read = [
                by_rule(text, engine.asking.lexicon) if name == "rules" else by_model(text, generator, genres) for text, _ in told
            ]
            seconds = (time.perf_counter() - start) / len(told)
            truth = [expected(constraints) for _, constraints in told]
            hit = sum(len(one & right) for one, right in zip(read, truth, strict=True))
            recall, precision = hit / sum(map(len, truth)), hit / max(1, sum(map(len, read)))
            whole = float(np.mean([one == right for one, right in zip(read, truth, strict=True)]))
            spent = f"{seconds:.1f}" if seconds > 0.05 else f"{seconds:.4f}"
            rows.append(f"| {name} | {language} | {recall:.2f} | {precision:.2f} | {whole:.2f} | {spent} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True, help="an engine over MovieLens 1M")
    parser.add_argument("--generator", required=True, help="as in penchant serve --generator")
    parser.add_argument("--write", type=Path, help="the page that takes the table")
    arguments = parser.parse_args()
    generator = load_generator(arguments.generator)
    if generator is None:
        raise SystemExit("name a generator, as in gguf:FILE.gguf")
    table = compared(Engine.load(arguments.films), generator)
    print(table)
    if arguments.write:
        put(arguments.write, "generator", table)


if __name__ == "__main__":
    main()
