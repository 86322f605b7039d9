"""What text that people leave is worth, and a newcomer's first words: `python bench/told.py --folder SCRATCH [--shop FOLDER]`.

The searches and reviews are made, for ml-1m and Online Retail II have none: from the genres, or words of the titles, of what
people really had next. 800 people with 40 events or more are kept out of the log that everything is learned from; they are asked
about at a moment of their own past. Engines without the evolution model, fitted once into `--folder`. Prints the tables of
docs/told.md and replaces them there; `--people` takes fewer.
"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl

from penchant.assets import load
from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.evaluate.intervals import compare
from penchant.evaluate.metrics import hit_rate, ndcg
from penchant.events import read_events
from penchant.rank import blend
from penchant.retrieve.exact import best
from penchant.types import F64, I64, Event, Events

PAGE, OPEN, CLOSE = Path(__file__).parents[1] / "docs" / "told.md", "<!-- told -->", "<!-- /told -->"
HELD, LEAST, NEXT = 800, 40, 10  # people kept out, events they have at least, items of theirs that are to be found
GENRES = {
    "Action": "动作", "Adventure": "冒险", "Animation": "动画", "Children's": "儿童", "Comedy": "喜剧", "Crime": "犯罪",
    "Documentary": "纪录", "Drama": "剧情", "Fantasy": "奇幻", "Film-Noir": "黑色", "Horror": "恐怖", "Musical": "音乐",
    "Mystery": "悬疑", "Romance": "爱情", "Sci-Fi": "科幻", "Thriller": "惊悚", "War": "战争", "Western": "西部",
}  # fmt: skip
WORDS = {
    "bag": "袋子", "christmas": "圣诞", "heart": "心形", "cake": "蛋糕", "lunch": "午餐", "candle": "蜡烛",
    "clock": "时钟", "mug": "马克杯", "garden": "花园", "kitchen": "厨房", "necklace": "项链", "bracelet": "手链",
    "earrings": "耳环", "light": "灯", "box": "盒子", "tin": "罐子", "frame": "相框", "mirror": "镜子", "sign": "标牌",
    "wrap": "包装纸", "card": "卡片", "cushion": "靠垫", "doormat": "门垫", "bowl": "碗", "plate": "盘子",
    "teapot": "茶壶", "tea": "茶", "party": "派对", "paper": "纸", "craft": "手工", "doll": "娃娃", "toy": "玩具",
    "bottle": "瓶子", "umbrella": "雨伞", "drawer": "抽屉", "hook": "挂钩", "flower": "花", "bird": "鸟",
    "rabbit": "兔子", "jam": "果酱", "cutlery": "餐具", "napkins": "餐巾", "towel": "毛巾", "ribbon": "丝带",
    "wicker": "藤编", "bunting": "彩旗", "tray": "托盘", "jar": "罐", "chalkboard": "黑板",
}  # fmt: skip


class World(NamedTuple):
    """A fitted engine, those it knows nothing of, and the themes that its items can be spoken of by."""

    name: str
    engine: Engine
    people: list[Events]
    themes: list[str]
    member: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"  # (items, themes)
    texts: dict[str, list[str]]  # by language, what is searched for a theme


class Case(NamedTuple):
    """Somebody at a moment: their past, what they had next, and the texts they are made to leave, by arm."""

    past: Events
    at: float
    wanted: I64
    texts: dict[str, Event]
    back: Mapping[str, int] = MappingProxyType({})  # deeds that came after a text


def world(name: str, folder: Path, shop: Path | None) -> World:
    found = load(name, source=shop if name == "online-retail" else None)
    imported = read_events(found.events, config=Config())
    frame = imported.frame
    often = frame.group_by("user").len().filter(pl.col("len") >= LEAST).sort("user")["user"].to_list()
    held = sorted(np.random.default_rng(0).permutation(often)[:HELD].tolist())
    if not (folder / name / "engine.safetensors").is_file():
        kept = dataclasses.replace(imported, frame=frame.filter(~pl.col("user").is_in(held)))
        Engine.fit(found.items, kept, folder=folder / name, config=Config(training=Training(epochs=0))).close()
    engine = Engine.load(folder / name)
    number = {item: place for place, item in enumerate(engine.catalog)}
    people = []
    for _, rows in frame.filter(pl.col("user").is_in(held)).sort("user", "time").group_by("user", maintain_order=True):
        items = np.array([number.get(item, -1) for item in rows["item"]], np.int64)
        weights = [engine.config.weight(action, value) for action, value in zip(rows["action"], rows["value"], strict=True)]
        none = np.zeros(len(items), np.int64)
        events = Events(none, items, none, np.array(weights, np.float32), rows["time"].to_numpy(), none - 1)
        people.append(events.take((items >= 0) & (events.weight > 0)))
    if name == "ml-1m":
        themes = list(GENRES)
        member = np.array([[theme in item.categories for theme in themes] for item in engine.catalog.items])
        texts = {"en": [f"{theme.lower()} movies" for theme in themes], "zh": [f"{GENRES[theme]}电影" for theme in themes]}
    else:
        themes = list(WORDS)
        member = np.array([[theme in item.title.lower().split() for theme in themes] for item in engine.catalog.items])
        texts = {"en": themes, "zh": [WORDS[theme] for theme in themes]}
    return World(name, engine, [one for one in people if len(one.user) >= 30], themes, member, texts)


def cut(told: World, person: Events, place: int) -> tuple[Events, float, I64] | None:
    """The past before `place`, the time there, and the next items; None where too little follows."""
    while place < len(person.user) and person.time[place] == person.time[place - 1]:
        place += 1
    rest, seen = person.item[place:].tolist(), set(person.item[:place].tolist())
    wanted = list(dict.fromkeys(rest if told.engine.known.repeat else (item for item in rest if item not in seen)))[:NEXT]
    return (person.take(slice(place)), float(person.time[place]), np.array(wanted)) if len(wanted) >= 5 else None


def searches(told: World, rng: np.random.Generator) -> list[Case]:
    """People who search for the theme that what they have next is of, more than their past is; or for one it is not of."""
    cases = []
    for person in told.people:
        moment = cut(told, person, int(rng.integers(10, len(person.user) - 10)))
        if moment is None:
            continue
        past, at, wanted = moment
        then, before = told.member[wanted].mean(axis=0), told.member[past.item].mean(axis=0)
        theme = int(np.argmax(np.where(then >= 0.2, then - before, -9)))
        if then[theme] < 0.2:
            continue
        other = int(rng.choice(np.flatnonzero(then == 0)))
        said = {"its theme, in English": ("en", theme), "its theme, in Chinese": ("zh", theme), "another theme": ("en", other)}
        texts = {arm: Event(user="x", time=at, text=told.texts[lang][n], action="search") for arm, (lang, n) in said.items()}
        texts["its theme, five deeds before"] = texts["its theme, in English"]
        cases.append(Case(past, at, wanted, texts, {"its theme, five deeds before": 5}))
    return cases


def reviews(told: World, rng: np.random.Generator) -> list[Case]:
    """People who review a film they had of two genres, for the one that what they have next is of, against the other."""
    cases = []
    for person in told.people:
        moment = cut(told, person, int(rng.integers(10, len(person.user) - 10)))
        if moment is None:
            continue
        past, at, wanted = moment
        then = told.member[wanted].mean(axis=0)
        for film in past.item[::-1][:30].tolist():
            genres = np.flatnonzero(told.member[film])
            up, down = genres[np.argmax(then[genres])], genres[np.argmin(then[genres])]
            if len(genres) > 1 and then[up] >= 0.3 and then[down] <= 0.1:
                up, down = told.themes[up], told.themes[down]
                words = {
                    "in English": f"Loved the {up.lower()}, hated the {down.lower()}.",
                    "in Chinese": f"{GENRES[up]}很精彩，但是{GENRES[down]}太差",
                    "the other way round": f"Loved the {down.lower()}, hated the {up.lower()}.",
                    "of what no film is about": "Loved the plot, hated the pace.",
                }
                name = told.engine.catalog.items[film].id
                made = {arm: Event(user="x", time=at, item=name, text=text, action="review") for arm, text in words.items()}
                cases.append(Case(past, at, wanted, made))
                break
    return cases


def newcomers(told: World, rng: np.random.Generator) -> tuple[list[Case], list[I64]]:
    """People as if they came new at the middle of their time, with words for what they had had, and ten items they had liked."""
    cases, picks, usual = [], [], told.member.mean(axis=0)
    for person in told.people:
        moment = cut(told, person, len(person.user) // 2)
        if moment is None:
            continue
        past, at, wanted = moment
        liked = np.unique(past.item[past.weight >= (1.1 if told.name == "ml-1m" else 0.5)])
        if len(liked) < 10:
            continue
        share = told.member[past.item].mean(axis=0)
        order = np.argsort(-share * np.log((share + 1e-3) / (usual + 1e-3)))
        if told.name == "ml-1m":
            first, second = (told.themes[row] for row in order[:2])
            texts = {
                "en": f"I like {first.lower()} and {second.lower()} movies",
                "zh": f"我喜欢{GENRES[first]}和{GENRES[second]}电影",
            }
        else:
            names = [told.themes[row] for row in order[:3]]
            texts = {
                "en": f"I like {', '.join(names[:2])} and {names[2]}",
                "zh": f"我喜欢{'、'.join(WORDS[name] for name in names)}",
            }
        made = {lang: Event(user="x", time=at - 600, text=text, action="search") for lang, text in texts.items()}
        cases.append(Case(past.take(slice(0)), at, wanted, made))
        picks.append(rng.permutation(liked)[:10])
    return cases, picks


def listed(told: World, cases: Sequence[Case], arm: str | None, picks: Sequence[I64] = (), weight: float = 1.0) -> I64:
    """(cases, 10) what each would be shown with the text of that arm read, and with `picks` told before."""
    found, engine = [], told.engine
    for row, case in enumerate(cases):
        items = picks[row] if picks else np.zeros(0, np.int64)
        none = np.zeros(len(items), np.int64)
        times = np.asarray(case.at - 60.0 * np.arange(len(items), 0, -1), np.float64)
        past = Events.joined([case.past, Events(none, items, none, none + np.float32(weight), times, none)])
        parts = [past]
        if arm is not None:
            back = case.back.get(arm, 0)
            text = case.texts[arm]
            events, weights = engine.ear.read([("e", text, engine.config.weight(text.action, None))], engine.config.texts)
            rows = np.array([engine.catalog.number(event.item) for event in events if event.item], np.int64)
            kept = np.array([one for one, event in zip(weights, events, strict=True) if event.item], np.float32)
            place = len(past.user) - back
            time = np.full(len(rows), past.time[place] if back else text.time)
            said = Events(rows * 0, rows, rows * 0 - 1, kept, time, rows * 0 - 1)
            parts = [past.take(slice(place)), said, past.take(slice(place, None))]
        known = Events.joined(parts)
        known = known.take(np.argsort(known.time, kind="stable"))
        interests, had = engine.memory.supposed(known, case.at)
        hidden = np.zeros(len(engine.catalog), bool) if engine.known.repeat else had
        found.append(best(engine.known.blend.score(interests, engine.catalog).scores, hidden[None], NEXT).items[0])
    return np.array(found)


def gains(told: World, cases: Sequence[Case], arms: Sequence[str]) -> list[str]:
    """A row for each arm: NDCG@10 and its ratio to no text, with an interval."""
    wanted = [case.wanted for case in cases]
    none = ndcg(listed(told, cases, None), wanted, NEXT)
    rows = [f"| {told.name} | none | {none.mean():.4f} | |"]
    for arm in arms:
        rows.append(f"| {told.name} | {arm} | {_against(ndcg(listed(told, cases, arm), wanted, NEXT), none)} |")
    print("\n".join(rows), flush=True)
    return rows


def _against(values: F64, none: F64) -> str:
    ratio = compare(values, none, np.random.default_rng(0)).ratio
    return f"{values.mean():.4f} | {ratio.mean:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def curve(told: World, cases: Sequence[Case]) -> str:
    """A row: what right and wrong searches change, by how much words weigh."""
    wanted, kept, cells = [case.wanted for case in cases], blend.SAID, []
    none = ndcg(listed(told, cases, None), wanted, NEXT).mean()
    for blend.SAID in (0.1, 0.2, 0.3, 0.5, 0.8):
        right, wrong = (ndcg(listed(told, cases, arm), wanted, NEXT).mean() for arm in ("its theme, in English", "another theme"))
        cells.append(f"{right / none - 1:+.0%}, {wrong / none - 1:+.0%}")
    blend.SAID = kept
    print(told.name, cells, flush=True)
    return f"| {told.name} | " + " | ".join(cells) + " |"


def first_slates(told: World, cases: Sequence[Case], picks: Sequence[I64]) -> list[str]:
    """Rows of NDCG@10 and HR@10 by what a newcomer tells."""
    wanted = [case.wanted for case in cases]
    lists: dict[str, Callable[[], I64]] = {"nothing: what is popular": partial(listed, told, cases, None)}
    for count in (1, 3, 5, 10):
        chosen = [row[:count] for row in picks]
        lists[f"{count} items"] = partial(listed, told, cases, None, chosen)
        if count <= 5:
            lists[f"{count} items and words, English"] = partial(listed, told, cases, "en", chosen)
    for lang, name in (("en", "words, English"), ("zh", "words, Chinese")):
        lists[name] = partial(listed, told, cases, lang)
    none, rows = ndcg(listed(told, cases, None), wanted, NEXT), []
    for name, shown in lists.items():
        found = shown()
        rows.append(
            f"| {told.name} | {name} | {_against(ndcg(found, wanted, NEXT), none)} | {hit_rate(found, wanted, NEXT).mean():.3f} |"
        )
    three = [row[:3] for row in picks]
    same = [ndcg(listed(told, cases, None, three, weight), wanted, NEXT).mean() for weight in (0.5, 1.0, 3.0, 10.0)]
    print("\n".join(rows), "\nthree items of weight .5, 1, 3, 10:", [round(float(value), 4) for value in same], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where engines are kept")
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    parser.add_argument("--people", type=int, default=HELD)
    arguments = parser.parse_args()
    tables: dict[str, list[str]] = {"search": [], "weight": [], "review": [], "new": []}
    for name in ("ml-1m", "online-retail"):
        told = world(name, arguments.folder, arguments.shop)
        told = told._replace(people=told.people[: arguments.people])
        cases = searches(told, np.random.default_rng(1))
        print(f"{name}: {len(cases)} searches", flush=True)
        tables["search"] += gains(told, cases, list(cases[0].texts))
        tables["weight"].append(curve(told, cases))
        if name == "ml-1m":
            made = reviews(told, np.random.default_rng(2))
            tables["review"] += gains(told, made, list(made[0].texts))
        tables["new"] += first_slates(told, *newcomers(told, np.random.default_rng(3)))
        told.engine.close()
    text = "\n\n".join(
        [
            "\n".join(["| | search | NDCG@10 | x none |", "| --- | --- | --- | --- |", *tables["search"]]),
            "\n".join(["| right, wrong | .1 | .2 | .3 | .5 | .8 |", "| --- | --- | --- | --- | --- | --- |", *tables["weight"]]),
            "\n".join(["| | review | NDCG@10 | x none |", "| --- | --- | --- | --- |", *tables["review"]]),
            "\n".join(["| | told | NDCG@10 | x nothing | HR@10 |", "| --- | --- | --- | --- | --- |", *tables["new"]]),
        ]
    )
    print(text)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(OPEN)
    PAGE.write_text(f"{before}{OPEN}\n\n{text}\n\n{CLOSE}{rest.partition(CLOSE)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
