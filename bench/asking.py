"""What people ask for and what they are shown: `python bench/asking.py [PART ...] --films DIR --goods DIR [--write PAGE]`.

DIR is a folder that `penchant fit` or `penchant demo` wrote, over MovieLens 1M and over Online Retail II. Parts: slates (requests
in both languages, what is shown for each), made (two hundred from templates), held (sixty that the rules were not made on),
plain (wishes without bounds, before and after), mixture (likes and dislikes put together in other ways), names (whether the
encoder could do without the table of names), speed. `--write` puts the tables between their markers in a page.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from asking_held import HELD_OUT
from asking_made import Request, made
from asking_mixture import mixture
from asking_shown import SHOWN
from encode_texts import WISHES
from penchant.ask import lexicon, understand
from penchant.ask.names import subjects
from penchant.ask.tokens import folded
from penchant.catalog import Catalog
from penchant.engine import Engine
from penchant.slate import asking
from penchant.types import Item
from topic_names import put

LANGUAGES = ("en", "zh")
_MANY = 50_000  # items of a large catalog
_PEOPLE = 50  # with a history, who ask in turn
Engines = dict[str, Engine]
Tally = dict[tuple[str, str], list[float]]  # kind of constraint and language: share of the slate that satisfies it, by request


def year(item: Item) -> float:
    value = item.attributes.get("year")
    return float(value) if isinstance(value, int | float) else np.nan


def within(value: float | None, ends: Sequence[float | None]) -> bool:
    low, high = ends
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


FITS: dict[str, Callable[[Item, Any], bool]] = {
    "any": lambda item, wanted: bool(set(wanted) & set(item.categories)),
    "must": lambda item, wanted: bool(set(wanted) & set(item.categories)),
    "none": lambda item, refused: not set(refused) & set(item.categories),
    "years": lambda item, ends: within(year(item), ends),
    "prices": lambda item, ends: within(item.price, ends),
    "untitled": lambda item, words: not any(word.casefold() in item.title.casefold() for word in words),
    "not_itself": lambda item, title: item.title != title,
}
KINDS = {
    "any": "a category liked",
    "must": "only a category",
    "none": "a category refused",
    "years": "years",
    "prices": "prices",
    "untitled": "a title or word refused",
    "not_itself": "an example is not shown",
}


def judged(
    engine: Engine,
    requests: Sequence[Request],
    language: str,
    tally: Tally,
    missed: list[str],
    people: Sequence[str | None] = (None,),
) -> None:
    """Add how much of each slate of ten satisfies each constraint, asked by `people` in turn; an empty slate satisfies none."""
    for turn, (text, constraints) in enumerate(requests):
        slate = engine.recommend(people[turn % len(people)], text=text, k=10)
        shown = [engine.catalog.items[engine.catalog.number(one.item)] for one in slate.items]
        for kind, wanted in constraints.items():
            fitting = [FITS[kind](item, wanted) for item in shown]
            tally[kind, language].append(float(np.mean(fitting)) if fitting else 0.0)
            if tally[kind, language][-1] < 1:
                missed.append(f"| {language} | {text} | {KINDS[kind]} | {tally[kind, language][-1]:.1f} |")


def satisfied(tally: Tally, missed: Sequence[str]) -> str:
    rows = ["| constraint | en | zh | requests |", "| --- | --- | --- | --- |"]
    for kind, called in KINDS.items():
        shares = [tally.get((kind, language), []) for language in LANGUAGES]
        if any(shares):
            rows.append(f"| {called} | {_mean(shares[0])} | {_mean(shares[1])} | {sum(map(len, shares))} |")
    every = [[share for (_, told), some in tally.items() if told == language for share in some] for language in LANGUAGES]
    rows.append(f"| all | {_mean(every[0])} | {_mean(every[1])} | {sum(map(len, every))} |")
    rows += ["", "What is not satisfied in full:", "", "| | request | constraint | share |", "| --- | --- | --- | --- |", *missed]
    return "\n".join(rows if missed else rows[:-4])


def from_templates(engines: Engines) -> str:
    tally, missed = defaultdict[tuple[str, str], list[float]](list), list[str]()
    for side, language in enumerate(LANGUAGES):
        for world, requests in made(side, np.random.default_rng(0)).items():
            judged(engines[world], requests, language, tally, missed)
    known, everything = defaultdict[tuple[str, str], list[float]](list), satisfied(tally, missed)
    for side, language in enumerate(LANGUAGES):
        for world, requests in made(side, np.random.default_rng(0)).items():
            judged(engines[world], requests, language, known, [], engines[world].log.users()[:_PEOPLE])
    shares = {
        language: _mean([one for (_, told), some in known.items() if told == language for one in some]) for language in LANGUAGES
    }
    return f"{everything}\n\nAsked by fifty people with a history in turn: {shares['en']} in English, {shares['zh']} in Chinese."


def held(engines: Engines) -> str:
    tally, missed = defaultdict[tuple[str, str], list[float]](list), list[str]()
    for (world, language), requests in HELD_OUT.items():
        judged(engines[world], requests, language, tally, missed)
    return satisfied(tally, missed)


def slates(engines: Engines) -> str:
    """The requests that are shown, how each was understood, and the slate."""
    parts = []
    for world, text in SHOWN:
        slate = engines[world].recommend(text=text, k=6)
        said = "" if slate.asked is None else slate.asked.words
        parts.append(
            f"**{text}**  \nunderstood: {said}\n\n" + "\n".join(_lines(engines[world], [one.item for one in slate.items]))
        )
    return "\n\n".join(parts)


def _lines(engine: Engine, items: Sequence[str]) -> Iterator[str]:
    for item in (engine.catalog.items[engine.catalog.number(one)] for one in items):
        about = [f"{year(item):.0f}"] if np.isfinite(year(item)) else [f"£{item.price:.2f}"] if item.price is not None else []
        yield f"- {item.title} ({', '.join([*about, *item.categories])})"


def plain(engines: Engines) -> str:
    """Precision at ten of the wishes of bench/encode_texts.py, with and without what names of categories and feelings add."""
    rows = ["| | en | zh |", "| --- | --- | --- |"]
    for called, liked, felt, only_names in (
        ("the sentence alone, as before", 0.0, 0.0, False),
        ("names of categories", asking.LIKED, 0.0, True),
        ("names, feelings, contents and moods (used)", asking.LIKED, asking.FELT, False),
    ):
        found = [_precision(engines["films"], side, liked, felt, only_names=only_names) for side in range(len(LANGUAGES))]
        rows.append(f"| {called} | {found[0]:.3f} | {found[1]:.3f} |")
    return "\n".join(rows)


def _precision(engine: Engine, side: int, liked: float, felt: float, *, only_names: bool) -> float:
    before = asking.LIKED, asking.FELT, asking._named
    known = engine.asking.lexicon
    names = {words: named for words, named in known.names.items() if named.hint == "name"} if only_names else known.names
    engine.asking._lexicon = (engine.catalog.revision, known._replace(names=names))
    asking.LIKED, asking.FELT = liked, felt
    if not liked:
        asking._named = lambda phrase, known: False
    try:
        hits = [
            np.mean([genre in one.categories for one in engine.recommend(text=text, k=10).items])
            for genre, wishes in WISHES.items()
            for text in wishes[side]
        ]
    finally:
        asking.LIKED, asking.FELT, asking._named = before
        engine.asking._lexicon = (engine.catalog.revision, known)
    return float(np.mean(hits))


def names(engines: Engines) -> str:
    """What category the encoder takes a name of the table for: the nearest, of those at least as near as a bound."""
    engine = engines["films"]
    categories = sorted({category for item in engine.catalog.items for category in item.categories})
    centres = engine.space.queries(categories)
    rows = ["| words | language | nearest is right | above .5: taken | of those right | above .7: taken | of those right |"]
    rows.append("| --- | --- | --- | --- | --- | --- | --- |")
    for column, what in enumerate(("names", "feelings", "contents")):
        for language in LANGUAGES:
            told = [
                (category, word)
                for category in categories
                for subject in subjects()
                if folded(category) in {folded(name) for name in subject[0]}
                for word in subject[column]
                if (language == "en") == word.isascii() and folded(word) != folded(category)
            ]
            near = engine.space.queries([word for _, word in told]) @ centres.T
            right = np.array(
                [categories[best] == category for best, (category, _) in zip(near.argmax(axis=1), told, strict=True)]
            )
            cells = [f"{right.mean():.2f} of {len(told)}"]
            for bound in (0.5, 0.7):
                taken = near.max(axis=1) >= bound
                cells += [f"{taken.mean():.2f}", f"{right[taken].mean():.2f}" if taken.any() else ""]
            rows.append(f"| {what} | {language} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def speed(engines: Engines) -> str:
    """Processor time: of reading a text, of requests whose words were encoded before, and of gathering the names of a catalog."""
    engine, rows = engines["films"], ["| | en | zh |", "| --- | --- | --- |"]
    requests = [[text for text, _ in made(side, np.random.default_rng(0))["films"]] for side in range(len(LANGUAGES))]
    plainly = [[text for wishes in WISHES.values() for text in wishes[side]] for side in range(len(LANGUAGES))]
    read = [_median(lambda text: understand(text, engine.asking.lexicon), some) for some in requests]
    bare, without, with_bounds = zip(*(_medians(engine, plainly[side], requests[side]) for side in range(2)), strict=True)
    for told, times in (
        ("reading a request", read),
        ("a request without a text", bare),
        ("with a plain wish", without),
        ("with bounds and refusals", with_bounds),
    ):
        rows.append(f"| {told}, ms | {times[0]:.2f} | {times[1]:.2f} |")
    rows.append(
        f"| bounds and refusals to a plain wish | {with_bounds[0] / without[0]:.2f} | {with_bounds[1] / without[1]:.2f} |"
    )
    many = Catalog(dim=1)
    films = engine.catalog.items
    copies = [msgspec.structs.replace(films[number % len(films)], id=str(number)) for number in range(_MANY)]
    many.extend(copies, np.ones((_MANY, 1), np.float32))
    spent = [_median(lambda _, shelf=shelf: lexicon(shelf), [""] * 3) for shelf in (engine.catalog, many)]  # type: ignore[misc]
    return (
        "\n".join(rows)
        + f"\n\nNames gathered again after a change: of these films {spent[0]:.0f} ms, of {_MANY:,} items {spent[1]:.0f} ms."
    )


def _medians(engine: Engine, plainly: Sequence[str], requests: Sequence[str]) -> tuple[float, ...]:
    """Milliseconds of a request without a text, with a plain wish, and with bounds, asked by turns on the same machine."""
    calls: list[Callable[[int], object]] = [
        lambda turn: engine.recommend(),
        lambda turn: engine.recommend(text=plainly[turn % len(plainly)]),
        lambda turn: engine.recommend(text=requests[turn % len(requests)]),
    ]
    times: list[list[float]] = [[] for _ in calls]
    for turn in range(2 * len(requests)):
        for call, spent in zip(calls, times, strict=True):
            start = time.thread_time()
            call(turn)
            spent.append(time.thread_time() - start)
    return tuple(float(np.median(spent[len(requests) :])) * 1e3 for spent in times)


def _median(call: Callable[[str], object], texts: Sequence[str]) -> float:
    """Milliseconds of a call, the median over texts."""
    times = []
    for text in texts:
        start = time.thread_time()
        call(text)
        times.append(time.thread_time() - start)
    return float(np.median(times)) * 1e3


def _mean(shares: Sequence[float]) -> str:
    return f"{np.mean(shares):.3f}" if shares else ""


PARTS: dict[str, Callable[[Engines], str]] = {
    "slates": slates,
    "made": from_templates,
    "held": held,
    "plain": plain,
    "mixture": lambda engines: mixture(engines["films"]),
    "names": names,
    "speed": speed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all where none is named")
    parser.add_argument("--films", type=Path, required=True, help="an engine over MovieLens 1M")
    parser.add_argument("--goods", type=Path, required=True, help="an engine over Online Retail II")
    parser.add_argument("--write", type=Path, help="the page that takes the tables")
    arguments = parser.parse_args()
    engines = {"films": Engine.load(arguments.films), "goods": Engine.load(arguments.goods)}
    for part in arguments.part or PARTS:
        table = PARTS[part](engines)
        print(f"{part}\n\n{table}\n")
        if arguments.write:
            put(arguments.write, part, table)


if __name__ == "__main__":
    main()
