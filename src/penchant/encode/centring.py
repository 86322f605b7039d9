"""Taking out of a vector what it says about its language, so that what is left is its topic.

Multilingual encoders put each language into a corner of its own: texts are near because both are Chinese before they are near
because both are about space. The mean of a language's vectors is that corner; subtracting it, from items and from queries alike,
brings the languages together. docs/encoders.md has the measurements.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from penchant.encode.neutral import NEUTRAL
from penchant.types import F32, Encoder

ANY = "*"  # the mean for a language that has none of its own
_PRIOR = 10.0  # texts that the prior mean of a language counts for
_NOTHING = 1e-4  # a difference shorter than this is rounding, not a topic

Means = dict[str, F32]  # language to (dim,); ANY is always there


class Centring(NamedTuple):
    """The mean of each language, of items and of queries; ANY stands for languages that have none."""

    items: Means
    queries: Means


def fit_centring(
    vectors: F32, languages: Sequence[str], encoder: Encoder, neutral: Mapping[str, Sequence[str]] = NEUTRAL
) -> Centring:
    """Means for the items whose `vectors` (n, dim) are in `languages`, and for the queries that will be asked of them.

    Item means are of the items, drawn towards those of neutral wishes where a language has few (a mean of ten weighs as much
    as the prior), so that one item, or none, is no special case. Query means are of the neutral wishes; a language without
    any takes the mean of the others, moved by as much as its items are from the rest.
    """
    passages, queries = (_neutral_means(encoder, neutral, query=query) for query in (False, True))
    items = _shrunk_means(vectors, languages, passages)
    for language, mean in items.items():
        if language not in queries:
            queries[language] = queries[ANY] + (mean - items[ANY])
    return Centring(items, queries)


def centred(vectors: F32, languages: Sequence[str], means: Means) -> F32:
    """`vectors` (n, dim) less the mean of each one's language, as unit rows; a vector that is the mean itself is left as it was.

    >>> centred(np.eye(2, dtype=np.float32), ["en", "fr"], {"*": np.array([1.0, 1.0], np.float32)}).tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    """
    known, which = np.unique(np.array(languages, str), return_inverse=True)
    table = np.array([means.get(language, means[ANY]) for language in known.tolist()], np.float32)
    moved = vectors - table.reshape(-1, vectors.shape[1])[which]
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    kept: F32 = np.where(lengths > _NOTHING, moved / np.maximum(lengths, _NOTHING), vectors).astype(np.float32)
    return kept


def _neutral_means(encoder: Encoder, neutral: Mapping[str, Sequence[str]], *, query: bool) -> Means:
    means = {language: encoder.encode(texts, query=query).mean(axis=0) for language, texts in neutral.items()}
    return {**means, ANY: np.mean(list(means.values()), axis=0)}


def _shrunk_means(vectors: F32, languages: Sequence[str], prior: Means) -> Means:
    def shrunk(rows: F32, towards: F32) -> F32:
        total = rows.sum(axis=0, dtype=np.float64) + _PRIOR * towards
        mean: F32 = (total / (len(rows) + _PRIOR)).astype(np.float32)
        return mean

    overall = shrunk(vectors, prior[ANY])
    means = {**prior, ANY: overall}
    known, which = np.unique(np.array(languages, str), return_inverse=True)
    for number, language in enumerate(known.tolist()):
        means[language] = shrunk(vectors[which == number], prior.get(language, overall))
    return means
