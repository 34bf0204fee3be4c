"""The CTEs of a plan, and the scans that read them."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.plan import Plan, PlanNode

_VOLATILE = frozenset(
    {"random", "random_normal", "clock_timestamp", "timeofday", "nextval", "currval", "setval", "gen_random_uuid", "uuidv4", "uuidv7"}
    | {"uuid_generate_v4", "pg_sleep"}
)


def ctes(plan: Plan) -> Iterator[tuple[str, PlanNode, tuple[PlanNode, ...]]]:
    """Yield each CTE: its name, the top of its plan, and the CTE Scans that read it."""
    found: dict[int, tuple[str, PlanNode, list[PlanNode]]] = {}
    for node in plan.walk():
        name = node.subplan_name or ""
        if name.startswith("CTE "):
            found[node.number] = (name.removeprefix("CTE "), node, [])
    for scan in plan.walk():
        if scan.node_type == "CTE Scan" and (top := read_by(plan, scan)) is not None:
            found[top.number][2].append(scan)
    for name, top, scans in found.values():
        yield name, top, tuple(scans)


def read_by(plan: Plan, scan: PlanNode) -> PlanNode | None:
    """Return the innermost CTE of the scan's name that hangs from one of its ancestors."""
    wanted = f"CTE {scan.text('CTE Name')}"
    for above in (scan, *plan.ancestors(scan)):
        for child in above.children:
            if child.subplan_name == wanted:
                return child
    return None


def must_be_kept(top: PlanNode) -> bool:
    """Return whether a CTE has to be computed on its own: it writes, recurses, locks rows, or calls a volatile function that is shown."""
    if top.node_type == "Recursive Union":
        return True
    for node in top.walk():
        if node.node_type in {"ModifyTable", "LockRows"}:
            return True
        texts = (*node.texts("Output"), node.text("Filter") or "")
        if any(name in _VOLATILE for text in texts if "(" in text for name in parse_condition(text).functions):
            return True
    return False
