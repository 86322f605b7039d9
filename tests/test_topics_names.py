"""What topics are called."""

import sys

import numpy as np
import pytest
from scipy import sparse

from penchant.interest.topics import naming, words
from penchant.interest.topics.naming import Description, Term, describe, lexicon
from penchant.interest.topics.words import split, told
from penchant.types import Item


def described(groups: list[list[Item]], seen: list[float] | None = None) -> list[Description]:
    """Each group of items as a topic."""
    items = [item for group in groups for item in group]
    topic = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    members = sparse.csr_array((np.ones(len(items), np.float32), (np.arange(len(items)), topic)))
    return describe(lexicon(items), members, np.ones(len(items)) if seen is None else np.array(seen))


def titled(*titles: str, categories: tuple[str, ...] = ()) -> list[Item]:
    return [Item(id=title, title=title, categories=categories) for title in titles]


BAGS = titled("RED LUNCH BAG", "BLUE LUNCH BAG", "LUNCH BAGS WOODLAND", "LUNCH BAG APPLES")
MUGS = titled("RED TEA MUG", "BLUE TEA MUG", "WOODLAND MUG", "MUGS OF APPLES")
LAMPS = titled("RED LAMP", "BLUE LAMP", "WOODLAND LAMP", "LAMP APPLES")


def test_shop_items_are_named_by_what_they_are_and_not_by_their_colours() -> None:
    assert [one.label for one in described([BAGS, MUGS, LAMPS])] == ["Lunch bag", "Mug", "Lamp"]
    for one in described([BAGS, MUGS, LAMPS]):
        assert not {"red", "blue", "woodland", "apples"} & {word.casefold() for word in one.keywords}


def films(genre: str, year: int, *titles: str) -> list[Item]:
    return [Item(id=title, title=f"{title} ({year + n % 9})", categories=(genre,)) for n, title in enumerate(titles)]


HORROR = films(
    "Horror", 1980, "Friday the 13th", "Friday the 13th Part 2", "Halloween, The", "A Very Long Night: The Last Chapter"
)
ROMANCE = films("Romance", 1990, "Pretty Woman", "Sleepless in Seattle", "Emma", "Clueless")


def test_films_are_named_by_genre_and_era_and_the_best_known() -> None:
    horror, romance = described([HORROR, ROMANCE], [5, 9, 1, 7, 1, 1, 1, 8])
    assert horror.label == "Horror, 1980s: Friday the 13th"
    assert romance.label == "Romance, 1990s: Clueless · Pretty Woman"
    assert horror.examples == ("Friday the 13th Part 2", "A Very Long Night: The Last Chapter", "Friday the 13th")
    assert horror.keywords[:2] == ("Horror", "1980s")


def test_chinese_items_are_named_by_whole_phrases_and_their_decades_in_chinese() -> None:
    fun = [
        Item(id=f"f{n}", title=f"轻松搞笑{sign}", categories=("喜剧",), attributes={"year": 2012.0})
        for n, sign in enumerate("甲乙丙丁")
    ]
    fit = [
        Item(id=f"g{n}", title=f"核心力量{sign}", categories=("健身",), attributes={"year": 1993.0})
        for n, sign in enumerate("甲乙丙丁")
    ]
    told = described([fun, fit])
    assert [one.label.split(":")[0] for one in told] == ["喜剧, 2010年代", "健身, 1990年代"]
    for one in told:
        words = [word for word in one.keywords[2:]]
        assert words
        assert not [(part, whole) for part in words for whole in words if part != whole and part in whole]


def test_an_era_that_all_share_is_not_told() -> None:
    comedy = films("Comedy", 1990, "One", "Other", "Third")
    assert [one.label for one in described([ROMANCE, comedy])] == [
        "Romance: Pretty Woman · Sleepless in Seattle",
        "Comedy: One · Other",
    ]


def test_a_long_title_loses_its_subtitle_and_brackets_in_a_label() -> None:
    long = films("War", 1950, "Letters from the Front: A Soldier's Story", "Nine (La Nona)", "Letters from Home")
    assert described([long, ROMANCE])[0].label == "War, 1950s: Letters"
    assert naming._short(["Letters from the Front: A Soldier's Story", "Letters from Home", "Nine (La Nona)"]) == [
        "Letters from the Front",
        "Nine",
    ]


def test_labels_of_a_level_differ_even_where_nothing_does() -> None:
    same = [[Item(id=f"{group}{n}") for n in range(3)] for group in "abc"]
    labels = [one.label for one in described(same)]
    assert len(set(labels)) == 3
    twins = [titled("Twin", "Twin ", " Twin") for _ in range(3)]
    assert len({one.label for one in described(twins)}) == 3


def test_a_topic_without_words_is_named_by_its_best_known_items() -> None:
    odd = titled("Alpha", "Beta", "Gamma", "Delta", "Epsilon")
    assert described([odd, BAGS], [1, 5, 3, 1, 1, 1, 1, 1, 1])[0].label == "Beta · Gamma and the like"


def test_brands_and_text_attributes_are_words_too() -> None:
    lego = [Item(id=f"l{n}", title=f"Thing {n}", brand="Lego", attributes={"material": "plastic brick"}) for n in range(4)]
    assert {"Lego", "plastic brick"} <= set(described([lego, BAGS])[0].keywords)


def test_chinese_titles_are_named_by_words_with_the_segmenter() -> None:
    space = titled("宇宙飞船大战", "宇宙飞船归来", "最后的宇宙飞船", "宇宙飞船之谜")
    love = titled("夏天的爱情故事", "爱情故事", "巴黎爱情故事", "爱情故事续集")
    labels = [one.label for one in described([space, love])]
    assert "宇宙飞船" in labels[0]
    assert "爱情" in labels[1]


def test_chinese_is_read_by_pairs_of_characters_without_the_segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_jieba", lambda: None)
    assert split("流浪地球 IMAX") == ["流浪", "浪地", "地球", "IMAX"]
    assert split("家") == ["家"]
    space = titled("飞船大战", "飞船归来", "最后飞船", "飞船之谜")
    assert described([space, BAGS])[0].label == "飞船"


def test_the_segmenter_is_not_needed_to_read_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    words._jieba.cache_clear()
    monkeypatch.setitem(sys.modules, "jieba", None)
    monkeypatch.setattr(words, "find_spec", lambda name: None)
    assert split("地球村") == ["地球", "球村"]
    words._jieba.cache_clear()


@pytest.mark.parametrize(
    ("title", "read", "decade"),
    [
        ("Matrix, The (1999)", "The Matrix", 1990),
        ("Seven", "Seven", None),
        ("Vie en rose, La (2007)", "La Vie en rose", 2000),
        ("HEART T-LIGHT HOLDER", "heart t-light holder", None),
        ("UFO", "UFO", None),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1960),
    ],
)
def test_titles_are_read_as_people_say_them(title: str, read: str, decade: int | None) -> None:
    assert told(Item(id="1", title=title)).title == read
    assert told(Item(id="1", title=title)).decade == decade


def test_a_year_attribute_counts_before_the_title_and_nonsense_does_not() -> None:
    assert told(Item(id="1", title="Old (1950)", attributes={"year": 1985.0})).decade == 1980
    assert told(Item(id="1", title="Old", attributes={"year": 12.0})).decade is None
    assert told(Item(id="1", title="Old", attributes={"year": True})).decade is None


def test_a_topic_of_two_genres_shows_titles_of_the_genre_it_is_named_by() -> None:
    mixed = [*films("Documentary", 1990, "Crumb", "Hoop Dreams", "Baraka"), *films("Western", 1990, "Shane")]
    assert described([mixed, ROMANCE], [1, 2, 1, 90, 1, 1, 1, 1])[0].label == "Documentary: Hoop Dreams · Crumb"


def test_dates_sizes_and_article_numbers_are_no_words() -> None:
    coded = [
        Item(id=str(n), title=f"Pad {thing}", attributes={"first seen": "2011-04-11T16:33:00"}) for n, thing in enumerate("abcd")
    ]
    sized = titled("Cloth 40x40cm AB-1234", "Cloth 40x40cm AB-1234 red", "Cloth 40x40cm blue", "Cloth AB-1234")
    for one in described([coded, sized]):
        assert not any(character.isdigit() for word in one.keywords for character in word)


def test_decades_and_names_with_a_digit_are_words() -> None:
    assert list(told(Item(id="1", title="50's diner")).terms) == ["50's", "50's diner", "diner"]
    assert "t-rex 3d" in told(Item(id="1", title="T-Rex 3D")).terms


def test_a_label_that_others_begin_with_says_more() -> None:
    plain = titled("Candle", "Votive candle", "Votive candle in a cube", "Cube candle")
    tall = titled("Tall candle", "Tall candle pair", "Candle flock tall", "Tall red candle")
    labels = [one.label for one in described([plain, tall, BAGS, MUGS, LAMPS])]
    words = [label.casefold().replace(",", "").split() for label in labels]
    for one in words:
        assert not any(other[: len(one)] == one for other in words if other is not one)


def test_beside_a_genre_a_word_of_two_films_among_many_is_not_said() -> None:
    drama = films("Drama", 1990, "Good Will", "Good Days", "Wag", "Boogie", "Fargo", "Nell")
    assert described([drama, ROMANCE])[0].label == "Drama: Good Will · Good Days"


def test_a_vague_word_does_not_stand_alone_where_another_is_known() -> None:
    pink, butterfly, patch = Term("Pink", 0.9, True), Term("butterfly", 0.1, False), Term("patch", 0.05, False)
    assert naming._picked([pink, butterfly, patch], 0.07) == ["Pink", "butterfly"]
    assert naming._picked([pink._replace(vague=False), butterfly], 0.07) == ["Pink"]
    assert naming._picked([pink], 0.07) == ["Pink"]
