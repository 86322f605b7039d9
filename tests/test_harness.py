import numpy as np
import pytest

from penchant.assets import load
from penchant.config import Config, Fold
from penchant.errors import InvalidInput
from penchant.evaluate import splits
from penchant.evaluate.harness import Outside, compare
from penchant.evaluate.served import served
from penchant.evaluate.splits import Split
from penchant.evaluate.systems import OURS, TRAINED, TUNED, chosen
from penchant.evaluate.trials import ask, ranked
from penchant.evaluate.world import World, world
from penchant.rank.learn import default_sources, learn
from penchant.types import DAY
from tests.worlds import FILMS, story

CONFIG = Config(encoder="hash", fold=Fold(half_lives=(3600.0, DAY, 30 * DAY), window=6))


@pytest.fixture(scope="module")
def told() -> World:
    return world("story", FILMS, story(people=60), CONFIG)


def split_of(told: World) -> Split:
    return splits.global_time(told.events, validate_from=0.5, test_from=0.7, repeat=False, rng=np.random.default_rng(0))


def test_all_systems_answer_the_same_requests_and_ours_is_among_them(told: World) -> None:
    report = compare(split_of(told), told.catalog, CONFIG, title="t", protocol="global-time", dataset="story", k=3)
    assert [system.name for system in report.systems] == chosen(None, trained=False)  # 420 events are not worth a network
    assert not set(TRAINED).intersection(system.name for system in report.systems)
    assert report.requests == len(split_of(told).test.user)
    for system in report.systems:
        assert 0 <= system.metrics["ndcg@3"].low <= system.metrics["ndcg@3"].high <= 1
        assert 0 <= system.measures["coverage@3"] <= 1


def test_the_same_seed_gives_the_same_report(told: World) -> None:
    once, again = (
        compare(split_of(told), told.catalog, CONFIG, title="t", protocol="p", dataset="d", systems=["markov", OURS])
        for _ in range(2)
    )
    assert [system.metrics for system in once.systems] == [system.metrics for system in again.systems]


def test_an_unknown_system_is_named_with_the_known_ones(told: World) -> None:
    with pytest.raises(InvalidInput, match="system 'svd' is not known; choose among popularity"):
        compare(split_of(told), told.catalog, CONFIG, title="t", protocol="p", dataset="d", systems=["svd"])


def test_a_system_that_ran_elsewhere_is_a_row_of_the_same_report(told: World) -> None:
    split = split_of(told)
    silent = np.full((len(split.test.user), 3), -1)
    knowing = silent.copy()
    knowing[:, 0] = [targets[0] for targets in split.test.targets]
    others = {"knowing": Outside(knowing, 1.5, "40 epochs"), "silent": Outside(silent, 0.5, "")}
    report = compare(split, told.catalog, CONFIG, title="t", protocol="p", dataset="d", systems=["markov"], others=others, k=3)
    markov, best, worst = report.systems
    assert [markov.name, best.name, worst.name] == ["markov", "knowing", "silent"]
    assert (best.metrics["ndcg@3"].mean, best.metrics["hit_rate@3"].mean, worst.metrics["ndcg@3"].mean) == (1, 1, 0)
    assert best.metrics["precision@3"].mean == pytest.approx(1 / 3)
    assert best.measures["coverage@3"] == len(np.unique(knowing[:, 0])) / len(told.catalog)
    assert (best.seconds, report.settings["picked: knowing"], markov.rival) == (1.5, "40 epochs", "knowing")


def test_lists_that_cannot_be_answers_are_refused(told: World) -> None:
    split = split_of(told)
    good = np.full((len(split.test.user), 3), -1)
    had = ask(split, split.test, told.catalog, CONFIG.fold).hidden[0].argmax()
    number = np.where(np.arange(good.size).reshape(good.shape) == 0, 1, 0)
    for name, lists, complaint in [
        ("theirs", good[:-1], rf"must bring {len(good)} lists of 3 item numbers, got int64 \({len(good) - 1}, 3\); pad with -1"),
        ("theirs", good[:, :2], "must bring"),
        ("theirs", good.astype(np.float64), "got float64"),
        ("theirs", good - 1, f"an item beyond the {len(told.catalog)} of the catalog"),
        ("theirs", good + number * (len(told.catalog) + 1), f"an item beyond the {len(told.catalog)} of the catalog"),
        ("theirs", good + number * (had + 1), f"lists item {had} for request 0, to which it is hidden"),
        ("markov", good, "'markov' is a system of this comparison; give what ran elsewhere another name"),
    ]:
        with pytest.raises(InvalidInput, match=complaint):
            compare(
                split,
                told.catalog,
                CONFIG,
                title="t",
                protocol="p",
                dataset="d",
                systems=["markov"],
                others={name: Outside(lists, 0.0, "")},
                k=3,
            )


def test_targets_are_candidates_and_the_past_is_not(told: World) -> None:
    split = split_of(told)
    asked = ask(split, split.test, told.catalog, CONFIG.fold)
    for row, targets in enumerate(asked.targets):
        assert not asked.hidden[row, targets].any()
        assert asked.hidden[row].sum() == split.test.prefix[row]


def test_a_replay_of_the_served_engine_gives_what_its_parts_give_offline(told: World) -> None:
    config = Config(encoder="hash", fold=CONFIG.fold, diversity=0.0)
    split = splits.replay(told.events, test_from=0.7, repeat=False, rng=np.random.default_rng(0))
    slates = served(split, told.catalog, config, 3)
    known = split.events.take(split.known)
    blend = learn(
        known,
        told.catalog,
        default_sources(config.fold, len(told.catalog), repeat=False),
        config.fold,
        repeat=False,
        rng=np.random.default_rng(0),
    )
    asked = ask(split, split.test, told.catalog, config.fold)
    rest = split.events.take(~split.known)
    rest = rest.take(np.argsort(rest.time, kind="stable"))
    told_until = 0
    for row in np.argsort(split.test.at, kind="stable"):
        upto = int(np.searchsorted(rest.time, split.test.at[row], side="left"))
        for source in blend.sources:
            source.observe(rest.take(slice(told_until, upto)))
        told_until = max(told_until, upto)
        hidden = asked._replace(
            interests=asked.interests.take(np.array([row])), hidden=asked.hidden[[row]], targets=[asked.targets[row]]
        )
        offline = ranked(lambda interests: blend.score(interests, told.catalog).scores, hidden, 3, np.random.default_rng(0))
        assert slates[row].tolist() == offline[0].tolist()


@pytest.mark.slow
def test_the_blend_beats_its_best_part_on_ml_100k() -> None:
    found = load("ml-100k")
    told = world("ml-100k", found.items, found.events, Config())
    split = splits.leave_one_out(told.events, repeat=False, rng=np.random.default_rng(0))
    names = ["markov", "slit", "ease-decayed", TUNED]
    report = compare(split, told.catalog, Config(), title="t", protocol="p", dataset="d", systems=names)
    ndcg = {system.name: system.metrics["ndcg@10"].mean for system in report.systems}
    assert ndcg["markov"] >= 0.105
    assert ndcg["slit"] >= 0.100
    assert ndcg["ease-decayed"] >= 0.088
    assert ndcg[TUNED] >= 1.03 * max(ndcg["markov"], ndcg["slit"], ndcg["ease-decayed"])
