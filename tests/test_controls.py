"""Controls: what people set themselves is in force on the next request, sticks, and is a function of the log."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.config import Action, Config, Training
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownItem
from penchant.interest.controls import Change, Controls, standing, written
from penchant.interest.parts import belonging
from penchant.interest.steering import governed
from penchant.retrieve.exact import Candidates
from penchant.serve.app import create_app
from penchant.slate.slate import Reason
from penchant.slate.wishes import Pinned, room
from penchant.types import DAY, Bool, Event, Events, Item
from tests.test_interests import CONFIG, things, visits

NOW = 40 * DAY


def slate(engine: Engine, user: str, k: int = 10, at: float | None = NOW) -> list[str]:
    return [one.item for one in engine.recommend(user, k=k, at=at).items]


def share(items: list[str], kind: str) -> float:
    return sum(item.startswith(kind) for item in items) / len(items)


def deed(item: str, time: float, user: str = "ann") -> Event:
    return Event(user=user, item=item, time=time)


def test_a_muted_interest_never_reaches_the_slate(engine: Engine) -> None:
    top = engine.interests("ann").interests[0].id
    mine = belonging(top, engine.catalog, engine.known.topics)
    assert any(mine[engine.catalog.number(item)] for item in slate(engine, "ann"))
    assert engine.control("ann", Change(mute=[top])).mute == (top,)
    for k in (1, 10, 160):
        assert not any(mine[engine.catalog.number(item)] for item in slate(engine, "ann", k))
    text = engine.recommend("ann", text="kitchen soup bowl", at=NOW)
    assert not any(mine[engine.catalog.number(one.item)] for one in text.items)
    assert [one.muted for one in engine.interests("ann").interests if one.id == top] == [True]
    engine.control("ann", Change(mute=[]))
    assert any(mine[engine.catalog.number(item)] for item in slate(engine, "ann"))


def test_a_pinned_interest_has_a_place_in_five_and_the_slate_says_so(engine: Engine) -> None:
    silent = next(topic.id for topic in engine.known.topics.fine if "Bath" in topic.label)
    mine = belonging(silent, engine.catalog, engine.known.topics)
    before = engine.recommend("ann", k=10, at=NOW).items
    engine.control("ann", Change(pin=[silent]))
    after = engine.recommend("ann", k=10, at=NOW).items
    there = [one for one in after if mine[engine.catalog.number(one.item)]]
    assert len(there) == 2
    assert [one.item for one in after[:8]] == [one.item for one in before[:8]]
    assert all(one.because[0] == Reason("pin", silent, f"you pinned {engine.known.topics[silent].label}", 0.0) for one in there)
    last = engine.interests("ann").interests[-1]
    assert (last.id, last.pinned, last.share, last.status, last.evidence) == (silent, True, 0.0, "trial", ())


def test_an_interest_that_is_gone_since_may_stay_in_its_list_and_means_nothing(engine: Engine) -> None:
    engine.log.append(*written("ann", Change(pin=["topic:777"]), [], NOW))
    engine._catch_up()
    there = engine.known.topics.fine[0].id
    assert engine.control("ann", Change(pin=["topic:777", there], mute=[])).pin == ("topic:777", there)
    assert [one.id for one in engine.interests("ann").interests if one.pinned] == [there]
    assert len(engine.recommend("ann", at=NOW).items) == 10


def test_a_seed_in_words_or_items_changes_a_strangers_next_slate_and_shows_as_an_interest(engine: Engine) -> None:
    assert share(slate(engine, "new"), "Clocks") < 0.5
    engine.control("new", Change(text="alarm clock"), at=NOW)
    assert share(slate(engine, "new"), "Clocks") > 0.5
    found = engine.interests("new", at=NOW).interests[0]
    assert "Clock" in found.label
    assert found.evidence
    engine.control("other", Change(items=["Lights-red", "Lights-blue"]), at=NOW)
    assert share(slate(engine, "other"), "Lights") > 0.5


def test_what_words_were_taken_to_mean_was_not_had_and_is_still_recommended(engine: Engine) -> None:
    engine.control("new", Change(text="alarm clock"), at=NOW)
    assert not engine.memory.people.consumed(engine.log.user("new"), len(engine.catalog)).any()
    told = engine.log.events(engine.log.user("new"), 100)
    assert len({event.item for event in told if event.text == "alarm clock"} & set(slate(engine, "new", 20))) == 10
    engine.control("new", Change(items=["Lights-red"]), at=NOW)
    had = engine.memory.people.consumed(engine.log.user("new"), len(engine.catalog))
    assert [engine.catalog.items[row].id for row in np.flatnonzero(had)] == ["Lights-red"]


def test_while_learning_is_paused_nothing_counts_and_after_it_everything_new_does(engine: Engine) -> None:
    before = slate(engine, "ann")
    engine.control("ann", Change(pause=True), at=NOW)
    engine.observe([deed(f"Lights-{colour}", NOW + 1 + n) for n, colour in enumerate(("red", "blue", "green"))])
    assert slate(engine, "ann", at=NOW) == before
    assert not any("Lights" in one.label for one in engine.interests("ann", at=NOW + DAY).interests)
    assert engine.controls("ann").paused_since == NOW
    engine.control("ann", Change(pause=False), at=NOW + 10)
    engine.observe([deed("Lights-black", NOW + 11)])
    evidence = [id for one in engine.interests("ann", at=NOW + DAY).interests if "Lamp" in one.label for id in one.evidence]
    assert len(evidence) == 1


def test_what_is_popular_owes_nothing_to_a_pause_nor_after_a_restart_that_replays_it(engine: Engine) -> None:
    engine.control("ann", Change(pause=True), at=NOW)
    engine.observe([deed("Toys-red", NOW + 1 + n) for n in range(30)])
    before, folder = slate(engine, "stranger", at=NOW + 50), engine.folder
    assert folder is not None
    engine.close()
    with Engine.load(folder) as again:
        assert slate(again, "stranger", at=NOW + 50) == before


def test_a_reset_forgets_and_the_past_is_still_as_it_was(engine: Engine) -> None:
    then = engine.interests("ann", at=NOW - 1)
    engine.control("ann", Change(text="alarm clock"), at=NOW)
    engine.control("ann", Change(reset=True), at=NOW)
    assert engine.interests("ann", at=NOW + 1).interests == ()
    assert engine.controls("ann").seeds == ()
    assert slate(engine, "ann", at=NOW + 1) == slate(engine, "stranger", at=NOW + 1)
    assert engine.interests("ann", at=NOW - 1) == then
    early, late = engine.timeline("ann", [NOW - 1, NOW + 1])
    assert early.interests
    assert not late.interests
    assert engine.shifts("ann", NOW + 1) == ()


def test_a_reset_keeps_what_was_set_by_hand(engine: Engine) -> None:
    topic = engine.known.topics.fine[0].id
    engine.control("ann", Change(mute=[topic], pause=True))
    after = engine.control("ann", Change(reset=True))
    assert after.mute == (topic,)
    assert after.paused_since is not None
    assert after.reset_at is not None


def test_controls_outlive_a_restart_and_a_refit(engine: Engine) -> None:
    folder = engine.folder
    assert folder is not None
    topic = engine.interests("ann").interests[0].id
    engine.control("ann", Change(mute=[topic], items=["Lights-red"]), at=NOW)
    engine.control("u1", Change(reset=True), at=NOW)
    expected = engine.controls("ann"), slate(engine, "ann"), slate(engine, "u1"), engine.interests("ann", NOW)
    engine.close()
    with Engine.load(folder) as again:  # replays what was not saved
        assert (again.controls("ann"), slate(again, "ann"), slate(again, "u1"), again.interests("ann", NOW)) == expected
        again.save()
    with Engine.load(folder) as again:  # and reads what was
        assert (again.controls("ann"), slate(again, "ann"), slate(again, "u1"), again.interests("ann", NOW)) == expected
        again.learn()
        assert again.controls("ann") == expected[0]
        mine = belonging(topic, again.catalog, again.known.topics)
        assert not any(mine[again.catalog.number(item)] for item in slate(again, "ann"))
        assert again.interests("u1", NOW).interests == ()


CHANGES = [Change(pause=True), Change(pause=False), Change(reset=True), Change(items=["Lights-red"]), Change(pin=[])]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fold_law_with_controls_the_order_of_arrival_and_restarts_change_nothing(shop: Path, data: st.DataObject) -> None:
    """Deeds and controls in any order of arrival, one by one or all at once, leave the state that the log alone gives."""
    times = data.draw(st.lists(st.integers(0, 12), min_size=1, max_size=12, unique=True))
    told: list[tuple[Event, float]] = []
    for time in times:
        change = data.draw(st.sampled_from([None, None, *CHANGES]))
        if change is None:
            told.append((deed(f"Lights-{data.draw(st.sampled_from(('red', 'blue', 'green')))}", float(time)), 0.5))
        else:
            events, weights = written("ann", change, [], float(time))
            told += list(zip(events, weights.tolist(), strict=True))
    arrival = data.draw(st.permutations(range(len(told))))
    config = Config(encoder="hash", training=Training(epochs=0))

    def read(engine: Engine) -> tuple[object, ...]:
        engine.memory.settle()
        number = engine.log.user("ann")
        state = tuple(column[number].tobytes() for column in engine.memory.people.state)
        return (*state, engine.memory.people.consumed(number, len(engine.catalog)).tobytes(), engine.controls("ann"))

    first = [Event(user="bob", item="Lights-red", time=1.0)]
    with Engine.fit(things(), first, config=config) as one, Engine.fit(things(), first, config=config) as other:
        for row in arrival:
            event, weight = told[row]
            one.log.append([event], np.array([weight], np.float32))
            one._catch_up()
            if data.draw(st.booleans()):
                one.interests("ann")
                one.recommend("ann", k=1)
        other.log.append([event for event, _ in told], np.array([weight for _, weight in told], np.float32))
        other._catch_up()
        assert read(one) == read(other)
        other.memory._stale.add(other.log.user("ann"))
        assert read(one) == read(other)


def test_governed_by_hand() -> None:
    """Deeds at 1 to 8; paused from 2 to 4, reset at 6, a seed in the pause."""
    actions = ["view", "control:pause", "control:resume", "control:reset", "control:seed", "control:wish"]
    rows = [(1, 0), (2, 1), (3, 0), (3, 4), (4, 0), (4, 2), (5, 0), (6, 0), (6, 3), (7, 0), (8, 5)]
    time, action = np.array(rows, float).T
    column = np.zeros(len(rows), np.int64)
    weights = np.array([0.0 if kind in (1, 2, 3) else 1.0 for kind in action], np.float32)
    events = Events(column, column, action.astype(np.int64), weights, time, column - 1)
    assert governed(events, actions).weight.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    early = events.take(events.time < 6)
    assert governed(early, actions).weight.tolist() == [1, 0, 0, 1, 0, 0, 1]
    assert governed(events, actions).action[-1] == -1
    assert governed(events, actions[:1] + ["x"] * 5) is events


def test_a_seed_in_words_alone_outlives_a_folder_fitted_anew(engine: Engine) -> None:
    folder = engine.folder
    assert folder is not None
    engine.control("new", Change(text="alarm clock"), at=NOW)
    told = engine.controls("new"), slate(engine, "new", at=NOW + 1)
    assert told[0].seeds
    engine.close()
    with Engine.fit(things(), visits(), folder=folder, config=CONFIG) as again:
        assert again.controls("new") == told[0]
        assert again.last("new") >= NOW


def test_who_wished_for_an_item_that_was_replaced_is_folded_anew(engine: Engine) -> None:
    engine.control("new", Change(text="alarm clock"), at=NOW)
    number = engine.log.user("new")
    wished = engine.log.events(number, 1)[0].item
    assert wished is not None
    engine.add([Item(id=wished, title="Something Else Altogether", categories=("Bags",))])
    engine.memory.settle()
    state = [column[number].tobytes() for column in engine.memory.people.state]
    engine.memory._stale.add(number)
    engine.memory.settle()
    assert state == [column[number].tobytes() for column in engine.memory.people.state]


def test_a_control_set_while_an_account_is_read_is_in_force(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set while somebody reads what was set before must not be lost to what they read."""
    history, read, topic = engine.memory.history, engine.log.of_kind, engine.known.topics.fine[0].id
    writer = threading.Thread(target=engine.control, args=("ann", Change(mute=[topic])))

    engine.control("ann", Change(mute=[]))

    def interrupted(user: int, *, until: float) -> object:
        monkeypatch.undo()
        engine.memory.steering._people[user] = None  # as another thread that takes in a control leaves it
        monkeypatch.setattr(engine.log, "of_kind", slow)
        return history(user, until=until)

    def slow(user: int, prefix: str) -> list[Event]:
        found = read(user, prefix)
        monkeypatch.undo()
        writer.start()
        writer.join(0.5)
        return found

    monkeypatch.setattr(engine.memory, "history", interrupted)
    engine.interests("ann")
    monkeypatch.undo()
    if writer.ident is None:
        writer.start()
    writer.join()
    assert engine.controls("ann").mute == (topic,)


def test_the_catalog_may_grow_while_a_taste_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    visible, adder = engine.catalog.visible, threading.Thread(target=engine.add, args=([Item(id="late", title="Late")],))

    def slow(at: float) -> Bool:
        found = visible(at)
        monkeypatch.undo()
        adder.start()
        adder.join(0.5)
        return found

    monkeypatch.setattr(engine.catalog, "visible", slow)
    assert engine.control("new", Change(text="alarm clock"), at=NOW).seeds
    adder.join()
    assert "late" in engine.catalog


def test_items_that_have_no_category_can_be_muted() -> None:
    items = [Item(id=f"plain{n}", title=f"Plain {n}") for n in range(3)] + [Item(id="tea", title="Tea", categories=("Tea",))]
    with Engine.fit(items, [Event(user="ann", item="plain0", time=NOW)], config=CONFIG) as engine:
        (interest,) = engine.interests("ann").interests
        engine.control("ann", Change(mute=[interest.id]))
        assert [one.item for one in engine.recommend("ann").items] == ["tea"]


def test_words_that_can_mean_nothing_are_refused() -> None:
    items = [Item(id="tea", title="Tea", available_from=NOW + DAY)]
    with Engine.fit(items, [Event(user="ann", item="tea", time=NOW)], config=CONFIG) as engine:
        with pytest.raises(InvalidInput, match="can mean no item: none is on sale"):
            engine.control("ann", Change(text="tea", pause=True))
        assert engine.controls("ann") == Controls()
        assert engine.control("ann", Change(text="tea"), at=NOW + DAY).seeds


def test_standing_is_the_last_of_each() -> None:
    changes = [Change(pin=["a", "b"], pause=True), Change(pin=["c"], mute=["a"]), Change(pause=False, text="red things")]
    told: list[Event] = []
    for number, change in enumerate(changes):
        told += written("ann", change, ["x", "y"] if change.text else [], 10.0 * number)[0]
    found = standing(told)
    assert (found.pin, found.mute, found.paused_since) == (("c",), ("a",), None)
    assert [(seed.text, seed.items) for seed in found.seeds] == [("red things", ())]
    assert standing([]) == Controls()


def test_room_by_hand() -> None:
    """Two pins in a slate of five: each is owed one place, what stands last gives way, and what is hidden is not offered."""
    scores = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], np.float32)
    hidden = np.zeros(10, bool)
    hidden[7] = True
    chosen = Candidates(np.array([[0, 1, 2, 3, 4]]), scores[None, :5])
    tea, pot = Reason("pin", "tea", "", 0.0), Reason("pin", "pot", "", 0.0)

    def of(*items: int) -> np.ndarray:
        return np.isin(np.arange(10), items)

    got, owed = room(chosen, scores, hidden, [Pinned(tea, of(7, 8, 9)), Pinned(pot, of(4, 5))])
    assert got.items.tolist() == [[0, 1, 2, 8, 4]]
    assert owed == {8: tea}
    one, owed = room(
        Candidates(chosen.items[:, :1], chosen.scores[:, :1]), scores, hidden, [Pinned(tea, of(9)), Pinned(pot, of(5))]
    )
    assert one.items.tolist() == [[9]]
    assert owed == {9: tea}
    same, owed = room(chosen, scores, hidden, [Pinned(pot, of(1, 5))])
    assert same.items.tolist() == [[0, 1, 2, 3, 4]]
    assert owed == {}
    padded = Candidates(np.array([[0, -1, -1]]), np.array([[9, -np.inf, -np.inf]], np.float32))
    assert room(padded, scores, hidden, [Pinned(tea, of(0))])[0].items.tolist() == [[0, -1, -1]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change(), "set nothing"),
        (Change(items=[]), "set nothing"),
        (Change(pin=["topic:999"]), "pin 'topic:999' is the id of no interest"),
        (Change(mute=["nothing"]), "mute 'nothing' is the id of no interest"),
        (Change(text="  "), "seed.text '  ' must be words"),
        (Change(text="\x00"), "must be words"),
        (Change(text="\ud800"), "must be words"),
        (Change(pin=["topic:1"] * 101), "are too many, 100 at most"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_and_nothing_of_it_is_kept(engine: Engine, change: Change, told: str) -> None:
    before = engine.log.totals()
    with pytest.raises(InvalidInput, match=told):
        engine.control("ann", change)
    assert engine.log.totals() == before


def test_an_unknown_seed_a_contradiction_and_a_bad_name_are_refused(engine: Engine) -> None:
    topic = engine.known.topics.fine[0].id
    with pytest.raises(UnknownItem, match="'nothing'"):
        engine.control("ann", Change(items=["nothing"], reset=True))
    with pytest.raises(InvalidInput, match="is pinned, too"):
        engine.control("ann", Change(pin=[topic], mute=[topic]))
    engine.control("eve", Change(pin=[topic]))
    with pytest.raises(InvalidInput, match=f"mute '{topic}' is pinned, too"):
        engine.control("eve", Change(mute=[topic]))
    engine.control("eve", Change(pin=[], mute=[topic]))
    with pytest.raises(InvalidInput, match=f"pin '{topic}' is muted, too"):
        engine.control("eve", Change(pin=[topic]))
    for time in (float("nan"), float("inf"), -5.0, 1e18):
        with pytest.raises(InvalidInput, match="time"):
            engine.control("ann", Change(reset=True), at=time)
    with pytest.raises(InvalidInput, match="user"):
        engine.control("", Change(reset=True))
    with pytest.raises(InvalidInput, match="rename 'control:pin'"):
        Config(actions={"control:pin": Action(1.0)})
    assert engine.interests("ann").interests


def test_controls_over_http(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: NOW)) as client:
        path = "/v1/users/ann/controls"
        top = client.get("/v1/users/ann/interests").json()["interests"][0]["id"]
        answer = client.patch(path, json={"mute": [top], "seed": {"text": "table lamp", "items": ["Bags-red"]}})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["user"], told["mute"], told["pin"], told["paused_since"]) == ("ann", [top], [], None)
        assert [seed.get("text") or seed["items"] for seed in told["seeds"]] == [["Bags-red"], "table lamp"]
        assert client.get(path).json() == told
        assert client.get(path, params={"at": NOW - 1}).json()["mute"] == []
        interests = client.get("/v1/users/ann/interests").json()["interests"]
        assert {one["id"] for one in interests if one["muted"]} == {top}
        assert client.patch(path, json={"pause": True}).json()["paused_since"] > NOW
        client.post("/v1/events", json={"events": [{"user": "ann", "item": "Toys-red", "time": NOW + 60}]})
        assert client.patch(path, json={"reset": True, "mute": []}).json()["mute"] == []
        assert client.get("/v1/users/ann/interests").json()["interests"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "controls"),
        ({"pin": ["nothing"]}, "pin"),
        ({"pin": "topic:1"}, ""),
        ({"seed": {"text": " "}}, "seed.text"),
        ({"seed": {"items": ["nothing"]}}, "seed.items"),
        ({"seed": {"words": "a"}}, ""),
        ({"pause": "yes"}, ""),
        ({"unknown": 1}, ""),
    ],
)
def test_bad_controls_over_http_are_problems_that_name_the_field(engine: Engine, body: object, field: str) -> None:
    with TestClient(create_app(engine, clock=lambda: NOW)) as client:
        answer = client.patch("/v1/users/ann/controls", json=body)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert not field or answer.json()["errors"][0]["field"] == field, answer.text
        assert client.get("/v1/users/ann/controls").json()["pin"] == []


def test_controls_on_the_command_line(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    folder, topic = str(engine.folder), engine.known.topics.fine[0]
    engine.close()

    def said(*arguments: str) -> str:
        assert run(["controls", folder, "ann", *arguments]) == 0
        return capsys.readouterr().out

    assert "has set nothing" in said()
    assert "has set nothing" in said("--unpin", topic.id)
    with Engine.load(Path(folder)) as unchanged:
        assert "control:pin" not in unchanged.log.actions()
    assert json.loads(said("--mute", topic.id, "--pause", "--json"))["mute"] == [topic.id]
    shown = said()
    assert topic.id in shown
    assert "paused since" in shown
    assert json.loads(said("--unmute", topic.id, "--resume", "--seed", "alarm clock", "--json"))["mute"] == []
    assert run(["controls", folder, "ann", "--pin", "nothing"]) == 1
    assert "is the id of no interest" in capsys.readouterr().err
