"""``indexadvisor explain``: a plan in, findings out; ``diff`` and ``log`` are its subcommands."""

from __future__ import annotations

import os
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.messages import say_error, say_note
from indexadvisor.cli.parameters import Duration, connection_options, verbosity_options
from indexadvisor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

    from indexadvisor.report.plan.model import PlanResult

FORMATS = ("text", "md", "json", "html", "sarif", "github")
SEVERITIES = ("info", "warning", "error")
_FILE_WIDTH = 120
_NAMED = 5
"""Pieces of input not understood that are named without --verbose."""
_SUBCOMMANDS = {
    "plan": "Analyse plans from files, standard input or a server (the default: 'explain FILE' is 'explain plan FILE').",
    "diff": "Compare two plans, or present plans with their baseline.",
    "log": "Analyse every plan of a log that auto_explain wrote, or of a directory.",
}


class PlanFirst(click.Group):
    """A group whose first subcommand need not be named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands, the default first."""
        return list(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        if cmd_name == "plan":
            return plan
        if cmd_name not in _SUBCOMMANDS:
            return None
        command = getattr(import_module(f"indexadvisor.cli.explain_{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take ``explain FILE`` and ``explain --sql ...`` for ``explain plan ...``."""
        if args and args[0] not in (*_SUBCOMMANDS, "-h", "--help"):
            args = ["plan", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete subcommands, and beside them what the default one takes."""
        return [*super().shell_complete(ctx, incomplete), *plan.shell_complete(click.Context(plan, parent=ctx), incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUBCOMMANDS.items()))


@click.group(cls=PlanFirst, short_help="Analyse query plans: findings with evidence, times that add up.")
def explain() -> None:
    """Analyse query plans: findings with evidence, times that add up, advice that was tested.

    Reads EXPLAIN output of PostgreSQL 9.6 to 18 in any format (text, JSON, XML, YAML), as psql, a log or a chat window left it.

    \b
    Examples:
      indexadvisor explain plan.txt
      psql -XAtc "EXPLAIN (ANALYZE, BUFFERS) SELECT ..." | indexadvisor explain -
      indexadvisor explain --dsn "dbname=shop" --sql "SELECT ..." --analyze
      indexadvisor explain plan.json --format html --output plan.html
      indexadvisor explain diff before.txt after.txt
      indexadvisor explain log --log 'postgresql-*.csv'
    """


def report_options(command: Any) -> Any:
    """Add the options of all that shows findings."""
    options = [
        click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it."),
        click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to this file."),
        click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 when a finding is at least this severe."),
        click.option("--thresholds", type=click.Path(path_type=Path), metavar="FILE", help="TOML file that changes thresholds of rules."),
        click.option("--only", multiple=True, metavar="RULE", help="Apply only this rule (code or name); repeatable."),
        click.option("--skip", multiple=True, metavar="RULE", help="Leave this rule out; repeatable."),
        click.option("--redact", is_flag=True, help="Replace names and literals, the same way everywhere."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(short_help="Analyse plans from files, standard input or a server.")
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=click.Path(allow_dash=True))
@connection_options
@click.option("--sql", metavar="SQL",
              help="Ask the server for this statement's plan; @FILE reads it from a file. Beside a plan: its statement.")  # fmt: skip
@click.option("--value", "values", multiple=True, metavar="VALUE", help="Value of $1, $2, ... in --sql, in their order; repeatable.")
@click.option("--analyze", is_flag=True, help="Run the statement of --sql to measure it, in a transaction that is rolled back.")
@click.option("--allow-writes", is_flag=True, help="Let --analyze run a statement that changes data (it is rolled back, too).")
@click.option("--timeout", type=Duration(), metavar="DURATION", help="Cancel --analyze after this time, such as 30s [default: no limit].")
@click.option("--snapshot", type=click.Path(), metavar="FILE",
              help="Look tables up in, and test advice on, a snapshot instead of the server.")  # fmt: skip
@click.option("--test/--no-test", default=None, help="Test advice as a what-if [default: where a server or snapshot is named].")
@click.option("--pg-bindir", type=click.Path(path_type=Path), metavar="DIR", help="PostgreSQL 18 programs for the lab [default: embedded].")
@report_options
@verbosity_options
def plan(**options: Any) -> int:
    """Analyse plans from files, standard input or a server.

    With --sql the server is asked for the plan (PG* variables do without --dsn); nothing is run unless --analyze says so, and then in a
    read-only transaction that is rolled back. Sequences advanced and messages sent by a statement that --allow-writes let run stay.

    \b
    Examples:
      indexadvisor explain plan.txt
      indexadvisor explain --dsn "dbname=shop" --sql @slow.sql --analyze --format html -o slow.html
      indexadvisor explain plans/*.json --format sarif -o plans.sarif --fail-on warning
    """
    from indexadvisor.cli.explain_input import PlanArguments

    arguments = PlanArguments(**{field.name: options[field.name] for field in fields(PlanArguments) if field.name in options})
    results = arguments.results()
    deliver(results, options)
    for note in () if options["quiet"] else arguments.notes if options["verbose"] else arguments.notes[:_NAMED]:
        say_note(note)
    for error in arguments.refused:
        say_error(str(error), error.hint)
    return 2 if arguments.refused else verdict(results, options["fail_on"])


def deliver(results: Sequence[PlanResult], options: dict[str, Any]) -> None:
    """Print the results or write them to a file, in the format asked for."""
    if options["form"] == "text" and options["output"] is None:
        if not options["quiet"]:
            _print(results, verbose=options["verbose"])
        return
    from indexadvisor.report.plan.write import render

    text = render(results, options["form"])
    if options["output"] is None:
        click.echo(text, nl=False)
        return
    write_text(options["output"], text)
    if not options["quiet"]:
        click.echo(f"wrote {options['output']}")


def write_text(path: Path, text: str) -> None:
    """Write an output file; raises UsageError where that cannot be."""
    try:
        # lone surrogates can stand in text decoded from a log; they are written as their escapes
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another file with --output") from None


def verdict(results: Sequence[PlanResult], fail_on: str | None) -> int:
    """Return the exit code: 1 when a finding is at least as severe as asked for."""
    if fail_on is None:
        return 0
    severe = SEVERITIES[SEVERITIES.index(fail_on) :]
    return 1 if any(finding.severity in severe for result in results for finding in result.report.findings) else 0


def _print(results: Sequence[PlanResult], *, verbose: bool) -> None:
    from rich.console import Console

    from indexadvisor.report.plan.terminal import plain, summary

    console = Console()
    if not console.is_terminal:
        width = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdecimal() else _FILE_WIDTH
        click.echo(plain(results, max(40, width), verbose=verbose), nl=False)
        return
    for place, result in enumerate(results):
        if place:
            console.print()
        console.print(summary(result, console.width, verbose=verbose))
