"""What became of a plan's advice when it was tested: values for readers, every cost from the planner of one source.

``taken``: the planner takes the advice up, and the statement costs less (or, where the planner's costs do not count what the advice
saves, the plan loses it); ``withdrawn``: it does not, and the advice should not be followed; ``untested``: nobody could be asked, and the
sentence says why. Costs of different sources are never put side by side: within one value both come from the same planner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from indexadvisor.catalog.model import IndexDef
from indexadvisor.explain.diff import PlanDiff
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.plan import Plan
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import SourceInfo

Outcome = Literal["taken", "withdrawn", "untested"]
OtherKind = Literal["setting", "rewrite", "analyze", "statistics", "vacuum", "existing index"]


@dataclass(frozen=True)
class ProposedIndex:
    """One index that the planner took up: its definition, the DDL that makes it, its estimated size, and the name the DDL gives it.

    Predicted plans show it under that name. ``caveat``: why costs can be wrong with it, or rows refused; None where nothing is known.
    """

    definition: IndexDef
    ddl: tuple[str, ...]
    size_bytes: int | None
    name: str = ""
    caveat: str | None = None


@dataclass(frozen=True)
class Alternative:
    """Another choice of indexes for the same node (wider and cheaper to query, say), and what the statement costs with it."""

    indexes: tuple[ProposedIndex, ...]
    cost_after: float
    changes: PlanDiff


@dataclass(frozen=True)
class TriedAdvice:
    """What became of one finding's index advice. ``taken``: the predicted plan reads the node's relation through ``indexes``.

    Costs are the planner's, of the whole statement. ``node_after``: the number of the node in ``changes.after`` that reads the relation.
    ``sentence`` says the outcome in words. ``changes`` is None where nothing was planned. ``alternative``: the best of all
    candidates, where smaller indexes give nearly as much and were preferred. Findings about one relation of a plan share one outcome.
    ``required``: names of other proposed indexes that ``cost_before`` and the plans take for granted, for an index that pays only
    beside them.
    """

    finding: Finding
    outcome: Outcome
    sentence: str
    indexes: tuple[ProposedIndex, ...] = ()
    cost_before: float | None = None
    cost_after: float | None = None
    node_after: int | None = None
    changes: PlanDiff | None = None
    alternative: Alternative | None = None
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class TriedOther:
    """What became of advice that is not an index. ``sql``: what to run in its stead or before it (``SET LOCAL work_mem = '64MB'``, the
    rewritten statement), made by us and never run; ``condition``: under what condition a rewrite answers the same, None where
    nothing has to be asked; ``proven``: whether the catalog shows that the condition holds. ``indexes``: what a rewrite needs
    besides, with its cost in ``cost_after``. ``changes``: the plans before and after, None where nothing was planned.
    """

    finding: Finding
    kind: OtherKind
    outcome: Outcome
    sentence: str
    sql: str | None = None
    cost_before: float | None = None
    cost_after: float | None = None
    condition: str | None = None
    proven: bool = False
    changes: PlanDiff | None = None
    indexes: tuple[ProposedIndex, ...] = ()


@dataclass(frozen=True)
class TriedPlan:
    """Everything that was tested for one plan. ``present``: how the source plans the statement today, at ``cost_before`` of the advice.

    ``same_plan``: whether that is the plan given; where not, ``differs`` says how and why it may be. ``together``: all taken indexes
    at once, None where none was taken. ``names`` tells which proposed index a name in the source's answers stood for; the plans
    here bear the proposed names already. ``others``: advice that is not an index.
    """

    advice: tuple[TriedAdvice, ...]
    source: SourceInfo
    same_plan: bool
    present: Plan
    together: PlanDiff | None = None
    names: Mapping[str, str] | None = None
    skipped: tuple[Skipped, ...] = ()
    others: tuple[TriedOther, ...] = ()
    differs: str | None = None
