"""What mends a wrong row estimate, by what the node does whose estimate it is."""

from __future__ import annotations

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.extended import EQUALITY, GROUPS
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.finding import Advice
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.estimates import SCANS, analyze_sql, group_keys, grouped, reads_tables, scan_terms, statistics_sql
from indexadvisor.explain.rules.extended_statistics import Cure, known_expression, known_together, other_kinds
from indexadvisor.explain.rules.indexing import listed, table_name, usable
from indexadvisor.explain.rules.loops import JOINS
from indexadvisor.explain.rules.terms import Term

_BUILT_IN = ("pg_", "generate_", "unnest", "json", "regexp_", "string_to_table")


def cure(analysis: Analysis, node: PlanNode, under: bool) -> Cure:
    """Return what mends the estimate of a node whose inputs were estimated well."""
    if node.node_type in SCANS:
        return _scan(analysis, node, under)
    if node.node_type in {"Aggregate", "Group", "Unique", "SetOp"}:
        return _groups(analysis, node)
    if node.node_type in JOINS:
        return _join(node)
    if node.node_type in {"Function Scan", "Table Function Scan", "ProjectSet"}:
        return Cure((function_rows(node),), 0.8, "what a function returns is not looked into")
    if node.node_type in {"Subquery Scan", "CTE Scan"}:
        text = "Move the filter into the subquery, or store its result in a temporary table and ANALYZE it."
        return Cure((Advice("rewrite", text),), 0.5, "there are no statistics on what a subquery computes")
    return Cure((Advice("analyze", "ANALYZE the tables below."),), 0.3, "what decides this node's rows is not known to the rule")


def function_rows(node: PlanNode) -> Advice:
    """Return how to tell the planner what a function returns; built-in ones cannot well be altered."""
    if (node.text("Function Name") or "").startswith(_BUILT_IN):
        text = "It is built in, and tells the planner nothing of this call: if the plan suffers, ANALYZE a temporary table with its result."
        return Advice("rewrite", text)
    text = "Give the function its usual number of rows (ALTER FUNCTION ... ROWS n), or ANALYZE a temporary table with its result."
    return Advice("statistics", text)


def _join(node: PlanNode) -> Cure:
    """Return what helps a join whose inputs were estimated well."""
    texts = (node.text(name) for name in ("Hash Cond", "Merge Cond", "Join Filter"))
    arms = [arm for text in texts if text for arm in parse_condition(text).arms]
    filtered = [below for below in node.inputs() if below.relationship == "Inner" and below.text("Filter") is not None]
    if node.node_type == "Nested Loop" and not arms and filtered:
        text = f"What the filter of {table_name(filtered[0])} keeps depends on which rows of the other side come"
        return Cure((Advice("none", f"{text}: statistics do not reach across tables."),), 0.3, "conditions on two tables go together")
    plain = [arm for arm in arms if arm.name == "=" and all(side.without_casts().kind == "column" for side in arm.arguments)]
    if len(plain) < len(arms):
        text = "The planner has no statistics for this join condition and takes a fixed share; ANALYZE does not change that."
        return Cure((Advice("none", text),), 0.3, "the inputs were estimated well: the join condition's share is a guess")
    text = "ANALYZE both tables, with a higher statistics target for the join columns; declare the foreign key, where there is one in fact."
    return Cure((Advice("statistics", text),), 0.4, "the inputs were estimated well: the join condition's selectivity was not")


def _scan(analysis: Analysis, node: PlanNode, under: bool) -> Cure:
    terms, table = scan_terms(node), table_name(node)
    fresh = Advice("analyze", f"ANALYZE {table}, and compare the estimate again.", sql=analyze_sql(analysis, node))
    if not terms:
        return Cure((fresh,), 0.8, "the whole table is read: its size in the statistics is out of date")
    if any("SubPlan" in term.text for term in terms):
        text = (
            "The planner expects half of the rows to pass a subquery in a filter: write it as a join, EXISTS or IN that it can look into."
        )
        return Cure((Advice("rewrite", text),), 0.6, "the selectivity of a subquery in a filter is a guess")
    wrapped = next((term for term in terms if term.wrapped is not None and term.columns), None)
    if wrapped is not None:
        known = known_expression(analysis, node, wrapped.wrapped or "")
        return known or Cure((_expression(node, wrapped), fresh), 0.8, "there are no statistics on an expression unless they are created")
    unknown = [term for term in terms if _from_outside(term)]
    if any(term.range for term in unknown):
        text = "For bounds known only while the statement runs the planner takes a fixed share of the table; ANALYZE does not change that."
        return Cure((Advice("none", text),), 0.3, "the share that lies between unknown bounds is a guess")
    if unknown:
        text = f"The value is known only while the statement runs: the planner took the average of all values of {table}, which are uneven."
        return Cure((Advice("statistics", text), fresh), 0.4, "an average was used for a value that is not average")
    good = usable(terms, analysis.table(node))
    equal = tuple(dict.fromkeys(term.column for term in good if term.equality and term.column))
    if under and len(equal) > 1:
        known = known_together(analysis, node, equal, EQUALITY)
        return known or Cure((correlated(analysis, node, equal), fresh), 0.7, "several columns are compared, which may go together")
    columns = tuple(dict.fromkeys(term.column for term in terms if term.column is not None))
    shown = f" of {', '.join(map(quote_identifier, columns))}" if columns else ""
    target = Advice("statistics", f"Raise the statistics target{shown}, if ANALYZE alone does not help.", columns=columns)
    return Cure((fresh, target), 0.6, "the statistics are old, or too coarse for this value")


def correlated(analysis: Analysis, node: PlanNode, equal: tuple[str, ...]) -> Advice:
    """Return the advice to create statistics over columns that a scan compares by equality."""
    text = f"Create statistics (dependencies, mcv) on {listed(equal)} of {table_name(node)}, and ANALYZE: multiplied as if independent, "
    text += f"the conditions seem to keep fewer rows.{other_kinds(analysis, node, equal, EQUALITY)}"
    return Advice("statistics", text, sql=statistics_sql(analysis, node, equal, "dependencies, mcv"), columns=equal)


def _expression(node: PlanNode, term: Term) -> Advice:
    text = f"Create statistics on the expression {term.wrapped} of {table_name(node)} (from 14), or an index on it, and ANALYZE."
    return Advice("statistics", text)


def _from_outside(term: Term) -> bool:
    """Whether a term's value is a parameter, the result of an InitPlan or another table's column."""
    root = parse_condition(term.value).root if term.value else None
    return root is not None and any(part.kind in {"parameter", "subplan", "column"} for part in root.walk())


def _groups(analysis: Analysis, node: PlanNode) -> Cure:
    if node.text("Filter") is not None:
        text = "The share of groups that pass HAVING is a fixed one to the planner; ANALYZE does not change that."
        return Cure((Advice("none", text),), 0.3, "there are no statistics on what an aggregate returns")
    if not reads_tables(node):
        text = "There are no statistics on what a function or a subquery returns: store it in a temporary table and ANALYZE that."
        return Cure((Advice("rewrite", text),), 0.6, "the number of different values is a guess")
    keys = group_keys(node)
    if keys and not any(part.column is not None for key in keys for part in key.walk()):
        text = "What is grouped by holds no column: the planner takes a fixed number of groups."
        return Cure((Advice("none", text),), 0.3, "there are no statistics on a value that is no column's")
    if not keys or any(key.column is None for key in keys):
        return _group_expressions(analysis, node)
    one = grouped(node)
    if one is not None:
        return _combinations(analysis, *one)
    return Cure((different_values(node),), 0.5, "the number of different values was misjudged")


def different_values(node: PlanNode) -> Advice:
    """Return the advice on the number of different values of each column that a node groups by."""
    columns = tuple(key.column.name for key in group_keys(node) if key.column is not None)
    text = f"Check the number of different values of {', '.join(columns)} in pg_stats; ANALYZE, or set n_distinct by hand."
    return Advice("statistics", text, columns=columns)


def _combinations(analysis: Analysis, scan: PlanNode, columns: tuple[str, ...]) -> Cure:
    known = known_together(analysis, scan, columns, GROUPS)
    if known is not None:
        return known
    text = f"Create statistics (ndistinct) on {listed(columns)} of {table_name(scan)}: how many different combinations there are."
    sql = statistics_sql(analysis, scan, columns, "ndistinct")
    advice = Advice("statistics", text + other_kinds(analysis, scan, columns, GROUPS), sql=sql, columns=columns)
    return Cure((advice,), 0.8, "combinations were counted as if the columns were independent")


def _group_expressions(analysis: Analysis, node: PlanNode) -> Cure:
    """Return what helps against a wrong number of different values of expressions; for those of one table, what there is already."""
    texts = [text for text in node.texts("Group Key") if parse_condition(text).root.column is None]
    scans = [below for below in node.walk() if below.node_type in SCANS]
    known = [known_expression(analysis, scans[0], text) for text in texts] if len(scans) == 1 else []
    found = [each for each in known if each is not None]
    if found and len(found) == len(known):
        return max(found, key=lambda each: each.confidence)
    text = "The number of different values of an expression is a guess: create statistics on the expression (from 14), or an index on it."
    return Cure((Advice("statistics", text),), 0.6, "there are no statistics on an expression unless they are created")
