"""``indexadvisor completion``: the shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the shell completion script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    Example, for bash:
      indexadvisor completion bash > ~/.local/share/bash-completion/completions/indexadvisor
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"no completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "indexadvisor", "_INDEXADVISOR_COMPLETE").source())
