"""The log: what goes in comes out, once, in the order promised."""

import doctest
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InvalidInput, LogError, UnknownItem
from penchant.events.ids import content_id, keys
from penchant.events.log import Appended, Log
from penchant.types import F32, Event, Item

ITEMS = [Item(id=f"i{n}", title=f"Item {n}", categories=("Tea", "茶"), price=n / 2) for n in range(5)]

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
events = st.builds(
    Event,
    user=st.sampled_from(["ann", "bo", "李", "nul\0"]),
    time=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(-1e10, 1e10)),
    item=st.sampled_from([None, "i0", "i1", "i4"]),
    action=st.sampled_from(["view", "rate"]),
    id=st.one_of(st.just(""), st.sampled_from("abcdef"), names),
    value=st.one_of(st.none(), st.floats(-5, 5)),
    text=st.one_of(st.none(), names),
    slate=st.sampled_from([None, "s1", "s2"]),
)
batches = st.lists(st.lists(events, max_size=6), max_size=6)


def ones(size: int) -> F32:
    return np.ones(size, np.float32)


def fresh_log() -> Log:
    log = Log(None)
    log.put_items(ITEMS)
    return log


def identify(event: Event) -> str:
    return event.id or content_id(event.user, event.item, event.action, event.time, event.value, event.text)


def first_of_each(given: list[Event]) -> dict[str, Event]:
    """The slow, obvious twin: by id, the first one wins."""
    kept: dict[str, Event] = {}
    for event in given:
        kept.setdefault(identify(event), event)
    return kept


def replayed(log: Log, **cut: int) -> list[tuple[object, ...]]:
    """Every event as a row: seq, key, user, item, action, weight, time, slate."""
    return [
        row for seq, key, columns in log.replay(**cut) for row in zip(*(c.tolist() for c in (seq, key, *columns)), strict=True)
    ]


@given(batches)
@settings(max_examples=60, deadline=None)
def test_the_log_holds_the_first_event_of_each_id_however_they_are_cut_and_repeated(cuts: list[list[Event]]) -> None:
    everything = [event for cut in cuts for event in cut]
    kept = first_of_each(everything)
    with fresh_log() as whole, fresh_log() as cut_up:
        answer = whole.append(everything, ones(len(everything)))
        parts = [cut_up.append(cut, ones(len(cut))) for cut in cuts]
        again = whole.append(everything, ones(len(everything)))
        assert answer.fresh.sum() == len(kept) == whole.totals().events
        assert not again.fresh.any()
        assert [fresh for part in parts for fresh in part.fresh.tolist()] == answer.fresh.tolist()
        assert replayed(whole) == replayed(cut_up)
        assert whole.users() == cut_up.users() == list(dict.fromkeys(event.user for event in kept.values()))
        assert whole.totals() == cut_up.totals()


@given(st.lists(events, max_size=12))
@settings(max_examples=60, deadline=None)
def test_history_is_a_sort_by_time_and_key_whatever_the_order_of_arrival(given: list[Event]) -> None:
    arrivals = [list(first_of_each(given).values())]
    arrivals.append(list(reversed(arrivals[0])))
    histories = []
    for arrival in arrivals:
        with fresh_log() as log:
            log.append(arrival, ones(len(arrival)))
            histories.append({user: log.history(log.user(user)) for user in log.users()})
    obvious: dict[str, list[str]] = {}
    for event in sorted(arrivals[0], key=lambda event: (event.time, keys([identify(event)])[0])):
        obvious.setdefault(event.user, []).append(identify(event))
    for history in histories:
        assert {user: ids for user, (ids, _, _) in history.items()} == obvious
    for user, (_, found, columns) in histories[0].items():
        assert found.tolist() == keys(obvious[user]).tolist()
        assert columns.time.tolist() == histories[1][user][2].time.tolist()
        assert columns.item.tolist() == histories[1][user][2].item.tolist()


@given(st.lists(events, max_size=12), st.integers(0, 12), st.integers(0, 12), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_replay_gives_every_cut_of_the_log(given: list[Event], after: int, until: int, chunk: int) -> None:
    with fresh_log() as log:
        appended = log.append(given, np.linspace(-1, 1, len(given), dtype=np.float32))
        whole = replayed(log)
        assert [row[1:] for row in whole] == list(zip(*(c.tolist() for c in (appended.keys, *appended.events)), strict=True))
        assert [row[0] for row in whole] == list(range(1, len(whole) + 1))
        assert replayed(log, after=after, until=until, chunk=chunk) == whole[after:until]


@given(st.lists(events, max_size=12))
@settings(max_examples=40, deadline=None)
def test_a_frame_is_appended_as_its_records_are(given: list[Event]) -> None:
    weights = np.linspace(-1, 1, len(given), dtype=np.float32)
    fields = ("id", "user", "item", "action", "time", "value", "weight", "text", "slate")
    kinds = {name: pl.Float64 if name in ("time", "value", "weight") else pl.String for name in fields}
    frame = pl.DataFrame({name: [getattr(event, name) for event in given] for name in fields}, schema=kinds)
    with fresh_log() as one, fresh_log() as other:
        records, rows = one.append(given, weights), other.append_frame(frame, weights)
        assert records.fresh.tolist() == rows.fresh.tolist()
        assert replayed(one) == replayed(other)
        assert [one.events(n, 99) for n in range(4)] == [other.events(n, 99) for n in range(4)]


def test_a_frame_larger_than_a_transaction_is_appended_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.events.log.BULK", 10)
    frame = pl.DataFrame({"user": [n % 3 for n in range(25)], "time": range(25)})
    with fresh_log() as log:
        before = log.commits
        appended = log.append_frame(frame, ones(25))
        assert log.commits - before == 3
        assert appended.events.time.tolist() == list(range(25))
        assert log.users() == ["0", "1", "2"]
        assert log.actions() == ["view"]
        assert appended.events.item.tolist() == [-1] * 25
        assert not log.append_frame(frame, ones(25)).fresh.any()
        assert log.append_frame(frame[:0], ones(0)).fresh.shape == (0,)


def test_numbers_are_given_in_order_of_first_sight_and_survive_reopening(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log(path) as log:
        assert log.put_items(ITEMS[:2]).tolist() == [0, 1]
        first = log.append(
            [Event(user="bo", item="i1", time=2.0, action="rate"), Event(user="ann", time=1.0, slate="s")], ones(2)
        )
    with Log(path) as log:
        assert log.put_items([ITEMS[3], ITEMS[0], ITEMS[3]]).tolist() == [2, 0, 2]
        again = log.append([Event(user="cy", item="i3", time=3.0), Event(user="bo", time=4.0, slate="s")], ones(2))
        assert (log.users(), log.actions()) == (["bo", "ann", "cy"], ["rate", "view"])
        assert (log.user("cy"), log.user("nobody"), log.slate(0)) == (2, -1, "s")
        assert [item.id for item in log.items()] == ["i0", "i1", "i3"]
        assert log.totals() == (4, 4, 3, 3, 4.0)
        with pytest.raises(InvalidInput, match="no event of this log has slate number -1"):
            log.slate(-1)
    assert (first.events.user.tolist(), first.events.item.tolist(), first.events.slate.tolist()) == ([0, 1], [1, -1], [-1, 0])
    assert (again.events.user.tolist(), again.events.item.tolist(), again.events.slate.tolist()) == ([2, 0], [2, -1], [-1, 0])


def test_an_item_put_again_keeps_its_number_and_takes_the_new_record() -> None:
    with fresh_log() as log:
        log.put_items([Item(id="i1", title="Changed", attributes={"size": 2, "new": True, "of": None})])
        assert [item.title for item in log.items()] == ["Item 0", "Changed", "Item 2", "Item 3", "Item 4"]
        assert log.items()[0] == ITEMS[0]
        assert log.items()[1].attributes == {"size": 2, "new": True, "of": None}


def test_an_id_seen_before_keeps_its_first_content() -> None:
    with fresh_log() as log:
        log.append([Event(id="e", user="ann", time=1.0)], ones(1))
        answer = log.append([Event(id="e", user="stranger", time=2.0), Event(id="f", user="bo", time=2.0)], ones(2))
        assert answer.fresh.tolist() == [False, True]
        assert log.users() == ["ann", "bo"]
        assert log.history(0)[2].time.tolist() == [1.0]


def test_records_come_back_newest_first_with_what_they_counted() -> None:
    full = Event(id="e2", user="ann", item="i1", time=2.0, action="rate", value=4.0, text="好", slate="s", weight=-0.5)
    plain = Event(user="ann", time=1.0)
    with fresh_log() as log:
        log.append([full, plain], np.array([-0.5, 0.25], np.float32))
        records = log.events(log.user("ann"), 10)
        assert records == [full, Event(id=identify(plain), user="ann", time=1.0, weight=0.25)]
        assert log.events(log.user("ann"), 1) == [full]
        assert log.events(-1, 10) == []


def test_history_stops_at_until_and_through_and_is_empty_for_a_stranger() -> None:
    with fresh_log() as log:
        log.append([Event(id=str(t), user="ann", time=t) for t in (3.0, 1.0, 2.0)], ones(3))
        assert log.history(0, until=2.0)[0] == ["1.0", "2.0"]
        assert log.history(0, through=2)[0] == ["1.0", "3.0"]
        assert log.history(0, until=2.0, through=2)[0] == ["1.0"]
        ids, found, columns = log.history(-1)
        assert (ids, found.shape, columns.time.shape) == ([], (0,), (0,))


def test_an_erased_user_is_gone_from_the_log_and_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log(path) as log:
        log.append([Event(user="secret-user", time=float(t), text="secret-text") for t in range(500)], ones(500))
        log.append([Event(user="ann", time=1.0)], ones(1))
        assert log.erase(0) == 500
        assert log.erase(0) == log.erase(-1) == 0
        assert log.totals() == (501, 1, 1, 0, 1.0)
        assert (log.user("secret-user"), log.users()) == (-1, ["", "ann"])
        left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"secret" not in left
        back = log.append([Event(user="secret-user", time=9.0)], ones(1))
        assert back.events.user.tolist() == [2]
        assert replayed(log, after=501)[0][0] == 502, "sequence numbers are not used again"


WRONG = [
    (Event(user="", time=1.0), "users must have an id"),
    (Event(user="a", time=1.0, action=""), "actions must have an id"),
    (Event(user="a", time=float("nan")), "time must be a finite number, got nan"),
    (Event(user="a", time=1.0, value=float("inf")), "value must be a finite number, got inf"),
    (Event(user="a\ud800", time=1.0), "lone surrogate"),
    (Event(user="a", time=1.0, id="\ud800"), "lone surrogate"),
    (Event(user="a", time=1.0, item="x9"), r"item 'x9' is not in the catalog \(5 items\)"),
]


@pytest.mark.parametrize(("event", "message"), WRONG)
def test_a_wrong_event_is_refused_before_anything_is_written(event: Event, message: str) -> None:
    with fresh_log() as log:
        with pytest.raises(InvalidInput, match=message):
            log.append([Event(user="good", time=1.0), event], ones(2))
        assert log.totals().events == 0
        assert log.users() == []


FRAMES = [
    ({"user": ["a"]}, "needs the column 'time', got user"),
    ({"user": ["a", None], "time": [1, 2]}, "column 'user' has 1 nulls"),
    ({"user": ["a"], "time": ["yesterday"]}, "column 'time' must be numbers"),
    ({"user": ["a"], "time": [float("inf")]}, "time must be a finite number"),
    ({"user": ["a", "b"], "time": [1.0, 2.0], "value": [None, float("nan")]}, "value must be a finite number"),
    ({"user": ["a"], "time": [1.0], "item": [""]}, "items must have an id"),
]


@pytest.mark.parametrize(("columns", "message"), FRAMES)
def test_a_wrong_frame_is_refused_before_anything_is_written(columns: dict[str, list[object]], message: str) -> None:
    frame = pl.DataFrame(columns)
    with fresh_log() as log:
        with pytest.raises(InvalidInput, match=message):
            log.append_frame(frame, ones(len(frame)))
        assert log.totals().events == 0


def test_a_frame_with_an_unknown_item_in_its_last_row_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.events.log.BULK", 2)
    frame = pl.DataFrame({"user": ["a"] * 5, "time": range(5), "item": ["i0"] * 4 + ["x9"]})
    with fresh_log() as log:
        with pytest.raises(UnknownItem, match="'x9'"):
            log.append_frame(frame, ones(5))
        assert log.totals().events == 0


@pytest.mark.parametrize("weights", [ones(2), np.array([np.nan], np.float32)])
def test_weights_must_fit_the_events_and_be_finite(weights: F32) -> None:
    with fresh_log() as log, pytest.raises(InvalidInput, match="weight"):
        log.append([Event(user="a", time=1.0)], weights)


def test_an_item_without_an_id_is_refused() -> None:
    with Log(None) as log:
        for item in (Item(id=""), Item(id="a", title="\ud800")):
            with pytest.raises(InvalidInput, match="an item"):
                log.put_items([ITEMS[0], item])
        assert log.items() == []


def test_a_closed_log_says_so_and_closes_twice() -> None:
    log = Log(None)
    log.close()
    log.close()
    for use in (log.users, log.totals, lambda: log.append([], ones(0))):
        with pytest.raises(LogError, match="is closed; open it again"):
            use()


def test_an_empty_append_is_an_empty_answer() -> None:
    with Log(None) as log:
        answer: Appended = log.append([], ones(0))
        assert (answer.fresh.shape, answer.keys.shape, answer.events.time.shape) == ((0,), (0,), (0,))
        assert log.totals() == (0, 0, 0, 0, None)
        assert list(log.replay()) == []


def test_an_id_made_from_content_does_not_depend_on_how_numbers_are_written() -> None:
    assert content_id("a", None, "v", 0, -0.0, None) == content_id("a", None, "v", -0.0, 0.0, None)
    assert content_id("a", "b", "v", 1.0, None, None) != content_id("ab", "", "v", 1.0, None, None)
    assert content_id("a", None, "v", 1.0, None, "") != content_id("a", None, "v", 1.0, None, None)


def test_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parent.parent / "docs" / "log.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 0) == (0, True)
