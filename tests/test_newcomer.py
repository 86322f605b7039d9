"""What a newcomer sees: counts are of what people did, lists hold it alone, and Chinese is answered in Chinese."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from penchant.catalog import Catalog
from penchant.cli.activity import activity
from penchant.config import Config
from penchant.engine import Engine
from penchant.events.ids import BESIDE
from penchant.interest.told import Told
from penchant.narrate.person import reasons
from penchant.slate.explanation import Contribution
from penchant.slate.spoken import label
from penchant.types import Event, Item
from tests.worlds import sentence

ITEMS = [Item(id=name, title=name) for name in ("green tea", "black tea", "tea pot", "red pen", "blue pen", "pen case")]
DID = [Event(user="eve", item="blue pen", time=1.0), Event(user="ann", item="red pen", time=2.0)]
SEARCH = Event(user="eve", action="search", text="tea", time=3.0)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine.fit(ITEMS, DID, folder=tmp_path / "shop", config=Config(encoder="hash")) as engine:
        engine.observe([SEARCH])
        yield engine


def test_what_was_read_in_a_text_is_neither_listed_nor_counted_as_something_somebody_did(engine: Engine) -> None:
    assert engine.told("eve")  # the search was read, and what it means stands in the log
    assert engine.log.readings() > 0
    listed = engine.log.events(engine.log.user("eve"), 100)
    assert [(one.action, one.item, one.text) for one in listed] == [("search", None, "tea"), ("view", "blue pen", None)]
    assert not [one.id for one in listed if BESIDE in one.id]
    assert [(one.user, one.events) for one in engine.log.people("", 10, "events")] == [("eve", 2), ("ann", 1)]
    assert engine.log.totals().events - engine.log.readings() == len(DID) + 1
    seen = activity(engine.log)
    assert dict(zip(seen.ids, seen.events.tolist(), strict=True)) == {"eve": 2, "ann": 1}


def test_a_log_without_texts_counts_users_events_from_the_index_alone(tmp_path: Path) -> None:
    with Engine.fit(ITEMS, DID, folder=tmp_path / "shop", config=Config(encoder="hash")) as engine:
        assert engine.log.readings() == 0
        assert [one.events for one in engine.log.people("", 10)] == [1, 1]
    with sqlite3.connect(tmp_path / "shop" / "log.sqlite") as file:
        assert not file.execute("SELECT 1 FROM actions WHERE substr(id, 1, 5) = 'text:'").fetchall()


@pytest.mark.parametrize(
    ("kind", "liked", "item", "chinese"),
    [
        ("search", True, None, "您搜索过‘红烧肉’"),
        ("seed", True, None, "您说过‘红烧肉’"),
        ("search", False, None, "您不想要‘红烧肉’"),
        ("review", True, "green tea", "您喜欢green tea的‘红烧肉’"),
        ("review", False, "green tea", "您不喜欢green tea的‘红烧肉’"),
        ("review", True, None, "您喜欢的‘红烧肉’"),
    ],
)
def test_what_somebody_said_is_told_in_chinese_as_well(
    engine: Engine, kind: str, liked: bool, item: str | None, chinese: str
) -> None:
    said = label(Told("红烧肉", liked, kind, 0.0, "e", item, ()), engine.catalog)  # type: ignore[arg-type]
    assert reasons.spoken(said, "zh") == chinese
    assert reasons.spoken(said, "en") == said


def test_every_source_of_a_blend_has_a_name_in_chinese(engine: Engine) -> None:
    names = {source.label for source in engine.known.blend.sources}
    assert names
    assert not [name for name in names if reasons.spoken(name, "zh").isascii()]


def test_only_what_a_source_says_can_not_be_said_of_an_item() -> None:
    found = (
        Contribution("event", "e1", "红烧肉", 3.0),
        Contribution("words", "e2", "what you said", -1.0),
        Contribution("source", "popular-day", "popular lately", -1.0),
    )
    assert sentence("火锅", found, None, 1, None, "zh").endswith("不利于它的是：不能说它“近期受欢迎”。")
    assert sentence("火锅", found, None, 1, None).endswith("Against it: “popular lately” cannot be said of it.")


def test_an_empty_catalog_names_words_alone() -> None:
    assert label(Told("tea", True, "review", 0.0, "e", "gone", ()), Catalog(1)) == "you liked ‘tea’"
