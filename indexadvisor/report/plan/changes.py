"""What changed between two plans, as lines for a terminal, a log or a ticket."""

from __future__ import annotations

from collections.abc import Iterator

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
