"""What the rules about joins, loops and subqueries share: the sides of a join, the names each side knows, and what repeats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexadvisor.explain.conditions import Condition, parse_condition
from indexadvisor.explain.expression import Expression
from indexadvisor.explain.finding import Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.terms import Term, conjuncts, own_names, terms_of

JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
_CONDITIONS = (
    "Filter", "Join Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Order By", "TID Cond", "Cache Key",
    "One-Time Filter", "Function Call", "Table Function Call",
)  # fmt: skip
_CHILD_OF_A_SET = re.compile(r"_\d+$")


def conditions(node: PlanNode) -> Iterator[Condition]:
    """Yield a node's conditions of every kind, parsed."""
    for name in _CONDITIONS:
        text = node.text(name)
        if text is not None:
            yield parse_condition(text)


def sides(join: PlanNode) -> tuple[PlanNode, PlanNode] | None:
    """Return the outer and the inner input of a join, None for what is no whole join."""
    found = join.inputs()
    if join.node_type not in JOINS or len(found) != 2:
        return None
    outer, inner = found
    return (inner, outer) if outer.relationship == "Inner" else (outer, inner)


def aliases(top: PlanNode) -> frozenset[str]:
    """Return the names that conditions can call the tables below a node by; partitions go by their parent's name as well."""
    found: set[str] = set()
    for node in top.walk():
        name = node.alias or node.relation
        if name is not None:
            found.update((name, _CHILD_OF_A_SET.sub("", name)) if node.relationship == "Member" else (name,))
    return frozenset(found)


def outside(top: PlanNode) -> tuple[str, ...]:
    """Return the columns (``o.id``) that conditions below a node take from tables that are not below it: what it is called with."""
    own = aliases(top)
    columns = (column for node in top.walk() for condition in conditions(node) for column in condition.columns)
    return tuple(
        dict.fromkeys(f"{column.alias}.{column.name}" for column in columns if column.alias is not None and column.alias not in own)
    )


def bearing(node: PlanNode) -> PlanNode:
    """Return the node that makes the rows which a Materialize or Memoize keeps, or the node itself."""
    while node.node_type in {"Materialize", "Memoize"} and node.inputs():
        node = node.inputs()[0]
    return node


def loops(node: PlanNode) -> int:
    """Return how often a node ran, 0 without ANALYZE."""
    return 0 if node.actual is None else node.actual.loops


def subplans(plan: Plan) -> Iterator[tuple[PlanNode, PlanNode, str]]:
    """Yield each SubPlan that may run once per row: the node whose expressions hold it, its top node and its name (``SubPlan 1``)."""
    for holder in plan.walk():
        for child in holder.children:
            name = (child.subplan_name or "").split(" (")[0]
            if child.relationship == "SubPlan" and name.startswith("SubPlan"):
                yield holder, child, name


def mention(holder: PlanNode, name: str) -> tuple[Expression, Expression | None] | None:
    """Return where a node's conditions speak of a subplan, with the expression around it; None where the subplan stands elsewhere."""
    for condition in conditions(holder):
        around: Expression | None = None
        for part in condition.root.walk():
            if part.kind == "subplan" and part.name == name:
                return part, around
            if any(below.kind == "subplan" and below.name == name for below in part.walk()):
                around = part
    return None


def is_hashed(holder: PlanNode, name: str) -> bool:
    """Return whether a SubPlan is read once into a hash table."""
    wanted = re.compile(rf"hashed {re.escape(name)}(?!\d)")
    texts = [value for value in holder.details.values() if isinstance(value, str)]
    texts += [text for key in ("Output", "Group Key", "Sort Key") for text in holder.texts(key)]
    return any(wanted.search(text) for text in texts)


def lookup_terms(join: PlanNode | None, scan: PlanNode) -> tuple[Term, ...]:
    """Return the terms an index on the inner table could find its rows by: those of the join's filter and of the scan's own."""
    text = None if join is None else join.text("Join Filter")
    return (() if text is None else conjuncts(text, own_names(scan))) + terms_of(scan)


def rows_read(analysis: Analysis, node: PlanNode) -> float:
    """Return the rows a node gave or threw away, over all loops; 0 without ANALYZE."""
    return (analysis.returned(node) or 0.0) + (analysis.removed(node) or 0.0)


def up_to(*times: Interval | None) -> Interval | None:
    """Return the saving of a fix that removes these times at best, and nothing at worst; None where one is not known."""
    known = [time for time in times if time is not None]
    return Interval(0.0, sum(time.high for time in known)) if known and len(known) == len(times) else None


def too_few_expected(analysis: Analysis, cause: Finding, below: PlanNode) -> bool:
    """Return whether a cause is an estimate that was too low, at or below a node."""
    found = None if cause.node is None else analysis.rows.get(cause.node)
    return found is not None and found.under is True and cause.node in analysis.feeding(below)


def misjudged(analysis: Analysis, cause: Finding) -> bool:
    """Return whether a cause is an estimate that was off, either way."""
    found = None if cause.node is None else analysis.rows.get(cause.node)
    return found is not None and found.under is not None
