"""`penchant fit`: from two files to a folder that can be served."""

import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer

from penchant.cli import options, writer
from penchant.cli.columns import Columns, with_columns
from penchant.cli.show import bar, emit, plural, say, table, warn
from penchant.errors import AssetError

if TYPE_CHECKING:
    from penchant.cli.reading import Files, Rows
    from penchant.config import Config
    from penchant.engine import Engine

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

Items = Annotated[
    Path | None, typer.Option("--items", metavar="FILE", help="The items; without it, the ids that the events name.")
]
EventsFile = Annotated[Path, typer.Option("--events", metavar="FILE", help="What people did.", show_default=False)]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")]
Encoding = Annotated[str | None, typer.Option("--encoding", metavar="NAME", help="The encoding of text files; UTF-8 otherwise.")]
Settings = Annotated[Path | None, typer.Option("--config", metavar="TOML", help="Settings.")]
Warm = Annotated[bool, typer.Option("--warm", help="Go on from what was learned before, in one pass.")]
Minutes = Annotated[
    float | None, typer.Option("--minutes", metavar="M", min=0.001, help="Processor time for training the evolution model.")
]
Epochs = Annotated[int | None, typer.Option("--epochs", metavar="N", min=0, help="Passes at most; 0: no evolution model.")]
Board = Annotated[Path | None, typer.Option("--board", metavar="DIR", help="Write the course of training for TensorBoard.")]


@with_columns
def fit(
    columns: Columns,
    events: EventsFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write.", show_default=False)],
    items: Items = None,
    config: Settings = None,
    encoder: options.Encoder = None,
    threads: options.Threads = None,
    warm: Warm = False,
    minutes: Minutes = None,
    epochs: Epochs = None,
    board: Board = None,
    generator: writer.Named = None,
    strict: Strict = False,
    encoding: Encoding = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="Where rows left out are listed.")] = None,
    json: options.Json = False,
) -> None:
    """Learn from items and events, and keep it in a folder.

    Files are CSV, TSV, JSON Lines (each also .gz) or Parquet; columns are found by their usual names. A folder that was fitted
    before keeps its log: new events are added to it; a fit that was stopped goes on where it was. Rows that cannot be used are
    left out and listed with their row number and reason in DIR/rejects-events.csv and DIR/rejects-items.csv.
    """
    from penchant.cli.progress import Shown
    from penchant.cli.reading import Files, refuse_nothing
    from penchant.cli.rejects import report_rejects
    from penchant.encode import load_encoder
    from penchant.engine import Engine

    started = time.monotonic()
    chosen = settings(config, encoder, threads, minutes, epochs, generator)
    _require_board(board)
    files = Files(items, events, columns, strict, encoding)
    rows = _rows(files, chosen, out)
    model = load_encoder(chosen.encoder, threads=chosen.threads)  # a wrong one is told before anything is written
    writer.check(chosen.language.generator)
    listed = report_rejects(rows, files, rejects or out / "rejects-events.csv")
    refuse_nothing(rows, files)
    with Shown() as live:
        engine = Engine.fit(
            rows.items, rows.events, folder=out, config=chosen, encoder=model, warm=warm, board=board, progress=live
        )
    with engine:
        made, sources = summary(engine, time.monotonic() - started), weights(engine)
        tell_shortfalls(engine)
    if json:
        emit(made | {"sources": sources, "read": counts(rows), "rejects": listed})
    else:
        show(made, sources)
        say(f"\nNext: penchant serve {out}, or penchant users {out}")


def _rows(files: "Files", config: "Config", out: Path) -> "Rows":
    """What is in the files, for a log in `out` that may hold items already; which columns were read is told."""
    from penchant.cli.reading import held, read
    from penchant.cli.rejects import tell_columns

    rows = read(files, config, time.time(), held(out))
    tell_columns(rows, files)
    return rows


def settings(
    path: Path | None,
    encoder: str | None,
    threads: int | None,
    minutes: float | None = None,
    epochs: int | None = None,
    generator: str | None = None,
) -> "Config":
    """The settings of a file, with what options say instead."""
    from penchant.config import Config, load

    config = load(path) if path else Config()
    training = _with(config.training, minutes=minutes, epochs=epochs)
    language = _with(config.language, generator=generator)
    return _with(config, encoder=encoder, threads=threads, training=training, language=language)


def _with(struct: _Struct, **given: object) -> _Struct:
    """The same with what was given; None was not."""
    return msgspec.structs.replace(struct, **{name: value for name, value in given.items() if value is not None})


def _require_board(board: Path | None) -> None:
    """Check that TensorBoard's files can be written, before anything is.

    Raises:
        AssetError: without the package.
    """
    if board is not None and find_spec("tensorboard") is None:
        raise AssetError("--board is written by TensorBoard, which is not installed; pip install 'penchant[train]'")


def tell_shortfalls(engine: "Engine") -> None:
    """Say on stderr what could not be done as it was asked for, or as the log deserves."""
    from penchant.rank.learn import NO_TORCH

    how = engine.learned
    if how is not None and how.cold:
        warn(f"Learned from scratch: {how.cold}", style="yellow")
    if how is not None and how.without == NO_TORCH:
        warn(f"The evolution model was left out: {NO_TORCH}", style="yellow")


def summary(engine: "Engine", seconds: float) -> dict[str, Any]:
    """What was fitted, and how long it took."""
    totals, how = engine.log.totals(), engine.learned
    assert how is not None
    return {
        "folder": str(engine.folder),
        "users": totals.users,
        "items": totals.items,
        "events": totals.events - engine.log.readings(),
        "last_event": totals.last_time,
        "encoder": engine.config.encoder,
        "repeat": engine.known.repeat,
        "warm": how.warm,
        "evolution": {
            "trained": not how.without,
            "why": how.without or None,
            "epochs": how.trained and how.trained.epochs,
            "ndcg@10": how.trained and round(how.trained.ndcg, 4),
        },
        "seconds": round(seconds, 2),
    }


def weights(engine: "Engine") -> dict[str, float]:
    """How much each source counts for somebody with 50 events who comes back after a day."""
    import numpy as np

    from penchant.rank.blend import context
    from penchant.types import DAY, Interests

    none = np.zeros((1, 0), np.float32)
    known = (np.array([engine.now]), np.array([DAY]), np.array([50.0]))
    asking = Interests(*known, none, none[:, :, None], none.astype(np.int64), none, none.astype(np.float64), none, none)
    typical = (context(asking) @ engine.known.blend.weights.T)[0].tolist()
    return {source.name: round(weight, 3) for source, weight in zip(engine.known.blend.sources, typical, strict=True)}


def counts(rows: "Rows") -> dict[str, dict[str, object]]:
    """What the files held: rows used, left out, dropped as duplicates, texts cleaned, and where each column went."""
    read = {"items": rows.items, "events": rows.events}
    return {
        kind: {
            "used": len(imported.frame),
            "rejected": len(imported.rejects),
            "duplicates": imported.duplicates,
            "cleaned": imported.cleaned,
            "columns": imported.columns,
        }
        | ({"ignored": imported.ignored} if kind == "events" else {"attributes": imported.attributes})
        for kind, imported in read.items()
        if imported is not None
    }


def evolution(made: dict[str, Any]) -> str:
    """What became of the evolution model, in words.

    >>> evolution({"warm": False, "evolution": {"trained": True, "epochs": 7, "ndcg@10": 0.1012}})
    '7 epochs, NDCG@10 0.1012 on requests held out'
    >>> evolution({"warm": False, "evolution": {"trained": False, "why": "training.epochs is 0"}})
    'none; training.epochs is 0'
    """
    told = made["evolution"]
    if not told["trained"]:
        return f"none; {told['why']}"
    if made["warm"]:
        return "gone on with, one pass over the log"
    if told["epochs"] is None:
        return "trained"
    reached = f", NDCG@10 {told['ndcg@10']:.4f} on requests held out" if told["ndcg@10"] else ""
    return plural(told["epochs"], "epoch") + reached


def show(made: dict[str, Any], sources: dict[str, float]) -> None:
    """Print the summary for people."""
    sizes = ", ".join(f"{made[name]:,} {name}" for name in ("users", "items", "events"))
    again = "people come back to what they had" if made["repeat"] else "people move on to new items"
    say(f"{made['folder']}: {sizes}; {again}; fitted in {made['seconds']} s", f"Evolution model: {evolution(made)}")
    most = max(max(sources.values(), default=0.0), 1e-9)
    shown = table("", "source", "weight", "", right=("weight",))
    for name, weight in sorted(sources.items(), key=lambda pair: -pair[1]):
        shown.add_row(name, f"{weight:.2f}", bar(weight / most))
    say(shown)
