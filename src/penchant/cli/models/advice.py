"""What doctor recommends, in words."""

import msgspec

from penchant.assets.models import Description
from penchant.cli.models.machine import Machine
from penchant.narrate.generators.trial import Trial

SENTENCE = 40  # tokens of an answer
FACTS = 200  # tokens of a prompt with its rules and facts
SLOWEST = 20.0  # seconds for one short text, beyond which a model is not recommended


class Pace(msgspec.Struct, frozen=True):
    """An encoder's speed here."""

    name: str
    texts_per_second: float  # of about ten words


def seconds(trial: Trial) -> float | None:
    """What one short text takes: reading 200 tokens and writing 40; None where a speed is not known.

    >>> seconds(Trial("", True, True, 1.0, 1.0, prompt_speed=100.0, answer_speed=40.0, faults=()))
    3.0
    """
    if not trial.prompt_speed or not trial.answer_speed:
        return None
    return FACTS / trial.prompt_speed + SENTENCE / trial.answer_speed


def generator(machine: Machine, models: list[Description], trials: list[Trial]) -> list[str]:
    """Which generator to use, and for what; a server that does well goes before a model in this process."""
    fit = [trial for trial in trials if trial.keeps_schema and (seconds(trial) or 0.0) <= SLOWEST]
    if fit:
        best = next((trial for trial in fit if trial.name.startswith("http")), fit[-1])
        told = [f"use --generator {best.name}"]
        if (each := seconds(best)) is not None:
            told[0] += f": a short text takes {each:.1f} s, so {3600 / each:,.0f} an hour"
        if best.name.startswith("gguf:"):
            told.append("it takes one core while it writes; for longer or finer texts name a server with a larger model")
        return told
    if any(trial.answers for trial in trials):
        return ["what answers here is too slow or does not keep to a schema: use --generator none, or another model or server"]
    if machine.xllamacpp is None:
        return ["nothing here runs a model: pip install 'penchant[llm]', or name a server with --generator http://host/v1#MODEL"]
    affordable = [model.name for model in models if model.path is None and model.memory and _room(machine, model.memory)]
    if not affordable:
        return ["there is too little memory for a model here: use --generator none, or a server, http://host/v1#MODEL"]
    return [f"no model is here: penchant models get {affordable[0]}, then run this again; without one, templates speak"]


def encoder(paces: list[Pace]) -> list[str]:
    """How long a catalog takes to encode."""
    by = {pace.name: 10_000 / pace.texts_per_second / 60 for pace in paces if pace.name != "hash"}
    told = [f"{name} {minutes:.1f} min" for name, minutes in by.items()]
    return [f"a catalog of 10,000 short texts is encoded once, in: {', '.join(told)}"] if told else []


def _room(machine: Machine, needed: int) -> bool:
    return machine.available is None or machine.available > 1.5 * needed
