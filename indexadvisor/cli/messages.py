"""What the program says on standard error: one sentence of what happened, one of what to do."""

from __future__ import annotations

import os

import click


def say_error(message: str, hint: str | None = None) -> None:
    """Print an error and, where there is one, the hint of what to do next."""
    click.echo(click.style("error: ", fg="red", bold=True) + visible(message), err=True, color=_colour())
    if hint:
        click.echo("hint: " + visible(hint), err=True)


def say_note(message: str) -> None:
    """Print what a person should know although the run went on."""
    click.echo(click.style("note: ", fg="yellow") + visible(message), err=True, color=_colour())


def visible(text: str) -> str:
    r"""Return a text on one line in which a terminal finds nothing to obey: names and messages come from logs.

    >>> visible("orders\x1b[2J\n  and more")
    'orders\\x1b[2J and more'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(text.split()))


def _colour() -> bool | None:
    """Return False where NO_COLOR is set (no-color.org), else None: click colours terminals only."""
    return False if os.environ.get("NO_COLOR") else None
