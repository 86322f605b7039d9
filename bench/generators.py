"""What a generator can and cannot do, on films: `python bench/generators.py` prints the table of docs/generators.md.

Twelve groups of six films, each of one genre, are asked about in several ways; the genre is not told. About five minutes on one
core with the smallest model. `--generator` names another.
"""

import argparse
import json
import re
import time
from collections.abc import Callable
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
from rich.console import Console

from penchant.assets import datasets
from penchant.errors import GeneratorError
from penchant.narrate.generators.answers import schema_of
from penchant.narrate.generators.generator import Generator, Prompt
from penchant.narrate.generators.mending import Hopeless, readings, strict
from penchant.narrate.generators.registry import load_generator
from penchant.narrate.generators.trial import tried

GROUPS, FILMS, SEED = 12, 6, 0
Short = Annotated[str, msgspec.Meta(max_length=40)]
Unit = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Named(msgspec.Struct):
    name: Short


class Listed(msgspec.Struct):
    name: str
    words: list[str]


class Bounded(msgspec.Struct):
    name: Short
    words: Annotated[list[Short], msgspec.Meta(max_length=3)]


class Weighed(msgspec.Struct):
    weights: Annotated[list[Unit], msgspec.Meta(min_length=3, max_length=3)]


class Group(NamedTuple):
    genre: str
    films: list[str]
    counts: list[int]  # of three genres that somebody watched

    @property
    def told(self) -> str:
        return f"Films: {'; '.join(self.films)}."


class Trial(NamedTuple):
    what: str
    prompt: Callable[[Group], Prompt]
    good: Callable[[str, Group], bool]
    meaning: str  # of good


def namer(kind: type, language: str = "English") -> Callable[[Group], Prompt]:
    system = f"You name what films have in common, in one to three {language} words."
    return lambda group: Prompt(system, group.told, schema_of(kind), 96)


def in_words(group: Group) -> Prompt:
    asked = 'Answer with one JSON object {"name": "...", "words": ["...", "...", "..."]} and nothing else.'
    return Prompt(f"You name what films have in common, in one to three words. {asked}", group.told, None, 96)


def weights(group: Group) -> Prompt:
    watched = ", ".join(f"{genre} {count}" for genre, count in zip(("Comedy", "Drama", "War"), group.counts, strict=True))
    return Prompt(
        "Give each genre a weight from 0 to 1 by how much it was watched.", f"Watched: {watched}.", schema_of(Weighed), 48
    )


def sentence(group: Group) -> Prompt:
    rule = "Write one English sentence about this person's taste. Use only these facts; add no name and no number."
    return Prompt(rule, f"{group.told} Watched since March: {group.counts[0]}.", None, 96)


def in_order(text: str, group: Group) -> bool:
    given = np.array(json.loads(text)["weights"])
    return bool((np.sign(np.subtract.outer(given, given)) == np.sign(np.subtract.outer(group.counts, group.counts))).all())


def true_to_facts(text: str, group: Group) -> bool:
    """No number and no capitalised word, the first aside, that is not in the facts."""
    facts = sentence(group).user
    said = re.findall(r"\d+|(?<!^)\b[A-Z]\w+", text)
    return all(word in facts for word in said)


def as_json(text: str) -> str:
    try:
        strict(text)
    except Hopeless:
        return "mended or taken out of prose" if any(isinstance(value, dict) for value in readings(text)) else "none"
    return "as it is"


TRIALS = (
    Trial("name, under a schema", namer(Named), lambda text, group: True, "an answer that fits"),
    Trial("name and words, lists and texts without bounds", namer(Listed), lambda text, group: True, "not cut off at 96 tokens"),
    Trial("name and words, bounded", namer(Bounded), lambda text, group: True, "not cut off at 96 tokens"),
    Trial(
        "the words of a bounded list", namer(Bounded), lambda t, g: len(set(json.loads(t)["words"])) == 3, "three, all different"
    ),
    Trial(
        "name", namer(Named), lambda text, group: group.genre.lower()[:5] in text.lower(), "has the genre, which it was not told"
    ),
    Trial(
        "name in Chinese, asked for in English",
        namer(Named, "Chinese"),
        lambda t, g: bool(re.search("[\u4e00-\u9fff]", t)),
        "is in Chinese",
    ),
    Trial("weights of three genres", weights, in_order, "in the order of the counts"),
    Trial("one sentence from facts", sentence, true_to_facts, "no name and no number that is not in the facts"),
)


def groups(rng: np.random.Generator) -> list[Group]:
    items = datasets.load("ml-100k").items
    genres = [
        genre for genre in items["categories"].explode().drop_nulls().value_counts(sort=True)["categories"] if genre != "Drama"
    ]
    found = []
    for genre in genres[:GROUPS]:
        titles = items.filter(items["categories"].list.contains(genre))["title"].to_list()
        films = [titles[at] for at in rng.choice(len(titles), FILMS, replace=False)]
        found.append(Group(genre, films, (rng.permutation(3) * 9 + rng.integers(1, 9, 3)).tolist()))
    return found


def row(trial: Trial, generator: Generator, asked: list[Group]) -> tuple[str, str, str, str]:
    good, seconds = 0, []
    for group in asked:
        start = time.process_time()
        try:
            text = generator.generate(trial.prompt(group), timeout=120.0).text
            good += trial.good(text, group)
        except GeneratorError:
            pass
        seconds.append(time.process_time() - start)
    return trial.what, trial.meaning, f"{good} of {len(asked)}", f"{np.median(seconds):.1f}"


def speeds(generator: Generator) -> str:
    """Tokens a second of processor time, which other work on the machine hardly changes; of a model in this process only."""
    found = tried(generator, timeout=300.0, clock=time.process_time)
    return f"{found.prompt_speed or 0:.0f} tokens read, {found.answer_speed or 0:.0f} written a second of one core"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--generator", default="gguf:qwen2.5-coder-0.5b")
    generator = load_generator(options.parse_args().generator)
    assert generator is not None, "a generator to try"
    asked, say = groups(np.random.default_rng(SEED)), Console(soft_wrap=True, markup=False, highlight=False)
    say.print(f"{generator.name}\n{speeds(generator)}\n")
    say.print("| asked for | good is | good | seconds of one core |\n| --- | --- | --- | --- |")
    for trial in TRIALS:
        say.print(f"| {' | '.join(row(trial, generator, asked))} |")
    told: list[str] = []
    for group in asked:
        try:
            told.append(as_json(generator.generate(in_words(group), timeout=120.0).text))
        except GeneratorError:
            told.append("cut off")
    shares = ", ".join(f"{kind}: {told.count(kind)}" for kind in ("as it is", "mended or taken out of prose", "none", "cut off"))
    say.print(f"\nJSON that is asked for in words alone, of {len(told)}: {shares}")
    for trial, group in ((trial, group) for trial in (TRIALS[4], TRIALS[5], TRIALS[7]) for group in asked[:3]):
        say.print(f"  {group.genre}: {generator.generate(trial.prompt(group), timeout=120.0).text}")


if __name__ == "__main__":
    main()
