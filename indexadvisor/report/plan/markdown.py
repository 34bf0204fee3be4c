"""An analysed plan as Markdown for a ticket: findings as a list, the tree as a code block; text from outside cannot leave its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from indexadvisor.explain.finding import Finding
from indexadvisor.report import units
from indexadvisor.report.gfm import block, code, text
from indexadvisor.report.plan import sentences
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.tree import TreeRow, about, rows
from indexadvisor.report.plan.trials import OutlineRow, Trial, by_finding, outlines, trials
from indexadvisor.report.sqltext import one_line


def render(results: Sequence[PlanResult]) -> str:
    """Return the plans as GitHub Markdown."""
    return "\n".join(line for result in results for line in _plan(result)).rstrip() + "\n"


def _plan(result: PlanResult) -> Iterator[str]:
    report = result.report
    yield f"## Plan of {code(f'{result.source}:{report.plan.line}')}"
    yield ""
    yield f"**{text(sentences.headline(report))}**"
    yield ""
    for line in sentences.cut_off(report):
        yield f"> {text(line)}"
        yield ""
    if result.statement:
        yield from block(result.statement, "sql")
        yield ""
    if result.redacted:
        yield "Names and literals are replaced, the same one by the same everywhere."
        yield ""
    found = trials(result)
    tested = by_finding(found)
    for finding in report.findings:
        yield from _finding(finding, 0, tested)
    if report.findings:
        yield ""
    for trial in found:
        if trial.outcome == "taken":
            yield from _taken(trial)
    if result.untried is not None:
        yield f"Advice not tested: {text(result.untried)}"
        yield ""
    yield from block("\n".join(line for row in rows(report) for line in _node(row)))
    yield ""
    check = sentences.conservation(report)
    if check is not None:
        yield f"Times: {text(check)}."
        yield ""


_Tested = Mapping[tuple[str, int | None], tuple[Trial, ...]]
_MOST_ROWS = 60


def _finding(finding: Finding, depth: int, tested: _Tested) -> Iterator[str]:
    indent = "  " * depth
    where = "" if finding.node is None else f" (node {finding.node})"
    explains = "explains " if depth else ""
    yield f"{indent}- {explains}**{finding.code}** {finding.severity}{where}: {text(finding.message)}"
    yield f"{indent}  {text(sentences.worth(finding))}."
    if finding.evidence:
        yield f"{indent}  {text('; '.join(sentences.evidence(one) for one in finding.evidence))}."
    for advice in finding.advice:
        sql = f" {code(advice.sql)}" if advice.sql else ""
        yield f"{indent}  - {text(advice.text)}{sql}"
    for trial in tested.get((finding.code, finding.node), ()):
        # an outcome that several findings share is told with the first
        if (trial.findings[0].code, trial.findings[0].node) == (finding.code, finding.node):
            yield f"{indent}  - {text(trial.headline)}"
    for one in finding.consequences:
        yield from _finding(one, depth + 1, tested)


def _taken(trial: Trial) -> Iterator[str]:
    """Yield advice that the planner takes up: what to run, and the two plans."""
    yield f"**Tested for {', '.join(dict.fromkeys(one.code for one in trial.findings))}**: {text(trial.headline)}"
    yield ""
    if trial.condition is not None:
        yield f"> {'Holds, as the catalog shows' if trial.proven else 'Answers the same only if'}: {text(trial.condition)}"
        yield ""
    for caveat in trial.caveats:
        yield f"> {text(caveat)}"
        yield ""
    if trial.sql:
        yield from block("\n".join(f"{statement.rstrip(';')};" for statement in trial.sql), "sql")
        yield ""
    if trial.changes is None:
        return
    before, after = outlines(trial.changes)
    if max(len(before), len(after)) <= _MOST_ROWS:
        lines = ["-- present plan", *map(_outline, before), "", "-- predicted plan", *map(_outline, after)]
        yield from block("\n".join(lines), "text")
        yield ""


def _outline(row: OutlineRow) -> str:
    cost = "" if row.cost is None else f"  (cost {row.cost:,.2f})"
    return f"{'*' if row.changed else ' '} {row.guide}{one_line(row.title)}{cost}"


def _node(row: TreeRow) -> Iterator[str]:
    figures = [] if row.own_ms is None else [f"own {about(row.own_ms)}"]
    if row.rows is not None:
        figures.append(f"rows {units.quantity(row.rows.middle)}")
    elif row.cost is not None and row.executed is None:
        figures.append(f"cost {row.cost:,.2f}")
    if row.factor is not None and row.factor >= 2:
        figures.append(f"{'under' if row.under else 'over'}estimated {units.times(row.factor)}")
    if row.executed is False:
        figures.append("never executed")
    codes = f"  <- {' '.join(row.codes)}" if row.codes else ""
    yield f"[{row.number}] {row.guide}{one_line(row.title)}  ({', '.join(figures)}){codes}"
    for name, value in row.conditions + row.measures:
        yield f"{' ' * (len(str(row.number)) + 3)}{row.below}  {name}: {one_line(value)}"
