import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.encode import clean, item_language, item_text, language
from penchant.encode.text import LONGEST
from penchant.encode.unit import checked, unit_rows
from penchant.errors import AssetError
from penchant.types import Item


@given(st.text(st.characters(codec=None), max_size=300))
def test_cleaning_is_idempotent_and_always_encodable(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once.isprintable()
    once.encode()


def test_cleaning_drops_nul_half_surrogates_and_full_width_forms() -> None:
    assert clean("Ｔｏｙ\0 Story\ud83d\n\t１９９５") == "Toy Story 1995"


def test_huge_text_is_cut() -> None:
    assert len(clean("word " * 10_000_000)) <= LONGEST


def test_item_text_says_nothing_twice() -> None:
    assert item_text(Item(id="1", title="Alien", text="Alien.", brand="Alien", categories=("", "Horror"))) == "Alien. Horror"


def test_item_without_words_has_empty_text() -> None:
    assert item_text(Item(id="1")) == ""


def test_item_text_keeps_the_title_when_the_rest_is_too_long() -> None:
    text = item_text(Item(id="1", title="Alien", categories=("Horror",), text="space " * 1_000))
    assert text.startswith("Alien. Horror. space")
    assert len(text) <= LONGEST


@pytest.mark.parametrize(
    ("title", "said"), [("RED RETROSPOT MUG", "red retrospot mug"), ("IBM", "IBM"), ("Toy Story", "Toy Story")]
)
def test_shouted_titles_are_said_quietly_and_short_names_are_kept(title: str, said: str) -> None:
    assert item_text(Item(id="1", title=title)) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我非常喜欢看科幻电影 Star Wars", "zh"),
        ("Crouching Tiger, Hidden Dragon (卧虎藏龙)", "en"),
        ("となりのトトロ", "ja"),
        ("東京物語を見たい", "ja"),
        ("올드보이", "ko"),
        ("Иди и смотри", "ru"),
        ("فيلم خيال علمي", "ar"),
        ("סרט מדע בדיוני", "he"),
        ("ταινία", "el"),
        ("ภาพยนตร์", "th"),
        ("फ़िल्म", "hi"),
        ("Amélie", "en"),
        ("2001 !?", "und"),
        ("", "und"),
    ],
)
def test_script_tells_the_language(text: str, expected: str) -> None:
    assert language(text) == expected


def test_declared_language_wins_over_the_script() -> None:
    assert item_language(Item(id="1", title="Le Samouraï", language="fr_FR")) == "fr"
    assert item_language(Item(id="1", title="流浪地球", language=" ")) == "zh"


def test_row_without_direction_becomes_a_unit_row() -> None:
    assert np.linalg.norm(unit_rows(np.zeros((2, 3), np.float32)), axis=1).tolist() == [1.0, 1.0]


def test_vectors_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(AssetError, match=r"shape \(1, 3\) for 2 texts, expected \(2, 3\)"):
        checked(np.zeros((1, 3), np.float32), 2, 3, "m")
    with pytest.raises(AssetError, match="m gave NaN or infinity in 1 of 2 vectors"):
        checked(np.array([[1.0], [np.nan]], np.float32), 2, 1, "m")
