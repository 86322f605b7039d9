"""People who leave texts, made from what they really had: the world of `bench/told.py`.

Neither ml-1m nor Online Retail II has searches or reviews. A text here is for a genre, or a word of titles, that the next items
of somebody are of, or are not. 800 people with 40 events or more are kept out of the log that everything is learned from; each is
looked at in one moment of their past. Half of them are to choose by, half to judge by.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import polars as pl

from penchant.assets import load
from penchant.config import Config, Training
from penchant.engine import Engine
from penchant.events import read_events
from penchant.types import I64, Event, Events

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


def halves(told: World, most: int) -> tuple[World, World]:
    """The world with one half of `most` people, and with the other: to choose by, and to judge by."""
    drawn = [told.people[row] for row in np.random.default_rng(4).permutation(len(told.people))[:most].tolist()]
    return told._replace(people=drawn[: len(drawn) // 2]), told._replace(people=drawn[len(drawn) // 2 :])


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


def strangers(told: World) -> list[Case]:
    """Somebody of whom nothing else is known, now, who searches for a theme: one for each theme, by language."""
    at, none = told.engine.now, told.people[0].take(slice(0))
    return [
        Case(none, at, np.zeros(0, np.int64), {
            language: Event(user="x", time=at - 600, text=texts[theme], action="search") for language, texts in told.texts.items()
        })
        for theme in range(len(told.themes))
    ]  # fmt: skip


def introduced(told: World, order: list[int]) -> dict[str, str]:
    """What somebody says of themselves who likes the first of these themes, by language."""
    names = [told.themes[row] for row in order[:3]]
    if told.name == "ml-1m":
        return {
            "en": f"I like {names[0].lower()} and {names[1].lower()} movies",
            "zh": f"我喜欢{GENRES[names[0]]}和{GENRES[names[1]]}电影",
        }
    return {"en": f"I like {', '.join(names[:2])} and {names[2]}", "zh": f"我喜欢{'、'.join(WORDS[name] for name in names)}"}


def newcomers(told: World, rng: np.random.Generator) -> tuple[list[Case], list[I64]]:
    """People as if they came new at the middle of their time, with words for what they had had, and ten items they had liked."""
    cases, picks, usual = [], [], told.member.mean(axis=0)
    for person in told.people:
        moment = cut(told, person, len(person.user) // 2)
        if moment is None:
            continue
        past, at, wanted = moment
        strange = np.flatnonzero(told.member[wanted].sum(axis=0) == 0)
        liked = np.unique(past.item[past.weight >= (1.1 if told.name == "ml-1m" else 0.5)])
        if len(liked) < 10 or len(strange) < 3:
            continue
        share = told.member[past.item].mean(axis=0)
        order = np.argsort(-share * np.log((share + 1e-3) / (usual + 1e-3)))
        own, others = (introduced(told, rows.tolist()) for rows in (order, rng.permutation(strange)))
        texts = {"words, English": own["en"], "words, Chinese": own["zh"], "words of others": others["en"]}
        made = {arm: Event(user="x", time=at - 600, text=text, action="search") for arm, text in texts.items()}
        cases.append(Case(past.take(slice(0)), at, wanted, made))
        picks.append(rng.permutation(liked)[:10])
    return cases, picks
