"""Reranking: an order is a permutation, belongs to one slate and one past, and is off unless it is turned on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.config import Config, Language
from penchant.engine import Engine
from penchant.narrate.generators.generator import Price, Prompt, Reply
from penchant.narrate.item.rerank import SHOWN, Rerank, choice, permutation, reordered
from penchant.narrate.kind import Unfaithful
from penchant.types import Event
from tests.worlds import FILMS, story

TITLES = [f"Film {n}" for n in range(6)]


class Backwards:
    """A generator that turns every slate around."""

    name, fingerprint, price = "backwards", "backwards-1", Price()

    def generate(self, prompt: Prompt, *, timeout: float) -> Reply:
        count = len(prompt.user.split("Candidates:\n")[1].splitlines())
        return Reply(json.dumps({"best": list(range(count, 0, -1))}), 10, 5)


@given(st.lists(st.integers(-3, 12), max_size=20), st.integers(1, 10))
def test_whatever_is_said_an_order_is_a_permutation_that_begins_with_it_and_ends_in_the_old_order(
    said: list[int], size: int
) -> None:
    placed = list(dict.fromkeys(place for place in said if 0 <= place < size))
    if not placed:
        with pytest.raises(Unfaithful, match=f"none of the {size} places was said"):
            permutation(said, size)
        return
    order = permutation(said, size)
    assert sorted(order) == list(range(size))
    assert order[: len(placed)] == placed
    assert order[len(placed) :] == sorted(order[len(placed) :])


@given(st.permutations(range(6)))
def test_a_whole_permutation_is_kept_as_it_is(order: list[int]) -> None:
    answer = json.dumps({"best": [place + 1 for place in order]})
    assert json.loads(Rerank().check(choice([], TITLES), answer)) == order


@pytest.mark.parametrize("answer", ["", "[1, 2]", '{"best": "1, 2"}', '{"best": []}', '{"best": [7, 8, 9]}'])
def test_what_places_nothing_is_unfaithful(answer: str) -> None:
    with pytest.raises(Unfaithful, match=r"not an answer|none of the 6 places was said"):
        Rerank().check(choice([], TITLES), answer)


def test_items_beyond_the_order_keep_their_places_and_an_order_of_other_items_changes_nothing() -> None:
    assert reordered("abcde", b"[2,0,1]") == ("c", "a", "b", "d", "e")
    assert reordered("ab", b"[2,0,1]") == ("a", "b")
    assert reordered("abc", b"[0,0,1]") == ("a", "b", "c")


def test_the_question_is_the_latest_titles_and_the_first_of_the_slate() -> None:
    told = json.loads(choice([f"Had {n} (1999)" for n in range(20)], [f"Film {n}" for n in range(20)]))
    assert told["past"] == [f"Had {n}" for n in range(8)]
    assert told["shown"] == [f"Film {n}" for n in range(SHOWN)]
    assert "1. Film 0\n2. Film 1" in Rerank().prompt(choice([], TITLES)).user


def test_a_slate_takes_the_order_that_is_there_until_the_person_does_something_else() -> None:
    config = Config(encoder="hash", repeat=True, language=Language(rerank=True, labels=False, portraits=False, reasons=False))
    with Engine.fit(FILMS, story(), config=config) as engine:
        engine.desk.employ(Backwards())
        plain = engine.recommend("u0", k=4)
        assert engine.desk.work(now=1.7e9) is not None
        turned = engine.recommend("u0", k=4)
        assert turned.items == plain.items[::-1]
        engine.journal.flush()
        served = engine.journal.get(turned.slate)
        assert served is not None
        assert served.items == tuple(item.item for item in turned.items)
        engine.observe([Event(user="u0", item="clown", action="like", time=engine.now + 60)])
        after = engine.recommend("u0", k=4)
        assert [item.score for item in after.items] == sorted((item.score for item in after.items), reverse=True)


def test_without_the_switch_or_a_user_nothing_is_asked() -> None:
    with Engine.fit(FILMS, story(), config=Config(encoder="hash")) as engine:
        engine.desk.employ(Backwards())
        assert engine.recommend("u0", k=4).items == engine.recommend("u0", k=4).items
        assert engine.desk.work(now=1.7e9) is None
