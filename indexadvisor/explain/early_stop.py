"""Which nodes may have been left before they had returned all their rows: a row count below the estimate says nothing there.

A node is read only as far as the node above it asks (src/backend/executor). LIMIT stops at its count; semi and anti joins, and joins with a
unique inner side, at the first match; a merge join when either side ends; a hash join reads no outer rows for an empty hash table
(nodeHashjoin.c, ExecHashJoinImpl); a window with a run condition where that ends (nodeWindowAgg.c); EXISTS at the first row. What reads
its whole input first (Sort, Hash, a hashed aggregate, a bitmap) ends the effect. A CTE is read only as far as its scans ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexadvisor.explain.placement import Charge
from indexadvisor.explain.plan import Plan, PlanNode

LIMIT = "stopped early by LIMIT"
MATCH = "its join stops at the first match"
MERGE = "its merge join stops when either side ends"
EMPTY_HASH = "its hash join stops when the hash table is empty"
RUN_CONDITION = "stopped by a run condition"
SUBPLAN = "its subquery stops at the row that decides"
_READS_ALL = frozenset({"Sort", "Hash", "ModifyTable", "Bitmap Heap Scan", "BitmapAnd", "BitmapOr"})
_ON_DEMAND = frozenset({"InitPlan", "SubPlan"})


def early_stops(plan: Plan, placed: Sequence[Charge]) -> Mapping[int, str]:
    """Return why a node may have been left early, by its number; nodes that were surely read to their end are not in it.

    ``placed``: the charges of ``explain.placement``, for the scans of each CTE.
    """
    payers = {charge.node: charge.payers for charge in placed}
    found: dict[int, str] = {}
    waiting: list[tuple[PlanNode, str | None]] = [(plan.root, None)]
    tables: list[PlanNode] = []
    while waiting or tables:
        if not waiting:
            # the last CTE can be read by no earlier one, so its scans are all known by now
            table = tables.pop()
            waiting.append((table, _cte(plan, payers.get(table.number, ()), found)))
        node, reason = waiting.pop()
        reason = reason or (RUN_CONDITION if "Run Condition" in node.details else None)
        if reason is not None and not _read_whole_input(node):
            found[node.number] = reason
        else:
            reason = None
        for child in reversed(node.children):
            if (child.subplan_name or "").startswith("CTE "):
                continue
            waiting.append((child, _passed_on(node, child, reason)))
        tables.extend(child for child in node.children if (child.subplan_name or "").startswith("CTE "))
    return found


def _cte(plan: Plan, scans: Sequence[int], found: Mapping[int, str]) -> str | None:
    reasons = [found.get(scan) for scan in scans if scan in plan.nodes and plan.nodes[scan].node_type == "CTE Scan"]
    return reasons[0] if reasons and None not in reasons else None


def _passed_on(node: PlanNode, child: PlanNode, reason: str | None) -> str | None:
    """Return why a child may have been left early, given why its parent may have been."""
    if child.relationship in _ON_DEMAND:
        return None if _hashed(node, child) else SUBPLAN
    if node.node_type in _READS_ALL or node.text("Strategy") in {"Hashed", "Plain", "Mixed"}:
        return None
    if node.node_type == "Limit":
        return LIMIT if _reached(node) else reason
    if node.node_type == "Merge Join":
        return reason or MERGE
    if node.node_type == "Nested Loop" and child.relationship == "Inner":
        if node.text("Join Type") in {"Semi", "Anti"} or node.details.get("Inner Unique") is True:
            return MATCH
        return reason if _loops(child) <= _loops(node) else None
    if node.node_type == "Hash Join" and child.relationship == "Outer" and _empty_hash(node):
        return reason or EMPTY_HASH
    return reason


def _read_whole_input(node: PlanNode) -> bool:
    """Whether a Sort gave out all that it had read."""
    if node.node_type != "Sort" or node.actual is None or len(node.inputs()) != 1:
        return False
    given = node.inputs()[0].actual
    return given is not None and node.actual.rows * node.actual.loops >= given.rows * given.loops


def _reached(limit: PlanNode) -> bool:
    """Whether a LIMIT reached its count, which is not printed: it is at least what the planner expected of the node.

    Over several loops the average is below the count when some ended before it.
    """
    if limit.actual is None or limit.actual.loops == 0:
        return False
    if count_unknown(limit):
        return True
    expected = limit.rows if limit.rows is not None else 0.0
    return limit.actual.rows >= (expected if limit.actual.loops == 1 else expected / 2)


def count_unknown(limit: PlanNode) -> bool:
    """Return whether the planner did not know the count of a LIMIT, for which it then takes a tenth of the input (pathnode.c,
    adjust_limit_rows_costs).

    >>> count_unknown(PlanNode("Limit", rows=4032, children=(PlanNode("Seq Scan", rows=40325),)))
    True
    """
    inputs = limit.inputs()
    if limit.node_type != "Limit" or limit.rows is None or len(inputs) != 1 or inputs[0].rows is None:
        return False
    return limit.rows > 1 and abs(limit.rows - inputs[0].rows / 10) <= 1


def _empty_hash(join: PlanNode) -> bool:
    return any(child.node_type == "Hash" and child.actual is not None and child.actual.rows == 0 for child in join.inputs())


def _hashed(holder: PlanNode, child: PlanNode) -> bool:
    """Whether a SubPlan is read whole into a hash table, or its values into an array."""
    name = (child.subplan_name or "").split(" (")[0]
    texts = [value for value in holder.details.values() if isinstance(value, str)]
    texts += [text for value in holder.details.values() if isinstance(value, (list, tuple)) for text in map(str, value)]
    return any(f"hashed {name}" in text for text in texts)


def _loops(node: PlanNode) -> int:
    return 0 if node.actual is None else node.actual.loops
