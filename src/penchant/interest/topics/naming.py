"""Names for topics: what tells one from the others, in the words of its items."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import xlogy

from penchant.interest.topics.words import Told, singular, told
from penchant.interest.transitions import Sparse
from penchant.types import F64, Item

KEYWORDS, EXAMPLES = 8, 3
_RARE = 3  # items a term must be in
_COMMON = 0.5  # share of the items: a phrase that begins with a word of more is said without it
_LIFT = 2.5  # times more frequent in a topic than outside, from which on a term of at least two items tells it from others
_TERM, _AMONG, _CATEGORY = 0.07, 0.3, 0.5  # shares of a topic's items that a term, one beside categories, or one must cover
_VAGUE, _SPREAD = 0.12, 0.2  # shares of the topics: a term spread over more needs another beside it, or tells none from others
_FEW = 5  # topics that a term may always be spread over
_SHARED, _NEARLY_HALF = 4, 0.45  # items, or their share, that a word must be in, beside categories
_TELLING = 0.15  # share of the items that the terms of a label must cover together
_ENOUGH = 0.8  # once the terms of a label cover this share, no further one is taken
_ERA, _ERA_LIFT, _DECADES = 0.7, 1.35, 3  # share of the items that a span of decades must cover, its lift, and its length
_LONG = 24  # characters of a title from which on its subtitle is left out of a label
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # Chinese and Japanese characters
_WHOLE = 0.6  # share of a word's items from which on a phrase with it stands for the word


class Description(NamedTuple):
    """What there is to say of one topic."""

    label: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]


class Term(NamedTuple):
    """A word or phrase that tells a topic from others."""

    written: str
    share: float  # of the topic's items that have it
    vague: bool  # at home in too many topics to name one by itself


class Lexicon(NamedTuple):
    """What all items say, as incidence matrices, each with the names of its columns."""

    titles: list[str]
    terms: Sparse  # (items, terms)
    written: list[str]
    categories: Sparse  # (items, categories)
    kinds: list[str]
    decades: Sparse  # (items, decades), consecutive ones
    first: int  # the first decade


def lexicon(items: Sequence[Item]) -> Lexicon:
    """Read the items; plurals are counted as the singular, and terms in fewer than three items are left out."""
    said = [told(item) for item in items]
    terms, written = _vocabulary(said)
    kinds = sorted({kind for item in items for kind in item.categories})
    number = {kind: place for place, kind in enumerate(kinds)}
    categories = _incidence([[number[kind] for kind in set(item.categories)] for item in items], len(kinds))
    years = [line.decade for line in said if line.decade is not None]
    first, last = (min(years), max(years)) if years else (0, -10)
    decades = _incidence(
        [[] if line.decade is None else [(line.decade - first) // 10] for line in said], (last - first) // 10 + 1
    )
    return Lexicon([line.title for line in said], terms, written, categories, kinds, decades, first)


def describe(lexicon: Lexicon, members: Sparse, seen: F64, fine: Sparse | None = None) -> list[Description]:
    """A unique label, keywords and the best known titles of each topic; `members` is (items, topics), `seen` (items,) events.

    A topic is described by the items that belong to it more than to any other. Terms are ranked by p log(p / q), p the share of
    a topic's items that have the term, q that of the others: what the term adds to the divergence of the two (Kullback and
    Leibler 1951, "On information and sufficiency"). Terms that are everywhere say nothing: whether one is, the `fine` topics tell
    where `members` are of broad ones.
    """
    own = _own(members)
    share: Sparse = sparse.csr_array(own @ sparse.diags_array(1 / np.maximum(own.sum(axis=0), 1e-9)))
    spread = _spread(lexicon.terms, _own(members if fine is None else fine))
    descriptions = []
    for topic in range(members.shape[1]):
        weights = share[:, [topic]].toarray()[:, 0].astype(float)
        terms = _keywords(lexicon, weights, spread)
        kinds = _kinds(lexicon, weights)
        head = [*kinds, *(_span(*era, kinds) for era in _era(lexicon, weights))]
        titles = _known(lexicon, weights * _filed(lexicon, kinds[:1]), seen)
        least = max(_AMONG, min(_SHARED / max(int(np.count_nonzero(weights)), 1), _NEARLY_HALF)) if head else _TERM
        label = _label(head, _picked(terms, least), titles)
        keywords = [*head, *(term.written for term in terms)]
        descriptions.append(Description(label, tuple(keywords[:KEYWORDS]), tuple(titles[:EXAMPLES])))
    return _told_apart(descriptions)


def _own(members: Sparse) -> Sparse:
    """The membership of each item in the topic it belongs to most."""
    most = members.max(axis=1).toarray() if members.shape[1] else np.zeros(members.shape[0])
    own = members.tocoo()
    kept = own.data >= most[own.row]
    return sparse.csr_array((own.data[kept], (own.row[kept], own.col[kept])), shape=members.shape)


def _spread(terms: Sparse, own: Sparse) -> F64:
    """(terms,) over which share of the topics each term is spread: 1 / sum p(topic | term)^2 of them; 0 for up to five topics."""
    table = (terms.T @ own).toarray()
    many = table.sum(axis=1) ** 2 / np.maximum((table**2).sum(axis=1), 1e-12)
    return np.where(many <= _FEW, 0.0, many / max(own.shape[1], 1))


def _known(lexicon: Lexicon, weights: F64, seen: F64) -> list[str]:
    """Titles of items that belong to a topic, the most seen first: an item that belongs to it half counts half."""
    best = np.argsort(-(seen + 0.01) * weights, kind="stable")[: 8 * EXAMPLES]
    return list(dict.fromkeys(lexicon.titles[item] for item in best.tolist() if weights[item] > 0))


def _filed(lexicon: Lexicon, kinds: list[str]) -> F64:
    """(items,) 1 for an item that has all of these categories, else 0."""
    columns = [lexicon.kinds.index(kind) for kind in kinds]
    return np.asarray(lexicon.categories[:, columns].toarray().all(axis=1), float)


def _label(head: list[str], words: list[str], titles: list[str]) -> str:
    """What kind of items, then the words they share or else the best known of them."""
    named = " · ".join(_short(titles)[:2])
    tail = ", ".join(words) or (named if head or not named else f"{named} and the like")
    label = ": ".join(part for part in (", ".join(head), tail) if part)
    return label[:1].upper() + label[1:]


def _short(titles: list[str]) -> list[str]:
    """Titles without what is in brackets and without a long subtitle; of those that begin with the same words the first."""
    short: dict[str, str] = {}
    for title in titles:
        plain = _BRACKETS.sub("", title) or title
        if len(plain) > _LONG:
            plain = plain.split(": ")[0]
        short.setdefault(" ".join(_parts(plain)[:2]), plain)
    return list(short.values())


def _told_apart(descriptions: list[Description]) -> list[Description]:
    """Labels that several have, or that others begin with, get what else is known of each, at last a number."""
    taken: set[str] = set()
    apart = []
    for place, one in enumerate(descriptions):
        own = _parts(one.label)
        alone = not any(_parts(other.label)[: len(own)] == own for other in descriptions if other is not one)
        more = [word for word in (*one.keywords, *one.examples) if not {*own} & {*_parts(word)}]
        ways = [one.label] if alone else []
        ways += [f"{one.label}, {word}".lstrip(", ") for word in more] + [f"{one.label} ({place + 1})".strip()]
        label = next((way for way in ways if way and way not in taken), f"{one.label} ({place + 1}, {len(taken)})")
        taken.add(label)
        apart.append(one._replace(label=label))
    return apart


def _parts(text: str) -> list[str]:
    """The words of a text, whatever their case and number."""
    return [word.rstrip("s") for word in text.casefold().replace(",", " ").replace(":", " ").split()]


def _keywords(lexicon: Lexicon, weights: F64, spread: F64) -> list[Term]:
    """The most distinctive terms, best first, none of which says what another says; `spread` (terms,) is the share of the topics
    that each is spread over."""
    cover = np.asarray(lexicon.terms.T @ weights)
    overall = _counts(lexicon.terms)
    inside = np.count_nonzero(weights)
    others = max(len(weights) - int(inside), 1)
    outside = np.maximum(overall - cover * inside, 0) / others
    score = worth(cover, np.maximum(outside, 1 / others), overall)  # in one other item at least: rare is not sure
    score[(cover < _LIFT * outside) | (cover * inside <= 1.5) | (spread > _SPREAD)] = 0
    chosen: list[int] = []
    for term in np.argsort(-score, kind="stable")[: 8 * KEYWORDS].tolist():
        if score[term] <= 0:
            break
        _admit(term, chosen, lexicon.written, cover)
    return [Term(lexicon.written[term], float(cover[term]), bool(spread[term] > _VAGUE)) for term in chosen]


def worth(inside: F64, outside: F64, items: F64) -> F64:
    """(terms,) how well each tells a topic: p log(p / q), p and q its shares of the items `inside` and `outside` (above 0).

    `items` (terms,) have it in all, which other measures want to know.
    """
    return np.asarray(xlogy(inside, inside / outside))


def _admit(term: int, chosen: list[int], written: list[str], cover: F64) -> None:
    """Take a term among the chosen, unless its words are said; of a word and a phrase with it, the one that says more stays."""
    words = set(written[term].casefold().split())
    for place, other in enumerate(chosen):
        inside = _within(written[term], written[other])
        if inside or _within(written[other], written[term]):
            shorter, longer = (term, other) if inside else (other, term)
            chosen[place] = kept = longer if cover[longer] >= _WHOLE * cover[shorter] else shorter
            chosen[:] = [one for one in chosen if one == kept or not _within(written[one], written[kept])]
            return
    if not words <= {word for other in chosen for word in written[other].casefold().split()}:
        chosen.append(term)


def _within(part: str, whole: str) -> bool:
    """Whether all that a term says is said in another; where writing does not part words, any run of characters may be one.

    >>> _within("bag", "lunch bag"), _within("搞笑", "轻松搞笑"), _within("art", "party")
    (True, True, False)
    """
    return {*part.casefold().split()} <= {*whole.casefold().split()} or (_UNPARTED.search(part) is not None and part in whole)


def _picked(terms: Sequence[Term], least: float) -> list[str]:
    """The terms of a label: as long as they say something of enough items, in other words than those before.

    Terms of fewer than the share `least` of the items are left out, and all where together they tell too little. What is vague
    does not stand alone.
    """
    picked: list[str] = []
    said: set[str] = set()
    covered, told = 0.0, 0.0
    for term in terms:
        if told >= _ENOUGH or len(picked) == 3:
            break
        if term.share >= least and not said & {*_parts(term.written)}:
            picked.append(term.written)
            said.update(_parts(term.written))
            covered += term.share
            told += 0.0 if term.vague else term.share
    return picked if covered >= _TELLING else []


def _kinds(lexicon: Lexicon, weights: F64) -> list[str]:
    """Up to two categories that most of the items have and that tell them from others."""
    cover = np.asarray(lexicon.categories.T @ weights)
    overall = _counts(lexicon.categories) / max(len(weights), 1)
    order = np.argsort(-cover * np.log1p(cover / np.maximum(overall, 1e-12)), kind="stable")
    return [lexicon.kinds[kind] for kind in order[:2].tolist() if cover[kind] >= _CATEGORY and cover[kind] > 1.1 * overall[kind]]


def _era(lexicon: Lexicon, weights: F64) -> list[tuple[int, int]]:
    """The shortest span of decades, first and last, that most items are from, where that is not true of the catalog as well."""
    cover = np.asarray(lexicon.decades.T @ weights)
    overall = _counts(lexicon.decades) / max(len(weights), 1)
    for length in range(1, min(_DECADES, len(cover)) + 1):
        spans = np.convolve(cover, np.ones(length), "valid")
        start = int(spans.argmax())
        if spans[start] >= _ERA:
            if spans[start] < _ERA_LIFT * overall[start : start + length].sum():
                return []
            first, last = (lexicon.first + 10 * place for place in (start, start + length - 1))
            return [(first, last)]
    return []


def _span(first: int, last: int, kinds: Sequence[str]) -> str:
    """Decades, written as the categories beside them are.

    >>> _span(1980, 1990, ["Horror"]), _span(2010, 2010, ["健身"])
    ('1980s to 1990s', '2010年代')
    """
    if any(map(_UNPARTED.search, kinds)):
        return f"{first}年代" if first == last else f"{first}至{last}年代"
    return f"{first}s" if first == last else f"{first}s to {last}s"


def _vocabulary(said: Sequence[Told]) -> tuple[Sparse, list[str]]:
    """The terms that enough items have, as (items, terms) and as they are mostly written."""
    counts = Counter(term for line in said for term in line.terms)
    forms: dict[str, Counter[str]] = {}
    lines: list[list[str]] = []
    for line in said:
        folded = {" ".join(singular(word, counts) for word in term.split(" ")): form for term, form in line.terms.items()}
        lines.append(list(folded))
        for term, form in folded.items():
            forms.setdefault(term, Counter())[form] += 1
    least = min(_RARE, max(1, len(said) // 10))
    common = {term for term, found in forms.items() if found.total() > _COMMON * len(said)}
    kept = [
        term for term, found in forms.items() if found.total() >= least and (" " not in term or term.split(" ")[0] not in common)
    ]
    number = {term: place for place, term in enumerate(kept)}
    written = [max(forms[term].items(), key=lambda pair: (pair[1], pair[0] == pair[0].lower(), pair[0]))[0] for term in kept]
    return _incidence([[number[term] for term in line if term in number] for line in lines], len(kept)), written


def _incidence(rows: Sequence[Sequence[int]], columns: int) -> Sparse:
    """(rows, columns) with 1 at the columns that each row names."""
    ends = np.cumsum([0, *map(len, rows)])
    named = np.fromiter((column for row in rows for column in row), np.int64, int(ends[-1]))
    return sparse.csr_array((np.ones(len(named), np.float32), named, ends), shape=(len(rows), columns))


def _counts(incidence: Sparse) -> F64:
    """(columns,) how many rows name each column."""
    return np.bincount(incidence.indices, minlength=incidence.shape[1]).astype(float)
