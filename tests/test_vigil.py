"""The shift-driven policy: what came before a person's last shift counts less, as a function of their log alone."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from penchant.config import Config
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.shift import Watch
from penchant.shift.vigil import Vigil
from penchant.types import DAY, Event, Item
from tests.test_interests import COLOURS, CONFIG, things, visits

KEEP = 0.25


def told(kinds: list[tuple[str, int]], user: str = "mia", start: float = 100 * DAY) -> list[Event]:
    """Two things of a kind a day, for so many days each."""
    days = [kind for kind, count in kinds for _ in range(count)]
    return [
        Event(user=user, item=f"{kind}-{COLOURS[(2 * day + n) % len(COLOURS)]}", time=start + day * DAY + n)
        for day, kind in enumerate(days)
        for n in range(2)
    ]


MOVE = told([("Garden", 20), ("Toys", 15)])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vigil") / "kept"
    Engine.fit(things(), visits(), folder=folder, config=replace(CONFIG, after_shift=KEEP)).close()
    return folder


@pytest.fixture
def engine(kept: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copytree(kept, tmp_path / "mine")
    with Engine.load(tmp_path / "mine") as made:
        yield made


def state(engine: Engine, user: str = "mia") -> list[bytes]:
    engine.memory.settle()
    number = engine.log.user(user)
    return [column[number].tobytes() for column in engine.memory.people.state] + [engine.memory.vigil.began[number].tobytes()]


def test_after_a_shift_what_came_before_it_counts_less_and_without_one_nothing_changes(engine: Engine) -> None:
    engine.observe(MOVE[:40])
    assert engine.shifts("mia") == ()
    before = engine.memory.read(engine.log.user("mia"), engine.now)[0]
    assert set(before.weights[0, :40]) == {np.float32(0.5)}
    engine.observe(MOVE[40:])
    shift = engine.shifts("mia")[-1]
    after = engine.memory.read(engine.log.user("mia"), engine.now)[0]
    times = after.at[0] - after.ages[0, : len(MOVE)]
    np.testing.assert_allclose(after.weights[0, : len(MOVE)], np.where(times < shift.at - 1e-3, 0.5 * KEEP, 0.5))
    assert (after.weights[0, : len(MOVE)] < 0.5).sum() >= 35
    assert engine.memory.people.consumed(engine.log.user("mia"), len(engine.catalog)).sum() > 16  # nothing had is forgotten


def test_the_account_and_the_shifts_are_what_they_would_be_without_the_policy(engine: Engine) -> None:
    engine.observe(MOVE)
    watched = engine.interests("mia"), engine.shifts("mia")
    assert watched[1]
    engine.memory.vigil = Vigil(Watch(), engine.catalog, engine.known.topics, 1.0)
    engine.memory._stale.add(engine.log.user("mia"))
    account, shifts = engine.interests("mia"), engine.shifts("mia")
    assert (account.interests, account.facets, shifts) == (watched[0].interests, watched[0].facets, watched[1])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fold_law_with_the_policy_any_order_cuts_and_restarts_give_the_same_bits(
    kept: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    events = told([("Garden", data.draw(st.integers(10, 20))), ("Toys", data.draw(st.integers(0, 12))), ("Bath", 3)])
    swapped = list(events)
    for _ in range(data.draw(st.integers(0, 6))):
        left, right = data.draw(st.integers(0, len(events) - 1)), data.draw(st.integers(0, len(events) - 1))
        swapped[left], swapped[right] = swapped[right], swapped[left]
    places = st.lists(st.integers(1, len(events) - 1), max_size=4, unique=True)
    cuts = [0, *sorted(data.draw(places)), len(events)]
    folder = tmp_path_factory.mktemp("fold")
    shutil.copytree(kept, folder / "one")
    shutil.copytree(kept, folder / "other")
    engine = Engine.load(folder / "one")
    for start, stop in pairwise(cuts):
        engine.observe(swapped[start:stop])
        if data.draw(st.booleans()):
            engine.recommend("mia", k=1)
        if data.draw(st.booleans()):
            if data.draw(st.booleans()):
                engine.save()
            engine.close()
            engine = Engine.load(folder / "one")
    with engine, Engine.load(folder / "other") as other:
        other.observe(events)
        assert state(engine) == state(other)
        other.memory._stale.add(other.log.user("mia"))
        assert state(engine) == state(other)


def test_time_travel_the_past_is_read_as_the_policy_had_it_then(engine: Engine) -> None:
    engine.observe(MOVE[:50])
    then = engine.memory.read(engine.log.user("mia"), engine.now)[0]
    moment = engine.now
    engine.observe(MOVE[50:])
    again = engine.memory.read(engine.log.user("mia"), moment)[0]
    assert [column.tobytes() for column in then] == [column.tobytes() for column in again]


def test_fold_law_items_that_came_after_the_fit_move_people_as_they_do_after_a_restart(engine: Engine, kept: Path) -> None:
    engine.add([Item(id=f"new-{colour}", title=f"{colour} wooden train".title(), categories=("Toys",)) for colour in COLOURS])
    new = [Event(user="mia", item=f"new-{COLOURS[n % 16]}", time=120 * DAY + n * DAY / 2) for n in range(30)]
    engine.observe(told([("Garden", 20)]))
    engine.observe(new)
    streamed, folder = state(engine), engine.folder
    assert engine.memory.vigil.began[engine.log.user("mia")] == engine.shifts("mia")[-1].at
    assert folder is not None
    engine.close()
    with Engine.load(folder) as again:
        assert state(again) == streamed


def test_a_share_that_is_none_is_refused() -> None:
    for wrong in (0.0, -1.0, 1.5, float("nan")):
        with pytest.raises(InvalidInput, match="after_shift must be above 0"):
            Config(after_shift=wrong)
