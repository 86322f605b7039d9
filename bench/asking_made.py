"""Requests made from templates: a hundred in each of two languages, with what an item has to be like to fit each part of them."""

from typing import Any

import numpy as np

Request = tuple[str, dict[str, Any]]

# category: what it is called in English, in the plural; in Chinese
CALLED = {
    "Action": ("action movies", "动作片"),
    "Adventure": ("adventures", "冒险片"),
    "Animation": ("cartoons", "动画片"),
    "Children's": ("family films", "儿童片"),
    "Comedy": ("comedies", "喜剧"),
    "Crime": ("gangster films", "犯罪片"),
    "Documentary": ("documentaries", "纪录片"),
    "Drama": ("dramas", "剧情片"),
    "Fantasy": ("fantasy films", "奇幻片"),
    "Horror": ("horror films", "恐怖片"),
    "Musical": ("musicals", "歌舞片"),
    "Mystery": ("mysteries", "悬疑片"),
    "Romance": ("love stories", "爱情片"),
    "Sci-Fi": ("science fiction", "科幻片"),
    "Thriller": ("thrillers", "惊悚片"),
    "War": ("war movies", "战争片"),
    "Western": ("westerns", "西部片"),
}
LIKED = (
    ("I feel like {a}", "{a} please", "show me some {a}", "I'd love to see {a}"),
    ("我想看{a}", "来点{a}", "推荐几部{a}", "我喜欢{a}"),
)
REFUSED = (
    (
        "no {b}",
        "I'm tired of {b}",
        "I really can't stand {b}",
        "but not {b}",
        "anything except {b}",
        "I've had enough of {b}",
        "without {b} or {c}",
    ),
    ("不要{b}", "{b}看腻了", "我讨厌{b}", "但是不想看{b}", "除了{b}都行", "{b}看够了", "别给我推荐{b}和{c}"),
)
ONLY = (("only {a}", "it must be {a}", "nothing but {a}"), ("只要{a}", "必须是{a}", "只看{a}"))
YEARS = (
    (
        ("before {y}", None, -1),
        ("after {y}", 1, None),
        ("since {y}", 0, None),
        ("between {y} and {z}", 0, 0),
        ("from {y} to {z}", 0, 0),
    ),
    (
        ("{y}年以前的", None, -1),
        ("{y}年以后的", 0, None),
        ("{y}年之后的", 0, None),
        ("{y}到{z}年之间的", 0, 0),
        ("不早于{y}年的", 0, None),
    ),
)
DECADES = (
    ("from the {d}s", "of the 19{d}s", "from the {w}"),
    ("{d}年代的", "19{d}年代的", "{h}十年代的"),
)
WRITTEN = {50: ("fifties", "五"), 60: ("sixties", "六"), 70: ("seventies", "七"), 80: ("eighties", "八"), 90: ("nineties", "九")}
TITLES = (
    "Alien",
    "Toy Story",
    "The Godfather",
    "Scream",
    "Jaws",
    "Star Trek: First Contact",
    "Batman",
    "Rocky",
    "The Terminator",
    "Die Hard",
)
LIKE = (
    ('something like "{t}", but not "{u}"', "films similar to {t}, no {b}", 'like "{t}", from the 90s'),
    ("类似《{t}》的，但不要《{u}》", "像《{t}》那样的，不要{b}", "类似《{t}》，90年代的"),
)
GOODS = (
    (
        "mugs",
        "candles",
        "lunch bags",
        "clocks",
        "cushions",
        "garden lanterns",
        "christmas decorations",
        "wrapping paper",
        "jewellery",
        "doormats",
    ),
    ("马克杯", "蜡烛", "午餐袋", "时钟", "靠垫", "花园灯笼", "圣诞装饰", "包装纸", "首饰", "门垫"),
)
PRICES = (
    (
        ("{g} under £{p}", None, 0),
        ("{g} for less than {p} pounds", None, 0),
        ("{g} between {p} and {q} pounds", 0, 0),
        ("{g}, at least £{p}", 0, None),
        ("{g}, no more than {p} quid", None, 0),
        ("{g}, £{p}-£{q}", 0, 0),
        ("{g} over {p} pounds", 0, None),
        ("{g}, nothing over £{p}", None, 0),
    ),
    (
        ("{p}英镑以下的{g}", None, 0),
        ("{g}，不超过{p}镑", None, 0),
        ("{p}到{q}英镑的{g}", 0, 0),
        ("{g}，至少{p}英镑", 0, None),
        ("{g}，最多{p}块钱", None, 0),
        ("{p}-{q}元的{g}", 0, 0),
        ("{p}镑以上的{g}", 0, None),
        ("{g}，不要超过{p}镑的", None, 0),
    ),
)


def made(side: int, rng: np.random.Generator) -> dict[str, list[Request]]:
    """A hundred requests of one language (0 English, 1 Chinese), those for films and those for goods."""
    films = [request for kind in (_refused, _bounded, _decade, _only, _alike) for request in kind(side, rng)]
    return {"films": films, "goods": _priced(side, rng)}


def _refused(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(28):
        a, b, c = rng.choice(list(CALLED), 3, replace=False).tolist()
        liked, refused = LIKED[side][number % len(LIKED[side])], REFUSED[side][number % len(REFUSED[side])]
        both = f"{liked}, {refused}" if side == 0 else f"{liked}，{refused}"
        if number % 4 == 3:  # the other way round
            both = f"{refused}. {liked}" if side == 0 else f"{refused}。{liked}"
        none = [b, c] if "{c}" in refused else [b]
        found.append((_filled(both, side, a=a, b=b, c=c), {"any": [a], "none": none}))
    return found


def _bounded(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(20):
        words, low, high = YEARS[side][number % len(YEARS[side])]
        year = int(rng.integers(1955, 1990))
        later = year + int(rng.integers(3, 10))
        a = str(rng.choice(["Action", "Comedy", "Drama", "Horror", "Romance", "Thriller"]))
        text = f"{CALLED[a][0]} {words}" if side == 0 else f"{words}{CALLED[a][1]}"
        last = later if "{z}" in words else year
        years = (None if low is None else year + low, None if high is None else last + high)
        found.append((text.format(y=year, z=later), {"any": [a], "years": years}))
    return found


def _decade(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(12):
        decade = int(rng.choice([50, 60, 70, 80, 90]))
        words = DECADES[side][number % 3].format(d=decade, w=WRITTEN[decade][0], h=WRITTEN[decade][1])
        a = str(rng.choice(["Action", "Comedy", "Drama", "Horror", "Romance", "Musical"]))
        text = f"{CALLED[a][0]} {words}" if side == 0 else f"{words}{CALLED[a][1]}"
        found.append((text, {"any": [a], "years": (1900 + decade, 1909 + decade)}))
    return found


def _only(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(8):
        a, b = rng.choice(list(CALLED), 2, replace=False).tolist()
        only, refused = ONLY[side][number % 3], REFUSED[side][number % 3]
        found.append(
            (_filled(f"{only}, {refused}" if side == 0 else f"{only}，{refused}", side, a=a, b=b), {"must": [a], "none": [b]})
        )
    return found


def _alike(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(12):
        title, other = rng.choice(TITLES, 2, replace=False).tolist()
        b = str(rng.choice(["Romance", "War", "Musical", "Documentary", "Western"]))
        words = LIKE[side][number % 3]
        fits: dict[str, Any] = (
            {"untitled": [other]} if "{u}" in words else {"none": [b]} if "{b}" in words else {"years": (1990, 1999)}
        )
        found.append((_filled(words, side, b=b, t=title, u=other), fits | {"not_itself": title}))
    return found


def _priced(side: int, rng: np.random.Generator) -> list[Request]:
    found = []
    for number in range(20):
        words, low, high = PRICES[side][number % len(PRICES[side])]
        least = int(rng.integers(2, 6))
        most = least + int(rng.integers(2, 8))
        thing = GOODS[side][number % len(GOODS[side])]
        last = most if "{q}" in words else least
        prices = (None if low is None else least, None if high is None else last)
        found.append((words.format(g=thing, p=least, q=most), {"prices": prices}))
    return found


def _filled(words: str, side: int, *, t: str = "", u: str = "", **categories: str) -> str:
    return words.format(t=t, u=u, **{name: CALLED[category][side] for name, category in categories.items()})
