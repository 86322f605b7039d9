"""What the evolution model costs to serve, with numpy alone: `python bench/evolution.py`. CPU time, one thread."""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from penchant.catalog import Catalog
from penchant.config import Training
from penchant.interest import fold
from penchant.interest.evolution import Cell, Parameters, Shape
from penchant.interest.evolution.moments import MOMENT
from penchant.interest.sources import Evolving
from penchant.retrieve.exact import best
from penchant.types import DAY, F32, Events, Item

TEXT, ITEMS, K = 384, 3_706, 10
HALF_LIVES = np.array([600.0, DAY, 7 * DAY, 30 * DAY, 365 * DAY])
WINDOW, ROUNDS = 300, 500


def parameters(shape: Shape, items: int, rng: np.random.Generator) -> Parameters:
    """Random ones of the right sizes: what they say costs nothing."""
    d, h = shape.dim, shape.heads

    def some(*size: int) -> F32:
        return (rng.standard_normal(size) * 0.05).astype(np.float32)

    def norm(name: str) -> Parameters:
        return {f"{name}.weight": np.ones(d, np.float32), f"{name}.bias": np.zeros(d, np.float32)}

    def wide(name: str) -> Parameters:
        dense = {"wide.weight": (4 * d, d), "wide.bias": (4 * d,), "narrow.weight": (d, 4 * d), "narrow.bias": (d,)}
        return norm(f"{name}.norm") | {f"{name}.{part}": some(*size) for part, size in dense.items()}

    named = {"items": some(items, d), "offset": some(items), "words": some(128, d), "mean": some(TEXT), "whiten": some(TEXT, 128)}
    named |= {"actions": some(4, d), "weight": some(d), "told": some(MOMENT, d), "asked": some(MOMENT, d)}
    named |= wide("head") | norm("final")
    for number in range(shape.layers):
        rates = np.log(np.log(2) / shape.half_lives()).astype(np.float32)
        layer = norm("norm") | norm("read") | wide("wide")
        layer |= {
            "shift": some(d),
            "qkvg.weight": some(4 * d, d),
            "gate": some(d),
            "forget.weight": some(h, d),
            "forget.bias": some(h) + 4,
        }
        layer |= {"log_rate": rates, "log_step": some(h) - 3, "out.weight": some(d, d), "out.bias": some(d)}
        named |= {f"layers.{number}.{name}": array for name, array in layer.items()}
    return named


def events(count: int, items: int, rng: np.random.Generator) -> Events:
    """One user's history, an event every ten minutes on average."""
    zero = np.zeros(count, np.int64)
    time_ = 1e9 + np.cumsum(rng.exponential(600, count))
    return Events(zero, rng.integers(0, items, count), zero, np.ones(count, np.float32), time_, zero - 1)


def history_length(cell: Cell, vectors: F32, rng: np.random.Generator) -> None:
    """The cost of one event, the whole fold included, after few and after many."""
    for before in (10, 100, 1_000, 10_000):
        state = fold.empty(1, len(HALF_LIVES), WINDOW, TEXT, cell.size)
        told = events(before + ROUNDS, len(vectors), rng)
        fold.update(state, told.take(slice(0, before)), vectors, HALF_LIVES, cell)
        began = time.process_time()
        for row in range(before, before + ROUNDS):
            fold.update(state, told.take(slice(row, row + 1)), vectors, HALF_LIVES, cell)
        print(f"  an event after {before:>6,}: {(time.process_time() - began) / ROUNDS * 1e6:6.0f} us")


def catalogue_size(shape: Shape, rng: np.random.Generator) -> None:
    """An event taken in and a slate of ten from ever more items."""
    for items in (ITEMS, 10_000, 100_000, 1_000_000):
        text = 32 if items > 100_000 else TEXT  # what the items say does not change the cost of a request
        named = parameters(shape, items, rng)
        named |= {"mean": named["mean"][:text], "whiten": named["whiten"][:text]}
        vectors = rng.standard_normal((items, text)).astype(np.float32)
        catalog = Catalog(text)
        catalog.extend([Item(id=str(number)) for number in range(items)], vectors)
        source = Evolving(Training(dim=shape.dim, heads=shape.heads, layers=shape.layers), repeat=True)
        source.restore({**named, "shape": np.array([shape.dim, shape.heads, shape.layers])})
        state = fold.empty(1, len(HALF_LIVES), WINDOW, text, shape.size)
        told = events(101 if items > 10_000 else ROUNDS + 1, items, rng)
        nobody = np.zeros((1, items), bool)
        who, spent = np.zeros(1, np.int64), []
        for row in range(len(told.time)):
            began = time.process_time()
            fold.update(state, told.take(slice(row, row + 1)), catalog.vectors, HALF_LIVES, source.cell)
            read = fold.read(state, who, told.time[row : row + 1] + 1.0, HALF_LIVES)
            best(source.score(read, catalog), nobody, K)
            spent.append(time.process_time() - began)
        print(f"  an event and a slate of {K} from {items:>9,} items: {np.median(spent[1:]) * 1e3:8.3f} ms")


def main() -> None:
    rng = np.random.default_rng(0)
    settings = Training()
    shape = Shape(settings.dim, settings.heads, settings.layers)
    cell = Cell(shape, parameters(shape, ITEMS, rng))
    vectors = rng.standard_normal((ITEMS, TEXT)).astype(np.float32)
    print(f"{shape}: {cell.size * 4:,} bytes a user")
    history_length(cell, vectors, rng)
    catalogue_size(shape, rng)
    print(f"torch was {'' if 'torch' in sys.modules else 'not '}imported")


if __name__ == "__main__":
    main()
