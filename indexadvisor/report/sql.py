"""``recommendations.sql``: runs in psql as it is, every index explained in comments above its statement.

Comments hold text from outside. Each is one ``--`` line whose control characters, line ends among them, are spelled out, so
that nothing in it can end the comment. psql interpolates ``:name`` outside quotes only when such a variable is set.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.report import risks, units
from indexadvisor.report.model import Document, DropAdvice, Recommendation
from indexadvisor.report.sentences import gap, lost, scanned
from indexadvisor.report.sqltext import one_line, visible

_HEADER = """\
How to run:    psql -X -v ON_ERROR_STOP=1 -d DATABASE -f recommendations.sql
               Not inside a transaction (no -1, no BEGIN): CREATE INDEX CONCURRENTLY refuses one.
               CONCURRENTLY lets writes go on; it waits for older transactions and takes longer than a plain build.

Lock timeout:  leave lock_timeout at 0 for these statements, as set below. A build that is cancelled, by a lock
               timeout or by hand, leaves an INVALID index behind: it is maintained by writes and used by no query,
               and CREATE INDEX IF NOT EXISTS would then take it for the real one.

After a broken build find such an index, drop it, and run its statement again:
               SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
               DROP INDEX CONCURRENTLY the_name;

Order:         as listed; each step says what the whole workload costs once it exists.
Undo:          the DROP INDEX line below each index, without its two dashes."""


_DROPS = """\
Indexes that could be dropped. NOTHING BELOW RUNS AS IT STANDS: each is a decision of its own.
Look at what is said about it, take the two dashes from its DROP INDEX, and keep the statements that
bring it back. One at a time, watching what the queries on its table do."""


def render(document: Document) -> str:
    """Return the script."""
    return "\n".join(_lines(document)) + "\n"


def comment(text: str = "") -> str:
    r"""Return a text as one SQL comment line that nothing can end.

    >>> comment("a\nDROP TABLE t; \x1b[31m")
    '-- a DROP TABLE t; \\x1b[31m'
    """
    return f"-- {one_line(text)}".rstrip()


def _lines(document: Document) -> Iterator[str]:
    summary = document.workload
    yield comment(f"Indexes recommended for database {document.server.database} by indexadvisor {document.tool_version}")
    if document.generated_at is not None:
        yield comment(f"Made at {document.generated_at.isoformat()}")
    yield comment(
        f"Workload cost {units.quantity(summary.cost_before)} -> {units.quantity(summary.cost_after)} "
        f"({units.percent(summary.saved_fraction)} less), {units.counted(len(document.recommendations), 'index', 'indexes')}, "
        f"{units.size(summary.size_bytes)}; distance from the best: {gap(summary.gap)}"
    )
    for caveat in document.caveats:
        yield comment(caveat)
    yield "--"
    # the header is our own text and keeps its layout
    yield from (f"-- {line}".rstrip() for line in _HEADER.splitlines())
    yield ""
    if document.recommendations:
        yield "SET lock_timeout = 0;"
        yield "SET statement_timeout = 0;"
    else:
        yield comment("Nothing to do: no index was worth its cost.")
    for item in document.recommendations:
        yield ""
        yield from _index(item)
    if document.drops:
        yield ""
        yield f"-- {'=' * 97}"
        yield from (f"-- {line}" for line in _DROPS.splitlines())
        for drop in document.drops:
            yield ""
            yield from _drop(drop)


def _index(item: Recommendation) -> Iterator[str]:
    tax = item.write_tax
    yield "-" * 100
    yield comment(f"{item.rank}. {item.definition}")
    yield comment(
        f"benefit {units.quantity(item.benefit)} ({units.percent(item.benefit_fraction)} of the workload's cost, "
        f"{units.percent(item.benefit_fraction_helped)} of the queries it helps), size {units.size(item.size_bytes)}, "
        f"write tax {units.quantity(tax.cost)}"
    )
    for reason in item.reasons:
        yield comment(f"why: {reason}")
    for risk in item.risks:
        yield comment(f"risk ({risks.named(risk.query_ids)}): {risk.sentence}")
    for caveat in item.caveats:
        yield comment(f"note: {caveat}")
    for query in item.queries:
        yield comment(
            f"query {query.query_id}: {units.counted(query.calls, 'call')}, cost {units.quantity(query.cost_without)} -> "
            f"{units.quantity(query.cost_after)}: {query.title}"
        )
    yield comment(f"workload cost after this step: {units.quantity(item.workload_cost_after)}")
    if item.masked:
        yield "-- masked: fill in the constants marked '?' and take the dashes away"
        for statement in item.statements:
            yield from _commented(statement)
    else:
        yield from item.statements
    yield comment(item.undo)


def _drop(item: DropAdvice) -> Iterator[str]:
    yield "-" * 100
    yield comment(f"{item.name}: {item.definition}")
    yield comment(
        f"size {units.size(item.size_bytes)}, write tax {units.quantity(item.write_tax.cost)}, confidence {item.confidence}, "
        f"{scanned(item)}"
    )
    for reason in item.reasons:
        yield comment(f"why: {reason}")
    yield comment(f"lost: {lost(item)}")
    for caveat in item.caveats:
        yield comment(f"note: {caveat}")
    if item.after:
        yield comment(f"first:  the recommended index {item.replaced_by or 'that takes its place'} must be built and valid")
    yield from _commented(item.statement)
    yield comment("masked: fill in the constants marked '?' before running this" if item.masked else "to bring it back:")
    for statement in item.undo:
        yield from _commented(statement)


def _commented(statement: str) -> Iterator[str]:
    """Return a statement as comment lines, none of which can end before its line does."""
    return (f"-- {line}" for line in visible(statement).split("\n"))
