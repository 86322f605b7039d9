"""docs/cli.md says everything about the command line, and nothing that is not so."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from penchant.cli.app import app

TEXT = (Path(__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(group: TyperGroup, name: str) -> Iterator[tuple[str, list[str]]]:
    """Every command with its options, the longest name of each."""
    for word, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", [max(param.opts, key=len) for param in command.params if param.opts[0].startswith("-")]


MAIN = typer.main.get_command(app)
assert isinstance(MAIN, TyperGroup)
COMMANDS = dict(commands(MAIN, "penchant"))


OFF = {"--resume"}  # the other sides of switches


def section(command: str) -> str:
    """What is written under the heading of a command."""
    found = re.search(rf"^## {command}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section '## {command}'"
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    columns = section("penchant fit").partition("### Columns")[2]
    text = section(command) + (columns if "(#columns)" in section(command) else "")
    missing = [option for option in COMMANDS[command] if not re.search(rf"`[^`]*{option}\b(?!-)[^`]*`", text)]
    assert not missing


def test_options_of_penchant_itself_are_documented() -> None:
    for param in MAIN.params:
        assert f"`{param.opts[0]}`" in TEXT.partition("## penchant")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_that_could_be_typed(command: str) -> None:
    examples = re.findall(rf"^\$ {command} ?(.*)$", section(command), re.MULTILINE)
    assert examples
    for example in examples:
        assert set(re.findall(r"--[a-z0-9-]+", example)) <= {*COMMANDS[command], "--json"}


def test_nothing_is_documented_that_does_not_exist() -> None:
    known = {option for options in COMMANDS.values() for option in options} | {param.opts[0] for param in MAIN.params} | OFF
    assert set(re.findall(r"--[a-z][a-z0-9-]+", TEXT)) <= known | {"--help"}
