import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant import snapshot
from penchant.catalog import Filter
from penchant.config import Config, Fold
from penchant.encode import load_encoder
from penchant.engine import Engine
from penchant.errors import FingerprintMismatch, InvalidInput, LogError, UnknownItem, UnknownUser
from penchant.interest import transitions
from penchant.slate.slate import Slate
from penchant.types import DAY, Event, Item
from tests.worlds import FILMS, story

CONFIG = Config(encoder="hash", fold=Fold(half_lives=(3600.0, DAY, 30 * DAY), window=6))


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.fit(FILMS, story(), config=CONFIG) as engine:
        yield engine


def ids(slate: Slate) -> list[str]:
    return [item.item for item in slate.items]


def like(user: str, item: str, time: float, id: str = "") -> Event:
    return Event(user=user, item=item, action="like", time=time, id=id)


def state_of(engine: Engine, users: list[str]) -> list[np.ndarray]:
    engine.memory.settle()
    rows = [engine.log.user(user) for user in users]
    return [column[rows] for column in engine.memory.people.state]


STORY = story(people=3)
USERS = ["u0", "u1", "u2"]


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(len(STORY))),
    st.lists(st.integers(0, len(STORY)), max_size=6),
    st.lists(st.integers(0, len(STORY)), max_size=3),
)
def test_whatever_the_order_of_arrival_the_cuts_and_repeats_the_state_is_the_same(
    order: list[int], cuts: list[int], again: list[int]
) -> None:
    with Engine.fit(FILMS, [], config=CONFIG) as streamed, Engine.fit(FILMS, STORY, config=CONFIG) as replayed:
        bounds = [0, *sorted(cuts), len(order)]
        for start, stop in pairwise(bounds):
            streamed.observe([STORY[place] for place in order[start:stop]])
        streamed.observe([STORY[min(place, len(STORY) - 1)] for place in again])  # delivered twice
        for a, b in zip(state_of(streamed, USERS), state_of(replayed, USERS), strict=True):
            assert np.array_equal(a, b)
        streamed.known.blend.restore(replayed.known.blend.arrays())
        for user in USERS:
            served, expected = (engine.recommend(user, at=1.7e9) for engine in (streamed, replayed))
            assert ids(served) == ids(expected)
            np.testing.assert_allclose([i.score for i in served.items], [i.score for i in expected.items], rtol=1e-5)


def test_events_at_the_same_instant_fold_alike_in_any_order() -> None:
    events = [like("ann", item, 1e9, id=item) for item in ("alien", "kiss", "clown", "mars")]
    states = []
    for order in (events, events[::-1], events[2:] + events[:2]):
        with Engine.fit(FILMS, [], config=CONFIG) as engine:
            for event in order:
                engine.observe([event])
            states.append(state_of(engine, ["ann"]))
    for other in states[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(states[0], other, strict=True))


def test_a_restart_at_any_moment_changes_nothing(tmp_path: Path) -> None:
    events = [like("ann", item, 1.7e9 + n) for n, item in enumerate(("alien", "kiss", "clown", "mars", "letters"))]
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    for event in (events[3], events[0], events[4], events[1], events[2]):  # late ones among them
        with Engine.load(tmp_path) as engine:
            engine.observe([event])  # and closed without saving
    with Engine.load(tmp_path) as restarted, Engine.fit(FILMS, story() + events, config=CONFIG) as whole:
        for a, b in zip(state_of(restarted, ["ann", "u0"]), state_of(whole, ["ann", "u0"]), strict=True):
            assert np.array_equal(a, b)
        assert restarted.log.totals().events == len(story()) + 5


def test_a_saved_engine_recommends_as_before_and_need_not_replay(tmp_path: Path) -> None:
    with Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG) as engine:
        engine.observe([like("ann", "alien", 1.7e9)])
        engine.save()
        before = engine.recommend("ann")
    with Engine.load(tmp_path) as engine:
        assert engine.memory.applied == engine.log.totals().last_seq
        after = engine.recommend("ann")
        assert [(item.item, item.score) for item in after.items] == [(item.item, item.score) for item in before.items]


def test_one_event_changes_the_next_slate(engine: Engine) -> None:
    at = 1.7e9
    engine.observe([like("ann", "alien", at)])
    before = engine.recommend("ann", k=8, at=at + 60)
    assert engine.observe([like("ann", "kiss", at + 30)]).accepted == 1
    after = engine.recommend("ann", k=8, at=at + 60)
    assert "kiss" not in ids(after)
    scores = {item.item: item.score for item in before.items}
    assert any(abs(item.score - scores[item.item]) > 0.05 for item in after.items)  # beyond hiding what was liked


def test_tastes_decide_the_slate(engine: Engine) -> None:
    engine.observe([like("space", "alien", 1.7e9), like("love", "kiss", 1.7e9)])
    assert ids(engine.recommend("space", k=2, at=1.7e9 + 60)) != ids(engine.recommend("love", k=2, at=1.7e9 + 60))


def test_an_unknown_user_gets_a_slate_of_what_is_popular_not_an_error(engine: Engine) -> None:
    slate = engine.recommend("nobody", k=4)
    assert len(slate.items) == 4
    assert slate.user == "nobody"
    assert all(item.because[0].kind == "source" for item in slate.items)


def test_a_new_item_can_be_recommended_at_once_by_its_text(engine: Engine) -> None:
    assert engine.add([Item(id="mars2", title="A Colony on Mars Returns", categories=("Sci-Fi",))]) == 1
    assert ids(engine.recommend(text="a colony on mars returns", k=1)) == ["mars2"]
    assert "mars2" in ids(engine.recommend(history=["mars"], k=5))


def test_an_item_given_again_is_replaced_and_moves_the_tastes_it_made() -> None:
    with Engine.fit(FILMS, story(), config=CONFIG) as engine:
        before = [column.copy() for column in state_of(engine, ["u0"])]
        assert engine.add([Item(id="clown", title="Quantum Thermodynamics for Engineers")]) == 0
        changed = [
            Item(id="clown", title="Quantum Thermodynamics for Engineers") if film.id == "clown" else film for film in FILMS
        ]
        assert not np.array_equal(before[4], state_of(engine, ["u0"])[4])
        with Engine.fit(changed, story(), config=CONFIG) as fresh:
            assert fresh.catalog.items == engine.catalog.items
            engine.memory.settle()
            # vectors are those of the space the engine was fitted in: compare with a state folded from scratch in that space
            before = [column.copy() for column in state_of(engine, ["u0", "u5"])]
            engine.memory._stale.update(range(len(engine.memory.people)))
            for a, b in zip(before, state_of(engine, ["u0", "u5"]), strict=True):
                assert np.array_equal(a, b)


def test_an_item_changed_just_before_a_crash_moves_the_tastes_it_made_all_the_same(tmp_path: Path) -> None:
    changed = Item(id="clown", title="Quantum Thermodynamics for Engineers")
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    with Engine.load(tmp_path) as engine:
        engine.add([changed])
        expected = state_of(engine, ["u0", "u1"])
    with Engine.load(tmp_path) as engine:  # the change was never saved, only logged
        for a, b in zip(expected, state_of(engine, ["u0", "u1"]), strict=True):
            assert np.array_equal(a, b)


def test_impressions_leave_no_trace(engine: Engine) -> None:
    before = [column.copy() for column in state_of(engine, ["u0"])]
    shown = [Event(user="u0", item=film.id, action="impression", time=1.7e9 + n) for n, film in enumerate(FILMS)]
    assert engine.observe(shown).accepted == 8
    for a, b in zip(before, state_of(engine, ["u0"]), strict=True):
        assert np.array_equal(a, b)
    engine.observe([Event(user="new", item="alien", action="impression", time=1.7e9)])
    assert ids(engine.recommend("new", at=1.7e9)) == ids(engine.recommend("nobody", at=1.7e9))


def test_an_engine_saved_again_after_loading_loads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "DENSE_LIMIT", 4)  # EASE and SLIT are left out
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    for _ in range(2):
        with Engine.load(tmp_path) as engine:
            assert "ease" not in [source.name for source in engine.known.blend.sources]
            engine.save()


def test_events_alone_never_overwrite_the_items_a_folder_holds(tmp_path: Path) -> None:
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    with Engine.fit(None, [like("ann", "alien", 1.7e9), like("ann", "unseen", 1.7e9)], folder=tmp_path, config=CONFIG) as engine:
        assert engine.catalog.items[engine.catalog.number("alien")] == FILMS[0]
        assert "unseen" in engine.catalog
    with Engine.fit([Item(id="extra")], [like("bob", "alien", 1.7e9)], folder=tmp_path, config=CONFIG) as engine:
        assert engine.log.user("bob") >= 0


def test_what_was_had_is_not_recommended_again_unless_people_come_back(engine: Engine) -> None:
    had = {event.item for event in story() if event.user == "u0"}
    assert had.isdisjoint(ids(engine.recommend("u0")))
    with Engine.fit(FILMS, story(), config=msgspec.structs.replace(CONFIG, repeat=True)) as shop:
        assert not had.isdisjoint(ids(shop.recommend("u0")))


def test_filters_and_exclusions_hold(engine: Engine) -> None:
    comedies = ids(engine.recommend("nobody", where=Filter(category="comedy")))
    assert sorted(comedies) == ["clown", "wedding"]
    assert ids(engine.recommend("nobody", where=Filter(category="comedy"), exclude=["clown", "not an item"])) == ["wedding"]
    assert ids(engine.recommend("nobody", where=Filter(category="no such thing"))) == []


def test_an_item_shows_only_while_it_is_available(engine: Engine) -> None:
    engine.add([Item(id="soon", title="Soon", available_from=2e9, available_until=2.1e9)])
    assert [("soon" in ids(engine.recommend("nobody", k=20, at=at))) for at in (1.9e9, 2e9, 2.1e9)] == [False, True, False]


def test_a_past_time_is_answered_with_what_was_known_then(engine: Engine) -> None:
    first = min(event.time for event in story() if event.user == "u0")
    then = engine.interests("u0", at=first + 1)
    now = engine.interests("u0")
    assert {interest.label for interest in then.interests} < {interest.label for interest in now.interests}
    with Engine.fit(FILMS, [event for event in story() if event.time <= first + 1], config=CONFIG) as earlier:
        assert earlier.interests("u0", at=first + 1) == then
    had = {event.item for event in story() if event.user == "u0" and event.time > first + 1}
    assert not had.isdisjoint(ids(engine.recommend("u0", at=first + 1)))


def test_interests_move_with_the_person(engine: Engine) -> None:
    start = min(event.time for event in story() if event.user == "u1")
    early, late = engine.interests("u1", at=start + 2.5 * DAY), engine.interests("u1", at=start + 6.5 * DAY)
    assert early.interests[0].label == "Sci-Fi"
    assert late.interests[0].label == "Romance"
    assert late.interests[0].trend > 0 > next(interest for interest in late.interests if interest.label == "Sci-Fi").trend
    assert abs(sum(interest.share for interest in late.interests) - 1) < 1e-6
    known = {event.id for event in engine.log.events(engine.log.user("u1"), 100)}
    assert known.issuperset(late.interests[0].evidence)


def test_interests_of_a_stranger_are_an_error_that_says_so(engine: Engine) -> None:
    with pytest.raises(UnknownUser, match=r"user 'nobody' has no events \(12 users known\)"):
        engine.interests("nobody")


def test_an_anonymous_history_is_served_like_a_stored_one(engine: Engine) -> None:
    at = 1.7e9
    engine.observe([like("stored", item, at - 60 * back) for item, back in (("alien", 2), ("mars", 1))])
    stored, anonymous = engine.recommend("stored", at=at), engine.recommend(history=["alien", "mars"], at=at)
    assert ids(stored) == ids(anonymous)
    np.testing.assert_allclose([i.score for i in stored.items], [i.score for i in anonymous.items], rtol=1e-5)
    assert anonymous.user is None


def test_a_sentence_finds_items_by_their_words(engine: Engine) -> None:
    assert ids(engine.recommend(text="the robot galaxy", k=1)) == ["robot"]
    assert engine.recommend(text="the robot galaxy", k=1).items[0].because[0].kind == "text"


def test_reasons_name_the_items_a_recommendation_is_owed_to(engine: Engine) -> None:
    engine.observe([like("ann", "alien", 1.7e9), like("ann", "mars", 1.7e9 + 60)])
    top = engine.recommend("ann", k=1, at=1.7e9 + 120).items[0]
    assert {reason.id for reason in top.because if reason.kind == "item"} <= {"alien", "mars"}
    assert top.because[0].value >= top.because[-1].value > 0


def test_every_slate_is_journalled(engine: Engine) -> None:
    slate = engine.recommend("u0", k=3, where=Filter(category="romance"))
    served = engine.journal.get(slate.slate)
    assert served is not None
    assert served.items == tuple(ids(slate))
    assert served.propensities == (1.0,) * len(slate.items)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event(user="ann", item="no such film", time=1.0), "is not in the catalog; add the item first"),
        (Event(user="ann", item="alien", time=float("nan")), "time"),
        (Event(user="", item="alien", time=1.0), "user '' is missing"),
        (Event(user="ann", item="alien", time=1.0, action="teleport"), "is not a configured action"),
        (Event(user="ann", item="alien", time=3e9), "is more than a day in the future"),
        (Event(user="ann", time=1.0), "an event needs one of them"),
    ],
)
def test_a_bad_event_is_rejected_by_its_place_and_leaves_the_others_alone(engine: Engine, event: Event, reason: str) -> None:
    receipt = engine.observe([like("ann", "alien", 1.7e9), event, like("ann", "kiss", 1.7e9)], now=1.8e9)
    assert receipt.accepted == 2
    assert [rejected.index for rejected in receipt.rejected] == [1]
    assert reason in receipt.rejected[0].reason


def test_an_event_counts_once_however_often_it_is_sent(engine: Engine) -> None:
    event = like("ann", "alien", 1.7e9, id="e1")
    assert [engine.observe([event, event]).accepted, engine.observe([event]).duplicates] == [1, 1]
    assert engine.memory.people.state.folded[engine.log.user("ann")] == 1


def test_threads_that_observe_and_recommend_at_once_leave_the_state_of_a_replay(engine: Engine) -> None:
    batches = [[like(f"t{n % 3}", FILMS[(n + m) % 8].id, 1.7e9 + 97 * (n * 7 % 40) + m) for m in range(3)] for n in range(40)]

    def work(mine: list[list[Event]]) -> None:
        for batch in mine:
            engine.observe(batch)
            engine.recommend(batch[0].user)

    threads = [threading.Thread(target=work, args=(batches[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Engine.fit(FILMS, [event for batch in batches for event in batch], config=CONFIG) as replayed:
        for a, b in zip(state_of(engine, ["t0", "t1", "t2"]), state_of(replayed, ["t0", "t1", "t2"]), strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize("k", [0, 501, -3])
def test_a_slate_size_out_of_range_is_refused(engine: Engine, k: int) -> None:
    with pytest.raises(InvalidInput, match="k must be 1 to 500"):
        engine.recommend("u0", k=k)


def test_requests_that_make_no_sense_are_refused(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="at must be epoch seconds"):
        engine.recommend("u0", at=float("nan"))
    with pytest.raises(InvalidInput, match="a user or a history, not both"):
        engine.recommend("u0", history=["alien"])
    with pytest.raises(UnknownItem, match=r"item 'x9' is not in the catalog \(8 items\)"):
        engine.recommend(history=["x9"])


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG), pytest.raises(LogError):
        Engine.load(tmp_path)


def test_a_folder_made_with_another_encoder_is_refused(tmp_path: Path) -> None:
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    with pytest.raises(FingerprintMismatch, match="was made with the encoder"):
        Engine.load(tmp_path, encoder=load_encoder("use", cache=None))
    Engine.load(tmp_path).close()  # and nothing stays locked


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="penchant fit --items FILE --events FILE"):
        Engine.load(tmp_path)


def test_fitting_again_in_the_same_folder_keeps_the_log_and_adds_what_is_new(tmp_path: Path) -> None:
    Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG).close()
    more = [*FILMS, Item(id="extra", title="One More")]
    with Engine.fit(more, [*story(), like("ann", "extra", 1.7e9)], folder=tmp_path, config=CONFIG) as engine:
        assert engine.log.totals().events == len(story()) + 1
        assert len(engine.catalog) == 9


def test_items_can_be_taken_from_the_events_alone() -> None:
    with Engine.fit(None, story(), config=CONFIG) as engine:
        assert len(engine.catalog) == 7
        assert engine.recommend("u0").items == ()  # u0 has had them all


def test_events_on_items_nobody_listed_are_left_out_of_a_fit() -> None:
    with Engine.fit(FILMS, [*story(), like("ann", "unlisted", 1.7e9)], config=CONFIG) as engine:
        assert engine.log.totals().events == len(story())


def test_nothing_to_recommend_is_said_at_once() -> None:
    with pytest.raises(InvalidInput, match="there is no item to recommend"):
        Engine.fit([], [], config=CONFIG)


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_time_that_is_none_is_refused_by_every_question(at: float) -> None:
    with Engine.fit(FILMS, story(), config=CONFIG) as engine:
        questions: list[Callable[[], object]] = [
            lambda: engine.interests("u0", at),
            lambda: engine.shifts("u0", at),
            lambda: engine.timeline("u0", [1.0, at]),
            lambda: engine.compare("u0", at, 1.0),
            lambda: engine.forecast("u0", DAY, at),
            lambda: engine.recommend("u0", at=at),
            lambda: engine.explain("u0", "alien", at=at),
        ]
        for question in questions:
            with pytest.raises(InvalidInput, match="at must be epoch seconds between 1970 and the year 4000"):
                question()


def test_a_snapshot_that_lacks_a_part_says_so_and_is_fitted_anew(tmp_path: Path) -> None:
    with Engine.fit(FILMS, story(), folder=tmp_path, config=CONFIG):
        pass
    record, parts = snapshot.load(tmp_path)
    snapshot.save(tmp_path, record, {name: arrays for name, arrays in parts.items() if name not in ("vigil", "controls")})
    with pytest.raises(InvalidInput, match=r"lacks controls, vigil; delete it and run penchant fit again"):
        Engine.load(tmp_path)
    with Engine.fit(FILMS, [], folder=tmp_path, config=CONFIG, warm=True) as engine:
        assert engine.learned is not None
        assert "lacks controls" in engine.learned.cold
