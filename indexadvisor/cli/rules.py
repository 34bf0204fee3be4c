"""``indexadvisor rules``: what plans are judged by."""

from __future__ import annotations

import json

import click


@click.command(short_help="List the rules that plans are judged by.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to show them.")
def rules(form: str) -> None:
    """List the rules that plans are judged by, with their thresholds.

    \b
    Examples:
      indexadvisor rules
      indexadvisor rule EX35
    """
    from indexadvisor.explain.rules import registry

    known = registry()
    if form == "json":
        listed = [
            {
                "code": code, "name": rule.name, "severity": rule.severity, "needs": list(rule.needs),
                "thresholds": {name: getattr(rule, name) for name in rule.thresholds}, "summary": _first_line(rule),
            }
            for code, rule in known.items()
        ]  # fmt: skip
        click.echo(json.dumps(listed, indent=2))
        return
    for code, rule in known.items():
        click.echo(f"{code}  {rule.severity:<8} {rule.name:<36} {_first_line(rule)}")


def _first_line(found: type) -> str:
    return (found.__doc__ or "").strip().splitlines()[0]
