"""`penchant evaluate --protocol evolution`, on a file of made people."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from penchant.cli.app import run
from penchant.evaluate.evolution import Evolution
from penchant.events.synthetic import synthetic


def test_evolution_is_a_protocol_of_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = synthetic(np.random.default_rng(0), users=40, items=60, topics=5, events=260)
    events, items, page = (tmp_path / name for name in ("events.jsonl", "items.jsonl", "page.html"))
    for path, records in ((events, made.events), (items, made.items)):
        path.write_bytes(b"\n".join(msgspec.json.encode(record) for record in records))
    asked = ["evaluate", "--events", str(events), "--items", str(items), "--encoder", "hash", "--protocol", "evolution"]
    assert run([*asked, "--json", "--html", str(page)]) == 0
    found = msgspec.json.decode(capsys.readouterr().out, type=Evolution)
    assert "penchant" in {system.name for system in found.report.systems}
    assert {one.kind for one in found.detections} >= {"unshifted", "move"}
    assert "Adapting to planted shifts" in page.read_text("utf-8")
    assert found.report.settings["people"] == 20 or found.report.requests > 0


def test_evolution_chooses_its_own_systems_and_lists(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (("--systems", "markov"), ("-k", "5")):
        assert run(["evaluate", "synthetic", "--protocol", "evolution", *wrong]) == 2
        assert "leave --systems and --k out" in " ".join(capsys.readouterr().err.split())
