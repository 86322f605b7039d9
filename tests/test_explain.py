"""Explanations: exact sums, counterfactuals that hold, and words that say no more than the numbers."""

import json
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from penchant.cli.app import run
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownItem
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.rank.blend import Blend
from penchant.serve.app import create_app
from penchant.slate.explanation import Contribution, Counterfactual, by_event, contributions, counterfactual
from penchant.types import Event, Events
from tests.test_interests import CONFIG
from tests.worlds import sentence


@pytest.fixture
def kept(moved_shop: Path) -> Path:
    return moved_shop


def test_contributions_sum_to_the_score_and_the_score_is_the_slates(engine: Engine) -> None:
    for user, text in (("ann", None), ("mia", "red pen"), ("nobody", None), ("u3", "clock")):
        slate = engine.recommend(user, text=text, k=10)
        for one in slate.items:
            found = engine.explain(user, one.item, slate=slate.slate)
            assert found.score == pytest.approx(one.score, abs=1e-5)
            assert sum(part.value for part in found.contributions) == pytest.approx(found.score, abs=1e-4)
            assert len(found.contributions) <= 20
            assert (found.slate, found.at) == (slate.slate, slate.at)
    other = engine.explain("mia", "Office-red")  # not in any slate
    assert sum(part.value for part in other.contributions) == pytest.approx(other.score, abs=1e-4)


def test_without_variety_the_rank_is_the_place_in_the_slate(engine: Engine) -> None:
    engine.config = type(CONFIG)(encoder="hash", training=CONFIG.training, diversity=0.0)
    slate = engine.recommend("ann", k=12)
    assert [engine.explain("ann", one.item, slate=slate.slate).rank for one in slate.items] == list(range(1, 13))


def test_events_are_named_by_their_ids_and_interests_share_out_what_they_add(engine: Engine) -> None:
    found = engine.explain("mia", engine.recommend("mia", k=1).items[0].item)
    ids, _, events = engine.log.history(engine.log.user("mia"))
    parts = [part for part in found.contributions if part.kind == "event"]
    assert parts
    for part in parts:
        assert part.label == engine.catalog.items[events.item[ids.index(part.id)]].title
    assert {one.id for one in found.interests} <= {one.id for one in engine.interests("mia").interests}
    whole = sum(part.value for part in found.contributions if part.kind in ("event", "rest"))
    assert sum(one.value for one in found.interests) == pytest.approx(whole, rel=0.05)


def test_the_counterfactual_is_what_a_twin_without_those_events_gets(engine: Engine) -> None:
    item = engine.recommend("mia", k=1).items[0].item
    gone = engine.explain("mia", item).counterfactual
    assert gone is not None
    told = [event for event in reversed(engine.log.events(engine.log.user("mia"), 1000)) if event.id not in gone.without]
    engine.log.append(
        [Event(user="twin", item=event.item, time=event.time) for event in told], np.full(len(told), 0.5, np.float32)
    )
    engine.memory.catch_up([])  # nobody else learns of the twin
    twin = engine.explain("twin", item, at=engine.now)
    mine = engine.explain("mia", item).counterfactual
    assert mine is not None
    assert twin.score == pytest.approx(mine.score, abs=1e-5)
    assert twin.rank == mine.rank
    assert mine.rank > engine.explain("mia", item).rank


def test_a_change_that_led_there_is_told_with_its_month(engine: Engine) -> None:
    shift = next(one for one in reversed(engine.shifts("mia")) if one.target is not None)
    themed = [
        item.id
        for row, item in enumerate(engine.catalog.items)
        if shift.target and shift.target.label in engine.known.themes(np.array([row]), engine.catalog)[0]
    ]
    found = engine.explain("mia", themed[0])
    assert found.change == shift
    assert "It is in line with a change: since May 1970 you have" in found.text
    assert engine.explain("ann", themed[0]).change is None


def test_contributions_by_hand() -> None:
    class Spoken:
        def __init__(self, name: str, label: str) -> None:
            self.name, self.label = name, label

    sources: Any = [Spoken("a", "popular lately"), Spoken("b", "popular lately"), Spoken("c", "people like you")]
    found = contributions(
        np.array([0.5, 0.0, 2.0]), np.array([1.0, 0.25, -0.75, 3.0]), sources, ["e3", "e2", "e1"], ["Heat", "Up", "Alien"]
    )
    assert found == (
        Contribution("text", "text", "what was asked for", 3.0),
        Contribution("event", "e1", "Alien", 2.0),
        Contribution("source", "a", "popular lately", 1.25),
        Contribution("source", "c", "people like you", -0.75),
        Contribution("event", "e3", "Heat", 0.5),
    )
    many = contributions(np.ones(30), np.zeros(0), [], [f"e{n}" for n in range(30)], ["x"] * 30)
    assert (len(many), many[-1].kind, many[-1].value) == (20, "rest", 11.0)


def test_the_counterfactual_takes_the_fewest_events_that_are_enough() -> None:
    column = np.zeros(4, np.int64)
    events = Events(column, column, column, np.ones(4, np.float32), np.arange(4.0), column)
    rows, told = np.array([3, 2, 1, 0]), [(f"e{n}", f"T{n}") for n in (3, 2, 1, 0)]
    asked: list[list[bool]] = []

    def again(kept: np.ndarray) -> tuple[float, int]:
        asked.append(kept.tolist())
        return 1.0 - len(asked), 5 * len(asked)

    past = np.array([0.1, 0.9, 0.0, 0.5])  # newest first: of e3, e2, e1, e0
    found = counterfactual(past, rows, told, again, events, 9)
    assert found == Counterfactual(("e2", "e0"), ("T2", "T0"), -1.0, 10)
    assert asked == [[True, True, False, True], [False, True, False, True]]
    assert counterfactual(np.zeros(4), rows, told, again, events, 9) is None


def test_the_sentence_says_what_the_numbers_say() -> None:
    parts = [Contribution("event", "e1", "Alien", 3.0), Contribution("source", "p", "popular lately", 1.0)]
    without = Counterfactual(("e1",), ("Alien",), 0.2, 14)
    assert sentence("Contact", parts, without, 2, None) == (
        "“Alien” makes up 75% of what speaks for “Contact”. Also for it: “popular lately”. "
        "Without “Alien” it would be number 14 by score, not 2."
    )
    assert sentence("Contact", parts, without, 2, None, "zh") == (
        "推荐“Contact”的理由中，“Alien”占75%。另外的理由：“近期受欢迎”。如果没有“Alien”，按得分会排在第14位，而不是第2位。"
    )
    assert sentence("Contact", [], None, 9, None) == "Nothing in particular speaks for “Contact”."
    against = [Contribution("source", "p", "popular lately", -1.0), Contribution("text", "text", "what was asked for", 1.0)]
    assert sentence("Contact", against, None, 9, None) == (
        "What speaks for “Contact”: “what was asked for”. Against it: “popular lately” cannot be said of it."
    )


def test_what_sources_add_is_their_exact_shapley_value(engine: Engine) -> None:
    number, item = engine.log.user("mia"), engine.catalog.number("Toys-red")
    interests, _ = engine.memory.read(number, engine.now)
    whole = engine.known.blend
    chosen = list(range(0, len(whole.sources), 4))[:5]

    def worth(coalition: tuple[int, ...]) -> float:
        """The item's score by these sources alone, by a blend that knows no others."""
        if not coalition:
            return 0.0
        blend = Blend([whole.sources[row] for row in coalition])
        blend.weights = whole.weights[list(coalition)]
        return float(blend.score(interests, engine.catalog).scores[0, item])

    blend = Blend([whole.sources[row] for row in chosen])
    blend.weights = whole.weights[chosen]
    scored = blend.score(interests, engine.catalog)
    shares = scored.weights[0] * scored.parts[:, 0, item]
    past, rest = by_event(scored, blend.sources, interests, item, engine.catalog)
    assert past.sum() + rest.sum() == pytest.approx(shares.sum(), abs=1e-5)
    for place, row in enumerate(chosen):
        others = [other for other in chosen if other != row]
        exact = 0.0
        for size in range(len(others) + 1):
            odds = factorial(size) * factorial(len(others) - size) / factorial(len(chosen))
            exact += odds * sum(worth((*some, row)) - worth(some) for some in combinations(others, size))
        assert exact == pytest.approx(float(shares[place]), abs=1e-5)
    assert np.abs(shares).max() > 0.01


def test_a_generators_reason_is_given_where_it_is_true(engine: Engine) -> None:
    class Author:
        name = fingerprint = "author"
        price = Price()

        def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
            return Reply(prompt.user.replace("Also for it", "It is recommended also because"), 5, 5)

    first = engine.explain("mia", "Toys-red").text
    engine.desk.employ(Author())
    assert engine.explain("mia", "Toys-red").text == first
    while engine.desk.work(now=engine.now) is not None:
        pass
    told = engine.explain("mia", "Toys-red")
    assert told.text == first  # "recommended" is not of the vocabulary, and what is left is the template's own
    assert engine.explain("mia", "Toys-red", language="zh").text != first
    with pytest.raises(InvalidInput, match="language must be one of en, zh"):
        engine.explain("mia", "Toys-red", language="fr")


def test_what_cannot_be_explained_is_refused(engine: Engine) -> None:
    slate = engine.recommend("ann").slate
    with pytest.raises(UnknownItem, match="'nothing'"):
        engine.explain("ann", "nothing")
    for user, name in (("mia", slate), ("ann", "0" * 32)):
        with pytest.raises(InvalidInput, match="was not served to"):
            engine.explain(user, "Toys-red", slate=name)
    with pytest.raises(InvalidInput, match="at must be epoch seconds"):
        engine.explain("ann", "Toys-red", at=-1.0)


def test_explanations_over_http(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: engine.now)) as client:
        slate = client.get("/v1/users/ann/recommendations?k=3").json()
        first = slate["items"][0]
        path = f"/v1/users/ann/explain?item={first['item']}"
        told = client.get(f"{path}&slate={slate['slate']}").json()
        assert told["score"] == pytest.approx(first["score"], abs=1e-5)
        assert sum(part["value"] for part in told["contributions"]) == pytest.approx(told["score"], abs=1e-4)
        assert set(told["contributions"][0]) == {"kind", "id", "label", "value"}
        assert set(told["counterfactual"]) == {"without", "labels", "score", "rank"}
        assert told["text"]
        for query in (
            "item=nothing",
            "item=Toys-red&slate=none",
            f"item=Toys-red&slate={slate['slate']}&at=5",
            "item=Toys-red&at=x",
            "",
        ):
            answer = client.get(f"/v1/users/ann/explain?{query}")
            assert answer.status_code == 400, query
            assert answer.headers["content-type"].startswith("application/problem+json")


def test_explanations_on_the_command_line(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(engine.folder)
    engine.close()
    assert run(["explain", folder, "mia", "Toys-red", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert run(["explain", folder, "mia", "Toys-red"]) == 0
    shown = capsys.readouterr().out
    assert told["text"].split()[0] in shown
    assert "by score" in shown
    assert run(["explain", folder, "mia", "nothing"]) == 1
    assert "not in the catalog" in capsys.readouterr().err
