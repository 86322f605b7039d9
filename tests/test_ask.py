"""What people ask, read by rule: sentences in two languages, and laws that hold for any text."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.ask import Lexicon, Wish, lexicon, understand
from penchant.catalog import Catalog
from penchant.types import Item

GENRES = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir"),
    *("Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
TITLES = ("Alien", "Aliens", "The Terminator", "Toy Story", "Toy Story 2", "Heat", "卧虎藏龙", "The Big Sleep")


def _shelf() -> Lexicon:
    catalog = Catalog(dim=1)
    items = [
        Item(id=genre, title=f"Number {n}", categories=(genre,), attributes={"year": 1950.0 + n})
        for n, genre in enumerate(GENRES)
    ]
    items += [Item(id=title, title=title, attributes={"year": 1999.0, "director": "Ang Lee"}) for title in TITLES]
    goods = [
        ("mug", "Kitchen", "Acme", 4.0),
        ("bag", "Bags", "Nordwand", 30.0),
        ("lamp", "Lighting", "Acme", 12.0),
        ("pen", "Stationery", "Klee", 1.0),
    ]
    items += [
        Item(id=name, title=f"A {name}", categories=(kind,), brand=brand, price=price, language="en")
        for name, kind, brand, price in goods
    ]
    items += [Item(id="lesson", title="A lesson", categories=("Programming",), attributes={"minutes": 90.0}, language="fr")]
    catalog.extend(items, np.ones((len(items), 1), np.float32))
    return lexicon(catalog)


SHELF = _shelf()

# text, then what is understood: fields of the wish, and fields of its filter; the rest is empty
GOLDEN: list[tuple[str, dict[str, object]]] = [
    ("comedies from the 90s", {"categories": "Comedy", "likes": "comedies", "low": ("year", 1990), "high": ("year", 1999)}),
    ("I'm tired of thrillers, something warm", {"without": "Thriller", "likes": "warm", "mood": "warm"}),
    ("I am sick of war films and westerns.", {"without": "War|Western"}),
    ("no horror please", {"without": "Horror"}),
    ("no horror, war or westerns", {"without": "Horror|War|Western"}),
    ("no horror, comedy please", {"without": "Horror", "categories": "Comedy", "likes": "comedy"}),
    ("I hate musicals, romance and drama", {"without": "Musical|Romance|Drama"}),
    ("I've had enough of crime; I want fantasy", {"without": "Crime", "categories": "Fantasy", "likes": "fantasy"}),
    ("a western without romance", {"categories": "Western", "without": "Romance", "likes": "western"}),
    ("anything but horror", {"without": "Horror"}),
    ("nothing but horror", {"must": "Horror", "likes": "horror"}),
    ("everything except animation and musicals", {"without": "Animation|Musical"}),
    ("only documentaries", {"must": "Documentary", "likes": "documentaries"}),
    ("it must be a comedy, but it must not be a romance", {"must": "Comedy", "without": "Romance", "likes": "comedy"}),
    ("not a thriller but a mystery", {"without": "Thriller", "categories": "Mystery", "likes": "mystery"}),
    ("not bad", {}),
    ("I don't mind romance", {"likes": "romance"}),
    ("I don't mind romance, but no drama", {"likes": "romance", "without": "Drama"}),
    ("I don't hate musicals, give me comedy", {"categories": "Comedy", "likes": "comedy"}),
    ("less violence", {"dislikes": "violence"}),
    ("action, but not too violent", {"categories": "Action", "likes": "action", "dislikes": "violent"}),
    ("something less scary", {"dislikes": "scary", "less": "Horror"}),
    ("nothing scary for the kids", {"without": "Horror", "categories": "Children's", "likes": "kids"}),
    ("science fiction with aliens, no ghosts",
     {"categories": "Sci-Fi", "likes": "science fiction with aliens", "dislikes": "ghosts"}),
    ("like Alien but not Aliens", {"like": "Alien", "never": "Aliens"}),
    ("something similar to the terminator", {"like": "The Terminator"}),
    ('films like "Toy Story", except "Toy Story 2"', {"like": "Toy Story", "never": "Toy Story 2"}),
    ("films similar to Terminater", {"like": "The Terminator"}),
    ("thrillers are not for me, I prefer mystery", {"without": "Thriller", "categories": "Mystery", "likes": "mystery"}),
    ("movies before the year 2000", {"high": ("year", 1999)}),
    ("looking for non-violent action", {"categories": "Action", "likes": "action", "dislikes": "violent"}),
    ("I'm allergic to romance", {"without": "Romance"}),
    ("I've had a long week. Something funny please", {"categories": "Comedy", "likes": "funny"}),
    ("my wife hates horror, so a drama", {"without": "Horror", "categories": "Drama", "likes": "drama"}),
    ("before 1980", {"high": ("year", 1979)}),
    ("a drama after 1995", {"categories": "Drama", "likes": "drama", "low": ("year", 1996)}),
    ("between 1980 and 1989", {"low": ("year", 1980), "high": ("year", 1989)}),
    ("film noir of the forties",
     {"categories": "Film-Noir", "likes": "film noir", "low": ("year", 1940), "high": ("year", 1949)}),
    ("a late eighties comedy", {"categories": "Comedy", "likes": "comedy", "low": ("year", 1986), "high": ("year", 1989)}),
    ("nothing before 1960", {"low": ("year", 1960)}),
    ("no later than 1985", {"high": ("year", 1985)}),
    ("a mug under £10", {"likes": "mug", "price": (None, 10)}),
    ("between 5 and 10 pounds", {"price": (5, 10)}),
    ("at least $20 and at most $40", {"price": (20, 40)}),
    ("a lamp for £8-£12", {"likes": "lamp", "price": (8, 12)}),
    ("nothing over 15 quid", {"price": (None, 15)}),
    ("kitchen things, no more than 3 pounds", {"categories": "Kitchen", "likes": "kitchen", "price": (None, 3)}),
    ("under two hours", {"high": ("minutes", 120)}),
    ("less than an hour and a half", {"high": ("minutes", 90)}),
    ("no Acme, only Klee", {"no_brand": "Acme", "brand": "Klee", "likes": "klee"}),
    ("programming in French", {"categories": "Programming", "likes": "programming", "language": "fr"}),
    ("anything by Ang Lee", {"likes": "anything by ang lee"}),
    ("nothing by Ang Lee", {"no_director": "Ang Lee"}),
    ("not only comedy but also drama", {"categories": "Comedy|Drama", "likes": "not only comedy but also drama"}),
    ("I can't get enough of westerns", {"categories": "Western", "likes": "i can't get enough of westerns"}),
    ("我非常喜欢看科幻电影，特别是那些关于外星人的故事",
     {"categories": "Sci-Fi", "likes": "我非常喜欢看科幻电影,特别是那些关于外星人的故事"}),
    ("我喜欢科幻片，不要恐怖片，90年代以后的",
     {"categories": "Sci-Fi", "likes": "科幻片", "without": "Horror", "low": ("year", 1990)}),
    ("惊悚片看够了", {"without": "Thriller"}),
    ("我看腻了惊悚片，来点喜剧", {"without": "Thriller", "categories": "Comedy", "likes": "喜剧"}),
    ("恐怖片不要，喜剧要", {"without": "Horror", "categories": "Comedy", "likes": "喜剧"}),
    ("除了恐怖片什么都行", {"without": "Horror"}),
    ("除了恐怖片之外都可以", {"without": "Horror"}),
    ("除了科幻片，也喜欢喜剧", {"categories": "Sci-Fi|Comedy", "likes": "除了科幻片,也喜欢喜剧"}),
    ("不要恐怖片和战争片", {"without": "Horror|War"}),
    ("讨厌歌舞片、爱情片", {"without": "Musical|Romance"}),
    ("除了喜剧，别的都不想看", {"must": "Comedy", "likes": "喜剧"}),
    ("没有恐怖元素的科幻片", {"without": "Horror", "categories": "Sci-Fi", "likes": "科幻片"}),
    ("最近压力很大，想看温馨的", {"likes": "温馨", "mood": "温馨"}),
    ("比起爱情片我更喜欢动作片",
     {"categories": "Action", "less": "Romance", "likes": "动作片", "dislikes": "爱情片"}),
    ("爱情片就不用了", {"without": "Romance"}),
    ("战争片以外的都行", {"without": "War"}),
    ("别太吓人", {"dislikes": "吓人", "less": "Horror"}),
    ("不要鬼怪", {"dislikes": "鬼怪"}),
    ("我不介意爱情片，但不要剧情片", {"likes": "爱情片", "without": "Drama"}),
    ("动作片我不介意", {"likes": "动作片"}),
    ("没什么不喜欢的", {}),
    ("有没有科幻片", {"categories": "Sci-Fi", "likes": "有没有科幻片"}),
    ("特别喜欢西部片", {"categories": "Western", "likes": "特别喜欢西部片"}),
    ("只要纪录片", {"must": "Documentary", "likes": "纪录片"}),
    ("一定要是动画片，不能是歌舞片", {"must": "Animation", "without": "Musical", "likes": "动画片"}),
    ("类似《卧虎藏龙》，不要《Heat》", {"like": "卧虎藏龙", "never": "Heat"}),
    ("像《Alien》一样的", {"like": "Alien"}),
    ("1970年以前的西部片", {"categories": "Western", "likes": "西部片", "high": ("year", 1969)}),
    ("八十年代的", {"low": ("year", 1980), "high": ("year", 1989)}),
    ("上世纪五十年代的黑色电影", {"categories": "Film-Noir", "likes": "黑色电影", "low": ("year", 1950), "high": ("year", 1959)}),
    ("1980到1989年之间", {"low": ("year", 1980), "high": ("year", 1989)}),
    ("不要1980年以前的", {"low": ("year", 1980)}),
    ("10块以内的杯子", {"likes": "杯子", "price": (None, 10)}),
    ("至少20元，最多四十元", {"price": (20, 40)}),
    ("5到10英镑", {"price": (5, 10)}),
    ("两小时以内", {"high": ("minutes", 120)}),
    ("一个半小时以内的", {"high": ("minutes", 90)}),
    ("我不喜歡恐怖電影，想看愛情片", {"without": "Horror", "categories": "Romance", "likes": "愛情片"}),
]  # fmt: skip


def told(wish: Wish) -> dict[str, object]:
    """A wish as the table above writes it."""
    where = wish.where
    lists = {"likes": wish.likes, "dislikes": wish.dislikes, "mood": wish.mood, "categories": wish.categories, "less": wish.less}
    lists |= {"brands": wish.brands, "like": wish.like_items, "never": wish.not_items, "must": where.categories}
    lists |= {"without": where.without, "no_brand": where.without_brands}
    lists |= {"no_director": where.without_attributes.get("director", ())}
    found: dict[str, object] = {name: "|".join(values) for name, values in lists.items() if values}
    found |= {"low": bound for bound in where.at_least.items()} | {"high": bound for bound in where.at_most.items()}  # noqa: B035
    if (where.price_min, where.price_max) != (None, None):
        found["price"] = (where.price_min, where.price_max)
    named = {"brand": where.brand, "language": where.language}
    return found | {name: value for name, value in named.items() if value}


@pytest.mark.parametrize(("text", "expected"), GOLDEN)
def test_a_sentence_is_understood_as_the_table_says(text: str, expected: dict[str, object]) -> None:
    assert told(understand(text, SHELF)) == expected


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200) | st.lists(
    st.sampled_from(
        [*(text for text, _ in GOLDEN), "不", "no", "除了", ",", "。", "《", "but", "like", "5", "£", "年", "Alien", "的"]
    ),
    max_size=40,
).map(" ".join)


@given(TEXTS)
def test_any_text_is_understood_somehow(text: str) -> None:
    wish = understand(text, SHELF)
    assert all(wish.text[part.start : part.end] == part.text for part in wish.read)
    assert not set(wish.where.without) & set(wish.where.categories)


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


@pytest.mark.parametrize("text", [text for text, _ in GOLDEN])
def test_case_and_width_change_nothing(text: str) -> None:
    expected = told(understand(text, SHELF))
    assert told(understand(text.upper(), SHELF)) == expected
    assert told(understand(_wide(text), SHELF)) == expected


@pytest.mark.parametrize(
    "words", ["不要恐怖片，", "no horror, ", "除了", "like Alien and ", '"a ', "1990 to ", "not only ", "十", "<", "war or "]
)
def test_the_work_grows_with_the_length_of_a_text_and_not_with_its_square(words: str) -> None:
    def steps(length: int) -> int:
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1

        text = (words * length)[:length]
        sys.setprofile(count)
        try:
            understand(text, SHELF)
        finally:
            sys.setprofile(None)
        return seen

    steps(500)
    assert steps(8_000) < 6 * steps(2_000)


def test_what_is_beyond_ten_thousand_characters_is_not_read() -> None:
    assert understand("a" * 9_999 + " no horror", SHELF).where.without == ()


def test_what_cannot_be_followed_is_said_with_its_reason() -> None:
    bare = Catalog(dim=1)
    bare.extend([Item(id="x", title="X")], np.ones((1, 1), np.float32))
    wish = understand("under two hours, before 1980, below £5, like 《Nothing There》, not too long", lexicon(bare))
    assert [(part.text, part.means) for part in wish.ignored] == [
        ("under two hours", "the catalog does not say how long things take"),
        ("before 1980", "the catalog does not say which year things are from"),
        ("below £5", "the catalog has no prices"),
        ("《Nothing There》", "no item is called so: its words are read as words"),
        ("not too long", "the catalog does not say how long things take"),
    ]


def test_a_range_cannot_be_left_out_of_the_middle() -> None:
    wish = understand("nothing from the 80s", SHELF)
    assert wish.where.at_least == wish.where.at_most == {}
    assert [part.means for part in wish.ignored] == ["leaving out a range of year from its middle is not possible"]


def test_vague_words_mean_the_outer_quarters_and_give_way_to_numbers() -> None:
    prices = [4.0, 30.0, 12.0, 1.0]
    assert understand("cheap mugs", SHELF).where.price_max == np.quantile(prices, 0.25)
    assert understand("高档的灯", SHELF).where.price_min == np.quantile(prices, 0.75)
    assert understand("cheap mugs, up to £20", SHELF).where.price_max == 20
    assert understand("old westerns", SHELF).where.at_most["year"] == SHELF.year.lower if SHELF.year else False


def test_a_chinese_catalog_is_asked_in_english() -> None:
    catalog = Catalog(dim=1)
    catalog.extend([Item(id="1", categories=("恐怖",)), Item(id="2", categories=("科幻",))], np.ones((2, 1), np.float32))
    wish = understand("science fiction, no horror films", lexicon(catalog))
    assert (wish.categories, wish.where.without) == (("科幻",), ("恐怖",))


def test_a_part_of_a_category_s_name_names_it() -> None:
    catalog = Catalog(dim=1)
    catalog.extend(
        [Item(id="1", categories=("Action & Adventure",)), Item(id="2", categories=("Kids",))], np.ones((2, 1), np.float32)
    )
    assert understand("不要冒险片", lexicon(catalog)).where.without == ("Action & Adventure",)
