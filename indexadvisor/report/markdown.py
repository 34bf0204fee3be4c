"""``report.md``: reads well in a pull request; everything from outside stands in code spans or is written as entities.

Sources: GitHub Flavored Markdown Spec, sections "Code spans", "Tables (extension)" and "Entity and numeric character references".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from indexadvisor.report import units
from indexadvisor.report.leftout import by_stage
from indexadvisor.report.model import Document, Recommendation
from indexadvisor.report.plans import indented
from indexadvisor.report.sqltext import one_line, visible

MAX_BLOCK = 4_000
"""Characters of one code block; a pull request comment holds 65,536 in all."""
MAX_ROWS = 50
MAX_NAMED = 10

_SPECIAL = re.compile(r"[&<>|`*_\[\]#@~\\$!]|(?<=:)//")


def render(document: Document) -> str:
    """Return the report as GitHub Markdown."""
    parts = (_head, _table, _details, _not_costed, _queries, _left_out, _foot)
    return "\n".join(line for part in parts for line in part(document)).rstrip() + "\n"


def text(value: str) -> str:
    """Return a text that Markdown shows as it is.

    >>> text("a|b <i> *c*")
    'a&#124;b &#60;i&#62; &#42;c&#42;'
    """
    return _SPECIAL.sub(lambda match: "".join(f"&#{ord(character)};" for character in match.group()), one_line(value))


def code(value: str, width: int | None = None) -> str:
    """Return a text as a code span that neither its backticks nor a table's pipes can end.

    >>> code("a`b|c")
    '`` a`b\\\\|c ``'
    """
    flat = one_line(value, width)
    if not flat:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    space = " " if "`" in flat else ""
    escaped = flat.replace("|", "\\|")
    return f"{ticks}{space}{escaped}{space}{ticks}"


def block(value: str, language: str = "") -> list[str]:
    """Return a text as a fenced block, its fence longer than any in it; very long ones are cut and say so."""
    shown = visible(value)
    if len(shown) > MAX_BLOCK:
        shown = f"{shown[:MAX_BLOCK]}\n… ({len(shown) - MAX_BLOCK:,} characters left out)"
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return [f"{fence}{language}", shown, fence]


def _summary_tag(value: str) -> str:
    return f"<summary>{value}</summary>"


def _html(value: str, width: int | None = None) -> str:
    return html.escape(one_line(value, width))


def _head(document: Document) -> Iterator[str]:
    summary = document.workload
    count = units.counted(len(document.recommendations), "index", "indexes")
    yield f"# Index advice for {code(document.server.database)}"
    yield ""
    yield (
        f"**{count}, {units.size(summary.size_bytes)}: workload cost {units.quantity(summary.cost_before)} → "
        f"{units.quantity(summary.cost_after)} ({units.percent(summary.saved_fraction)} less).** "
        f"The best possible with these candidates is {units.percent(summary.bound_saved_fraction)} less; the typical query becomes "
        f"{units.times(summary.geometric_mean_factor)} cheaper (geometric mean). "
        f"{summary.queries_costed} of {summary.query_count} queries costed, {summary.queries_improved} improved."
    )
    yield ""
    yield f"PostgreSQL {text(document.server.version)}; costs from {text(document.server.cost_description)}."
    yield ""
    for caveat in document.caveats:
        yield f"- {text(caveat)}"
    yield ""


def _table(document: Document) -> Iterator[str]:
    yield "## Recommendations"
    yield ""
    if not document.recommendations:
        yield "None: no index was worth its cost within the limits."
        yield ""
        return
    yield "In the order of creation; 'lost without it' is what the workload loses when this index alone is taken from the set."
    yield ""
    yield "| # | Index | Size | Workload cost then | Lost without it | Of its queries | Write tax | Queries |"
    yield "|--:|:------|-----:|---------:|---------:|---------:|----------:|--------:|"
    for item in document.recommendations:
        hot = " ⚠ ends HOT" if item.write_tax.breaks_hot else ""
        yield (
            f"| {item.rank} | {code(item.definition, 160)} | {units.size(item.size_bytes)} | "
            f"{units.quantity(item.workload_cost_after)} | {units.percent(item.benefit_fraction)} | "
            f"{units.percent(item.benefit_fraction_helped)} | {units.quantity(item.write_tax.cost)}{hot} | {len(item.queries)} |"
        )
    yield ""


def _details(document: Document) -> Iterator[str]:
    for item in document.recommendations:
        yield "<details>"
        yield _summary_tag(f"{item.rank}. <code>{_html(item.name)}</code>: DDL, reasons, queries and plans")
        yield ""
        if item.masked:
            yield "Masked: fill in the constants marked `'?'` before running."
            yield ""
        yield from block(item.ddl, "sql")
        yield ""
        for reason in item.reasons:
            yield f"- {text(reason)}"
        for caveat in item.caveats:
            yield f"- ⚠ {text(caveat)}"
        yield ""
        yield from _helped(item)
        yield from _plans(item)
        yield "</details>"
        yield ""


def _helped(item: Recommendation) -> Iterator[str]:
    if not item.queries:
        return
    yield "| Query | Calls | Cost without | Cost with | |"
    yield "|:------|------:|-----:|-----:|:--|"
    for query in item.queries[:MAX_NAMED]:
        yield (
            f"| {code(query.query_id)} | {query.calls:,} | {units.quantity(query.cost_without)} | {units.quantity(query.cost_after)} | "
            f"{code(query.title, 90)} |"
        )
    yield from _more(len(item.queries) - MAX_NAMED, "queries")


def _plans(item: Recommendation) -> Iterator[str]:
    if item.plan is None:
        return
    lines = [f"-- query {item.plan.query_id}, before", *map(indented, item.plan.before)]
    lines += ["", f"-- query {item.plan.query_id}, after", *map(indented, item.plan.after)]
    yield from block("\n".join(lines), "text")
    yield ""


def _not_costed(document: Document) -> Iterator[str]:
    if not document.not_costed:
        return
    yield "## Not yet costed"
    yield ""
    yield "| Candidate | Calls of its queries | Why there is no figure |"
    yield "|:----------|------:|:----|"
    for item in document.not_costed[:MAX_ROWS]:
        yield f"| {code(item.definition, 160)} | {item.calls:,} | {text(item.reason)} |"
    yield from _more(len(document.not_costed) - MAX_ROWS, "candidates")


def _more(count: int, noun: str) -> Iterator[str]:
    yield ""
    if count > 0:
        yield f"… and {count:,} more {noun} in `report.json`."
        yield ""


def _queries(document: Document) -> Iterator[str]:
    queries = document.workload.queries
    yield "<details>"
    yield _summary_tag(f"All {len(queries):,} queries, heaviest first")
    yield ""
    yield "| Query | Calls | Mean time | Cost before | Cost after | Share | |"
    yield "|:------|------:|----------:|-----:|-----:|------:|:--|"
    for query in queries[:MAX_ROWS]:
        why = f" (not costed: {text(query.not_costed_reason)})" if query.not_costed_reason else ""
        yield (
            f"| {code(query.query_id)} | {query.calls:,} | {units.milliseconds(query.mean_ms)} | {units.quantity(query.cost_before)} | "
            f"{units.quantity(query.cost_after)} | {units.percent(query.cost_share)} | {code(query.title, 90)}{why} |"
        )
    yield from _more(len(queries) - MAX_ROWS, "queries")
    yield "</details>"
    yield ""


def _left_out(document: Document) -> Iterator[str]:
    if not document.skipped:
        return
    yield "<details>"
    yield _summary_tag(f"Left out: {len(document.skipped):,} items, with the reason")
    yield ""
    for group in by_stage(document.skipped):
        yield f"**{text(group.stage)}**: {units.counted(group.count, 'item')}"
        yield ""
        for reason, subjects in group.reasons[:MAX_ROWS]:
            named = ", ".join(code(subject, 100) for subject in subjects[:MAX_NAMED]) + (", …" if len(subjects) > MAX_NAMED else "")
            yield f"- {text(reason)} ({len(subjects):,}): {named}"
        yield from _more(len(group.reasons) - MAX_ROWS, "reasons")
    yield ""
    yield "</details>"
    yield ""


def _foot(document: Document) -> Iterator[str]:
    capture, effort = document.capture, document.effort
    yield (
        f"Capture: {units.counted(capture.events, 'statement')} from {units.counted(len(capture.sources), 'source')} "
        f"({units.size(capture.bytes_read)}), {capture.unreadable:,} unreadable, {sum(item.count for item in capture.ignored):,} ignored. "
        f"Effort: {effort.explains:,} EXPLAINs, {effort.cache_hits:,} answers without one, {effort.seconds:.1f} s. "
        f"indexadvisor {text(document.tool_version)}."
    )
