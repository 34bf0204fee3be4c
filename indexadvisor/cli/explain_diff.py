"""``indexadvisor explain diff``: two plans of one statement, or present plans against their baseline in CI."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.messages import say_note, visible
from indexadvisor.cli.parameters import Fraction, connection_options, verbosity_options
from indexadvisor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexadvisor.explain.baseline import Baseline
    from indexadvisor.explain.gate import Regression
    from indexadvisor.explain.plan import Plan


@click.command(short_help="Compare two plans, or present plans with their baseline.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@connection_options
@click.option("--baseline", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Directory of plans to hold present ones against.")  # fmt: skip
@click.option("--queries", multiple=True, metavar="PATH", help="Ask the server for the present plans of these .sql files; repeatable.")
@click.option("--update", is_flag=True, help="Write the present plans to --baseline instead of comparing.")
@click.option("--tolerance", type=Fraction(), default="20%", show_default=True, metavar="SHARE", help="Cost above what growth explains.")
@click.option("--fail-on-regression", is_flag=True, help="Exit with 1 when a plan is worse than its baseline.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True, help="How to show it.")
@verbosity_options
def diff(**options: Any) -> int:
    """Compare two plans of one statement, or present plans with their baseline.

    With --baseline, each plan is held against the file of the same name there: by shape (an index no longer used, a table read whole,
    a new sort) and by cost, allowing for tables that have grown since.

    \b
    Examples:
      indexadvisor explain diff before.txt after.txt
      indexadvisor explain diff --dsn "dbname=shop" --queries sql/ --baseline plans/ --update
      indexadvisor explain diff --dsn "dbname=shop" --queries sql/ --baseline plans/ --fail-on-regression
    """
    if options["baseline"] is None:
        if options["update"] or options["fail_on_regression"] or options["queries"]:
            raise UsageError("--update, --queries and --fail-on-regression go with --baseline", hint="name its directory with --baseline")
        return _compare(options)
    present, rows_now = _present(options)
    if options["update"]:
        return _update(options["baseline"], present, rows_now, quiet=options["quiet"])
    return _hold(options, present, rows_now)


def _compare(options: dict[str, Any]) -> int:
    from indexadvisor.cli.explain_input import content
    from indexadvisor.explain import read
    from indexadvisor.explain.diff import diff as compared
    from indexadvisor.explain.slower import verdict
    from indexadvisor.report.plan.changes import lines

    plans = [plan for name in options["files"] for plan in read(content(name)[1], name).plans]
    if len(plans) < 2:
        raise UsageError(f"plans given: {len(plans)}; it takes two to compare", hint="indexadvisor explain diff before.txt after.txt")
    steps = []
    for before, after in pairwise(plans):
        changes = compared(before, after)
        steps.append((changes, verdict(changes)))
    if options["form"] == "json":
        told = [
            {"verdict": found.sentence, "factor": found.factor, "same_shape": changes.same_shape, "changes": list(lines(changes))}
            for changes, found in steps
        ]
        click.echo(json.dumps(told, indent=2))
    else:
        for changes, found in steps:
            click.echo(visible(found.sentence))
            click.echo("the plans have the same shape" if changes.same_shape else "the plans differ in shape")
            click.echo("".join(f"  {visible(line)}\n" for line in lines(changes)), nl=False)
    return 0


def _present(options: dict[str, Any]) -> tuple[dict[str, tuple[str, Plan, str | None]], Mapping[str, float]]:
    """Return (EXPLAIN's text, plan, statement) by name, and the rows of each table where a server was asked."""
    from indexadvisor.cli.explain_input import content
    from indexadvisor.explain import read

    if options["queries"]:
        return _planned(options)
    if not options["files"]:
        raise UsageError("no present plans were named", hint="give plan files, or --queries with --dsn")
    found: dict[str, tuple[str, Plan, str | None]] = {}
    for name in options["files"]:
        text = content(name)[1].decode("utf-8", "replace")
        plan = read(text, name).plans[0]
        found[Path(name).stem] = (text, plan, plan.query_text)
    return found, {}


def _planned(options: dict[str, Any]) -> tuple[dict[str, tuple[str, Plan, str | None]], Mapping[str, float]]:
    from indexadvisor.catalog.load import load
    from indexadvisor.cli.explain_input import content
    from indexadvisor.db.connection import Session
    from indexadvisor.errors import StatementFailed
    from indexadvisor.explain import read
    from indexadvisor.explain.execute import explained

    paths = [Path(given) for given in options["queries"]]
    files = [file for path in paths for file in (sorted(path.glob("*.sql")) if path.is_dir() else [path])]
    found: dict[str, tuple[str, Plan, str | None]] = {}
    with Session(options["dsn"]) as session:
        rows = {table.name.name: table.rows for table in load(session).tables if table.rows is not None}
        for file in files:
            statement = content(str(file))[1].decode("utf-8", "replace")
            try:
                text = explained(session, statement)
            except StatementFailed as error:
                say_note(f"{file}: {error}")
                continue
            found[file.stem] = (text, read(text, str(file)).plans[0], statement)
    return found, rows


def _update(folder: Path, present: Mapping[str, tuple[str, Plan, str | None]], rows: Mapping[str, float], *, quiet: bool) -> int:
    from indexadvisor.explain.baseline import save

    for name, (text, plan, statement) in present.items():
        read_by = {node.relation for node in plan.walk() if node.relation is not None}
        path = save(folder, name, text, {name: rows[name] for name in read_by if name in rows}, statement)
        if not quiet:
            click.echo(f"wrote {path}")
    return 0


def _hold(options: dict[str, Any], present: Mapping[str, tuple[str, Plan, str | None]], rows: Mapping[str, float]) -> int:
    from indexadvisor.explain.baseline import load
    from indexadvisor.explain.gate import Tolerance, regressions

    baselines = load(options["baseline"])
    tolerance = Tolerance(cost=options["tolerance"])
    worse: dict[str, tuple[Regression, ...]] = {}
    for name, (_, plan, _) in present.items():
        if name not in baselines:
            say_note(f"{name} has no baseline in {options['baseline']}: --update makes one")
            continue
        known = baselines[name]
        found = regressions(known.plan, plan, tolerance, rows_then=known.rows, rows_now=rows)
        if found:
            worse[name] = found
    for name in sorted(baselines.keys() - present.keys()):
        say_note(f"{name} has a baseline and no present plan")
    _tell(options, baselines, worse, len(present))
    return 1 if worse and options["fail_on_regression"] else 0


def _tell(options: dict[str, Any], baselines: Mapping[str, Baseline], worse: Mapping[str, tuple[Regression, ...]], count: int) -> None:
    if options["form"] == "json":
        told = {name: [{"kind": one.kind, "message": one.message, "node": one.node} for one in found] for name, found in worse.items()}
        click.echo(json.dumps({"plans": count, "baselines": len(baselines), "regressions": told}, indent=2))
    elif options["form"] == "github":
        from indexadvisor.report.plan.github import annotation

        for name, found in worse.items():
            for one in found:
                click.echo(annotation("error", f"plan regression: {one.kind}", one.message, str(options["baseline"] / f"{name}.json")))
    elif not options["quiet"]:
        for name, found in worse.items():
            click.echo("".join(f"{visible(name)}: {one.kind}: {visible(one.message)}\n" for one in found), nl=False)
        click.echo(f"{count - len(worse)} of {count} plans are no worse than their baseline")
