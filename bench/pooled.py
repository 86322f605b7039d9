"""What all seeds of a comparison say together, from the lists that bench/accuracy.py keeps.

A basket, or an evening of ratings, has one time, and which of its items came next is chance. Over seeds the same people are asked
again with another draw, so a person's NDCG is the mean over seeds, and intervals are over people. Under the global time split the
same lists are judged a second time, by everything that the person took in the period: no draw at all.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from penchant.evaluate.harness import Outside
from penchant.evaluate.intervals import Interval, compare, mean_interval
from penchant.evaluate.metrics import ndcg
from penchant.evaluate.splits import Split
from penchant.evaluate.systems import KIN
from penchant.types import F64


class Standing(msgspec.Struct, frozen=True):
    """NDCG@10 of one system, mean over seeds and people, and its ratio to the best rival's."""

    mean: Interval
    ratio: Interval
    by_seed: list[float]


class Pooled(msgspec.Struct, frozen=True):
    """By question: "next" item, or "all" that was taken in the period."""

    seeds: int
    rival: dict[str, str]  # the best system that is not ours
    standings: dict[str, dict[str, Standing]]


def pooled(splits: Sequence[dict[str, Split]], lists: Sequence[dict[str, Outside]]) -> Pooled:
    """From the split of each seed by question, and what each system answered to it."""
    questions, rivals = {}, {}
    for question in splits[0]:
        gains: dict[str, list[F64]] = {}
        for split, answered in zip(splits, lists, strict=True):
            assert np.array_equal(split[question].test.user, splits[0][question].test.user), "seeds ask other people"
            for name, outside in answered.items():
                gains.setdefault(name, []).append(ndcg(outside.lists, split[question].test.targets, 10))
        mean = {name: np.mean(values, axis=0) for name, values in gains.items()}
        rival = max((name for name in mean if name not in KIN), key=lambda name: float(mean[name].mean()))
        rng = np.random.default_rng(0)
        questions[question] = {
            name: Standing(
                mean_interval(values, rng),
                compare(values, mean[rival], rng).ratio,
                [float(value.mean()) for value in gains[name]],
            )
            for name, values in mean.items()
        }
        rivals[question] = rival
    return Pooled(len(splits), rivals, questions)
