"""What is shown for a text: bounds hold, preferences move the order, and everybody is told how the text was understood."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from penchant.catalog import Catalog, Filter
from penchant.catalog.ranges import ranges
from penchant.cli.app import run
from penchant.config import Config
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.interest.controls import Change
from penchant.serve.app import create_app
from penchant.slate.slate import Slate
from penchant.types import DAY, Event, Item

NOW = 1.7e9
KINDS = ("Horror", "Comedy", "War", "Romance", "Sci-Fi")
THINGS = {
    "Horror": "ghost house",
    "Comedy": "clown party",
    "War": "soldier trench",
    "Romance": "kiss letter",
    "Sci-Fi": "space robot",
}


def films() -> list[Item]:
    """Twelve of each kind, a decade apart in threes, every third by another director."""
    found = []
    for kind in KINDS:
        for number in range(12):
            title = f"{THINGS[kind]} number {number}"
            about: dict[str, str | float | bool | None] = {
                "year": 1960.0 + 10 * (number // 3),
                "director": f"Director {number % 3}",
            }
            found.append(
                Item(
                    id=f"{kind}{number}",
                    title=title,
                    categories=(kind,),
                    brand=f"Studio {number % 2}",
                    price=number + 1.0,
                    attributes=about,
                )
            )
    return [
        *found,
        Item(id="alien", title="Alien", categories=("Sci-Fi", "Horror")),
        Item(id="aliens", title="Aliens", categories=("Sci-Fi",)),
    ]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    events = [Event(user=f"u{n % 7}", item=film.id, time=NOW - n * DAY / 4) for n, film in enumerate(films())]
    with Engine.fit(films(), events, config=Config(encoder="hash")) as made:
        yield made


def kinds(engine: Engine, slate: Slate) -> set[str]:
    return {kind for one in slate.items for kind in engine.catalog.items[engine.catalog.number(one.item)].categories}


def test_what_is_refused_is_never_shown(engine: Engine) -> None:
    slate = engine.recommend(text="no horror, no war", k=60, at=NOW)
    assert kinds(engine, slate) == {"Comedy", "Romance", "Sci-Fi"}
    assert len(slate.items) == 37


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    refused=st.sets(st.sampled_from(KINDS), min_size=1, max_size=4),
    liked=st.sampled_from(KINDS),
    user=st.sampled_from([None, "u1"]),
)
def test_no_wish_brings_back_what_is_refused(engine: Engine, refused: set[str], liked: str, user: str | None) -> None:
    text = f"I love {liked}, something like Alien, but without {' or '.join(sorted(refused))}"
    assert not kinds(engine, engine.recommend(user, text=text, at=NOW)) & refused


def test_a_category_that_is_named_comes_first_and_one_that_is_a_must_alone(engine: Engine) -> None:
    assert kinds(engine, engine.recommend(text="comedies", at=NOW)) == {"Comedy"}
    assert kinds(engine, engine.recommend(text="comedies", k=20, at=NOW)) > {"Comedy"}
    assert kinds(engine, engine.recommend(text="only comedies", k=20, at=NOW)) == {"Comedy"}


def test_bounds_in_words_join_those_of_the_filter(engine: Engine) -> None:
    slate = engine.recommend(text="from the 80s, under £9", where=Filter(without=("War",)), k=60, at=NOW)
    shown = [engine.catalog.items[engine.catalog.number(one.item)] for one in slate.items]
    assert len(shown) == 12
    assert all(film.attributes["year"] == 1980 and film.price is not None and film.price <= 9 for film in shown)
    assert "War" not in kinds(engine, slate)


def test_bounds_that_leave_nothing_are_relaxed_softest_first_and_refusals_never(engine: Engine) -> None:
    slate = engine.recommend(text="only comedies from the 1920s, no horror", at=NOW)
    assert slate.asked is not None
    assert slate.asked.relaxed == ("year 1920 to 1929",)
    assert slate.asked.where == Filter(categories=("Comedy",), without=("Horror",))
    assert kinds(engine, slate) == {"Comedy"}
    nothing = engine.recommend(text="no horror, no war, no comedy, no romance, no science fiction", at=NOW)
    assert nothing.items == ()
    assert nothing.asked is not None
    assert nothing.asked.relaxed == ()


def test_an_example_leads_to_its_like_and_is_not_shown_itself(engine: Engine) -> None:
    slate = engine.recommend(text="something like Alien but not Aliens", k=60, at=NOW)
    assert not {"alien", "aliens"} & {one.item for one in slate.items}
    assert kinds(engine, engine.recommend(text="like Alien", k=5, at=NOW)) <= {"Sci-Fi", "Horror"}
    assert slate.asked is not None
    assert (slate.asked.like, slate.asked.never) == (("alien",), ("aliens",))


def test_words_of_dislike_send_titles_that_hold_them_to_the_end(engine: Engine) -> None:
    slate = engine.recommend(text="number, less robots", k=62, at=NOW)
    assert {one.item.rstrip("0123456789") for one in slate.items[-12:]} == {"Sci-Fi"}


def test_people_and_brands_are_refused_by_name(engine: Engine) -> None:
    slate = engine.recommend(text="nothing by Director 1, no Studio 0", k=62, at=NOW)
    shown = [engine.catalog.items[engine.catalog.number(one.item)] for one in slate.items]
    assert {film.attributes.get("director") for film in shown} == {"Director 0", "Director 2", None}
    assert {film.brand for film in shown} == {"Studio 1", None}


def test_the_slate_says_how_it_was_asked_and_without_a_text_nothing(engine: Engine) -> None:
    told = engine.recommend(text="a space robot, no war, under two hours", at=NOW).asked
    assert told is not None
    assert told.words == "space robot; no War; not followed: under two hours (the catalog does not say how long things take)"
    assert engine.recommend("u1", at=NOW).asked is None
    assert engine.recommend(text="  ", at=NOW).asked is None


def test_an_explanation_agrees_with_the_slate_that_a_text_was_asked_for(engine: Engine) -> None:
    slate = engine.recommend("u1", text="a robot, no war, more comedy", at=NOW)
    for one in slate.items[:3]:
        told = engine.explain("u1", one.item, slate=slate.slate)
        assert told.score == pytest.approx(one.score, abs=1e-4)
        assert sum(part.value for part in told.contributions) == pytest.approx(told.score, abs=1e-4)
    assert engine.explain("u1", "War1", slate=slate.slate).rank >= 1


def test_a_taste_that_is_seeded_in_words_keeps_to_its_bounds(engine: Engine) -> None:
    engine.control("seeded", Change(text="comedy but no horror, from the 70s"), at=NOW)
    events = engine.log.history(engine.log.user("seeded"))[2]
    wished = [engine.catalog.items[number] for number in events.item.tolist() if number >= 0]
    assert len(wished) > 0
    assert all(film.attributes.get("year") == 1970 for film in wished)
    assert all("Horror" not in film.categories for film in wished)


def test_bounds_and_refusals_come_over_http_and_the_answer_says_how_a_text_was_read(engine: Engine) -> None:
    with TestClient(create_app(engine, clock=lambda: NOW)) as client:
        shown = client.get(
            "/v1/users/new/recommendations?k=60&without=horror,war&without=comedy&min=year:1970&max=year:1979"
        ).json()["items"]
        assert {one["item"] for one in shown} == {f"{kind}{number}" for kind in ("Romance", "Sci-Fi") for number in (3, 4, 5)}
        told = client.get("/v1/users/new/recommendations", params={"text": "不要恐怖片，70年代的", "k": 60}).json()
        assert told["asked"]["where"] == {"without": ["Horror"], "at_least": {"year": 1970.0}, "at_most": {"year": 1979.0}}
        assert len(told["items"]) == 12
        body = {"k": 60, "filter": {"categories": ["War", "Horror"], "at_least": {"price": 1}, "without_brands": ["Studio 1"]}}
        assert client.post("/v1/recommendations", json=body).json()["items"] == []
        wrong = client.get("/v1/users/new/recommendations?min=1970")
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "min")


def test_the_command_line_takes_bounds_and_says_how_words_were_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Engine.fit(
        films(), [Event(user="ann", item="War1", time=NOW)], folder=tmp_path / "kept", config=Config(encoder="hash")
    ).close()
    run(["recommend", str(tmp_path / "kept"), "--text", "no war", "--without", "Horror,Comedy", "--min", "year:1990"])
    shown = capsys.readouterr().out
    assert shown.startswith("Understood: no War\n")
    assert {kind for kind in KINDS if kind in shown.partition("\n")[2]} == {"Romance", "Sci-Fi"}
    assert run(["recommend", str(tmp_path / "kept"), "--text", "x", "--max", "1990"]) == 1


def test_a_filter_answers_as_looking_at_every_item_does() -> None:
    rng, names = np.random.default_rng(0), ["A", "b", "C"]
    items = [
        Item(
            id=str(n),
            categories=tuple(rng.choice(names, rng.integers(0, 3), replace=False).tolist()),
            brand=str(rng.choice(names)) if n % 3 else None,
            price=float(n) if n % 4 else None,
            attributes={"year": 1990.0 + n % 9, "who": str(rng.choice(names))} if n % 5 else {"year": "unknown"},
        )
        for n in range(60)
    ]
    catalog = Catalog(dim=1)
    catalog.extend(items, np.ones((60, 1), np.float32))
    where = Filter(categories=("a", "B"), without=("c",), without_brands=("B",), without_attributes={"who": ("A",)},
                   at_least={"year": 1992.0}, at_most={"year": 1997.0}, price_max=50)  # fmt: skip

    def fits(item: Item) -> bool:
        year = item.attributes["year"]
        return (
            bool({"A", "b"} & set(item.categories))
            and "C" not in item.categories
            and item.brand != "b"
            and item.attributes.get("who") != "A"
            and isinstance(year, float)
            and 1992 <= year <= 1997
            and item.price is not None
            and item.price <= 50
        )

    assert catalog.matches(where).tolist() == [fits(item) for item in items]
    assert catalog.matches(where).any()


def test_a_filter_knows_items_that_came_after_it_was_first_asked() -> None:
    catalog = Catalog(dim=1)
    catalog.extend([Item(id="a", attributes={"year": 1.0})], np.ones((1, 1), np.float32))
    assert catalog.matches(Filter(at_least={"year": 2.0})).tolist() == [False]
    catalog.extend([Item(id="b", attributes={"year": 3.0})], np.ones((1, 1), np.float32))
    assert catalog.matches(Filter(at_least={"year": 2.0})).tolist() == [False, True]


def test_a_bound_that_is_not_finite_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^at_most\['year'\] must be a finite number, got inf$"):
        Filter(at_most={"year": float("inf")})


@pytest.mark.parametrize("text", ["year", ":5", "year:x", "", "year:"])
def test_a_bound_that_is_none_is_named(text: str) -> None:
    with pytest.raises(
        InvalidInput, match=r"is no bound; write the name of an attribute, a colon and a number, as in year:1990$"
    ):
        ranges([text])
