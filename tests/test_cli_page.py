"""The page on the command line: every help text is the one the command prints."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from chimera.cli.commands import cli

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
BLOCK = re.compile(r"^```text\n(Usage: chimera .*?)^```$", re.MULTILINE | re.DOTALL)


def printed(*words: str) -> str:
    """Return what `--help` prints on a terminal of 80 columns."""
    runner = CliRunner()
    return runner.invoke(cli, [*words, "--help"], prog_name="chimera", terminal_width=80).output


@pytest.mark.parametrize("command", [(), *((name,) for name in sorted(cli.commands))])
def test_help_is_the_one_that_is_printed(command: tuple[str, ...]) -> None:
    """The page has the help of every command, word for word."""
    assert printed(*command) in BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_every_command_has_its_heading() -> None:
    """The page has one heading for each command, and none for another."""
    headings = re.findall(r"^## `chimera (\w+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(cli.commands)
