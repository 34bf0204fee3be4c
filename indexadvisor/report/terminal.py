"""The report's short form for a terminal: where the cost went, and the top recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexadvisor.report import units
from indexadvisor.report.model import Document, Recommendation
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

TOP = 10
HEAVIEST = 5
TITLE_WIDTH = 72


def summary(document: Document, top: int = TOP) -> Group:
    """Return what ``Console.print`` shows. Text from outside is plain Text without markup, control characters spelled out."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = [_costs(document), Text()]
    if document.recommendations:
        parts.append(_recommendations(document, top))
    else:
        parts.append(Text("No index was worth its cost within the limits."))
    hidden = len(document.recommendations) - top
    if hidden > 0:
        parts.append(Text(f"… and {hidden} more in the report", style="dim"))
    if document.workload.queries_costed:
        parts += [Text(), _queries(document), Text()]
    if document.not_costed:
        parts.append(Text(f"{units.counted(len(document.not_costed), 'candidate')} could not be costed by this source", style="yellow"))
    parts.append(_account(document))
    return Group(*parts)


def _costs(document: Document) -> Text:
    from rich.text import Text

    figures = document.workload
    out = Text("Workload cost ")
    out.append(units.quantity(figures.cost_before), style="bold")
    out.append(" → ")
    out.append(units.quantity(figures.cost_after), style="bold green")
    out.append(f"  ({units.percent(figures.saved_fraction)} less; at best {units.percent(figures.bound_saved_fraction)})")
    out.append(f"  with {units.counted(len(document.recommendations), 'index', 'indexes')}, {units.size(figures.size_bytes)}")
    if figures.interrupted:
        out.append("  search ended early", style="yellow")
    return out


def _recommendations(document: Document, top: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("#", "right"), ("index", "left"), ("size", "right"), ("saves", "right"), ("of its queries", "right")):
        table.add_column(heading, justify="left" if justify == "left" else "right", overflow="fold", no_wrap=justify == "right")
    table.add_column("write tax", justify="right", no_wrap=True)
    for item in document.recommendations[:top]:
        table.add_row(
            str(item.rank),
            Text(one_line(item.definition)),
            units.size(item.size_bytes),
            units.percent(item.benefit_fraction),
            units.percent(item.benefit_fraction_helped),
            _tax(item),
        )
    return table


def _queries(document: Document) -> Table:
    """Return where the cost went: the heaviest queries before and after."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("query", "calls", "share", "cost before", "after"):
        table.add_column(heading, justify="left" if heading == "query" else "right", no_wrap=True)
    table.add_column("heaviest queries", overflow="fold")
    for query in document.workload.queries[:HEAVIEST]:
        table.add_row(
            Text(one_line(query.query_id)),
            units.quantity(query.calls),
            units.percent(query.cost_share),
            units.quantity(query.cost_before),
            units.quantity(query.cost_after),
            Text(one_line(query.title, TITLE_WIDTH)),
        )
    return table


def _tax(item: Recommendation) -> Text:
    from rich.text import Text

    if item.write_tax.breaks_hot:
        return Text(f"{units.quantity(item.write_tax.cost)}, ends HOT", style="yellow")
    return Text(units.quantity(item.write_tax.cost))


def _account(document: Document) -> Text:
    from rich.text import Text

    figures, effort = document.workload, document.effort
    return Text(
        f"{figures.queries_costed} of {figures.query_count} queries costed by {one_line(document.server.cost_source)}, "
        f"{len(document.skipped):,} items left out; {effort.explains:,} EXPLAINs in {effort.seconds:.1f} s",
        style="dim",
    )
