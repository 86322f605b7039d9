"""The command line as a process: signals, pipes, colours, and how long it takes to say hello."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

COMMAND = (sys.executable, "-m", "penchant.cli")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def penchant(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, env=env, timeout=180, check=False)


def test_ctrl_c_while_the_command_is_imported_is_no_traceback() -> None:
    code = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from penchant.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "penchant: stopped\n")


@contextmanager
def running(*arguments: str | Path) -> "Iterator[subprocess.Popen[str]]":
    command = [*COMMAND, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, restore_signals=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough of them to train the evolution model on."""
    path = tmp_path_factory.mktemp("log") / "events.parquet"
    user = [f"u{n % 500}" for n in range(24_000)]
    item = [f"i{n * n % 1009}" for n in range(24_000)]
    pl.DataFrame({"user": user, "item": item, "time": [1.7e9 + 60 * n for n in range(24_000)]}).write_parquet(path)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted folder."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "events.csv").write_text("user,item,time\nann,tea,1700000000\nbob,pot,1700000100\n")
    done = penchant("fit", "--events", folder / "events.csv", "--out", folder / "out", "--encoder", "hash")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def fit(events: Path, out: Path) -> Sequence[str | Path]:
    return ("fit", "--events", events, "--out", out, "--encoder", "hash", "--minutes", "0.05", "--json")


def test_help_waits_for_no_heavy_import() -> None:
    assert penchant("--help").returncode == 0
    heavy = penchant_imports("--help") & {"polars", "numpy", "scipy", "litestar"}
    assert not heavy


def penchant_imports(*arguments: str) -> set[str]:
    """The top-level modules that a command imports."""
    code = "import sys; from penchant.cli.app import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("stage", ["encoding items", "training", "fitting on held-out events"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_fit_that_is_stopped_leaves_nothing_broken(events: Path, tmp_path: Path, stage: str, number: signal.Signals) -> None:
    with running(*fit(events, tmp_path)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if stage in line:
                break
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith("penchant: stopped")
        assert "Traceback" not in err
    assert out == ""
    again = penchant(*fit(events, tmp_path))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["events"] == 24_000
    assert penchant("recommend", tmp_path, "u1", "--json").returncode == 0


def test_serve_says_where_answers_and_stops_on_ctrl_c(small: Path) -> None:
    with running("serve", small, "--port", "0", "--clock", "log", "--json") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "}\n")
        told = json.loads("".join(lines) + "}")
        with urllib.request.urlopen(f"{told['url']}/v1/users/ann/recommendations?k=1", timeout=10) as answer:
            slate = json.load(answer)
        busy = penchant("users", small)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (told["users"], told["events"]) == (2, 2)
    assert slate["items"][0]["item"] == "pot"
    assert 1_700_000_100 <= slate["at"] < 1_700_000_200
    assert busy.returncode == 1
    assert busy.stderr.count("\n") == 1
    assert process.returncode == 0
    assert "everything is saved" in err


def test_a_reader_that_leaves_is_no_error(small: Path) -> None:
    command = f"{sys.executable} -m penchant.cli users {small} | true; echo ${{PIPESTATUS[0]}}"
    for more in ("", " --json"):
        done = subprocess.run(
            ["bash", "-c", command.replace(" |", f"{more} |")], capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stderr == ""
        assert done.stdout.strip() in {"0", "141"}


def test_piped_output_has_no_colours_and_any_encoding_will_do(small: Path) -> None:
    done = penchant("interests", small, "ann", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii()
