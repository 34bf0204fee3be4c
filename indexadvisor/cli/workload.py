"""``indexadvisor workload``: what was captured, before any advice."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.messages import say_note
from indexadvisor.cli.parameters import capture_options, connection_options, verbosity_options

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from indexadvisor.workload.model import QueryGroup, Workload

_SORTS = {"total": "total_ms", "calls": "calls", "mean": "mean_ms", "max": "max_ms"}
_NAMED = 5
"""Unreadable entries named without --verbose."""


@click.command(short_help="Show what was captured: templates, calls, times.")
@connection_options
@capture_options
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Show so many templates.")
@click.option("--sort", type=click.Choice(list(_SORTS)), default="total", show_default=True, help="Heaviest first by this.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True, help="How to show it.")
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
    groups = sorted(captured.groups, key=lambda group: (-(getattr(group, field) or 0), -group.calls, group.query_id))[: options["top"]]
    if options["form"] == "json":
        click.echo(json.dumps([_row(group) for group in groups], indent=2))
    elif options["form"] == "csv":
        _print_csv([_row(group) for group in groups])
    elif not options["quiet"]:
        _print_table(captured, groups)
    if not options["quiet"]:
        sys.stdout.flush()
        _left_out(captured, verbose=options["verbose"])


def _row(group: QueryGroup) -> dict[str, Any]:
    return {
        "query_id": group.query_id, "kind": group.kind.value, "calls": group.calls, "total_ms": group.total_ms, "mean_ms": group.mean_ms,
        "p95_ms": group.p95_ms, "max_ms": group.max_ms, "rows": group.rows, "timeouts": group.timeouts, "query": group.normalized,
    }  # fmt: skip


def _print_csv(rows: list[dict[str, Any]]) -> None:
    import csv

    if rows:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _print_table(captured: Workload, groups: list[QueryGroup]) -> None:
    from rich.console import Console

    from indexadvisor.report.units import counted

    console = Console()
    console.print(_table(captured, groups, console.width))
    quality = captured.quality
    ignored = ", ".join(f"{count:,} {reason}" for reason, count in quality.ignored)
    read = f"{counted(quality.entries, 'entry', 'entries')} of {counted(len(quality.sources), 'source')}"
    shown = f", {len(groups):,} shown" if len(groups) < len(captured.groups) else ""
    found = f"{counted(quality.events, 'statement')} in {counted(len(captured.groups), 'template')}"
    click.echo(f"\n{found}{shown}, from {read}")
    click.echo(f"left out: {ignored or 'nothing'}; unreadable: {quality.unreadable:,}")


def _table(captured: Workload, groups: list[QueryGroup], width: int) -> Table:
    """Return the templates as a table: times only where some are known, the finer ones where there is room."""
    from rich.text import Text

    from indexadvisor.report.terminal import WIDE, Fitted, cut, fitted_table
    from indexadvisor.report.units import milliseconds, percent

    whole = sum(group.total_ms or 0.0 for group in captured.groups)
    timed, wide = any(group.total_ms is not None for group in captured.groups), width >= WIDE
    headings = ["query", *(["kind"] if wide else []), "calls"]
    headings += ["total", "share", "mean", *(["p95", "max"] if wide else [])] if timed else []
    rows: list[list[Text | Fitted]] = []
    for group in groups:
        cells = {
            "query": group.query_id, "kind": group.kind.value, "calls": f"{group.calls:,}", "total": milliseconds(group.total_ms),
            "share": percent(group.total_ms / whole if group.total_ms is not None and whole else None),
            "mean": milliseconds(group.mean_ms), "p95": milliseconds(group.p95_ms), "max": milliseconds(group.max_ms),
        }  # fmt: skip
        rows.append([*(Text(cells[heading]) for heading in headings), cut(group.normalized)])
    return fitted_table([*headings, "statement"], rows, width, left=("query", "kind", "statement"))


def _left_out(captured: Workload, *, verbose: bool) -> None:
    """Name what could not be read, on standard error: the first few, or all with ``verbose``."""
    for skipped in captured.skipped if verbose else captured.skipped[:_NAMED]:
        say_note(f"{skipped.subject}: {skipped.reason}")
    if len(captured.skipped) > _NAMED and not verbose:
        say_note(f"{len(captured.skipped) - _NAMED:,} more could not be read; --verbose names them")
