"""What the rules about row estimates share: where an estimate is off, whether that mattered, and the SQL that mends it."""

from __future__ import annotations

from collections.abc import Iterable

from indexadvisor.catalog.ddl import quote_identifier, quote_table
from indexadvisor.catalog.model import TableName
from indexadvisor.catalog.naming import MAX_BYTES, cut
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.expression import Expression
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rows import RowCount
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.ctes import read_by
from indexadvisor.explain.rules.terms import Term, terms_of

SCANS = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Sample Scan", "Tid Range Scan"})
_DECIDES = frozenset(
    {"Nested Loop", "Hash Join", "Merge Join", "Sort", "Incremental Sort", "Memoize", "Materialize", "Hash", "Gather", "Gather Merge"}
)
_MOST_COLUMNS = 8
"""STATS_MAX_DIMENSIONS (src/include/statistics/statistics.h)."""


def off(analysis: Analysis, node: PlanNode, factor: float) -> RowCount | None:
    """Return a node's rows where its estimate was off by the factor or more, either way, and the comparison means something."""
    found = analysis.rows.get(node.number)
    return found if found is not None and found.excuse is None and (found.factor or 0.0) >= factor else None


def difference(node: PlanNode, count: RowCount) -> float:
    """Return by how many rows an estimate was off, over all loops where it is one per loop."""
    if count.estimated is None or count.actual is None:
        return 0.0
    apart = abs(count.actual - count.estimated)
    return apart * node.actual.loops if node.actual is not None and count.estimated == node.rows else apart


def inputs(plan: Plan, node: PlanNode) -> tuple[PlanNode, ...]:
    """Return the nodes whose rows a node's estimate is made of: its inputs, or the CTE it reads."""
    if node.node_type == "CTE Scan" and (top := read_by(plan, node)) is not None:
        return (top,)
    return node.inputs()


def mattered(analysis: Analysis, node: PlanNode, under: bool) -> bool:
    """Return whether a decision of the planner rested on a node's rows: joins, sorts and hash tables above it, the way a scan reads."""
    if any(above.node_type in _DECIDES or above.text("Strategy") in {"Hashed", "Mixed"} for above in analysis.plan.ancestors(node)):
        return True
    if node.text("Strategy") in {"Hashed", "Mixed"}:
        return True
    if node.node_type == "Seq Scan":
        # fewer rows than expected: an index might have been the better way to them
        return not under and any(term.equality or term.range for term in scan_terms(node))
    return node.node_type in SCANS and under


def reads_tables(node: PlanNode) -> bool:
    """Return whether a node's rows come from tables, which have statistics, and not from functions, lists or CTEs alone."""
    stack = [node]
    while stack:
        below = stack.pop()
        if below.relation is not None:
            return True
        stack.extend(below.inputs())
    return False


def scan_terms(node: PlanNode) -> tuple[Term, ...]:
    """Return all ANDed terms that decide which rows a scan returns, each once: of its index, of the recheck, of its filter."""
    names = ("Recheck Cond",) if node.node_type == "Bitmap Heap Scan" else ("Index Cond",)
    found = (term for name in (*names, "Filter") for term in terms_of(node, name))
    return tuple({term.text: term for term in found}.values())


def group_keys(node: PlanNode) -> tuple[Expression, ...]:
    """Return what a node groups by, as expressions."""
    return tuple(parse_condition(text).root for text in node.texts("Group Key"))


def grouped(node: PlanNode) -> tuple[PlanNode, tuple[str, ...]] | None:
    """Return the one scan below a node and the columns of it that the node groups by together, where statistics of kind ndistinct can tell.

    None for one column, for expressions, for several tables, and for columns of something else than the table, such as a CTE over it.
    """
    keys = [key.column for key in group_keys(node)]
    scans = [below for below in node.walk() if below.node_type in SCANS]
    columns = tuple(dict.fromkeys(key.name for key in keys if key is not None))
    if len(columns) < 2 or None in keys or len(scans) != 1:
        return None
    own = {key.alias for key in keys if key is not None} <= {None, scans[0].alias}
    return (scans[0], columns) if own else None


def table_of(analysis: Analysis, node: PlanNode) -> TableName | None:
    """Return the table a scan reads with its schema; None where that is not known, and for system and temporary tables."""
    table = analysis.table(node)
    found = table.name if table is not None else TableName(node.schema, node.relation) if node.schema and node.relation else None
    return None if found is None or found.schema.startswith("pg_") or "\0" in f"{found.schema}{found.name}" else found


def analyze_sql(analysis: Analysis, node: PlanNode) -> str | None:
    """Return ANALYZE of the table a scan reads, None where its schema is not known."""
    name = table_of(analysis, node)
    return None if name is None else f"ANALYZE {quote_table(name)};"


def statistics_sql(analysis: Analysis, node: PlanNode, columns: Iterable[str], kinds: str) -> str | None:
    """Return CREATE STATISTICS over columns and the ANALYZE that fills it, under a name that no other statistics have in the catalog.

    None where the table's schema is not known, and for more columns than such statistics take.
    """
    table, chosen = table_of(analysis, node), tuple(columns)
    if table is None or not all(chosen) or len(chosen) > _MOST_COLUMNS:
        return None
    title = _free_name(analysis, TableName(table.schema, "_".join((table.name, *chosen, "stats"))))
    spelled = ", ".join(map(quote_identifier, chosen))
    return f"CREATE STATISTICS {quote_table(title)} ({kinds}) ON {spelled} FROM {quote_table(table)}; ANALYZE {quote_table(table)};"


def _free_name(analysis: Analysis, wanted: TableName) -> TableName:
    """Return the name cut to the bytes that PostgreSQL takes, with a number at its end where statistics of that name exist."""
    taken = set() if analysis.catalog is None else {each.full_name for each in analysis.catalog.statistics}
    names = (cut(wanted.name, MAX_BYTES - len(end)) + end for end in ("", *map(str, range(1, len(taken) + 1))))
    return next(name for each in names if (name := TableName(wanted.schema, each)) not in taken)
