"""Findings for a terminal: what, what to do, and what the planner said to it; every outcome and every piece of advice once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from indexadvisor.explain.finding import Finding
from indexadvisor.report import units
from indexadvisor.report.plan import changes, sentences
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.trials import OutlineRow, Trial, by_finding, outlines, trials
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES = {"info": "cyan", "warning": "yellow", "error": "bold red"}
_OUTCOMES = {"taken": "bold green", "withdrawn": "yellow", "untested": "dim"}
_SIDE_BY_SIDE = 140
_MOST_ROWS = 40
"""Plans with more nodes are not shown side by side: their changes are listed."""
_INDENT = 2


def findings(result: PlanResult, width: int, *, verbose: bool) -> Iterator[RenderableType]:
    """Yield what ``Console.print`` shows of a plan's findings."""
    shown = _Shown(result, width, verbose=verbose)
    for finding in result.report.findings:
        yield from shown.finding(finding, 0)


class _Shown:
    """Remembers what was said already."""

    def __init__(self, result: PlanResult, width: int, *, verbose: bool) -> None:
        self._width = width
        self._verbose = verbose
        self._trials = by_finding(trials(result))
        self._told: set[int] = set()

    def finding(self, finding: Finding, depth: int, above: frozenset[str] = frozenset()) -> Iterator[RenderableType]:
        """Yield a finding and, below it, those it explains. ``above``: advice of the findings it is folded into."""
        from rich.text import Text

        head = Text(one_line(finding.message))
        if finding.node is not None:
            head.append(f"  (node {finding.node})", style="dim")
        style = _STYLES[finding.severity]
        yield _hung(Text("explains " if depth else "").append(f"{finding.code} {finding.severity}  ", style=style), head, _INDENT * depth)
        inner = _INDENT * (depth + 1)
        tested = self._trials.get((finding.code, finding.node), ())
        for advice in finding.advice:
            if advice.text not in above:
                yield _hung(Text("→ "), Text(one_line(advice.text)), inner)
                if advice.sql and not (advice.kind == "index" and any(trial.kind == "index" for trial in tested)):
                    yield _hung(Text("  "), Text(_statement(advice.sql), style="green"), inner)
        for trial in tested:
            if trial.outcome == "untested" and trial.kind != "index" and not self._verbose:
                continue
            yield from self._outcome(trial, inner, folded=depth > 0)
        yield _hung(Text("  "), Text(sentences.worth(finding), style="dim"), inner)
        if self._verbose and finding.evidence:
            yield _hung(Text("  "), Text("; ".join(one_line(sentences.evidence(one)) for one in finding.evidence), style="dim"), inner)
        known = above | {advice.text for advice in finding.advice}
        for one in finding.consequences:
            yield from self.finding(one, depth + 1, known)

    def _outcome(self, trial: Trial, indent: int, *, folded: bool) -> Iterator[RenderableType]:
        from rich.text import Text

        if trial.number in self._told:
            if not folded:
                words = f"{trial.outcome}: see {trial.findings[0].code} above"
                yield _hung(Text("  "), Text(words, style=_OUTCOMES[trial.outcome]), indent)
            return
        self._told.add(trial.number)
        yield _hung(Text("  "), Text(one_line(trial.headline), style=_OUTCOMES[trial.outcome]), indent)
        if trial.outcome != "taken":
            return
        if trial.sentence != trial.headline and self._verbose:
            yield _hung(Text("  "), Text(one_line(trial.sentence), style="dim"), indent)
        for statement in trial.sql:
            yield _hung(Text("  "), Text(_statement(statement), style="green"), indent)
        if trial.size_bytes is not None:
            yield _hung(Text("  "), Text(f"about {units.size(trial.size_bytes)}", style="dim"), indent)
        if trial.condition is not None:
            words = "holds, as the catalog shows" if trial.proven else "answers the same only if"
            yield _hung(Text("  "), Text(f"{words}: {one_line(trial.condition)}", style="yellow"), indent)
        for caveat in trial.caveats:
            yield _hung(Text("  "), Text(one_line(caveat), style="yellow"), indent)
        if trial.alternative is not None:
            best = trial.alternative
            words = f"or, at {units.size(best.size_bytes)}, cost {units.significant(best.cost_after)}: "
            yield _hung(Text("  "), Text(words + " ".join(map(_statement, best.sql)), style="dim"), indent)
        yield from self._changes(trial, indent)

    def _changes(self, trial: Trial, indent: int) -> Iterator[RenderableType]:
        from rich.text import Text

        if trial.changes is None:
            return
        before, after = outlines(trial.changes)
        if self._width >= _SIDE_BY_SIDE and max(len(before), len(after)) <= _MOST_ROWS:
            yield _side_by_side(before, after, self._width - indent - _INDENT, indent + _INDENT)
            return
        for line in changes.lines(trial.changes):
            room = max(40, 2 * (self._width - indent - _INDENT - 2))
            yield _hung(Text("  " + line[:2]), Text(one_line(line[2:], room), style="dim"), indent)


def _statement(sql: str) -> str:
    text = one_line(sql)
    return text if text.endswith(";") else f"{text};"


def _side_by_side(before: tuple[OutlineRow, ...], after: tuple[OutlineRow, ...], width: int, indent: int) -> RenderableType:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, width=width)
    for title in ("present plan", "predicted plan"):
        table.add_column(Text(title, style="dim"), ratio=1, no_wrap=True, overflow="ellipsis")
    for place in range(max(len(before), len(after))):
        table.add_row(_outline(before, place, "-", "red"), _outline(after, place, "+", "green"))
    return Padding(table, (0, 0, 0, indent))


def _outline(rows: tuple[OutlineRow, ...], place: int, sign: str, style: str) -> RenderableType:
    from rich.text import Text

    if place >= len(rows):
        return Text()
    row = rows[place]
    cost = "" if row.cost is None else f"  {units.quantity(row.cost)}"
    line = f"{sign if row.changed else ' '} {row.guide}{one_line(row.title)}{cost}"
    return Text(line, style=style if row.changed else "dim")


def _hung(marker: RenderableType, text: RenderableType, indent: int) -> RenderableType:
    """Return a text whose further lines stand below its first letter."""
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(marker, text)
    return Padding(grid, (0, 0, 0, indent), expand=False)
