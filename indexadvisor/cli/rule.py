"""``indexadvisor rule CODE``: the documentation of one plan rule."""

from __future__ import annotations

import click


@click.command(short_help="Print what one rule means and when it is fine.")
@click.argument("code")
def rule(code: str) -> None:
    """Print the documentation of one rule, by code or name.

    \b
    Examples:
      indexadvisor rule EX35
      indexadvisor rule row-misestimate
    """
    import inspect

    from indexadvisor.explain.rules import find

    found = find(code)
    click.echo(f"{found.code} {found.name} ({found.severity})\n")
    click.echo(inspect.cleandoc(found.__doc__ or ""))
    for name in found.thresholds:
        click.echo(f"\nThreshold [{found.code}] {name} = {getattr(found, name)}")
