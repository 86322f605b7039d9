"""Names for topics: what tells one from the others, in the words of its items."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from penchant.interest.topics.words import Told, singular, told
from penchant.interest.transitions import Sparse
from penchant.types import F64, Bool, Item

KEYWORDS, EXAMPLES = 8, 3
_RARE = 3  # items a term must be in
_LIFT = 2.5  # times more frequent in a topic than outside, from which on a term of at least two items tells it from others
_TERM, _AMONG, _CATEGORY = 0.07, 0.3, 0.5  # shares of a topic's items that a term, one beside categories, or one must cover
_SPREAD = 0.12  # share of the topics over which a term is spread that tells none from others
_TELLING = 0.15  # share of the items that the terms of a label must cover together
_ENOUGH = 0.8  # once the terms of a label cover this share, no further one is taken
_ERA, _ERA_LIFT, _DECADES = 0.7, 1.35, 3  # share of the items that a span of decades must cover, its lift, and its length
_LONG = 24  # characters of a title from which on its subtitle is left out of a label
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WHOLE = 0.6  # share of a word's items from which on a phrase with it stands for the word


class Description(NamedTuple):
    """What there is to say of one topic."""

    label: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]


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

    A topic is described by the items that belong to it more than to any other. Terms are ranked by class TF-IDF, tf times
    log(1 + A / f): tf is the share of a topic's items that have the term, f how many items have it, A the mean of f over terms
    (Grootendorst 2022, "BERTopic", section 3.3, with items for words). Terms that are everywhere say nothing: whether one is, the
    `fine` topics tell where `members` are of broad ones.
    """
    own = _own(members)
    share: Sparse = sparse.csr_array(own @ sparse.diags_array(1 / np.maximum(own.sum(axis=0), 1e-9)))
    telling = _telling(lexicon.terms, _own(members if fine is None else fine))
    descriptions = []
    for topic in range(members.shape[1]):
        weights = share[:, [topic]].toarray()[:, 0].astype(float)
        words, cover = _keywords(lexicon, weights, telling)
        kinds = _kinds(lexicon, weights)
        head = [*kinds, *_era(lexicon, weights)]
        titles = _known(lexicon, weights * _filed(lexicon, kinds[:1]), seen)
        label = _label(head, _picked(words, cover, among=bool(head)), titles)
        descriptions.append(Description(label, tuple([*head, *words][:KEYWORDS]), tuple(titles[:EXAMPLES])))
    return _told_apart(descriptions)


def _own(members: Sparse) -> Sparse:
    """The membership of each item in the topic it belongs to most."""
    most = members.max(axis=1).toarray() if members.shape[1] else np.zeros(members.shape[0])
    own = members.tocoo()
    kept = own.data >= most[own.row]
    return sparse.csr_array((own.data[kept], (own.row[kept], own.col[kept])), shape=members.shape)


def _telling(terms: Sparse, own: Sparse) -> Bool:
    """(terms,) whether a term is at home in few topics: 1 / sum p(topic | term)^2, how many it is spread over, is small."""
    table = (terms.T @ own).toarray()
    spread = table.sum(axis=1) ** 2 / np.maximum((table**2).sum(axis=1), 1e-12)
    return np.asarray(spread <= max(_SPREAD * own.shape[1], 5))


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
    tail = ", ".join(words) or (named if head or not named else f"like {named}")
    label = ": ".join(part for part in (", ".join(head), tail) if part)
    return label[:1].upper() + label[1:]


def _short(titles: list[str]) -> list[str]:
    """Titles without what is in brackets and without a long subtitle; of those that begin with the same words the first."""
    short: dict[str, str] = {}
    for title in titles:
        plain = _BRACKETS.sub("", title) or title
        if len(plain) > _LONG:
            plain = plain.split(": ")[0]
        short.setdefault(" ".join(plain.casefold().split()[:2]), plain)
    return list(short.values())


def _told_apart(descriptions: list[Description]) -> list[Description]:
    """Labels that several have get what else is known of each, at last a number."""
    taken: set[str] = set()
    apart = []
    for place, one in enumerate(descriptions):
        count = Counter(other.label for other in descriptions)[one.label]
        said = set(one.label.casefold().replace(",", " ").replace(":", " ").split())
        more = [word for word in (*one.keywords, *one.examples) if not said & set(word.casefold().split())]
        ways = [one.label] if count == 1 else []
        ways += [f"{one.label}, {word}".lstrip(", ") for word in more] + [f"{one.label} ({place + 1})".strip()]
        label = next((way for way in ways if way and way not in taken), f"{one.label} ({place + 1}, {len(taken)})")
        taken.add(label)
        apart.append(one._replace(label=label))
    return apart


def _keywords(lexicon: Lexicon, weights: F64, telling: Bool) -> tuple[list[str], list[float]]:
    """The most distinctive terms, best first, none of which says what another says, and the share of items each covers."""
    cover = np.asarray(lexicon.terms.T @ weights)
    overall = _counts(lexicon.terms)
    inside = np.count_nonzero(weights)
    outside = np.maximum(overall - cover * inside, 0) / max(len(weights) - inside, 1)
    rarity = np.log1p((overall.sum() / max(len(overall), 1)) / np.maximum(overall, 1))
    score = np.where((cover >= _LIFT * outside) & (cover * inside > 1.5) & telling, cover * rarity, 0)
    chosen: list[int] = []
    for term in np.argsort(-score, kind="stable")[: 8 * KEYWORDS].tolist():
        if score[term] <= 0:
            break
        _admit(term, chosen, lexicon.written, cover)
    return [lexicon.written[term] for term in chosen], [float(cover[term]) for term in chosen]


def _admit(term: int, chosen: list[int], written: list[str], cover: F64) -> None:
    """Take a term among the chosen, unless its words are said; of a word and a phrase with it, the one that says more stays."""
    words = set(written[term].casefold().split())
    for place, other in enumerate(chosen):
        others = set(written[other].casefold().split())
        shorter, longer = (term, other) if words <= others else (other, term)
        if words <= others or others < words:
            chosen[place] = longer if cover[longer] >= _WHOLE * cover[shorter] else shorter
            return
    if not words <= {word for other in chosen for word in written[other].casefold().split()}:
        chosen.append(term)


def _picked(words: list[str], cover: list[float], *, among: bool) -> list[str]:
    """The terms of a label: as long as they say something of enough items, in other words than those before.

    `among` categories only words that many items share are worth saying. None are where all together tell too little.
    """
    picked: list[str] = []
    said: set[str] = set()
    covered = 0.0
    for word, share in zip(words, cover, strict=True):
        parts = {part.rstrip("s") for part in word.casefold().split()}
        if covered >= _ENOUGH or len(picked) == 3:
            break
        if share >= (_AMONG if among else _TERM) and not parts & said:
            picked.append(word)
            said |= parts
            covered += share
    return picked if covered >= _TELLING else []


def _kinds(lexicon: Lexicon, weights: F64) -> list[str]:
    """Up to two categories that most of the items have and that tell them from others."""
    cover = np.asarray(lexicon.categories.T @ weights)
    overall = _counts(lexicon.categories) / max(len(weights), 1)
    order = np.argsort(-cover * np.log1p(cover / np.maximum(overall, 1e-12)), kind="stable")
    return [lexicon.kinds[kind] for kind in order[:2].tolist() if cover[kind] >= _CATEGORY and cover[kind] > 1.1 * overall[kind]]


def _era(lexicon: Lexicon, weights: F64) -> list[str]:
    """The shortest span of decades that most of the items are from, where that is not true of the catalog as well."""
    cover = np.asarray(lexicon.decades.T @ weights)
    overall = _counts(lexicon.decades) / max(len(weights), 1)
    for length in range(1, min(_DECADES, len(cover)) + 1):
        spans = np.convolve(cover, np.ones(length), "valid")
        start = int(spans.argmax())
        if spans[start] >= _ERA:
            if spans[start] < _ERA_LIFT * overall[start : start + length].sum():
                return []
            first, last = (lexicon.first + 10 * place for place in (start, start + length - 1))
            return [f"{first}s" if first == last else f"{first}s to {last}s"]
    return []


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
    kept = [term for term, found in forms.items() if found.total() >= least]
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
