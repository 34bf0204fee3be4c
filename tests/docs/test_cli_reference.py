"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click
import pytest

from indexadvisor.cli.main import _COMMANDS, cli

DOCS = Path(__file__).parents[2] / "docs"


def maker():
    spec = importlib.util.spec_from_file_location("make_cli", DOCS / "make_cli.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_commands_say(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")  # the page depends on no terminal
    text = maker().reference() + "\n"
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == text, "run python docs/make_cli.py"


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_every_command_and_option_is_explained(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.get_short_help_str(120) == _COMMANDS[name]
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.help, parameter.name
