"""What changed between two plans, as lines for a terminal, a log or a ticket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from indexadvisor.explain.diff import (
    ConditionChanged,
    Edit,
    EstimateChanged,
    IndexChanged,
    MethodChanged,
    NodeAdded,
    NodeRemoved,
    PlanDiff,
    RowsChanged,
)
from indexadvisor.report import units
from indexadvisor.report.plan.tree import title
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from indexadvisor.explain.slower import Verdict


def lines(changes: PlanDiff) -> Iterator[str]:
    """Yield one line per edit; ``~`` changed, ``+`` new, ``-`` gone."""
    for edit in changes.edits:
        yield _line(edit)


def _line(edit: Edit) -> str:
    match edit:
        case NodeAdded(after):
            return f"+ {title(after)}"
        case NodeRemoved(before):
            return f"- {title(before)}"
        case MethodChanged(before, after):
            return f"~ {title(before)}  ->  {title(after)}"
        case IndexChanged(before, after):
            return f"~ {title(after)}: index {before.index} -> {after.index}"
        case ConditionChanged(_, after, name, old, new):
            return f"~ {title(after)}: {name} {old or 'none'} -> {new or 'none'}"
        case EstimateChanged(before, after):
            return f"~ {title(after)}: estimated rows {units.quantity(before.rows)} -> {units.quantity(after.rows)}"
        case RowsChanged(_, after, old_rows, new_rows):
            return f"~ {title(after)}: rows {units.quantity(old_rows)} -> {units.quantity(new_rows)}"
        case _:
            return f"~ {title(edit.after)}: temporary files began or ceased"


def as_text(steps: Sequence[tuple[PlanDiff, Verdict]]) -> str:
    """Return each step from one plan to the next as a sentence and its changes."""
    told = []
    for changes, found in steps:
        told += [one_line(found.sentence), "the plans have the same shape" if changes.same_shape else "the plans differ in shape"]
        told += [f"  {one_line(line)}" for line in lines(changes)]
    return "".join(f"{line}\n" for line in told)


def as_json(steps: Sequence[tuple[PlanDiff, Verdict]]) -> str:
    """Return each step from one plan to the next as a JSON object; node numbers are those of the second plan."""
    told = [
        {
            "verdict": found.sentence, "measure": found.measure, "before": found.before, "after": found.after, "factor": found.factor,
            "node": found.node, "cost_factor": changes.cost_factor, "same_shape": changes.same_shape, "changes": list(lines(changes)),
        }
        for changes, found in steps
    ]  # fmt: skip
    return json.dumps(told, indent=2) + "\n"
