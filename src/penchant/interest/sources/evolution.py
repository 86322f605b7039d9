"""The learned account of how interests move: what comes next after all the person did, asked at the time of the request."""

import importlib.util
import shutil
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from penchant.catalog import Catalog
from penchant.config import Training
from penchant.errors import AssetError
from penchant.interest.evolution import Cell, Parameters, Shape
from penchant.interest.sources.source import Arrays, Source
from penchant.types import F32, I64, Bool, Events, Interests

EVOLUTION = "evolution"  # its name among the sources

_FADE = 0.5  # of past events when a score is attributed to them


def trainable() -> bool:
    """Whether torch, which trains and never serves, is installed."""
    return importlib.util.find_spec("torch") is not None


class Trained(NamedTuple):
    """What training from nothing came to: epochs passed, and the best NDCG@10 of any on requests that were not trained on."""

    epochs: int
    ndcg: float


class Evolving:
    """The recurrence of `penchant.interest.evolution` as a source: its state is folded with the person's, `Interests.memory`.

    `fit` a second time, on a longer log, goes on from the parameters of the first. `parts` takes time, gate or text out of the
    model, to measure them. What training from nothing came to is known as `trained`. `folder` keeps a checkpoint of it: broken
    off, it goes on from there with the same log and settings. `board` is a folder for TensorBoard; what goes on is in its `last`.
    """

    label = "where your interests are going"
    prior = 1.0
    stranger = 0.0
    logarithmic = True

    def __init__(
        self,
        settings: Training,
        *,
        repeat: bool,
        name: str = EVOLUTION,
        seed: int = 0,
        parts: dict[str, bool] | None = None,
        folder: Path | None = None,
        board: Path | None = None,
        report: Callable[[str, float], None] = lambda stage, share: None,
    ) -> None:
        self.name, self.settings, self.report = name, settings, report
        self._repeat, self._seed, self._parts = repeat, seed, parts
        self._folder, self._board = folder, board
        self.cell: Cell | None = None
        self.trained: Trained | None = None
        self._items: tuple[F32, F32] | None = None  # embeddings and offsets of the catalog at
        self._of: tuple[Catalog, int] | None = None  # this revision

    def fit(self, events: Events, catalog: Catalog) -> None:
        """Train; raises AssetError without torch."""
        if not trainable():
            raise AssetError("the evolution model is trained with torch, which is not installed; pip install 'penchant[train]'")
        from penchant.interest.training.fitting import fit

        ordered = events.take(np.lexsort((np.arange(len(events.user)), events.time, events.user)))
        anew = self.cell is None
        folder = self._checkpoint(ordered, catalog) if anew else None
        actions = int(events.action.max(initial=-1)) + 1
        parameters, passed = fit(
            ordered,
            catalog.vectors,
            self.settings,
            repeat=self._repeat,
            actions=actions if self.cell is None else max(actions, self.cell.actions - 1),
            start=None if self.cell is None else self.cell.parameters,
            seed=self._seed,
            parts=self._parts,
            folder=folder,
            board=self._board if anew or self._board is None else self._board / "last",
            report=self.report,
        )
        if passed:
            self.trained = Trained(len(passed), max(epoch.reached for epoch in passed))
        self._keep(parameters)

    def observe(self, events: Events) -> None:
        """Parameters stay as fitted; the person's new events arrive through `Interests`."""

    def score(self, interests: Interests, catalog: Catalog) -> F32:
        """The state's dot product with every item, and what is in the item's favour whoever asks; a logarithm of odds."""
        assert self.cell is not None
        table, offset = self._embedded(catalog)
        states = self.cell.read(interests.memory, interests.at, interests.away)
        return np.asarray(states @ table.T + offset, np.float32)

    def blind(self, catalog: Catalog) -> Bool:
        """None: an item that nobody had is known by its text."""
        return np.zeros(len(catalog), bool)

    def because(self, interests: Interests, items: I64, catalog: Catalog) -> F32:
        """How close each past item is to these in the model's terms, fading with distance: an indication, not a decomposition."""
        table, _ = self._embedded(catalog)
        past = interests.items[0]
        faded = interests.weights[0] / (1.0 + np.arange(len(past))) ** _FADE
        rows = np.where((past >= 0) & (past < len(table)), past, 0)
        near = table[rows] @ table[items].T
        norms = np.linalg.norm(table[rows], axis=1)[:, None] * np.linalg.norm(table[items], axis=1)
        return np.asarray(np.where(past[:, None] >= 0, faded[:, None] * near / np.maximum(norms, 1e-9), 0), np.float32)

    def arrays(self) -> Arrays:
        """The parameters, and the sizes they belong to."""
        if self.cell is None:
            return {}
        shape = self.cell.shape
        return {**self.cell.parameters, "shape": np.array([shape.dim, shape.heads, shape.layers])}

    def restore(self, arrays: Arrays) -> None:
        """Inverse of `arrays`."""
        if "shape" in arrays:
            dim, heads, layers = arrays["shape"].astype(np.int64).tolist()
            parameters = {name: np.asarray(array, np.float32) for name, array in arrays.items() if name != "shape"}
            self._keep(parameters, Shape(dim, heads, layers))

    def _keep(self, parameters: Parameters, shape: Shape | None = None) -> None:
        settings = self.settings
        self.cell = Cell(shape or Shape(settings.dim, settings.heads, settings.layers), parameters)
        self._items = None

    def _checkpoint(self, events: Events, catalog: Catalog) -> Path | None:
        """The folder for the checkpoint of exactly this training; those of another log or other settings are deleted."""
        if self._folder is None:
            return None
        seen = blake2b(msgspec.json.encode((self.settings, self._repeat, self._seed, self._parts)), digest_size=8)
        for column in (*events, catalog.vectors):
            seen.update(np.ascontiguousarray(column).data)
        mine = self._folder / seen.hexdigest()
        for other in self._folder.glob("*"):
            if other != mine:
                shutil.rmtree(other, ignore_errors=True)
        return mine

    def _embedded(self, catalog: Catalog) -> tuple[F32, F32]:
        """The embedding and the offset of every item, made anew when the catalog has changed."""
        assert self.cell is not None
        if self._items is None or self._of != (catalog, catalog.revision):
            offset = np.full(len(catalog), self.cell.parameters["offset"].mean(), np.float32)
            offset[: self.cell.fitted] = self.cell.parameters["offset"]
            self._items = self.cell.embed(np.arange(len(catalog)), catalog.vectors), offset
            self._of = (catalog, catalog.revision)
        return self._items


def cell_of(sources: Sequence[Source]) -> Cell | None:
    """The recurrence among the sources, which is what people's memory is folded with; None where there is none."""
    return next((source.cell for source in sources if isinstance(source, Evolving)), None)
