"""``indexadvisor advise``: a captured workload in, ranked indexes out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from indexadvisor.cli.interrupts import INTERRUPTED, Interrupts
from indexadvisor.cli.messages import say_note
from indexadvisor.cli.parameters import (
    AUTO_BUDGET,
    Budget,
    Duration,
    Fraction,
    OutputDirectory,
    capture_options,
    connection_options,
    verbosity_options,
)
from indexadvisor.cli.summary import print_summary
from indexadvisor.errors import UsageError

if TYPE_CHECKING:
    from contextlib import ExitStack

    from indexadvisor.catalog.model import Catalog
    from indexadvisor.db.connection import Session
    from indexadvisor.report.model import Document
    from indexadvisor.settings import Limits
    from indexadvisor.whatif.interface import CostSource, LiveSource
    from indexadvisor.whatif.verify import Verification
    from indexadvisor.workload.model import Workload

FORMATS = ("html", "md", "json", "sql")
_INPUT_STAGES = ("capture", "workload", "whatif", "explain")
"""Stages that leave out a part of what the user gave; the others leave out ideas of ours."""
_COMPRESS = {"auto": None, "on": True, "off": False}
_NAMED = 5
"""Left-out items named without --verbose."""


@click.command(short_help="Recommend indexes for a captured workload.")
@connection_options
@capture_options
@click.option("--what-if", "what_if", type=click.Choice(["auto", "hypopg", "trial", "lab"]), default="auto", show_default=True,
              help="Source of cost: auto is HypoPG with the lab; trial builds and rolls back (staging only, it locks).")  # fmt: skip
@click.option("--verify-on-server", "verify", is_flag=True, help="Cost the choice with HypoPG on the server too, before and after.")
@click.option("--snapshot", metavar="FILE", help="Advise on a snapshot, without the server ('indexadvisor snapshot' takes one).")
@click.option("--pg-bindir", type=click.Path(path_type=Path), metavar="DIR", help="PostgreSQL 18 programs for the lab [default: embedded].")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N",
              help="Labs that answer side by side [default: one per processor, at most 4; 1 with HypoPG].")  # fmt: skip
@click.option("--budget", type=Budget(), metavar="SIZE",
              help="Total size of the proposed indexes, like 500MB; auto: the knee of the savings curve.")  # fmt: skip
@click.option("--max-indexes", type=click.IntRange(min=0), metavar="N", help="At most so many indexes.")
@click.option("--max-per-table", type=click.IntRange(min=0), metavar="N", help="At most so many indexes on one table.")
@click.option("--min-benefit", type=Fraction(), default="5%", show_default=True, metavar="SHARE",
              help="Leave out an index that saves less than this of the queries it serves.")  # fmt: skip
@click.option("--min-saving", type=Fraction(), default="0.1%", show_default=True, metavar="SHARE",
              help="Leave out an index that saves less than this of what the whole workload still costs.")  # fmt: skip
@click.option("--tables", multiple=True, metavar="PATTERN", help="Only tables like this ('orders', 'sales.*'); repeatable.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No tables like this; repeatable.")
@click.option("--no-include", is_flag=True, help="Propose no INCLUDE columns.")
@click.option("--weight", type=click.Choice(["calls", "time"]), default="calls", show_default=True,
              help="What a query counts for: its calls, or the time it took where the capture has it.")  # fmt: skip
@click.option("--risk-discount", type=Fraction(), default="0%", show_default=True, metavar="SHARE",
              help="Do not count this share of what an index saves where the estimate is known to flatter.")  # fmt: skip
@click.option("--gap", type=Fraction(), default="1%", show_default=True, metavar="SHARE",
              help="End the search when the answer is proven to be this near to the best.")  # fmt: skip
@click.option("--max-explains", type=click.IntRange(min=1), metavar="N", help="About so many EXPLAINs at most [default: by statements].")
@click.option("--compress", type=click.Choice(["auto", "on", "off"]), default="auto", show_default=True,
              help="Cost queries that are alike once, set the lightest aside; auto: from 2,000 queries on.")  # fmt: skip
@click.option("--time-limit", type=Duration(), metavar="TIME", help="Answer with the best so far after this time, like 5min.")
@click.option("--format", "formats", metavar="LIST", help="html, md, json, sql, comma-separated [default: all of them with --output].")
@click.option("-o", "--output", type=OutputDirectory(), metavar="DIR",
              help="Write the report there; without it, a summary (or --format) on standard output.")  # fmt: skip
@click.option("--redact", is_flag=True, help="Mask literals everywhere in the report.")
@click.option("--save-workload", metavar="FILE", help="Keep the captured workload for later runs (it holds real values).")
@click.option("--save-graph", metavar="FILE", help="Write the column-usage graph: GraphML, or JSON (FILE.json). It holds values.")
@click.option("--fail-over", type=Fraction(), metavar="SHARE", help="Exit with 1 when the advice saves at least this share (CI gate).")
@verbosity_options
def advise(**options: Any) -> int:
    """Recommend indexes for a captured workload.

    Nothing is written to the database: candidates are hypothetical, and captured statements are only planned.

    \b
    Examples:
      indexadvisor advise --dsn "dbname=shop" --log '/var/log/postgresql/*.csv' --output report
      indexadvisor advise --statements --budget 2GB --max-indexes 10
      indexadvisor advise --queries migrations/queries --format md > advice.md
      indexadvisor advise --snapshot shop.snapshot --log app.log --output report
      indexadvisor advise --log app.log.gz --fail-over 20% --format json
    """
    from indexadvisor.cli.progress import progress_bar

    formats = _formats(options)
    if options["redact"] and options["save_graph"]:
        raise UsageError("--save-graph cannot be redacted: the graph holds captured values", hint="leave out one of the two")
    if options["verify"] and options["snapshot"] and not options["dsn"]:
        raise UsageError("--verify-on-server with --snapshot needs the server as well", hint="name it with --dsn")
    with Interrupts() as interrupts, progress_bar(quiet=options["quiet"]) as progress:
        document = _document(options, progress)
    _deliver(document, formats, options)
    if interrupts.seen:
        say_note("interrupted: this is the best answer so far")
        return INTERRUPTED
    saved = 1 - document.workload.cost_after / document.workload.cost_before if document.workload.cost_before else 0.0
    return 1 if options["fail_over"] is not None and document.recommendations and saved >= options["fail_over"] else 0


def _document(options: dict[str, Any], progress: Any) -> Document:
    from contextlib import ExitStack
    from datetime import UTC, datetime

    from indexadvisor.cli.capture import CaptureArguments
    from indexadvisor.pipeline import advise as run

    names = ("logs", "log_prefix", "database", "statements", "queries", "workload_file")
    arguments = CaptureArguments(**{name: options[name] for name in names})
    arguments.check()
    with ExitStack() as stack:
        server = _Server.of(options, stack)
        workload = arguments.read(server.session, progress)
        if options["save_workload"]:
            from indexadvisor.workload.files import save

            save(workload, options["save_workload"])
        catalog, source = _source(options, server, stack, progress)
        verifier = server.verifier(catalog, stack) if options["verify"] else None
        if options["save_graph"]:
            _save_graph(Path(options["save_graph"]), workload, catalog)
        return run(
            workload, catalog, source, _limits(options),
            verifier=verifier, compress=_COMPRESS[options["compress"]], redact=options["redact"],
            generated_at=datetime.now(UTC), progress=progress,
        )  # fmt: skip


@dataclass(frozen=True)
class _Server:
    """The server that was named: ``session`` is None where a snapshot takes its place."""

    dsn: str
    session: Session | None

    @classmethod
    def of(cls, options: dict[str, Any], stack: ExitStack) -> Self:
        """Connect, and see to it that HypoPG is there where it will be needed at the end; raises CapabilityMissing."""
        from indexadvisor.db.connection import Session

        session = None if options["snapshot"] else stack.enter_context(Session(options["dsn"]))
        if options["verify"]:
            from indexadvisor.whatif.hypopg import installed

            if session is not None:
                installed(session)
            else:
                with Session(options["dsn"]) as first:
                    installed(first)
        return cls(options["dsn"], session)

    def verifier(self, catalog: Catalog, stack: ExitStack) -> LiveSource:
        """Return HypoPG on a connection of its own; beside a snapshot it looks at the server's catalog of today."""
        from indexadvisor.catalog.load import load
        from indexadvisor.db.connection import Session
        from indexadvisor.whatif.open import open_verifier

        if self.session is None:
            with Session(self.dsn) as session:
                catalog = load(session)
        verifier = open_verifier(self.dsn, catalog)
        stack.callback(verifier.close)
        return verifier


def _source(options: dict[str, Any], server: _Server, stack: ExitStack, progress: Any) -> tuple[Catalog, CostSource]:
    """Return the catalog to advise on and the source of costs, which is closed with ``stack``."""
    from indexadvisor.whatif.open import open_costs, open_snapshot, usual_jobs

    # beside HypoPG, which answers one question at a time, several labs are for who asks for them
    jobs = options["jobs"] or (usual_jobs() if options["snapshot"] or options["what_if"] == "lab" else 1)
    if server.session is None:
        from indexadvisor.catalog.snapshot_file import load as load_snapshot

        snapshot = load_snapshot(options["snapshot"])
        catalog, source = snapshot.catalog, open_snapshot(options["what_if"], snapshot, bindir=options["pg_bindir"], jobs=jobs)
    else:
        from indexadvisor.catalog.load import load

        progress("reading the catalog", 0, 1)
        catalog = load(server.session)
        source = open_costs(options["what_if"], server.dsn, server.session, catalog, bindir=options["pg_bindir"], jobs=jobs)
    return catalog, stack.enter_context(source)


def _limits(options: dict[str, Any]) -> Limits:
    from indexadvisor.settings import Limits

    automatic = options["budget"] == AUTO_BUDGET
    return Limits(
        budget_bytes=None if automatic else options["budget"], auto_budget=automatic,
        max_indexes=options["max_indexes"], max_indexes_per_table=options["max_per_table"],
        min_benefit=options["min_benefit"], min_saving=options["min_saving"], include=options["tables"], exclude=options["exclude"],
        covering=not options["no_include"], time_limit_s=options["time_limit"], weight=options["weight"],
        risk_discount=options["risk_discount"], gap=options["gap"], max_explains=options["max_explains"],
    )  # fmt: skip


def _save_graph(path: Path, workload: Workload, catalog: Catalog) -> None:
    from indexadvisor.usage.export import to_graphml, to_json
    from indexadvisor.usage.graph import usage_graph

    usage = usage_graph(workload, catalog)
    try:
        # predicates and expressions hold captured values: for the owner alone, like a saved workload
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(to_json(usage) if path.suffix == ".json" else to_graphml(usage, workload), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the graph cannot be written to {path}: {error.strerror}", hint="name another file with --save-graph") from None


def _deliver(document: Document, formats: tuple[str, ...], options: dict[str, Any]) -> None:
    if options["output"]:
        from indexadvisor.report.write import write

        paths = write(document, Path(options["output"]), formats or FORMATS)
        if not options["quiet"]:
            print_summary(document)
            click.echo("\n" + "\n".join(f"wrote {path}" for path in paths))
    elif formats:
        from indexadvisor.report.write import render

        click.echo(render(document, formats[0]))
    elif not options["quiet"]:
        print_summary(document)
        click.echo("\nadd --output DIR for the full report (HTML, Markdown, JSON, SQL)")
    if not options["quiet"]:
        sys.stdout.flush()
        if document.verification is not None:
            _say_verified(document.verification)
        _left_out(document, verbose=options["verbose"])


def _say_verified(found: Verification) -> None:
    """Say in a line or two what the server says to the choice, on standard error."""

    from indexadvisor.report.sentences import verified

    say_note(verified(found))
    if found.doubtful:
        named = ", ".join(query.query_id for query in found.doubtful[:_NAMED])
        say_note(f"{len(found.doubtful)} of them save less than half of what the advice says: {named}")
    beyond = sum(1 for item in found.unverified if item.subject.startswith("query "))
    if beyond:
        say_note(f"{beyond} queries could not be checked on the server: their plans use what HypoPG cannot judge")


def _formats(options: dict[str, Any]) -> tuple[str, ...]:
    """Return the formats asked for; what cannot work is said before any work is done."""
    given = options["formats"]
    formats = tuple(dict.fromkeys(name.strip().lower() for name in given.split(",") if name.strip())) if given else ()
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or (given and not formats):
        raise click.BadParameter(f"{', '.join(unknown) or given!r} is no format: choose from {', '.join(FORMATS)}", param_hint="--format")
    if len(formats) > 1 and not options["output"]:
        raise UsageError("one format goes to standard output, not several", hint="name a directory for them with --output DIR")
    return formats


def _left_out(document: Document, *, verbose: bool) -> None:
    """Say what of the input could not be used, on standard error; with ``verbose`` everything that was left out."""
    wanted = [item for item in document.skipped if verbose or item.stage in _INPUT_STAGES]
    for item in wanted if verbose else wanted[:_NAMED]:
        say_note(f"{item.subject}: {item.reason}")
    if len(wanted) > _NAMED and not verbose:
        say_note(f"{len(wanted) - _NAMED:,} more were left out; --verbose names them")
