"""docs/cli.md is what the commands say of themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from indexadvisor.cli.main import _COMMANDS, cli

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_commands_say():
    # in a process of its own: click keeps the help option that a command was first asked for
    script = f"import runpy; print(runpy.run_path({str(DOCS / 'make_cli.py')!r})['reference']())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "60"})
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == done.stdout, "run python docs/make_cli.py"


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_every_command_and_option_is_explained(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.get_short_help_str(120) == _COMMANDS[name]
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.help, parameter.name
