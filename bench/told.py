"""What text that people leave is worth, and a newcomer's first words: `python bench/told.py --folder SCRATCH [--shop FOLDER]`.

The searches and reviews are made (`bench/told_made.py`). What words weigh is chosen on one half of the people and judged on the
other. The rule, set before it was measured: of the weights tried, the one by which right words gain most, in the mean of both
languages and both data sets, where wrong words cost at most half of that; where that holds for none, the largest gain. First
`blend.SAID`, then `blend.INTRODUCED`; it says so where the code has another. Engines without the evolution model, fitted once
into `--folder`. Prints the tables of docs/told.md and replaces them there; `--people` takes fewer.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from marked import put
from penchant import hearing
from penchant.evaluate.intervals import compare
from penchant.evaluate.metrics import hit_rate, ndcg
from penchant.rank import blend
from penchant.retrieve.exact import best
from penchant.types import F32, F64, I64, Bool, Events, Interests
from told_made import HELD, NEXT, Case, World, halves, newcomers, reviews, searches, strangers, world

PAGE, OPEN, CLOSE = Path(__file__).parents[1] / "docs" / "told.md", "<!-- told -->", "<!-- /told -->"
SAIDS, FIRSTS = (0.1, 0.2, 0.3, 0.5), (0.5, 1.0, 2.0)  # tried for blend.SAID and blend.INTRODUCED
RIGHT, WRONG = ("its theme, in English", "its theme, in Chinese"), ("another theme",)
OWN, OTHERS = ("words, English", "words, Chinese"), ("words of others",)
PICKED = (0, 1, 3)  # items that newcomers picked beside their words, where those are weighed

_Arm = tuple[str, int]  # a text, and how many items were picked beside it


class Moment(NamedTuple):
    """Somebody as they are read without their words."""

    interests: Interests
    hidden: Bool
    scores: F32


class Group:
    """People of one kind, what each would be shown, with and without words; who they are without is worked out once."""

    def __init__(self, told: World, cases: Sequence[Case], picks: Sequence[I64] = ()) -> None:
        self.told, self.cases, self.picks = told, cases, picks
        self.wanted = [case.wanted for case in cases]
        self._plain: dict[int, list[Moment]] = {}
        self._heard: dict[_Arm, list[Interests]] = {}

    def ndcg(self, arm: str | None, count: int = 0) -> F64:
        """(cases,) NDCG@10 of what is shown with the text of that arm read, and with `count` picked items told before."""
        return ndcg(self.shown(arm, count), self.wanted, NEXT)

    def shown(self, arm: str | None, count: int = 0) -> I64:
        """(cases, 10) what each is shown."""
        plain = self.plain(count)
        if arm is None:
            return np.array([_first(one.scores, one.hidden) for one in plain])
        if (arm, count) not in self._heard:
            self._heard[arm, count] = [self._read(case, row, arm, count)[0] for row, case in enumerate(self.cases)]
        return np.array([
            _first(self._with(heard, one.scores), one.hidden)
            for heard, one in zip(self._heard[arm, count], plain, strict=True)
        ])  # fmt: skip

    def as_deeds(self, arm: str) -> I64:
        """(cases, 10) the same, if what a text means were folded as things that people had."""
        reads = [self._read(case, row, arm, 0, deeds=True) for row, case in enumerate(self.cases)]
        scores = [self.told.engine.known.blend.score(read, self.told.engine.catalog).scores[0] for read, _ in reads]
        return np.array([_first(one, plain.hidden) for one, plain in zip(scores, self.plain(0), strict=True)])

    def plain(self, count: int) -> list[Moment]:
        """Everybody without words, with `count` picked items."""
        engine = self.told.engine
        if count not in self._plain:
            found = self._plain[count] = list[Moment]()
            for row, case in enumerate(self.cases):
                interests, had = self._read(case, row, None, count)
                hidden = np.zeros(len(engine.catalog), bool) if engine.known.repeat else had
                found.append(Moment(interests, hidden, engine.known.blend.score(interests, engine.catalog).scores[0]))
        return self._plain[count]

    def _with(self, heard: Interests, scores: F32) -> F32:
        """(items,) the scores with words beside them, as the blend has them."""
        if not heard.words.any():
            return scores
        catalog = self.told.engine.catalog
        none, empty = np.zeros((1, 0), np.float32), np.zeros((0, 1, len(catalog)), np.float32)
        parts, weights = blend.heard(heard, catalog, scores[None], none, empty)
        return np.asarray(scores + weights[0, 0] * parts[0, 0], np.float32)

    def _read(self, case: Case, row: int, arm: str | None, count: int, *, deeds: bool = False) -> tuple[Interests, Bool]:
        items = self.picks[row][:count] if count else np.zeros(0, np.int64)
        none = np.zeros(len(items), np.int64)
        times = np.asarray(case.at - 60.0 * np.arange(len(items), 0, -1), np.float64)
        past = Events.joined([case.past, Events(none, items, none, none + np.float32(1), times, none)])
        known = past if arm is None else self._told(case, arm, past, deeds=deeds)
        known = known.take(np.argsort(known.time, kind="stable"))
        return self.told.engine.memory.supposed(known, case.at)

    def _told(self, case: Case, arm: str, past: Events, *, deeds: bool) -> Events:
        """The past with what a text was taken to mean in its place."""
        engine, text, back = self.told.engine, case.texts[arm], case.back.get(arm, 0)
        events, weights = engine.ear.read([("e", text, engine.config.weight(text.action, None))], engine.config.texts)
        rows = np.array([engine.catalog.number(event.item) for event in events if event.item], np.int64)
        kept = np.array([one for one, event in zip(weights, events, strict=True) if event.item], np.float32)
        place = len(past.user) - back
        time = np.full(len(rows), past.time[place] if back else text.time)
        said = Events(rows * 0, rows, rows * 0 - (not deeds), kept, time, rows * 0 - 1)
        return Events.joined([past.take(slice(place)), said, past.take(slice(place, None))])


def _first(scores: F32, hidden: Bool) -> I64:
    return np.asarray(best(scores[None], hidden[None], NEXT).items[0])


def change(group: Group, arms: Sequence[_Arm]) -> float:
    """What words change, of what is right without them: the mean over `arms`."""
    none = {count: group.ndcg(None, count).mean() for count in {count for _, count in arms}}
    return float(np.mean([group.ndcg(arm, count).mean() / none[count] - 1 for arm, count in arms]))


def tried(
    groups: Mapping[str, Group], name: str, weights: Sequence[float], right: Sequence[_Arm], wrong: Sequence[_Arm], half: str
) -> tuple[list[str], float]:
    """Rows of what right and wrong words change by weight, and the weight that wins by the rule."""
    kept, cells = getattr(blend, name), list[list[tuple[float, float]]]()
    for weight in weights:
        setattr(blend, name, weight)
        cells.append([(change(group, right), change(group, wrong)) for group in groups.values()])
    setattr(blend, name, kept)
    means = [(float(np.mean([up for up, _ in column])), float(np.mean([down for _, down in column]))) for column in cells]
    rows = [[column[row] for column in cells] for row in range(len(groups))]
    lines = [
        f"| {who}, {half} | " + " | ".join(f"{up:+.1%}, {down:+.1%}" for up, down in row) + " |"
        for who, row in zip([*groups, "mean"], [*rows, means], strict=True)
    ]
    print("\n".join(lines), flush=True)
    found = list(zip(means, weights, strict=True))
    fair = [(up, weight) for (up, down), weight in found if -down <= up / 2]
    return lines, max(fair or [(up, weight) for (up, _), weight in found])[1]


def gains(group: Group, arms: Sequence[str]) -> list[str]:
    """A row for each arm: NDCG@10 and its ratio to no text, with an interval."""
    none, name = group.ndcg(None), group.told.name
    rows = [
        f"| {name} | none | {none.mean():.4f} | |",
        *(f"| {name} | {arm} | {_against(group.ndcg(arm), none)} |" for arm in arms),
    ]
    print("\n".join(rows), flush=True)
    return rows


def _against(values: F64, none: F64) -> str:
    ratio = compare(values, none, np.random.default_rng(0)).ratio
    return f"{values.mean():.4f} | {ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def first_slates(group: Group) -> list[str]:
    """Rows of NDCG@10 and HR@10 by what a newcomer tells."""
    none, name = group.ndcg(None), group.told.name
    arms: list[tuple[str, str | None, int]] = [("nothing: what is popular", None, 0), ("an item", None, 1)]
    arms += [("an item and words, English", OWN[0], 1), ("an item and words, Chinese", OWN[1], 1), ("3 items", None, 3)]
    arms += [("3 items and words, English", OWN[0], 3), ("5 items", None, 5), ("5 items and words, English", OWN[0], 5)]
    arms += [("10 items", None, 10), *((arm, arm, 0) for arm in (*OWN, *OTHERS))]
    rows = []
    for title, arm, count in arms:
        found = group.shown(arm, count)
        against, rate = _against(ndcg(found, group.wanted, NEXT), none), hit_rate(found, group.wanted, NEXT).mean()
        rows.append(f"| {name} | {title} | {against} | {rate:.3f} |")
    print("\n".join(rows), flush=True)
    return rows


def firsts(told: World) -> str:
    """A row: how many of ten items a stranger is shown of the theme that they searched for first, by `blend.INTRODUCED`."""
    group, kept, cells = Group(told, strangers(told)), blend.INTRODUCED, list[str]()
    for blend.INTRODUCED in (0.0, *FIRSTS):
        shares = [
            np.mean([told.member[items, theme].mean() for theme, items in enumerate(group.shown(language))])
            for language in ("en", "zh")
        ]
        cells.append(", ".join(f"{10 * share:.1f}" for share in shares))
    blend.INTRODUCED = kept
    return f"| {told.name} | " + " | ".join(cells) + " |"


def searched(group: Group) -> list[str]:
    """Rows of what searches are worth, and what the first would be if they were folded as deeds."""
    deeds = _against(ndcg(group.as_deeds(RIGHT[0]), group.wanted, NEXT), group.ndcg(None))
    return [
        *gains(group, list(group.cases[0].texts)),
        f"| {group.told.name} | its theme, in English, folded as deeds | {deeds} |",
    ]


def reviewed(told: World) -> list[str]:
    """Rows of what reviews are worth, and of one arm where a side is read whether the item has it or not."""
    cases = reviews(told, np.random.default_rng(2))
    rows, kept, idle = gains(Group(told, cases), list(cases[0].texts)), hearing.HAS, "of what no film is about"
    hearing.HAS = -np.inf
    none, anyway = Group(told, cases).ndcg(None), Group(told, cases).ndcg(idle)
    hearing.HAS = kept
    return [*rows, f"| {told.name} | {idle}, taken for what it is about | {_against(anyway, none)} |"]


def table(head: str, rows: Sequence[str]) -> str:
    """A table in Markdown."""
    return "\n".join([head, "| " + " | ".join(["---"] * (head.count("|") - 1)) + " |", *rows])


def chosen(sides: Mapping[str, tuple[dict[str, Group], dict[str, Group]]]) -> list[str]:
    """Tables of what is tried on the half to choose by, and the same on the other; what wins holds from then on."""
    first, last = ([(arm, count) for arm in arms for count in PICKED] for arms in (OWN, OTHERS))
    alone = [(arm, 0) for arm in RIGHT], [(arm, 0) for arm in WRONG]
    tables = []
    for name, weights, (right, wrong), at in (("SAID", SAIDS, alone, 0), ("INTRODUCED", FIRSTS, (first, last), 1)):
        rows, wins = tried(sides["chosen by"][at], name, weights, right, wrong, "chosen by")
        print(f"{name}: {wins} wins, penchant.rank.blend has {getattr(blend, name)}", flush=True)
        rows += tried(sides["judged by"][at], name, weights, right, wrong, "judged by")[0]
        setattr(blend, name, wins)
        tables.append(table(f"| {name}: right, wrong | " + " | ".join(f"{one:g}" for one in weights) + " |", rows))
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where engines are kept")
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--people", type=int, default=HELD)
    arguments = parser.parse_args()
    sides: dict[str, tuple[dict[str, Group], dict[str, Group]]] = {"chosen by": ({}, {}), "judged by": ({}, {})}
    for name in ("ml-1m", "online-retail"):
        told = world(name, arguments.folder, arguments.shop)
        for (side, (asked, new)), half in zip(sides.items(), halves(told, arguments.people), strict=True):
            asked[name] = Group(half, searches(half, np.random.default_rng(1)))
            new[name] = Group(half, *newcomers(half, np.random.default_rng(3)))
            print(f"{name}, {side}: {len(asked[name].cases)} searches, {len(new[name].cases)} newcomers", flush=True)
    tables = chosen(sides)
    asked, new = sides["judged by"]
    made = [
        table(
            "| of the theme, English, Chinese | unheard | " + " | ".join(f"{one:g}" for one in FIRSTS) + " |",
            [firsts(group.told) for group in asked.values()],
        ),
        table("| | search | NDCG@10 | x none |", [row for group in asked.values() for row in searched(group)]),
        table("| | review | NDCG@10 | x none |", reviewed(asked["ml-1m"].told)),
        table("| | told | NDCG@10 | x nothing | HR@10 |", [row for group in new.values() for row in first_slates(group)]),
    ]
    text = "\n\n".join([*tables, *made])
    put(PAGE, OPEN, CLOSE, text)
    for group in asked.values():
        group.told.engine.close()


if __name__ == "__main__":
    main()
