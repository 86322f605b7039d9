"""What is set about a language model: bounds, files, and folders that were fitted before there was any."""

from pathlib import Path

import msgspec
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from penchant.cli.app import run
from penchant.cli.fit import settings
from penchant.config import Config, Language, load
from penchant.engine import Engine
from penchant.errors import InvalidInput
from tests.worlds import FILMS, story


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout", 0.0),
        ("timeout", float("inf")),
        ("tries", 0),
        ("threads", 0),
        ("tokens_per_day", -1),
        ("user_tokens_per_day", -1),
        ("money_per_day", -0.1),
        ("money_per_day", float("nan")),
        ("price_asked", -1.0),
        ("price_given", float("inf")),
        ("generator", " "),
    ],
)
def test_a_setting_out_of_range_is_named(field: str, value: float | str) -> None:
    with pytest.raises(InvalidInput, match=rf"^language.{field} is out of range: {value!r}$"):
        Language(**{field: value})  # type: ignore[arg-type]


def test_settings_are_read_from_a_file_and_a_misspelt_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[language]\ngenerator = "gguf:small"\nmoney_per_day = 2.5\nreasons = false\n')
    assert load(path).language == Language(generator="gguf:small", money_per_day=2.5, reasons=False)
    path.write_text("[language]\nmoney_a_day = 2.5\n")
    with pytest.raises(InvalidInput, match=r"settings.toml cannot be read as settings: .*money_a_day.*language"):
        load(path)


def test_the_option_says_instead_of_the_file_which_generator_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[language]\ngenerator = "gguf:small"\ntries = 2\n')
    assert settings(path, None, None).language == Language(generator="gguf:small", tries=2)
    assert settings(path, None, None, generator="none").language == Language(generator="none", tries=2)


def test_a_folder_fitted_before_there_were_texts_loads_with_the_usual_settings(tmp_path: Path) -> None:
    Engine.fit(FILMS, story(), folder=tmp_path, config=Config(encoder="hash")).close()
    path = tmp_path / "engine.safetensors"
    with safe_open(path, framework="numpy") as file:
        record = msgspec.json.decode(file.metadata()["record"])
        arrays = {key: file.get_tensor(key) for key in file.offset_keys()}
    del record["config"]["language"]
    save_file(arrays, path, {"record": msgspec.json.encode(record).decode()})
    with Engine.load(tmp_path) as engine:
        assert engine.config.language == Language()
        assert engine.recommend("u0", k=2).items


def test_a_generator_that_is_not_known_is_told_before_anything_is_fitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.csv"
    events.write_text("user,item,time\nann,tea,1\nbob,pot,2\nann,pot,3\n")
    fit = ["fit", "--events", str(events), "--out", str(tmp_path / "out"), "--encoder", "hash", "--generator"]
    assert run([*fit, "oracle:delphi"]) == 1
    assert "generator 'oracle' is not known; known:" in capsys.readouterr().err
    assert not (tmp_path / "out" / "engine.safetensors").exists()
    assert run([*fit, "gguf:qwen2.5-coder-0.5b"]) == 0  # it may not be here, but where the folder is served
    with Engine.load(tmp_path / "out") as engine:
        assert engine.config.language.generator == "gguf:qwen2.5-coder-0.5b"
