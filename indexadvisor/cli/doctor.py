"""``indexadvisor doctor``: what the server offers and lacks."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from indexadvisor.cli.messages import visible
from indexadvisor.cli.parameters import connection_options

if TYPE_CHECKING:
    from indexadvisor.db.capabilities import Capabilities, Capability

_SECTIONS = (
    ("The server", ("connection", "read-only", "statistics", "analyzed")),
    ("Source of cost", ("hypopg", "generic-plan")),
    ("Sources of the workload", ("pg_stat_statements", "log", "log-format", "log-parameters", "auto_explain")),
    ("Worth having", ("pg_trgm", "btree_gin", "btree_gist", "track_io_timing")),
)
_OPTIONAL = frozenset(("auto_explain", *_SECTIONS[-1][1]))
"""Points that advice does without; they are offered, not demanded."""
_INDENT = " " * 9
_READABLE = 110


@click.command(short_help="Say what a server offers and lacks, with the command that mends it.")
@connection_options
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to show it.")
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
    width = min(shutil.get_terminal_size().columns, _READABLE)
    listed = {name for _, names in _SECTIONS for name in names}
    others = tuple(item.name for item in found.items if item.name not in listed)
    for title, names in (*_SECTIONS, ("Also", others)):
        items = [item for item in found.items if item.name in names]
        if items:
            click.secho(title, bold=True)
            click.echo("\n".join(_point(item, width) for item in items) + "\n")
    click.echo("\n".join(textwrap.wrap(_verdict(found), width)))


def _point(item: Capability, width: int) -> str:
    """Return one point: its state and sentence, and below it the command, on one line so that it can be copied."""
    mark, colour = {"ok": ("ok", "green"), "limited": ("limited", "yellow"), "missing": ("missing", "red")}[item.status]
    if item.name in _OPTIONAL and item.status != "ok":
        mark, colour = "absent" if item.status == "missing" else mark, "yellow"
    sentence = textwrap.wrap(visible(item.sentence), width - len(_INDENT), break_on_hyphens=False, break_long_words=False)
    lines = [click.style(f"{mark:<{len(_INDENT)}}", fg=colour) + sentence[0], *(_INDENT + line for line in sentence[1:])]
    if item.remedy:
        lines.append(f"{_INDENT}{click.style('->', fg='cyan')} {visible(item.remedy)}")
    return "\n".join(lines)


def _verdict(found: Capabilities) -> str:
    """Return in one sentence what can be run here as it is."""
    options = {"log": "--log", "pg_stat_statements": "--statements"}
    workload = [option for name, option in options.items() if found.get(name).status != "missing"]
    sources = " or ".join([*workload, "--queries"])
    if not found.ok("hypopg"):
        return (f"As it is: indexadvisor advise --what-if trial with {sources}, on a staging server only, since a trial builds indexes "
                "and locks tables. HypoPG makes it safe anywhere.")  # fmt: skip
    missing = "" if workload else " A real workload needs the server's log or pg_stat_statements, see above."
    if not found.ok("statistics"):
        missing += " Statements on tables that the role may not read cannot be planned."
    return f"Ready: indexadvisor advise with {sources}.{missing}"
