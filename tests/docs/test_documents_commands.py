"""Every `indexadvisor ...` command line in the documents is one that the command line accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from indexadvisor.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), ROOT / "workloads/README.md", ROOT / "reports/README.md"]
LINE = re.compile(r"^\s*(?:\$ )?(?:[A-Z]+=\S+ )*indexadvisor ((?:\S.*\\\n)*\S.*)$", re.MULTILINE)
SPAN = re.compile(r"`indexadvisor ([^`\n]+)`")


def command_lines():
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        blocks = [block for block in re.split(r"\n\n|\n```\w*\n|^```\w*\n", text, flags=re.MULTILINE) if not block.startswith("|")]
        for found in (match for block in blocks for match in LINE.finditer(block)):
            yield path.relative_to(ROOT), found[1]
        for found in SPAN.finditer(text):
            yield path.relative_to(ROOT), found[1]


def arguments_of(line):
    """Return the words of a shell line up to a redirection, pipe or comment."""
    words = shlex.split(line.replace("\\\n", " "), comments=True)
    end = next((number for number, word in enumerate(words) if re.fullmatch(r"\d?>+|\||\|\||&&|;", word)), len(words))
    return words[:end]


LINES = sorted(set(command_lines()), key=str)


@pytest.mark.parametrize(("path", "line"), LINES, ids=[f"{path}: {line[:60]}" for path, line in LINES])
def test_the_command_line_accepts_it(path, line):
    name, *arguments = arguments_of(line)
    context = click.Context(cli, info_name="indexadvisor")
    if name.isupper() or name in {"--help", "-h", "--version"}:  # COMMAND stands for any
        return
    command = cli.get_command(context, name)
    assert command is not None, f"{path} names a command that does not exist: {name}"
    if "--help" not in arguments:
        command.make_context(name, arguments, parent=context)


def test_the_documents_show_each_command_that_a_newcomer_needs():
    shown = {line.split()[0] for path, line in LINES if path == Path("README.md")}
    assert {"advise", "workload", "doctor"} <= shown


@pytest.mark.parametrize("line", ["advise --no-such-option", "advise --budget lots"])
def test_the_check_itself_refuses(line):
    name, *arguments = arguments_of(line)
    context = click.Context(cli, info_name="indexadvisor")
    with pytest.raises(click.UsageError):
        cli.get_command(context, name).make_context(name, arguments, parent=context)
