"""The report's short form for a terminal: where the cost went, and the top recommendations."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from indexadvisor.report import risks, sentences, units
from indexadvisor.report.model import Document, Recommendation
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

TOP = 10
HEAVIEST = 5
WIDE = 110
"""Columns of terminal from which on there is room for more than the essential columns."""
_HELPED = 3
_GAP = 2
_LEAST = 24
"""Columns left to the cell that takes what others leave, however narrow the terminal is."""

Fitted = Callable[[int], "Text"]
"""A cell that is written for the columns of terminal it is given."""


def summary(document: Document, top: int = TOP, width: int = 80) -> Group:
    """Return what ``Console.print`` shows on a terminal of ``width`` columns.

    Text from outside is plain Text without markup, control characters spelled out.
    """
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = [_costs(document, width), Text()]
    if document.recommendations:
        parts.append(_recommendations(document, top, width))
    else:
        parts.append(Text("No index was worth its cost within the limits."))
    hidden = len(document.recommendations) - top
    if hidden > 0:
        parts.append(Text(f"… and {hidden} more in the report", style="dim"))
    if document.workload.queries_costed:
        parts += [Text(), _queries(document, width), Text()]
    if document.drops:
        parts.append(_drops(document, width))
    if document.not_costed:
        parts.append(_not_costed(document))
    parts.append(_account(document))
    return Group(*parts)


def _costs(document: Document, width: int) -> Text:
    from rich.text import Text

    figures = document.workload
    out = Text("Workload cost ")
    out.append(units.quantity(figures.cost_before), style="bold")
    out.append(" → ")
    out.append(units.quantity(figures.cost_after), style="bold green")
    out.append(f"  ({units.percent(figures.saved_fraction)} less; at best {units.percent(figures.bound_saved_fraction)})")
    out.append("  " if width >= WIDE else "\n")
    out.append(f"with {units.counted(len(document.recommendations), 'index', 'indexes')}, {units.size(figures.size_bytes)}")
    if sentences.auto_budget_bytes(document) is not None:
        out.append(", the knee of the savings curve")
    smaller = sentences.knee(document)
    if smaller is not None:
        out.append(f"\nat the knee of the savings curve {smaller}")
    if figures.gap is not None and document.recommendations:
        how_far = f"{sentences.at_most(figures.gap)} above " if figures.gap else ""
        out.append(f"\nproven: {how_far}the best possible over these candidates")
    if figures.interrupted:
        out.append("  search ended early", style="yellow")
    return out


def _recommendations(document: Document, top: int, width: int) -> Table:
    from rich.text import Text

    wide = width >= WIDE
    headings = ["#", "index", "size", "saves", "queries", "write tax"]
    if wide:
        headings = [*headings[:-1], "of their cost", "write tax", "helps most"]
    rows: list[list[Text | Fitted]] = []
    for item in document.recommendations[:top]:
        row: list[Text | Fitted] = [Text(str(item.rank)), _definition(item, wide=wide), Text(units.size(item.size_bytes))]
        row += [Text(units.percent(item.benefit_fraction)), Text(f"{len(item.queries):,}")]
        row += [Text(units.percent(item.benefit_fraction_helped))] if wide else []
        row.append(_tax(item, document.workload.cost_before, wide=wide))
        rows.append([*row, _helped(item)] if wide else row)
    return fitted_table(headings, rows, width, left=("index", "helps most"))


def _drops(document: Document, width: int) -> Text:
    """Return the indexes that could be dropped on one line, those that free most first."""
    from rich.text import Text

    line = Text(f"{sentences.droppable(document)}: {', '.join(one_line(item.name) for item in document.drops)}", style="yellow")
    line.truncate(width, overflow="ellipsis")
    return line


def _not_costed(document: Document) -> Text:
    """Return how many candidates this source cannot judge, and the reason that most of them have."""
    from collections import Counter

    from rich.text import Text

    (reason, _), *others = Counter(one_line(item.reason) for item in document.not_costed).most_common()
    more = f"; and {units.counted(len(others), 'other reason')}" if others else ""
    return Text(f"{units.counted(len(document.not_costed), 'candidate')} could not be costed: {reason}{more}", style="yellow")


def _definition(item: Recommendation, *, wide: bool) -> Fitted:
    """Return the index in short: B-tree goes without saying, each clause on a line of its own where one line is too short."""
    from rich.text import Text

    clauses: list[str] = []
    rest = item.definition
    for clause in (f" WHERE {item.predicate}" if item.predicate else "", f" INCLUDE ({', '.join(item.include)})" if item.include else ""):
        if clause and rest.endswith(clause):
            rest = rest.removesuffix(clause)
            clauses.insert(0, one_line(clause))
    clauses.insert(0, one_line(rest.replace(f"{item.table} btree (", f"{item.table} (", 1)))
    if item.write_tax.breaks_hot and not wide:
        clauses.append("ends HOT updates")
    if item.risks:
        clauses.append(f"⚠ {', '.join(risks.label(kind) for kind in dict.fromkeys(risk.kind for risk in item.risks))}")

    def fit(available: int) -> Text:
        line = " ".join(clauses)
        if len(line) <= available:
            return Text(line)
        return Text("\n".join(part for n, clause in enumerate(clauses) for part in _wrapped(clause, available, first=n == 0)))

    return fit


def _wrapped(clause: str, available: int, *, first: bool) -> list[str]:
    return textwrap.wrap(clause, available, initial_indent="" if first else "  ", subsequent_indent="    ", break_on_hyphens=False)


def _helped(item: Recommendation) -> Text:
    from rich.text import Text

    ids = [one_line(query.query_id) for query in sorted(item.queries, key=lambda query: -query.benefit)]
    return Text(" ".join(ids[:_HELPED]) + (f" +{len(ids) - _HELPED}" if len(ids) > _HELPED else ""))


def _queries(document: Document, width: int) -> Table:
    """Return where the cost went: the heaviest queries before and after."""
    from rich.text import Text

    rows: list[list[Text | Fitted]] = [
        [
            Text(one_line(query.query_id)), Text(units.quantity(query.calls)), Text(units.percent(query.cost_share)),
            Text(units.quantity(query.cost_before)), Text(units.quantity(query.cost_after)), cut(query.title),
        ]
        for query in document.workload.queries[:HEAVIEST]
    ]  # fmt: skip
    return fitted_table(["query", "calls", "share", "before", "after", "heaviest queries"], rows, width, left=("query", "heaviest queries"))


def cut(text: str) -> Fitted:
    """Return a cell that shows as much of a text from outside as there is room for."""
    from rich.text import Text

    def fit(available: int) -> Text:
        cell = Text(one_line(text))
        cell.truncate(available, overflow="ellipsis")
        return cell

    return fit


def fitted_table(headings: Sequence[str], rows: Sequence[Sequence[Text | Fitted]], width: int, left: Sequence[str]) -> Table:
    """Return a table in which one cell of each row is written for the columns that the other cells leave it.

    ``left``: headings of the columns set flush left; numbers stand flush right.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in left else "right", no_wrap=True)
    cells = [[cell.cell_len for cell in column if isinstance(cell, Text)] for column in zip(*rows, strict=True)]
    taken = sum(max([*column, len(heading)]) for column, heading in zip(cells, headings, strict=True) if column)
    available = max(_LEAST, width - taken - _GAP * (len(headings) - 1))
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else cell(available) for cell in row))
    return table


def _tax(item: Recommendation, cost_before: float, *, wide: bool) -> Text:
    """Return the write tax as a share of the workload's cost, so that it compares with what the index saves."""
    from rich.text import Text

    cost = item.write_tax.cost
    share = units.percent(cost / cost_before) if cost is not None and cost_before else units.quantity(cost)
    return Text(share + (", ends HOT" if item.write_tax.breaks_hot and wide else ""), style="yellow" if item.write_tax.breaks_hot else "")


def _account(document: Document) -> Text:
    from rich.text import Text

    figures, effort, sources = document.workload, document.effort, document.server.cost_sources
    by = sentences.costed_by(sources) if sources else document.server.cost_source
    return Text(
        f"{figures.queries_costed} of {figures.query_count} queries costed by {one_line(by)}, "
        f"{units.counted(len(document.skipped), 'item')} left out; {units.counted(effort.explains, 'EXPLAIN')} in {effort.seconds:.1f} s",
        style="dim",
    )
