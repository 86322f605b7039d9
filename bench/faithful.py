"""How faithful texts are: `python bench/faithful.py run|report --films DIR --shop DIR [--model NAME] [--write PAGE]`.

`run` asks a generator for 500 texts (portraits, reasons and topic names, in English and Chinese, of people of both data sets and
of planted ones) and keeps each answer in bench/results/faithful.jsonl as it comes; what is there is not asked again. `report`
checks them, has a second judge hold what was kept against the events, and plants lies in true sentences. DIR are folders that
`penchant fit` wrote; they are copied, not changed.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from faithful_texts import Answer, Asked, World, jobs, opened, prompt
from judge import Lived
from lies import KINDS as LIES
from lies import lies
from marked import put
from penchant.engine import Engine
from penchant.errors import GeneratorError
from penchant.narrate.generators.generator import Generator
from penchant.narrate.generators.registry import load_generator
from penchant.narrate.kind import Unfaithful
from penchant.narrate.person.facts import Fact
from penchant.narrate.person.faithful import check
from penchant.narrate.person.labels import Naming
from penchant.narrate.person.portrait import Portrait
from penchant.narrate.person.refresh import Refresh
from penchant.narrate.person.rewriting import Facts, Sentence, Sifted, sift, worded
from penchant.telling.portraying import Studio

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "faithful.jsonl"
OPEN, CLOSE = "<!-- faithful -->", "<!-- end of faithful -->"


def run(worlds: Sequence[World], generator: Generator, limit: int) -> None:
    """Ask for what was not asked for yet, in an order in which any beginning is like the whole."""
    todo = [asked for world in worlds for asked in jobs(world)]
    done = {one.asked.key for one in answers()}
    order = np.random.default_rng(3).permutation(len(todo)).tolist()
    RESULTS.parent.mkdir(exist_ok=True)
    for asked in [todo[place] for place in order if todo[place].key not in done][:limit]:
        start = time.process_time()
        try:
            reply = generator.generate(prompt(asked), timeout=600.0)
            found = Answer(asked, reply.text, reply.asked, reply.given, time.process_time() - start, generator.name)
        except GeneratorError as error:
            found = Answer(asked, f"! {error}", 0, 0, time.process_time() - start, generator.name)
        with RESULTS.open("ab") as file:
            file.write(msgspec.json.encode(found) + b"\n")
        print(f"{len(done) + 1} {asked.key} {found.seconds:.1f} s", flush=True)
        done.add(asked.key)


def answers() -> list[Answer]:
    """What was answered so far."""
    if not RESULTS.is_file():
        return []
    return [msgspec.json.decode(line, type=Answer) for line in RESULTS.read_bytes().splitlines()]


def sifted(answer: Answer) -> Sifted:
    """What the check keeps of an answer."""
    raw = answer.asked.payload.encode()
    if answer.asked.sort != "label":
        return sift(msgspec.json.decode(raw, type=Facts), answer.text)
    try:
        return Sifted((Sentence(Naming().check(raw, answer.text).decode(), ()),), ())
    except Unfaithful as error:
        return Sifted((), ((answer.text, str(error)),))


def report(worlds: Sequence[World], found: Sequence[Answer]) -> list[str]:
    """The tables."""
    lines = [
        "| texts | | asked | sentences | kept | of them word for word | seconds | tokens asked | given |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    why: Counter[str] = Counter()
    for sort in ("portrait", "planted", "free", "reason", "label"):
        for language in ("en", "zh"):
            some = [one for one in found if (one.asked.sort, one.asked.language) == (sort, language)]
            if some:
                lines.append(_row(sort, language, some, why))
    total = sum(why.values())
    lines += ["", f"Dropped were {total} sentences: " + ", ".join(f"{sort} {count}" for sort, count in why.most_common()) + "."]
    lines += ["", *_judged(worlds, found), "", *_named(worlds, found), "", *_lied(worlds, found)]
    return lines


def _row(sort: str, language: str, some: Sequence[Answer], why: Counter[str]) -> str:
    told = [sifted(one) for one in some]
    kept, dropped = sum(len(one.kept) for one in told), sum(len(one.dropped) for one in told)
    why.update(reason.partition(":")[0] for one in told for _, reason in one.dropped)
    same = 0
    if sort != "label":
        for one, each in zip(some, told, strict=True):
            facts = msgspec.json.decode(one.asked.payload, type=Facts).facts
            templates = {text for _, text, _ in _templates(language, facts)}
            same += sum(sentence.text in templates for sentence in each.kept)
    cost = [np.mean([getattr(one, name) for one in some]) for name in ("seconds", "tokens_asked", "tokens_given")]
    copied = "" if sort == "label" else f"{same / max(kept, 1):.0%}"
    share = f"{kept / max(kept + dropped, 1):.0%}"
    cells = (sort, language, len(some), kept + dropped, share, copied, f"{cost[0]:.1f}", f"{cost[1]:.0f}", f"{cost[2]:.0f}")
    return f"| {' | '.join(map(str, cells))} |"


def _templates(language: str, facts: Sequence[Fact]) -> Iterator[tuple[str, str, Fact]]:
    for said in worded(language, facts):
        yield said.facts[0].id, said.text, said.facts[0]


def _judged(worlds: Sequence[World], found: Sequence[Answer]) -> list[str]:
    """What the second judge says of what is shown: generated sentences that were kept, and the template's."""
    count: Counter[str] = Counter()
    faults: list[str] = []
    raw: Counter[str] = Counter()
    for world in worlds:
        for one in found:
            if one.asked.data != world.name or one.asked.sort not in ("portrait", "planted", "free"):
                continue
            lived = _lived(world.engine, one.asked.about)
            told = msgspec.json.decode(one.asked.payload, type=Facts)
            drawn = _redrawn(world.engine, one.asked, told.at)
            if tuple(fact.said() for fact in drawn.facts) != told.facts:
                count["changed"] += 1
                continue
            evidence = {fact.id: fact.evidence for fact in drawn.facts}
            sifted_ = sifted(one)
            for said in worded(one.asked.language, told.facts, sifted_.kept):
                events = tuple(event for fact in said.facts for event in evidence[fact.id])
                by = "generator" if said.generated else "template"
                count[by] += 1
                wrong = world.judge.faults(said.text, events, said.facts[0].part, told.at, lived)
                count[f"{by} wrong"] += bool(wrong)
                faults += [f"{one.asked.key}: {said.text} ({'; '.join(wrong)})"] if wrong else []
            for text, _ in sifted_.dropped:
                raw["dropped"] += 1
                raw["wrong"] += bool(_by_name(world, text, told, evidence, lived))
    lines = [
        "| shown in portraits | claims | without a supporting event, or against the events |",
        "| --- | --- | --- |",
        *(f"| by {by} | {count[by]} | {count[f'{by} wrong']} |" for by in ("generator", "template")),
        "",
        f"Of the {raw['dropped']} sentences dropped from portraits, the judge could fault {raw['wrong']}.",
    ]
    if count["changed"]:
        lines.append(f"{count['changed']} texts are about facts that are others by now, and were not judged; ask for them anew.")
    for fault in faults:
        print("judged wrong:", fault)
    return lines


def _named(worlds: Sequence[World], found: Sequence[Answer]) -> list[str]:
    """Whether a name, as a query to the text encoder, is nearest to the mean text of its own topic among those of its level."""
    rows = [
        "| names kept | topics | found by rule's | among three | by the generator's | among three |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for world in worlds:
        engine = world.engine
        topics, vectors = engine.known.topics, engine.catalog.vectors
        for language in ("en", "zh"):
            places: list[list[int]] = [[], []]
            for one in found:
                if (one.asked.sort, one.asked.data, one.asked.language) != ("label", world.name, language):
                    continue
                level = topics.broad if one.asked.about.startswith("theme") else topics.fine
                shares = topics.broad_shares() if level is topics.broad else topics.fine_shares().toarray()
                if kept := sifted(one).kept:
                    own = next(place for place, topic in enumerate(level) if topic.id == one.asked.about)
                    centres = shares.T @ vectors[: len(shares)]
                    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
                    for into, label in zip(places, (level[own].label, msgspec.json.decode(kept[0].text, type=str)), strict=True):
                        near = centres @ engine.space.queries([label])[0]
                        into.append(int((near > near[own]).sum()))
            if places[0]:
                cells = [f"{np.mean(np.array(into) < among):.0%}" for into in places for among in (1, 3)]
                rows.append(f"| {world.name}, {language} | {len(places[0])} | {' | '.join(cells)} |")
    return rows


def _redrawn(engine: Engine, asked: Asked, at: float) -> Portrait:
    """The portrait that an answer is about, with the events behind it."""
    studio = Studio(asked.about, engine.memory, engine.known, engine.catalog, engine.desk, asked.language)
    return studio.draw([Refresh(at, "growth")])[0]


def _by_name(world: World, text: str, told: Facts, evidence: dict[str, tuple[str, ...]], lived: Lived) -> list[str]:
    """What the judge says of a dropped sentence, about whichever facts it names."""
    about = [fact for fact in told.facts if any(name in text for name in fact.names)]
    events = tuple(event for fact in about for event in evidence[fact.id])
    return world.judge.faults(text.replace('"', "”"), events, about[0].part if about else "now", told.at, lived)


def _lived(engine: Engine, user: str) -> Lived:
    ids, _, events = engine.memory.history(engine.log.user(user))
    rows = np.flatnonzero((events.item >= 0) & (events.weight != 0)).tolist()
    return Lived(
        tuple(ids[row] for row in rows),
        tuple(events.item[rows].tolist()),
        tuple(events.time[rows].tolist()),
        tuple(map(float, events.weight[rows])),
    )


def _lied(worlds: Sequence[World], found: Sequence[Answer]) -> list[str]:
    """How many planted lies the check finds."""
    rng, titles = (
        np.random.default_rng(5),
        {world.name: [one.title for one in world.engine.catalog.items if one.title] for world in worlds},
    )
    told: Counter[tuple[str, str]] = Counter()
    caught: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.asked.sort == "label":
            continue
        about = msgspec.json.decode(one.asked.payload, type=Facts)
        known = {fact.id: fact for fact in about.facts}
        for said in worded(one.asked.language, about.facts, sifted(one).kept):
            cited = [known[fact.id] for fact in said.facts]
            for sort, lie in lies(said.text, cited, about.facts, one.asked.language, titles[one.asked.data], rng):
                told[sort, one.asked.language] += 1
                try:
                    check(lie, cited, about.facts, one.asked.language, about.at)
                    print("missed:", sort, lie)
                except Unfaithful:
                    caught[sort, one.asked.language] += 1
    rows = ["| planted lie | English | Chinese |", "| --- | --- | --- |"]
    for sort in (*LIES, "all"):
        cells = []
        for language in ("en", "zh"):
            some = [each for each in told if each[1] == language and sort in (each[0], "all")]
            whole, got = sum(told[each] for each in some), sum(caught[each] for each in some)
            cells.append(f"{got:,} of {whole:,}" if whole else "")
        rows.append(f"| {sort} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "report"))
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--model", default="gguf:qwen2.5-coder-0.5b")
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        worlds = [opened(name, getattr(given, name), Path(where)) for name in ("films", "shop")]
        if given.what == "run":
            generator = load_generator(given.model)
            assert generator is not None
            run(worlds, generator, given.limit)
        else:
            lines = report(worlds, answers())
            print("\n".join(lines))
            if given.write:
                put(given.write, OPEN, CLOSE, "\n".join(lines))
        for world in worlds:
            world.engine.close()


if __name__ == "__main__":
    main()
