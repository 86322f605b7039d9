"""How likes and dislikes are best put together, part `mixture` of bench/asking.py: wishes for a genre, less a theme."""

import numpy as np

from encode_texts import WISHES
from penchant.engine import Engine
from penchant.rank.blend import standardise
from penchant.types import F32

# genre: something that is in its films, in English and in Chinese
THEMES = {
    "Horror": ("ghosts", "鬼怪"),
    "Western": ("cowboys", "牛仔"),
    "War": ("soldiers", "士兵"),
    "Sci-Fi": ("robots", "机器人"),
    "Romance": ("falling in love", "恋爱"),
    "Crime": ("the mob", "黑帮"),
}
REFUSED = ("{}, no {}", "{}，不要{}")


def ways(engine: Engine, liked: str, refused: str, whole: str) -> dict[str, F32]:
    """(items,) scores of every way to put them together, by its name."""
    vectors = engine.catalog.vectors
    queries = engine.space.queries([liked.casefold(), refused, whole])
    like, dislike, sentence = (standardise(vectors @ query) for query in queries)
    found = {"the whole sentence, as before": sentence, "the likes alone": like}
    for cost in (0.5, 1.0, 2.0):
        used = " (used)" if cost == 1.0 else ""
        found[f"less {cost:g} of what is above the mean in dislike{used}"] = np.asarray(
            like - cost * np.maximum(dislike, 0), np.float32
        )
    for cost in (0.5, 1.0):
        found[f"less {cost:g} of the dislike"] = np.asarray(like - cost * dislike, np.float32)
        found[f"the vector less {cost:g} of that of dislike"] = np.asarray(vectors @ (queries[0] - cost * queries[1]), np.float32)
    return found


def mixture(engine: Engine) -> str:
    """Shares of the ten best by words alone that are of the genre wished for, and of the genre of what was refused."""
    having = {genre: np.array([genre in item.categories for item in engine.catalog.items]) for genre in WISHES}
    cells: dict[str, list[list[float]]] = {}
    for side in (0, 1):
        for genre, wishes in WISHES.items():
            for text in wishes[side]:
                for other in (other for other in THEMES if other != genre):
                    theme = THEMES[other][side]
                    for way, scores in ways(engine, text, theme, REFUSED[side].format(text, theme)).items():
                        best = np.argsort(-scores, kind="stable")[:10]
                        rows = cells.setdefault(way, [[], [], [], []])
                        rows[2 * side].append(float(having[genre][best].mean()))
                        rows[2 * side + 1].append(float(having[other][best].mean()))
    lines = ["| | en: wished for | en: refused | zh: wished for | zh: refused |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {way} | " + " | ".join(f"{np.mean(column):.3f}" for column in rows) + " |" for way, rows in cells.items()]
    return "\n".join(lines)
