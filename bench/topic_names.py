"""What topics are called: `python bench/topic_names.py [--shop FOLDER] [--write docs/topics.md]` prints thirty for each data set.

Drawn at random from the fine topics of each (seed 0), in the order of their broad topics; and, as a measure of names, how often
the text encoder finds the topic by its label alone. `--write` puts both between their markers in a page.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy import sparse

import marked
from penchant.config import Config
from penchant.encode import Space, load_encoder
from penchant.evaluate.world import World
from penchant.interest.topics import Topic, Topics, fit, naming
from penchant.interest.topics.membership import first
from penchant.interest.transitions import Sparse
from penchant.types import F32, F64, I64
from topics import data

NAMES = ("ml-1m", "ml-100k", "online-retail")
DRAWN = 30
NEAREST = 20  # items to a label
KEYWORDS = 5


def table(topics: Topics) -> str:
    """Thirty fine topics: label, keywords, three examples and the broad topic of each."""
    drawn = np.sort(np.random.default_rng(0).permutation(len(topics.fine))[:DRAWN])
    ordered = sorted(drawn.tolist(), key=lambda number: (topics.parent[number], number))
    rows = ["| broad topic | topic | items | keywords | best known |\n| --- | --- | --- | --- | --- |"]
    above = ""
    for one in (topics.fine[number] for number in ordered):
        broad = topics[one.parent or ""].label
        cells = (
            "" if broad == above else broad,
            one.label,
            str(one.items),
            ", ".join(one.keywords[:KEYWORDS]),
            "; ".join(one.examples),
        )
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
        above = broad
    return "\n".join(rows)


def judged(told: World, topics: Topics) -> tuple[float, ...]:
    """How labels find their topics by text: the share of labels nearest to the mean text of their own topic, those that are among
    the nearest three, and the share of the 20 items nearest to a label that are of its topic; of fine topics, then of broad."""
    space = Space.fit(load_encoder(Config().encoder), told.catalog.items)
    main = first(topics.member)
    count = len(topics.fine), len(topics.broad)
    upwards: Sparse = sparse.csr_array((np.ones(count[0], np.float32), (np.arange(count[0]), topics.parent)), shape=count)
    fine = topics.fine_shares()
    return (
        *_found(space, topics.fine, told.catalog.vectors, fine, main),
        *_found(space, topics.broad, told.catalog.vectors, sparse.csr_array(fine @ upwards), np.append(topics.parent, -1)[main]),
    )


def _found(space: Space, level: tuple[Topic, ...], vectors: F32, shares: Sparse, main: I64) -> tuple[float, float, float]:
    labels = space.queries([topic.label for topic in level])
    means = np.asarray(shares.T @ vectors)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    own = np.arange(len(level))[:, None]
    right = np.argsort(-(labels @ means.T), axis=1, kind="stable") == own
    near = np.argsort(-(labels @ vectors.T), axis=1, kind="stable")[:, :NEAREST]
    return float(right[:, 0].mean()), float(right[:, :3].any(axis=1).mean()), float((main[near] == own).mean())


def tf_idf(inside: F64, outside: F64, items: F64) -> F64:
    """Class TF-IDF, in place of `naming.worth`: Grootendorst 2022, "BERTopic", section 3.3, with items for words."""
    return np.asarray(inside * np.log1p((items.sum() / max(len(items), 1)) / np.maximum(items, 1)))


def put(page: Path, name: str, text: str) -> None:
    """Replace what is between the markers of `name` in a page."""
    marked.put(page, f"<!-- {name} -->", f"<!-- end of {name} -->", text)


WAYS = {"class TF-IDF": tf_idf, "p log(p / q)": naming.worth}  # the last is what is shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shop", type=Path)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    measured = ["| | ranked by | fine: nearest | among three | items | broad: nearest | among three | items |\n|" + " --- |" * 8]
    shown = {}
    for name in NAMES:
        told = data(name, asked.shop)
        for way, worth in WAYS.items():
            naming.worth = worth
            topics = fit(told.catalog, told.events, rng=np.random.default_rng(0))
            measured.append(f"| {name} | {way} | " + " | ".join(f"{cell:.3f}" for cell in judged(told, topics)) + " |")
        shown[f"topics of {name}"] = table(topics)
    shown["names"] = "\n".join(measured)
    for name, text in shown.items():
        print(f"\n{name}\n\n{text}")
        if asked.write:
            put(asked.write, name, text)


if __name__ == "__main__":
    main()
