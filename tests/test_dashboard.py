"""The page at `/`: whole, self-contained, within its policy; and, where a browser is at hand, alive."""

import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from penchant.config import Config
from penchant.engine import Engine
from penchant.serve import log_clock, serve
from penchant.types import DAY, Event, Item

ROOT = Path(str(files("penchant"))) / "dashboard"
SCRIPTS = sorted(ROOT.glob("*.js"))
SHEETS = sorted(ROOT.glob("*.css"))
TEXTS = sorted(path for path in ROOT.iterdir() if path.suffix in {".js", ".css", ".html", ".svg"})
SVG = "http://www.w3.org/2000/svg"  # a name, not an address: nothing is loaded from it
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Tags(HTMLParser):
    """Every start tag of a page, with its attributes, and the text inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in {"script", "style"} and data.strip():
            self.inline.append(data)


@pytest.fixture(scope="module")
def page() -> Tags:
    return Tags((ROOT / "index.html").read_text("utf-8"))


def ids(page: Tags) -> set[str]:
    return {str(attributes["id"]) for _, attributes in page.tags if "id" in attributes}


def imports(script: Path) -> set[str]:
    return set(re.findall(r'from "\./([\w.]+)"', script.read_text("utf-8")))


def test_everything_the_page_loads_is_in_the_package(page: Tags) -> None:
    loaded = [str(value) for _, tag in page.tags for name, value in tag.items() if name in {"src", "href"} and value != "docs"]
    assert {name.partition("/")[0] for name in loaded} == {"dashboard"}
    assert [name for name in loaded if not files("penchant").joinpath(name).is_file()] == []


def test_every_import_names_a_module_that_exports_it() -> None:
    for script in SCRIPTS:
        for names, module in re.findall(r'import \{([^}]*)\} from "\./([\w.]+)"', script.read_text("utf-8")):
            source = (ROOT / module).read_text("utf-8")
            exported = set(re.findall(r"export (?:async )?(?:const|function|class) (\w+)", source))
            assert {name.strip() for name in names.split(",")} <= exported, (script.name, module)


def test_every_module_is_used_and_preloaded(page: Tags) -> None:
    """Without a build step the browser would find the modules one level of imports at a time."""
    used = set().union(*(imports(script) for script in SCRIPTS))
    assert used | {"app.js"} == {script.name for script in SCRIPTS}
    preloaded = {str(tag["href"]) for name, tag in page.tags if name == "link" and tag.get("rel") == "modulepreload"}
    assert preloaded == {f"dashboard/{name}" for name in used}


def test_nothing_comes_from_elsewhere() -> None:
    for path in TEXTS:
        assert re.findall(r"(?:https?:|wss?:)?//[\w-]+\.[\w.]+", path.read_text("utf-8").replace(SVG, "")) == [], path.name


def test_no_inline_script_handler_or_style(page: Tags) -> None:
    assert page.inline == []
    assert [tag for tag, attributes in page.tags if any(name == "style" or name.startswith("on") for name in attributes)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_text_enters_the_page_as_text_only(script: Path) -> None:
    source = script.read_text("utf-8")
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|cssText"
    assert re.findall(unsafe, source) == []
    assert re.findall(r"""["']style["']|\bstyle:""", source) == []  # the policy forbids style attributes


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_browser_never_asks_its_own_clock_what_time_it_is(script: Path) -> None:
    assert re.findall(r"Date\.now|new Date\(\)", script.read_text("utf-8")) == []


def test_elements_that_scripts_look_for_exist(page: Tags) -> None:
    sought = {name for script in SCRIPTS for name in re.findall(r'byId\("([\w-]+)"\)', script.read_text("utf-8"))}
    assert sought - ids(page) == set()


def test_labels_and_descriptions_point_at_elements(page: Tags) -> None:
    pointers = ("for", "aria-labelledby", "aria-controls")
    assert {str(tag[name]) for _, tag in page.tags for name in pointers if name in tag} - ids(page) == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_style_sheets_are_balanced_and_use_variables_that_are_set(sheet: Path) -> None:
    source = sheet.read_text("utf-8")
    assert source.count("{") == source.count("}")
    everything = "".join(path.read_text("utf-8") for path in TEXTS)
    given = set(re.findall(r"(--[\w-]+):", everything)) | set(re.findall(r'"(--[\w-]+)"', everything))
    assert set(re.findall(r"var\((--[\w-]+)", source)) - given == set()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_modules_parse(script: Path) -> None:
    checked = subprocess.run(
        ["node", "--input-type=module", "--check", "-"], input=script.read_bytes(), capture_output=True, check=False, timeout=60
    )
    assert checked.returncode == 0, checked.stderr.decode()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_stacked_shares_fill_the_chart() -> None:
    program = f"""
        import {{ sharesOf, leading, stack, ticks }} from "{(ROOT / "stream.js").as_uri()}";
        const account = (...told) => ({{ interests: told.map(([label, strength, share]) => ({{ label, strength, share }})) }});
        const points = [account(["a", 9, 0.75], ["b", 2.5, 0.25]), account(["b", 0, 0.5], ["c", 0, 0.5], ["d", -1, 0]), account()]
            .map((found, at) => ({{ at, shares: sharesOf(found) }}));
        const bands = stack(points, leading(points, 2)).map((band) => [band.label, band.edges]);
        console.log(JSON.stringify([bands, ticks(0, 86400 * 365, 6).length]));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=program.encode(), capture_output=True, check=True, timeout=60
    )
    expected = '[[["a",[[0,0.75],[0,0],[0,0]]],["b",[[0.75,1],[0,0.5],[0,0]]],["everything else",[[1,1],[0.5,1],[0,0]]]],7]'
    assert done.stdout.decode().strip() == expected


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_examples_speak_of_what_the_catalog_holds() -> None:
    program = f"""
        import {{ sentences }} from "{(ROOT / "examples.js").as_uri()}";
        const items = [["Pot", ["Tea"]], ["Cup", ["Tea"]], ["", ["No"]], ["Mug", ["Mugs"]], ["Tin", []], ["Urn", ["Urns"]]];
        const told = items.map(([title, categories]) => ({{ title, categories }}));
        console.log(JSON.stringify([sentences(["Tea"], told), sentences(["Sci-Fi", "Drama"], told), sentences([], [])]));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=program.encode(), capture_output=True, check=True, timeout=60
    )
    tea, films, nothing = json.loads(done.stdout)
    assert tea == ["something like Pot", "something like Mug", "something like Tin"]
    assert ("外星人" in films[0], films[1:]) == (True, ["something like Pot", "something like Mug"])
    assert nothing == []


TITLE = "Tom & 'Jerry' \"<3\" 外星人 #"  # markup is cleaned out of titles when they come in; user ids stay as they are
WHO = "a/b <img src=x onerror='document.title=1'> &amp;"


def served() -> str:
    """The address of a service over two tastes, whose titles and users are as nasty as an honest log allows."""
    items = [Item(id=f"i/{n}", title=f"{TITLE}{n}", categories=("old & <i>" if n < 15 else "new",)) for n in range(30)]
    told = [Event(user=WHO, item=f"i/{n}", time=(200 + 20 * n) * DAY) for n in range(0, 24, 2)]
    others = [Event(user=f"u{u}", item=f"i/{(u * 7 + n) % 30}", time=(100 + u + n) * DAY) for u in range(9) for n in range(9)]
    engine, ready, where = Engine.fit(items, told + others, config=Config(encoder="hash")), threading.Event(), []

    def tell(url: str) -> None:
        where.append(url)
        ready.set()

    clock = log_clock(engine.now)
    threading.Thread(target=serve, args=(engine, "127.0.0.1", 0), kwargs={"clock": clock, "ready": tell}, daemon=True).start()
    assert ready.wait(30)
    return where[0]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_click_changes_the_slate_and_no_title_runs() -> None:
    driver: Any = pytest.importorskip("playwright.sync_api")
    faults: list[str] = []
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page()
        view.on("pageerror", lambda error: faults.append(str(error)))
        view.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        view.goto(f"{served()}/#user={quote(WHO, safe='')}")
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
        assert liked not in view.locator(".pick:not(.leaving) .title").all_inner_texts()
        assert view.inner_text("#quick").endswith(" ms")
        assert view.locator("main img").count() == 0
        view.click("#newcomer")
        view.wait_for_selector("text=Nothing known yet")
        assert view.locator(".pick").count() == 10
        browser.close()
    assert faults == []
