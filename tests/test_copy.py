"""Copy: what a headline or notification may say, by template and by a generator, and where it is asked for."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.config import Config, Language
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownItem
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.item.copy import LONGEST, Copywriting, Pitch, Sort, Why, pitch, refused, template
from penchant.narrate.kind import Unfaithful
from penchant.serve import create_app
from penchant.telling.copying import copy
from penchant.types import Item
from tests.worlds import FILMS, story

MUG = Pitch("headline", "en", "Red mug", ("Kitchen",), why="item", because="Green tea")
CUP = Pitch("notification", "zh", "红色杯子", ("厨房",), why="item", because="绿茶")
words = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), min_size=1, max_size=200).filter(str.strip)


class Echo:
    """A generator that answers with what it was made with."""

    name, price = "echo", Price()

    def __init__(self, text: str) -> None:
        self.text, self.fingerprint = text, f"echo-{text}"

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        return Reply(json.dumps({"text": self.text}, ensure_ascii=False), 10, 5)


@given(
    words, words, st.sampled_from(["headline", "notification"]), st.sampled_from(["en", "zh"]), st.sampled_from(["item", "none"])
)
def test_a_template_keeps_to_its_length_and_is_the_same_each_time(
    title: str, because: str, sort: Sort, language: str, why: Why
) -> None:
    facts = pitch(Item(id="1", title=title), sort, language, why, because)
    assert 0 < len(template(facts, "ann")) <= LONGEST[sort]
    assert template(facts, "ann") == template(facts, "ann")


@pytest.mark.parametrize("sort", ["headline", "notification"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("why", ["item", "theme", "popular", "text", "none"])
def test_every_template_passes_the_checks_and_people_are_spoken_to_in_more_than_one_way(
    sort: Sort, language: str, why: Why
) -> None:
    title, because = ("Red mug", "Green tea") if language == "en" else ("红色杯子", "绿茶")
    facts = pitch(Item(id="1", title=title), sort, language, why, because)
    texts = {template(facts, f"u{n}") for n in range(40)}
    assert len(texts) > 1
    assert [refused(text, facts) for text in texts] == [""] * len(texts)
    assert all(title in text for text in texts)


def test_what_fits_no_template_is_the_title_cut() -> None:
    long = pitch(Item(id="1", title="Tea " * 60), "headline", "en", "item", "Mug")
    assert template(long, "ann") == f"{('Tea ' * 60)[:59].rstrip()}…"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Red mug for your green tea", ""),
        ("Red mug for £5", "number: '5'"),
        ("Red mug at half-price", "price: 'half-price'"),
        ("Last chance: red mug", "urgency: 'last'"),
        ("The finest red mug", "praise: 'finest'"),
        ("Ceramic red mug", "material or make: 'ceramic'"),
        ("Red mug, dishwasher-safe", "safety or health: 'dishwasher-safe'"),
        ("Red mug by Wedgwood", "name: 'Wedgwood'"),
        ("Red mug for your wife", "about the person: 'wife'"),
        ("RED MUG! RED MUG! Get it!", "shouts"),
        ("Blue cup for your green tea", "does not name the item"),
        ("Red mug 红色的杯子给你喝茶用", "another language than en"),
        ("Red mug " + "and tea " * 8, "length: 71 characters, at most 60"),
    ],
)
def test_english_copy_says_nothing_that_is_not_in_the_facts(text: str, why: str) -> None:
    assert refused(" ".join(text.split()), MUG) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("喝过绿茶，看看红色杯子吧。", ""),
        ("红色杯子，只要5元", "number: '5'"),
        ("红色杯子打折了", "price: '打折'"),
        ("红色杯子仅剩几件", "urgency: '仅剩'"),
        ("最好的红色杯子", "praise: '最好'"),
        ("陶瓷红色杯子", "material or make: '陶瓷'"),
        ("给妈妈的红色杯子", "about the person: '妈妈'"),
        ("《绿野仙踪》红色杯子", "name: '绿野仙踪'"),
        ("看看这个水壶吧", "does not name the item"),
    ],
)
def test_chinese_copy_says_nothing_that_is_not_in_the_facts(text: str, why: str) -> None:
    assert refused(text, CUP) == why


def test_a_property_of_the_item_may_be_said() -> None:
    sale = pitch(Item(id="1", title="Ceramic mug", text="On sale, the last of 12."), "headline", "en")
    assert refused("Ceramic mug, on sale: the last of 12", sale) == ""


def test_what_the_kind_keeps_is_the_text_and_what_it_refuses_says_why() -> None:
    payload = msgspec.json.encode(MUG)
    assert Copywriting().check(payload, 'Sure! {"text": "Red mug for green tea"}') == b'"Red mug for green tea"'
    with pytest.raises(Unfaithful, match="praise: 'best'"):
        Copywriting().check(payload, '{"text": "The best red mug"}')
    with pytest.raises(Unfaithful, match="not an answer"):
        Copywriting().check(payload, "")


def test_a_language_or_sort_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidInput, match="copy is written in en or zh, got 'fr'; name one of them"):
        pitch(FILMS[0], "headline", "fr")
    with pytest.raises(InvalidInput, match="copy is a headline or a notification, got 'poem'; name one of them"):
        pitch(FILMS[0], "poem", "en")  # type: ignore[arg-type]


def test_copy_gives_the_reason_of_the_score_and_in_a_slate_that_of_the_slate() -> None:
    with Engine.fit(FILMS, story(), config=Config(encoder="hash")) as engine:
        found = copy(engine, "u0", "mars", sort="notification")
        assert (found.user, found.item, found.kind, found.language, found.by) == ("u0", "mars", "notification", "en", "template")
        said = []
        for film in FILMS:
            most = engine.explain("u0", film.id).contributions[0]
            if most.kind == "event" and most.value > 0 and most.label != film.title:
                said.append(most.label in copy(engine, "u0", film.id, sort="notification").text)
        assert said
        assert all(said)
        slate = engine.recommend("u0", text="laughing clown")
        asked = copy(engine, "u0", slate.items[0].item, slate=slate.slate)
        assert slate.items[0].title in asked.text
        assert copy(engine, "nobody", "mars", language="zh").text.count("A Colony on Mars") == 1
        with pytest.raises(UnknownItem):
            copy(engine, "u0", "no such item")


def test_a_generators_copy_is_given_once_it_is_there_and_a_lying_one_never() -> None:
    config = Config(encoder="hash", language=Language(copy=True, labels=False, portraits=False, reasons=False))
    for text, by in (("A Colony on Mars awaits", "generator"), ("A Colony on Mars, 50% off", "template")):
        with Engine.fit(FILMS, story(), config=config) as engine:
            engine.desk.employ(Echo(text))
            assert copy(engine, "u0", "mars").by == "template"
            assert engine.desk.work(now=1.7e9) is not None
            found = copy(engine, "u0", "mars")
            assert found.by == by
            assert (found.text == text) == (by == "generator")
            engine.desk.forget("u0")
            assert copy(engine, "u0", "mars").by == "template"


def test_copy_by_http_and_on_the_command_line_is_the_engines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Engine.fit(FILMS, story(), folder=tmp_path, config=Config(encoder="hash")) as engine:
        told = copy(engine, "u0", "mars", sort="notification", language="zh")
        with TestClient(create_app(engine, clock=lambda: engine.now)) as client:
            path = "/v1/users/u0/copy?item=mars&kind=notification&language=zh"
            assert client.get(path).json() == msgspec.to_builtins(told)
            slate = client.get("/v1/users/u0/recommendations?k=3").json()
            item = slate["items"][0]
            answer = client.get(f"/v1/users/u0/copy?item={item['item']}&slate={slate['slate']}").json()
            assert item["title"] in answer["text"]
            assert client.get("/v1/users/u0/copy?item=mars&kind=poem").status_code == 400
            assert client.get("/v1/users/u0/copy?item=nothing").status_code == 400
    assert run(["copy", str(tmp_path), "u0", "mars", "--kind", "notification", "--language", "zh"]) == 0
    assert capsys.readouterr().out.replace("\n", "") == told.text
    assert run(["copy", str(tmp_path), "u0", "mars", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "headline"
    assert run(["copy", str(tmp_path), "u0", "mars", "--slate", "x", "--at", "5"]) == 2
