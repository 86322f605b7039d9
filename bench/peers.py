"""RecTools' SASRec and BERT4Rec for bench/accuracy.py: `python bench/peers.py --data ml-1m --protocol global-time --model sasrec`

They run in an environment of their own, on one thread. Each setting is fitted on what validation may see, and NDCG@10 of the
validation requests says when to stop; the best one is fitted anew, for as many epochs, on what the test may see. All is kept in
bench/results/peers/, so that a run that was broken off goes on, and bench/accuracy.py shows it beside the rest.
"""

import argparse
import io
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from accuracy import PEERS, RUNS, data, fingerprint, outside, stem
from environments import interpreter
from penchant.evaluate.metrics import evaluate
from penchant.evaluate.splits import Requests, Split
from penchant.evaluate.trials import ask
from penchant.types import I64, Bool

PACKAGES = ("rectools==0.19.0", "pytorch-lightning==2.5.2", "torch==2.13.0")  # this torch is a CPU build; a bare one may not be
EPOCHS = 500  # nobody has needed as many
Settings = Mapping[str, str | int | float]  # of the model's constructor

_SMALL: Settings = {"n_factors": 64, "n_blocks": 2, "n_heads": 2, "session_max_len": 100, "dropout_rate": 0.2, "loss": "softmax"}
SETTINGS: dict[str, Settings] = {
    "64 factors, 100 events": _SMALL,
    "128 factors, 100 events": {**_SMALL, "n_factors": 128},
    "64 factors, 200 events": {**_SMALL, "session_max_len": 200},
    "128 factors, 200 events": {**_SMALL, "n_factors": 128, "session_max_len": 200},
}
EVERY = {"sasrec": 3, "bert4rec": 10}  # epochs from one look at validation to the next: masked training takes far more of them
PATIENCE = 5  # looks without gain

PEER = """
import json, logging, sys, time
from importlib.metadata import version
logging.disable(logging.WARNING)
import numpy as np, pandas as pd, pytorch_lightning, torch
from pytorch_lightning.callbacks import LambdaCallback
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, SASRecModel

task, data = json.loads(sys.argv[2]), dict(np.load(sys.argv[1]))
torch.set_num_threads(1)
pytorch_lightning.seed_everything(task["seed"], verbose=False)
requests, items, k = len(data["hidden"]), task["items"], min(task["k"], task["items"])
discount = 1 / np.log2(np.arange(2, k + 2))
relevant = np.bincount(data["target_owner"], minlength=requests)
ideal = np.append(0, np.cumsum(discount))[np.minimum(relevant, k)]
started = time.process_time()

def log(user, item):  # in our order: the place of an event is its time
    columns = {Columns.User: user, Columns.Item: item, Columns.Weight: 1.0, Columns.Datetime: np.arange(len(user))}
    return Dataset.construct(pd.DataFrame(columns))

def questions(model):  # every request as a user of its own, with the items that the model knows; the others are dropped
    asked = model.data_preparator.transform_dataset_u2i(log(data["owner"], data["history"]), np.unique(data["owner"]))
    return asked.user_id_map.external_ids.astype(np.int64), model.data_preparator.get_dataloader_recommend(asked, 256)

def answers(model, rows, loader):  # what model.recommend does, with candidates of each request's own
    with torch.random.fork_rng(devices=[]):
        people, embedded = model.lightning_model._get_user_item_embeddings(loader, "cpu")
    preparator, lists = model.data_preparator, np.full((requests, task["k"]), -1)
    embedded = embedded[preparator.get_known_items_sorted_internal_ids()]
    known = preparator.get_known_item_ids().astype(np.int64)
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        scores = torch.full((len(some), items), -torch.inf)
        scores[:, known] = people[start : start + 500] @ embedded.T
        scores[torch.from_numpy(np.unpackbits(data["hidden"][some], axis=1, count=items).astype(bool))] = -torch.inf
        value, found = scores.topk(k)
        lists[some, :k] = torch.where(torch.isneginf(value), -1, found)
    return lists

def ndcg(lists):
    pair = np.arange(requests)[:, None] * items + lists
    hit = np.isin(pair, data["target_owner"] * items + data["target"]) & (lists >= 0)
    return float(np.mean((hit[:, :k] * discount).sum(axis=1) / ideal))

curve, begun, away, asked = [], 0.0, 0.0, None
def look(trainer, module):
    global away, asked
    now, epoch = time.process_time(), trainer.current_epoch + 1
    spent = now - begun - away
    late = task["budget"] is not None and spent >= task["budget"]
    if "every" not in task or (epoch % task["every"] and epoch < task["epochs"] and not late):
        return
    asked = asked or questions(model)
    curve.append((spent, epoch, ndcg(answers(model, *asked))))
    module.train()
    best = max(range(len(curve)), key=lambda place: curve[place][2])
    trainer.should_stop = late or len(curve) - 1 - best >= task["patience"]
    print(f"epoch {epoch}, {spent:.0f} CPU s, NDCG@{k} {curve[-1][2]:.4f}", file=sys.stderr, flush=True)
    away += time.process_time() - now

model = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}[task["model"]](**task["settings"])
model._trainer = pytorch_lightning.Trainer(
    max_epochs=task["epochs"], deterministic=True, accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False, callbacks=[LambdaCallback(on_train_epoch_end=look)],
)
begun = time.process_time()
model.fit(log(data["user"], data["item"]))
told = {"curve": curve} if "every" in task else {"lists": answers(model, *questions(model)).tolist()}
with open("/proc/self/status") as status:  # ru_maxrss would start from the parent's
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
versions = {name: version(name) for name in ("rectools", "pytorch-lightning", "torch", "numpy")}
print(json.dumps({**told, "seconds": time.process_time() - started, "memory": peak, "versions": versions}))
"""


class Hidden(NamedTuple):
    """What requests may not be shown, as `ask` finds it."""

    validation: Bool  # (requests, items)
    test: Bool  # (requests, items)


class Peer(NamedTuple):
    """What a model answered, and what it took."""

    lists: I64  # (R, k) for the requests of the test, -1 where fewer could be ranked
    setting: str  # the one validation picked
    epochs: int  # it was trained for
    seconds: float  # CPU seconds of everything: settings tried, looks at validation, the last fit, the answers
    peak_memory: int  # bytes
    curve: list[tuple[float, int, float]]  # of the picked setting: CPU seconds of training alone, epochs, NDCG@k of validation
    tried: dict[str, float]  # best NDCG@k of validation by setting
    versions: dict[str, str]


def lists(
    split: Split,
    hidden: Hidden,
    model: str,
    settings: Mapping[str, Settings],
    seed: int,
    *,
    k: int = 10,
    budget_seconds: float | None = None,
    keep: Path | None = None,
) -> Peer:
    """Tune on validation, fit anew on all that is known, and answer the test.

    The budget is for the training of each setting. Tuned ones are kept in folder `keep` and not tuned again for an equal task.
    """
    task = {"model": model, "seed": seed, "k": k, "items": hidden.test.shape[1], "epochs": EPOCHS}
    tuning = task | {"budget": budget_seconds, "every": EVERY[model], "patience": PATIENCE}
    tuning |= {"split": fingerprint(split), "packages": list(PACKAGES)}
    tuned: dict[str, dict[str, Any]] = {}
    for name, values in settings.items():
        wanted = tuning | {"settings": dict(values)}
        path = keep / f"{model}-{stem(name)}.json" if keep else None
        kept = json.loads(path.read_text("utf-8")) if path and path.is_file() else {}
        if kept.get("task") != wanted:
            print(f"{model}, {name}", flush=True)
            kept = {"task": wanted} | _asked(wanted, split, split.train, split.validation, hidden.validation)
            if path:
                _write(path, json.dumps(kept).encode())
        tuned[name] = kept
    best = {name: max(kept["curve"], key=lambda look: look[2]) for name, kept in tuned.items()}
    name = max(best, key=lambda name: best[name][2])
    final = task | {"epochs": best[name][1], "budget": None, "settings": dict(settings[name])}
    answer = _asked(final, split, split.known, split.test, hidden.test)
    runs = [*tuned.values(), answer]
    return Peer(
        lists=np.array(answer["lists"], np.int64),
        setting=name,
        epochs=best[name][1],
        seconds=sum(run["seconds"] for run in runs),
        peak_memory=max(run["memory"] for run in runs),
        curve=[(spent, epochs, reached) for spent, epochs, reached in tuned[name]["curve"]],
        tried={name: look[2] for name, look in best.items()},
        versions=answer["versions"],
    )


def _asked(task: Mapping[str, Any], split: Split, seen: Bool, requests: Requests, hidden: Bool) -> dict[str, Any]:
    """One fit on the events that are `seen`, in a process of its own."""
    named = (split.events.item >= 0) & (split.events.weight > 0)
    start = np.searchsorted(split.events.user, requests.user)
    owner = np.repeat(np.arange(len(start)), requests.prefix)
    past = np.repeat(start - np.r_[0, np.cumsum(requests.prefix)[:-1]], requests.prefix) + np.arange(len(owner))
    owner, past = owner[named[past]], past[named[past]]
    columns: dict[str, NDArray[Any]] = {
        "user": split.events.user[seen & named],
        "item": split.events.item[seen & named],
        "owner": owner,
        "history": split.events.item[past],
        "hidden": np.packbits(hidden, axis=1),
        "target_owner": np.repeat(np.arange(len(start)), [len(targets) for targets in requests.targets]),
        "target": np.concatenate(requests.targets),
    }
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        np.savez(path, **columns, allow_pickle=False)
        command = [str(interpreter(*PACKAGES)), "-W", "ignore", "-c", PEER, str(path), json.dumps(task)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | one, cwd=folder)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


def save(path: Path, peer: Peer, task: Mapping[str, Any]) -> None:
    """Lists and all that is known of them, for `accuracy.outside`."""
    story = {**task, **peer._asdict()}
    del story["lists"]
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, lists=peer.lists.astype(np.int32), about=np.array(json.dumps(story)))
    _write(path, content.getvalue())


def saved(path: Path, task: Mapping[str, Any]) -> bool:
    """Whether the file answers this very task."""
    if not path.is_file():
        return False
    with np.load(path) as kept:
        about = json.loads(str(kept["about"]))
    return all(about.get(name) == value for name, value in task.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, choices=sorted({dataset for dataset, _, _ in RUNS.values()}))
    parser.add_argument("--protocol", required=True, help="leave-one-out, global-time or global-time-new-items-only")
    parser.add_argument("--model", required=True, choices=list(EVERY))
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS), help="those to try (all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, help="CPU seconds of training for each setting")
    parser.add_argument("--shop", type=Path, help="folder with Online Retail II")
    given = parser.parse_args()
    name = next((name for name in RUNS if stem(name) == f"{given.data}-{given.protocol}"), None)
    if name is None:
        parser.error(f"no such comparison; there are {', '.join(map(stem, RUNS))}")
    told = data(given.data, given.shop)
    split = RUNS[name][2](told.events, np.random.default_rng(given.seed))
    path = PEERS / f"{stem(name)}-{given.seed}-rectools-{given.model}.npz"
    settings = {setting: SETTINGS[setting] for setting in given.settings}
    task = {"model": given.model, "settings": settings, "budget": given.budget, "packages": list(PACKAGES)}
    task["split"] = fingerprint(split)
    if not saved(path, task):
        hidden = Hidden(*(ask(split, asked, told.catalog, told.config.fold).hidden for asked in (split.validation, split.test)))
        keep = PEERS / "tuning" / f"{stem(name)}-{given.seed}"
        save(path, lists(split, hidden, given.model, settings, given.seed, budget_seconds=given.budget, keep=keep), task)
    found = outside(name, given.seed, split)[f"rectools-{given.model}"]
    reached = evaluate(found.lists, split.test.targets, ["ndcg", "hit_rate"], 10)
    values = ", ".join(f"{metric} {np.mean(column):.4f}" for metric, column in reached.items())
    print(f"{values}, {found.seconds:,.0f} CPU s; {found.note}")


if __name__ == "__main__":
    main()
