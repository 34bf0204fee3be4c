"""``report.md``: reads well in a pull request; everything from outside stands in code spans or is written as entities (``gfm``)."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.report import risks, sentences, units
from indexadvisor.report.gfm import block, code, escaped, summary_tag, text
from indexadvisor.report.leftout import by_stage
from indexadvisor.report.model import Document, Query, Recommendation
from indexadvisor.report.plans import indented

__all__ = ["block", "code", "render", "text"]

MAX_ROWS = 50
MAX_NAMED = 10


def render(document: Document) -> str:
    """Return the report as GitHub Markdown."""
    parts = (_head, _table, _details, _drops, _not_costed, _verification, _queries, _left_out, _foot)
    return "\n".join(line for part in parts for line in part(document)).rstrip() + "\n"


def _head(document: Document) -> Iterator[str]:
    summary = document.workload
    count = units.counted(len(document.recommendations), "index", "indexes")
    yield f"# Index advice for {code(document.server.database)}"
    yield ""
    yield (
        f"**{count}, {units.size(summary.size_bytes)}: workload cost {units.quantity(summary.cost_before)} → "
        f"{units.quantity(summary.cost_after)} ({units.percent(summary.saved_fraction)} less).** "
        f"No set of these candidates, of any size, lowers it by more than {units.percent(summary.bound_saved_fraction)}; "
        f"the typical query becomes {units.times(summary.geometric_mean_factor)} cheaper (geometric mean). "
        f"{summary.queries_costed} of {summary.query_count} queries costed, {summary.queries_improved} improved. "
        f"Distance from the best: {sentences.gap(summary.gap)}."
    )
    yield ""
    knee = sentences.auto_budget_bytes(document)
    if knee is not None:
        yield f"The size budget is the knee of the savings curve, {units.size(knee)}."
        yield ""
    smaller = sentences.knee(document)
    if smaller is not None:
        yield f"At the knee of the savings curve {smaller}."
        yield ""
    yield f"PostgreSQL {text(document.server.version)}; costs from {text(document.server.cost_description)}."
    yield ""
    for caveat in document.caveats:
        yield f"- {text(caveat)}"
    if document.verification is not None:
        yield f"- Costs {text(sentences.verified(document.verification))}"
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
        risky = "".join(f" ⚠ {text(risks.label(kind))}" for kind in dict.fromkeys(risk.kind for risk in item.risks))
        yield (
            f"| {item.rank} | {code(item.definition, 160)} | {units.size(item.size_bytes)} | "
            f"{units.quantity(item.workload_cost_after)} | {units.percent(item.benefit_fraction)}{risky} | "
            f"{units.percent(item.benefit_fraction_helped)} | {units.quantity(item.write_tax.cost)}{hot} | {len(item.queries)} |"
        )
    yield ""


def _details(document: Document) -> Iterator[str]:
    for item in document.recommendations:
        yield "<details>"
        yield summary_tag(f"{item.rank}. <code>{escaped(item.name)}</code>: DDL, reasons, queries and plans")
        yield ""
        if item.masked:
            yield "Masked: fill in the constants marked `'?'` before running."
            yield ""
        yield from block(item.ddl, "sql")
        yield ""
        for reason in item.reasons:
            yield f"- {text(reason)}"
        for risk in item.risks:
            yield f"- ⚠ risk for {', '.join(map(code, risk.query_ids[:MAX_NAMED]))}: {text(risk.sentence)}"
        for caveat in item.caveats:
            yield f"- ⚠ {text(caveat)}"
        yield from _figures(item)
        yield ""
        yield from _helped(item)
        yield from _plans(item)
        yield "</details>"
        yield ""


def _figures(item: Recommendation) -> Iterator[str]:
    """Yield what the table has no room for: where the figures come from, and what risk and writes make of them."""
    yield f"- Costed by {text(sentences.costed_by(item.cost_sources))}"
    if item.discounted_benefit is not None and item.discounted_benefit != item.benefit:
        yield f"- Benefit {units.quantity(item.benefit)}, {units.quantity(item.discounted_benefit)} with savings at risk discounted"
    if item.write_tax.cost_per_entry is not None:
        rate = ", by the server's counters: more rows change than were captured" if item.write_tax.from_counters else ""
        yield f"- Write tax {units.quantity(item.write_tax.cost)}, {units.quantity(item.write_tax.cost_per_entry)} per entry{rate}"
    if item.swayed:
        ids = ", ".join(code(effect.query_id) for effect in item.swayed[:MAX_NAMED])
        yield f"- {ids}: estimated otherwise beside this index without scanning it; no saving is counted"


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


def _drops(document: Document) -> Iterator[str]:
    if not document.drops:
        return
    yield "## Indexes that could be dropped"
    yield ""
    yield f"{sentences.droppable(document)}. Each is a decision of its own; `recommendations.sql` has both statements of each, as comments."
    yield ""
    yield "| Index | Size | Write tax | Scans | Confidence | Why |"
    yield "|:------|-----:|----------:|:------|:-----------|:----|"
    for item in document.drops[:MAX_ROWS]:
        notes = "".join(f"<br>⚠ {text(caveat)}" for caveat in item.caveats)
        yield (
            f"| {code(item.name, 100)} on {code(item.definition, 160)} | {units.size(item.size_bytes)} | "
            f"{units.quantity(item.write_tax.cost)} | {sentences.scanned(item)} | {text(item.confidence)} | "
            f"{text('; '.join((*item.reasons, sentences.lost(item))))}{notes} |"
        )
    yield from _more(len(document.drops) - MAX_ROWS, "indexes")


def _verification(document: Document) -> Iterator[str]:
    found = document.verification
    if found is None:
        return
    yield "## Checked on the server"
    yield ""
    yield "| Query | Calls | Server: before | after | Advice: before | after | |"
    yield "|:------|------:|------:|------:|------:|------:|:--|"
    for query in found.queries[:MAX_ROWS]:
        yield (
            f"| {code(query.query_id)} | {query.calls:,} | {units.quantity(query.cost_before)} | {units.quantity(query.cost_after)} | "
            f"{units.quantity(query.estimated_before)} | {units.quantity(query.estimated_after)} | "
            f"{'' if query.confirmed else '⚠ saves less than half of what the advice says'} |"
        )
    yield from _more(len(found.queries) - MAX_ROWS, "queries")
    for item in found.unverified[:MAX_ROWS]:
        yield f"- not checked: {code(item.subject, 160)}: {text(item.reason)}"
    yield from _more(len(found.unverified) - MAX_ROWS, "that could not be checked")


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
    yield summary_tag(f"All {len(queries):,} queries, heaviest first")
    yield ""
    yield "| Query | Calls | Mean time | Cost before | Cost after | Share | |"
    yield "|:------|------:|----------:|-----:|-----:|------:|:--|"
    for query in queries[:MAX_ROWS]:
        why = f" (not costed: {text(query.not_costed_reason)})" if query.not_costed_reason else _marks(query)
        yield (
            f"| {code(query.query_id)} | {query.calls:,} | {units.milliseconds(query.mean_ms)} | {units.quantity(query.cost_before)} | "
            f"{units.quantity(query.cost_after)} | {units.percent(query.cost_share)} | {code(query.title, 90)}{why} |"
        )
    yield from _more(len(queries) - MAX_ROWS, "queries")
    yield "</details>"
    yield ""


def _marks(query: Query) -> str:
    """Return what is known against a query's figures, in a few words."""
    words = [risks.label(kind) for kind in dict.fromkeys(risk.kind for risk in query.risks)]
    words += ["plans differ by parameter"] if query.plans_differ else []
    return f" ⚠ {text(', '.join(words))}" if words else ""


def _left_out(document: Document) -> Iterator[str]:
    if not document.skipped:
        return
    yield "<details>"
    yield summary_tag(f"Left out: {len(document.skipped):,} items, with the reason")
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
