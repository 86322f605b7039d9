"""What a generator answered, kept as it comes: a run that is stopped goes on, and tables are printed again without one."""

import json
import time
from collections.abc import Iterable
from pathlib import Path

from penchant.errors import GeneratorError
from penchant.narrate.generators.generator import Generator
from penchant.narrate.kind import Kind

Answers = dict[str, dict[str, float | str]]  # by payload: text, tokens asked and given, seconds, and the error where there is one


def answers(path: Path, kind: Kind, payloads: Iterable[bytes], generator: Generator | None) -> Answers:
    """All that `path` holds, and what the generator says of those `payloads` that it does not (None: nothing)."""
    found: Answers = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    todo = [] if generator is None else [payload for payload in dict.fromkeys(payloads) if payload.decode() not in found]
    for number, payload in enumerate(todo, 1):
        assert generator is not None
        started = time.monotonic()
        try:
            reply = generator.generate(kind.prompt(payload), timeout=60.0)
            about: dict[str, float | str] = {"text": reply.text, "asked": reply.asked, "given": reply.given}
        except GeneratorError as error:
            about = {"text": "", "asked": 0, "given": 0, "error": str(error)}
        found[payload.decode()] = about | {"seconds": round(time.monotonic() - started, 3)}
        path.write_text(json.dumps(found, ensure_ascii=False, indent=0), encoding="utf-8")
        print(f"\r{path.stem}: {number} of {len(todo)}", end="", flush=True)
    return found
