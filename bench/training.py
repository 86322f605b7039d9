"""How fast training is, against RecTools' SASRec: `python bench/training.py`, after bench/peers.py for the same data.

Both are fitted on what validation may see, each in a process of its own, and judged by NDCG@10 on its requests, ours after every
epoch. What counts is the processor time of training until it reaches what the other reached at its best, and the most memory that
the process took. Result in bench/results/training-NAME.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from accuracy import PEERS, RESULTS, RUNS, data, stem
from penchant.config import Training
from penchant.evaluate.splits import Split
from penchant.evaluate.trials import ask
from penchant.types import Events

DEFAULT = "ml-100k, leave-one-out"
WITHOUT = ("start", "bfloat16", "time", "text")  # items start at random; multiplied in float32; parts of the model


def exam(path: Path, name: str, shop: Path | None) -> None:
    """Write what the training process needs: events, vectors, and the validation's requests."""
    told = data(RUNS[name][0], shop)
    split: Split = RUNS[name][2](told.events, np.random.default_rng(0))
    hidden = ask(split, split.validation, told.catalog, told.config.fold).hidden
    last = np.searchsorted(split.events.user, split.validation.user) + split.validation.prefix - 1
    columns = split.events._asdict() | {"vectors": told.catalog.vectors, "train": split.train, "hidden": hidden, "last": last}
    columns |= {"at": split.validation.at, "target": np.array([target[0] for target in split.validation.targets])}
    np.savez(path, allow_pickle=False, **columns, repeat=np.array(split.repeat), actions=np.array(len(told.config.actions)))


def ours(path: Path, settings: Training, without: str) -> dict[str, Any]:
    """The curve of one training in this process: seconds of training, epoch and NDCG@10; and the most memory it took."""
    import torch
    from scipy import sparse

    from penchant.interest.evolution import Shape
    from penchant.interest.evolution.network import Evolution
    from penchant.interest.training.judging import Asked, ndcg
    from penchant.interest.training.loop import train
    from penchant.interest.training.spectral import spectral
    from penchant.interest.training.windows import history

    torch.set_num_threads(1)
    held = dict(np.load(path))
    events = Events(*(held[name] for name in Events._fields))
    repeat = bool(held["repeat"])
    everything, known = history(events, repeat=repeat), events.take(held["train"])
    asked = Asked(held["last"], held["at"], held["target"], sparse.csr_array(held["hidden"]))
    began = time.process_time()
    shape = Shape(settings.dim, settings.heads, settings.layers)
    precision = torch.float32 if without == "bfloat16" else torch.bfloat16
    parts = {without: False} if without in ("time", "text") else {}
    network = Evolution(shape, held["vectors"], int(held["actions"]), dropout=settings.dropout, precision=precision, **parts)
    if without != "start":
        network.begin(spectral(known, len(held["vectors"]), shape.dim))
    before = time.process_time() - began

    def judge() -> float:
        return ndcg(network, everything, asked, settings.window, walk=True)

    epochs = train(network, known, settings, repeat=repeat, judge=judge)
    with Path("/proc/self/status").open() as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    return {"curve": [(before + epoch.seconds, number + 1, epoch.reached) for number, epoch in enumerate(epochs)], "memory": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", choices=list(RUNS), default=DEFAULT)
    parser.add_argument("--dim", type=int, nargs=2, default=(64, 4), metavar=("DIM", "HEADS"))
    parser.add_argument("--without", default="", choices=["", *WITHOUT], help="train without this; all in turn otherwise")
    parser.add_argument("--exam", type=Path, help="train in this process on what another wrote, and print the curve")
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    given = parser.parse_args()
    settings = Training(dim=given.dim[0], heads=given.dim[1], minutes=None, visits=0.0)
    if given.exam:
        print(json.dumps(ours(given.exam, settings, given.without)))
        return
    peers = sorted((PEERS / "tuning" / f"{stem(given.run)}-0").glob("sasrec-*.json"))
    if not peers:
        raise SystemExit("there is no SASRec of RecTools to compare with; run bench/peers.py for this data first")
    theirs = max((json.loads(path.read_text("utf-8")) for path in peers), key=lambda peer: max(look[2] for look in peer["curve"]))
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    mine: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exam.npz"
        exam(path, given.run, given.shop)
        for without in ("", *WITHOUT):
            command = [sys.executable, sys.argv[0], "--run", given.run, "--dim", *map(str, given.dim), "--exam", str(path)]
            command += ["--without", without]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | one)
            mine[without] = json.loads(done.stdout.splitlines()[-1])
    best = max(theirs["curve"], key=lambda look: look[2])
    (RESULTS / f"training-{stem(given.run)}.json").write_text(json.dumps({"ours": mine, "rectools": theirs}), "utf-8")
    print(
        "| | best NDCG@10 | after CPU s | as much as RecTools after | first look | MiB |\n| --- | --- | --- | --- | --- | --- |"
    )
    _, epochs, reached = theirs["curve"][0]
    memory = theirs["memory"] / 2**20
    print(f"| RecTools SASRec | {best[2]:.4f} | {best[0]:.0f} | | {reached:.4f} ({epochs} epochs) | {memory:.0f} |")
    for without, run in mine.items():
        when = next((f"{seconds:.1f}" for seconds, _, reached in run["curve"] if reached >= best[2]), "never")
        most = max(run["curve"], key=lambda look: look[2])
        name = f"without {without}" if without else "evolution"
        print(f"| {name} | {most[2]:.4f} | {most[0]:.0f} | {when} | {run['curve'][0][2]:.4f} | {run['memory'] / 2**20:.0f} |")


if __name__ == "__main__":
    main()
