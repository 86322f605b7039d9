"""Every kind of text there is, in order of urgency: what comes first is written first."""

from penchant.config import Language
from penchant.narrate.item.copy import Copywriting
from penchant.narrate.item.enrich import Enrich
from penchant.narrate.item.rerank import Rerank
from penchant.narrate.kind import Kind
from penchant.narrate.person.labels import Naming
from penchant.narrate.person.rewriting import Rewriting

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (Naming(), Rewriting("portrait", 1), Rewriting("reason", 1), Copywriting(), Enrich(), Rerank())
}

SWITCHES: dict[str, str] = {  # which setting of `Language` turns a kind on
    "label": "labels",
    "portrait": "portraits",
    "reason": "reasons",
    "copy": "copy",
    "enrich": "enrichment",
    "rerank": "rerank",
}


def chosen(language: Language) -> dict[str, Kind]:
    """The kinds that the settings turn on, in order of urgency; one without a switch is on."""
    return {name: kind for name, kind in KINDS.items() if name not in SWITCHES or getattr(language, SWITCHES[name])}
