"""The page at `/`: whole, self-contained, within its policy, and right in what it computes."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(str(files("penchant"))) / "dashboard"
SCRIPTS = sorted(ROOT.glob("*.js"))
SHEETS = sorted(ROOT.glob("*.css"))
TEXTS = sorted(path for path in ROOT.iterdir() if path.suffix in {".js", ".css", ".html", ".svg"})
SVG = "http://www.w3.org/2000/svg"  # a name, not an address: nothing is loaded from it
NODE = shutil.which("node")


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


def run(program: str) -> list[Any]:
    """What a program that imports the page's modules prints, as JSON."""
    whole = program.replace('from "./', f'from "{ROOT.as_uri()}/')
    done = subprocess.run(["node", "--input-type=module", "-"], input=whole.encode(), capture_output=True, check=True, timeout=60)
    printed: list[Any] = json.loads(done.stdout)
    return printed


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


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_modules_parse(script: Path) -> None:
    checked = subprocess.run(
        ["node", "--input-type=module", "--check", "-"], input=script.read_bytes(), capture_output=True, check=False, timeout=60
    )
    assert checked.returncode == 0, checked.stderr.decode()


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_stacked_shares_fill_the_chart() -> None:
    bands, days = run("""
        import { sharesOf, leading, stack, ticks } from "./stream.js";
        const account = (...told) => ({ interests: told.map(([label, strength, share]) => ({ label, strength, share })) });
        const points = [account(["a", 9, 0.75], ["b", 2.5, 0.25]), account(["b", 0, 0.5], ["c", 0, 0.5], ["d", -1, 0]), account()]
            .map((found, at) => ({ at, shares: sharesOf(found) }));
        const bands = stack(points, leading(points, 2)).map((band) => [band.label, band.edges]);
        console.log(JSON.stringify([bands, ticks(0, 86400 * 365, 6).length]));
    """)
    everything_else = ["everything else", [[1, 1], [0.5, 1], [0, 0]]]
    assert bands == [["a", [[0, 0.75], [0, 0], [0, 0]]], ["b", [[0.75, 1], [0, 0.5], [0, 0]]], everything_else]
    assert days == 7


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_examples_speak_of_what_the_catalog_holds() -> None:
    tea, films, nothing = run("""
        import { sentences } from "./examples.js";
        const items = [["Pot", ["Tea"]], ["Cup", ["Tea"]], ["", ["No"]], ["Mug", ["Mugs"]], ["Tin", []], ["Urn", ["Urns"]]];
        const told = items.map(([title, categories]) => ({ title, categories }));
        console.log(JSON.stringify([sentences(["Tea"], told), sentences(["Sci-Fi", "Drama"], told), sentences([], [])]));
    """)
    assert tea == ["something like Pot", "something like Mug", "something like Tin"]
    assert ("外星人" in films[0], films[1:]) == (True, ["something like Pot", "something like Mug"])
    assert nothing == []


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_pinning_keeps_what_is_pinned_and_unmutes_the_same() -> None:
    pinned, muted, undone = run("""
        import { changed } from "./controls.js";
        const set = { pin: ["a"], mute: ["b", "c"] };
        const asked = [["pin", "b", true], ["mute", "d", true], ["pin", "a", false]];
        console.log(JSON.stringify(asked.map((one) => changed(set, ...one))));
    """)
    assert pinned == {"pin": ["a", "b"], "mute": ["c"]}
    assert muted == {"mute": ["b", "c", "d"]}
    assert undone == {"pin": []}


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_settings_are_told_by_what_they_changed_and_words_once() -> None:
    told = run("""
        import { isControl, settings } from "./words.js";
        const list = (kind, ...ids) => ({ action: `control:${kind}`, text: JSON.stringify(ids), item: null });
        const wish = { action: "control:wish", text: "tea", item: "i", title: "Pot" };
        const lists = [list("pin", "a"), list("pin", "a", "b"), list("mute", "category:C", "d", "e"), list("pin", "b")];
        const oldest = [...lists, wish, wish,
            { ...wish, action: "control:seed" }, ...["pause", "resume", "reset"].map((kind) => list(kind))];
        const events = oldest.map((event, id) => ({ ...event, id })).reverse();
        const found = settings(events, new Map([["a", "Tea"], ["b", "Cups"]]));
        const held = [...events.map(isControl), isControl({ action: "view" })];
        console.log(JSON.stringify([[...found].sort(([one], [two]) => one - two), held.filter(Boolean).length]));
    """)
    kept = "kept as a taste"
    changes = [
        ["Tea", "pinned"],
        ["Cups", "pinned"],
        ["C and 2 more", "muted"],
        ["Tea", "unpinned"],
        ["“tea”", kept],
        ["Pot", kept],
    ]
    whole = [["Learning paused", ""], ["Learning goes on", ""], ["Started over", ""]]
    assert told == [[[n, words] for n, words in zip([0, 1, 2, 3, 4, 6, 7, 8, 9], changes + whole, strict=True)], 10]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_what_owes_its_place_to_a_pin_says_so_first() -> None:
    pieces = run("""
        import { because } from "./words.js";
        const reason = (kind, label, value) => ({ kind, id: label, label, value });
        const reasons = [reason("pin", "you pinned Tea", 0), reason("item", "Pot", 0.2), reason("source", "popular", 0.01)];
        console.log(JSON.stringify(because(reasons)));
    """)
    assert "".join(text for text, _ in pieces) == "You pinned Tea · because of Pot"
    assert [text for text, title in pieces if title] == ["Pot"]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_flows_beyond_the_largest_topics_are_joined_without_counting_people_twice() -> None:
    nodes, links = run("""
        import { gathered } from "./sankey.js";
        const node = (id, before, after) => ({ id, label: id, before, after });
        const link = (from, to, share, people = 20, q = 0.01) => ({ from, to, share, people, q });
        const nodes = [node("a", 0.3, 0.2), node("b", 0.2, 0.3), node("c", 0.1, 0.1), node("d", 0.05, 0.05)];
        const links = [link("a", "b", 0.1), link("a", "c", 0.02), link("a", "d", 0.03), link("c", "d", 0.01)];
        const { nodes: kept, links: joined } = gathered({ nodes, links }, 2);
        console.log(JSON.stringify([kept.map(({ label, before }) => [label, before]), joined]));
    """)
    assert [[label, round(before, 9)] for label, before in nodes] == [["a", 0.3], ["b", 0.2], ["2 other topics", 0.15]]
    assert links == [
        {"from": "a", "to": "b", "share": 0.1, "people": 20, "q": 0.01},
        {"from": "a", "to": "others", "share": 0.05, "people": None, "q": None},
        {"from": "others", "to": "others", "share": 0.01, "people": None, "q": None},
    ]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_bands_fill_their_nodes_on_both_sides_and_labels_keep_apart() -> None:
    left, right, bands, tops = run("""
        import { layout, spaced } from "./sankey.js";
        const nodes = [{ id: "a", before: 0.75, after: 0.25 }, { id: "b", before: 0.25, after: 0.75 }];
        const links = [["b", "b", 0.25], ["a", "b", 0.5], ["a", "a", 0.25]].map(([from, to, share]) => ({ from, to, share }));
        const { left, right, bands } = layout({ nodes, links }, 110, 10);
        const ends = (side) => side.map(({ top, tall }) => [top, tall]);
        console.log(JSON.stringify([ends(left), ends(right), bands.map(({ left, right, thick }) => [left, right, thick]),
            spaced([2, 4, 50, 99], 15, 100)]));
    """)
    assert (left, right) == ([[0, 75], [85, 25]], [[0, 25], [35, 75]])
    assert bands == [[12.5, 12.5, 25], [50, 60, 50], [97.5, 97.5, 25]]  # a to a, a to b, b to b: middles and width
    assert tops == [2, 17, 50, 99]
