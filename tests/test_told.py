"""What people say moves what they are shown at once, is a fold of the log like all else, and is shown as words."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.ask.opinions import opinions
from penchant.cli.app import run
from penchant.config import Config, Texts, Training
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.events import check_event, read_events
from penchant.events.ids import beside, origin
from penchant.hearing import SIDES
from penchant.intake import _weight, weighed
from penchant.interest import fold
from penchant.interest.controls import Change
from penchant.interest.guesses import faded, guessed, once
from penchant.interest.meaning import nearest
from penchant.interest.parts import Parts, belonging
from penchant.interest.told import LIKE
from penchant.rank.blend import INTRODUCED, SAID
from penchant.serve.app import create_app
from penchant.slate.spoken import Spoken
from penchant.telling.unsaid import unsaid
from penchant.types import DAY, Event, Item
from tests.test_interests import CONFIG, things
from tests.worlds import columns

NOW = 40 * DAY


def search(text: str, time: float = NOW, user: str = "new", id: str = "s1") -> Event:
    return Event(id=id, user=user, text=text, action="search", time=time)


def review(text: str, item: str = "Clocks-red", time: float = NOW, stars: float | None = None) -> Event:
    return Event(id="r1", user="new", text=text, item=item, action="review", time=time, value=stars)


def slate(engine: Engine, user: str = "new", at: float = NOW + 1) -> list[str]:
    return [one.item for one in engine.recommend(user, at=at).items]


def share(items: list[str], kind: str) -> float:
    return sum(item.startswith(kind) for item in items) / len(items)


def test_a_search_changes_a_strangers_next_slate_and_the_slate_says_so(engine: Engine) -> None:
    before = slate(engine)
    assert engine.observe([search("alarm clock")]).accepted == 1
    found = engine.recommend("new", at=NOW + 1).items
    assert share([one.item for one in found], "Clocks") > share(before, "Clocks")
    said = {(reason.kind, reason.id, reason.label) for one in found for reason in one.because}
    assert ("words", "s1", "you searched for ‘alarm clock’") in said
    assert not any(kind == "item" for kind, *_ in said)


def test_what_was_searched_for_was_not_had(engine: Engine) -> None:
    engine.observe([search("alarm clock")])
    number = engine.log.user("new")
    assert not engine.memory.people.consumed(number, len(engine.catalog)).any()
    assert (engine.memory.people.state.items[number] == -1).all()


def test_a_search_moves_somebody_known_by_a_bounded_part_however_often_it_is_made(engine: Engine) -> None:
    def words() -> tuple[float, float]:
        read, _ = engine.memory.read(engine.log.user("ann"), NOW + 100)
        scored = engine.known.blend.score(read, engine.catalog)
        alone = engine.known.blend.score(read._replace(words=read.words * 0), engine.catalog)
        return float(scored.weights[0, -1] / alone.scores.std()), float(np.linalg.norm(read.words))

    engine.observe([search("alarm clock", user="ann")])
    once_, length = words()
    deeds = int((engine.memory.people.state.items[engine.log.user("ann")] >= 0).sum())
    assert length == pytest.approx(1.0, abs=1e-3)
    assert once_ == pytest.approx(SAID + (INTRODUCED - SAID) / (1 + deeds), rel=1e-3)
    engine.observe([search("alarm clock", NOW + n, "ann", f"again{n}") for n in range(1, 30)])
    often, length = words()
    assert often == pytest.approx(once_, rel=1e-3)
    assert length == pytest.approx(fold.LOUDEST, abs=1e-3)


def test_posting_a_text_again_changes_nothing_even_once_the_catalog_grew(engine: Engine) -> None:
    engine.observe([search("alarm clock")])
    before = engine.log.totals()
    engine.add([Item(id=f"newer{n}", title="Alarm Clock Alarm Clock") for n in range(20)])
    receipt = engine.observe([search("alarm clock"), search("alarm clock")])
    assert (receipt.accepted, receipt.duplicates) == (0, 2)
    assert engine.log.totals() == before._replace(items=before.items + 20)


def test_of_two_texts_of_one_id_in_a_batch_the_first_is_read(engine: Engine) -> None:
    engine.observe([search("alarm clock"), search("soup bowl")])
    assert [one.words for one in engine.told("new")] == ["alarm clock"]


def test_a_review_pulls_towards_the_side_that_was_liked_and_away_from_the_other(engine: Engine) -> None:
    text = "Loved the alarm, hated the red."
    engine.observe([review(text)])
    sides = {one.words: one for one in engine.told("new")}
    assert (sides["alarm"].liked, sides["red"].liked) == (True, False)
    assert (sides["alarm"].kind, sides["alarm"].item, sides["alarm"].event) == ("review", "Clocks-red", "r1")
    assert sides["red"].means
    read, _ = engine.memory.read(engine.log.user("new"), NOW + 1)
    likeness = engine.catalog.vectors @ read.words[0]
    mean = {
        kind: np.mean([likeness[engine.catalog.number(f"{kind}-{hue}")] for hue in ("red", "blue")])
        for kind in ("Clocks", "Toys")
    }
    assert mean["Clocks"] > mean["Toys"]
    assert likeness[engine.catalog.number("Clocks-blue")] > likeness[engine.catalog.number("Clocks-red")]


def test_a_side_that_the_item_says_nothing_of_is_kept_and_moves_nothing(engine: Engine) -> None:
    engine.observe([review("Terrible shipping.")])
    (told,) = engine.told("new")
    assert (told.words, told.liked, told.means) == ("shipping", False, ())
    assert not engine.memory.people.state.words[engine.log.user("new")].any()


def test_stars_speak_for_the_whole_whatever_the_text_says(engine: Engine) -> None:
    engine.observe([review("Hated the alarm.", stars=5.0)])
    number = engine.log.user("new")
    assert engine.memory.people.state.weights[number, 0] == pytest.approx(1.3)
    assert [one.liked for one in engine.told("new")] == [False]


@pytest.mark.parametrize("text", ["Hated it.", "Loved the alarm, but the whole thing is a waste.", "整部都很无聊。"])
def test_a_review_without_stars_that_hates_the_whole_of_its_item_counts_against_it(engine: Engine, text: str) -> None:
    engine.observe([review(text)])
    assert engine.memory.people.state.weights[engine.log.user("new"), 0] == -1.0


@pytest.mark.parametrize("text", ["Loved it, hated the red.", "Not bad.", "A clock.", "Hated the red."])
def test_a_review_without_stars_that_does_not_hate_the_whole_of_its_item_counts_for_it(engine: Engine, text: str) -> None:
    engine.observe([review(text)])
    assert engine.memory.people.state.weights[engine.log.user("new"), 0] == 1.0


def test_a_review_of_any_length_is_read_and_its_first_sides_count(engine: Engine) -> None:
    text = " ".join(
        f"good {'q' * (n // 20 + 1)}{chr(97 + n % 20)} bad {'z' * (n // 20 + 1)}{chr(97 + n % 20)}" for n in range(1500)
    )
    assert len({one.about for one in opinions(text)}) > 500
    assert engine.observe([review(text[:100_000])]).accepted == 1
    assert len(engine.told("new")) == SIDES


def test_what_brings_its_weight_or_is_no_judgement_counts_as_it_is_whatever_its_text_says(engine: Engine) -> None:
    hated = review("Hated it.")
    engine.observe([msgspec.structs.replace(hated, weight=0.7)])
    engine.observe([msgspec.structs.replace(hated, id="r2", action="purchase", time=NOW + 1)])
    assert engine.memory.people.state.weights[engine.log.user("new"), :2].tolist() == pytest.approx([0.7, 1.0])


TOLD = st.builds(
    Event,
    user=st.just("new"),
    time=st.just(NOW),
    item=st.sampled_from([None, "Clocks-red"]),
    action=st.sampled_from(["review", "rate", "purchase", "search"]),
    text=st.sampled_from([None, "", "Hated it.", "Loved it."]),
    value=st.sampled_from([None, 5.0]),
    weight=st.sampled_from([None, 0.7]),
).filter(lambda event: event.item or event.text)


@settings(max_examples=30, deadline=None)
@given(st.lists(TOLD, min_size=1, max_size=6), st.sampled_from([0.0, 1.0]))
def test_events_weigh_the_same_whether_they_come_in_a_file_or_one_by_one(events: list[Event], read: float) -> None:
    config = msgspec.structs.replace(CONFIG, texts=Texts(review=read))
    events = [msgspec.structs.replace(event, id=str(number)) for number, event in enumerate(events)]
    frame = read_events(events, config=config).frame
    assert weighed(frame, config).tolist() == [float(np.float32(_weight(event, config))) for event in events]


def test_a_text_that_two_threads_read_at_once_is_read_once_even_if_the_catalog_grew_between(engine: Engine) -> None:
    said = search("alarm clock")
    first, weights = engine.ear.read([("s1", said, 0.5)], engine.config.texts)
    engine.add([Item(id=f"newer{n}", title="Alarm Clock", categories=("Clocks",)) for n in range(20)])
    more = [msgspec.structs.replace(first[0], id=beside("s1", number), item=f"newer{number}") for number in range(len(first) + 3)]
    engine.log.append([said, *first], np.concatenate([[0.5], weights]).astype(np.float32))
    appended = engine.log.append([said, *more], np.ones(1 + len(more), np.float32))
    assert not appended.fresh.any()
    assert [one.means for one in engine.told("new")] == [tuple(event.item for event in first)]


def test_texts_are_not_read_where_that_is_turned_off(engine: Engine) -> None:
    engine.config = Config(encoder="hash", training=Training(epochs=0), texts=Texts(search=0, review=0))
    engine.observe([search("alarm clock"), review("Loved the alarm.")])
    assert engine.told("new") == []
    with pytest.raises(InvalidInput, match=r"texts\.search must be 0 to 10, got -1"):
        Texts(search=-1)
    with pytest.raises(InvalidInput, match="actions that begin with 'text:' are what texts were taken to mean; rename 'text:x'"):
        Config(actions={"text:x": Config().actions["view"]})


def test_texts_of_an_import_are_read_like_those_that_come_one_by_one_and_once_only(engine: Engine) -> None:
    texts = [search("alarm clock"), review("Loved the alarm.", time=NOW + 1)]
    engine.log.append(texts, np.array([0.5, 1.0], np.float32))  # as imports are written, and as logs of before were
    assert engine.ear.catch_up(engine.config.texts) == 2
    assert engine.ear.catch_up(engine.config.texts) == 0
    engine.observe([msgspec.structs.replace(one, user="ann", id=f"{one.id}-again") for one in texts])
    mine, others = ([(one.words, one.means) for one in engine.told(user)] for user in ("new", "ann"))
    assert mine == others


def test_fitting_a_file_reads_its_texts() -> None:
    events = [Event(user="bob", item="Lights-red", time=1.0), search("alarm clock")]
    with Engine.fit(things(), events, config=CONFIG) as engine:
        assert [one.words for one in engine.told("new")] == ["alarm clock"]
        assert share(slate(engine), "Clocks") > 0.5


DEEDS = ("Lights-red", "Lights-blue", "Clocks-red")
TEXTS = (("red lamp", None), ("alarm clock", None), ("loved the lamp, hated the red", "Lights-red"))


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_fold_law_with_texts_any_order_cut_and_restart_leaves_what_the_log_alone_gives(
    law: list[Engine], data: st.DataObject
) -> None:
    engine, user = law[0], f"u{law[0].log.totals().users}-{law[0].log.totals().last_seq}"
    told: list[Event | Change] = []
    for time in data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=8)):
        kind = data.draw(st.sampled_from(["deed", "text", "text", "pause", "reset"]))
        if kind == "deed":
            told.append(Event(user=user, item=data.draw(st.sampled_from(DEEDS)), time=float(time)))
        elif kind == "text":
            text, item = data.draw(st.sampled_from(TEXTS))
            told.append(Event(user=user, item=item, text=text, action="review" if item else "search", time=float(time)))
        else:
            told.append(Change(pause=data.draw(st.booleans())) if kind == "pause" else Change(reset=True))
    for number, one in enumerate(data.draw(st.permutations(told))):
        if isinstance(one, Change):
            engine.control(user, one, at=float(number))
        else:
            engine.observe([one] * data.draw(st.integers(1, 2)))
        if data.draw(st.booleans()):
            engine.recommend(user, k=1)
    read = _state(engine, user)
    if data.draw(st.integers(0, 3)) == 0:
        if data.draw(st.booleans()):
            engine.save()
        engine.close()
        assert engine.folder is not None
        engine = law[0] = Engine.load(engine.folder)
        assert _state(engine, user) == read
    engine.memory._stale.add(engine.log.user(user))
    assert _state(engine, user) == read


@pytest.fixture(scope="module")
def law(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Engine]]:
    folder = tmp_path_factory.mktemp("law") / "kept"
    shutil.copytree(shop, folder)
    engines = [Engine.load(folder)]
    yield engines
    engines[0].close()


def test_everybody_folded_anew_is_as_they_were(engine: Engine) -> None:
    engine.observe([search("alarm clock"), search("soup bowl", NOW + 1, "ann", "s2")])
    read = _state(engine, "new"), _state(engine, "ann")
    memory = engine.memory
    memory.fold(*memory.whole(), memory.people.cell, engine.known.vigil(engine.catalog, engine.config))
    assert (_state(engine, "new"), _state(engine, "ann")) == read


def _state(engine: Engine, user: str) -> tuple[bytes, ...]:
    number = engine.log.user(user)
    engine.memory.settle([number])
    return tuple(column[number].tobytes() for column in engine.memory.people.state)


def test_a_past_moment_is_read_without_what_was_said_later(engine: Engine) -> None:
    before = slate(engine, at=NOW - 1)
    engine.observe([search("alarm clock")])
    assert slate(engine, at=NOW - 1) == before
    assert engine.interests("new", at=NOW - 1).interests == ()
    assert engine.told("new", NOW - 1) == []


def test_erasing_somebody_leaves_none_of_their_words(engine: Engine) -> None:
    engine.observe([search("unheard of words about an alarm clock"), review("Loved the alarm.", time=NOW + 2)])
    number = engine.log.user("new")
    engine.log.erase(number)
    assert engine.log.find([beside("s1", 0), "s1", "r1"]) == {}
    with engine.log.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM events WHERE text LIKE '%alarm%'").fetchone() == (0,)


def test_what_was_said_in_a_pause_or_before_a_reset_is_not_told(engine: Engine) -> None:
    engine.observe([search("alarm clock")])
    engine.control("new", Change(reset=True), at=NOW + 5)
    assert engine.told("new") == []
    engine.control("new", Change(pause=True), at=NOW + 10)
    engine.observe([search("soup bowl", NOW + 11, id="s2")])
    assert engine.told("new") == []
    assert not engine.memory.read(engine.log.user("new"), NOW + 20)[0].words.any()


def test_a_guess_is_marked_fades_and_is_confirmed_by_deeds(engine: Engine) -> None:
    engine.control("new", Change(text="alarm clock"), at=NOW)
    first = engine.interests("new", at=NOW + 1).interests[0]
    assert (first.guess, first.status) == (True, "trial")
    assert "Clock" in first.label
    assert engine.interests("new", at=NOW + 60 * DAY).interests[0].strength < first.strength / 4
    assert engine.interests("new", at=NOW + 200 * DAY).interests == ()
    mine = belonging(first.id, engine.catalog, engine.known.topics)
    deeds = [item.id for item, there in zip(engine.catalog.items, mine, strict=False) if there][:4]
    engine.observe([Event(user="new", item=item, time=NOW + 10 + n, action="like") for n, item in enumerate(deeds)])
    assert [one.guess for one in engine.interests("new", at=NOW + 20).interests if one.id == first.id] == [False]


def test_other_deeds_outdo_a_guess(engine: Engine) -> None:
    engine.observe([search("alarm clock")])
    lights = [item.id for item in engine.catalog.items if item.id.startswith("Lights")]
    engine.observe([Event(user="new", item=item, time=NOW + 10 + n, action="like") for n, item in enumerate(lights * 2)])
    assert not any("Clock" in one.label for one in engine.interests("new", at=NOW + 100).interests)
    assert not any(one.guess for one in engine.interests("new", at=NOW + 100).interests)


def test_what_is_guessed_by_hand() -> None:
    """A deed at 0, words at 10 and 10, deeds of weight 5 at 20 and words against something at 20."""
    events = columns([0] * 5, [0, 1, 1, 0, 1], [0.0, 10.0, 10.0, 20.0, 20.0], [1.0, 0.8, 0.8, 5.0, -1.0])
    events = events._replace(action=np.array([0, -1, -1, 0, -1]))
    left, silent = faded(events, 20.0)
    assert left.weight.tolist() == pytest.approx([1.0, 0.4, 0.4, 5.0, -1.0], rel=1e-4)
    assert silent.tolist() == [False, False, False, False, True]
    parts = Parts(np.arange(5), np.array([0, 1, 1, 0, 1]), np.ones(5), ["a", "b"])
    assert guessed(parts, left).tolist() == [False, True]
    assert once(np.arange(4), events).tolist() == [0, 1, 3]
    assert faded(events.take(slice(1)), 50.0)[0] is not None


def test_words_in_the_fold_by_hand() -> None:
    """Said with length 1, said again after a half-life, then a deed that halves it; deeds know nothing of it."""
    vectors, half_lives = np.eye(2, dtype=np.float32), np.array([DAY])
    told = columns([0] * 3, [0, 0, 1], [0.0, fold.LASTING, fold.LASTING], [1.0, 1.0, fold.OUTDONE])
    told = told._replace(action=np.array([-1, -1, 0]))
    state = fold.update(fold.empty(1, 1, 3, 2), told, vectors, half_lives)
    read = fold.read(state, np.array([0]), np.array([2 * fold.LASTING]), half_lives)
    assert state.words[0].tolist() == pytest.approx([0.75, 0.0])
    assert read.words[0].tolist() == pytest.approx([0.375, 0.0])
    deed = fold.update(fold.empty(1, 1, 3, 2), told.take(slice(2, None)), vectors, half_lives)
    for name in ("last", "folded", "placed", "mass", "sums", "items", "weights", "times"):
        assert getattr(state, name).tobytes() == getattr(deed, name).tobytes()
    late = columns([0], [0], [0.0])
    with pytest.raises(InvalidInput, match="older than the state"):
        fold.update(state, late._replace(action=np.array([-1])), vectors, half_lives)
    with pytest.raises(InvalidInput, match="before the user's last event"):
        fold.read(state, np.array([0]), np.array([1.0]), half_lives)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loved the plot, hated the pace", [("plot", True), ("pace", False)]),
        ("画面很美，但是节奏太慢", [("画面", True), ("节奏", False)]),
        ("Great acting but terrible script", [("acting", True), ("script", False)]),
        ("The acting was great but the ending disappointing", [("acting", True), ("ending", False)]),
        ("great plot terrible acting", [("plot", True), ("acting", False)]),
        ("the plot was great acting terrible", [("plot", True), ("acting", False)]),
        ("I didn't like the music", [("music", False)]),
        ("I don't think the plot is good", [("plot", False)]),
        ("the soup was too salty, the staff lovely", [("soup", False), ("staff", True)]),
        ("loved the comedy but not the romance", [("comedy", True), ("romance", False)]),
        ("loved everything except the ending", [("", True), ("ending", False)]),
        ("The plot and the music were great.", [("plot", True), ("music", True)]),
        ("Not bad at all", [("", True)]),
        ("Too long.", [("", False)]),
        ("I hated it", [("", False)]),
        ("我不喜欢这个结局", [("结局", False)]),
        ("特效不错，剧情老套", [("特效", True), ("剧情", False)]),
        ("音乐和画面都很棒", [("音乐", True), ("画面", True)]),
        ("杯子很漂亮，把手不结实", [("杯子", True), ("把手", False)]),
        ("价格太贵", [("价格", False)]),
        ("很喜欢", [("", True)]),
        ("I saw it in London.", []),
        ("", []),
    ],
)
def test_polarity_of_reviews(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(one.about, one.liked) for one in opinions(text)] == expected


@given(text=st.text(max_size=80))
def test_any_text_can_be_read_for_opinions(text: str) -> None:
    about = [one.about for one in opinions(text)]
    assert len(about) == len(set(about))


def test_what_stems_from_an_event_is_known_by_its_id() -> None:
    assert origin(beside("e", 12)) == origin("e") == "e"
    with pytest.raises(InvalidInput, match=r"id .* holds a control character"):
        check_event(Event(id=beside("e", 0), user="ann", item="Lights-red", time=NOW), Config(), now=None)


def test_explanations_sum_up_and_name_what_was_said(engine: Engine) -> None:
    engine.observe([search("alarm clock", user="ann")])
    item = next(item.id for item in engine.catalog.items if item.id.startswith("Clocks"))
    found = engine.explain("ann", item, at=NOW + 1)
    assert sum(part.value for part in found.contributions) == pytest.approx(found.score, abs=1e-4)
    assert ("words", "s1", "you searched for ‘alarm clock’") in {(one.kind, one.id, one.label) for one in found.contributions}
    assert all(LIKE not in one.label for one in found.contributions)


def test_reasons_do_not_name_what_was_muted(engine: Engine) -> None:
    engine.observe([Event(user="new", item="Clocks-red", time=NOW, action="like")])
    before = engine.recommend("new", at=NOW + 1, k=50).items
    assert any(reason.id == "Clocks-red" for one in before for reason in one.because)
    topics = [one.id for one in engine.interests("new", at=NOW + 1).interests]
    engine.control("new", Change(mute=topics), at=NOW + 2)
    after = engine.recommend("new", at=NOW + 3, k=50).items
    assert not any(reason.id == "Clocks-red" for one in after for reason in one.because)


def test_a_search_over_http_is_in_force_on_the_next_request(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: NOW + 5)) as client:
        sent = {"events": [{"id": "s9", "user": "new", "action": "search", "text": "alarm clock", "time": NOW}]}
        assert client.post("/v1/events", json=sent).json()["accepted"] == 1
        items = client.get("/v1/users/new/recommendations").json()["items"]
        shown = [{reason["kind"] for reason in one["because"]} for one in items if one["item"].startswith("Clocks")]
        assert shown
        assert all("words" in kinds for kinds in shown)
        assert client.get("/v1/users/new/interests").json()["interests"][0]["guess"] is True


def test_who_says_i_like_means_what_they_like(engine: Engine) -> None:
    engine.observe(
        [search("alarm clock"), search("I like alarm clock", NOW + 1, id="s2"), search("我喜欢alarm clock", NOW + 2, id="s3")]
    )
    plain, english, chinese = (one.means for one in engine.told("new"))
    assert plain == english == chinese
    engine.control("ann", Change(text="I like alarm clock"), at=NOW)
    assert set(engine.told("ann")[0].means) == set(plain)


@given(
    likeness=st.lists(st.sampled_from([-np.inf, 0.0, 1.0, 3.0]), max_size=20),
    count=st.integers(1, 12),
    seed=st.integers(0, 9),
)
def test_words_mean_as_many_items_as_may_be_and_none_less_like_them_than_one_that_is_left_out(
    likeness: list[float], count: int, seed: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(len(likeness), 3)).astype(np.float32)
    like = np.array(likeness, np.float32)
    found = nearest(like, vectors, count)
    others = [row for row in range(len(like)) if row not in found and np.isfinite(like[row])]
    assert len(set(found)) == len(found) == min(count, int(np.isfinite(like).sum()))
    assert min(like[found], default=np.inf) >= max(like[others], default=-np.inf)


def test_an_edited_item_makes_only_those_be_read_anew_whose_words_mean_it(engine: Engine) -> None:
    engine.observe([search("alarm clock"), search("soup bowl", user="eve", id="s2"), search("table lamp", user="zoe", id="s3")])
    engine.memory.settle()
    item = engine.told("new")[0].means[0]
    engine.add([Item(id=item, title="Rubber Duck", categories=("Bath",))])
    assert engine.memory._stale == {engine.log.user("new")} | set(engine.memory.people.who_had(engine.catalog.numbers([item])))
    read = _state(engine, "new"), _state(engine, "eve"), _state(engine, "zoe")
    memory = engine.memory
    memory.fold(*memory.whole(), memory.people.cell, engine.known.vigil(engine.catalog, engine.config))
    assert (_state(engine, "new"), _state(engine, "eve"), _state(engine, "zoe")) == read


@pytest.mark.parametrize("told", [search("alarm clock"), Change(text="alarm clock")])
def test_what_would_be_without_what_was_said_is_what_is_for_a_twin_who_never_said_it(
    engine: Engine, told: Event | Change
) -> None:
    for user in ("new", "twin"):
        engine.observe([Event(id=f"{user}-1", user=user, item="Lights-red", time=NOW - 5)])
    engine.control("new", told, at=NOW) if isinstance(told, Change) else engine.observe([told])
    said = engine.told("new")[0]
    found = engine.explain("new", said.means[0], at=NOW + 9, language="en")
    without = found.counterfactual
    assert without is not None
    assert without.without == (said.event,)
    assert without.labels == ("your search for ‘alarm clock’" if isinstance(told, Event) else "your words on ‘alarm clock’",)
    twin = engine.explain("twin", said.means[0], at=NOW + 9)
    assert without.rank == twin.rank
    assert without.score == pytest.approx(twin.score, abs=1e-4)
    assert without.rank > found.rank
    assert f"Without “{without.labels[0]}” it would be number" in found.text
    chinese = engine.explain("new", said.means[0], at=NOW + 9, language="zh").text
    assert ("您对‘alarm clock’的搜索" if isinstance(told, Event) else "您关于‘alarm clock’的话") in chinese


def test_a_review_left_unsaid_leaves_its_stars_and_all_its_sides_are_one_text() -> None:
    events = columns([0] * 4, [-1, 1, 2, 3], [1.0, 2.0, 2.0, 2.0])._replace(action=np.array([0, 0, -1, -1]))
    ids = ["s1", "r1", beside("r1", 0), beside("r1", 1)]
    said = [Spoken("r1", f"you liked ‘{side}’ in Tea", np.zeros(1, np.float32)) for side in ("leaf", "tin")]
    (found,) = unsaid(said, [0.25, 0.5], 2.0, ids, events)
    assert (found.value, found.rows.tolist(), found.id) == (1.5, [2, 3], "r1")
    assert found.label == "your words on ‘leaf’ in Tea, your words on ‘tin’ in Tea"
    assert [one.value for one in unsaid(said, [0.25, 0.5], -2.0, ids, events)] == [0.0]


def test_what_somebody_said_over_http_and_on_the_command_line(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(kept, folder)
    with Engine.load(folder) as engine:
        engine.observe([search("alarm clock"), review("Terrible shipping.", time=NOW + 1)])
        with TestClient(create_app(engine, clock=lambda: NOW + 5)) as client:
            found = client.get("/v1/users/new/told").json()
            assert (found["user"], [one["words"] for one in found["told"]]) == ("new", ["alarm clock", "shipping"])
            assert found["told"][0]["means"] == list(engine.told("new")[0].means)
            assert (found["told"][1]["liked"], found["told"][1]["item"], found["told"][1]["means"]) == (False, "Clocks-red", [])
            assert [one["words"] for one in client.get(f"/v1/users/new/told?at={NOW}").json()["told"]] == ["alarm clock"]
            assert client.get("/v1/users/nobody/told").status_code == 404
    assert run(["told", str(folder), "new", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["told"] == found["told"]
    assert run(["told", str(folder), "new"]) == 0
    shown = capsys.readouterr().out
    assert "alarm clock" in shown
    assert "nothing here" in shown
    assert run(["told", str(folder), "ann"]) == 0
    assert "ann had said nothing up to" in capsys.readouterr().out
    assert run(["told", str(folder), "nobody"]) == 1
