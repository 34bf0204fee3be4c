"""An analysed plan for a terminal: findings first, then the tree with a bar for each node's own time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indexadvisor.explain.finding import Finding
from indexadvisor.report import units
from indexadvisor.report.plan import changes, sentences
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.tree import TreeRow, about, rows
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

_STYLES = {"info": "cyan", "warning": "yellow", "error": "bold red"}
_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NARROW = 100


def summary(result: PlanResult, width: int = 100, *, verbose: bool = False) -> Group:
    """Return what ``Console.print`` shows. ``verbose`` adds evidence, measures and what the rules could not say."""
    from rich.console import Group
    from rich.text import Text

    report = result.report
    head = Text(f"{one_line(result.source)}:{report.plan.line}  ", style="dim")
    parts: list[RenderableType] = [head.append(sentences.headline(report), style="bold")]
    parts += [Text(one_line(line), style="yellow") for line in sentences.cut_off(report)]
    if report.findings:
        parts.append(Text())
        parts += [line for finding in report.findings for line in _finding(result, finding, 0, verbose=verbose)]
    parts.append(Text())
    if width >= _NARROW:
        parts.append(Text(f"{'own time':>{_BAR + 12}}{'rows':>12}{'estimate':>12}  node", style="dim"))
    parts += [line for row in rows(report) for line in _node(row, width, verbose=verbose)]
    if result.untried is not None:
        parts += [Text(), Text(f"advice not tested: {one_line(result.untried)}", style="yellow")]
    check = sentences.conservation(report)
    if check is not None:
        parts += [Text(), Text(check, style="dim" if report.times is not None and report.times.conservation.holds else "bold red")]
    if verbose:
        parts += [Text(f"{silent.subject}: silent, {silent.reason}", style="dim") for silent in report.silent]
    return Group(*parts)


def _finding(result: PlanResult, finding: Finding, depth: int, *, verbose: bool) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    head = Text("explains " if depth else "")
    head.append(f"{finding.code} {finding.severity}", style=_STYLES[finding.severity])
    head.append(f"  {one_line(finding.message)}")
    if finding.node is not None:
        head.append(f"  (node {finding.node})", style="dim")
    below: list[Text] = []
    for advice in finding.advice:
        below.append(Text(f"→ {one_line(advice.text)}"))
        if advice.sql:
            below.append(Text(one_line(advice.sql), style="green"))
    below += _outcome(result, finding)
    below.append(Text(sentences.worth(finding), style="dim"))
    if verbose and finding.evidence:
        below.append(Text("; ".join(one_line(sentences.evidence(one)) for one in finding.evidence), style="dim"))
    lines: list[RenderableType] = [Padding(head, (0, 0, 0, 2 * depth)), *(Padding(line, (0, 0, 0, 2 * depth + 2)) for line in below)]
    return lines + [line for one in finding.consequences for line in _finding(result, one, depth + 1, verbose=verbose)]


def _outcome(result: PlanResult, finding: Finding) -> list[Text]:
    """Return what became of a finding's index advice when the planner was asked."""
    from rich.text import Text

    outcome = result.outcome(finding)
    if outcome is None:
        return []
    style = {"taken": "bold green", "withdrawn": "yellow", "untested": "dim"}[outcome.outcome]
    lines = [Text(f"{outcome.outcome}: {one_line(outcome.sentence)}", style=style)]
    lines += [Text(f"{one_line(ddl)};", style="green") for index in outcome.indexes for ddl in index.ddl]
    if outcome.outcome == "taken" and outcome.changes is not None:
        lines += [Text(one_line(line), style="dim") for line in changes.lines(outcome.changes)]
    return lines


def _node(row: TreeRow, width: int, *, verbose: bool) -> list[Text]:
    from rich.text import Text

    line = _figures(row) if width >= _NARROW else Text(f"{_own(row):>10} ")
    margin = line.cell_len
    line.append(row.guide, style="dim")
    line.append(one_line(row.title), style="dim" if row.executed is False else "bold" if (row.share or 0) >= 0.1 else "")
    if row.loops is not None and row.loops > 1:
        line.append(f" ×{row.loops:,}", style="dim")
    if row.executed is False:
        line.append(" never executed", style="dim")
    if row.codes:
        line.append("  " + " ".join(row.codes), style="yellow")
    shown = row.conditions + (row.measures if verbose else ())
    lines = [line]
    for name, value in shown:
        detail = Text(" " * margin + row.below, style="dim")
        detail.append(f"  {name}: {one_line(value)}", style="dim")
        lines.append(detail)
    if not verbose:
        for one in lines:
            one.truncate(width, overflow="ellipsis")
    return lines


def _figures(row: TreeRow) -> Text:
    """Return bar, own time, rows and misestimate in fixed columns."""
    from rich.text import Text

    share = row.share or 0.0
    line = Text(bar(share), style="red" if share >= 0.5 else "yellow" if share >= 0.1 else "green")
    line.append(f"{_own(row):>12}")
    line.append(f"{'' if row.rows is None else units.quantity(row.rows.middle):>12}")
    if row.factor is not None and row.factor >= 2:
        line.append(f"{'under ' if row.under else 'over '}{units.times(row.factor)}".rjust(12), style="red" if row.factor >= 100 else "")
    else:
        line.append(f"{'' if row.rows_expected is None else units.quantity(row.rows_expected):>12}", style="dim")
    line.append("  ")
    return line


def _own(row: TreeRow) -> str:
    if row.own_ms is not None:
        return about(row.own_ms)
    return "" if row.executed is not None or row.cost is None else f"{row.cost:,.0f}"


def bar(share: float) -> str:
    """Return a bar of eight characters for a share of the statement's time.

    >>> bar(0.5), bar(0.01), bar(1.0)
    ('████    ', '▏       ', '████████')
    """
    eighths = round(min(max(share, 0.0), 1.0) * _BAR * 8)
    eighths = max(eighths, 1) if share > 0 else 0
    return ("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")).ljust(_BAR)


def plain(results: Sequence[PlanResult], width: int = 160) -> str:
    """Return what a terminal of ``width`` columns would show, without colour, for a file."""
    from rich.console import Console

    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        for result in results:
            console.print(summary(result, width, verbose=True))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
