"""The check of sentences against facts: templates pass it, and whatever is made false of them does not."""

import re

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from penchant.narrate.kind import Unfaithful
from penchant.narrate.person import chinese, english
from penchant.narrate.person.facts import Fact, Reasoned, Sort, Way
from penchant.narrate.person.faithful import check
from penchant.narrate.person.mentions import tokens
from penchant.narrate.person.reasons import numbered
from penchant.narrate.person.rewriting import Facts, Rewriting, payload, sift, worded
from penchant.narrate.person.vocabulary import VOCABULARIES
from penchant.types import DAY

LANGUAGES = {"en": english, "zh": chinese}
NOW = 12_000 * DAY  # 9 November 2002
NAMES = (
    "Sci-Fi, Action: Star Wars · Jurassic Park", "Drama: Heat · Up", "Drama, 1980s: Rain Man · It", "Film-Noir", "Tea", "茶具",
    "Red retrospot, milk", "12 Monkeys", "May", "The Most", "科幻", "2001: A Space Odyssey",
    "Children's: E.T. the Extra-Terrestrial",
)  # fmt: skip
SORTS: tuple[Sort | Reasoned, ...] = (
    "interest", "silent", "recent", "emerged", "strengthened", "faded", "dormant", "revived", "migrated", "excursion", "ahead",
    "because", "also", "against", "without", "turned", "moved", "nothing",
)  # fmt: skip

WAYS: st.SearchStrategy[Way] = st.sampled_from(("up", "level", "down"))


@st.composite
def facts(draw: st.DrawFn, least: int = 1) -> tuple[Fact, ...]:
    """Facts as the engine has them: of every sort, about different things."""
    sorts = draw(st.lists(st.sampled_from(SORTS), min_size=least, max_size=5))
    names = draw(st.permutations(NAMES))
    found = []
    for one in sorts:
        width = 2 if one in ("migrated", "moved") else 1
        mine, names = tuple(names[:width]), names[width:] if len(names) > 4 else names
        found.append(
            Fact(
                id="",
                sort=one,
                names=mine,
                titles=(draw(st.sampled_from(("Alien", mine[0]))),) if one in ("because", "also", "against", "without") else (),
                shares=(draw(st.integers(1, 99)) / 100,),
                counts={"ahead": (30,), "without": (draw(st.integers(2, 9_999)), 1)}.get(one, ()),
                times=(draw(st.integers(10_000, 11_999)) * DAY,),
                way=draw(WAYS),
                first=draw(st.booleans()),
            )
        )
    return numbered(found)


def passes(sentence: str, cited: Fact, among: tuple[Fact, ...], language: str) -> bool:
    try:
        return check(sentence, [cited], among, language, NOW) == (cited.id,)
    except Unfaithful:
        return False


def test_a_name_that_begins_with_a_year_is_not_taken_for_the_year() -> None:
    fact = Fact(id="F1", sort="interest", names=("2001: A Space Odyssey",), shares=(0.01,), times=(988675200.0,), way="up")
    assert passes(english.sentence(fact), fact, (fact,), "en")


@given(facts(), st.sampled_from(("en", "zh")))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_every_sentence_of_the_template_passes(told: tuple[Fact, ...], language: str) -> None:
    for fact in told:
        sentence = LANGUAGES[language].sentence(fact)
        assert check(sentence, [fact], told, language, NOW) == (fact.id,), sentence


@given(facts(least=1), st.sampled_from(("en", "zh")), st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_another_name_number_month_or_year_is_refused(told: tuple[Fact, ...], language: str, data: st.DataObject) -> None:
    fact = told[0]
    true = LANGUAGES[language].sentence(fact)
    name = data.draw(st.sampled_from([*fact.names]))
    assert not passes(true.replace(f"“{name}”", "“Casablanca”", 1), fact, told, language)
    outside = re.sub("“[^”]*”", lambda found: "“" + "x" * (len(found[0]) - 2) + "”", true)
    for number in re.finditer(r"\d+", outside):
        other = str(int(number[0].replace(",", "")) + data.draw(st.integers(3, 40)))
        assume(not (len(number[0]) < 3 and "月" in outside[number.end() : number.end() + 1] and int(other) <= 12))
        assert not passes(true[: number.start()] + other + true[number.end() :], fact, told, language), (true, other)
    if month := re.search("December|January|March|April|June", outside):
        assert not passes(true[: month.start()] + "August" + true[month.end() :], fact, told, language)


ADDED = {
    "en": (
        "in Paris", "with his wife", "at the age of thirty", "and love it", "for their health", "for the children", "and plan",
        "and bought three", "never", "because it rained", "perhaps", "every Sunday", "last week", "twice",
        "and nothing else", "as men do",
    ),
    "zh": (
        "在北京", "和妻子", "三十岁", "很喜欢", "为了健康", "为了孩子", "计划更多购买",
        "上周", "每个周日", "三次", "因为下雨", "从不", "像男人一样",
    ),
}  # fmt: skip


@given(facts(), st.sampled_from(("en", "zh")), st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_what_no_fact_is_about_cannot_be_added(told: tuple[Fact, ...], language: str, data: st.DataObject) -> None:
    true, added = LANGUAGES[language].sentence(told[0]), data.draw(st.sampled_from(ADDED[language]))
    sentence = f"{true[:-1]} {added}." if language == "en" else f"{true[:-1]}，{added}。"
    assert not passes(sentence, told[0], told, language), sentence


GROWTH = Fact("F1", "interest", ("Tea",), shares=(0.25,), times=(11_000 * DAY,), way="up")
LEFT = Fact("F2", "silent", ("Mugs",), times=(11_500 * DAY,))
MOVE = Fact("F3", "migrated", ("Tea", "Mugs"), times=(11_500 * DAY,))
AHEAD = Fact("F4", "ahead", ("Mugs",), shares=(0.3,), counts=(30,))
SECOND = Fact("F5", "interest", ("Mugs",), shares=(0.1,), times=(11_500 * DAY,))


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Their interest in Tea is growing, at 25%.", "en"),
        ("A quarter of what they do goes to Tea, and more lately.", "en"),
        ("Since February 2000 they have been into Tea, now at twenty-five percent.", "en"),
        ("对“Tea”的关注在上升，占百分之二十五。", "zh"),
        ("自二〇〇〇年二月起关注“Tea”，占四分之一。", "zh"),
    ],
)
def test_other_words_for_the_same_pass(sentence: str, language: str) -> None:
    assert check(sentence, [GROWTH], [GROWTH, LEFT], language, NOW) == ("F1",)


@pytest.mark.parametrize(
    ("sentence", "cited", "why"),
    [
        ("They have lost interest in Tea, at 25%.", GROWTH, "claim: it says end of a fact that is interest, up"),
        ("Tea is fading, at 25%.", GROWTH, "claim: it says down"),
        ("They are not into Tea, at 25%.", GROWTH, "claim: it says neg"),
        ("They are into Tea most of all.", GROWTH, "claim: it says first"),
        ("They will be into Tea.", GROWTH, "plan: 'will'"),
        ("She is into Tea.", GROWTH, "person: 'She'"),
        ("They love Tea.", GROWTH, "feeling: 'love'"),
        ("They watch Tea.", GROWTH, "deed: 'watch'"),
        ("They are into Tea and Cocoa.", GROWTH, "name: 'Cocoa'"),
        ("They are into “The New Interest” and Tea.", GROWTH, "name: 'The New Interest'"),
        ("They are into Tea and New Topics.", GROWTH, "name: 'New'"),
        ("They are into “Mugs” too.", GROWTH, "name: 'Mugs' is not a name of the facts it cites"),
        ("They are growing.", GROWTH, "name: it names none of the facts it cites"),
        ("Tea: 25%.", GROWTH, "fluff: it says nothing of what it names"),
        ("They are into Tea: 52%.", GROWTH, "number: '52%'"),
        ("A third of what they do is Tea.", GROWTH, "number: 'A third'"),
        ("They are into Tea with 25%, at 25%.", GROWTH, "fluff: it says a number twice"),
        ("They have been into Tea since March.", GROWTH, "date: 'March'"),
        ("They began with Tea last year.", GROWTH, "date: 'last year'"),
        ("They are into “Mugs”.", LEFT, "claim: it does not say that silent is what it is"),
        ("They have come back to “Mugs”.", LEFT, "claim: it says back"),
        ("They moved from “Mugs” to Tea.", MOVE, "direction: it does not say from where to where"),
        ("They turned to “Mugs”.", MOVE, "direction"),
        ("About 30% goes to “Mugs”.", AHEAD, "claim: it does not say that ahead is what it is"),
        ("In the next 60 days 30% may go to “Mugs”.", AHEAD, "number: '60'"),
        ("In the next 30 days 30% go to “Mugs”.", AHEAD, "claim: it does not say that ahead is what it is"),
    ],
)
def test_what_a_sentence_gets_wrong_is_named(sentence: str, cited: Fact, why: str) -> None:
    with pytest.raises(Unfaithful) as told:
        check(sentence, [cited], [GROWTH, LEFT, MOVE, AHEAD], "en", NOW)
    assert str(told.value).startswith(why)


def test_numbers_and_dates_belong_to_the_fact_that_is_named_beside_them() -> None:
    both = [GROWTH, SECOND]
    assert check("They are into Tea, at 25%, and “Mugs” with 10%.", both, both, "en", NOW) == ("F1", "F5")
    for lie in (
        "They are into Tea, at 10%, and “Mugs” with 25%.",
        "They are into “Mugs”, which is growing, and Tea.",
        "Tea comes first, 25% of what they do is “Mugs”.",
        "Tea and “Mugs” are 25% and 10%.",
    ):
        with pytest.raises(Unfaithful):
            check(lie, both, both, "en", NOW)


def test_what_is_recommended_is_not_taken_for_what_speaks_for_it() -> None:
    fact = Fact("F1", "because", ("Heat",), ("Alien",), (0.6,))
    assert check("Heat makes up 60% of what speaks for Alien.", [fact], [fact], "en", NOW)
    with pytest.raises(Unfaithful, match="direction: it does not say what speaks for what"):
        check("Alien makes up 60% of what speaks for Heat.", [fact], [fact], "en", NOW)


def test_a_sentence_without_a_fact_is_refused() -> None:
    with pytest.raises(Unfaithful, match="citation: it cites no fact"):
        check("They are into Tea.", [], [GROWTH], "en", NOW)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("March 2001", "en", (2001, 3, None)), ("3 March 2001", "en", (2001, 3, 3)), ("Mar. 3, 2001", "en", (2001, 3, 3)),
        ("2001-03-03", "en", (2001, 3, 3)), ("in 2001", "en", (2001, None, None)), ("二〇〇一年三月", "zh", (2001, 3, None)),
        ("2001年3月15日", "zh", (2001, 3, 15)), ("三月", "zh", (None, 3, None)), ("12月份", "zh", (None, 12, None)),
    ],
)  # fmt: skip
def test_dates_are_read_in_both_languages(text: str, language: str, value: tuple[int | None, ...]) -> None:
    assert [one.value for one in tokens(text, [], VOCABULARIES[language]) if one.sort == "date"] == [value]


@pytest.mark.parametrize(
    ("text", "language", "sort", "value"),
    [
        ("twenty-five percent", "en", "percent", 0.25), ("half", "en", "percent", 0.5), ("two thirds", "en", "percent", 2 / 3),
        ("五个百分点", "zh", "points", 0.05), ("12.5 %", "en", "percent", 0.125), ("百分之十六", "zh", "percent", 0.16),
        ("三成", "zh", "percent", 0.3), ("一半", "zh", "percent", 0.5), ("三分之一", "zh", "percent", 1 / 3),
        ("1,014", "en", "count", 1014),
        ("seven", "en", "count", 7), ("十二", "zh", "count", 12), ("7 points", "en", "points", 0.07),
    ],
)  # fmt: skip
def test_numbers_are_read_in_both_languages(text: str, language: str, sort: str, value: float) -> None:
    (found,) = [one for one in tokens(text, [], VOCABULARIES[language]) if one.sort not in ("word", "break")]
    assert found.sort == sort
    assert found.value == pytest.approx(value)


def test_what_is_kept_of_an_answer_cites_facts_and_is_said_once() -> None:
    told = Facts("en", NOW, (GROWTH, LEFT))
    answer = "F1: They are into T1, at 25%\nF1: Tea is growing.\nF2: They love 'T2'.\nT2 is quiet.\nF9: T2 has been quiet."
    sifted = sift(told, answer)
    assert [(one.text, one.facts) for one in sifted.kept] == [("They are into “Tea”, at 25%.", ("F1",))]
    assert [why.partition(":")[0] for _, why in sifted.dropped] == ["again", "feeling", "citation", "citation"]
    assert [one.text for one in worded("en", told.facts, sifted.kept)] == ["They are into “Tea”, at 25%.", english.sentence(LEFT)]


def test_the_prompt_names_nothing_and_says_every_fact() -> None:
    raw = payload("en", NOW, (GROWTH, MOVE))
    asked = Rewriting("portrait", 1).prompt(raw).user
    assert "Tea" not in asked
    assert "Mugs" not in asked
    assert [line.partition(":")[0] for line in asked.splitlines()] == ["F1", "F3"]
    assert "“T1”" in asked
    assert "from “T1” to “T2”" in asked


def test_the_payload_is_the_same_whatever_events_show_it() -> None:
    other = msgspec.structs.replace(GROWTH, evidence=("e1", "e2"))
    assert payload("en", NOW, (other,)) == payload("en", NOW, (GROWTH,))


def test_an_answer_of_which_nothing_is_true_is_refused_with_the_reason() -> None:
    raw = payload("en", NOW, (GROWTH,))
    with pytest.raises(Unfaithful, match="feeling: 'adore'"):
        Rewriting("portrait", 1).check(raw, "F1: They adore T1.")
    with pytest.raises(Unfaithful, match="citation: there is no sentence that cites a fact"):
        Rewriting("portrait", 1).check(raw, "  \n ")


@given(facts(), st.sampled_from(("en", "zh")))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_templates_own_prompt_given_back_is_kept_whole(told: tuple[Fact, ...], language: str) -> None:
    kind, raw = Rewriting("portrait", 1), payload(language, NOW, told)
    kept = msgspec.json.decode(kind.check(raw, kind.prompt(raw).user))
    assert len(kept) == len(told)
