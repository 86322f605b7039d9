"""Portraits: who a person is now, what changed and what may come, in sentences that each say only what events show."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from penchant.errors import InvalidInput
from penchant.narrate.person.facts import Fact, Part
from penchant.narrate.person.refresh import Refresh, Why
from penchant.narrate.person.rewriting import Facts, Said, Sentence, joined, worded

By = Literal["template", "generator", "both"]
LANGUAGES = ("en", "zh")
_NOTHING = {"en": "Nothing is known of them yet.", "zh": "目前还没有可说的。"}


class Claim(msgspec.Struct, frozen=True, omit_defaults=False):
    """One sentence, the `facts` it says, and the ids of the events that show them.

    `since` is when it began to be so, `until` when the person's portrait no longer said it (epoch seconds; null where it still
    does). `kind` is whether it is about now, about what changed, or about what is to come.
    """

    text: str
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    since: float
    kind: Part
    by: Literal["template", "generator"]
    until: float | None = None


class Portrait(msgspec.Struct, frozen=True):
    """A person in words, as of `at` (epoch seconds), when it was drawn, and `why` then; `until` the next took its place (null
    where none has). `facts` is all it says, `by` who put it into words."""

    user: str
    at: float
    language: str
    why: Why | None
    until: float | None
    claims: tuple[Claim, ...]
    facts: tuple[Fact, ...]
    text: str
    by: By


def portrait(user: str, drawn: Refresh | None, told: Facts, facts: Sequence[Fact], kept: Sequence[Sentence] = ()) -> Portrait:
    """The portrait of `facts`; `kept` are sentences of a generator that passed the check, the rest is said by the template."""
    said = worded(told.language, facts, kept)
    by: By = "both" if len({one.generated for one in said}) > 1 else "generator" if said and said[0].generated else "template"
    claims = tuple(_claim(one, told.at) for one in said)
    text = joined(said, told.language) or _NOTHING[told.language]
    return Portrait(user, told.at, told.language, drawn and drawn.why, None, claims, tuple(facts), text, by)


def superseded(portraits: Sequence[Portrait]) -> list[Portrait]:
    """Portraits of one person, oldest first, each with when the next took its place, each claim with when it was last so."""
    found = []
    for place, one in enumerate(portraits):
        later = portraits[place + 1 :]
        claims = tuple(msgspec.structs.replace(claim, until=_gone(claim, one, later)) for claim in one.claims)
        found.append(msgspec.structs.replace(one, until=later[0].at if later else None, claims=claims))
    return found


def tongue(language: str | None, usual: str) -> str:
    """The language to speak: the one asked for, of whatever region, else the usual one where it is known, else English.

    >>> tongue("zh-CN", "en"), tongue(None, "zh"), tongue(None, "ja")
    ('zh', 'zh', 'en')

    Raises:
        InvalidInput: for a language that is not known.
    """
    if language is None:
        return usual if usual in LANGUAGES else "en"
    plain = language.strip().lower().replace("_", "-").split("-")[0]
    if plain not in LANGUAGES:
        raise InvalidInput(
            f"language must be one of {', '.join(LANGUAGES)}, got {language!r}; leave it out for the catalog's own"
        )
    return plain


def _claim(said: Said, at: float) -> Claim:
    evidence = tuple(dict.fromkeys(event for fact in said.facts for event in fact.evidence))
    since = min((fact.times[0] for fact in said.facts if fact.times), default=at)
    by: Literal["template", "generator"] = "generator" if said.generated else "template"
    return Claim(said.text, tuple(fact.id for fact in said.facts), evidence, since, said.facts[0].part, by)


def _gone(claim: Claim, of: Portrait, later: Sequence[Portrait]) -> float | None:
    """When a portrait no longer said what a claim says of the same things."""
    about = {(fact.sort, fact.names) for fact in of.facts if fact.id in claim.facts}
    return next((one.at for one in later if not about <= {(fact.sort, fact.names) for fact in one.facts}), None)
