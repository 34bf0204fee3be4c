"""``indexadvisor workload``: what was captured, before any advice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.parameters import capture_options, connection_options, verbosity_options

if TYPE_CHECKING:
    from indexadvisor.workload.model import QueryGroup, Workload

_SORTS = {"total": "total_ms", "calls": "calls", "mean": "mean_ms", "max": "max_ms"}


@click.command(short_help="Show what was captured: templates, calls, times.")
@connection_options
@capture_options
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Show so many templates.")
@click.option("--sort", type=click.Choice(list(_SORTS)), default="total", show_default=True, help="Heaviest first by this.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--save", metavar="FILE", help="Save the whole workload (.json or .json.gz; mode 0600: it holds real values).")
@verbosity_options
def workload(**options: Any) -> None:
    """Show what was captured: templates with calls and times, and what could not be read.

    \b
    Examples:
      indexadvisor workload --log 'postgresql-*.csv' --top 10
      indexadvisor workload --dsn "dbname=shop" --statements --sort calls
      indexadvisor workload --log app.log.gz --save shop.workload.json.gz
    """
    from indexadvisor.cli.capture import CaptureArguments
    from indexadvisor.cli.progress import progress_bar
    from indexadvisor.db.connection import Session

    names = ("logs", "log_prefix", "database", "statements", "queries", "workload_file")
    arguments = CaptureArguments(**{name: options[name] for name in names})
    with progress_bar(quiet=options["quiet"]) as progress:
        if options["statements"]:
            with Session(options["dsn"]) as session:
                captured = arguments.read(session, progress)
        else:
            captured = arguments.read(None, progress)
    if options["save"]:
        from indexadvisor.workload.files import save

        save(captured, options["save"])
    field = _SORTS[options["sort"]]
    groups = sorted(captured.groups, key=lambda group: (-(getattr(group, field) or 0), group.query_id))[: options["top"]]
    if options["form"] == "json":
        click.echo(json.dumps([_row(group) for group in groups], indent=2))
    elif options["form"] == "csv":
        _print_csv([_row(group) for group in groups])
    elif not options["quiet"]:
        _print_table(captured, groups, verbose=options["verbose"])


def _row(group: QueryGroup) -> dict[str, Any]:
    return {
        "query_id": group.query_id, "kind": group.kind.value, "calls": group.calls, "total_ms": group.total_ms, "mean_ms": group.mean_ms,
        "p95_ms": group.p95_ms, "max_ms": group.max_ms, "rows": group.rows, "timeouts": group.timeouts, "query": group.normalized,
    }  # fmt: skip


def _print_csv(rows: list[dict[str, Any]]) -> None:
    import csv
    import sys

    if rows:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _print_table(captured: Workload, groups: list[QueryGroup], *, verbose: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    quality = captured.quality
    table = Table(box=None, pad_edge=False)
    for name in ("query", "kind", "calls", "total ms", "mean ms", "p95 ms", "max ms"):
        table.add_column(name, justify="left" if name in ("query", "kind") else "right", no_wrap=True)
    table.add_column("statement", overflow="ellipsis", no_wrap=True)
    for group in groups:
        times = [_number(value) for value in (group.total_ms, group.mean_ms, group.p95_ms, group.max_ms)]
        text = "".join(c if c.isprintable() else " " for c in " ".join(group.normalized.split()))
        table.add_row(group.query_id, group.kind.value, f"{group.calls:,}", *times, Text(text))
    console = Console()
    console.print(table)
    ignored = ", ".join(f"{count:,} {reason}" for reason, count in quality.ignored)
    console.print(f"\n{quality.events:,} statements in {len(captured.groups):,} templates from {quality.entries:,} entries of "
                  f"{len(quality.sources)} source(s); left out: {ignored or 'nothing'}; unreadable: {quality.unreadable:,}",
                  highlight=False, markup=False)  # fmt: skip
    if captured.skipped and not verbose:
        console.print(f"{len(captured.skipped):,} entries are named by --verbose", highlight=False)
    for skipped in captured.skipped if verbose else ():
        console.print(f"{skipped.subject}: {skipped.reason}", highlight=False, markup=False)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"
