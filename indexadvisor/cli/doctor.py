"""``indexadvisor doctor``: what the server offers and lacks."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from indexadvisor.cli.parameters import connection_options


@click.command(short_help="Say what a server offers and lacks, with the command that mends it.")
@connection_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def doctor(dsn: str, form: str) -> None:
    """Say what a server offers and lacks, with the command that mends it.

    \b
    Examples:
      indexadvisor doctor --dsn "host=db1 dbname=shop"
      PGSERVICE=shop indexadvisor doctor --format json
    """
    from indexadvisor.db.capabilities import examine
    from indexadvisor.db.connection import Session

    with Session(dsn) as session:
        found = examine(session)
    if form == "json":
        click.echo(json.dumps([asdict(capability) for capability in found.items], indent=2))
        return
    marks = {"ok": click.style("ok     ", fg="green"), "limited": click.style("limited", fg="yellow")}
    for capability in found.items:
        click.echo(f"{marks.get(capability.status, click.style('missing', fg='red'))}  {capability.name}: {capability.sentence}")
        if capability.remedy:
            click.echo(f"         {capability.remedy}")
