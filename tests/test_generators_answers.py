"""What can be read from what language models write."""

import json
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import GeneratorError, InvalidInput
from penchant.narrate.generators.answers import fault, fitting, read_answer, schema_of
from penchant.narrate.generators.mending import Json, readings


class Topic(msgspec.Struct):
    name: str
    words: list[str] = []
    sure: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class Names(msgspec.Struct):
    topics: Annotated[list[Topic], msgspec.Meta(min_length=1, max_length=2)]
    tone: Literal["plain", "warm"] = "plain"
    note: str | None = None


class Tree(msgspec.Struct):
    children: list["Tree"]


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
TRUTH = {"name": "Tea", "words": ["pot", "cup"], "sure": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Tea", "words": ["pot", "cup"], "sure": 0.5}',
        '\ufeff{"name": "Tea", "words": ["pot", "cup"], "sure": 0.5}',
        'Here is the {JSON} you asked for:\n```json\n{"name": "Tea", "words": ["pot", "cup"], "sure": 0.5}\n```\nEnjoy.',
        '<think>tea {maybe}, or {"name": "Coffee"}?</think>{"name": "Tea", "words": ["pot", "cup"], "sure": 0.5}',
        '{"name": "Tea", "words": ["pot", "cup",], "sure": 0.5,}',
        "{'name': 'Tea', 'words': ['pot', 'cup'], 'sure': .5}",
        '{name: "Tea", words: ["pot", "cup"], sure: 0.5}',
        '{"name": "Tea"\n"words": ["pot"\n"cup"]\n"sure": 0.5}',
        '{"name": "Tea", "words": ["pot", "cup"], "sure": "0.5"}',
        "｛“name”：“Tea”，“words”：［“pot”、“cup”］，“sure”：０.５｝",
        '{"name": "Tea", "sure": 0.5, "words": ["pot", "cup", "sau',
        '{"name": "Tea", "sure": 0.5, "words": ["pot", "cup"',
        '{"name": "Tea", "sure": 0.5, "words": ["pot", "cup"], "mo',
        '{"name": "Tea", "sure": 0.5, "words": ["pot", "cup"], "more": {"a": ',
        '{"name": "Tea", "words": ["pot", "cup"], "sure": 0.5, "seen": None, "kept": True}',
    ],
)
def test_what_models_write_instead_of_json_is_read_as_what_they_meant(text: str) -> None:
    assert msgspec.to_builtins(read_answer(text, Topic)) == TRUTH
    read = json.loads(fitting(text.replace('"0.5"', "0.5"), schema_of(Topic)))
    assert {name: read[name] for name in TRUTH} == TRUTH


def test_quotation_marks_that_nobody_escaped_stay_in_the_text() -> None:
    assert read_answer('{"name": "the "best" of tea", "words": ["5" plate"]}', Topic).name == 'the "best" of tea'


def test_escapes_are_read_even_where_the_rest_needs_mending() -> None:
    assert read_answer(r'{"name": "\u8336\n\"pot\" \x",}', Topic).name == '茶\n"pot" x'


def test_the_first_json_that_fits_is_the_answer_not_the_first_json() -> None:
    assert read_answer('{"name": 3} or rather {"name": "Tea"}', Topic).name == "Tea"


@pytest.mark.parametrize("text", ['{"name": "Tea", "sure": 1', '{"name": "Tea", "sure": 1.', '{"name": "Tea", "sure": 0.12e'])
def test_a_number_that_was_cut_off_is_left_out_for_it_may_have_been_another(text: str) -> None:
    assert list(readings(text)) == [{"name": "Tea"}]


def test_an_object_in_a_list_that_was_cut_off_is_left_out() -> None:
    assert list(readings('{"topics": [{"name": "Tea"}, {"name": "Cof')) == [{"topics": [{"name": "Tea"}]}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the answer holds no JSON: ''"),
        ("I cannot help with that.", "holds no JSON: 'I cannot help"),
        ("{", "expected|missing required"),
        ('{"words": []}', "missing required field `name`"),
        ('{"name": 7}', r"Expected `str`, got `int` - at `\$.name`; it was: "),
        ('{"name": "Tea", "sure": 1.5}', "Expected `float` <= 1.0"),
        ('{"name": "Tea", "sure": NaN}', "holds no JSON"),
        ('{"name": tea}', "holds no JSON"),
        ("[" * 5000, "holds no JSON"),
        ('{"a":' * 5000, "holds no JSON"),
        ('{"name": 1e999}', "holds no JSON"),
    ],
)
def test_an_answer_that_is_none_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        read_answer(text, Topic)


@given(
    st.text()
    | st.text(alphabet="{}[]\":,'\\u1aeT。，：“”｛｝ \n-.", max_size=60)
    | VALUES.map(json.dumps).map(lambda text: text[:-1])
)
def test_no_text_whatever_raises_anything_but_a_generator_error(text: str) -> None:
    for kind in (Topic, Names, list[int], dict[str, float]):
        try:
            read_answer(text, kind)
        except GeneratorError as error:
            str(error).encode()
    try:
        json.loads(fitting(text, schema_of(Names)))
    except GeneratorError as error:
        str(error).encode()


@given(VALUES)
def test_valid_json_is_read_as_it_is(value: Json) -> None:
    text = json.dumps(value)
    assert list(readings(text)) == [json.loads(text)]
    assert json.loads(fitting(text, {})) == json.loads(text)


@given(
    VALUES.filter(lambda value: isinstance(value, dict | list) and bool(value)),
    st.sampled_from(["{}", "```json\n{}\n```", "So: {} ok"]),
)
def test_json_between_prose_is_found_whole(value: Json, around: str) -> None:
    text = json.dumps(value)
    assert json.loads(text) in list(readings(around.replace("{}", text)))


@given(st.builds(Topic, st.text(), st.lists(st.text(), max_size=3), st.floats(0, 1)))
def test_what_a_struct_says_of_itself_fits_its_schema_and_comes_back(topic: Topic) -> None:
    text = msgspec.json.encode(topic).decode()
    assert read_answer(text, Topic) == topic
    assert json.loads(fitting(text, schema_of(Topic))) == msgspec.to_builtins(topic)


def test_a_schema_is_written_out_with_everything_asked_for_and_nothing_else_allowed() -> None:
    topic = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "words": {"type": "array", "items": {"type": "string"}},
            "sure": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["name", "words", "sure"],
        "additionalProperties": False,
    }
    assert schema_of(Names) == {
        "type": "object",
        "properties": {
            "topics": {"type": "array", "items": topic, "minItems": 1, "maxItems": 2},
            "tone": {"enum": ["plain", "warm"]},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["topics", "tone", "note"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], r"\$ is \[\], expected object"),
        ({"topics": []}, r"\$ has no 'tone', 'note'"),
        ({"topics": [], "tone": "warm", "note": None}, r"\$.topics has 0 items, expected 1 to 2"),
        (
            {"topics": [{"name": 1, "words": [], "sure": 1}], "tone": "warm", "note": None},
            r"topics\[0\].name is 1, expected string",
        ),
        ({"topics": [{"name": "", "words": [], "sure": 2}], "tone": "warm", "note": None}, r"sure is 2, expected maximum 1"),
        ({"topics": [{"name": "", "words": [], "sure": True}], "tone": "warm", "note": None}, r"sure is True, expected number"),
        ({"topics": [{"name": "", "words": [], "sure": 1}], "tone": "loud", "note": None}, r"\$.tone is 'loud', expected one of"),
        ({"topics": [{"name": "", "words": [], "sure": 1}], "tone": "warm", "note": 3}, r"\$.note is 3, expected string"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(value: Json, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        fitting(json.dumps(value), schema_of(Names))


def test_ranges_and_lengths_of_every_kind_are_looked_at() -> None:
    assert fault(5, {"exclusiveMaximum": 5}) == "$ is 5, expected exclusiveMaximum 5"
    assert fault(5, {"exclusiveMinimum": 4, "minimum": 5}) is None
    assert fault("abc", {"maxLength": 2}) == "$ has 3 letters, expected 0 to 2"
    assert fault(["a", 1], {"prefixItems": [{"type": "string"}, {"type": "string"}]}) == "$[1] is 1, expected string"


def test_a_type_that_contains_itself_has_no_schema_for_a_grammar() -> None:
    with pytest.raises(InvalidInput, match="Tree contains itself"):
        schema_of(Tree)
