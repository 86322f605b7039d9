"""Portraits through the engine: as of when they were drawn, sentence by sentence from events, in two languages."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownUser
from penchant.interest.controls import Change
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.person.faithful import check
from penchant.narrate.person.portrait import tongue
from penchant.narrate.person.refresh import refreshes
from penchant.serve.app import create_app
from penchant.types import DAY, Event, Item
from tests.test_interests import CONFIG

CARDS = list(enumerate(("red", "blue", "old")))


class Author:
    """A generator whose answers are a function of the prompt."""

    name = fingerprint = "author"
    price = Price()

    def __init__(self, answers: str = "", swap: tuple[str, str] = ("", "")) -> None:
        self.answers, self.swap = answers, swap

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        return Reply(self.answers or prompt.user.replace(*self.swap), 10, 10)


def work(engine: Engine) -> None:
    for _ in range(200):
        if engine.desk.work(now=engine.now) is None:
            return


@pytest.fixture
def kept(moved_shop: Path) -> Path:
    return moved_shop


def test_every_claim_rests_on_events_of_the_person_and_passes_the_check(engine: Engine) -> None:
    for user in ("ann", "mia", "u3"):
        ids, _, events = engine.log.history(engine.log.user(user))
        time = dict(zip(ids, events.time.tolist(), strict=True))
        for language in ("en", "zh"):
            for one in engine.portraits(user, language=language):
                assert one.text
                assert {fact for claim in one.claims for fact in claim.facts} == {fact.id for fact in one.facts}
                for claim in one.claims:
                    cited = [fact for fact in one.facts if fact.id in claim.facts]
                    assert check(claim.text, cited, one.facts, language, one.at) == claim.facts
                    assert claim.evidence
                    assert all(time[event] <= one.at for event in claim.evidence)


def test_a_portrait_says_who_somebody_is_and_what_changed_since_when(engine: Engine) -> None:
    shift = engine.shifts("mia")[-1]
    one = engine.portrait("mia", at=shift.detected_at)
    assert one.why == "shift"
    assert [claim.kind for claim in one.claims if claim.kind == "changed"]
    told = " ".join(claim.text for claim in one.claims if claim.kind == "changed")
    topic = shift.target or shift.source
    assert topic is not None
    assert topic.label in told
    assert "1970" in told
    assert "Most of all they are into" in one.text


def test_events_after_a_portrait_do_not_change_it(engine: Engine) -> None:
    before = engine.portraits("ann")
    engine.observe([Event(user="ann", item="Toys-red", time=engine.now + DAY + n) for n in range(20)])
    after = engine.portraits("ann")
    assert len(after) > len(before)
    assert [(one.at, one.text) for one in after[: len(before)]] == [(one.at, one.text) for one in before]
    assert engine.portrait("ann", at=before[-1].at).text == before[-1].text


def test_the_portrait_at_a_time_is_the_last_one_drawn_by_then(engine: Engine) -> None:
    history = engine.portraits("mia")
    assert len(history) >= 3
    for one, following in pairwise(history):
        assert one.until == following.at
        between = engine.portrait("mia", at=(one.at + following.at) / 2)
        assert (between.at, between.text, between.until) == (one.at, one.text, None)
    assert history[-1].until is None


def test_a_claim_ends_when_the_portraits_no_longer_make_it(engine: Engine) -> None:
    history = engine.portraits("mia")
    told = [{(fact.sort, fact.names) for fact in one.facts} for one in history]
    for place, one in enumerate(history):
        for claim in one.claims:
            about = {(fact.sort, fact.names) for fact in one.facts if fact.id in claim.facts}
            ends = [later.at for later, said in zip(history[place + 1 :], told[place + 1 :], strict=True) if not about <= said]
            assert claim.until == (ends[0] if ends else None)


def test_late_events_give_the_portraits_they_would_have_given_in_time(engine: Engine) -> None:
    late = [Event(user="zoe", item=f"Bags-{colour}", time=10 * DAY + n) for n, colour in enumerate(("red", "blue", "old"))]
    engine.observe([Event(user="zoe", item=f"Cards-{colour}", time=20 * DAY + n) for n, colour in CARDS])
    engine.observe(late)
    engine.observe([msgspec.structs.replace(event, user="yan") for event in late])
    engine.observe([Event(user="yan", item=f"Cards-{colour}", time=20 * DAY + n) for n, colour in CARDS])
    zoe, yan = engine.portraits("zoe"), engine.portraits("yan")
    assert [(one.at, one.why, one.text) for one in zoe] == [(one.at, one.why, one.text) for one in yan]


def test_muted_interests_are_not_told(engine: Engine) -> None:
    first = engine.portrait("ann").facts[0]
    interest = next(one for one in engine.interests("ann").interests if one.label in first.names)
    engine.control("ann", Change(mute=(interest.id,)))
    more = [Event(user="ann", item=f"Garden-{c}", time=engine.now + n) for n, c in enumerate(("wide", "flat", "round") * 8)]
    engine.observe(more)
    after = engine.portrait("ann")
    assert after.at > engine.portraits("ann")[0].at
    assert all(interest.label not in fact.names for fact in after.facts if fact.sort in ("interest", "silent"))


def test_after_three_months_of_silence_nothing_is_said_of_now(engine: Engine) -> None:
    last = engine.last("ann")
    one = engine.portrait("ann", at=last + 200 * DAY)
    assert (one.why, one.at) == ("silence", last + 91 * DAY)
    assert {fact.sort for fact in one.facts} <= {"silent", "recent", "emerged", "strengthened", "faded", "dormant", "migrated"}
    assert "What they did most was" in one.text


def test_before_the_first_event_there_is_nothing_to_say(engine: Engine) -> None:
    one = engine.portrait("mia", at=0.0)
    assert (one.text, one.claims, one.why) == ("Nothing is known of them yet.", (), None)
    assert engine.portrait("mia", at=0.0, language="zh-CN").text == "目前还没有可说的。"
    with pytest.raises(UnknownUser):
        engine.portrait("nobody")


def test_a_language_nobody_speaks_is_refused() -> None:
    with pytest.raises(InvalidInput, match="language must be one of en, zh, got 'fr'; leave it out for the catalog's own"):
        tongue("fr", "en")
    assert tongue("ZH_tw", "en") == "zh"


def test_a_generators_sentences_stand_where_they_are_true_and_the_templates_elsewhere(engine: Engine) -> None:
    engine.desk.employ(Author("F1: They were into T1 until February.\nF2: They love T2."))
    plain = engine.portrait("ann")
    assert plain.by == "template"
    work(engine)
    written = engine.portrait("ann")
    assert written.by == "both"
    assert written.claims[0].text == f"They were into “{written.facts[0].names[0]}” until February."
    assert written.claims[0].by == "generator"
    assert [claim.text for claim in written.claims[1:]] == [claim.text for claim in plain.claims[1:]]
    assert written.claims[0].evidence == plain.claims[0].evidence
    engine.observe([Event(user="ann", item=f"Toys-{c}", time=200 * DAY + n) for n, c in enumerate(("red", "blue", "old"))])
    assert engine.portrait("ann").by == "template"  # other facts: what was written of the old ones is not shown


def test_a_generator_that_lies_changes_nothing(engine: Engine) -> None:
    plain = engine.portrait("mia").text
    for lie in (("F1: ", "F1: In Paris "), ("since", "until"), ("%", "0%"), ("They", "She")):
        engine.desk.employ(Author(swap=lie))
        engine.portrait("mia")
        work(engine)
        told = engine.portrait("mia")
        for claim in told.claims:
            cited = [fact for fact in told.facts if fact.id in claim.facts]
            assert check(claim.text, cited, told.facts, "en", told.at)
            assert "Paris" not in claim.text
            assert "She" not in claim.text
        engine.desk.employ(None)
        assert engine.portrait("mia").text == plain


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=40), st.integers(0, 600))
def test_moments_are_the_same_whatever_comes_later(lived: list[tuple[int, bool]], until: int) -> None:
    lived = sorted(lived)
    time = np.array([day for day, _ in lived]) * DAY
    alarmed = time[[shown for _, shown in lived]]
    whole = refreshes(time, np.ones(len(time)), alarmed, 1e9)
    known = time <= until * DAY
    part = refreshes(time[known], np.ones(int(known.sum())), alarmed[alarmed <= until * DAY], until * DAY)
    assert part == [one for one in whole if one.at <= until * DAY]


def test_moments_by_hand() -> None:
    time = np.array([0, 1, 2, 3, 4, 5, 6, 7, 150, 151]) * DAY
    found = refreshes(time, np.ones(10), time[[6]], 151 * DAY, 1.0, 1e9 * DAY)
    assert [(one.at / DAY, one.why) for one in found] == [
        (0, "first"), (1, "growth"), (3, "growth"), (6, "shift"), (98, "silence"), (150, "return"),
    ]  # fmt: skip
    fading = refreshes(time, np.ones(10), time[:0], 151 * DAY, 1.0, 1.0 * DAY)
    assert [one.at / DAY for one in fading] == [0, 1, 3, 5, 7, 98, 150, 151]  # remembered: 1, 1.5, 1.9 events, hardly more


def test_portraits_on_the_command_line(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    folder, text = str(engine.folder), engine.portrait("mia").text
    engine.close()
    assert run(["portrait", folder, "mia"]) == 0
    shown = capsys.readouterr().out
    assert text in shown
    assert "rests on" in shown
    assert run(["portrait", folder, "mia", "--json", "--language", "zh"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "zh"
    assert run(["portrait", folder, "mia", "--history", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["portraits"]) >= 3
    assert run(["portrait", folder, "mia", "--history"]) == 0
    assert "portraits" in capsys.readouterr().out
    assert run(["portrait", folder, "mia", "--language", "fr"]) == 1
    assert "language must be one of en, zh" in capsys.readouterr().err


def test_portraits_over_http(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: engine.now)) as client:
        told = client.get("/v1/users/mia/portrait").json()
        assert told["text"] == engine.portrait("mia").text
        assert {"text", "facts", "evidence", "since", "kind", "by", "until"} == set(told["claims"][0])
        history = client.get("/v1/users/mia/portrait?history=true&language=zh").json()
        assert [one["until"] for one in history["portraits"]][:-1] == [one["at"] for one in history["portraits"]][1:]
        assert client.get(f"/v1/users/mia/portrait?at={history['portraits'][0]['at']}").json()["why"] == "first"
        assert client.get("/v1/users/mia/portrait?language=fr").status_code == 400
        assert client.get("/v1/users/nobody/portrait").status_code == 404


def test_a_catalog_in_chinese_is_spoken_of_in_chinese() -> None:
    items = [Item(id=str(n), title=f"{thing}{n}", categories=(thing,)) for thing in ("茶杯", "雨伞") for n in range(4)]
    events = [Event(user="安", item=str(n), time=n * DAY) for n in range(4)]
    with Engine.fit(items, events, config=CONFIG) as engine:
        one = engine.portrait("安")
        assert one.language == "zh"
        assert "关注" in one.text
        assert "推荐" in engine.explain("安", "1").text or "没有什么特别支持" in engine.explain("安", "1").text
        assert "Most of all they are into" in engine.portrait("安", language="en").text
