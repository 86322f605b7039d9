"""Topics of a catalog: found in text, categories and behaviour; placed, saved and kept."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.catalog import Catalog
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.interest.topics import Membership, Shares, Topic, Topics, fit
from penchant.interest.topics.choosing import cut, gain, people
from penchant.interest.topics.kmeans import cluster, nearest, settle
from penchant.interest.topics.membership import first, members
from penchant.interest.topics.together import together
from penchant.types import DAY, F32, I64, Events, Item
from tests.worlds import catalog_of, columns, log_of, unit

NOBODY = Events.joined([])
SUBJECTS = ("garden spade", "tea cup", "paper lantern", "wool scarf", "toy robot", "picture frame")
COLOURS = ("red", "blue", "green", "white", "pink", "grey", "black", "old")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def subject_of(items: int) -> I64:
    return np.arange(items) % len(SUBJECTS)


def shop(items: int = 120, *, spoken: bool = True, seed: int = 1) -> Catalog:
    """Items of six subjects in turn, whose vectors say which, unless they are not `spoken` of."""
    random = rng(seed)
    subject = subject_of(items)
    centre = unit(rng(99), len(SUBJECTS), 16)
    vectors = centre[subject] + 0.15 * random.standard_normal((items, 16)) if spoken else random.standard_normal((items, 16))
    catalog = Catalog(16)
    told = [
        Item(
            id=f"i{n}",
            title=f"{COLOURS[n % 8]} {SUBJECTS[kind]}".upper(),
            categories=(SUBJECTS[kind].split()[1],) if n % 3 else (),
        )
        for n, kind in enumerate(subject.tolist())
    ]
    catalog.extend(told, np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32))
    return catalog


def shoppers(items: int = 120, visits: int = 400, seed: int = 2) -> Events:
    """People who on each visit take five items of one subject."""
    random = rng(seed)
    kind = random.integers(0, len(SUBJECTS), visits)
    item = np.concatenate([random.permutation(np.flatnonzero(subject_of(items) == one))[:5] for one in kind.tolist()])
    visit = np.repeat(np.arange(visits), 5)
    return columns((visit // 4).tolist(), item.tolist(), (visit * DAY + np.tile(np.arange(5.0), visits)).tolist())


def agreement(topics: Topics) -> float:
    """The share of items whose topic is mostly of their subject."""
    table = np.zeros((len(topics.fine), len(SUBJECTS)))
    np.add.at(table, (first(topics.member), subject_of(len(topics.items))), 1)
    return float(table.max(axis=1).sum() / len(topics.items))


def flat(topics: Topics) -> dict[str, list[object]]:
    return {name: array.tolist() for name, array in topics.arrays().items()}


@pytest.mark.parametrize("shares", [Shares(1, 0, 0), Shares(1, 1, 0.5)])
def test_topics_are_the_subjects_that_items_speak_of(shares: Shares) -> None:
    topics = fit(shop(), shoppers(), rng=rng(), fine=6, shares=shares)
    assert agreement(topics) > 0.95


def test_what_people_take_together_tells_the_subjects_where_text_does_not() -> None:
    mute = shop(spoken=False)
    assert agreement(fit(mute, NOBODY, rng=rng(), fine=6, shares=Shares(1, 0, 0))) < 0.6
    assert agreement(fit(mute, shoppers(), rng=rng(), fine=6, shares=Shares(1, 3, 0))) > 0.95


def test_together_is_near_for_items_of_one_visit_and_zero_for_what_nobody_had() -> None:
    near = together(shoppers(items=114), 120, 6, rng())
    cosine = near @ near.T
    subject = subject_of(120)[:114]
    same = (subject[:, None] == subject) & ~np.eye(114, dtype=bool)
    assert cosine[:114, :114][same].mean() > 0.9 > 0.1 > np.abs(cosine[:114, :114][subject[:, None] != subject].mean())
    assert not near[114:].any()


def test_together_is_the_same_in_blocks_as_the_textbook_formula() -> None:
    log = log_of(users=10, items=9, events=120, rng=rng())
    matrix = np.zeros((9, 9))
    order = np.lexsort((log.time, log.user))
    user, item, time = log.user[order], log.item[order], log.time[order]
    ends = np.flatnonzero((np.diff(user) != 0) | (np.diff(time) >= DAY / 4)) + 1
    for visit in np.split(item, ends):
        had = np.unique(visit)
        matrix[np.ix_(had, had)] += 1 / len(had)
    np.fill_diagonal(matrix, 0)
    context = matrix.sum(axis=1) ** 0.75
    with np.errstate(divide="ignore"):
        positive = np.maximum(np.log(matrix / np.outer(matrix.sum(axis=1), context / context.sum())), 0)
    left, values, _ = np.linalg.svd(positive)
    expected = left[:, :3] * np.sqrt(values[:3])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = together(log, 9, 3, rng())
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-3)


def test_weights_of_an_item_sum_to_one_and_broad_shares_follow_through_the_parents() -> None:
    topics = fit(shop(), shoppers(), rng=rng(), fine=12, broad=4)
    fine = topics.fine_shares().toarray()
    np.testing.assert_allclose(fine.sum(axis=1), 1, atol=1e-6)
    assert (np.count_nonzero(fine, axis=1) <= 5).all()
    by_hand = np.zeros((120, len(topics.broad)))
    for number, parent in enumerate(topics.parent.tolist()):
        by_hand[:, parent] += fine[:, number]
        assert topics.fine[number].parent == topics.broad[parent].id
    np.testing.assert_allclose(topics.broad_shares(), by_hand, atol=1e-6)
    assert [topic.items for topic in topics.fine] == np.bincount(first(topics.member), minlength=len(topics.fine)).tolist()
    assert sum(topic.items for topic in topics.broad) == 120


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 30))
def test_members_are_the_nearest_topics_whatever_the_points(seed: int, topics: int, items: int) -> None:
    random = rng(seed)
    points, centres = unit(random, items, 5), unit(random, topics, 5)
    points[random.random(items) < 0.2] = 0
    found = members(points, centres)
    told = points.any(axis=1)
    np.testing.assert_allclose(found.weights.sum(axis=1), told, atol=1e-5)
    assert (np.diff(found.weights, axis=1) <= 1e-6).all()
    assert (first(found) == np.where(told, nearest(points, centres), -1)).all()
    assert ((found.topic >= 0) == (found.weights > 0)).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8))
def test_settling_never_makes_the_fit_of_centres_worse(seed: int, count: int) -> None:
    random = rng(seed)
    points, weights = unit(random, 40, 4), random.random(40)
    start = unit(random, count, 4)
    fits = [
        float(((points @ settle(points, weights, start, rounds=rounds).T).max(axis=1) * weights).sum()) for rounds in range(6)
    ]
    assert (np.diff(fits) >= -1e-5).all()


def test_clusters_are_no_more_than_the_directions_there_are() -> None:
    points = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    assert sorted(cluster(points, np.ones(12), 8, rng()).argmax(axis=1).tolist()) == [0, 1, 2]
    assert cluster(np.zeros((4, 3), np.float32), np.ones(4), 2, rng()).shape == (0, 3)


def test_the_number_of_topics_is_the_one_that_foresees_what_people_have_later() -> None:
    """Six subjects and people who keep to one: six topics tell more than two, and than none."""
    earlier, later = cut(shoppers())
    asked = people(earlier, later, rng())
    subject, halves = subject_of(120), subject_of(120) // 3
    sure = np.ones((120, 1), np.float32)
    six = gain(Membership(subject[:, None], sure), 6, earlier, later, asked)
    two = gain(Membership(halves[:, None], sure), 2, earlier, later, asked)
    one = gain(Membership(0 * subject[:, None], sure), 1, earlier, later, asked)
    assert six > two > one == pytest.approx(0, abs=1e-6)


def test_later_events_are_the_last_fifth_of_each_person() -> None:
    log = columns([0] * 10 + [1] * 5, list(range(10)) + list(range(5)), [float(n) for n in range(9, -1, -1)] + [0.0] * 5)
    earlier, later = cut(log)
    assert later.user.tolist() == [0, 0, 1]
    assert later.item.tolist() == [1, 0, 4]
    assert len(earlier.user) == 12


def test_the_same_seed_gives_the_same_topics_and_another_may_not() -> None:
    one, two = (fit(shop(), shoppers(), rng=rng(5), fine=9) for _ in range(2))
    assert flat(one) == flat(two)


def test_a_round_trip_through_arrays_is_exact() -> None:
    before = fit(shop(100), shoppers(100), rng=rng(), fine=7)
    topics = fit(shop(), shoppers(), rng=rng(), before=before, fine=4)
    again = Topics.restore({name: array.copy() for name, array in topics.arrays().items()})
    assert topics.changes
    assert (again.broad, again.fine, again.items, again.issued, again.changes) == (
        topics.broad,
        topics.fine,
        topics.items,
        topics.issued,
        topics.changes,
    )
    assert flat(again) == flat(topics)
    vectors, filed = topic_of_new_items()
    assert again.place(vectors, filed).weights.tolist() == topics.place(vectors, filed).weights.tolist()


def test_arrays_of_another_format_are_refused() -> None:
    arrays = fit(shop(30), NOBODY, rng=rng()).arrays()
    record = msgspec.json.decode(arrays["record"].tobytes())
    arrays["record"] = np.frombuffer(msgspec.json.encode({**record, "format": 99}), np.uint8)
    with pytest.raises(FingerprintMismatch, match="the topics have format 99, this version reads 1; fit them again"):
        Topics.restore(arrays)


def topic_of_new_items() -> tuple[F32, list[tuple[str, ...]]]:
    new = shop(240, seed=7)
    return new.vectors[120:], [item.categories for item in new.items[120:]]


def test_a_new_item_is_placed_by_what_it_says() -> None:
    topics = fit(shop(), shoppers(), rng=rng(), fine=6)
    placed = topics.place(*topic_of_new_items())
    home = np.array([np.bincount(first(topics.member)[subject_of(120) == kind]).argmax() for kind in range(6)])
    assert (first(placed) == home[subject_of(240)[120:]]).mean() > 0.95


def test_an_item_that_says_nothing_is_placed_nowhere() -> None:
    topics = fit(shop(), shoppers(), rng=rng(), fine=6)
    placed = topics.place(np.zeros((2, 16), np.float32), [(), ("cup",)])
    assert placed.topic[0].tolist() == [-1] * 5
    assert placed.weights[0].sum() == 0
    assert "cup" in topics.fine[first(placed)[1]].label.casefold()


def test_placing_vectors_of_another_space_says_what_was_expected() -> None:
    topics = fit(shop(30), NOBODY, rng=rng())
    with pytest.raises(InvalidInput, match=r"vectors have shape \(1, 3\), expected \(1, 16\), a row for each item"):
        topics.place(np.zeros((1, 3), np.float32), [()])


def test_items_that_came_since_are_placed_in_the_topics_there_are() -> None:
    catalog = shop()
    topics = fit(catalog, shoppers(), rng=rng(), fine=6)
    known = topics.member.topic.tolist()
    new = shop(130, seed=7)
    catalog.extend(new.items[120:], new.vectors[120:])
    grown = topics.grown(catalog)
    assert grown.items == tuple(catalog)
    assert grown.member.topic[:120].tolist() == known
    assert grown.fine == topics.fine
    assert first(grown.member)[120:].tolist() == first(topics.place(new.vectors[120:], [()] * 10)).tolist()
    with pytest.raises(InvalidInput, match="these topics are of another catalog of 120 items; fit them again"):
        topics.grown(shop(30))


def test_a_topic_is_found_by_its_id() -> None:
    topics = fit(shop(), NOBODY, rng=rng(), fine=6)
    assert topics[topics.fine[3].id] is topics.fine[3]
    assert topics[topics.broad[0].id].parent is None
    with pytest.raises(InvalidInput, match="there is no topic 'topic:999' among 2 broad and 6 fine ones"):
        topics["topic:999"]


def many() -> dict[str, tuple[Catalog, Events]]:
    mute = Catalog(4)
    mute.extend([Item(id=f"m{n}") for n in range(40)], np.zeros((40, 4), np.float32))
    twins = Catalog(4)
    twins.extend([Item(id=f"t{n}", title="Twin") for n in range(50)], np.repeat(unit(rng(), 1, 4), 50, axis=0))
    half = Catalog(8)
    half.extend(
        [Item(id=f"h{n}", title="said" if n % 2 else "") for n in range(60)], unit(rng(), 60) * (np.arange(60) % 2)[:, None]
    )
    search = columns([0, 0, 1], [-1, -1, -1], [0.0, 1.0, 2.0])
    return {
        "no items": (Catalog(8), NOBODY),
        "three items": (catalog_of(3, rng()), NOBODY),
        "three items and events": (catalog_of(3, rng()), log_of(4, 3, 40, rng())),
        "one item": (catalog_of(1, rng()), log_of(4, 1, 40, rng())),
        "no events": (catalog_of(200, rng()), NOBODY),
        "events without items": (catalog_of(20, rng()), search),
        "dislikes only": (catalog_of(20, rng()), columns([0, 0, 1], [1, 2, 3], [0.0, 1.0, 2.0], [-1.0, -1.0, -1.0])),
        "no vectors": (mute, NOBODY),
        "no vectors but events": (mute, log_of(30, 40, 900, rng())),
        "duplicates": (twins, log_of(30, 50, 900, rng())),
        "half without text": (half, log_of(30, 60, 300, rng())),
        "a random log": (catalog_of(500, rng()), log_of(300, 500, 15_000, rng())),
    }


@pytest.mark.parametrize("name", many())
def test_any_catalog_has_topics_that_can_be_saved_refitted_and_placed_in(name: str) -> None:
    catalog, events = many()[name]
    topics = fit(catalog, events, rng=rng())
    again = fit(catalog, events, rng=rng(1), before=Topics.restore(topics.arrays()))
    for each in (topics, again):
        total = np.asarray(each.fine_shares().sum(axis=1), float)
        assert (np.isclose(total, 1, atol=1e-5) | (total == 0)).all()
        assert len({topic.label for topic in each.fine}) == len(each.fine)
        assert len({topic.label for topic in each.broad}) == len(each.broad) <= max(1, len(each.fine))
        assert all(topic.label for topic in (*each.fine, *each.broad))
        assert each.broad_shares().shape == (len(catalog), len(each.broad))
        assert set(each.parent.tolist()) == set(range(len(each.broad)))
    assert [topic.id for topic in again.fine] == [topic.id for topic in topics.fine]
    assert len(topics.place(catalog.vectors, [item.categories for item in catalog.items]).topic) == len(catalog)


def test_an_item_of_which_nothing_is_known_belongs_nowhere() -> None:
    catalog = shop(60)
    catalog.extend([Item(id="blank")], np.zeros((1, 16), np.float32))
    topics = fit(catalog, NOBODY, rng=rng())
    assert topics.member.weights[60].sum() == 0
    assert topics.member.weights[:60].sum(axis=1).min() > 0.99


def test_a_namer_gives_labels_and_what_it_leaves_or_repeats_stays() -> None:
    topics = fit(shop(), shoppers(), rng=rng(), fine=6, broad=2)
    asked: list[Topic] = []

    def namer(topic: Topic) -> str | None:
        asked.append(topic)
        return {topics.fine[0].id: "  In the \n garden ", topics.fine[1].id: "In the garden"}.get(topic.id)

    named = topics.named(namer)
    assert asked == [*topics.broad, *topics.fine]
    assert [topic.label for topic in named.fine] == ["In the garden", *(topic.label for topic in topics.fine[1:])]
    assert named.broad == topics.broad


def test_of_a_large_catalog_fewer_people_are_asked() -> None:
    """Fifty million pairs of a person and an item at most, so that the time it takes does not grow with both."""
    many = columns([user for user in range(40) for _ in range(2)], [0, 1] * 40, [float(n) for n in range(80)])
    earlier, later = cut(many, late=0.5)
    for items, asked in ((1, 40), (1_000_000, 40), (5_000_000, 10), (10**9, 1)):
        found = people(earlier, later, rng(), items)
        assert len(found) == asked
        assert (np.diff(found) > 0).all()
