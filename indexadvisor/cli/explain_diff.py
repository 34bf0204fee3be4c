"""``indexadvisor explain diff``: two plans of one statement, or present plans against their baseline in CI."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.explain import write_text
from indexadvisor.cli.messages import say_error, say_note
from indexadvisor.cli.parameters import Fraction, connection_options, verbosity_options
from indexadvisor.errors import IndexAdvisorError, StatementFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from indexadvisor.explain.gate import Regression
    from indexadvisor.explain.plan import Plan

    _Present: TypeAlias = tuple[str, Plan, str | None]
    """EXPLAIN's text, the plan, the statement where it is known."""
    _Plans: TypeAlias = tuple[dict[str, _Present], Mapping[str, float], list[IndexAdvisorError]]
    """Present plans by name, rows of each table where a server was asked, and what could not be planned or read."""


@click.command(short_help="Compare two plans, or present plans with their baseline.")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(allow_dash=True))
@connection_options
@click.option("--baseline", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Directory of plans to hold present ones against.")  # fmt: skip
@click.option("--queries", multiple=True, type=click.Path(), metavar="PATH",
              help="Ask the server for the present plans of these .sql files; repeatable.")  # fmt: skip
@click.option("--update", is_flag=True, help="Write the present plans to --baseline instead of comparing.")
@click.option("--tolerance", type=Fraction(), default="20%", show_default=True, metavar="SHARE", help="Cost above what growth explains.")
@click.option("--fail-on-regression", is_flag=True, help="Exit with 1 when a plan is worse than its baseline.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True,
              help="How to show it; github and sarif go with --baseline.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to this file.")
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
        if options["form"] in ("github", "sarif"):
            hint = "--format text or json shows what changed"
            raise UsageError(f"--format {options['form']} shows regressions: it goes with --baseline", hint=hint)
        return _compare(options)
    if options["queries"] and options["files"]:
        raise UsageError("--queries asks the server for the present plans, and files of plans were named, too", hint="give one of them")
    present, rows_now, refused = _planned(options) if options["queries"] else _named(options)
    if options["update"]:
        code = _update(options["baseline"], present, rows_now, quiet=options["quiet"])
    else:
        code = _hold(options, present, rows_now)
    for error in refused:
        say_error(str(error), error.hint)
    return 2 if refused else code


def _compare(options: dict[str, Any]) -> int:
    from indexadvisor.cli.explain_input import content
    from indexadvisor.explain import read
    from indexadvisor.explain.diff import diff as compared
    from indexadvisor.explain.slower import verdict
    from indexadvisor.report.plan.changes import as_json, as_text

    plans = [plan for name in options["files"] for plan in read(content(name)[1], name).plans]
    if len(plans) < 2:
        raise UsageError(f"plans given: {len(plans)}; it takes two to compare", hint="indexadvisor explain diff before.txt after.txt")
    steps = [(changes, verdict(changes)) for changes in (compared(before, after) for before, after in pairwise(plans))]
    deliver_text(as_json(steps) if options["form"] == "json" else as_text(steps), options)
    return 0


def _named(options: dict[str, Any]) -> _Plans:
    """Return the plans of the files by their names without suffix; what cannot be read is refused by itself."""
    from indexadvisor.cli.explain_input import content
    from indexadvisor.explain import read

    if not options["files"]:
        raise UsageError("no present plans were named", hint="give plan files, or --queries with --dsn")
    found: dict[str, _Present] = {}
    refused: list[IndexAdvisorError] = []
    for name in options["files"]:
        try:
            text = content(name)[1]
            plans = read(text, name).plans
            if len(plans) > 1:
                raise UsageError(f"{name} holds {len(plans)} plans: a baseline is one file per plan")
            _put(found, Path(name), (text.decode("utf-8", "replace"), plans[0], plans[0].query_text))
        except IndexAdvisorError as error:
            refused.append(error)
    return found, {}, refused


def _planned(options: dict[str, Any]) -> _Plans:
    """Ask the server for the plan of each .sql file; a statement it refuses costs only itself."""
    from indexadvisor.catalog.load import load
    from indexadvisor.cli.explain_input import content
    from indexadvisor.db.connection import Session
    from indexadvisor.explain import read
    from indexadvisor.explain.execute import explained

    paths = [Path(given) for given in options["queries"]]
    files = [file for path in paths for file in (sorted(path.glob("*.sql")) if path.is_dir() else [path])]
    if not files:
        raise UsageError("no .sql file was found", hint="--queries takes .sql files and directories of them")
    found: dict[str, _Present] = {}
    refused: list[IndexAdvisorError] = []
    with Session(options["dsn"]) as session:
        rows = {table.name.name: table.rows for table in load(session).tables if table.rows is not None}
        for file in files:
            try:
                statement = content(str(file))[1].decode("utf-8-sig", "replace")
                text = explained(session, statement)
                _put(found, file, (text, read(text, str(file)).plans[0], statement))
            except StatementFailed as error:
                refused.append(StatementFailed(f"{file}: {error}", sqlstate=error.sqlstate, hint=error.hint))
            except IndexAdvisorError as error:
                refused.append(error)
    return found, rows, refused


def _put(found: dict[str, _Present], path: Path, present: _Present) -> None:
    if path.stem in found:
        raise UsageError(f"{path} has the name of another plan: {path.stem}", hint="baselines are kept by the names of their files")
    found[path.stem] = present


def _update(folder: Path, present: Mapping[str, _Present], rows: Mapping[str, float], *, quiet: bool) -> int:
    from indexadvisor.explain.baseline import save

    for name, (text, plan, statement) in present.items():
        read_by = {node.relation for node in plan.walk() if node.relation is not None}
        path = save(folder, name, text, {name: rows[name] for name in read_by if name in rows}, statement)
        if not quiet:
            click.echo(f"wrote {path}")
    return 0


def _hold(options: dict[str, Any], present: Mapping[str, _Present], rows: Mapping[str, float]) -> int:
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
    from indexadvisor.report.plan.regressions import render

    text = render(worse, options["form"], folder=options["baseline"], plans=len(present), baselines=len(baselines))
    if options["form"] != "text" or not options["quiet"] or options["output"] is not None:
        deliver_text(text, options)
    return 1 if worse and options["fail_on_regression"] else 0


def deliver_text(text: str, options: dict[str, Any]) -> None:
    """Print a text or write it to the file of --output."""
    if options["output"] is None:
        click.echo(text, nl=False)
    else:
        write_text(options["output"], text)
        if not options["quiet"]:
            click.echo(f"wrote {options['output']}")
