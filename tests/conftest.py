"""Engines that many tests start from: fitted once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from penchant.engine import Engine
from tests.test_interests import CONFIG, things, visits
from tests.test_vigil import MOVE


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the shop as its visitors left it; not to be written to."""
    folder = tmp_path_factory.mktemp("shop") / "kept"
    Engine.fit(things(), visits(), folder=folder, config=CONFIG).close()
    return folder


@pytest.fixture(scope="session")
def moved_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with somebody who moved from one interest to another; not to be written to."""
    folder = tmp_path_factory.mktemp("moved") / "kept"
    Engine.fit(things(), visits() + MOVE, folder=folder, config=CONFIG).close()
    return folder


@pytest.fixture
def kept(shop: Path) -> Path:
    """The folder that `engine` is a copy of; modules may have another."""
    return shop


@pytest.fixture
def engine(kept: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine of one's own, in the folder `mine`."""
    shutil.copytree(kept, tmp_path / "mine")
    with Engine.load(tmp_path / "mine") as made:
        yield made
