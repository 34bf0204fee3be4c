"""``indexadvisor explain log``: every plan that auto_explain logged, ranked by what the findings cost the workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.explain import SEVERITIES, write_text
from indexadvisor.cli.messages import say_note, visible
from indexadvisor.cli.parameters import verbosity_options
from indexadvisor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexadvisor.capture.interface import EventSource
    from indexadvisor.diagnosis.plan_log import PlanLog
    from indexadvisor.findings import Skipped

_NAMED = 5


@click.command(short_help="Analyse every plan of a log that auto_explain wrote, or of a directory.")
@click.option("--log", "logs", multiple=True, metavar="FILE", help="Server log: stderr, csvlog or jsonlog, .gz, '-'; globs; repeatable.")
@click.option("--log-prefix", metavar="PREFIX", help="log_line_prefix of a stderr log, where it is not recognised.")
@click.option("--database", metavar="NAME", help="Take only this database's statements.")
@click.option("--plans", multiple=True, type=click.Path(), metavar="PATH", help="File or directory of plans; repeatable.")
@click.option("--snapshot", type=click.Path(), metavar="FILE", help="Look tables up in a snapshot.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Show so many findings and statements.")
@click.option("--format", "form", type=click.Choice(["text", "json", "md"]), default="text", show_default=True, help="How to show it.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to this file.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 when a finding is at least this severe.")
@click.option("--thresholds", type=click.Path(path_type=Path), metavar="FILE", help="TOML file that changes thresholds of rules.")
@click.option("--only", multiple=True, metavar="RULE", help="Apply only this rule (code or name); repeatable.")
@click.option("--skip", multiple=True, metavar="RULE", help="Leave this rule out; repeatable.")
@click.option("--save-workload", metavar="FILE", help="Keep the statements with their durations, for 'advise --workload'.")
@click.option("--redact", is_flag=True, help="Replace names and literals, the same way everywhere.")
@verbosity_options
def log(**options: Any) -> int:
    """Analyse every plan of a log that auto_explain wrote, or of a directory.

    Plans are grouped by statement and by shape; findings are ranked by the time they cost over all executions; statements whose plan
    changed are named with the times of either plan.

    \b
    Examples:
      indexadvisor explain log --log 'postgresql-*.csv'
      indexadvisor explain log --log app.log --save-workload app.workload.json.gz
      indexadvisor explain log --plans plans/ --format json
    """
    from indexadvisor.cli.explain_redact import RedactingAnalyser
    from indexadvisor.cli.progress import progress_bar
    from indexadvisor.diagnosis.plan_log import analyse_log

    if options["redact"] and options["save_workload"]:
        raise UsageError("--save-workload keeps the statements as they are: leave out --redact, or --save-workload")
    source, analyser = _source(options), _analyser(options)
    with progress_bar(quiet=options["quiet"]) as progress:
        progress("reading plans", 0, 1)
        found = analyse_log(source, analyser)
    if isinstance(analyser, RedactingAnalyser):
        found = analyser.redacted(found)
    if not found.plans:
        first = next(iter((*source.report.unreadable, *found.skipped)), None)
        words = "no plan was found" if first is None else f"no plan was found; {first.subject}: {first.reason}"
        raise UsageError(words, hint="set auto_explain.log_min_duration and auto_explain.log_analyze, and capture again")
    if options["save_workload"]:
        from indexadvisor.workload.files import save

        save(found.workload, options["save_workload"])
        if not options["quiet"]:
            say_note(f"wrote {options['save_workload']}")
    _deliver(found, options, (*source.report.unreadable, *found.skipped))
    severe = SEVERITIES[SEVERITIES.index(options["fail_on"]) :] if options["fail_on"] else ()
    return 1 if any(one.example.severity in severe for one in found.findings) else 0


def _source(options: dict[str, Any]) -> EventSource:
    from indexadvisor.capture.chain import chain
    from indexadvisor.capture.logs import LogSource
    from indexadvisor.diagnosis.plan_files import PlanFiles

    if not options["logs"] and not options["plans"]:
        raise UsageError("no plans were named", hint="give --log FILE or --plans PATH")
    sources: list[EventSource] = []
    if options["logs"]:
        sources.append(LogSource(options["logs"], database=options["database"], line_prefix=options["log_prefix"]))
    if options["plans"]:
        sources.append(PlanFiles(options["plans"]))
    return chain(sources)


def _analyser(options: dict[str, Any]) -> Any:
    from indexadvisor.catalog.snapshot_file import load as load_snapshot
    from indexadvisor.diagnosis.plan_files import analyser
    from indexadvisor.explain.rules import codes
    from indexadvisor.explain.thresholds import Thresholds, load

    codes((*options["only"], *options["skip"]))
    thresholds = Thresholds() if options["thresholds"] is None else load(options["thresholds"])
    if options["redact"]:
        from indexadvisor.cli.explain_redact import RedactingAnalyser

        return RedactingAnalyser(thresholds, only=options["only"], skip=options["skip"])
    catalog = None if options["snapshot"] is None else load_snapshot(options["snapshot"]).catalog
    return analyser(catalog, thresholds, only=options["only"], skip=options["skip"])


def _deliver(found: PlanLog, options: dict[str, Any], unread: Sequence[Skipped]) -> None:
    from indexadvisor.report.plan.log import render

    text = render(found, options["form"], top=options["top"])
    if options["output"] is not None:
        write_text(options["output"], text)
        if not options["quiet"]:
            click.echo(f"wrote {options['output']}")
    elif not options["quiet"] or options["form"] != "text":
        click.echo(text, nl=False)
    if not options["quiet"]:
        wanted = unread if options["verbose"] else unread[:_NAMED]
        for one in wanted:
            say_note(f"{one.subject}: {visible(one.reason)}")
        if len(unread) > len(wanted):
            say_note(f"{len(unread) - len(wanted):,} more entries could not be read; --verbose names them")


