"""The desk where texts are asked for and written: nothing lost or written twice, nothing over the budget, nobody waiting."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.config import Language
from penchant.errors import LogError
from penchant.events import Log
from penchant.narrate.desk import store
from penchant.narrate.desk.breaker import FAILURES, REST, Breaker
from penchant.narrate.desk.budget import Cost, highest
from penchant.narrate.desk.desk import Desk
from penchant.narrate.desk.tray import Tray
from penchant.narrate.desk.worker import Workers, drain
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.types import DAY, Event
from tests.writers import Loud, Stuck, Voice, fact

PEOPLE = ("ann", "bob")
CALL = highest(Loud().prompt(fact("tea")), Price()).tokens  # what a call about a word of three letters may cost


@pytest.fixture
def log() -> Iterator[Log]:
    with people() as log:
        yield log


def people(path: Path | None = None) -> Log:
    """A log with two users."""
    log = Log(path)
    log.append([Event(user=user, time=1.0) for user in PEOPLE], np.ones(2, np.float32))
    return log


def desk_of(log: Log, voice: Voice, language: Language = Language(), **kinds: Loud) -> Desk:  # noqa: B008
    desk = Desk(log, kinds or {"loud": Loud()}, language)
    desk.employ(voice)
    return desk


def states(desk: Desk) -> tuple[int, int, int]:
    """Texts that wait, are kept, were dropped."""
    found = desk.counts()
    return sum(c.waiting for c in found), sum(c.kept for c in found), sum(c.dropped for c in found)


def test_a_text_is_there_after_one_round_of_work_and_not_before(log: Log) -> None:
    desk, voice = desk_of(log, voice := Voice()), voice
    assert desk.ask("loud", fact("tea"), user="ann") is None
    assert desk.work(0.0) is not None
    assert desk.ask("loud", fact("tea"), user="ann") == b'"TEA"'
    assert desk.work(1.0) is None
    assert voice.called == {"tea": 1}


def test_asking_writes_nothing_to_the_disk(log: Log) -> None:
    desk, before = desk_of(log, Voice()), 0
    before = log.commits
    for number in range(50):
        desk.ask("loud", fact(f"tea {number}"), user="ann")
    assert log.commits == before
    assert desk.state(0.0).noted == 50
    desk.flush()
    assert log.commits == before + 1
    assert (desk.state(0.0).noted, states(desk)) == (0, (50, 0, 0))


def test_the_same_question_asked_often_is_one_text(log: Log) -> None:
    desk = desk_of(log, voice := Voice())
    for _ in range(3):
        desk.ask("loud", fact("tea"))
        desk.flush()
        desk.ask("loud", fact("tea"))
    assert drain(desk, lambda: 0.0).outcomes == {"kept": 1}
    assert voice.called == {"tea": 1}


def test_a_text_that_takes_longer_than_it_may_is_not_begun_again_beside(log: Log) -> None:
    desk = desk_of(log, voice := Stuck())
    desk.ask("loud", fact("tea"))
    thread = threading.Thread(target=desk.work, args=(0.0,))
    thread.start()
    assert voice.entered.wait(10)
    assert desk.work(9 * DAY) is None
    voice.go.set()
    thread.join()
    assert voice.called == {"tea": 1}


def test_what_was_noted_too_late_does_not_undo_what_was_written_meanwhile(log: Log) -> None:
    late = desk_of(log, Voice())
    late.ask("loud", fact("tea"))
    early = Desk(log, late.kinds)
    early.employ(Voice())
    early.ask("loud", fact("tea"))
    early.work(0.0)
    late.flush()
    assert states(late) == (0, 1, 0)
    assert late.ask("loud", fact("tea")) == b'"TEA"'


def test_other_facts_another_version_and_another_generator_are_each_another_text(log: Log) -> None:
    desk = desk_of(log, Voice("a"))
    desk.ask("loud", fact("tea"))
    drain(desk, lambda: 0.0)
    assert desk.ask("loud", fact("tea")) == b'"TEA"'
    assert desk.ask("loud", fact("teas")) is None
    newer = desk_of(log, Voice("a"), loud=Loud(version=2))
    assert newer.ask("loud", fact("tea")) is None
    other = desk_of(log, Voice("b"))
    assert other.ask("loud", fact("tea")) is None
    back = desk_of(log, Voice("a"))
    assert back.ask("loud", fact("tea")) == b'"TEA"'


def test_a_kind_that_is_turned_off_is_neither_read_nor_written(log: Log) -> None:
    desk = desk_of(log, Voice())
    assert desk.ask("quiet", fact("tea")) is None
    assert desk.work(0.0) is None


def test_without_a_generator_nothing_is_noted_and_what_was_written_is_read(log: Log) -> None:
    desk = desk_of(log, Voice())
    desk.ask("loud", fact("tea"))
    drain(desk, lambda: 0.0)
    reader = Desk(log, {"loud": Loud()})
    assert reader.ask("loud", fact("tea")) == b'"TEA"'
    assert reader.ask("loud", fact("cup")) is None
    assert (reader.state(0.0).noted, reader.work(0.0)) == (0, None)
    reader.employ(None)
    assert reader.ask("loud", fact("tea")) is None
    assert Desk(log, {"loud": Loud()}).ask("loud", fact("tea")) is None


def test_what_waited_for_one_generator_is_written_by_the_next(log: Log) -> None:
    first = desk_of(log, Voice("a", tricks={"tea": ["fail"] * 9}))
    first.ask("loud", fact("tea"), user="ann")
    first.work(0.0)
    second = desk_of(log, Voice("b"))
    assert second.work(0.0) is not None  # at once: the delay was the other's
    assert second.ask("loud", fact("tea"), user="ann") == b'"TEA"'
    assert states(second) == (0, 1, 0)


def test_what_waited_for_another_version_of_its_kind_is_not_written(log: Log) -> None:
    first = desk_of(log, Voice())
    first.ask("loud", fact("tea"))
    first.flush()
    assert desk_of(log, Voice(), loud=Loud(version=2)).work(0.0) is None


def test_an_unfaithful_answer_is_dropped_with_its_reason_and_not_asked_again(log: Log) -> None:
    desk = desk_of(log, voice := Voice(tricks={"tea": ["lie"]}))
    desk.ask("loud", fact("tea"))
    worked = desk.work(0.0)
    assert worked is not None
    assert (worked.outcome, worked.why) == ("dropped", "'something else' is not what was said")
    for seen in (desk, Desk(log, desk.kinds)):
        assert seen.ask("loud", fact("tea")) is None
    assert desk.work(9 * DAY) is None
    assert voice.called == {"tea": 1}
    assert desk.reasons("loud") == [("'something else' is not what was said", 1)]


def test_a_check_or_prompt_that_breaks_stops_nobody(log: Log) -> None:
    class Broken(Loud):
        def check(self, payload: bytes, answer: str) -> bytes:
            raise KeyError("sentences")

    class Mute(Loud):
        def prompt(self, payload: bytes) -> Prompt:
            raise ValueError("these facts cannot be read")

    desk = desk_of(log, Voice(), broken=Broken("broken"), mute=Mute("mute"), loud=Loud())
    for kind in desk.kinds:
        desk.ask(kind, fact("tea"))
    assert drain(desk, lambda: 0.0).outcomes == {"dropped": 1, "kept": 1}
    assert desk.reasons("broken") == [("KeyError in the check of 'broken': 'sentences'", 1)]
    assert desk.state(0.0).trouble == "ValueError in the prompt of 'mute': these facts cannot be read"


def test_the_most_urgent_kind_comes_first_and_then_the_oldest(log: Log) -> None:
    desk = desk_of(log, voice := Voice(), first=Loud("first"), last=Loud("last"))
    for kind, word in (("last", "a"), ("first", "b"), ("last", "c"), ("first", "d")):
        desk.ask(kind, fact(word))
    drain(desk, lambda: 0.0)
    assert list(voice.called) == ["b", "d", "a", "c"]


@pytest.mark.parametrize("trick", ["fail", "crash"])
def test_a_failed_call_is_tried_again_later_and_ever_later_and_then_given_up_for_a_day(log: Log, trick: str) -> None:
    desk = desk_of(log, voice := Voice(tricks={"tea": [trick] * 3}), Language(tries=3, timeout=10.0))
    desk.ask("loud", fact("tea"))
    times: list[float] = []
    now = 0.0
    while len(times) < 4:
        worked = desk.work(now)
        if worked is not None:
            times.append(now)
        now += 5.0
    waits = np.diff(times)
    assert 25 <= waits[0] <= 60  # 10 + 30, give or take a half
    assert 70 <= waits[1] <= 195
    assert DAY <= waits[2] <= DAY + 5
    assert worked is not None
    assert (worked.outcome, voice.called["tea"]) == ("kept", 4)


def test_a_generator_that_keeps_failing_rests_and_then_one_call_tries(log: Log) -> None:
    words = [f"w{number}" for number in range(12)]
    desk = desk_of(log, voice := Voice(tricks={word: ["fail"] for word in words}))
    for word in words:
        desk.ask("loud", fact(word))
    while desk.work(0.0):
        pass
    assert voice.called.total() == FAILURES
    state = desk.state(0.0)
    assert state.resting_until == pytest.approx(REST, abs=1)
    assert state.trouble == "the server is unwell"
    assert desk.work(REST - 1) is None
    assert desk.work(REST + 1) is not None
    assert desk.work(REST + 1) is None  # it failed again: a longer rest
    assert voice.called.total() == FAILURES + 1


def test_a_rest_that_ends_with_nothing_to_do_lets_the_next_text_try(log: Log) -> None:
    words = [f"w{number}" for number in range(FAILURES)]
    desk = desk_of(log, Voice(tricks={word: ["fail"] for word in words}), Language(timeout=1000.0))
    for word in words:
        desk.ask("loud", fact(word))
    while desk.work(0.0):
        pass
    assert desk.work(REST + 1) is None  # rested, but those that failed are not due before their time
    desk.ask("loud", fact("tea"))
    assert desk.work(REST + 2) is not None
    assert desk.state(REST + 2).resting_until is None


def test_a_rest_grows_to_an_hour_and_ends_with_the_first_answer() -> None:
    breaker, now, rests = Breaker(), 0.0, []
    for _ in range(FAILURES - 1):
        breaker.failed(now)
    assert breaker.ready(now)
    for _ in range(10):
        breaker.failed(now)
        assert breaker.until is not None
        rests.append(breaker.until - now)
        now = breaker.until
        assert breaker.ready(now)
    assert rests == [30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0, 3600.0]
    breaker.succeeded()
    assert breaker.ready(0.0)


def test_more_than_may_wait_in_memory_is_counted_and_heard_when_asked_again(log: Log) -> None:
    desk = Desk(log, {"loud": Loud()}, pending=2)
    desk.employ(Voice())
    for word in ("a", "b", "c"):
        desk.ask("loud", fact(word))
    assert desk.tally.of("overflowed") == {"loud": 1.0}
    desk.flush()
    desk.ask("loud", fact("c"))
    drain(desk, lambda: 0.0)
    assert desk.ask("loud", fact("c")) == b'"C"'


def test_what_is_forgotten_for_want_of_room_is_read_from_the_file_again() -> None:
    tray = Tray(remembered=2)
    for key in (b"a", b"b", b"c"):
        tray.settled(key, key)
    assert [tray.find(key) for key in (b"a", b"b", b"c")] == [(False, None), (True, b"b"), (True, b"c")]


def test_a_stale_look_into_the_file_does_not_hide_what_was_written_since() -> None:
    tray = Tray()
    before = tray.changes
    tray.filed([])  # something was written meanwhile
    assert tray.learn(b"a", (store.WAITING, None), before) is None
    assert tray.find(b"a") == (False, None)
    tray.settled(b"a", b"text")
    assert tray.learn(b"a", (store.WAITING, None), before) == b"text"


def test_erasing_a_user_takes_their_texts_and_jobs_along(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with people(path) as log:
        desk = desk_of(log, Voice())
        for word, user in (("secret of ann", "ann"), ("tea of bob", "bob"), ("a label", None)):
            desk.ask("loud", fact(word), user=user)
        drain(desk, lambda: 0.0)
        desk.ask("loud", fact("another secret"), user="ann")
        desk.flush()
        desk.ask("loud", fact("the last secret"), user="ann")
        log.erase(log.user("ann"))
        desk.forget("ann")
        assert states(desk) == (0, 2, 0)
        assert desk.work(0.0) is None
        assert desk.ask("loud", fact("tea of bob"), user="bob") == b'"TEA OF BOB"'
    for file in tmp_path.iterdir():
        assert b"SECRET" not in file.read_bytes().upper()


def test_forgetting_a_user_leaves_their_events_and_gives_how_many_texts(log: Log) -> None:
    desk = desk_of(log, Voice())
    desk.ask("loud", fact("tea"), user="ann")
    drain(desk, lambda: 0.0)
    assert desk.ask("loud", fact("tea"), user="ann") == b'"TEA"'
    assert desk.forget("ann") == 1
    assert desk.ask("loud", fact("tea"), user="ann") is None
    assert (log.user("ann"), desk.forget("nobody")) == (0, 0)


def test_a_text_about_somebody_erased_while_it_is_written_is_not_kept(log: Log) -> None:
    desk = desk_of(log, voice := Stuck())
    desk.ask("loud", fact("tea"), user="ann")
    thread = threading.Thread(target=desk.work, args=(0.0,))
    thread.start()
    assert voice.entered.wait(10)
    log.erase(log.user("ann"))
    voice.go.set()
    thread.join()
    assert states(desk) == (0, 0, 0)
    assert desk.ask("loud", fact("tea"), user="ann") is None
    with log.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM spent_on").fetchone() == (0,)


def test_the_payload_is_gone_once_a_text_is_there(tmp_path: Path) -> None:
    with people(tmp_path / "log.sqlite") as log:
        desk = desk_of(log, Voice())
        desk.ask("loud", fact("lower case"), user="ann")
        drain(desk, lambda: 0.0)
        log.database.checkpoint()
        assert b"lower case" not in (tmp_path / "log.sqlite").read_bytes()
        assert b"LOWER CASE" in (tmp_path / "log.sqlite").read_bytes()


def test_a_day_ends_when_its_tokens_are_spent_and_the_next_goes_on(log: Log) -> None:
    desk = desk_of(log, Voice(), Language(tokens_per_day=CALL + 17))  # a call costs 9: two leave less than a third may cost
    for word in ("tea", "pot", "cup"):
        desk.ask("loud", fact(word))
    outcomes = [desk.work(now) is not None for now in (0.0, 1.0, 2.0, DAY - 1, DAY, DAY + 1)]
    assert outcomes == [True, True, False, False, True, False]
    assert (desk.spent(0.0), desk.spent(DAY)) == (Cost(14, 4, 0.0), Cost(7, 2, 0.0))
    assert states(desk) == (0, 3, 0)


def test_a_users_tokens_are_theirs_alone(log: Log) -> None:
    desk = desk_of(log, voice := Voice(), Language(user_tokens_per_day=CALL))
    for word, user in (("tea", "ann"), ("pot", "ann"), ("cup", "bob"), ("mug", None)):
        desk.ask("loud", fact(word), user=user)
    drain(desk, lambda: 10.0)
    assert set(voice.called) == {"pot", "cup", "mug"}  # ann's last
    assert states(desk) == (1, 3, 0)
    told = f"{CALL} tokens a day for a user, of which 9 are spent and up to {CALL} asked for"
    assert desk.state(10.0).trouble == told
    assert desk.work(DAY - 1) is None
    assert desk.work(DAY) is not None
    assert set(voice.called) == {"tea", "pot", "cup", "mug"}


def test_money_is_counted_by_what_came_back_and_bounded_by_what_may(log: Log) -> None:
    price = Price(asked=1e6, given=2e6)  # a token asked costs 1, one given 2
    most = highest(Loud().prompt(fact("tea")), price).money
    desk = desk_of(log, Voice(price=price), Language(money_per_day=most + 5))
    for word in ("tea", "pot"):
        desk.ask("loud", fact(word))
    assert desk.work(0.0) is not None
    state = desk.state(0.0)
    assert (state.money_today, state.money_left) == (7 + 2 * 2, most + 5 - 11)
    assert desk.work(1.0) is None
    assert states(desk) == (1, 1, 0)


def test_a_text_that_no_day_can_pay_for_waits_and_lets_others_pass(log: Log) -> None:
    desk = desk_of(log, Voice(), Language(tokens_per_day=CALL))
    for word in ("tea" * 200, "pot"):
        desk.ask("loud", fact(word))
    assert drain(desk, lambda: 0.0).outcomes == {"kept": 1}
    assert states(desk) == (1, 1, 0)
    assert (desk.state(0.0).trouble or "").startswith(f"over the budget of any day: {CALL} tokens a day, of which 0 are spent")


def test_a_call_under_way_counts_with_all_it_may_cost(log: Log) -> None:
    desk = desk_of(log, voice := Stuck(), Language(tokens_per_day=2 * CALL - 1, threads=2))
    desk.ask("loud", fact("tea"))
    desk.ask("loud", fact("pot"))
    thread = threading.Thread(target=desk.work, args=(0.0,))
    thread.start()
    assert voice.entered.wait(10)
    assert desk.spent(0.0).tokens == CALL
    assert desk.work(0.0) is None
    voice.go.set()
    thread.join()
    assert desk.spent(0.0).tokens == 9
    assert desk.work(0.0) is not None


def test_what_a_call_says_it_cost_beyond_all_numbers_is_written_down_as_very_much(log: Log) -> None:
    class Boaster(Voice):
        def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
            return Reply(prompt.user.upper(), asked=10**30, given=-5)

    desk = desk_of(log, Boaster())
    desk.ask("loud", fact("tea"))
    assert desk.work(0.0) is not None
    assert desk.ask("loud", fact("tea")) == b'"TEA"'
    assert desk.spent(0.0).tokens == 10**9


def test_texts_about_users_neither_stay_for_ever_nor_wait_without_end(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "WAITS", 2)
    desk = desk_of(log, Voice())
    desk.ask("loud", fact("tea"), user="ann")
    desk.ask("loud", fact("mug"))
    assert drain(desk, lambda: 0.0).outcomes == {"kept": 2}
    late = store.PERSONAL + DAY
    desk.work(late)
    assert desk.ask("loud", fact("mug")) == b'"MUG"'
    assert desk.ask("loud", fact("tea"), user="ann") is None  # and is asked for anew
    for word in ("pot", "cup", "jug"):
        desk.ask("loud", fact(word), user="bob")
    desk.flush()
    assert states(desk) == (4, 1, 0)
    assert drain(desk, lambda: late + DAY).outcomes == {"kept": 2}
    assert [desk.ask("loud", fact(word), user="bob") for word in ("pot", "cup", "jug")] == [None, b'"CUP"', b'"JUG"']
    assert drain(desk, lambda: late + DAY).outcomes == {"kept": 1}


@pytest.mark.parametrize("said", ["cut", "off"])
def test_an_answer_of_no_use_is_settled_at_once_and_is_no_failure_of_the_generator(log: Log, said: str) -> None:
    words = [f"{said} {number}" for number in range(FAILURES + 1)]
    desk = desk_of(log, voice := Voice(tricks={word: ["useless"] * 9 for word in words}))
    for word in (*words, "tea"):
        desk.ask("loud", fact(word))
    assert drain(desk, lambda: 0.0).outcomes == {"dropped": len(words), "kept": 1}
    assert desk.reasons("loud") == [("it was cut off", len(words))]
    assert desk.ask("loud", fact(words[0])) is None
    assert drain(desk, lambda: 9 * DAY).outcomes == {}
    assert voice.called[words[0]] == 1
    assert desk.spent(0.0).tokens == len(words) * highest(Loud().prompt(fact(words[0])), Price()).tokens + 9


def test_of_texts_about_one_user_the_last_asked_for_is_written_first_and_nobody_else_waits_longer_for_it(log: Log) -> None:
    desk = desk_of(log, Voice())
    for word, user in (("tea", "ann"), ("cup", "bob"), ("pot", "ann"), ("mug", None), ("jug", None)):
        desk.ask("loud", fact(word), user=user)
    found = []
    while (worked := desk.work(0.0)) is not None:
        found.append(msgspec.json.decode(worked.text or b""))
    assert found == ["POT", "TEA", "CUP", "MUG", "JUG"]


def test_of_texts_about_one_user_that_two_threads_write_each_is_another(log: Log) -> None:
    desk = desk_of(log, voice := Stuck(), Language(threads=2))
    for word in ("tea", "pot"):
        desk.ask("loud", fact(word), user="ann")
    thread = threading.Thread(target=desk.work, args=(0.0,))
    thread.start()
    assert voice.entered.wait(10)
    voice.go.set()
    desk.work(0.0)
    thread.join()
    assert voice.called == {"tea": 1, "pot": 1}


class Unwritable(Voice):
    """A voice while which answers the disk fails."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log, self.broken = log, False

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        with self.log.database.reading() as connection:  # in memory it is the one that writes
            connection.execute(f"PRAGMA query_only = {'ON' if self.broken else 'OFF'}")
        return super().generate(prompt, timeout=timeout)


def test_a_disk_that_fails_while_the_generator_is_tried_again_does_not_end_all_texts(log: Log) -> None:
    desk, now = desk_of(log, voice := Unwritable(log), Language(tries=99)), 0.0
    voice.tricks = {"tea": ["fail"] * FAILURES}
    desk.ask("loud", fact("tea"))
    while (resting := desk.state(now).resting_until) is None:
        now += DAY
        desk.work(now)
    voice.broken = True
    with pytest.raises(LogError):
        desk.work(resting + DAY)
    voice.broken = False
    with log.database.reading() as connection:
        connection.execute("PRAGMA query_only = OFF")
    assert drain(desk, lambda: resting + 9 * DAY).outcomes == {"kept": 1}


class Killed(BaseException):
    """The end of the process, in the midst of a call."""


class Mortal(Voice):
    """A voice that may die, and counts what each day and user cost."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(fingerprint)
        self.plan, self.day, self.costs = "", 0, defaultdict[int, int](int)

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        if self.plan == "die":
            raise Killed
        self.tricks = {prompt.user: [self.plan]}
        reply = super().generate(prompt, timeout=timeout)
        self.costs[self.day] += reply.asked + reply.given
        return reply


WORDS = ("tea", "pot", "cup", "mug", "jug")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(WORDS), st.sampled_from([None, *PEOPLE])),
        st.tuples(st.just("work"), st.sampled_from(["", "", "", "fail", "crash", "lie", "die"]), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 100.0, 5000.0, DAY / 2]), st.none()),
        st.tuples(st.just("restart"), st.booleans(), st.sampled_from(["a", "a", "b"])),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_is_asked_done_and_broken_off_nothing_is_lost_or_written_twice_or_beyond_the_budget(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    language = Language(tokens_per_day=3 * CALL, user_tokens_per_day=2 * CALL)
    voices = {name: Mortal(name) for name in "ab"}
    filed: set[str] = set()  # words that were asked for and moved into the file
    asked: set[str] = set()
    now, voice = 1e9, voices["a"]
    with people() as log:
        desk = desk_of(log, voice, language)
        for what, first, second in steps:
            if what == "ask":
                told = desk.ask("loud", fact(first), user=second)
                assert told in (None, fact(first.upper()))
                asked.add(first)
            elif what == "wait":
                now += first
            elif what == "restart":
                voice = voices[second]
                if first:
                    desk.close()
                    filed |= asked
                asked = set()
                desk = desk_of(log, voice, language)
            else:
                for _ in range(second):
                    voice.plan, voice.day = first, int(now // DAY)
                    filed, asked = filed | asked, set()
                    try:
                        desk.work(now)
                    except Killed:
                        desk = desk_of(log, voice, language)
            assert desk.spent(now).tokens <= language.tokens_per_day
        assert_sound(log, voices, filed, language)
        finish(log, desk, voice, now, filed)


def assert_sound(log: Log, voices: dict[str, Mortal], filed: set[str], language: Language) -> None:
    with log.database.reading() as connection:
        rows = connection.execute("SELECT state, payload, text FROM texts").fetchall()
        most = connection.execute("SELECT coalesce(max(tokens), 0) FROM spent_on").fetchone()[0]
    assert {state for state, _, _ in rows} <= {store.WAITING, store.KEPT, store.DROPPED}
    assert all((state == store.WAITING) == (payload is not None) for state, payload, _ in rows)
    assert len(rows) >= len(filed)
    assert most <= language.user_tokens_per_day
    days: Counter[int] = Counter()
    for voice in voices.values():
        assert all(times == 1 for times in voice.answered.values())
        days.update(voice.costs)
    assert all(cost <= language.tokens_per_day for cost in days.values())


def finish(log: Log, desk: Desk, voice: Mortal, now: float, filed: set[str]) -> None:
    """With nothing more going wrong, all that was filed is written in some days."""
    for day in range(1, 8):
        for hour in range(4):
            voice.plan, voice.day = "", int(now // DAY) + day
            while desk.work((voice.day * DAY) + hour * 3700.0):
                pass
    waiting, kept, dropped = states(desk)
    assert waiting == 0
    assert kept + dropped >= len(filed)
    with log.database.reading() as connection:
        for word in filed:  # by this generator or, before, by the other
            assert any(store.find(connection, store.key_of("loud", 1, name, fact(word))) for name in "ab")


def test_many_threads_that_ask_and_work_write_each_text_once(tmp_path: Path) -> None:
    with people(tmp_path / "log.sqlite") as log:
        desk = desk_of(log, voice := Voice(), Language(threads=3, tokens_per_day=10**9))
        words = [f"word {number}" for number in range(60)]
        workers = Workers(desk, lambda: 1e9)
        workers.start()

        def read() -> None:
            while any(desk.ask("loud", fact(word)) is None for word in words):
                threading.Event().wait(0.01)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for thread in readers:
            thread.start()
        for thread in readers:
            thread.join(30)
        assert workers.stop()
        assert voice.called == {word: 1 for word in words}
        assert states(desk) == (0, 60, 0)


def test_workers_end_with_the_desk_and_leave_a_stuck_call_behind(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with people(path) as log:
        desk = desk_of(log, voice := Stuck())
        desk.ask("loud", fact("tea"))
        workers = Workers(desk, lambda: 1e9)
        workers.start()
        assert voice.entered.wait(10)
        desk.ask("loud", fact("pot"))
        desk.close()
        assert desk.ask("loud", fact("cup")) is None
    with people(path) as log:
        again = desk_of(log, Voice("stuck"))
        assert drain(again, lambda: 1e9).outcomes == {"kept": 2}  # at once: to be broken off is no failure
    voice.go.set()
    assert workers.stop()


def test_an_answer_after_the_log_is_closed_ends_quietly(tmp_path: Path) -> None:
    with people(tmp_path / "log.sqlite") as log:
        desk = desk_of(log, voice := Stuck())
        desk.ask("loud", fact("tea"))
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(desk.work(1e9)))
        thread.start()
        assert voice.entered.wait(10)
        desk.close()
    voice.go.set()
    thread.join()
    assert found == [None]


def test_a_drain_tries_as_many_as_it_may_and_tells_how_far_it_is(log: Log) -> None:
    desk = desk_of(log, Voice(tricks={"a": ["fail"]}))
    for word in "abcd":
        desk.ask("loud", fact(word))
    told: list[float] = []
    drained = drain(desk, lambda: 0.0, limit=3, told=told.append)
    assert (drained.outcomes, drained.waiting) == ({"failed": 1, "kept": 2}, 2)
    assert drained.cost == Cost(asked=10, given=4)
    assert told == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]


def test_a_drain_passes_on_what_goes_wrong_with_the_disk(log: Log) -> None:
    desk = desk_of(log, Voice())
    desk.ask("loud", fact("tea"))

    def clock() -> float:
        log.close()
        return 0.0

    with pytest.raises(LogError, match="closed; open it again"):
        drain(desk, clock)


def test_texts_of_a_former_generator_are_deleted_after_a_month(log: Log) -> None:
    desk = desk_of(log, Voice("a"))
    desk.ask("loud", fact("tea"))
    desk.work(0.0)
    other = desk_of(log, Voice("b"))
    other.ask("loud", fact("pot"))
    other.work(29 * DAY)
    assert states(other) == (0, 2, 0)
    other.work(31 * DAY)
    assert states(other) == (0, 1, 0)
    assert other.ask("loud", fact("pot")) == b'"POT"'


def test_workers_go_on_after_whatever_goes_wrong_around_them(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.narrate.desk.worker.PAUSE", 0.01)
    settled: list[str] = []

    def settle(kind: str) -> None:
        settled.append(kind)
        if not kind:
            raise KeyError("a name that is not there")

    desk = desk_of(log, Voice())
    workers = Workers(desk, lambda: 1e9, settle)
    workers.start()
    while desk.state(1e9).trouble is None:
        threading.Event().wait(0.01)
    assert desk.state(1e9).trouble == "KeyError: 'a name that is not there'"
    desk.ask("loud", fact("tea"))
    while len(settled) < 2:
        threading.Event().wait(0.01)
    assert workers.stop()
    assert settled == ["", "loud"]
    assert desk.ask("loud", fact("tea")) == b'"TEA"'
