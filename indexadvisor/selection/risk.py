"""Shapes whose estimate is known to flatter, recognised on each recommended index and the queries it helps.

    limit-filter            an ordered scan that filters row by row until a LIMIT is reached: cheap only when matches are evenly spread
    correlated-columns      equalities on columns that may depend on each other are multiplied as if they did not
    expression-statistics   rows that match an expression are assumed until an index on it exists and has been analyzed
    repeated-lookups        look-ups in a nested loop are priced as if there were more of them (``lookups.py``)
    generic-plan            parameter values were not captured
    default-selectivity     the planner has no statistics for a condition and takes a fixed share

Sources: PostgreSQL documentation, "How the Planner Uses Statistics" and "Extended Statistics"; src/include/utils/selfuncs.h (the defaults).
A risk is a mark, not a correction: staging decides. ``discounted`` says what is left of a benefit when risky savings count less.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from indexadvisor.catalog.extended import EQUALITY, analyzed, holding
from indexadvisor.catalog.model import Catalog, IndexDef, StatisticsObject, Table, TableName
from indexadvisor.explain.plan import Plan
from indexadvisor.selection.lookups import underpriced
from indexadvisor.selection.model import QueryEffect, QueryOutcome, Risk, Step
from indexadvisor.usage.foreign_keys import PREFIX
from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind

_EQUAL = (UseKind.EQUALITY, UseKind.IN_LIST)
_UNCONDITIONAL = frozenset({UseKind.ORDER, UseKind.GROUP, UseKind.DISTINCT, UseKind.MIN_MAX, UseKind.OUTPUT, UseKind.WRITTEN,
                            UseKind.DISTANCE, UseKind.OTHER})  # fmt: skip
_FACTOR, _LEAST_ROWS = 10.0, 100.0
"""Columns count as risky together when their dependence could mean this many times the estimate, and at least so many rows."""
_MUCH_OF_SAVING = 0.5
"""Look-ups count as risky when they would cost this share of the query's saving more, priced as what they are."""
_READS_ALL = frozenset({"Sort", "Aggregate", "Hash", "Materialize"})


def risks_of(
    index: IndexDef,
    query_ids: Iterable[str],
    outcomes: Mapping[str, QueryOutcome],
    catalog: Catalog,
    usage: UsageGraph,
) -> tuple[Risk, ...]:
    """Return the risks of one index for the queries it helps, by kind and sentence; the same sentence once, with all its queries.

    ``outcomes`` by query id. Columns that extended statistics of the catalog hold together are no risk, unless these are empty.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for query_id in sorted(set(query_ids)):
        outcome = outcomes.get(query_id)
        relations = usage.of_query(query_id)
        own = [relation for relation in relations if catalog.root(relation.table) == catalog.root(index.table)]
        for kind, sentence in (*_of_outcome(index, outcome, catalog), *_of_relations(index, own, catalog, joined=len(relations) > 1)):
            found.setdefault((kind, sentence), set()).add(query_id)
    return tuple(Risk(kind, sentence, tuple(sorted(ids))) for (kind, sentence), ids in sorted(found.items()))


def with_risks(
    steps: Iterable[Step],
    outcomes: Iterable[QueryOutcome],
    catalog: Catalog,
    usage: UsageGraph,
    discount: float = 0.0,
) -> tuple[Step, ...]:
    """Return the steps with the risks of each, and its discounted benefit where a discount is asked for; their order stays."""
    by_query = {outcome.query_id: outcome for outcome in outcomes}
    found = []
    for step in steps:
        helped = [effect.query_id for effect in step.effects if effect.cost_without > effect.cost_with]
        risks = risks_of(step.candidate.index, helped, by_query, catalog, usage)
        left = discounted(step.benefit, step.effects, risks, discount) if discount > 0 else None
        found.append(replace(step, risks=risks, discounted_benefit=left))
    return tuple(found)


def discounted(benefit: float, effects: Iterable[QueryEffect], risks: Iterable[Risk], discount: float) -> float:
    """Return a benefit in which the savings of queries at risk count less by the fraction ``discount`` (0 to 1).

    >>> effects = (QueryEffect("q1", 10, 1.0, 11.0), QueryEffect("q2", 1, 1.0, 51.0))
    >>> discounted(150.0, effects, (Risk("generic-plan", "..", ("q1",)),), 0.5)
    100.0
    """
    risky = {query_id for risk in risks for query_id in risk.query_ids}
    saved = sum(max(0.0, (one.cost_without - one.cost_with) * one.calls) for one in effects if one.query_id in risky)
    return benefit - discount * min(saved, max(benefit, 0.0))


def risky_limit(plan: Plan, names: frozenset[str]) -> bool:
    """Return whether a plan reads an index of these names in order, filters row by row, and stops at a LIMIT.

    Such a plan is cheap only when matching rows are as common as the planner thinks.
    """
    stack = [(plan.root, False)]
    while stack:
        node, limited = stack.pop()
        limited = limited or node.node_type == "Limit"
        reads = node.node_type in {"Index Scan", "Index Only Scan"} and node.index in names
        if limited and reads and "Index Cond" not in node.details and "Filter" in node.details:
            return True
        # a node that reads all its input before the first row ends the LIMIT's reach
        limited = limited and node.node_type not in _READS_ALL
        stack.extend((child, limited) for child in node.children)
    return False


def _of_outcome(index: IndexDef, outcome: QueryOutcome | None, catalog: Catalog) -> Iterator[tuple[str, str]]:
    if outcome is None:
        return
    names = frozenset(name for name, known in outcome.index_names.items() if known == index)
    if risky_limit(outcome.plan_after, names):
        yield "limit-filter", (
            "reads this index in order and filters until the LIMIT is reached: slower than estimated when matching rows are rare or stand "
            "together at the far end"
        )
    look_ups = underpriced(outcome.plan_after, names, index, catalog)
    saved = outcome.plan_before.total_cost - outcome.plan_after.total_cost
    if look_ups is not None and saved > 0 and look_ups.extra >= _MUCH_OF_SAVING * saved:
        yield "repeated-lookups", (
            f"about {look_ups.number:,.0f} look-ups in a nested loop are each priced as one of {look_ups.priced_as:,.0f} that share the "
            f"pages of {index.table.name}: being fewer, they can cost {look_ups.extra:,.0f} more, where the query seems to save "
            f"{saved:,.0f}"
        )
    # a foreign key's lookup is planned that way by the server itself
    if outcome.generic and not outcome.query_id.startswith(PREFIX):
        yield "generic-plan", "parameter values were not captured: costed with a generic plan, which knows average values only"


def _of_relations(
    index: IndexDef, relations: Iterable[RelationUse], catalog: Catalog, *, joined: bool
) -> Iterator[tuple[str, str]]:
    """Yield what the conditions of a query make risky. A guess on rows that the index finds anyway, by other conditions, matters where
    the rows that are left decide on a join, or end a LIMIT early.
    """
    table = catalog.table(index.table)
    if table is None:
        return
    for key in index.keys:
        if key.expression is not None and analyzed(catalog, table.name, key.expression) is False:
            yield "expression-statistics", (
                f"how many rows match {key.expression} is an assumption until the index exists and {table.name} has been analyzed"
            )
    own = {key.expression for key in index.keys}
    for relation in relations:
        yield from _correlated(index, relation, table, catalog)
        for use in relation.uses:
            if use.kind in _UNCONDITIONAL or use.origin != "query" or use.expression in own - {None}:
                continue
            if joined or relation.limited or not set(index.columns).isdisjoint(use.columns):
                yield from _guessed(use, table, catalog)


def _correlated(index: IndexDef, relation: RelationUse, table: Table, catalog: Catalog) -> Iterator[tuple[str, str]]:
    columns = sorted({use.column for use in relation.of(*_EQUAL) if use.expression is None and use.branch == () and use.origin == "query"})
    if len(columns) < 2 or not set(columns) & set(index.columns) or table.rows is None or _unique_on(columns, index.table, catalog):
        return
    statistics = [column.statistics for name in columns if (column := table.column(name)) is not None]
    known = [each.distinct_values(table.rows) for each in statistics if each is not None and each.n_distinct != 0]
    if len(known) < len(columns):
        return
    values = dict(zip(columns, (max(1.0, count) for count in known), strict=True))
    together, empty = _held(columns, table.name, catalog)
    groups = [group for group in (together, *((name,) for name in columns if name not in together)) if group]
    # columns held together have at least as many combinations as the most varied of them has values
    independent = max(1.0, table.rows / math.prod(max(values[name] for name in group) for group in groups))
    dependent = table.rows / max(known)
    if len(groups) > 1 and dependent >= _LEAST_ROWS and dependent >= _FACTOR * independent:
        listed = " and ".join(group[0] if len(group) == 1 else f"({', '.join(group)})" for group in groups)
        cure = f"CREATE STATISTICS on them{' in each partition' if table.kind == 'p' else ''} would tell"
        if empty is not None:
            cure = f"ANALYZE would tell, as the statistics {empty.full_name} on them hold no data yet"
        yield "correlated-columns", (
            f"{listed} are taken as independent, about {independent:,.0f} rows; up to {dependent:,.0f} if one follows from the other, "
            f"which {cure}"
        )


def _held(columns: Collection[str], table: TableName, catalog: Catalog) -> tuple[tuple[str, ...], StatisticsObject | None]:
    """Return the most of these columns that extended statistics hold together, and the statistics that would hold all but are empty.

    A partitioned table is estimated partition by partition, each by its own statistics, so that all of them must hold the columns.
    """
    if not catalog.statistics:
        return (), None
    leaves = [catalog.statistics_of(leaf) for leaf in catalog.unlike_leaves(table)]
    parts = {tuple(name for name in columns if name in each.columns) for known in leaves for each in known}
    filled = [[each for each in known if each.analyzed is not False] for known in leaves]
    held = [part for part in parts if len(part) > 1 and all(holding(known, part, EQUALITY) for known in filled)]
    empty = next((found for known in leaves if (found := holding(known, columns, EQUALITY)) and found.analyzed is False), None)
    return max(held, key=lambda part: (len(part), part), default=()), empty


def _unique_on(columns: Collection[str], table: TableName, catalog: Catalog) -> bool:
    """Return whether equality on all the columns finds at most one row."""
    for index in catalog.indexes_of(table):
        definition = index.definition
        plain = definition.predicate is None and len(definition.columns) == len(definition.keys)
        if definition.unique and index.valid and plain and set(definition.columns) <= set(columns):
            return True
    return False


def _guessed(use: ColumnUse, table: Table, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield a risk where a condition's share of the rows is a fixed default."""
    column = table.column(use.column)
    if use.kind is UseKind.GEOMETRIC:
        yield "default-selectivity", f"how many rows satisfy {use.column} {use.operator} is the planner's fixed guess"
    elif use.expression is not None:
        if analyzed(catalog, table.name, use.expression) is False:
            yield "default-selectivity", f"there are no statistics on {use.expression}: how many rows match is the planner's fixed guess"
    elif column is not None and column.statistics is None and not _in_partitions(column.name, table, catalog):
        yield "default-selectivity", f"there are no statistics on {use.column}: how many rows match is the planner's fixed guess"


def _in_partitions(column: str, table: Table, catalog: Catalog) -> bool:
    """Return whether every partition has statistics on a column: autovacuum analyzes partitions, never the whole.

    Of a whole that was analyzed this is not asked: so were its partitions, whose statistics may be hidden where its own are not.
    """
    leaves = (catalog.table(leaf) for leaf in catalog.unlike_leaves(table.name))
    found = (None if leaf is None else leaf.column(column) for leaf in leaves)
    return all(known is not None and known.statistics is not None for known in found)
