"""The page in a real browser, where one is at hand: what people do, set and see."""

import shutil
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from penchant.config import Config
from penchant.engine import Engine
from penchant.serve import log_clock, serve
from penchant.types import DAY, Event, Item

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TITLE = "Tom & 'Jerry' \"<3\" 外星人 #"  # markup is cleaned out of titles when they come in; user ids stay as they are
WHO = "a/b <img src=x onerror='document.title=1'> &amp;"


def told(engine: Engine) -> str:
    """The address of a service over `engine`, on a free port, at the time of its log."""
    ready, where = threading.Event(), []

    def tell(url: str) -> None:
        where.append(url)
        ready.set()

    clock = log_clock(engine.now)
    threading.Thread(target=serve, args=(engine, "127.0.0.1", 0), kwargs={"clock": clock, "ready": tell}, daemon=True).start()
    assert ready.wait(30)
    return where[0]


@pytest.fixture(scope="module")
def shop() -> str:
    """A service over two tastes, whose titles and users are as nasty as an honest log allows."""
    items = [Item(id=f"i/{n}", title=f"{TITLE}{n}", categories=("old & <i>" if n < 15 else "new",)) for n in range(30)]
    mine = [Event(user=WHO, item=f"i/{n}", time=(200 + 20 * n) * DAY) for n in range(0, 24, 2)]
    others = [Event(user=f"u{u}", item=f"i/{(u * 7 + n) % 30}", time=(100 + u + n) * DAY) for u in range(9) for n in range(9)]
    return told(Engine.fit(items, mine + others, config=Config(encoder="hash")))


@pytest.fixture(scope="module")
def crowd() -> str:
    """A service over forty people of whom thirty went from tea to coffee."""
    items = [Item(id=f"{kind} {n}", title=f"{kind} {n}", categories=(kind,)) for kind in ("Tea", "Coffee") for n in range(20)]

    def then(user: int, n: int) -> Event:
        kind = "Coffee" if user < 30 and n >= 6 else "Tea"
        return Event(user=f"u{user}", item=f"{kind} {(user + n) % 20}", time=(200 + 15 * n) * DAY + 60 * user)

    return told(Engine.fit(items, [then(user, n) for user in range(40) for n in range(12)], config=Config(encoder="hash")))


@pytest.fixture
def view() -> Iterator[Any]:
    """A page in a real browser, which is to have nothing to complain about."""
    driver: Any = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    faults: list[str] = []

    def heard(message: Any) -> None:  # noqa: ANN401
        if message.type == "error" and "/forecast" not in message.location["url"]:  # a browser minds a 404 that the page does not
            faults.append(message.text)

    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", heard)
        yield page
        browser.close()
    assert faults == []


def picks(view: Any) -> list[str]:  # noqa: ANN401
    """The titles on the slate."""
    return list(view.locator(".pick:not(.leaving) .title").all_inner_texts())


@pytest.mark.slow
def test_a_click_changes_the_slate_and_no_title_runs(view: Any, shop: str) -> None:  # noqa: ANN401
    view.goto(f"{shop}/#user={quote(WHO, safe='')}")
    view.wait_for_selector(".band")
    assert view.inner_text("#slate-title") == f"For {WHO}"
    view.wait_for_selector(".chip")
    assert [text[:15] for text in view.locator(".chip").all_inner_texts()] == ["something like "] * 2
    first = view.locator(".pick .title").first
    liked = first.inner_text()
    assert liked.startswith(TITLE)
    first.click()
    view.wait_for_selector(".deeds .lit")
    assert liked in view.inner_text("#slate-note")
    assert liked in view.locator(".deeds .what").first.inner_text()
    assert liked not in picks(view)
    assert view.inner_text("#quick").endswith(" ms")
    assert view.locator("main img").count() == 0
    view.click("#newcomer")
    view.wait_for_selector("text=Nothing known yet")
    assert view.locator(".pick").count() == 10


@pytest.mark.slow
def test_what_is_muted_leaves_the_slate_at_once_and_what_is_pinned_comes_back(view: Any, crowd: str) -> None:  # noqa: ANN401
    view.goto(f"{crowd}/#user=u1")
    row = view.locator(".interest", has_text="Coffee")
    row.locator("button.mute").press("Enter")
    view.wait_for_selector(".interest.muted")
    assert {title.split()[0] for title in picks(view)} == {"Tea"}
    assert row.locator("button.mute").get_attribute("aria-pressed") == "true"
    assert row.locator("button.mute").evaluate("node => node === document.activeElement")
    assert view.locator(".deeds li").first.inner_text().split("\n")[:2] == ["Coffee", "muted"]
    assert "Coffee is muted" in view.inner_text("#slate-note")
    view.reload()
    row.locator("button.pin").click()
    view.wait_for_selector(".interest.pinned")
    assert view.locator(".interest.muted").count() == 0
    assert "Coffee" in {title.split()[0] for title in picks(view)}
    row.locator("button.pin").click()
    view.wait_for_selector(".deeds >> text=unpinned")
    assert view.locator("button[aria-pressed=true]").count() == 0


@pytest.mark.slow
def test_a_banner_tells_of_a_pause_while_nothing_is_learned(view: Any, crowd: str) -> None:  # noqa: ANN401
    view.goto(f"{crowd}/#user=u2")
    view.click("text=Pause learning")
    view.wait_for_selector("#pause:visible")
    before = picks(view)
    view.locator(".pick .title").first.click()
    view.wait_for_selector("text=Learning is paused, so it leaves no trace")
    assert picks(view) == before
    view.locator("#pause button").press("Enter")
    view.wait_for_selector("#pause", state="hidden")
    assert view.evaluate("document.activeElement.innerText") == "Pause learning"


@pytest.mark.slow
def test_starting_over_asks_first_and_then_forgets(view: Any, crowd: str) -> None:  # noqa: ANN401
    view.goto(f"{crowd}/#user=u35")
    view.click("text=Start over")
    assert view.evaluate("document.activeElement.innerText") == "Keep it"
    view.keyboard.press("Escape")
    assert view.evaluate("document.activeElement.innerText") == "Start over"
    assert view.locator(".interest").count() == 1
    view.click("text=Start over")
    view.click("text=Forget it")
    view.wait_for_selector("text=No interests yet")
    assert view.locator(".deeds .what").first.inner_text() == "Started over"


@pytest.mark.slow
def test_what_a_newcomer_asked_for_is_kept_as_a_taste(view: Any, crowd: str) -> None:  # noqa: ANN401
    view.goto(crowd)
    view.wait_for_selector(".band")
    view.click("#newcomer")
    view.wait_for_selector("text=Nothing known yet")
    view.fill("#text", "coffee")
    view.press("#text", "Enter")
    view.click("#keep:visible")
    view.wait_for_selector("text=is kept as a taste")
    view.wait_for_selector(".interest")
    assert view.locator(".deeds .what").all_inner_texts() == ["“coffee”"]
    assert view.locator("#keep").is_hidden()


@pytest.mark.slow
def test_everybody_loads_when_it_is_scrolled_to_and_tells_flows(view: Any, crowd: str) -> None:  # noqa: ANN401
    view.goto(f"{crowd}/#user=u1")
    view.wait_for_selector(".band")
    view.locator("#everybody").scroll_into_view_if_needed()
    view.wait_for_selector(".sankey .node")
    assert "Tea" in view.locator(".node text").all_text_contents()
    moved = view.locator('.flow[data-to="category:Coffee"][data-from="category:Tea"]')
    moved.dispatch_event("pointermove", {"clientX": 300, "clientY": 300})
    assert "Tea → Coffee" in view.inner_text(".sankey .tip")
    assert "30 people" in view.inner_text(".sankey .tip")
    assert "30 people" in view.locator(".moves li").first.inner_text()
    assert view.locator(".cohorts tbody tr").count() >= 1


@pytest.mark.slow
def test_too_few_people_are_said_to_be_too_few(view: Any, shop: str) -> None:  # noqa: ANN401
    view.goto(f"{shop}/#user=u1")
    view.wait_for_selector(".pick")
    view.locator("#everybody").scroll_into_view_if_needed()
    view.wait_for_selector(".part.flows >> text=too few to tell")
    assert view.locator(".sankey").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_is_wider_than_the_window(view: Any, crowd: str, width: int) -> None:  # noqa: ANN401
    view.set_viewport_size({"width": width, "height": 900})
    view.goto(f"{crowd}/#user=u1")
    view.wait_for_selector(".band")
    view.locator("#everybody").scroll_into_view_if_needed()
    view.wait_for_selector(".sankey .node")
    assert view.evaluate("document.documentElement.scrollWidth") <= width
