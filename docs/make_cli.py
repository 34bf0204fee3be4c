"""Writes docs/cli.md from the commands' own help: ``python docs/make_cli.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from indexadvisor.cli.main import cli

PAGE = Path(__file__).with_name("cli.md")
WIDTH = 100
INTRODUCTION = """# Command line

Written by `python docs/make_cli.py` from the help of the commands; `indexadvisor COMMAND --help` shows the same.
"""


def reference() -> str:
    """Return the whole page."""
    context = click.Context(cli, info_name="indexadvisor", **cli.context_settings)
    parts = [INTRODUCTION, _help(cli, None, "indexadvisor"), *_commands(cli, context, "##")]
    return "\n".join(parts)


def _commands(group: click.Group, context: click.Context, level: str) -> Iterator[str]:
    """Yield the help of each command of a group, below it that of its own commands."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"\n{level} {context.command_path} {name}\n"
        yield _help(command, context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command, info_name=name, parent=context), f"{level}#")


def _help(command: click.Command, parent: click.Context | None, name: str) -> str:
    settings = {"terminal_width": WIDTH, "max_content_width": WIDTH, "help_option_names": ["-h", "--help"]}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    text = "\n".join(line.rstrip() for line in click.unstyle(command.get_help(context)).splitlines())
    return f"```\n{text}\n```"


if __name__ == "__main__":
    PAGE.write_text(reference() + "\n", encoding="utf-8")
