"""`penchant models list`."""

from pathlib import Path

from penchant.cli import options
from penchant.cli.show import emit, say, size, table


def list_(json: options.Json = False) -> None:
    """List encoders and generators: size, licence, whether they are here."""
    import msgspec

    from penchant.assets import models
    from penchant.encode.known import known_encoders

    encoders, generators = known_encoders(), [models.describe(name) for name in models.names()]
    if json:
        told = [{**msgspec.structs.asdict(one), "path": path(one.path)} for one in generators]
        emit({"encoders": encoders, "generators": told})
        return
    shown = table(
        "Encoders, --encoder NAME", "name", "what", "dims", "size", "here", "licence", right=("dims", "size"), whole=("name",)
    )
    for encoder in encoders:
        weight = "" if not encoder.size else size(encoder.size)
        shown.add_row(encoder.name, encoder.summary, str(encoder.dim), weight, "yes" if encoder.here else "no", encoder.licence)
    shown.add_row("sentence-transformers:MODEL", "any model of that library", "", "", "", "the model's")
    shown.add_row("http://host/v1#MODEL", "an OpenAI-compatible server, https too", "", "", "", "the server's")
    say(shown, "")
    shown = table("Generators, --generator NAME", "name", "what", "size", "here", "licence", right=("size",), whole=("name",))
    for model in generators:
        licence = model.licence.partition(";")[0]
        shown.add_row(f"gguf:{model.name}", model.summary, size(model.size), "yes" if model.path else "no", licence)
    shown.add_row("gguf:FILE.gguf", "any GGUF file", "", "", "its own")
    shown.add_row("http://host/v1#MODEL", "an OpenAI-compatible server, https too", "", "", "the server's")
    shown.add_row("none", "no generator: templates and rules", "", "yes", "part of Penchant")
    say(shown)


def path(found: Path | None) -> str | None:
    """A path for programs."""
    return None if found is None else str(found)
